// No state of the page breaks WCAG 2.2 A or AA as far as axe-core sees, and everything works by keyboard.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { after, before, test } from 'node:test';
import { byId, eventually, openPage, startBrowser, untilOfflineReady } from './browser.mjs';
import { loaded, openUnloaded, unloaded } from './scenes.mjs';
import { startStack } from './stack.mjs';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const standards = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22a', 'wcag22aa'];

let stack;
before(async () => {
  stack = await startStack();
});
after(() => stack?.stop());

// In both colour schemes, wide and narrow.
async function check(page, scene) {
  const faults = [];
  await page.evaluate(axe);
  for (const width of [1440, 390]) {
    await page.setViewportSize({ width, height: 900 });
    for (const colorScheme of ['light', 'dark']) {
      await page.emulateMedia({ colorScheme, reducedMotion: 'reduce' });
      const { violations } = await page.evaluate(
        (values) => globalThis.axe.run(document, { runOnly: { type: 'tag', values }, resultTypes: ['violations'] }),
        standards,
      );
      for (const { id, help, nodes } of violations) {
        const places = nodes.slice(0, 3).map((node) => `${node.target.join(' ')}: ${node.failureSummary?.split('\n')[1]?.trim()}`);
        faults.push(`${scene}, ${width} px, ${colorScheme}: ${id} (${help}), ${nodes.length} places, such as\n    ${places.join('\n    ')}`);
      }
    }
    const overflow = await page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
    if (overflow > 0) faults.push(`${scene}, ${width} px: the page is ${overflow} px wider than the screen`);
  }
  await page.setViewportSize({ width: 1440, height: 900 });
  return faults;
}

async function checkAll(scenes, stage, t) {
  for (const [name, arrive] of scenes) {
    await t.test(name, { timeout: 120_000 }, async () => {
      const leave = await arrive(stage);
      const faults = await check(stage.page, name);
      await leave?.();
      assert.deepEqual(faults, []);
    });
  }
}

test('a page that loads', async (t) => {
  const browser = await startBrowser({ serviceWorkers: 'block' });
  try {
    const stage = await openUnloaded(browser.context, stack.origin);
    await checkAll(unloaded, stage, t);
  } finally {
    await browser.close();
  }
});

test('a page that is loaded', async (t) => {
  const browser = await startBrowser();
  try {
    const page = await openPage(browser.context, stack.origin);
    await untilOfflineReady(page);
    await checkAll(loaded, { page, stack }, t);
  } finally {
    await browser.close();
  }
});

test('the check finds what it should', async () => {
  const browser = await startBrowser();
  try {
    const page = await openPage(browser.context, stack.origin, { ready: false });
    await byId(page, 'alert-input').waitFor();
    await page.evaluate(() => {
      const field = document.createElement('input');
      field.style.width = '3000px';
      document.querySelector('main').append(field);
    });
    const faults = await check(page, 'spoilt');
    assert.ok(faults.some((fault) => fault.includes('label')), 'a field without a name');
    assert.ok(faults.some((fault) => fault.includes('wider than the screen')), 'a field that is too wide');
  } finally {
    await browser.close();
  }
});

test('a page without a model', async () => {
  const other = await startStack({ model: false });
  const browser = await startBrowser();
  try {
    const page = await openPage(browser.context, other.origin, { ready: false });
    await page.locator('[data-code="no_model"]').waitFor();
    assert.deepEqual(await check(page, 'no-model'), []);
  } finally {
    await browser.close();
    await other.stop();
  }
});

test('the whole journey by keyboard alone', async () => {
  const browser = await startBrowser();
  try {
    await stack.scenario('happy');
    const page = await openPage(browser.context, stack.origin);
    const { keyboard } = page;

    // Tab until the element with this id has the focus; it must be seen to have it.
    const tabTo = async (id) => {
      for (let step = 0; step < 160; step += 1) {
        const at = await page.evaluate(() => document.activeElement?.dataset?.testid ?? '');
        if (at === id) {
          const isSeen = await page.evaluate(() => {
            const style = getComputedStyle(document.activeElement);
            const box = document.activeElement.getBoundingClientRect();
            return document.activeElement.matches(':focus-visible') && (style.outlineStyle !== 'none' || style.boxShadow !== 'none') && box.width > 0;
          });
          assert.ok(isSeen, `the focus on ${id} can be seen`);
          return;
        }
        await keyboard.press('Tab');
      }
      assert.fail(`${id} cannot be reached with Tab`);
    };

    await keyboard.press('Tab');
    assert.match(await page.evaluate(() => document.activeElement.textContent), /skip/i);
    await keyboard.press('Enter');
    await tabTo('sample-1');
    await keyboard.press('Enter');
    await tabTo('find');
    await keyboard.press('Enter');
    await byId(page, 'technique').first().waitFor();
    await byId(page, 'nearest').waitFor();
    await tabTo('mark');
    await keyboard.press('ArrowRight');
    assert.ok((await page.locator('.technique.lit').count()) > 0);
    await tabTo('technique-id');
    // Its details are next.
    await keyboard.press('Tab');
    await keyboard.press('Enter');
    await tabTo('explain');
    await keyboard.press('Enter');
    await byId(page, 'explanation').waitFor();
    await tabTo('triage');
    await keyboard.press('Enter');
    await byId(page, 'verdict').waitFor();
    await tabTo('thumb-down');
    await keyboard.press('Space');
    await tabTo('corrected-verdict');
    await keyboard.type('BENIGN');
    await tabTo('notes');
    await keyboard.type('t / g h ? are only letters here');
    await tabTo('save-feedback');
    await keyboard.press('Enter');
    await byId(page, 'saved').waitFor();
    await keyboard.press('g');
    await keyboard.press('h');
    await byId(page, 'history-item').waitFor();
    assert.match(await byId(page, 'history-item').textContent(), /BENIGN/);
    await tabTo('history-item');
    await keyboard.press('Enter');
    await byId(page, 'judgements').filter({ hasText: 't / g h ? are only letters here' }).waitFor();
    await keyboard.press('g');
    await keyboard.press('c');
    await byId(page, 'accuracy-value').waitFor();
    await tabTo('export');
    const download = page.waitForEvent('download');
    await keyboard.press('Enter');
    await download;
    await keyboard.press('g');
    await keyboard.press('b');
    await tabTo('run-benchmark');
    await keyboard.press('Enter');
    await byId(page, 'benchmark-result').waitFor();
    await tabTo('export-benchmark');
    const report = page.waitForEvent('download');
    await keyboard.press('Enter');
    await report;
    await keyboard.press('?');
    await byId(page, 'help').waitFor();
    await keyboard.press('Escape');
    await eventually('the help is closed', async () => !(await byId(page, 'help').isVisible()));
  } finally {
    await browser.close();
  }
});
