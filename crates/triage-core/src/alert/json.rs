//! One JSON alert, flattened to named values in the order of the text, and read in its vendor's
//! dialect.

use serde_json::{Deserializer, Value};

use super::dialect::{Dialect, Document};
use super::excerpt::{Excerpt, Fields};
use super::format::Heading;
use super::walk::{flatten, place_of};
use super::{AlertFormat, Note};
use super::{
    crowdstrike, defender, elastic, ocsf, sentinel, splunk, suricata, wazuh, windows_event,
};

/// The dialects in the order in which they are tried: one that wraps others' events goes before
/// them.
const DIALECTS: [Dialect; 9] = [
    splunk::DIALECT,
    elastic::DIALECT,
    ocsf::DIALECT,
    defender::DIALECT,
    sentinel::DIALECT,
    crowdstrike::DIALECT,
    wazuh::DIALECT,
    suricata::DIALECT,
    windows_event::DIALECT,
];

/// Keys whose value names the rule that fired, best first; the vendor in brackets.
const TITLE_KEYS: &[&str] = &[
    "kibana.alert.rule.name", // Elastic
    "signal.rule.name",       // Elastic, older
    "rule.name",              // ECS
    "finding_info.title",     // OCSF
    "rule.description",       // Wazuh
    "alert.signature",        // Suricata
    "search_name",            // Splunk
    "alertDisplayName",       // Sentinel
    "properties.alertDisplayName",
    "AlertName",
    "alert_name",
    "rule_name",
    "title",
    "Title",
    "name",
    "message",
    "description",
];

/// Keys under which rules say how severe they are.
const SEVERITY_KEYS: &[&str] = &[
    "severity",
    "Severity",
    "severity_name",
    "alert_severity",
    "alertSeverity",
    "rule.severity",
    "event.severity",
    "rule.level",
    "level",
    "priority",
    "urgency",
];

/// Lists of alerts as interfaces answer with them, each a path to the first.
const PAGES: [&[&str]; 4] = [
    &["hits", "hits", ""],
    &["value", ""],
    &["records", ""],
    &["alerts", ""],
];

/// What of one JSON text is read.
struct Choice {
    /// Where the alert begins.
    at: usize,
    /// Whether others stand beside it.
    more: bool,
}

/// Reads the first JSON object in `raw`, in the dialect asked for or the first that fits; `None`
/// where the text is not a JSON object or list.
pub(super) fn read(
    raw: &str,
    asked: Option<AlertFormat>,
    fields: &mut Fields,
    notes: &mut Vec<Note>,
) -> Option<(AlertFormat, Heading)> {
    let choice = choose(raw, notes)?;
    flatten(&Excerpt::whole(raw), choice.at, "", 0, fields);
    windows_event::join_named_data(&mut fields.list);
    let documents = Document::all(&fields.list);
    let (format, heading) = match asked {
        None => detect(&documents),
        Some(asked) => {
            let dialect = DIALECTS.iter().find(|dialect| dialect.format == asked);
            (asked, heading(dialect, &documents))
        }
    };
    let heading = Heading {
        more: choice.more,
        ..heading
    };
    Some((format, heading))
}

/// Flattens a document that stands in a string, with whatever it holds; whether it is one.
pub(super) fn flatten_nested(
    source: &Excerpt,
    name: &str,
    depth: usize,
    fields: &mut Fields,
) -> bool {
    let text = source.text().trim_start();
    let inner = text.get(1..).unwrap_or_default().trim_start();
    // `[12]` and `[sensor] text` are ordinary values.
    let is_likely = (text.starts_with('{') && inner.starts_with(['"', '}']))
        || (text.starts_with('[') && inner.starts_with(['{', '"', ']']));
    let is_document = is_likely && serde_json::from_str::<Value>(text).is_ok();
    if is_document {
        flatten(source, 0, name, depth, fields);
    }
    is_document
}

fn choose(raw: &str, notes: &mut Vec<Note>) -> Option<Choice> {
    if !raw.trim_start().starts_with(['{', '[']) {
        return None;
    }
    let mut values = Deserializer::from_str(raw).into_iter::<Value>();
    let first = match values.next()? {
        Ok(value) => value,
        Err(error) => {
            // "[12:00:01] message" starts like a list and is an ordinary log line.
            if raw.trim_start().starts_with('{') || raw.trim_start().starts_with("[{") {
                notes.push(Note::BrokenJson {
                    line: error.line(),
                    column: error.column(),
                });
            }
            return None;
        }
    };
    let rest = raw.get(values.byte_offset()..).unwrap_or_default();
    if let Value::Array(items) = &first {
        return items.first()?.is_object().then_some(Choice {
            at: place_of(raw, &[""])?,
            more: items.len() > 1,
        });
    }
    let page = PAGES.iter().find_map(|path| {
        let items = page(&first, path)?;
        Some(Choice {
            at: place_of(raw, path)?,
            more: items.len() > 1,
        })
    });
    Some(page.unwrap_or(Choice {
        at: 0,
        more: !rest.trim().is_empty(),
    }))
}

/// The list at `path` of an answer that holds nothing else but counts and links.
fn page<'a>(answer: &'a Value, path: &[&str]) -> Option<&'a Vec<Value>> {
    let mut value = answer;
    for step in path.iter().filter(|step| !step.is_empty()) {
        let entries = value.as_object()?;
        let says_more = |(key, other): (&String, &Value)| {
            let is_paging = key == "total" || key.starts_with(['@', '_']) || key.ends_with("Link");
            key != step
                && !is_paging
                && (other.is_object() || other.is_array() || other.is_string())
        };
        if entries.iter().any(says_more) {
            return None;
        }
        value = entries.get(*step)?;
    }
    let items = value.as_array()?;
    items.first()?.is_object().then_some(items)
}

fn detect(documents: &[Document]) -> (AlertFormat, Heading) {
    for (depth, document) in documents.iter().enumerate() {
        if let Some(dialect) = DIALECTS.iter().find(|dialect| (dialect.is)(document)) {
            let inner = documents.get(depth..).unwrap_or_default();
            return (dialect.format, heading(Some(dialect), inner));
        }
    }
    (AlertFormat::Json, heading(None, documents))
}

/// Title and severity, looked for in each document as the vendor writes them and then as anybody
/// does.
fn heading(dialect: Option<&Dialect>, documents: &[Document]) -> Heading {
    // Sysmon writes `-` where no rule has a name.
    let is_name = |title: &&str| title.chars().any(char::is_alphanumeric);
    let (titles, says): (_, fn(&Document) -> _) = match dialect {
        Some(dialect) => (dialect.titles, dialect.severity),
        None => (TITLE_KEYS, |_| None),
    };
    let everywhere = || documents.iter();
    let title = everywhere()
        .find_map(|document| document.first(titles).filter(is_name))
        .or_else(|| everywhere().find_map(|document| document.first(TITLE_KEYS)));
    let severity = everywhere()
        .find_map(says)
        .or_else(|| everywhere().find_map(|document| document.severity_word(SEVERITY_KEYS)));
    Heading {
        title: title.map(str::to_owned),
        severity,
        more: false,
    }
}

#[cfg(test)]
mod tests {
    use crate::alert::{AlertFormat, Note, Severity, parse_alert};

    fn check(raw: &str, title: Option<&str>, fields: &[(&str, &str)]) {
        let alert = parse_alert(raw);
        assert_eq!(alert.format, AlertFormat::Json, "{raw}");
        assert_eq!(alert.title.as_deref(), title, "{raw}");
        let found: Vec<_> = alert
            .fields
            .iter()
            .map(|f| (f.name.as_str(), f.value.as_str()))
            .collect();
        assert_eq!(found, fields, "{raw}");
        for field in &alert.fields {
            if let Some(span) = field.span {
                assert_eq!(&alert.raw[span.range()], field.value);
            }
        }
    }

    #[test]
    fn nested_keys_are_joined_in_the_order_of_the_text() {
        check(
            r#"{"rule":{"name":"LSASS dump"},"process":{"pid":7,"args":["a","b"]},"x":null}"#,
            Some("LSASS dump"),
            &[
                ("rule.name", "LSASS dump"),
                ("process.pid", "7"),
                ("process.args", "a"),
                ("process.args", "b"),
            ],
        );
    }

    #[test]
    fn escaped_values_are_unescaped_and_have_no_span() {
        let alert = parse_alert(r#"{"image":"C:\\Windows\\cmd.exe","user":"bob"}"#);
        assert_eq!(alert.fields[0].value, r"C:\Windows\cmd.exe");
        assert_eq!(alert.fields[0].span, None);
        assert!(alert.fields[1].span.is_some());
    }

    #[test]
    fn a_span_is_the_value_and_not_another_of_its_text() {
        let alert = parse_alert(r#"{"code1":1,"a":"code1"}"#);
        let starts: Vec<_> = alert.fields.iter().map(|f| f.span.unwrap().start).collect();
        assert_eq!(starts, [9, 16]);
    }

    #[test]
    fn lists_and_lines_give_their_first_alert() {
        for raw in [
            "[{\"title\":\"a\"},{\"title\":\"b\"}]",
            "{\"title\":\"a\"}\n{\"title\":\"b\"}",
            "{\"@odata.count\":2,\"value\":[{\"title\":\"a\"},{\"title\":\"b\"}]}",
            "{\"took\":1,\"hits\":{\"total\":{\"value\":2},\"hits\":[{\"_id\":\"x\",\"_source\":{\"title\":\"a\"}},{}]}}",
        ] {
            let alert = parse_alert(raw);
            assert_eq!(alert.title.as_deref(), Some("a"), "{raw}");
            assert_eq!(alert.notes, [Note::FirstOfMany], "{raw}");
        }
    }

    #[test]
    fn envelopes_are_opened() {
        let check = |raw: &str, title: &str, severity: Severity| {
            let alert = parse_alert(raw);
            assert_eq!(alert.title.as_deref(), Some(title), "{raw}");
            assert_eq!(alert.severity, Some(severity), "{raw}");
        };
        check(
            r#"{"time":1,"detection":{"title":"a","severity":"low"}}"#,
            "a",
            Severity::Low,
        );
        check(
            r#"{"body":{"records":[{"rule_name":"b","level":"Critical"}],"x":[1]}}"#,
            "b",
            Severity::Critical,
        );
        check(
            r#"{"severity":"high","event":{"name":"c","severity":"low"}}"#,
            "c",
            Severity::High,
        );
    }

    #[test]
    fn broken_json_is_text_with_a_note() {
        let alert = parse_alert("{\"title\": \"a\",\n oops");
        assert_eq!(alert.format, AlertFormat::Text);
        assert!(
            matches!(alert.notes[0], Note::BrokenJson { line: 2, .. }),
            "{:?}",
            alert.notes
        );
        let log = parse_alert("[12:00:01] sshd: Failed password");
        assert_eq!(log.notes, []);
    }
}
