//! No planted identity survives redaction, and every pseudonym comes back.

mod planted;

use proptest::prelude::*;

use super::*;
use crate::alert::parse_alert;
use crate::decode::decode_layers;
use crate::observable::extract_observables;

fn redactor(raw: &str) -> Redactor {
    let alert = parse_alert(raw);
    let layers = decode_layers(&alert.raw);
    Redactor::new(
        &alert,
        &layers,
        &extract_observables(&alert, &layers),
        &Rules::default(),
    )
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
    let left = |text: &str| {
        residue(
            text,
            redactor.pseudonyms(),
            redactor.secrets(),
            &Rules::default(),
            &[],
        )
        .len()
    };
    assert_eq!(left("nothing of them"), 0);
    assert_eq!(left("it was ZOË-K on WS1"), 2);
    assert_eq!(left("{\"t\":\"it was zoë-k\"}"), 1);
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

fn own(label: &str, pattern: &str, kind: PatternKind) -> OwnPattern {
    OwnPattern {
        label: label.into(),
        pattern: pattern.into(),
        kind,
    }
}

fn redacted_by(rules: &Rules, raw: &str) -> (Redactor, String) {
    let alert = parse_alert(raw);
    let redactor = Redactor::new(&alert, &[], &extract_observables(&alert, &[]), rules);
    let redacted = redactor.redact(&alert.raw);
    (redactor, redacted)
}

#[test]
fn names_inside_names_and_beside_digits_come_back() {
    check(
        "User: annabel. Host: annabel-ws. Note: annabel2 and xannabelx, svc_annabel, annabel-ws-3",
        "User: USER-1. Host: HOST-1. Note: USER-2 and xUSER-1x, svc_USER-1, HOST-1-3",
    );
    check(
        r"User: CORP\kim. Note: \\fs1\payroll\kim and C:\Users\kim.o\x on CORP",
        r"User: DOMAIN-1\USER-1. Note: \\HOST-1\SHARE-1\USER-1 and C:\Users\USER-2\x on DOMAIN-1",
    );
    check(
        "Host: ws9.corp.acme.com. Note: ws9 of corp.acme.com",
        "Host: HOST-1. Note: HOST-2 of DOMAIN-1",
    );
}

#[test]
fn names_that_look_like_pseudonyms_or_like_common_words() {
    check(
        "User: host-1. Host: user-1. Note: host-1 on user-1",
        "User: USER-2. Host: HOST-2. Note: USER-2 on HOST-2",
    );
    let (redactor, redacted) = redacted_by(
        &Rules::default(),
        r#"{"process": {"name": "x"}, "user": {"name": "process"}, "message": "process did it, processes too"}"#,
    );
    assert_eq!(
        redacted,
        r#"{"process": {"name": "x"}, "user": {"name": "USER-1"}, "message": "USER-1 did it, processes too"}"#
    );
    assert_eq!(
        redactor.pseudonyms().iter().collect::<Vec<_>>(),
        [("USER-1", "process")]
    );
}

#[test]
fn escaped_and_encoded_names_are_hidden() {
    let (_, redacted) = redacted_by(
        &Rules::default(),
        r#"{"user":{"name":"zo\u00eb.k"},"a":"zo\u00EB.k","b":"https://x.com/?u=zo%C3%AB.k","c":"zo&euml;","d":"em\/ZOË.K\\n","e":"em_-zo\u200b\u00eb.k"}"#,
    );
    assert_eq!(
        redacted,
        r#"{"user":{"name":"USER-1"},"a":"USER-1","b":"https://x.com/?u=USER-1","c":"zo&euml;","d":"em\/USER-1\\n","e":"em_-USER-1"}"#
    );
    let (_, redacted) = redacted_by(
        &Rules::default(),
        "User: jsmith. Note: cookie anNtaXRo0 sent",
    );
    assert!(
        redacted.contains("cookie [base64 of 9 characters"),
        "{redacted}"
    );
}

#[test]
fn secrets_are_masked_where_nothing_tells_of_them() {
    let raw = r#"{"db":{"password":"p \"q\" z9"},"cmd":"net use X: \\\\s\\x Summ3r! /user:bob","log":"p \"q\" z9, Summ3r!"}"#;
    let (redactor, redacted) = redacted_by(&Rules::default(), raw);
    assert_eq!(redactor.secrets().len(), 2, "{redacted}");
    assert_eq!(
        redacted,
        r#"{"db":{"password":"[SECRET-2]"},"cmd":"net use X: \\\\s\\x [SECRET-1] /user:USER-1","log":"[SECRET-2], [SECRET-1]"}"#
    );
}

#[test]
fn a_name_that_was_given_as_a_password_stays_a_name_elsewhere() {
    let (_, redacted) = redacted_by(
        &Rules::default(),
        "User: kim7. Note: kim7 set secret=kim7 and pwd=10.0.0.5 x10.0.0.5y",
    );
    assert_eq!(
        redacted,
        "User: USER-1. Note: USER-1 set secret=[SECRET-1] and pwd=[SECRET-2] xIP-1y"
    );
}

#[test]
fn an_organisation_adds_patterns_and_exceptions() {
    let rules = Rules {
        own: vec![
            own("CASE", r"INC\d{6}", PatternKind::Regex),
            own("CODE", "bluebird", PatternKind::Literal),
            own("BAD", "(", PatternKind::Regex),
        ],
        allow: vec![
            "scanner".into(),
            "hunter22".into(),
            "*.example.com".into(),
            "10.1.*".into(),
        ],
    };
    let raw = "User: scanner. Host: web.example.com. Note: INC123456 of BlueBirds from 10.1.2.3 and 10.2.2.3, CASE-7, password=hunter22";
    let (redactor, redacted) = redacted_by(&rules, raw);
    assert_eq!(
        redacted,
        "User: scanner. Host: web.example.com. Note: CASE-8 of CODE-1s from 10.1.2.3 and IP-1, CASE-7, password=[SECRET-1]"
    );
    let restored = redactor.pseudonyms().restore(&redacted);
    assert_eq!(
        restored,
        raw.replace("password=hunter22", "password=[SECRET-1]")
    );
}

#[test]
fn a_chat_goes_on_with_the_same_names() {
    let first = redactor("User: bob. Host: ws-1. Note: USER-4, password=hunter22");
    let mut later = Redactor::resume(first.pseudonyms(), first.secrets(), &Rules::default());
    let question =
        "Did USER-5 or user kim-2 use hunter22 or password=s3cretive on WS-1 or host ws-2?";
    later.learn(question);
    assert_eq!(
        later.redact(question),
        "Did USER-5 or user USER-6 use [SECRET-1] or password=[SECRET-2] on HOST-1 or host HOST-2?"
    );
    for (pseudonym, original) in first.pseudonyms().iter() {
        assert_eq!(later.pseudonyms().get(pseudonym), Some(original));
    }
    // What was only written is never given to somebody, in any later turn.
    let mut last = Redactor::resume(later.pseudonyms(), later.secrets(), &Rules::default());
    last.learn("and user kim-3?");
    assert_eq!(last.redact("kim-3, USER-4"), "USER-7, USER-4");
    assert_eq!(last.pseudonyms().restore("USER-4 USER-7"), "USER-4 kim-3");
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
        prop_assert!(residue(&redacted, redactor.pseudonyms(), redactor.secrets(), &Rules::default(), &[]).is_empty(), "{}", redacted);
        prop_assert!(!redacted.contains(&ip), "{}", redacted);
    }

    #[test]
    fn any_text_is_survived(raw in ".{0,300}") {
        let redactor = redactor(&raw);
        redactor.redact(&raw);
        redactor.pseudonyms().restore(&raw);
    }
}
