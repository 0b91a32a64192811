//! Elastic: alerts of Kibana's detection rules, older signals, and events in ECS.

use super::AlertFormat;
use super::dialect::{Dialect, Document};

/// Elastic's JSON.
pub(super) const DIALECT: Dialect = Dialect {
    format: AlertFormat::Elastic,
    is,
    titles: &["kibana.alert.rule.name", "signal.rule.name", "rule.name"],
    severity: |alert| {
        alert.severity_word(&[
            "kibana.alert.severity",
            "kibana.alert.rule.severity",
            "signal.rule.severity",
            "rule.severity",
        ])
    },
};

/// Beats ship other vendors' events in ECS too; those are read in their own dialect.
fn is(alert: &Document) -> bool {
    let is_ecs = alert.get("@timestamp").is_some()
        && alert.has_any(&["ecs.version", "event.kind", "event.category"])
        && !alert.has_below("winlog.");
    is_ecs || alert.has_below("kibana.alert.") || alert.has_below("signal.rule.")
}
