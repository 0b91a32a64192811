// Serves the package, the assets and a page that uses them, under the strictest policy that works.

import { createReadStream, statSync } from 'node:fs';
import { createServer, request as ask } from 'node:http';
import { dirname, extname, join, normalize, sep } from 'node:path';
import { fileURLToPath } from 'node:url';

const here = dirname(fileURLToPath(import.meta.url));
const types = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json',
  '.wasm': 'application/wasm',
};
export const policy =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; connect-src 'self'; worker-src 'self'; base-uri 'none'; form-action 'none'";

// Listens on a free port of the loopback. `npm` and `assets` are folders; `proxy`, where given, is the
// origin of a proxy that then answers here too, as behind another console's own server.
export function startServer({ npm, assets, proxy }) {
  const roots = [['/soc-copilot/', npm], ['/assets/', assets], ['/breaking-assets/', assets], ['/', here]];
  const server = createServer((request, response) => {
    if (proxy && /^\/(api|v1)\//.test(request.url)) {
      relay(request, response, proxy);
      return;
    }
    const path = decodeURIComponent(new URL(request.url, 'http://loopback').pathname);
    const [prefix, folder] = roots.find(([prefix]) => path.startsWith(prefix));
    const file = normalize(join(folder, path.slice(prefix.length)));
    let found;
    try {
      found = file.startsWith(normalize(folder) + sep) ? statSync(file) : undefined;
    } catch {
      found = undefined;
    }
    response.setHeader('Content-Security-Policy', policy);
    response.setHeader('X-Content-Type-Options', 'nosniff');
    if (!found?.isFile()) {
      response.writeHead(404).end();
      return;
    }
    const type = types[extname(file)] ?? 'application/octet-stream';
    if (prefix === '/breaking-assets/' && file.endsWith('.bin') && found.size > 2 * BREAK_AFTER) {
      sendBroken(request, response, file, found.size, type);
      return;
    }
    response.writeHead(200, { 'Content-Type': type, 'Content-Length': found.size });
    createReadStream(file).pipe(response);
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      resolve({
        origin: `http://127.0.0.1:${server.address().port}`,
        stop: () =>
          new Promise((done) => {
            server.close(done);
            server.closeAllConnections();
          }),
      });
    });
  });
}

const BREAK_AFTER = 8_000_000;

// Promises all that was asked for and cuts the connection after some of it.
function sendBroken(request, response, file, size, type) {
  const start = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
  const end = Math.min(size, start + BREAK_AFTER);
  response.writeHead(start > 0 ? 206 : 200, {
    'Content-Type': type,
    'Content-Length': size - start,
    ...(start > 0 ? { 'Content-Range': `bytes ${start}-${size - 1}/${size}` } : {}),
  });
  const stream = createReadStream(file, { start, end: end - 1 });
  stream.pipe(response, { end: end === size });
  // What was written must have left before the cut.
  if (end < size) stream.on('end', () => setTimeout(() => response.destroy(), 200));
}

// The proxy talks to its own page only, so the relay asks in its own name.
function relay(request, response, proxy) {
  const headers = { ...request.headers, host: new URL(proxy).host };
  for (const name of Object.keys(headers)) {
    if (/^(origin|referer|sec-fetch-)/.test(name)) delete headers[name];
  }
  const asked = ask(new URL(request.url, proxy), { method: request.method, headers }, (answer) => {
    response.writeHead(answer.statusCode, answer.headers);
    answer.pipe(response);
  });
  asked.on('error', () => response.destroy());
  response.on('close', () => asked.destroy());
  request.pipe(asked);
}
