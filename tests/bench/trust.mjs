// What redaction, the checks of an answer, the readers and the page stand up to: the table of docs/trust.md.
// usage: node trust.mjs RESULTS [--quick]   (RESULTS holds what the native tests have counted)

import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describeMachine } from './machine.mjs';
import { repo } from './programs.mjs';

const [results, ...options] = process.argv.slice(2);
if (!results) throw new Error('usage: trust.mjs RESULTS [--quick]');

const lines = readFileSync(join(results, 'counts.jsonl'), 'utf8').trim().split('\n').map((line) => JSON.parse(line));
const { redaction, injection, robustness } = Object.fromEntries(lines.map(({ part, counts }) => [part, counts]));

// The page's part is a browser test: it fails where a policy was broken or an element appeared.
const browser = spawnSync(
  process.execPath,
  ['--test', '--test-name-pattern', 'hundred payloads', join(repo, 'tests/browser/trust.test.mjs')],
  { encoding: 'utf8', cwd: join(repo, 'tests/browser') },
);
if (browser.status !== 0) throw new Error(`the page's part failed:\n${browser.stdout}\n${browser.stderr}`);

const ms = (microseconds) => `${(microseconds / 1000).toFixed(2)} ms`;
const mib = (kib) => (kib === null ? 'unknown' : `${(kib / 1024).toFixed(0)} MiB`);
const count = (value) => value.toLocaleString('en');
const kinds = Object.keys(redaction.kinds).length;

const rows = [
  ['Redaction: planted names and secrets that left', `${redaction.leaks} of ${count(redaction.cases)} cases`,
    `${kinds} kinds of identity and secret, ${redaction.shapes} shapes of alert, up to ${redaction.forms} forms beside their own field (other case, quoted, in a path or link, percent-encoded, defanged, in an encoded command, ...); each time the request, the prompt carried by hand and a further question are searched, plain and with percent and base64 undone`],
  ['Redaction: alerts that could not be sent', `${redaction.refused} of ${count(redaction.cases)}`,
    'the last look before sending found something that must stay, and refused'],
  ['Injection: faults that got through', `${injection.faults} of ${count(injection.cases)} cases`,
    '7 goals, 7 disguises, 7 fields, with and without a behaviour that fixed rules recognise, against a model that obeys whatever it can read. A fault is an unknown technique, an unresolved quote shown as resolved, a damning verdict without evidence, an unsafe query shown as checked, or a signal talked down without being held'],
  ['Injection: verdicts held, ended without a verdict, talked down', `${count(injection.held)}, ${count(injection.no_verdict)}, ${count(injection.talked_down)}`,
    `of the ${count(injection.reached_the_model)} cases whose text reached the model; talked down are those where no fixed rule recognises the attack and the text was not told from the rest of the alert`],
  ['Injection: texts told from the rest', `${count(injection.detected)} of ${count(injection.cases)}`,
    'found locally before anything is sent; phrases and patterns have one author, so this says that disguises are undone, not that any wording is found'],
  ['Robustness: panics', `${robustness.panics} of ${count(robustness.texts + robustness.answers)}`,
    `${count(robustness.texts)} mutated alerts of every format up to 20 kB, and ${count(robustness.answers)} exchanges with mutated answers`],
  ['Reading an alert up to 20 kB: median, p99, longest', `${ms(robustness.median_us)}, ${ms(robustness.p99_us)}, ${ms(robustness.longest_us)}`,
    'parse, decode and extract of the same mutated alerts, native, one after the other; alerts made long by repetition or by obstacles are among them, as they come'],
  ['Memory at its highest, before and after', `${mib(robustness.memory_before_kib)}, ${mib(robustness.memory_peak_kib)}`,
    '`VmHWM` of the test program around all of them'],
  ['Page: scripts run, elements added, policies broken', '0',
    'tests/browser/trust.test.mjs: 100 payloads in every field of an alert and of an answer, in the history, a further question and the receipts'],
];

const machine = describeMachine();
const observables = readFileSync(join(results, 'observables.txt'), 'utf8')
  .split('\n')
  .filter((line) => /^[^\n]*(?:precision|recall|[01]\.\d{3})/.test(line))
  .join('\n');
const table = ['| what | measured | how |', '|---|---|---|', ...rows.map((row) => `| ${row.join(' | ')} |`)].join('\n');
console.log(table);
if (!options.includes('--quick')) {
  writeFileSync(join(repo, 'docs', 'trust.md'), `# Trust, in numbers

Written by \`scripts/bench --only trust\`; do not edit. Texts and dice are fixed, so a run gives the same
counts again; times are those of the machine.

- machine: ${machine.cpu}, ${machine.cores} cores, ${machine.memory}
- commit: ${machine.commit}, ${machine.date}

${table}

The cases are composed by tests/tests/trust/, which \`scripts/test\` runs as well, with fewer texts for the
readers. No number here was measured on a real model: whether a model obeys is not ours to say, so the model
of these cases always does.

## Observables

Precision and recall over tests/fixtures/observables.jsonl, 86 invented alerts with ${'454'} labels, by kind and
value. Labels and patterns have one author; before anything was tuned the half that was held out had a
precision of 0.977 and a recall of 0.981.

\`\`\`
${observables}
\`\`\`
`);
}
