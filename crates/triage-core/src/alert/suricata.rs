//! Suricata: lines of the EVE log, alerts before all.

use super::AlertFormat;
use super::dialect::{Dialect, Document};
use super::severity::Severity;

/// Suricata's JSON.
pub(super) const DIALECT: Dialect = Dialect {
    format: AlertFormat::Suricata,
    is: |alert: &Document| {
        alert.get("event_type").is_some() && alert.has_any(&["flow_id", "alert.signature"])
    },
    titles: &["alert.signature"],
    severity,
};

/// The other way round than everybody else: 1 is the most severe.
fn severity(alert: &Document) -> Option<Severity> {
    Some(match alert.number(&["alert.severity"])? {
        0 | 1 => Severity::High,
        2 => Severity::Medium,
        3 => Severity::Low,
        _ => Severity::Informational,
    })
}
