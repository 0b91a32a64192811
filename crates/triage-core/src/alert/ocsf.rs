//! OCSF: findings of the classes 2001 to 2007, and other events of the schema.

use super::AlertFormat;
use super::dialect::{Dialect, Document};
use super::severity::Severity;

/// The Open Cybersecurity Schema Framework's JSON.
pub(super) const DIALECT: Dialect = Dialect {
    format: AlertFormat::Ocsf,
    is,
    titles: &["finding_info.title", "finding.title"],
    severity,
};

fn is(alert: &Document) -> bool {
    alert.get("class_uid").is_some()
        && (alert.has_any(&[
            "category_uid",
            "type_uid",
            "severity_id",
            "metadata.version",
        ]) || alert.has_below("finding_info."))
}

/// `severity_id` counts from 1, informational, to 6, fatal; 0 is unknown and 99 another.
fn severity(alert: &Document) -> Option<Severity> {
    alert
        .number(&["severity_id"])
        .filter(|id| (1..=6).contains(id))
        .map(|id| Severity::from_scale(id, [2, 3, 4, 5]))
        .or_else(|| alert.severity_word(&["severity"]))
}
