//! Expressions that build a string from pieces: joined, reversed, reordered, by character codes.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::numbers::number;
use super::words::{holds_command, is_command};
use super::{Budget, MAX_LAYER_BYTES};
use crate::alert::cut;

/// How deep parentheses are followed.
const MAX_DEPTH: usize = 4;

/// The longest string literal.
const MAX_LITERAL: usize = 4096;

/// The longest piece of a word that `&` is taken to join.
const MAX_FRAGMENT: usize = 16;

/// How far a word is followed from where two pieces meet.
const MAX_WORD: usize = 40;

/// What a line needs at least one of, to hold an expression that is worth reading.
static OPERATOR: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i-u)["')0-9]\s*[+&]\s*["'(\[c\\]|-join|-f\s*["'(]|\[\s*-1\s*\.\.|\[::-1\]|strreverse|\.reverse\(\)"#)
        .expect("the pattern is a constant that tests compile")
});

/// What joins the items of a list by nothing.
const JOIN: &[&str] = &["-join ''", "-join''", "-join \"\"", "-join\"\""];

/// What reverses the string before it, other than a range of negative places.
const REVERSE: &[&str] = &[
    "[::-1]",
    r#".split("").reverse().join("")"#,
    ".split('').reverse().join('')",
];

/// An expression and the string that it builds.
pub(super) struct Expression {
    pub(super) range: Range<usize>,
    pub(super) value: Value,
}

/// A string and how it came about.
#[derive(Default)]
pub(super) struct Value {
    pub(super) text: String,
    /// How many of its letters and digits were given by their codes.
    pub(super) codes: usize,
    /// How many words were torn apart. Text that is only put together has its seams between words.
    pub(super) torn: usize,
    /// Where pieces of it meet.
    seams: Vec<usize>,
    is_reversed: bool,
}

impl Value {
    /// Whether a command came out that its pieces do not show.
    pub(super) fn hides_command(&self) -> bool {
        let hides = |seam: &usize| {
            let word = |byte: &&u8| byte.is_ascii_alphanumeric() || **byte == b'-';
            let (before, after) = self.text.as_bytes().split_at(*seam);
            let left = before.iter().rev().take(MAX_WORD).take_while(word).count();
            let right = after.iter().take(MAX_WORD).take_while(word).count();
            let whole = self.text.get(seam - left..seam + right).unwrap_or_default();
            left > 0 && right > 0 && whole.len() <= MAX_WORD && is_command(whole)
        };
        (self.is_reversed && holds_command(&self.text)) || self.seams.iter().any(hides)
    }

    fn literal(text: String) -> Self {
        Self {
            text,
            ..Self::default()
        }
    }

    fn append(&mut self, other: &Self) {
        let seam = self.text.len();
        if seam + other.text.len() > MAX_LAYER_BYTES {
            return;
        }
        let ends_in_word = self.text.ends_with(|c: char| c.is_ascii_alphabetic());
        let goes_on = other.text.starts_with(|c: char| c.is_ascii_alphabetic());
        self.torn += other.torn + usize::from(ends_in_word && goes_on);
        if seam > 0 && !other.text.is_empty() {
            self.seams.push(seam);
        }
        self.seams
            .extend(other.seams.iter().map(|inner| seam + inner));
        self.text.push_str(&other.text);
        self.codes += other.codes;
        self.is_reversed |= other.is_reversed;
    }

    /// Whether what was put last may be a piece of a word.
    fn ends_in_fragment(&self) -> bool {
        let last = self.seams.last().copied().unwrap_or_default();
        is_fragment(self.text.get(last..).unwrap_or_default())
    }

    fn reverse(&mut self) {
        self.text = self.text.chars().rev().collect();
        self.seams.clear();
        self.torn = 0;
        self.is_reversed = true;
    }
}

/// Whether this is so short and plain that it may be a piece of a word.
fn is_fragment(text: &str) -> bool {
    text.len() <= MAX_FRAGMENT && !text.contains([' ', '\\', '/', ':'])
}

/// The expressions of one line that consist of more than one literal, in its order.
pub(super) fn find(line: &str, budget: &mut Budget) -> Vec<Expression> {
    if !OPERATOR.is_match(line) {
        return Vec::new();
    }
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(start) = start_of_term(line, at) {
        at = start + 1;
        let mut parser = Parser {
            line,
            at: start,
            steps: 0,
        };
        let value = parser.sum(0);
        if !budget.step(parser.steps) {
            return found;
        }
        if let Some(value) = value.filter(|value| value.is_reversed || !value.seams.is_empty()) {
            at = parser.at;
            found.push(Expression {
                range: start..parser.at,
                value,
            });
        }
    }
    found
}

/// Where a term may begin, from a place on.
fn start_of_term(line: &str, from: usize) -> Option<usize> {
    let bytes = line.as_bytes();
    let before = from.checked_sub(1).and_then(|place| bytes.get(place));
    let mut in_word = before.is_some_and(u8::is_ascii_alphanumeric);
    let rest = bytes.get(from..)?;
    let place = rest.iter().position(|byte| {
        let starts = match byte {
            b'"' | b'\'' | b'(' | b'[' | b'-' => true,
            b'c' | b'C' | b's' | b'S' => !in_word,
            _ => false,
        };
        in_word = byte.is_ascii_alphanumeric();
        starts
    })?;
    Some(from + place)
}

/// Reads one expression from the left to the right, each byte at most once per level of
/// parentheses.
struct Parser<'a> {
    line: &'a str,
    at: usize,
    steps: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.line.get(self.at..).unwrap_or_default()
    }

    fn skip_spaces(&mut self) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start().len();
    }

    fn eat(&mut self, word: &str) -> bool {
        let head = self.rest().as_bytes().get(..word.len());
        let is_next = head.is_some_and(|head| head.eq_ignore_ascii_case(word.as_bytes()));
        self.at += if is_next { word.len() } else { 0 };
        is_next
    }

    /// One of several spellings, after white space; nothing is taken where none is there.
    fn eat_any(&mut self, words: &[&str]) -> bool {
        let next = self.attempt(|parser| {
            parser.skip_spaces();
            words.iter().any(|word| parser.eat(word)).then_some(())
        });
        next.is_some()
    }

    /// Reads on; where that fails, nothing is taken.
    fn attempt<T>(&mut self, read: impl FnOnce(&mut Self) -> Option<T>) -> Option<T> {
        let start = self.at;
        let result = read(self);
        if result.is_none() {
            self.at = start;
        }
        result
    }

    /// Digits and letters, at most eight.
    fn digits(&mut self) -> &'a str {
        let digits = self
            .rest()
            .bytes()
            .take(8)
            .take_while(u8::is_ascii_alphanumeric);
        let digits = self.rest().get(..digits.count()).unwrap_or_default();
        self.at += digits.len();
        digits
    }

    /// Terms joined by `+` or `&`; an operator without a term behind it is left alone.
    fn sum(&mut self, depth: usize) -> Option<Value> {
        let mut sum = self.term(depth)?;
        while let Some((is_plus, next)) = self.attempt(|parser| {
            let is_plus = parser.eat_any(&["+"]);
            let is_operator = is_plus || parser.eat_any(&["&"]);
            parser.skip_spaces();
            let next = is_operator.then(|| parser.term(depth))??;
            Some((is_plus, next))
        }) {
            // In a shell `&` stands between commands: only pieces of words are joined by it.
            let is_piece = is_plus || (sum.ends_in_fragment() && is_fragment(&next.text));
            let torn = sum.torn;
            sum.append(&next);
            sum.torn = if is_piece { sum.torn } else { torn };
        }
        Some(sum)
    }

    fn term(&mut self, depth: usize) -> Option<Value> {
        self.steps += 1;
        let mut value = if self.eat("(") {
            self.group(false, depth)?
        } else if self.eat_any(&["-join"]) {
            self.skip_spaces();
            self.eat("(").then(|| self.group(true, depth))??
        } else if self.eat_any(&["strreverse("]) {
            let mut value = self.group(false, depth)?;
            value.reverse();
            value
        } else {
            self.attempt(Self::code)
                .or_else(|| self.attempt(Self::literal))?
        };
        if self.reversal() {
            value.reverse();
        }
        if self.eat_any(&["-f"]) {
            value = self.format(&value.text, depth)?;
        }
        Some(value)
    }

    /// What stands in parentheses: a sum, or a list that is joined before or behind it.
    fn group(&mut self, is_joined: bool, depth: usize) -> Option<Value> {
        if depth == MAX_DEPTH {
            return None;
        }
        let mut all = Value::default();
        let mut count = 0;
        loop {
            self.skip_spaces();
            let item = self.sum(depth + 1)?;
            all.append(&item);
            count += 1;
            if !self.eat_any(&[","]) {
                break;
            }
        }
        let is_whole = self.eat_any(&[")"]);
        let is_joined = self.eat_any(JOIN) || is_joined;
        (is_whole && (count == 1 || is_joined)).then_some(all)
    }

    /// Whether a string is read backwards: `[-1..-9] -join ''`, `[::-1]` or
    /// `.split("").reverse().join("")` behind it.
    fn reversal(&mut self) -> bool {
        let range = |parser: &mut Self| {
            let opens = ["[", "-1", "..", "-"]
                .iter()
                .all(|part| parser.eat_any(&[part]));
            parser.skip_spaces();
            let is_range = opens && !parser.digits().is_empty() && parser.eat_any(&["]"]);
            is_range.then(|| parser.eat_any(JOIN))
        };
        self.eat_any(REVERSE) || self.attempt(range).is_some()
    }

    /// The arguments of `-f`, put where the template wants them.
    fn format(&mut self, template: &str, depth: usize) -> Option<Value> {
        if depth == MAX_DEPTH {
            return None;
        }
        let mut arguments = Vec::new();
        loop {
            self.skip_spaces();
            arguments.push(self.term(depth + 1)?);
            if !self.eat_any(&[","]) {
                break;
            }
        }
        let mut value = Value::default();
        let mut rest = template;
        while let Some((before, behind)) = rest.split_once('{') {
            let (place, behind) = behind.split_once('}')?;
            value.append(&Value::literal(before.to_owned()));
            value.append(arguments.get(place.trim().parse::<usize>().ok()?)?);
            rest = behind;
        }
        value.append(&Value::literal(rest.to_owned()));
        Some(value)
    }

    /// A string in quotes, which a carrier may have escaped once more.
    fn literal(&mut self) -> Option<Value> {
        let is_escaped = self.eat("\\");
        let quote = ['"', '\'']
            .into_iter()
            .find(|quote| self.rest().starts_with(*quote))?;
        self.at += 1;
        let rest = cut(self.rest(), MAX_LITERAL);
        let (body, _) = rest
            .split_once(quote)
            .filter(|(body, _)| !body.contains('\n'))?;
        self.at += body.len() + 1;
        let body = if is_escaped {
            body.strip_suffix('\\')?
        } else {
            body
        };
        Some(Value::literal(body.to_owned()))
    }

    /// `[char]73`, `[char](0x49)`, `chr(73)`, `ChrW(73)`, `char(73)`.
    fn code(&mut self) -> Option<Value> {
        self.eat("[string]");
        let is_cast = self.eat("[char]") || self.eat("[system.char]");
        let is_call = !is_cast
            && ["chr(", "chrw(", "chr$(", "char("]
                .iter()
                .any(|name| self.eat(name));
        let is_open = is_call || self.eat("(");
        let letter = number(self.digits()).and_then(char::from_u32)?;
        let is_whole = !is_open || self.eat_any(&[")"]);
        (is_whole && (is_cast || is_call)).then(|| Value {
            codes: usize::from(letter.is_ascii_alphanumeric()),
            ..Value::literal(letter.to_string())
        })
    }
}
