// Runs the measurements one after the other and writes the table. Nothing here passes or fails by a
// time: a number is a fact about one machine on one day.

import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { measureIndexBuild, measureNativeRetrieval } from './command_line.mjs';
import { describeMachine, otherWork } from './machine.mjs';
import { measurePageLoad } from './page_load.mjs';
import { output, repo } from './programs.mjs';
import { measureProxy } from './proxy.mjs';
import { measureRetrieval } from './retrieval.mjs';

const parts = {
  retrieval: measureRetrieval,
  page: measurePageLoad,
  native: measureNativeRetrieval,
  proxy: measureProxy,
  index: measureIndexBuild,
};

// Every loop is bounded and every wait has an end; this is for what nobody thought of.
const LIMIT = 20 * 60_000;

const { values: options } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, only: { type: 'string', multiple: true, default: Object.keys(parts) } },
});

const percent = (share) => `${Math.round(share * 100)} %`;

function table(rows) {
  const cell = (text) => text.replaceAll('|', '\\|');
  return [
    '| what | measured | how |',
    '|---|---|---|',
    ...rows.map(({ name, value, how }) => `| ${cell(name)} | ${cell(value)} | ${cell(how)} |`),
  ].join('\n');
}

function circumstances({ machine, browser, busy, command }) {
  const known = Object.entries(busy).filter(([, work]) => work !== null);
  return [
    `- command: \`${command}\``,
    `- machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memory}`,
    `- browser: ${browser ?? 'not measured'}, headless; Node.js ${machine.node}`,
    `- commit: ${machine.commit}, ${machine.date}`,
    ...(known.length > 0
      ? [`- other work on the machine, just before each part (share of all cores): ${known.map(([name, { share }]) => `${name} ${percent(share)}`).join(', ')}`]
      : []),
  ].join('\n');
}

const document = (results) => `# Measurements

Written by \`scripts/bench\`; do not edit. The last column says how each number is made.
Browser, proxy and the stand-in for the model run on one machine and talk over loopback, so no
number contains a network. Times on a machine that does other work are longer and scatter more.

${circumstances(results)}

${table(results.rows)}

Retrieval, page and proxy are measured by \`tests/bench/\`. \`scripts/bench --quick\` makes few rounds and
leaves this file as it is; \`scripts/bench --only NAME\` makes one part. All values, unrounded and each
single time, are in \`target/bench/results.json\` after a run.
`;

async function limited(name, promise) {
  let timer;
  const late = new Promise((_, reject) => {
    timer = setTimeout(() => reject(new Error(`${name} took over ${LIMIT / 60_000} minutes`)), LIMIT);
  });
  try {
    return await Promise.race([promise, late]);
  } finally {
    clearTimeout(timer);
  }
}

const results = {
  command: ['scripts/bench', ...process.argv.slice(2)].join(' '),
  machine: describeMachine(),
  browser: null,
  busy: {},
  rows: [],
};
for (const name of options.only) {
  const measure = parts[name];
  if (!measure) throw new Error(`--only needs one of: ${Object.keys(parts).join(', ')}`);
  results.busy[name] = await otherWork();
  const started = performance.now();
  const { rows, browser } = await limited(name, measure(options));
  results.browser ??= browser ?? null;
  results.rows.push(...rows);
  console.error(`measured ${name}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
}

await writeFile(`${output}/results.json`, `${JSON.stringify(results, null, 1)}\n`);
const isComplete = !options.quick && Object.keys(parts).every((name) => options.only.includes(name));
if (isComplete) await writeFile(`${repo}docs/measurements.md`, document(results));
console.log(`${circumstances(results)}\n\n${table(results.rows)}`);
process.exit(0);
