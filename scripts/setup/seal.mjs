// Seals a built page: names the build, lists its files with their hashes, tells the service worker,
// and lays a compressed twin beside every file that is worth it.
// usage: node seal.mjs FOLDER; as Trunk's post-build hook the folder is TRUNK_STAGING_DIR.

import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { promisify } from 'node:util';
import zlib from 'node:zlib';

const folder = process.argv[2] ?? process.env.TRUNK_STAGING_DIR;
if (!folder) throw new Error('usage: seal.mjs FOLDER');

const brotli = promisify(zlib.brotliCompress);
const gzip = promisify(zlib.gzip);

const sha256 = (bytes) => createHash('sha256').update(bytes).digest('hex');
const isTwin = (path) => /\.(br|gz)$/.test(path);
const isCompressible = (path) => /\.(html|js|mjs|css|json|jsonl|webmanifest|svg|txt|map|wasm)$/.test(path);

function walk(under = '') {
  return readdirSync(join(folder, under), { withFileTypes: true }).flatMap((entry) => {
    const path = under ? `${under}/${entry.name}` : entry.name;
    return entry.isDirectory() ? walk(path) : [path];
  });
}

for (const path of walk().filter((path) => isTwin(path) || path === 'build.json')) rmSync(join(folder, path));

const paths = walk().sort();
const serviceWorker = 'sw.js';
const buildLine = /^const BUILD = .*;$/m;
const emptyBuildLine = 'const BUILD = null;';

// The service worker carries the list, so it cannot be in it; its own text still counts for the build's name.
const files = [];
const seal = createHash('sha256');
for (const path of paths) {
  let bytes = readFileSync(join(folder, path));
  if (path === serviceWorker) {
    const text = bytes.toString('utf8');
    if (!buildLine.test(text)) throw new Error(`${serviceWorker} lacks the line "${emptyBuildLine}"`);
    bytes = Buffer.from(text.replace(buildLine, emptyBuildLine));
  } else {
    files.push({ path, sha256: sha256(bytes), bytes: bytes.length });
  }
  seal.update(`${path}\0${sha256(bytes)}\n`);
}
const buildId = seal.digest('hex');

if (paths.includes(serviceWorker)) {
  const place = join(folder, serviceWorker);
  const line = `const BUILD = ${JSON.stringify({ build_id: buildId, files })};`;
  writeFileSync(place, readFileSync(place, 'utf8').replace(buildLine, () => line));
}

writeFileSync(join(folder, 'build.json'), `${JSON.stringify({ build_id: buildId, files }, null, 1)}\n`);

const worthCompressing = 1024;
await Promise.all(
  walk()
    .filter(isCompressible)
    .map(async (path) => {
      const bytes = readFileSync(join(folder, path));
      if (bytes.length < worthCompressing) return;
      const parameters = {
        [zlib.constants.BROTLI_PARAM_QUALITY]: 9,
        [zlib.constants.BROTLI_PARAM_SIZE_HINT]: bytes.length,
      };
      writeFileSync(join(folder, `${path}.br`), await brotli(bytes, { params: parameters }));
      writeFileSync(join(folder, `${path}.gz`), await gzip(bytes, { level: 9 }));
    }),
);

process.stdout.write(`sealed build ${buildId.slice(0, 16)}: ${files.length} files\n`);
