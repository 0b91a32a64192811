//! The bytes of an instant-distance graph as plain numbers, to be checked before they are used.
//!
//! Mirrors the private fields of `instant_distance::Hnsw` 0.6 as its `with-serde` feature writes
//! them; `tests::mirrors_the_library` fails when the two part.

use serde::Deserialize;

use super::node::Node;

/// The library's mark for "no neighbour".
const NONE: u32 = u32::MAX;

#[derive(Deserialize)]
pub(super) struct Graph {
    _ef_search: usize,
    points: Vec<Node>,
    /// Neighbours of each point in the lowest layer, [`ZERO`] a point.
    zero: Vec<Neighbours<ZERO>>,
    /// Neighbours in the layers above, from the lowest up; each holds the first points only.
    layers: Vec<Vec<Neighbours<UPPER>>>,
}

const UPPER: usize = 32;
const ZERO: usize = 2 * UPPER;

/// A fixed number of neighbours, which serde writes without a length.
struct Neighbours<const N: usize>(Vec<u32>);

impl<'de, const N: usize> Deserialize<'de> for Neighbours<N> {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Visitor<const N: usize>;

        impl<'de, const N: usize> serde::de::Visitor<'de> for Visitor<N> {
            type Value = Neighbours<N>;

            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                write!(f, "{N} neighbours")
            }

            fn visit_seq<A: serde::de::SeqAccess<'de>>(
                self,
                mut sequence: A,
            ) -> Result<Self::Value, A::Error> {
                let mut neighbours = Vec::with_capacity(N);
                while let Some(neighbour) = sequence.next_element()? {
                    neighbours.push(neighbour);
                }
                Ok(Neighbours(neighbours))
            }
        }

        deserializer.deserialize_tuple(N, Visitor::<N>)
    }
}

impl Graph {
    pub(super) fn len(&self) -> usize {
        self.points.len()
    }

    /// Whether a search can only meet points that exist.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.zero.len() != self.points.len() {
            return Err("points and neighbour lists differ in number");
        }
        check_layer(&self.zero)?;
        let mut below = self.zero.len();
        for layer in &self.layers {
            // A search starts at point 0 in the top layer and goes down with what it has found.
            if layer.is_empty() || layer.len() > below {
                return Err("a layer is empty or larger than the one below");
            }
            check_layer(layer)?;
            below = layer.len();
        }
        Ok(())
    }
}

fn check_layer<const N: usize>(layer: &[Neighbours<N>]) -> Result<(), &'static str> {
    let exists = |neighbour: &u32| *neighbour == NONE || (*neighbour as usize) < layer.len();
    if layer
        .iter()
        .all(|neighbours| neighbours.0.iter().all(exists))
    {
        Ok(())
    } else {
        Err("a neighbour is out of range")
    }
}
