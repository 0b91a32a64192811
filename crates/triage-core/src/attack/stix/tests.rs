//! Small bundles, read.

use serde_json::{Value, json};

use super::*;
use crate::attack::Standing;

fn pattern(id: &str, extra: &Value) -> Value {
    let mut object = json!({
        "type": "attack-pattern", "id": format!("attack-pattern--{id}"), "name": id,
        "description": format!("About [{id}](https://example.org/x).(Citation: Someone 2020) Uses <code>cmd</code>."),
        "external_references": [{"source_name": "mitre-attack", "external_id": id}],
        "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "execution"}],
    });
    for (key, value) in extra.as_object().unwrap() {
        object[key] = value.clone();
    }
    object
}

fn bundle(objects: &[Value]) -> Vec<u8> {
    serde_json::to_vec(&json!({"type": "bundle", "id": "bundle--1", "objects": objects})).unwrap()
}

#[test]
fn active_enterprise_techniques_in_order() {
    let json = bundle(&[
        pattern("T1059.001", &json!({"x_mitre_platforms": ["Windows"]})),
        pattern("T1003", &json!({})),
        pattern("T1086", &json!({"revoked": true})),
        pattern("T1064", &json!({"x_mitre_deprecated": true})),
        pattern("T1401", &json!({"x_mitre_domains": ["mobile-attack"]})),
        json!({"type": "x-mitre-tactic", "id": "t", "name": "Execution",
            "x_mitre_shortname": "execution",
            "external_references": [{"source_name": "mitre-attack", "external_id": "TA0002"}]}),
        json!({"type": "x-mitre-collection", "id": "c", "x_mitre_version": "18.1"}),
    ]);
    let catalog = read_stix(&json, Some("9.9")).unwrap().catalog;
    assert_eq!(catalog.attack_version, "18.1");
    assert_eq!(catalog.tactics[0].id, "TA0002");
    let ids: Vec<_> = catalog
        .techniques
        .iter()
        .map(|t| t.id.to_string())
        .collect();
    assert_eq!(ids, ["T1003", "T1059.001"]);
    let powershell = catalog.get("T1059.001".parse().unwrap()).unwrap();
    assert_eq!(powershell.tactics, ["Execution"]);
    assert_eq!(powershell.platforms, ["Windows"]);
    assert_eq!(powershell.description, "About T1059.001. Uses cmd.");
    assert!(catalog.is_sorted());
}

#[test]
fn a_bundle_without_collection_takes_the_hint() {
    let json = bundle(&[pattern("T1003", &json!({}))]);
    assert_eq!(
        read_stix(&json, Some("18.1"))
            .unwrap()
            .catalog
            .attack_version,
        "18.1"
    );
    assert_eq!(
        read_stix(&json, None).unwrap().catalog.attack_version,
        "unknown"
    );
}

#[test]
fn what_is_no_bundle_is_refused() {
    assert!(matches!(
        read_stix(b"{", None),
        Err(StixError::Unreadable(_))
    ));
    assert!(matches!(
        read_stix(b"{\"type\":\"report\",\"objects\":[]}", None),
        Err(StixError::Unreadable(_))
    ));
    assert_eq!(read_stix(&bundle(&[]), None), Err(StixError::NoTechniques));
    let twice = bundle(&[pattern("T1003", &json!({})), pattern("T1003", &json!({}))]);
    assert!(matches!(
        read_stix(&twice, None),
        Err(StixError::Duplicate(_))
    ));
}

#[test]
fn what_a_bundle_relates_to_a_technique() {
    let relationship = |kind: &str, from: &str, to: &str, text: &str| {
        json!({"type": "relationship", "id": format!("relationship--{from}{to}"), "relationship_type": kind,
            "source_ref": from, "target_ref": to, "description": text})
    };
    let named = |kind: &str, id: &str, attack_id: &str, name: &str| {
        json!({"type": kind, "id": id, "name": name,
            "external_references": [{"source_name": "mitre-attack", "external_id": attack_id}]})
    };
    let target = "attack-pattern--T1003";
    let mut strategy = named(
        "x-mitre-detection-strategy",
        "det",
        "DET0001",
        "Reads of LSASS",
    );
    strategy["x_mitre_analytic_refs"] = json!(["an", "gone"]);
    let mut analytic = named("x-mitre-analytic", "an", "AN0001", "Analytic 0001");
    analytic["description"] = json!("A handle to <code>lsass.exe</code>.");
    analytic["x_mitre_log_source_references"] = json!([
        {"name": "WinEventLog:Sysmon", "channel": "EventCode=10"},
        {"name": "auditd:SYSCALL", "channel": "None"},
    ]);
    let mut old = named("malware", "old", "S0009", "Old");
    old["revoked"] = json!(true);
    let json = bundle(&[
        relationship(
            "uses",
            "group",
            target,
            "[Bear](https://example.org) dumped it.(Citation: X)",
        ),
        relationship("uses", "old", target, "Old dumped it."),
        relationship(
            "uses",
            "group",
            "attack-pattern--T9999",
            "no such technique",
        ),
        relationship("mitigates", "m2", target, "Guard it."),
        relationship("mitigates", "m1", target, "Watch it."),
        relationship("detects", "det", target, ""),
        pattern("T1003", &json!({})),
        named("intrusion-set", "group", "G0001", "Bear"),
        named("course-of-action", "m1", "M1001", "Watch"),
        named("course-of-action", "m2", "M1002", "Guard"),
        old,
        strategy,
        analytic,
    ]);
    let sources = &read_stix(&json, None).unwrap().sources[0];
    assert_eq!(sources.procedures.len(), 1);
    assert_eq!(sources.procedures[0].actor, "G0001");
    assert_eq!(sources.procedures[0].text, "Bear dumped it.");
    let mitigations: Vec<_> = sources.mitigations.iter().map(|m| m.id.as_str()).collect();
    assert_eq!(mitigations, ["M1001", "M1002"]);
    let [analytic] = sources.analytics.as_slice() else {
        panic!("{:?}", sources.analytics)
    };
    assert_eq!(
        (analytic.id.as_str(), analytic.strategy.as_str()),
        ("AN0001", "DET0001")
    );
    assert_eq!(analytic.text, "A handle to lsass.exe.");
    assert_eq!(analytic.log_sources[1].channel, "");
}

/// A bundle in the manner of ATT&CK v19: a tactic renamed and split, techniques moved, one given up.
#[test]
fn a_later_version_moves_what_an_earlier_one_knew() {
    let tactic = |id: &str, shortname: &str, name: &str| {
        json!({"type": "x-mitre-tactic", "id": id, "name": name, "x_mitre_shortname": shortname,
            "external_references": [{"source_name": "mitre-attack", "external_id": id}]})
    };
    let phase = |name: &str| json!([{"kill_chain_name": "mitre-attack", "phase_name": name}]);
    let moved = |from: &str, to: &str| {
        json!({"type": "relationship", "id": format!("relationship--{from}"), "relationship_type": "revoked-by",
            "source_ref": format!("attack-pattern--{from}"), "target_ref": format!("attack-pattern--{to}")})
    };
    let json = bundle(&[
        tactic("TA0005", "stealth", "Stealth"),
        tactic("TA0112", "defense-impairment", "Defense Impairment"),
        pattern(
            "T1685",
            &json!({"kill_chain_phases": phase("defense-impairment")}),
        ),
        pattern("T1027", &json!({"kill_chain_phases": phase("stealth")})),
        pattern("T1562", &json!({"revoked": true})),
        pattern("T1562.001", &json!({"revoked": true})),
        pattern("T1089", &json!({"revoked": true})),
        pattern("T1562.006", &json!({"x_mitre_deprecated": true})),
        moved("T1562.001", "T1685"),
        moved("T1089", "T1562.001"),
    ]);
    let catalog = read_stix(&json, Some("19.2")).unwrap().catalog;
    let id = |text: &str| text.parse::<TechniqueId>().unwrap();
    assert_eq!(
        catalog.get(id("T1685")).unwrap().tactics,
        ["Defense Impairment"]
    );
    assert_eq!(catalog.get(id("T1027")).unwrap().tactics, ["Stealth"]);
    let vocabulary = catalog.vocabulary();
    for (old, expected) in [
        ("T1685", Standing::Active),
        ("T1562.001", Standing::Moved(id("T1685"))),
        ("T1089", Standing::Moved(id("T1685"))),
        // The bundle says nothing of its heir; the table between the versions does.
        ("T1562", Standing::Moved(id("T1685"))),
        ("T1562.006", Standing::Deprecated),
        ("T1059.001", Standing::Unknown),
    ] {
        assert_eq!(vocabulary.standing(id(old)), expected, "{old}");
    }
}
