// Many alerts from end to end by the package: read, embedded and ranked, as when a shift's alerts are pasted.

import { alerts } from '../alerts.mjs';
import { withPage } from './browser.mjs';

const TOP_K = 10;
// Enough to start the whole pool.
const WARM_UP = 100;

// One row for each way of spreading the work; without a number the package chooses by the cores.
const arrangements = [
  { name: 'one worker', workers: 1 },
  { name: 'the pool', workers: null },
];

export async function measureBulk({ origin, count }) {
  const texts = alerts(count + WARM_UP);
  const rows = [];
  for (const { name, workers } of arrangements) {
    const run = (page, texts) => page.evaluate(([texts, topK]) => globalThis.bench.retrieveAll(texts, topK), [texts, TOP_K]);
    const { ms, state } = await withPage({ origin }, async (page) => {
      await page.evaluate((workers) => globalThis.bench.start('ours', { workers }), workers);
      await run(page, texts.slice(count));
      return run(page, texts.slice(0, count));
    });
    rows.push({ name, workers: state.workers.length, count, ms, per_second: (1000 * count) / ms, memory: state.workers });
  }
  return rows;
}
