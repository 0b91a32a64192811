// Without a key everything local works, and the page says what does not.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { byId, noVerdict, openPage, retrieve, startBrowser, untilNotice } from './browser.mjs';
import { startStack } from './stack.mjs';

test('techniques are found and the missing model is named', async () => {
  const stack = await startStack({ model: false });
  const browser = await startBrowser();
  try {
    const page = await openPage(browser.context, stack.origin);
    assert.ok((await retrieve(page, 1)).includes('T1059.001'));
    assert.match(await byId(page, 'model-status').textContent(), /no model/i);
    const words = await (await untilNotice(page, 'no_model')).textContent();
    assert.match(words, /ANTHROPIC_API_KEY/, 'and says what to do');
    assert.ok(await byId(page, 'triage').isDisabled());
    assert.ok((await byId(page, 'outgoing').textContent()).length > 0, 'what would leave can be read all the same');
    await noVerdict(page);
    assert.deepEqual(page.faults, []);
  } finally {
    await browser.close();
    await stack.stop();
  }
});
