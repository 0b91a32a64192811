//! What a text may read as: plain, and with its escapes undone.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::super::pseudonym::Pseudonyms;

/// How many times escapes are undone.
const ROUNDS: usize = 3;

/// Stands for words of ours, such as pseudonyms and masks. A private character that no alert has.
pub(super) const BLANK: char = '\u{f8ff}';

/// What redaction and shortening put in place of something.
static MARK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"\[SECRET-[0-9]+\]|\[base64 of [0-9]+ characters, sha256 [0-9a-f]{12}\]|\[\.\.\. [0-9]+ bytes left out \.\.\.\]",
    )
    .expect("the pattern is a constant that tests compile")
});

/// Escapes of links and markup, and the brackets of defanged values.
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)
        %u(?<wide>[0-9a-f]{4}) | (?<bytes>(?:%[0-9a-f]{2})+)
        | &\#x(?<hex>[0-9a-f]{1,6}); | &\#(?<number>[0-9]{1,7}); | &(?<name>(?-i:amp|lt|gt|quot|apos|nbsp));
        | \[(?<b>\.|dot|@|at|:)\] | \((?<p>\.|dot|@|at|:)\) | \{(?<c>\.|dot|@|at|:)\}
        ",
    )
    .expect("the pattern is a constant that tests compile")
});

/// Escapes of JSON strings.
static ESCAPE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
        \\u(?<high>[dD][89abAB][0-9a-fA-F]{2})\\u(?<low>[dD][c-fC-F][0-9a-fA-F]{2})
        | \\u(?<unit>[0-9a-fA-F]{4}) | \\x(?<byte>[0-9a-fA-F]{2}) | \\(?<sign>["'\\/nrtbf])
        "#,
    )
    .expect("the pattern is a constant that tests compile")
});

/// Undoes one kind of escape everywhere in a text.
type Undo = fn(&str) -> String;

/// The readings of a text, the plain one first, with words of ours blanked out.
pub(super) fn readings(text: &str, pseudonyms: &Pseudonyms) -> Vec<String> {
    let text = MARK.replace_all(text, BLANK.to_string());
    let mut plain = String::with_capacity(text.len());
    let mut done = 0;
    for (span, _) in pseudonyms.spans(&text) {
        plain.push_str(text.get(done..span.start).unwrap_or_default());
        plain.push(BLANK);
        done = span.end;
    }
    plain.push_str(text.get(done..).unwrap_or_default());
    let mut readings = vec![visible(&plain)];
    let (link, string): (Undo, Undo) = (unlink, unescape);
    for order in [[link, string], [string, link]] {
        let mut last = visible(&plain);
        for undo in order.iter().cycle().take(2 * ROUNDS) {
            let next = visible(&undo(&last));
            if next != last {
                readings.push(next.clone());
            }
            last = next;
        }
    }
    readings
}

/// A text without case, character by character.
pub(super) fn caseless(text: &str) -> String {
    let one = |c: char| {
        let upper: Vec<char> = c.to_uppercase().collect();
        let lower: Vec<char> = match upper.as_slice() {
            [upper] => upper.to_lowercase().collect(),
            _ => vec![],
        };
        match lower.as_slice() {
            [lower] => *lower,
            _ => c,
        }
    };
    let visible = visible(text);
    if visible.is_ascii() {
        return visible.to_ascii_lowercase();
    }
    visible.chars().map(one).collect()
}

/// A text without the characters that show nothing.
fn visible(text: &str) -> String {
    let shows = |c: &char| {
        let code = u32::from(*c);
        match code {
            9 | 10 | 13 => true,
            0..0x20
            | 0x7f..0xa0
            | 0xad
            | 0x34f
            | 0x61c
            | 0xfeff
            | 0x180b..=0x180f
            | 0x200b..=0x200f
            | 0x202a..=0x202e
            | 0x2060..=0x206f
            | 0xfe00..=0xfe0f
            | 0xfff9..=0xfffb
            | 0xe0000..=0xe0fff => false,
            _ => true,
        }
    };
    text.chars().filter(shows).collect()
}

fn unlink(text: &str) -> String {
    let undone = LINK.replace_all(text, |found: &Captures<'_>| {
        let part = |name: &str| found.name(name).map(|part| part.as_str());
        let character = |digits: &str, base: u32| {
            let code = u32::from_str_radix(digits, base).ok();
            code.and_then(char::from_u32).map(String::from)
        };
        let written = ["b", "p", "c"].into_iter().find_map(part);
        let undone = if let Some(bytes) = part("bytes") {
            Some(percent(bytes))
        } else if let Some(digits) = part("wide").or(part("hex")) {
            character(digits, 16)
        } else if let Some(digits) = part("number") {
            character(digits, 10)
        } else if let Some(name) = part("name") {
            let signs = [
                ("amp", "&"),
                ("lt", "<"),
                ("gt", ">"),
                ("quot", "\""),
                ("apos", "'"),
                ("nbsp", " "),
            ];
            let sign = signs.iter().find(|(other, _)| *other == name);
            sign.map(|(_, sign)| (*sign).to_owned())
        } else {
            written.map(|word| match word.to_ascii_lowercase().as_str() {
                "dot" => ".".to_owned(),
                "at" => "@".to_owned(),
                sign => sign.to_owned(),
            })
        };
        undone.unwrap_or_else(|| found[0].to_owned())
    });
    undone.into_owned()
}

/// `%c3%a9` as UTF-8, and what is not UTF-8 as Latin-1.
fn percent(escapes: &str) -> String {
    let bytes: Vec<u8> = escapes
        .split('%')
        .filter_map(|digits| u8::from_str_radix(digits, 16).ok())
        .collect();
    let mut text = String::new();
    for chunk in bytes.utf8_chunks() {
        text.push_str(chunk.valid());
        text.extend(chunk.invalid().iter().map(|byte| char::from(*byte)));
    }
    text
}

fn unescape(text: &str) -> String {
    let undone = ESCAPE.replace_all(text, |found: &Captures<'_>| {
        let unit = |name: &str| u16::from_str_radix(found.name(name)?.as_str(), 16).ok();
        let units: Vec<u16> = ["high", "low", "unit", "byte"]
            .into_iter()
            .filter_map(unit)
            .collect();
        match found.name("sign").map(|sign| sign.as_str()) {
            Some("n") => "\n".to_owned(),
            Some("r") => "\r".to_owned(),
            Some("t") => "\t".to_owned(),
            Some("b" | "f") => " ".to_owned(),
            Some(sign) => sign.to_owned(),
            None => String::from_utf16(&units).unwrap_or_else(|_| found[0].to_owned()),
        }
    });
    undone.into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, reading: &str) {
        let pseudonyms: Pseudonyms = serde_json::from_str(r#"{"USER-1": "x"}"#).unwrap();
        let readings = readings(text, &pseudonyms);
        assert!(readings.iter().any(|r| r == reading), "{readings:?}");
    }

    #[test]
    fn escapes_are_undone() {
        check("b%6Fb%40x%C3%A9%E9%u00e9", "bob@xééé");
        check("&amp;&#46;&#x2E;[.](at){dot}[:]", "&...@.:");
        check(r"\\u00e9\/\x41\ud83d\ude00", "é/A😀");
        check("b\u{200b}o\u{ad}b", "bob");
        check(
            "USER-1 [SECRET-2] [... 7 bytes left out ...]",
            "\u{f8ff} \u{f8ff} \u{f8ff}",
        );
        check("%255Cn", "\\n");
    }

    #[test]
    fn case_is_folded_character_by_character() {
        assert_eq!(caseless("ZOË ßΣςİ"), "zoë ßσσİ");
    }
}
