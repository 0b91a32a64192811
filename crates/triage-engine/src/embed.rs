//! Text to unit vector: WordPiece, all-MiniLM-L6-v2, mean over the tokens, length one.

mod bert;

use candle_core::{D, Device, Tensor};
use serde::{Deserialize, Serialize};
use tokenizers::{Encoding, Tokenizer, TruncationParams};

use crate::EngineError;
use crate::kernel::{Arithmetic, Encoder, Greatest, PackedModel, pack};
pub(crate) use bert::{Bert, Input, Layer};

/// Values per vector.
pub const DIMENSIONS: usize = 384;

/// Word pieces read of each text, the two markers included. What follows is ignored.
pub const MAX_TOKENS: usize = 256;

/// The model every vector is made with.
pub const MODEL_NAME: &str = "sentence-transformers/all-MiniLM-L6-v2";

/// The bytes of a text that are tokenized. 256 word pieces of at most 100 characters each, which
/// is where WordPiece gives up on a word, lie well within.
const MAX_TEXT_BYTES: usize = 64 * 1024;

/// Alerts of our own, over which a model is run to see how large its inner values become.
const CALIBRATION: &str = include_str!("../data/calibration.txt");

/// A text's place in meaning: [`DIMENSIONS`] finite values of length one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(try_from = "Vec<f32>", into = "Vec<f32>")]
pub struct Embedding(Vec<f32>);

impl Embedding {
    /// Scales values to length one; `None` for another number of values, or if their length is
    /// zero or not finite.
    pub fn normalised(mut values: Vec<f32>) -> Option<Self> {
        let length = values.iter().map(|value| value * value).sum::<f32>().sqrt();
        if values.len() != DIMENSIONS || !length.is_normal() {
            return None;
        }
        for value in &mut values {
            *value /= length;
        }
        Some(Self(values))
    }

    /// The values.
    pub fn as_slice(&self) -> &[f32] {
        &self.0
    }

    /// The cosine of the angle between two, -1..=1 but for rounding.
    pub fn cosine(&self, other: &Self) -> f32 {
        self.0.iter().zip(&other.0).map(|(a, b)| a * b).sum()
    }
}

impl TryFrom<Vec<f32>> for Embedding {
    type Error = &'static str;

    fn try_from(values: Vec<f32>) -> Result<Self, Self::Error> {
        let length: f32 = values.iter().map(|value| value * value).sum();
        if values.len() == DIMENSIONS && (length - 1.0).abs() < 1e-3 {
            Ok(Self(values))
        } else {
            Err("a vector does not have 384 values of length one")
        }
    }
}

impl From<Embedding> for Vec<f32> {
    fn from(embedding: Embedding) -> Self {
        embedding.0
    }
}

/// The bytes of a model's weights, in one of two forms.
pub enum Weights {
    /// `model.bin`, as `triage model pack` makes it: 8-bit, for our own kernels.
    Packed(Vec<u8>),
    /// `model.safetensors` as published: 32-bit, for candle.
    Exact(Vec<u8>),
}

/// The tokenizer and the model, ready to embed.
pub struct Embedder {
    tokenizer: Tokenizer,
    model: Model,
}

/// The model in one of its two forms.
enum Model {
    /// 32-bit numbers as published, on candle: the reference, and what indexes are built with.
    Exact(Bert),
    /// Packed, on our kernels: what queries are embedded with.
    Packed(Encoder),
}

impl Embedder {
    /// Opens a `tokenizer.json` and a model.
    ///
    /// # Errors
    ///
    /// [`EngineError::Content`] where either is not what all-MiniLM-L6-v2 has.
    pub fn open(tokenizer: &[u8], weights: Weights) -> Result<Self, EngineError> {
        let fault = |fault: &dyn std::fmt::Display| EngineError::content("tokenizer.json", fault);
        let mut tokenizer = Tokenizer::from_bytes(tokenizer).map_err(|error| fault(&error))?;
        // The published file pads and cuts at 128; one text at a time needs no padding.
        tokenizer.with_padding(None);
        let truncation = TruncationParams {
            max_length: MAX_TOKENS,
            ..TruncationParams::default()
        };
        tokenizer
            .with_truncation(Some(truncation))
            .map_err(|error| fault(&error))?;
        let model = match weights {
            Weights::Packed(bytes) => {
                let packed = PackedModel::open(bytes)
                    .map_err(|fault| EngineError::content("model.bin", fault))?;
                Model::Packed(Encoder::new(packed))
            }
            Weights::Exact(bytes) => {
                let exact = Bert::open(bytes)
                    .map_err(|error| EngineError::content("model.safetensors", error))?;
                Model::Exact(exact)
            }
        };
        Ok(Self { tokenizer, model })
    }

    /// Packs an exact model into the bytes of a `model.bin`; equal models give equal bytes.
    ///
    /// # Errors
    ///
    /// [`EngineError::Embed`] for a model that is packed already, or if it fails.
    pub fn pack(&self) -> Result<Vec<u8>, EngineError> {
        let Model::Exact(model) = &self.model else {
            return Err(EngineError::embed("the model is packed already"));
        };
        let ids: Vec<Vec<u32>> = CALIBRATION
            .lines()
            .map(|text| self.ids(text))
            .collect::<Result<_, _>>()?;
        let greatest = Greatest::over(model, &ids).map_err(EngineError::embed)?;
        pack(model, &greatest).map_err(EngineError::embed)
    }

    /// Makes products by other instructions from now on; the vectors stay the same. The exact
    /// model has no choice.
    pub fn set_arithmetic(&mut self, arithmetic: Arithmetic) {
        if let Model::Packed(encoder) = &mut self.model {
            encoder.set_arithmetic(arithmetic);
        }
    }

    /// Embeds one text; equal texts give equal vectors, whatever was embedded before.
    ///
    /// Only the first [`MAX_TOKENS`] word pieces count. An empty text has a vector too (that of
    /// the two markers); it means nothing.
    ///
    /// # Errors
    ///
    /// [`EngineError::Embed`] if tokenizer or model fail, which no text is known to cause.
    pub fn embed(&self, text: &str) -> Result<Embedding, EngineError> {
        let ids = self.ids(text)?;
        let values = self.pooled(&ids).map_err(EngineError::embed)?;
        Embedding::normalised(values)
            .ok_or_else(|| EngineError::embed("the model gave a vector without direction"))
    }

    /// Whether a text has more word pieces than are read.
    ///
    /// # Errors
    ///
    /// [`EngineError::Embed`] if the tokenizer fails.
    pub fn is_cut(&self, text: &str) -> Result<bool, EngineError> {
        Ok(!self.tokens(text)?.get_overflowing().is_empty())
    }

    fn ids(&self, text: &str) -> Result<Vec<u32>, EngineError> {
        Ok(self.tokens(text)?.get_ids().to_vec())
    }

    fn tokens(&self, text: &str) -> Result<Encoding, EngineError> {
        let text = text
            .get(..text.floor_char_boundary(MAX_TEXT_BYTES))
            .unwrap_or(text);
        self.tokenizer
            .encode(text, true)
            .map_err(EngineError::embed)
    }

    /// The mean over all tokens. There is no padding, so the mask of the published model, which
    /// leaves padding out of the mean, is all ones here.
    fn pooled(&self, ids: &[u32]) -> candle_core::Result<Vec<f32>> {
        let ids = Tensor::new(ids, &Device::Cpu)?;
        match &self.model {
            Model::Exact(model) => model.forward(&ids)?.mean(D::Minus2)?.to_vec1(),
            Model::Packed(encoder) => ids.apply_op1_no_bwd(encoder)?.to_vec1(),
        }
    }
}
