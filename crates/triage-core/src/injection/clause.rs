//! From the words that gave an instruction away to the clause they stand in.

use std::ops::Range;

/// How many bytes before the words are searched for where their clause begins.
const MOST_BEFORE: usize = 80;

/// How many bytes after the words still belong to them where no end is found.
const MOST_AFTER: usize = 200;

/// Characters that end a clause on either side: quotes, brackets, line breaks, and what a shell
/// puts between commands. What stands beyond is evidence and must not go with the instruction.
const BORDERS: &[char] = &[
    '"', '`', '<', '>', '|', '&', ';', '#', '{', '}', '[', ']', '(', ')', '\\', '\n', '\r', '\t',
];

/// Marks that end a clause where white space follows.
const STOPS: &[char] = &['.', '!', '?', ':', ','];

/// The clause around `words` in `text`, within `value`, the field's value they stand in.
pub(super) fn clause(text: &str, words: Range<usize>, value: Range<usize>) -> Range<usize> {
    let inside = words.start.max(value.start)..words.end.min(value.end);
    let before = text.get(value.start..inside.start).unwrap_or_default();
    let after = text.get(inside.end..value.end).unwrap_or_default();
    let start = inside.start - kept_before(before);
    let end = inside.end + kept_after(after);
    trimmed(text, start..end)
}

/// The length of the end of `before` that belongs to the clause; zero where its beginning is too
/// far away to tell.
fn kept_before(before: &str) -> usize {
    let from = before.len().saturating_sub(MOST_BEFORE);
    let near = before.get(before.ceil_char_boundary(from)..);
    let near = near.unwrap_or_default();
    let mut next_is_space = false;
    for (at, c) in near.char_indices().rev() {
        let is_border = BORDERS.contains(&c) || matches!(c, '/' | '=');
        if is_border || (STOPS.contains(&c) && next_is_space) {
            return near.len() - at - c.len_utf8();
        }
        next_is_space = c.is_whitespace();
    }
    if near.len() == before.len() {
        near.len()
    } else {
        0
    }
}

/// The length of the beginning of `after` that belongs to the clause.
fn kept_after(after: &str) -> usize {
    let near = crate::alert::cut(after, MOST_AFTER);
    let mut characters = near.char_indices().peekable();
    while let Some((at, c)) = characters.next() {
        if BORDERS.contains(&c) {
            return at;
        }
        let is_last = characters
            .peek()
            .is_none_or(|(_, next)| next.is_whitespace());
        if matches!(c, '。' | '！' | '？') || (matches!(c, '.' | '!' | '?') && is_last) {
            return at + c.len_utf8();
        }
    }
    near.len()
}

/// Without white space at its ends, and without half of an escape such as `\n` or `\"`.
fn trimmed(text: &str, range: Range<usize>) -> Range<usize> {
    let clause = text.get(range.clone()).unwrap_or_default();
    let before = text.get(..range.start).unwrap_or_default();
    let slashes = before.len() - before.trim_end_matches('\\').len();
    let is_escape = slashes % 2 == 1 && clause.starts_with(['n', 'r', 't', '"', '\\', '/']);
    let body = if is_escape {
        clause.get(1..).unwrap_or_default()
    } else {
        clause
    };
    let start = range.end - body.trim_start().len();
    let end = start + body.trim().trim_end_matches('\\').len();
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, words: &str, expected: &str) {
        let start = text.find(words).unwrap();
        let found = clause(text, start..start + words.len(), 0..text.len());
        assert_eq!(&text[found], expected, "{text}");
    }

    #[test]
    fn a_clause_ends_where_its_sentence_or_command_does() {
        check(
            "A. Please ignore it now. B",
            "ignore it",
            "Please ignore it now.",
        );
        check(
            "whoami & echo ignore it | cmd",
            "ignore it",
            "echo ignore it",
        );
        check(
            r#"{"ua":"curl ignore it","b":1}"#,
            "ignore it",
            "curl ignore it",
        );
        check(r#"{"ua":"\"ignore it\\n\""}"#, "ignore it", "ignore it");
        check(r#"{"ua":"a\nignore it"}"#, "nignore it", "ignore it");
        check("Mozilla/5.0 ignore it", "ignore it", "5.0 ignore it");
    }

    #[test]
    fn a_beginning_too_far_away_is_left() {
        let text = format!("{} ignore it", "word ".repeat(40));
        check(&text, "ignore it", "ignore it");
    }

    #[test]
    fn an_end_too_far_away_is_cut() {
        let text = format!("ignore it {}", "wörd ".repeat(80));
        let found = clause(&text, 0..9, 0..text.len());
        assert!((180..=209).contains(&found.end), "{found:?}");
    }
}
