// What the proxy costs: the same requests through it and directly to the stand-in for the model, in turn.

import { Agent, request } from 'node:http';
import { connect } from 'node:net';
import { processorTime, residentMemory } from './machine.mjs';
import { least, mebibytes, median, milliseconds, percentile } from './numbers.mjs';
import { requireBuilt, startProxy, startUpstream } from './programs.mjs';

const STREAMS = 64;
const WARM_UP = 20;
const TIMEOUT = 60_000;

// As large as the prompt of a long alert with ten techniques.
const body = JSON.stringify({
  model: 'claude-haiku-5-5',
  max_tokens: 1024,
  system: [{ type: 'text', text: 'You are an analyst in a security operations centre. '.repeat(80) }],
  messages: [{ role: 'user', content: 'T1059.001 PowerShell: adversaries may abuse PowerShell commands and scripts. '.repeat(150) }],
  stream: true,
});

export async function measureProxy({ quick }) {
  requireBuilt('proxy', 'upstream');
  const upstream = await startUpstream();
  let proxy;
  try {
    proxy = await startProxy({ ANTHROPIC_API_KEY: 'sk-ant-not-a-key', ANTHROPIC_BASE_URL: upstream.address });
    const addresses = { direct: upstream.address, proxied: proxy.address };
    const memoryBefore = residentMemory(proxy.pid);
    const firstByte = await measureFirstByte(addresses, quick ? 30 : 500);
    const throughput = await measureThroughput(addresses, proxy.pid, { rounds: quick ? 1 : 7, requests: STREAMS * (quick ? 2 : 12) });
    // What is only kept for a moment is given back.
    await new Promise((resolve) => setTimeout(resolve, 1000));
    const memoryAfter = residentMemory(proxy.pid);
    return { rows: [...firstByteRows(firstByte), ...throughputRows(throughput), ...memoryRows(memoryBefore, memoryAfter, throughput)] };
  } finally {
    await proxy?.stop();
    await upstream.stop();
  }
}

// --- Time to the first byte, one request at a time.

// Milliseconds from the request to the reply's first byte, which is its status line, and to its first
// event, on a connection that is kept open.
function askOnce(address, agent) {
  return new Promise((resolve, reject) => {
    const options = { method: 'POST', agent, timeout: TIMEOUT, headers: { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) } };
    const before = performance.now();
    const sent = request(`${address}/v1/messages`, options, (response) => {
      const firstByte = performance.now() - before;
      let firstEvent;
      let tail = '';
      response.on('data', (data) => {
        firstEvent ??= performance.now() - before;
        tail = (tail + data).slice(-100);
      });
      response.on('end', () => {
        if (response.statusCode === 200 && tail.includes('message_stop')) resolve({ firstByte, firstEvent });
        else reject(new Error(`${address} answered ${response.statusCode}: ${tail}`));
      });
      response.on('error', reject);
    });
    sent.on('timeout', () => sent.destroy(new Error(`${address} does not answer`)));
    sent.on('error', reject);
    sent.end(body);
  });
}

async function measureFirstByte({ direct, proxied }, pairs) {
  const agents = [new Agent({ keepAlive: true, maxSockets: 1 }), new Agent({ keepAlive: true, maxSockets: 1 })];
  const times = { direct: [], proxied: [] };
  try {
    for (let pair = -WARM_UP; pair < pairs; pair += 1) {
      const found = {};
      const ways = [
        ['direct', direct, agents[0]],
        ['proxied', proxied, agents[1]],
      ];
      // Neither way always has the warmer processor.
      if (pair % 2) ways.reverse();
      for (const [way, address, agent] of ways) found[way] = await askOnce(address, agent);
      if (pair < 0) continue;
      times.direct.push(found.direct);
      times.proxied.push(found.proxied);
    }
  } finally {
    for (const agent of agents) agent.destroy();
  }
  return times;
}

function firstByteRows({ direct, proxied }) {
  const row = (name, key, how) => {
    const [directTimes, proxiedTimes] = [direct, proxied].map((all) => all.map((times) => times[key]));
    const added = proxiedTimes.map((value, pair) => value - directTimes[pair]);
    const medians = { ms: median(added), direct_ms: median(directTimes), proxied_ms: median(proxiedTimes) };
    return {
      name,
      value: milliseconds(medians.ms),
      data: { ...medians, p95_ms: percentile(added, 0.95), least_direct_ms: least(directTimes), least_proxied_ms: least(proxiedTimes), pairs: added.length },
      how: `${how}: ${milliseconds(medians.proxied_ms)} less ${milliseconds(medians.direct_ms)} (medians); p95 of the differences ${milliseconds(percentile(added, 0.95))}`,
    };
  };
  const size = `${(Buffer.byteLength(body) / 1000).toFixed(0)} kB`;
  return [
    row(
      'Proxy: added time to the first byte, median',
      'firstByte',
      `\`POST /v1/messages\` (${size}, streaming) through the proxy less directly to the stand-in for the model, ${direct.length} pairs in turn on loopback, one at a time, to the head of the reply`,
    ),
    row('Proxy: added time to the first event, median', 'firstEvent', 'the same requests, to the first bytes of the stream'),
  ];
}

// --- Many streams at once.

// Bare sockets: on a small machine the client must not be what limits the server.
function stream(address, takeTicket) {
  const { hostname, port, host } = new URL(address);
  const head = `POST /v1/messages HTTP/1.1\r\nhost: ${host}\r\ncontent-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n\r\n`;
  const bytes = Buffer.from(head + body);
  return new Promise((resolve, reject) => {
    const socket = connect({ host: hostname, port: Number(port), noDelay: true });
    let received = 0;
    let isFirst = true;
    let tail = '';
    const next = () => {
      if (!takeTicket()) {
        socket.end();
        resolve(received);
        return;
      }
      isFirst = true;
      tail = '';
      socket.write(bytes);
    };
    socket.setTimeout(TIMEOUT, () => socket.destroy(new Error(`${address} does not answer`)));
    socket.on('connect', next);
    socket.on('error', reject);
    socket.on('close', () => reject(new Error(`${address} closed a connection`)));
    socket.on('data', (data) => {
      received += data.length;
      if (isFirst && data.latin1Slice(9, 12) !== '200') {
        socket.destroy(new Error(`${address} answered ${data.latin1Slice(0, 200)}`));
        return;
      }
      isFirst = false;
      tail = (tail + data.latin1Slice(Math.max(0, data.length - 100))).slice(-100);
      if (!tail.endsWith('\r\n0\r\n\r\n')) return;
      if (tail.includes('message_stop')) next();
      else socket.destroy(new Error(`${address} ended a stream early: ${tail}`));
    });
  });
}

// Requests a second.
async function load(address, requests) {
  let left = requests;
  const takeTicket = () => (left -= 1) >= 0;
  const before = performance.now();
  await Promise.all(Array.from({ length: STREAMS }, () => stream(address, takeTicket)));
  return requests / ((performance.now() - before) / 1000);
}

async function measureThroughput({ direct, proxied }, pid, { rounds, requests }) {
  const rates = { direct: [], proxied: [], cpu: [], requests };
  for (let round = -1; round < rounds; round += 1) {
    const found = {};
    const ways = [
      ['direct', direct],
      ['proxied', proxied],
    ];
    if (round % 2) ways.reverse();
    const cpuBefore = processorTime(pid);
    for (const [way, address] of ways) found[way] = await load(address, round < 0 ? STREAMS : requests);
    const cpuAfter = processorTime(pid);
    // The stand-in keeps what it was sent until a scenario is chosen.
    await fetch(`${direct}/__scenario`, { method: 'POST', body: JSON.stringify({ name: 'happy' }) });
    if (round < 0) continue;
    rates.direct.push(found.direct);
    rates.proxied.push(found.proxied);
    if (cpuAfter !== null) rates.cpu.push((cpuAfter - cpuBefore) / requests);
  }
  return rates;
}

function throughputRows({ direct, proxied, cpu, requests }) {
  const ratio = median(proxied.map((value, round) => value / direct[round]));
  return [
    {
      name: `Proxy: ${STREAMS} streams at once`,
      value: `${median(proxied).toFixed(0)} requests a second`,
      data: { per_second: median(proxied), direct_per_second: median(direct), ratio, all: proxied, all_direct: direct },
      how: `${requests} streamed replies over ${STREAMS} connections, ${proxied.length} times in turn with the same load directly on the stand-in, which reached ${median(direct).toFixed(0)} (medians); client, proxy and stand-in share the machine's cores; limits raised by \`SOC_REQUESTS_PER_MINUTE=10000 SOC_MAX_CONCURRENT=200 SOC_MAX_CONNECTIONS=400\``,
    },
    {
      name: 'Proxy: share of the direct throughput',
      value: ratio.toFixed(2),
      data: { ratio },
      how: 'median over the rounds of proxied divided by direct',
    },
    ...(cpu.length === 0
      ? []
      : [
          {
            name: 'Proxy: processor time of one streamed reply',
            value: milliseconds(median(cpu)),
            data: { ms: median(cpu), all_ms: cpu },
            how: "user and system time from `/proc/PID/stat` around the same rounds, divided by the replies; other work on the machine hardly changes it",
          },
        ]),
  ];
}

function memoryRows(before, after, { proxied, requests }) {
  if (!before || !after) return [];
  return [
    {
      name: 'Proxy: resident memory before and after',
      value: `${mebibytes(before.now)}, ${mebibytes(after.now)}`,
      data: { before_bytes: before.now, after_bytes: after.now, highest_bytes: after.highest },
      how: `\`VmRSS\` after the start and after the ${proxied.length * requests} replies above; highest ${mebibytes(after.highest)}`,
    },
  ];
}
