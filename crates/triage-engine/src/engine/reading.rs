//! An alert as it was read, before any model.

use triage_core::alert::{Alert, AlertFormat, parse_alert_as};
use triage_core::decode::{DecodedLayer, decode_layers};
use triage_core::injection::{Suspicion, find_instructions, hidden_text};
use triage_core::observable::{Observable, extract_observables};
use triage_core::prompt::AlertPart;
use triage_core::rank::{Origin, Query, prepare_query};

use super::Settings;

/// What was read from an alert, before any model: its parts, its observables and its query.
pub struct Reading {
    pub(super) alert: Alert,
    pub(super) layers: Vec<DecodedLayer>,
    pub(super) observables: Vec<Observable>,
    pub(super) suspicions: Vec<Suspicion>,
    pub(super) query: Query,
}

impl Reading {
    /// Reads an alert, as the format that the analyst names or as it looks. The techniques that it
    /// names are filled in by whoever has the catalog.
    pub(super) fn of(text: &str, format: Option<AlertFormat>, settings: &Settings) -> Self {
        let alert = parse_alert_as(text, format);
        let layers = decode_layers(&alert.raw);
        let observables = extract_observables(&alert, &layers);
        let decoded = if settings.decoding {
            layers.as_slice()
        } else {
            &[]
        };
        let query = prepare_query(&alert, decoded, settings.preparation);
        let mut suspicions = find_instructions(&alert, &layers);
        // What is hidden is seen only in the text as it was given.
        suspicions.extend(hidden_text(text));
        Self {
            alert,
            layers,
            observables,
            suspicions,
            query,
        }
    }

    /// The query of some parts of the alert, named by their places.
    pub(super) fn only(&self, parts: &[AlertPart], keep: &[usize]) -> Query {
        let kept: Vec<&AlertPart> = keep.iter().filter_map(|place| parts.get(*place)).collect();
        let text = kept.iter().any(|part| part.field.is_none());
        let says = |text: &str| kept.iter().any(|part| part.value.contains(text));
        let is_kept = |origin: Origin| match origin {
            Origin::Prose => text,
            Origin::Title => self.alert.title.as_deref().is_some_and(says),
            Origin::Field(place) => {
                let is_part = |part: &&AlertPart| part.field == Some(place);
                let is_known = parts.iter().any(|part| is_part(&part));
                kept.iter().any(is_part) || (!is_known && text)
            }
            Origin::Layer(place) => self.layers.get(place).is_some_and(|layer| {
                let encoded = self.alert.raw.get(layer.span.range());
                encoded.is_some_and(says)
            }),
        };
        let query = self.query.clone();
        Query {
            parts: query
                .parts
                .into_iter()
                .filter(|part| is_kept(part.origin))
                .collect(),
            ..query
        }
    }
}
