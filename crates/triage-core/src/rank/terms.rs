//! Text as terms: the words that lexical search compares, each as a 32-bit hash with its place.
//!
//! Command lines, rule titles and ATT&CK's prose must meet in the same terms, so a word such as
//! `Invoke-WebRequest` gives itself whole, its parts, and the pieces of its camel case, stemmed.
//! Hashes stand for the words, because an index needs no more than to recognise them.

use std::sync::LazyLock;

use regex::Regex;

use crate::alert::Span;

/// A term and where it stands in the text it was read from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Term {
    /// Names the term: FNV-1a of its lower-case stem.
    pub hash: u32,
    /// The word, or the piece of a word, that it was made of.
    pub span: Span,
}

/// Words longer than this are encoded data or paths run together.
const MAX_WORD: usize = 60;

/// Words of several parts are also kept whole up to this length.
const MAX_WHOLE: usize = 30;

/// What parts a word has.
const SEPARATORS: [char; 3] = ['.', '_', '-'];

/// Words of prose and of alerts that say nothing about what happened.
const STOP_WORDS: &[&str] = &[
    "a",
    "activity",
    "adversaries",
    "adversary",
    "alert",
    "alerts",
    "also",
    "an",
    "and",
    "are",
    "as",
    "at",
    "attacker",
    "attackers",
    "be",
    "been",
    "behavior",
    "but",
    "by",
    "can",
    "citation",
    "data",
    "detect",
    "detected",
    "detection",
    "detections",
    "detects",
    "erroraction",
    "event",
    "events",
    "example",
    "examples",
    "file",
    "files",
    "for",
    "from",
    "has",
    "have",
    "if",
    "in",
    "include",
    "includes",
    "including",
    "into",
    "is",
    "it",
    "its",
    "malicious",
    "may",
    "nologo",
    "noninteractive",
    "noprofile",
    "not",
    "of",
    "on",
    "or",
    "other",
    "possible",
    "potential",
    "process",
    "processes",
    "rule",
    "rules",
    "silentlycontinue",
    "such",
    "suspicious",
    "system",
    "systems",
    "that",
    "the",
    "their",
    "them",
    "then",
    "these",
    "they",
    "this",
    "through",
    "to",
    "use",
    "used",
    "user",
    "users",
    "uses",
    "using",
    "via",
    "was",
    "when",
    "which",
    "will",
    "with",
    "within",
    "would",
];

/// Endings taken off, the first that fits, as long as four letters are left.
const SUFFIXES: [&str; 12] = [
    "ations", "ation", "ings", "ing", "ied", "ies", "ers", "er", "ed", "es", "s", "ly",
];

/// `EventCode=10`, `Event ID: 4688`, `EventID 1, 3`: a number that means something.
static EVENT_NUMBER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)\bevent[ _]?(?:code|id)s?["']?[\s:=]*"?(?<all>\d{1,5}(?:\s*,\s*\d{1,5})*)"#)
        .expect("the pattern is a constant that tests compile")
});

/// The terms of a text in its order; a word gives its whole, its parts and their pieces.
///
/// ```
/// use triage_core::rank::terms;
/// let text = "Scheduled tasks";
/// let found = terms(text);
/// assert_eq!(found[1].hash, terms("task")[0].hash);
/// assert_eq!(&text[found[1].span.range()], "tasks");
/// ```
pub fn terms(text: &str) -> Vec<Term> {
    let mut found = Vec::new();
    let mut from = 0;
    for numbers in EVENT_NUMBER.captures_iter(text) {
        let Some((whole, all)) = numbers.get(0).zip(numbers.name("all")) else {
            continue;
        };
        words(text, from..whole.start(), &mut found);
        for number in all
            .as_str()
            .split(',')
            .map(str::trim)
            .filter(|n| !n.is_empty())
        {
            found.push(Term {
                hash: hash(&["eid", number]),
                span: whole.range().into(),
            });
        }
        from = whole.end();
    }
    words(text, from..text.len(), &mut found);
    found
}

fn words(text: &str, range: std::ops::Range<usize>, found: &mut Vec<Term>) {
    let bytes = text.as_bytes();
    let mut at = range.start;
    while at < range.end {
        let start = at;
        while at < range.end && bytes.get(at).is_some_and(|b| is_word_byte(*b)) {
            at += 1;
        }
        if at == start {
            at += 1;
            continue;
        }
        // Only ASCII was passed, so the range lies between characters.
        let written = text.get(start..at).unwrap_or_default();
        let word = written.trim_matches(SEPARATORS);
        let start = start + (written.len() - written.trim_start_matches(SEPARATORS).len());
        if !word.is_empty() && word.len() <= MAX_WORD && !is_number(word) {
            read_word(word, start, found);
        }
    }
}

fn is_word_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'-')
}

/// A number, or hexadecimal data.
fn is_number(word: &str) -> bool {
    word.bytes().all(|b| b.is_ascii_digit())
        || (word.len() >= 8 && word.bytes().all(|b| b.is_ascii_hexdigit()))
}

fn read_word(word: &str, start: usize, found: &mut Vec<Term>) {
    if word.contains(SEPARATORS) && word.len() <= MAX_WHOLE {
        found.push(Term {
            hash: hash(&[&word.to_ascii_lowercase()]),
            span: Span::from(start..start + word.len()),
        });
    }
    let mut next = start;
    for part in word.split(SEPARATORS) {
        let at = next;
        // Separators are one byte each.
        next += part.len() + 1;
        if part.is_empty() || is_number(part) {
            continue;
        }
        let lower = part.to_ascii_lowercase();
        let span = Span::from(at..at + part.len());
        let pieces = camel_pieces(part);
        if pieces.len() > 1 {
            if lower.len() > 2 && !is_stop_word(&lower) {
                found.push(Term {
                    hash: hash(&[&lower]),
                    span,
                });
            }
            for piece in pieces {
                let lower = lower.get(piece.clone()).unwrap_or_default();
                let is_digits = lower.bytes().all(|b| b.is_ascii_digit());
                if lower.len() > 2 && !is_digits && !is_stop_word(lower) {
                    found.push(Term {
                        hash: hash(&[stem(lower)]),
                        span: Span::from(at + piece.start..at + piece.end),
                    });
                }
            }
        } else if lower.len() > 1 && !is_stop_word(&lower) {
            found.push(Term {
                hash: hash(&[stem(&lower)]),
                span,
            });
        }
    }
}

/// `UseLogonCredential` as `Use`, `Logon`, `Credential`; `MSSQLServer` as `MSSQL`, `Server`.
fn camel_pieces(part: &str) -> Vec<std::ops::Range<usize>> {
    #[derive(Clone, Copy, PartialEq)]
    enum Kind {
        Upper,
        Lower,
        Digit,
    }
    let kind = |byte: u8| match byte {
        b'A'..=b'Z' => Kind::Upper,
        b'a'..=b'z' => Kind::Lower,
        _ => Kind::Digit,
    };
    let bytes = part.as_bytes();
    let mut pieces = Vec::new();
    let mut start = 0;
    for (at, pair) in bytes.windows(2).enumerate() {
        let &[before, after] = pair else { continue };
        let (before, after) = (kind(before), kind(after));
        let is_end = match (before, after) {
            // A capital begins the word that its small letters continue: `aB`, `AB|Cd`.
            (Kind::Upper, Kind::Upper) => {
                bytes.get(at + 2).is_some_and(|b| kind(*b) == Kind::Lower)
            }
            (Kind::Upper, Kind::Lower) => false,
            _ => before != after,
        };
        if is_end {
            pieces.push(start..at + 1);
            start = at + 1;
        }
    }
    pieces.push(start..bytes.len());
    pieces
}

fn is_stop_word(lower: &str) -> bool {
    STOP_WORDS.binary_search(&lower).is_ok()
}

fn stem(lower: &str) -> &str {
    SUFFIXES
        .iter()
        .find_map(|suffix| lower.strip_suffix(suffix).filter(|rest| rest.len() >= 4))
        .unwrap_or(lower)
}

/// FNV-1a, 32 bits (draft-eastlake-fnv). With 20,000 terms the chance that any two fall together
/// is one in twenty, and the harm is that they count as one word.
fn hash(parts: &[&str]) -> u32 {
    parts
        .iter()
        .flat_map(|part| part.bytes())
        .fold(0x811c_9dc5, |hash, byte| {
            (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193)
        })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// The terms as the text that each was made of, and what they should have been.
    fn check(text: &str, expected: &[(&str, &str)]) {
        let found = terms(text);
        let places: Vec<_> = found.iter().map(|term| &text[term.span.range()]).collect();
        let expected_places: Vec<_> = expected.iter().map(|(place, _)| *place).collect();
        assert_eq!(places, expected_places, "{text}");
        for (term, (place, stem)) in found.iter().zip(expected) {
            assert_eq!(term.hash, hash(&[stem]), "{place} as {stem}");
        }
    }

    #[test]
    fn words_parts_and_pieces() {
        check(
            "Dumping credentials",
            &[("Dumping", "dump"), ("credentials", "credential")],
        );
        check(
            "Invoke-WebRequest",
            &[
                ("Invoke-WebRequest", "invoke-webrequest"),
                ("Invoke", "invoke"),
                ("WebRequest", "webrequest"),
                ("Web", "web"),
                ("Request", "request"),
            ],
        );
        check(
            "HKLM\\UseLogonCredential",
            &[
                ("HKLM", "hklm"),
                ("UseLogonCredential", "uselogoncredential"),
                ("Logon", "logon"),
                ("Credential", "credential"),
            ],
        );
        check(
            "MSSQLServer x86",
            &[
                ("MSSQLServer", "mssqlserver"),
                ("MSSQL", "mssql"),
                ("Server", "serv"),
                ("x86", "x86"),
            ],
        );
    }

    #[test]
    fn numbers_say_nothing_but_for_events() {
        check("1234 deadbeef00 0123456789abcdef the of", &[]);
        check(
            "EventCode=4688, 4103 then EventID: 1",
            &[
                ("EventCode=4688, 4103", "eid4688"),
                ("EventCode=4688, 4103", "eid4103"),
                ("EventID: 1", "eid1"),
            ],
        );
    }

    #[test]
    fn stop_words_are_in_order() {
        assert!(STOP_WORDS.is_sorted());
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,400}") {
            for term in terms(&text) {
                prop_assert!(text.get(term.span.range()).is_some());
            }
        }
    }
}
