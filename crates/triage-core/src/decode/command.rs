//! Commands whose words were torn apart: by carets, backticks, quotes or joined strings.

use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;

use super::words::{commands_of, is_text};
use super::{Budget, Encoding, Found, MAX_LAYER_BYTES, expression};
use crate::alert::cut;

/// A word with carets in it, which `cmd` drops.
static CARETS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[A-Za-z][A-Za-z0-9.]*(?:\^+[A-Za-z0-9.]+)+")
        .expect("the pattern is a constant that tests compile")
});

/// A word with backticks in it, which PowerShell drops.
static TICKS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[A-Za-z][A-Za-z0-9.-]*(?:`[A-Za-z0-9.-]+)+")
        .expect("the pattern is a constant that tests compile")
});

/// A word with quotes in it, which every shell drops.
static QUOTES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"[A-Za-z][A-Za-z0-9-]*(?:(?:\\?["']){1,2}[A-Za-z0-9-]+)+"#)
        .expect("the pattern is a constant that tests compile")
});

/// The key of a field in a line of several: a command ends before the next.
static KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?-u)(?:^|\s)[A-Za-z][\w.]{2,40}(?::\s+|=")"#)
        .expect("the pattern is a constant that tests compile")
});

/// After a backtick within a string these are white space and the like, and no trick.
const TICK_ESCAPES: &str = "0abefnrtuv";

/// What words are torn by.
const TEARS: [char; 5] = ['^', '`', '"', '\'', '\\'];

/// A part of a line as it reads without the trick.
struct Edit {
    range: Range<usize>,
    text: String,
    /// How often a word was torn.
    tricks: usize,
    /// Whether a command came out.
    is_command: bool,
    /// The string alone, where it was given by the codes of its characters.
    code: Option<String>,
}

/// Finds commands that are written to not be read, and strings of character codes.
///
/// A command is reported where one of its words is a known one once put together, or where its
/// words were torn at two places.
pub(super) fn find(text: &str, budget: &mut Budget) -> Vec<Found> {
    let mut found = Vec::new();
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let edits = edits(line, budget);
        for edit in &edits {
            if let Some(code) = edit.code.clone().filter(|code| budget.spend(code.len())) {
                found.push(Found {
                    range: at + edit.range.start..at + edit.range.end,
                    encoding: Encoding::CharCodes,
                    text: code,
                });
            }
        }
        for (command, edits) in commands(line, edits) {
            let is_command = edits.iter().any(|edit| edit.is_command);
            let tricks: usize = edits.iter().map(|edit| edit.tricks).sum();
            if (is_command || tricks >= 2) && budget.spend(command.len()) {
                found.push(Found {
                    text: rewrite(line, &command, &edits),
                    range: at + command.start..at + command.end,
                    encoding: Encoding::Concatenation,
                });
            }
        }
        at += line.len();
    }
    found
}

/// What reads differently in a line, in its order, nothing twice.
fn edits(line: &str, budget: &mut Budget) -> Vec<Edit> {
    let mut edits = Vec::new();
    if line.contains('^') {
        words(line, &CARETS, &mut edits, |word, whole| {
            let tears = word.matches('^').count();
            if whole.len() >= 4 && tears >= 2 {
                tears
            } else {
                0
            }
        });
    }
    if line.contains('`') {
        words(line, &TICKS, &mut edits, |word, _| {
            let behind = word.split('`').skip(1);
            let tears = behind
                .filter(|piece| !piece.starts_with(|c| TICK_ESCAPES.contains(c)))
                .count();
            if tears >= 3 { tears } else { 0 }
        });
    }
    if line.contains(['"', '\'']) {
        // A name between quotes is no trick; only a command that they tear is.
        words(line, &QUOTES, &mut edits, |_, _| 0);
    }
    for expression in expression::find(line, budget) {
        let value = expression.value;
        let is_code = value.codes >= 2;
        let source = line.get(expression.range.clone()).unwrap_or_default();
        edits.push(Edit {
            text: literal(&value.text, source),
            tricks: if is_code { 0 } else { value.torn },
            is_command: !is_code && value.hides_command(),
            range: expression.range,
            code: is_code.then_some(value.text),
        });
    }
    edits.retain(|edit| {
        let is_more = edit.is_command || edit.tricks > 0 || edit.code.is_some();
        is_more && is_text(&edit.text)
    });
    edits.sort_by_key(|edit| edit.range.start);
    let mut end = 0;
    edits.retain(|edit| {
        let is_free = edit.range.start >= end;
        end = end.max(edit.range.end);
        is_free
    });
    edits
}

/// A string as a literal, in the quotes and parentheses of the expression it replaces.
fn literal(text: &str, source: &str) -> String {
    let quote = if source.trim_start_matches('(').starts_with('"') {
        '"'
    } else {
        '\''
    };
    if source.starts_with('(') && source.ends_with(')') {
        format!("({quote}{text}{quote})")
    } else {
        format!("{quote}{text}{quote}")
    }
}

/// Words that a pattern finds torn, put together.
fn words(line: &str, torn: &Regex, edits: &mut Vec<Edit>, tricks: impl Fn(&str, &str) -> usize) {
    for word in torn.find_iter(line) {
        let whole = word.as_str().replace(TEARS, "");
        let pieces = word.as_str().replace(TEARS, " ");
        let is_command =
            commands_of(&whole).any(|name| commands_of(&pieces).all(|piece| piece != name));
        edits.push(Edit {
            range: word.range(),
            tricks: tricks(word.as_str(), &whole),
            is_command,
            code: None,
            text: whole,
        });
    }
}

/// The commands of a line that something is to be edited in, with what is: the line, or the
/// value of a field in it.
fn commands(line: &str, edits: Vec<Edit>) -> Vec<(Range<usize>, Vec<Edit>)> {
    if edits.is_empty() {
        return Vec::new();
    }
    let mut bounds: Vec<(usize, usize)> = KEY
        .find_iter(line)
        .map(|key| (key.start(), key.end()))
        .collect();
    bounds.push((line.len(), line.len()));
    let mut edits = edits.into_iter().peekable();
    let mut commands = Vec::new();
    let mut start = 0;
    for (end, next) in bounds {
        let mut inside = Vec::new();
        // What reaches over a key was no expression of one command.
        while let Some(edit) = edits.next_if(|edit| edit.range.start < end) {
            if start <= edit.range.start && edit.range.end <= end {
                inside.push(edit);
            }
        }
        if !inside.is_empty() {
            let is_quoted = line
                .get(..start)
                .is_some_and(|before| before.ends_with("=\""));
            let command = line.get(start..end).unwrap_or_default().trim_end();
            let command = if is_quoted {
                command.trim_end_matches('"')
            } else {
                command
            };
            let blank = command.len() - command.trim_start().len();
            commands.push((start + blank..start + command.len(), inside));
        }
        start = next;
    }
    commands
}

/// A command with its edits made.
fn rewrite(line: &str, command: &Range<usize>, edits: &[Edit]) -> String {
    let mut text = String::with_capacity(command.len());
    let mut copied = command.start;
    for edit in edits {
        text.push_str(line.get(copied..edit.range.start).unwrap_or_default());
        text.push_str(&edit.text);
        copied = edit.range.end;
    }
    text.push_str(line.get(copied..command.end).unwrap_or_default());
    // `cmd` drops every caret, not only those within words.
    let is_of_cmd = |edit: &Edit| {
        line.get(edit.range.clone())
            .is_some_and(|word| word.contains('^'))
    };
    if edits.iter().any(is_of_cmd) {
        text = text.replace('^', "");
    }
    cut(&text, MAX_LAYER_BYTES).to_owned()
}
