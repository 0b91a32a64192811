//! Pseudonyms and what they stand for, and the way back.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::alert::Span;

/// The most characters of a label.
const MAX_LABEL_CHARS: usize = 16;

/// Pseudonyms, each a label and a number such as `USER-1`, and what they stand for. Never leaves
/// the browser; `Debug` shows no value.
///
/// One that stands for itself was written in the alert; it keeps its number from being given to
/// somebody.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pseudonyms(BTreeMap<String, String>);

impl fmt::Debug for Pseudonyms {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Pseudonyms({} hidden)", self.0.len())
    }
}

impl Pseudonyms {
    /// Each pseudonym with its original, in order of the pseudonym.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0
            .iter()
            .map(|(pseudonym, original)| (pseudonym.as_str(), original.as_str()))
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Where pseudonyms stand in a text, in its order.
    ///
    /// What follows must not go on with a digit: `USER-1` is not found in `USER-12`. What stands
    /// before does not matter, for a name may have been part of a longer word.
    ///
    /// ```
    /// use triage_core::redact::Pseudonyms;
    /// let pseudonyms: Pseudonyms = serde_json::from_str(r#"{"USER-1": "bob"}"#).unwrap();
    /// let spans = pseudonyms.spans("Ask USER-1, not USER-12.");
    /// assert_eq!(spans, [((4..10).into(), "USER-1")]);
    /// assert_eq!(pseudonyms.restore("(USER-1)"), "(bob)");
    /// ```
    pub fn spans(&self, text: &str) -> Vec<(Span, &str)> {
        let mut spans: Vec<(Span, &str)> = Vec::new();
        for lookalike in lookalikes(text) {
            let letters = lookalike.letters;
            // The longest label that fits: `VIPUSER-1` before `USER-1`.
            let found = (0..letters.len()).find_map(|skipped| {
                let name = format!("{}-{}", letters.get(skipped..)?, lookalike.digits);
                self.0.get_key_value(&name)
            });
            let Some((name, original)) = found else {
                continue;
            };
            let start = lookalike.end - name.len();
            let is_free = spans.last().is_none_or(|(last, _)| last.end <= start);
            if name != original && is_free {
                spans.push(((start..lookalike.end).into(), name));
            }
        }
        spans
    }

    /// Puts the originals back.
    pub fn restore(&self, text: &str) -> String {
        let mut restored = String::with_capacity(text.len());
        let mut done = 0;
        for (span, name) in self.spans(text) {
            restored.push_str(text.get(done..span.start).unwrap_or_default());
            restored.push_str(self.0.get(name).map_or(name, String::as_str));
            done = span.end;
        }
        restored.push_str(text.get(done..).unwrap_or_default());
        restored
    }

    pub(super) fn get(&self, pseudonym: &str) -> Option<&str> {
        self.0.get(pseudonym).map(String::as_str)
    }

    pub(super) fn insert(&mut self, pseudonym: String, original: String) {
        self.0.insert(pseudonym, original);
    }
}

/// Something of the form of a pseudonym, whoever wrote it.
pub(super) struct Lookalike<'a> {
    /// The letters and digits before the hyphen, the last sixteen at most.
    pub(super) letters: &'a str,
    /// The digits behind it.
    pub(super) digits: &'a str,
    /// One past the last digit.
    end: usize,
}

/// Everything of the form of a pseudonym, in the order of the text.
pub(super) fn lookalikes(text: &str) -> impl Iterator<Item = Lookalike<'_>> {
    text.match_indices('-').filter_map(|(hyphen, _)| {
        let before = text.get(..hyphen)?;
        let length = before
            .bytes()
            .rev()
            .take(MAX_LABEL_CHARS)
            .take_while(u8::is_ascii_alphanumeric)
            .count();
        let after = text.get(hyphen + 1..)?;
        let digits = after.bytes().take_while(u8::is_ascii_digit).count();
        (length > 0 && digits > 0).then_some(Lookalike {
            letters: before.get(hyphen - length..)?,
            digits: after.get(..digits)?,
            end: hyphen + 1 + digits,
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pseudonyms(pairs: &[(&str, &str)]) -> Pseudonyms {
        let mut pseudonyms = Pseudonyms::default();
        for (pseudonym, original) in pairs {
            pseudonyms.insert((*pseudonym).into(), (*original).into());
        }
        pseudonyms
    }

    fn check(text: &str, expected: &str) {
        let pairs = [
            ("HOST-1", "USER-1"),
            ("USER-1", "bob"),
            ("USER-12", "eve"),
            ("VIPUSER-1", "kim"),
            ("USER-7", "USER-7"),
        ];
        assert_eq!(pseudonyms(&pairs).restore(text), expected);
    }

    #[test]
    fn originals_come_back_whatever_stands_beside() {
        check("USER-1", "bob");
        check("\"USER-1\",(USER-1)'USER-1'.", "\"bob\",(bob)'bob'.");
        check("USER-12 USER-123 USER-13", "eve USER-123 USER-13");
        check("HOST-1-USER-1", "USER-1-bob");
        check("VIPUSER-1 XUSER-1s", "kim Xbobs");
        check(
            "user-1 USER-01 USER-7 é-1 -1 USER-",
            "user-1 USER-01 USER-7 é-1 -1 USER-",
        );
        check("éUSER-1é", "ébobé");
    }

    #[test]
    fn a_pseudonym_that_stands_for_itself_is_not_coloured() {
        let spans = pseudonyms(&[("USER-7", "USER-7"), ("USER-8", "bob")]);
        assert_eq!(spans.spans("USER-7 USER-8"), [((7..13).into(), "USER-8")]);
    }

    #[test]
    fn the_order_is_that_of_the_pseudonyms() {
        let pseudonyms = pseudonyms(&[("USER-1", "a"), ("HOST-1", "b")]);
        let json = serde_json::to_string(&pseudonyms).unwrap();
        assert_eq!(json, r#"{"HOST-1":"b","USER-1":"a"}"#);
    }
}
