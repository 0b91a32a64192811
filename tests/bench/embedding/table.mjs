// The bench's numbers as Markdown tables.

import { bytes, mebibytes, milliseconds } from '../numbers.mjs';

const table = (titles, rows) => [titles, titles.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

const ratio = (value) => value.toFixed(2);

function speed(title, rows) {
  return [
    `**${title}**`,
    '',
    table(
      ['word pieces', ...rows.map(({ length }) => length)],
      [
        ['ours', ...rows.map((row) => milliseconds(row.ours_ms))],
        ['onnxruntime-web', ...rows.map((row) => milliseconds(row.peer_ms))],
        ['ours / onnxruntime-web', ...rows.map((row) => ratio(row.ratio))],
        ['the same, median over pairs', ...rows.map((row) => ratio(row.pair_ratio))],
      ],
    ),
  ].join('\n');
}

const cosines = ({ least, mean }) => `${least.toFixed(4)} / ${mean.toFixed(4)}`;

function besides({ visits, memory, agreement }) {
  const row = (name, of) => [name, of('ours'), of('peer')];
  return table(
    ['', 'ours', 'onnxruntime-web'],
    [
      row('first visit: worker to first vector', (side) => milliseconds(visits[side].first.ms)),
      row('second visit: worker to first vector', (side) => milliseconds(visits[side].second.ms)),
      row('fetched at the first visit', (side) => bytes(visits[side].first.bytes)),
      row('fetched at the second visit', (side) => bytes(visits[side].second.bytes)),
      row('WebAssembly memory', (side) => mebibytes(memory[side])),
      row('cosine to the 32-bit model, least / mean', (side) => cosines(agreement[side])),
    ],
  );
}

const bulk = (rows) =>
  table(
    ['alerts from end to end, ours', 'workers', 'time', 'alerts a second', 'WebAssembly memory'],
    rows.map(({ name, workers, count, ms, per_second: rate, memory }) => [
      `${count.toLocaleString('en')} alerts, ${name}`,
      String(workers),
      milliseconds(ms),
      rate.toFixed(1),
      memory.map(({ memory_bytes: taken }) => mebibytes(taken)).join(' + '),
    ]),
  );

function circumstances({ machine, browser, core, has_vnni: hasVnni, busy, peer, command }) {
  const where =
    core === null ? 'not held to one core, because `taskset` is missing' : 'held to one core for the times by length, on all cores for the rest';
  return [
    `- command: \`${command}\``,
    `- machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memory}, AVX-VNNI: ${hasVnni === null ? 'unknown' : hasVnni ? 'yes' : 'no'}${busy ? `; other work just before: ${Math.round(100 * busy.share)} % of all cores` : ''}`,
    `- browser: ${browser}, headless, ${where}`,
    `- peer: onnxruntime-web ${peer.version}, wasm, 1 thread; model of ${bytes(peer.recipe.bytes)}, sha256 \`${peer.recipe.sha256.slice(0, 16)}\``,
    `- commit: ${machine.commit}, ${machine.date}`,
  ].join('\n');
}

export function report(results) {
  return [
    circumstances(results),
    speed('One text, one thread, medians', results.speed),
    speed(
      results.has_vnni === false
        ? 'The same with AVX-VNNI switched off in the browser, which this processor lacks anyway: fewer rounds, no other difference'
        : 'The same with AVX-VNNI switched off in the browser, fewer rounds',
      results.speed_without_vnni,
    ),
    besides(results),
    `Cosine between the two sides on the timed texts, least / mean: ${cosines(results.agreement.between_on_timed_texts)}.`,
    bulk(results.bulk),
  ].join('\n\n');
}
