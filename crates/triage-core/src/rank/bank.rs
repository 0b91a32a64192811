//! The example bank: what labelled alerts teach about the words and the meaning of techniques.
//!
//! It holds counts and directions, never text: how often each term (as a hash) stands in labelled
//! alerts and under which technique, and for each technique the direction in which its alerts lie
//! from the average alert. Learning is closed-form, so the same alerts give the same bytes.

use std::collections::{BTreeMap, BTreeSet};

use super::meaning::{DIMENSIONS, Directions, normalise};
use super::packed::{Reader, Writer};
use crate::attack::{TechniqueId, Vocabulary};

/// The first bytes of a bank: its name and layout version.
const MAGIC: &[u8] = b"SOCB\x01";

/// One labelled alert, read.
#[derive(Clone, Debug, Default)]
pub struct Example {
    /// Its labels, each known in the version the bank is learned for.
    pub techniques: Vec<TechniqueId>,
    /// Its terms, each once ([`super::Query::telling_terms`]).
    pub terms: Vec<u32>,
    /// Embeddings of it as it can be met, with its title and without; of length one.
    pub meanings: Vec<Vec<f32>>,
}

/// What labelled alerts taught.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ExampleBank {
    /// How many alerts it was learned from.
    pub(super) examples: u32,
    /// Labelled techniques, in order.
    pub(super) techniques: Vec<BankTechnique>,
    /// Terms by hash, in order.
    pub(super) terms: Vec<BankTerm>,
    /// For each technique, the direction of its alerts.
    directions: Directions,
}

#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct BankTechnique {
    pub(super) id: TechniqueId,
    /// Alerts that carry the label.
    pub(super) labelled: u32,
    /// Embeddings behind its direction, those with several labels shared among them.
    pub(super) weight: f32,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct BankTerm {
    pub(super) hash: u32,
    /// Alerts it stands in.
    pub(super) found: u32,
    /// Of those, how many carry the label of which technique (by place), in order.
    pub(super) under: Vec<(u16, u32)>,
}

impl ExampleBank {
    /// Learns from labelled alerts. Alerts without a label teach nothing.
    pub fn learn(examples: &[Example]) -> Self {
        let examples: Vec<&Example> = examples
            .iter()
            .filter(|example| !example.techniques.is_empty())
            .collect();
        let ids: BTreeSet<TechniqueId> = examples
            .iter()
            .flat_map(|example| example.techniques.iter().copied())
            .collect();
        let places: BTreeMap<TechniqueId, u16> = ids.iter().copied().zip(0..).collect();
        let mut labelled = vec![0_u32; ids.len()];
        let mut terms: BTreeMap<u32, (u32, BTreeMap<u16, u32>)> = BTreeMap::new();
        for example in &examples {
            let labels: BTreeSet<u16> = example
                .techniques
                .iter()
                .filter_map(|id| places.get(id).copied())
                .collect();
            for label in &labels {
                if let Some(count) = labelled.get_mut(usize::from(*label)) {
                    *count += 1;
                }
            }
            for term in example.terms.iter().collect::<BTreeSet<_>>() {
                let (found, under) = terms.entry(*term).or_default();
                *found += 1;
                for label in &labels {
                    *under.entry(*label).or_default() += 1;
                }
            }
        }
        let (weights, directions) = directions(&examples, &places);
        Self {
            examples: u32::try_from(examples.len()).unwrap_or(u32::MAX),
            techniques: ids
                .into_iter()
                .zip(labelled)
                .zip(weights)
                .map(|((id, labelled), weight)| BankTechnique {
                    id,
                    labelled,
                    weight,
                })
                .collect(),
            terms: terms
                .into_iter()
                .map(|(hash, (found, under))| BankTerm {
                    hash,
                    found,
                    under: under.into_iter().collect(),
                })
                .collect(),
            directions: Directions::pack(directions.iter().map(Vec::as_slice)),
        }
    }

    /// How many alerts it was learned from.
    pub fn examples(&self) -> u32 {
        self.examples
    }

    /// How many techniques have an example.
    pub fn techniques(&self) -> usize {
        self.techniques.len()
    }

    /// The direction of a technique's alerts from the average alert.
    pub(super) fn direction(&self, place: usize) -> Vec<f32> {
        self.directions.get(place)
    }

    /// Where each of its techniques stands among `known`; a technique that moved is found under
    /// its heir, one that was given up nowhere.
    pub(super) fn places(&self, vocabulary: &Vocabulary) -> Vec<Option<usize>> {
        self.techniques
            .iter()
            .map(|technique| {
                let id = vocabulary.resolve(technique.id)?;
                vocabulary.active.binary_search(&id).ok()
            })
            .collect()
    }

    /// The bank as the bytes of a file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.bytes(MAGIC);
        writer.number(self.examples);
        writer.number(count(self.techniques.len()));
        for technique in &self.techniques {
            let (number, sub) = technique.id.parts();
            writer.number(u32::from(number));
            writer.number(u32::from(sub));
            writer.number(technique.labelled);
            writer.float(technique.weight);
        }
        self.directions.write(&mut writer);
        writer.number(count(self.terms.len()));
        let mut before = 0;
        for term in &self.terms {
            writer.number(term.hash - before);
            before = term.hash;
            writer.number(term.found);
            writer.number(count(term.under.len()));
            for (technique, found) in &term.under {
                writer.number(u32::from(*technique));
                writer.number(*found);
            }
        }
        writer.finish()
    }

    /// Reads a bank.
    ///
    /// # Errors
    ///
    /// A sentence about what is wrong, for anything but a whole bank of this layout version.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, &'static str> {
        let Some(bytes) = bytes.strip_prefix(MAGIC) else {
            return Err("it is not an example bank of this layout version");
        };
        let mut reader = Reader::new(bytes);
        let bank = Self::read(&mut reader).ok_or("it is cut short or holds values out of range")?;
        if reader.remaining() > 0 {
            return Err("bytes follow its end");
        }
        Ok(bank)
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let examples = reader.number()?;
        let techniques = (0..reader.count()?)
            .map(|_| {
                let number = u16::try_from(reader.number()?).ok()?;
                let sub = u16::try_from(reader.number()?).ok()?;
                let labelled = reader.number()?;
                let weight = reader.float()?;
                Some(BankTechnique {
                    id: TechniqueId::from_parts(number, sub)?,
                    labelled: (labelled <= examples).then_some(labelled)?,
                    weight: (weight >= 0.0).then_some(weight)?,
                })
            })
            .collect::<Option<Vec<_>>>()?;
        let is_sorted = techniques.is_sorted_by(|a, b| a.id < b.id);
        let directions = Directions::read(reader, techniques.len())?;
        let mut terms: Vec<BankTerm> = Vec::new();
        let mut before = 0_u32;
        for place in 0..reader.count()? {
            let gap = reader.number()?;
            let hash = before.checked_add(gap)?;
            let found = reader.number()?;
            let mut under: Vec<(u16, u32)> = Vec::new();
            for _ in 0..reader.count()? {
                let technique = u16::try_from(reader.number()?).ok()?;
                let labelled = reader.number()?;
                let is_next = under.last().is_none_or(|(last, _)| *last < technique);
                let exists = usize::from(technique) < techniques.len();
                if !is_next || !exists || labelled > found {
                    return None;
                }
                under.push((technique, labelled));
            }
            let is_next = place == 0 || gap > 0;
            if !is_next || found == 0 || found > examples {
                return None;
            }
            before = hash;
            terms.push(BankTerm { hash, found, under });
        }
        is_sorted.then_some(Self {
            examples,
            techniques,
            terms,
            directions,
        })
    }
}

/// For each technique, how many embeddings it has (those with several labels shared among them)
/// and the sum of their differences from the mean of all: what its alerts have that others lack.
fn directions(
    examples: &[&Example],
    places: &BTreeMap<TechniqueId, u16>,
) -> (Vec<f32>, Vec<Vec<f32>>) {
    let meanings = || {
        examples
            .iter()
            .flat_map(|example| example.meanings.iter().map(move |one| (example, one)))
    };
    let mut mean = vec![0.0_f32; DIMENSIONS];
    let mut all = 0.0_f32;
    for (_, meaning) in meanings() {
        all += 1.0;
        for (sum, value) in mean.iter_mut().zip(meaning) {
            *sum += value;
        }
    }
    for value in &mut mean {
        *value /= all.max(1.0);
    }
    let mut weights = vec![0.0_f32; places.len()];
    let mut sums = vec![vec![0.0_f32; DIMENSIONS]; places.len()];
    for (example, meaning) in meanings() {
        let share = 1.0 / number(example.techniques.len());
        for id in &example.techniques {
            let Some(place) = places.get(id).map(|place| usize::from(*place)) else {
                continue;
            };
            if let (Some(weight), Some(sum)) = (weights.get_mut(place), sums.get_mut(place)) {
                *weight += share;
                for ((sum, value), mean) in sum.iter_mut().zip(meaning).zip(&mean) {
                    *sum += share * (value - mean);
                }
            }
        }
    }
    for sum in &mut sums {
        normalise(sum);
    }
    (weights, sums)
}

#[expect(
    clippy::cast_precision_loss,
    reason = "an alert has a handful of labels"
)]
fn number(count: usize) -> f32 {
    count as f32
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
