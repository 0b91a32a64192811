// What the browser keeps for the next visit, and what the page says where it keeps nothing.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { byId, eventually, notice, openPage, retrieve, startBrowser, untilNotice, untilReady } from './browser.mjs';
import { startStack } from './stack.mjs';

let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

test('where there is room, all is kept, and the page says so', async () => {
  const browser = await startBrowser();
  try {
    const page = await openPage(browser.context, `${stack.origin}/#/about`);
    await eventually('model and index are kept', async () => /^model and index are kept/.test(await byId(page, 'kept').textContent()));
    assert.match(await byId(page, 'workers').textContent(), /^1 of at most \d+; memory [\d.]+ M/);
    assert.equal(await notice(page, 'assets_not_kept').count(), 0);
    assert.equal(page.workers().length, 1, 'one worker is enough to load');
  } finally {
    await browser.close();
  }
});

test('where there is none, the search works and the page says what that means', async () => {
  const browser = await startBrowser();
  try {
    const page = await browser.context.newPage();
    const session = await browser.context.newCDPSession(page);
    await session.send('Storage.overrideQuotaForOrigin', { origin: stack.origin, quotaSize: 4_000_000 });
    await page.goto(stack.origin);
    await untilReady(page);
    await retrieve(page, 1);
    const found = await untilNotice(page, 'assets_not_kept');
    assert.match(await found.textContent(), /no more room/);
    await found.getByRole('button').click();
    assert.equal(await notice(page, 'assets_not_kept').count(), 0, 'once read it goes');
    await page.goto(`${stack.origin}/#/about`);
    await eventually('the page about says so too', async () => /no more room/.test(await byId(page, 'kept').textContent()));
  } finally {
    await browser.close();
  }
});
