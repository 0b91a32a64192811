//! Dense search: one direction a technique, kept as bytes, compared with a query's embedding.

use super::packed::{Reader, Writer};

/// Values of a direction.
pub const DIMENSIONS: usize = 384;

/// Lanes that are added up side by side, so that the order of additions, and with it the last
/// bit of every sum, is the same on each machine.
const LANES: usize = 8;

/// Directions of length one, quantised to a byte a value.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Directions {
    values: Vec<i8>,
    /// What one step is worth, for each direction.
    steps: Vec<f32>,
}

impl Directions {
    /// Quantises directions, each scaled to length one. One without length stays zero.
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a value over the step is -127 to 127"
    )]
    pub(super) fn pack<'a>(directions: impl IntoIterator<Item = &'a [f32]>) -> Self {
        let mut packed = Self::default();
        for direction in directions {
            let length = dot(direction, direction).sqrt();
            let largest = direction.iter().fold(0.0_f32, |max, v| max.max(v.abs()));
            let step = if length > 0.0 { largest / 127.0 } else { 0.0 };
            let quantised = |value: &f32| {
                if step > 0.0 {
                    (value / step).round() as i8
                } else {
                    0
                }
            };
            packed.values.extend(direction.iter().map(quantised));
            packed
                .steps
                .push(if length > 0.0 { step / length } else { 0.0 });
        }
        packed
    }

    /// A direction's values.
    pub(super) fn get(&self, place: usize) -> Vec<f32> {
        let step = self.steps.get(place).copied().unwrap_or_default();
        self.row(place)
            .iter()
            .map(|v| f32::from(*v) * step)
            .collect()
    }

    /// The cosine of `query`, which has length one, with each direction.
    pub(super) fn cosines(&self, query: &[f32]) -> Vec<f32> {
        self.steps
            .iter()
            .zip(self.values.chunks_exact(DIMENSIONS))
            .map(|(step, row)| {
                let mut lanes = [0.0_f32; LANES];
                for (values, query) in row.chunks_exact(LANES).zip(query.chunks_exact(LANES)) {
                    for ((lane, value), query) in lanes.iter_mut().zip(values).zip(query) {
                        *lane += f32::from(*value) * query;
                    }
                }
                lanes.iter().sum::<f32>() * step
            })
            .collect()
    }

    fn row(&self, place: usize) -> &[i8] {
        self.values
            .get(place * DIMENSIONS..(place + 1) * DIMENSIONS)
            .unwrap_or_default()
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        for step in &self.steps {
            writer.float(*step);
        }
        let bytes: Vec<u8> = self
            .values
            .iter()
            .map(|value| value.cast_unsigned())
            .collect();
        writer.bytes(&bytes);
    }

    pub(super) fn read(reader: &mut Reader<'_>, count: usize) -> Option<Self> {
        let steps = (0..count)
            .map(|_| reader.float())
            .collect::<Option<Vec<_>>>()?;
        let values = reader.bytes(count.checked_mul(DIMENSIONS)?)?;
        Some(Self {
            values: values.iter().map(|byte| byte.cast_signed()).collect(),
            steps,
        })
    }
}

/// The scalar product of two vectors of equal length.
pub(super) fn dot(a: &[f32], b: &[f32]) -> f32 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

/// Scales a vector to length one; one without length stays as it is.
pub(super) fn normalise(vector: &mut [f32]) {
    let length = dot(vector, vector).sqrt();
    if length > 0.0 {
        for value in vector {
            *value /= length;
        }
    }
}
