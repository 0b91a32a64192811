//! What is known of an alert before any model is asked: the worker's answer to the page.

use serde::{Deserialize, Serialize};

use crate::alert::AlertFormat;
use crate::decode::DecodedLayer;
use crate::observable::Observable;
use crate::prompt::Prompt;
use crate::rank::RankedTechnique;
use crate::redact::Pseudonyms;

/// The fewest techniques that can be asked for.
pub const MIN_TOP_K: usize = 1;
/// The techniques shown unless the caller asks otherwise.
pub const DEFAULT_TOP_K: usize = 5;
/// The most techniques that can be asked for.
pub const MAX_TOP_K: usize = 50;

/// Techniques and observables of one alert, found locally.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Retrieval {
    /// How the alert was read.
    pub format: AlertFormat,
    /// The alert's title; absent where it has none.
    pub title: Option<String>,
    /// Best first, at most as many as asked for; none where the alert gives nothing to go on.
    pub techniques: Vec<RankedTechnique>,
    /// In the order of the alert.
    pub observables: Vec<Observable>,
    /// Encoded parts, decoded.
    pub layers: Vec<DecodedLayer>,
    /// What the reader should know about the input, one sentence each.
    pub notes: Vec<String>,
}

/// A retrieval and the redacted prompt made from it: everything that could leave, and the
/// map that must not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prepared {
    /// What was found locally.
    pub retrieval: Retrieval,
    /// What would be sent.
    pub prompt: Prompt,
    /// What the pseudonyms in the prompt stand for. Stays in the browser.
    pub pseudonyms: Pseudonyms,
    /// ATT&CK version of the techniques.
    pub attack_version: String,
    /// Identifier of the index that found them.
    pub index_id: String,
}
