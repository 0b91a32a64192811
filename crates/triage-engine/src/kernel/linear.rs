//! A layer of weights: rows times panels, back to numbers, plus bias.

use super::lanes::F32x4;
use super::product::{Arithmetic, COLUMNS, PanelStep, ROWS, RowStep, STEP, multiply};
use super::rows::{Grid, quantise};

/// Weights of one layer, as they lie in a packed model.
#[derive(Clone, Copy)]
pub(super) struct Linear<'a> {
    /// For each eight outputs a panel of so many steps as there are inputs by four.
    pub(super) panels: &'a [PanelStep],
    /// What each input is multiplied by before it is made 7-bit; the weights hold the inverse.
    pub(super) factors: &'a [f32],
    /// What one step of each output's weights is worth.
    pub(super) scales: &'a [f32],
    /// The sum of each output's weights.
    pub(super) sums: &'a [f32],
    pub(super) biases: &'a [f32],
}

/// Room for 7-bit rows.
pub(super) struct Rows {
    blocks: Vec<RowStep>,
    grids: Vec<Grid>,
}

impl Rows {
    /// Room for `tokens` rows of `width` values.
    pub(super) fn new(tokens: usize, width: usize) -> Self {
        let tokens = tokens.next_multiple_of(ROWS);
        Self {
            blocks: vec![[0; ROWS * STEP]; tokens / ROWS * width / STEP],
            grids: vec![Grid::default(); tokens],
        }
    }
}

impl Linear<'_> {
    /// Multiplies every row of `input` with the weights, and gives each row's outputs, eight at a
    /// time, to `take` with the row and the first of the eight.
    pub(super) fn apply(
        &self,
        arithmetic: Arithmetic,
        input: &[f32],
        room: &mut Rows,
        mut take: impl FnMut(usize, usize, [F32x4; 2]),
    ) {
        let width = self.factors.len();
        let steps = width / STEP;
        let rows = input.len() / width;
        let blocks = &mut room.blocks[..rows.div_ceil(ROWS) * steps];
        let grids = &mut room.grids[..rows];
        for (row, (values, grid)) in input.chunks_exact(width).zip(grids.iter_mut()).enumerate() {
            let block = &mut blocks[row / ROWS * steps..][..steps];
            *grid = quantise(values, self.factors, block, row);
        }
        let (scales, _) = self.scales.as_chunks::<COLUMNS>();
        let (sums, _) = self.sums.as_chunks::<COLUMNS>();
        let (biases, _) = self.biases.as_chunks::<COLUMNS>();
        multiply(
            arithmetic,
            rows,
            blocks,
            self.panels,
            steps,
            |row, panel, products| {
                let step = F32x4::splat(grids[row].step);
                let least = F32x4::splat(grids[row].least);
                let [scales, sums, biases] =
                    [&scales[panel], &sums[panel], &biases[panel]].map(halves);
                let output = std::array::from_fn(|half| {
                    let product = products[half].to_f32();
                    let offset = least.times(sums[half]).plus(biases[half]);
                    product.times(step.times(scales[half])).plus(offset)
                });
                take(row, panel * COLUMNS, output);
            },
        );
    }
}

/// Eight numbers as two vectors.
#[inline]
pub(super) fn halves(eight: &[f32; COLUMNS]) -> [F32x4; 2] {
    let halves: [[f32; 4]; 2] = bytemuck::cast(*eight);
    halves.map(|half| F32x4::load(&half))
}
