//! A vector in the graph: a byte a value, compared in whole numbers.

use instant_distance::Point;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::{DIMENSIONS, Embedding};

/// A direction, quantised to -127..=127.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Node {
    values: Vec<i8>,
    /// One over the length of the values.
    scale: f32,
}

impl Node {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a value over the largest, times 127, is -127 to 127"
    )]
    pub(super) fn of(embedding: &Embedding) -> Self {
        let values = embedding.as_slice();
        let largest = values.iter().fold(0.0_f32, |max, v| max.max(v.abs()));
        Self::new(
            values
                .iter()
                .map(|value| (value / largest * 127.0).round() as i8)
                .collect(),
        )
        .unwrap_or_else(|| Self {
            values: vec![0; DIMENSIONS],
            scale: 0.0,
        })
    }

    /// `None` for another number of values, or if all are zero.
    #[expect(
        clippy::cast_precision_loss,
        reason = "384 squares of at most 127 stay below 2^23"
    )]
    fn new(values: Vec<i8>) -> Option<Self> {
        let squares = product(&values, &values);
        (values.len() == DIMENSIONS && squares > 0).then(|| Self {
            scale: 1.0 / (squares as f32).sqrt(),
            values,
        })
    }

    /// The cosine of the angle between two, -1..=1 but for rounding.
    #[expect(
        clippy::cast_precision_loss,
        reason = "384 products of at most 127 x 127 stay below 2^23"
    )]
    pub(super) fn cosine(&self, other: &Self) -> f32 {
        product(&self.values, &other.values) as f32 * self.scale * other.scale
    }
}

fn product(a: &[i8], b: &[i8]) -> i32 {
    a.iter()
        .zip(b)
        .map(|(a, b)| i32::from(i16::from(*a) * i16::from(*b)))
        .sum()
}

impl Point for Node {
    /// One minus the cosine: 0 for the same direction, 2 for the opposite.
    fn distance(&self, other: &Self) -> f32 {
        1.0 - self.cosine(other)
    }
}

impl Serialize for Node {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let bytes: Vec<u8> = self.values.iter().map(|v| v.cast_unsigned()).collect();
        serializer.serialize_bytes(&bytes)
    }
}

impl<'de> Deserialize<'de> for Node {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let bytes: &[u8] = Deserialize::deserialize(deserializer)?;
        Self::new(bytes.iter().map(|byte| byte.cast_signed()).collect()).ok_or_else(|| {
            serde::de::Error::custom("a vector does not have 384 values, or has no direction")
        })
    }
}
