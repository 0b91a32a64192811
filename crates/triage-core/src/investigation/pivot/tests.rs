//! Pivots hold the alert's values and nothing can leave its literal.

use proptest::prelude::*;

use super::quote::{lined, sigma, spl};
use super::*;
use crate::alert::parse_alert;
use crate::investigation::check_query;
use crate::investigation::token::{Kind, tokens};
use crate::observable::extract_observables;

fn titles(raw: &str) -> Vec<String> {
    let alert = parse_alert(raw);
    let pivots = pivots(&alert, &extract_observables(&alert, &[]));
    pivots.into_iter().map(|pivot| pivot.title).collect()
}

fn observable(kind: ObservableKind, value: &str, internal: bool) -> Observable {
    Observable {
        kind,
        value: value.to_owned(),
        span: None,
        layer: None,
        internal,
    }
}

#[test]
fn the_most_useful_come_first_and_one_of_each_kind() {
    let hash = "d3b07384d113edec49eaa6238ad5ff00";
    let note = "To 203.0.113.5 and 198.51.100.7, cdn.evil.com, from 10.1.2.3";
    let found = titles(&format!(
        r#"{{"user":"ACME\\jsmith","host":"CORP-WS-042","note":"{note}","md5":"{hash}","path":"C:\\Users\\Public\\upd7.exe"}}"#
    ));
    assert_eq!(
        found,
        [
            "Other logons of jsmith within 24 hours",
            "Other hosts that contacted 203.0.113.5",
            &format!("Other hosts where the hash {hash} was seen"),
            "Other hosts that looked up cdn.evil.com",
            "What else ran on CORP-WS-042 within 24 hours",
            "Other hosts where upd7.exe ran",
        ]
    );
}

#[test]
fn what_tells_nothing_is_not_asked() {
    for raw in [
        "",
        "nothing here",
        "from 10.1.2.3 by powershell.exe, T1059.001, CVE-2024-3400",
        "User: SYSTEM. Host: localhost",
    ] {
        let found = titles(raw);
        assert!(
            found.iter().all(|title| title.contains("localhost")),
            "{raw} {found:?}"
        );
    }
    assert_eq!(
        titles("GET https://203.0.113.9:8443/a and http://203.0.113.9/b"),
        ["Other hosts that contacted 203.0.113.9"]
    );
}

/// Every kind that leads to a question.
const KINDS: [ObservableKind; 10] = [
    ObservableKind::UserAccount,
    ObservableKind::Host,
    ObservableKind::Ipv4Addr,
    ObservableKind::FileHash,
    ObservableKind::DomainName,
    ObservableKind::Url,
    ObservableKind::Process,
    ObservableKind::File,
    ObservableKind::CommandLine,
    ObservableKind::WindowsRegistryKey,
];

fn check(kind: ObservableKind, value: &str) {
    let alert = parse_alert(&format!("Odd. {value}"));
    let found = pivots(&alert, &[observable(kind, value, false)]);
    let known = KnownTerms::new(&alert, &[observable(kind, value, false)]);
    for pivot in &found {
        assert_eq!(pivot.queries.len(), 4);
        for query in &pivot.queries {
            assert_eq!(query.problems, [], "{kind:?} {value:?}\n{}", query.text);
            let again = check_query(&query.text, &known);
            assert_eq!(again, *query, "{}", query.text);
        }
    }
}

#[test]
fn plain_and_hostile_values_make_queries_without_problems() {
    for kind in KINDS {
        for value in [
            "ACME\\jsmith",
            "jsmith@acme.com",
            "https://user:pw@cdn.evil.com:8443/a?b=c#d",
            "203.0.113.5",
            "2001:db8::5",
            "d3b07384d113edec49eaa6238ad5ff00",
            "HKLM\\Software\\Microsoft\\Windows\\CurrentVersion\\Run\\x",
            "C:\\Users\\mallory\\a b.exe",
            "\\\\srv\\share\\x?*.ps1",
            "a\" | delete | x=\"",
            "a' or '1'=='1",
            "${IFS}`whoami`|$(x)\n| outputlookup y",
            "x\\\"; .drop table T; \"",
            "''\ncondition: 1 of them\n'",
            "*",
            "\\",
            "\\*",
            "\"\"\"",
            "```",
            "// x /* y",
        ] {
            check(kind, value);
        }
    }
}

/// The quoted values of a query in the order of the text.
fn literals(language: QueryLanguage, text: &str) -> Vec<String> {
    let tokens = tokens(text, language).expect("a composed query has tokens");
    let texts = tokens.into_iter().filter(|token| token.kind == Kind::Text);
    texts.map(|token| token.text.into_owned()).collect()
}

proptest! {
    #[test]
    fn a_literal_comes_back_as_it_was(value in "\\PC{0,40}|[\"'`\\\\*?|$\\{\\}\\n\\r\\t ]{1,20}") {
        prop_assert_eq!(literals(QueryLanguage::Spl, &format!("a={} b", spl(&value))), [value.clone()]);
        for language in [QueryLanguage::Kql, QueryLanguage::Esql] {
            let text = format!("x == {} and y", lined(&value));
            prop_assert_eq!(literals(language, &text), [value.clone()]);
        }
        let known = KnownTerms::new(&parse_alert(&value), &[]);
        let rule = format!("detection:\n  s:\n    CommandLine: {}\n  condition: s", sigma(&value));
        let checked = check_as(QueryLanguage::Sigma, &rule, &known);
        prop_assert!(checked.problems.iter().all(|p| p.kind == crate::investigation::ProblemKind::Value), "{}", rule);
        prop_assert_eq!(crate::investigation::sigma::plain_value(&sigma(&value)), Some(value));
    }

    #[test]
    fn composed_queries_have_no_problems(
        kind in prop::sample::select(KINDS.to_vec()),
        value in "\\PC{1,60}|[a-z\"'`\\\\*?|$\\{\\}()\\[\\]#:;,.=<>@/ \\n-]{1,40}",
    ) {
        check(kind, &value);
    }

    #[test]
    fn composed_literals_are_the_value(value in "[a-z\"'`\\\\*?|$ \\n]{1,30}x") {
        let found = pivots(&parse_alert("x"), &[observable(ObservableKind::CommandLine, &value, false)]);
        let value = value.trim();
        for query in &found[0].queries[..3] {
            let language = query.language.unwrap();
            prop_assert!(literals(language, &query.text).iter().any(|text| text == value), "{}", query.text);
        }
    }
}
