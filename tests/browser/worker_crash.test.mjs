// A worker that dies is replaced, and the page says so.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byId, openPage, retrieve, startBrowser, untilNotice, untilReady } from './browser.mjs';
import { startStack } from './stack.mjs';

test('after a crash of the worker the next search works', async () => {
  const stack = await startStack();
  const browser = await startBrowser();
  try {
    const page = await openPage(browser.context, stack.origin);
    const first = await retrieve(page, 1);
    await byId(page, 'alert-input').fill('typed before the crash');
    for (let crash = 0; crash < 2; crash += 1) {
      const [worker] = page.workers();
      const gone = new Promise((resolve) => worker.once('close', resolve));
      // A trap of WebAssembly reaches the page as an uncaught error, like this one.
      await worker.evaluate(() => {
        setTimeout(() => {
          throw new WebAssembly.RuntimeError('unreachable');
        });
      });
      await gone;
      await untilNotice(page, 'worker_crashed');
      await untilReady(page);
    }
    assert.equal(await byId(page, 'alert-input').inputValue(), 'typed before the crash');
    assert.deepEqual(await retrieve(page, 1), first);
    assert.equal(page.workers().length, 1, 'the dead one is gone');
  } finally {
    await browser.close();
    await stack.stop();
  }
});
