//! A walk over JSON that flattens it to named values with their exact places in the alert, into
//! documents that stand inside of strings as well.

use std::ops::Range;

use super::excerpt::{Excerpt, Fields, join};
use super::format::read_nested;

/// How deep a document may stand in strings of documents.
const MAX_NESTING: usize = 3;

/// What keeps `_source` out of names: the wrapper of every Elastic hit says nothing.
const TRANSPARENT: &str = "_source";

/// Flattens the JSON value that starts at `at`, which must be valid.
///
/// Items of a list share the list's name (`tags` three times); only the items of `Entities` are
/// told apart by their type (`Entities.account.Name`), because nothing else in them says whom
/// or what a name names.
pub(super) fn flatten(source: &Excerpt, at: usize, name: &str, depth: usize, fields: &mut Fields) {
    let mut walk = Walk {
        source,
        at,
        depth,
        fields,
    };
    walk.value(name);
}

/// Where the value under `path` begins, each step a key of an object or the first item of a list;
/// `None` where there is none.
pub(super) fn place_of(text: &str, path: &[&str]) -> Option<usize> {
    let source = Excerpt::whole(text);
    let mut walk = Walk {
        source: &source,
        at: 0,
        depth: 0,
        fields: &mut Fields::default(),
    };
    for step in path {
        walk.enter(step)?;
    }
    walk.skip_space();
    Some(walk.at)
}

struct Walk<'a, 'f> {
    source: &'a Excerpt<'a>,
    /// The next byte to read.
    at: usize,
    /// How many strings the text stands in.
    depth: usize,
    fields: &'f mut Fields,
}

impl Walk<'_, '_> {
    fn value(&mut self, name: &str) {
        self.skip_space();
        match self.peek() {
            Some(b'{') => {
                self.at += 1;
                while let Some(key) = self.key() {
                    if key == TRANSPARENT {
                        self.value(name);
                    } else {
                        self.value(&join(name, &key));
                    }
                }
            }
            Some(b'[') => {
                self.at += 1;
                while self.has_item() {
                    let kind = self.entity_kind(name);
                    self.value(&join(name, &kind));
                }
            }
            Some(b'"') => {
                let range = self.string();
                self.text(name, range);
            }
            _ => {
                let range = self.scalar();
                let value = self.source.part(range);
                if value.text() != "null" {
                    self.fields.add(name, &value);
                }
            }
        }
    }

    fn text(&mut self, name: &str, range: Range<usize>) {
        let written = self.source.part(range);
        let value = written.unescaped('\\', escape);
        let is_read =
            self.depth < MAX_NESTING && read_nested(&value, name, self.depth + 1, self.fields);
        if !is_read {
            self.fields.add(name, &value);
        }
    }

    /// The type that the item about to be read gives itself; empty outside of `Entities`.
    fn entity_kind(&mut self, name: &str) -> String {
        let start = self.at;
        if self.peek() != Some(b'{') || name.rsplit('.').next() != Some("Entities") {
            return String::new();
        }
        let kind = ["Type", "type"].into_iter().find_map(|key| {
            self.at = start;
            self.enter(key)?;
            (self.peek() == Some(b'"')).then(|| self.string())
        });
        self.at = start;
        let kind = kind.and_then(|range| self.source.text().get(range));
        kind.unwrap_or_default().to_owned()
    }

    /// Goes to the value of a key of the object here, or to the first item of the list here
    /// where the step is empty.
    fn enter(&mut self, step: &str) -> Option<()> {
        self.skip_space();
        let opening = self.peek()?;
        self.at += 1;
        if step.is_empty() {
            return (opening == b'[' && self.has_item()).then_some(());
        }
        if opening != b'{' {
            return None;
        }
        while let Some(key) = self.key() {
            if key == step {
                self.skip_space();
                return Some(());
            }
            self.skip_value();
        }
        None
    }

    /// Skips a value of any depth.
    fn skip_value(&mut self) {
        let mut open = 0_usize;
        loop {
            self.skip_space();
            match self.peek() {
                Some(b'"') => {
                    self.string();
                }
                Some(b'{' | b'[') => {
                    self.at += 1;
                    open += 1;
                }
                Some(b'}' | b']') => {
                    self.at += 1;
                    open = open.saturating_sub(1);
                }
                Some(b':' | b',') => self.at += 1,
                Some(_) => {
                    self.scalar();
                }
                None => return,
            }
            if open == 0 {
                return;
            }
        }
    }

    /// The next key of an object, the colon behind it read; `None` behind the last.
    fn key(&mut self) -> Option<String> {
        if !self.has_item() || self.peek() != Some(b'"') {
            return None;
        }
        let range = self.string();
        let key = self.source.part(range);
        let key = key.unescaped('\\', escape).text().to_owned();
        self.skip_space();
        self.at += 1;
        Some(key)
    }

    /// Whether another item follows; reads the comma before it or the bracket behind the last.
    fn has_item(&mut self) -> bool {
        self.skip_space();
        if self.peek() == Some(b',') {
            self.at += 1;
            self.skip_space();
        }
        let is_end = matches!(self.peek(), None | Some(b'}' | b']'));
        self.at += usize::from(is_end);
        !is_end
    }

    /// Reads a string; the range between its quotes.
    fn string(&mut self) -> Range<usize> {
        let start = self.at + 1;
        let mut end = start;
        let bytes = self.source.text().as_bytes();
        while let Some(byte) = bytes.get(end).filter(|byte| **byte != b'"') {
            end += if *byte == b'\\' { 2 } else { 1 };
        }
        self.at = end + 1;
        start..end.min(bytes.len())
    }

    /// Reads a number, `true`, `false` or `null`. Takes at least one byte, so that a walk ends.
    fn scalar(&mut self) -> Range<usize> {
        let rest = self
            .source
            .text()
            .as_bytes()
            .get(self.at..)
            .unwrap_or_default();
        let length = rest
            .iter()
            .position(|byte| b",]} \t\r\n".contains(byte))
            .unwrap_or(rest.len());
        let range = self.at..self.at + length;
        self.at += length.max(1);
        range
    }

    fn skip_space(&mut self) {
        let rest = self
            .source
            .text()
            .as_bytes()
            .get(self.at..)
            .unwrap_or_default();
        self.at += rest.iter().take_while(|b| b.is_ascii_whitespace()).count();
    }

    fn peek(&self) -> Option<u8> {
        self.source.text().as_bytes().get(self.at).copied()
    }
}

/// Reads an escape of a JSON string (RFC 8259, section 7); half a surrogate pair stands for the
/// replacement character.
fn escape(text: &str) -> Option<(char, usize)> {
    let unit = |from: usize| {
        let digits = text.get(from..from + 6)?.strip_prefix("\\u")?;
        u16::from_str_radix(digits, 16).ok()
    };
    let character = match text.as_bytes().get(1)? {
        b'n' => '\n',
        b't' => '\t',
        b'r' => '\r',
        b'b' => '\u{8}',
        b'f' => '\u{c}',
        byte @ (b'"' | b'\\' | b'/') => char::from(*byte),
        b'u' => {
            let first = unit(0)?;
            if let Some(character) = char::from_u32(first.into()) {
                return Some((character, 6));
            }
            let pair = unit(6).and_then(|second| char::decode_utf16([first, second]).next()?.ok());
            return Some(pair.map_or((char::REPLACEMENT_CHARACTER, 6), |both| (both, 12)));
        }
        _ => return None,
    };
    Some((character, 2))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::Value;

    use super::*;

    fn walked(text: &str) -> Fields {
        let mut fields = Fields::default();
        flatten(&Excerpt::whole(text), 0, "", 0, &mut fields);
        fields
    }

    fn check(text: &str, expected: &[(&str, &str)]) {
        let fields = walked(text);
        let found: Vec<_> = fields
            .list
            .iter()
            .map(|field| (field.name.as_str(), field.value.as_str()))
            .collect();
        assert_eq!(found, expected, "{text}");
        for field in &fields.list {
            if let Some(span) = field.span {
                assert_eq!(text.get(span.range()), Some(field.value.as_str()));
            }
        }
    }

    #[test]
    fn names_and_values() {
        check(
            r#" { "a" : { "b\u0063" : 1.50 , "d" : [ true , "x" , [ ] , { } ] } , "n" : null } "#,
            &[("a.bc", "1.50"), ("a.d", "true"), ("a.d", "x")],
        );
        check(
            r#"{"a":1,"a":2,"_source":{"b":3}}"#,
            &[("a", "1"), ("a", "2"), ("b", "3")],
        );
        check(
            r#"{"Entities":[{"Name":"bob","Type":"account"},{"type":"host","HostName":"x"},{"Address":"::1"}]}"#,
            &[
                ("Entities.account.Name", "bob"),
                ("Entities.account.Type", "account"),
                ("Entities.host.type", "host"),
                ("Entities.host.HostName", "x"),
                ("Entities.Address", "::1"),
            ],
        );
    }

    #[test]
    fn documents_in_strings_keep_their_places() {
        let text = r#"{"Outer":"{\"user\":\"bob\",\"path\":\"C:\\\\x\",\"in\":\"[\\\"a\\\"]\"}"}"#;
        check(
            text,
            &[
                ("Outer.user", "bob"),
                ("Outer.path", r"C:\x"),
                ("Outer.in", "a"),
            ],
        );
        let spans: Vec<bool> = walked(text).list.iter().map(|f| f.span.is_some()).collect();
        assert_eq!(spans, [true, false, true]);
        check(r#"{"a":"{not json"}"#, &[("a", "{not json")]);
    }

    #[test]
    fn paths_lead_to_values() {
        let check = |path: &[&str], expected: Option<&str>| {
            let text = r#"{"a":[{"b":"}"},2],"hits":{"x":"]","hits":[ 7]}}"#;
            let found = place_of(text, path).and_then(|at| text.get(at..at + 1));
            assert_eq!(found, expected, "{path:?}");
        };
        check(&[], Some("{"));
        check(&["a", ""], Some("{"));
        check(&["hits", "hits", ""], Some("7"));
        check(&["b"], None);
        check(&["a", "b"], None);
    }

    /// Any JSON value of a few levels.
    fn json() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i64>().prop_map(Value::from),
            "[ -~é☃\\n\"\\\\]{0,12}".prop_map(Value::from),
        ];
        leaf.prop_recursive(4, 40, 5, |inner| {
            prop_oneof![
                proptest::collection::vec(inner.clone(), 0..5).prop_map(Value::from),
                proptest::collection::btree_map("[a-z\"\\\\é]{1,4}", inner, 0..5)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    fn leaves(value: &Value, found: &mut Vec<String>) {
        match value {
            Value::Null => {}
            Value::String(text) => found.push(text.clone()),
            Value::Array(items) => items.iter().for_each(|item| leaves(item, found)),
            Value::Object(entries) => entries.values().for_each(|value| leaves(value, found)),
            other => found.push(other.to_string()),
        }
        found.retain(|text| !text.trim().is_empty());
    }

    proptest! {
        #[test]
        fn every_leaf_is_found_in_order(value in json(), pretty: bool) {
            let text = if pretty { format!("{value:#}") } else { value.to_string() };
            let mut expected = Vec::new();
            leaves(&value, &mut expected);
            let found: Vec<_> = walked(&text).list.into_iter().map(|field| field.value).collect();
            prop_assert_eq!(found, expected);
        }

        #[test]
        fn a_walk_over_anything_ends(text in "[\\[\\]{}\",:a\\\\ 1é]{0,60}") {
            for field in walked(&text).list {
                if let Some(span) = field.span {
                    prop_assert_eq!(text.get(span.range()), Some(field.value.as_str()));
                }
            }
        }
    }
}
