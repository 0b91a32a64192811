//! Syslog as it is sent and as it is kept in files: RFC 3164, RFC 5424 with structured data.

use std::ops::Range;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::excerpt::{Excerpt, Fields, join};
use super::format::Heading;
use super::severity::Severity;
use super::{json, text};

/// Priority, time, host and program as most senders write them.
static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)^\s*(?:<(?<pri>\d{1,3})>(?:\d\ )?)?
        (?<time>(?<bsd>[A-Z][a-z]{2}\ [\ \d]\d\ (?:\d{4}\ )?\d\d:\d\d:\d\d(?:\.\d+)?)
          | \d{4}-\d\d-\d\d(?:(?<t>T)|\ )\d\d:\d\d:\d\d(?:[.,]\d+)?(?:Z|[+-]\d\d:?\d\d)?)
        \s+(?<host>[A-Za-z0-9_.:-]+)
        (?:\s+(?<app>[^\s:\[\]<>="]{1,64})(?:\[(?<pid>[^\]\s]{1,32})\])?:)?(?:\s|$)"#,
    )
    .expect("the pattern is a constant that tests compile")
});

/// The header of RFC 5424 up to the structured data.
static HEADER_5424: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"^\s*<(?<pri>\d{1,3})>\d{1,2} (?<time>-|\d{4}-\S+) (?<host>\S+) (?<app>\S+) (?<pid>\S+) (?<id>\S+)(?: |$)",
    )
    .expect("the pattern is a constant that tests compile")
});

/// One element of structured data, or the dash for none.
static ELEMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"^(?:-|\[(?<id>[^\s\]="]+)(?<pairs>(?:\s+[^\s\]="]+="(?:[^"\\]|\\.)*")*)\s*\])"#)
        .expect("the pattern is a constant that tests compile")
});

/// One parameter of an element.
static PARAMETER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?<key>[^\s\]="]+)="(?<value>(?:[^"\\]|\\.)*)""#)
        .expect("the pattern is a constant that tests compile")
});

/// The header's parts and what they are called as fields.
const PARTS: [(&str, &str); 5] = [
    ("time", "timestamp"),
    ("host", "host"),
    ("app", "process.name"),
    ("pid", "process.pid"),
    ("id", "message_id"),
];

/// Whether a text starts with a syslog header. Without a priority, a sentence that starts with a
/// date looks much like one; only a program that is told apart by its form shows the difference.
pub(super) fn is(text: &str) -> bool {
    HEADER_5424.is_match(text)
        || HEADER.captures(text).is_some_and(|found| {
            let has = |part| found.name(part).is_some();
            let is_app = has("app") && (has("bsd") || has("t"));
            has("pri") || has("pid") || is_app
        })
}

/// Reads the lines of a text: the header of the first, the message of each.
pub(super) fn read(source: &Excerpt, name: &str, fields: &mut Fields) -> Heading {
    let text = source.text();
    let (severity, message_at) = add_header(source, name, fields);
    let mut heading = Heading {
        severity,
        ..Heading::default()
    };
    let mut start = message_at;
    for line in text
        .get(message_at..)
        .unwrap_or_default()
        .split_inclusive('\n')
    {
        let is_first = start == message_at;
        let header = if is_first { 0 } else { header_length(line) };
        let title = add_message(source, start + header..start + line.len(), name, fields);
        if is_first {
            heading.title = title;
        }
        start += line.len();
    }
    heading
}

/// Adds what a header at the start of a text says; its severity, and where the message begins.
pub(super) fn add_header(
    source: &Excerpt,
    name: &str,
    fields: &mut Fields,
) -> (Option<Severity>, usize) {
    let text = source.text();
    let is_5424 = HEADER_5424.is_match(text);
    let pattern = if is_5424 { &HEADER_5424 } else { &HEADER };
    let Some(found) = pattern.captures(text) else {
        return (None, 0);
    };
    for (part, field) in PARTS {
        let range = found.name(part).map(|part| part.range());
        let value = source.part(range.unwrap_or_default());
        if value.text() != "-" {
            fields.add(&join(name, field), &value);
        }
    }
    let mut end = found.get(0).map_or(0, |whole| whole.end());
    if is_5424 {
        end = add_elements(source, end, name, fields);
    }
    (severity(&found), end)
}

/// Adds structured data; where it ends.
fn add_elements(source: &Excerpt, start: usize, name: &str, fields: &mut Fields) -> usize {
    let mut at = start;
    let rest = |at: usize| source.text().get(at..).unwrap_or_default();
    while let Some(element) = ELEMENT.captures(rest(at)) {
        let end = element.get(0).map_or(0, |whole| whole.end());
        if let (Some(id), Some(pairs)) = (element.name("id"), element.name("pairs")) {
            let name = join(name, id.as_str());
            for pair in PARAMETER.captures_iter(pairs.as_str()) {
                let (Some(key), Some(value)) = (pair.name("key"), pair.name("value")) else {
                    continue;
                };
                let from = at + pairs.start();
                let written = source.part(from + value.start()..from + value.end());
                fields.add(&join(&name, key.as_str()), &written.unescaped('\\', escape));
            }
        }
        let is_none = element.name("id").is_none();
        at += end;
        if is_none {
            break;
        }
    }
    at
}

fn escape(text: &str) -> Option<(char, usize)> {
    match text.as_bytes().get(1)? {
        sign @ (b'"' | b'\\' | b']') => Some((char::from(*sign), 2)),
        _ => None,
    }
}

/// The length of the header of a further line.
fn header_length(line: &str) -> usize {
    let found = HEADER.captures(line);
    let is_header =
        found.filter(|found| found.name("app").is_some() || found.name("pri").is_some());
    is_header
        .and_then(|found| Some(found.get(0)?.end()))
        .unwrap_or_default()
}

/// Adds a message, its pairs as well; what it says outside of pairs, where that is short.
fn add_message(
    source: &Excerpt,
    range: Range<usize>,
    name: &str,
    fields: &mut Fields,
) -> Option<String> {
    let message = source.trimmed(range);
    let field = join(name, "message");
    if json::flatten_nested(&message, &field, 1, fields) {
        return None;
    }
    let text = message.text();
    let (pairs, first) = text::equals_fields(text);
    let sizes = pairs
        .iter()
        .map(|pair| pair.name.len() + 1 + pair.value.len());
    let is_all_pairs = 2 * sizes.sum::<usize>() > text.len();
    if !is_all_pairs {
        fields.add(&field, &message);
    }
    text::add_found(&message, name, pairs, fields);
    let prose = if is_all_pairs {
        text.get(..first)?
    } else {
        text
    };
    // One word before the pairs is the name of a log.
    text::title_of_prose(prose).filter(|title| title.contains(' '))
}

/// The lower three bits of the priority: 0, emergency, to 7, debug.
fn severity(found: &Captures) -> Option<Severity> {
    let priority: u64 = found.name("pri")?.as_str().parse().ok()?;
    (priority <= 191).then_some(match priority % 8 {
        0..=2 => Severity::Critical,
        3 => Severity::High,
        4 => Severity::Medium,
        5 => Severity::Low,
        _ => Severity::Informational,
    })
}
