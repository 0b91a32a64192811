// One embedding at a time, both sides by turns in one browser on one core.

import { median, percentile } from '../numbers.mjs';
import { withPage } from './browser.mjs';
import { LENGTHS } from './texts.mjs';

// V8 first compiles WebAssembly quickly and then, where it runs often, well.
const WARM_UP_SECONDS = 8;

const TOOK_TOO_LONG = 10 * 60_000;

export async function measureSpeed({ origin, core, samples, rounds, quick, flags = [] }) {
  const pairs = await withPage({ origin, core, flags }, async (page) => {
    for (const side of ['ours', 'peer']) await page.evaluate((side) => globalThis.bench.start(side), side);
    await page.evaluate(
      ([samples, seconds]) => globalThis.bench.use(['ours', 'peer'], samples, seconds),
      [samples, quick ? 2 : 2 * WARM_UP_SECONDS],
    );
    const all = [];
    const end = performance.now() + TOOK_TOO_LONG;
    for (let round = 0; round < rounds && performance.now() < end; round += 1) {
      // The lengths by turns too, so that other work on the machine falls on all of them.
      const turns = samples.toSorted((one, other) => one.turn - other.turn || one.length - other.length);
      all.push(...(await page.evaluate(([turns, isSwapped]) => globalThis.bench.pairs(turns, isSwapped), [turns, round % 2 === 1])));
    }
    return all;
  });
  return LENGTHS.map((length) => summary(length, pairs.filter((pair) => pair.length === length)));
}

function summary(length, pairs) {
  const of = (side) => pairs.map((pair) => pair[side]);
  // Below 1: ours takes less time.
  const ratios = pairs.map(({ ours, peer }) => ours / peer);
  return {
    length,
    ours_ms: median(of('ours')),
    peer_ms: median(of('peer')),
    ratio: median(of('ours')) / median(of('peer')),
    pair_ratio: median(ratios),
    pair_ratio_quartiles: [percentile(ratios, 0.25), percentile(ratios, 0.75)],
    pairs: pairs.length,
    all: pairs.map(({ ours, peer }) => [ours, peer]),
  };
}
