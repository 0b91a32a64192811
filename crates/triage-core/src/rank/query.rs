//! The text that is embedded for an alert: what it says, without what identifies machines,
//! people and moments.

use std::collections::BTreeSet;
use std::sync::LazyLock;

use regex::Regex;

use crate::alert::Alert;
use crate::decode::DecodedLayer;

/// The most bytes of an alert that are prepared; 256 word pieces are far fewer.
const MAX_QUERY_BYTES: usize = 8 * 1024;

/// What an alert asks of the index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Query {
    /// The alert's title, prepared; absent where it has none. It is the rule author's summary and
    /// counts as much as everything else together.
    pub title: Option<String>,
    /// The whole alert, prepared, title included; empty where it gives nothing to go on.
    pub text: String,
    /// The words of the prepared alert, lower case, for saying why a technique fits.
    pub words: BTreeSet<String>,
}

/// Fields that say where, when and to whom, never what.
static NOISE_FIELD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)^(?:.*(?:guid|uuid|hash(?:es)?|md5|sha1|sha256|imphash|timestamp|time|date|version|company|logonid|process_?id|pid|tid|thread_?id|_?id|host|hostname|computer|computer_?name|device_?name|user|user_?name|account_?name|target_?user_?name|subject_?user_?name|domain|ip|ip_?address|source_?ip|dest(?:ination)?_?ip|src|dst|port|severity|level|priority|status|integrity_?level|record_?number|correlation|session|tenant|subscription|agent|vendor|product))$",
    )
    .expect("the pattern is a constant that tests compile")
});

/// Values without meaning of their own.
static NOISE_VALUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        \{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?   # GUID
        | \bS-1-[0-9-]{5,}\b                                                 # SID
        | \b\d{4}-\d\d-\d\d[T\ ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?              # time
        | \b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b                               # IPv4
        | \b(?:0x)?[0-9a-f]{16,}\b                                           # hash
        | [A-Za-z0-9+/]{60,}={0,2}                                           # encoded data
        | \b[a-z]:(?:\\(?:windows|system32|syswow64|users|program\ files(?:\ \(x86\))?|programdata))*\\ # where everything lies
        ",
    )
    .expect("the pattern is a constant that tests compile")
});

static WORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[\p{L}][\p{L}\p{N}]*").expect("the pattern is a constant that tests compile")
});

/// Words too common to say why anything fits.
const STOP_WORDS: &[&str] = &[
    "about",
    "access",
    "activity",
    "actor",
    "adversaries",
    "adversary",
    "alert",
    "also",
    "and",
    "any",
    "are",
    "been",
    "being",
    "but",
    "can",
    "code",
    "com",
    "command",
    "data",
    "detected",
    "detection",
    "dll",
    "does",
    "edr",
    "event",
    "events",
    "exe",
    "execute",
    "executed",
    "file",
    "files",
    "for",
    "from",
    "has",
    "have",
    "high",
    "host",
    "how",
    "image",
    "including",
    "into",
    "its",
    "level",
    "low",
    "malicious",
    "may",
    "medium",
    "more",
    "name",
    "not",
    "other",
    "out",
    "process",
    "ndr",
    "notable",
    "platform",
    "rule",
    "security",
    "severity",
    "siem",
    "source",
    "such",
    "suspicious",
    "system",
    "target",
    "than",
    "that",
    "the",
    "their",
    "them",
    "these",
    "they",
    "this",
    "through",
    "type",
    "use",
    "used",
    "user",
    "using",
    "various",
    "via",
    "was",
    "when",
    "which",
    "windows",
    "will",
    "with",
    "within",
    "would",
    "xdr",
    "you",
];

/// Prepares an alert and its decoded parts for the index.
///
/// The title leads, because it is the rule author's summary; fields follow without those that
/// only identify; decoded parts come last.
pub fn prepare_query(alert: &Alert, layers: &[DecodedLayer]) -> Query {
    let mut parts: Vec<&str> = Vec::new();
    parts.extend(alert.title.as_deref());
    if alert.fields.is_empty() && alert.title.is_none() {
        parts.push(&alert.raw);
    }
    for field in &alert.fields {
        let key = field.name.rsplit('.').next().unwrap_or(&field.name);
        let repeats_title = Some(field.value.as_str()) == alert.title.as_deref();
        if !NOISE_FIELD.is_match(key) && !repeats_title {
            parts.push(&field.value);
        }
    }
    parts.extend(layers.iter().map(|layer| layer.text.as_str()));

    let mut text = String::new();
    for part in parts {
        let part = prepare_part(part);
        if !part.is_empty() && !text.is_empty() {
            text.push_str(". ");
        }
        text.push_str(&part);
        if text.len() > MAX_QUERY_BYTES {
            break;
        }
    }
    if !is_usable(&text) {
        return Query::default();
    }
    // "EDR process event" names the sender, not what happened.
    let title = alert.title.as_deref().map(prepare_part);
    let title = title.filter(|title| words(title).next().is_some());
    Query {
        title,
        words: words(&text).collect(),
        text,
    }
}

/// One title or value without what only identifies, its words parted by single spaces.
fn prepare_part(part: &str) -> String {
    let clean = NOISE_VALUE.replace_all(crate::alert::cut(part, MAX_QUERY_BYTES), " ");
    clean.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// Whether there is a word in it: digits and punctuation alone are near to nothing.
fn is_usable(text: &str) -> bool {
    WORD.find_iter(text)
        .any(|word| word.as_str().chars().count() > 2)
}

/// Lower-case words of three letters or more that are not stop words.
pub(super) fn words(text: &str) -> impl Iterator<Item = String> {
    WORD.find_iter(text)
        .map(|word| word.as_str().to_lowercase())
        .filter(|word| word.chars().count() > 2 && !STOP_WORDS.contains(&word.as_str()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::alert::parse_alert;
    use crate::decode::decode_layers;

    fn check(raw: &str, expected: &str) {
        assert_eq!(
            prepare_query(&parse_alert(raw), &decode_layers(raw)).text,
            expected,
            "{raw}"
        );
    }

    #[test]
    fn what_identifies_is_left_out() {
        check(
            "Alert: Credential dump Severity: high Host: DC01 User: ACME\\bob Image: C:\\Windows\\System32\\rundll32.exe ProcessGuid: 12345678-1234-1234-1234-123456789abc",
            "Credential dump. rundll32.exe",
        );
    }

    #[test]
    fn decoded_parts_take_part() {
        check(
            "Suspicious shell. Process: powershell.exe -enc dwBoAG8AYQBtAGkA.",
            "Suspicious shell. powershell.exe -enc dwBoAG8AYQBtAGkA. whoami",
        );
    }

    #[test]
    fn nothing_to_go_on() {
        for raw in [
            "",
            "  ",
            "12345 67890",
            "0xdeadbeefdeadbeefdeadbeef",
            "!!! ??? ...",
            "10.0.0.1",
        ] {
            check(raw, "");
        }
    }

    proptest! {
        #[test]
        fn any_text_is_survived(raw in ".{0,600}") {
            let alert = parse_alert(&raw);
            let query = prepare_query(&alert, &decode_layers(&alert.raw));
            prop_assert!(query.text.len() < 10 * MAX_QUERY_BYTES);
        }
    }
}
