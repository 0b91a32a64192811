//! The grammar of ES|QL: a source and its commands.

use super::checker::{Checker, shown};
use super::expression::Assignment;
use super::token::{Kind, Token, find, inside, split};
use super::words::{ESQL_COMMANDS, holds};

impl Checker {
    /// Checks a whole ES|QL query.
    pub fn esql(&mut self, tokens: &[Token<'_>]) {
        // Settings come first: `SET name = value; FROM ...`.
        let statements = split(tokens, |token| token.kind == Kind::Semicolon);
        for (_, statement) in statements {
            match statement.first() {
                None => {}
                Some(first) if first.is_word("set") => {}
                Some(_) => self.esql_pipeline(statement, false),
            }
        }
    }

    /// Checks commands; inside brackets they go on from the rows outside.
    fn esql_pipeline(&mut self, tokens: &[Token<'_>], nested: bool) {
        for (number, (at, stage)) in split(tokens, |token| token.kind == Kind::Pipe)
            .into_iter()
            .enumerate()
        {
            let Some(first) = stage.first() else {
                self.syntax(at, "a step is empty", "write a command or remove the pipe");
                continue;
            };
            let begins = holds("from row show ts explain metrics", &first.text);
            if number == 0 && !begins && !nested {
                let what = format!("the query begins with `{}`", shown(&first.text));
                self.syntax(first.at, what, "begin with `FROM index`");
            } else if number > 0 && begins {
                let what = format!("`{}` stands behind a pipe", first.text);
                self.syntax(first.at, what, "begin with it, or use `LOOKUP JOIN`");
            }
            self.esql_command(stage);
        }
    }

    fn esql_command(&mut self, stage: &[Token<'_>]) {
        let Some((command, arguments)) = stage.split_first() else {
            return;
        };
        let name = command.text.to_ascii_lowercase();
        if command.kind != Kind::Word || !holds(ESQL_COMMANDS, &name) {
            self.unknown_command(command);
            return;
        }
        let at = command.at;
        if arguments.is_empty() && name != "fuse" {
            let what = format!("nothing follows the command `{}`", command.text);
            self.syntax(at, what, "complete or remove it");
            return;
        }
        match name.as_str() {
            "from" | "ts" | "metrics" => self.esql_source(arguments),
            "where" | "sample" => self.expression(arguments, at, Assignment::Refused, None),
            "eval" | "row" => self.expressions(arguments, at, Assignment::Allowed),
            "stats" | "inlinestats" => self.esql_stats(at, arguments),
            "inline" => self.esql_stats(at, arguments.get(1..).unwrap_or_default()),
            "keep" | "drop" | "mv_expand" => self.esql_names(arguments),
            "rename" => self.esql_rename(at, arguments),
            "sort" => self.esql_sort(arguments),
            "limit" => {
                if !matches!(arguments, [number] if number.kind == Kind::Number)
                    && !arguments.iter().any(|token| token.text == "?")
                {
                    self.syntax(at, "`LIMIT` takes one whole number", "write `LIMIT 100`");
                }
            }
            "dissect" | "grok" => self.esql_pattern(command, arguments),
            "enrich" | "lookup" => self.esql_other_index(command, arguments),
            "completion" | "rerank" => self.forbid(at, &name),
            "fork" => self.esql_fork(arguments),
            "change_point" | "uri_parts" | "registered_domain" | "user_agent" => self.open = true,
            _ => self.literals_of(arguments),
        }
    }

    /// `index, other-* METADATA _id`, or whole queries in brackets.
    fn esql_source(&mut self, arguments: &[Token<'_>]) {
        let metadata = find(arguments, |token| token.is_word("metadata"));
        let (sources, metadata) = arguments.split_at(metadata.unwrap_or(arguments.len()));
        for (at, source) in split(sources, |token| token.kind == Kind::Comma) {
            match source {
                [open, ..] if open.is(Kind::Open, "(") => {
                    self.esql_pipeline(inside(source, 0), false);
                }
                [name] if matches!(name.kind, Kind::Word | Kind::Text) => {}
                [_, second, ..] => {
                    let what = format!("no pipe stands before `{}`", shown(&second.text));
                    self.syntax(second.at, what, "write `|` before each command");
                }
                _ => self.syntax(at, "an index is missing", "name one, such as `logs-*`"),
            }
        }
        for field in metadata
            .iter()
            .skip(1)
            .filter(|token| token.kind == Kind::Word)
        {
            self.define(&field.text);
        }
    }

    fn esql_stats(&mut self, at: usize, arguments: &[Token<'_>]) {
        let by = find(arguments, |token| token.is_word("by")).unwrap_or(arguments.len());
        let (aggregations, groups) = arguments.split_at(by);
        if !aggregations.is_empty() {
            for (at, part) in split(aggregations, |token| token.kind == Kind::Comma) {
                let filter = find(part, |token| token.is_word("where")).unwrap_or(part.len());
                let (aggregation, filter) = part.split_at(filter);
                self.expression(aggregation, at, Assignment::Allowed, None);
                if let Some((word, condition)) = filter.split_first() {
                    self.expression(condition, word.at, Assignment::Refused, None);
                }
            }
        }
        match groups {
            [] if aggregations.is_empty() => {
                self.syntax(
                    at,
                    "an aggregation is missing",
                    "write one, such as `COUNT(*)`",
                );
            }
            [] => {}
            [by] => self.syntax(by.at, "nothing follows `BY`", "name fields or remove it"),
            [_, groups @ ..] => self.expressions(groups, at, Assignment::Allowed),
        }
    }

    /// Names, some with wildcards.
    fn esql_names(&mut self, arguments: &[Token<'_>]) {
        for (at, part) in split(arguments, |token| token.kind == Kind::Comma) {
            match part {
                [] => self.syntax(at, "a name is missing", "write one or remove the comma"),
                [name] => self.field(&name.text, name.at),
                _ => {
                    let stray = part.iter().zip(part.iter().skip(1)).find(|(left, right)| {
                        left.kind == Kind::Word && right.kind == Kind::Word && left.end < right.at
                    });
                    if let Some((_, name)) = stray {
                        let what = format!("no comma stands before `{}`", shown(&name.text));
                        self.syntax(name.at, what, "part names by commas");
                    }
                }
            }
        }
    }

    /// `old AS new` or `new = old`.
    fn esql_rename(&mut self, at: usize, arguments: &[Token<'_>]) {
        for (start, part) in split(arguments, |token| token.kind == Kind::Comma) {
            match part {
                [old, word, new] if word.is_word("as") => {
                    self.field(&old.text, old.at);
                    self.define(&new.text);
                }
                [new, equals, old] if equals.is(Kind::Operator, "=") => {
                    self.field(&old.text, old.at);
                    self.define(&new.text);
                }
                // Quoted parts and wildcards make longer names.
                [_, _, _, _, ..] => self.open = true,
                _ => {
                    let at = if part.is_empty() { at } else { start };
                    self.syntax(at, "`RENAME` gives no new name", "write `old AS new`");
                }
            }
        }
    }

    fn esql_sort(&mut self, arguments: &[Token<'_>]) {
        for (at, part) in split(arguments, |token| token.kind == Kind::Comma) {
            let end = part
                .iter()
                .rposition(|token| !holds("asc desc nulls first last", &token.text))
                .map_or(0, |last| last + 1);
            let (key, _) = part.split_at(end);
            self.expression(key, at, Assignment::Refused, None);
        }
    }

    /// `DISSECT field "%{name} %{other}"` and `GROK field "%{TYPE:name}"` make names.
    fn esql_pattern(&mut self, command: &Token<'_>, arguments: &[Token<'_>]) {
        let Some(text) = find(arguments, |token| token.kind == Kind::Text) else {
            let what = format!("`{}` has no quoted pattern", command.text);
            self.syntax(command.at, what, "write the field and a pattern in quotes");
            return;
        };
        let (field, patterns) = arguments.split_at(text);
        self.expression(field, command.at, Assignment::Refused, None);
        for pattern in patterns.iter().filter(|token| token.kind == Kind::Text) {
            for part in pattern.text.split("%{").skip(1) {
                let part = part.split('}').next().unwrap_or_default();
                let name = if command.is_word("grok") {
                    part.split(':').nth(1).unwrap_or_default()
                } else {
                    part.trim_matches(['+', '?', '*', '&', '-', '>'])
                };
                self.define(name);
            }
            for part in pattern.text.split("(?<").skip(1) {
                self.define(part.split('>').next().unwrap_or_default());
            }
        }
    }

    /// `ENRICH policy ON field WITH names` and `LOOKUP JOIN index ON field`.
    fn esql_other_index(&mut self, command: &Token<'_>, arguments: &[Token<'_>]) {
        self.open = true;
        if !command.is_word("lookup") {
            return;
        }
        let joins = arguments.first().is_some_and(|token| token.is_word("join"));
        let on = find(arguments, |token| token.is_word("on"));
        if !joins || on.is_none_or(|on| on < 2 || on + 1 == arguments.len()) {
            let what = "`LOOKUP JOIN` is not complete";
            self.syntax(command.at, what, "write `LOOKUP JOIN index ON field`");
        }
    }

    fn esql_fork(&mut self, arguments: &[Token<'_>]) {
        self.define("_fork");
        let mut place = 0;
        while let Some(token) = arguments.get(place) {
            if token.is(Kind::Open, "(") {
                self.esql_pipeline(inside(arguments, place), true);
            }
            place += 1 + token.close;
        }
    }
}
