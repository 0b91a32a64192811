// Techniques say why: cards and marked words light each other up, parts are weighed, evidence arrives.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { byId, eventually, notice, openMore, openPage, retrieve, startBrowser, untilNotice, untilReady } from './browser.mjs';
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

const lit = (locator) => locator.evaluateAll((all) => all.filter((one) => one.classList.contains('lit')).length);
const litIds = (within = page) =>
  byId(within, 'technique').evaluateAll((cards) =>
    cards.filter((card) => card.classList.contains('lit')).map((card) => /T\d{4}(?:\.\d{3})?/.exec(card.textContent)[0]));
// What a mark says it speaks for.
const idsOf = async (mark) => (await mark.getAttribute('aria-label')).match(/T\d{4}(?:\.\d{3})?/g);
const away = () => page.mouse.move(1, 1);

test('a card says its share, its words and its reason; details add up', async () => {
  await retrieve(page, 2);
  const card = byId(page, 'technique').first();
  assert.match(await byId(card, 'share').textContent(), /share\s*[<>]?[\d.]+%/);
  assert.match(await card.locator('.score').getAttribute('title'), /not a probability/);
  assert.match(await byId(card, 'reason').textContent(), /^Mostly .+\.$/);
  assert.match(await card.locator('.word').first().textContent(), /\+\d\.\d/);
  await openMore(card);
  const points = await byId(card, 'reasons').locator('tr .points').allTextContents();
  const numbers = points.map((text) => Number(text.replace('\u2212', '-')));
  const sum = numbers.pop();
  const added = numbers.reduce((all, one) => all + one, 0);
  assert.ok(Math.abs(sum - added) < 0.06 * points.length, `${numbers} make ${sum}`);
  assert.match(await byId(page, 'ranking-attack').textContent(), /^ATT&CK \d+\.\d+, \d{3} techniques$/);
  assert.deepEqual(page.faults, []);
});

test('the painted alert is the alert that was searched', async () => {
  const alert = 'whoami /all on host\u202e and <b>net</b> group "domain admins" /domain';
  await retrieve(page, alert);
  const painted = await byId(page, 'painted').textContent();
  assert.equal(painted, alert.replace('\u202e', ' '), 'hidden characters are replaced, markup is text');
  assert.ok((await byId(page, 'mark').count()) > 0);
});

test('the mouse on a card lights its words, on a word its cards', async () => {
  await retrieve(page, 2);
  await byId(page, 'mark').first().waitFor();
  await away();
  assert.equal(await lit(byId(page, 'mark')), 0);
  for (const place of [0, 1]) {
    const card = byId(page, 'technique').nth(place);
    const [id] = /T\d{4}(?:\.\d{3})?/.exec(await card.textContent());
    await card.locator('.technique-name').hover();
    const marks = await byId(page, 'mark').all();
    for (const mark of marks) {
      const should = (await idsOf(mark)).includes(id);
      assert.equal(await mark.evaluate((one) => one.classList.contains('lit')), should, `${id}: ${await mark.textContent()}`);
    }
    assert.match(await byId(page, 'painted-caption').textContent(), new RegExp(`speaks? for ${id.replace('.', '\\.')}`));
  }
  await away();
  assert.equal(await lit(byId(page, 'mark')), 0);

  const mark = byId(page, 'mark').first();
  await mark.hover();
  assert.deepEqual((await litIds()).sort(), (await idsOf(mark)).sort());
  assert.match(await byId(page, 'painted-caption').textContent(), /speaks for T\d{4}/);
  await away();
  assert.deepEqual(await litIds(), []);
});

test('the same by keyboard: one stop for all words, arrows between them, Enter to the card', async () => {
  await retrieve(page, 2);
  const count = await byId(page, 'mark').count();
  assert.ok(count > 3);
  const at = () => page.evaluate(() => Number(document.activeElement.dataset.mark ?? -1));
  await byId(page, 'find').focus();
  await page.keyboard.press('Tab');
  assert.equal(await page.evaluate(() => document.activeElement.id), 'read-as', 'the format comes before the words');
  await page.keyboard.press('Tab');
  assert.equal(await at(), 0);
  assert.equal(await page.locator('[data-testid="mark"][tabindex="0"]').count(), 1);
  assert.deepEqual((await litIds()).sort(), (await idsOf(byId(page, 'mark').nth(0))).sort());
  await page.keyboard.press('ArrowRight');
  await page.keyboard.press('ArrowDown');
  assert.equal(await at(), 2);
  await page.keyboard.press('ArrowLeft');
  assert.equal(await at(), 1);
  await page.keyboard.press('End');
  assert.equal(await at(), count - 1);
  await page.keyboard.press('ArrowRight');
  assert.equal(await at(), count - 1, 'the last is the last');
  await page.keyboard.press('Home');
  assert.equal(await at(), 0);
  const [first] = await idsOf(byId(page, 'mark').first());
  await page.keyboard.press('Enter');
  assert.match(await page.evaluate(() => document.activeElement.textContent), new RegExp(`^${first.replace('.', '\\.')} `));
  assert.deepEqual(await litIds(), [first], 'the focus is on the card, and lights it');
  assert.ok((await lit(byId(page, 'mark'))) > 0);
  // Back into the words: the stop is where it was left.
  await page.keyboard.press('Shift+Tab');
  assert.equal(await at(), 0);
  await page.keyboard.press('Shift+Tab');
  assert.equal(await at(), -1);
  assert.deepEqual(await litIds(), []);
});

test('a long alert is painted in part, and says so', async () => {
  const alert = `whoami /all\n${'some more text of the log\n'.repeat(2_000)}`;
  await byId(page, 'file-input').setInputFiles({ name: 'long.log', mimeType: 'text/plain', buffer: Buffer.from(alert) });
  await byId(page, 'find').click();
  assert.match(await byId(page, 'painted-cut').textContent(), /first 16 KiB/);
  assert.ok((await byId(page, 'painted').textContent()).length <= 16 * 1024);
});

test('what drives a technique: parts, points, places, and where they stand', async () => {
  await retrieve(page, 2);
  const card = byId(page, 'technique').first();
  await openMore(card);
  await byId(card, 'explain').click();
  const explanation = byId(card, 'explanation');
  await explanation.waitFor();
  assert.match(await explanation.textContent(), /It stands 1st now/);
  const row = byId(card, 'omission').first();
  const part = (await row.getByRole('button').textContent()).trim();
  assert.match(await row.textContent(), /\u2212\d+\.\d/, 'the first loses most');
  assert.match(await row.textContent(), /stays 1st|1st \u2192 \d+(?:st|nd|rd|th)/);
  await row.hover();
  await page.locator('.painted .part').first().waitFor();
  assert.equal(await byId(page, 'painted-caption').textContent(), `Underlined: ${part}.`);
  await away();
  await eventually('the light goes out', async () => (await page.locator('.painted .part').count()) === 0);
  await row.getByRole('button').focus();
  await page.locator('.painted .part').first().waitFor();
  assert.deepEqual(page.faults, []);
});

test('every card has its evidence, with links, logs and what helps', async () => {
  await retrieve(page, 2);
  await byId(page, 'nearest').waitFor();
  const passages = byId(page, 'nearest').getByTestId('passage');
  assert.equal(await passages.count(), 5);
  assert.match(await passages.first().textContent(), /similarity 0\.\d\d/);
  const card = byId(page, 'technique').first();
  await openMore(card);
  for (const part of ['passages', 'strategies', 'log-sources', 'mitigations']) await byId(card, part).waitFor();
  const links = await byId(card, 'technique-evidence').locator('a').evaluateAll((all) => all.map((one) => [one.href, one.rel, one.target]));
  assert.ok(links.length > 0);
  for (const [href, rel, target] of links) {
    assert.match(href, /^https:\/\/attack\.mitre\.org\/(?:groups|software|campaigns|mitigations|detectionstrategies)\/[A-Z]+\d+\/$/);
    assert.deepEqual([rel, target], ['noopener noreferrer', '_blank']);
  }
});

test('evidence that arrives late holds up nothing, and a failure can be tried again', async () => {
  const other = await startBrowser({ serviceWorkers: 'block' });
  try {
    let state = 'held';
    const held = [];
    await other.context.route('**/assets/passages.bin*', (route) => {
      if (state === 'fails') return route.abort();
      if (state === 'held') return held.push(route);
      return route.continue();
    });
    const page = await openPage(other.context, stack.origin, { ready: false });
    await untilReady(page);
    await retrieve(page, 1);
    await byId(page, 'evidence-arriving').first().waitFor();
    const card = byId(page, 'technique').first();
    await openMore(card);
    await byId(card, 'evidence-arriving').waitFor();
    assert.equal(await byId(page, 'nearest').count(), 0);
    // Other calls are answered meanwhile.
    await byId(card, 'explain').click();
    await byId(card, 'explanation').waitFor();
    await retrieve(page, 2);
    state = 'fails';
    await Promise.all(held.splice(0).map((route) => route.abort()));
    await untilNotice(page, 'asset_unavailable');
    assert.ok((await byId(page, 'technique').count()) > 0, 'the techniques stay');
    state = 'open';
    await notice(page, 'asset_unavailable').first().getByRole('button').click();
    await byId(page, 'nearest').waitFor();
    assert.equal(await notice(page, 'asset_unavailable').count(), 0);
  } finally {
    await other.close();
  }
});

test('little to go on does not look sure, and nothing to go on shows no technique', async () => {
  await page.reload();
  await untilReady(page);
  await byId(page, 'alert-input').fill('Dear all, the meeting about lunch moved to four.');
  await byId(page, 'find').click();
  assert.match(await (await untilNotice(page, 'low_evidence')).textContent(), /may be chance/);
  assert.equal(await page.locator('.techniques.weak').count(), 1);
  const none = notice(page, 'nothing_to_go_on');
  await byId(page, 'alert-input').fill('12345 67890 !!!');
  await byId(page, 'find').click();
  await none.waitFor();
  assert.equal(await byId(page, 'technique').count(), 0);
  assert.equal(await byId(page, 'painted').count(), 0);
  assert.equal(await byId(page, 'nearest').count(), 0);
});
