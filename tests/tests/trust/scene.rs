//! An alert prepared for sending, as the engine does it, but without the model that ranks: no
//! technique is named.

use serde_json::Value;
use triage_core::alert::parse_alert;
use triage_core::attack::Vocabulary;
use triage_core::decode::decode_layers;
use triage_core::injection::{find_instructions, hidden_text};
use triage_core::investigation::pivots;
use triage_core::observable::extract_observables;
use triage_core::prompt::{PromptInput, alert_parts, build_prompt};
use triage_core::redact::{Redactor, Rules};
use triage_core::retrieval::{Prepared, Retrieval};
use triage_core::signal::find_signals;
use triage_core::verdict::Exchange;
use triage_core::wire::ModelInfo;

/// Techniques that this version of ATT&CK is taken to have.
pub const KNOWN: [&str; 3] = ["T1059.001", "T1003.001", "T1566.001"];

/// Everything that could leave for an alert.
pub fn prepare(raw: &str, rules: &Rules) -> Prepared {
    let alert = parse_alert(raw);
    let layers = decode_layers(&alert.raw);
    let observables = extract_observables(&alert, &layers);
    let mut suspicions = find_instructions(&alert, &layers);
    suspicions.extend(hidden_text(raw));
    let signals = find_signals(&alert, &layers);
    let redactor = Redactor::new(&alert, &layers, &observables, rules);
    let input = PromptInput {
        alert: &alert,
        layers: &layers,
        observables: &observables,
        signals: &signals,
        suspicions: &suspicions,
        techniques: &[],
        past: &[],
        attack_version: "18.1",
        mark: "3f2a9c",
        keep: None,
        without_suspects: false,
    };
    let without = PromptInput {
        without_suspects: true,
        ..input
    };
    Prepared {
        prompt: build_prompt(&input, &redactor),
        without_suspects: (!suspicions.is_empty()).then(|| build_prompt(&without, &redactor)),
        parts: alert_parts(&alert),
        is_partial: false,
        pivots: pivots(&alert, &observables),
        similar: Vec::new(),
        pseudonyms: redactor.pseudonyms().clone(),
        secrets: redactor.secrets().clone(),
        rules: rules.clone(),
        attack_version: "18.1".to_owned(),
        index_id: "index".to_owned(),
        retrieval: Retrieval {
            format: alert.format,
            title: alert.title.clone(),
            severity: alert.severity,
            techniques: Vec::new(),
            observables,
            layers,
            signals,
            suspicions,
            notes: Vec::new(),
        },
    }
}

/// A model to ask.
pub fn model() -> ModelInfo {
    ModelInfo {
        id: "claude-sonnet-5-5".to_owned(),
        effort: true,
    }
}

/// What the loaded version says of technique identifiers.
pub fn vocabulary() -> Vocabulary {
    let mut active: Vec<_> = KNOWN.iter().map(|id| id.parse().expect("an id")).collect();
    active.sort_unstable();
    Vocabulary {
        active,
        ..Vocabulary::default()
    }
}

/// The exchange about a prepared alert.
pub fn exchange(prepared: Prepared) -> Exchange {
    Exchange::new(prepared, vocabulary(), model(), 4096)
}

/// Every text in a request, documents inside strings opened, one a line.
pub fn texts(body: &str) -> String {
    let mut found = String::new();
    let document = serde_json::from_str(body).unwrap_or_else(|_| Value::from(body));
    collect(&document, &mut found);
    found
}

fn collect(value: &Value, found: &mut String) {
    match value {
        Value::String(text) => {
            found.push_str(text);
            found.push('\n');
            if text.starts_with('{')
                && let Ok(inner) = serde_json::from_str::<Value>(text)
            {
                collect(&inner, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        Value::Object(entries) => {
            for (key, value) in entries {
                found.push_str(key);
                found.push('\n');
                collect(value, found);
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}
