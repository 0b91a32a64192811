// Serves a folder on the loopback to tests that run inside the browser, which cannot read files.
// usage: node assets_server.mjs FOLDER PORT

import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, normalize, sep } from 'node:path';

const [folder, port] = process.argv.slice(2);
if (!port) throw new Error('usage: assets_server.mjs FOLDER PORT');

const server = createServer((request, response) => {
  const path = normalize(join(folder, new URL(request.url, 'http://loopback').pathname));
  // The test page has another origin (its own port).
  response.setHeader('Access-Control-Allow-Origin', '*');
  let file;
  try {
    file = path.startsWith(normalize(folder) + sep) ? statSync(path) : undefined;
  } catch {
    file = undefined;
  }
  if (!file?.isFile()) {
    response.writeHead(404).end();
    return;
  }
  const type = path.endsWith('.json') ? 'application/json' : 'application/octet-stream';
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': file.size });
  createReadStream(path).pipe(response);
});

server.listen(Number(port), '127.0.0.1');
