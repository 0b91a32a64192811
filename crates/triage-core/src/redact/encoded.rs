//! Encoded data: summarised by its length and hash, for it could hold anything.

use std::ops::Range;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use regex::Regex;

use super::view::Piece;
use crate::digest::sha256_hex;

/// Encoded data of 80 characters and more, or wrapped into lines of 60 and more.
static LONG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?:[A-Za-z0-9+/]{80,}|[A-Za-z0-9+/]{60,}(?:(?:(?:\\r)?\\n|\r?\n)[A-Za-z0-9+/]{4,})+)={0,2}",
    )
    .expect("the pattern is a constant that tests compile")
});

/// Encoded data after a switch or call that decodes it, however short.
static ARGUMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:[\s"'/–-]-?e(?:nc[a-z]*|c)?\s+["']?|FromBase64String\s*\(\s*["']?)([A-Za-z0-9+/]{16,}={0,2})"#,
    )
    .expect("the pattern is a constant that tests compile")
});

/// The shortest name, in bytes, that is looked for inside encoded data: the encoding of a shorter
/// one also occurs by chance.
const MIN_NAME_BYTES: usize = 6;

/// Where encoded data stands that is told by its length or by what stands before it.
pub(super) fn spans(text: &str) -> Vec<Range<usize>> {
    let arguments = ARGUMENT
        .captures_iter(text)
        .filter_map(|found| found.get(1));
    let long = LONG.find_iter(text);
    arguments.chain(long).map(|data| data.range()).collect()
}

/// What stands in place of encoded data.
pub(super) fn summary(data: &str) -> String {
    let hash = sha256_hex(data.as_bytes());
    format!(
        "[base64 of {} characters, sha256 {}]",
        data.len(),
        hash.get(..12).unwrap_or_default()
    )
}

/// How a name reads inside base64 that encodes more than the name: as UTF-8 and UTF-16LE, in
/// three alignments each. Characters that hold bits of what stands beside it are left out.
pub(super) fn pieces_of(name: &str) -> Vec<String> {
    if name.len() < MIN_NAME_BYTES {
        return Vec::new();
    }
    let mut pieces = Vec::new();
    for name in [name.to_owned(), name.to_lowercase(), name.to_uppercase()] {
        let wide: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [name.as_bytes(), &wide] {
            for before in 0..3 {
                let mut shifted = vec![0; before];
                shifted.extend_from_slice(bytes);
                let encoded = STANDARD_NO_PAD.encode(&shifted);
                let whole = (8 * before).div_ceil(6)..8 * shifted.len() / 6;
                pieces.extend(encoded.get(whole).map(str::to_owned));
            }
        }
    }
    pieces.sort_unstable();
    pieces.dedup();
    pieces
}

/// A character of base64 in its usual alphabet: URLs have one of their own.
pub(super) fn usual(c: char) -> char {
    match c {
        '-' => '+',
        '_' => '/',
        _ => c,
    }
}

/// The run of encoded data around some pieces of a view.
pub(super) fn run_around(view: &[Piece], found: Range<usize>) -> Range<usize> {
    let is_data = |piece: &&Piece| {
        piece.c.is_ascii_alphanumeric() || matches!(piece.c, '+' | '/' | '-' | '_' | '=')
    };
    let before = view.get(..found.start).unwrap_or_default();
    let after = view.get(found.end..).unwrap_or_default();
    let start = found.start - before.iter().rev().take_while(is_data).count();
    start..found.end + after.iter().take_while(is_data).count()
}

#[cfg(test)]
mod tests {
    use base64::engine::general_purpose::STANDARD;
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn wrapped_data_is_one() {
        let line = "QUJD".repeat(19);
        for text in [
            format!("{line}\n{line}\nQUJD="),
            format!("{line}\\r\\n{line}\\r\\nQUJD="),
        ] {
            assert_eq!(spans(&text).first(), Some(&(0..text.len())));
        }
        assert!(spans(&line).is_empty());
    }

    proptest! {
        #[test]
        fn a_name_is_found_inside_any_encoded_text(
            before in "[ -~]{0,9}", name in "[a-zé]{6,12}", after in "[ -~]{0,9}", wide in any::<bool>(),
        ) {
            let text = format!("{before}{name}{after}");
            let bytes = if wide {
                text.encode_utf16().flat_map(u16::to_le_bytes).collect()
            } else {
                text.into_bytes()
            };
            let encoded = STANDARD.encode(bytes);
            prop_assert!(pieces_of(&name).iter().any(|piece| encoded.contains(piece.as_str())));
        }
    }
}
