// The programs that are measured, on free ports of the loopback, and where their files are.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { fileURLToPath } from 'node:url';

export const repo = fileURLToPath(new URL('../../', import.meta.url));
export const output = `${repo}target/bench`;
export const paths = {
  proxy: `${repo}target/release/soc-proxy`,
  upstream: `${repo}target/release/fake-upstream`,
  triage: `${repo}target/release/triage`,
  page: `${repo}target/dist`,
  assets: `${repo}target/assets`,
  npm: `${repo}target/npm/soc-copilot`,
};

mkdirSync(output, { recursive: true });

export function requireBuilt(...names) {
  for (const name of names) {
    if (!existsSync(paths[name])) throw new Error(`${paths[name]} is missing; run scripts/bench, which builds it`);
  }
}

const started = new Set();
// Whatever happens, nothing keeps running behind us.
process.on('exit', () => started.forEach((child) => child.kill('SIGKILL')));

// Starts a program that says on standard output where it listens. Its log goes to a file: reading
// it here would cost the measuring process time.
async function start(name, environment) {
  const program = paths[name];
  const log = openSync(`${output}/${name}.log`, 'w');
  const child = spawn(program, [], { env: { PATH: process.env.PATH, ...environment }, stdio: ['ignore', 'pipe', log] });
  closeSync(log);
  started.add(child);
  const address = await new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`${name} did not say where it listens, see target/bench/${name}.log`)), 20_000);
    let text = '';
    child.stdout.on('data', (more) => {
      text += more;
      const found = /listening on (http:\/\/\S+)/.exec(text);
      if (found) {
        clearTimeout(timer);
        resolve(found[1]);
      }
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${name} ended with ${code}, see target/bench/${name}.log`)));
  });
  return {
    address,
    pid: child.pid,
    async stop() {
      if (child.exitCode === null && child.signalCode === null) {
        const ended = once(child, 'exit');
        child.kill('SIGTERM');
        const timer = setTimeout(() => child.kill('SIGKILL'), 10_000);
        await ended;
        clearTimeout(timer);
      }
      started.delete(child);
    },
  };
}

export const startUpstream = () => start('upstream', {});

// Limits are out of the way: what is measured is the way through, not the waiting at the gate.
export const startProxy = (settings = {}) =>
  start('proxy', {
    SOC_LISTEN: '127.0.0.1:0',
    SOC_PAGE_DIR: paths.page,
    SOC_ASSETS_DIR: paths.assets,
    SOC_REQUESTS_PER_MINUTE: '10000',
    SOC_MAX_CONCURRENT: '200',
    SOC_MAX_CONNECTIONS: '400',
    ...settings,
  });

// Stands between browser and proxy and counts: what crosses here is everything the browser fetches,
// whichever of page, worker or service worker asks, compressed as it is and with its headers.
export async function startRelay() {
  let target;
  const sockets = new Set();
  const counted = { up: 0, down: 0 };
  const server = createServer((browser) => {
    const proxy = connect(target);
    for (const [from, to, way] of [[browser, proxy, 'up'], [proxy, browser, 'down']]) {
      sockets.add(from);
      from.on('data', (data) => (counted[way] += data.length));
      from.on('error', () => to.destroy());
      from.on('close', () => {
        sockets.delete(from);
        to.destroy();
      });
      from.pipe(to);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const host = `127.0.0.1:${server.address().port}`;
  return {
    host,
    counted,
    to(address) {
      const { hostname, port } = new URL(address);
      target = { host: hostname, port: Number(port) };
    },
    stop() {
      for (const socket of sockets) socket.destroy();
      return new Promise((done) => server.close(done));
    },
  };
}

// Runs a program to its end. Processor time is of all its threads: other work on the machine
// lengthens the wall time and hardly changes it.
export async function timed(program, args, { input = '', limitSeconds = 900 } = {}) {
  // The shell tells the times of its children, which Node does not.
  const script = 'TIMEFORMAT="%R %U %S"; time "$0" "$@" 2>&3';
  const log = openSync(`${output}/command.log`, 'w');
  const child = spawn('bash', ['-c', script, program, ...args], { stdio: ['pipe', 'pipe', 'pipe', log], detached: true });
  closeSync(log);
  const stop = () => {
    try {
      process.kill(-child.pid, 'SIGKILL');
    } catch {
      // It has ended by itself.
    }
  };
  process.on('exit', stop);
  const timer = setTimeout(stop, limitSeconds * 1000);
  let lines = 0;
  let times = '';
  child.stdout.on('data', (data) => {
    for (const byte of data) if (byte === 10) lines += 1;
  });
  child.stderr.on('data', (data) => (times += data));
  // A program that does not read its input to the end is judged by its exit code.
  child.stdin.on('error', () => {});
  child.stdin.end(input);
  const [code] = await once(child, 'close');
  clearTimeout(timer);
  process.off('exit', stop);
  if (code !== 0) throw new Error(`${program} ${args[0]} ended with ${code}:\n${readFileSync(`${output}/command.log`, 'utf8')}`);
  const [wall, user, system] = times.trim().split(' ').map(Number);
  return { wallMs: wall * 1000, cpuMs: (user + system) * 1000, lines };
}
