//! What the proxy says about itself: its health and its public settings.

use serde::{Deserialize, Serialize};

/// The answer to `GET /health`. No call to the model is made for it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Health {
    /// `ok` while the proxy takes requests.
    pub status: String,
    /// The proxy's version.
    pub version: String,
    /// Whether a model can be asked at all: a key is set, or the upstream is local.
    pub model_configured: bool,
}

/// The answer to `GET /api/config`: what the page may offer. Holds no secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerConfig {
    /// The proxy's version.
    pub version: String,
    /// Whether a model can be asked at all: a key is set, or the upstream is local.
    pub model_configured: bool,
    /// Where prompts go.
    pub upstream: UpstreamKind,
    /// The models that may be named in a request, in the operator's order.
    pub models: Vec<ModelInfo>,
    /// The largest `max_tokens`; a request that asks for more is given this.
    pub max_tokens: u32,
    /// The largest request body, in bytes.
    pub max_body_bytes: usize,
    /// How many model requests a minute are let through.
    pub requests_per_minute: u32,
}

/// Where prompts go: the page tells the analyst before she sends one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UpstreamKind {
    /// A server elsewhere, over TLS.
    Anthropic,
    /// A server on the same machine.
    Local,
}

/// One model that may be asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelInfo {
    /// The id to put in [`model`](super::MessagesRequest::model).
    pub id: String,
    /// Whether the model takes `output_config.effort`.
    pub effort: bool,
}
