// Measures the package's embedding beside onnxruntime-web, prints the tables, and keeps them in docs/.
// Nothing here passes or fails by a time.
// usage: node run.mjs [--quick], with MODEL_DIR and PEER_DIR set as scripts/bench sets them

import { readFileSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { describeMachine, otherWork } from '../machine.mjs';
import { output, paths, repo, requireBuilt } from '../programs.mjs';
import { hasVnni, lastCore, versionOf, withPage } from './browser.mjs';
import { measureBulk } from './bulk.mjs';
import { chart } from './chart.mjs';
import { measureAgreement } from './checks.mjs';
import { startServer } from './server.mjs';
import { measureSpeed } from './speed.mjs';
import { report } from './table.mjs';
import { references, samples as makeSamples } from './texts.mjs';
import { measureVisits } from './visits.mjs';

// Every loop is bounded; this is for what nobody thought of.
const LIMIT = 60 * 60_000;
setTimeout(() => {
  console.error(`error: not done after ${LIMIT / 60_000} minutes`);
  process.exit(1);
}, LIMIT).unref();

const WITHOUT_VNNI = '--js-flags=--no-enable-avx-vnni';

const {
  values: { quick },
} = parseArgs({ options: { quick: { type: 'boolean', default: false } } });

const { MODEL_DIR: model, PEER_DIR: peerDir } = process.env;
if (!model || !peerDir) throw new Error('MODEL_DIR and PEER_DIR are not set; run scripts/bench --only embedding, which sets them');
requireBuilt('npm', 'assets');

const json = (file) => JSON.parse(readFileSync(file, 'utf8'));

// Puts the tables where the document has its place for them.
function writeDocument(file, text) {
  const page = readFileSync(file, 'utf8');
  const [start, end] = ['<!-- embedding -->', '<!-- /embedding -->'].map((mark) => page.indexOf(mark));
  if (start < 0 || end < start) throw new Error(`${file} has no place for the tables`);
  writeFileSync(file, `${page.slice(0, start)}<!-- embedding -->\n${text}\n${page.slice(end)}`);
}

async function step(name, work) {
  const started = performance.now();
  const result = await work();
  console.error(`measured ${name}: ${((performance.now() - started) / 1000).toFixed(0)} s`);
  return result;
}

const samples = makeSamples(`${model}/tokenizer.json`);
const expected = references(`${repo}crates/triage-engine/tests/reference-vectors.json`, `${peerDir}/references.json`);
const core = lastCore();
const server = await startServer({ npm: paths.npm, assets: paths.assets, model: peerDir });
const { origin } = server;

try {
  const results = {
    command: ['scripts/bench --only embedding', ...process.argv.slice(2)].join(' '),
    machine: describeMachine(),
    core,
    has_vnni: hasVnni(),
    busy: await otherWork(),
    browser: await withPage({ origin }, versionOf),
    peer: {
      version: json(`${repo}tests/bench/peer/package.json`).devDependencies['onnxruntime-web'],
      recipe: json(`${peerDir}/recipe.json`),
    },
    ...(await step('agreement and memory', () => measureAgreement({ origin, references: expected, samples }))),
    speed: await step('times by length', () => measureSpeed({ origin, core, samples, quick, rounds: quick ? 1 : 15 })),
    speed_without_vnni: await step('times by length without AVX-VNNI', () =>
      measureSpeed({ origin, core, samples, quick, rounds: quick ? 1 : 5, flags: [WITHOUT_VNNI] }),
    ),
    visits: await step('visits', () => measureVisits({ server, sample: samples[0], rounds: quick ? 1 : 7 })),
    bulk: await step('many alerts', () => measureBulk({ origin, count: quick ? 50 : 1000 })),
  };
  writeFileSync(`${output}/embedding.json`, `${JSON.stringify(results, null, 1)}\n`);
  const text = report(results);
  // A quick run draws the picture too, but leaves the documents as they are.
  writeFileSync(quick ? `${output}/embedding.svg` : `${repo}docs/embedding.svg`, chart(results));
  if (!quick) writeDocument(`${repo}docs/bench.md`, text);
  console.log(text);
} finally {
  await server.stop();
}
process.exit(0);
