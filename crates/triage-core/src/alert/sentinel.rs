//! Microsoft Sentinel: rows of `SecurityAlert`, incidents, and alerts of Defender for Cloud.

use super::AlertFormat;
use super::dialect::{Dialect, Document};

const TITLES: &[&str] = &[
    "AlertDisplayName",
    "DisplayName",
    "AlertName",
    "Title",
    "alertDisplayName",
    "properties.alertDisplayName",
    "properties.title",
    "object.properties.title",
];

/// Microsoft Sentinel's JSON.
pub(super) const DIALECT: Dialect = Dialect {
    format: AlertFormat::Sentinel,
    is,
    titles: TITLES,
    severity: |alert| {
        alert.severity_word(&[
            "AlertSeverity",
            "Severity",
            "severity",
            "properties.severity",
            "object.properties.severity",
        ])
    },
};

fn is(alert: &Document) -> bool {
    let says = |name, starts: &[&str]| {
        alert
            .get(name)
            .is_some_and(|value| starts.iter().any(|start| value.starts_with(start)))
    };
    says("Type", &["SecurityAlert", "SecurityIncident"])
        || says(
            "type",
            &["Microsoft.SecurityInsights/", "Microsoft.Security/"],
        )
        || says("object.type", &["Microsoft.SecurityInsights/"])
        || says("ProductName", &["Azure Sentinel", "Microsoft Sentinel"])
        || alert.get("SystemAlertId").is_some()
        || alert.get("properties.alertDisplayName").is_some()
        || (alert.has_any(TITLES)
            && alert.has_any(&["ProviderName", "VendorName"])
            && alert.has_any(&["AlertSeverity", "Severity"]))
}
