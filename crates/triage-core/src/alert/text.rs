//! A plain-text alert: prose, then `Key: value` or `key=value` pairs in line or on lines.

use std::sync::LazyLock;

use regex::Regex;

use super::excerpt::{Excerpt, Fields, join};
use super::format::Heading;
use super::severity::Severity;
use super::{Field, MAX_FIELDS, Span};

/// A key of one word before a colon and white space, anywhere; or of several capitalised words
/// at the start of a line (`Source IP:`, but not `Possible attack on Host:`).
static COLON_KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?m)(?:^[ \t]*(?<line>[A-Z][A-Za-z0-9_-]*(?: [A-Z][A-Za-z0-9_-]*){1,3})|(?:^|[\s,;|])(?<word>[A-Za-z][A-Za-z0-9_.-]{1,39})):(?:[ \t]+|\r?$)",
    )
    .expect("the pattern is a constant that tests compile")
});

/// `key=value` and `key="quoted value"` as firewalls and syslog senders write them.
static EQUALS_PAIR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?:^|[\s,;|])(?<key>[A-Za-z][A-Za-z0-9_.-]{0,39})=(?:"(?<quoted>[^"]*)"|(?<bare>[^\s,;|"]+))"#)
        .expect("the pattern is a constant that tests compile")
});

/// Keys whose value is the alert's title.
const TITLE_KEYS: &[&str] = &[
    "alert",
    "title",
    "rule",
    "rule name",
    "alert name",
    "subject",
    "detection",
];

/// Fewer `key=value` pairs than this are taken for parts of a command line.
const FEWEST_EQUALS_PAIRS: usize = 3;

/// Keys whose value says how severe the rule is.
const SEVERITY_KEYS: &[&str] = &["severity", "alert severity", "priority", "urgency", "level"];

/// Reads any text.
pub(super) fn read(source: &Excerpt, name: &str, fields: &mut Fields) -> Heading {
    let raw = source.text();
    let (colon, equals) = (colon_fields(raw), equals_fields(raw));
    let (found, prose_end) = if equals.0.len() > colon.0.len() {
        equals
    } else {
        colon
    };
    let value = |keys: &[&str]| {
        let field = found
            .iter()
            .take(MAX_FIELDS)
            .find(|field| keys.iter().any(|key| field.name.eq_ignore_ascii_case(key)))?;
        Some(field.value.as_str())
    };
    let prose = raw.get(..prose_end).and_then(title_of_prose);
    let heading = Heading {
        title: prose.or_else(|| value(TITLE_KEYS).map(str::to_owned)),
        severity: value(SEVERITY_KEYS).and_then(Severity::from_word),
        more: false,
    };
    add_found(source, name, found, fields);
    heading
}

/// Adds fields that were found in a text, under a name.
pub(super) fn add_found(source: &Excerpt, name: &str, found: Vec<Field>, fields: &mut Fields) {
    for field in found {
        fields.push(Field {
            name: join(name, &field.name),
            span: field.span.and_then(|span| source.span(span.range())),
            ..field
        });
    }
}

/// The prose before the first field without its closing full stop; `None` where it is blank or
/// longer than a title ever is.
pub(super) fn title_of_prose(prose: &str) -> Option<String> {
    let title = prose
        .trim()
        .trim_end_matches(['.', ':', '-', ',', ';'])
        .trim_end();
    (!title.is_empty() && title.len() <= 400).then(|| title.to_owned())
}

/// The fields found, at most one more than are kept, and where the first key starts.
pub(super) fn colon_fields(raw: &str) -> (Vec<Field>, usize) {
    let keys: Vec<_> = COLON_KEY
        .captures_iter(raw)
        .filter_map(|found| {
            let key = found.name("line").or_else(|| found.name("word"))?;
            Some((key.range(), found.get(0)?.end()))
        })
        .take(MAX_FIELDS + 2)
        .collect();
    let first = keys.first().map_or(raw.len(), |(key, _)| key.start);
    let ends = keys
        .iter()
        .skip(1)
        .map(|(key, _)| key.start)
        .chain([raw.len()]);
    let fields = keys
        .iter()
        .zip(ends)
        .take(MAX_FIELDS + 1)
        .filter_map(|((key, from), end)| {
            let value = raw.get(*from..end)?;
            let start = from + (value.len() - value.trim_start().len());
            // "User: jsmith. Host: X": the stop ends the sentence, not the name.
            let text = value.trim().trim_end_matches([',', ';', '|']).trim_end();
            let text = text.strip_suffix('.').unwrap_or(text);
            let span = Span::from(start..start + text.len());
            (!text.is_empty()).then(|| Field {
                name: raw.get(key.clone()).unwrap_or_default().to_owned(),
                value: text.to_owned(),
                span: Some(span),
            })
        });
    (fields.collect(), first)
}

/// As [`colon_fields`], of `key=value` pairs; none where there are too few to be more than parts
/// of a command line.
pub(super) fn equals_fields(raw: &str) -> (Vec<Field>, usize) {
    let mut first = raw.len();
    let mut fields = Vec::new();
    for found in EQUALS_PAIR.captures_iter(raw).take(MAX_FIELDS + 1) {
        let (Some(key), Some(value)) = (
            found.name("key"),
            found.name("quoted").or_else(|| found.name("bare")),
        ) else {
            continue;
        };
        first = first.min(key.start());
        if !value.is_empty() {
            fields.push(Field {
                name: key.as_str().to_owned(),
                value: value.as_str().to_owned(),
                span: Some(value.range().into()),
            });
        }
    }
    if fields.len() < FEWEST_EQUALS_PAIRS {
        (Vec::new(), raw.len())
    } else {
        (fields, first)
    }
}

#[cfg(test)]
mod tests {
    use crate::alert::{AlertFormat, parse_alert};

    fn check(raw: &str, title: Option<&str>, fields: &[(&str, &str)]) {
        let alert = parse_alert(raw);
        assert_eq!(alert.format, AlertFormat::Text);
        assert_eq!(alert.title.as_deref(), title, "{raw}");
        let found: Vec<_> = alert
            .fields
            .iter()
            .map(|f| (f.name.as_str(), f.value.as_str()))
            .collect();
        assert_eq!(found, fields, "{raw}");
        for field in &alert.fields {
            let span = field.span.expect("plain text has spans");
            assert_eq!(&alert.raw[span.range()], field.value);
        }
    }

    #[test]
    fn prose_then_pairs_in_line() {
        check(
            "Suspicious PowerShell execution detected. Process: powershell.exe -enc SQBFAFgA. \
             Parent: winword.exe. User: jsmith. Host: CORP-WS-042.",
            Some("Suspicious PowerShell execution detected"),
            &[
                ("Process", "powershell.exe -enc SQBFAFgA"),
                ("Parent", "winword.exe"),
                ("User", "jsmith"),
                ("Host", "CORP-WS-042"),
            ],
        );
    }

    #[test]
    fn a_title_key_names_the_alert() {
        check(
            "Alert: UAC Bypass Severity: high Image: C:\\Windows\\x.exe",
            Some("UAC Bypass"),
            &[
                ("Alert", "UAC Bypass"),
                ("Severity", "high"),
                ("Image", "C:\\Windows\\x.exe"),
            ],
        );
    }

    #[test]
    fn lines_may_have_keys_of_several_words() {
        check(
            "Rule Name: Brute force\nSource IP: 10.0.0.5\n",
            Some("Brute force"),
            &[("Rule Name", "Brute force"), ("Source IP", "10.0.0.5")],
        );
    }

    #[test]
    fn equals_pairs_need_company() {
        check(
            "deny: src=10.0.0.5 dst=\"8.8.8.8\" proto=udp",
            Some("deny"),
            &[("src", "10.0.0.5"), ("dst", "8.8.8.8"), ("proto", "udp")],
        );
        check(
            "<13>fw1 denied src=10.0.0.5 dst=\"8.8.8.8\" proto=udp",
            Some("<13>fw1 denied"),
            &[("src", "10.0.0.5"), ("dst", "8.8.8.8"), ("proto", "udp")],
        );
        check(
            "setx PATH=C:\\tools now",
            Some("setx PATH=C:\\tools now"),
            &[],
        );
    }

    #[test]
    fn blank_text_has_no_title() {
        check(" \n\t ", None, &[]);
    }
}
