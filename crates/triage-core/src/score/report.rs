//! A benchmark's result as one JSON document, for export and comparison.

use serde::{Deserialize, Serialize};

use super::{Row, Sampling, Score, score};
use crate::attack::TechniqueId;

/// Names the document among JSON files.
pub const FORMAT: &str = "soc-copilot-benchmark";

/// The bootstrap behind a report's intervals.
const SAMPLING: Sampling = Sampling {
    boot: 1000,
    seed: 1,
};

/// How good and how fast an index is on one labelled set.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Report {
    /// [`FORMAT`].
    pub format: String,
    /// When it was measured, RFC 3339 in UTC.
    pub created_at: String,
    /// ATT&CK version of the index.
    pub attack_version: String,
    /// Identifier of the index.
    pub index_id: String,
    /// Hit rates and reciprocal rank.
    pub score: Score,
    /// Time for one alert, from text to ranking.
    pub latency: Latency,
    /// What was ranked for each alert.
    pub rows: Vec<ReportRow>,
}

/// Times in milliseconds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Latency {
    /// Half of the alerts took no longer.
    pub median_ms: f64,
    /// Nineteen of twenty took no longer.
    pub p95_ms: f64,
    /// All of them together.
    pub total_ms: f64,
    /// Half of the alerts took no longer from read and embedded to ranked: the part that is not
    /// the model's.
    pub ranking_ms: f64,
}

/// One alert of a report.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct ReportRow {
    /// As the set names it.
    pub id: String,
    /// Its labels.
    pub techniques: Vec<TechniqueId>,
    /// What was ranked, best first.
    pub ranked: Vec<TechniqueId>,
    /// How long it took.
    pub ms: f64,
    /// How long of it the ranking took, without reading and embedding.
    pub ranking_ms: f64,
}

impl Report {
    /// A report on `rows`; `None` without one.
    pub fn new(
        created_at: String,
        attack_version: String,
        index_id: String,
        rows: Vec<ReportRow>,
    ) -> Option<Self> {
        let ranked: Vec<Row> = rows
            .iter()
            .map(|row| Row {
                labels: row.techniques.clone(),
                ranked: row.ranked.clone(),
            })
            .collect();
        Some(Self {
            format: FORMAT.to_owned(),
            created_at,
            attack_version,
            index_id,
            score: score(&ranked, SAMPLING)?,
            latency: latency(&rows),
            rows,
        })
    }
}

fn latency(rows: &[ReportRow]) -> Latency {
    let mut times: Vec<f64> = rows.iter().map(|row| row.ms).collect();
    let mut rankings: Vec<f64> = rows.iter().map(|row| row.ranking_ms).collect();
    times.sort_by(f64::total_cmp);
    rankings.sort_by(f64::total_cmp);
    Latency {
        median_ms: nearest_rank(&times, 50),
        p95_ms: nearest_rank(&times, 95),
        total_ms: times.iter().sum(),
        ranking_ms: nearest_rank(&rankings, 50),
    }
}

/// The smallest of `sorted` times that at least so many hundredths of all reach.
fn nearest_rank(sorted: &[f64], hundredths: usize) -> f64 {
    let rank = (sorted.len() * hundredths).div_ceil(100).max(1);
    sorted.get(rank - 1).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_by_nearest_rank() {
        let rows: Vec<ReportRow> = (1..=20)
            .map(|ms| ReportRow {
                id: ms.to_string(),
                techniques: vec!["T1003".parse().unwrap()],
                ranked: vec![],
                ms: f64::from(ms),
                ranking_ms: f64::from(21 - ms) / 8.0,
            })
            .collect();
        let report = Report::new(String::new(), String::new(), String::new(), rows).unwrap();
        assert_eq!(
            report.latency,
            Latency {
                median_ms: 10.0,
                p95_ms: 19.0,
                total_ms: 210.0,
                ranking_ms: 1.25,
            }
        );
        assert!(Report::new(String::new(), String::new(), String::new(), vec![]).is_none());
    }
}
