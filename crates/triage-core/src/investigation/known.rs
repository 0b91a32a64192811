//! What an alert holds: the names of its fields and the text its values stand in.

use std::collections::HashSet;
use std::net::IpAddr;

use crate::alert::Alert;
use crate::observable::Observable;

/// The names and values that a query about one alert may use.
#[derive(Clone, Debug)]
pub struct KnownTerms {
    /// Plain names of fields, whole and last part.
    names: HashSet<String>,
    /// Everything the alert says, in lower case, each run of backslashes as one.
    text: String,
    /// Addresses among the observables, for networks that hold one of them.
    addresses: Vec<IpAddr>,
}

impl KnownTerms {
    /// Gathers the terms of an alert and of what was found in it, decoded layers included.
    pub fn new(alert: &Alert, observables: &[Observable]) -> Self {
        let fields = alert.fields.iter();
        let fields = fields.map(|field| (field.name.as_str(), field.value.as_str()));
        Self::of_parts(
            [("", alert.raw.as_str())].into_iter().chain(fields),
            observables,
        )
    }

    /// The same from an alert's parts, each with its name.
    pub fn of_parts<'a>(
        parts: impl Iterator<Item = (&'a str, &'a str)>,
        observables: &[Observable],
    ) -> Self {
        let mut names = HashSet::new();
        let mut text = String::new();
        for (name, value) in parts {
            let last = name.rsplit('.').next().unwrap_or(name);
            names.insert(plain_name(name));
            names.insert(plain_name(last));
            text.push_str(&plain_text(value));
            text.push('\n');
        }
        for observable in observables {
            text.push_str(&plain_text(&observable.value));
            text.push('\n');
        }
        let addresses = observables
            .iter()
            .filter_map(|observable| observable.value.parse().ok())
            .collect();
        Self {
            names,
            text,
            addresses,
        }
    }

    /// Whether the alert has a field of this name, ignoring case, `_` and `.`.
    pub fn has_field(&self, name: &str) -> bool {
        self.names.contains(&plain_name(name))
    }

    /// Whether the alert holds this value as words of its own. Wildcards at its ends stand for
    /// anything; of accounts and addresses with a domain each part may stand alone.
    pub fn has_value(&self, value: &str) -> bool {
        let value = plain_text(value);
        // Names may end with the dot of their root, sentences with a full stop.
        let core = value.trim_matches(['*', '%']).trim_end_matches('.');
        let open_start = value.starts_with(['*', '%']);
        let open_end = value.ends_with(['*', '%']);
        if core.is_empty() || self.holds(core, open_start, open_end) || self.holds_address_in(core)
        {
            return true;
        }
        let parts: Vec<&str> = core
            .split(['\\', '@'])
            .filter(|part| !part.is_empty())
            .collect();
        (2..=3).contains(&parts.len()) && parts.iter().all(|part| self.holds(part, false, false))
    }

    fn holds(&self, word: &str, open_start: bool, open_end: bool) -> bool {
        let is_edge = |c: Option<char>| !c.is_some_and(char::is_alphanumeric);
        let first = word.chars().next();
        let last = word.chars().next_back();
        self.text.match_indices(word).any(|(at, _)| {
            let before = self
                .text
                .get(..at)
                .and_then(|text| text.chars().next_back());
            let after = self.text.get(at + word.len()..);
            let after = after.and_then(|text| text.chars().next());
            (open_start || is_edge(first) || is_edge(before))
                && (open_end || is_edge(last) || is_edge(after))
        })
    }

    /// Whether the value is a network that holds an address of the alert.
    fn holds_address_in(&self, network: &str) -> bool {
        let Some((start, length)) = network.split_once('/') else {
            return false;
        };
        let (Ok(start), Ok(length)) = (start.parse::<IpAddr>(), length.parse::<u32>()) else {
            return false;
        };
        self.addresses.iter().any(|address| match (start, address) {
            (IpAddr::V4(start), IpAddr::V4(address)) if (8..=32).contains(&length) => {
                (start.to_bits() ^ address.to_bits()).leading_zeros() >= length
            }
            (IpAddr::V6(start), IpAddr::V6(address)) if (16..=128).contains(&length) => {
                (start.to_bits() ^ address.to_bits()).leading_zeros() >= length
            }
            _ => false,
        })
    }
}

/// A name as it is compared: lower case, without what schemas write differently.
pub(super) fn plain_name(name: &str) -> String {
    name.chars()
        .filter(|c| !matches!(c, '_' | '.' | '-' | ' ' | '{' | '}' | '\'' | '"'))
        .flat_map(char::to_lowercase)
        .collect()
}

/// A value as it is compared: lower case, each run of backslashes as one.
fn plain_text(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut before = ' ';
    for next in text.chars() {
        if !(next == '\\' && before == '\\') {
            plain.extend(next.to_lowercase());
        }
        before = next;
    }
    plain
}
