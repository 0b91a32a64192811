//! Microsoft Defender: alerts of the Graph security interface and of Defender's own.

use super::AlertFormat;
use super::dialect::{Dialect, Document};

/// Microsoft Defender's JSON.
pub(super) const DIALECT: Dialect = Dialect {
    format: AlertFormat::Defender,
    is,
    titles: &["title", "Title", "displayName", "alertDisplayName"],
    severity: |alert| alert.severity_word(&["severity", "Severity"]),
};

fn is(alert: &Document) -> bool {
    let is_graph = ["@odata.type", "evidence.@odata.type"].iter().any(|name| {
        alert
            .get(name)
            .is_some_and(|value| value.contains("microsoft.graph.security"))
    });
    let is_title = alert.has_any(&["title", "Title"]);
    is_graph
        || (is_title
            && alert.has_any(&[
                "serviceSource",
                "ServiceSource",
                "detectionSource",
                "DetectionSource",
            ]))
        || alert.has_all(&["providerAlertId", "severity"])
}
