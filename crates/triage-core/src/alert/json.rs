//! One JSON alert, flattened to named values in the order of the text.

use serde_json::{Deserializer, Value};

use super::{Field, MAX_FIELDS, Note, Reading, Span};

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

/// Reads the first JSON object in `raw`; `None` where the text is not a JSON object or list.
pub(super) fn read(raw: &str, notes: &mut Vec<Note>) -> Option<Reading> {
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
    let more_follow = !raw
        .get(values.byte_offset()..)
        .unwrap_or_default()
        .trim()
        .is_empty();
    let (object, many) = match first {
        Value::Array(items) => {
            let many = items.len() > 1;
            (items.into_iter().next()?, many)
        }
        other => (other, more_follow),
    };
    if !object.is_object() {
        return None;
    }
    if many {
        notes.push(Note::FirstOfMany);
    }
    let mut flat = Flattening {
        raw,
        searched: 0,
        fields: Vec::new(),
        full: false,
    };
    flat.value(String::new(), &object);
    if flat.full {
        notes.push(Note::TooManyFields {
            kept: flat.fields.len(),
        });
    }
    let title = TITLE_KEYS
        .iter()
        .find_map(|key| flat.fields.iter().find(|field| field.name == *key))
        .map(|field| field.value.clone());
    Some(Reading {
        title,
        fields: flat.fields,
    })
}

struct Flattening<'a> {
    raw: &'a str,
    /// Where the next value is looked for: values are met in the order of the text.
    searched: usize,
    fields: Vec<Field>,
    full: bool,
}

impl Flattening<'_> {
    fn value(&mut self, name: String, value: &Value) {
        let join = |part: &str| {
            if name.is_empty() {
                part.to_owned()
            } else {
                format!("{name}.{part}")
            }
        };
        match value {
            Value::Object(entries) => {
                for (key, value) in entries {
                    self.value(join(key), value);
                }
            }
            // List items share the list's name: `tags` three times, not `tags.0`, `tags.1`.
            Value::Array(items) => {
                for item in items {
                    self.value(name.clone(), item);
                }
            }
            Value::Null => {}
            Value::String(text) => self.field(name, text.clone()),
            Value::Bool(_) | Value::Number(_) => self.field(name, value.to_string()),
        }
    }

    fn field(&mut self, name: String, value: String) {
        if value.trim().is_empty() {
            return;
        }
        if self.fields.len() == MAX_FIELDS {
            self.full = true;
            return;
        }
        let span = self
            .raw
            .get(self.searched..)
            .and_then(|rest| rest.find(&value))
            .map(|at| Span::from(self.searched + at..self.searched + at + value.len()));
        if let Some(span) = span {
            self.searched = span.end;
        }
        self.fields.push(Field { name, value, span });
    }
}

#[cfg(test)]
mod tests {
    use crate::alert::{AlertFormat, Note, parse_alert};

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
    fn lists_and_lines_give_their_first_alert() {
        for raw in [
            "[{\"title\":\"a\"},{\"title\":\"b\"}]",
            "{\"title\":\"a\"}\n{\"title\":\"b\"}",
        ] {
            let alert = parse_alert(raw);
            assert_eq!(alert.title.as_deref(), Some("a"));
            assert_eq!(alert.notes, [Note::FirstOfMany]);
        }
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
