//! What is known of an alert before any model is asked: the worker's answer to the page.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::alert::{AlertFormat, Severity};
use crate::decode::DecodedLayer;
use crate::injection::Suspicion;
use crate::investigation::{KnownTerms, Pivot};
use crate::observable::Observable;
use crate::past::{PastTriage, SimilarTriage};
use crate::prompt::{AlertPart, Prompt, add_texts};
use crate::protocol::{ErrorCode, TriageError};
use crate::rank::RankedTechnique;
use crate::redact::{Pseudonyms, Rules, Secrets, residue};
use crate::signal::Signal;

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
    /// How severe its own rule says it is; absent where it does not say.
    pub severity: Option<Severity>,
    /// Best first, at most as many as asked for; none where the alert gives nothing to go on.
    pub techniques: Vec<RankedTechnique>,
    /// In the order of the alert.
    pub observables: Vec<Observable>,
    /// Encoded parts, decoded.
    pub layers: Vec<DecodedLayer>,
    /// Behaviours that fixed rules recognise.
    pub signals: Vec<Signal>,
    /// Text that reads like instructions to a model.
    pub suspicions: Vec<Suspicion>,
    /// What the reader should know about the input, one sentence each.
    pub notes: Vec<String>,
}

/// What the analyst wants of the preparation. The default is everything, as it is found.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Wishes {
    /// Read the alert as this format; as it looks where absent.
    pub format: Option<AlertFormat>,
    /// The organisation's own rules of redaction.
    pub rules: Rules,
    /// Send only these parts of the alert, by their places in [`Prepared::parts`]; all where
    /// absent.
    pub keep: Option<Vec<usize>>,
    /// Her past triages, oldest first, of which similar ones are named.
    pub past: Vec<PastTriage>,
}

/// A retrieval and the redacted prompt made from it: everything that could leave, and the
/// map that must not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Prepared {
    /// What was found locally.
    pub retrieval: Retrieval,
    /// What would be sent.
    pub prompt: Prompt,
    /// The same without text that tries to steer the model, to compare with; absent where none is
    /// suspected.
    pub without_suspects: Option<Prompt>,
    /// The alert's parts, as it has them. They stay in the browser.
    pub parts: Vec<AlertPart>,
    /// Whether only some of the parts would be sent.
    pub is_partial: bool,
    /// Queries that look further from what was seen in the alert.
    pub pivots: Vec<Pivot>,
    /// Past triages that resemble the alert.
    pub similar: Vec<SimilarTriage>,
    /// What the pseudonyms in the prompt stand for. Stays in the browser.
    pub pseudonyms: Pseudonyms,
    /// What was masked. Stays in the browser.
    pub secrets: Secrets,
    /// The organisation's rules that applied.
    pub rules: Rules,
    /// ATT&CK version of the techniques.
    pub attack_version: String,
    /// Identifier of the index that found them.
    pub index_id: String,
}

impl Prepared {
    /// Makes sure that a request, or a document of one, that is about to leave holds nothing that
    /// must stay. `ours` are texts in it that were not made from the alert, beside the prompt's own.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::RedactionResidue`], which names the places, where it does.
    pub fn check_body(&self, body: &str, ours: &[&str]) -> Result<(), TriageError> {
        let mut fixed = self.prompt.fixed_texts();
        // Around the messages stands nothing of the alert.
        if let Ok(Value::Object(mut request)) = serde_json::from_str(body)
            && let Some(messages) = request.remove("messages")
        {
            add_texts(&Value::Object(request), &mut fixed);
            let roles = messages.as_array().into_iter().flatten();
            roles.for_each(|message| add_texts(&message["role"], &mut fixed));
            fixed.extend(["role", "content", "messages"].map(str::to_owned));
        }
        let fixed = fixed.iter().map(String::as_str);
        let fixed: Vec<&str> = fixed.chain(ours.iter().copied()).collect();
        let found = residue(body, &self.pseudonyms, &self.secrets, &self.rules, &fixed);
        if found.is_empty() {
            return Ok(());
        }
        let found: Vec<String> = found
            .iter()
            .take(5)
            .map(|residue| format!("{} at {}", residue.what, residue.place))
            .collect();
        Err(TriageError::new(
            ErrorCode::RedactionResidue,
            format!(
                "nothing was sent: the prompt still holds {}; remove it from the alert, or add a \
                 redaction rule for it, and triage again",
                found.join(", ")
            ),
        ))
    }

    /// The whole prompt as one text, for a model that is asked by hand.
    ///
    /// # Errors
    ///
    /// As [`Prepared::check_body`].
    pub fn courier_text(&self) -> Result<String, TriageError> {
        self.check_body(&self.prompt.user, &[])?;
        Ok(self.prompt.as_text())
    }

    /// The names and values that the alert knows, for checking queries.
    pub fn known_terms(&self) -> KnownTerms {
        let parts = self.parts.iter();
        KnownTerms::of_parts(
            parts.map(|part| (part.name.as_str(), part.value.as_str())),
            &self.retrieval.observables,
        )
    }
}
