//! Signals: behaviours so clearly hostile that no verdict may talk them down.
//!
//! Each is told by a fixed pattern over the alert, its decoded parts or its fields. A signal says
//! that the behaviour was seen, not that it succeeded: a blocked attempt fires too.

mod context;
mod patterns;

use std::ops::Range;
use std::sync::LazyLock;

use regex::bytes::Regex;
use serde::{Deserialize, Serialize};

use crate::alert::{Alert, Severity, Span, cut};
use crate::attack::TechniqueId;
use crate::decode::DecodedLayer;
use patterns::BEHAVIOURS;

/// The most bytes of a signal's quote.
const MAX_QUOTE_BYTES: usize = 200;

/// A behaviour that was seen.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signal {
    /// A short stable name: `lsass-dump`.
    pub id: String,
    /// One sentence for people.
    pub name: String,
    /// [`Severity::High`] or [`Severity::Critical`]; critical where it is nearly never benign.
    pub severity: Severity,
    /// The techniques it stands for, by ATT&CK 18 identifiers.
    pub techniques: Vec<TechniqueId>,
    /// The text that fired, at most 200 bytes.
    pub quote: String,
    /// Where the quote stands in [`Alert::raw`]; for one in a decoded layer, where the encoded
    /// text stands. Absent where it is a field's value without a place of its own.
    pub span: Option<Span>,
    /// The decoded layer it was found in, by its place; absent where it stands in the alert itself.
    pub layer: Option<usize>,
}

/// A behaviour as the table has it.
struct Behaviour {
    id: &'static str,
    name: &'static str,
    severity: Severity,
    techniques: &'static [&'static str],
    /// Regular expressions, any of which tells it; none where only fields do. A space stands for
    /// whatever separates words in a command line, also in a list of arguments in JSON.
    patterns: &'static [&'static str],
}

static PATTERNS: LazyLock<Vec<Option<Regex>>> = LazyLock::new(|| {
    BEHAVIOURS
        .iter()
        .map(|behaviour| pattern(behaviour.patterns))
        .collect()
});

/// What separates the words of a command: white space, quotes plain or escaped, the caret that
/// the command interpreter drops, the commas between arguments in JSON.
const GAP: &str = r#"(?:(?:[\s"'^,+]|\\+["'trn]?|u0022|u0027|&quot;){1,12})"#;

/// Where a word begins or ends: also after an escape of JSON, whose last character is no part of it.
const EDGE: &str = r"(?:\b|\\[nrt]|u00(?:22|27|26|3c|3e|0a|0d|09))";

fn pattern(alternatives: &[&str]) -> Option<Regex> {
    if alternatives.is_empty() {
        return None;
    }
    let any = alternatives.join("|");
    let any = any.replace(r"\b", EDGE).replace(' ', GAP);
    let regex = Regex::new(&format!("(?i-u){any}"));
    Some(regex.expect("the pattern is a constant that tests compile"))
}

/// Where a signal was seen.
struct Sighting {
    quote: String,
    span: Option<Span>,
    layer: Option<usize>,
}

/// The signals of an alert and its decoded layers, each once with its first place: the severity
/// of the alert's own rule first (`rule-severity`), then the behaviours in a fixed order.
///
/// ```
/// use triage_core::alert::parse_alert;
/// use triage_core::signal::find_signals;
/// let alert = parse_alert("CommandLine: vssadmin.exe delete shadows /all /quiet");
/// assert_eq!(find_signals(&alert, &[])[0].id, "backup-deletion");
/// ```
pub fn find_signals(alert: &Alert, layers: &[DecodedLayer]) -> Vec<Signal> {
    let behaviours = BEHAVIOURS.iter().zip(PATTERNS.iter());
    let seen = behaviours.filter_map(|(behaviour, pattern)| {
        let sighting = pattern
            .as_ref()
            .and_then(|pattern| in_text(pattern, alert, layers))
            .or_else(|| context::sighting(behaviour.id, alert))?;
        let techniques = behaviour.techniques.iter();
        Some(Signal {
            id: behaviour.id.to_owned(),
            name: behaviour.name.to_owned(),
            severity: behaviour.severity,
            techniques: techniques.filter_map(|id| id.parse().ok()).collect(),
            quote: cut(&sighting.quote, MAX_QUOTE_BYTES).to_owned(),
            span: sighting.span,
            layer: sighting.layer,
        })
    });
    context::rule_severity(alert)
        .into_iter()
        .chain(seen)
        .collect()
}

/// The first place of a pattern in the alert, or else in the first layer that has it.
fn in_text(pattern: &Regex, alert: &Alert, layers: &[DecodedLayer]) -> Option<Sighting> {
    let first = |text: &str| {
        let range = bare(text, pattern.find(text.as_bytes())?.range());
        Some((text.get(range.clone())?.to_owned(), range))
    };
    if let Some((quote, range)) = first(&alert.raw) {
        return Some(Sighting {
            quote,
            span: Some(range.into()),
            layer: None,
        });
    }
    layers.iter().enumerate().find_map(|(place, layer)| {
        let (quote, _) = first(&layer.text)?;
        Some(Sighting {
            quote,
            span: Some(layer.span),
            layer: Some(place),
        })
    })
}

/// A range without the escape it may start with and without half a character at its ends.
fn bare(text: &str, range: Range<usize>) -> Range<usize> {
    let bytes = text.as_bytes().get(range.clone()).unwrap_or_default();
    let escape = match bytes {
        [b'\\', b'n' | b'r' | b't', ..] => 2,
        [b'u' | b'U', b'0', b'0', ..] => 5,
        _ => 0,
    };
    let end = text.ceil_char_boundary(range.end);
    text.floor_char_boundary(range.start + escape).min(end)..end
}

#[cfg(test)]
mod tests;
