// The proxy's key is found nowhere but in the request to the model.

import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import { after, before, test } from 'node:test';
import { byId, exportRecords, judge, openPage, records, retrieve, startBrowser, untilOfflineReady } from './browser.mjs';
import { assetsDir, startStack } from './stack.mjs';

let stack, browser;
before(async () => {
  stack = await startStack();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

// The key as it stands, and as common encodings would carry it. Base64 depends on the offset.
function forms(key) {
  const plain = [key, key.split('').reverse().join(''), Buffer.from(key).toString('hex')];
  const percent = [...key].map((letter) => `%${letter.charCodeAt(0).toString(16)}`).join('');
  const base64 = [0, 1, 2].flatMap((offset) => {
    const text = Buffer.from('x'.repeat(offset) + key).toString('base64');
    // Without the ends, which depend on the neighbours.
    return [text.slice(4, -4), text.slice(4, -4).replaceAll('+', '-').replaceAll('/', '_')];
  });
  const utf16 = Buffer.from(key, 'utf16le').toString('latin1');
  return [...plain, percent, percent.toUpperCase(), utf16, ...base64];
}

function search(where, bytes) {
  const text = Buffer.isBuffer(bytes) ? bytes.toString('latin1') : String(bytes);
  for (const form of forms(stack.canary)) {
    assert.ok(!text.includes(form), `the key is in ${where}`);
  }
}

test('the search finds what it should', () => {
  const key = stack.canary;
  const hidden = [key, `a${Buffer.from(`ab${key}cd`).toString('base64')}`, Buffer.from(key).toString('hex')];
  for (const text of hidden) assert.throws(() => search('a test', text), /the key is in/);
});

test('the key reaches the model and nothing else', async () => {
  const page = await openPage(browser.context, stack.origin);
  const console = [];
  page.on('console', (message) => console.push(message.text()));
  const answers = [];
  page.on('response', (response) => answers.push(response));
  await page.reload();
  await untilOfflineReady(page);

  // Every way in which an upstream can give the key back.
  const scenarios = [
    'happy', 'unknown', 'key_in_error', 'key_in_stream', 'error_event', 'unauthorized', 'bad_request',
    'server_error', 'redirect', 'wrong_type', 'cut', 'refusal',
  ];
  let seen = '';
  for (const scenario of scenarios) {
    await stack.scenario(scenario);
    await retrieve(page, 1);
    await byId(page, 'triage').click();
    await page.locator('[data-testid="verdict"], .ask ~ * [data-testid="error"], .ask ~ [data-testid="error"]').first().waitFor();
    seen += await page.content();
    const { received } = await stack.spy();
    assert.ok(received.length > 0, scenario);
    assert.ok(received.every((request) => JSON.stringify(request.headers).includes(stack.canary)), 'the model gets the key');
    assert.ok(received.every((request) => !JSON.stringify(request.body).includes(stack.canary)));
  }
  await stack.scenario('happy');
  await page.reload();
  await retrieve(page, 1);
  await byId(page, 'triage').click();
  await byId(page, 'verdict').waitFor();
  await judge(page, { notes: 'x' });
  seen += await page.content();

  search('the page', seen);
  search('the console', console.join('\n'));
  search('the export', await exportRecords(page));
  for (const response of answers) {
    search(`the headers of ${response.url()}`, JSON.stringify(await response.headersArray()));
    // The model's files are searched on disk below.
    if (new URL(response.url()).pathname.startsWith('/assets/')) continue;
    search(response.url(), await response.body().catch(() => Buffer.alloc(0)));
  }
  assert.ok(answers.some((response) => response.url().endsWith('/v1/messages')), 'answers were searched');

  search('IndexedDB', JSON.stringify(await records(page)));
  const storage = await page.evaluate(async () => {
    const cached = [];
    for (const name of await caches.keys()) {
      const cache = await caches.open(name);
      for (const request of await cache.keys()) {
        const response = await cache.match(request);
        const headers = JSON.stringify([...response.headers]);
        const text = new TextDecoder('latin1').decode(await response.clone().arrayBuffer());
        cached.push({ name: `${name} ${request.url}`, headers, text: text.length < 2 ** 21 ? text : '', bytes: text.length });
      }
    }
    return { local: JSON.stringify({ ...localStorage }), session: JSON.stringify({ ...sessionStorage }), cookie: document.cookie, cached };
  });
  assert.ok(storage.cached.some((entry) => entry.name.includes('soc-copilot-page-')), 'the page is cached');
  for (const { name, headers, text } of storage.cached) search(name, headers + text);
  for (const place of ['local', 'session', 'cookie']) search(`${place} storage`, storage[place]);
});

test('nothing the proxy serves or says holds the key', async () => {
  const paths = ['/', '/health', '/api/config', '/api/openapi.json', '/build.json', '/nowhere', '/v1/messages', '/.env', '/proc/self/environ'];
  for (const path of paths) {
    for (const method of ['GET', 'POST']) {
      const response = await fetch(stack.origin + path, { method, body: method === 'POST' ? '{' : undefined });
      search(`${method} ${path}`, JSON.stringify([...response.headers]) + (await response.text()));
    }
  }
  search('the log of the proxy', stack.log());
  assert.match(stack.log(), /\/v1\/messages/, 'the log was searched');
});

test('no built file holds the key', async () => {
  let count = 0;
  for (const folder of [stack.pageDir, assetsDir]) {
    for (const entry of await readdir(folder, { withFileTypes: true, recursive: true })) {
      if (!entry.isFile()) continue;
      const path = join(entry.path, entry.name);
      let bytes = await readFile(path);
      if (path.endsWith('.gz')) bytes = gunzipSync(bytes);
      if (path.endsWith('.br')) bytes = brotliDecompressSync(bytes);
      for (const form of forms(stack.canary)) assert.ok(!bytes.includes(form, 'latin1'), `the key is in ${path}`);
      count += 1;
    }
  }
  assert.ok(count > 5, `${count} files`);
});
