// Several tabs on one database: they see each other, and versions do not destroy each other's data.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { byId, eventually, judge, openPage, startBrowser, triage, untilNotice } from './browser.mjs';
import { startStack } from './stack.mjs';

let stack, browser;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

// Each test has a database of its own.
async function withBrowser(body) {
  browser = await startBrowser();
  try {
    await body(browser.context);
  } finally {
    await browser.close();
  }
}

// A document of the page's origin without the page's program.
async function bare(context) {
  const page = await context.newPage();
  await page.goto(`${stack.origin}/health`);
  return page;
}

const oldRecord = {
  schema_version: 1,
  triage_id: 'from-version-one',
  created_at: '2025-01-01T00:00:00.000Z',
  alert_text: 'an old alert',
  agent_verdict: 'HIGH',
  analyst_verdict: 'HIGH',
  analyst_correct: true,
  analyst_notes: '',
  matched_techniques: ['T1059.001'],
  confidence: 0.5,
  model: 'm',
  attack_version: '17.0',
};

// A program of version 1, which does not listen to others; the connection stays open.
const openVersionOne = (page, record) =>
  page.evaluate(
    (record) =>
      new Promise((resolve, reject) => {
        const request = indexedDB.open('soc-copilot', 1);
        request.onupgradeneeded = () => request.result.createObjectStore('feedback').add(record, 'any key');
        request.onsuccess = () => {
          globalThis.connection = request.result;
          resolve();
        };
        request.onerror = () => reject(request.error);
      }),
    record,
  );

test('two tabs see each other’s judgements', () =>
  withBrowser(async (context) => {
    const one = await openPage(context, stack.origin);
    const other = await openPage(context, `${stack.origin}/#/accuracy`);
    await triage(one);
    await judge(one, { verdict: 'BENIGN' });
    await byId(other, 'accuracy-value').filter({ hasText: /^\s*0\s*%/ }).waitFor();
    await byId(other, 'nav-history').click();
    await byId(other, 'history-item').click();
    await byId(other, 'thumb-up').click();
    await byId(other, 'save-feedback').click();
    await byId(other, 'saved').waitFor();
    await byId(one, 'nav-accuracy').click();
    await byId(one, 'accuracy-value').filter({ hasText: '100' }).waitFor();
    assert.deepEqual([...one.faults, ...other.faults], []);
  }));

test('a database of version 1 is taken over', () =>
  withBrowser(async (context) => {
    const old = await bare(context);
    await openVersionOne(old, oldRecord);
    await old.close();
    const page = await openPage(context, `${stack.origin}/#/accuracy`, { ready: false });
    await byId(page, 'accuracy-value').filter({ hasText: '100' }).waitFor();
  }));

test('an old tab that stays open is named, and its data is there afterwards', () =>
  withBrowser(async (context) => {
    const old = await bare(context);
    await openVersionOne(old, oldRecord);
    const page = await openPage(context, `${stack.origin}/#/accuracy`, { ready: false });
    const found = await untilNotice(page, 'storage_blocked');
    assert.match(await found.textContent(), /close the other/i);
    await old.close();
    await page.reload();
    await byId(page, 'accuracy-value').filter({ hasText: '100' }).waitFor();
  }));

test('a newer program takes the database over while the page is open', () =>
  withBrowser(async (context) => {
    const page = await openPage(context, stack.origin);
    await triage(page);
    await judge(page, { verdict: 'LOW' });
    const newer = await bare(context);
    const opened = await newer.evaluate(
      () =>
        new Promise((resolve) => {
          const request = indexedDB.open('soc-copilot', 4);
          request.onsuccess = () => resolve('opened');
          request.onerror = () => resolve(String(request.error));
          request.onblocked = () => resolve('blocked');
        }),
    );
    assert.equal(opened, 'opened', 'the page lets go at once');
    await untilNotice(page, 'storage_newer');
    // Nothing on the screen is lost, and what is saved now is not said to be saved.
    await byId(page, 'verdict').waitFor();
    await byId(page, 'save-feedback').click();
    await eventually('the failure is told', async () => /newer/i.test(await page.locator('form').textContent()));
  }));
