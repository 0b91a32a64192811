//! From word pieces to one vector: the whole encoder as one operation of candle.

use std::sync::{Mutex, PoisonError};

use candle_core::{CpuStorage, CustomOp1, Layout, Result, Shape, bail};

use super::attention::{Scratch, attend};
use super::curves::gelu;
use super::lanes::F32x4;
use super::linear::{Rows, halves};
use super::model::{Norm, PackedModel};
use super::product::{Arithmetic, COLUMNS};
use super::rows::normalise;
use super::{HIDDEN, INNER, POSITIONS};

/// A packed model, ready to encode.
pub(crate) struct Encoder {
    model: PackedModel,
    arithmetic: Arithmetic,
    /// Room that calls use one after the other, so that none allocates; one for each of those
    /// that run at the same time.
    rooms: Mutex<Vec<Room>>,
}

/// Everything a call writes to.
struct Room {
    hidden: Vec<f32>,
    attended: Vec<f32>,
    /// Queries, keys and values; then the values between the feed-forward layers.
    wide: Vec<f32>,
    rows: Rows,
    attention: Scratch,
}

impl Room {
    fn new() -> Self {
        Self {
            hidden: vec![0.0; POSITIONS * HIDDEN],
            attended: vec![0.0; POSITIONS * HIDDEN],
            wide: vec![0.0; POSITIONS * INNER],
            rows: Rows::new(POSITIONS, INNER),
            attention: Scratch::new(POSITIONS),
        }
    }
}

impl Encoder {
    pub(crate) fn new(model: PackedModel) -> Self {
        Self {
            model,
            arithmetic: Arithmetic::Widened,
            rooms: Mutex::new(vec![Room::new()]),
        }
    }

    /// Calculates by other instructions from now on. The results are the same.
    pub(crate) fn set_arithmetic(&mut self, arithmetic: Arithmetic) {
        self.arithmetic = arithmetic;
    }

    /// The mean of the tokens' vectors: 1 to 256 `ids` give 384 values.
    fn encode(&self, ids: &[u32], room: &mut Room) -> Vec<f32> {
        let tokens = ids.len();
        let hidden = &mut room.hidden[..tokens * HIDDEN];
        let attended = &mut room.attended[..tokens * HIDDEN];
        for (position, (id, row)) in ids.iter().zip(hidden.chunks_exact_mut(HIDDEN)).enumerate() {
            let (word, step) = self.model.word(*id);
            let place = self.model.place(position);
            for ((value, word), place) in row.iter_mut().zip(word).zip(place) {
                *value = f32::from(*word) * step + place;
            }
        }
        norm(hidden, self.model.norm());
        for layer in self.model.layers() {
            let projected = &mut room.wide[..tokens * 3 * HIDDEN];
            let rows = &mut room.rows;
            layer
                .projection
                .apply(self.arithmetic, hidden, rows, |row, column, output| {
                    *eight(projected, row * 3 * HIDDEN + column) = joined(output);
                });
            attend(projected, attended, &mut room.attention);
            layer
                .attended
                .apply(self.arithmetic, attended, rows, |row, column, output| {
                    add(eight(hidden, row * HIDDEN + column), output);
                });
            norm(hidden, layer.attended_norm);
            let inner = &mut room.wide[..tokens * INNER];
            layer
                .up
                .apply(self.arithmetic, hidden, rows, |row, column, output| {
                    *eight(inner, row * INNER + column) = joined(output.map(gelu));
                });
            layer
                .down
                .apply(self.arithmetic, inner, rows, |row, column, output| {
                    add(eight(hidden, row * HIDDEN + column), output);
                });
            norm(hidden, layer.norm);
        }
        let mut mean = vec![0.0; HIDDEN];
        for row in hidden.chunks_exact(HIDDEN) {
            for (sum, value) in mean.iter_mut().zip(row) {
                *sum += value;
            }
        }
        #[expect(clippy::cast_precision_loss, reason = "there are at most 256 tokens")]
        let count = tokens as f32;
        for sum in &mut mean {
            *sum /= count;
        }
        mean
    }
}

impl CustomOp1 for Encoder {
    fn name(&self) -> &'static str {
        "minilm-int8"
    }

    fn cpu_fwd(&self, storage: &CpuStorage, layout: &Layout) -> Result<(CpuStorage, Shape)> {
        let CpuStorage::U32(ids) = storage else {
            bail!("word pieces are U32");
        };
        let Some((start, end)) = layout.contiguous_offsets() else {
            bail!("word pieces lie one after the other");
        };
        let ids = &ids[start..end];
        if !(1..=POSITIONS).contains(&ids.len()) {
            bail!("{} word pieces, wanted 1 to {POSITIONS}", ids.len());
        }
        if let Some(id) = ids.iter().find(|id| !PackedModel::has_word(**id)) {
            bail!("there is no word piece {id}");
        }
        let taken = self
            .rooms
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .pop();
        let mut room = taken.unwrap_or_else(Room::new);
        let mean = self.encode(ids, &mut room);
        self.rooms
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(room);
        Ok((CpuStorage::F32(mean), Shape::from(HIDDEN)))
    }
}

fn norm(hidden: &mut [f32], norm: Norm<'_>) {
    for row in hidden.chunks_exact_mut(HIDDEN) {
        normalise(row, norm.gain, norm.shift);
    }
}

#[inline]
fn eight(values: &mut [f32], start: usize) -> &mut [f32; COLUMNS] {
    let found = values[start..].first_chunk_mut();
    found.expect("rows are multiples of eight")
}

#[inline]
fn joined(output: [F32x4; 2]) -> [f32; COLUMNS] {
    bytemuck::cast(output.map(F32x4::to_array))
}

#[inline]
fn add(place: &mut [f32; COLUMNS], output: [F32x4; 2]) {
    let [a, b] = halves(place);
    *place = joined([a.plus(output[0]), b.plus(output[1])]);
}
