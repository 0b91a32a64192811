//! Which techniques an alert resembles, best first, and why.

mod query;

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::attack::{Catalog, TechniqueId};

pub use query::{Query, prepare_query};

/// One hit of the search: a technique's position in the catalog and how near it is.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct TechniqueMatch {
    /// Position in [`Catalog::techniques`].
    pub position: usize,
    /// Cosine of query and technique, -1..=1.
    pub similarity: f32,
}

/// One reason for a technique's place.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// The alert's wording lies near the technique's description.
    Meaning {
        /// Cosine of the two, -1..=1.
        similarity: f32,
    },
    /// The alert uses words of the technique's name or description.
    Words {
        /// The words as they stand in the alert, lower case, in alphabetical order.
        words: Vec<String>,
    },
}

/// A technique in its place, with everything the page shows of it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RankedTechnique {
    /// `T1059.001`.
    pub id: TechniqueId,
    /// `Command and Scripting Interpreter: PowerShell`.
    pub name: String,
    /// Names of its tactics.
    pub tactics: Vec<String>,
    /// Platforms it applies to.
    pub platforms: Vec<String>,
    /// Its page on attack.mitre.org.
    pub url: String,
    /// Its description as plain text.
    pub description: String,
    /// Cosine similarity of alert and technique, cut to 0..=1; not a probability.
    pub score: f32,
    /// Why it stands here.
    pub reasons: Vec<Reason>,
}

/// The best `top_k` techniques for a query, best first; equal scores in order of identifier.
///
/// Hits that lie outside the catalog are left out.
pub fn rank(
    catalog: &Catalog,
    query: &Query,
    hits: &[TechniqueMatch],
    top_k: usize,
) -> Vec<RankedTechnique> {
    let mut hits: Vec<_> = hits
        .iter()
        .filter_map(|hit| Some((hit, catalog.techniques.get(hit.position)?)))
        .collect();
    hits.sort_by(|(a, _), (b, _)| {
        b.similarity
            .total_cmp(&a.similarity)
            .then(a.position.cmp(&b.position))
    });
    hits.dedup_by_key(|(hit, _)| hit.position);
    hits.into_iter()
        .take(top_k)
        .map(|(hit, technique)| {
            let mut reasons = vec![Reason::Meaning {
                similarity: hit.similarity,
            }];
            let words = shared_words(&query.words, &technique.name, &technique.description);
            if !words.is_empty() {
                reasons.push(Reason::Words { words });
            }
            RankedTechnique {
                id: technique.id,
                name: catalog.full_name(technique),
                tactics: technique.tactics.clone(),
                platforms: technique.platforms.clone(),
                url: technique.id.url(),
                description: technique.description.clone(),
                score: hit.similarity.clamp(0.0, 1.0),
                reasons,
            }
        })
        .collect()
}

/// Words of the alert that the technique's name or description uses too.
fn shared_words(words: &BTreeSet<String>, name: &str, description: &str) -> Vec<String> {
    let of_technique: BTreeSet<String> = query::words(name)
        .chain(query::words(description))
        .collect();
    words
        .intersection(&of_technique)
        .take(12)
        .cloned()
        .collect()
}
