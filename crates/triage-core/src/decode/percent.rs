//! Percent-encoding: `%2Fetc%2Fpasswd`, and `%u0041` as scripts write it.

use super::words::is_text;
use super::{Budget, Encoding, Found, MAX_LAYER_BYTES};
use crate::alert::cut;

/// The fewest escapes of a value that is worth decoding.
const MIN_ESCAPES: usize = 3;

/// Finds values with several escapes that say more once decoded.
pub(super) fn find(text: &str, budget: &mut Budget) -> Vec<Found> {
    if !text.contains('%') {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut at = 0;
    for value in text.split(|c: char| c.is_whitespace() || "\"'`<>".contains(c)) {
        let start = at;
        // Every separator that occurs in alerts is one byte long, but white space need not be.
        let behind = text
            .get(start + value.len()..)
            .and_then(|rest| rest.chars().next());
        at += value.len() + behind.map_or(0, char::len_utf8);
        if let Some(decoded) = decode(value, budget) {
            found.push(Found {
                range: start..start + value.len(),
                encoding: Encoding::Url,
                text: decoded,
            });
        }
    }
    found
}

fn decode(value: &str, budget: &mut Budget) -> Option<String> {
    if value.matches('%').take(MIN_ESCAPES).count() < MIN_ESCAPES {
        return None;
    }
    let value = cut(value, 3 * MAX_LAYER_BYTES);
    if !budget.spend(value.len()) {
        return None;
    }
    let mut bytes = Vec::with_capacity(value.len());
    let mut escapes = 0;
    let mut says_more = false;
    let mut is_query = false;
    let mut rest = value;
    while let Some(first) = rest.bytes().next() {
        if let Some((character, behind)) = escape(rest) {
            // A character of several bytes is one escape to a reader.
            escapes += usize::from(!matches!(character, Escape::Byte(0x80..=0xbf)));
            says_more |= !matches!(character, Escape::Byte(b' '));
            match character {
                // A zero ends a string early; to a reader it is a gap.
                Escape::Byte(0) => bytes.push(b' '),
                Escape::Byte(byte) => bytes.push(byte),
                Escape::Char(c) => bytes.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            }
            rest = behind;
            continue;
        }
        is_query |= first == b'?';
        // Forms and queries write a space as a plus.
        bytes.push(if is_query && first == b'+' {
            b' '
        } else {
            first
        });
        let mut others = rest.char_indices().skip(1);
        let next = others.next().map_or(rest.len(), |(place, _)| place);
        bytes.extend(rest.bytes().take(next).skip(1));
        rest = rest.get(next..).unwrap_or_default();
    }
    let text = String::from_utf8(bytes).ok()?;
    let is_useful = escapes >= MIN_ESCAPES && says_more && is_text(&text);
    is_useful.then(|| cut(&text, MAX_LAYER_BYTES).to_owned())
}

enum Escape {
    Byte(u8),
    Char(char),
}

/// The escape at the start of a text, and what stands behind it.
fn escape(text: &str) -> Option<(Escape, &str)> {
    let digits = text.strip_prefix('%')?;
    if let Some(digits) = digits.strip_prefix(['u', 'U']) {
        let code = u32::from_str_radix(hex(digits, 4)?, 16).ok()?;
        return Some((Escape::Char(char::from_u32(code)?), digits.get(4..)?));
    }
    let byte = u8::from_str_radix(hex(digits, 2)?, 16).ok()?;
    Some((Escape::Byte(byte), digits.get(2..)?))
}

fn hex(text: &str, count: usize) -> Option<&str> {
    let digits = text.get(..count)?;
    digits
        .bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then_some(digits)
}
