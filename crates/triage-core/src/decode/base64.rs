//! Base64: after a switch or call that says so, and alone where it surely is text.

use std::ops::Range;
use std::sync::LazyLock;

use ::base64::Engine as _;
use ::base64::alphabet::{Alphabet, STANDARD, URL_SAFE};
use ::base64::engine::DecodePaddingMode;
use ::base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use regex::Regex;

use super::payload::Payload;
use super::words::is_surely_text;
use super::{Budget, Encoding, Found, MAX_LAYER_BYTES};
use crate::redact::mask_secrets;

/// The fewest digits of a value that nothing marks as encoded.
const MIN_BARE: usize = 24;

/// The same where the text is nothing else.
const MIN_ALONE: usize = 12;

/// The most digits that are decoded of one value.
const MAX_DIGITS: usize = 2 * MAX_LAYER_BYTES;

/// How far before a value is looked for a word that makes it a secret, in bytes.
const LEAD: usize = 40;

/// What says that base64 follows: `-e`, `-enc`, `-EncodedCommand` and what PowerShell accepts
/// between, and calls that decode.
static MARK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
        (?i-u:
            (?:^|[\s"'(,;`])(?:[-/]|–|—|―)\^?(?<switch>e[a-z]{0,13})(?:["',:]*\s+["',\s]*|:)
          | frombase64string \s*\(\s*
          | (?:atob|b64decode|base64_decode|decode64|frombase64) \s*\(\s*b?
          | base64 \s+ (?:-d|--decode) \s* <<< \s*
          | [;/]base64[,/] \s*
        )
        [\\"'`]{0,4} (?<data>[A-Za-z0-9+/_-]{8,}={0,2})"#,
    )
    .expect("the pattern is a constant that tests compile")
});

/// What says that the base64 before it is decoded.
static PIPE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i-u)[\s\x22')}]*\|\s*\{?(?:base64[\s,]+(?:-d|--decode)|openssl\s+(?:enc\s+-)?base64\s(?u:[^|\n]){0,20}-d)")
        .expect("the pattern is a constant that tests compile")
});

/// A word that says that data are compressed without a mark of their own.
static DEFLATE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i-u)deflate|zlib|decompress")
        .expect("the pattern is a constant that tests compile")
});

/// Command lines are often cut or lose their padding on the way into an alert.
const fn lenient(alphabet: &Alphabet) -> GeneralPurpose {
    GeneralPurpose::new(
        alphabet,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    )
}

pub(super) const LENIENT: GeneralPurpose = lenient(&STANDARD);
const LENIENT_URL_SAFE: GeneralPurpose = lenient(&URL_SAFE);

/// How much speaks for a value being encoded text.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Sign {
    /// A call or switch that decodes it.
    Mark,
    /// A switch that may mean something else: `-e`.
    Hint,
    /// Its form alone.
    Form,
}

/// Finds base64 in a text, in the order of the text but for what is marked, which comes first.
pub(super) fn find(text: &str, budget: &mut Budget) -> Vec<Found> {
    let deflate = DEFLATE.is_match(text);
    let mut found = Vec::new();
    let mut add = |range: Range<usize>, sign, budget: &mut Budget| {
        let digits = text.get(range.clone()).unwrap_or_default();
        let Some((encoding, decoded)) = decode(digits, sign, deflate, budget) else {
            return;
        };
        if sign != Sign::Form || !is_secret(text, range.start) {
            found.push(Found {
                range,
                encoding,
                text: decoded,
            });
        }
    };
    if let Some(range) = alone(text) {
        add(range, Sign::Form, budget);
        return found;
    }
    for marked in MARK.captures_iter(text) {
        let sign = marked.name("switch").map_or(Some(Sign::Mark), |switch| {
            let switch = switch.as_str().to_ascii_lowercase();
            let is_short = switch.len() < 3;
            let is_switch = "encodedcommand".starts_with(&switch) || switch == "ec";
            is_switch.then_some(if is_short { Sign::Hint } else { Sign::Mark })
        });
        if let (Some(sign), Some(data)) = (sign, marked.name("data")) {
            add(data.range(), sign, budget);
        }
    }
    for pipe in PIPE.find_iter(text) {
        let before = text.get(..pipe.start()).unwrap_or_default();
        let digits = before.trim_end_matches('=').bytes().rev();
        let count = digits
            .take_while(|byte| is_digit(*byte))
            .take(MAX_DIGITS)
            .count();
        let start = before.trim_end_matches('=').len() - count;
        if count >= 8 {
            add(start..before.len(), Sign::Mark, budget);
        }
    }
    for range in bare(text) {
        add(range, Sign::Form, budget);
    }
    found
}

/// The whole text, where it is nothing but base64, perhaps on several lines.
fn alone(text: &str) -> Option<Range<usize>> {
    let value = text.trim();
    let start = text.len() - text.trim_start().len();
    let digits = value.trim_end_matches('=');
    let lines_are_full = || {
        digits
            .split_whitespace()
            .rev()
            .skip(1)
            .all(|line| line.len() >= 32)
    };
    let is_alone = digits.len() >= MIN_ALONE
        && digits
            .bytes()
            .all(|byte| is_digit(byte) || byte == b'\n' || byte == b'\r')
        && lines_are_full();
    is_alone.then(|| start..start + value.len())
}

/// Values of nothing but base64 digits that stand free and may hold text.
fn bare(text: &str) -> impl Iterator<Item = Range<usize>> {
    let bytes = text.as_bytes();
    let mut at = 0;
    std::iter::from_fn(move || {
        loop {
            let rest = bytes.get(at..)?;
            let start = at + rest.iter().position(|byte| is_digit(*byte))?;
            let rest = bytes.get(start..)?;
            let digits = rest.iter().position(|byte| !is_digit(*byte));
            let digits = digits.unwrap_or(rest.len());
            let padding = rest.iter().skip(digits).take_while(|byte| **byte == b'=');
            let end = start + digits + padding.take(2).count();
            at = end;
            if digits >= MIN_BARE && stands_free(bytes, start, end) {
                return Some(start..end);
            }
        }
    })
}

fn is_digit(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'_' | b'-')
}

/// Whether a value begins and ends where values do: not within a path, a name or a token of
/// several parts.
fn stands_free(bytes: &[u8], start: usize, end: usize) -> bool {
    let before = start.checked_sub(1).and_then(|place| bytes.get(place));
    let mut after = bytes.iter().skip(end);
    let is_edge = |byte: &u8| byte.is_ascii_whitespace() || b"\"'`()[]{}<>,;|&\\".contains(byte);
    let ends = match after.next() {
        Some(b'.') => after.next().is_none_or(u8::is_ascii_whitespace),
        other => other.is_none_or(is_edge),
    };
    ends && before.is_none_or(|byte| is_edge(byte) || matches!(byte, b'=' | b':'))
}

/// Whether what stands before a value says that it is a secret: those are not spelled out.
fn is_secret(text: &str, start: usize) -> bool {
    const STAND_IN: &str = "placeholder";
    let from = text.floor_char_boundary(start.saturating_sub(LEAD));
    let lead = text.get(from..start).unwrap_or_default();
    let is_basic = lead
        .trim_end()
        .get(lead.trim_end().len().saturating_sub(5)..)
        .is_some_and(|word| word.eq_ignore_ascii_case("basic"));
    is_basic || !mask_secrets(&format!("{lead}{STAND_IN}")).ends_with(STAND_IN)
}

fn decode(
    digits: &str,
    sign: Sign,
    deflate: bool,
    budget: &mut Budget,
) -> Option<(Encoding, String)> {
    let bytes = bytes(digits, sign, budget)?;
    let payload = Payload::read(&bytes, deflate || sign == Sign::Mark, budget)?;
    let is_certain = match payload.packing {
        // A broken stream can begin with anything.
        Some(_) => is_surely_text(&payload.text),
        None => match sign {
            Sign::Mark => true,
            Sign::Hint => payload.is_utf16 || is_surely_text(&payload.text),
            Sign::Form => is_surely_text(&payload.text),
        },
    };
    let encoding = payload.packing.unwrap_or(if payload.is_utf16 {
        Encoding::Base64Utf16
    } else {
        Encoding::Base64Utf8
    });
    is_certain.then_some((encoding, payload.text))
}

fn bytes(digits: &str, sign: Sign, budget: &mut Budget) -> Option<Vec<u8>> {
    let joined: String;
    let digits = digits.trim_end_matches('=');
    let digits = digits.get(..digits.len().min(MAX_DIGITS))?;
    let digits = if digits.contains(['\n', '\r']) {
        joined = digits.split_whitespace().collect();
        joined.as_str()
    } else {
        digits
    };
    let engine = match (digits.contains(['-', '_']), digits.contains(['+', '/'])) {
        (true, true) => return None,
        (true, false) => LENIENT_URL_SAFE,
        _ => LENIENT,
    };
    // One left-over digit holds no byte: it is where the log cut the command. Without a mark, it
    // says that this is no base64.
    let left_over = digits.len() % 4 == 1;
    if left_over && sign == Sign::Form && digits.len() < MAX_DIGITS {
        return None;
    }
    let whole = digits.get(..digits.len() - usize::from(left_over))?;
    budget
        .spend(whole.len())
        .then(|| engine.decode(whole).ok())?
}
