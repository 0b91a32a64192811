//! Windows events, Sysmon's among them, as XML and in the shapes that JSON exporters give them.

use super::dialect::{Dialect, Document};
use super::excerpt::{Excerpt, Fields};
use super::format::Heading;
use super::severity::Severity;
use super::{AlertFormat, Field, xml};

/// Where Sysmon's configuration names the rule that logged the event.
const RULE_NAMES: &[&str] = &[
    "Event.EventData.RuleName",
    "EventData.RuleName",
    "winlog.event_data.RuleName",
    "RuleName",
];

/// Windows events in JSON.
pub(super) const DIALECT: Dialect = Dialect {
    format: AlertFormat::WindowsEvent,
    is: |event: &Document| {
        event.has_below("Event.System.")
            || event.has_below("winlog.")
            || event.get("System.EventID").is_some()
            || (event.get("EventID").is_some()
                && event.has_any(&["Channel", "Provider_Name", "ProviderName", "SourceName"]))
    },
    titles: RULE_NAMES,
    severity: |event| {
        let number = event.number(&["Event.System.Level", "System.Level", "Level"]);
        let word = || event.severity_word(&["log.level", "Level", "LevelDisplayName"]);
        number.and_then(level).or_else(word)
    },
};

/// Reads the first event of XML.
pub(super) fn read(source: &Excerpt, name: &str, fields: &mut Fields) -> Heading {
    let first = fields.list.len();
    let more = xml::flatten(source, name, fields);
    let event = fields.list.get(first..).unwrap_or_default();
    let value = |last: &str| {
        let mut event = event.iter();
        let field = event.find(|field| field.name.rsplit('.').next() == Some(last))?;
        Some(field.value.as_str())
    };
    let rule = value("RuleName").filter(|rule| *rule != "-");
    Heading {
        title: rule.map(str::to_owned),
        severity: value("Level").and_then(|text| level(text.parse().ok()?)),
        more,
    }
}

/// The level of the event, as no rule speaks here; 0 is that of events without one.
fn level(number: u64) -> Option<Severity> {
    Some(match number {
        1 => Severity::Critical,
        2 => Severity::High,
        3 => Severity::Medium,
        4 | 5 => Severity::Informational,
        _ => return None,
    })
}

/// Names values as the event does where an exporter made two fields of each: `Data.@Name: Image`
/// and `Data.#text: C:\\x.exe` become `Image: C:\\x.exe`.
pub(super) fn join_named_data(fields: &mut Vec<Field>) {
    let mut joined: Vec<Field> = Vec::with_capacity(fields.len());
    for mut field in fields.drain(..) {
        let data = field.name.strip_suffix(".#text").map(str::to_owned);
        let named = joined.last().and_then(|last| {
            let is_name = last.name.strip_suffix(".@Name") == data.as_deref()
                || last.name.strip_suffix(".#attributes.Name") == data.as_deref();
            let parent = data.as_deref()?.strip_suffix("Data")?;
            is_name.then(|| format!("{parent}{}", last.value))
        });
        if let Some(name) = named {
            joined.pop();
            field.name = name;
        }
        joined.push(field);
    }
    *fields = joined;
}
