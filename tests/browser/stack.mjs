// The programs under test: a stand-in for Claude and the real proxy with the real page behind it.

import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const repo = fileURLToPath(new URL('../../', import.meta.url));

const paths = {
  proxy: process.env.SOC_PROXY_BIN ?? `${repo}target/release/soc-proxy`,
  upstream: process.env.FAKE_UPSTREAM_BIN ?? `${repo}target/release/fake-upstream`,
};
export const pageDir = process.env.SOC_PAGE_DIR ?? `${repo}target/dist`;
export const assetsDir = process.env.SOC_ASSETS_DIR ?? `${repo}target/assets`;
export const npmDir = `${repo}target/npm/soc-copilot`;

for (const path of [paths.proxy, paths.upstream, pageDir, assetsDir]) {
  if (!existsSync(path)) throw new Error(`${path} is missing; run scripts/test --only browser, which builds it`);
}

// A key that stands out wherever it should not be.
export const canary = `sk-ant-canary-${randomBytes(18).toString('hex')}`;

// An answer that fits the contract, has every field, and quotes what stands in sample 1.
export const goodAnswer = {
  verdict: 'HIGH',
  confidence: 0.86,
  matched_techniques: ['T1059.001'],
  evidence: [{ claim: 'An encoded command was run', quote: 'powershell.exe -EncodedCommand', field: '' }],
  attack_chain: 'An Office document starts PowerShell, which loads a second stage.',
  reasoning: 'Winword started PowerShell with an encoded command that downloads a script.',
  recommended_actions: ['Isolate the host', 'Collect the script block log'],
  false_positive_indicators: ['A signed management agent as the parent'],
  investigation_queries: ['process where parent.name == "winword.exe"'],
  injection_suspected: false,
};

const started = new Set();
// A test file that ends early must leave nothing running behind it.
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => process.exit(1));

// A program that says where it listens. What it writes is kept.
async function start(program, environment) {
  const child = spawn(program, [], { env: { PATH: process.env.PATH, ...environment }, stdio: ['ignore', 'pipe', 'pipe'] });
  started.add(child);
  let log = '';
  const address = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${program} did not say where it listens:\n${log}`)), 20_000);
    const hear = (bytes) => {
      log += bytes;
      const found = /listening on (http:\/\/\S+)/.exec(log);
      if (found) {
        clearTimeout(timer);
        resolve(found[1]);
      }
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${program} ended with ${code}:\n${log}`)));
  });
  const stop = async () => {
    if (child.exitCode === null && child.signalCode === null) {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(timer);
    }
    started.delete(child);
  };
  return { address, stop, log: () => log };
}

// `model: false` leaves the proxy without a key and without an upstream.
export async function startStack({ model = true, assets = assetsDir, page = pageDir } = {}) {
  const upstream = model ? await start(paths.upstream, {}) : undefined;
  const environment = (listen) => ({
    SOC_LISTEN: listen,
    SOC_PAGE_DIR: page,
    SOC_ASSETS_DIR: assets,
    SOC_REQUESTS_PER_MINUTE: '10000',
    SOC_MAX_CONCURRENT: '100',
    ...(model && { ANTHROPIC_API_KEY: canary, ANTHROPIC_BASE_URL: upstream.address }),
  });
  let proxy = await start(paths.proxy, environment('127.0.0.1:0'));
  const { address: origin } = proxy;
  let earlier = '';
  const stack = {
    origin,
    canary,
    pageDir: page,
    // Everything the proxy wrote since it was first started.
    log: () => earlier + proxy.log(),
    async stopProxy() {
      await proxy.stop();
    },
    // On the same port: the page's storage belongs to its origin.
    async startProxy() {
      earlier += proxy.log();
      proxy = await start(paths.proxy, environment(new URL(origin).host));
    },
    // What the next requests meet: a scenario of the stand-in and the text of its answer.
    async scenario(name, answer = goodAnswer, more = {}) {
      const text = typeof answer === 'string' ? answer : JSON.stringify(answer);
      const response = await fetch(`${upstream.address}/__scenario`, {
        method: 'POST',
        body: JSON.stringify({ name, text, ...more }),
      });
      if (!response.ok) throw new Error(await response.text());
    },
    async spy() {
      return (await fetch(`${upstream.address}/__spy`)).json();
    },
    async stop() {
      await proxy.stop();
      await upstream?.stop();
    },
  };
  if (model) await stack.scenario('happy');
  return stack;
}
