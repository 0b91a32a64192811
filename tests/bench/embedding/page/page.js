// What the bench asks of the page: start a side, embed by it, and time that.

import { sides } from './sides.js';

const started = {};

const timed = async (what) => {
  const before = performance.now();
  const value = await what();
  return { ms: performance.now() - before, value };
};

globalThis.bench = {
  // Fetches what a page loads before it starts anything; `watched` gives workers that tell their memory.
  prepare: (side) => sides[side].prepare(),

  async start(side, { watched = false, workers = null } = {}) {
    await sides[side].prepare();
    started[side] = await sides[side].start(watched, workers);
  },

  // From the start of the worker to the first vector.
  async first(side, sample) {
    const { ms } = await timed(async () => {
      started[side] = await sides[side].start(false);
      await started[side].embed(sample);
    });
    return ms;
  },

  // Both sides by turns, so that neither gets colder while the other runs.
  async use(names, samples, seconds) {
    const end = performance.now() + 1000 * seconds;
    for (let turn = 0; performance.now() < end; turn += 1) {
      for (const name of names) await started[name].embed(samples[turn % samples.length]);
    }
  },

  // One time for each side and sample. Which side goes first changes from sample to sample and,
  // by `isSwapped`, from round to round.
  async pairs(samples, isSwapped) {
    const pairs = [];
    for (const [place, sample] of samples.entries()) {
      const order = (place % 2 === 1) === isSwapped ? ['ours', 'peer'] : ['peer', 'ours'];
      const pair = { length: sample.length };
      for (const name of order) pair[name] = (await timed(() => started[name].embed(sample))).ms;
      pairs.push(pair);
    }
    return pairs;
  },

  async vectors(side, samples) {
    const vectors = [];
    for (const sample of samples) vectors.push([...(await started[side].embed(sample))]);
    return vectors;
  },

  async retrieveAll(alerts, topK) {
    const { ms, value: found } = await timed(() => started.ours.retrieveMany(alerts, topK));
    const isWhole = found.length === alerts.length && found.every(({ techniques }) => techniques.length === topK);
    if (!isWhole) throw new Error('an alert has not its techniques');
    return { ms, state: await started.ours.state() };
  },
};
