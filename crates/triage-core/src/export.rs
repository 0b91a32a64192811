//! The export document: every triage and judgement in one JSON text that imports back whole.

use std::fmt;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::attack::TechniqueId;
use crate::feedback::{FeedbackRecord, SCHEMA_VERSION, TriageRecord};

/// The word by which an export is told from any other JSON.
const FORMAT: &str = "soc-copilot-export";

/// The largest text that is read at all.
pub const MAX_IMPORT_BYTES: usize = 64 << 20;

/// The most records of each kind in one document.
const MAX_RECORDS: usize = 100_000;

/// Everything the analyst has kept.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Export {
    /// Always `soc-copilot-export`.
    pub format: String,
    /// [`SCHEMA_VERSION`] of the writer.
    pub schema_version: u32,
    /// When it was written, RFC 3339 in UTC.
    pub exported_at: String,
    /// Finished triages, oldest first.
    pub triages: Vec<TriageRecord>,
    /// Judgements, oldest first.
    pub feedback: Vec<FeedbackRecord>,
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
        /// The kind of record, `triages` or `feedback`.
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
pub fn export_json(
    exported_at: &str,
    triages: Vec<TriageRecord>,
    feedback: Vec<FeedbackRecord>,
) -> String {
    let export = Export {
        format: FORMAT.to_owned(),
        schema_version: SCHEMA_VERSION,
        exported_at: exported_at.to_owned(),
        triages,
        feedback,
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
pub fn parse_export(text: &str) -> Result<Export, ImportError> {
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
    let export: Export = serde_json::from_value(document).map_err(unreadable)?;
    if export.triages.len().max(export.feedback.len()) > MAX_RECORDS {
        return Err(ImportError::TooLarge);
    }
    check(
        "triages",
        export
            .triages
            .iter()
            .map(|t| (t.verdict.confidence, &*t.verdict.triage_id)),
    )?;
    check(
        "feedback",
        export
            .feedback
            .iter()
            .map(|f| (f.confidence, &*f.triage_id)),
    )?;
    Ok(Export {
        schema_version: SCHEMA_VERSION,
        ..export
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

/// Brings a stored or exported record of an older version to the current one.
///
/// Version 1 had no `corrected_techniques`: an analyst could not yet correct them.
pub fn migrate_record(record: &mut Value) {
    let Some(fields) = record.as_object_mut() else {
        return;
    };
    let version = fields.get("schema_version").and_then(Value::as_u64);
    if version == Some(1) {
        if fields.contains_key("analyst_verdict") {
            let none: Vec<TechniqueId> = Vec::new();
            fields
                .entry("corrected_techniques")
                .or_insert(serde_json::json!(none));
        }
        fields.insert("schema_version".to_owned(), SCHEMA_VERSION.into());
    }
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

    proptest! {
        #[test]
        fn what_is_exported_is_imported(notes in ".{0,80}", confidence in 0.0..=1.0_f64) {
            let json = export_json("2026-01-02T00:00:00Z", vec![], vec![record(&notes, confidence)]);
            let export = parse_export(&json).unwrap();
            prop_assert_eq!(&export.feedback, &vec![record(&notes, confidence)]);
            prop_assert_eq!(export_json("2026-01-02T00:00:00Z", export.triages, export.feedback), json);
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
        let good = export_json("now", vec![], vec![record("", 0.5)]);
        refused(&good[..good.len() / 2], "damaged");
        refused("{\"a\":1}", "not an export");
        refused(
            &good.replace(
                "\"schema_version\": 2,\n  \"exported",
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
        let good = export_json("now", vec![], vec![record("", 0.5)]);
        let old = good
            .replace("\"schema_version\": 2", "\"schema_version\": 1")
            .replace("      \"corrected_techniques\": [],\n", "");
        assert!(!old.contains("corrected_techniques"));
        assert_eq!(parse_export(&old).unwrap(), parse_export(&good).unwrap());
    }
}
