//! Reversible pseudonyms for what identifies people and machines, one-way masks for secrets.
//!
//! Users, hosts, internal addresses and names, and e-mail addresses become `USER-1`, `HOST-1` and
//! so on, the same everywhere in one triage. Keys, tokens and passwords become `[SECRET-n]` and
//! cannot be restored. Long encoded data is replaced by its length and hash: it could hold
//! anything.

mod secret;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::alert::{Alert, parse_alert};
use crate::decode::DecodedLayer;
use crate::observable::{Observable, ObservableKind, extract_observables};

pub use secret::mask_secrets;

/// Pseudonyms and what they stand for. Never leaves the browser; `Debug` shows no value.
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

    /// Puts the originals back. A longer number is another name: `USER-1` is not found in
    /// `USER-12`.
    pub fn restore(&self, text: &str) -> String {
        if self.0.is_empty() {
            return text.to_owned();
        }
        let mut restored = String::with_capacity(text.len());
        let mut rest = text;
        let mut before: Option<char> = None;
        while let Some(next) = rest.chars().next() {
            let hit = (!before.is_some_and(char::is_alphanumeric))
                .then(|| {
                    self.0.iter().find(|(pseudonym, _)| {
                        rest.strip_prefix(pseudonym.as_str())
                            .is_some_and(|after| !after.starts_with(|c: char| c.is_alphanumeric()))
                    })
                })
                .flatten();
            let taken = if let Some((pseudonym, original)) = hit {
                restored.push_str(original);
                pseudonym.len()
            } else {
                restored.push(next);
                next.len_utf8()
            };
            before = rest.get(..taken).and_then(|text| text.chars().next_back());
            rest = rest.get(taken..).unwrap_or_default();
        }
        restored
    }

    /// The pseudonyms whose original still stands in a text that is about to leave, plain or as
    /// JSON writes it. The text must not be sent unless this is empty.
    pub fn residue(&self, text: &str) -> Vec<&str> {
        let text = text.to_lowercase();
        let stands = |original: &str| {
            let plain = original.to_lowercase();
            let json = serde_json::Value::from(plain.as_str()).to_string();
            let json = json.trim_matches('"');
            find_word(&text, &plain, 0).is_some() || find_word(&text, json, 0).is_some()
        };
        let left = self.0.iter().filter(|(_, original)| stands(original));
        left.map(|(pseudonym, _)| pseudonym.as_str()).collect()
    }
}

/// Replaces what identifies in any text of one triage.
#[derive(Clone, Debug)]
pub struct Redactor {
    pseudonyms: Pseudonyms,
    /// Lower-case original and pseudonym, longest original first.
    replacements: Vec<(String, String)>,
}

impl Redactor {
    /// Chooses the pseudonyms for an alert from its observables and those that stand in its decoded layers.
    pub fn new(alert: &Alert, layers: &[DecodedLayer], observables: &[Observable]) -> Self {
        let mut redactor = Self {
            pseudonyms: Pseudonyms::default(),
            replacements: Vec::new(),
        };
        let mut occupied: BTreeSet<String> = BTreeSet::new();
        // A pseudonym that already stands in the alert would be restored to a stranger.
        let everything = [alert.raw.as_str()]
            .into_iter()
            .chain(layers.iter().map(|layer| layer.text.as_str()));
        let everything = everything.collect::<Vec<_>>().join("\n").to_uppercase();
        // What stands in a decoded layer alone identifies as much.
        let inner: Vec<Observable> = layers
            .iter()
            .flat_map(|layer| extract_observables(&parse_alert(&layer.text)))
            .collect();
        for observable in observables
            .iter()
            .chain(&inner)
            .filter(|found| found.internal)
        {
            for (label, original) in parts(observable) {
                redactor.add(label, original, &everything, &mut occupied);
            }
        }
        redactor
            .replacements
            .sort_by(|(a, _), (b, _)| b.len().cmp(&a.len()).then(a.cmp(b)));
        redactor
    }

    fn add(
        &mut self,
        label: &str,
        original: &str,
        everything: &str,
        occupied: &mut BTreeSet<String>,
    ) {
        let key = original.to_lowercase();
        if key.chars().count() < 2 || self.replacements.iter().any(|(known, _)| *known == key) {
            return;
        }
        let free = (1..=u32::MAX)
            .map(|number| format!("{label}-{number}"))
            .find(|name| !occupied.contains(name) && !everything.contains(name.as_str()));
        let Some(pseudonym) = free else { return };
        occupied.insert(pseudonym.clone());
        self.pseudonyms
            .0
            .insert(pseudonym.clone(), original.to_owned());
        // The defanged form names the same machine.
        let defanged = key.replace('.', "[.]");
        if defanged != key {
            self.replacements.push((defanged, pseudonym.clone()));
        }
        self.replacements.push((key, pseudonym));
    }

    /// What the pseudonyms stand for.
    pub fn pseudonyms(&self) -> &Pseudonyms {
        &self.pseudonyms
    }

    /// The text with secrets masked, long encoded data summarised and identities replaced.
    pub fn redact(&self, text: &str) -> String {
        let masked = mask_secrets(text);
        self.replacements
            .iter()
            .fold(masked, |text, (original, pseudonym)| {
                replace_word(&text, original, pseudonym)
            })
    }
}

/// The parts of an observable that identify, each with its label; the whole before its parts.
fn parts(observable: &Observable) -> Vec<(&'static str, &str)> {
    let value = observable.value.as_str();
    match observable.kind {
        ObservableKind::UserAccount => match value.rsplit_once('\\') {
            Some((domain, user)) => vec![("USER", user), ("DOMAIN", domain)],
            None => match value.split_once('@') {
                Some((user, domain)) => {
                    vec![("MAIL", value), ("USER", user), ("DOMAIN", domain)]
                }
                None => vec![("USER", value)],
            },
        },
        ObservableKind::Host => match value.split_once('.') {
            Some((host, _)) => vec![("HOST", value), ("HOST", host)],
            None => vec![("HOST", value)],
        },
        ObservableKind::EmailAddr => match value.split_once('@') {
            Some((user, _)) => vec![("MAIL", value), ("USER", user)],
            None => vec![("MAIL", value)],
        },
        ObservableKind::Ipv4Addr | ObservableKind::Ipv6Addr => vec![("IP", value)],
        ObservableKind::DomainName => vec![("DOMAIN", value)],
        ObservableKind::Url => {
            let host = value.split("//").nth(1).unwrap_or_default();
            let host = host.split(['/', ':', '?', '#']).next().unwrap_or_default();
            vec![("HOST", host)]
        }
        ObservableKind::FileHash
        | ObservableKind::File
        | ObservableKind::WindowsRegistryKey
        | ObservableKind::Vulnerability
        | ObservableKind::AttackPattern => Vec::new(),
    }
}

/// Where `word` (lower case) stands in `text` (lower case) as a word of its own, from `from` on.
fn find_word(text: &str, word: &str, from: usize) -> Option<usize> {
    if word.is_empty() {
        return None;
    }
    let mut from = from;
    while let Some(at) = text.get(from..).and_then(|rest| rest.find(word)) {
        let start = from + at;
        let end = start + word.len();
        let before = text.get(..start).and_then(|text| text.chars().next_back());
        let after = text.get(end..).and_then(|text| text.chars().next());
        let joined = |neighbour: Option<char>, edge: Option<char>| {
            neighbour.is_some_and(char::is_alphanumeric) && edge.is_some_and(char::is_alphanumeric)
        };
        if !joined(before, word.chars().next()) && !joined(after, word.chars().next_back()) {
            return Some(start);
        }
        from = text.ceil_char_boundary(start + 1);
    }
    None
}

/// Replaces `word` (lower case) in any case, where it stands as a word of its own.
fn replace_word(text: &str, word: &str, by: &str) -> String {
    let lower = text.to_lowercase();
    // A few letters change their length in lower case; then positions do not carry over and the
    // comparison is left to the residue check, which refuses to send.
    if lower.len() != text.len() {
        return text.replace(word, by);
    }
    let mut replaced = String::with_capacity(text.len());
    let mut done = 0;
    while let Some(start) = find_word(&lower, word, done) {
        replaced.push_str(text.get(done..start).unwrap_or_default());
        replaced.push_str(by);
        done = start + word.len();
    }
    replaced.push_str(text.get(done..).unwrap_or_default());
    replaced
}

#[cfg(test)]
mod tests;
