//! How severe an alert's own rule says it is, read from the words and scales of the vendors.

use serde::{Deserialize, Serialize};

/// How severe the alert's own rule says it is: the vendor's word, kept apart from any verdict.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Severity {
    /// For the record.
    Informational,
    /// Low.
    Low,
    /// Medium.
    Medium,
    /// High.
    High,
    /// Critical.
    Critical,
}

impl Severity {
    /// The severity that a value's first word names; `None` for numbers, whose scale only the
    /// vendor's format knows, and for every other word.
    pub(super) fn from_word(value: &str) -> Option<Self> {
        let word = value
            .split(|c: char| !c.is_alphanumeric() && c != '-')
            .find(|word| !word.is_empty())?;
        Some(match word.to_ascii_lowercase().as_str() {
            "informational" | "information" | "info" | "debug" => Self::Informational,
            "low" | "minor" | "notice" => Self::Low,
            "medium" | "moderate" | "warning" | "warn" => Self::Medium,
            "high" | "major" | "error" => Self::High,
            "critical" | "very-high" | "severe" | "fatal" | "emergency" => Self::Critical,
            _ => return None,
        })
    }

    /// The severity at a number's place in a scale: `steps` are the least numbers that are low,
    /// medium, high and critical.
    pub(super) fn from_scale(number: u64, steps: [u64; 4]) -> Self {
        let [low, medium, high, critical] = steps;
        match number {
            _ if number >= critical => Self::Critical,
            _ if number >= high => Self::High,
            _ if number >= medium => Self::Medium,
            _ if number >= low => Self::Low,
            _ => Self::Informational,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        let check = |word, expected| assert_eq!(Severity::from_word(word), expected, "{word}");
        check("High", Some(Severity::High));
        check("MEDIUM | Host: x", Some(Severity::Medium));
        check(" (critical)", Some(Severity::Critical));
        check("Very-High", Some(Severity::Critical));
        check("info", Some(Severity::Informational));
        check("highest bidder", None);
        check("7", None);
        check("", None);
    }

    #[test]
    fn scales() {
        let check = |number, expected| {
            assert_eq!(Severity::from_scale(number, [4, 7, 12, 15]), expected);
        };
        check(0, Severity::Informational);
        check(4, Severity::Low);
        check(11, Severity::Medium);
        check(12, Severity::High);
        check(u64::MAX, Severity::Critical);
    }
}
