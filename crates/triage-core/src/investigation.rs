//! Investigation queries: checked before they are shown, and composed from what an alert holds.
//!
//! A query that a model wrote may not parse, or may name fields and values that do not exist.
//! [`check_query`] reads it with a small grammar of its language and says what is wrong.
//! [`pivots`] needs no model: its queries hold the alert's own values, quoted so that no value
//! can leave its literal.

mod checker;
mod esql;
mod expression;
mod form;
mod known;
mod kql;
mod literal;
mod pivot;
mod schema;
mod sigma;
mod spl;
mod token;
mod words;

use serde::{Deserialize, Serialize};

pub use known::KnownTerms;
pub use pivot::{MAX_PIVOTS, Pivot, pivots};

/// The most bytes of one query that are checked; a longer one has that as its only problem.
pub const MAX_QUERY_BYTES: usize = 8 * 1024;

/// The most problems told of one query; whoever has twenty writes it anew.
pub const MAX_PROBLEMS: usize = 20;

/// A language that queries are checked in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QueryLanguage {
    /// Splunk's search processing language.
    Spl,
    /// The Kusto query language of Microsoft Sentinel and Defender.
    Kql,
    /// Elastic's piped query language.
    Esql,
    /// A detection block or single terms of a Sigma rule.
    Sigma,
}

impl QueryLanguage {
    /// Every language, in the order in which queries are shown.
    pub const ALL: [Self; 4] = [Self::Spl, Self::Kql, Self::Esql, Self::Sigma];

    /// The name for people: `Splunk SPL`, `KQL`, `ES|QL`, `Sigma`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Spl => "Splunk SPL",
            Self::Kql => "KQL",
            Self::Esql => "ES|QL",
            Self::Sigma => "Sigma",
        }
    }
}

/// What a problem is about; the gravest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ProblemKind {
    /// It changes state or sends data somewhere.
    Unsafe,
    /// It does not parse, or its language does not know a command, function or modifier.
    Syntax,
    /// It names a field or table that occurs neither in the alert nor in the language's schemas.
    Field,
    /// It names a value that does not occur in the alert.
    Value,
    /// It is longer than [`MAX_QUERY_BYTES`] and was not read.
    Length,
}

/// One thing wrong with a query.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QueryProblem {
    /// What it is about.
    pub kind: ProblemKind,
    /// Where in [`CheckedQuery::text`], in characters from one.
    pub at: usize,
    /// What, where and what to do, in one sentence without a full stop.
    pub message: String,
}

/// A query and what is wrong with it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CheckedQuery {
    /// Its language; absent where the text is advice in plain words, which has no problems.
    pub language: Option<QueryLanguage>,
    /// The query itself, without the label or code fence it came in.
    pub text: String,
    /// What is wrong, in the order of the text, at most [`MAX_PROBLEMS`]. A query without problems
    /// parses, changes nothing and names only what is known.
    pub problems: Vec<QueryProblem>,
}

/// Finds a query's language and checks it. Linear in the text; never fails.
///
/// A label (`SPL:`, `KQL:`, `ES|QL:`, `Splunk:`) or a code fence says the language and is removed;
/// otherwise the form decides.
///
/// ```
/// use triage_core::alert::parse_alert;
/// use triage_core::investigation::{KnownTerms, QueryLanguage, check_query};
///
/// let alert = parse_alert("Odd logon. User: jsmith. Host: CORP-WS-042.");
/// let known = KnownTerms::new(&alert, &[]);
/// let query = check_query("SPL: index=* user=jsmith | stats count by host", &known);
/// assert_eq!(query.language, Some(QueryLanguage::Spl));
/// assert!(query.problems.is_empty());
///
/// let query = check_query("index=* user=mallory | stats count by", &known);
/// assert_eq!(query.problems.len(), 2);
/// ```
pub fn check_query(text: &str, known: &KnownTerms) -> CheckedQuery {
    let (language, text) = form::read(text);
    match language {
        Some(language) => check_as(language, text, known),
        None => CheckedQuery {
            language: None,
            text: text.to_owned(),
            problems: Vec::new(),
        },
    }
}

/// Checks a query whose language is known.
fn check_as(language: QueryLanguage, text: &str, known: &KnownTerms) -> CheckedQuery {
    let problems = if text.len() > MAX_QUERY_BYTES {
        vec![QueryProblem {
            kind: ProblemKind::Length,
            at: 1,
            message: format!(
                "the query has {} bytes at character 1; shorten it to {MAX_QUERY_BYTES}",
                text.len()
            ),
        }]
    } else {
        checker::Checker::read(language, text).judge(text, known)
    };
    CheckedQuery {
        language: Some(language),
        text: text.to_owned(),
        problems,
    }
}

#[cfg(test)]
mod tests;
