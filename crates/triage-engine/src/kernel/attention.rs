//! Attention of twelve heads: which tokens each token looks at, and the mean of what they hold.
//!
//! Queries, keys and values are made 14-bit for each head; attention itself is 15-bit. Sums fit
//! 32 bits: 32 products of two values up to 8,191, and weights that add up to about 32,767 times
//! values up to 8,191.

use super::curves::exp;
use super::lanes::{F32x4, I32x4, ROUNDER};
use super::product::{PairStep, ROWS, multiply_pairs};
use super::{HEAD, HEADS, HIDDEN};

/// The largest 14-bit value.
const LEVELS: f32 = 8_191.0;

/// What a token's weights add up to.
const WHOLE: f32 = 32_767.0;

/// Keys of a tile; tokens are filled up to a multiple of it.
const KEYS: usize = 8;

/// Room for one head.
pub(super) struct Scratch {
    queries: Vec<PairStep>,
    keys: Vec<PairStep>,
    values: Vec<PairStep>,
    weights: Vec<PairStep>,
    scores: Vec<f32>,
}

impl Scratch {
    /// Room for up to `tokens`, a multiple of [`KEYS`].
    pub(super) fn new(tokens: usize) -> Self {
        let pairs = vec![[0; 8]; tokens * HEAD / 8];
        Self {
            queries: pairs.clone(),
            keys: pairs.clone(),
            values: pairs,
            weights: vec![[0; 8]; ROWS * tokens / 8],
            scores: vec![0.0; ROWS * tokens],
        }
    }
}

/// Attends: `projected` has a row of queries, keys and values for each token, each of all heads;
/// `attended` gets a row of all heads.
pub(super) fn attend(projected: &[f32], attended: &mut [f32], scratch: &mut Scratch) {
    let tokens = attended.len() / HIDDEN;
    let filled = tokens.next_multiple_of(KEYS);
    for head in 0..HEADS {
        let part = |part: usize| part * HIDDEN + head * HEAD;
        let row_steps = HEAD / 2;
        let query_step = by_rows(
            projected,
            part(0),
            &mut scratch.queries[..filled / 4 * row_steps],
        );
        let key_step = by_rows(
            projected,
            part(1),
            &mut scratch.keys[..filled / 4 * row_steps],
        );
        let column_steps = filled / 2;
        let value_step = by_columns(
            projected,
            part(2),
            &mut scratch.values[..HEAD / 4 * column_steps],
        );
        let to_score = F32x4::splat(query_step * key_step);
        let to_value = F32x4::splat(value_step / WHOLE);
        for block in 0..tokens.div_ceil(ROWS) {
            let queries = &scratch.queries[block * row_steps..][..row_steps];
            let keys = &scratch.keys[..filled / 4 * row_steps];
            let scores = &mut scratch.scores[..ROWS * filled];
            multiply_pairs(queries, keys, row_steps, |_, tile, sums| {
                for (row, [left, right]) in sums.into_iter().enumerate() {
                    let (place, _) = scores[row * filled + tile * KEYS..].as_chunks_mut::<4>();
                    left.to_f32().times(to_score).store(&mut place[0]);
                    right.to_f32().times(to_score).store(&mut place[1]);
                }
            });
            let weights = &mut scratch.weights[..column_steps];
            for (row, scores) in scores.chunks_exact_mut(filled).enumerate() {
                weigh(scores, tokens, weights, row);
            }
            let values = &scratch.values[..HEAD / 4 * column_steps];
            let rows = ROWS.min(tokens - block * ROWS);
            multiply_pairs(weights, values, column_steps, |_, tile, sums| {
                for (row, [left, right]) in sums.into_iter().enumerate().take(rows) {
                    let start = (block * ROWS + row) * HIDDEN + head * HEAD + tile * 8;
                    let (place, _) = attended[start..start + 8].as_chunks_mut::<4>();
                    left.to_f32().times(to_value).store(&mut place[0]);
                    right.to_f32().times(to_value).store(&mut place[1]);
                }
            });
        }
    }
}

/// The distance between neighbouring 14-bit values that just hold all of a head's.
fn step_of(projected: &[f32], start: usize) -> f32 {
    // Where all is zero, so that nothing is divided by it.
    let mut greatest = F32x4::splat(1e-30);
    for row in projected.chunks_exact(3 * HIDDEN) {
        let (quads, _) = row[start..start + HEAD].as_chunks::<4>();
        for quad in quads {
            let value = F32x4::load(quad);
            greatest = greatest.greatest(value);
            greatest = greatest.greatest(F32x4::splat(0.0).minus(value));
        }
    }
    F32x4::bounds(greatest, greatest).1 / LEVELS
}

/// The nearest 14-bit (15-bit) values.
#[inline]
fn shorts(value: F32x4, per_step: F32x4) -> [i16; 4] {
    // The bits of the sum lie as far from those of the rounder as its value does.
    let rounder = I32x4::splat(ROUNDER.to_bits().cast_signed().wrapping_neg());
    let level = value.times(per_step).plus(F32x4::splat(ROUNDER));
    level.bits().plus(rounder).shorts()
}

/// Puts four values of a row into the two steps that hold them.
#[inline]
fn put([first, second]: &mut [PairStep; 2], row: usize, [a, b, c, d]: [i16; 4]) {
    first[2 * row] = a;
    first[2 * row + 1] = b;
    second[2 * row] = c;
    second[2 * row + 1] = d;
}

/// Four tokens a block, two values of each a step. Tokens that are not there are zeros.
fn by_rows(projected: &[f32], start: usize, steps: &mut [PairStep]) -> f32 {
    let step = step_of(projected, start);
    let per_step = F32x4::splat(1.0 / step);
    let mut rows = projected.chunks_exact(3 * HIDDEN);
    for block in steps.chunks_exact_mut(HEAD / 2) {
        for place in 0..ROWS {
            let Some(row) = rows.next() else {
                for step in block.iter_mut() {
                    step[2 * place] = 0;
                    step[2 * place + 1] = 0;
                }
                continue;
            };
            let (quads, _) = row[start..start + HEAD].as_chunks::<4>();
            let (pairs, _) = block.as_chunks_mut::<2>();
            for (quad, pair) in quads.iter().zip(pairs) {
                put(pair, place, shorts(F32x4::load(quad), per_step));
            }
        }
    }
    step
}

/// Four of a head's values a panel, two tokens a step.
fn by_columns(projected: &[f32], start: usize, steps: &mut [PairStep]) -> f32 {
    let step = step_of(projected, start);
    let per_step = F32x4::splat(1.0 / step);
    let column_steps = steps.len() / (HEAD / 4);
    let mut rows = projected.chunks_exact(3 * HIDDEN);
    for pair in 0..column_steps {
        for place in 0..2 {
            let row = rows.next();
            for (panel, panel_steps) in steps.chunks_exact_mut(column_steps).enumerate() {
                let values = row.map_or([0; 4], |row| {
                    let (quads, _) = row[start..start + HEAD].as_chunks::<4>();
                    shorts(F32x4::load(&quads[panel]), per_step)
                });
                for (column, value) in values.into_iter().enumerate() {
                    panel_steps[pair][2 * column + place] = value;
                }
            }
        }
    }
    step
}

/// Turns a token's scores into weights that add up to [`WHOLE`] but for rounding.
fn weigh(scores: &mut [f32], tokens: usize, weights: &mut [PairStep], row: usize) {
    // Tokens that are not there must not be looked at.
    scores[tokens..].fill(f32::MIN);
    let (quads, _) = scores.as_chunks_mut::<4>();
    let greatest = quads.iter().fold(F32x4::splat(f32::MIN), |greatest, quad| {
        greatest.greatest(F32x4::load(quad))
    });
    let greatest = F32x4::splat(F32x4::bounds(greatest, greatest).1);
    let mut sum = F32x4::splat(0.0);
    for quad in quads.iter_mut() {
        let power = exp(F32x4::load(quad).minus(greatest));
        sum = sum.plus(power);
        power.store(quad);
    }
    let scale = F32x4::splat(WHOLE / sum.sum());
    let (pairs, _) = weights.as_chunks_mut::<2>();
    for (quad, pair) in quads.iter().zip(pairs) {
        put(pair, row, shorts(F32x4::load(quad), scale));
    }
}
