//! Phrases compiled to patterns over folded text.

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;

use super::SuspicionKind;
use super::fold::{Folding, fold};
use super::phrases::{IN_COMPANY, PHRASES, WORDS};

/// How the words of a folded text are spaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spacing {
    /// One space between words and at both ends.
    Words,
    /// Nothing between words.
    None,
}

/// A phrase found in a folded text.
pub(super) struct Found {
    pub(super) kind: SuspicionKind,
    /// Its bytes in the folded text.
    pub(super) range: Range<usize>,
    /// Whether it counts only beside other words of its clause.
    pub(super) in_company: bool,
}

struct Pattern {
    kind: SuspicionKind,
    regex: Regex,
    in_company: bool,
}

type Table = &'static [(SuspicionKind, &'static [&'static str])];

static WITH_SPACES: LazyLock<Vec<Pattern>> = LazyLock::new(|| {
    let mut patterns = compiled(PHRASES, Spacing::Words, false);
    patterns.extend(compiled(WORDS, Spacing::Words, false));
    patterns.extend(compiled(IN_COMPANY, Spacing::Words, true));
    patterns
});

static WITHOUT_SPACES: LazyLock<Vec<Pattern>> =
    LazyLock::new(|| compiled(PHRASES, Spacing::None, false));

/// The phrases in a folded text, at most `limit` of each.
pub(super) fn find(folded: &str, spacing: Spacing, limit: usize) -> Vec<Found> {
    let patterns = match spacing {
        Spacing::Words => &WITH_SPACES,
        Spacing::None => &WITHOUT_SPACES,
    };
    let mut found = Vec::new();
    for pattern in patterns.iter() {
        let places = pattern.regex.find_iter(folded.as_bytes()).take(limit);
        found.extend(places.map(|place| {
            // The spaces around the phrase are no part of it.
            let body = place.as_bytes();
            let start = place.end() - body.trim_ascii_start().len();
            Found {
                kind: pattern.kind,
                range: start..start + body.trim_ascii().len(),
                in_company: pattern.in_company,
            }
        }));
    }
    found
}

fn compiled(table: Table, spacing: Spacing, in_company: bool) -> Vec<Pattern> {
    let phrases = table
        .iter()
        .flat_map(|(kind, phrases)| phrases.iter().map(move |phrase| (*kind, *phrase)));
    phrases
        .map(|(kind, phrase)| Pattern {
            kind,
            regex: Regex::new(&pattern(phrase, spacing))
                .expect("the pattern is a constant that tests compile"),
            in_company,
        })
        .collect()
}

/// A phrase as a regular expression. A line break written `\n` leaves an `n` before the next
/// word, so such a letter may stand at the start of any.
fn pattern(phrase: &str, spacing: Spacing) -> String {
    let (gap, more_words, ending) = match spacing {
        Spacing::Words => (" (?:[nrt] )?[nrt]?", "(?: [^ ]+){0,3}", "[^ ]*"),
        Spacing::None => ("[nrt]?", ".{0,18}", ".{0,3}?"),
    };
    let mut written = String::new();
    let mut after_group = false;
    for c in phrase.chars() {
        match c {
            '(' => written.push_str("(?:"),
            ')' | '|' | '?' | '+' => written.push(c),
            '*' if after_group => written.push('*'),
            '*' => written.push_str(ending),
            '~' => written.push_str(more_words),
            _ => match fold(c) {
                Folding::Letter(letter) => written.push(letter),
                Folding::Gap => written.push_str(gap),
                Folding::Nothing => {}
            },
        }
        after_group = c == ')';
    }
    match spacing {
        Spacing::Words => format!("(?s-u){gap}(?:{written}) "),
        Spacing::None => format!("(?s-u){written}"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(phrase: &str, words: &str, letters: &str) {
        assert_eq!(pattern(phrase, Spacing::Words), words);
        assert_eq!(pattern(phrase, Spacing::None), letters);
    }

    #[test]
    fn phrases_become_patterns() {
        let gap = " (?:[nrt] )?[nrt]?";
        check(
            "(now|then) do* it",
            &format!("(?s-u){gap}(?:(?:now|then){gap}do[^ ]*{gap}it) "),
            "(?s-u)(?:now|then)[nrt]?do.{0,3}?[nrt]?it",
        );
        check(
            "( a| b)*~ ü",
            &format!("(?s-u){gap}(?:(?:{gap}a|{gap}b)*(?: [^ ]+){{0,3}}{gap}u) "),
            "(?s-u)(?:[nrt]?a|[nrt]?b)*.{0,18}[nrt]?u",
        );
    }
}
