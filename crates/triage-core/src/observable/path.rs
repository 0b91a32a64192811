//! Where a path or a registry key ends, in quotes, with spaces, or in running text.

use std::sync::LazyLock;

use regex::Regex;

use super::name;

/// The longest path that is taken whole because quotes stand around it, in bytes.
const MAX_QUOTED: usize = 260;

/// How far ahead of a space the next separator may stand, in bytes.
const MAX_WORDS: usize = 48;

/// Marks that no Windows path holds, or that end it in running text.
const STOPS: &[char] = &[
    '"', '\'', '`', '<', '>', '|', '*', '?', ':', ';', ',', '&', '[', ']', '{', '}', '\n', '\r',
    '\t',
];

/// `ntdll.dll+9d4e4`: a place within a module, as call traces write it.
static MODULE_OFFSET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\.(?:dll|exe|sys)(?<offset>\+[0-9a-fx]+)$")
        .expect("the pattern is a constant that tests compile")
});

/// A path of any system at the start of a value.
static PATH_START: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:[a-z]:[\\/]|\\|/[^/\s]|~/|%[a-z0-9_()]+%\\|\$\{?env:)")
        .expect("the pattern is a constant that tests compile")
});

/// The end of a Windows path or registry key of which `head` bytes are known to belong to it.
/// `quote` is the mark before it, if any.
pub(super) fn windows_end(text: &str, head: usize, quote: Option<char>) -> usize {
    let end = quote
        .and_then(|quote| quoted_end(text, head, quote))
        .unwrap_or_else(|| running_end(text, head));
    let found = text.get(..end).unwrap_or_default();
    let tail = found.floor_char_boundary(found.len().saturating_sub(64));
    let offset = MODULE_OFFSET
        .captures(found.get(tail..).unwrap_or_default())
        .and_then(|captures| captures.name("offset").map(|offset| offset.len()));
    end - offset.unwrap_or_default()
}

/// Where a path in quotes ends; `None` where the quotes hold more than a path.
fn quoted_end(text: &str, head: usize, quote: char) -> Option<usize> {
    let inner = quoted(text, quote)?;
    let inner = inner.split(" = ").next().unwrap_or(inner);
    let rest = inner.get(head..)?;
    (!rest.contains(['<', '>', '|', '*', '?'])).then(|| end_before_arguments(inner))
}

/// Where a path in running text ends: a space goes on only to a separator that follows closely.
fn running_end(text: &str, head: usize) -> usize {
    let mut component = head;
    let mut at = head;
    while let Some(c) = text.get(at..).and_then(|rest| rest.chars().next()) {
        if STOPS.contains(&c) || (c == ')' && !has_open_bracket(text, component, at)) {
            break;
        }
        if c == ' ' {
            let so_far = text.get(component..at).unwrap_or_default();
            let next = separator_after_words(text, at + 1);
            let Some(next) = next.filter(|_| !has_ending(so_far)) else {
                break;
            };
            at = next;
            continue;
        }
        at += c.len_utf8();
        if c == '\\' || c == '/' {
            component = at;
        }
    }
    trimmed(text.get(..at).unwrap_or_default()).len()
}

/// The end of a Unix path that is known to reach to `end`: further where quotes hold it whole.
pub(super) fn unix_end(text: &str, end: usize, quote: Option<char>) -> usize {
    if text.get(end..).is_some_and(|rest| rest.starts_with(' '))
        && let Some(inner) = quote.and_then(|quote| quoted(text, quote))
        && let Some(rest) = inner.get(end..)
        && !rest.contains([';', '|', '&', '>', '<'])
        && !rest.contains(" -")
        && !rest.contains(" /")
        && !has_ending(inner.get(..end).unwrap_or_default())
        && (rest.contains('/') || name::is_file_name(rest))
    {
        return inner.len();
    }
    trimmed(text.get(..end).unwrap_or_default()).len()
}

/// A path with its doubled separators undone and nothing behind it.
pub(super) fn clean(written: &str) -> String {
    if !written.contains("\\\\") {
        return written.to_owned();
    }
    let is_share = written.starts_with("\\\\");
    let mut value = String::with_capacity(written.len());
    if is_share {
        value.push('\\');
    }
    for c in written.chars() {
        let is_repeated = c == '\\' && value.ends_with('\\') && !(is_share && value.len() == 1);
        if !is_repeated {
            value.push(c);
        }
    }
    value
}

/// Whether the whole of a field's value is a path.
pub(super) fn is_path(value: &str) -> bool {
    PATH_START.is_match(value) && value.len() <= 1024 && !value.contains(['\n', '"', '<', '>', '|'])
}

/// Where the program ends and its arguments begin, in a value that starts with a program.
pub(super) fn end_before_arguments(value: &str) -> usize {
    value
        .match_indices(' ')
        .map(|(at, _)| at)
        .find(|at| {
            let component = value.get(..*at).unwrap_or_default();
            let component = component.rsplit(['\\', '/']).next().unwrap_or_default();
            has_ending(component)
        })
        .unwrap_or_else(|| trimmed(value).len())
}

/// What stands in quotes, up to a length, on one line.
fn quoted(text: &str, quote: char) -> Option<&str> {
    let near = text
        .get(..text.floor_char_boundary(MAX_QUOTED))
        .unwrap_or(text);
    let inner = near.get(..near.find([quote, '\n'])?)?;
    text.get(inner.len()..)?.starts_with(quote).then_some(inner)
}

/// The separator that follows a few capitalised words: the rest of `Program Files\`.
fn separator_after_words(text: &str, from: usize) -> Option<usize> {
    let rest = text.get(from..text.floor_char_boundary(from + MAX_WORDS))?;
    let words = rest.get(..rest.find('\\')?)?;
    let is_name_word = |word: &str| {
        word.starts_with(|c: char| c.is_uppercase() || c.is_ascii_digit() || c == '(')
            || matches!(
                word,
                "and" | "of" | "for" | "files" | "data" | "folder" | "drive" | "-"
            )
    };
    let is_name = !words.contains(STOPS)
        && words.split(' ').count() <= 3
        && words.split(' ').all(is_name_word);
    is_name.then_some(from + words.len())
}

fn has_open_bracket(text: &str, from: usize, to: usize) -> bool {
    text.get(from..to).is_some_and(|part| part.contains('('))
}

fn has_ending(component: &str) -> bool {
    name::is_program_name(component) || name::is_file_name(component)
}

fn trimmed(path: &str) -> &str {
    let path = path.trim_end_matches([' ', '.', ',', ';', ':', '\\', '/']);
    match path.strip_suffix(')') {
        Some(rest) if !rest.contains('(') => rest,
        _ => path,
    }
}
