// Whatever goes wrong upstream has a name, a way on, and never looks like a verdict.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { byId, eventually, noVerdict, openPage, records, retrieve, startBrowser, untilNotice } from './browser.mjs';
import { startStack } from './stack.mjs';

let stack, browser, page;
before(async () => {
  stack = await startStack();
  browser = await startBrowser();
  page = await openPage(browser.context, stack.origin);
  await retrieve(page, 1);
});
after(async () => {
  await browser?.close();
  await stack?.stop();
});
beforeEach(async () => {
  await page.reload();
  await retrieve(page, 1);
});

async function fails(scenario, code, answer, more) {
  await stack.scenario(scenario, answer, more);
  const kept = (await records(page))['soc-copilot/triages']?.length ?? 0;
  await byId(page, 'triage').click();
  const found = await untilNotice(page, code);
  await noVerdict(page);
  assert.equal((await records(page))['soc-copilot/triages']?.length ?? 0, kept, 'nothing goes into the history');
  // There is a way on, and the techniques are still there.
  assert.ok((await found.getByRole('button').count()) > 0, 'an action is offered');
  assert.ok((await byId(page, 'technique').count()) > 0);
  return { found, text: await found.textContent() };
}

test('a refusal', async () => {
  await fails('refusal', 'refused');
});

test('a refusal in the middle of an answer', async () => {
  await fails('refusal_mid_stream', 'refused');
});

test('an answer that hits the limit', async () => {
  await fails('max_tokens', 'truncated');
});

test('too many requests, with a time to wait', async () => {
  const { found } = await fails('rate_limited', 'rate_limited');
  const again = found.getByRole('button').first();
  assert.ok(await again.isDisabled(), 'not before the time is up');
  assert.match(await found.textContent(), /possible in [1-7] s/);
  await stack.scenario('happy');
  await eventually('the time is up', () => again.isEnabled());
  await again.click();
  await byId(page, 'verdict').waitFor();
});

test('too much spent, without a time to wait', async () => {
  const { found } = await fails('spend_limit', 'rate_limited');
  assert.ok(await found.getByRole('button').first().isEnabled());
  assert.doesNotMatch(await found.textContent(), /possible in/);
});

test('the service is overloaded, before and during the answer', async () => {
  await fails('overloaded', 'upstream');
  await fails('error_event', 'upstream');
});

test('the service fails', async () => {
  await fails('server_error', 'upstream');
  await fails('gateway_timeout', 'upstream');
});

test('the key is wrong', async () => {
  const { text } = await fails('unauthorized', 'rejected');
  assert.doesNotMatch(text, /upstream words/);
});

test('a stream that ends early', async () => {
  await fails('cut', 'stream_cut');
});

test('a connection that breaks', async () => {
  await fails('reset', 'stream_cut');
});

test('an answer of another form is asked for once more, and only once', async () => {
  await fails('happy', 'malformed_answer', 'This is not JSON at all.');
  assert.equal((await stack.spy()).received.length, 2);
});

test('thinking, pings, unknown events and split letters do no harm', async () => {
  for (const scenario of ['thinking', 'pings', 'unknown', 'split_utf8']) {
    await stack.scenario(scenario);
    await byId(page, 'triage').click();
    await byId(page, 'verdict').waitFor();
    await page.reload();
    await retrieve(page, 1);
  }
});

test('stop ends the request at the model, too', async () => {
  await stack.scenario('slow_drip');
  const { hang_ups: before } = await stack.spy();
  await byId(page, 'triage').click();
  await byId(page, 'stream').filter({ hasText: 'drip' }).waitFor();
  const stopped = Date.now();
  await byId(page, 'stop').click();
  await untilNotice(page, 'cancelled');
  await noVerdict(page);
  await eventually('the stand-in sees the caller leave', async () => (await stack.spy()).hang_ups > before);
  assert.ok(Date.now() - stopped < 10_000, 'soon');
});

test('the proxy is gone, and comes back', async () => {
  await stack.stopProxy();
  try {
    await byId(page, 'triage').click();
    await untilNotice(page, 'proxy_unreachable');
    await noVerdict(page);
    // What needs no proxy goes on.
    assert.ok((await retrieve(page, 2)).length > 0);
  } finally {
    await stack.startProxy();
  }
  await stack.scenario('happy');
  await byId(page, 'check-proxy').click();
  await eventually('the button works again', () => byId(page, 'triage').isEnabled());
  await byId(page, 'triage').click();
  await byId(page, 'verdict').waitFor();
});
