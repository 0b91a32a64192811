//! The ranker: what an index knows of each technique, and how a query is scored against it.
//!
//! A technique's points are a sum, so that each part can be shown and switched off: its words
//! (BM25), its meaning (cosine of embeddings), what labelled examples teach, how often it is seen,
//! and whether it exists on the alert's platform. Words and meaning are first put on one scale:
//! how many standard deviations a technique lies above the mean of all techniques for this query.

mod build;
mod file;

use serde::{Deserialize, Serialize};

use super::bm25::{CEILING, Postings};
use super::meaning::Directions;
use super::platform::Platforms;
use super::query::Query;

pub use build::centroid;

/// An index of techniques, ready to score queries. Techniques go by their place in the catalog.
#[derive(Clone, Debug, PartialEq)]
pub struct Ranker {
    /// Terms by hash, in order.
    hashes: Vec<u32>,
    /// What each term tells: its inverse document frequency, in steps.
    information: Vec<u8>,
    information_step: f32,
    words: Postings,
    meanings: Directions,
    /// How often each technique was seen in use, as standard deviations of the logarithm.
    known: Vec<f32>,
    platforms: Vec<Platforms>,
    examples: Option<Examples>,
}

/// What labelled alerts taught, term by term and technique by technique.
#[derive(Clone, Debug, PartialEq)]
struct Examples {
    /// For each term, how much of its weight it keeps: words that stand in most alerts lose the
    /// most. In 255ths.
    kept: Vec<u8>,
    /// For each term, the techniques of the alerts it stands in.
    linked: Postings,
    /// Whether each technique has an example.
    has: Vec<bool>,
}

/// Which parts of the score take part. Everything does; switching one off shows what it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a switch of its own")]
pub struct Parts {
    /// Words in common with the technique's texts.
    pub words: bool,
    /// Nearness of embeddings.
    pub meaning: bool,
    /// What labelled examples teach.
    pub examples: bool,
    /// How often the technique is seen in use.
    pub known: bool,
    /// Whether it exists on the alert's platform.
    pub platform: bool,
    /// Whether the alert names it.
    pub named: bool,
}

impl Parts {
    /// Every part.
    pub const ALL: Self = Self {
        words: true,
        meaning: true,
        examples: true,
        known: true,
        platform: true,
        named: true,
    };
}

/// What each part of a score is worth.
struct Worth {
    words: f32,
    meaning: f32,
    examples: f32,
    known: f32,
    elsewhere: f32,
}

/// Chosen on labelled alerts that have no example in the index; see docs/retrieval.md.
const PLAIN: Worth = Worth {
    words: 0.5,
    meaning: 0.7,
    examples: 0.0,
    known: 0.2,
    elsewhere: -1.6,
};

/// With examples the other parts count a little less.
const WITH_EXAMPLES: Worth = Worth {
    words: 0.4,
    meaning: 0.7,
    examples: 25.0,
    known: 0.16,
    elsewhere: -1.2,
};

/// What it is worth that the alert itself names a technique: its sensor's rule was written for it.
/// Enough to bring it to the front, not enough to hide what the rest of the alert says.
const NAMED: f32 = 6.0;

/// Information added to every query's, so that one rare word alone convinces nobody.
const INFORMATION_FLOOR: f32 = 5.0;

/// A technique without an example gets this share of what its own words explain, as if examples
/// had said as much: it must not fall behind only because nobody labelled it.
const UNLABELLED: f32 = 0.3;

/// A query's points for every technique, part by part.
#[derive(Clone, Debug, Default)]
pub struct Scores {
    /// The sum of the parts.
    pub points: Vec<f32>,
    words: Vec<f32>,
    meaning: Vec<f32>,
    examples: Vec<f32>,
    known: Vec<f32>,
    platform: Vec<f32>,
    named: Vec<f32>,
    cosines: Vec<f32>,
    /// The query's terms that the index has, by place.
    terms: Vec<(usize, u32, f32)>,
    /// What one unit of a word's weight is worth in points.
    word_worth: f32,
    example_worth: f32,
    /// What the query's known terms tell, in natural logarithms of how rare they are.
    information: f32,
}

/// The parts of one technique's points. They add up to the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Contributions {
    /// From words in common.
    pub words: f32,
    /// From nearness of meaning.
    pub meaning: f32,
    /// From labelled examples.
    pub examples: f32,
    /// From how often it is seen in use.
    pub known: f32,
    /// From its platform; negative where the alert happened elsewhere.
    pub platform: f32,
    /// From the alert naming it.
    pub named: f32,
}

impl Ranker {
    /// How many techniques it ranks.
    pub fn techniques(&self) -> usize {
        self.platforms.len()
    }

    /// How many terms it knows.
    pub fn terms(&self) -> usize {
        self.hashes.len()
    }

    /// How many postings it holds: of words, and of examples.
    pub fn postings(&self) -> (usize, usize) {
        let examples = self.examples.as_ref();
        (
            self.words.len(),
            examples.map_or(0, |examples| examples.linked.len()),
        )
    }

    /// Whether an example bank was built in.
    pub fn has_examples(&self) -> bool {
        self.examples.is_some()
    }

    /// The platforms of a technique.
    pub fn platforms(&self, technique: usize) -> Platforms {
        self.platforms.get(technique).copied().unwrap_or_default()
    }

    /// Scores every technique for a query; `meaning` is the embedding of [`Query::meaning`], of
    /// length one, and absent where there was nothing to embed.
    ///
    /// The same query and embedding give the same bits on every machine.
    pub fn score(&self, query: &Query, meaning: Option<&[f32]>, parts: Parts) -> Scores {
        let count = self.techniques();
        let examples = self.examples.as_ref().filter(|_| parts.examples);
        let worth = if examples.is_some() {
            WITH_EXAMPLES
        } else {
            PLAIN
        };
        let zeros = || vec![0.0_f32; count];
        let mut scores = Scores {
            platform: zeros(),
            known: zeros(),
            meaning: zeros(),
            cosines: zeros(),
            ..Scores::default()
        };
        self.score_words(query, examples, &worth, parts, &mut scores);
        if let Some(meaning) = meaning.filter(|_| parts.meaning) {
            scores.cosines = self.meanings.cosines(meaning);
            let (mean, deviation) = spread(&scores.cosines);
            let scaled = scores.cosines.iter();
            scores.meaning = scaled
                .map(|cosine| worth.meaning * (cosine - mean) / deviation)
                .collect();
        }
        if parts.known {
            scores.known = self.known.iter().map(|known| worth.known * known).collect();
        }
        if parts.platform && !query.platforms.is_none() {
            let elsewhere = |platforms: &Platforms| !platforms.meets(query.platforms);
            scores.platform = self
                .platforms
                .iter()
                .map(|platforms| {
                    if elsewhere(platforms) {
                        worth.elsewhere
                    } else {
                        0.0
                    }
                })
                .collect();
        }
        if parts.named {
            scores.named = zeros();
            for place in &query.named {
                if let Some(named) = scores.named.get_mut(*place) {
                    *named = NAMED;
                }
            }
        }
        scores.points = (0..count)
            .map(|technique| scores.contributions(technique).sum())
            .collect();
        scores
    }

    fn score_words(
        &self,
        query: &Query,
        examples: Option<&Examples>,
        worth: &Worth,
        parts: Parts,
        scores: &mut Scores,
    ) {
        let count = self.techniques();
        let mut words = vec![0.0_f32; count];
        let mut linked = vec![0.0_f32; count];
        let mut information = 0.0_f32;
        for (hash, weight) in query.terms() {
            let Ok(term) = self.hashes.binary_search(&hash) else {
                continue;
            };
            let kept = examples.map_or(1.0, |examples| examples.kept(term));
            let weight = weight * kept;
            scores.terms.push((term, hash, weight));
            information += weight * self.information(term);
            if parts.words {
                for (technique, value) in self.words.of(term) {
                    if let Some(sum) = words.get_mut(technique) {
                        *sum += weight * value;
                    }
                }
            }
            for (technique, value) in examples
                .iter()
                .flat_map(|examples| examples.linked.of(term))
            {
                if let Some(sum) = linked.get_mut(technique) {
                    *sum += weight * value;
                }
            }
        }
        let (mean, deviation) = spread(&words);
        scores.information = information;
        scores.word_worth = worth.words / deviation;
        scores.example_worth = worth.examples / (information + INFORMATION_FLOOR);
        scores.words = words
            .iter()
            .map(|sum| (sum - mean) * scores.word_worth)
            .collect();
        scores.examples = linked
            .iter()
            .zip(&words)
            .enumerate()
            .map(|(technique, (linked, words))| {
                let has = examples.is_none_or(|examples| examples.has(technique));
                let told = if has {
                    *linked
                } else {
                    UNLABELLED * words / CEILING
                };
                told * scores.example_worth
            })
            .collect();
    }

    /// The terms of a query that speak for a technique, by hash, with their points, most first.
    pub fn words_of(&self, scores: &Scores, technique: usize) -> Vec<(u32, f32)> {
        let mut found: Vec<(u32, f32)> = scores
            .terms
            .iter()
            .filter_map(|(term, hash, weight)| {
                let linked = self
                    .examples
                    .as_ref()
                    .map_or(0.0, |examples| examples.linked.weight(*term, technique));
                let points = weight
                    * (self.words.weight(*term, technique) * scores.word_worth
                        + linked * scores.example_worth);
                (points > 0.0).then_some((*hash, points))
            })
            .collect();
        found.sort_by(|(a, a_points), (b, b_points)| b_points.total_cmp(a_points).then(a.cmp(b)));
        found
    }

    fn information(&self, term: usize) -> f32 {
        self.information
            .get(term)
            .map_or(0.0, |steps| f32::from(*steps) * self.information_step)
    }
}

impl Examples {
    fn kept(&self, term: usize) -> f32 {
        self.kept
            .get(term)
            .map_or(1.0, |kept| f32::from(*kept) / 255.0)
    }

    fn has(&self, technique: usize) -> bool {
        self.has.get(technique).copied().unwrap_or_default()
    }
}

impl Scores {
    /// The best `top_k` techniques, best first; equal points in the order of the catalog.
    pub fn best(&self, top_k: usize) -> Vec<usize> {
        let mut order: Vec<usize> = (0..self.points.len()).collect();
        let points = |technique: usize| self.points.get(technique).copied().unwrap_or(f32::MIN);
        order.sort_by(|a, b| points(*b).total_cmp(&points(*a)).then(a.cmp(b)));
        order.truncate(top_k);
        order
    }

    /// One-based place of a technique among all.
    pub fn place(&self, technique: usize) -> usize {
        let own = self.points.get(technique).copied().unwrap_or(f32::MIN);
        let before =
            self.points
                .iter()
                .enumerate()
                .filter(|(other, points)| match points.total_cmp(&own) {
                    std::cmp::Ordering::Greater => true,
                    std::cmp::Ordering::Equal => *other < technique,
                    std::cmp::Ordering::Less => false,
                });
        before.count() + 1
    }

    /// What makes up a technique's points.
    pub fn contributions(&self, technique: usize) -> Contributions {
        let part = |part: &[f32]| part.get(technique).copied().unwrap_or_default();
        Contributions {
            words: part(&self.words),
            meaning: part(&self.meaning),
            examples: part(&self.examples),
            known: part(&self.known),
            platform: part(&self.platform),
            named: part(&self.named),
        }
    }

    /// The cosine of query and technique, -1..=1; zero where nothing was embedded.
    pub fn cosine(&self, technique: usize) -> f32 {
        self.cosines.get(technique).copied().unwrap_or_default()
    }

    /// The largest cosine of all techniques.
    pub fn nearest(&self) -> f32 {
        self.cosines.iter().copied().fold(0.0, f32::max)
    }

    /// What the query's known words tell: the sum of their inverse document frequencies, each
    /// weighted by how often it occurs.
    pub fn information(&self) -> f32 {
        self.information
    }

    /// Each technique's share: e to its points, over the sum of all. Together they are one. Points
    /// are weighed so that shares come near to how often a technique is a label; see
    /// docs/retrieval.md.
    pub fn shares(&self) -> Vec<f32> {
        let highest = self.points.iter().copied().fold(f32::MIN, f32::max);
        let powers = self.points.iter().map(|points| (points - highest).exp());
        let powers: Vec<f32> = powers.collect();
        let sum: f32 = powers.iter().sum();
        powers.iter().map(|power| power / sum).collect()
    }
}

impl Contributions {
    /// The whole.
    pub fn sum(&self) -> f32 {
        self.words + self.meaning + self.examples + self.known + self.platform + self.named
    }
}

/// Mean and standard deviation; one for the latter where all values are the same.
#[expect(
    clippy::cast_precision_loss,
    reason = "techniques number some hundreds"
)]
fn spread(values: &[f32]) -> (f32, f32) {
    let count = values.len().max(1) as f32;
    let mean = values.iter().sum::<f32>() / count;
    let variance = values
        .iter()
        .map(|value| (value - mean) * (value - mean))
        .sum::<f32>()
        / count;
    let deviation = variance.sqrt();
    (mean, if deviation > 1e-6 { deviation } else { 1.0 })
}

#[cfg(test)]
mod tests;
