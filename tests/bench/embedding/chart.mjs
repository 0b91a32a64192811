// The times by length as a picture: bars in pairs, on a card of its own colour so that it can be read on
// light and dark pages.

import { milliseconds } from '../numbers.mjs';

const WIDTH = 760;
const HEIGHT = 400;
const LEFT = 56;
const RIGHT = 24;
const TOP = 84;
const BOTTOM = 56;
const BAR = 44;
const GAP = 6;

const style = `
    .card { fill: #ffffff; stroke: #d0d7de; }
    text { font: 13px system-ui, sans-serif; fill: #1f2328; }
    .title { font-size: 16px; font-weight: 600; }
    .quiet { fill: #59636e; }
    .line { stroke: #d0d7de; }
    .ours { fill: #0969da; }
    .peer { fill: #9a6700; }
    @media (prefers-color-scheme: dark) {
      .card { fill: #0d1117; stroke: #3d444d; }
      text { fill: #f0f6fc; }
      .quiet { fill: #9198a1; }
      .line { stroke: #3d444d; }
      .ours { fill: #4493f8; }
      .peer { fill: #d29922; }
    }`;

// A round number of which a few reach the highest value.
function step(highest) {
  const rough = highest / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * [1, 2, 5, 10].find((factor) => factor * power >= rough);
}

export function chart({ speed, peer, browser, core }) {
  const highest = Math.max(...speed.flatMap((row) => [row.ours_ms, row.peer_ms]));
  const tick = step(highest);
  const top = Math.ceil(highest / tick) * tick;
  const y = (value) => HEIGHT - BOTTOM - (value / top) * (HEIGHT - TOP - BOTTOM);
  const slot = (WIDTH - LEFT - RIGHT) / speed.length;
  const label = (value) => milliseconds(value).replace(' ms', '');

  const lines = Array.from({ length: Math.round(top / tick) + 1 }, (_, place) => place * tick).map(
    (value) => `
  <line class="line" x1="${LEFT}" x2="${WIDTH - RIGHT}" y1="${y(value).toFixed(1)}" y2="${y(value).toFixed(1)}"/>
  <text class="quiet" x="${LEFT - 8}" y="${(y(value) + 4).toFixed(1)}" text-anchor="end">${value}</text>`,
  );
  const bar = (side, value, left) => `
  <rect class="${side}" x="${left.toFixed(1)}" y="${y(value).toFixed(1)}" width="${BAR}" height="${(y(0) - y(value)).toFixed(1)}" rx="2"/>
  <text x="${(left + BAR / 2).toFixed(1)}" y="${(y(value) - 6).toFixed(1)}" text-anchor="middle">${label(value)}</text>`;
  const bars = speed.map((row, place) => {
    const middle = LEFT + slot * (place + 0.5);
    return `${bar('ours', row.ours_ms, middle - BAR - GAP / 2)}${bar('peer', row.peer_ms, middle + GAP / 2)}
  <text x="${middle.toFixed(1)}" y="${HEIGHT - BOTTOM + 20}" text-anchor="middle">${row.length}</text>`;
  });
  const words = speed.map((row) => `${row.length} pieces: ours ${milliseconds(row.ours_ms)}, onnxruntime-web ${milliseconds(row.peer_ms)}`).join('; ');

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${HEIGHT}" width="${WIDTH}" height="${HEIGHT}" role="img" aria-labelledby="title description">
  <title id="title">Time of one embedding in the browser, ours and onnxruntime-web</title>
  <desc id="description">Median milliseconds by length. ${words}.</desc>
  <style>${style}
  </style>
  <rect class="card" x="0.5" y="0.5" width="${WIDTH - 1}" height="${HEIGHT - 1}" rx="8"/>
  <text class="title" x="${LEFT}" y="32">Milliseconds for one embedding, lower is better</text>
  <rect class="ours" x="${LEFT}" y="48" width="12" height="12" rx="2"/>
  <text x="${LEFT + 18}" y="59">ours</text>
  <rect class="peer" x="${LEFT + 76}" y="48" width="12" height="12" rx="2"/>
  <text x="${LEFT + 94}" y="59">onnxruntime-web ${peer.version}, 8 bits, 1 thread</text>
  <text class="quiet" x="${WIDTH - RIGHT}" y="59" text-anchor="end">${browser}${core === null ? '' : ', one core'}</text>${lines.join('')}${bars.join('')}
  <text class="quiet" x="${LEFT + (WIDTH - LEFT - RIGHT) / 2}" y="${HEIGHT - 14}" text-anchor="middle">length of the text in word pieces</text>
</svg>
`;
}
