// Technique identifiers of other ATT&CK versions: said in the history, refused in a judgement.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { byId, exported, importRecords, notice, openPage, startBrowser, triage, untilNotice } from './browser.mjs';
import { startStack } from './stack.mjs';

let stack, browser, page;
before(async () => {
  stack = await startStack();
  browser = await startBrowser();
  page = await openPage(browser.context, stack.origin);
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

test('a judgement takes only techniques of the loaded version, and keeps what was typed', async () => {
  await triage(page);
  await byId(page, 'thumb-up').click();
  await byId(page, 'notes').fill('typed before');
  const refused = [
    ['T1086', 'technique_moved', /T1086 goes by T1059\.001 in ATT&CK \d+\.\d+.*write T1059\.001/],
    ['T1105, T1043', 'technique_deprecated', /T1043 was given up by ATT&CK/],
    ['T1999', 'technique_unknown', /T1999 is not a technique of ATT&CK \d+\.\d+/],
    ['malware', 'bad_technique', /malware is not a technique/i],
  ];
  for (const [typed, code, words] of refused) {
    await byId(page, 'corrected-techniques').fill(typed);
    await byId(page, 'save-feedback').click();
    assert.match(await (await untilNotice(page, code)).textContent(), words);
    assert.equal(await byId(page, 'corrected-techniques').inputValue(), typed);
    assert.equal(await byId(page, 'notes').inputValue(), 'typed before');
    assert.equal(await byId(page, 'saved').count(), 0);
  }
  await byId(page, 'corrected-techniques').fill('T1059.001');
  await byId(page, 'save-feedback').click();
  await byId(page, 'saved').waitFor();
  assert.equal(await notice(page, 'bad_technique').count(), 0);
  assert.match(await byId(page, 'verdict-attack').textContent(), /^ATT&CK \d+\.\d+$/);
});

test('the history says what became of kept techniques', async () => {
  await importRecords(page, exported({ techniques: ['T1059.001', 'T1086', 'T1043', 'T1999'], corrected: ['T1086'], version: '6.3' }));
  await byId(page, 'records-done').waitFor();
  await page.goto(`${stack.origin}/#/history/kept-triage`);
  const verdict = byId(page, 'verdict');
  await verdict.waitFor();
  assert.equal(await byId(page, 'verdict-attack').textContent(), 'ATT&CK 6.3');
  const items = (await verdict.locator('.links li').allTextContents()).map((text) => text.replaceAll(/ \(opens[^)]*\)/g, '').replaceAll(/\s+/g, ' ').trim());
  assert.equal(items[0], 'T1059.001');
  assert.equal(items[1], 'T1086, now T1059.001');
  assert.match(items[2], /^T1043, given up by ATT&CK \d+\.\d+$/);
  assert.match(items[3], /^T1999, unknown to ATT&CK \d+\.\d+$/);
  assert.match(await byId(page, 'judgements').textContent(), /T1086.*, now.*T1059\.001/s);
  const flags = await byId(page, 'flags').textContent();
  assert.match(flags, /renamed/);
  assert.match(flags, /given up/);
});

test('versions, counts and what taught the ranking are on the about page', async () => {
  await byId(page, 'nav-about').click();
  await byId(page, 'attack-version').waitFor();
  assert.match(await byId(page, 'attack-version').textContent(), /^\d+\.\d+$/);
  assert.match(await byId(page, 'examples').textContent(), /labelled alerts/);
  assert.match(await byId(page, 'arithmetic').textContent(), /^(relaxed-dot|widened), the fastest here of: .*relaxed-dot \d+\.\d ms/);
});
