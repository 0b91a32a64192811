//! From text to tokens, each language by its own rules of quoting and naming.

use std::borrow::Cow;

use super::{Fault, Kind, Token};
use crate::investigation::{QueryLanguage, words};

/// Reads the tokens of a query.
pub(super) fn read(text: &str, language: QueryLanguage) -> Result<Vec<Token<'_>>, Fault> {
    let mut lexer = Lexer {
        text,
        at: 0,
        tokens: Vec::new(),
        in_source: false,
    };
    while lexer.at < text.len() {
        match language {
            QueryLanguage::Spl => lexer.spl()?,
            QueryLanguage::Kql => lexer.kql()?,
            QueryLanguage::Esql => lexer.esql()?,
            QueryLanguage::Sigma => break,
        }
    }
    Ok(lexer.tokens)
}

/// How a quote is written inside quotes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Escape {
    /// Backslash; only before a quote or a backslash, elsewhere it stands for itself.
    QuoteOnly,
    /// Backslash, with the usual letters for control characters; ends at the line's end.
    Letters,
    /// The quote twice.
    Doubled,
    /// Not at all.
    Never,
}

struct Lexer<'a> {
    text: &'a str,
    at: usize,
    tokens: Vec<Token<'a>>,
    /// In ES|QL's `FROM`, where names of indices stand.
    in_source: bool,
}

impl<'a> Lexer<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    /// Adds the next `length` bytes as a token of their own.
    fn push(&mut self, kind: Kind, length: usize) {
        let text = self.rest().get(..length).unwrap_or_default();
        self.push_as(kind, Cow::Borrowed(text), self.at + length);
    }

    fn push_as(&mut self, kind: Kind, text: Cow<'a, str>, end: usize) {
        self.tokens.push(Token {
            kind,
            text,
            at: self.at,
            end,
            close: 0,
        });
        self.at = end;
    }

    /// Passes over white space and what all three languages write alike; false where neither is.
    fn shared(&mut self, brackets: &str) -> bool {
        let Some(next) = self.rest().chars().next() else {
            return true;
        };
        match next {
            _ if next.is_whitespace() => self.at += next.len_utf8(),
            '|' => self.push(Kind::Pipe, 1),
            ',' => self.push(Kind::Comma, 1),
            '(' | '[' | '{' if brackets.contains(next) => self.push(Kind::Open, 1),
            ')' | ']' | '}' if brackets.contains(next) => self.push(Kind::Close, 1),
            _ => return false,
        }
        true
    }

    /// Reads what stands between `opening`, which is next, and `closing`.
    fn quoted(
        &mut self,
        kind: Kind,
        opening: &str,
        closing: &str,
        escape: Escape,
    ) -> Result<(), Fault> {
        let mut value = String::new();
        let start = self.at + opening.len();
        let mut at = start;
        loop {
            let rest = self.text.get(at..).unwrap_or_default();
            let Some(next) = rest.chars().next() else {
                return Err(self.unclosed(opening));
            };
            let doubled = escape == Escape::Doubled
                && rest
                    .strip_prefix(closing)
                    .is_some_and(|more| more.starts_with(closing));
            if doubled {
                value.push(next);
                at += 2 * closing.len();
            } else if rest.starts_with(closing) {
                self.push_as(kind, Cow::Owned(value), at + closing.len());
                return Ok(());
            } else if next == '\n' && escape == Escape::Letters {
                return Err(self.unclosed(opening));
            } else if next == '\\' && matches!(escape, Escape::QuoteOnly | Escape::Letters) {
                let after = rest.chars().nth(1).unwrap_or_default();
                match (escape, after) {
                    (_, '\\') => value.push('\\'),
                    (_, quote) if closing.starts_with(quote) => value.push(quote),
                    (Escape::Letters, 'n') => value.push('\n'),
                    (Escape::Letters, 'r') => value.push('\r'),
                    (Escape::Letters, 't') => value.push('\t'),
                    (_, '\0') => return Err(self.unclosed(opening)),
                    (_, other) => value.extend(['\\', other]),
                }
                at += 1 + after.len_utf8();
            } else {
                value.push(next);
                at += next.len_utf8();
            }
        }
    }

    fn unclosed(&self, opening: &str) -> Fault {
        Fault {
            at: self.at,
            what: format!("the quote {opening} is never closed"),
            advice: "close it, and escape a quote that belongs to the value",
        }
    }

    /// Passes over a comment that ends with `end`, or with the text where `end` is a line break.
    fn comment(&mut self, opening: &str, end: &str) -> Result<(), Fault> {
        let body = self.rest().get(opening.len()..).unwrap_or_default();
        match body.find(end) {
            Some(length) => self.at += opening.len() + length + end.len(),
            None if end == "\n" => self.at = self.text.len(),
            None => return Err(self.unclosed(opening)),
        }
        Ok(())
    }

    /// Adds the longest operator of `operators` (longest first) that is next, or one character.
    fn operator(&mut self, operators: &[&str]) {
        let rest = self.rest();
        let length = operators
            .iter()
            .find(|operator| rest.starts_with(**operator))
            .map_or_else(
                || rest.chars().next().map_or(1, char::len_utf8),
                |found| found.len(),
            );
        self.push(Kind::Operator, length);
    }

    fn spl(&mut self) -> Result<(), Fault> {
        let rest = self.rest();
        if rest.starts_with("```") {
            return self.comment("```", "```");
        }
        if rest.starts_with('`') {
            return self.quoted(Kind::Macro, "`", "`", Escape::Never);
        }
        if rest.starts_with('"') {
            return self.quoted(Kind::Text, "\"", "\"", Escape::QuoteOnly);
        }
        if rest.starts_with('\'') {
            return self.quoted(Kind::Name, "'", "'", Escape::QuoteOnly);
        }
        if self.shared("()[]") {
            return Ok(());
        }
        // The place holder of `foreach`.
        let holder = rest.strip_prefix("<<").map_or(0, |name| {
            name.find(|c: char| !c.is_alphanumeric()).unwrap_or(0)
        });
        if holder > 0
            && rest
                .get(holder + 2..)
                .is_some_and(|end| end.starts_with(">>"))
        {
            self.push(Kind::Word, holder + 4);
            return Ok(());
        }
        if rest.starts_with(['=', '<', '>']) || rest.starts_with("!=") {
            self.operator(&["==", "!=", "<=", ">=", "<>"]);
            return Ok(());
        }
        let mut length = 0;
        let mut before = ' ';
        let mut escaped = false;
        for (at, next) in rest.char_indices() {
            // A quote within a word belongs to it; behind an operator it begins a name.
            let names = next == '\'' && matches!(before, '+' | '-' | '*' | '/' | '%' | '.');
            let breaks = names
                || next.is_whitespace()
                || matches!(
                    next,
                    '"' | '`' | '|' | ',' | '(' | ')' | '[' | ']' | '=' | '<' | '>'
                )
                || (next == '!' && rest.get(at + 1..).unwrap_or_default().starts_with('='));
            if breaks && !(escaped && next == '"') {
                break;
            }
            escaped = next == '\\' && !escaped;
            before = next;
            length = at + next.len_utf8();
        }
        self.push(Kind::Word, length.max(1));
        Ok(())
    }

    fn kql(&mut self) -> Result<(), Fault> {
        let rest = self.rest();
        if rest.starts_with("//") {
            return self.comment("//", "\n");
        }
        for opening in ["```", "~~~"] {
            if rest.starts_with(opening) {
                return self.quoted(Kind::Text, opening, opening, Escape::Never);
            }
        }
        // `h` hides a literal from logs, `@` takes backslashes as they are.
        for (opening, closing, escape) in [
            ("\"", "\"", Escape::Letters),
            ("'", "'", Escape::Letters),
            ("h\"", "\"", Escape::Letters),
            ("h'", "'", Escape::Letters),
            ("@\"", "\"", Escape::Doubled),
            ("@'", "'", Escape::Doubled),
            ("h@\"", "\"", Escape::Doubled),
            ("h@'", "'", Escape::Doubled),
        ] {
            if rest.starts_with(opening) {
                return self.quoted(Kind::Text, opening, closing, escape);
            }
        }
        if self.shared("()[]{}") {
            return Ok(());
        }
        if rest.starts_with(';') {
            self.push(Kind::Semicolon, 1);
            return Ok(());
        }
        if let Some(length) = number(rest) {
            self.push(Kind::Number, length);
            return Ok(());
        }
        match kql_word(rest) {
            0 => self.operator(&["==", "!=", "=~", "!~", "<=", ">=", "<>", "=>", "..", "&&"]),
            length => self.push(Kind::Word, length),
        }
        Ok(())
    }

    fn esql(&mut self) -> Result<(), Fault> {
        let rest = self.rest();
        if rest.starts_with("//") {
            return self.comment("//", "\n");
        }
        if rest.starts_with("/*") {
            return self.comment("/*", "*/");
        }
        if rest.starts_with("\"\"\"") {
            return self.quoted(Kind::Text, "\"\"\"", "\"\"\"", Escape::Never);
        }
        if rest.starts_with('"') {
            return self.quoted(Kind::Text, "\"", "\"", Escape::Letters);
        }
        if rest.starts_with('`') {
            return self.quoted(Kind::Name, "`", "`", Escape::Doubled);
        }
        if rest.starts_with('\'') {
            return Err(Fault {
                at: self.at,
                what: "a single quote begins no value in ES|QL".into(),
                advice: "write values in double quotes",
            });
        }
        let next = rest.chars().next().unwrap_or_default();
        self.in_source &= !matches!(next, '|' | '(' | ')');
        if self.in_source && !next.is_whitespace() && next != ',' {
            let length = rest
                .find(|c: char| c.is_whitespace() || matches!(c, ',' | '|' | '(' | ')' | '"'))
                .unwrap_or(rest.len());
            self.push(Kind::Word, length.max(1));
            let source_ends = self
                .tokens
                .last()
                .is_some_and(|token| token.is_word("metadata"));
            self.in_source &= !source_ends;
            return Ok(());
        }
        if self.shared("()[]{}") {
            return Ok(());
        }
        if rest.starts_with(';') {
            self.push(Kind::Semicolon, 1);
            return Ok(());
        }
        if let Some(length) = number(rest) {
            self.push(Kind::Number, length);
            return Ok(());
        }
        let begins_stage = self
            .tokens
            .last()
            .is_none_or(|token| matches!(token.kind, Kind::Pipe | Kind::Semicolon | Kind::Open));
        let starts = |c: char| c.is_alphabetic() || matches!(c, '_' | '@');
        let continues = |c: char| c.is_alphanumeric() || matches!(c, '_' | '@' | '.');
        if next == '\0' || !starts(next) {
            self.operator(&["==", "!=", "=~", "<=", ">=", "::", "&&"]);
            return Ok(());
        }
        let length = esql_word(rest, continues);
        let name = rest.get(..length).unwrap_or_default();
        // Quoted parts belong to the name: source.`as`.number.
        let name = Cow::Owned(name.replace('`', ""));
        self.push_as(Kind::Word, name, self.at + length);
        let names_source = |token: &Token<'_>| {
            ["from", "ts", "metrics"]
                .iter()
                .any(|word| token.is_word(word))
        };
        self.in_source = begins_stage && self.tokens.last().is_some_and(names_source);
        Ok(())
    }
}

/// How long the number or span of time is that `text` begins with. `1..5` is a range of two.
fn number(text: &str) -> Option<usize> {
    if !text.starts_with(|c: char| c.is_ascii_digit()) {
        return None;
    }
    let mut before = ' ';
    let mut length = 0;
    for (at, next) in text.char_indices() {
        let follows_digit = before.is_ascii_digit();
        let decimal = next == '.'
            && follows_digit
            && text
                .get(at + 1..)
                .is_some_and(|more| more.starts_with(|c: char| c.is_ascii_digit()));
        if !(next.is_ascii_alphanumeric() || decimal) {
            break;
        }
        before = next;
        length = at + next.len_utf8();
    }
    Some(length)
}

/// How long the KQL name or keyword is that `text` begins with; zero where it begins with none.
fn kql_word(text: &str) -> usize {
    let is_part = |c: char| c.is_alphanumeric() || matches!(c, '_' | '$');
    let body = text.strip_prefix(['!', '.']).unwrap_or(text);
    if !body.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '$')) {
        return 0;
    }
    let mut length = text.len() - body.len();
    loop {
        let part = text.get(length..).unwrap_or_default();
        length += part.find(|c| !is_part(c)).unwrap_or(part.len());
        let rest = text.get(length..).unwrap_or_default();
        let joined = rest
            .strip_prefix('.')
            .is_some_and(|more| more.starts_with(|c: char| c.is_alphabetic() || c == '_'));
        let hyphenated = words::KQL_HYPHENATED
            .split_whitespace()
            .find(|word| text.get(..word.len()).is_some_and(|start| start == *word))
            .filter(|word| word.len() > length);
        if joined {
            length += 1;
        } else if let Some(word) = hyphenated {
            return word.len();
        } else {
            let word = text.get(..length).unwrap_or_default();
            let tilde = rest.starts_with('~') && matches!(word, "in" | "!in");
            return length + usize::from(tilde);
        }
    }
}

/// How long the ES|QL name is that `text` begins with, parts in backticks included.
fn esql_word(text: &str, continues: impl Fn(char) -> bool) -> usize {
    let mut length = 0;
    loop {
        let rest = text.get(length..).unwrap_or_default();
        length += rest.find(|c| !continues(c)).unwrap_or(rest.len());
        let quoted = text
            .get(..length)
            .filter(|name| name.ends_with('.'))
            .and_then(|_| text.get(length..)?.strip_prefix('`')?.find('`'));
        match quoted {
            Some(part) => length += part + 2,
            None => return length,
        }
    }
}
