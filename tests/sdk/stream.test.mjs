// The official client library against the built proxy, with the stand-in for the model behind it.
// SOC_PROXY_BIN and FAKE_UPSTREAM_BIN name the two programs.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { after, before, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import Anthropic from '@anthropic-ai/sdk';

const KEY = 'sk-ant-canary-sdk-55d1';
const target = new URL('../../target/debug/', import.meta.url);
const program = (name, fallback) => process.env[name] ?? fileURLToPath(new URL(fallback, target));

const running = [];
let log = '';
let fake;
let client;

// Starts a program and waits for the address in its first line.
async function start(path, env) {
  // Only what is given: a SOC_ variable of this test is not a setting of the proxy.
  const child = spawn(path, { env, stdio: ['ignore', 'pipe', 'pipe'] });
  running.push(child);
  child.stderr.setEncoding('utf8').on('data', (text) => (log += text));
  const line = await new Promise((resolve, reject) => {
    let text = '';
    const timer = setTimeout(() => reject(new Error(`${path} says nothing: ${log}`)), 20_000);
    child.on('error', reject);
    child.on('exit', (code) => reject(new Error(`${path} ended with ${code}: ${log}`)));
    child.stdout.setEncoding('utf8').on('data', (more) => {
      text += more;
      if (text.includes('\n')) {
        clearTimeout(timer);
        resolve(text);
      }
    });
  });
  const found = /^listening on (http:\/\/127\.0\.0\.1:\d+)\n$/.exec(line);
  assert.ok(found, `one line with the address: ${line}`);
  return found[1];
}

async function scenario(name, text) {
  const answer = await fetch(`${fake}/__scenario`, { method: 'POST', body: JSON.stringify({ name, text }) });
  assert.equal(answer.status, 204);
}

const spy = async () => (await fetch(`${fake}/__spy`)).json();

const request = {
  model: 'claude-haiku-5-5',
  max_tokens: 512,
  system: [{ type: 'text', text: 'Be brief.', cache_control: { type: 'ephemeral' } }],
  messages: [{ role: 'user', content: 'An alert.' }],
  output_config: { effort: 'low', format: { type: 'json_schema', schema: { type: 'object', properties: {}, additionalProperties: false } } },
};

before(async () => {
  fake = await start(program('FAKE_UPSTREAM_BIN', 'fake-upstream'), {});
  const proxy = await start(program('SOC_PROXY_BIN', 'soc-proxy'), {
    ANTHROPIC_API_KEY: KEY,
    ANTHROPIC_BASE_URL: fake,
    SOC_LISTEN: '127.0.0.1:0',
    SOC_REQUESTS_PER_MINUTE: '1000',
  });
  client = new Anthropic({ baseURL: proxy, apiKey: 'not-the-key', maxRetries: 0 });
});

after(() => {
  for (const child of running) child.kill('SIGKILL');
});

test('streams a reply, with the proxy’s key and not the client’s', async () => {
  await scenario('split_utf8', 'Caf\u00e9 \u{1f600} {"verdict":"LOW"}');
  const message = await client.messages.stream(request).finalMessage();
  assert.equal(message.content[0].text, 'Caf\u00e9 \u{1f600} {"verdict":"LOW"}');
  assert.equal(message.stop_reason, 'end_turn');
  assert.equal(message.usage.output_tokens, 80);
  const { received } = await spy();
  const headers = Object.fromEntries(received[0].headers);
  assert.equal(headers['x-api-key'], KEY);
  assert.equal(headers.authorization, undefined);
  assert.ok(!JSON.stringify(received).includes('not-the-key'));
  assert.deepEqual(received[0].body, { ...request, stream: true });
});

test('streams thinking and pings', async () => {
  for (const name of ['thinking', 'pings']) {
    await scenario(name, 'Some words.');
    const message = await client.messages.stream(request).finalMessage();
    assert.equal(message.content.at(-1).text, 'Some words.', name);
  }
});

test('takes a reply that is not streamed', async () => {
  await scenario('happy', 'Whole.');
  const message = await client.messages.create(request);
  assert.equal(message.content[0].text, 'Whole.');
  assert.equal(message._request_id, 'req_upstream_1');
});

test('sees a refusal', async () => {
  await scenario('refusal', 'x');
  const message = await client.messages.stream(request).finalMessage();
  assert.equal(message.stop_reason, 'refusal');
  assert.equal(message.stop_details.category, 'cyber');
});

test('throws where a stream fails', async () => {
  const cases = { cut: 'proxy_upstream_bad_stream', reset: 'proxy_upstream_bad_stream', error_event: 'proxy_upstream_overloaded' };
  for (const [name, code] of Object.entries(cases)) {
    await scenario(name, 'Some words that are long enough to be cut in the middle of the whole. '.repeat(5));
    await assert.rejects(client.messages.stream(request).finalMessage(), (error) => {
      assert.ok(error instanceof Anthropic.APIError, `${name}: ${error}`);
      assert.equal(error.error?.error?.code, code, `${name}: ${JSON.stringify(error.error)}`);
      assert.ok(!String(error).includes('upstream words'));
      return true;
    });
  }
});

test('knows the errors by their class', async () => {
  const cases = { rate_limited: Anthropic.RateLimitError, bad_request: Anthropic.BadRequestError, overloaded: Anthropic.InternalServerError };
  for (const [name, type] of Object.entries(cases)) {
    await scenario(name, 'x');
    await assert.rejects(client.messages.create(request), (error) => error instanceof type && error.requestID === 'req_upstream_1');
  }
});

test('does not retry where waiting is of no use', async () => {
  const patient = client.withOptions({ maxRetries: 3 });
  for (const name of ['spend_limit', 'unauthorized', 'wrong_type']) {
    await scenario(name, 'x');
    await assert.rejects(patient.messages.stream(request).finalMessage());
    assert.equal((await spy()).received.length, 1, name);
  }
});

test('ends the upstream call when it is aborted', async () => {
  await scenario('slow_drip', 'x');
  const before = (await spy()).hang_ups;
  const stream = client.messages.stream(request);
  await new Promise((resolve) => stream.once('text', resolve));
  stream.abort();
  await assert.rejects(stream.done(), Anthropic.APIUserAbortError);
  for (let tries = 0; tries < 100 && (await spy()).hang_ups === before; tries += 1) {
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  assert.equal((await spy()).hang_ups, before + 1);
});

test('stops in good order, and has not shown the key', async () => {
  const proxy = running[1];
  const ended = new Promise((resolve) => proxy.on('exit', resolve));
  proxy.kill('SIGTERM');
  assert.equal(await ended, 0);
  assert.match(log, / key=set\n/);
  assert.match(log, /POST \/v1\/messages 200 .*stop=end_turn/);
  assert.ok(!log.includes(KEY), log);
});
