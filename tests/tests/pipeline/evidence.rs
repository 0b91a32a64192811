//! What ATT&CK has on an alert, found by the graph and held against exact search.

use triage_core::attack::TechniqueId;
use triage_core::evidence::PassageKind;

use super::{LIBRARY, engine};

const ALERT: &str = "Alert: LSASS memory dumped Image: C:\\Temp\\procdump64.exe \
    CommandLine: procdump64.exe -ma lsass.exe C:\\Temp\\out.dmp";

const ALERTS: [&str; 6] = [
    ALERT,
    "Suspicious PowerShell execution. Process: powershell.exe -enc dwBoAG8AYQBtAGkA",
    "Alert: Shadow copies deleted CommandLine: vssadmin delete shadows /all /quiet",
    "sshd: Failed password for root from 203.0.113.9 port 22 ssh2",
    "Alert: Console login without MFA eventSource: signin.amazonaws.com eventName: ConsoleLogin",
    "CommandLine: sh -c crontab -l | { cat; echo '* * * * * /tmp/x'; } | crontab -",
];

fn id(text: &str) -> TechniqueId {
    text.parse().expect("an identifier")
}

#[test]
fn a_technique_has_its_nearest_passages_and_what_is_known_of_it() {
    let (Some(engine), Some(library)) = (engine(), LIBRARY.as_ref()) else {
        return;
    };
    let asked = [id("T1003.001"), id("T1490")];
    let evidence = engine.evidence(library, ALERT, &asked).expect("evidence");
    let found: Vec<TechniqueId> = evidence.techniques.iter().map(|t| t.technique).collect();
    assert_eq!(found, asked);
    let lsass = &evidence.techniques[0];
    assert_eq!(lsass.nearest.len(), 3);
    assert!(
        lsass
            .nearest
            .is_sorted_by(|a, b| a.similarity >= b.similarity)
    );
    assert!(lsass.nearest.iter().all(|near| near.technique == asked[0]));
    let text: String = lsass
        .nearest
        .iter()
        .map(|near| near.passage.text.to_lowercase())
        .collect();
    assert!(text.contains("lsass"), "{text}");
    assert!(!lsass.mitigations.is_empty() && !lsass.log_sources.is_empty());
    assert!(!lsass.strategies.is_empty());
    // The nearest of all are about what the alert is about.
    let about = evidence.nearest.iter().map(|near| near.technique.parent());
    assert!(about.clone().any(|technique| technique == id("T1003")));
    for near in &evidence.nearest {
        assert!(
            near.url.starts_with("https://attack.mitre.org/"),
            "{}",
            near.url
        );
        let has_source = near.passage.kind != PassageKind::Description;
        assert_eq!(!near.passage.source.is_empty(), has_source);
    }
}

#[test]
fn nothing_to_go_on_has_no_passages_and_unknown_techniques_are_refused() {
    let (Some(engine), Some(library)) = (engine(), LIBRARY.as_ref()) else {
        return;
    };
    let evidence = engine
        .evidence(library, "12345", &[id("T1003.001")])
        .expect("evidence");
    assert!(evidence.nearest.is_empty() && evidence.techniques[0].nearest.is_empty());
    assert!(!evidence.techniques[0].mitigations.is_empty());
    let error = engine.evidence(library, ALERT, &[id("T9999")]).unwrap_err();
    assert!(
        error.to_string().contains("T9999 is not a technique"),
        "{error}"
    );
}

#[test]
fn the_graph_finds_what_exact_search_finds() {
    let (Some(engine), Some(library)) = (engine(), LIBRARY.as_ref()) else {
        return;
    };
    let index = library.index();
    let (mut found, mut all) = (0, 0);
    for alert in ALERTS {
        let (_, meaning) = engine.query(alert).expect("a query");
        let meaning = meaning.expect("it has words");
        let graph = index.search(&meaning, 10);
        for exact in index.nearest_of(&(0..index.len()), &meaning, 10) {
            all += 1;
            found += usize::from(graph.iter().any(|hit| hit.passage == exact.passage));
        }
    }
    assert!(found * 100 >= all * 95, "recall@10 is {found} of {all}");
}
