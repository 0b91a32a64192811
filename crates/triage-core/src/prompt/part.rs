//! The parts of an alert that are sent: its fields by name, and the text that is no field.

use serde::{Deserialize, Serialize};

use crate::alert::{Alert, Span};

/// The name of the part that is no field.
const TEXT: &str = "text";

/// A named piece of an alert. All parts together are the alert.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertPart {
    /// The field's name; `text` for what is no field.
    pub name: String,
    /// What it says.
    pub value: String,
    /// The field, by its place in [`Alert::fields`]; absent for text.
    pub field: Option<usize>,
    /// Where it stands in the alert; absent where the alert writes it with escapes.
    pub span: Option<Span>,
}

/// The parts of an alert, in the order of the text.
///
/// A document is its fields. A text is the prose before its first field, and its fields; where
/// these leave much of it out, it is one part.
pub fn alert_parts(alert: &Alert) -> Vec<AlertPart> {
    let fields = alert
        .fields
        .iter()
        .enumerate()
        .map(|(place, field)| AlertPart {
            name: field.name.clone(),
            value: field.value.clone(),
            field: Some(place),
            span: field.span,
        });
    if alert.format.is_json() && !alert.fields.is_empty() {
        return fields.collect();
    }
    let Some(start) = first_key(alert) else {
        return vec![text(alert, 0..alert.raw.len())];
    };
    let said: usize = alert
        .fields
        .iter()
        .map(|field| field.name.len() + ": ".len() + field.value.len())
        .sum();
    let written = alert.raw.len() - start;
    if said * 4 < written * 3 {
        return vec![text(alert, 0..alert.raw.len())];
    }
    let prose = text(alert, 0..start);
    let prose = (!prose.value.trim().is_empty()).then_some(prose);
    prose.into_iter().chain(fields).collect()
}

/// Where the first field begins, with its key.
fn first_key(alert: &Alert) -> Option<usize> {
    let first = alert.fields.first()?;
    alert
        .raw
        .get(..first.span?.start)?
        .rfind(first.name.as_str())
}

fn text(alert: &Alert, range: std::ops::Range<usize>) -> AlertPart {
    AlertPart {
        name: TEXT.to_owned(),
        value: alert.raw.get(range.clone()).unwrap_or_default().to_owned(),
        field: None,
        span: Some(range.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::alert::parse_alert;

    fn check(raw: &str, expected: &[(&str, &str)]) {
        let parts = alert_parts(&parse_alert(raw));
        let found: Vec<_> = parts
            .iter()
            .map(|part| (part.name.as_str(), part.value.as_str()))
            .collect();
        assert_eq!(found, expected, "{raw}");
    }

    #[test]
    fn a_document_is_its_fields_and_a_text_has_prose_too() {
        check(
            r#"{"rule":{"name":"x"},"user":"bob"}"#,
            &[("rule.name", "x"), ("user", "bob")],
        );
        check(
            "Odd logon. User: bob. Host: ws1",
            &[("text", "Odd logon. "), ("User", "bob"), ("Host", "ws1")],
        );
        check("only prose", &[("text", "only prose")]);
    }

    #[test]
    fn what_fields_would_leave_out_is_sent_whole() {
        let raw = "a long line of text that says a lot, then src=1 dst=2 proto=3 and more words \
                   which are in no field at all, and still more of them";
        check(raw, &[("text", raw)]);
    }
}
