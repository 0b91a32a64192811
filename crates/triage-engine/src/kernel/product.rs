//! Products of small whole numbers: 7-bit rows by 8-bit panels, and 14-bit rows by 14-bit panels.
//!
//! Both sides lie as the inner loop reads them. Rows come in blocks of four, panels hold eight
//! (four) columns; each step of the loop takes four (two) values of the inner dimension from all
//! of them. Sums are exact, so every [`Arithmetic`] gives the same bits; they differ in speed.

use super::lanes::{I8x16, I16x8, I32x4};

#[cfg(all(feature = "relaxed", target_feature = "simd128"))]
mod relaxed;

/// Rows of a block.
pub(super) const ROWS: usize = 4;

/// Columns of a panel of 8-bit values.
pub(super) const COLUMNS: usize = 8;

/// Values of the inner dimension that one step takes: four bytes of each row and column.
pub(super) const STEP: usize = 4;

/// One step of a block of rows: four values of the first row, four of the second, ...
pub(super) type RowStep = [u8; ROWS * STEP];

/// One step of a panel: four values of the first column, four of the second, ...
pub(super) type PanelStep = [i8; COLUMNS * STEP];

/// Two values of each of four rows, or of four columns, of 14 bits.
pub(super) type PairStep = [i16; 8];

/// How 8-bit products are made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Arithmetic {
    /// Relaxed SIMD's dot product with accumulation. The fastest where the processor has one.
    RelaxedDot,
    /// Widened to 16 bits first. Every browser with SIMD has it, and portable Rust does the same.
    Widened,
}

impl Arithmetic {
    /// Those that this build can run, the most promising first.
    pub const AVAILABLE: &[Self] = if cfg!(all(feature = "relaxed", target_feature = "simd128")) {
        &[Self::RelaxedDot, Self::Widened]
    } else {
        &[Self::Widened]
    };

    /// The name it goes by: `relaxed-dot` or `widened`.
    pub fn name(self) -> &'static str {
        match self {
            Self::RelaxedDot => "relaxed-dot",
            Self::Widened => "widened",
        }
    }
}

/// Sums of eight columns.
pub(super) type Sums = [I32x4; 2];

/// Multiplies blocks of rows with panels, and gives each row's sums to `take` with its row and
/// panel. `rows` is how many rows there are; the last block may not be full.
pub(super) fn multiply(
    arithmetic: Arithmetic,
    rows: usize,
    blocks: &[RowStep],
    panels: &[PanelStep],
    steps: usize,
    mut take: impl FnMut(usize, usize, Sums),
) {
    for (panel_index, panel) in panels.chunks_exact(steps).enumerate() {
        for (block_index, block) in blocks.chunks_exact(steps).enumerate() {
            let first = block_index * ROWS;
            match rows.saturating_sub(first) {
                0 => break,
                1 => give(
                    first,
                    panel_index,
                    tile::<1>(arithmetic, block, panel),
                    &mut take,
                ),
                2 => give(
                    first,
                    panel_index,
                    tile::<2>(arithmetic, block, panel),
                    &mut take,
                ),
                3 => give(
                    first,
                    panel_index,
                    tile::<3>(arithmetic, block, panel),
                    &mut take,
                ),
                _ => give(
                    first,
                    panel_index,
                    tile::<4>(arithmetic, block, panel),
                    &mut take,
                ),
            }
        }
    }
}

#[inline]
fn give<const R: usize>(
    first: usize,
    panel: usize,
    tile: [Sums; R],
    take: &mut impl FnMut(usize, usize, Sums),
) {
    for (row, sums) in tile.into_iter().enumerate() {
        take(first + row, panel, sums);
    }
}

#[cfg(all(feature = "relaxed", target_feature = "simd128"))]
#[inline]
fn tile<const R: usize>(
    arithmetic: Arithmetic,
    block: &[RowStep],
    panel: &[PanelStep],
) -> [Sums; R] {
    match arithmetic {
        Arithmetic::RelaxedDot => relaxed::dot(block, panel),
        Arithmetic::Widened => widened(block, panel),
    }
}

/// Without relaxed SIMD there is one way.
#[cfg(not(all(feature = "relaxed", target_feature = "simd128")))]
#[inline]
fn tile<const R: usize>(_: Arithmetic, block: &[RowStep], panel: &[PanelStep]) -> [Sums; R] {
    widened(block, panel)
}

/// Half a panel after the other: a whole one would need more sums than there are registers.
fn widened<const R: usize>(block: &[RowStep], panel: &[PanelStep]) -> [Sums; R] {
    let low = widened_half::<R, 0>(block, panel);
    let high = widened_half::<R, 1>(block, panel);
    std::array::from_fn(|row| [low[row], high[row]])
}

#[inline]
fn widened_half<const R: usize, const HALF: usize>(
    block: &[RowStep],
    panel: &[PanelStep],
) -> [I32x4; R] {
    let mut sums = [[I32x4::zero(); 2]; R];
    for (rows, columns) in block.iter().zip(panel) {
        let (rows, _) = rows.as_chunks::<STEP>();
        let (columns, _) = columns.as_chunks::<16>();
        let (first, second) = I8x16::load(&columns[HALF]).halves();
        for (sums, row) in sums.iter_mut().zip(rows) {
            let row = I8x16::splat_quad(*row).first_half();
            sums[0] = sums[0].plus_pairs(row, first);
            sums[1] = sums[1].plus_pairs(row, second);
        }
    }
    sums.map(|[first, second]| first.pairs(second))
}

/// Multiplies 14-bit blocks of rows with 14-bit panels of four columns, two panels at a time.
pub(super) fn multiply_pairs(
    blocks: &[PairStep],
    panels: &[PairStep],
    steps: usize,
    mut take: impl FnMut(usize, usize, [Sums; ROWS]),
) {
    for (block_index, block) in blocks.chunks_exact(steps).enumerate() {
        for (panel_index, panels) in panels.chunks_exact(2 * steps).enumerate() {
            let (left, right) = panels.split_at(steps);
            let mut sums = [[I32x4::zero(); 2]; ROWS];
            for ((rows, left), right) in block.iter().zip(left).zip(right) {
                let (left, right) = (I16x8::load(left), I16x8::load(right));
                let (rows, _) = rows.as_chunks::<2>();
                for (sums, row) in sums.iter_mut().zip(rows) {
                    let row = I16x8::splat_pair(*row);
                    sums[0] = sums[0].plus_pairs(row, left);
                    sums[1] = sums[1].plus_pairs(row, right);
                }
            }
            take(block_index, panel_index, sums);
        }
    }
}
