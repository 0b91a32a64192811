//! Whatever way an original is written, it is found; what is public or allowed is not.

use super::super::rules::{OwnPattern, PatternKind};
use super::*;

fn pseudonyms(pairs: &[(&str, &str)]) -> Pseudonyms {
    let map: std::collections::BTreeMap<&str, &str> = pairs.iter().copied().collect();
    serde_json::from_value(serde_json::json!(map)).unwrap()
}

fn look(body: &str, pairs: &[(&str, &str)], public: &[&str]) -> Vec<(String, String)> {
    let secrets: Secrets = serde_json::from_str(r#"["hunter22", "bl!e", "green"]"#).unwrap();
    residue(
        body,
        &pseudonyms(pairs),
        &secrets,
        &Rules::default(),
        public,
    )
    .into_iter()
    .map(|found| (found.place, found.what))
    .collect()
}

fn check(text: &str, expected: &[&str]) {
    let pairs = [
        ("USER-1", "jsmith"),
        ("USER-2", "bob"),
        ("USER-3", "process"),
        ("HOST-1", "ws-1"),
        ("IP-1", "10.0.0.5"),
        ("IP-2", "fe80::1"),
        ("MAIL-1", "zoë@corp.lan"),
        ("USER-7", "USER-7"),
    ];
    let body = serde_json::json!({ "t": text }).to_string();
    let found = look(&body, &pairs, &[]);
    let found: Vec<&str> = found.iter().map(|(_, what)| what.as_str()).collect();
    assert_eq!(found, expected, "{text}");
}

#[test]
fn every_way_to_write_an_original_is_seen() {
    for text in [
        "it was JSmith.",
        "xjsmithx",
        "jsmith2024",
        "j%73mith",
        "%6A%73%6D%69%74%68",
        "&#106;smith &amp;",
        "j&#x73;mith",
        r"\u006asmith",
        r"\\u006asmith",
        "j%25%37%33mith",
        "js\u{200b}mi\u{ad}th",
        r#"{"a": {"jsmith": 1}}"#,
        r#"{"a": "{\"b\": \"jsmith\"}"}"#,
        r#"{"a": "jsmith", "a": 1}"#,
        r#"{"cut": "jsmith"#,
        "anNtaXRo",
        "xxanNtaXRoxx",
        "QGpzbWl0aA",
        "QEBqc21pdGg",
        "agBzAG0AaQB0AGgA",
    ] {
        check(text, &["USER-1"]);
    }
    check("10[.]0[.]0[.]5 and v10.0.0.5x", &["IP-1"]);
    check("ZOË[at]corp[.]lan", &["MAIL-1"]);
    check("zo%C3%AB%40corp.lan", &["MAIL-1"]);
    check("BOB's on ws-1/x at fe80::1.", &["HOST-1", "IP-2", "USER-2"]);
}

#[test]
fn what_only_resembles_an_original_is_not() {
    for text in [
        "bobby kabob",
        "ws-12 10.0.0.55 110.0.0.5 fe80::1a fe80::12",
        "USER-7 USER-1 HOST-1",
        "processes process=1 \\\"process\\\": {} processor",
        r#"{"process": {"process": 1}}"#,
        "[SECRET-1] [base64 of 90 characters, sha256 0123456789ab]",
    ] {
        check(text, &[]);
    }
    check("the process, C:\\process", &["USER-3"]);
}

#[test]
fn our_own_words_are_not_taken_for_names() {
    let pairs = [
        ("USER-1", "user"),
        ("USER-2", "secret"),
        ("HOST-1", "bytes"),
    ];
    let body = r#"{"t": "USER-1 [SECRET-1] [... 12 bytes left out ...]"}"#;
    assert!(look(body, &pairs, &[]).is_empty());
    assert_eq!(look(r#"{"t": "the user"}"#, &pairs, &[]).len(), 1);
}

#[test]
fn known_secrets_are_seen_and_numbered() {
    check("it was HUNTER22x", &["a secret (number 1)"]);
    check("bl!e", &["a secret (number 2)"]);
    check("aHVudGVyMjI", &["a secret (number 1)"]);
    check("xbl!ex", &[]);
}

#[test]
fn secrets_are_seen_by_their_form() {
    for (text, kind) in [
        ("x AKIAIOSFODNN7EXAMPLE", "AWS access key"),
        ("ghp_0123456789abcdefghij", "GitHub token"),
        ("glpat-0123456789abcdefghij", "GitLab token"),
        ("xoxb-0123456789-abc", "Slack token"),
        ("sk_live_0123456789abc", "Stripe key"),
        ("AIzaSyA0123456789abcdefghijklmnopqrstu", "Google key"),
        ("eyJhbGciOiJI.eyJzdWIiOiIx.abc-_x", "JSON web token"),
        ("-----BEGIN RSA PRIVATE KEY-----", "private key"),
        ("https://x?a=1&sig=0123456789abcdef", "signed link"),
        ("ftp://kim:s3cret@h/x", "password in a link"),
        ("password=abcdefg1", "behind a word that tells"),
        (r#"{"dbPassword": "abcdefg1"}"#, "behind a word that tells"),
        (r#"{"token": ["abcdefg1"]}"#, "behind a word that tells"),
    ] {
        check(text, &[&format!("a secret ({kind})")]);
    }
    for text in [
        "password: required",
        "password=[SECRET-1]",
        r#"{"password": "[SECRET-1]"}"#,
        "the token was 12345678",
    ] {
        check(text, &[]);
    }
}

#[test]
fn places_are_pointers_that_show_no_name() {
    let pairs = [("USER-1", "jsmith"), ("HOST-1", "ws-1")];
    let inner = serde_json::json!({"users": {"jsmith": {"on": "ws-1"}}}).to_string();
    let body = serde_json::json!({"m": [{"c/d": inner}]}).to_string();
    let at = |place: &str, what: &str| (place.to_owned(), what.to_owned());
    assert_eq!(
        look(&body, &pairs, &[]),
        [
            at("/m/0/c~1d/users/*", "USER-1"),
            at("/m/0/c~1d/users/*/on", "HOST-1"),
        ]
    );
    assert_eq!(look("jsmith", &pairs, &[]), [at("body", "USER-1")]);
}

#[test]
fn public_texts_are_passed_over_as_wholes() {
    let pairs = [("USER-1", "windows"), ("USER-2", "mark")];
    let body = r#"{"mark": 1, "system": "Know Windows well", "text": "windows"}"#;
    assert_eq!(look(body, &pairs, &[]).len(), 3);
    let found = look(body, &pairs, &["mark", "Know Windows well"]);
    assert_eq!(found, [("/text".to_owned(), "USER-1".to_owned())]);
}

#[test]
fn rules_are_heeded() {
    let rules = Rules {
        own: vec![OwnPattern {
            label: "CODE".into(),
            pattern: "acme".into(),
            kind: PatternKind::Literal,
        }],
        allow: vec!["*.example.com".into(), "hunter22".into()],
    };
    let pseudonyms = pseudonyms(&[("CODE-1", "Acme"), ("HOST-1", "web")]);
    let secrets: Secrets = serde_json::from_str(r#"["hunter22"]"#).unwrap();
    let left = |text: &str| residue(text, &pseudonyms, &secrets, &rules, &[]).len();
    assert_eq!(left("macmeister"), 1);
    assert_eq!(left("see web.example.com."), 0);
    assert_eq!(left("see web.example.org"), 1);
    assert_eq!(left("hunter22"), 1);
}
