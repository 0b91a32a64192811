//! From the model's reply to a checked verdict, or the reason why there is none.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde_json::{Map, Value};

use super::{Evidence, Flag, Verdict, VerdictKind};
use crate::attack::{Standing, TechniqueId, Vocabulary};
use crate::investigation::{KnownTerms, check_query};
use crate::prompt::Prompt;
use crate::redact::Pseudonyms;
use crate::wire::{Reply, StopReason, Usage};

/// The most entries kept of any list in an answer.
const MAX_ITEMS: usize = 64;

/// A quote shorter than this proves nothing: it stands in any text.
const MIN_QUOTE_CHARS: usize = 3;

/// How much of the confidence is left when not one quote resolves.
const UNRESOLVED_FLOOR: f64 = 0.5;

/// What a reply is checked against, and what the caller knows and the model does not.
#[derive(Clone, Copy, Debug)]
pub struct VerdictContext<'a> {
    /// A random identifier for this triage.
    pub triage_id: &'a str,
    /// The time now, RFC 3339 in UTC.
    pub created_at: &'a str,
    /// ATT&CK version of the loaded index.
    pub attack_version: &'a str,
    /// Identifier of the loaded index.
    pub index_id: &'a str,
    /// SHA-256 of the request body.
    pub prompt_sha256: &'a str,
    /// What the loaded version says of technique identifiers.
    pub vocabulary: &'a Vocabulary,
    /// The techniques that were sent with the alert.
    pub retrieved: &'a [TechniqueId],
    /// The prompt that was sent: quotes must occur in its steps.
    pub prompt: &'a Prompt,
    /// What the alert says, for the queries.
    pub known: &'a KnownTerms,
    /// What the pseudonyms in the answer stand for.
    pub pseudonyms: &'a Pseudonyms,
    /// Tokens of an earlier, malformed answer; its presence flags the verdict as repaired.
    pub repaired: Option<&'a Usage>,
}

/// Why a reply is no verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum VerdictError {
    /// The model declined. The text, if any, is not an answer.
    Refused {
        /// The service's category, such as `cyber`; absent where it gave none.
        category: Option<String>,
    },
    /// The answer hit the token limit.
    Truncated,
    /// The model stopped for a reason that leaves no answer.
    Unfinished {
        /// The reason as the service names it.
        stop_reason: String,
    },
    /// The answer is not of the agreed form. One repair may be asked for.
    Malformed {
        /// What is wrong, one short sentence each.
        problems: Vec<String>,
    },
}

impl VerdictError {
    /// Whether asking once more can help.
    pub fn is_repairable(&self) -> bool {
        matches!(self, Self::Malformed { .. })
    }
}

impl fmt::Display for VerdictError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Refused {
                category: Some(category),
            } => {
                write!(f, "the model declined to answer (category {category:?})")
            }
            Self::Refused { category: None } => write!(f, "the model declined to answer"),
            Self::Truncated => write!(f, "the answer was cut at the token limit"),
            Self::Unfinished { stop_reason } => {
                write!(f, "the model stopped without an answer ({stop_reason:?})")
            }
            Self::Malformed { problems } => {
                write!(
                    f,
                    "the answer is not of the agreed form: {}",
                    problems.join("; ")
                )
            }
        }
    }
}

impl std::error::Error for VerdictError {}

/// Checks a reply and makes a verdict of it.
///
/// Technique identifiers must be known, quotes must occur in what was sent, the confidence must
/// lie in 0..=1 and no field may be missing. Pseudonyms are restored last, so that everything is
/// checked against the bytes the model saw.
///
/// # Errors
///
/// [`VerdictError`]; only [`VerdictError::Malformed`] is worth one more request.
pub fn parse_verdict(reply: &Reply, context: &VerdictContext<'_>) -> Result<Verdict, VerdictError> {
    let malformed = |problem: String| VerdictError::Malformed {
        problems: vec![problem],
    };
    let object = first_object(whole_text(reply)?).map_err(malformed)?;
    let mut answer = Answer {
        object,
        problems: Vec::new(),
    };

    let kind = answer.kind();
    let confidence = answer.confidence();
    let named = answer.strings("matched_techniques");
    let evidence = answer.evidence(&context.prompt.steps());
    let attack_chain = answer.string("attack_chain");
    let reasoning = answer.string("reasoning");
    let recommended_actions = answer.strings("recommended_actions");
    let false_positive_indicators = answer.strings("false_positive_indicators");
    let investigation_queries = answer.strings("investigation_queries");
    let injection_suspected = answer.boolean("injection_suspected");
    let (Some(kind), true) = (kind, answer.problems.is_empty()) else {
        return Err(VerdictError::Malformed {
            problems: answer.problems,
        });
    };

    let mut flags = BTreeSet::new();
    if injection_suspected {
        flags.insert(Flag::InjectionSuspected);
    }
    let matched_techniques = known_techniques(&named, context, &mut flags);
    if evidence.is_empty() {
        flags.insert(Flag::NoEvidence);
    }
    if evidence.iter().any(|evidence| !evidence.resolved) {
        flags.insert(Flag::QuoteUnresolved);
    }
    let mut usage = reply.usage;
    if let Some(first) = context.repaired {
        flags.insert(Flag::Repaired);
        usage.add(first);
    }

    let restore = |text: String| context.pseudonyms.restore(&text);
    let restore_all =
        |texts: Vec<String>| -> Vec<String> { texts.into_iter().map(restore).collect() };
    let investigation_queries = restore_all(investigation_queries);
    Ok(Verdict {
        triage_id: context.triage_id.to_owned(),
        verdict: kind,
        confidence: confidence * resolved_share(&evidence),
        model_verdict: kind,
        matched_techniques,
        attack_chain: restore(attack_chain),
        reasoning: restore(reasoning),
        recommended_actions: restore_all(recommended_actions),
        false_positive_indicators: restore_all(false_positive_indicators),
        queries: investigation_queries
            .iter()
            .map(|query| check_query(query, context.known))
            .collect(),
        investigation_queries,
        evidence: evidence
            .into_iter()
            .map(|evidence| Evidence {
                claim: restore(evidence.claim),
                quote: restore(evidence.quote),
                ..evidence
            })
            .collect(),
        signals: Vec::new(),
        differential: None,
        model: reply.model.clone(),
        attack_version: context.attack_version.to_owned(),
        index_id: context.index_id.to_owned(),
        prompt_sha256: context.prompt_sha256.to_owned(),
        usage,
        created_at: context.created_at.to_owned(),
        flags: flags.into_iter().collect(),
    })
}

/// The text of a reply that the model finished.
///
/// # Errors
///
/// [`VerdictError`] where it declined, or did not come to an end.
pub(crate) fn whole_text(reply: &Reply) -> Result<&str, VerdictError> {
    match &reply.stop_reason {
        StopReason::EndTurn | StopReason::StopSequence => Ok(&reply.text),
        StopReason::Refusal => Err(VerdictError::Refused {
            category: reply.refusal_category.clone(),
        }),
        StopReason::MaxTokens | StopReason::ContextWindowExceeded => Err(VerdictError::Truncated),
        other @ (StopReason::ToolUse | StopReason::PauseTurn | StopReason::Unknown(_)) => {
            Err(VerdictError::Unfinished {
                stop_reason: other.name().to_owned(),
            })
        }
    }
}

/// The techniques named that exist, each once, in the model's order; what moved under its heir.
fn known_techniques(
    named: &[String],
    context: &VerdictContext<'_>,
    flags: &mut BTreeSet<Flag>,
) -> Vec<TechniqueId> {
    let mut known = Vec::new();
    for name in named {
        // Models like to add the name: "T1059.001 (PowerShell)".
        let id = name
            .split_whitespace()
            .next()
            .unwrap_or_default()
            .trim_end_matches([':', ',']);
        let standing = id.parse().map(|id| (id, context.vocabulary.standing(id)));
        let id: TechniqueId = match standing {
            Ok((id, Standing::Active)) => id,
            // A model knows other versions than the one that is loaded.
            Ok((_, Standing::Moved(heir))) => {
                flags.insert(Flag::TechniqueMoved);
                heir
            }
            Ok((_, Standing::Deprecated)) => {
                flags.insert(Flag::DeprecatedTechniqueDropped);
                continue;
            }
            Ok((_, Standing::Unknown)) | Err(_) => {
                flags.insert(Flag::UnknownTechniqueDropped);
                continue;
            }
        };
        if !context.retrieved.contains(&id) {
            flags.insert(Flag::TechniqueNotRetrieved);
        }
        if !known.contains(&id) {
            known.push(id);
        }
    }
    known
}

/// The factor on the confidence: one where every quote resolves, half where none does.
#[expect(clippy::cast_precision_loss, reason = "at most 64 quotes")]
fn resolved_share(evidence: &[Evidence]) -> f64 {
    if evidence.is_empty() {
        return UNRESOLVED_FLOOR;
    }
    let resolved = evidence.iter().filter(|evidence| evidence.resolved).count();
    UNRESOLVED_FLOOR + (1.0 - UNRESOLVED_FLOOR) * resolved as f64 / evidence.len() as f64
}

/// The first complete JSON object in a text. Servers without structured outputs wrap it in prose
/// or a code fence.
fn first_object(text: &str) -> Result<Map<String, Value>, String> {
    let mut last = "there is no JSON object in it".to_owned();
    for (at, _) in text.match_indices('{').take(16) {
        let rest = text.get(at..).unwrap_or_default();
        match serde_json::Deserializer::from_str(rest)
            .into_iter::<Value>()
            .next()
        {
            Some(Ok(Value::Object(object))) => return Ok(object),
            Some(Err(error)) => last = format!("the JSON breaks: {error}"),
            _ => {}
        }
    }
    Err(last)
}

struct Answer {
    object: Map<String, Value>,
    problems: Vec<String>,
}

impl Answer {
    fn problem(&mut self, name: &str, wanted: &str) {
        let fault = if self.object.contains_key(name) {
            "is not"
        } else {
            "is missing, wanted:"
        };
        self.problems.push(format!("{name} {fault} {wanted}"));
    }

    fn kind(&mut self) -> Option<VerdictKind> {
        let kind = self
            .object
            .get("verdict")
            .and_then(|v| VerdictKind::deserialize_name(v.as_str()?));
        if kind.is_none() {
            self.problem(
                "verdict",
                "one of CRITICAL, HIGH, MEDIUM, LOW, BENIGN, INCONCLUSIVE",
            );
        }
        kind
    }

    fn confidence(&mut self) -> f64 {
        match self.object.get("confidence").and_then(Value::as_f64) {
            Some(value) if (0.0..=1.0).contains(&value) => value,
            _ => {
                self.problem("confidence", "a number from 0 to 1");
                0.0
            }
        }
    }

    fn string(&mut self, name: &str) -> String {
        match self.object.get(name).and_then(Value::as_str) {
            Some(text) if !text.trim().is_empty() => text.to_owned(),
            _ => {
                self.problem(name, "a text that is not blank");
                String::new()
            }
        }
    }

    fn boolean(&mut self, name: &str) -> bool {
        self.object
            .get(name)
            .and_then(Value::as_bool)
            .unwrap_or_else(|| {
                self.problem(name, "true or false");
                false
            })
    }

    fn strings(&mut self, name: &str) -> Vec<String> {
        let items = self.object.get(name).and_then(Value::as_array);
        let texts: Option<Vec<String>> = items.and_then(|items| {
            items
                .iter()
                .take(MAX_ITEMS)
                .map(|item| item.as_str().map(str::to_owned))
                .collect()
        });
        texts.unwrap_or_else(|| {
            self.problem(name, "a list of texts");
            Vec::new()
        })
    }

    fn evidence(&mut self, steps: &BTreeMap<String, String>) -> Vec<Evidence> {
        let items = self.object.get("evidence").and_then(Value::as_array);
        let evidence: Option<Vec<Evidence>> = items.and_then(|items| {
            items
                .iter()
                .take(MAX_ITEMS)
                .map(|item| one_evidence(item, steps))
                .collect()
        });
        evidence.unwrap_or_else(|| {
            self.problem("evidence", "a list of {claim, quote, step, field}");
            Vec::new()
        })
    }
}

/// A model that knows the older form gives no step; its quote may stand in any.
fn one_evidence(item: &Value, steps: &BTreeMap<String, String>) -> Option<Evidence> {
    let text = |name: &str| item.get(name).and_then(Value::as_str);
    let given = |name: &str| {
        text(name)
            .filter(|text| !text.is_empty())
            .map(str::to_owned)
    };
    let (quote, step) = (text("quote")?.to_owned(), given("step"));
    let wanted = quote.trim();
    let resolved = wanted.chars().count() >= MIN_QUOTE_CHARS
        && match &step {
            Some(step) => steps.get(step).is_some_and(|text| text.contains(wanted)),
            None => steps.values().any(|text| text.contains(wanted)),
        };
    Some(Evidence {
        claim: text("claim")?.to_owned(),
        quote,
        field: given("field"),
        step,
        resolved,
    })
}

impl VerdictKind {
    fn deserialize_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name() == name)
    }
}
