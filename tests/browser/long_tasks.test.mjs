// While the model loads and a search runs, the page's own thread is never busy for more than 50 ms.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPage, retrieve, startBrowser } from './browser.mjs';
import { startStack } from './stack.mjs';

const LIMIT = 50;
// Other programs on a shared machine can stop ours for longer than that; three tries tell them apart.
const TRIES = 3;

async function worstTask(stack) {
  const browser = await startBrowser();
  try {
    await browser.context.addInitScript(() => {
      globalThis.longTasks = [];
      new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) globalThis.longTasks.push({ at: entry.startTime, ms: entry.duration });
      }).observe({ type: 'longtask', buffered: true });
    });
    const page = await openPage(browser.context, stack.origin);
    await retrieve(page, 1);
    await retrieve(page, 5);
    // The observer hears of a task after it has ended.
    await page.evaluate(() => new Promise((resolve) => setTimeout(resolve, 300)));
    return await page.evaluate(() => globalThis.longTasks);
  } finally {
    await browser.close();
  }
}

test('no task over 50 ms from the first byte of the page to found techniques', { timeout: 600_000 }, async (t) => {
  const stack = await startStack();
  try {
    const worst = [];
    for (let attempt = 1; attempt <= TRIES; attempt += 1) {
      const tasks = await worstTask(stack);
      worst.push(Math.max(0, ...tasks.map((task) => task.ms)));
      const list = tasks.map((task) => `${task.ms.toFixed(0)} ms at ${task.at.toFixed(0)} ms`).join(', ') || 'none';
      t.diagnostic(`fresh load ${attempt}: tasks over ${LIMIT} ms: ${list}`);
      if (worst.at(-1) <= LIMIT) return;
    }
    assert.fail(`the longest task was over ${LIMIT} ms in each of ${TRIES} fresh loads: ${worst.map((ms) => `${ms} ms`).join(', ')}`);
  } finally {
    await stack.stop();
  }
});
