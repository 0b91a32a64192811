//! Which techniques an alert resembles, best first, and why.
//!
//! [`prepare_query`] makes a [`Query`] of an alert, [`Ranker::score`] gives every technique its
//! points, and [`rank`] says which are best, with what each owes its place to.

mod bank;
mod bm25;
mod meaning;
mod packed;
mod platform;
mod query;
mod ranker;
mod terms;
mod why;

use serde::{Deserialize, Serialize};

use crate::alert::{Alert, Note, Span};
use crate::attack::{Catalog, TechniqueId};
use crate::decode::DecodedLayer;

pub use bank::{Example, ExampleBank};
pub use meaning::DIMENSIONS;
pub use platform::Platforms;
pub use query::{Origin, Part, Preparation, Query, prepare_query};
pub use ranker::{Contributions, Parts, Ranker, Scores, centroid};
pub use terms::{Term, terms};
pub use why::{Explanation, Omission, WordPlaces};

/// The words shown of one technique.
const MAX_WORDS: usize = 12;

/// Cosine below which no technique lies near. Of 686 labelled alerts, 98 in 100 come nearer to one
/// than 0.289; of 38 greetings, filler texts and other languages, 35 stay below 0.27. Both hold for
/// the full and for the shortened texts of ATT&CK.
const FAR: f32 = 0.27;

/// Information below which the words known to the index tell next to nothing: one rare word. Of the
/// same alerts, 98 in 100 have more.
const SAYS_LITTLE: f32 = 6.0;

/// One reason for a technique's place, with the points it is worth. All reasons of a technique
/// add up to its points; shares are made of points, so a point more multiplies a share.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Reason {
    /// The alert uses words of the technique's name, description, procedures, analytics or
    /// mitigations. Points are against the mean of all techniques, so few words cost points.
    Words {
        /// What it is worth.
        points: f32,
        /// The words that speak for it, most first, at most twelve. Labelled alerts count here
        /// too.
        words: Vec<Word>,
    },
    /// The alert's meaning lies near that of the technique's texts.
    Meaning {
        /// What it is worth, against the mean of all techniques.
        points: f32,
        /// Cosine of the two, -1..=1.
        similarity: f32,
    },
    /// Labelled alerts with such words carry this technique; or, for a technique that has no
    /// labelled alert, what its own words are taken to say instead.
    Examples {
        /// What it is worth.
        points: f32,
    },
    /// It is seen in use more often than others, or less.
    Known {
        /// What it is worth; negative for what is seldom seen.
        points: f32,
    },
    /// It does not exist where the alert happened.
    Platform {
        /// What it costs.
        points: f32,
        /// Where the alert happened.
        alert: Vec<String>,
    },
    /// The alert names it: the sensor's own mapping.
    Named {
        /// What it is worth.
        points: f32,
    },
}

/// A word of the alert that speaks for a technique.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Word {
    /// The word as the alert writes it where it stands first.
    pub text: String,
    /// What it is worth.
    pub points: f32,
    /// Where it stands in [`Alert::raw`], at most eight places; for a word of a decoded layer,
    /// the encoded text.
    pub spans: Vec<Span>,
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
    /// Its share among all techniques for this alert, 0..=1; all shares add up to one. It orders
    /// and compares within one alert; it is no probability that an attack took place.
    pub score: f32,
    /// Why it stands here.
    pub reasons: Vec<Reason>,
}

/// The best `top_k` techniques of a scored query, best first; equal ones in order of identifier.
pub fn rank(
    catalog: &Catalog,
    ranker: &Ranker,
    query: &Query,
    scores: &Scores,
    places: &WordPlaces,
    top_k: usize,
) -> Vec<RankedTechnique> {
    let shares = scores.shares();
    scores
        .best(top_k)
        .into_iter()
        .filter_map(|place| {
            let technique = catalog.techniques.get(place)?;
            Some(RankedTechnique {
                id: technique.id,
                name: catalog.full_name(technique),
                tactics: technique.tactics.clone(),
                platforms: technique.platforms.clone(),
                url: technique.id.url(),
                description: technique.description.clone(),
                score: shares.get(place).copied().unwrap_or_default(),
                reasons: reasons(ranker, query, scores, places, place),
            })
        })
        .collect()
}

fn reasons(
    ranker: &Ranker,
    query: &Query,
    scores: &Scores,
    places: &WordPlaces,
    technique: usize,
) -> Vec<Reason> {
    let parts = scores.contributions(technique);
    let words = ranker
        .words_of(scores, technique)
        .into_iter()
        .filter_map(|(hash, points)| {
            let (text, spans) = places.get(hash)?;
            Some(Word {
                text: text.to_owned(),
                points,
                spans: spans.to_vec(),
            })
        });
    let mut reasons = vec![
        Reason::Words {
            points: parts.words,
            words: words.take(MAX_WORDS).collect(),
        },
        Reason::Meaning {
            points: parts.meaning,
            similarity: scores.cosine(technique),
        },
    ];
    if ranker.has_examples() {
        reasons.push(Reason::Examples {
            points: parts.examples,
        });
    }
    reasons.push(Reason::Known {
        points: parts.known,
    });
    if parts.platform < 0.0 {
        let alert = query.platforms.names();
        reasons.push(Reason::Platform {
            points: parts.platform,
            alert: alert.into_iter().map(str::to_owned).collect(),
        });
    }
    if parts.named > 0.0 {
        reasons.push(Reason::Named {
            points: parts.named,
        });
    }
    reasons
}

/// What should be said about how much a query had to go on; `None` where it had enough.
pub fn evidence_note(query: &Query, scores: &Scores) -> Option<Note> {
    if query.is_empty() || (scores.information() == 0.0 && scores.nearest() < FAR) {
        return Some(Note::NoUsableText);
    }
    (scores.information() < SAYS_LITTLE || scores.nearest() < FAR).then_some(Note::LowEvidence)
}

/// Where the words of a query stand in its alert.
pub fn word_places(query: &Query, alert: &Alert, layers: &[DecodedLayer]) -> WordPlaces {
    WordPlaces::find(query, alert, layers)
}
