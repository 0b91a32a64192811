//! Makes a packed model of the published weights, natively and once.
//!
//! A 7-bit row has room for few values when one of them is much larger than the rest, and some
//! inputs of some layers always are. Such inputs are divided, and their weights multiplied, by a
//! factor between what inputs and weights need (Xiao et al. 2023, arXiv 2211.10438). How large
//! inputs become is seen by running the exact model over some texts.

use candle_core::{Result, Tensor, bail};

use super::model::{FORMAT_VERSION, HEADER, MAGIC, SHAPES};
use super::product::{COLUMNS, STEP};
use super::{HEAD, HIDDEN, LAYERS, POSITIONS};
use crate::embed::{Bert, Input, Layer};

/// How much of an input's size the weights take over, before the projection and the first
/// feed-forward layer; by trial on the reference texts and 240 alerts.
const PROJECTION: f32 = 0.7;
const UP: f32 = 0.6;

/// The largest 8-bit weight, on both sides of zero.
const LEVELS: f32 = 127.0;

/// The largest value of a word piece's vector. Fewer levels cost little here, as each row has its
/// own scale and is brought to unit size again, and they let the file be compressed: half of it are
/// these vectors. With 127, 63 and 31 the mean cosine over the page's 120 benchmark alerts is
/// .9988, .9987 and .9985, and the compressed file has 21.0, 19.6 and 18.3 MB.
const WORD_LEVELS: f32 = 31.0;

/// The largest input of each place before each layer's projection and first feed-forward layer.
pub(crate) struct Greatest(Vec<[Vec<f32>; 2]>);

impl Greatest {
    /// Runs the model over `texts`, each as its word pieces.
    pub(crate) fn over(model: &Bert, texts: &[Vec<u32>]) -> Result<Self> {
        let mut greatest = vec![[vec![0.0_f32; HIDDEN], vec![0.0_f32; HIDDEN]]; LAYERS];
        for ids in texts {
            let ids = Tensor::new(ids.as_slice(), &candle_core::Device::Cpu)?;
            model.forward_watched(&ids, &mut |layer, input, values| {
                let place = match input {
                    Input::Projection => 0,
                    Input::Up => 1,
                };
                let largest = values.abs()?.max(0)?.to_vec1::<f32>()?;
                for (one, other) in greatest[layer][place].iter_mut().zip(largest) {
                    *one = one.max(other);
                }
                Ok(())
            })?;
        }
        if greatest
            .iter()
            .flatten()
            .flatten()
            .any(|value| *value <= 0.0)
        {
            bail!("some inputs were never used; more texts are needed");
        }
        Ok(Self(greatest))
    }
}

/// Packs a model: the bytes of a file as [`super::PackedModel`] opens it.
pub(crate) fn pack(model: &Bert, greatest: &Greatest) -> Result<Vec<u8>> {
    let mut words = Vec::new();
    let mut numbers = Vec::new();
    for row in model.words.to_vec2::<f32>()? {
        let (levels, scale) = quantise(&row, WORD_LEVELS);
        words.extend(levels);
        numbers.push(scale);
    }
    for row in model.places.narrow(0, 0, POSITIONS)?.to_vec2::<f32>()? {
        numbers.extend(row);
    }
    push_norm(&model.norm, &mut numbers)?;
    let mut panels = Vec::new();
    for (layer, greatest) in model.layers.iter().zip(&greatest.0) {
        for (weights, (from, to)) in weights(layer, greatest)?.iter().zip(SHAPES) {
            weights.push(from, to, &mut panels, &mut numbers);
        }
        push_norm(&layer.attended_norm, &mut numbers)?;
        push_norm(&layer.norm, &mut numbers)?;
    }
    let mut bytes = Vec::with_capacity(HEADER + words.len() + panels.len() + 4 * numbers.len());
    bytes.extend(MAGIC);
    bytes.extend(FORMAT_VERSION.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(words.into_iter().chain(panels).map(i8::cast_unsigned));
    for number in numbers {
        bytes.extend(number.to_le_bytes());
    }
    Ok(bytes)
}

/// Weights before they are packed: a row for each output.
struct Weights {
    rows: Vec<Vec<f32>>,
    biases: Vec<f32>,
    /// What each input is multiplied by, and its column of the weights divided.
    factors: Vec<f32>,
}

fn weights(layer: &Layer, [projection, up]: &[Vec<f32>; 2]) -> Result<[Weights; 4]> {
    let mut joined = Weights::of(&[&layer.query, &layer.key, &layer.value])?;
    // Scores are divided by the root of a head's size; the queries' weights take it over.
    #[expect(clippy::cast_precision_loss, reason = "a head has 32 values")]
    let scale = 1.0 / (HEAD as f32).sqrt();
    for row in &mut joined.rows[..HIDDEN] {
        for weight in row {
            *weight *= scale;
        }
    }
    for bias in &mut joined.biases[..HIDDEN] {
        *bias *= scale;
    }
    Ok([
        joined.balanced(projection, PROJECTION),
        Weights::of(&[&layer.attended])?,
        Weights::of(&[&layer.up])?.balanced(up, UP),
        Weights::of(&[&layer.down])?,
    ])
}

impl Weights {
    fn of(layers: &[&candle_nn::Linear]) -> Result<Self> {
        let mut rows = Vec::new();
        let mut biases = Vec::new();
        for layer in layers {
            rows.extend(layer.weight().to_vec2::<f32>()?);
            let Some(bias) = layer.bias() else {
                bail!("every layer of the model has biases");
            };
            biases.extend(bias.to_vec1::<f32>()?);
        }
        let factors = vec![1.0; rows.first().map_or(0, Vec::len)];
        Ok(Self {
            rows,
            biases,
            factors,
        })
    }

    /// Moves size from inputs, of which `greatest` is the largest at each place, into the weights.
    fn balanced(mut self, greatest: &[f32], share: f32) -> Self {
        for (place, greatest) in greatest.iter().enumerate() {
            let weights = self.rows.iter().map(|row| row[place].abs());
            let weight = weights.fold(1e-5, f32::max);
            let factor = greatest.powf(share) / weight.powf(1.0 - share);
            self.factors[place] = 1.0 / factor;
            for row in &mut self.rows {
                row[place] *= factor;
            }
        }
        self
    }

    fn push(&self, from: usize, to: usize, panels: &mut Vec<i8>, numbers: &mut Vec<f32>) {
        debug_assert_eq!((self.factors.len(), self.rows.len()), (from, to));
        let packed: Vec<(Vec<i8>, f32)> =
            self.rows.iter().map(|row| quantise(row, LEVELS)).collect();
        for eight in packed.chunks_exact(COLUMNS) {
            for start in (0..from).step_by(STEP) {
                for (levels, _) in eight {
                    panels.extend(&levels[start..start + STEP]);
                }
            }
        }
        numbers.extend(&self.factors);
        numbers.extend(packed.iter().map(|(_, scale)| scale));
        numbers.extend(packed.iter().map(|(levels, scale)| {
            let sum: i32 = levels.iter().map(|level| i32::from(*level)).sum();
            #[expect(clippy::cast_precision_loss, reason = "it is less than 2^18")]
            let sum = sum as f32;
            sum * scale
        }));
        numbers.extend(&self.biases);
    }
}

fn push_norm(norm: &candle_nn::LayerNorm, numbers: &mut Vec<f32>) -> Result<()> {
    numbers.extend(norm.weight().to_vec1::<f32>()?);
    let Some(shift) = norm.bias() else {
        bail!("every norm of the model has a shift");
    };
    numbers.extend(shift.to_vec1::<f32>()?);
    Ok(())
}

/// Levels from `-most` to `most`, which is at most 127, and what one is worth.
fn quantise(row: &[f32], most: f32) -> (Vec<i8>, f32) {
    let greatest = row
        .iter()
        .fold(f32::MIN_POSITIVE, |most, value| most.max(value.abs()));
    let scale = greatest / most;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "it lies within -most..=most"
    )]
    let level = |value: &f32| (value / scale).round_ties_even() as i8;
    (row.iter().map(level).collect(), scale)
}
