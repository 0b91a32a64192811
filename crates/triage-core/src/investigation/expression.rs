//! Expressions: operands and operators must take turns, functions must exist.

use super::QueryLanguage::{Esql, Kql, Spl};
use super::checker::{Checker, shown};
use super::token::{Kind, Token, find, inside, split};
use super::words::{
    ESQL_BINARY, ESQL_FUNCTIONS, ESQL_UNITS, KQL_BINARY, KQL_FUNCTIONS, KQL_LITERALS, KQL_SOURCES,
    KQL_UNSAFE, SPL_EVAL, holds,
};

/// Whether `name = expression` may begin an expression.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Assignment {
    Allowed,
    Refused,
}

/// A walk over one expression.
struct Walk<'q> {
    /// Whether an operand comes next.
    wants: bool,
    /// The operator that waits for its operand.
    waiting: Option<(&'q str, usize)>,
    /// The field on the left of a comparison for equality.
    subject: Option<String>,
}

impl Checker {
    /// Checks a list of expressions parted by commas.
    pub fn expressions(&mut self, tokens: &[Token<'_>], at: usize, assignment: Assignment) {
        if tokens.is_empty() {
            self.syntax(at, "an expression is missing", "write one");
            return;
        }
        for (at, part) in split(tokens, |token| token.kind == Kind::Comma) {
            self.expression(part, at, assignment, None);
        }
    }

    /// Checks one expression. `at` is where it ought to begin; `subject` is the field whose
    /// values it lists. Ends at the first fault, so that one fault is told once.
    pub fn expression(
        &mut self,
        tokens: &[Token<'_>],
        at: usize,
        assignment: Assignment,
        subject: Option<&str>,
    ) {
        let mut place = self.assigned(tokens, assignment);
        let mut walk = Walk {
            wants: true,
            waiting: (place > 0).then_some(("=", at)),
            subject: subject.map(str::to_owned),
        };
        while let Some(token) = tokens.get(place) {
            let step = match token.kind {
                Kind::Word => self.word(tokens, place, &mut walk),
                Kind::Operator => self.operator(tokens, place, &mut walk),
                Kind::Open => self.bracket(tokens, place, &mut walk),
                Kind::Number | Kind::Text | Kind::Name | Kind::Macro => {
                    self.operand(tokens, place, &mut walk)
                }
                Kind::Comma | Kind::Semicolon | Kind::Pipe | Kind::Close => {
                    self.syntax(
                        token.at,
                        format!("`{}` stands inside an expression", token.text),
                        "remove it",
                    );
                    None
                }
            };
            let Some(step) = step else { return };
            place += step;
        }
        if walk.wants {
            match walk.waiting {
                Some((operator, at)) => self.syntax(
                    at,
                    format!("nothing follows `{}`", shown(operator)),
                    "complete or remove it",
                ),
                None => self.syntax(at, "an expression is missing", "write one"),
            }
        }
    }

    /// Defines what stands before a leading `=` and returns where the expression begins.
    fn assigned(&mut self, tokens: &[Token<'_>], assignment: Assignment) -> usize {
        let Some(first) = tokens.first() else {
            return 0;
        };
        let after = 1 + first.close;
        let assigns = assignment == Assignment::Allowed
            && tokens
                .get(after)
                .is_some_and(|token| token.is(Kind::Operator, "="));
        if !assigns {
            return 0;
        }
        match first.kind {
            Kind::Word | Kind::Name | Kind::Text => self.define(&first.text),
            Kind::Open => {
                for token in inside(tokens, 0) {
                    self.define(&token.text);
                }
            }
            _ => return 0,
        }
        after + 1
    }

    /// Says that an operator is missing before this token, where one is.
    fn follows_operator(&mut self, token: &Token<'_>, walk: &Walk<'_>) -> bool {
        if !walk.wants {
            self.syntax(
                token.at,
                format!("no operator stands before `{}`", shown(&token.text)),
                "join the two by an operator or part them by a comma or pipe",
            );
        }
        walk.wants
    }

    fn word<'q>(
        &mut self,
        tokens: &'q [Token<'_>],
        place: usize,
        walk: &mut Walk<'q>,
    ) -> Option<usize> {
        let token = tokens.get(place)?;
        let word = token.text.to_ascii_lowercase();
        let next = tokens.get(place + 1);
        let called = next.is_some_and(|next| next.is(Kind::Open, "("));
        if !walk.wants {
            return self.word_between(tokens, place, &word, walk);
        }
        if word == "not" {
            walk.waiting = Some((&token.text, token.at));
            return Some(1);
        }
        if matches!(word.as_str(), "and" | "or" | "xor") {
            self.syntax(
                token.at,
                format!("nothing stands before `{}`", token.text),
                "complete or remove it",
            );
            return None;
        }
        walk.wants = false;
        if called {
            self.call(tokens, place);
            walk.subject = None;
            return Some(2 + next.map_or(0, |open| open.close));
        }
        if matches!(word.as_str(), "true" | "false" | "null") {
            return Some(1);
        }
        let number = token
            .text
            .starts_with(|c: char| c.is_ascii_digit() || c == '.');
        if number && self.language == Spl {
            return Some(1);
        }
        self.field(&token.text, token.at);
        walk.subject = Some(token.text.to_string());
        Some(1)
    }

    /// A word behind an operand: an operator, or a fault.
    fn word_between<'q>(
        &mut self,
        tokens: &'q [Token<'_>],
        place: usize,
        word: &str,
        walk: &mut Walk<'q>,
    ) -> Option<usize> {
        let token = tokens.get(place)?;
        let next_is = |word: &str| tokens.get(place + 1).is_some_and(|next| next.is_word(word));
        let is_binary = match self.language {
            Kql => holds(KQL_BINARY, word),
            Esql => holds(ESQL_BINARY, word),
            _ => matches!(word, "and" | "or" | "xor" | "like" | "in"),
        };
        if is_binary {
            // Only whole values say whom a query is about; parts of values do not.
            if !matches!(word, "in" | "in~" | "!in" | "!in~") {
                walk.subject = None;
            }
            walk.wants = true;
            walk.waiting = Some((&token.text, token.at));
            return Some(1);
        }
        match (self.language, word) {
            (Kql, "matches") if next_is("regex") => {
                walk.wants = true;
                walk.waiting = Some(("matches regex", token.at));
                walk.subject = None;
                Some(2)
            }
            // Members behind an index or a call: `parse_json(x).name`.
            (Kql, word) if word.starts_with('.') => Some(1),
            (Esql, "not") if next_is("in") || next_is("like") || next_is("rlike") => {
                walk.wants = true;
                walk.waiting = Some((&token.text, token.at));
                Some(2)
            }
            (Spl, "not") if next_is("in") => {
                walk.wants = true;
                walk.waiting = Some((&token.text, token.at));
                Some(2)
            }
            (Esql, "is") if next_is("null") => Some(2),
            (Esql, "is") if next_is("not") => Some(3),
            _ => {
                self.follows_operator(token, walk);
                None
            }
        }
    }

    /// Checks a function's name and arguments; its bracket stands at the next place.
    pub fn call(&mut self, tokens: &[Token<'_>], place: usize) {
        let Some(name) = tokens.get(place) else {
            return;
        };
        let last = name.text.rsplit('.').next().unwrap_or(&name.text);
        let known = match self.language {
            Kql => holds(KQL_FUNCTIONS, last),
            Esql => holds(ESQL_FUNCTIONS, last),
            _ => holds(SPL_EVAL, last),
        };
        if self.language == Kql && holds(KQL_UNSAFE, last) {
            self.forbid(name.at, last);
        } else if self.language == Kql && !known {
            // Workspaces keep functions of their own, so only a `let` can say what it gives.
            self.field(&name.text, name.at);
        } else if !known {
            let what = format!(
                "`{}` is no function of {}",
                shown(&name.text),
                self.language.name()
            );
            self.syntax(name.at, what, "use a function of this language");
        }
        let arguments = inside(tokens, place + 1);
        if self.language == Kql && holds(KQL_LITERALS, last) {
            self.literals_of(arguments);
        } else if self.language == Kql && gives_rows(arguments) {
            self.kql_nested(arguments);
        } else if !arguments.is_empty() {
            self.expressions(arguments, name.at, Assignment::Allowed);
        }
    }

    fn operand<'q>(
        &mut self,
        tokens: &'q [Token<'_>],
        place: usize,
        walk: &mut Walk<'q>,
    ) -> Option<usize> {
        let token = tokens.get(place)?;
        // KQL joins neighbouring texts; a macro may hold anything, operators too.
        let joins = match token.kind {
            Kind::Text => {
                let before = place.checked_sub(1).and_then(|before| tokens.get(before));
                self.language == Kql && before.is_some_and(|before| before.kind == Kind::Text)
            }
            kind => kind == Kind::Macro,
        };
        if !joins && !self.follows_operator(token, walk) {
            return None;
        }
        walk.wants = false;
        let mut step = 1;
        match token.kind {
            Kind::Text => self.literal(walk.subject.as_deref(), &token.text, token.at),
            Kind::Name => {
                self.field(&token.text, token.at);
                walk.subject = Some(token.text.to_string());
            }
            Kind::Macro => {
                walk.wants = tokens.get(place + 1).is_some_and(|next| {
                    matches!(next.kind, Kind::Text | Kind::Number | Kind::Open)
                });
            }
            _ if self.language == Esql => {
                let unit = tokens.get(place + 1);
                step +=
                    usize::from(unit.is_some_and(|unit| {
                        unit.kind == Kind::Word && holds(ESQL_UNITS, &unit.text)
                    }));
            }
            _ => {}
        }
        Some(step)
    }

    fn bracket<'q>(
        &mut self,
        tokens: &'q [Token<'_>],
        place: usize,
        walk: &mut Walk<'q>,
    ) -> Option<usize> {
        let token = tokens.get(place)?;
        let content = inside(tokens, place);
        let indexes = token.text == "[" && !walk.wants && self.language == Kql;
        if !indexes && !self.follows_operator(token, walk) {
            return None;
        }
        let first = content.first();
        match (self.language, token.text.as_ref()) {
            (Spl, "[") => self.spl_subsearch(content, token.at),
            (Kql, "[") if !indexes && content.len() == 1 => {
                let name = first.map_or("", |name| name.text.as_ref());
                self.field(name, token.at);
            }
            (Kql | Esql, "{") => self.literals_of(content),
            (Kql, "[") if content.is_empty() || indexes => self.literals_of(content),
            (Kql, _) if gives_rows(content) => self.kql_nested(content),
            (Esql, "(") if first.is_some_and(|first| first.is_word("from")) => {
                self.esql(content);
            }
            _ if content.is_empty() => {
                self.syntax(token.at, "the brackets are empty", "fill or remove them");
                return None;
            }
            _ => {
                for (at, part) in split(content, |token| token.kind == Kind::Comma) {
                    let subject = walk.subject.clone();
                    self.expression(part, at, Assignment::Refused, subject.as_deref());
                }
            }
        }
        walk.wants = false;
        Some(1 + token.close)
    }

    fn operator<'q>(
        &mut self,
        tokens: &'q [Token<'_>],
        place: usize,
        walk: &mut Walk<'q>,
    ) -> Option<usize> {
        let token = tokens.get(place)?;
        let operator = token.text.as_ref();
        if walk.wants && operator == "*" {
            walk.wants = false;
            return Some(1);
        }
        if walk.wants && matches!(operator, "-" | "+") {
            walk.waiting = Some((operator, token.at));
            return Some(1);
        }
        if self.language == Esql && operator == "?" {
            return Some(1 + usize::from(operator == "?" && tokens.len() > place + 1));
        }
        let (fault, advice) = match (self.language, operator) {
            (_, "&&") => ("`&&` joins nothing here", "write `and`"),
            (Kql | Esql, "=") => ("`=` compares nothing here", "write `==`"),
            // Spaces may stand around the dot of a member: `$left. DeviceId`.
            (Kql, ".") if !walk.wants => {
                let member = tokens.get(place + 1);
                let named = member.is_some_and(|member| member.kind == Kind::Word);
                return Some(1 + usize::from(named));
            }
            (Kql, "?") if !walk.wants => return Some(1),
            (Esql, "::") if !walk.wants => return Some(2),
            (Esql, "=~") | (_, "==" | "!=" | "=~" | "!~" | "=" | "<>") if !walk.wants => ("", ""),
            (
                _,
                "<" | "<=" | ">" | ">=" | "+" | "-" | "*" | "/" | "%" | ".." | ":" | "=>" | ".",
            ) if !walk.wants => {
                // Only a comparison of the whole value names somebody.
                walk.subject = walk.subject.take().filter(|_| operator == ":");
                ("", "")
            }
            (_, "?" | "&" | "@" | "#" | "^" | "~" | "!" | "$" | "\\") => {
                ("this character belongs to no expression", "remove it")
            }
            _ if walk.wants => ("an operator has nothing before it", "complete or remove it"),
            _ => ("this character belongs to no expression", "remove it"),
        };
        if !fault.is_empty() {
            let what = format!("{fault} (`{}`)", shown(operator));
            self.syntax(token.at, what, advice);
            return None;
        }
        walk.wants = true;
        walk.waiting = Some((operator, token.at));
        Some(1)
    }
}

/// Whether KQL's brackets hold a pipeline, not a list of arguments.
fn gives_rows(tokens: &[Token<'_>]) -> bool {
    let makes_rows = matches!(tokens, [first, second, ..]
        if holds(KQL_SOURCES, &first.text) && second.kind == Kind::Word
            || holds("datatable externaldata", &first.text));
    makes_rows || find(tokens, |token| token.kind == Kind::Pipe).is_some()
}
