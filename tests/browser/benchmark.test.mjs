// The benchmark page: runs on the bundled set and on files, is stopped, exported, and survives bad files.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, test } from 'node:test';
import { byId, openPage, startBrowser, untilNotice, untilOfflineReady, untilReady } from './browser.mjs';
import { pageDir, startStack } from './stack.mjs';

let stack, browser, page;
before(async () => {
  stack = await startStack();
  browser = await startBrowser();
  page = await openPage(browser.context, stack.origin);
  await byId(page, 'nav-benchmark').click();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

const bundled = async () => (await readFile(`${pageDir}/benchmark.jsonl`, 'utf8')).split('\n').filter((line) => line.trim());
const choose = (name, text) =>
  byId(page, 'benchmark-file').setInputFiles({ name, mimeType: 'application/octet-stream', buffer: Buffer.from(text) });
const line = (id, techniques, alert = `schtasks /create /tn Updater-${id} /tr u.exe /sc onlogon`) =>
  JSON.stringify({ id, alert, techniques });
const measuredOn = (words) => byId(page, 'benchmark-set').filter({ hasText: words }).waitFor({ timeout: 120_000 });

async function exported() {
  const download = page.waitForEvent('download');
  await byId(page, 'export-benchmark').click();
  const file = await download;
  assert.match(file.suggestedFilename(), /^soc-copilot-benchmark-\d{4}-\d\d-\d\d\.json$/);
  return JSON.parse(await readFile(await file.path(), 'utf8'));
}

test('the bundled set is measured, shown and exported', async () => {
  await byId(page, 'run-benchmark').click();
  await measuredOn('the bundled set');
  const { length } = await bundled();
  assert.match(await byId(page, 'benchmark-set').textContent(), new RegExp(`^${length} alerts of the bundled set, ATT&CK \\d+\\.\\d+, `));
  const rates = await byId(page, 'rates').textContent();
  for (const words of ['hit@1', 'hit@5', 'hit@10', 'MRR@10', 'Exact technique', 'Parent technique']) assert.ok(rates.includes(words), words);
  assert.match(await byId(page, 'latency').textContent(), /Median\s*\d+ ms.*within \d+ ms.*\d\.\d ms of it/s);
  const report = await exported();
  assert.equal(report.format, 'soc-copilot-benchmark');
  assert.equal(report.rows.length, length);
  assert.ok(report.rows.every((row) => row.ranked.length === 10 && row.ms > 0 && row.ranking_ms <= row.ms));
  const percent = `${(report.score.exact['hit@5'].mean * 100).toFixed(1)}%`;
  assert.ok(rates.includes(percent), `the table shows ${percent}`);
  assert.deepEqual(page.faults, []);
});

test('a file is measured, misses are opened, and their alerts looked at', async () => {
  const set = [line('right', ['T1053.005']), line('near', ['T1053.002']), line('wrong', ['T1003.008']), line('old', ['T1086'])];
  await choose('mine.jsonl', `${set.join('\n')}\n`);
  await measuredOn('mine.jsonl');
  assert.match(await byId(page, 'benchmark-set').textContent(), /^4 alerts of mine\.jsonl/);
  await byId(page, 'miss-depth').selectOption('1');
  const misses = byId(page, 'miss');
  const ids = (await misses.locator('summary code').allTextContents()).sort();
  assert.deepEqual(ids, ['near', 'old', 'wrong']);
  assert.match(await byId(page, 'miss-count').textContent(), /^3 of 4 alerts$/);
  const wrong = misses.filter({ hasText: 'wrong' });
  await wrong.locator('summary').click();
  assert.equal(await byId(wrong, 'ranked').count(), 10);
  assert.match(await wrong.textContent(), /T1003\.008/);
  assert.match(await misses.filter({ hasText: 'old' }).textContent(), /T1086.*, now T1059\.001/s);
  await byId(wrong, 'open-alert').click();
  await byId(page, 'alert-input').waitFor();
  assert.match(await byId(page, 'alert-input').inputValue(), /Updater-wrong/);
  await byId(page, 'nav-benchmark').click();
  await measuredOn('mine.jsonl');
});

test('a bad file is named with its line, and the earlier result stays', async () => {
  const bad = [
    ['broken.jsonl', `${line('a', ['T1003'])}\nnot JSON\n`, /broken\.jsonl: Line 2: not JSON/],
    ['labels.jsonl', line('a', ['T1']), /labels\.jsonl: Line 1: "T1" is not a technique/],
    ['no-alert.jsonl', '{"id":"a","techniques":["T1003"]}', /Line 1: there is no text in "alert"/],
    ['empty.jsonl', '\n', /no labelled line/],
    ['binary.jsonl', Buffer.from([0xff, 0xfe, 0x00, 0x80]), /not UTF-8 text/],
  ];
  for (const [name, text, expected] of bad) {
    await choose(name, text);
    const found = await untilNotice(page, 'invalid_argument');
    await found.filter({ hasText: name }).waitFor();
    assert.match(await found.textContent(), expected);
    assert.match(await found.textContent(), /earlier result is still shown/);
    await measuredOn('mine.jsonl');
  }
});

test('a run is shown as it goes, and is stopped', async () => {
  const set = Array.from({ length: 2_000 }, (_, at) => line(`n-${at}`, ['T1053.005'])).join('\n');
  await choose('many.jsonl', set);
  await byId(page, 'benchmark-progress').filter({ hasText: /[1-9]\d* of 2000 alerts ranked/ }).waitFor();
  // A search asked for meanwhile says what it waits for.
  await byId(page, 'nav-triage').click();
  await byId(page, 'sample-1').click();
  await byId(page, 'find').click();
  await untilNotice(page, 'benchmark_running');
  await byId(page, 'nav-benchmark').click();
  await byId(page, 'cancel-benchmark').click();
  await byId(page, 'run-benchmark').waitFor();
  assert.equal(await byId(page, 'benchmark-progress').count(), 0);
  await measuredOn('mine.jsonl');
  await byId(page, 'nav-triage').click();
  await byId(page, 'technique').first().waitFor();
});

test('the bundled set is measured without a network', async () => {
  await untilOfflineReady(page);
  await stack.stopProxy();
  await browser.context.setOffline(true);
  try {
    await page.goto(`${stack.origin}/#/benchmark`);
    await page.reload();
    await untilReady(page);
    await byId(page, 'run-benchmark').click();
    await measuredOn('the bundled set');
  } finally {
    await browser.context.setOffline(false);
    await stack.startProxy();
  }
});
