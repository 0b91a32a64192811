//! Verdicts that code does not take over as they are: held, unsupported, carried by hand.

use super::*;

/// The answer with another verdict.
pub(super) fn says(kind: VerdictKind) -> Reply {
    let text = with("verdict", json!(kind));
    reply(&text, StopReason::EndTurn)
}

pub(super) fn verdict_of(step: Result<Step, VerdictError>) -> Verdict {
    match step {
        Ok(Step::Verdict(verdict)) => *verdict,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_damning_verdict_without_evidence_is_none() {
    for kind in [
        VerdictKind::Critical,
        VerdictKind::High,
        VerdictKind::Medium,
    ] {
        let mut answer = answer();
        answer["verdict"] = json!(kind);
        answer["evidence"] =
            json!([{"claim": "c", "quote": "mimikatz", "step": "A2", "field": ""}]);
        let verdict = verdict(&answer.to_string());
        assert_eq!(verdict.verdict, VerdictKind::Inconclusive);
        assert_eq!(verdict.model_verdict, kind);
        assert!(verdict.flags.contains(&Flag::Unsupported));
        assert!(verdict.confidence <= 0.5);
        // There is nothing for the analyst to confirm: no evidence comes of it.
        assert!(!verdict.is_held());
        assert_eq!(verdict.clone().confirmed(), verdict);
    }
}

#[test]
fn a_severe_signal_is_not_talked_down() {
    let quote = json!([{"claim": "c", "quote": "mimikatz.exe", "step": "", "field": ""}]);
    for (kind, held) in [
        (VerdictKind::Benign, true),
        (VerdictKind::Low, true),
        (VerdictKind::Medium, false),
        (VerdictKind::Critical, false),
    ] {
        let mut answer = answer();
        answer["verdict"] = json!(kind);
        answer["evidence"] = quote.clone();
        let reply = reply(&answer.to_string(), StopReason::EndTurn);
        let verdict = verdict_of(exchange_about(SEVERE).take(&reply, "id", "now"));
        assert_eq!(verdict.is_held(), held, "{kind}");
        assert!(!verdict.signals.is_empty());
        let shown = if held {
            VerdictKind::Inconclusive
        } else {
            kind
        };
        assert_eq!(verdict.verdict, shown);
        let confirmed = verdict.confirmed();
        assert_eq!((confirmed.verdict, confirmed.is_held()), (kind, false));
        assert_eq!(confirmed.flags.contains(&Flag::ConfirmedByAnalyst), held);
    }
}

#[test]
fn text_that_steers_is_asked_about_twice() {
    use VerdictKind::{Benign, Critical, High, Inconclusive, Low, Medium};
    for (with, without, held) in [
        (Benign, High, true),
        (Benign, Low, true),
        (Medium, Critical, true),
        (Benign, Inconclusive, true),
        (Inconclusive, High, true),
        (High, High, false),
        (High, Medium, false),
        (Inconclusive, Benign, false),
    ] {
        let mut exchange = exchange_about(STEERED);
        let first = exchange.body().unwrap();
        assert!(first.contains("previous instructions"));
        assert!(matches!(
            exchange.take(&says(with), "id", "now"),
            Ok(Step::Compare)
        ));
        let second = exchange.body().unwrap();
        assert!(!second.contains("previous instructions"), "{second}");
        assert!(!second.contains("as benign"), "{second}");
        let verdict = verdict_of(exchange.take(&says(without), "id", "now"));
        assert_eq!(verdict.is_held(), held, "{with} and {without}");
        let differential = verdict.differential.as_ref().unwrap();
        assert_eq!(
            (verdict.model_verdict, differential.verdict),
            (with, without)
        );
        assert!(verdict.flags.contains(&Flag::InjectionSuspected));
        assert_eq!(verdict.usage.input_tokens, 200);
        if held {
            assert_eq!(verdict.verdict, Inconclusive);
            assert!(verdict.confidence <= 0.5);
        }
    }
}

#[test]
fn a_comparison_that_fails_holds_the_verdict() {
    let mut exchange = exchange_about(STEERED);
    exchange
        .take(&says(VerdictKind::Benign), "id", "now")
        .unwrap();
    let refused = reply("", StopReason::Refusal);
    let verdict = verdict_of(exchange.take(&refused, "id", "now"));
    assert!(verdict.is_held() && verdict.flags.contains(&Flag::HeldUncompared));

    let mut exchange = exchange_about(STEERED);
    exchange
        .take(&says(VerdictKind::Benign), "id", "now")
        .unwrap();
    let verdict = exchange.uncompared().unwrap();
    assert!(verdict.is_held());
    assert!(exchange_about(STEERED).uncompared().is_none());

    // The second answer may be repaired once, like the first.
    let mut exchange = exchange_about(STEERED);
    exchange
        .take(&says(VerdictKind::High), "id", "now")
        .unwrap();
    let bad = reply("prose", StopReason::EndTurn);
    assert!(matches!(
        exchange.take(&bad, "id", "now"),
        Ok(Step::Repair { .. })
    ));
    let verdict = verdict_of(exchange.take(&says(VerdictKind::High), "id", "now"));
    assert_eq!(
        (verdict.verdict, verdict.is_held()),
        (VerdictKind::High, false)
    );
    assert_eq!(verdict.usage.input_tokens, 300);
}

#[test]
fn an_answer_that_was_carried_passes_the_same_checks() {
    let check = |raw: &str, answers: &[String]| {
        check_answers(
            prepared(raw),
            Vocabulary::default(),
            "by hand",
            answers,
            "id",
            "now",
        )
    };
    assert_eq!(
        check(ALERT, &[]).unwrap_err().code,
        ErrorCode::InvalidArgument
    );
    assert!(matches!(
        check(ALERT, &["prose".into()]),
        Ok(Next::Repair { .. })
    ));
    let Ok(Next::Verdict { verdict }) = check(ALERT, &[answer().to_string()]) else {
        panic!()
    };
    assert_eq!(verdict.model, "by hand");
    assert!(verdict.flags.contains(&Flag::Pasted));
    assert_eq!(verdict.recommended_actions, ["Ask jsmith"]);

    let benign = with("verdict", json!("BENIGN"));
    let Ok(Next::Compare { prompt }) = check(STEERED, std::slice::from_ref(&benign)) else {
        panic!()
    };
    assert!(!prompt.contains("previous instructions"));
    let Ok(Next::Verdict { verdict }) = check(STEERED, &[benign, answer().to_string()]) else {
        panic!()
    };
    assert!(verdict.is_held());
    let large = "x".repeat(MAX_ANSWER_BYTES + 1);
    assert_eq!(
        check(ALERT, &[large]).unwrap_err().code,
        ErrorCode::InvalidArgument
    );
}
