//! A text as its author wrote it: the escapes that JSON and XML add are undone for the search.

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use crate::alert::Span;

/// A key of a JSON object: the text is JSON, or a log line that carries some.
static OBJECT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?-u)\{\s*"[\w.@-]{1,80}"\s*:|^\s*\[\s*[\[{"]"#)
        .expect("the pattern is a constant that tests compile")
});

/// Escapes that mean the same wherever they stand.
static ESCAPE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"\\(?:["'/]|u00(?:2[267bfBF]|3[c-eC-E]|60))|&(?:quot|apos|amp|lt|gt|#3[49]|#x2[27]);"#,
    )
    .expect("the pattern is a constant that tests compile")
});

/// The same, those of JSON alone, and the quotes around a string.
static JSON_ESCAPE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"\\(?:["'/\\nrt]|u00(?:2[267bfBF]|3[c-eC-E]|60))|&(?:quot|apos|amp|lt|gt|#3[49]|#x2[27]);|""#,
    )
    .expect("the pattern is a constant that tests compile")
});

/// A text without the escapes of its carrier, and where each of its bytes stood.
///
/// In JSON every string is a line of its own: a quote that opens or closes one is a line end.
pub(super) struct View<'a> {
    /// The text to search.
    pub(super) text: Cow<'a, str>,
    /// Where text and carrier move apart: an offset in each, behind an escape.
    moves: Vec<(usize, usize)>,
}

impl<'a> View<'a> {
    pub(super) fn of(carrier: &'a str) -> Self {
        let escape = if OBJECT.is_match(carrier) {
            &*JSON_ESCAPE
        } else {
            &*ESCAPE
        };
        let mut text = String::new();
        let mut moves = Vec::new();
        let mut copied = 0;
        for found in escape.find_iter(carrier) {
            text.push_str(carrier.get(copied..found.start()).unwrap_or_default());
            text.push(meaning(found.as_str()));
            copied = found.end();
            if found.len() > 1 {
                moves.push((text.len(), copied));
            }
        }
        if copied == 0 {
            return Self {
                text: Cow::Borrowed(carrier),
                moves,
            };
        }
        text.push_str(carrier.get(copied..).unwrap_or_default());
        Self {
            text: Cow::Owned(text),
            moves,
        }
    }

    /// Where a part of the text stands in the carrier.
    pub(super) fn span(&self, range: &Range<usize>) -> Span {
        (self.place(range.start)..self.place(range.end)).into()
    }

    fn place(&self, offset: usize) -> usize {
        let behind = self.moves.partition_point(|(here, _)| *here <= offset);
        match behind.checked_sub(1).and_then(|last| self.moves.get(last)) {
            Some((here, there)) => there + (offset - here),
            None => offset,
        }
    }
}

/// The one character, always ASCII, that an escape stands for.
fn meaning(escape: &str) -> char {
    match escape {
        "\"" | "\\n" => '\n',
        "\\r" => '\r',
        "\\t" => '\t',
        "&quot;" | "&#34;" | "&#x22;" => '"',
        "&apos;" | "&#39;" | "&#x27;" => '\'',
        "&amp;" => '&',
        "&lt;" => '<',
        "&gt;" => '>',
        _ => escape
            .strip_prefix("\\u")
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .and_then(char::from_u32)
            .or_else(|| escape.chars().next_back())
            .unwrap_or(' '),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(carrier: &str, text: &str) {
        assert_eq!(View::of(carrier).text, text);
    }

    #[test]
    fn the_carriers_escapes_are_undone() {
        check("plain C:\\new\\table", "plain C:\\new\\table");
        check(r#"say \"a\" &amp; \u0027b\u0027"#, "say \"a\" & 'b'");
        check(
            r#"{"a":"C:\\new \"x\" \/ \u002b"}"#,
            "{\na\n:\nC:\\new \"x\" / +\n}",
        );
        check(r#"x: {"a":"one\ntwo"}"#, "x: {\na\n:\none\ntwo\n}");
    }

    proptest! {
        #[test]
        fn a_part_of_the_text_is_found_in_the_carrier(carrier in r#"(\{"a":)?([a-zé"\\u0027/&;quot]|\\u0027|&quot;){0,60}"#) {
            let view = View::of(&carrier);
            for (start, letter) in view.text.char_indices().filter(|(_, c)| c.is_alphabetic()) {
                let span = view.span(&(start..start + letter.len_utf8()));
                prop_assert_eq!(&carrier[span.range()], letter.to_string());
            }
        }
    }
}
