//! The receipt of what left the browser: which bytes, when, to which model, with which pseudonyms
//! in the place of names.

use serde::{Deserialize, Serialize};

use crate::alert::Span;
use crate::digest::sha256_hex;
use crate::price::{Estimate, estimate};
use crate::redact::Pseudonyms;

/// The most pseudonyms that a receipt lists.
const MAX_SPANS: usize = 2_000;

/// Why a request was sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Purpose {
    /// The question about an alert.
    Triage,
    /// The same, after a malformed answer.
    Repair,
    /// The same without text that tries to steer the model.
    Comparison,
    /// A question of the analyst about an alert.
    Question,
    /// The question about an alert, carried to a model by hand.
    Courier,
}

/// A pseudonym in the bytes that left. The receipt does not say what it stands for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PseudonymSpan {
    /// The pseudonym.
    pub pseudonym: String,
    /// Its bytes in the body.
    pub span: Span,
}

/// Proof of one request. It holds nothing that the request did not hold.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Receipt {
    /// [`SCHEMA_VERSION`](crate::feedback::SCHEMA_VERSION) of the writer.
    pub schema_version: u32,
    /// The triage it was sent for.
    pub triage_id: String,
    /// When it was sent, RFC 3339 in UTC.
    pub created_at: String,
    /// Why it was sent.
    pub purpose: Purpose,
    /// The model that was asked.
    pub model: String,
    /// SHA-256 of the body.
    pub sha256: String,
    /// Bytes of the body.
    pub bytes: usize,
    /// Tokens and price as they were estimated before.
    pub estimate: Estimate,
    /// Where pseudonyms stand in the body, in order, at most 2,000.
    pub pseudonyms: Vec<PseudonymSpan>,
}

impl Receipt {
    /// The receipt of `body`.
    pub fn of(
        body: &str,
        triage_id: &str,
        purpose: Purpose,
        model: &str,
        sent_at: &str,
        pseudonyms: &Pseudonyms,
    ) -> Self {
        Self {
            schema_version: crate::feedback::SCHEMA_VERSION,
            triage_id: triage_id.to_owned(),
            created_at: sent_at.to_owned(),
            purpose,
            model: model.to_owned(),
            sha256: sha256_hex(body.as_bytes()),
            bytes: body.len(),
            estimate: estimate(model, body.len()),
            pseudonyms: pseudonyms
                .spans(body)
                .into_iter()
                .take(MAX_SPANS)
                .map(|(span, pseudonym)| PseudonymSpan {
                    pseudonym: pseudonym.to_owned(),
                    span,
                })
                .collect(),
        }
    }

    /// What identifies it: the triage, the time and the bytes.
    pub fn id(&self) -> String {
        format!("{} {} {}", self.triage_id, self.created_at, self.sha256)
    }
}
