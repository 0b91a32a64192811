//! The export document: every triage and judgement in one JSON text that imports back whole.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::chat::ChatTurn;
use crate::feedback::{FeedbackRecord, SCHEMA_VERSION, TriageRecord};
use crate::receipt::Receipt;

/// The word by which an export is told from any other JSON.
const FORMAT: &str = "soc-copilot-export";

/// The largest text that is read at all.
pub const MAX_IMPORT_BYTES: usize = 64 << 20;

/// The most records of each kind in one document.
const MAX_RECORDS: usize = 100_000;

/// Everything the analyst has kept, each list oldest first.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Records {
    /// Finished triages.
    pub triages: Vec<TriageRecord>,
    /// Judgements.
    pub feedback: Vec<FeedbackRecord>,
    /// Receipts of what left the browser.
    pub receipts: Vec<Receipt>,
    /// Further questions and their answers.
    pub turns: Vec<ChatTurn>,
}

/// The names under which records are stored, by kind and in order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecordKeys {
    /// A triage's is its identifier.
    pub triages: Vec<String>,
    /// A judgement's is the hash of its content, so that it is stored once.
    pub feedback: Vec<String>,
    /// A receipt's is made of its triage, its time and its hash.
    pub receipts: Vec<String>,
    /// A question's is the hash of its content.
    pub turns: Vec<String>,
}

impl Records {
    /// The names under which these are stored.
    pub fn keys(&self) -> RecordKeys {
        let triages = self.triages.iter();
        RecordKeys {
            triages: triages
                .map(|triage| triage.verdict.triage_id.clone())
                .collect(),
            feedback: self.feedback.iter().map(FeedbackRecord::id).collect(),
            receipts: self.receipts.iter().map(Receipt::id).collect(),
            turns: self.turns.iter().map(ChatTurn::id).collect(),
        }
    }
}

/// The document.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Export {
    /// Always `soc-copilot-export`.
    format: String,
    schema_version: u32,
    exported_at: String,
    triages: Vec<TriageRecord>,
    feedback: Vec<FeedbackRecord>,
    // Versions before 3 had neither of these.
    #[serde(default)]
    receipts: Vec<Receipt>,
    #[serde(default)]
    turns: Vec<ChatTurn>,
}

/// Why a text cannot be imported. Nothing of it is kept then.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ImportError {
    /// The text is larger than 64 MiB or has more than 100,000 records of a kind.
    TooLarge,
    /// Not JSON, or JSON of another form.
    Unreadable(String),
    /// JSON, but not an export of this program.
    NotAnExport,
    /// Written by a newer program.
    Newer {
        /// Its version.
        found: u64,
    },
    /// A record has a value out of range.
    Invalid {
        /// The kind of record, such as `triages`.
        list: &'static str,
        /// Its place in the list, from zero.
        position: usize,
        /// What is wrong.
        fault: &'static str,
    },
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLarge => write!(
                f,
                "the file is too large: at most 64 MiB and {MAX_RECORDS} records of a kind are read"
            ),
            Self::Unreadable(fault) => write!(
                f,
                "the file is damaged or not an export of this program ({fault}); nothing was imported"
            ),
            Self::NotAnExport => write!(
                f,
                "this JSON is not an export of SOC Copilot; nothing was imported"
            ),
            Self::Newer { found } => write!(
                f,
                "the file was written by a newer version (schema {found}, this one reads up to \
                 {SCHEMA_VERSION}); update SOC Copilot and import again; nothing was imported"
            ),
            Self::Invalid {
                list,
                position,
                fault,
            } => {
                write!(f, "{list}[{position}] {fault}; nothing was imported")
            }
        }
    }
}

impl std::error::Error for ImportError {}

/// The export of these records, as JSON with a final line break.
pub fn export_json(exported_at: &str, records: Records) -> String {
    let Records {
        triages,
        feedback,
        receipts,
        turns,
    } = records;
    let export = Export {
        format: FORMAT.to_owned(),
        schema_version: SCHEMA_VERSION,
        exported_at: exported_at.to_owned(),
        triages,
        feedback,
        receipts,
        turns,
    };
    let mut json = serde_json::to_string_pretty(&export)
        .expect("records have only strings, numbers and lists, which JSON can hold");
    json.push('\n');
    json
}

/// Reads an export whole, or says why not.
///
/// # Errors
///
/// [`ImportError`] for anything but a complete document of this or an older version.
pub fn parse_export(text: &str) -> Result<Records, ImportError> {
    if text.len() > MAX_IMPORT_BYTES {
        return Err(ImportError::TooLarge);
    }
    let unreadable = |error: serde_json::Error| ImportError::Unreadable(error.to_string());
    let mut document: Value =
        serde_json::from_str(text.trim_start_matches('\u{feff}')).map_err(unreadable)?;
    if document.get("format").and_then(Value::as_str) != Some(FORMAT) {
        return Err(ImportError::NotAnExport);
    }
    let found = document
        .get("schema_version")
        .and_then(Value::as_u64)
        .unwrap_or_default();
    if found > u64::from(SCHEMA_VERSION) {
        return Err(ImportError::Newer { found });
    }
    if found == 0 {
        return Err(ImportError::NotAnExport);
    }
    for list in ["triages", "feedback"] {
        for record in document
            .get_mut(list)
            .and_then(Value::as_array_mut)
            .into_iter()
            .flatten()
        {
            migrate_record(record);
        }
    }
    let Export {
        triages,
        feedback,
        receipts,
        turns,
        ..
    } = serde_json::from_value(document).map_err(unreadable)?;
    let counts = [triages.len(), feedback.len(), receipts.len(), turns.len()];
    if counts.into_iter().any(|count| count > MAX_RECORDS) {
        return Err(ImportError::TooLarge);
    }
    let verdicts = triages.iter().map(|record| &record.verdict);
    check(
        "triages",
        verdicts.map(|verdict| (verdict.confidence, &*verdict.triage_id)),
    )?;
    check(
        "feedback",
        feedback.iter().map(|f| (f.confidence, &*f.triage_id)),
    )?;
    check("receipts", receipts.iter().map(|r| (0.0, &*r.triage_id)))?;
    check("turns", turns.iter().map(|turn| (0.0, &*turn.triage_id)))?;
    Ok(Records {
        triages,
        feedback,
        receipts,
        turns,
    })
}

fn check<'a>(
    list: &'static str,
    records: impl Iterator<Item = (f64, &'a str)>,
) -> Result<(), ImportError> {
    for (position, (confidence, triage_id)) in records.enumerate() {
        let invalid = |fault| {
            Err(ImportError::Invalid {
                list,
                position,
                fault,
            })
        };
        if !(0.0..=1.0).contains(&confidence) {
            return invalid("has a confidence outside 0 to 1");
        }
        if triage_id.is_empty() || triage_id.len() > 128 {
            return invalid("has no usable triage_id");
        }
    }
    Ok(())
}

/// Brings a stored or exported triage or judgement of an older version to the current one.
///
/// Version 1 had no `corrected_techniques`: an analyst could not yet correct them. Version 2 took
/// the model's word over as it was: evidence cited no step, and there were neither signals nor
/// checked queries nor a comparison.
pub fn migrate_record(record: &mut Value) {
    let Some(fields) = record.as_object_mut() else {
        return;
    };
    let version = fields.get("schema_version").and_then(Value::as_u64);
    if !matches!(version, Some(1 | 2)) {
        return;
    }
    if fields.contains_key("analyst_verdict") {
        fields
            .entry("corrected_techniques")
            .or_insert_with(|| json!([]));
    }
    if let Some(verdict) = fields.get_mut("verdict").and_then(Value::as_object_mut) {
        let said = verdict.get("verdict").cloned().unwrap_or_default();
        verdict.entry("model_verdict").or_insert(said);
        verdict.entry("queries").or_insert_with(|| json!([]));
        verdict.entry("signals").or_insert_with(|| json!([]));
        verdict.entry("differential").or_insert(Value::Null);
        let evidence = verdict.get_mut("evidence").and_then(Value::as_array_mut);
        for evidence in evidence.into_iter().flatten() {
            if let Some(evidence) = evidence.as_object_mut() {
                evidence.entry("step").or_insert(Value::Null);
            }
        }
    }
    fields.insert("schema_version".to_owned(), SCHEMA_VERSION.into());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::verdict::VerdictKind;

    fn record(notes: &str, confidence: f64) -> FeedbackRecord {
        FeedbackRecord {
            schema_version: SCHEMA_VERSION,
            triage_id: "t1".into(),
            created_at: "2026-01-01T00:00:00Z".into(),
            alert_text: "alert".into(),
            agent_verdict: VerdictKind::High,
            analyst_verdict: VerdictKind::Benign,
            analyst_correct: false,
            analyst_notes: notes.into(),
            matched_techniques: vec!["T1059.001".parse().unwrap()],
            corrected_techniques: vec![],
            confidence,
            model: "m".into(),
            attack_version: "18.1".into(),
        }
    }

    fn judged(notes: &str, confidence: f64) -> Records {
        Records {
            feedback: vec![record(notes, confidence)],
            ..Records::default()
        }
    }

    proptest! {
        #[test]
        fn what_is_exported_is_imported(notes in ".{0,80}", confidence in 0.0..=1.0_f64) {
            let json = export_json("2026-01-02T00:00:00Z", judged(&notes, confidence));
            let records = parse_export(&json).unwrap();
            prop_assert_eq!(&records, &judged(&notes, confidence));
            prop_assert_eq!(export_json("2026-01-02T00:00:00Z", records), json);
        }

        #[test]
        fn any_text_is_refused_or_read(text in ".{0,200}") {
            prop_assert!(parse_export(&text).is_err());
        }
    }

    fn refused(json: &str, expected: &str) {
        let message = parse_export(json).unwrap_err().to_string();
        assert!(message.contains(expected), "{message}");
        assert!(message.contains("nothing was imported"), "{message}");
    }

    #[test]
    fn what_is_not_whole_is_refused() {
        let good = export_json("now", judged("", 0.5));
        refused(&good[..good.len() / 2], "damaged");
        refused("{\"a\":1}", "not an export");
        refused(
            &good.replace(
                "\"schema_version\": 3,\n  \"exported",
                "\"schema_version\": 99,\n  \"exported",
            ),
            "newer version",
        );
        refused(
            &good.replace("0.5", "1.5"),
            "feedback[0] has a confidence outside",
        );
        refused(&good.replace("T1059.001", "T1"), "damaged");
        refused(
            &good.replace("\"analyst_notes\"", "\"__proto__\""),
            "damaged",
        );
    }

    #[test]
    fn version_one_is_brought_forward() {
        let good = export_json("now", judged("", 0.5));
        let old = good
            .replace("\"schema_version\": 3", "\"schema_version\": 1")
            .replace("      \"corrected_techniques\": [],\n", "")
            .replace(",\n  \"receipts\": [],\n  \"turns\": []", "");
        assert!(!old.contains("receipts") && !old.contains("corrected_techniques"));
        assert_eq!(parse_export(&old).unwrap(), parse_export(&good).unwrap());
    }
}
