//! Where the words of a query stand in the alert, and what an alert's parts are worth to a
//! technique.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::query::{Origin, Query};
use super::terms::terms;
use crate::alert::{Alert, Span, cut};
use crate::attack::TechniqueId;
use crate::decode::DecodedLayer;

/// The most places kept of one word.
const MAX_SPANS: usize = 8;

/// The most bytes of one part in which words are looked for.
const MAX_PART_BYTES: usize = 16 * 1024;

/// The words of a query by hash, as the alert writes them and where.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct WordPlaces(BTreeMap<u32, (String, Vec<Span>)>);

impl WordPlaces {
    /// A word's text and its places.
    pub fn get(&self, hash: u32) -> Option<(&str, &[Span])> {
        let (text, spans) = self.0.get(&hash)?;
        Some((text, spans))
    }

    /// Looks where the query looked: in its parts, not in what preparation left out.
    pub(super) fn find(query: &Query, alert: &Alert, layers: &[DecodedLayer]) -> Self {
        let mut places = Self::default();
        let mut from = 0;
        for part in &query.parts {
            match part.origin {
                Origin::Title => {
                    let title = alert.title.as_deref().unwrap_or_default();
                    places.in_raw(alert, find(&alert.raw, title, 0), title);
                }
                Origin::Field(place) => {
                    let Some(field) = alert.fields.get(place) else {
                        continue;
                    };
                    let span = field.span.or_else(|| find(&alert.raw, &field.value, from));
                    from = span.map_or(from, |span| span.start);
                    places.in_raw(alert, span, &field.value);
                }
                Origin::Layer(place) => {
                    let Some(layer) = layers.get(place) else {
                        continue;
                    };
                    for term in terms(cut(&layer.text, MAX_PART_BYTES)) {
                        let text = layer.text.get(term.span.range()).unwrap_or_default();
                        places.add(term.hash, text, layer.span);
                    }
                }
                Origin::Prose => {
                    let whole = Span::from(0..alert.raw.len());
                    places.in_raw(alert, Some(whole), &alert.raw);
                }
            }
            // A key can be a word of the query and need not be one of the value.
            for term in terms(&part.text) {
                let text = part.text.get(term.span.range()).unwrap_or_default();
                places
                    .0
                    .entry(term.hash)
                    .or_insert_with(|| (text.to_owned(), Vec::new()));
            }
        }
        places
    }

    /// Adds the words of `text`, which stands at `span` of the alert, if anywhere.
    fn in_raw(&mut self, alert: &Alert, span: Option<Span>, text: &str) {
        let written = span.and_then(|span| alert.raw.get(span.range()));
        let start = span.map_or(0, |span| span.start);
        // An escaped value is looked through as it is written, so that places are right.
        for term in terms(cut(written.unwrap_or(text), MAX_PART_BYTES)) {
            let Some(place) = alert
                .raw
                .get(start + term.span.start..start + term.span.end)
                .filter(|_| written.is_some())
            else {
                continue;
            };
            let span = Span::from(start + term.span.start..start + term.span.end);
            self.add(term.hash, place, span);
        }
    }

    fn add(&mut self, hash: u32, text: &str, span: Span) {
        let (_, spans) = self
            .0
            .entry(hash)
            .or_insert_with(|| (text.to_owned(), Vec::new()));
        if spans.len() < MAX_SPANS && !spans.contains(&span) {
            spans.push(span);
        }
    }
}

/// Where a value stands, as it is or escaped as JSON has it.
fn find(raw: &str, value: &str, from: usize) -> Option<Span> {
    if value.is_empty() {
        return None;
    }
    let at = |text: &str| {
        let rest = raw.get(from..)?;
        let start = from + rest.find(text)?;
        Some(Span::from(start..start + text.len()))
    };
    at(value).or_else(|| {
        let quoted = serde_json::to_string(value).ok()?;
        at(quoted.get(1..quoted.len() - 1)?)
    })
}

/// What the parts of an alert are worth to one technique: its points without each.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Explanation {
    /// The technique.
    pub technique: TechniqueId,
    /// Its place among all techniques, from one.
    pub place: usize,
    /// Its points with the whole alert.
    pub points: f32,
    /// The parts of the alert, the one it loses most without first.
    pub omissions: Vec<Omission>,
}

/// An alert without one of its parts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Omission {
    /// The field's name; `title`, `text` or `decoded layer 1` for what is no field.
    pub part: String,
    /// Where it stands in the alert.
    pub span: Option<Span>,
    /// The technique's place without it.
    pub place: usize,
    /// The points that the technique loses without it; negative where it gains.
    pub points_lost: f32,
}

impl Omission {
    /// Name and place of a part in its alert.
    pub fn locate(
        alert: &Alert,
        layers: &[DecodedLayer],
        origin: Origin,
    ) -> (String, Option<Span>) {
        match origin {
            Origin::Title => {
                let title = alert.title.as_deref().unwrap_or_default();
                ("title".to_owned(), find(&alert.raw, title, 0))
            }
            Origin::Field(place) => alert.fields.get(place).map_or_else(
                || ("field".to_owned(), None),
                |field| {
                    let span = field.span.or_else(|| find(&alert.raw, &field.value, 0));
                    (field.name.clone(), span)
                },
            ),
            Origin::Layer(place) => (
                format!("decoded layer {}", place + 1),
                layers.get(place).map(|layer| layer.span),
            ),
            Origin::Prose => (
                "text".to_owned(),
                Some(Span::from(0..alert.raw.len())).filter(|_| !alert.raw.is_empty()),
            ),
        }
    }
}
