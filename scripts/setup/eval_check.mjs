// Checks that `triage eval` reports what the labelled sets' own scorer makes of `triage retrieve`.
// usage: node eval_check.mjs TRIAGE ASSETS SETS

import { execFileSync } from 'node:child_process';
import { mkdtempSync, openSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

const [triage, assets, sets] = process.argv.slice(2);
if (!sets) throw new Error('usage: eval_check.mjs TRIAGE ASSETS SETS');

const metrics = ['hit@1', 'hit@5', 'hit@10', 'mrr@10'];
const rules = ['exact', 'parent'];
const decimals = 3;
// Agreement shows on a spread sample; ranking every row twice would take many minutes.
const sampleSize = 100;

const run = (program, args, input) =>
  execFileSync(program, args, {
    stdio: [input ?? 'ignore', 'pipe', 'inherit'],
    maxBuffer: 1 << 28,
    encoding: 'utf8',
  });

// A value is a number, or an object that also carries its interval.
const mean = (value) => (typeof value === 'object' ? value?.mean : value);

// The scores of one set, wherever in the report they stand.
function scores(report) {
  if (!report || typeof report !== 'object') return undefined;
  if (report.exact && report.parent) return report;
  return Object.values(report).map(scores).find(Boolean);
}

// At most sampleSize rows of a set, evenly spread over it.
function sample(set, place) {
  const rows = readFileSync(set, 'utf8').split('\n').filter((row) => row.trim());
  const step = Math.max(1, Math.floor(rows.length / sampleSize));
  const taken = rows.filter((_, number) => number % step === 0).slice(0, sampleSize);
  writeFileSync(place, taken.map((row) => `${row}\n`).join(''));
}

const scratch = mkdtempSync(join(tmpdir(), 'eval-'));
let failed = 0;
try {
  for (const name of readdirSync(sets).filter((file) => file.endsWith('.jsonl')).sort()) {
    const set = join(scratch, basename(name));
    const ranked = join(scratch, `ranked-${name}`);
    sample(join(sets, name), set);
    writeFileSync(ranked, run(triage, ['retrieve', '--assets', assets, '--top-k', '10'], openSync(set)));
    const expected = JSON.parse(run('python3', [join(sets, 'score.py'), set, ranked, '--json', '--boot', '0']));
    const reported = scores(JSON.parse(run(triage, ['eval', '--assets', assets, '--json', '--boot', '0', set])));
    for (const rule of rules) {
      for (const metric of metrics) {
        const theirs = mean(expected[rule][metric]).toFixed(decimals);
        const ours = Number(mean(reported?.[rule]?.[metric])).toFixed(decimals);
        if (ours !== theirs) {
          failed += 1;
          process.stderr.write(`error: ${name} ${rule} ${metric}: triage eval says ${ours}, score.py ${theirs}\n`);
        }
      }
    }
    const line = rules.map((rule) => `${rule} ${metrics.map((m) => `${m} ${mean(expected[rule][m]).toFixed(decimals)}`).join(' ')}`);
    process.stdout.write(`${name}: ${expected.rows} rows, ${line.join(', ')}\n`);
  }
} finally {
  rmSync(scratch, { recursive: true });
}
process.exitCode = failed ? 1 : 0;
