// One alert from the text box to an imported export, as an analyst walks it.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import {
  byId, exportRecords, importRecords, judge, openPage, records, retrieve, startBrowser, triage, untilReady, wipe,
} from './browser.mjs';
import { goodAnswer, startStack } from './stack.mjs';

let stack, browser;
before(async () => {
  stack = await startStack();
  browser = await startBrowser();
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});

test('an alert is searched, sent as shown, answered, judged, kept, exported and imported', async () => {
  await stack.scenario('happy');
  const page = await openPage(browser.context, stack.origin);
  const sent = [];
  page.on('request', (request) => {
    if (request.method() === 'POST') sent.push(request);
  });

  const found = await retrieve(page, 1);
  assert.ok(found.length > 0 && found.length <= 10, `${found.length} techniques`);
  assert.ok(found.includes('T1059.001'), `T1059.001 is among ${found}`);
  assert.equal(sent.length, 0, 'finding techniques sends nothing');

  // What is shown is what leaves, to the byte, and what arrives.
  const shown = await byId(page, 'outgoing').textContent();
  const hash = (await byId(page, 'outgoing-hash').textContent()).trim();
  assert.equal(hash, createHash('sha256').update(shown).digest('hex'));
  await byId(page, 'triage').click();
  await byId(page, 'verdict').waitFor();
  assert.deepEqual(sent.map((request) => request.postData()), [shown]);
  const { received } = await stack.spy();
  assert.deepEqual(received.map((request) => request.body), [JSON.parse(shown)]);
  for (const original of ['jsmith', 'CORP-WS-042']) {
    assert.ok(!shown.includes(original), `${original} stays in the browser`);
    assert.ok(!JSON.stringify(received[0].body).includes(original), `${original} stays in the browser`);
  }

  // Every field of the verdict can be read.
  assert.match(await byId(page, 'verdict-kind').textContent(), /HIGH/);
  assert.match(await byId(page, 'confidence').textContent(), /86/);
  const card = await byId(page, 'verdict').textContent();
  const { attack_chain: chain, reasoning, recommended_actions: actions, ...rest } = goodAnswer;
  const expected = [
    chain, reasoning, ...actions, ...rest.false_positive_indicators, ...rest.investigation_queries,
    ...rest.matched_techniques, rest.evidence[0].claim, rest.evidence[0].quote, hash,
  ];
  for (const words of expected) assert.ok(card.includes(words), `the verdict shows: ${words}`);
  assert.match(await byId(page, 'evidence').textContent(), /in the alert/);
  assert.equal(await byId(page, 'flags').locator('li').count(), 0);

  await judge(page, { verdict: 'LOW', notes: 'Known deployment tool \u{1f980}', techniques: 'T1105, T1204.002' });

  // It is there after a reload: history, judgement, accuracy.
  await page.reload();
  await byId(page, 'nav-history').click();
  await byId(page, 'history-item').first().waitFor();
  assert.equal(await byId(page, 'history-item').count(), 1);
  assert.match(await byId(page, 'history-item').textContent(), /HIGH.*LOW/s);
  await byId(page, 'history-item').click();
  const judgements = await byId(page, 'judgements').textContent();
  for (const words of ['LOW', 'T1105', 'T1204.002', 'Known deployment tool \u{1f980}']) {
    assert.ok(judgements.includes(words), `the judgement shows: ${words}`);
  }
  await byId(page, 'nav-accuracy').click();
  assert.match(await byId(page, 'accuracy-value').textContent(), /^\s*0\s*%/);
  await byId(page, 'matrix').waitFor();

  // Out and in again without loss, and only once.
  await untilReady(page);
  const before = await exportRecords(page);
  const document = JSON.parse(before);
  assert.equal(document.format, 'soc-copilot-export');
  assert.deepEqual([document.triages.length, document.feedback.length], [1, 1]);
  await wipe(page);
  await byId(page, 'nav-history').click();
  assert.equal(await byId(page, 'history-item').count(), 0);
  for (const added of [/1 triages? and 1 judgements?/, /0 triages? and 0 judgements?/]) {
    await importRecords(page, before);
    await byId(page, 'records-done').filter({ hasText: added }).waitFor();
  }
  const { exported_at: first, ...kept } = document;
  const { exported_at: second, ...again } = JSON.parse(await exportRecords(page));
  assert.ok(first < second);
  assert.deepEqual(again, kept);
  assert.deepEqual(page.faults, []);
});

test('the analyst agrees, then thinks again: the newest judgement counts', async () => {
  const page = await openPage(browser.context, stack.origin);
  await wipe(page);
  await triage(page);
  await byId(page, 'thumb-up').click();
  await byId(page, 'save-feedback').click();
  await byId(page, 'saved').waitFor();
  await byId(page, 'nav-accuracy').click();
  await byId(page, 'accuracy-value').filter({ hasText: '100' }).waitFor();
  await byId(page, 'nav-history').click();
  await byId(page, 'history-item').click();
  await judge(page, { verdict: 'CRITICAL', notes: 'worse than thought' });
  await byId(page, 'nav-accuracy').click();
  await byId(page, 'accuracy-value').filter({ hasText: /^\s*0\s*%/ }).waitFor();
  const { 'soc-copilot/feedback': feedback } = await records(page);
  assert.equal(feedback.length, 2, 'nothing is overwritten');
  await page.close();
});

test('the answer streams in before it is a verdict', async () => {
  const page = await openPage(browser.context, stack.origin);
  await stack.scenario('slow_drip');
  await retrieve(page, 1);
  await byId(page, 'triage').click();
  await byId(page, 'stream').filter({ hasText: /drip drip/ }).waitFor();
  assert.equal(await byId(page, 'verdict').count(), 0);
  await byId(page, 'stop').click();
  await page.close();
  await stack.scenario('happy');
});

test('five samples give techniques, and top-k is kept to', async () => {
  const page = await openPage(browser.context, stack.origin);
  for (const sample of [1, 2, 3, 4, 5]) {
    const found = await retrieve(page, sample, { topK: 5 });
    assert.ok(found.length > 0 && found.length <= 5, `sample ${sample}: ${found}`);
  }
  await page.close();
});

test('what was reported as saved survives the death of the browser', async () => {
  const profile = await mkdtemp(join(tmpdir(), 'soc-copilot-profile-'));
  const first = await startBrowser({ profile });
  try {
    const page = await openPage(first.context, stack.origin);
    await triage(page);
    await judge(page, { notes: 'kept through a crash' });
    const session = await first.context.newCDPSession(page);
    // The browser process itself goes down, without any farewell.
    await session.send('Browser.crash').catch(() => {});
  } finally {
    await first.close().catch(() => {});
  }
  const second = await startBrowser({ profile });
  try {
    const page = await openPage(second.context, `${stack.origin}/#/history`, { ready: false });
    await byId(page, 'history-item').click();
    assert.match(await byId(page, 'judgements').textContent(), /kept through a crash/);
  } finally {
    await second.close();
    await rm(profile, { recursive: true, force: true });
  }
});
