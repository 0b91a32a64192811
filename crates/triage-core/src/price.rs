//! What a request costs, about: tokens by its bytes, prices as data with their date.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::wire::Usage;

/// Bytes of JSON and English in a token, as the newer tokenizers count. Measured counts lie
/// within a third of it.
const BYTES_PER_TOKEN: usize = 3;

/// The tokens of a verdict: what the schema's fields take when each is filled in, and some
/// thinking.
const ANSWER_TOKENS: u64 = 1_500;

const PRICES: &str = include_str!("../data/prices.json");

static LIST: LazyLock<PriceList> =
    LazyLock::new(|| serde_json::from_str(PRICES).expect("the list is a constant that tests read"));

#[derive(Debug, Deserialize)]
struct PriceList {
    as_of: String,
    models: Vec<Price>,
}

#[derive(Debug, Deserialize)]
struct Price {
    model: String,
    input: f64,
    output: f64,
    /// Prompts longer than this have prices of their own.
    above_input_tokens: Option<u64>,
    input_above: Option<f64>,
    output_above: Option<f64>,
}

/// What one request is expected to take. An estimate is no bill.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Estimate {
    /// Tokens of the request.
    pub input_tokens: u64,
    /// Tokens of the answer.
    pub output_tokens: u64,
    /// US dollars for both; absent for a model that is not on the list.
    pub usd: Option<f64>,
    /// The day of the prices, such as `2026-11-22`.
    pub prices_as_of: String,
}

/// Estimates a request of `bytes` to `model`.
///
/// ```
/// let estimate = triage_core::price::estimate("claude-sonnet-5-5", 9_000);
/// assert_eq!(estimate.input_tokens, 3_000);
/// assert_eq!(estimate.usd, Some(0.021));
/// ```
pub fn estimate(model: &str, bytes: usize) -> Estimate {
    let input_tokens = u64::try_from(bytes.div_ceil(BYTES_PER_TOKEN)).unwrap_or(u64::MAX);
    Estimate {
        input_tokens,
        output_tokens: ANSWER_TOKENS,
        usd: usd(model, input_tokens, ANSWER_TOKENS),
        prices_as_of: LIST.as_of.clone(),
    }
}

/// What was spent, by the list's prices and without the discounts of the prompt cache; `None` for
/// a model that is not on the list.
pub fn spent(model: &str, usage: &Usage) -> Option<f64> {
    usd(model, usage.total_input(), usage.output_tokens)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of tokens are far below 2^52"
)]
fn usd(model: &str, input_tokens: u64, output_tokens: u64) -> Option<f64> {
    // A dated name, such as `claude-sonnet-5-5-20261001`, has the price of its model.
    let price = LIST.models.iter().find(|price| {
        model
            .strip_prefix(price.model.as_str())
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
    })?;
    let is_above = price
        .above_input_tokens
        .is_some_and(|limit| input_tokens > limit);
    let of = |plain: f64, above: Option<f64>| above.filter(|_| is_above).unwrap_or(plain);
    let (input, output) = (
        of(price.input, price.input_above),
        of(price.output, price.output_above),
    );
    Some((input_tokens as f64 * input + output_tokens as f64 * output) / 1e6)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn prices_follow_the_model_and_the_length() {
        assert_eq!(usd("claude-haiku-5-5", 100_000, 0), Some(0.01));
        assert_eq!(usd("claude-haiku-5-5", 200_000, 1_000_000), Some(2.6));
        assert_eq!(usd("claude-opus-5-5-20261001", 1_000_000, 0), Some(4.0));
        assert_eq!(usd("claude-opus-5-55", 1, 1), None);
        assert_eq!(usd("llama3", 1, 1), None);
        assert_eq!(estimate("llama3", 10).usd, None);
    }
}
