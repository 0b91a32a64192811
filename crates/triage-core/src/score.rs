//! How good rankings are on labelled alerts: hit rates and reciprocal rank, with intervals.

mod labelled;
mod report;

use rand_mt::Mt;
use serde::{Deserialize, Serialize};

use crate::attack::TechniqueId;

pub use labelled::{LabelledAlert, LabelledError, read_labelled};
pub use report::{Latency, Report, ReportRow};

/// How deep a ranking is looked at.
pub const DEPTH: usize = 10;

/// The bootstrap behind the intervals.
#[derive(Clone, Copy, Debug)]
pub struct Sampling {
    /// Samples drawn.
    pub boot: usize,
    /// Where the generator starts.
    pub seed: u32,
}

/// A mean over rows with its 95% percentile bootstrap interval.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
pub struct Estimate {
    /// The mean.
    pub mean: f64,
    /// The lower end of the interval.
    pub lo: f64,
    /// The upper end.
    pub hi: f64,
}

/// The means over one set, under one rule of what matches.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metrics {
    /// Rows with a label first.
    #[serde(rename = "hit@1")]
    pub hit_1: Estimate,
    /// Rows with a label among the first five.
    #[serde(rename = "hit@5")]
    pub hit_5: Estimate,
    /// Rows with a label among the first ten.
    #[serde(rename = "hit@10")]
    pub hit_10: Estimate,
    /// Share of a row's labels among the first ten.
    #[serde(rename = "recall@10")]
    pub recall_10: Estimate,
    /// One over the place of the first label within the first ten, else zero.
    #[serde(rename = "mrr@10")]
    pub mrr_10: Estimate,
}

/// One set, scored by exact identifier and by parent technique.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Score {
    /// Rows scored.
    pub rows: usize,
    /// By the very identifier.
    pub exact: Metrics,
    /// With both sides rolled up to the parent technique.
    pub parent: Metrics,
}

/// The labels of an alert and what was ranked for it, best first.
#[derive(Clone, Debug, Default)]
pub struct Row {
    /// Its labels.
    pub labels: Vec<TechniqueId>,
    /// What was ranked, best first.
    pub ranked: Vec<TechniqueId>,
}

/// Scores a set; `None` without a row.
pub fn score(rows: &[Row], sampling: Sampling) -> Option<Score> {
    let by = |roll: fn(TechniqueId) -> TechniqueId| {
        let values: Vec<[f64; 5]> = rows.iter().map(|row| row_values(row, roll)).collect();
        metrics(&values, sampling)
    };
    Some(Score {
        rows: rows.len(),
        exact: by(|id| id)?,
        parent: by(TechniqueId::parent)?,
    })
}

/// hit@1, hit@5, hit@10, recall@10, 1/rank of one row. Positions are those of the ranking as
/// given: siblings are not merged before counting.
#[expect(
    clippy::cast_precision_loss,
    reason = "positions and labels number a handful"
)]
fn row_values(row: &Row, roll: fn(TechniqueId) -> TechniqueId) -> [f64; 5] {
    let mut ranked: Vec<TechniqueId> = Vec::new();
    for id in &row.ranked {
        if !ranked.contains(id) {
            ranked.push(*id);
        }
    }
    let ranked: Vec<_> = ranked.into_iter().take(DEPTH).map(roll).collect();
    let mut labels: Vec<_> = row.labels.iter().copied().map(roll).collect();
    labels.sort_unstable();
    labels.dedup();
    let first = ranked.iter().position(|id| labels.contains(id));
    let within = |k: usize| f64::from(u8::from(first.is_some_and(|at| at < k)));
    let found = labels.iter().filter(|label| ranked.contains(label)).count();
    [
        within(1),
        within(5),
        within(DEPTH),
        found as f64 / labels.len().max(1) as f64,
        first.map_or(0.0, |at| 1.0 / (at + 1) as f64),
    ]
}

#[expect(clippy::cast_precision_loss, reason = "sets have some thousand rows")]
fn metrics(values: &[[f64; 5]], sampling: Sampling) -> Option<Metrics> {
    let rows = values.len();
    if rows == 0 {
        return None;
    }
    let mean = |pick: &dyn Fn(usize) -> usize, column: usize| -> f64 {
        let sum: f64 = (0..rows)
            .filter_map(|at| values.get(pick(at))?.get(column))
            .sum();
        sum / rows as f64
    };
    let mut random = Random::seeded(sampling.seed);
    let mut samples: [Vec<f64>; 5] = Default::default();
    for _ in 0..sampling.boot {
        let picked: Vec<usize> = (0..rows).map(|_| random.below(rows)).collect();
        for (column, samples) in samples.iter_mut().enumerate() {
            samples.push(mean(
                &|at| picked.get(at).copied().unwrap_or_default(),
                column,
            ));
        }
    }
    let estimate = |column: usize| {
        let mean = mean(&|at| at, column);
        let mut sorted = samples.get(column).cloned().unwrap_or_default();
        sorted.sort_by(f64::total_cmp);
        let last = sorted.len().saturating_sub(1) as f64;
        let at = |position: f64| sorted.get(floor(position)).copied().unwrap_or(mean);
        Estimate {
            mean,
            lo: at(0.025 * last),
            hi: at((0.975 * last).round_ties_even()),
        }
    };
    Some(Metrics {
        hit_1: estimate(0),
        hit_5: estimate(1),
        hit_10: estimate(2),
        recall_10: estimate(3),
        mrr_10: estimate(4),
    })
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "positions are not negative and far below 2^53"
)]
fn floor(position: f64) -> usize {
    position as usize
}

/// The numbers Python's `random.Random(seed)` draws, so that intervals agree with scorers written
/// in Python to the last digit (`CPython`, `Modules/_randommodule.c`).
struct Random(Mt);

impl Random {
    fn seeded(seed: u32) -> Self {
        Self(Mt::new_with_key([seed]))
    }

    /// `int(random() * n)`, as `choices` picks.
    #[expect(clippy::cast_precision_loss, reason = "sets have some thousand rows")]
    fn below(&mut self, n: usize) -> usize {
        let high = f64::from(self.0.next_u32() >> 5);
        let low = f64::from(self.0.next_u32() >> 6);
        let unit = (high * 67_108_864.0 + low) / 9_007_199_254_740_992.0;
        floor(unit * n as f64)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(texts: &[&str]) -> Vec<TechniqueId> {
        texts.iter().map(|text| text.parse().unwrap()).collect()
    }

    fn check(labels: &[&str], ranked: &[&str], exact: [f64; 5], parent: [f64; 5]) {
        let row = Row {
            labels: ids(labels),
            ranked: ids(ranked),
        };
        let same = |a: [f64; 5], b: [f64; 5]| a.iter().zip(b).all(|(a, b)| (a - b).abs() < 1e-12);
        assert!(
            same(row_values(&row, |id| id), exact),
            "{labels:?} in {ranked:?}, exact"
        );
        assert!(
            same(row_values(&row, TechniqueId::parent), parent),
            "{labels:?}, parent"
        );
    }

    #[test]
    fn rows() {
        check(
            &["T1059.001"],
            &["T1059.003", "T1059.001"],
            [0.0, 1.0, 1.0, 1.0, 0.5],
            [1.0, 1.0, 1.0, 1.0, 1.0],
        );
        check(
            &["T1003", "T1053.005"],
            &["T1001", "T1001", "T1003"],
            [0.0, 1.0, 1.0, 0.5, 0.5],
            [0.0, 1.0, 1.0, 0.5, 0.5],
        );
        check(&["T1112"], &[], [0.0; 5], [0.0; 5]);
    }

    #[test]
    fn draws_what_python_draws() {
        // [int(random.Random(1).random() * 1000) for _ in range(5)] drawn in sequence.
        let mut random = Random::seeded(1);
        let drawn: Vec<_> = (0..5).map(|_| random.below(1000)).collect();
        assert_eq!(drawn, [134, 847, 763, 255, 495]);
    }
}
