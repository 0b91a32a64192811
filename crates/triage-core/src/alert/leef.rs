//! LEEF 1 and 2, the Log Event Extended Format of `QRadar`: a header and delimited attributes.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::cef::{add_extension, severity};
use super::excerpt::{Excerpt, Fields, join};
use super::format::Heading;
use super::syslog;

/// The header, with the delimiter that version 2 may name: a character, or its code in hex.
static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?:^|\s)LEEF:\s?(?:1(?:\.\d)?|2(?:\.\d)?)\|(?<vendor>[^|\r\n]*)\|(?<product>[^|\r\n]*)\|(?<version>[^|\r\n]*)\|(?<id>[^|\r\n]*)\|(?:(?<delimiter>(?:0?x)[0-9A-Fa-f]{2,4}|[^\sA-Za-z0-9|])?\|)?",
    )
    .expect("the pattern is a constant that tests compile")
});

/// The header's parts and what they are called as fields.
const PARTS: [(&str, &str); 4] = [
    ("vendor", "device.vendor"),
    ("product", "device.product"),
    ("version", "device.version"),
    ("id", "event_id"),
];

/// Attributes that name what happened, best first.
const TITLES: &[&str] = &["eventName", "name", "title", "ruleName", "rule"];

/// Whether a text holds a LEEF header.
pub(super) fn is(text: &str) -> bool {
    HEADER.is_match(text)
}

/// Reads the first LEEF message of a text, and the syslog header before it.
pub(super) fn read(source: &Excerpt, name: &str, fields: &mut Fields) -> Heading {
    let text = source.text();
    let Some(found) = HEADER.captures(text) else {
        return Heading::default();
    };
    let whole = found.get(0).map(|whole| whole.range()).unwrap_or_default();
    syslog::add_header(&source.part(0..whole.start), name, fields);
    let first = fields.list.len();
    for (part, field) in PARTS {
        let range = found
            .name(part)
            .map(|part| part.range())
            .unwrap_or_default();
        fields.add(&join(name, field), &source.trimmed(range));
    }
    let rest = text.get(whole.end..).unwrap_or_default();
    let next = HEADER.find(rest).map(|next| next.start());
    let end = whole.end + next.unwrap_or(rest.len());
    let delimiter = found.name("delimiter").map_or("", |named| named.as_str());
    add_attributes(
        source,
        whole.end..end,
        delimiter_of(delimiter),
        name,
        fields,
    );
    let value = |key: &str| {
        let mut found = fields.list.iter().skip(first);
        let name = join(name, key);
        let field = found.find(|field| field.name == name)?;
        Some(field.value.as_str())
    };
    // An identifier of letters is a name; a number is not.
    let id = || value("event_id").filter(|id| id.chars().any(char::is_alphabetic));
    let title = TITLES.iter().find_map(|key| value(key)).or_else(id);
    Heading {
        title: title.map(str::to_owned),
        severity: value("sev")
            .or_else(|| value("severity"))
            .and_then(severity),
        more: next.is_some(),
    }
}

fn delimiter_of(named: &str) -> char {
    let hex = named.strip_prefix("0x").or_else(|| named.strip_prefix('x'));
    hex.and_then(|digits| char::from_u32(u32::from_str_radix(digits, 16).ok()?))
        .or_else(|| named.chars().next())
        .unwrap_or('\t')
}

/// Adds the attributes at `range`. Where the delimiter was lost on the way, as tabs are when text
/// is pasted, each attribute goes on to the next key.
fn add_attributes(
    source: &Excerpt,
    range: Range<usize>,
    delimiter: char,
    name: &str,
    fields: &mut Fields,
) {
    let text = source.text().get(range.clone()).unwrap_or_default();
    if !text.trim().contains(delimiter) {
        add_extension(source, range, name, fields);
        return;
    }
    let mut start = range.start;
    for attribute in text.split(delimiter) {
        if let Some((key, value)) = attribute.split_once('=') {
            let from = start + key.len() + 1;
            let value = source.trimmed(from..from + value.len());
            fields.add(&join(name, key.trim()), &value);
        }
        start += attribute.len() + delimiter.len_utf8();
    }
}
