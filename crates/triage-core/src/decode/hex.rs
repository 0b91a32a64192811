//! Hexadecimal: runs of digits, and characters written as escapes.

use std::sync::LazyLock;

use regex::Regex;

use super::payload::Payload;
use super::words::{holds_command, is_surely_text, is_text};
use super::{Budget, Encoding, Found, MAX_LAYER_BYTES};

/// The fewest digits of a run that may be text.
const MIN_DIGITS: usize = 16;

/// The same after `0x`, where what comes out is a command.
const MIN_MARKED: usize = 6;

/// The most digits that are decoded of one run.
const MAX_DIGITS: usize = 4 * MAX_LAYER_BYTES;

/// Four and more characters as `\x41`, `\u0041`, `&#65;` or `&#x41;`.
static ESCAPES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i-u)(?:\\{1,2}x[0-9a-f]{2}){4,}|(?:\\{1,2}u00[0-9a-f]{2}){4,}|(?:&#(?:[0-9]{2,3}|x[0-9a-f]{2});){4,}")
        .expect("the pattern is a constant that tests compile")
});

/// Finds runs of hexadecimal digits that are text, packed or not. Hashes, keys and addresses are
/// not: hardly any of their bytes are letters.
pub(super) fn find(text: &str, budget: &mut Budget) -> Vec<Found> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    for run in bytes.chunk_by(|a, b| a.is_ascii_hexdigit() == b.is_ascii_hexdigit()) {
        let start = at;
        at += run.len();
        if run.len() < MIN_MARKED || run.len() % 2 == 1 || !run.iter().all(u8::is_ascii_hexdigit) {
            continue;
        }
        let before = bytes.get(..start).unwrap_or_default();
        let is_marked = before.ends_with(b"0x") || before.ends_with(b"0X");
        let is_free =
            |byte: Option<&u8>| !byte.is_some_and(|b| b.is_ascii_alphanumeric() || *b == b'_');
        let stands_free = is_marked || is_free(before.last());
        if !stands_free || !is_free(bytes.get(at)) || (run.len() < MIN_DIGITS && !is_marked) {
            continue;
        }
        let cut = run.get(..run.len().min(MAX_DIGITS)).unwrap_or_default();
        if let Some((encoding, decoded)) = read(&pairs(cut), budget)
            && (run.len() >= MIN_DIGITS || holds_command(&decoded))
        {
            found.push(Found {
                range: start - 2 * usize::from(is_marked)..at,
                encoding,
                text: decoded,
            });
        }
    }
    found
}

/// Finds characters written as escapes of a string literal or of HTML.
pub(super) fn find_escapes(text: &str, budget: &mut Budget) -> Vec<Found> {
    if !text.contains(['\\', '&']) {
        return Vec::new();
    }
    let runs = ESCAPES.find_iter(text).filter_map(|run| {
        let codes = run
            .as_str()
            .split(['\\', ';'])
            .filter(|code| !code.is_empty());
        let bytes: Vec<u8> = codes.filter_map(code).collect();
        // UTF-8 is written byte by byte, `\xc3\xa9`.
        let text = budget
            .spend(run.len())
            .then(|| String::from_utf8(bytes).ok())??;
        let is_more = is_text(&text) && text.chars().any(|c| c.is_ascii_alphabetic());
        is_more.then(|| Found {
            range: run.range(),
            encoding: Encoding::Escapes,
            text: crate::alert::cut(&text, MAX_LAYER_BYTES).to_owned(),
        })
    });
    runs.collect()
}

/// The byte of `x41`, `u0041`, `&#65` or `&#x41`.
fn code(escape: &str) -> Option<u8> {
    match escape.strip_prefix("&#") {
        Some(digits) if digits.starts_with(['x', 'X']) => {
            u8::from_str_radix(digits.get(1..)?, 16).ok()
        }
        Some(digits) => digits.parse().ok(),
        None => u8::from_str_radix(escape.get(1..)?, 16).ok(),
    }
}

fn pairs(digits: &[u8]) -> Vec<u8> {
    let value = |digit: u8| {
        char::from(digit)
            .to_digit(16)
            .and_then(|value| u8::try_from(value).ok())
    };
    let pairs = digits.as_chunks::<2>().0.iter();
    pairs
        .filter_map(|[high, low]| Some(value(*high)? << 4 | value(*low)?))
        .collect()
}

/// Bytes that were written as numbers, where they surely are text.
pub(super) fn read(bytes: &[u8], budget: &mut Budget) -> Option<(Encoding, String)> {
    if !budget.spend(bytes.len()) {
        return None;
    }
    let payload = Payload::read(bytes, false, budget).or_else(|| {
        // Linux audit records write the words of a command line with a zero between.
        let words = bytes
            .split(|byte| *byte == 0)
            .collect::<Vec<_>>()
            .join(&b' ');
        Payload::read(&words, false, budget)
    })?;
    let encoding = payload.packing.unwrap_or(Encoding::Hex);
    is_surely_text(&payload.text).then_some((encoding, payload.text))
}
