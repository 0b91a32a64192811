//! Relaxed SIMD's dot product of 8-bit by 7-bit values.
//!
//! Relaxed instructions may differ between processors where a 7-bit value has its eighth bit set
//! or a sum of two products does not fit 16 bits. Neither happens here: rows hold 0..=127, panels
//! -127..=127, and two such products are at most 32,258.

use std::arch::wasm32::i32x4_relaxed_dot_i8x16_i7x16_add;

use super::{I8x16, I32x4, PanelStep, RowStep, STEP, Sums};

#[target_feature(enable = "relaxed-simd")]
pub(super) fn dot<const R: usize>(block: &[RowStep], panel: &[PanelStep]) -> [Sums; R] {
    let mut sums = [[I32x4::zero(); 2]; R];
    for (rows, columns) in block.iter().zip(panel) {
        let (rows, _) = rows.as_chunks::<STEP>();
        let (columns, _) = columns.as_chunks::<16>();
        let (left, right) = (I8x16::load(&columns[0]), I8x16::load(&columns[1]));
        for (sums, row) in sums.iter_mut().zip(rows) {
            let row = I8x16::splat_quad(*row);
            sums[0].0 = i32x4_relaxed_dot_i8x16_i7x16_add(left.0, row.0, sums[0].0);
            sums[1].0 = i32x4_relaxed_dot_i8x16_i7x16_add(right.0, row.0, sums[1].0);
        }
    }
    sums
}
