//! The verdict: what the model answered, after everything that can be checked was checked.

mod exchange;
mod gate;
mod parse;
mod schema;

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::attack::TechniqueId;
use crate::investigation::CheckedQuery;
use crate::signal::Signal;
use crate::wire::Usage;

pub use exchange::{Exchange, MAX_ANSWER_BYTES, Step, check_answers};
pub(crate) use parse::whole_text;
pub use parse::{VerdictContext, VerdictError, parse_verdict};
pub use schema::verdict_schema;

/// How bad it is. `Inconclusive` is how the system abstains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum VerdictKind {
    /// An attack that succeeded or is about to, on something that matters.
    Critical,
    /// Very probably an attack.
    High,
    /// Suspicious; needs a closer look soon.
    Medium,
    /// Unusual, probably harmless.
    Low,
    /// Explained and harmless.
    Benign,
    /// The evidence does not carry a verdict.
    Inconclusive,
}

impl VerdictKind {
    /// All kinds, worst first.
    pub const ALL: [Self; 6] = [
        Self::Critical,
        Self::High,
        Self::Medium,
        Self::Low,
        Self::Benign,
        Self::Inconclusive,
    ];

    /// How bad it is as a number, 0 (benign) to 4 (critical); `None` for no verdict.
    pub fn level(self) -> Option<u8> {
        match self {
            Self::Critical => Some(4),
            Self::High => Some(3),
            Self::Medium => Some(2),
            Self::Low => Some(1),
            Self::Benign => Some(0),
            Self::Inconclusive => None,
        }
    }

    /// The name on the wire: `CRITICAL`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Critical => "CRITICAL",
            Self::High => "HIGH",
            Self::Medium => "MEDIUM",
            Self::Low => "LOW",
            Self::Benign => "BENIGN",
            Self::Inconclusive => "INCONCLUSIVE",
        }
    }
}

impl fmt::Display for VerdictKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A claim of the model and the words of the alert that carry it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Evidence {
    /// What the quote shows, in the model's words.
    pub claim: String,
    /// Words of the alert.
    pub quote: String,
    /// The field the model took them from; absent where it named none.
    pub field: Option<String>,
    /// The step of the prompt it cites, such as `A3`; absent where it cites none.
    pub step: Option<String>,
    /// Whether the quote occurs word for word in the step it cites, or, where it cites none, in
    /// what was sent. An unresolved quote proves nothing.
    pub resolved: bool,
}

/// What the model said of the same alert without the text that tries to steer it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Differential {
    /// The verdict without that text.
    pub verdict: VerdictKind,
    /// Its confidence, 0..=1.
    pub confidence: f64,
    /// SHA-256 of the request body that was answered.
    pub prompt_sha256: String,
}

/// Something a reader must know before trusting the verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Flag {
    /// There is text in the alert that tries to steer a model: it was found locally, or the model
    /// says so.
    InjectionSuspected,
    /// Without that text the verdict is worse, so it is held until the analyst confirms it.
    HeldByInjection,
    /// The question without that text got no usable answer, so the verdict is held.
    HeldUncompared,
    /// The model calls harmless what fixed rules call severe, so it is held until the analyst
    /// confirms it.
    HeldBySignal,
    /// The analyst took over a verdict that was held.
    ConfirmedByAnalyst,
    /// No quote of a damning verdict occurs in what was sent, so it is none.
    Unsupported,
    /// A quote does not occur in the alert; the confidence was lowered.
    QuoteUnresolved,
    /// The model gave no quote at all.
    NoEvidence,
    /// A technique that the loaded ATT&CK version does not have was dropped.
    UnknownTechniqueDropped,
    /// A technique of another ATT&CK version was replaced by its heir in this one.
    TechniqueMoved,
    /// A technique that ATT&CK gave up was dropped.
    DeprecatedTechniqueDropped,
    /// A technique was named that was not among the retrieved ones.
    TechniqueNotRetrieved,
    /// The first answer was malformed; this is the answer to the one repair request.
    Repaired,
    /// The analyst chose to send only some of the alert's fields.
    FieldsWithheld,
    /// The answer was pasted in; which model gave it is only said.
    Pasted,
}

impl Flag {
    /// One sentence for people.
    pub fn message(self) -> &'static str {
        match self {
            Self::InjectionSuspected => {
                "The alert may hold text written to steer the verdict; read it yourself"
            }
            Self::HeldByInjection => {
                "Held: without the text that tries to steer it, the model's verdict is worse"
            }
            Self::HeldUncompared => {
                "Held: the question without the suspected text got no usable answer"
            }
            Self::HeldBySignal => "Held: the model calls harmless what fixed rules call severe",
            Self::ConfirmedByAnalyst => "The analyst took the held verdict over",
            Self::Unsupported => {
                "The model's verdict was not taken over: none of its quotes occurs in what was sent"
            }
            Self::QuoteUnresolved => {
                "A quote does not occur in the alert; the confidence was lowered"
            }
            Self::NoEvidence => "The model quoted nothing from the alert",
            Self::UnknownTechniqueDropped => {
                "A technique unknown to this ATT&CK version was dropped"
            }
            Self::TechniqueMoved => {
                "A technique goes by another identifier in this ATT&CK version and was renamed"
            }
            Self::DeprecatedTechniqueDropped => {
                "A technique that ATT&CK has given up, without an heir, was dropped"
            }
            Self::TechniqueNotRetrieved => "A technique was named that retrieval had not found",
            Self::Repaired => "The first answer was malformed and was asked for once more",
            Self::FieldsWithheld => "Only some of the alert's fields were sent",
            Self::Pasted => "The answer was pasted in by hand; which model gave it is not checked",
        }
    }
}

/// A checked verdict. It exists only if the model finished its answer and the answer has every
/// field; a refusal or a cut answer is a [`VerdictError`].
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Verdict {
    /// A random identifier given by the caller.
    pub triage_id: String,
    /// How bad it is. `INCONCLUSIVE` also where the model's word is held or not supported.
    pub verdict: VerdictKind,
    /// The model's own confidence, 0..=1, lowered where a quote is unresolved, and to at most a
    /// half where its verdict was not taken over.
    pub confidence: f64,
    /// What the model said, before it was checked.
    pub model_verdict: VerdictKind,
    /// Techniques, each known in `attack_version`, in the model's order.
    pub matched_techniques: Vec<TechniqueId>,
    /// How the steps follow from each other.
    pub attack_chain: String,
    /// Why this verdict.
    pub reasoning: String,
    /// What to do, most urgent first.
    pub recommended_actions: Vec<String>,
    /// What would speak for a false positive.
    pub false_positive_indicators: Vec<String>,
    /// Searches that would settle it, as the model wrote them.
    pub investigation_queries: Vec<String>,
    /// The same, each with its language and what is wrong with it.
    pub queries: Vec<CheckedQuery>,
    /// Quotes that carry the verdict.
    pub evidence: Vec<Evidence>,
    /// What fixed rules recognised in the alert, whatever the model says.
    pub signals: Vec<Signal>,
    /// What the model said without text that tries to steer it; absent where none was suspected.
    pub differential: Option<Differential>,
    /// The model that answered.
    pub model: String,
    /// ATT&CK version of the technique identifiers.
    pub attack_version: String,
    /// Identifier of the index that retrieved.
    pub index_id: String,
    /// SHA-256 of the request body that was answered.
    pub prompt_sha256: String,
    /// Tokens, of all requests made for this verdict.
    pub usage: Usage,
    /// When it was checked, RFC 3339 in UTC.
    pub created_at: String,
    /// What to know before trusting it, in a fixed order, none twice.
    pub flags: Vec<Flag>,
}

impl Verdict {
    /// Whether it waits for the analyst's word.
    pub fn is_held(&self) -> bool {
        let holds = [
            Flag::HeldByInjection,
            Flag::HeldUncompared,
            Flag::HeldBySignal,
        ];
        !self.flags.contains(&Flag::ConfirmedByAnalyst)
            && holds.iter().any(|hold| self.flags.contains(hold))
    }

    /// The same with the model's verdict taken over, which the analyst has confirmed. A verdict
    /// that is not held stays as it is.
    #[must_use]
    pub fn confirmed(mut self) -> Self {
        if self.is_held() {
            self.verdict = self.model_verdict;
            self.flags.push(Flag::ConfirmedByAnalyst);
            self.flags.sort_unstable();
        }
        self
    }
}

#[cfg(test)]
mod tests;
