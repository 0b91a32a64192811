//! The tabular operators of KQL and their arguments.

use super::super::checker::{Checker, shown};
use super::super::expression::Assignment;
use super::super::token::{Kind, Token, find, inside, split};
use super::super::words::{KQL_FUNCTIONS, KQL_OPENING, KQL_OPERATORS, KQL_UNSAFE, holds};

impl Checker {
    /// Checks one step of a pipeline.
    pub(super) fn kql_operator(&mut self, stage: &[Token<'_>]) {
        let Some((operator, arguments)) = stage.split_first() else {
            return;
        };
        let name = operator.text.to_ascii_lowercase();
        if operator.kind != Kind::Word || !holds(KQL_OPERATORS, &name) {
            self.unknown_command(operator);
            return;
        }
        let alone = matches!(
            name.as_str(),
            "count" | "getschema" | "consume" | "serialize" | "fork" | "as" | "render"
        );
        if arguments.is_empty() && !alone {
            let what = format!("nothing follows the operator `{name}`");
            self.syntax(operator.at, what, "complete or remove it");
            return;
        }
        let at = operator.at;
        match name.as_str() {
            "where" | "filter" | "take" | "limit" | "sample" => {
                self.expression(arguments, at, Assignment::Refused, None);
            }
            "extend" | "project" | "print" | "distinct" | "project-rename" => {
                self.expressions(arguments, at, Assignment::Allowed);
            }
            "project-away" | "project-keep" | "project-reorder" => self.kql_names(arguments),
            "summarize" => self.kql_summarize(at, arguments),
            "sort" | "order" => self.kql_by(at, arguments, true),
            "top" => self.kql_by(at, arguments, false),
            "join" | "lookup" => self.kql_join(operator, arguments),
            "union" => self.kql_union(arguments),
            "mv-expand" | "mvexpand" | "mv-apply" => self.kql_expand(at, arguments),
            "parse" | "parse-where" => self.kql_parse(at, arguments),
            "evaluate" => self.kql_evaluate(at, arguments),
            "invoke" => self.kql_table(arguments),
            "make-series" | "parse-kv" | "range" | "scan" | "top-nested" | "partition" | "as"
            | "reduce" | "top-hitters" | "sample-distinct" | "macro-expand" => {
                self.kql_makers(arguments);
            }
            _ => self.kql_inner(arguments),
        }
    }

    /// Checks the pipelines and keeps the values in arguments of no checked form.
    fn kql_inner(&mut self, tokens: &[Token<'_>]) {
        self.literals_of(tokens);
        let mut place = 0;
        while let Some(token) = tokens.get(place) {
            let content = inside(tokens, place);
            if find(content, |token| token.kind == Kind::Pipe).is_some() {
                self.kql_nested(content);
            }
            place += 1 + token.close;
        }
    }

    /// Operators whose arguments hold new names.
    fn kql_makers(&mut self, arguments: &[Token<'_>]) {
        for token in arguments.iter().filter(|token| token.kind == Kind::Word) {
            self.define(&token.text);
        }
        self.kql_inner(arguments);
    }

    /// Names, some with wildcards, and directions.
    fn kql_names(&mut self, arguments: &[Token<'_>]) {
        for (at, part) in split(arguments, |token| token.kind == Kind::Comma) {
            match part {
                [] => self.syntax(at, "a name is missing", "write one or remove the comma"),
                [name] if name.kind == Kind::Word => self.field(&name.text, name.at),
                _ => {}
            }
        }
    }

    /// Options such as `kind=inner` at the beginning; returns what follows them.
    fn kql_options<'t, 'a>(&mut self, tokens: &'t [Token<'a>]) -> &'t [Token<'a>] {
        let mut rest = tokens;
        while let [name, equals, value, after @ ..] = rest {
            let is_option = name.kind == Kind::Word
                && equals.is(Kind::Operator, "=")
                && (name.text.starts_with("hint.")
                    || holds(
                        "kind isfuzzy withsource with_source bagexpansion with_itemindex flags",
                        &name.text,
                    ));
            if !is_option {
                break;
            }
            if name.text.starts_with("with") {
                self.define(&value.text);
            }
            rest = after;
        }
        rest
    }

    fn kql_summarize(&mut self, at: usize, arguments: &[Token<'_>]) {
        let arguments = self.kql_options(arguments);
        let by = find(arguments, |token| token.is_word("by")).unwrap_or(arguments.len());
        let (aggregations, groups) = arguments.split_at(by);
        if !aggregations.is_empty() {
            self.expressions(aggregations, at, Assignment::Allowed);
        }
        match groups {
            [] => {}
            [by] => self.syntax(by.at, "nothing follows `by`", "name columns or remove it"),
            [_, groups @ ..] => self.expressions(groups, at, Assignment::Allowed),
        }
    }

    /// `sort by a asc, b` and `top 10 by a`.
    fn kql_by(&mut self, at: usize, arguments: &[Token<'_>], directly: bool) {
        let by = find(arguments, |token| token.is_word("by"));
        let Some(by) = by.filter(|by| {
            !directly
                || *by == 0
                || self
                    .kql_options(arguments)
                    .first()
                    .is_some_and(|t| t.is_word("by"))
        }) else {
            let what = "`by` is missing";
            self.syntax(at, what, "write `by` and the columns");
            return;
        };
        let (_, keys) = arguments.split_at(by);
        let keys = keys.get(1..).unwrap_or_default();
        if keys.is_empty() {
            self.syntax(at, "nothing follows `by`", "name the columns");
            return;
        }
        for (at, part) in split(keys, |token| token.kind == Kind::Comma) {
            let end = part
                .iter()
                .rposition(|token| !holds("asc desc nulls first last", &token.text))
                .map_or(0, |last| last + 1);
            let (key, _) = part.split_at(end);
            self.expression(key, at, Assignment::Refused, None);
        }
    }

    fn kql_join(&mut self, operator: &Token<'_>, arguments: &[Token<'_>]) {
        let rest = self.kql_options(arguments);
        let on = find(rest, |token| token.is_word("on") || token.is_word("where"));
        let (table, condition) = rest.split_at(on.unwrap_or(rest.len()));
        if table.is_empty() {
            let what = format!("`{}` joins nothing", operator.text);
            self.syntax(operator.at, what, "write a table or a pipeline in brackets");
            return;
        }
        self.kql_table(table);
        match condition {
            [] => {
                let what = format!("`{}` has no `on`", operator.text);
                self.syntax(
                    operator.at,
                    what,
                    "write `on` and the columns that must agree",
                );
            }
            [on] => self.syntax(on.at, "nothing follows `on`", "name the columns"),
            [_, keys @ ..] => {
                for (at, part) in split(keys, |token| token.kind == Kind::Comma) {
                    let sides: Vec<Token<'_>> = part.iter().map(without_side).collect();
                    self.expression(&sides, at, Assignment::Refused, None);
                }
            }
        }
    }

    fn kql_union(&mut self, arguments: &[Token<'_>]) {
        let tables = self.kql_options(arguments);
        for (at, table) in split(tables, |token| token.kind == Kind::Comma) {
            if table.is_empty() {
                self.syntax(at, "a table is missing", "write one or remove the comma");
            } else if !table.iter().any(|token| token.text.ends_with('*')) {
                self.kql_table(table);
            }
        }
    }

    /// `mv-expand a, b = c to typeof(string)` and `mv-apply a on (steps)`.
    fn kql_expand(&mut self, at: usize, arguments: &[Token<'_>]) {
        let arguments = self.kql_options(arguments);
        let on = find(arguments, |token| token.is_word("on")).unwrap_or(arguments.len());
        let (items, steps) = arguments.split_at(on);
        for (at, item) in split(items, |token| token.kind == Kind::Comma) {
            let end = find(item, |token| token.is_word("to") || token.is_word("limit"));
            let (item, _) = item.split_at(end.unwrap_or(item.len()));
            self.expression(item, at, Assignment::Allowed, None);
        }
        match steps {
            [] => {}
            [_, open, ..] if open.is(Kind::Open, "(") => self.kql_nested(inside(steps, 1)),
            _ => self.syntax(at, "nothing follows `on`", "write steps in brackets"),
        }
    }

    /// `parse a with * "text" b:long "text" c`.
    fn kql_parse(&mut self, at: usize, arguments: &[Token<'_>]) {
        let arguments = self.kql_options(arguments);
        let Some(with) = find(arguments, |token| token.is_word("with")) else {
            self.syntax(
                at,
                "`parse` has no `with`",
                "write `parse column with \"text\" name`",
            );
            return;
        };
        let (column, pattern) = arguments.split_at(with);
        self.expression(column, at, Assignment::Refused, None);
        for token in pattern.iter().filter(|token| token.kind == Kind::Word) {
            self.define(&token.text);
        }
    }

    fn kql_evaluate(&mut self, at: usize, arguments: &[Token<'_>]) {
        let arguments = self.kql_options(arguments);
        let Some(plugin) = arguments.first() else {
            self.syntax(
                at,
                "nothing follows the operator `evaluate`",
                "name a plugin",
            );
            return;
        };
        if holds(KQL_UNSAFE, &plugin.text) {
            self.forbid(plugin.at, &plugin.text);
        } else if !holds(KQL_FUNCTIONS, &plugin.text) {
            let what = format!("`{}` is no plugin of KQL", shown(&plugin.text));
            self.syntax(plugin.at, what, "use a plugin that exists");
        }
        self.open |= holds(KQL_OPENING, &plugin.text);
        // Plugins take names, texts and lists of their own form.
        self.literals_of(arguments);
    }
}

/// `$left.name` as `name`.
fn without_side<'a>(token: &Token<'a>) -> Token<'a> {
    let name = token
        .text
        .strip_prefix("$left.")
        .or_else(|| token.text.strip_prefix("$right."));
    match name {
        Some(name) => Token {
            text: name.to_owned().into(),
            ..token.clone()
        },
        None => token.clone(),
    }
}
