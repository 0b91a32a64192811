// Checks a built npm package: every file that package.json names and every relative import exists.
// usage: node package_check.mjs FOLDER

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';

const [folder] = process.argv.slice(2);
const description = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8'));
const problems = [];

function named(value) {
  if (typeof value === 'string') return value.startsWith('.') || value === description.main ? [value] : [];
  return value && typeof value === 'object' ? Object.values(value).flatMap(named) : [];
}

const promised = [
  ...named(description.exports),
  ...[description.main, description.module, description.types].filter(Boolean),
  ...(description.files ?? []).filter((name) => !name.includes('*')),
];
for (const path of promised) {
  if (!path.includes('*') && !existsSync(join(folder, path))) problems.push(`package.json names ${path}, which is missing`);
}

const imported = /(?:\bfrom\s*|\bimport\s*\(?\s*|new URL\(\s*)(['"])(\.{1,2}\/[^'"]+)\1/g;
for (const entry of readdirSync(folder, { recursive: true })) {
  const path = String(entry);
  if (!/\.(js|mjs|d\.ts)$/.test(path) || path.includes('node_modules')) continue;
  for (const [, , target] of readFileSync(join(folder, path), 'utf8').matchAll(imported)) {
    const place = normalize(join(dirname(path), target.split(/[?#]/)[0]));
    const typed = place.replace(/\.js$/, '.d.ts');
    if (!existsSync(join(folder, place)) && !(path.endsWith('.d.ts') && existsSync(join(folder, typed)))) {
      problems.push(`${path} imports ${target}, which is missing`);
    }
  }
}

for (const problem of problems) process.stderr.write(`error: ${problem}\n`);
process.exitCode = problems.length ? 1 : 0;
