//! The condition of a detection: names of selections joined by `and`, `or`, `not` and `1 of`.

use std::collections::HashMap;

use super::super::checker::{Checker, shown};

impl Checker {
    /// Checks that a condition is complete and names only selections there are.
    pub(super) fn sigma_condition(
        &mut self,
        condition: &str,
        at: usize,
        names: &HashMap<String, usize>,
    ) {
        // Old rules count behind a pipe; what is counted is not checked.
        let (logic, counting) = match condition.split_once('|') {
            Some((logic, counting)) => (logic, Some(counting)),
            None => (condition, None),
        };
        let counts = counting.is_none_or(|counting| {
            ["count", "min", "max", "avg", "sum", "near"]
                .iter()
                .any(|word| counting.trim_start().starts_with(word))
        });
        if !counts {
            self.syntax(
                at,
                "the condition holds a pipe",
                "join selections by and, or, not",
            );
            return;
        }
        let spaced = logic.replace('(', " ( ").replace(')', " ) ");
        let mut words = spaced.split_whitespace().peekable();
        let mut wants = true;
        let mut depth = 0_usize;
        let mut last = "";
        while let Some(word) = words.next() {
            let is_join = matches!(word, "and" | "or" | "AND" | "OR");
            let fault = match word {
                "(" if wants => {
                    depth += 1;
                    None
                }
                ")" if !wants && depth > 0 => {
                    depth -= 1;
                    None
                }
                ")" if depth == 0 => Some("`)` closes nothing".to_owned()),
                "not" | "NOT" if wants => None,
                _ if is_join && !wants => {
                    wants = true;
                    None
                }
                _ if is_join || word == ")" => Some(format!("nothing stands before `{word}`")),
                _ if !wants => Some(format!("no `and` or `or` stands before `{}`", shown(word))),
                _ => {
                    wants = false;
                    let quantified = words
                        .peek()
                        .is_some_and(|next| matches!(*next, "of" | "OF"));
                    if quantified {
                        words.next();
                        Self::sigma_quantified(word, words.next(), names)
                    } else {
                        (!names.contains_key(word))
                            .then(|| format!("`{}` is no selection here", shown(word)))
                    }
                }
            };
            if let Some(fault) = fault {
                let what = format!("{fault} in the condition");
                self.syntax(at, what, "name selections and join them by and, or, not");
                return;
            }
            last = word;
        }
        let fault = if wants && last.is_empty() {
            "the condition is empty".to_owned()
        } else if wants {
            format!("nothing follows `{}` in the condition", shown(last))
        } else if depth > 0 {
            "`(` is never closed in the condition".to_owned()
        } else {
            return;
        };
        self.syntax(at, fault, "complete it");
    }

    /// `1 of selection_*`, `all of them`: why it is wrong, if it is.
    fn sigma_quantified(
        amount: &str,
        whom: Option<&str>,
        names: &HashMap<String, usize>,
    ) -> Option<String> {
        let counts = matches!(amount, "all" | "ALL" | "any") || amount.parse::<u8>().is_ok();
        let Some(whom) = whom else {
            return Some(format!("nothing follows `{} of`", shown(amount)));
        };
        let matches = |name: &String| match whom.split_once('*') {
            Some((start, end)) => {
                name.len() >= start.len() + end.len()
                    && name.starts_with(start)
                    && name.ends_with(end.rsplit('*').next().unwrap_or_default())
            }
            None => name == whom,
        };
        if !counts {
            Some(format!("`{} of` is no amount", shown(amount)))
        } else if matches!(whom, "them" | "THEM") || names.keys().any(matches) {
            None
        } else {
            Some(format!("`{}` is no selection here", shown(whom)))
        }
    }
}
