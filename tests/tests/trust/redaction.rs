//! Identities and secrets in every shape of alert: none may stand in the bytes that leave.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use serde_json::json;
use triage_core::chat::Question;
use triage_core::protocol::{Next, TriageError};
use triage_core::redact::{OwnPattern, PatternKind, Rules};
use triage_core::retrieval::Prepared;
use triage_core::verdict::check_answers;

use crate::dice::Dice;
use crate::planted::{FORMS, KINDS, Planted, SHAPES, alert};
use crate::report;
use crate::scene::{exchange, model, prepare, texts, vocabulary};

/// What the organisation of the cases has set.
fn rules() -> Rules {
    Rules {
        own: vec![OwnPattern {
            label: "PROJECT".to_owned(),
            pattern: "FALCON-[0-9]{6}".to_owned(),
            kind: PatternKind::Regex,
        }],
        allow: Vec::new(),
    }
}

/// The bytes of everything that can leave for an alert: the question, the one without suspected
/// text, the prompt carried by hand, and a further question that names the planted value.
fn outgoing(prepared: &Prepared, planted: &Planted) -> Result<Vec<String>, TriageError> {
    let mut bodies = vec![exchange(prepared.clone()).body()?];
    if let Some(without) = &prepared.without_suspects {
        bodies.push(without.user.clone());
    }
    bodies.push(prepared.courier_text()?);
    let answer = json!({
        "verdict": "BENIGN", "confidence": 0.5, "matched_techniques": [], "evidence": [],
        "attack_chain": "none", "reasoning": "fine", "recommended_actions": [],
        "false_positive_indicators": [], "investigation_queries": [], "injection_suspected": false,
    });
    let answers = vec![answer.to_string(); 2];
    let next = check_answers(
        prepared.clone(),
        vocabulary(),
        "model",
        &answers,
        "id",
        "now",
    )?;
    let Next::Verdict { verdict } = next else {
        unreachable!("two sound answers are enough");
    };
    let question = format!("what of {} now?", planted.told);
    let question = Question::new(prepared.clone(), &verdict, &[], &question, &model(), 1024)?;
    bodies.push(question.body()?);
    Ok(bodies)
}

/// Whether a value stands in a body: plain, in another case, percent-encoded or as base64.
fn stands(body: &str, value: &str) -> bool {
    let value = value.to_lowercase();
    let escaped = value.replace('\\', "\\\\");
    let texts = texts(body);
    let mut readings = vec![
        body.to_lowercase(),
        texts.to_lowercase(),
        percent_decoded(&texts).to_lowercase(),
    ];
    readings.extend(base64_decoded(&texts));
    readings
        .iter()
        .any(|text| text.contains(&value) || text.contains(&escaped))
}

fn percent_decoded(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = text
            .get(at + 1..at + 3)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        match (bytes[at], hex) {
            (b'%', Some(byte)) => {
                decoded.push(byte);
                at += 3;
            }
            (byte, _) => {
                decoded.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}

fn base64_decoded(text: &str) -> Vec<String> {
    let is_digit = |c: char| c.is_ascii_alphanumeric() || matches!(c, '+' | '/');
    text.split(|c: char| !is_digit(c))
        .filter(|piece| piece.len() >= 16)
        .filter_map(|piece| STANDARD_NO_PAD.decode(&piece[..piece.len() / 4 * 4]).ok())
        .map(|bytes| {
            bytes
                .iter()
                .filter(|byte| **byte != 0)
                .map(|byte| char::from(*byte))
                .collect::<String>()
                .to_lowercase()
        })
        .collect()
}

#[test]
fn nothing_planted_leaves() {
    let rules = rules();
    let (mut cases, mut leaks, mut refused) = (0_u64, Vec::new(), BTreeMap::<String, usize>::new());
    let mut by_kind: BTreeMap<&str, usize> = BTreeMap::new();
    for (s, shape) in SHAPES.iter().enumerate() {
        for (k, kind) in KINDS.iter().enumerate() {
            for (f, form) in FORMS.iter().enumerate() {
                for round in 0..2 {
                    let seed = ((s * 100 + k) * 100 + f) * 10 + round;
                    let mut dice = Dice::new(u64::try_from(seed).expect("small"));
                    let planted = Planted::of(kind, &mut dice);
                    let Some(message) = planted.in_form(form) else {
                        continue;
                    };
                    let raw = alert(shape, &planted, &message);
                    cases += 1;
                    *by_kind.entry(kind).or_default() += 1;
                    match outgoing(&prepare(&raw, &rules), &planted) {
                        Ok(bodies) => {
                            if bodies.iter().any(|body| stands(body, &planted.value)) {
                                leaks.push(format!(
                                    "{shape}, {kind}, {form}: {}\n  {raw}",
                                    planted.value
                                ));
                            }
                        }
                        // Nothing left then, and the analyst is told why.
                        Err(error) => {
                            *refused
                                .entry(format!("{shape}, {kind}, {form}: {error}"))
                                .or_default() += 1;
                        }
                    }
                }
            }
        }
    }
    report(
        "redaction",
        &json!({
            "cases": cases, "leaks": leaks.len(), "refused": refused.values().sum::<usize>(),
            "kinds": by_kind, "shapes": SHAPES.len(), "forms": FORMS.len(),
        }),
    );
    for (case, count) in refused.iter().take(40) {
        println!("refused {count} times: {case}");
    }
    assert!(
        leaks.is_empty(),
        "{} leaks:\n{}",
        leaks.len(),
        leaks[..leaks.len().min(20)].join("\n")
    );
    assert!(cases >= 2_000, "{cases}");
    // A refusal is safe, but whoever cannot send cannot work.
    assert!(
        refused.values().sum::<usize>() * 100 <= usize::try_from(cases).expect("small"),
        "too many refusals"
    );
}
