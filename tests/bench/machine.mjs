// The machine and the versions that a table belongs to, and how busy the machine is with other work.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { cpus, loadavg, totalmem } from 'node:os';
import { repo } from './programs.mjs';

const git = (...args) => execFileSync('git', ['-C', repo, ...args], { encoding: 'utf8' }).trim();

function commit() {
  try {
    const isClean = git('status', '--porcelain') === '';
    return `${git('rev-parse', '--short=12', 'HEAD')}${isClean ? '' : ' with uncommitted changes'}`;
  } catch {
    return 'unknown';
  }
}

export function describeMachine() {
  const [{ model }] = cpus();
  return {
    cpu: model.trim(),
    cores: cpus().length,
    memory: `${Math.round(totalmem() / 2 ** 30)} GiB`,
    node: process.versions.node,
    commit: commit(),
    date: new Date().toISOString().slice(0, 10),
  };
}

// Ticks of all cores: [busy, all]. Only Linux tells.
function ticks() {
  const [first] = readFileSync('/proc/stat', 'utf8').split('\n');
  const values = first.trim().split(/\s+/).slice(1, 9).map(Number);
  const all = values.reduce((sum, value) => sum + value, 0);
  return [all - values[3] - values[4], all];
}

// How much of all cores is in use while we do nothing, sampled for three seconds: 0 to 1.
export async function otherWork() {
  if (!existsSync('/proc/stat')) return null;
  const [busyBefore, before] = ticks();
  await new Promise((resolve) => setTimeout(resolve, 3000));
  const [busyAfter, after] = ticks();
  return { share: (busyAfter - busyBefore) / (after - before), load: loadavg()[0] };
}

// Resident memory of a process now and at its highest, in bytes; null where the system does not tell.
export function residentMemory(pid) {
  if (!existsSync(`/proc/${pid}/status`)) return null;
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  const value = (name) => Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(status)[1]) * 1024;
  return { now: value('VmRSS'), highest: value('VmHWM') };
}

// Milliseconds of processor time that a process has used; null where the system does not tell.
// Linux counts them in hundredths of a second whatever the kernel's own clock does.
export function processorTime(pid) {
  if (!existsSync(`/proc/${pid}/stat`)) return null;
  // The name in parentheses may contain spaces.
  const [user, system] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1).split(' ').slice(11, 13).map(Number);
  return 10 * (user + system);
}
