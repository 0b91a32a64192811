//! Past triages of the same analyst that resemble an alert, and how they ended.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::alert::cut;
use crate::feedback::TriageRecord;
use crate::rank::terms;
use crate::verdict::VerdictKind;

/// The most past triages that are named beside an alert.
pub const MAX_SIMILAR: usize = 3;

/// The most past triages that are compared.
pub const MAX_COMPARED: usize = 500;

/// The most bytes of each that are read.
const MAX_TEXT_BYTES: usize = 4 * 1024;

/// Alerts with less in common than this are no neighbours: the same words in the same numbers
/// give 1, none in common 0.
const SIMILAR: f32 = 0.4;

/// A triage of the past as its analyst left it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PastTriage {
    /// Its identifier.
    pub triage_id: String,
    /// The alert as it was pasted. It stays in the browser.
    pub alert_text: String,
    /// What the verdict was.
    pub verdict: VerdictKind,
    /// What the analyst said of it; absent where she did not.
    pub analyst_verdict: Option<VerdictKind>,
    /// When it was triaged, RFC 3339 in UTC.
    pub created_at: String,
}

impl PastTriage {
    /// A finished triage, and what its analyst last said of it.
    pub fn of(record: &TriageRecord, analyst_verdict: Option<VerdictKind>) -> Self {
        Self {
            triage_id: record.verdict.triage_id.clone(),
            alert_text: cut(&record.alert_text, MAX_TEXT_BYTES).to_owned(),
            verdict: record.verdict.verdict,
            analyst_verdict,
            created_at: record.verdict.created_at.clone(),
        }
    }
}

/// A past triage that resembles an alert.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct SimilarTriage {
    /// Its identifier.
    pub triage_id: String,
    /// What the verdict was.
    pub verdict: VerdictKind,
    /// What the analyst said of it; absent where she did not.
    pub analyst_verdict: Option<VerdictKind>,
    /// When it was triaged, RFC 3339 in UTC.
    pub created_at: String,
    /// How much the two have in common, 0.4..=1.
    pub similarity: f32,
}

/// The past triages nearest to an alert, nearest first, the newer first among equals; at most
/// three. Of the past, the last 500 given are compared, by the words of their texts.
pub fn similar_triages(alert: &str, past: &[PastTriage]) -> Vec<SimilarTriage> {
    let own = Words::of(alert);
    let mut similar: Vec<SimilarTriage> = past
        .iter()
        .rev()
        .take(MAX_COMPARED)
        .map(|past| SimilarTriage {
            triage_id: past.triage_id.clone(),
            verdict: past.verdict,
            analyst_verdict: past.analyst_verdict,
            created_at: past.created_at.clone(),
            similarity: own.cosine(&Words::of(&past.alert_text)),
        })
        .filter(|similar| similar.similarity >= SIMILAR)
        .collect();
    similar.sort_by(|a, b| b.similarity.total_cmp(&a.similarity));
    similar.truncate(MAX_SIMILAR);
    similar
}

/// How often each word stands in a text, by its hash.
struct Words {
    counts: BTreeMap<u32, f32>,
    length: f32,
}

impl Words {
    fn of(text: &str) -> Self {
        let mut counts: BTreeMap<u32, f32> = BTreeMap::new();
        for term in terms(cut(text, MAX_TEXT_BYTES)) {
            *counts.entry(term.hash).or_default() += 1.0;
        }
        // A word said ten times does not weigh ten times as much.
        for count in counts.values_mut() {
            *count = 1.0 + count.ln();
        }
        let length = counts
            .values()
            .map(|count| count * count)
            .sum::<f32>()
            .sqrt();
        Self { counts, length }
    }

    fn cosine(&self, other: &Self) -> f32 {
        let product: f32 = self
            .counts
            .iter()
            .filter_map(|(hash, count)| Some(count * other.counts.get(hash)?))
            .sum();
        if product > 0.0 {
            (product / (self.length * other.length)).min(1.0)
        } else {
            0.0
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn past(id: &str, text: &str) -> PastTriage {
        PastTriage {
            triage_id: id.into(),
            alert_text: text.into(),
            verdict: VerdictKind::High,
            analyst_verdict: Some(VerdictKind::Benign),
            created_at: "2026-01-01T00:00:00Z".into(),
        }
    }

    #[test]
    fn the_nearest_come_first_and_strangers_not_at_all() {
        let alert = "Encoded PowerShell command started by winword.exe on HOST-A";
        let found = similar_triages(
            alert,
            &[
                past("same", alert),
                past(
                    "near",
                    "Encoded PowerShell command started by excel.exe on HOST-B",
                ),
                past(
                    "far",
                    "Failed password for root from 203.0.113.5 port 22 ssh2",
                ),
            ],
        );
        let ids: Vec<_> = found
            .iter()
            .map(|similar| similar.triage_id.as_str())
            .collect();
        assert_eq!(ids, ["same", "near"]);
        assert!((found[0].similarity - 1.0).abs() < 1e-5);
        assert_eq!(similar_triages("", &[past("same", "")]), []);
    }
}
