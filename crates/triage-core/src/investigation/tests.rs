//! Queries as analysts write them, and as they must not be.

mod esql;
mod kql;
mod sigma;
mod spl;

use proptest::prelude::*;

use super::*;
use crate::alert::parse_alert;
use crate::observable::extract_observables;

/// The alert that all these queries are about.
const ALERT: &str = r#"{"rule":{"name":"Encoded PowerShell from Office"},
    "user":"ACME\\jsmith","host":"CORP-WS-042","src_ip":"10.1.2.3","dest_ip":"203.0.113.5",
    "process_name":"powershell.exe","parent_process_name":"WINWORD.EXE",
    "file":{"name":"invoice_0425.docm","hash":{"sha256":"aaaaaaaabbbbbbbbccccccccddddddddeeeeeeeeffffffff0000000011111111"}},
    "domain":"cdn.evil-updates.com","custom_score":"87","upn":"jsmith@acme.com",
    "sid":"S-1-5-21-1004336348-1177238915-682003330-512"}"#;

fn known() -> KnownTerms {
    let alert = parse_alert(ALERT);
    let observables = extract_observables(&alert, &[]);
    KnownTerms::new(&alert, &observables)
}

/// Checks a query of one language: each problem by its kind and a part of its message.
fn check(language: QueryLanguage, text: &str, expected: &[(ProblemKind, &str)]) {
    let query = check_as(language, text, &known());
    let found: Vec<_> = query
        .problems
        .iter()
        .map(|problem| (problem.kind, problem.message.as_str()))
        .collect();
    let agree = found.len() == expected.len()
        && found
            .iter()
            .zip(expected)
            .all(|(found, expected)| found.0 == expected.0 && found.1.contains(expected.1));
    assert!(agree, "{text}\n found {found:?}\n expected {expected:?}");
}

/// Checks that queries without a label are found to be of a language and right.
fn check_valid(language: QueryLanguage, texts: &[&str]) {
    for text in texts {
        check(language, text, &[]);
        let query = check_query(text, &known());
        assert_eq!(query.language, Some(language), "{text}");
    }
}

fn check_form(text: &str, language: Option<QueryLanguage>, kept: &str) {
    let query = check_query(text, &known());
    assert_eq!(
        (query.language, query.text.as_str()),
        (language, kept),
        "{text}"
    );
}

use ProblemKind as P;
use QueryLanguage::{Esql, Kql, Sigma, Spl};

#[test]
fn labels_and_fences_say_the_language_and_go() {
    let spl = "index=* user=jsmith";
    for text in [
        "SPL: index=* user=jsmith",
        "Splunk: index=* user=jsmith",
        "splunk SPL query: `index=* user=jsmith`",
        "**Splunk SPL:** index=* user=jsmith",
        "1. SPL (last 24 hours): index=* user=jsmith",
        "```spl\nindex=* user=jsmith\n```",
        "Splunk:\n```\nindex=* user=jsmith\n```",
    ] {
        check_form(text, Some(Spl), spl);
    }
    let kql = "SigninLogs | take 5";
    for text in [
        "KQL: SigninLogs | take 5",
        "KQL (Sentinel): SigninLogs | take 5",
        "Microsoft Sentinel KQL: SigninLogs | take 5",
        "Defender: SigninLogs | take 5",
        "```kusto\nSigninLogs | take 5\n```",
        "KQL:\n```kql\nSigninLogs | take 5\n```",
    ] {
        check_form(text, Some(Kql), kql);
    }
    check_form(
        "ES|QL: FROM logs-* | LIMIT 5",
        Some(Esql),
        "FROM logs-* | LIMIT 5",
    );
    check_form(
        "Elastic: from logs-*\n| limit 5",
        Some(Esql),
        "from logs-*\n| limit 5",
    );
    check_form("```esql\nFROM logs-*\n```", Some(Esql), "FROM logs-*");
    check_form(
        "Sigma: Image|endswith: '\\cmd.exe'",
        Some(Sigma),
        "Image|endswith: '\\cmd.exe'",
    );
}

#[test]
fn a_label_tells_terms_from_sentences() {
    let terms = "EventID: 4625\nTargetUserName: jsmith";
    check_form(&format!("Sigma: {terms}"), Some(Sigma), terms);
    check_form(terms, None, terms);
}

#[test]
fn advice_is_no_query() {
    for text in [
        "Check whether jsmith logged on from elsewhere in the last 24 hours.",
        "Search the proxy logs for other hosts that contacted 203.0.113.5",
        "SPL: search for failed logons of jsmith in the last day",
        "From the EDR console, isolate the host and collect memory",
        "Review the mailbox of jsmith: look for forwarding rules and deleted items",
        "process where parent.name : \"WINWORD.EXE\"",
        "SELECT * FROM processes WHERE name = 'cmd.exe'",
        "powershell.exe",
        "",
    ] {
        check_form(text, None, text);
    }
}

#[test]
fn other_languages_commands_are_named() {
    check(
        Kql,
        "SecurityEvent | stats count by Account",
        &[(P::Syntax, "write `summarize`")],
    );
    check(
        Spl,
        "index=* | summarize count() by user",
        &[(P::Syntax, "write `stats`")],
    );
    check(
        Esql,
        "FROM logs-* | head 5",
        &[(P::Syntax, "write `LIMIT`")],
    );
    check(
        Esql,
        "FROM logs-* | summarize c = count() by user.name",
        &[(P::Syntax, "write `STATS`")],
    );
    check(Spl, "index=* | extend a=1", &[(P::Syntax, "write `eval`")]);
    check_form(
        "SecurityEvent | where EventID == 4625 | stats count by Account",
        Some(Kql),
        "SecurityEvent | where EventID == 4625 | stats count by Account",
    );
}

#[test]
fn problems_say_where_in_characters() {
    let query = check_query("index=* é=ü user=mallory", &known());
    let places: Vec<_> = query
        .problems
        .iter()
        .map(|problem| (problem.kind, problem.at))
        .collect();
    assert_eq!(places, [(P::Field, 9), (P::Value, 18)]);
    assert!(query.problems[1].message.contains("at character 18"));
}

#[test]
fn long_queries_and_deep_brackets_have_one_problem() {
    let long = format!("index=* {}", "a ".repeat(MAX_QUERY_BYTES));
    check(Spl, &long, &[(P::Length, "shorten it")]);
    for language in [Spl, Kql, Esql] {
        check(
            language,
            &"(".repeat(4000),
            &[(P::Syntax, "deeper than 64")],
        );
        let deep = format!("{}x{}", "(".repeat(64), ")".repeat(64));
        assert!(check_as(language, &deep, &known()).problems.len() <= MAX_PROBLEMS);
    }
    let many = format!("index=* {}", "user=a1 OR user=b2 OR ".repeat(30));
    assert!(check_as(Spl, &many, &known()).problems.len() <= MAX_PROBLEMS);
}

#[test]
fn the_wire_form_is_stable() {
    let query = check_query(
        "ES|QL: FROM logs-* | WHERE user.nam == \"jsmith\"",
        &known(),
    );
    let json = serde_json::to_value(&query).unwrap();
    assert_eq!(json["language"], "esql");
    assert_eq!(json["problems"][0]["kind"], "field");
    assert_eq!(json["problems"][0]["at"], 21);
    assert_eq!(serde_json::from_value::<CheckedQuery>(json).unwrap(), query);
    assert_eq!(
        QueryLanguage::ALL.map(QueryLanguage::name),
        ["Splunk SPL", "KQL", "ES|QL", "Sigma"]
    );
}

/// A valid query of each language to damage.
fn queries() -> impl Strategy<Value = &'static str> {
    prop::sample::select(vec![
        spl::VALID[2],
        spl::VALID[7],
        kql::VALID[3],
        kql::VALID[5],
        esql::VALID[1],
        esql::VALID[4],
        sigma::VALID[0],
        sigma::VALID[3],
    ])
}

proptest! {
    #[test]
    fn any_text_is_survived(text in ".{0,200}", label in prop::sample::select(vec!["", "SPL: ", "KQL: ", "ES|QL: ", "Sigma: "])) {
        let query = check_query(&format!("{label}{text}"), &known());
        let length = query.text.chars().count();
        prop_assert!(query.problems.len() <= MAX_PROBLEMS);
        prop_assert!(query.problems.iter().all(|problem| (1..=length + 1).contains(&problem.at)));
    }

    #[test]
    fn any_punctuation_is_survived(text in r#"[a-c0-9|=<>!~*+.,:;'"`\\()\[\]{}@#$% \n-]{0,120}"#) {
        for language in QueryLanguage::ALL {
            prop_assert!(check_as(language, &text, &known()).problems.len() <= MAX_PROBLEMS);
        }
    }

    #[test]
    fn damaged_queries_are_survived(query in queries(), at in 0..400_usize, with in ".{0,6}", length in 0..6_usize) {
        let mut characters: Vec<char> = query.chars().collect();
        let start = at.min(characters.len());
        let end = (start + length).min(characters.len());
        characters.splice(start..end, with.chars());
        let text: String = characters.into_iter().collect();
        for language in QueryLanguage::ALL {
            let checked = check_as(language, &text, &known());
            prop_assert!(checked.problems.iter().all(|problem| problem.at <= text.chars().count() + 1));
        }
    }

    #[test]
    fn a_lost_bracket_or_quote_is_noticed(query in queries(), nth in 0..40_usize) {
        let language = check_query(query, &known()).language.unwrap();
        prop_assume!(language != Sigma);
        let tokens = token::tokens(query, language).unwrap();
        let marks: Vec<usize> = tokens
            .iter()
            .filter(|token| matches!(token.kind, token::Kind::Open | token::Kind::Close | token::Kind::Text))
            .map(|token| token.at)
            .collect();
        let at = marks[nth % marks.len()];
        let damaged = format!("{}{}", &query[..at], &query[at + 1..]);
        let problems = check_as(language, &damaged, &known()).problems;
        prop_assert!(problems.iter().any(|problem| problem.kind == P::Syntax), "{damaged}");
    }
}
