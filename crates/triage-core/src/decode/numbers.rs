//! Characters as a list of numbers: `[char[]](73,69,88)`, `fromCharCode(105,101)`, `0x69,0x65`.

use std::sync::LazyLock;

use regex::Regex;

use super::words::is_text;
use super::{Budget, Encoding, Found, MAX_LAYER_BYTES, hex};
use crate::alert::cut;

/// What a list needs at least one of, to be worth a look.
static REASON: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i-u)char|0x[0-9a-f]{2}\s?,|byte\[")
        .expect("the pattern is a constant that tests compile")
});

/// A list of three numbers or more, with the words that make characters of them before or after.
static LIST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?ix-u)
        (?<before> (?:\[(?:system\.)?char\[\]\] | fromcharcode | \[(?:system\.)?byte\[\]\]) \s* @? \(? \s* @? \(? \s* )?
        (?<list> (?:0x[0-9a-f]{1,4}|[0-9]{1,5}) (?:[\s,]{1,4} (?:0x[0-9a-f]{1,4}|[0-9]{1,5})){2,} )
        (?<after> ["'\s)]{0,6} (?:\.?-?split(?u:[^|\n]){0,12})? \s* \| \s* (?:%|foreach(?:-object)?) \s* \{ (?u:[^}\n]){0,30} char )?"#,
    )
    .expect("the pattern is a constant that tests compile")
});

/// Finds lists of numbers that are text.
pub(super) fn find(text: &str, budget: &mut Budget) -> Vec<Found> {
    if !REASON.is_match(text) {
        return Vec::new();
    }
    let lists = LIST.captures_iter(text).filter_map(|captures| {
        let list = captures.name("list")?;
        let is_of_chars = captures.name("after").is_some() || captures.name("before").is_some();
        let codes: Vec<u32> = list
            .as_str()
            .split(|c: char| c == ',' || c.is_whitespace())
            .filter(|item| !item.is_empty())
            .map(number)
            .collect::<Option<_>>()?;
        let is_hex = list
            .as_str()
            .get(..2)
            .is_some_and(|head| head.eq_ignore_ascii_case("0x"));
        let bytes: Option<Vec<u8>> = codes.iter().map(|code| u8::try_from(*code).ok()).collect();
        let (encoding, text) = match bytes {
            Some(bytes) if is_hex => hex::read(&bytes, budget)?,
            _ if is_of_chars => (Encoding::CharCodes, characters(&codes, budget)?),
            _ => return None,
        };
        Some(Found {
            range: list.range(),
            encoding,
            text,
        })
    });
    lists.collect()
}

/// A decimal number, or a hexadecimal one after `0x`.
pub(super) fn number(digits: &str) -> Option<u32> {
    match digits.get(..2) {
        Some("0x" | "0X") => u32::from_str_radix(digits.get(2..)?, 16).ok(),
        _ => digits.parse().ok(),
    }
}

fn characters(codes: &[u32], budget: &mut Budget) -> Option<String> {
    let text: String = codes
        .iter()
        .map(|code| char::from_u32(*code))
        .collect::<Option<_>>()?;
    let letters = text.chars().filter(char::is_ascii_alphanumeric).count();
    let is_more = budget.spend(text.len()) && letters >= 2 && is_text(&text);
    is_more.then(|| cut(&text, MAX_LAYER_BYTES).to_owned())
}
