// Serves folders on the loopback to tests that run inside the browser, which cannot read files. Of
// two files of one name the first folder's is served.
// usage: node assets_server.mjs PORT FOLDER...

import { createReadStream, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { join, normalize, sep } from 'node:path';

const [port, ...folders] = process.argv.slice(2);
if (folders.length === 0) throw new Error('usage: assets_server.mjs PORT FOLDER...');

// The file that a request names, or undefined. Nothing outside the folders is served.
function find(folder, pathname) {
  const path = normalize(join(folder, pathname));
  if (!path.startsWith(normalize(folder) + sep)) return undefined;
  try {
    const file = statSync(path);
    return file.isFile() ? { path, size: file.size } : undefined;
  } catch {
    return undefined;
  }
}

const server = createServer((request, response) => {
  const { pathname } = new URL(request.url, 'http://loopback');
  const file = folders.map((folder) => find(folder, pathname)).find(Boolean);
  // The test page has another origin (its own port).
  response.setHeader('Access-Control-Allow-Origin', '*');
  if (!file) {
    response.writeHead(404).end();
    return;
  }
  const type = pathname.endsWith('.json') ? 'application/json' : 'application/octet-stream';
  response.writeHead(200, { 'Content-Type': type, 'Content-Length': file.size });
  createReadStream(file.path).pipe(response);
});

server.listen(Number(port), '127.0.0.1');
