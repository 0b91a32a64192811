//! The last look at what is about to leave: nothing that has a pseudonym and no secret is in it.
//!
//! This shares no matching code with the redactor, so that a fault in one is seen by the other:
//! the redactor reads a text once and keeps places, this undoes escapes in whole strings and looks
//! for one name after the other. What the redactor replaces is at least what is found here.

mod form;
mod reading;
mod strings;

use std::collections::HashSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::pseudonym::Pseudonyms;
use super::rules::Rules;
use super::secret::Secrets;
use super::vocabulary::is_common;
use reading::{BLANK, caseless, readings};
use strings::{Text, strings};

/// The shortest piece of encoded data that is looked for, in characters.
const MIN_PIECE: usize = 6;

/// Something that must not leave and is in the body.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Residue {
    /// Where: a JSON pointer, into JSON inside strings too, or `body` where the body is not JSON.
    /// A key that itself must not leave is a star.
    pub place: String,
    /// The pseudonym whose original it is, or the kind of secret. Never the thing itself.
    pub what: String,
}

/// Everything in a request body that must not leave, in the order of places, each once.
///
/// The body is read as JSON, and so is every string in it that is JSON. In every text, key or
/// value, the originals and the secrets are looked for in each reading: plain and with the escapes
/// of links, markup, JSON and defanging undone, ignoring case and characters that show nothing;
/// and as parts of base64.
///
/// What counts as an original:
/// - a word that every log has, such as `process`, where it is a word of its own and not the key of
///   a value;
/// - fewer than six characters, only digits, or anything with colons, where it is a word of its own;
/// - anything else, and what an own pattern matched, also inside longer words; but a number is never
///   part of a longer number.
///
/// `public` are texts that were not made from the alert: instructions, names and descriptions of
/// techniques, member names. A string or key of the body that equals one of them is passed over,
/// for a user may be called `admin` and the instructions say so as well. A value that `rules` allow
/// is passed over unless it is a secret.
///
/// ```
/// use triage_core::redact::{Pseudonyms, Rules, Secrets, residue};
/// let pseudonyms: Pseudonyms = serde_json::from_str(r#"{"USER-1": "jsmith"}"#).unwrap();
/// let look = |body| residue(body, &pseudonyms, &Secrets::default(), &Rules::default(), &[]);
/// assert!(look(r#"{"text": "USER-1 logged on"}"#).is_empty());
/// assert_eq!(look(r#"{"text": "j%73mith logged on"}"#)[0].place, "/text");
/// ```
pub fn residue(
    body: &str,
    pseudonyms: &Pseudonyms,
    secrets: &Secrets,
    rules: &Rules,
    public: &[&str],
) -> Vec<Residue> {
    let public: HashSet<&str> = public.iter().copied().collect();
    let scan = Scan::new(pseudonyms, secrets, rules);
    let mut found = Vec::new();
    for text in strings(body, &public) {
        for what in scan.look(&text) {
            let place = scan.place(&text.place);
            found.push(Residue { place, what });
        }
    }
    found.sort();
    found.dedup();
    found
}

/// One original or secret.
struct Wanted {
    what: String,
    is_secret: bool,
    /// Without case and without characters that show nothing.
    text: String,
    is_common: bool,
    /// Whether it counts inside longer words.
    is_long: bool,
    /// How it reads inside base64.
    pieces: Vec<String>,
}

struct Scan<'a> {
    wanted: Vec<Wanted>,
    pseudonyms: &'a Pseudonyms,
    rules: &'a Rules,
}

impl<'a> Scan<'a> {
    fn new(pseudonyms: &'a Pseudonyms, secrets: &Secrets, rules: &'a Rules) -> Self {
        let own = |name: &str| {
            let label = name.rsplit_once('-').map_or(name, |(label, _)| label);
            rules.own.iter().any(|own| own.label == label)
        };
        let names = pseudonyms
            .iter()
            .filter(|(name, original)| name != original)
            .map(|(name, original)| {
                let text = caseless(original);
                Wanted {
                    is_long: own(name) || is_long(&text),
                    is_common: !own(name) && is_common(original),
                    what: name.to_owned(),
                    is_secret: false,
                    pieces: pieces(original),
                    text,
                }
            });
        let secrets = secrets
            .iter()
            .enumerate()
            .filter(|(_, secret)| is_distinct(secret))
            .map(|(place, secret)| Wanted {
                what: format!("a secret (number {})", place + 1),
                is_secret: true,
                is_common: false,
                is_long: secret.chars().count() >= 6 && secret.chars().any(char::is_alphabetic),
                text: caseless(secret),
                pieces: pieces(secret),
            });
        Self {
            wanted: names.chain(secrets).collect(),
            pseudonyms,
            rules,
        }
    }

    /// Everything that one text holds.
    fn look(&self, text: &Text) -> Vec<String> {
        let readings = readings(&text.content, self.pseudonyms);
        let plain = readings.first().map(String::as_str).unwrap_or_default();
        let by_form = form::secrets(plain, &text.under);
        let mut found: Vec<String> = by_form.map(str::to_owned).collect();
        for reading in &readings {
            let folded = caseless(reading);
            let data: String = reading
                .chars()
                .map(|c| match c {
                    '-' => '+',
                    '_' => '/',
                    _ => c,
                })
                .collect();
            let starts: HashSet<&[u8]> = data.as_bytes().windows(MIN_PIECE).collect();
            let is_encoded = |wanted: &Wanted| {
                wanted.pieces.iter().any(|piece| {
                    let start = piece.as_bytes().get(..MIN_PIECE);
                    start.is_some_and(|start| starts.contains(start))
                        && data.contains(piece.as_str())
                })
            };
            let hits = self
                .wanted
                .iter()
                .filter(|wanted| self.stands(&folded, wanted, text.is_key) || is_encoded(wanted));
            found.extend(hits.map(|wanted| wanted.what.clone()));
        }
        found
    }

    fn stands(&self, text: &str, wanted: &Wanted, is_key: bool) -> bool {
        if wanted.text.is_empty() || wanted.is_common && is_key {
            return false;
        }
        text.match_indices(wanted.text.as_str())
            .any(|(start, name)| {
                let before = text.get(..start).unwrap_or_default();
                let after = text.get(start + name.len()..).unwrap_or_default();
                let joins = |is: fn(char) -> bool| {
                    before.ends_with(is) && name.starts_with(is)
                        || after.starts_with(is) && name.ends_with(is)
                };
                let is_word = |c: char| c.is_alphanumeric() || c == BLANK;
                let counts = if wanted.is_long {
                    !joins(char::is_numeric)
                } else {
                    !joins(is_word)
                };
                counts
                    && !(wanted.is_common && names_a_value(before, after))
                    && (wanted.is_secret || !self.is_allowed(before, name, after))
            })
    }

    fn is_allowed(&self, before: &str, name: &str, after: &str) -> bool {
        if self.rules.allow.is_empty() {
            return false;
        }
        ["-._", "-._@:"].iter().any(|signs| {
            let ends = |c: char| !c.is_alphanumeric() && !signs.contains(c);
            let before = before.rsplit(ends).next().unwrap_or_default();
            let after = after.split(ends).next().unwrap_or_default();
            let value = format!("{before}{name}{after}");
            self.rules.allows(value.trim_end_matches(['.', ':', '-']))
        })
    }

    /// A pointer that shows no key which must not be shown.
    fn place(&self, pointer: &str) -> String {
        let shown = pointer.split('/').map(|key| {
            let text = Text {
                place: String::new(),
                content: key.to_owned(),
                under: String::new(),
                is_key: true,
            };
            if self.look(&text).is_empty() {
                key
            } else {
                "*"
            }
        });
        shown.collect::<Vec<_>>().join("/")
    }
}

/// Whether an original counts inside longer words.
fn is_long(text: &str) -> bool {
    text.chars().count() >= 6
        && !is_common(text)
        && text.chars().any(|c| !c.is_numeric() && c != ':')
        && !text.contains(':')
}

/// Whether a secret is unlike any other word: short ones and plain ones stand in texts that have
/// nothing to do with them.
fn is_distinct(secret: &str) -> bool {
    let length = secret.chars().count();
    let letters = secret.chars().filter(|c| c.is_alphabetic()).count();
    let digits = secret.chars().filter(|c| c.is_numeric()).count();
    let is_word = digits == 0 && letters == length && !secret.chars().any(char::is_uppercase);
    let is_number = digits == length;
    !is_common(secret) && length >= 3 && (length >= 6 || !is_word && !is_number)
}

/// Whether what stands around a word makes it the key of a value.
fn names_a_value(before: &str, after: &str) -> bool {
    let in_word = |c: char| c.is_alphanumeric() || matches!(c, '_' | '.' | '-' | BLANK);
    let opens = !before.trim_end_matches(in_word).ends_with(['\\', '/', '@']);
    let after = after.trim_start_matches(in_word).trim_start_matches('\\');
    let after = after.strip_prefix(['"', '\'']).unwrap_or(after);
    opens && after.trim_start().starts_with([':', '='])
}

/// The characters of base64 that hold nothing but bits of a name, at each place in a group of
/// three bytes, for the name as written and in one case, in UTF-8 and UTF-16LE.
fn pieces(name: &str) -> Vec<String> {
    let mut pieces = Vec::new();
    if name.len() < 6 {
        return pieces;
    }
    for name in [name.to_owned(), name.to_uppercase(), name.to_lowercase()] {
        let utf16: Vec<u8> = name.encode_utf16().flat_map(u16::to_le_bytes).collect();
        for bytes in [name.into_bytes(), utf16] {
            // In a group the first character holds six bits of the first byte, and so on: after one
            // byte of something else two characters are mixed, after two bytes three.
            for (offset, mixed) in [(0, 0), (1, 2), (2, 3)] {
                let mut group = vec![b' '; offset];
                group.extend(&bytes);
                let clean = group.len() * 8 / 6;
                let encoded = STANDARD.encode(group);
                pieces.extend(encoded.get(mixed..clean).map(str::to_owned));
            }
        }
    }
    pieces
}

#[cfg(test)]
mod tests;
