//! What ATT&CK has on a technique that is nearest to an alert: who used it like this, how it is
//! detected, what helps against it and which logs to look at.
//!
//! The texts lie in the [`EvidenceBook`]; which of them are near is found by the engine.

use serde::{Deserialize, Serialize};

use crate::attack::{Catalog, LogSource, Mitigation, TechniqueId};

/// The kind of text a passage is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PassageKind {
    /// A piece of the technique's description.
    Description,
    /// An analytic of a detection strategy: how the technique is noticed.
    Analytic,
    /// A procedure example: how somebody used it.
    Procedure,
}

/// A short text about one technique.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Passage {
    /// What it is.
    pub kind: PassageKind,
    /// Whose it is: the group, software or campaign (`G0016`), the analytic (`AN0277`); empty
    /// for a description.
    pub source: String,
    /// The name of the group, software or campaign, or of the detection strategy; empty for a
    /// description.
    pub name: String,
    /// Plain text.
    pub text: String,
}

/// What is known about one technique.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Notes {
    /// How many passages of the book are about it.
    pub passages: usize,
    /// Detection strategies: identifier and name.
    pub strategies: Vec<(String, String)>,
    /// What helps against it.
    pub mitigations: Vec<Mitigation>,
    /// Where to look, each once.
    pub log_sources: Vec<LogSource>,
}

/// All passages and notes of an index, in the order of its techniques.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceBook {
    /// The passages, technique by technique.
    pub passages: Vec<Passage>,
    /// One entry for each technique of the catalog.
    pub notes: Vec<Notes>,
}

impl EvidenceBook {
    /// Which passages are about the technique at `place` of the catalog.
    pub fn passages_of(&self, place: usize) -> std::ops::Range<usize> {
        let before = self.notes.iter().take(place);
        let start: usize = before.map(|notes| notes.passages).sum();
        let count = self.notes.get(place).map_or(0, |notes| notes.passages);
        start..start + count
    }

    /// Whether every technique has its notes and every passage its technique.
    pub fn is_whole(&self, techniques: usize) -> bool {
        let passages: usize = self.notes.iter().map(|notes| notes.passages).sum();
        self.notes.len() == techniques && passages == self.passages.len()
    }
}

/// A passage near to an alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct NearPassage {
    /// The technique it is about.
    pub technique: TechniqueId,
    /// What it says and whose it is.
    #[serde(flatten)]
    pub passage: Passage,
    /// Its page on attack.mitre.org.
    pub url: String,
    /// Cosine of alert and passage, -1..=1.
    pub similarity: f32,
}

/// What ATT&CK has on one technique for one alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct TechniqueEvidence {
    /// The technique.
    pub technique: TechniqueId,
    /// Its passages nearest to the alert, nearest first.
    pub nearest: Vec<NearPassage>,
    /// Detection strategies: identifier and name.
    pub strategies: Vec<(String, String)>,
    /// What helps against it.
    pub mitigations: Vec<Mitigation>,
    /// Which logs show it.
    pub log_sources: Vec<LogSource>,
}

/// What ATT&CK has on an alert.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct AttackEvidence {
    /// For each technique asked for, in that order.
    pub techniques: Vec<TechniqueEvidence>,
    /// The nearest passages whichever technique they are about, nearest first.
    pub nearest: Vec<NearPassage>,
}

impl NearPassage {
    /// A passage of a technique with its page: the group's or software's own where it has one.
    pub fn new(
        catalog: &Catalog,
        technique: usize,
        passage: &Passage,
        similarity: f32,
    ) -> Option<Self> {
        let technique = catalog.techniques.get(technique)?.id;
        let folder = match (passage.kind, passage.source.get(..1)) {
            (PassageKind::Procedure, Some("G")) => Some("groups"),
            (PassageKind::Procedure, Some("S")) => Some("software"),
            (PassageKind::Procedure, Some("C")) => Some("campaigns"),
            _ => None,
        };
        let is_plain = passage.source.bytes().all(|b| b.is_ascii_alphanumeric());
        Some(Self {
            technique,
            passage: passage.clone(),
            url: match folder {
                Some(folder) if is_plain => {
                    format!("https://attack.mitre.org/{folder}/{}/", passage.source)
                }
                _ => technique.url(),
            },
            similarity,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn book(counts: &[usize]) -> EvidenceBook {
        let passage = Passage {
            kind: PassageKind::Description,
            source: String::new(),
            name: String::new(),
            text: "text".into(),
        };
        EvidenceBook {
            passages: vec![passage; counts.iter().sum()],
            notes: counts
                .iter()
                .map(|count| Notes {
                    passages: *count,
                    ..Notes::default()
                })
                .collect(),
        }
    }

    #[test]
    fn passages_belong_to_techniques_in_order() {
        let book = book(&[2, 0, 3]);
        assert_eq!(book.passages_of(0), 0..2);
        assert_eq!(book.passages_of(1), 2..2);
        assert_eq!(book.passages_of(2), 2..5);
        assert_eq!(book.passages_of(9), 5..5);
        assert!(book.is_whole(3) && !book.is_whole(2));
    }
}
