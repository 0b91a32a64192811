// The second start needs no network, and the model is fetched once.

import assert from 'node:assert/strict';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { after, before, test } from 'node:test';
import {
  byId, eventually, openPage, retrieve, startBrowser, untilNotice, untilOfflineReady, untilReady,
} from './browser.mjs';
import { pageDir, startStack } from './stack.mjs';

const assetRequests = (log) => log.split('\n').filter((line) => /GET \/assets\//.test(line));
const cacheNames = (page) =>
  page.evaluate(async () => (await caches.keys()).filter((name) => name.startsWith('soc-copilot-page-')));

let browser;
before(async () => {
  browser = await startBrowser();
});
after(() => browser?.close());

test('after the first visit everything local works without a network', async () => {
  const stack = await startStack();
  try {
    const page = await openPage(browser.context, stack.origin);
    await untilOfflineReady(page);
    const first = await retrieve(page, 1);
    const { length: fetched } = assetRequests(stack.log());
    assert.ok(fetched > 0, 'the first visit fetches the assets');

    await page.reload();
    await untilReady(page);
    assert.deepEqual(
      assetRequests(stack.log()).slice(fetched).filter((line) => !line.includes('manifest.json')),
      [],
      'the second visit fetches no asset',
    );

    await stack.stopProxy();
    await browser.context.setOffline(true);
    await page.reload();
    await untilReady(page);
    assert.deepEqual(await retrieve(page, 1), first, 'the same techniques');
    await untilNotice(page, 'proxy_unreachable');
    assert.ok(await byId(page, 'triage').isDisabled(), 'nothing can be sent');
    await byId(page, 'nav-history').click();
    await byId(page, 'nav-accuracy').click();
    await byId(page, 'accuracy-value').waitFor();

    // Another address of the page starts as well.
    await page.goto(`${stack.origin}/#/about`);
    await untilReady(page);

    // And it recovers by itself.
    await stack.startProxy();
    await browser.context.setOffline(false);
    await page.goto(stack.origin);
    await byId(page, 'model-status').filter({ hasText: 'configured' }).waitFor();
  } finally {
    await browser.context.setOffline(false);
    await stack.stop();
  }
});

test('a new build waits for the reader and then replaces the old one whole', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'soc-copilot-page-'));
  await cp(pageDir, folder, { recursive: true });
  const stack = await startStack({ page: folder });
  try {
    const page = await openPage(browser.context, stack.origin);
    await untilOfflineReady(page);
    const [before] = await eventually('a cached page', async () => {
      const names = await cacheNames(page);
      return names.length === 1 && names;
    });

    await newBuild(folder, 'new');
    await stack.stopProxy();
    await stack.startProxy();
    const update = () => page.evaluate(async () => (await navigator.serviceWorker.ready).update());
    await update();
    await byId(page, 'update-bar').waitFor();
    await page.reload();
    await untilReady(page);
    assert.equal(await mark(page), undefined, 'the old build until the reader wants the new one');
    await byId(page, 'update-bar').getByRole('button').first().click();
    await page.waitForFunction(() => document.querySelector('meta[name="mark"]')?.content === 'new');
    const names = await eventually('one page cache', async () => {
      const names = await cacheNames(page);
      return names.length === 1 && names;
    });
    assert.notDeepEqual(names, [before]);
    await untilReady(page);

    // A build of which one file is not what its list says is not taken.
    await newBuild(folder, 'broken');
    for (const twin of ['.br', '.gz']) await rm(join(folder, `index.html${twin}`), { force: true });
    await writeFile(join(folder, 'index.html'), 'another page');
    await stack.stopProxy();
    await stack.startProxy();
    await update().catch(() => {});
    await eventually('the broken build is given up', () =>
      page.evaluate(async () => {
        const { installing, waiting } = await navigator.serviceWorker.ready;
        return !installing && !waiting;
      }),
    );
    assert.deepEqual(await cacheNames(page), names);
    await page.reload();
    assert.equal(await mark(page), 'new');
  } finally {
    await stack.stop();
    await rm(folder, { recursive: true, force: true });
  }
});

// Which build's document is shown.
const mark = (page) => page.evaluate(() => document.querySelector('meta[name="mark"]')?.content);

// The same page with another mark in its head.
async function newBuild(folder, name) {
  const path = join(folder, 'index.html');
  const html = (await readFile(path, 'utf8')).replace(/<meta name="mark"[^>]*>/, '');
  await writeFile(path, html.replace('</head>', `<meta name="mark" content="${name}"></head>`));
  const seal = fileURLToPath(new URL('../../scripts/setup/seal.mjs', import.meta.url));
  const { status, stderr } = spawnSync(process.execPath, [seal, folder], { encoding: 'utf8' });
  assert.equal(status, 0, stderr);
}
