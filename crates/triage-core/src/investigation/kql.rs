//! The grammar of KQL: statements, sources of rows, and pipelines of operators.

mod operators;

use super::checker::{Checker, shown};
use super::expression::Assignment;
use super::token::{Kind, Token, find, inside, split};
use super::words::{KQL_FUNCTIONS, KQL_OPERATORS, KQL_SOURCES, KQL_UNSAFE, holds};

impl Checker {
    /// Checks a whole KQL query: statements parted by semicolons.
    pub fn kql(&mut self, tokens: &[Token<'_>]) {
        if let Some(first) = tokens.first()
            && first.text.starts_with('.')
        {
            self.forbid(first.at, "management command");
            return;
        }
        let statements = split(tokens, |token| token.kind == Kind::Semicolon);
        let last = statements
            .iter()
            .rposition(|(_, tokens)| !tokens.is_empty());
        for (number, (at, statement)) in statements.into_iter().enumerate() {
            match statement.first() {
                None => {}
                Some(first) if first.is_word("let") => {
                    self.kql_let(statement);
                    if Some(number) == last {
                        let what = "the query ends with `let` and asks for no rows";
                        self.syntax(at, what, "add a table and its steps behind `;`");
                    }
                }
                Some(first)
                    if ["set", "declare", "alias", "pattern", "restrict"]
                        .iter()
                        .any(|word| first.is_word(word)) =>
                {
                    for token in statement.iter().filter(|token| token.kind == Kind::Word) {
                        self.define(&token.text);
                    }
                }
                Some(_) => self.kql_pipeline(statement, false),
            }
        }
    }

    /// Checks what stands in brackets: a pipeline, which may go on from the rows outside.
    pub fn kql_nested(&mut self, tokens: &[Token<'_>]) {
        if find(tokens, |token| token.kind == Kind::Semicolon).is_some() {
            self.kql_body(tokens);
        } else {
            self.kql_pipeline(tokens, true);
        }
    }

    /// The body of a function in braces: `let` statements and a pipeline.
    fn kql_body(&mut self, tokens: &[Token<'_>]) {
        for (_, statement) in split(tokens, |token| token.kind == Kind::Semicolon) {
            match statement.first() {
                None => {}
                Some(first) if first.is_word("let") => self.kql_let(statement),
                Some(_) => self.kql_value(statement),
            }
        }
    }

    /// `let name = value`, where the value is a scalar, rows or a function.
    fn kql_let(&mut self, statement: &[Token<'_>]) {
        let at = statement.first().map_or(0, |token| token.at);
        let (Some(name), Some(equals)) = (statement.get(1), statement.get(2)) else {
            self.syntax(at, "`let` is not complete", "write `let name = value;`");
            return;
        };
        // Names that need quotes stand in brackets.
        let after = 2 + name.close;
        let assigns = equals.is(Kind::Operator, "=")
            || statement
                .get(after)
                .is_some_and(|token| token.is(Kind::Operator, "="));
        let value = statement.get(after + 1..).unwrap_or_default();
        if !assigns || value.is_empty() {
            self.syntax(at, "`let` is not complete", "write `let name = value;`");
            return;
        }
        let quoted = inside(statement, 1).first().unwrap_or(name);
        self.define(&quoted.text);
        self.kql_value(value);
    }

    fn kql_value(&mut self, value: &[Token<'_>]) {
        let value = match value.split_first() {
            Some((view, rest)) if view.is_word("view") => rest,
            _ => value,
        };
        let Some(first) = value.first() else { return };
        let body = 1 + first.close;
        let is_function = first.is(Kind::Open, "(")
            && value
                .get(body)
                .is_some_and(|token| token.is(Kind::Open, "{"));
        if is_function {
            for pair in inside(value, 0).windows(2) {
                if let [name, colon] = pair
                    && colon.is(Kind::Operator, ":")
                {
                    self.define(&name.text);
                }
            }
            self.kql_body(inside(value, body));
        } else if first.is(Kind::Open, "{") {
            self.kql_body(inside(value, 0));
        } else if find(value, |token| token.kind == Kind::Pipe).is_some()
            || holds(KQL_SOURCES, &first.text)
        {
            self.kql_pipeline(value, true);
        } else {
            self.expression(value, first.at, Assignment::Refused, None);
        }
    }

    /// Checks a source and its steps. Inside brackets the source may be the rows outside.
    fn kql_pipeline(&mut self, tokens: &[Token<'_>], nested: bool) {
        for (number, (at, stage)) in split(tokens, |token| token.kind == Kind::Pipe)
            .into_iter()
            .enumerate()
        {
            let Some(first) = stage.first() else {
                let what = "a step is empty";
                self.syntax(at, what, "write an operator or remove the pipe");
                continue;
            };
            let is_operator = first.kind == Kind::Word && holds(KQL_OPERATORS, &first.text);
            if number > 0 {
                self.kql_operator(stage);
            } else if holds(KQL_SOURCES, &first.text) {
                self.kql_source(stage);
            } else if is_operator && !is_called(stage) {
                if !nested {
                    let what = format!("the query names no table before `{}`", first.text);
                    self.syntax(first.at, what, "begin with a table and a pipe");
                }
                self.kql_operator(stage);
            } else {
                self.kql_source(stage);
            }
        }
    }

    /// Checks where the rows come from.
    fn kql_source(&mut self, stage: &[Token<'_>]) {
        let Some(first) = stage.first() else { return };
        let name = first.text.to_ascii_lowercase();
        match name.as_str() {
            "datatable" | "externaldata" => {
                if holds(KQL_UNSAFE, &name) {
                    self.forbid(first.at, &name);
                }
                for pair in inside(stage, 1).windows(2) {
                    if let [name, colon] = pair
                        && colon.is(Kind::Operator, ":")
                    {
                        self.define(&name.text);
                    }
                }
                let rows = stage.get(2..).unwrap_or_default();
                self.literals_of(rows);
            }
            "union" | "search" | "find" | "range" | "print" | "evaluate" | "macro-expand" => {
                self.kql_operator(stage);
            }
            _ => self.kql_table(stage),
        }
    }

    /// Checks one table, function or bracket that gives rows.
    pub(super) fn kql_table(&mut self, tokens: &[Token<'_>]) {
        let Some(first) = tokens.first() else { return };
        let mut end = 1 + first.close;
        match first.kind {
            Kind::Open => self.kql_nested(inside(tokens, 0)),
            Kind::Word if is_called(tokens) => {
                let last = first.text.rsplit('.').next().unwrap_or(&first.text);
                if holds(KQL_UNSAFE, last) {
                    self.forbid(first.at, last);
                }
                // A workspace's function gives columns that only the workspace knows.
                self.open |= !holds(KQL_FUNCTIONS, last);
                let arguments = inside(tokens, 1);
                if find(arguments, |token| token.kind == Kind::Pipe).is_some() {
                    self.kql_nested(arguments);
                } else {
                    self.literals_of(arguments);
                }
                end = 2 + tokens.get(1).map_or(0, |open| open.close);
            }
            Kind::Word => {
                self.open |= first.text.ends_with("_CL") || first.is_word("AzureDiagnostics");
                self.field(&first.text, first.at);
            }
            _ => {
                let what = format!("`{}` is no table", shown(&first.text));
                self.syntax(first.at, what, "begin with a table");
                return;
            }
        }
        // Behind `workspace("x")` the table follows as a member; wildcards end a name in `union`.
        let next = tokens
            .get(end..)
            .unwrap_or_default()
            .iter()
            .find(|token| !token.text.starts_with(['.', '*']));
        if let Some(next) = next
            && !matches!(next.kind, Kind::Open | Kind::Close)
        {
            let what = format!("no pipe stands before `{}`", shown(&next.text));
            self.syntax(next.at, what, "write `|` before each step");
        }
    }
}

/// Whether a bracket follows the first word.
fn is_called(tokens: &[Token<'_>]) -> bool {
    tokens.get(1).is_some_and(|token| token.is(Kind::Open, "("))
}
