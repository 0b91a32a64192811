//! What the analyst said about a verdict, and how often the verdicts were right.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::attack::TechniqueId;
use crate::digest::sha256_hex;
use crate::verdict::{Verdict, VerdictKind};

/// The version of [`FeedbackRecord`] and [`TriageRecord`] this build writes.
pub const SCHEMA_VERSION: u32 = 3;

/// Calibration bins have a tenth of the range of confidence each.
const BINS: usize = 10;

/// One judgement of one verdict. Records are only ever added; the newest of a triage counts.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FeedbackRecord {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// The triage that is judged.
    pub triage_id: String,
    /// When the analyst judged, RFC 3339 in UTC.
    pub created_at: String,
    /// The alert as it was pasted.
    pub alert_text: String,
    /// What the model said.
    pub agent_verdict: VerdictKind,
    /// What the analyst says; equal to the model's where she agrees.
    pub analyst_verdict: VerdictKind,
    /// Whether she agrees.
    pub analyst_correct: bool,
    /// Her words, may be empty.
    pub analyst_notes: String,
    /// Techniques in the verdict.
    pub matched_techniques: Vec<TechniqueId>,
    /// Techniques she puts in their place; empty where she left them.
    pub corrected_techniques: Vec<TechniqueId>,
    /// The verdict's confidence, 0..=1.
    pub confidence: f64,
    /// The model that answered.
    pub model: String,
    /// ATT&CK version of the techniques.
    pub attack_version: String,
}

impl FeedbackRecord {
    /// SHA-256 of the record's JSON: the same judgement has the same identifier everywhere, so
    /// importing an export twice adds nothing.
    pub fn id(&self) -> String {
        let json = serde_json::to_vec(self)
            .expect("a record has only strings, numbers and lists, which JSON can hold");
        sha256_hex(&json)
    }
}

/// One finished triage as it is kept in the history.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TriageRecord {
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// The alert as it was pasted.
    pub alert_text: String,
    /// The checked verdict; carries the triage's identifier and time.
    pub verdict: Verdict,
}

/// How often the verdicts were right, by the newest judgement of each triage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Accuracy {
    /// Triages judged.
    pub total: usize,
    /// Of them judged right.
    pub correct: usize,
    /// `correct / total`; absent without a judgement.
    pub accuracy: Option<f64>,
    /// 95% Wilson score interval of the accuracy; absent without a judgement.
    pub interval: Option<[f64; 2]>,
    /// Cells of the confusion matrix that are not zero, by model's then analyst's verdict.
    pub matrix: Vec<MatrixCell>,
    /// Ten bins of equal width over the confidence.
    pub bins: Vec<CalibrationBin>,
}

/// How often the model said one verdict where the analyst said another.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MatrixCell {
    /// What the model said.
    pub agent_verdict: VerdictKind,
    /// What the analyst said.
    pub analyst_verdict: VerdictKind,
    /// How often, at least one.
    pub count: usize,
}

/// Verdicts whose confidence lies in `from..to` (the last bin includes 1).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct CalibrationBin {
    /// Lower end, included.
    pub from: f64,
    /// Upper end, excluded but for 1.
    pub to: f64,
    /// Verdicts in the bin.
    pub total: usize,
    /// Of them judged right.
    pub correct: usize,
}

/// Counts judgements; of several for one triage the newest counts, the later given among equals.
///
/// ```
/// let none = triage_core::feedback::accuracy(&[]);
/// assert_eq!((none.total, none.accuracy), (0, None));
/// ```
#[expect(
    clippy::cast_precision_loss,
    reason = "counts of judgements are far below 2^52"
)]
pub fn accuracy(records: &[FeedbackRecord]) -> Accuracy {
    let mut newest: BTreeMap<&str, &FeedbackRecord> = BTreeMap::new();
    for record in records {
        let kept = newest.entry(&record.triage_id).or_insert(record);
        if record.created_at >= kept.created_at {
            *kept = record;
        }
    }
    let mut matrix = BTreeMap::new();
    let mut bins: Vec<CalibrationBin> = (0..BINS)
        .map(|bin| CalibrationBin {
            from: bin as f64 / BINS as f64,
            to: (bin + 1) as f64 / BINS as f64,
            total: 0,
            correct: 0,
        })
        .collect();
    let mut correct = 0;
    for record in newest.values() {
        *matrix
            .entry((record.agent_verdict, record.analyst_verdict))
            .or_insert(0) += 1;
        let right = usize::from(record.analyst_correct);
        correct += right;
        let bin = bins
            .iter()
            .rposition(|bin| record.confidence >= bin.from)
            .unwrap_or(0);
        if let Some(bin) = bins.get_mut(bin) {
            bin.total += 1;
            bin.correct += right;
        }
    }
    let total = newest.len();
    Accuracy {
        total,
        correct,
        accuracy: (total > 0).then(|| correct as f64 / total as f64),
        interval: (total > 0).then(|| wilson(correct as f64, total as f64)),
        matrix: matrix
            .into_iter()
            .map(|((agent_verdict, analyst_verdict), count)| MatrixCell {
                agent_verdict,
                analyst_verdict,
                count,
            })
            .collect(),
        bins,
    }
}

/// 95% score interval of a share (E. B. Wilson, 1927).
fn wilson(correct: f64, total: f64) -> [f64; 2] {
    const Z: f64 = 1.959_963_984_540_054;
    let share = correct / total;
    let middle = share + Z * Z / (2.0 * total);
    let spread = Z * (share * (1.0 - share) / total + Z * Z / (4.0 * total * total)).sqrt();
    let scale = 1.0 + Z * Z / total;
    [
        ((middle - spread) / scale).max(0.0),
        ((middle + spread) / scale).min(1.0),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn record(
        triage: &str,
        at: &str,
        agent: VerdictKind,
        analyst: VerdictKind,
        confidence: f64,
    ) -> FeedbackRecord {
        FeedbackRecord {
            schema_version: SCHEMA_VERSION,
            triage_id: triage.into(),
            created_at: at.into(),
            alert_text: "alert".into(),
            agent_verdict: agent,
            analyst_verdict: analyst,
            analyst_correct: agent == analyst,
            analyst_notes: String::new(),
            matched_techniques: vec![],
            corrected_techniques: vec![],
            confidence,
            model: "m".into(),
            attack_version: "18.1".into(),
        }
    }

    #[test]
    fn the_newest_judgement_counts() {
        use VerdictKind::{Benign, High};
        let records = [
            record("a", "2026-01-02T00:00:00Z", High, Benign, 0.95),
            record("a", "2026-01-01T00:00:00Z", High, High, 0.95),
            record("b", "2026-01-01T00:00:00Z", High, High, 1.0),
        ];
        let found = accuracy(&records);
        assert_eq!(
            (found.total, found.correct, found.accuracy),
            (2, 1, Some(0.5))
        );
        assert_eq!(found.matrix.len(), 2);
        assert_eq!((found.bins[9].total, found.bins[9].correct), (2, 1));
    }

    #[test]
    fn wilson_matches_published_values() {
        // Newcombe 1998, table I: 81 of 263 gives 0.2553 to 0.3662.
        let [low, high] = wilson(81.0, 263.0);
        assert!(
            (low - 0.2553).abs() < 5e-5 && (high - 0.3662).abs() < 5e-5,
            "{low} {high}"
        );
        let [low, high] = wilson(0.0, 20.0);
        assert!(
            low.abs() < 1e-12 && (high - 0.1611).abs() < 5e-5,
            "{low} {high}"
        );
    }

    #[test]
    fn an_identifier_names_the_content() {
        let one = record("a", "t", VerdictKind::High, VerdictKind::High, 0.5);
        let mut other = one.clone();
        assert_eq!(one.id(), other.id());
        other.analyst_notes.push('x');
        assert_ne!(one.id(), other.id());
    }
}
