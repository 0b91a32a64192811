//! The alert as a reader sees it: JSON escapes undone, with the way back to the raw text.

use std::sync::LazyLock;

use regex::Regex;
use serde::de::IgnoredAny;
use serde_json::Deserializer;

use crate::alert::{Alert, Span};

/// Fields that are searched for in vain cost a pass over the text each; after so many the rest
/// goes without a place.
const MAX_VAIN_SEARCHES: usize = 64;

/// Places in other text where a JSON object may begin.
const MAX_JSON_STARTS: usize = 4;

static JSON_START: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"\{\s*""#).expect("the pattern is a constant that tests compile")
});

/// Text with its JSON escapes undone. Positions in it lead back to the raw text.
pub(super) struct Shown {
    /// The text that patterns search.
    pub(super) text: String,
    /// Where the two texts change their distance: positions in this text and in the raw one.
    steps: Vec<(usize, usize)>,
}

impl Shown {
    pub(super) fn new(raw: &str) -> Self {
        let json = json_range(raw);
        let mut shown = Self {
            text: String::with_capacity(raw.len()),
            steps: vec![(0, 0)],
        };
        let mut in_string = false;
        let mut at = 0;
        while let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) {
            let plain = rest.find(['"', '\\']).unwrap_or(rest.len());
            shown.text.push_str(rest.get(..plain).unwrap_or_default());
            at += plain;
            let Some(rest) = raw.get(at..).filter(|rest| !rest.is_empty()) else {
                break;
            };
            let escape = (in_string && json.0 <= at && at < json.1)
                .then(|| unescape(rest))
                .flatten();
            if let Some((c, length)) = escape {
                shown.steps.push((shown.text.len(), at));
                shown.text.push(c);
                at += length;
                shown.steps.push((shown.text.len(), at));
            } else {
                let is_quote = rest.starts_with('"');
                in_string ^= is_quote && json.0 <= at;
                shown.text.push(if is_quote { '"' } else { '\\' });
                at += 1;
            }
        }
        shown
    }

    /// Where a part of this text stands in the raw text.
    pub(super) fn raw_span(&self, start: usize, end: usize) -> Span {
        let raw = |at: usize| {
            let next = self.steps.partition_point(|(shown, _)| *shown <= at);
            let (shown, raw) = self.step_before(next);
            raw + (at - shown)
        };
        Span::from(raw(start)..raw(end))
    }

    /// Where a position of the raw text stands in this text.
    pub(super) fn shown_at(&self, raw_at: usize) -> usize {
        let next = self.steps.partition_point(|(_, raw)| *raw <= raw_at);
        let (shown, raw) = self.step_before(next);
        self.text.floor_char_boundary(shown + (raw_at - raw))
    }

    fn step_before(&self, next: usize) -> (usize, usize) {
        let place = next.saturating_sub(1);
        self.steps.get(place).copied().unwrap_or_default()
    }

    /// Where the value of each field stands in this text: its own span, or the first place after
    /// the field before it.
    pub(super) fn places(&self, alert: &Alert) -> Vec<Option<(usize, usize)>> {
        let mut searched = 0;
        let mut vain = 0;
        let place = |field: &crate::alert::Field| {
            let given = field
                .span
                .map(|span| (self.shown_at(span.start), self.shown_at(span.end)));
            // A short value is met by chance in the one before it, where that was spelled with
            // escapes and so not found.
            if let Some(place) = given.filter(|(start, _)| *start >= searched) {
                searched = place.1;
                return given;
            }
            if vain == MAX_VAIN_SEARCHES {
                return given;
            }
            let Some(at) = self
                .text
                .get(searched..)
                .and_then(|rest| rest.find(&field.value))
            else {
                vain += 1;
                return given;
            };
            let start = searched + at;
            searched = start + field.value.len();
            Some((start, searched))
        };
        alert.fields.iter().map(place).collect()
    }
}

/// From where to where the text is JSON; an empty range where it is not. JSON that breaks off is
/// taken as JSON only where the text begins with it.
fn json_range(raw: &str) -> (usize, usize) {
    let begin = raw.len()
        - raw
            .trim_start_matches(|c: char| c.is_whitespace() || c == '[')
            .len();
    for found in JSON_START.find_iter(raw).take(MAX_JSON_STARTS) {
        let rest = raw.get(found.start()..).unwrap_or_default();
        let mut values = Deserializer::from_str(rest).into_iter::<IgnoredAny>();
        let mut end = 0;
        while let Some(Ok(_)) = values.next() {
            end = values.byte_offset();
        }
        if found.start() <= begin {
            return (found.start(), raw.len());
        }
        if end > 0 {
            return (found.start(), found.start() + end);
        }
    }
    (raw.len(), raw.len())
}

/// The character that a JSON escape at the start of `text` stands for, and the escape's length.
fn unescape(text: &str) -> Option<(char, usize)> {
    let escape = text.strip_prefix('\\')?;
    let simple = match escape.chars().next()? {
        c @ ('"' | '\\' | '/') => c,
        'n' => '\n',
        't' => '\t',
        'r' => '\r',
        'b' | 'f' => ' ',
        'u' => return unescape_unicode(text),
        _ => return None,
    };
    Some((simple, 2))
}

fn unescape_unicode(text: &str) -> Option<(char, usize)> {
    let unit = |at: usize| {
        let digits = text.get(at..)?.strip_prefix("\\u")?.get(..4)?;
        u16::from_str_radix(digits, 16).ok()
    };
    let first = unit(0)?;
    let units = [Some(first), unit(6)];
    let decoded = char::decode_utf16(units.into_iter().flatten()).next()?;
    match decoded {
        Ok(c) => Some((c, if c.len_utf16() == 2 { 12 } else { 6 })),
        Err(_) => Some((char::REPLACEMENT_CHARACTER, 6)),
    }
}
