// Serves both sides alike from the loopback, and counts what each of them takes.
//
// All is sent as brotli of the level that scripts/setup uses for the page and the assets, as the proxy does:
// programs, models and data of both sides. Everything may be kept for good.

import { readFileSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants } from 'node:zlib';
import { policy } from '../../package/server.mjs';

const page = fileURLToPath(new URL('page', import.meta.url));
const runtime = fileURLToPath(new URL('../peer/node_modules/onnxruntime-web/dist', import.meta.url));

const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};
export async function startServer({ npm, assets, model }) {
  const roots = [
    { prefix: '/soc-copilot/', folder: npm, side: 'ours' },
    { prefix: '/assets/', folder: assets, side: 'ours' },
    { prefix: '/peer/', folder: runtime, side: 'peer' },
    { prefix: '/peer-model/', folder: model, side: 'peer' },
    { prefix: '/', folder: page, side: 'page' },
  ];
  let files = [];
  const compressed = new Map();
  const server = createServer((request, response) => {
    const path = decodeURIComponent(new URL(request.url, 'http://loopback').pathname);
    const { prefix, folder, side } = roots.find((root) => path.startsWith(root.prefix));
    const file = normalize(join(folder, path.slice(prefix.length)));
    const found = file.startsWith(normalize(folder) + sep) && statSync(file, { throwIfNoEntry: false });
    response.setHeader('Content-Security-Policy', policy);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (!found || !found.isFile()) {
      response.writeHead(404).end();
      return;
    }
    const body = brotli(file);
    files.push({ side, path, bytes: body.length });
    response.writeHead(200, {
      'Content-Type': types[extname(file)] ?? 'application/octet-stream',
      'Content-Length': body.length,
      'Cache-Control': 'public, max-age=31536000, immutable',
      'Content-Encoding': 'br',
    });
    response.end(body);
  });

  // Kept, so that only the visit that needs a file first, which is not timed, waits for this.
  function brotli(file) {
    if (!compressed.has(file)) {
      const bytes = readFileSync(file);
      const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length };
      compressed.set(file, brotliCompressSync(bytes, { params }));
    }
    return compressed.get(file);
  }

  await new Promise((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    // What was sent since the last question; the page's own files are of neither side.
    taken() {
      const sent = files.filter(({ side }) => side !== 'page');
      files = [];
      return sent;
    },
    stop: () =>
      new Promise((done) => {
        server.close(done);
        server.closeAllConnections();
      }),
  };
}
