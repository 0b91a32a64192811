//! Splunk: notables of Enterprise Security and what alert actions send, as JSON or as
//! `key="value"` pairs.

use std::sync::LazyLock;

use regex::Regex;

use super::dialect::{Dialect, Document};
use super::excerpt::{Excerpt, Fields};
use super::format::Heading;
use super::severity::Severity;
use super::{AlertFormat, text};

/// The search that raised the alert, as the summary index writes it.
static SEARCH_NAME: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:^|[\s,])search_name="[^"]"#)
        .expect("the pattern is a constant that tests compile")
});

/// Splunk's JSON.
pub(super) const DIALECT: Dialect = Dialect {
    format: AlertFormat::Splunk,
    is: |alert: &Document| {
        alert.get("search_name").is_some()
            || alert.has_all(&["sid", "results_link"])
            || (alert.has_all(&["_raw", "_time"])
                || alert.has_all(&["result._raw", "result._time"]))
    },
    titles: &[
        "result.rule_title",
        "rule_title",
        "result.rule_name",
        "rule_name",
        "search_name",
    ],
    severity,
};

fn severity(alert: &Document) -> Option<Severity> {
    let word = alert.severity_word(&["result.severity", "severity", "result.urgency", "urgency"]);
    // An alert's own setting counts from 1, for information, to 5, critical, and 6, fatal.
    let setting = || alert.number(&["alert.severity", "alert_severity"]);
    word.or_else(|| Some(Severity::from_scale(setting()?, [2, 3, 4, 5])))
}

/// Whether a text is a notable as pairs.
pub(super) fn is(text: &str) -> bool {
    SEARCH_NAME.is_match(text)
}

/// Reads a notable as pairs.
pub(super) fn read(source: &Excerpt, name: &str, fields: &mut Fields) -> Heading {
    let first = fields.list.len();
    let heading = text::read(source, name, fields);
    let found = fields.list.get(first..).unwrap_or_default();
    let value = |names: [&str; 3]| {
        names.iter().find_map(|name| {
            let field = found.iter().find(|field| field.name == *name)?;
            Some(field.value.as_str())
        })
    };
    let title = value(["rule_title", "rule_name", "search_name"]);
    Heading {
        title: title.map(str::to_owned).or(heading.title),
        severity: value(["severity", "urgency", "priority"])
            .and_then(Severity::from_word)
            .or(heading.severity),
        more: false,
    }
}
