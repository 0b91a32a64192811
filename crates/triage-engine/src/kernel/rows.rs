//! Rows of numbers: normalised, and made 7-bit for the products.

use super::lanes::{F32x4, ROUNDER};
use super::product::{ROWS, RowStep, STEP};

/// `layer_norm_eps` of the model's configuration.
const EPSILON: f32 = 1e-12;

/// The largest 7-bit value.
const LEVELS: f32 = 127.0;

/// Brings a row to mean 0 and variance 1, then scales and shifts it.
pub(super) fn normalise(row: &mut [f32], gain: &[f32], shift: &[f32]) {
    #[expect(clippy::cast_precision_loss, reason = "a row has at most 1,536 values")]
    let count = row.len() as f32;
    let mean = F32x4::splat(sum(row, |value| value) / count);
    let variance = sum(row, |value| {
        let distance = value.minus(mean);
        distance.times(distance)
    }) / count;
    let factor = F32x4::splat(1.0 / (variance + EPSILON).sqrt());
    let (row, _) = row.as_chunks_mut::<4>();
    let (gain, _) = gain.as_chunks::<4>();
    let (shift, _) = shift.as_chunks::<4>();
    for ((place, gain), shift) in row.iter_mut().zip(gain).zip(shift) {
        F32x4::load(place)
            .minus(mean)
            .times(factor)
            .times(F32x4::load(gain))
            .plus(F32x4::load(shift))
            .store(place);
    }
}

fn sum(row: &[f32], each: impl Fn(F32x4) -> F32x4) -> f32 {
    let (quads, _) = row.as_chunks::<4>();
    // Two sums side by side, so that one addition need not wait for the other.
    let mut sums = [F32x4::splat(0.0); 2];
    for (place, quad) in quads.iter().enumerate() {
        let sum = &mut sums[place % 2];
        *sum = sum.plus(each(F32x4::load(quad)));
    }
    sums[0].plus(sums[1]).sum()
}

/// What turns a row's 7-bit values back into numbers: `least + step * value`.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Grid {
    /// The row's least value.
    pub(super) least: f32,
    /// The distance between two neighbouring values.
    pub(super) step: f32,
}

/// Makes a row 7-bit, each value first multiplied by that of `factors`. `block` is the block of
/// rows it belongs to, `place` its place there.
pub(super) fn quantise(row: &[f32], factors: &[f32], block: &mut [RowStep], place: usize) -> Grid {
    let (quads, _) = row.as_chunks::<4>();
    let (factors, _) = factors.as_chunks::<4>();
    let mut least = F32x4::splat(f32::MAX);
    let mut greatest = F32x4::splat(f32::MIN);
    for (quad, factor) in quads.iter().zip(factors) {
        let value = F32x4::load(quad).times(F32x4::load(factor));
        least = least.least(value);
        greatest = greatest.greatest(value);
    }
    let (least, greatest) = F32x4::bounds(least, greatest);
    let spread = greatest - least;
    let per_step = if spread > 0.0 { LEVELS / spread } else { 0.0 };
    let (zero, scale) = (F32x4::splat(least), F32x4::splat(per_step));
    for ((quad, factor), step) in quads.iter().zip(factors).zip(block) {
        let value = F32x4::load(quad).times(F32x4::load(factor));
        let level = value.minus(zero).times(scale).plus(F32x4::splat(ROUNDER));
        let (rows, _) = step.as_chunks_mut::<STEP>();
        let rows: &mut [[u8; STEP]; ROWS] = rows.try_into().expect("a step has four rows");
        rows[place % ROWS] = level.bits().low_bytes();
    }
    Grid {
        least,
        step: spread / LEVELS,
    }
}
