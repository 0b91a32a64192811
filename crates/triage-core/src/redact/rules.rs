//! An organisation's own rules: patterns that get a pseudonym, and values that need none.

use regex::{Regex, RegexBuilder};
use serde::{Deserialize, Serialize};

/// The most own patterns.
pub const MAX_OWN_PATTERNS: usize = 100;
/// The most characters of one own pattern.
pub const MAX_PATTERN_CHARS: usize = 200;
/// The most allowed values.
pub const MAX_ALLOWED: usize = 1_000;
/// The most bytes that one compiled pattern may take.
const MAX_COMPILED_BYTES: usize = 1 << 20;

/// What an organisation adds to redaction.
///
/// ```
/// use triage_core::redact::Rules;
/// let rules: Rules = serde_json::from_str(
///     r#"{"own": [{"label": "CASE", "pattern": "INC\\d{6}", "kind": "regex"}], "allow": ["*.example.com"]}"#,
/// ).unwrap();
/// assert!(rules.check().is_ok());
/// assert!(rules.allows("WWW.example.com") && !rules.allows("www.example.org"));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct Rules {
    /// Patterns whose matches become `LABEL-n`, at most 100.
    pub own: Vec<OwnPattern>,
    /// Values that stay as they are, at most 1,000. Case is ignored; a `*` at the start or at the
    /// end stands for anything but `@`, slashes and spaces. Secrets are masked all the same.
    pub allow: Vec<String>,
}

/// A pattern of the organisation, such as its ticket numbers or the name of a project.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OwnPattern {
    /// What its matches are called: `CASE` for `CASE-1`. A capital letter, then up to 15 capital
    /// letters and digits.
    pub label: String,
    /// What it matches, at most 200 characters.
    pub pattern: String,
    /// How the pattern is read; as a literal text unless said otherwise.
    #[serde(default)]
    pub kind: PatternKind,
}

/// How an own pattern is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PatternKind {
    /// The text itself, ignoring case.
    #[default]
    Literal,
    /// A regular expression of the `regex` crate, ignoring case: a name in another case is the same
    /// name.
    Regex,
}

/// What is wrong with [`Rules`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum RulesError {
    /// More than 100 own patterns.
    #[error("there are {0} own patterns; give at most {MAX_OWN_PATTERNS}")]
    TooManyPatterns(usize),
    /// A label of another form.
    #[error(
        "{0:?} cannot be a label; give a capital letter, then up to 15 capital letters and digits, such as CASE"
    )]
    Label(String),
    /// A label that stands for something else already.
    #[error("the label {0} is used for masked secrets; choose another")]
    TakenLabel(String),
    /// A pattern of more than 200 characters.
    #[error("the pattern of {label} has {chars} characters; give at most {MAX_PATTERN_CHARS}")]
    LongPattern {
        /// Its label.
        label: String,
        /// How many characters it has.
        chars: usize,
    },
    /// A regular expression that does not parse.
    #[error("the pattern of {0} is not a regular expression; correct it, or give it as a literal")]
    NotARegex(String),
    /// A regular expression that would take too much memory.
    #[error("the pattern of {0} is too large once compiled; use fewer repetitions")]
    LargePattern(String),
    /// A pattern that matches where nothing stands.
    #[error("the pattern of {0} matches the empty text; make it match at least one character")]
    MatchesNothing(String),
    /// More than 1,000 allowed values.
    #[error("there are {0} allowed values; give at most {MAX_ALLOWED}")]
    TooManyAllowed(usize),
    /// An allowed value without anything in it.
    #[error("allowed value {0} is blank; remove it")]
    BlankAllowed(usize),
    /// An allowed value that would switch redaction off.
    #[error("allowed value {0} allows everything; give more than a star")]
    AllowsEverything(usize),
}

impl Rules {
    /// Whether every rule can be followed.
    ///
    /// # Errors
    ///
    /// [`RulesError`] for the first rule that cannot.
    pub fn check(&self) -> Result<(), RulesError> {
        if self.own.len() > MAX_OWN_PATTERNS {
            return Err(RulesError::TooManyPatterns(self.own.len()));
        }
        for own in &self.own {
            own.compile()?;
        }
        if self.allow.len() > MAX_ALLOWED {
            return Err(RulesError::TooManyAllowed(self.allow.len()));
        }
        for (place, value) in self.allow.iter().enumerate() {
            if value.trim().is_empty() {
                return Err(RulesError::BlankAllowed(place + 1));
            }
            if value.trim().trim_matches('*').is_empty() {
                return Err(RulesError::AllowsEverything(place + 1));
            }
        }
        Ok(())
    }

    /// Whether a whole value may stay as it is.
    pub fn allows(&self, value: &str) -> bool {
        if self.allow.is_empty() {
            return false;
        }
        let value = value.to_lowercase();
        self.allow.iter().any(|allowed| {
            let allowed = allowed.trim().to_lowercase();
            let core = allowed.trim_matches('*');
            let rest = match (allowed.starts_with('*'), allowed.ends_with('*')) {
                _ if core.is_empty() => None,
                (true, true) => value.contains(core).then_some(value.as_str()),
                (true, false) => value.strip_suffix(core),
                (false, true) => value.strip_prefix(core),
                (false, false) => (value == core).then_some(""),
            };
            // A star reaches over labels of a name, not from a host into a mail address or path.
            rest.is_some_and(|rest| !rest.contains(['@', '\\', '/', ' ']))
        })
    }
}

impl OwnPattern {
    /// The pattern, ready to be searched for.
    pub(super) fn compile(&self) -> Result<Regex, RulesError> {
        let label = || self.label.clone();
        let is_label = self.label.len() <= 16
            && self.label.starts_with(|c: char| c.is_ascii_uppercase())
            && self
                .label
                .bytes()
                .all(|b| b.is_ascii_uppercase() || b.is_ascii_digit());
        if !is_label {
            return Err(RulesError::Label(label()));
        }
        if self.label == "SECRET" {
            return Err(RulesError::TakenLabel(label()));
        }
        let chars = self.pattern.chars().count();
        if chars > MAX_PATTERN_CHARS {
            return Err(RulesError::LongPattern {
                label: label(),
                chars,
            });
        }
        let pattern = match self.kind {
            PatternKind::Literal => regex::escape(self.pattern.trim()),
            PatternKind::Regex => self.pattern.clone(),
        };
        let compiled = RegexBuilder::new(&pattern)
            .case_insensitive(true)
            .size_limit(MAX_COMPILED_BYTES)
            .build()
            .map_err(|error| match error {
                regex::Error::CompiledTooBig(_) => RulesError::LargePattern(label()),
                _ => RulesError::NotARegex(label()),
            })?;
        if compiled.is_match("") {
            return Err(RulesError::MatchesNothing(label()));
        }
        Ok(compiled)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn own(label: &str, pattern: &str, kind: PatternKind) -> Rules {
        Rules {
            own: vec![OwnPattern {
                label: label.into(),
                pattern: pattern.into(),
                kind,
            }],
            allow: vec![],
        }
    }

    fn check(rules: &Rules, expected: &str) {
        let message = rules.check().map_err(|error| error.to_string());
        assert_eq!(message.err().unwrap_or_default(), expected);
    }

    #[test]
    fn each_fault_is_named() {
        use PatternKind::{Literal, Regex};
        check(&Rules::default(), "");
        check(&own("CASE", r"INC\d+", Regex), "");
        check(
            &own("case", "x", Literal),
            "\"case\" cannot be a label; give a capital letter, then up to 15 capital letters and digits, such as CASE",
        );
        check(
            &own("SECRET", "x", Literal),
            "the label SECRET is used for masked secrets; choose another",
        );
        check(
            &own("A", &"x".repeat(201), Literal),
            "the pattern of A has 201 characters; give at most 200",
        );
        check(
            &own("A", "(", Regex),
            "the pattern of A is not a regular expression; correct it, or give it as a literal",
        );
        check(&own("A", "(", Literal), "");
        check(
            &own("A", r"(\w{500}){500}", Regex),
            "the pattern of A is too large once compiled; use fewer repetitions",
        );
        for (pattern, kind) in [("x*", Regex), ("", Literal), (" ", Literal)] {
            check(
                &own("A", pattern, kind),
                "the pattern of A matches the empty text; make it match at least one character",
            );
        }
        let mut many = own("A", "x", Literal);
        many.own = vec![many.own[0].clone(); 101];
        check(&many, "there are 101 own patterns; give at most 100");
        let allow = |values: Vec<&str>| Rules {
            own: vec![],
            allow: values.into_iter().map(str::to_owned).collect(),
        };
        check(
            &allow(vec!["a", " "]),
            "allowed value 2 is blank; remove it",
        );
        check(
            &allow(vec!["*"]),
            "allowed value 1 allows everything; give more than a star",
        );
        check(
            &allow(vec!["a"; 1001]),
            "there are 1001 allowed values; give at most 1000",
        );
    }

    #[test]
    fn allowed_values_are_whole() {
        let rules = Rules {
            own: vec![],
            allow: vec!["Scanner01".into(), "10.1.*".into(), "*.example.com".into()],
        };
        for value in ["scanner01", "10.1.2.3", "a.b.EXAMPLE.com"] {
            assert!(rules.allows(value), "{value}");
        }
        for value in [
            "scanner012",
            "10.10.2.3",
            "example.com",
            "bob@x.example.com",
            "",
        ] {
            assert!(!rules.allows(value), "{value}");
        }
    }

    #[test]
    fn unknown_members_are_refused() {
        assert!(serde_json::from_str::<Rules>("{}").is_ok());
        assert!(serde_json::from_str::<Rules>(r#"{"deny": []}"#).is_err());
    }
}
