//! The grammar of Sigma: lines of a detection block, field terms with modifiers, the condition.
//!
//! The part of YAML that rules use is read line by line: mappings by indentation, lists by `- `,
//! quoted and plain values, lists in brackets, and blocks of text.

mod condition;
mod scalar;

use std::collections::HashMap;
use std::collections::HashSet;

use super::checker::{Checker, shown};
use super::words::{SIGMA_KEYS, SIGMA_MODIFIERS, holds};
use scalar::{Line, Scalar, lines, list};

/// The field terms around a value: its name and modifiers.
struct Term<'a> {
    field: &'a str,
    modifiers: Vec<&'a str>,
}

impl Checker {
    /// Checks a Sigma rule, its detection block, or terms alone.
    pub fn sigma(&mut self, text: &str) {
        let lines = match lines(text) {
            Ok(lines) => lines,
            Err(fault) => {
                self.syntax(fault.at, fault.what, fault.advice);
                return;
            }
        };
        let Some(first) = lines.first() else {
            self.syntax(0, "the query is empty", "write one or leave it out");
            return;
        };
        self.sigma_keys_once(&lines);
        let detection = lines.iter().position(|line| line.key == "detection");
        let block: Vec<&Line<'_>> = match detection {
            Some(start) => {
                let indent = lines.get(start).map_or(0, |line| line.indent);
                self.sigma_rule_keys(&lines, indent);
                let after = lines.iter().skip(start + 1);
                after.take_while(|line| line.indent > indent).collect()
            }
            None => lines.iter().filter(|line| !is_log_source(line)).collect(),
        };
        let has_condition = block.iter().any(|line| line.key == "condition");
        if has_condition {
            self.sigma_block(&block);
        } else if let Some(start) = detection {
            let at = lines.get(start).map_or(0, |line| line.at);
            self.sigma_terms(&block);
            self.syntax(
                at,
                "the detection has no condition",
                "add `condition: selection`",
            );
        } else {
            // Names of selections without a condition, or terms alone.
            let named = first.value == Scalar::None && first.modifiers.is_empty();
            let terms: Vec<&Line<'_>> = block
                .into_iter()
                .filter(|line| !(named && line.indent == first.indent))
                .collect();
            self.sigma_terms(&terms);
        }
    }

    /// YAML takes a key once in a mapping; of two, one is lost.
    fn sigma_keys_once(&mut self, lines: &[Line<'_>]) {
        let mut open: Vec<(usize, HashSet<String>)> = Vec::new();
        for line in lines.iter().filter(|line| !line.key.is_empty()) {
            while open.last().is_some_and(|(indent, _)| {
                *indent > line.indent || (line.is_item && *indent == line.indent)
            }) {
                open.pop();
            }
            if open.last().is_none_or(|(indent, _)| *indent < line.indent) {
                open.push((line.indent, HashSet::new()));
            }
            let key = format!("{}|{}", line.key, line.modifiers.join("|"));
            if let Some((_, keys)) = open.last_mut()
                && !keys.insert(key)
            {
                let what = format!("the key `{}` stands twice in one mapping", shown(&line.key));
                self.syntax(line.at, what, "make it a list or rename one");
            }
        }
    }

    /// The keys beside `detection` must be those of a rule.
    fn sigma_rule_keys(&mut self, lines: &[Line<'_>], indent: usize) {
        for line in lines {
            let is_key = line.indent == indent && !line.is_item && !line.key.is_empty();
            if is_key && !holds(SIGMA_KEYS, &line.key) {
                let what = format!("`{}` is no key of a rule", shown(&line.key));
                self.syntax(line.at, what, "move it into `detection` or remove it");
            }
        }
    }

    /// Selections and the condition that joins them.
    fn sigma_block(&mut self, block: &[&Line<'_>]) {
        let indent = block.iter().map(|line| line.indent).min().unwrap_or(0);
        let mut names: HashMap<String, usize> = HashMap::new();
        let mut conditions: Vec<(String, usize)> = Vec::new();
        let mut in_condition = false;
        let mut in_time = false;
        let mut terms: Vec<&Line<'_>> = Vec::new();
        for line in block {
            let starts = line.indent == indent && !line.is_item;
            if starts {
                in_condition = line.key == "condition";
                in_time = line.key == "timeframe";
            }
            if in_condition {
                let value = line.value.text();
                match conditions.last_mut() {
                    // A condition goes on in deeper lines; only a dash begins another.
                    Some((condition, _)) if !line.is_item => {
                        condition.push(' ');
                        condition.push_str(value);
                    }
                    _ if value.is_empty() => {}
                    _ => conditions.push((value.to_owned(), line.value_at)),
                }
            } else if starts && !in_time {
                names.insert(line.key.to_string(), line.at);
                if let Scalar::Text(value) = &line.value {
                    self.literal(None, value, line.value_at);
                }
                for (value, at) in list(line) {
                    self.literal(None, &value, at);
                }
            } else if !in_time {
                terms.push(line);
            }
        }
        self.sigma_terms(&terms);
        if conditions.is_empty() {
            let at = block.first().map_or(0, |line| line.at);
            self.syntax(at, "the condition is empty", "name a selection");
        }
        if names.is_empty() {
            let at = block.first().map_or(0, |line| line.at);
            self.syntax(at, "the detection has no selection", "add one");
        }
        for (condition, at) in conditions {
            self.sigma_condition(&condition, at, &names);
        }
    }

    /// Field terms: `field|modifier: value`, values in a list below or beside it.
    fn sigma_terms(&mut self, lines: &[&Line<'_>]) {
        let mut term: Option<Term<'_>> = None;
        for line in lines {
            if !line.key.is_empty() {
                self.sigma_modifiers(line);
                // A selection inside a list has no field before its modifiers: `'|all'`.
                self.field(&line.key, line.at);
                term = Some(Term {
                    field: &line.key,
                    modifiers: line.modifiers.clone(),
                });
            }
            let values = match &line.value {
                Scalar::Text(value) => vec![(value.clone(), line.value_at)],
                Scalar::List(_) => list(line),
                Scalar::None => Vec::new(),
            };
            for (value, at) in values {
                self.sigma_value(term.as_ref(), &value, at);
            }
        }
    }

    fn sigma_modifiers(&mut self, line: &Line<'_>) {
        for modifier in &line.modifiers {
            if !holds(SIGMA_MODIFIERS, modifier) {
                let what = format!("`{}` is no modifier of Sigma", shown(modifier));
                let advice = "use contains, startswith, endswith, re, cidr or another that exists";
                self.syntax(line.at, what, advice);
            }
        }
    }

    fn sigma_value(&mut self, term: Option<&Term<'_>>, value: &str, at: usize) {
        let has = |name: &str| term.is_some_and(|term| term.modifiers.contains(&name));
        let fault = if has("cidr") && !is_network(value) {
            Some("is no network, such as `10.0.0.0/8`")
        } else if has("exists") && !holds("true false yes no", value) {
            Some("is neither true nor false")
        } else if ["gt", "gte", "lt", "lte"].into_iter().any(has) && value.parse::<f64>().is_err() {
            Some("is no number")
        } else {
            None
        };
        if let Some(fault) = fault {
            let what = format!("`{}` {fault}", shown(value));
            self.syntax(at, what, "correct the value or its modifier");
            return;
        }
        let whole = term.is_none_or(|term| term.modifiers.is_empty());
        if has("re") || has("fieldref") || has("expand") {
            return;
        }
        let field = term.filter(|_| whole).map(|term| term.field);
        self.literal(field, &scalar::unescaped(value), at);
    }
}

fn is_log_source(line: &Line<'_>) -> bool {
    matches!(
        line.key.as_ref(),
        "logsource"
            | "product"
            | "category"
            | "service"
            | "title"
            | "level"
            | "description"
            | "status"
    )
}

/// Whether a value is an address with a prefix length.
fn is_network(value: &str) -> bool {
    let Some((address, length)) = value.split_once('/') else {
        return value.parse::<std::net::IpAddr>().is_ok();
    };
    let most = match address.parse::<std::net::IpAddr>() {
        Ok(std::net::IpAddr::V4(_)) => 32,
        Ok(std::net::IpAddr::V6(_)) => 128,
        Err(_) => return false,
    };
    length.parse::<u8>().is_ok_and(|length| length <= most)
}

/// The value of a quoted scalar as Sigma understands it.
#[cfg(test)]
pub(super) fn plain_value(written: &str) -> Option<String> {
    let (value, rest) = scalar::quoted(written)?;
    rest.is_empty().then(|| scalar::unescaped(&value))
}
