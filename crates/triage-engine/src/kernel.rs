//! The encoder of all-MiniLM-L6-v2 in small whole numbers: what the browser embeds with.
//!
//! Weights are 8-bit for each output, activations 7-bit for each token; attention is 14-bit. All
//! products are exact sums of whole numbers, and everything between them is IEEE 754 arithmetic
//! in a fixed order, so that every browser, every processor and the command line give the same
//! bits. There is no `unsafe` here: vectors are loaded from arrays, and panels are slices.

mod attention;
mod curves;
mod encoder;
mod lanes;
mod linear;
mod model;
mod pack;
mod product;
mod rows;

pub(crate) use encoder::Encoder;
pub(crate) use model::PackedModel;
pub(crate) use pack::{Greatest, pack};
pub use product::Arithmetic;

/// Values of a token.
const HIDDEN: usize = 384;
const LAYERS: usize = 6;
const HEADS: usize = 12;
/// Values of a head.
const HEAD: usize = HIDDEN / HEADS;
/// Values between the two feed-forward layers.
const INNER: usize = 4 * HIDDEN;
const VOCABULARY: usize = 30_522;
/// Positions kept of the model's 512: no text has more tokens.
const POSITIONS: usize = 256;
