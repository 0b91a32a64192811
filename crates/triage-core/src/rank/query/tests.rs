//! Queries of small alerts.

use proptest::prelude::*;

use super::*;
use crate::alert::parse_alert;
use crate::decode::decode_layers;

fn query(raw: &str) -> Query {
    let alert = parse_alert(raw);
    prepare_query(&alert, &decode_layers(&alert.raw), Preparation::ALL)
}

/// The parts that count fully, and what is embedded.
fn check(raw: &str, parts: &[&str], meaning: &str) {
    let query = query(raw);
    let found: Vec<_> = query
        .parts
        .iter()
        .filter(|part| part.weight >= 1.0)
        .map(|part| part.text.split_whitespace().collect::<Vec<_>>().join(" "))
        .collect();
    assert_eq!(found, parts, "{raw}");
    assert_eq!(query.meaning(), meaning, "{raw}");
}

#[test]
fn what_identifies_is_left_out() {
    check(
        "Alert: Credential dump Severity: high Host: DC01 User: ACME\\bob Image: C:\\Windows\\System32\\rundll32.exe ProcessGuid: 12345678-1234-1234-1234-123456789abc",
        &["Credential dump", "rundll32"],
        "Credential dump",
    );
    check(
        r#"{"rule":{"name":"LSASS read"},"host":{"name":"web-1"},"user":{"name":"bob"},"process":{"pid":7,"name":"procdump.exe"},"event":{"code":"10"}}"#,
        &["LSASS read", "procdump", "EventID 10"],
        "LSASS read",
    );
}

#[test]
fn a_title_that_names_the_sender_is_none() {
    check(
        "Alert EDR process event Platform: linux CommandLine: cat /etc/shadow",
        &["cat /etc/shadow"],
        "cat etc shadow",
    );
}

#[test]
fn a_shell_that_carries_a_command_counts_for_little() {
    check(
        "Process: C:\\Windows\\System32\\cmd.exe CommandLine: cmd.exe /c whoami /all",
        &["whoami /all"],
        "whoami all",
    );
    check(
        "CommandLine: powershell.exe -NoProfile -ExecutionPolicy Bypass -Command Get-ADUser",
        &["Get-ADUser"],
        "Get-ADUser",
    );
    check(
        "CommandLine: sh -c 'crontab -l'",
        &["crontab -l'"],
        "crontab -l",
    );
    // Alone, the shell is what there is.
    check("CommandLine: cmd.exe /c", &["cmd /c"], "cmd c");
    // What hides the command is no mere carrier.
    check(
        "CommandLine: powershell -w hidden -enc dwBoAG8AYQBtAGkA",
        &["powershell -w hidden -enc", "whoami"],
        "powershell -w hidden -enc whoami",
    );
}

#[test]
fn the_description_of_a_program_is_not_that_of_the_event() {
    check(
        "Image: C:\\a\\x.exe Description: Windows Command Processor Company: Microsoft",
        &["a\\x"],
        "a x",
    );
    check(
        r#"{"title":"Odd logon","description":"A user logged on at night"}"#,
        &["Odd logon", "A user logged on at night"],
        "Odd logon",
    );
}

#[test]
fn long_prose_without_a_title_takes_part() {
    let prose = "Somebody copied the password store of the browser. ".repeat(10);
    let query = query(&format!("{prose} Host: DC01"));
    assert!(
        query
            .parts
            .iter()
            .any(|part| part.text.contains("password store"))
    );
}

#[test]
fn nothing_to_go_on() {
    for raw in ["", "  ", "10.0.0.1", "Host: DC01 User: bob"] {
        assert!(query(raw).is_empty(), "{raw}");
    }
    for raw in ["12345 67890", "!!! ??? ..."] {
        assert_eq!(query(raw).meaning(), "", "{raw}");
        assert!(query(raw).terms().is_empty(), "{raw}");
    }
}

#[test]
fn repeating_a_word_changes_little() {
    let weight = |raw: &str| query(raw).terms().first().map(|(_, weight)| *weight);
    let once = weight("CommandLine: whoami").unwrap();
    let often = weight(&format!("CommandLine: {}", "whoami ".repeat(500))).unwrap();
    assert!(once >= 1.0 && often < 2.0, "{once} {often}");
}

proptest! {
    #[test]
    fn any_text_is_survived(raw in ".{0,600}") {
        let query = query(&raw);
        let bytes: usize = query.parts.iter().map(|part| part.text.len()).sum();
        prop_assert!(bytes <= MAX_QUERY_BYTES);
        prop_assert!(query.meaning().split_whitespace().count() <= MAX_MEANING_WORDS);
        prop_assert!(query.terms().is_sorted_by(|a, b| a.0 < b.0));
        for origin in query.parts.iter().map(|part| part.origin) {
            prop_assert!(query.without(origin).parts.len() < query.parts.len());
        }
    }
}
