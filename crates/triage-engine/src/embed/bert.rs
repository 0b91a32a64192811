//! The encoder of all-MiniLM-L6-v2: BERT with six layers of twelve heads, on candle.
//!
//! Devlin et al. 2019 (arXiv 1810.04805); names of the weights as in the model's safetensors.

use candle_core::safetensors::BufferedSafetensors;
use candle_core::{D, DType, Device, Module, Result, Tensor};
use candle_nn::{LayerNorm, Linear, ops::softmax_last_dim};

const LAYERS: usize = 6;
const HEADS: usize = 12;
const HIDDEN: usize = super::DIMENSIONS;
const HEAD: usize = HIDDEN / HEADS;
const INTERMEDIATE: usize = 4 * HIDDEN;
const VOCABULARY: usize = 30_522;
const POSITIONS: usize = 512;
/// `layer_norm_eps` of the model's configuration.
const EPSILON: f64 = 1e-12;

/// The exact model: 32-bit numbers, as published.
pub(crate) struct Bert {
    pub(crate) words: Tensor,
    /// Position and type embeddings added: there is only one type here, and it never changes.
    pub(crate) places: Tensor,
    pub(crate) norm: LayerNorm,
    pub(crate) layers: Vec<Layer>,
}

/// One of its six layers.
pub(crate) struct Layer {
    pub(crate) query: Linear,
    pub(crate) key: Linear,
    pub(crate) value: Linear,
    pub(crate) attended: Linear,
    pub(crate) attended_norm: LayerNorm,
    pub(crate) up: Linear,
    pub(crate) down: Linear,
    pub(crate) norm: LayerNorm,
}

/// Where a layer's inputs can be watched.
#[derive(Clone, Copy)]
pub(crate) enum Input {
    /// Before queries, keys and values.
    Projection,
    /// Before the first feed-forward layer.
    Up,
}

/// Sees a layer's number, the place and the values there.
type Watch<'a> = &'a mut dyn FnMut(usize, Input, &Tensor) -> Result<()>;

/// Weights by name, each with the shape it must have.
struct Weights(BufferedSafetensors);

impl Weights {
    fn tensor(&self, name: &str, shape: &[usize]) -> Result<Tensor> {
        let tensor = self.0.load(name, &Device::Cpu)?;
        if tensor.dims() != shape || tensor.dtype() != DType::F32 {
            candle_core::bail!(
                "{name} is {:?} of {:?}, wanted {shape:?} of F32",
                tensor.dims(),
                tensor.dtype()
            );
        }
        Ok(tensor)
    }

    fn linear(&self, name: &str, from: usize, to: usize) -> Result<Linear> {
        let weight = self.tensor(&format!("{name}.weight"), &[to, from])?;
        let bias = self.tensor(&format!("{name}.bias"), &[to])?;
        Ok(Linear::new(weight, Some(bias)))
    }

    fn norm(&self, name: &str) -> Result<LayerNorm> {
        let weight = self.tensor(&format!("{name}.weight"), &[HIDDEN])?;
        let bias = self.tensor(&format!("{name}.bias"), &[HIDDEN])?;
        Ok(LayerNorm::new(weight, bias, EPSILON))
    }
}

impl Bert {
    pub(crate) fn open(safetensors: Vec<u8>) -> Result<Self> {
        let weights = Weights(BufferedSafetensors::new(safetensors)?);
        let types = weights.tensor("embeddings.token_type_embeddings.weight", &[2, HIDDEN])?;
        let places = weights.tensor(
            "embeddings.position_embeddings.weight",
            &[POSITIONS, HIDDEN],
        )?;
        Ok(Self {
            words: weights.tensor("embeddings.word_embeddings.weight", &[VOCABULARY, HIDDEN])?,
            places: places.broadcast_add(&types.narrow(0, 0, 1)?)?,
            norm: weights.norm("embeddings.LayerNorm")?,
            layers: (0..LAYERS)
                .map(|layer| Layer::open(&weights, layer))
                .collect::<Result<_>>()?,
        })
    }

    /// One vector a token: `ids` of length n gives n x 384.
    pub(crate) fn forward(&self, ids: &Tensor) -> Result<Tensor> {
        self.forward_watched(ids, &mut |_, _, _| Ok(()))
    }

    /// The same, showing inputs of layers on the way.
    pub(crate) fn forward_watched(&self, ids: &Tensor, watch: Watch<'_>) -> Result<Tensor> {
        let places = self.places.narrow(0, 0, ids.dim(0)?)?;
        let embedded = (self.words.index_select(ids, 0)? + places)?;
        let embedded = self.norm.forward(&embedded)?;
        let mut layers = self.layers.iter().enumerate();
        layers.try_fold(embedded, |hidden, (number, layer)| {
            layer.forward(&hidden, &mut |input, values| watch(number, input, values))
        })
    }
}

impl Layer {
    fn open(weights: &Weights, layer: usize) -> Result<Self> {
        let name = |part: &str| format!("encoder.layer.{layer}.{part}");
        Ok(Self {
            query: weights.linear(&name("attention.self.query"), HIDDEN, HIDDEN)?,
            key: weights.linear(&name("attention.self.key"), HIDDEN, HIDDEN)?,
            value: weights.linear(&name("attention.self.value"), HIDDEN, HIDDEN)?,
            attended: weights.linear(&name("attention.output.dense"), HIDDEN, HIDDEN)?,
            attended_norm: weights.norm(&name("attention.output.LayerNorm"))?,
            up: weights.linear(&name("intermediate.dense"), HIDDEN, INTERMEDIATE)?,
            down: weights.linear(&name("output.dense"), INTERMEDIATE, HIDDEN)?,
            norm: weights.norm(&name("output.LayerNorm"))?,
        })
    }

    fn forward(
        &self,
        hidden: &Tensor,
        watch: &mut dyn FnMut(Input, &Tensor) -> Result<()>,
    ) -> Result<Tensor> {
        watch(Input::Projection, hidden)?;
        let tokens = hidden.dim(0)?;
        // n x 384 to heads x n x 32.
        let heads = |projection: &Linear| {
            projection
                .forward(hidden)?
                .reshape((tokens, HEADS, HEAD))?
                .transpose(0, 1)?
                .contiguous()
        };
        #[expect(clippy::cast_precision_loss, reason = "a head has 32 values")]
        let scale = 1.0 / (HEAD as f64).sqrt();
        let scores =
            heads(&self.query)?.matmul(&heads(&self.key)?.transpose(D::Minus1, D::Minus2)?)?;
        let attention = softmax_last_dim(&(scores * scale)?)?;
        let attended = attention.matmul(&heads(&self.value)?)?;
        let attended = attended.transpose(0, 1)?.reshape((tokens, HIDDEN))?;
        let hidden = (self.attended.forward(&attended)? + hidden)?;
        let hidden = self.attended_norm.forward(&hidden)?;
        watch(Input::Up, &hidden)?;
        let inner = self.up.forward(&hidden)?.gelu_erf()?;
        let hidden = (self.down.forward(&inner)? + hidden)?;
        self.norm.forward(&hidden)
    }
}
