//! `CrowdStrike` Falcon: detection events of the stream, and detects and alerts of the interface.

use super::AlertFormat;
use super::dialect::{Dialect, Document};
use super::severity::Severity;

/// `CrowdStrike`'s JSON.
pub(super) const DIALECT: Dialect = Dialect {
    format: AlertFormat::CrowdStrike,
    is,
    titles: &[
        "event.DetectName",
        "DetectName",
        "event.DisplayName",
        "event.Name",
        "display_name",
        "behaviors.display_name",
        "behaviors.scenario",
        "name",
    ],
    severity,
};

fn is(alert: &Document) -> bool {
    let is_streamed = alert
        .get("metadata.eventType")
        .is_some_and(|kind| kind.contains("Detection"));
    is_streamed
        || alert.has_any(&[
            "DetectName",
            "event.DetectName",
            "DetectId",
            "event.DetectId",
            "composite_id",
        ])
        || (alert.has_below("behaviors.")
            && alert.has_any(&["detection_id", "cid", "max_severity"]))
        || (alert.has_all(&["display_name", "confidence"]) && alert.has_below("device."))
}

/// A word, or a number: to 5 in the stream, to 100 in the interface.
fn severity(alert: &Document) -> Option<Severity> {
    let word = alert.severity_word(&[
        "event.SeverityName",
        "SeverityName",
        "severity_name",
        "max_severity_displayname",
    ]);
    word.or_else(|| {
        let number = alert.number(&[
            "event.Severity",
            "Severity",
            "severity",
            "max_severity",
            "behaviors.severity",
        ])?;
        Some(if number <= 5 {
            Severity::from_scale(number, [2, 3, 4, 5])
        } else {
            Severity::from_scale(number, [20, 40, 60, 80])
        })
    })
}
