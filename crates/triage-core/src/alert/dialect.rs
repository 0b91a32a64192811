//! What one vendor's JSON needs beyond flattening: how to tell it, and where its title and its
//! severity stand.

use std::collections::HashMap;

use super::severity::Severity;
use super::{AlertFormat, Field};

/// Keys under which senders wrap the alert itself.
const ENVELOPES: [&str; 9] = [
    "alert",
    "event",
    "detection",
    "result",
    "body",
    "records",
    "value",
    "object",
    "properties",
];

/// How many envelopes may be opened, one in the other.
const MAX_ENVELOPES: usize = 2;

/// One vendor's JSON.
pub(super) struct Dialect {
    /// The format.
    pub(super) format: AlertFormat,
    /// Whether a document is written in it.
    pub(super) is: fn(&Document) -> bool,
    /// Fields that may hold the rule's name, best first.
    pub(super) titles: &'static [&'static str],
    /// How severe the rule says the alert is.
    pub(super) severity: fn(&Document) -> Option<Severity>,
}

/// A flattened document, or the one inside of an envelope.
pub(super) struct Document<'a> {
    fields: &'a [Field],
    /// The part of the fields' names that the envelope makes, its dot included.
    envelope: &'a str,
    /// The first value of each name, without the envelope.
    values: HashMap<&'a str, &'a str>,
}

impl<'a> Document<'a> {
    /// The document as it was given, and those in its envelopes, outermost first.
    pub(super) fn all(fields: &'a [Field]) -> Vec<Self> {
        let mut found = vec![Self::new(fields, "")];
        let mut outer_ones = 0..1;
        for _ in 0..MAX_ENVELOPES {
            let outer = found.get(outer_ones.clone()).unwrap_or_default();
            let inner: Vec<_> = outer
                .iter()
                .flat_map(|outer| ENVELOPES.iter().filter_map(|key| outer.inside(key)))
                .collect();
            outer_ones = found.len()..found.len() + inner.len();
            found.extend(inner);
        }
        found
    }

    fn new(fields: &'a [Field], envelope: &'a str) -> Self {
        let mut values = HashMap::new();
        for field in fields {
            if let Some(name) = field.name.strip_prefix(envelope) {
                values.entry(name).or_insert(field.value.as_str());
            }
        }
        Self {
            fields,
            envelope,
            values,
        }
    }

    /// The document in the envelope called `key`.
    fn inside(&self, key: &str) -> Option<Self> {
        let envelope = self.fields.iter().find_map(|field| {
            let rest = field.name.strip_prefix(self.envelope)?.strip_prefix(key)?;
            rest.starts_with('.').then_some(())?;
            field.name.get(..=self.envelope.len() + key.len())
        })?;
        Some(Self::new(self.fields, envelope))
    }

    /// The value of the first field called `name`.
    pub(super) fn get(&self, name: &str) -> Option<&'a str> {
        self.values.get(name).copied()
    }

    /// The value of the first name that is there.
    pub(super) fn first(&self, names: &[&str]) -> Option<&'a str> {
        names.iter().find_map(|name| self.get(name))
    }

    /// Whether there is a field of every name.
    pub(super) fn has_all(&self, names: &[&str]) -> bool {
        names.iter().all(|name| self.get(name).is_some())
    }

    /// Whether there is a field of one of the names.
    pub(super) fn has_any(&self, names: &[&str]) -> bool {
        self.first(names).is_some()
    }

    /// Whether a field's name starts with `start`.
    pub(super) fn has_below(&self, start: &str) -> bool {
        let mut fields = self.fields.iter();
        fields.any(|field| {
            let name = field.name.strip_prefix(self.envelope);
            name.is_some_and(|name| name.starts_with(start))
        })
    }

    /// The severity that the first known word among these fields names.
    pub(super) fn severity_word(&self, names: &[&str]) -> Option<Severity> {
        let mut words = names.iter().filter_map(|name| self.get(name));
        words.find_map(Severity::from_word)
    }

    /// The first of these fields that is a whole number.
    pub(super) fn number(&self, names: &[&str]) -> Option<u64> {
        let mut values = names.iter().filter_map(|name| self.get(name));
        values.find_map(|value| value.parse().ok())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn envelopes_open_to_the_inner_document() {
        let field = |name: &str, value: &str| Field {
            name: name.into(),
            value: value.into(),
            span: None,
        };
        let fields = [
            field("time", "now"),
            field("body.records.title", "a"),
            field("alerted.title", "b"),
        ];
        let all = Document::all(&fields);
        let titles: Vec<_> = all.iter().map(|document| document.get("title")).collect();
        assert_eq!(titles, [None, None, Some("a")]);
        let check = |envelope: usize, start: &str, expected: bool| {
            assert_eq!(all[envelope].has_below(start), expected, "{start}");
        };
        check(0, "body.", true);
        check(1, "records.", true);
        check(2, "title", true);
        check(2, "time", false);
    }
}
