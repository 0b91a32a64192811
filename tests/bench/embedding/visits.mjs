// How long a visitor waits for the first vector, at a first and at a second visit, and what is fetched for it.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { median } from '../numbers.mjs';
import { withPage } from './browser.mjs';

// What browsers keep of compiled WebAssembly, they keep after it has been used for a while.
const USED_SECONDS = 4;

async function visit(server, profile, side, sample) {
  server.taken();
  const ms = await withPage({ origin: server.origin, profile }, async (page) => {
    await page.evaluate((side) => globalThis.bench.prepare(side), side);
    // A newly started browser has things of its own to do.
    await page.waitForTimeout(1000);
    const first = await page.evaluate(([side, sample]) => globalThis.bench.first(side, sample), [side, sample]);
    await page.evaluate(([side, sample, seconds]) => globalThis.bench.use([side], [sample], seconds), [side, sample, USED_SECONDS]);
    return first;
  });
  return { ms, files: server.taken() };
}

async function bothVisits(server, side, sample) {
  const profile = await mkdtemp(join(tmpdir(), 'soc-copilot-bench-'));
  try {
    return { first: await visit(server, profile, side, sample), second: await visit(server, profile, side, sample) };
  } finally {
    await rm(profile, { recursive: true, force: true, maxRetries: 5, retryDelay: 200 });
  }
}

export async function measureVisits({ server, sample, rounds }) {
  const seen = { ours: [], peer: [] };
  // Not counted: it makes the server compress what it sends compressed, and the files come into memory.
  for (const side of ['ours', 'peer']) await bothVisits(server, side, sample);
  for (let round = 0; round < rounds; round += 1) {
    const order = round % 2 === 0 ? ['ours', 'peer'] : ['peer', 'ours'];
    for (const side of order) seen[side].push(await bothVisits(server, side, sample));
  }
  return Object.fromEntries(
    Object.entries(seen).map(([side, rounds]) => [
      side,
      Object.fromEntries(['first', 'second'].map((visit) => [visit, summary(rounds.map((round) => round[visit]))])),
    ]),
  );
}

function summary(visits) {
  const times = visits.map(({ ms }) => ms);
  const bytes = visits.map(({ files }) => files.reduce((sum, file) => sum + file.bytes, 0));
  return { ms: median(times), all_ms: times, bytes: median(bytes), files: visits[0].files };
}
