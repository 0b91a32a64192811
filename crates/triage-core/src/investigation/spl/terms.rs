//! Search terms: `index=main user=bob NOT (action=success OR host IN (a, b))`.

use super::super::checker::{Checker, shown};
use super::super::token::{Kind, Token, inside};

impl Checker {
    /// Checks the terms of a search.
    pub(super) fn spl_terms(&mut self, tokens: &[Token<'_>]) {
        // What an operator or the beginning waits for.
        let mut waiting: Option<&Token<'_>> = None;
        let mut terms = 0;
        let mut place = 0;
        while let Some(token) = tokens.get(place) {
            let text = token.text.as_ref();
            // Splunk knows its operators by their capitals.
            let joins = token.kind == Kind::Word && matches!(text, "AND" | "OR");
            if joins {
                if terms == 0 || waiting.is_some() {
                    let what = format!("nothing stands before `{text}`");
                    self.syntax(token.at, what, "complete or remove it");
                    return;
                }
                waiting = Some(token);
                place += 1;
                continue;
            }
            if token.kind == Kind::Word && text == "NOT" {
                waiting = Some(token);
                place += 1;
                continue;
            }
            let step = match token.kind {
                Kind::Comma => Some(1),
                Kind::Open if text == "[" => {
                    self.spl_subsearch(inside(tokens, place), token.at);
                    Some(1 + token.close)
                }
                Kind::Open => {
                    if token.close == 1 {
                        self.syntax(token.at, "the brackets are empty", "fill or remove them");
                        return;
                    }
                    self.spl_terms(inside(tokens, place));
                    Some(1 + token.close)
                }
                Kind::Operator => {
                    let what = format!("no field stands before `{text}`");
                    self.syntax(token.at, what, "write `field=value`");
                    None
                }
                _ => self.spl_term(tokens, place),
            };
            let Some(step) = step else { return };
            terms += 1;
            waiting = None;
            place += step;
        }
        if let Some(token) = waiting {
            let what = format!("nothing follows `{}`", token.text);
            self.syntax(token.at, what, "complete or remove it");
        }
    }

    /// Checks one term and returns how many tokens it has; `None` after a fault.
    fn spl_term(&mut self, tokens: &[Token<'_>], place: usize) -> Option<usize> {
        let token = tokens.get(place)?;
        let next = tokens.get(place + 1);
        if let Some(operator) = next.filter(|next| next.kind == Kind::Operator) {
            let value = tokens.get(place + 2).filter(|value| {
                matches!(
                    value.kind,
                    Kind::Word | Kind::Text | Kind::Name | Kind::Macro | Kind::Open
                ) && !matches!(value.text.as_ref(), "AND" | "OR" | "NOT" | "(")
            });
            let Some(value) = value else {
                let what = format!("nothing follows `{}{}`", shown(&token.text), operator.text);
                self.syntax(operator.at, what, "write a value");
                return None;
            };
            self.spl_field(token);
            if value.kind == Kind::Open {
                self.spl_subsearch(inside(tokens, place + 2), value.at);
            } else {
                let equal = matches!(operator.text.as_ref(), "=" | "==" | "!=");
                let field = equal.then_some(token.text.as_ref());
                self.literal(field, &value.text, value.at);
            }
            // `process=*GetCurrent()*` has brackets in its value.
            let after = place + 3 + value.close;
            let called = tokens
                .get(after)
                .filter(|open| open.is(Kind::Open, "(") && open.at == value.end);
            return Some(after - place + called.map_or(0, |open| 1 + open.close));
        }
        if next.is_some_and(|next| next.is_word("in"))
            && let Some(open) = tokens
                .get(place + 2)
                .filter(|open| open.is(Kind::Open, "("))
        {
            self.spl_field(token);
            let values = inside(tokens, place + 2);
            if values.is_empty() {
                self.syntax(open.at, "the list is empty", "fill or remove it");
                return None;
            }
            for value in values.iter().filter(|value| value.kind != Kind::Comma) {
                self.literal(Some(&token.text), &value.text, value.at);
            }
            return Some(3 + open.close);
        }
        // `TERM(10.0.0.1)` and `CASE(x)` take one word as it is.
        if let Some(open) = next.filter(|next| next.is(Kind::Open, "(") && next.at == token.end) {
            self.literals_of(inside(tokens, place + 1));
            return Some(2 + open.close);
        }
        if token.kind != Kind::Macro {
            self.literal(None, &token.text, token.at);
        }
        Some(1)
    }

    fn spl_field(&mut self, token: &Token<'_>) {
        if token.kind != Kind::Macro {
            self.field(&token.text, token.at);
        }
    }
}
