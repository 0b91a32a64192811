// How near each side comes to the 32-bit model, whether both read the same texts, and the memory they take.

import { least, mean } from '../numbers.mjs';
import { withPage } from './browser.mjs';

function cosine(one, other) {
  const dot = (left, right) => left.reduce((sum, value, place) => sum + value * right[place], 0);
  return dot(one, other) / Math.sqrt(dot(one, one) * dot(other, other));
}

const summary = (cosines) => ({ least: least(cosines), mean: mean(cosines), all: cosines });

export async function measureAgreement({ origin, references, samples }) {
  return withPage({ origin }, async (page) => {
    const found = {};
    for (const side of ['ours', 'peer']) {
      await page.evaluate((side) => globalThis.bench.start(side, { watched: true }), side);
      const vectors = (texts) => page.evaluate(([side, texts]) => globalThis.bench.vectors(side, texts), [side, texts]);
      const ofReferences = await vectors(references.map(({ text, ids }) => ({ text, ids })));
      // The longest texts are among these, so that memory has grown to what it needs.
      const ofSamples = await vectors(samples);
      found[side] = {
        reference: summary(ofReferences.map((vector, place) => cosine(vector, references[place].vector))),
        vectors: ofSamples,
      };
    }
    const memory = { ours: 0, peer: 0 };
    for (const worker of page.workers()) {
      const side = worker.url().includes('peer_worker') ? 'peer' : 'ours';
      memory[side] += await worker.evaluate(() => globalThis.memoryBytes?.() ?? 0);
    }
    const between = found.ours.vectors.map((vector, place) => cosine(vector, found.peer.vectors[place]));
    return {
      agreement: { ours: found.ours.reference, peer: found.peer.reference, between_on_timed_texts: summary(between) },
      memory,
    };
  });
}
