// Lays a compressed twin beside each file of an assets folder that a browser fetches.
// usage: node compress.mjs FOLDER. The proxy sends the twin to whoever takes brotli.

import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, constants } from 'node:zlib';

const [folder] = process.argv.slice(2);
if (!folder) throw new Error('usage: compress.mjs FOLDER');

const { files } = JSON.parse(readFileSync(join(folder, 'manifest.json'), 'utf8'));
const fetched = ['catalog', 'tokenizer', 'ranker', 'weights', 'evidence', 'passages'];
for (const { name } of fetched.map((part) => files[part])) {
  const bytes = readFileSync(join(folder, name));
  // Higher levels take a minute more and save half a percent: most bytes are numbers without a pattern.
  const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
  const twin = brotliCompressSync(bytes, { params });
  if (twin.length < bytes.length) writeFileSync(join(folder, `${name}.br`), twin);
}
