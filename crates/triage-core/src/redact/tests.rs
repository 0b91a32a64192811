//! No planted identity survives redaction, and every pseudonym comes back.

use proptest::prelude::*;

use super::*;
use crate::alert::parse_alert;
use crate::decode::decode_layers;
use crate::observable::extract_observables;

fn redactor(raw: &str) -> Redactor {
    let alert = parse_alert(raw);
    let layers = decode_layers(&alert.raw);
    Redactor::new(&alert, &layers, &extract_observables(&alert))
}

fn check(raw: &str, expected: &str) {
    let redactor = redactor(raw);
    assert_eq!(redactor.redact(raw), expected);
    assert_eq!(redactor.pseudonyms().restore(expected), raw, "restored");
}

#[test]
fn identities_become_pseudonyms_everywhere() {
    check(
        "Odd logon. User: jsmith. Host: CORP-WS-042. Path: C:\\Users\\jsmith\\a.exe from 10.0.0.5",
        "Odd logon. User: USER-1. Host: HOST-1. Path: C:\\Users\\USER-1\\a.exe from IP-1",
    );
    check(
        "User: ACME\\bob wrote to bob@acme.com",
        "User: DOMAIN-1\\USER-1 wrote to MAIL-1",
    );
    check(
        "dc01.corp.local answered 8.8.8.8",
        "DOMAIN-1 answered 8.8.8.8",
    );
}

#[test]
fn words_that_only_contain_a_name_stay() {
    check(
        "User: ann. Rule: annual scan",
        "User: USER-1. Rule: annual scan",
    );
}

#[test]
fn a_pseudonym_in_the_alert_is_not_used_again() {
    let redactor = redactor("User: bob. Note: USER-1 was here");
    assert_eq!(redactor.redact("bob and USER-1"), "USER-2 and USER-1");
    assert_eq!(
        redactor.pseudonyms().restore("USER-2 and USER-1"),
        "bob and USER-1"
    );
}

#[test]
fn longer_numbers_are_other_names() {
    let text: String = (0..12)
        .flat_map(|n| ["from 10.0.0.".to_owned(), n.to_string(), " ".to_owned()])
        .collect();
    let redactor = redactor(&text);
    let redacted = redactor.redact(&text);
    assert!(!redacted.contains("10.0.0."), "{redacted}");
    assert_eq!(redactor.pseudonyms().restore(&redacted), text);
}

#[test]
fn residue_is_found_plain_and_as_json() {
    let redactor = redactor("User: zoë-k. Host: ws1");
    let residue = |text: &str| redactor.pseudonyms().residue(text).len();
    assert_eq!(residue("nothing of them"), 0);
    assert_eq!(residue("it was ZOË-K on WS1"), 2);
    assert_eq!(residue("{\"t\":\"it was zoë-k\"}"), 1);
}

#[test]
fn what_stands_only_in_a_decoded_layer_is_hidden_too() {
    // connect 10.9.8.7 admin@corp.example.com
    let raw = "powershell -enc YwBvAG4AbgBlAGMAdAAgADEAMAAuADkALgA4AC4ANwAgAGEAZABtAGkAbgBAAGMAbwByAHAALgBlAHgAYQBtAHAAbABlAC4AYwBvAG0A";
    let redactor = redactor(raw);
    let redacted = redactor.redact("connect 10.9.8.7 admin@corp.example.com");
    assert_eq!(redacted, "connect IP-1 MAIL-1");
}

#[test]
fn a_defanged_address_is_hidden_too() {
    let redactor = redactor("beacon to 10[.]0[.]0[.]5 seen");
    assert_eq!(
        redactor.redact("beacon to 10[.]0[.]0[.]5 seen"),
        "beacon to IP-1 seen"
    );
}

#[test]
fn debug_shows_no_value() {
    let redactor = redactor("User: jsmith. Host: CORP-WS-042.");
    assert!(!format!("{:?}", redactor.pseudonyms()).contains("jsmith"));
}

proptest! {
    #[test]
    fn planted_identities_never_survive(
        user in "[a-z][a-z0-9]{3,9}",
        host in "[A-Z]{3,6}-[0-9]{2,4}",
        last in 1_u8..=254,
        noise in "[ -~]{0,120}",
        form in 0_usize..4,
    ) {
        let ip = format!("10.20.30.{last}");
        let raw = match form {
            0 => format!("Alert. User: {user} Host: {host} SourceIp: {ip} Note: {noise} {user} on {host}"),
            1 => serde_json::json!({"user": {"name": user}, "host": {"name": host}, "ip": ip, "message": format!("{noise} {user}")}).to_string(),
            2 => format!("denied user={user} host={host} src={ip} msg=\"{user} {host}\" {noise}"),
            _ => format!("Rule Name: x\nUser: CORP\\{user}\nComputer: {host}\nDetails: {ip} C:\\Users\\{user}\\x {noise}\n"),
        };
        let redactor = redactor(&raw);
        let alert = parse_alert(&raw);
        let redacted = redactor.redact(&alert.raw);
        prop_assert!(redactor.pseudonyms().residue(&redacted).is_empty(), "{}", redacted);
        prop_assert!(!redacted.contains(&ip), "{}", redacted);
    }

    #[test]
    fn any_text_is_survived(raw in ".{0,300}") {
        let redactor = redactor(&raw);
        redactor.redact(&raw);
        redactor.pseudonyms().restore(&raw);
    }
}
