//! Wazuh: alerts of the manager, with the event they were raised by.

use super::AlertFormat;
use super::dialect::{Dialect, Document};
use super::severity::Severity;

/// Wazuh's JSON.
pub(super) const DIALECT: Dialect = Dialect {
    format: AlertFormat::Wazuh,
    is,
    titles: &["rule.description"],
    severity,
};

fn is(alert: &Document) -> bool {
    alert.has_all(&["rule.level", "rule.description"])
        && (alert.get("full_log").is_some()
            || ["agent.", "manager.", "decoder."]
                .iter()
                .any(|start| alert.has_below(start)))
}

/// `rule.level` counts from 0, ignored, to 15, severe attack; 7, 12 and 15 are where Wazuh's own
/// dashboard begins to say medium, high and critical.
fn severity(alert: &Document) -> Option<Severity> {
    let level = alert.number(&["rule.level"])?;
    Some(Severity::from_scale(level, [4, 7, 12, 15]))
}
