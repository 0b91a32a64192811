// How often a labelled technique is found: the tables of docs/retrieval.md, from `triage eval`.
// usage: node quality.mjs SETS FULL_ASSETS COMPACT_ASSETS   (an empty name leaves a folder out)

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { paths, repo } from './programs.mjs';

const [sets, full, compact] = process.argv.slice(2);
if (!sets || !existsSync(sets)) throw new Error('usage: quality.mjs SETS FULL_ASSETS COMPACT_ASSETS');

const document = join(repo, 'docs', 'retrieval.md');
const FOLDS = 5;

// Prose of threat reports is no alert; where such a set lies beside the others it is left out.
const files = ['sigma-windows', 'atomic-even']
  .map((name) => join(sets, `${name}.jsonl`))
  .filter((file) => existsSync(file));
if (files.length === 0) throw new Error(`none of the labelled sets is in ${sets}: ${readdirSync(sets).join(', ')}`);

// One line of `alert` without its title, where the set has that form too.
const untitled = files.filter((file) => readFileSync(file, 'utf8').split('\n', 1)[0].includes('"has_title":true'));

function evaluate(assets, from, options = []) {
  if (from.length === 0) return {};
  const args = ['eval', '--assets', assets, '--json', ...options, ...from];
  console.error(`triage ${args.join(' ')}`);
  return JSON.parse(execFileSync(paths.triage, args, { encoding: 'utf8', maxBuffer: 1 << 26 })).sets;
}

// Every set, and those with titles once more without them.
function all(assets, options = []) {
  const titled = evaluate(assets, files, options);
  const bare = evaluate(assets, untitled, ['--field', 'event_only', ...options]);
  const renamed = Object.entries(bare).map(([name, score]) => [`${name}, without titles`, score]);
  return { ...titled, ...Object.fromEntries(renamed) };
}

const short = (value) => value.toFixed(3).replace(/^(-?)0/, '$1');
const estimate = ({ mean, lo, hi }) => `${short(mean)} [${short(lo)}, ${short(hi)}]`;

const TITLES = ['set', 'rows', 'hit@1', 'hit@5', 'hit@10', 'MRR@10', 'parent hit@5', 'parent MRR@10'];

function table(title, scores) {
  const rows = Object.entries(scores).map(([name, { rows, exact, parent }]) => [
    name,
    rows.toLocaleString('en'),
    ...['hit@1', 'hit@5', 'hit@10', 'mrr@10'].map((metric) => estimate(exact[metric])),
    ...['hit@5', 'mrr@10'].map((metric) => estimate(parent[metric])),
  ]);
  return [`### ${title}`, '', markdown(TITLES, rows), ''].join('\n');
}

const markdown = (titles, rows) =>
  [titles, titles.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`).join('\n');

// What the ranking loses without each part: the difference in hit@5, in points of a hundred.
function ablation(assets) {
  const parts = ['words', 'meaning', 'known', 'platform', 'preparation', 'title', 'shells', 'decoding'];
  const without = (left) => all(assets, [...left.flatMap((part) => ['--without', part]), '--boot', '0']);
  const plain = without(['examples']);
  const names = Object.keys(plain);
  const both = (scores) => names.map((name) => `${short(scores[name].exact['hit@5'].mean)} / ${short(scores[name].exact['mrr@10'].mean)}`);
  const rows = [
    ['(ATT&CK text only)', ...both(plain)],
    ['(nearness of the raw alert alone)', ...both(without(['examples', ...parts.filter((part) => part !== 'meaning')]))],
  ];
  for (const part of parts) {
    const rest = without(['examples', part]);
    rows.push([
      `without ${part}`,
      ...names.map((name) => {
        const lost = (metric) => short(rest[name].exact[metric].mean - plain[name].exact[metric].mean);
        return `${lost('hit@5')} / ${lost('mrr@10')}`;
      }),
    ]);
  }
  return ['### What each part is worth (exact hit@5 / MRR@10, and what is lost without it)', '', markdown(['', ...names], rows), ''].join('\n');
}

const sections = [];
if (full) {
  sections.push(table('ATT&CK text only, full bundle', all(full, ['--without', 'examples'])));
  sections.push(table(`With the example bank, full bundle, ${FOLDS} folds`, all(full, ['--folds', String(FOLDS)])));
  sections.push(table('Techniques without an example: the other half taught, full bundle', evaluate(full, files, ['--halves'])));
  sections.push(ablation(full));
  sections.push(table('ATT&CK text only, packed model, full bundle', all(full, ['--without', 'examples', '--model', 'packed'])));
}
if (compact) {
  sections.push(table('ATT&CK text only, compact package', all(compact, ['--without', 'examples'])));
  sections.push(table(`With the example bank, compact package, ${FOLDS} folds`, all(compact, ['--folds', String(FOLDS)])));
}
const recall = execFileSync(paths.triage, ['index', 'recall', '--assets', full || compact, ...files], { encoding: 'utf8' });
sections.push(`### The graph over passages\n\n${recall.replace('\n', '\n\n')}`);

const text = sections.join('\n');
const [before, after] = [/<!-- quality -->/, /<!-- \/quality -->/];
const page = readFileSync(document, 'utf8');
const start = page.search(before);
const end = page.search(after);
if (start < 0 || end < start) throw new Error(`${document} has no place for the tables`);
writeFileSync(document, `${page.slice(0, start)}<!-- quality -->\n${text}${page.slice(end)}`);
process.stdout.write(text);
