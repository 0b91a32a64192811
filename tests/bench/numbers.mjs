// Medians and percentiles, and how numbers are written.

// The value that `share` of the others do not exceed, by the nearest-rank method.
export function percentile(values, share) {
  const sorted = values.toSorted((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)];
}

export function median(values) {
  const sorted = values.toSorted((one, other) => one - other);
  const half = sorted.length >> 1;
  return sorted.length % 2 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
export const least = (values) => Math.min(...values);
export const most = (values) => Math.max(...values);

export function milliseconds(value) {
  if (Math.abs(value) >= 10_000) return `${(value / 1000).toFixed(1)} s`;
  if (Math.abs(value) >= 1000) return `${(value / 1000).toFixed(2)} s`;
  return `${value.toFixed(Math.abs(value) < 10 ? 2 : 0)} ms`;
}

export function bytes(value) {
  if (value >= 1e6) return `${(value / 1e6).toFixed(1)} MB`;
  return value >= 1e3 ? `${(value / 1e3).toFixed(1)} kB` : `${value} bytes`;
}

export const mebibytes = (value) => `${(value / 2 ** 20).toFixed(1)} MiB`;
