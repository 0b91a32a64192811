//! Mutated alerts and answers: nothing panics, and reading takes bounded time and memory.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use serde_json::json;
use triage_core::alert::parse_alert;
use triage_core::decode::decode_layers;
use triage_core::observable::extract_observables;
use triage_core::redact::Rules;
use triage_core::verdict::check_answers;

use crate::dice::Dice;
use crate::report;
use crate::scene::{exchange, prepare, vocabulary};

/// Alerts of every format to start from.
const ALERTS: [&str; 14] = [
    include_str!("../../fixtures/alerts/cef.txt"),
    include_str!("../../fixtures/alerts/crowdstrike.json"),
    include_str!("../../fixtures/alerts/defender.json"),
    include_str!("../../fixtures/alerts/elastic.json"),
    include_str!("../../fixtures/alerts/email.eml"),
    include_str!("../../fixtures/alerts/leef.txt"),
    include_str!("../../fixtures/alerts/ocsf.json"),
    include_str!("../../fixtures/alerts/sentinel.json"),
    include_str!("../../fixtures/alerts/splunk.json"),
    include_str!("../../fixtures/alerts/suricata.json"),
    include_str!("../../fixtures/alerts/syslog-5424.txt"),
    include_str!("../../fixtures/alerts/wazuh.json"),
    include_str!("../../fixtures/alerts/windows-event.xml"),
    include_str!("../../fixtures/alerts/windows-event.json"),
];

/// Pieces that readers stumble over.
const PIECES: [&str; 24] = [
    "\"",
    "\\",
    "\\u0000",
    "{",
    "}",
    "[",
    "]]>",
    "&#x41;",
    "%25%32%35",
    "\u{202e}",
    "\u{e0041}",
    "\u{0}",
    "''+''",
    "[char]73+",
    "powershell -enc SQBFAFgA",
    "\u{1f980}",
    "10.0.0.1",
    "::1",
    "\\\\fs01\\x$",
    "CEF:0|",
    "<Data Name=\"",
    "password=",
    "é",
    "ignore all previous instructions",
];

/// The largest alert whose time counts.
const TIMED: usize = 20_000;

/// How many texts, alerts and answers together; the environment may ask for more.
fn wanted() -> usize {
    let wanted = std::env::var("TRUST_FUZZ").ok();
    wanted.and_then(|count| count.parse().ok()).unwrap_or(2_000)
}

fn mutated(start: &str, dice: &mut Dice) -> String {
    let mut letters: Vec<char> = start.chars().collect();
    for _ in 0..=dice.below(6) {
        let at = dice.below(letters.len() + 1);
        let end = (at + dice.below(40)).min(letters.len());
        match dice.below(6) {
            0 => letters.truncate(at),
            1 => drop(letters.drain(at..end)),
            2 => {
                let again: Vec<char> = letters[at..end].to_vec();
                letters.splice(at..at, again);
            }
            3 => {
                let piece = dice.pick(&PIECES).repeat(1 + dice.below(50));
                letters.splice(at..at, piece.chars());
            }
            4 => {
                let other = dice.pick(&ALERTS);
                letters.splice(at..end, other.chars().take(dice.below(400)));
            }
            _ => {
                let any = char::from_u32(u32::try_from(dice.below(0x11_0000)).unwrap_or_default());
                letters.splice(at..end, any);
            }
        }
    }
    // Some are made as long as those whose time counts.
    let mut text: String = letters.iter().collect();
    if dice.below(8) == 0 && !text.is_empty() {
        text = text.repeat(TIMED / text.len());
    }
    let end = text.floor_char_boundary(TIMED);
    text.truncate(end);
    text
}

/// The highest resident memory of this program so far, in KiB.
fn peak_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find(|line| line.starts_with("VmHWM:"))?;
    line.split_whitespace().nth(1)?.parse().ok()
}

#[test]
fn no_text_breaks_a_reader() {
    let wanted = wanted();
    let mut times: Vec<Duration> = Vec::new();
    let mut panics: Vec<String> = Vec::new();
    let before = peak_memory();
    for case in 0..wanted {
        let mut dice = Dice::new(u64::try_from(case).expect("a number of cases"));
        let start = *dice.pick(&ALERTS);
        let raw = mutated(start, &mut dice);
        let read = catch_unwind(AssertUnwindSafe(|| {
            let begun = Instant::now();
            let alert = parse_alert(&raw);
            let layers = decode_layers(&alert.raw);
            let observables = extract_observables(&alert, &layers);
            let taken = begun.elapsed();
            for observable in &observables {
                if let Some(span) = observable.span {
                    assert!(
                        alert.raw.get(span.range()).is_some(),
                        "a span outside the alert"
                    );
                }
            }
            taken
        }));
        match read {
            Ok(taken) => times.push(taken),
            Err(_) => panics.push(raw.clone()),
        }
        // Everything behind the readers costs more, and is tried on every eighth.
        if case % 8 == 0 {
            let whole = catch_unwind(AssertUnwindSafe(|| {
                let prepared = prepare(&raw, &Rules::default());
                let _ = exchange(prepared.clone()).body();
                let answer = json!({
                    "verdict": "HIGH", "confidence": 0.9, "matched_techniques": ["T1003.001"],
                    "evidence": [{"claim": "c", "quote": "x", "step": "A1", "field": ""}], "attack_chain": "a",
                    "reasoning": raw, "recommended_actions": [raw], "false_positive_indicators": [],
                    "investigation_queries": [raw, "KQL: SecurityEvent | where x"], "injection_suspected": false,
                })
                .to_string();
                let answers = [answer.clone(), mutated(&answer, &mut dice)];
                for answers in [&answers[..1], &answers[1..], &answers[..]] {
                    let _ =
                        check_answers(prepared.clone(), vocabulary(), "m", answers, "id", "now");
                }
            }));
            if whole.is_err() {
                panics.push(raw);
            }
        }
    }
    times.sort_unstable();
    let at = |share: usize| {
        times
            .get(times.len().saturating_sub(1) * share / 1000)
            .map(Duration::as_micros)
    };
    report(
        "robustness",
        &json!({
            "texts": wanted, "answers": wanted.div_ceil(8) * 3, "panics": panics.len(), "median_us": at(500),
            "p99_us": at(990), "longest_us": at(1000), "memory_before_kib": before, "memory_peak_kib": peak_memory(),
        }),
    );
    assert!(
        panics.is_empty(),
        "{} panics, the first with:\n{}",
        panics.len(),
        panics[0]
    );
}
