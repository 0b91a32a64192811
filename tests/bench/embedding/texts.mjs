// Texts of exactly so many word pieces, with the ids that the peer gets instead of the text.

import { readFileSync } from 'node:fs';

export const LENGTHS = [16, 32, 64, 128, 256];
const TEXTS_EACH = 6;

// In the vocabulary's order of frequency whole words begin here; before them stand single letters.
const FIRST_WORD = 1996;
const COMMON_WORDS = 8000;

// A small generator with a fixed start (mulberry32): the same texts in every run.
function numbers(seed) {
  let state = seed;
  return (limit) => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) % limit;
  };
}

// `length` counts the two markers around the text. A lower-case word that stands in the vocabulary is
// one piece, because the tokenizer takes the longest piece that fits.
export function samples(tokenizerFile) {
  const { vocab } = JSON.parse(readFileSync(tokenizerFile, 'utf8')).model;
  const words = Object.entries(vocab)
    .filter(([word, id]) => id >= FIRST_WORD && /^[a-z]{3,}$/.test(word))
    .toSorted(([, one], [, other]) => one - other)
    .slice(0, COMMON_WORDS);
  const next = numbers(1);
  return LENGTHS.flatMap((length) =>
    Array.from({ length: TEXTS_EACH }, (_, turn) => {
      const chosen = Array.from({ length: length - 2 }, () => words[next(words.length)]);
      return {
        length,
        turn,
        text: chosen.map(([word]) => word).join(' '),
        ids: [vocab['[CLS]'], ...chosen.map(([, id]) => id), vocab['[SEP]']],
      };
    }),
  );
}

// The committed texts with the vectors of the 32-bit model, and the ids that a tokenizer made of them.
export function references(vectorsFile, idsFile) {
  const ids = new Map(JSON.parse(readFileSync(idsFile, 'utf8')).map((entry) => [entry.text, entry.ids]));
  return JSON.parse(readFileSync(vectorsFile, 'utf8')).texts.map(({ text, vector }) => {
    if (!ids.has(text)) throw new Error(`${idsFile} lacks a reference text; delete its folder and run again`);
    return { text, ids: ids.get(text), vector };
  });
}
