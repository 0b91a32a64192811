//! The user message: alert and findings as one JSON document, each step under its identifier.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::PromptInput;
use super::part::{AlertPart, alert_parts};
use super::shorten::shorten;
use crate::alert::{Alert, Span};
use crate::decode::{DecodedLayer, decode_layers};
use crate::digest::sha256_hex;
use crate::injection::{REMOVED, Suspicion, value_without};
use crate::observable::ObservableKind;
use crate::rank::{RankedTechnique, Reason};
use crate::redact::Redactor;

/// The most bytes of the alert that are sent.
const MAX_ALERT_BYTES: usize = 16 * 1024;

/// The most bytes of one field that are sent; more is cut out of its middle, and said so.
const MAX_FIELD_BYTES: usize = 2 * 1024;

/// What the document takes for a field beside its name and value: members, quotes, identifier.
const AROUND_FIELD: usize = 48;

/// The most bytes of one decoded layer that are sent.
const MAX_LAYER_BYTES: usize = 1024;

/// The most bytes of one technique's description that are sent.
const MAX_DESCRIPTION_BYTES: usize = 400;

/// The most observables that are named.
const MAX_OBSERVABLES: usize = 60;

/// The document. What is not sent is left out of all of its members.
pub(super) fn document(input: &PromptInput<'_>, redactor: &Redactor) -> Value {
    let kept = Kept::of(input);
    json!({
        "mark": input.mark,
        "alert": alert(input, &kept, redactor),
        "findings": {
            "decoded": decoded(input, &kept, redactor),
            "observables": observables(input, &kept, redactor),
            "signals": signals(input, &kept, redactor),
            "past_triages": past(input),
        },
        "attack_version": input.attack_version,
        "candidate_techniques": techniques(input),
    })
}

/// The parts that are sent, and what of the alert they cover.
struct Kept {
    parts: Vec<AlertPart>,
    /// Whether this is everything.
    is_all: bool,
}

impl Kept {
    fn of(input: &PromptInput<'_>) -> Self {
        let all = alert_parts(input.alert);
        let Some(keep) = input.keep else {
            return Self {
                parts: all,
                is_all: true,
            };
        };
        let count = all.len();
        let kept: Vec<_> = all
            .into_iter()
            .enumerate()
            .filter(|(place, _)| keep.contains(place))
            .map(|(_, part)| part)
            .collect();
        Self {
            is_all: kept.len() == count,
            parts: kept,
        }
    }

    /// Whether something that was found at `span`, written as `written`, stands in a kept part.
    fn holds(&self, span: Option<Span>, written: &str) -> bool {
        self.is_all
            || self.parts.iter().any(|part| match (part.span, span) {
                (Some(part), Some(span)) => part.start <= span.start && span.end <= part.end,
                _ => !written.is_empty() && part.value.contains(written),
            })
    }
}

fn alert(input: &PromptInput<'_>, kept: &Kept, redactor: &Redactor) -> Value {
    let mut left = MAX_ALERT_BYTES;
    let mut fields = Vec::new();
    // A text that is one part may fill the room, less what stands around it.
    let limit = if kept.parts.len() == 1 {
        MAX_ALERT_BYTES - MAX_ALERT_BYTES / 8
    } else {
        MAX_FIELD_BYTES
    };
    for part in &kept.parts {
        let suspects: Vec<&Suspicion> = input
            .suspicions
            .iter()
            .filter(|suspicion| touches(input.alert, part, suspicion))
            .collect();
        let value = if input.without_suspects {
            without(input.alert, part, &suspects)
        } else {
            part.value.clone()
        };
        let value = shorten(
            &redactor.redact(&without_encoded(&value, input.layers)),
            limit,
        );
        let taken = value.len() + part.name.len() + AROUND_FIELD;
        // One that is too long leaves room for shorter ones behind it.
        if taken > left {
            continue;
        }
        left -= taken;
        let mut field = Map::new();
        field.insert("id".into(), format!("A{}", fields.len() + 1).into());
        field.insert("name".into(), redactor.redact(&part.name).into());
        field.insert("value".into(), value.into());
        if !suspects.is_empty() && !input.without_suspects {
            field.insert("suspected_instructions".into(), true.into());
        }
        fields.push(Value::Object(field));
    }
    json!({
        "format": input.alert.format.name(),
        "rule_severity": input.alert.severity,
        "left_out": kept.parts.len() - fields.len(),
        "fields": fields,
    })
}

/// Whether a suspicion stands in a part.
fn touches(alert: &Alert, part: &AlertPart, suspicion: &Suspicion) -> bool {
    let overlaps = part
        .span
        .is_some_and(|span| span.start < suspicion.span.end && suspicion.span.start < span.end);
    let written = alert.raw.get(suspicion.span.range()).unwrap_or_default();
    let stands = |text: &str| !text.is_empty() && part.value.contains(text);
    overlaps || stands(&suspicion.text) || stands(written)
}

/// A part's value without the suspected instructions in it. Where they cannot be told from the
/// rest, nothing of it is left.
fn without(alert: &Alert, part: &AlertPart, suspects: &[&Suspicion]) -> String {
    let value = suspects
        .iter()
        .fold(part.value.clone(), |value, suspicion| {
            let written = alert.raw.get(suspicion.span.range()).unwrap_or_default();
            for text in [written, suspicion.text.as_str()] {
                if !text.is_empty() && value.contains(text) {
                    return value.replace(text, REMOVED);
                }
            }
            let alone = value_without(&value);
            if alone == value {
                REMOVED.to_owned()
            } else {
                alone
            }
        });
    value_without(&value)
}

/// A value with a word about each decoded part in the place of its encoded form, which would carry
/// names past the redactor, and payloads to a service that refuses them.
fn without_encoded(value: &str, layers: &[DecodedLayer]) -> String {
    let mut shown = String::with_capacity(value.len());
    let mut done = 0;
    for layer in decode_layers(value).iter().filter(|layer| layer.depth == 1) {
        let (Some(before), Some(encoded)) = (
            value.get(done..layer.span.start),
            value.get(layer.span.range()),
        ) else {
            continue;
        };
        shown.push_str(before);
        let place = layers.iter().position(|other| other.text == layer.text);
        let step = place.map_or_else(String::new, |place| format!("D{}: ", place + 1));
        let hash = sha256_hex(encoded.as_bytes());
        // Writing to a string cannot fail.
        let _ = write!(
            shown,
            "[{step}{}, {} bytes, sha256 {}]",
            layer.encoding.name(),
            encoded.len(),
            hash.get(..12).unwrap_or_default()
        );
        done = layer.span.end;
    }
    shown.push_str(value.get(done..).unwrap_or_default());
    shown
}

fn decoded(input: &PromptInput<'_>, kept: &Kept, redactor: &Redactor) -> Vec<Value> {
    let layers = input.layers.iter().enumerate().filter(|(place, layer)| {
        let is_suspect = input.suspicions.iter().any(|s| s.layer == Some(*place));
        let written = input.alert.raw.get(layer.span.range()).unwrap_or_default();
        !(input.without_suspects && is_suspect) && kept.holds(Some(layer.span), written)
    });
    layers
        .map(|(place, layer)| {
            json!({
                "id": format!("D{}", place + 1),
                "encoding": layer.encoding.name(),
                "depth": layer.depth,
                "text": shorten(&redactor.redact(&layer.text), MAX_LAYER_BYTES),
            })
        })
        .collect()
}

fn observables(input: &PromptInput<'_>, kept: &Kept, redactor: &Redactor) -> Vec<Value> {
    let named = input.observables.iter().enumerate().filter(|(_, seen)| {
        let is_field = matches!(
            seen.kind,
            ObservableKind::CommandLine | ObservableKind::Process
        );
        !is_field && kept.holds(seen.span, &seen.value)
    });
    let named = named.filter(|(_, seen)| {
        // What a suspected instruction names is left out with it.
        !input.without_suspects
            || !input.suspicions.iter().any(|suspicion| {
                seen.span.is_some_and(|span| {
                    suspicion.span.start <= span.start && span.end <= suspicion.span.end
                })
            })
    });
    named
        .take(MAX_OBSERVABLES)
        .map(|(place, seen)| {
            json!({
                "id": format!("O{}", place + 1),
                "kind": seen.kind,
                "value": redactor.redact(&seen.value),
                "internal": seen.internal,
            })
        })
        .collect()
}

fn signals(input: &PromptInput<'_>, kept: &Kept, redactor: &Redactor) -> Vec<Value> {
    let signals = input.signals.iter().enumerate();
    signals
        .filter(|(_, signal)| kept.holds(signal.span, &signal.quote))
        .map(|(place, signal)| {
            json!({
                "id": format!("S{}", place + 1),
                "name": signal.name,
                "severity": signal.severity,
                "quote": redactor.redact(&without_encoded(&signal.quote, input.layers)),
            })
        })
        .collect()
}

/// Nothing of the past alerts themselves is sent, only how they ended.
fn past(input: &PromptInput<'_>) -> Vec<Value> {
    let past = input.past.iter().enumerate();
    past.map(|(place, past)| {
        json!({
            "id": format!("P{}", place + 1),
            "similarity": (f64::from(past.similarity) * 100.0).round() / 100.0,
            "verdict": past.verdict,
            "analyst_verdict": past.analyst_verdict,
        })
    })
    .collect()
}

fn techniques(input: &PromptInput<'_>) -> Vec<Value> {
    let techniques = input.techniques.iter();
    techniques
        .map(|technique| {
            json!({
                "id": technique.id,
                "name": technique.name,
                "tactics": technique.tactics,
                "share": (f64::from(technique.score) * 1000.0).round() / 1000.0,
                "because": because(technique),
                "description": shorten_description(&technique.description),
            })
        })
        .collect()
}

/// Which kinds of reasons speak for a technique, without the alert's own words.
fn because(technique: &RankedTechnique) -> Vec<&'static str> {
    let reasons = technique.reasons.iter();
    reasons
        .filter_map(|reason| match reason {
            Reason::Words { points, .. } if *points > 0.0 => Some("words in common"),
            Reason::Meaning { points, .. } if *points > 0.0 => Some("near in meaning"),
            Reason::Examples { points } if *points > 0.0 => Some("labelled alerts"),
            Reason::Named { .. } => Some("named by the alert"),
            _ => None,
        })
        .collect()
}

/// ATT&CK's own words need no hash.
fn shorten_description(text: &str) -> &str {
    text.get(..text.floor_char_boundary(MAX_DESCRIPTION_BYTES))
        .unwrap_or_default()
}
