//! From a pasted alert to techniques and the redacted prompt.

use proptest::prelude::*;
use triage_core::retrieval::{Prepared, Wishes};

use super::engine;

const SAMPLE: &str = "Suspicious PowerShell execution detected. Process: powershell.exe \
    -EncodedCommand dwBoAG8AYQBtAGkAIAAvAGEAbABsAA==. Parent: winword.exe. User: jsmith. \
    Host: CORP-WS-042.";

fn prepare(alert: &str) -> Option<Prepared> {
    Some(
        engine()?
            .prepare(alert, 10, "mark", &Wishes::default())
            .expect("no alert is an error"),
    )
}

#[test]
fn the_sample_finds_powershell_and_hides_who_and_where() {
    let Some(prepared) = prepare(SAMPLE) else {
        return;
    };
    let ids: Vec<String> = prepared
        .retrieval
        .techniques
        .iter()
        .map(|technique| technique.id.to_string())
        .collect();
    assert!(ids.contains(&"T1059.001".to_owned()), "{ids:?}");
    assert!(
        prepared
            .retrieval
            .techniques
            .is_sorted_by(|a, b| a.score >= b.score)
    );
    assert_eq!(prepared.retrieval.layers[0].text, "whoami /all");
    for secret in ["jsmith", "CORP-WS-042", "dwBoAG8A"] {
        assert!(
            !prepared.prompt.user.contains(secret),
            "{secret} in {}",
            prepared.prompt.user
        );
    }
    assert!(prepared.prompt.user.contains("T1059.001"));
    assert_eq!(
        prepared.pseudonyms.restore("USER-1 on HOST-1"),
        "jsmith on CORP-WS-042"
    );
}

#[test]
fn the_same_alert_gives_the_same_prompt() {
    assert_eq!(prepare(SAMPLE), prepare(SAMPLE));
}

#[test]
fn bad_input_gets_a_result_or_a_note() {
    if engine().is_none() {
        return;
    }
    let log = "sshd[1]: Failed password for root from 203.0.113.9 port 22 ssh2\n".repeat(5_000);
    let huge = "A".repeat(10 << 20);
    let check = |alert: &str, techniques: bool, note: &str| {
        let prepared = prepare(alert).expect("the engine is there");
        assert_eq!(
            !prepared.retrieval.techniques.is_empty(),
            techniques,
            "{note}"
        );
        let notes = prepared.retrieval.notes.join("\n");
        assert!(notes.contains(note), "{note:?} in {notes:?}");
        assert!(
            prepared.prompt.user.len() < 64 * 1024,
            "{}",
            prepared.prompt.user.len()
        );
    };
    check("", false, "empty");
    check(" \n\t", false, "empty");
    check("12345 67890", false, "nothing to go on");
    check(
        "dwBoAG8AYQBtAGkA\0\0\u{202e}evil",
        true,
        "invisible or control",
    );
    check("{\"title\": \"LSASS dump\",", true, "breaks at line 1");
    check(&log, true, "long");
    check(&huge, false, "only the first");
    check("疑似横向移动 psexec", true, "little to go on");
    check(
        "meeting tomorrow at noon in room five",
        true,
        "little to go on",
    );
    check("Hallo Welt, wie geht es dir heute", true, "little to go on");
    // Base64 of text is read; of anything else it says nothing.
    check("aGVsbG8gd29ybGQgdGhpcyBpcyBiYXNlNjQ=", true, "");
    for encoded in [
        "kJ8f3u7Zq1mXw0sTgYpLr5cVbNhE2aDk9w==",
        "x9 k2 q7 zz",
        "{\"a\":1,\"b\":[2,3]}",
    ] {
        check(encoded, false, "nothing to go on");
    }
    let fields: Vec<String> = (0..10_000).map(|n| format!("\"k{n}\":\"{n}\"")).collect();
    check(
        &format!("{{{}}}", fields.join(",")),
        false,
        "nothing to go on",
    );
}

#[test]
fn a_long_alert_is_sent_in_part() {
    let line = "sshd[1]: Failed password for root from 203.0.113.9 port 22 ssh2\n";
    let Some(prepared) = prepare(&line.repeat(5_000)) else {
        return;
    };
    let steps = prepared.prompt.steps();
    let sent = &steps["A1"];
    assert!(sent.len() > 8 * 1024, "{}", sent.len());
    assert!(
        sent.contains("left out, sha256"),
        "head and tail, length and hash"
    );
    let fields = format!(
        "{{\"long\":\"{}\",\"short\":\"whoami\"}}",
        "x ".repeat(50_000)
    );
    let prepared = prepare(&fields).expect("the engine is there");
    assert!(
        prepared
            .prompt
            .steps()
            .values()
            .any(|step| step == "short: whoami")
    );
}

#[test]
fn top_k_has_its_range() {
    let Some(engine) = engine() else { return };
    for top_k in [0, 51, usize::MAX] {
        assert!(engine.retrieve(SAMPLE, top_k).is_err());
    }
    assert_eq!(
        engine
            .retrieve(SAMPLE, 50)
            .expect("in range")
            .techniques
            .len(),
        50
    );
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn any_text_is_prepared(alert in "\\PC{0,200}") {
        if let Some(engine) = engine() {
            let prepared = engine.prepare(&alert, 5, "mark", &Wishes::default());
            prop_assert!(prepared.is_ok());
        }
    }
}
