//! MITRE ATT&CK as this project uses it: techniques, their tactics and their identifiers.

mod crosswalk;
mod knowledge;
mod stix;

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

pub use crosswalk::{Standing, Vocabulary};
pub use knowledge::{Analytic, Knowledge, LogSource, Mitigation, Procedure, Sources};
pub use stix::{StixError, read_stix};

/// An ATT&CK technique identifier: `T1059` or `T1059.001`.
///
/// ```
/// use triage_core::attack::TechniqueId;
/// let id: TechniqueId = "t1059.001".parse().unwrap();
/// assert_eq!(id.to_string(), "T1059.001");
/// assert_eq!(id.parent().to_string(), "T1059");
/// assert!("T59".parse::<TechniqueId>().is_err());
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TechniqueId {
    number: u16,
    /// Zero for a technique, 1..=999 for a sub-technique.
    sub: u16,
}

impl TechniqueId {
    /// Whether this is a sub-technique (`T1059.001`).
    pub fn is_subtechnique(self) -> bool {
        self.sub != 0
    }

    /// The technique a sub-technique belongs to; a technique is its own parent.
    pub fn parent(self) -> Self {
        Self {
            number: self.number,
            sub: 0,
        }
    }

    /// The technique's number, 1059 of `T1059.001`.
    pub fn number(self) -> u16 {
        self.number
    }

    /// Number and sub-number, for files; the second is zero for a technique.
    pub(crate) fn parts(self) -> (u16, u16) {
        (self.number, self.sub)
    }

    /// The identifier of these parts; `None` where no identifier has them.
    pub(crate) fn from_parts(number: u16, sub: u16) -> Option<Self> {
        (number <= 9999 && sub <= 999).then_some(Self { number, sub })
    }

    /// The technique's page on attack.mitre.org.
    pub fn url(self) -> String {
        let Self { number, sub } = self;
        if sub == 0 {
            format!("https://attack.mitre.org/techniques/T{number:04}/")
        } else {
            format!("https://attack.mitre.org/techniques/T{number:04}/{sub:03}/")
        }
    }
}

impl fmt::Display for TechniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "T{:04}", self.number)?;
        if self.sub != 0 {
            write!(f, ".{:03}", self.sub)?;
        }
        Ok(())
    }
}

impl fmt::Debug for TechniqueId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

/// A text that is not a technique identifier.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TechniqueIdError(String);

impl fmt::Display for TechniqueIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} is not a technique id such as T1059 or T1059.001",
            self.0
        )
    }
}

impl std::error::Error for TechniqueIdError {}

impl FromStr for TechniqueId {
    type Err = TechniqueIdError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong = || TechniqueIdError(text.chars().take(40).collect());
        let digits = |part: &str, width: usize| -> Option<u16> {
            let right = part.len() == width && part.bytes().all(|b| b.is_ascii_digit());
            right.then(|| part.parse().ok()).flatten()
        };
        let rest = text.strip_prefix(['T', 't']).ok_or_else(wrong)?;
        let (number, sub) = match rest.split_once('.') {
            Some((number, sub)) => (
                number,
                digits(sub, 3).filter(|sub| *sub != 0).ok_or_else(wrong)?,
            ),
            None => (rest, 0),
        };
        Ok(Self {
            number: digits(number, 4).ok_or_else(wrong)?,
            sub,
        })
    }
}

impl TryFrom<String> for TechniqueId {
    type Error = TechniqueIdError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<TechniqueId> for String {
    fn from(id: TechniqueId) -> Self {
        id.to_string()
    }
}

/// A tactic: the adversary's goal. Loaded from the bundle, since versions rename them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tactic {
    /// `TA0002`.
    pub id: String,
    /// `execution`, as techniques refer to it.
    pub shortname: String,
    /// `Execution`.
    pub name: String,
}

/// An active technique or sub-technique.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Technique {
    /// `T1059.001`.
    pub id: TechniqueId,
    /// `PowerShell`.
    pub name: String,
    /// Names of its tactics in the bundle's order: `Execution`.
    pub tactics: Vec<String>,
    /// `Windows`, `Linux`, ... in the bundle's order.
    pub platforms: Vec<String>,
    /// Plain text: links keep their words, citations are removed.
    pub description: String,
}

/// A technique that was revoked in favour of another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Moved {
    /// The identifier that is no longer used.
    pub from: TechniqueId,
    /// Its heir, which may have moved on in turn.
    pub to: TechniqueId,
}

/// The active techniques of one ATT&CK version, in the order of their identifiers.
///
/// Positions in [`Catalog::techniques`] are what the index stores.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Catalog {
    /// `18.1`; `unknown` where the bundle does not say.
    pub attack_version: String,
    /// Tactics in the order of the matrix, or of the bundle where it has no matrix.
    pub tactics: Vec<Tactic>,
    /// Techniques and sub-techniques, sorted by identifier, no identifier twice.
    pub techniques: Vec<Technique>,
    /// Where revoked identifiers lead, in order; none of them is active.
    pub moved: Vec<Moved>,
    /// Identifiers that were given up without an heir, in order; none of them is active.
    pub deprecated: Vec<TechniqueId>,
}

impl Catalog {
    /// The technique with this identifier.
    pub fn get(&self, id: TechniqueId) -> Option<&Technique> {
        let at = self
            .techniques
            .binary_search_by_key(&id, |technique| technique.id)
            .ok()?;
        self.techniques.get(at)
    }

    /// Whether techniques are sorted and unique, as [`Catalog::get`] and the index need them.
    pub fn is_sorted(&self) -> bool {
        self.techniques.is_sorted_by(|a, b| a.id < b.id)
    }

    /// The identifiers alone, for telling what has become of one.
    pub fn vocabulary(&self) -> Vocabulary {
        Vocabulary {
            active: self.techniques.iter().map(|t| t.id).collect(),
            moved: self.moved.clone(),
            deprecated: self.deprecated.clone(),
        }
    }

    /// The name a technique is shown under: `Command and Scripting Interpreter: PowerShell`.
    pub fn full_name(&self, technique: &Technique) -> String {
        match self.get(technique.id.parent()) {
            Some(parent) if technique.id.is_subtechnique() => {
                format!("{}: {}", parent.name, technique.name)
            }
            _ => technique.name.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_parse_strictly() {
        let check =
            |text: &str, ok: bool| assert_eq!(text.parse::<TechniqueId>().is_ok(), ok, "{text}");
        for text in ["T1059", "T1059.001", "t1003.999"] {
            check(text, true);
        }
        for text in [
            "",
            "T",
            "1059",
            "T105",
            "T10590",
            "T1059.",
            "T1059.1",
            "T1059.000",
            "T1059.0011",
            "T+105",
            "TA0002",
            "T１０５９",
        ] {
            check(text, false);
        }
    }

    #[test]
    fn a_page_for_every_identifier() {
        let url = |text: &str| text.parse::<TechniqueId>().unwrap().url();
        assert_eq!(url("T1059"), "https://attack.mitre.org/techniques/T1059/");
        assert_eq!(
            url("T1059.001"),
            "https://attack.mitre.org/techniques/T1059/001/"
        );
    }
}
