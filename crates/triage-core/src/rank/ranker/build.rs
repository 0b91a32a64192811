//! Building a ranker: from what a bundle says, and from what labelled examples add.

use super::super::bank::ExampleBank;
use super::super::bm25::{FieldKind, Postings, inverse_frequency, weigh};
use super::super::meaning::{DIMENSIONS, Directions, normalise};
use super::super::platform::Platforms;
use super::{Examples, Ranker};
use crate::attack::{Knowledge, Sources, Vocabulary};

/// The fields of a technique document with what they are worth, in the order of [`fields`].
/// Chosen on labelled alerts; see docs/retrieval.md.
const FIELDS: [FieldKind; 6] = [
    // Its name.
    FieldKind {
        weight: 4.2,
        length: 0.2,
    },
    // Its description.
    FieldKind {
        weight: 0.7,
        length: 0.05,
    },
    // How it is detected.
    FieldKind {
        weight: 0.98,
        length: 0.95,
    },
    // How it was used.
    FieldKind {
        weight: 1.0,
        length: 0.35,
    },
    // What helps against it.
    FieldKind {
        weight: 1.4,
        length: 0.5,
    },
    // The logs to look at.
    FieldKind {
        weight: 0.086,
        length: 0.65,
    },
];

/// Labels that a term must earn beyond chance: a term seen once under a technique keeps half.
const DOUBT: f32 = 1.0;

/// Links below this are left out: chance.
const SLIGHT: f32 = 0.05;

/// How much the direction of a technique's alerts moves its centroid.
const PULL: f32 = 1.25;

/// Embeddings from which on a direction is trusted.
const TRUSTED: f32 = 1.2;

/// How strongly common words of alerts lose weight, and the least that is kept before that.
const DAMPING: f32 = 0.85;
const LEAST_KEPT: f32 = 0.2;

impl Ranker {
    /// Builds a ranker over a bundle's techniques. `centroids` gives the direction of each
    /// technique's texts ([`centroid`]), in the order of the catalog.
    pub fn build(knowledge: &Knowledge, centroids: &[Vec<f32>]) -> Self {
        let techniques = &knowledge.catalog.techniques;
        let documents: Vec<Vec<String>> = techniques
            .iter()
            .zip(&knowledge.sources)
            .map(|(technique, sources)| {
                let name = knowledge.catalog.full_name(technique);
                fields(&name, &technique.description, sources)
            })
            .collect();
        let weighed = weigh(&documents, &FIELDS);
        let idf: Vec<f32> = weighed
            .frequencies
            .iter()
            .map(|found| inverse_frequency(*found as usize, documents.len()))
            .collect();
        let (information, information_step) = quantise(&idf);
        let seen = knowledge.sources.iter().map(|sources| {
            #[expect(clippy::cast_precision_loss, reason = "some hundred procedures")]
            let procedures = sources.procedures.len() as f32;
            (1.0 + procedures).ln()
        });
        Self {
            hashes: weighed.hashes,
            information,
            information_step,
            words: Postings::pack(&weighed.postings),
            meanings: Directions::pack(apart(centroids).iter().map(Vec::as_slice)),
            known: standardise(&seen.collect::<Vec<_>>()),
            platforms: techniques
                .iter()
                .map(|technique| {
                    Platforms::of_technique(technique.platforms.iter().map(String::as_str))
                })
                .collect(),
            examples: None,
        }
    }

    /// The same ranker with what labelled alerts taught. Labels of another ATT&CK version are
    /// followed to where they lead in `vocabulary`, the version of this ranker.
    #[must_use]
    pub fn with_examples(&self, bank: &ExampleBank, vocabulary: &Vocabulary) -> Self {
        let places = bank.places(vocabulary);
        let terms = self.merged_terms(bank);
        let mut merged = Self {
            hashes: Vec::with_capacity(terms.len()),
            ..self.clone()
        };
        let (mut idf, mut kept, mut words, mut linked) = (vec![], vec![], vec![], vec![]);
        for (hash, own, taught) in terms {
            // A word that ATT&CK never uses is as rare as can be.
            let rarity = own.map_or_else(
                || inverse_frequency(0, self.techniques()),
                |term| self.information(term),
            );
            let taught = taught.and_then(|term| bank.terms.get(term));
            let share = taught.map_or(1.0, |term| kept_share(bank.examples, term.found));
            let links = taught.map_or_else(Vec::new, |term| {
                links(bank, &places, &term.under, term.found, rarity)
            });
            merged.hashes.push(hash);
            idf.push(rarity);
            kept.push(share);
            words.push(own.map_or_else(Vec::new, |term| {
                let postings = self.words.of(term);
                postings
                    .filter_map(|(technique, weight)| {
                        Some((u16::try_from(technique).ok()?, weight))
                    })
                    .collect()
            }));
            linked.push(links);
        }
        (merged.information, merged.information_step) = quantise(&idf);
        merged.words = Postings::pack(&words);
        let mut has = vec![false; self.techniques()];
        for place in places.iter().flatten() {
            if let Some(has) = has.get_mut(*place) {
                *has = true;
            }
        }
        merged.meanings = self.pulled_meanings(bank, &places);
        merged.examples = Some(Examples {
            kept: kept.iter().map(|share| to_255ths(*share)).collect(),
            linked: Postings::pack(&linked),
            has,
        });
        merged
    }

    /// All terms of ranker and bank in order of hash, with their places in each.
    fn merged_terms(&self, bank: &ExampleBank) -> Vec<(u32, Option<usize>, Option<usize>)> {
        let own = self.hashes.iter().copied().zip(0..);
        let taught = bank.terms.iter().map(|term| term.hash).zip(0..);
        let mut terms: std::collections::BTreeMap<u32, (Option<usize>, Option<usize>)> = own
            .map(|(hash, place)| (hash, (Some(place), None)))
            .collect();
        for (hash, place) in taught {
            terms.entry(hash).or_default().1 = Some(place);
        }
        terms
            .into_iter()
            .map(|(hash, (own, taught))| (hash, own, taught))
            .collect()
    }

    /// Centroids pulled in the direction of their alerts; those without alerts stay.
    fn pulled_meanings(&self, bank: &ExampleBank, places: &[Option<usize>]) -> Directions {
        let mut pulls = vec![(0.0_f32, vec![0.0_f32; DIMENSIONS]); self.techniques()];
        for ((technique, place), at) in bank.techniques.iter().zip(places).zip(0..) {
            let Some((weight, pull)) = place.and_then(|place| pulls.get_mut(place)) else {
                continue;
            };
            // Two that became one technique are pulled by both, each by its alerts.
            *weight += technique.weight;
            for (sum, value) in pull.iter_mut().zip(bank.direction(at)) {
                *sum += technique.weight * value;
            }
        }
        let mut rows = Vec::with_capacity(self.techniques());
        for ((weight, mut pull), place) in pulls.into_iter().zip(0..) {
            let mut row = self.meanings.get(place);
            if weight > 0.0 {
                normalise(&mut pull);
                let trust = PULL * (weight / (weight + TRUSTED)).sqrt();
                for (value, pull) in row.iter_mut().zip(&pull) {
                    *value += trust * pull;
                }
                normalise(&mut row);
            }
            rows.push(row);
        }
        Directions::pack(rows.iter().map(Vec::as_slice))
    }
}

/// The direction of a technique's texts, given the embeddings of each kind of text (its
/// description, its analytics, its procedures): the sum of the kinds' own mean directions, so
/// that hundreds of procedures do not drown one description.
pub fn centroid<'a>(kinds: impl IntoIterator<Item = &'a [Vec<f32>]>) -> Vec<f32> {
    let mut sum = vec![0.0_f32; DIMENSIONS];
    for kind in kinds {
        let mut mean = vec![0.0_f32; DIMENSIONS];
        for embedding in kind {
            for (sum, value) in mean.iter_mut().zip(embedding) {
                *sum += value;
            }
        }
        normalise(&mut mean);
        for (sum, value) in sum.iter_mut().zip(&mean) {
            *sum += value;
        }
    }
    normalise(&mut sum);
    sum
}

/// The texts of a technique's document, in the order of [`FIELDS`].
fn fields(name: &str, description: &str, sources: &Sources) -> Vec<String> {
    let lines = |lines: Vec<String>| lines.join("\n");
    let analytics = sources
        .analytics
        .iter()
        .map(|analytic| format!("({}) {}", analytic.platforms.join(", "), analytic.text));
    let procedures = sources.procedures.iter().map(|p| p.text.clone());
    let mitigations = sources.mitigations.iter().map(|m| m.text.clone());
    let logs = sources
        .analytics
        .iter()
        .flat_map(|analytic| &analytic.log_sources)
        .flat_map(|log| {
            // Every Windows alert comes from the Windows event log, and half of them are its
            // event 1: no more than that is said by these.
            let name = (!log.name.starts_with("WinEventLog")).then(|| log.name.clone());
            let channel = (!is_event_number(&log.channel)).then(|| log.channel.clone());
            name.into_iter().chain(channel)
        });
    vec![
        name.to_owned(),
        description.to_owned(),
        lines(analytics.collect()),
        lines(procedures.collect()),
        lines(mitigations.collect()),
        lines(logs.collect()),
    ]
}

fn is_event_number(channel: &str) -> bool {
    channel
        .trim_start()
        .strip_prefix("EventCode=")
        .is_some_and(|numbers| {
            numbers
                .bytes()
                .all(|b| b.is_ascii_digit() || matches!(b, b',' | b' '))
        })
}

/// Directions without what all have in common, so that alerts are told apart by what differs.
fn apart(centroids: &[Vec<f32>]) -> Vec<Vec<f32>> {
    let mut mean = vec![0.0_f32; DIMENSIONS];
    for centroid in centroids {
        for (sum, value) in mean.iter_mut().zip(centroid) {
            *sum += value;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "some hundred techniques")]
    let count = centroids.len().max(1) as f32;
    let mut apart = Vec::with_capacity(centroids.len());
    for centroid in centroids {
        let mut row: Vec<f32> = centroid
            .iter()
            .zip(&mean)
            .map(|(value, sum)| value - sum / count)
            .collect();
        normalise(&mut row);
        apart.push(row);
    }
    apart
}

/// What a term's examples say of techniques: the share of its alerts that carry the label beyond
/// the share of all alerts that do, weighted by how rare the term is.
#[expect(clippy::cast_precision_loss, reason = "some thousand examples")]
fn links(
    bank: &ExampleBank,
    places: &[Option<usize>],
    under: &[(u16, u32)],
    found: u32,
    rarity: f32,
) -> Vec<(u16, f32)> {
    let mut sums: std::collections::BTreeMap<u16, f32> = std::collections::BTreeMap::new();
    for (technique, labelled) in under {
        let technique = usize::from(*technique);
        let known = bank.techniques.get(technique);
        let place = places.get(technique).copied().flatten();
        let place = place.and_then(|place| u16::try_from(place).ok());
        let (Some(known), Some(place)) = (known, place) else {
            continue;
        };
        let share = *labelled as f32 / (found as f32 + DOUBT);
        let chance = known.labelled as f32 / bank.examples.max(1) as f32;
        *sums.entry(place).or_default() += (share - chance).max(0.0) * rarity;
    }
    sums.into_iter().filter(|(_, sum)| *sum > SLIGHT).collect()
}

/// How much of its weight a term keeps that stands in `found` of `all` labelled alerts: all of it
/// where it stands in one, little where it stands in most.
#[expect(clippy::cast_precision_loss, reason = "some thousand examples")]
fn kept_share(all: u32, found: u32) -> f32 {
    let all = all as f32 + 1.0;
    let share = (all / (found as f32 + 0.5)).ln() / (all / 1.5).ln();
    share.clamp(LEAST_KEPT, 1.0).powf(DAMPING)
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a share is 0 to 1"
)]
fn to_255ths(share: f32) -> u8 {
    (share * 255.0).round() as u8
}

/// Values as bytes, and what one step is worth.
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a value over the step is 0 to 255"
)]
fn quantise(values: &[f32]) -> (Vec<u8>, f32) {
    let largest = values.iter().copied().fold(f32::MIN_POSITIVE, f32::max);
    let step = largest / 255.0;
    let steps = values.iter().map(|value| (value / step).round() as u8);
    (steps.collect(), step)
}

fn standardise(values: &[f32]) -> Vec<f32> {
    let (mean, deviation) = super::spread(values);
    values
        .iter()
        .map(|value| (value - mean) / deviation)
        .collect()
}
