//! Labelled alerts: JSON lines of `{"id", "alert", "techniques"}`, from any source.

use std::fmt;

use serde_json::Value;

use crate::attack::TechniqueId;

/// The most alerts read of one set.
const MAX_ALERTS: usize = 100_000;

/// An alert and the techniques that somebody says it shows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledAlert {
    /// As the set names it; its line number where it does not.
    pub id: String,
    /// The alert.
    pub alert: String,
    /// At least one.
    pub techniques: Vec<TechniqueId>,
}

/// A set that cannot be read, and where.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LabelledError {
    /// One-based line; zero where it is about the whole.
    pub line: usize,
    /// What is wrong with it.
    pub fault: String,
}

impl fmt::Display for LabelledError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.line > 0 {
            write!(f, "line {}: ", self.line)?;
        }
        f.write_str(&self.fault)
    }
}

impl std::error::Error for LabelledError {}

/// Reads a set; `field` names the member that holds the alert. Lines without a label are left
/// out, blank lines skipped.
///
/// # Errors
///
/// [`LabelledError`] for a line that is not such an object, a label that is no technique
/// identifier, or a set without a labelled line.
pub fn read_labelled(text: &str, field: &str) -> Result<Vec<LabelledAlert>, LabelledError> {
    let mut alerts = Vec::new();
    for (line, written) in (1..).zip(text.lines()) {
        if written.trim().is_empty() {
            continue;
        }
        let fault = |fault: String| LabelledError { line, fault };
        let read: Value =
            serde_json::from_str(written).map_err(|error| fault(format!("not JSON ({error})")))?;
        let labels = read.get("techniques").and_then(Value::as_array);
        let techniques = labels
            .into_iter()
            .flatten()
            .map(|label| {
                let label = label.as_str().unwrap_or_default();
                label
                    .trim()
                    .parse()
                    .map_err(|error| fault(format!("{error}")))
            })
            .collect::<Result<Vec<TechniqueId>, _>>()?;
        if techniques.is_empty() {
            continue;
        }
        let alert = read.get(field).and_then(Value::as_str);
        let alert = alert.ok_or_else(|| fault(format!("there is no text in {field:?}")))?;
        if alerts.len() == MAX_ALERTS {
            return Err(fault(format!("more than {MAX_ALERTS} labelled alerts")));
        }
        let id = read.get("id").and_then(Value::as_str);
        alerts.push(LabelledAlert {
            id: id.map_or_else(|| line.to_string(), str::to_owned),
            alert: alert.to_owned(),
            techniques,
        });
    }
    if alerts.is_empty() {
        return Err(LabelledError {
            line: 0,
            fault: "there is no labelled line; wanted lines of {\"id\", \"alert\", \"techniques\"}"
                .to_owned(),
        });
    }
    Ok(alerts)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_with_labels_are_read() {
        let set = "\n{\"id\":\"a\",\"alert\":\"x\",\"techniques\":[\"T1003\",\" t1059.001 \"]}\n\
                   {\"alert\":\"y\",\"techniques\":[]}\n{\"alert\":\"z\",\"techniques\":[\"T1110\"]}";
        let alerts = read_labelled(set, "alert").unwrap();
        let ids: Vec<_> = alerts.iter().map(|alert| alert.id.as_str()).collect();
        assert_eq!(ids, ["a", "4"]);
        assert_eq!(alerts[0].techniques.len(), 2);
    }

    #[test]
    fn faults_name_their_line() {
        let check = |set: &str, expected: &str| {
            let error = read_labelled(set, "alert").unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        };
        check("", "no labelled line");
        check("{\"alert\":\"x\"}\n\noops", "line 3: not JSON");
        check(
            "{\"alert\":\"x\",\"techniques\":[\"T1\"]}",
            "line 1: \"T1\" is not",
        );
        check(
            "{\"text\":\"x\",\"techniques\":[\"T1003\"]}",
            "there is no text in \"alert\"",
        );
    }
}
