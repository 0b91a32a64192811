//! Reversible pseudonyms for what identifies people and machines, one-way masks for secrets.
//!
//! Users, hosts, internal addresses and names, accounts, shares and e-mail addresses become
//! `USER-1`, `HOST-1` and so on, the same everywhere in one triage. Keys, tokens and passwords
//! become `[SECRET-n]` and cannot be restored. Long encoded data is replaced by its length and
//! hash: it could hold anything. What must not leave is searched for again, by other code, before
//! a request is sent: [`residue`].

mod automaton;
mod encoded;
mod identity;
mod pseudonym;
mod residue;
mod rules;
mod search;
mod secret;
mod view;
mod vocabulary;

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::ops::Range;

use regex::Regex;

use crate::alert::{Alert, AlertFormat, Field, Span, parse_alert};
use crate::decode::{DecodedLayer, decode_layers};
use crate::observable::{Observable, ObservableKind, extract_observables};

pub use pseudonym::Pseudonyms;
pub use residue::{Residue, residue};
pub use rules::{OwnPattern, PatternKind, Rules, RulesError};
pub use secret::Secrets;

use search::{Meaning, Search, label_of};
use view::folded;

/// The most pseudonyms of one triage.
const MAX_PSEUDONYMS: usize = 5_000;

/// A number that is never reached; what looks like a pseudonym with a larger one collides with
/// none.
const MAX_NUMBER: u32 = 999_999;

/// Replaces what identifies in any text of one triage. Never leaves the browser; `Debug` shows no
/// value.
#[derive(Clone)]
pub struct Redactor {
    rules: Rules,
    /// Own patterns that can be searched for, each with its label.
    own: Vec<(String, Regex)>,
    pseudonyms: Pseudonyms,
    secrets: Secrets,
    /// Folded originals, in every form that they are written in.
    known: BTreeSet<String>,
    /// The highest number that was given or seen, by label.
    numbers: BTreeMap<String, u32>,
    search: Search,
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Redactor")
            .field("pseudonyms", &self.pseudonyms)
            .field("secrets", &self.secrets)
            .finish_non_exhaustive()
    }
}

impl Redactor {
    /// Chooses the pseudonyms for an alert from its observables, those of its decoded layers among
    /// them, and collects the secrets of both. An own pattern that [`Rules::check`] refuses is left
    /// out.
    pub fn new(
        alert: &Alert,
        layers: &[DecodedLayer],
        observables: &[Observable],
        rules: &Rules,
    ) -> Self {
        let mut redactor = Self::resume(&Pseudonyms::default(), &Secrets::default(), rules);
        redactor.take_in(alert, layers, observables, &[]);
        redactor
    }

    /// The redactor of an earlier triage, for more texts about the same alert.
    pub fn resume(pseudonyms: &Pseudonyms, secrets: &Secrets, rules: &Rules) -> Self {
        let compile = |own: &OwnPattern| Some((own.label.clone(), own.compile().ok()?));
        let mut redactor = Self {
            own: rules.own.iter().filter_map(compile).collect(),
            rules: rules.clone(),
            pseudonyms: pseudonyms.clone(),
            secrets: secrets.clone(),
            known: BTreeSet::new(),
            numbers: BTreeMap::new(),
            search: Search::new(pseudonyms, secrets, rules),
        };
        for (pseudonym, original) in pseudonyms.iter() {
            redactor.reserve(pseudonym);
            if pseudonym != original {
                redactor.know(label_of(pseudonym), original);
            }
        }
        redactor
    }

    /// Takes in a text that was typed later: what it names anew gets pseudonyms of its own, its
    /// secrets are masked, and what is known keeps its pseudonym.
    pub fn learn(&mut self, text: &str) {
        let alert = parse_alert(text);
        let layers = decode_layers(&alert.raw);
        let observables = extract_observables(&alert, &layers);
        let named: Vec<_> = identity::named(&alert.raw).collect();
        self.take_in(&alert, &layers, &observables, &named);
    }

    /// What the pseudonyms stand for.
    pub fn pseudonyms(&self) -> &Pseudonyms {
        &self.pseudonyms
    }

    /// The secrets that are masked.
    pub fn secrets(&self) -> &Secrets {
        &self.secrets
    }

    /// The text with secrets masked, encoded data summarised and identities replaced.
    ///
    /// The text is the alert, one of its decoded layers or one that was [learnt](Self::learn). In
    /// any other, names that are not known stay.
    pub fn redact(&self, text: &str) -> String {
        let found = self.search.find(text, &self.rules);
        let mut hidden = self.hidden(text, &found);
        // Pseudonyms that stand in the text already are words of ours, whoever is called so.
        for (span, _) in self.pseudonyms.spans(text) {
            add_if_free(&mut hidden, span.range(), Cow::Borrowed(""));
        }
        let mut names: Vec<(Range<usize>, &str)> = found
            .into_iter()
            .filter_map(|(range, meaning)| match meaning {
                Meaning::Name(pseudonym) => Some((range, pseudonym)),
                Meaning::Secret(_) | Meaning::Encoded => None,
            })
            .collect();
        // Of names that overlap the first holds, of two that start together the longer.
        names.sort_by_key(|(range, _)| (range.start, Reverse(range.end)));
        for (range, pseudonym) in names {
            let goes_on = text
                .get(range.end..)
                .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
            let by = if goes_on {
                Cow::Owned(format!("{pseudonym}_"))
            } else {
                Cow::Borrowed(pseudonym)
            };
            add_if_free(&mut hidden, range, by);
        }
        let mut redacted = String::with_capacity(text.len());
        let mut done = 0;
        for (start, (end, by)) in hidden {
            redacted.push_str(text.get(done..start).unwrap_or_default());
            // What is hidden by nothing is a pseudonym itself.
            let kept = if by.is_empty() {
                text.get(start..end).unwrap_or_default()
            } else {
                &by
            };
            redacted.push_str(kept);
            done = end;
        }
        redacted.push_str(text.get(done..).unwrap_or_default());
        redacted
    }

    /// Where secrets and encoded data stand and what stands in their place. Those that overlap are
    /// hidden as one, so that no end of any is left.
    fn hidden<'a>(
        &self,
        text: &str,
        found: &[(Range<usize>, Meaning<'_>)],
    ) -> BTreeMap<usize, (usize, Cow<'a, str>)> {
        #[derive(PartialEq, Eq, PartialOrd, Ord)]
        enum Kind {
            Secret(Option<usize>),
            Encoded,
        }
        let known = found.iter().filter_map(|(range, meaning)| match meaning {
            Meaning::Secret(place) => Some((range.clone(), Kind::Secret(Some(*place)))),
            Meaning::Encoded => Some((range.clone(), Kind::Encoded)),
            Meaning::Name(_) => None,
        });
        let by_form = secret::spans(text).into_iter().map(|range| {
            let secret = text.get(range.clone()).unwrap_or_default();
            let place = self.secrets.place(secret);
            (range, Kind::Secret(place))
        });
        let encoded = encoded::spans(text).into_iter();
        let encoded = encoded.map(|range| (range, Kind::Encoded));
        let mut marks: Vec<_> = known.chain(by_form).chain(encoded).collect();
        marks.sort_by(|(a, kind), (b, other)| {
            (a.start, Reverse(a.end), kind).cmp(&(b.start, Reverse(b.end), other))
        });
        let mut merged: Vec<(Range<usize>, Kind)> = Vec::new();
        for (range, kind) in marks {
            match merged.last_mut() {
                Some((last, _)) if range.start < last.end => last.end = last.end.max(range.end),
                _ => merged.push((range, kind)),
            }
        }
        let mut unknown: BTreeMap<&str, usize> = BTreeMap::new();
        let mut hidden = BTreeMap::new();
        for (range, kind) in merged {
            let data = text.get(range.clone()).unwrap_or_default();
            let by = match kind {
                Kind::Encoded => encoded::summary(data),
                Kind::Secret(Some(place)) => secret::mask(place),
                Kind::Secret(None) => {
                    let next = self.secrets.len() + unknown.len();
                    secret::mask(*unknown.entry(data).or_insert(next))
                }
            };
            hidden.insert(range.start, (range.end, Cow::Owned(by)));
        }
        hidden
    }

    fn take_in(
        &mut self,
        alert: &Alert,
        layers: &[DecodedLayer],
        observables: &[Observable],
        named: &[identity::Identity],
    ) {
        let texts: Vec<&str> = [alert.raw.as_str()]
            .into_iter()
            .chain(layers.iter().map(|layer| layer.text.as_str()))
            .collect();
        for text in &texts {
            self.reserve(text);
        }
        let mut profiles = Vec::new();
        for text in &texts {
            view::each_string(text, |view| {
                let text = view::text_of(view);
                self.secrets.collect(&text);
                self.add_own(&text);
                profiles.extend(identity::profiles(&text));
            });
        }
        self.take_in_fields(alert);
        for layer in layers {
            self.take_in_fields(&parse_alert(&layer.text));
        }
        // A machine's full name is a domain too, and what a field says it is counts first.
        let (said, seen): (Vec<_>, Vec<_>) = observables
            .iter()
            .filter(|found| found.internal)
            .partition(|found| {
                matches!(
                    found.kind,
                    ObservableKind::Host | ObservableKind::UserAccount
                )
            });
        for observable in said.into_iter().chain(seen) {
            for (label, original) in identity::parts(observable) {
                self.add(label, &original);
            }
        }
        for (label, original) in named.iter().chain(&profiles) {
            self.add(label, original);
        }
        // Backslashes of JSON are doubled, and a path would read like the name of a share.
        let fields = || alert.fields.iter().map(|field| field.value.as_str());
        let plain: Vec<&str> = if alert.format.is_json() {
            fields().chain(texts.iter().skip(1).copied()).collect()
        } else {
            texts.clone()
        };
        for (label, original) in plain.into_iter().flat_map(identity::shares) {
            self.add(label, &original);
        }
        self.search = Search::new(&self.pseudonyms, &self.secrets, &self.rules);
        self.add_numbered(&texts);
        self.keep_reserved();
    }

    /// Secrets that only the name of their field tells. The fields of plain text may go on with
    /// prose, so there the patterns decide.
    fn take_in_fields(&mut self, alert: &Alert) {
        if alert.format == AlertFormat::Text {
            return;
        }
        let is_secret = |field: &&Field| {
            let key = field.name.rsplit('.').next().unwrap_or(&field.name);
            secret::is_telling(key) && secret::is_secret(&field.value)
        };
        for field in alert.fields.iter().filter(is_secret) {
            self.secrets.insert(&field.value);
        }
    }

    fn add_own(&mut self, text: &str) {
        let ours = self.pseudonyms.spans(text);
        let matches: Vec<(String, String)> = self
            .own
            .iter()
            .flat_map(|(label, pattern)| {
                let found = pattern.find_iter(text);
                found.map(|found| (label.clone(), found))
            })
            .filter(|(_, found)| {
                let overlaps = |span: &Span| span.start < found.end() && found.start() < span.end;
                !ours.iter().any(|(span, _)| overlaps(span))
            })
            .map(|(label, found)| (label, found.as_str().to_owned()))
            .collect();
        for (label, original) in matches {
            self.add(&label, &original);
        }
    }

    /// Names with digits behind them get pseudonyms of their own, for `USER-1` and `2` would read
    /// `USER-12`.
    fn add_numbered(&mut self, texts: &[&str]) {
        let numbered: Vec<(String, String)> = texts
            .iter()
            .flat_map(|text| self.search.numbered(text, &self.rules))
            .map(|(pseudonym, name)| (label_of(pseudonym).to_owned(), name))
            .collect();
        if numbered.is_empty() {
            return;
        }
        for (label, name) in numbered {
            self.add(&label, &name);
        }
        self.search = Search::new(&self.pseudonyms, &self.secrets, &self.rules);
    }

    /// Gives a pseudonym to a name that has none.
    fn add(&mut self, label: &str, original: &str) {
        let original = original.trim();
        let is_own = self.own.iter().any(|(own, _)| own == label);
        let key = folded(original);
        let is_ours = self.pseudonyms.get(&key.to_uppercase()).is_some();
        let fewest = if is_own { 1 } else { 2 };
        if key.chars().count() < fewest
            || self.known.contains(&key)
            || is_ours
            || self.pseudonyms.len() >= MAX_PSEUDONYMS
            || self.rules.allows(original)
        {
            return;
        }
        let number = self.numbers.entry(label.to_owned()).or_default();
        *number += 1;
        self.pseudonyms
            .insert(format!("{label}-{number}"), original.to_owned());
        self.know(label, original);
    }

    fn know(&mut self, label: &str, original: &str) {
        self.known.insert(folded(original));
        self.known.extend(identity::aliases(label, original));
    }

    /// Keeps the numbers of what looks like our pseudonyms in a text from being given: they would
    /// be restored to a stranger.
    fn reserve(&mut self, text: &str) {
        let own = self.own.iter().map(|(label, _)| label.as_str());
        let labels: Vec<&str> = identity::LABELS.into_iter().chain(own).collect();
        for lookalike in pseudonym::lookalikes(text) {
            let letters = lookalike.letters.to_ascii_uppercase();
            let number = lookalike.digits.parse().unwrap_or(u32::MAX);
            for label in labels.iter().filter(|label| letters.ends_with(*label)) {
                let highest = self.numbers.entry((*label).to_owned()).or_default();
                if number > *highest && number <= MAX_NUMBER {
                    *highest = number;
                }
            }
        }
    }

    /// Where the highest number of a label was only seen, it stands for itself, so that
    /// [`Redactor::resume`] knows of it.
    fn keep_reserved(&mut self) {
        for (label, number) in &self.numbers {
            let name = format!("{label}-{number}");
            if *number > 0
                && self.pseudonyms.get(&name).is_none()
                && !self.known.contains(&folded(&name))
            {
                self.pseudonyms.insert(name.clone(), name);
            }
        }
    }
}

fn add_if_free<'a>(
    hidden: &mut BTreeMap<usize, (usize, Cow<'a, str>)>,
    range: Range<usize>,
    by: Cow<'a, str>,
) {
    let last = hidden.range(..range.end).next_back();
    if last.is_none_or(|(_, (end, _))| *end <= range.start) {
        hidden.insert(range.start, (range.end, by));
    }
}

/// Masks secrets as `[SECRET-n]`, the same secret by the same number within one text, and
/// replaces encoded data by its length and hash.
///
/// ```
/// use triage_core::redact::mask_secrets;
/// assert_eq!(mask_secrets("curl -u x --password=hunter22"), "curl -u x --password=[SECRET-1]");
/// ```
pub fn mask_secrets(text: &str) -> String {
    let mut secrets = Secrets::default();
    secrets.collect(text);
    Redactor::resume(&Pseudonyms::default(), &secrets, &Rules::default()).redact(text)
}

#[cfg(test)]
mod tests;
