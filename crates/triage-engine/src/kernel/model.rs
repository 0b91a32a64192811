//! The packed model's file: weights as the kernels read them, with nothing to parse.
//!
//! Little endian throughout:
//!
//! | bytes | what |
//! |---|---|
//! | 8 | `SOCMODEL` |
//! | 4 | [`FORMAT_VERSION`] |
//! | 4 | reserved, zero |
//! | 30,522 x 384 | the 8-bit vectors of the word pieces |
//! | 6 x 1,769,472 | the 8-bit panels of each layer: projection, attended, up, down |
//! | 4 each | 32-bit numbers: the scale of each word piece, 256 positions, the first norm, then for each layer factors, scales, sums and biases of the four, and its two norms |
//!
//! A panel holds eight outputs; each 32 bytes of it are four inputs of the first output, four of
//! the second, and so on. Sizes follow from the model, so the file has exactly one length.

use super::linear::Linear;
use super::product::{COLUMNS, PanelStep, STEP};
use super::{HIDDEN, INNER, LAYERS, POSITIONS, VOCABULARY};

/// The layout this build reads and writes.
pub(super) const FORMAT_VERSION: u32 = 1;

pub(super) const MAGIC: &[u8; 8] = b"SOCMODEL";
pub(super) const HEADER: usize = 16;

/// Inputs and outputs of a layer's four weights, in the order of the file.
pub(super) const SHAPES: [(usize, usize); 4] = [
    (HIDDEN, 3 * HIDDEN),
    (HIDDEN, HIDDEN),
    (HIDDEN, INNER),
    (INNER, HIDDEN),
];

const PANEL: usize = COLUMNS * STEP;
const WORDS: usize = VOCABULARY * HIDDEN;
const PANELS: usize = LAYERS * panels();
const NUMBERS: usize = VOCABULARY + POSITIONS * HIDDEN + 2 * HIDDEN + LAYERS * numbers();
const BYTES: usize = HEADER + WORDS + PANELS + 4 * NUMBERS;

/// Bytes of a layer's panels.
const fn panels() -> usize {
    let mut bytes = 0;
    let mut part = 0;
    while part < SHAPES.len() {
        bytes += SHAPES[part].0 * SHAPES[part].1;
        part += 1;
    }
    bytes
}

/// Numbers of a layer.
const fn numbers() -> usize {
    let mut count = 4 * HIDDEN;
    let mut part = 0;
    while part < SHAPES.len() {
        count += SHAPES[part].0 + 3 * SHAPES[part].1;
        part += 1;
    }
    count
}

/// A packed model, checked for its form.
pub(crate) struct PackedModel {
    bytes: Vec<u8>,
    /// The file's last part, where numbers are aligned.
    numbers: Vec<f32>,
}

/// Weights of one layer of the encoder.
pub(super) struct Layer<'a> {
    pub(super) projection: Linear<'a>,
    pub(super) attended: Linear<'a>,
    pub(super) up: Linear<'a>,
    pub(super) down: Linear<'a>,
    pub(super) attended_norm: Norm<'a>,
    pub(super) norm: Norm<'a>,
}

/// Gain and shift of a normalisation.
#[derive(Clone, Copy)]
pub(super) struct Norm<'a> {
    pub(super) gain: &'a [f32],
    pub(super) shift: &'a [f32],
}

impl PackedModel {
    /// Takes a file's bytes.
    ///
    /// # Errors
    ///
    /// What is wrong, where it is not a packed model of [`FORMAT_VERSION`] or has another length
    /// or a number that is not finite. Whether its weights are the right ones only a hash can say.
    pub fn open(mut bytes: Vec<u8>) -> Result<Self, String> {
        let Some((magic, rest)) = bytes.split_first_chunk::<8>() else {
            return Err("it is too short".to_owned());
        };
        if magic != MAGIC {
            return Err("it is not a packed model".to_owned());
        }
        let version = rest.first_chunk().copied().map(u32::from_le_bytes);
        if version != Some(FORMAT_VERSION) {
            return Err(format!(
                "its format is {}, this build reads {FORMAT_VERSION}; make it again with \
                 `triage model pack`",
                version.unwrap_or_default()
            ));
        }
        if bytes.len() != BYTES {
            return Err(format!("it has {} bytes, wanted {BYTES}", bytes.len()));
        }
        let (numbers, _) = bytes[HEADER + WORDS + PANELS..].as_chunks::<4>();
        let numbers: Vec<f32> = numbers
            .iter()
            .map(|four| f32::from_le_bytes(*four))
            .collect();
        if !numbers.iter().all(|number| number.is_finite()) {
            return Err("a number in it is not finite".to_owned());
        }
        bytes.truncate(HEADER + WORDS + PANELS);
        Ok(Self { bytes, numbers })
    }

    /// Whether there is such a word piece.
    pub(super) fn has_word(id: u32) -> bool {
        usize::try_from(id).is_ok_and(|id| id < VOCABULARY)
    }

    /// The vector of a word piece that there is, and what one step of it is worth.
    pub(super) fn word(&self, id: u32) -> (&[i8], f32) {
        let id = id as usize;
        let bytes = &self.bytes[HEADER + id * HIDDEN..][..HIDDEN];
        (bytemuck::cast_slice(bytes), self.numbers[id])
    }

    /// The vector of a position.
    pub(super) fn place(&self, position: usize) -> &[f32] {
        &self.numbers[VOCABULARY + position * HIDDEN..][..HIDDEN]
    }

    /// The norm before the first layer.
    pub(super) fn norm(&self) -> Norm<'_> {
        let start = VOCABULARY + POSITIONS * HIDDEN;
        let (gain, shift) = self.numbers[start..start + 2 * HIDDEN].split_at(HIDDEN);
        Norm { gain, shift }
    }

    /// The layers, first to last.
    pub(super) fn layers(&self) -> impl Iterator<Item = Layer<'_>> {
        let panels = self.bytes[HEADER + WORDS..].chunks_exact(panels());
        let numbers = &self.numbers[VOCABULARY + POSITIONS * HIDDEN + 2 * HIDDEN..];
        panels
            .zip(numbers.chunks_exact(self::numbers()))
            .map(|(panels, numbers)| {
                let (panels, _) = panels.as_chunks::<PANEL>();
                let mut panels: &[PanelStep] = bytemuck::cast_slice(panels);
                let mut numbers = numbers;
                let mut take = |count: usize| {
                    let (taken, rest) = numbers.split_at(count);
                    numbers = rest;
                    taken
                };
                let [projection, attended, up, down] = SHAPES.map(|(from, to)| {
                    let (own, rest) = panels.split_at(from * to / PANEL);
                    panels = rest;
                    Linear {
                        panels: own,
                        factors: take(from),
                        scales: take(to),
                        sums: take(to),
                        biases: take(to),
                    }
                });
                let mut norm = || Norm {
                    gain: take(HIDDEN),
                    shift: take(HIDDEN),
                };
                Layer {
                    projection,
                    attended,
                    up,
                    down,
                    attended_norm: norm(),
                    norm: norm(),
                }
            })
    }
}
