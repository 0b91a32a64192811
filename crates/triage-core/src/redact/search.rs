//! Where the names and secrets of a triage stand in a text, however they are written.

use std::collections::BTreeMap;
use std::ops::Range;

use super::automaton::Automaton;
use super::encoded::{pieces_of, run_around, usual};
use super::identity::aliases;
use super::pseudonym::Pseudonyms;
use super::rules::Rules;
use super::secret::{Secrets, Spread, spread};
use super::view::{Piece, fold, folded, other_readings, plain, text_of};
use super::vocabulary::is_common;

/// Characters that are part of no escape; quotes are, behind a backslash.
const CUTS: [char; 17] = [
    ' ', '\n', '\r', '\t', ',', '<', '>', '|', '!', '^', '~', '`', '?', '*', '$', '"', '\'',
];

/// How far around a name it is looked for the ends of the word or value it is part of.
const MAX_WORD_CHARS: usize = 256;

/// The most digits that are taken for part of a name.
const MAX_DIGITS: usize = 12;

/// What was found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning<'a> {
    /// The original of this pseudonym.
    Name(&'a str),
    /// The secret at this place.
    Secret(usize),
    /// Encoded data that holds a name or a secret.
    Encoded,
}

/// Where a name counts as that name, the narrowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Reach {
    /// As a word of its own that is not the key of a value.
    Value,
    /// As a word of its own.
    Word,
    /// Inside longer words too.
    Anywhere,
}

/// A name, a secret, or a name that also was given as a secret.
#[derive(Clone, Debug)]
struct Needle {
    pseudonym: Option<String>,
    secret: Option<usize>,
    reach: Reach,
}

/// Everything that is searched for, in one automaton for names and one for encoded names.
#[derive(Clone, Debug)]
pub(super) struct Search {
    needles: Vec<Needle>,
    names: Automaton,
    encoded: Automaton,
    /// Characters that are part of no name and of no escape: what stands before and behind one has
    /// nothing to do with each other.
    cuts: Vec<char>,
}

impl Search {
    pub(super) fn new(pseudonyms: &Pseudonyms, secrets: &Secrets, rules: &Rules) -> Self {
        let mut needles: BTreeMap<String, Needle> = BTreeMap::new();
        let mut encoded: Vec<String> = Vec::new();
        for (pseudonym, original) in pseudonyms.iter() {
            if pseudonym == original {
                continue;
            }
            encoded.extend(pieces_of(original));
            let label = label_of(pseudonym);
            let is_own = rules.own.iter().any(|own| own.label == label);
            let whole = folded(original);
            for text in [whole].into_iter().chain(aliases(label, original)) {
                let reach = if is_own {
                    Reach::Anywhere
                } else {
                    reach(&text)
                };
                needles.entry(text).or_insert_with(|| Needle {
                    pseudonym: Some(pseudonym.to_owned()),
                    secret: None,
                    reach,
                });
            }
        }
        for (place, secret) in secrets.iter().enumerate() {
            let reach = match spread(secret) {
                Spread::Anywhere => Reach::Anywhere,
                Spread::Word => Reach::Word,
                Spread::Nowhere => continue,
            };
            encoded.extend(pieces_of(secret));
            let needle = needles.entry(folded(secret)).or_insert_with(|| Needle {
                pseudonym: None,
                secret: None,
                reach,
            });
            needle.secret.get_or_insert(place);
            needle.reach = needle.reach.max(reach);
        }
        let (texts, needles): (Vec<String>, Vec<Needle>) = needles.into_iter().unzip();
        let is_part = |cut: &char| texts.iter().any(|text| text.contains(*cut));
        Self {
            cuts: CUTS.into_iter().filter(|cut| !is_part(cut)).collect(),
            names: Automaton::new(texts.iter().map(|text| text.chars())),
            encoded: Automaton::new(encoded.iter().map(|piece| piece.chars().map(usual))),
            needles,
        }
    }

    /// Everything found in any reading of the text, as bytes of the text.
    pub(super) fn find(&self, text: &str, rules: &Rules) -> Vec<(Range<usize>, Meaning<'_>)> {
        let mut found = Vec::new();
        self.each_reading(text, |view| {
            self.each_name(view, rules, |pieces, needle| {
                let meaning = match (&needle.pseudonym, needle.secret) {
                    (Some(pseudonym), _) => Meaning::Name(pseudonym),
                    (None, place) => Meaning::Secret(place.unwrap_or_default()),
                };
                found.extend(bytes_of(view, &pieces).map(|bytes| (bytes, meaning)));
            });
            self.each_run(view, |run| {
                found.extend(bytes_of(view, &run).map(|bytes| (bytes, Meaning::Encoded)));
            });
        });
        found
    }

    /// Names that go on with digits, each with its pseudonym and its digits: `bsmith` in `bsmith2`.
    ///
    /// A pseudonym cannot go on with a digit, so these need one of their own.
    pub(super) fn numbered(&self, text: &str, rules: &Rules) -> Vec<(&str, String)> {
        let mut numbered = Vec::new();
        self.each_reading(text, |view| {
            self.each_name(view, rules, |pieces, needle| {
                let Some(pseudonym) = &needle.pseudonym else {
                    return;
                };
                let after = view.get(pieces.end..).unwrap_or_default();
                let digits = after
                    .iter()
                    .take(MAX_DIGITS)
                    .take_while(|piece| piece.c.is_ascii_digit())
                    .count();
                let whole = pieces.start..pieces.end + digits;
                if digits > 0
                    && let Some(whole) = view.get(whole)
                {
                    numbered.push((pseudonym.as_str(), text_of(whole)));
                }
            });
        });
        numbered
    }

    /// Shows the text as it is, and the other readings of every part that has escapes in it.
    fn each_reading(&self, text: &str, mut show: impl FnMut(&[Piece])) {
        let whole = plain(text);
        show(&whole);
        let mut before = ' ';
        let parts = whole.split(|piece| {
            let is_escaped = before == '\\' && matches!(piece.c, '"' | '\'');
            before = piece.c;
            !is_escaped && self.cuts.contains(&piece.c)
        });
        for part in parts {
            for reading in other_readings(part) {
                show(&reading);
            }
        }
    }

    fn each_name<'a>(
        &'a self,
        view: &[Piece],
        rules: &Rules,
        mut show: impl FnMut(Range<usize>, &'a Needle),
    ) {
        let mut state = 0;
        for (at, piece) in view.iter().enumerate() {
            state = self.names.step(state, fold(piece.c));
            if state == 0 {
                continue;
            }
            for (number, length) in self.names.ends(state) {
                let pieces = at + 1 - length..at + 1;
                let Some(needle) = self.needles.get(number) else {
                    continue;
                };
                if stands(view, &pieces, needle.reach)
                    && !(needle.secret.is_none() && is_allowed(view, &pieces, rules))
                {
                    show(pieces, needle);
                }
            }
        }
    }

    fn each_run(&self, view: &[Piece], mut show: impl FnMut(Range<usize>)) {
        let (mut state, mut shown) = (0, 0);
        for (at, piece) in view.iter().enumerate() {
            state = self.encoded.step(state, usual(piece.c));
            if state == 0 || at < shown {
                continue;
            }
            if let Some((_, length)) = self.encoded.ends(state).next() {
                let run = run_around(view, at + 1 - length..at + 1);
                shown = run.end;
                show(run);
            }
        }
    }
}

/// The label of a pseudonym: `USER` of `USER-1`.
pub(super) fn label_of(pseudonym: &str) -> &str {
    pseudonym.split('-').next().unwrap_or(pseudonym)
}

fn bytes_of(view: &[Piece], pieces: &Range<usize>) -> Option<Range<usize>> {
    let pieces = view.get(pieces.clone())?;
    Some(pieces.first()?.start as usize..pieces.last()?.end as usize)
}

/// Names of six characters and more are found inside longer words. Numbers are not, and what has
/// colons is not: a longer one is another address.
fn reach(name: &str) -> Reach {
    if is_common(name) {
        Reach::Value
    } else if name.chars().count() >= 6
        && !name.contains(':')
        && !name.chars().all(char::is_numeric)
    {
        Reach::Anywhere
    } else {
        Reach::Word
    }
}

fn stands(view: &[Piece], pieces: &Range<usize>, reach: Reach) -> bool {
    let at = |place: Option<usize>| view.get(place?).map(|piece| piece.c);
    let before = at(pieces.start.checked_sub(1));
    let after = at(Some(pieces.end));
    let first = at(Some(pieces.start));
    let last = at(pieces.end.checked_sub(1));
    let both = |a: Option<char>, b: Option<char>, is: fn(char) -> bool| {
        a.is_some_and(is) && b.is_some_and(is)
    };
    let joined = |is| both(before, first, is) || both(last, after, is);
    match reach {
        // A number is not part of a longer number: `ws-1` does not stand in `ws-12`.
        Reach::Anywhere => !joined(char::is_numeric),
        Reach::Word => !joined(char::is_alphanumeric),
        Reach::Value => !joined(char::is_alphanumeric) && !is_key(view, pieces),
    }
}

/// Whether the word around some pieces is the key of a value: `"process":`, `process=`.
fn is_key(view: &[Piece], pieces: &Range<usize>) -> bool {
    let is_word = |piece: &&Piece| piece.c.is_alphanumeric() || matches!(piece.c, '_' | '.' | '-');
    let before = view.get(..pieces.start).unwrap_or_default();
    let mut before = before.iter().rev().take(MAX_WORD_CHARS);
    let opens = before.find(|piece| !is_word(piece)).is_none_or(|piece| {
        piece.c.is_whitespace()
            || matches!(
                piece.c,
                '"' | '\'' | '{' | ',' | ';' | '|' | '&' | '?' | '(' | '['
            )
    });
    let after = view.get(pieces.end..).unwrap_or_default();
    let mut rest = after
        .iter()
        .take(MAX_WORD_CHARS)
        .skip_while(is_word)
        .skip_while(|piece| piece.c == '\\')
        .map(|piece| piece.c)
        .peekable();
    let is_quoted = rest.next_if(|c| matches!(c, '"' | '\'')).is_some();
    let is_sign = match rest.find(|c| *c != ' ') {
        Some('=') => true,
        // An address goes on behind its colon.
        Some(':') => is_quoted || rest.next().is_none_or(char::is_whitespace),
        _ => false,
    };
    opens && is_sign
}

/// Whether the whole value around some pieces may stay.
fn is_allowed(view: &[Piece], pieces: &Range<usize>, rules: &Rules) -> bool {
    !rules.allow.is_empty()
        && ["._-", "._-@:"].iter().any(|signs| {
            let inside = |piece: &&Piece| piece.c.is_alphanumeric() || signs.contains(piece.c);
            let before = view.get(..pieces.start).unwrap_or_default();
            let after = view.get(pieces.end..).unwrap_or_default();
            let before = before.iter().rev().take(MAX_WORD_CHARS);
            let start = pieces.start - before.take_while(inside).count();
            let after = after.iter().take(MAX_WORD_CHARS);
            let end = pieces.end + after.take_while(inside).count();
            let value = text_of(view.get(start..end).unwrap_or_default());
            rules.allows(value.trim_end_matches(['.', ':', '-']))
        })
}
