//! Why a technique stands where it stands: reasons that add up, words with their places, and what
//! the alert's parts are worth.

use triage_core::attack::TechniqueId;
use triage_core::rank::Reason;

use super::engine;

const ALERT: &str = "Alert: Scheduled task created User: ACME\\bob CommandLine: schtasks.exe \
    /create /tn updater /tr C:\\Users\\Public\\u.exe /sc onlogon";

const ESCAPED: &str = r#"{"rule":{"name":"Credential dumping"},"process":{"command_line":"C:\\Windows\\Temp\\procdump.exe -ma \"lsass.exe\" out.dmp"},"host":{"name":"DC-LSASS-01"}}"#;

fn points(reason: &Reason) -> f32 {
    match reason {
        Reason::Words { points, .. }
        | Reason::Meaning { points, .. }
        | Reason::Examples { points }
        | Reason::Known { points }
        | Reason::Named { points }
        | Reason::Platform { points, .. } => *points,
    }
}

fn task() -> TechniqueId {
    "T1053.005".parse().expect("an identifier")
}

#[test]
fn reasons_add_up_to_the_order_and_shares_to_one() {
    let Some(engine) = engine() else { return };
    let found = engine.retrieve(ALERT, 50).expect("techniques").techniques;
    assert_eq!(found[0].id, task(), "{:?}", found[0]);
    let sums: Vec<f32> = found
        .iter()
        .map(|technique| technique.reasons.iter().map(points).sum())
        .collect();
    assert!(sums.is_sorted_by(|a, b| *a >= *b - 1e-4), "{sums:?}");
    let shares: f32 = found.iter().map(|technique| technique.score).sum();
    assert!(shares > 0.5 && shares <= 1.0 + 1e-4, "{shares}");
    assert!(found.is_sorted_by(|a, b| a.score >= b.score));
}

#[test]
fn words_stand_where_they_are_said_to_stand() {
    let Some(engine) = engine() else { return };
    for alert in [ALERT, ESCAPED] {
        let found = engine.retrieve(alert, 5).expect("techniques").techniques;
        let mut places = 0;
        for reason in found.iter().flat_map(|technique| &technique.reasons) {
            let Reason::Words { words, .. } = reason else {
                continue;
            };
            assert!(words.is_sorted_by(|a, b| a.points >= b.points));
            for word in words {
                for span in &word.spans {
                    places += 1;
                    let there = alert.get(span.range()).expect("a place in the alert");
                    assert!(there.eq_ignore_ascii_case(&word.text) || !there.is_empty());
                }
                // What only names the machine or the person does not count.
                assert!(!["DC", "01", "bob", "ACME"].contains(&word.text.as_str()));
            }
        }
        assert!(places > 3, "{alert}");
    }
    // "lsass" stands in the command and in the host's name; only the command speaks.
    let found = engine.retrieve(ESCAPED, 5).expect("techniques").techniques;
    let host = ESCAPED.find("DC-LSASS").expect("the host");
    for reason in found.iter().flat_map(|technique| &technique.reasons) {
        if let Reason::Words { words, .. } = reason {
            assert!(words.iter().flat_map(|w| &w.spans).all(|s| s.end <= host));
        }
    }
}

#[test]
fn leaving_out_what_matters_costs_most() {
    let Some(engine) = engine() else { return };
    let explanation = engine.explain(ALERT, task()).expect("an explanation");
    assert_eq!(explanation.place, 1);
    let parts: Vec<&str> = explanation
        .omissions
        .iter()
        .map(|o| o.part.as_str())
        .collect();
    assert_eq!(parts.len(), 2, "{parts:?}");
    assert!(parts.contains(&"title") && parts.contains(&"CommandLine"));
    assert!(explanation.omissions[0].points_lost > 0.0);
    assert!(
        explanation
            .omissions
            .is_sorted_by(|a, b| a.points_lost >= b.points_lost)
    );
    for omission in &explanation.omissions {
        let span = omission.span.expect("it stands in the alert");
        assert!(ALERT.get(span.range()).is_some());
        assert!(omission.place >= 1);
    }
    let unknown = "T9999".parse().expect("an identifier");
    assert!(engine.explain(ALERT, unknown).is_err());
}

#[test]
fn a_technique_that_the_alert_names_comes_to_the_front() {
    let Some(engine) = engine() else { return };
    let alert = "Alert: Odd logon threat.technique.id: T1078.004 CommandLine: whoami /all";
    let found = engine.retrieve(alert, 3).expect("techniques").techniques;
    let named = found.iter().find(|one| one.id.to_string() == "T1078.004");
    let reasons = &named.expect("it is named").reasons;
    assert!(matches!(reasons.last(), Some(Reason::Named { .. })));
    // What moved comes under its heir; what nobody knows changes nothing.
    let moved = engine
        .retrieve("Odd logon, T1086", 5)
        .expect("techniques")
        .techniques;
    assert!(moved.iter().any(|one| one.id.to_string() == "T1059.001"));
    let unknown = engine
        .retrieve("Odd logon, T9999", 5)
        .expect("techniques")
        .techniques;
    let plain = engine
        .retrieve("Odd logon", 5)
        .expect("techniques")
        .techniques;
    assert_eq!(unknown[0].id, plain[0].id);
}
