//! CEF, the Common Event Format of `ArcSight`: a header of eight parts and `key=value` extensions.

use std::collections::{HashMap, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::excerpt::{Excerpt, Fields, join};
use super::format::Heading;
use super::severity::Severity;
use super::syslog;

/// The header up to its last bar; a bar in a part is escaped.
static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    let part = |name| format!(r"(?<{name}>(?:[^|\\\r\n]|\\.)*)\|");
    let parts = ["vendor", "product", "version", "id", "name", "severity"].map(part);
    Regex::new(&format!(
        r"(?:^|\s)CEF:\s?\d+(?:\.\d+)?\|{}",
        parts.concat()
    ))
    .expect("the pattern is a constant that tests compile")
});

/// A key of the extension; its value goes on to the next.
static KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:^|\s)(?<key>[A-Za-z_][A-Za-z0-9_.\[\]-]*)=")
        .expect("the pattern is a constant that tests compile")
});

/// The header's parts and what they are called as fields.
const PARTS: [(&str, &str); 6] = [
    ("vendor", "device.vendor"),
    ("product", "device.product"),
    ("version", "device.version"),
    ("id", "signature_id"),
    ("name", "name"),
    ("severity", "severity"),
];

/// Whether a text holds a CEF header.
pub(super) fn is(text: &str) -> bool {
    HEADER.is_match(text)
}

/// Reads the first CEF message of a text, and the syslog header before it.
pub(super) fn read(source: &Excerpt, name: &str, fields: &mut Fields) -> Heading {
    let text = source.text();
    let Some(found) = HEADER.captures(text) else {
        return Heading::default();
    };
    let whole = found.get(0).map(|whole| whole.range()).unwrap_or_default();
    syslog::add_header(&source.part(0..whole.start), name, fields);
    let mut heading = Heading::default();
    for (part, field) in PARTS {
        let range = found
            .name(part)
            .map(|part| part.range())
            .unwrap_or_default();
        let written = source.trimmed(range);
        let value = written.unescaped('\\', escape);
        match part {
            "name" if !value.text().is_empty() => heading.title = Some(value.text().to_owned()),
            "severity" => heading.severity = severity(value.text()),
            _ => {}
        }
        fields.add(&join(name, field), &value);
    }
    let rest = text.get(whole.end..).unwrap_or_default();
    let next = HEADER.find(rest).map(|next| next.start());
    heading.more = next.is_some();
    let end = whole.end + next.unwrap_or(rest.len());
    add_extension(source, whole.end..end, name, fields);
    heading
}

/// Adds the `key=value` pairs at `range`; those that another names (`cs1Label`) under that name.
pub(super) fn add_extension(
    source: &Excerpt,
    range: Range<usize>,
    name: &str,
    fields: &mut Fields,
) {
    let text = source.text().get(range.clone()).unwrap_or_default();
    let keys: Vec<_> = KEY
        .captures_iter(text)
        .filter_map(|found| Some((found.name("key")?, found.get(0)?.range())))
        .collect();
    let ends = keys.iter().skip(1).map(|(_, whole)| whole.start);
    let ends = ends.chain([text.len()]);
    let pairs: Vec<_> = keys
        .iter()
        .zip(ends)
        .map(|((key, whole), end)| {
            let value = range.start + whole.end..range.start + end;
            (key.as_str(), source.trimmed(value))
        })
        .collect();
    let keys_seen: HashSet<&str> = pairs.iter().map(|(key, _)| *key).collect();
    let mut labels: HashMap<&str, String> = HashMap::new();
    for (key, value) in &pairs {
        if let Some(labelled) = key.strip_suffix("Label") {
            labels.insert(labelled, value.unescaped('\\', escape).text().to_owned());
        }
    }
    for (key, value) in &pairs {
        // Without a backslash that is doubled, those of a path are no escapes.
        let is_escaped = value.text().contains(r"\\") || !value.text().contains(r":\");
        let value = value.unescaped('\\', if is_escaped { escape } else { escape_of_signs });
        let label = labels.get(key).filter(|label| !label.is_empty());
        let names_another = key
            .strip_suffix("Label")
            .is_some_and(|key| keys_seen.contains(key));
        if !names_another {
            fields.add(&join(name, label.map_or(*key, String::as_str)), &value);
        }
    }
}

/// 0 to 3 is low, 4 to 6 medium, 7 and 8 high, 9 and 10 very high; or one of these words.
pub(super) fn severity(value: &str) -> Option<Severity> {
    let number = value.parse().ok().filter(|number| *number <= 10);
    number.map_or_else(
        || Severity::from_word(value),
        |number| Some(Severity::from_scale(number, [0, 4, 7, 9])),
    )
}

fn escape(text: &str) -> Option<(char, usize)> {
    match text.as_bytes().get(1)? {
        b'n' => Some(('\n', 2)),
        b'r' => Some(('\r', 2)),
        b'\\' => Some(('\\', 2)),
        _ => escape_of_signs(text),
    }
}

/// The escapes of the two signs that CEF itself uses.
fn escape_of_signs(text: &str) -> Option<(char, usize)> {
    match text.as_bytes().get(1)? {
        sign @ (b'=' | b'|') => Some((char::from(*sign), 2)),
        _ => None,
    }
}
