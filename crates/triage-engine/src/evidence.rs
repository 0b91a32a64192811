//! The library of passages: which of ATT&CK's texts lie nearest to an alert.

use triage_core::attack::Catalog;
use triage_core::evidence::{AttackEvidence, EvidenceBook, NearPassage, TechniqueEvidence};
use triage_core::manifest::Manifest;

use crate::index::Hit;
use crate::{Embedding, EngineError, PassageIndex};

/// Passages shown of each technique.
const SHOWN: usize = 3;

/// Passages shown whichever technique they are about.
const SHOWN_IN_ALL: usize = 5;

/// What can follow while an engine already ranks.
pub struct EvidenceBytes {
    /// The texts.
    pub evidence: Vec<u8>,
    /// The graph over their vectors.
    pub passages: Vec<u8>,
}

/// Texts and their index.
pub struct Library {
    book: EvidenceBook,
    index: PassageIndex,
}

impl Library {
    /// Checks both files against the manifest and opens them.
    ///
    /// # Errors
    ///
    /// As [`crate::Engine::open`].
    pub fn open(manifest: &Manifest, bytes: &EvidenceBytes) -> Result<Self, EngineError> {
        let files = &manifest.files;
        files.evidence.verify(&bytes.evidence)?;
        files.passages.verify(&bytes.passages)?;
        let name = files.evidence.name.as_str();
        let book: EvidenceBook = serde_json::from_slice(&bytes.evidence)
            .map_err(|error| EngineError::content(name, error))?;
        if !book.is_whole(manifest.techniques) {
            return Err(EngineError::content(
                name,
                "its passages do not belong to its techniques",
            ));
        }
        let index = PassageIndex::from_bytes(&bytes.passages, book.passages.len())?;
        Ok(Self { book, index })
    }

    /// The graph, for measuring it.
    pub fn index(&self) -> &PassageIndex {
        &self.index
    }

    /// What is nearest to a query: for each technique (by its place in the catalog), and in all.
    ///
    /// The graph gives the nearest of all passages. Of a technique of which it found too few, all
    /// passages are compared: they are a handful.
    pub(crate) fn evidence(
        &self,
        catalog: &Catalog,
        query: Option<&Embedding>,
        techniques: &[usize],
    ) -> AttackEvidence {
        let found = query.map_or_else(Vec::new, |query| self.index.search(query, self.index.len()));
        let passage = |technique: usize, hit: &Hit| {
            let passage = self.book.passages.get(hit.passage)?;
            NearPassage::new(catalog, technique, passage, hit.similarity)
        };
        let techniques = techniques
            .iter()
            .filter_map(|place| {
                let passages = self.book.passages_of(*place);
                let own = found.iter().filter(|hit| passages.contains(&hit.passage));
                let mut nearest: Vec<Hit> = own.take(SHOWN).copied().collect();
                if let Some(query) = query.filter(|_| nearest.len() < SHOWN) {
                    nearest = self.index.nearest_of(&passages, query, SHOWN);
                }
                let notes = self.book.notes.get(*place)?;
                Some(TechniqueEvidence {
                    technique: catalog.techniques.get(*place)?.id,
                    nearest: nearest
                        .iter()
                        .filter_map(|hit| passage(*place, hit))
                        .collect(),
                    strategies: notes.strategies.clone(),
                    mitigations: notes.mitigations.clone(),
                    log_sources: notes.log_sources.clone(),
                })
            })
            .collect();
        let nearest = found
            .iter()
            .take(SHOWN_IN_ALL)
            .filter_map(|hit| passage(self.technique_of(hit.passage)?, hit))
            .collect();
        AttackEvidence {
            techniques,
            nearest,
        }
    }

    /// The place in the catalog of the technique that a passage is about.
    fn technique_of(&self, passage: usize) -> Option<usize> {
        let mut end = 0;
        self.book.notes.iter().position(|notes| {
            end += notes.passages;
            passage < end
        })
    }
}
