//! A text being read: the alert, a part of it, or what an escaped part of it says; and the fields
//! found in it with their places in the alert.

use std::borrow::Cow;
use std::ops::Range;

use super::{Field, MAX_FIELDS, Span, cut, is_hidden};

/// The most bytes of a field's name. Keys are joined on the way down, so that without a bound a
/// deep document with long keys would grow with the square of its length.
const MAX_NAME_BYTES: usize = 512;

/// A text and where it stands in the alert.
pub(super) struct Excerpt<'a> {
    text: Cow<'a, str>,
    outer: Option<Outer<'a>>,
}

/// The text that an excerpt was taken from.
struct Outer<'a> {
    excerpt: &'a Excerpt<'a>,
    /// Where the excerpt starts in it.
    start: usize,
    /// Behind each escape: the place in the excerpt and the place in the outer text, both from
    /// the start of the excerpt.
    jumps: Vec<(usize, usize)>,
}

impl<'a> Excerpt<'a> {
    /// The whole alert.
    pub(super) fn whole(raw: &'a str) -> Self {
        Self {
            text: Cow::Borrowed(raw),
            outer: None,
        }
    }

    /// The part that stands at `range`; empty where the range is none of this text.
    pub(super) fn part(&'a self, range: Range<usize>) -> Self {
        Self {
            text: Cow::Borrowed(self.text.get(range.clone()).unwrap_or_default()),
            outer: Some(Outer {
                excerpt: self,
                start: range.start,
                jumps: Vec::new(),
            }),
        }
    }

    /// The part at `range` without white space around it.
    pub(super) fn trimmed(&'a self, range: Range<usize>) -> Self {
        let text = self.text.get(range.clone()).unwrap_or_default();
        let start = range.start + (text.len() - text.trim_start().len());
        self.part(start..start + text.trim().len())
    }

    /// What this text says once its escapes are undone.
    ///
    /// `mark` starts an escape and `escape` reads one: the character it stands for and its length
    /// in bytes. An escape that `escape` does not know stays as it is. Characters that show
    /// nothing or reorder text become spaces, as they do in the alert itself.
    pub(super) fn unescaped(
        &'a self,
        mark: char,
        escape: fn(&str) -> Option<(char, usize)>,
    ) -> Self {
        let mut text = String::new();
        let mut jumps = Vec::new();
        let mut rest = self.text();
        while let Some((plain, from_mark)) =
            rest.find(mark).and_then(|at| rest.split_at_checked(at))
        {
            text.push_str(plain);
            let taken = if let Some((character, length)) = escape(from_mark) {
                text.push(if is_hidden(character) { ' ' } else { character });
                jumps.push((text.len(), self.text.len() - from_mark.len() + length));
                length
            } else {
                text.push(mark);
                mark.len_utf8()
            };
            rest = from_mark.get(taken..).unwrap_or_default();
        }
        let text = if jumps.is_empty() {
            Cow::Borrowed(self.text())
        } else {
            text.push_str(rest);
            Cow::Owned(text)
        };
        Self {
            text,
            outer: Some(Outer {
                excerpt: self,
                start: 0,
                jumps,
            }),
        }
    }

    /// The text itself.
    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// Where a part of this text stands in the alert; `None` where escapes make it differ.
    pub(super) fn span(&self, range: Range<usize>) -> Option<Span> {
        let Some(outer) = &self.outer else {
            return Some(range.into());
        };
        let (start, end) = (outer.place(range.start), outer.place(range.end));
        // Every escape is longer than what it stands for.
        let is_verbatim = end.checked_sub(start) == Some(range.len());
        is_verbatim
            .then(|| outer.excerpt.span(start..end))
            .flatten()
    }
}

impl Outer<'_> {
    fn place(&self, inner: usize) -> usize {
        let behind = self.jumps.partition_point(|(place, _)| *place <= inner);
        let last = behind.checked_sub(1).and_then(|at| self.jumps.get(at));
        let (from, to) = last.copied().unwrap_or_default();
        self.start + to + (inner - from)
    }
}

/// The fields found so far.
#[derive(Default)]
pub(super) struct Fields {
    /// In the order of the text.
    pub(super) list: Vec<Field>,
    /// Whether there were more than are kept.
    pub(super) full: bool,
}

impl Fields {
    /// Adds a value, unless it is blank.
    pub(super) fn add(&mut self, name: &str, value: &Excerpt) {
        let text = value.text();
        self.push(Field {
            name: name.to_owned(),
            value: text.to_owned(),
            span: value.span(0..text.len()),
        });
    }

    /// Adds a field, unless its value is blank.
    pub(super) fn push(&mut self, field: Field) {
        if field.value.trim().is_empty() {
            return;
        }
        if self.list.len() == MAX_FIELDS {
            self.full = true;
            return;
        }
        self.list.push(field);
    }
}

/// The name of what stands under `key` in what is called `parent`.
pub(super) fn join(parent: &str, key: &str) -> String {
    let joined = match (parent.is_empty(), key.is_empty()) {
        (true, _) => cut(key, MAX_NAME_BYTES).to_owned(),
        (_, true) => parent.to_owned(),
        _ => format!("{parent}.{}", cut(key, MAX_NAME_BYTES)),
    };
    cut(&joined, MAX_NAME_BYTES).to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn backslash(text: &str) -> Option<(char, usize)> {
        let next = text.chars().nth(1)?;
        Some((next, 1 + next.len_utf8()))
    }

    #[test]
    fn places_survive_parts_and_two_layers_of_escapes() {
        let raw = r"é[say \\\'hi\\\' to b\\ob now]";
        let whole = Excerpt::whole(raw);
        let part = whole.part(3..raw.len() - 1);
        let once = part.unescaped('\\', backslash);
        let twice = once.unescaped('\\', backslash);
        assert_eq!(twice.text(), "say 'hi' to bob now");
        let check = |inner: &str, found: bool| {
            let start = twice.text().find(inner).expect("the part is there");
            let span = twice.span(start..start + inner.len());
            assert_eq!(span.is_some(), found, "{inner}");
            if let Some(span) = span {
                assert_eq!(&raw[span.range()], inner);
            }
        };
        check("say ", true);
        check("hi", true);
        check("'hi", false);
        check(" to b", true);
        check("bob", false);
        check("ob now", false);
        check("b now", true);
    }

    #[test]
    fn unknown_escapes_stay_and_hidden_characters_go() {
        let raw = r"a\";
        let whole = Excerpt::whole(raw);
        let same = whole.unescaped('\\', backslash);
        assert_eq!(same.text(), raw);
        assert_eq!(same.span(0..2), Some(Span { start: 0, end: 2 }));
        let whole = Excerpt::whole("a~b");
        let hidden = whole.unescaped('~', |_| Some(('\u{202e}', 1)));
        assert_eq!(hidden.text(), "a b");
    }
}
