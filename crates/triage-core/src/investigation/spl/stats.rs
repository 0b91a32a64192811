//! Aggregations: `count dc(user) AS users BY host`, and `tstats` with its search terms.

use super::super::checker::{Checker, shown};
use super::super::expression::Assignment;
use super::super::token::{Kind, Token, find, inside};
use super::super::words::{SPL_EVAL, SPL_STATS, holds};
use super::operators_apart;

impl Checker {
    /// Checks aggregations and what they are grouped by.
    pub(super) fn spl_stats(&mut self, at: usize, arguments: &[Token<'_>]) {
        let groups = find(arguments, |token| {
            token.is_word("by") || token.is_word("over")
        });
        let (aggregations, groups) = arguments.split_at(groups.unwrap_or(arguments.len()));
        self.spl_aggregations(at, aggregations);
        self.spl_groups(groups);
    }

    /// Checks `tstats`: aggregations, `FROM datamodel=...`, `WHERE terms`, `BY fields`.
    pub(super) fn spl_tstats(&mut self, at: usize, arguments: &[Token<'_>]) {
        let by = find(arguments, |token| token.is_word("by")).unwrap_or(arguments.len());
        let (before, groups) = arguments.split_at(by);
        let end = find(before, |token| {
            token.is_word("from") || token.is_word("where")
        });
        let (aggregations, source) = before.split_at(end.unwrap_or(before.len()));
        let filter = find(source, |token| token.is_word("where")).unwrap_or(source.len());
        let (_, filter) = source.split_at(filter);
        self.spl_aggregations(at, aggregations);
        if let Some((word, terms)) = filter.split_first() {
            if terms.is_empty() {
                self.syntax(word.at, "nothing follows `where`", "complete or remove it");
            }
            self.spl_terms(terms);
        }
        self.spl_groups(groups);
    }

    fn spl_groups(&mut self, groups: &[Token<'_>]) {
        let Some((by, fields)) = groups.split_first() else {
            return;
        };
        if fields.is_empty() {
            let what = format!("nothing follows `{}`", by.text);
            self.syntax(by.at, what, "name the fields or remove it");
            return;
        }
        self.spl_field_list(fields);
    }

    fn spl_aggregations(&mut self, at: usize, tokens: &[Token<'_>]) {
        let mut found = false;
        let mut place = 0;
        while let Some(token) = tokens.get(place) {
            let next = tokens.get(place + 1);
            let is_option = next.is_some_and(|next| next.kind == Kind::Operator);
            let step = match token.kind {
                Kind::Word if is_option => 3,
                Kind::Word if token.is_word("as") => {
                    let Some(name) = next
                        .filter(|name| matches!(name.kind, Kind::Word | Kind::Text | Kind::Name))
                    else {
                        self.syntax(token.at, "nothing follows `AS`", "write a name");
                        return;
                    };
                    self.define(&name.text);
                    2
                }
                Kind::Word => {
                    found = true;
                    match next.filter(|next| next.is(Kind::Open, "(")) {
                        Some(open) => {
                            self.spl_aggregation(tokens, place);
                            2 + open.close
                        }
                        None if is_aggregation(&token.text) => {
                            self.define(&token.text);
                            1
                        }
                        None => {
                            let what = format!("`{}` is no aggregation", shown(&token.text));
                            let advice = "write `values(field)`, or `BY field` behind";
                            self.syntax(token.at, what, advice);
                            return;
                        }
                    }
                }
                Kind::Macro => {
                    found = true;
                    1
                }
                _ => 1 + token.close,
            };
            place += step;
        }
        if !found {
            self.syntax(
                at,
                "an aggregation is missing",
                "write one, such as `count`",
            );
        }
    }

    fn spl_aggregation(&mut self, tokens: &[Token<'_>], place: usize) {
        let Some(name) = tokens.get(place) else {
            return;
        };
        if !is_aggregation(&name.text) && !holds(SPL_EVAL, &name.text) {
            let what = format!("`{}` is no aggregation", shown(&name.text));
            self.syntax(name.at, what, "use one of Splunk's, such as `dc(field)`");
        }
        self.define(&name.text);
        let content = inside(tokens, place + 1);
        match content {
            [] => self.define("count"),
            [field] if matches!(field.kind, Kind::Word | Kind::Name | Kind::Text) => {
                self.field(&field.text, field.at);
            }
            _ => {
                let content = operators_apart(content);
                let eval = content.first().is_some_and(|token| token.is_word("eval"));
                let content = if eval { inside(&content, 1) } else { &content };
                self.expressions(content, name.at, Assignment::Allowed);
            }
        }
    }
}

/// Percentiles carry their number in the name: `p95`, `perc99.9`.
fn is_aggregation(word: &str) -> bool {
    let name = word.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let percentile = name.len() < word.len() && holds("p perc exactperc upperperc", name);
    percentile || holds(SPL_STATS, word)
}
