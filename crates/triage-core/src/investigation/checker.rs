//! What a reading of a query collects: faults of form, names used and defined, literal values.

use std::collections::HashSet;

use super::known::{KnownTerms, plain_name};
use super::token::{self, Kind, Token};
use super::{MAX_PROBLEMS, ProblemKind, QueryLanguage, QueryProblem, literal, schema, words};

/// The most different values of one query that are looked up in the alert.
const MAX_LITERALS: usize = 100;

/// What was wrong, before the place is counted in characters.
struct Found {
    kind: ProblemKind,
    at: usize,
    what: String,
    advice: String,
}

/// A literal value and the field it is compared with for equality, if any.
struct Literal {
    field: Option<String>,
    value: String,
    at: usize,
}

/// Reads a query by the grammar of its language.
pub(super) struct Checker {
    pub language: QueryLanguage,
    found: Vec<Found>,
    /// Plain names that the query itself makes.
    defined: HashSet<String>,
    fields: Vec<(String, usize)>,
    literals: Vec<Literal>,
    /// Whether fields come from somewhere that cannot be looked into: lookups, unpacked bags.
    pub open: bool,
}

impl Checker {
    /// Reads a query and remembers everything that has to be judged.
    pub fn read(language: QueryLanguage, text: &str) -> Self {
        let mut checker = Self {
            language,
            found: Vec::new(),
            defined: HashSet::new(),
            fields: Vec::new(),
            literals: Vec::new(),
            open: false,
        };
        if language == QueryLanguage::Sigma {
            checker.sigma(text);
            return checker;
        }
        match token::tokens(text, language) {
            Err(fault) => checker.syntax(fault.at, fault.what, fault.advice),
            Ok(tokens) if tokens.is_empty() => {
                checker.syntax(0, "the query is empty", "write one or leave it out");
            }
            Ok(tokens) => match language {
                QueryLanguage::Spl => checker.spl(&tokens),
                QueryLanguage::Kql => checker.kql(&tokens),
                QueryLanguage::Esql | QueryLanguage::Sigma => checker.esql(&tokens),
            },
        }
        checker
    }

    /// Notes a fault of form at a byte of the text.
    pub fn syntax(&mut self, at: usize, what: impl Into<String>, advice: impl Into<String>) {
        self.problem(ProblemKind::Syntax, at, what.into(), advice.into());
    }

    /// Notes something that changes state or sends data.
    pub fn forbid(&mut self, at: usize, word: &str) {
        self.problem(
            ProblemKind::Unsafe,
            at,
            format!("`{word}` changes state, sends data or runs something else"),
            "remove it from an investigation query".into(),
        );
    }

    pub fn problem(&mut self, kind: ProblemKind, at: usize, what: String, advice: String) {
        if self.found.len() < MAX_PROBLEMS {
            self.found.push(Found {
                kind,
                at,
                what,
                advice,
            });
        }
    }

    /// Notes a command that the language does not have.
    pub fn unknown_command(&mut self, token: &Token<'_>) {
        let advice = match words::twin(self.language, &token.text.to_lowercase()) {
            Some(twin) => format!("write `{twin}`"),
            None => "use a command of this language".into(),
        };
        let what = format!(
            "`{}` is no command of {}",
            shown(&token.text),
            self.language.name()
        );
        self.syntax(token.at, what, advice);
    }

    /// Says that the query makes this name itself.
    pub fn define(&mut self, name: &str) {
        self.defined.insert(plain_name(name));
    }

    /// Says that the query reads this field, unless the name stands for several.
    pub fn field(&mut self, name: &str, at: usize) {
        let is_number = name.starts_with(|c: char| c.is_ascii_digit());
        if !name.is_empty() && !is_number && !name.contains(['*', '$', '<', '(', '`']) {
            self.fields.push((name.to_owned(), at));
        }
    }

    /// Says that the query holds this value, compared for equality with `field` if that is given.
    pub fn literal(&mut self, field: Option<&str>, value: &str, at: usize) {
        self.literals.push(Literal {
            field: field.map(str::to_owned),
            value: value.to_owned(),
            at,
        });
    }

    /// The problems, after names and values were looked up.
    pub fn judge(mut self, text: &str, known: &KnownTerms) -> Vec<QueryProblem> {
        self.judge_fields(known);
        self.judge_literals(known);
        self.found.sort_by_key(|found| found.at);
        let mut counted = 0;
        let mut characters = 1;
        let problems = self.found.into_iter().map(|found| {
            let between = text.get(counted..found.at).unwrap_or_default();
            characters += between.chars().count();
            counted = counted.max(found.at);
            QueryProblem {
                kind: found.kind,
                at: characters,
                message: format!("{} at character {characters}; {}", found.what, found.advice),
            }
        });
        problems.collect()
    }

    fn judge_fields(&mut self, known: &KnownTerms) {
        if self.open {
            return;
        }
        let mut seen = HashSet::new();
        for (name, at) in std::mem::take(&mut self.fields) {
            let plain = plain_name(&name);
            if !seen.insert(plain.clone()) || self.is_made_here(&name, &plain) {
                continue;
            }
            if known.has_field(&name) || schema::has_field(self.language, &name) {
                continue;
            }
            let what = format!(
                "field `{}` occurs neither in the alert nor in {}",
                shown(&name),
                schema::name(self.language)
            );
            let advice = "use a field that exists".into();
            self.problem(ProblemKind::Field, at, what, advice);
        }
    }

    /// Whether the query makes the name, or the object it is a member of.
    fn is_made_here(&self, name: &str, plain: &str) -> bool {
        let root = name.split(['.', '{']).next().unwrap_or(name);
        let last = name.rsplit('.').next().unwrap_or(name);
        // A join appends a digit to the second column of a name.
        let joined = plain.trim_end_matches(|c: char| c.is_ascii_digit());
        self.defined.contains(plain)
            || self.defined.contains(joined)
            || self.defined.contains(&plain_name(root))
            || (self.language == QueryLanguage::Spl && self.defined.contains(&plain_name(last)))
    }

    fn judge_literals(&mut self, known: &KnownTerms) {
        let mut seen = HashSet::new();
        for Literal { field, value, at } in std::mem::take(&mut self.literals) {
            if let Some(values) = field
                .as_deref()
                .and_then(|field| schema::closed_values(self.language, field))
                && !value.contains(['*', '?'])
                && !words::holds(values, &value)
            {
                let what = format!(
                    "`{}` is no value of `{}`",
                    shown(&value),
                    field.unwrap_or_default()
                );
                let advice = format!("use one of {values}");
                self.problem(ProblemKind::Value, at, what, advice);
                continue;
            }
            if !literal::names_something(field.as_deref(), &value) || !seen.insert(value.clone()) {
                continue;
            }
            if seen.len() > MAX_LITERALS {
                let what = format!("more than {MAX_LITERALS} values are named");
                let advice = "compare the rest with the alert yourself".into();
                self.problem(ProblemKind::Value, at, what, advice);
                return;
            }
            if !known.has_value(&value) {
                let what = format!("value `{}` does not occur in the alert", shown(&value));
                let advice = "use a value of the alert".into();
                self.problem(ProblemKind::Value, at, what, advice);
            }
        }
    }

    /// Remembers the values of tokens whose grammar is not checked.
    pub fn literals_of(&mut self, tokens: &[Token<'_>]) {
        for token in tokens.iter().filter(|token| token.kind == Kind::Text) {
            self.literal(None, &token.text, token.at);
        }
    }
}

/// A name or value as a message shows it: short and on one line.
pub(super) fn shown(text: &str) -> String {
    let short: String = text
        .chars()
        .take(60)
        .map(|c| if c.is_control() { ' ' } else { c })
        .collect();
    if text.chars().nth(60).is_some() {
        format!("{short}…")
    } else {
        short
    }
}
