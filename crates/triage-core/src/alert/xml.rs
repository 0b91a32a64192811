//! A Windows event as XML, flattened: `Event.System.EventID`, `Event.EventData.CommandLine`.
//!
//! Only what event logs write is read: elements, attributes, the five named and the numbered
//! entities, CDATA. No entity is declared or fetched, and what breaks off is read up to there.

use std::sync::LazyLock;

use regex::Regex;

use super::excerpt::{Excerpt, Fields, join};

/// An attribute; the closing quote may be cut off.
static ATTRIBUTE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"\s(?<key>[A-Za-z_][A-Za-z0-9_:.-]*)\s*=\s*(?:"(?<double>[^"]*)|'(?<single>[^']*))"#,
    )
    .expect("the pattern is a constant that tests compile")
});

/// Elements nested deeper than this lend no name to what they hold.
const MAX_DEPTH: usize = 32;

/// Whether a text is an event, or several in one element or one behind the other.
pub(super) fn is(text: &str) -> bool {
    let text = text.trim_start();
    let body = match text.strip_prefix("<?xml") {
        Some(rest) => rest
            .split_once("?>")
            .map_or("", |(_, body)| body.trim_start()),
        None => text,
    };
    next_event(body).is_some_and(|at| at == 0 || body.starts_with("<Events"))
        && body.contains("<System")
}

/// Where the next `Event` element begins.
fn next_event(text: &str) -> Option<usize> {
    let mut found = text.match_indices("<Event");
    found
        .find(|(at, tag)| {
            let next = text.as_bytes().get(at + tag.len());
            matches!(next, Some(b'>' | b'/')) || next.is_some_and(u8::is_ascii_whitespace)
        })
        .map(|(at, _)| at)
}

/// Flattens the first event of a text; whether another follows.
pub(super) fn flatten(source: &Excerpt, name: &str, fields: &mut Fields) -> bool {
    let text = source.text();
    let mut scan = Scan {
        source,
        at: next_event(text).unwrap_or(text.len()),
        open: Vec::new(),
        root: name,
        fields,
    };
    while scan.step() {}
    let rest = text.get(scan.at..).unwrap_or_default();
    next_event(rest).is_some()
}

struct Scan<'a, 'f> {
    source: &'a Excerpt<'a>,
    /// The next byte to read.
    at: usize,
    /// The joined names of the elements that are open.
    open: Vec<String>,
    /// The name of the event itself.
    root: &'f str,
    fields: &'f mut Fields,
}

impl Scan<'_, '_> {
    /// Reads the next tag and the text before it; whether the event goes on.
    fn step(&mut self) -> bool {
        let start = self.at;
        let rest = self.source.text().get(start..).unwrap_or_default();
        let Some(tag) = rest.find('<') else {
            self.text(start, rest.len(), true);
            self.at += rest.len();
            return false;
        };
        self.text(start, tag, true);
        self.at = start + tag;
        let rest = rest.get(tag..).unwrap_or_default();
        if let Some(data) = rest.strip_prefix("<![CDATA[") {
            let length = data.find("]]>").unwrap_or(data.len());
            self.text(self.at + 9, length, false);
            self.at += (9 + length + 3).min(rest.len());
        } else if rest.starts_with("<!--") {
            self.at += rest.find("-->").map_or(rest.len(), |end| end + 3);
        } else if rest.starts_with("</") {
            self.at += rest.find('>').map_or(rest.len(), |end| end + 1);
            self.open.pop();
        } else if rest.starts_with("<?") {
            self.at += rest.find("?>").map_or(rest.len(), |end| end + 2);
        } else {
            self.element(rest);
        }
        !self.open.is_empty() && self.at < self.source.text().len()
    }

    /// Adds the text of the open element.
    fn text(&mut self, start: usize, length: usize, escaped: bool) {
        let Some(name) = self.open.last() else { return };
        let written = self.source.trimmed(start..start + length);
        if escaped {
            self.fields.add(name, &written.unescaped('&', entity));
        } else {
            self.fields.add(name, &written);
        }
    }

    /// Opens an element and adds its attributes.
    fn element(&mut self, rest: &str) {
        let length = tag_length(rest);
        let tag = rest.get(..length).unwrap_or_default();
        let is_closed = tag.ends_with("/>");
        let tag_name = tag
            .trim_start_matches('<')
            .split(|c: char| c.is_whitespace() || matches!(c, '>' | '/'))
            .next()
            .unwrap_or_default();
        let outer = self.open.last().map_or(self.root, String::as_str);
        let mut name = if self.open.len() < MAX_DEPTH {
            join(outer, tag_name)
        } else {
            outer.to_owned()
        };
        for found in ATTRIBUTE.captures_iter(tag) {
            let quoted = found.name("double").or_else(|| found.name("single"));
            let (Some(key), Some(quoted)) = (found.name("key"), quoted) else {
                continue;
            };
            let written = self
                .source
                .part(self.at + quoted.start()..self.at + quoted.end());
            let value = written.unescaped('&', entity);
            // `<Data Name="Image">` is a field called Image.
            if key.as_str() == "Name" && tag_name == "Data" {
                let outer = self.open.last().map_or(self.root, String::as_str);
                name = join(outer, value.text());
            } else if !key.as_str().starts_with("xmlns") {
                self.fields.add(&join(&name, key.as_str()), &value);
            }
        }
        self.at += length;
        if !is_closed {
            self.open.push(name);
        }
    }
}

/// The length of the tag that a text starts with; a `>` in quotes does not end it.
fn tag_length(rest: &str) -> usize {
    let mut quote = None;
    let end = rest.bytes().position(|byte| {
        match quote {
            Some(mark) if byte == mark => quote = None,
            None if matches!(byte, b'"' | b'\'') => quote = Some(byte),
            _ => {}
        }
        quote.is_none() && byte == b'>'
    });
    end.map_or(rest.len(), |end| end + 1)
}

/// Reads an entity: one of XML's five or a character's number.
fn entity(text: &str) -> Option<(char, usize)> {
    // The longest is `&#1114111;`.
    let end = text.bytes().take(12).position(|byte| byte == b';')?;
    let character = match text.get(1..end)? {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        number => {
            let number = number.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((character, end + 1))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[(&str, &str)]) {
        let mut fields = Fields::default();
        flatten(&Excerpt::whole(text), "", &mut fields);
        let found: Vec<_> = fields
            .list
            .iter()
            .map(|field| (field.name.as_str(), field.value.as_str()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn elements_attributes_and_named_data() {
        check(
            "<?xml version='1.0'?><Events><Event xmlns=\"http://x\"><System><Provider Name='Sysmon' \
             Guid = \"{5}\"/><EventID Qualifiers=\"0\"> 1 </EventID></System><EventData>\
             <Data Name='CommandLine'>cmd &lt;a&#x41;&gt; &bogus; x</Data><Data Name='Empty'/>\
             <Data>bare</Data></EventData></Event></Events>",
            &[
                ("Event.System.Provider.Name", "Sysmon"),
                ("Event.System.Provider.Guid", "{5}"),
                ("Event.System.EventID.Qualifiers", "0"),
                ("Event.System.EventID", "1"),
                ("Event.EventData.CommandLine", "cmd <aA> &bogus; x"),
                ("Event.EventData.Data", "bare"),
            ],
        );
        check(
            "<Event><!-- <a>b</a> --><UserData><![CDATA[ 1 < 2 &amp; ]]></UserData>",
            &[("Event.UserData", "1 < 2 &amp;")],
        );
    }

    #[test]
    fn what_breaks_off_is_read_up_to_there() {
        check(
            "<Event><System><EventID>4688",
            &[("Event.System.EventID", "4688")],
        );
        check("<Event><System a='b", &[("Event.System.a", "b")]);
        check("<Event", &[]);
        check("</Event>", &[]);
    }

    #[test]
    fn only_events_are_events() {
        let check = |text: &str, expected: bool| assert_eq!(is(text), expected, "{text}");
        check("<Event xmlns='x'><System>", true);
        check("<?xml version='1.0'?>\n<Events><Event><System/>", true);
        check("<EventList><System>", false);
        check("<html><Event><System>", false);
        check("<Event>", false);
    }

    proptest! {
        #[test]
        fn a_scan_over_anything_ends(text in "[<>/=\"'&;#xEventDa !\\[\\]-]{0,80}") {
            let text = format!("<Event>{text}");
            let mut fields = Fields::default();
            flatten(&Excerpt::whole(&text), "", &mut fields);
            for field in fields.list {
                if let Some(span) = field.span {
                    prop_assert_eq!(text.get(span.range()), Some(field.value.as_str()));
                }
            }
        }
    }
}
