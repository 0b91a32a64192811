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
