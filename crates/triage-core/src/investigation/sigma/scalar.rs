//! Lines of YAML as Sigma rules use them: indentation, key, modifiers and one value.

use std::borrow::Cow;

use super::super::token::Fault;

/// A value beside a key or a dash.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Scalar {
    /// Nothing, or a block that follows.
    None,
    /// One value, quotes undone.
    Text(String),
    /// A list in brackets, as written.
    List(String),
}

impl Scalar {
    /// The value as text; empty where there is none.
    pub fn text(&self) -> &str {
        match self {
            Self::None => "",
            Self::Text(text) | Self::List(text) => text,
        }
    }
}

/// One line that holds something.
#[derive(Clone, Debug)]
pub(super) struct Line<'a> {
    /// First byte of its content.
    pub at: usize,
    /// Spaces before the content, a dash counted as one.
    pub indent: usize,
    /// Whether a dash begins it.
    pub is_item: bool,
    /// The key without its modifiers; empty in a plain list item.
    pub key: Cow<'a, str>,
    pub modifiers: Vec<&'a str>,
    pub value: Scalar,
    /// First byte of the value.
    pub value_at: usize,
}

/// Reads the lines that hold something.
pub(super) fn lines(text: &str) -> Result<Vec<Line<'_>>, Fault> {
    let mut found: Vec<Line<'_>> = Vec::new();
    // The indentation of a key whose text block is being read, and whether it matters.
    let mut block: Option<usize> = None;
    let mut at = 0;
    for raw in text.split_inclusive('\n') {
        let start = at;
        at += raw.len();
        let body = raw.trim_end();
        let content = body.trim_start_matches(' ');
        let spaces = body.len() - content.len();
        if content.is_empty() || content.starts_with('#') || matches!(content, "---" | "...") {
            continue;
        }
        if let Some(indent) = block {
            if spaces > indent {
                append(&mut found, content, start + spaces);
                continue;
            }
            block = None;
        }
        if content.starts_with('\t') {
            return Err(Fault {
                at: start + spaces,
                what: "a tab indents this line".into(),
                advice: "indent by spaces",
            });
        }
        // A plain value may go on in the next lines, deeper than its key.
        let goes_on = found.last().is_some_and(|line| {
            !line.key.is_empty()
                && spaces > line.indent
                && matches!(line.value, Scalar::Text(_))
                && !content.starts_with("- ")
        });
        let line = line(content, start + spaces, spaces)?;
        if goes_on && line.key.is_empty() {
            append(&mut found, content, start + spaces);
            continue;
        }
        if let Scalar::Text(value) = &line.value
            && is_block(value)
            && body.ends_with(value.as_str())
        {
            block = Some(line.indent);
            found.push(Line {
                value: Scalar::Text(String::new()),
                ..line
            });
            continue;
        }
        found.push(line);
    }
    Ok(found)
}

/// Adds a line to the text of the last key.
fn append(found: &mut [Line<'_>], content: &str, at: usize) {
    let Some(line) = found.last_mut() else { return };
    if let Scalar::Text(value) = &mut line.value {
        if value.is_empty() {
            line.value_at = at;
        } else {
            value.push(' ');
        }
        value.push_str(content);
    }
}

/// `|`, `>`, `|-` and the like announce a block of text.
fn is_block(value: &str) -> bool {
    let rest = value.strip_prefix(['|', '>']);
    rest.is_some_and(|rest| rest.chars().all(|c| matches!(c, '-' | '+' | '0'..='9')))
}

fn line(content: &str, at: usize, spaces: usize) -> Result<Line<'_>, Fault> {
    let mut body = content;
    let mut is_item = false;
    while let Some(rest) = body
        .strip_prefix('-')
        .filter(|rest| rest.is_empty() || rest.starts_with(' '))
    {
        is_item = true;
        body = rest.trim_start();
    }
    let lead = content.len() - body.len();
    let (key, value) = match key_end(body) {
        Some(end) => body.split_at(end),
        None => ("", body),
    };
    let value = value.strip_prefix(':').unwrap_or(value);
    let trimmed = value.trim_start();
    let value_at = at + content.len() - trimmed.len();
    let key = key.trim().trim_matches(['\'', '"']);
    let mut parts = key.split('|');
    let name = parts.next().unwrap_or_default();
    Ok(Line {
        at: at + lead,
        indent: spaces + lead,
        is_item,
        key: Cow::Borrowed(name),
        modifiers: parts.collect(),
        value: scalar(trimmed, value_at)?,
        value_at,
    })
}

/// Where the colon stands that ends a key, if the line begins with one.
fn key_end(body: &str) -> Option<usize> {
    if body.starts_with(['\'', '"']) {
        let (_, rest) = quoted(body)?;
        return rest.starts_with(':').then_some(body.len() - rest.len());
    }
    let mut from = 0;
    loop {
        let colon = from + body.get(from..)?.find(':')?;
        let after = body.get(colon + 1..)?;
        if after.is_empty() || after.starts_with(' ') {
            let key = body.get(..colon)?;
            // Prose and paths have colons too; a key is one word or a few.
            let is_key = !key.contains(['"', '\'', '{', '[', '#']) && !key.is_empty();
            return is_key.then_some(colon);
        }
        from = colon + 1;
    }
}

fn scalar(text: &str, at: usize) -> Result<Scalar, Fault> {
    let unclosed = |what: &str, advice: &'static str| Fault {
        at,
        what: what.into(),
        advice,
    };
    let Some(first) = text.chars().next() else {
        return Ok(Scalar::None);
    };
    match first {
        '#' => Ok(Scalar::None),
        '\'' | '"' => {
            let (value, rest) = quoted(text)
                .ok_or_else(|| unclosed("a quoted value is never closed", "close its quote"))?;
            let rest = rest.trim_start();
            if !rest.is_empty() && !rest.starts_with('#') {
                return Err(unclosed(
                    "something stands behind a quoted value",
                    "double a single quote that belongs to the value",
                ));
            }
            Ok(Scalar::Text(value))
        }
        '[' => {
            let end = text
                .rfind(']')
                .ok_or_else(|| unclosed("the list is never closed", "close it with `]`"))?;
            Ok(Scalar::List(
                text.get(1..end).unwrap_or_default().to_owned(),
            ))
        }
        '{' if !text.ends_with('}') => Err(unclosed("the braces are never closed", "close them")),
        _ => {
            let plain = text.split(" #").next().unwrap_or(text).trim_end();
            Ok(Scalar::Text(plain.to_owned()))
        }
    }
}

/// The value in quotes that a text begins with, and what follows it.
pub(super) fn quoted(text: &str) -> Option<(String, &str)> {
    let quote = text.chars().next()?;
    let mut value = String::new();
    let mut rest = text.get(1..)?;
    loop {
        let next = rest.chars().next()?;
        rest = rest.get(next.len_utf8()..)?;
        if next == quote {
            match rest.strip_prefix(quote).filter(|_| quote == '\'') {
                Some(after) => {
                    value.push(quote);
                    rest = after;
                }
                None => return Some((value, rest)),
            }
        } else if next == '\\' && quote == '"' {
            let escaped = rest.chars().next()?;
            rest = rest.get(escaped.len_utf8()..)?;
            match escaped {
                'n' => value.push('\n'),
                'r' => value.push('\r'),
                't' => value.push('\t'),
                '0' => value.push('\0'),
                other => value.push(other),
            }
        } else {
            value.push(next);
        }
    }
}

/// The values of a list in brackets, each with its byte.
pub(super) fn list(line: &Line<'_>) -> Vec<(String, usize)> {
    let Scalar::List(content) = &line.value else {
        return Vec::new();
    };
    let mut values = Vec::new();
    let mut rest = content.as_str();
    while !rest.trim_start().is_empty() {
        rest = rest.trim_start();
        let at = line.value_at + 1 + content.len() - rest.len();
        let quoted = rest
            .starts_with(['\'', '"'])
            .then(|| quoted(rest))
            .flatten();
        let (value, after) = quoted.unwrap_or_else(|| {
            let (value, after) = rest.split_at(rest.find(',').unwrap_or(rest.len()));
            (value.trim_end().to_owned(), after)
        });
        values.push((value, at));
        let comma = after.find(',').map_or(after.len(), |comma| comma + 1);
        rest = after.get(comma..).unwrap_or_default();
    }
    values
}

/// A value with Sigma's own escapes undone: a backslash takes a wildcard or itself as it is.
pub(super) fn unescaped(value: &str) -> String {
    let mut plain = String::with_capacity(value.len());
    let mut characters = value.chars().peekable();
    while let Some(next) = characters.next() {
        match characters.peek() {
            Some(escaped @ ('*' | '?' | '\\')) if next == '\\' => {
                plain.push(*escaped);
                characters.next();
            }
            _ => plain.push(next),
        }
    }
    plain
}
