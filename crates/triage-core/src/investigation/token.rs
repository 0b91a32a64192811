//! Tokens of the three piped languages: words, literals, operators, and brackets that know their end.

mod lexer;

use std::borrow::Cow;

use super::QueryLanguage;

/// How deep brackets may nest. Deeper ones are no query, and walking them would cost stack.
const MAX_DEPTH: usize = 64;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// A name, keyword or unquoted value.
    Word,
    /// A number or span of time.
    Number,
    /// A quoted value; the token's text is what the quotes hold, escapes undone.
    Text,
    /// A quoted name, likewise.
    Name,
    /// A Splunk macro, without its backticks.
    Macro,
    /// Anything that joins or compares.
    Operator,
    Pipe,
    Comma,
    Semicolon,
    Open,
    Close,
}

#[derive(Clone, Debug)]
pub(super) struct Token<'a> {
    pub kind: Kind,
    pub text: Cow<'a, str>,
    /// First byte in the query.
    pub at: usize,
    /// One past the last byte.
    pub end: usize,
    /// For an opening bracket: how many tokens further its closing one stands.
    pub close: usize,
}

impl Token<'_> {
    pub fn is(&self, kind: Kind, text: &str) -> bool {
        self.kind == kind && self.text == text
    }

    /// Whether this is the keyword, in whatever case.
    pub fn is_word(&self, word: &str) -> bool {
        self.kind == Kind::Word && self.text.eq_ignore_ascii_case(word)
    }
}

/// Why a text has no tokens.
#[derive(Debug)]
pub(super) struct Fault {
    pub at: usize,
    pub what: String,
    pub advice: &'static str,
}

/// The tokens between the bracket at `place` and its end.
pub(super) fn inside<'t, 'a>(tokens: &'t [Token<'a>], place: usize) -> &'t [Token<'a>] {
    let close = tokens.get(place).map_or(0, |open| place + open.close);
    tokens.get(place + 1..close).unwrap_or_default()
}

/// Where the first token stands that lies outside brackets and passes.
pub(super) fn find(tokens: &[Token<'_>], pass: impl Fn(&Token<'_>) -> bool) -> Option<usize> {
    let mut place = 0;
    while let Some(token) = tokens.get(place) {
        if pass(token) {
            return Some(place);
        }
        place += 1 + token.close;
    }
    None
}

/// The parts between separators outside brackets, each with the byte where it begins.
pub(super) fn split<'t, 'a>(
    tokens: &'t [Token<'a>],
    separator: impl Fn(&Token<'_>) -> bool,
) -> Vec<(usize, &'t [Token<'a>])> {
    let mut parts = Vec::new();
    let mut rest = tokens;
    let mut at = tokens.first().map_or(0, |token| token.at);
    while let Some(place) = find(rest, &separator) {
        let (part, tail) = rest.split_at(place);
        parts.push((part.first().map_or(at, |token| token.at), part));
        at = tail.first().map_or(at, |token| token.at);
        rest = tail.get(1..).unwrap_or_default();
    }
    parts.push((rest.first().map_or(at, |token| token.at), rest));
    parts
}

/// Reads a query's tokens and pairs its brackets.
pub(super) fn tokens(text: &str, language: QueryLanguage) -> Result<Vec<Token<'_>>, Fault> {
    let mut tokens = lexer::read(text, language)?;
    pair_brackets(&mut tokens)?;
    Ok(tokens)
}

fn pair_brackets(tokens: &mut [Token<'_>]) -> Result<(), Fault> {
    let mut open: Vec<(usize, char, usize)> = Vec::new();
    let mut pairs: Vec<(usize, usize)> = Vec::new();
    for (place, token) in tokens.iter().enumerate() {
        let bracket = token.text.chars().next().unwrap_or_default();
        match token.kind {
            Kind::Open if open.len() == MAX_DEPTH => {
                return Err(Fault {
                    at: token.at,
                    what: format!("brackets nest deeper than {MAX_DEPTH}"),
                    advice: "nest them less",
                });
            }
            Kind::Open => open.push((place, bracket, token.at)),
            Kind::Close => match open.pop() {
                Some((start, opening, _)) if closing(opening) == bracket => {
                    pairs.push((start, place - start));
                }
                _ => {
                    return Err(Fault {
                        at: token.at,
                        what: format!("`{bracket}` closes nothing"),
                        advice: "remove it or open it before",
                    });
                }
            },
            _ => {}
        }
    }
    if let Some((_, bracket, at)) = open.pop() {
        return Err(Fault {
            at,
            what: format!("`{bracket}` is never closed"),
            advice: "close it",
        });
    }
    for (start, close) in pairs {
        if let Some(token) = tokens.get_mut(start) {
            token.close = close;
        }
    }
    Ok(())
}

fn closing(opening: char) -> char {
    match opening {
        '(' => ')',
        '[' => ']',
        _ => '}',
    }
}
