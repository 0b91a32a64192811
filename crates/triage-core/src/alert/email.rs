//! An e-mail as its source shows it: headers, bodies and the names of attachments (RFC 5322, 2045
//! to 2047).

use std::borrow::Cow;
use std::ops::Range;
use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use regex::{Captures, Regex};

use super::excerpt::{Excerpt, Fields, join};
use super::format::Heading;
use super::{Field, show_hidden};

/// How deep parts may stand in parts.
const MAX_DEPTH: usize = 4;

/// The headers kept as fields; the others are transport.
const KEPT: [&str; 15] = [
    "From",
    "To",
    "Cc",
    "Bcc",
    "Sender",
    "Reply-To",
    "Return-Path",
    "Subject",
    "Date",
    "Message-ID",
    "Received",
    "Received-SPF",
    "Authentication-Results",
    "X-Originating-IP",
    "X-Mailer",
];

/// Headers of which any e-mail has some beside its sender.
const COMMON: [&str; 7] = [
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Received",
    "Return-Path",
    "MIME-Version",
];

static HEADER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^(?<name>[A-Za-z][A-Za-z0-9-]{0,76}):(?:[ \t]|\r?\n|$)")
        .expect("the pattern is a constant that tests compile")
});

/// The space between two encoded words, which is no part of the text.
static WORD_GAP: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\?=\s+=\?").expect("the pattern is a constant that tests compile")
});

/// A part of a header in another alphabet.
static ENCODED_WORD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"=\?(?<charset>[A-Za-z0-9_-]+)(?:\*[A-Za-z-]*)?\?(?<kind>[BbQq])\?(?<data>[^?\s]*)\?=",
    )
    .expect("the pattern is a constant that tests compile")
});

/// A parameter of `Content-Type` or `Content-Disposition`.
static PARAMETER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i);\s*(?<key>boundary|charset|filename|name)\s*=\s*(?:"(?<quoted>[^"]*)"|(?<bare>[^\s;"]+))"#)
        .expect("the pattern is a constant that tests compile")
});

/// A header with the place of its value.
struct Header<'a> {
    name: &'a str,
    value: Range<usize>,
}

/// Fewer lines of the form `Key: value` than this are sentences.
const FEWEST_LISTED: usize = 3;

/// The headers at the start of a part, and where its body begins.
struct Part<'a> {
    text: &'a str,
    headers: Vec<Header<'a>>,
    body: Range<usize>,
}

/// Whether a text is an e-mail: its sender and three common headers before anything else.
pub(super) fn is(text: &str) -> bool {
    let part = Part::at(text, 0..text.len());
    let common = COMMON.iter().filter(|name| part.header(name).is_some());
    part.header("From").is_some() && common.count() >= 3
}

/// Whether a text starts with a header of an e-mail.
pub(super) fn has_headers(text: &str) -> bool {
    let part = Part::at(text, 0..text.len());
    KEPT.iter().any(|name| part.header(name).is_some())
}

/// Reads an e-mail; its subject is its title.
pub(super) fn read(source: &Excerpt, name: &str, fields: &mut Fields) -> Heading {
    let text = source.text();
    let part = Part::at(text, 0..text.len());
    for header in &part.headers {
        if KEPT
            .iter()
            .any(|kept| header.name.eq_ignore_ascii_case(kept))
        {
            let written = source.trimmed(header.value.clone());
            let value = decoded_header(written.text());
            add(&join(name, header.name), &written, &value, fields);
        }
    }
    add_bodies(source, &part, name, MAX_DEPTH, fields);
    Heading {
        title: part
            .value("Subject")
            .map(|subject| decoded_header(subject).into_owned())
            .filter(|subject| !subject.is_empty()),
        ..Heading::default()
    }
}

impl<'a> Part<'a> {
    fn at(text: &'a str, range: Range<usize>) -> Self {
        let mut headers: Vec<Header> = Vec::new();
        let mut at = range.start;
        for line in text
            .get(range.clone())
            .unwrap_or_default()
            .split_inclusive('\n')
        {
            let is_blank = line.trim().is_empty();
            let is_envelope = headers.is_empty() && line.starts_with("From ");
            match (headers.last_mut(), HEADER.captures(line)) {
                (Some(last), _) if !is_blank && line.starts_with([' ', '\t']) => {
                    last.value.end = at + line.len();
                }
                (_, Some(found)) => {
                    let name = found.name("name").map_or("", |name| name.as_str());
                    headers.push(Header {
                        name,
                        value: at + name.len() + 1..at + line.len(),
                    });
                }
                (None, None) if is_blank || is_envelope => {}
                (last, None) => {
                    // Behind the blank line, or where there is none before it.
                    let is_end = is_blank && last.is_some();
                    at += if is_end { line.len() } else { 0 };
                    break;
                }
            }
            at += line.len();
        }
        Self {
            text,
            headers,
            body: at.min(range.end)..range.end,
        }
    }

    fn header(&self, name: &str) -> Option<&Header<'a>> {
        let mut headers = self.headers.iter();
        headers.find(|header| header.name.eq_ignore_ascii_case(name))
    }

    fn value(&self, name: &str) -> Option<&'a str> {
        let header = self.header(name)?;
        self.text.get(header.value.clone()).map(str::trim)
    }

    /// The first value of a parameter in the headers that have some.
    fn parameter(&self, key: &str) -> Option<&'a str> {
        let headers = ["Content-Disposition", "Content-Type"];
        headers.iter().find_map(|header| {
            PARAMETER
                .captures_iter(self.value(header)?)
                .find_map(|found| {
                    let is_key = found.name("key")?.as_str().eq_ignore_ascii_case(key);
                    let value = found.name("quoted").or_else(|| found.name("bare"))?;
                    is_key.then_some(value.as_str())
                })
        })
    }

    fn kind(&self) -> String {
        let kind = self.value("Content-Type").unwrap_or("text/plain");
        let kind = kind.split(';').next().unwrap_or_default();
        kind.trim().to_ascii_lowercase()
    }
}

/// Adds the text of a part, or of its parts; whether there was a text.
fn add_bodies(
    source: &Excerpt,
    part: &Part,
    name: &str,
    depth: usize,
    fields: &mut Fields,
) -> bool {
    let kind = part.kind();
    if let (true, Some(boundary), 1..) = (
        kind.starts_with("multipart/"),
        part.parameter("boundary"),
        depth,
    ) {
        let mut has_text = false;
        for range in between(source.text(), part.body.clone(), boundary) {
            let inner = Part::at(source.text(), range);
            let repeats = has_text && kind == "multipart/alternative";
            if !repeats {
                has_text |= add_bodies(source, &inner, name, depth - 1, fields);
            }
        }
        return has_text;
    }
    if let Some(file) = part
        .parameter("filename")
        .or_else(|| part.parameter("name"))
    {
        let file = decoded_header(file);
        add(&join(name, "attachment"), &source.part(0..0), &file, fields);
        return false;
    }
    if !kind.starts_with("text/") {
        return false;
    }
    let written = source.trimmed(part.body.clone());
    let decoded = decoded_body(written.text(), part);
    let body = if kind == "text/html" {
        Cow::Owned(without_tags(&decoded))
    } else {
        decoded
    };
    let name = join(name, "body");
    add(&name, &written, &body, fields);
    // Mailed alerts list their fields as lines, and only a field's name tells who somebody is.
    let (listed, _) = super::text::colon_fields(&body);
    if listed.len() >= FEWEST_LISTED {
        if written.text() == body {
            super::text::add_found(&written, &name, listed, fields);
        } else {
            for field in listed {
                fields.push(Field {
                    name: join(&name, &field.name),
                    span: None,
                    ..field
                });
            }
        }
    }
    !body.trim().is_empty()
}

/// Adds what a part says; it has a place only where it says so literally.
fn add(name: &str, written: &Excerpt, value: &str, fields: &mut Fields) {
    if written.text() == value {
        fields.add(name, written);
    } else {
        fields.push(Field {
            name: name.to_owned(),
            value: show_hidden(value.trim()).0,
            span: None,
        });
    }
}

/// The ranges between the lines that a boundary makes.
fn between(text: &str, range: Range<usize>, boundary: &str) -> Vec<Range<usize>> {
    let mut ranges = Vec::new();
    let mut open = None;
    let mut at = range.start;
    for line in text
        .get(range.clone())
        .unwrap_or_default()
        .split_inclusive('\n')
    {
        let end = line
            .strip_prefix("--")
            .and_then(|rest| rest.strip_prefix(boundary));
        if let Some(end) = end
            .map(str::trim_end)
            .filter(|end| matches!(*end, "" | "--"))
        {
            ranges.extend(open.take().map(|start| start..at));
            open = end.is_empty().then_some(at + line.len());
        }
        at += line.len();
    }
    // What breaks off is a part too.
    ranges.extend(open.map(|start| start..range.end));
    ranges
}

/// A header's value on one line, its encoded words decoded.
fn decoded_header(value: &str) -> Cow<'_, str> {
    let line: Cow<str> = if value.contains('\n') {
        Cow::Owned(value.split_whitespace().collect::<Vec<_>>().join(" "))
    } else {
        Cow::Borrowed(value)
    };
    if !ENCODED_WORD.is_match(&line) {
        return line;
    }
    let line = WORD_GAP.replace_all(&line, "?==?");
    let decoded = ENCODED_WORD.replace_all(&line, |found: &Captures| {
        let part = |name| found.name(name).map_or("", |part| part.as_str());
        let data = part("data");
        let bytes = if part("kind").eq_ignore_ascii_case("b") {
            from_base64(data)
        } else {
            from_quoted(&data.replace('_', " "))
        };
        in_charset(&bytes, part("charset"))
    });
    Cow::Owned(decoded.into_owned())
}

/// A body with its transfer encoding undone.
fn decoded_body<'a>(body: &'a str, part: &Part) -> Cow<'a, str> {
    let encoding = part.value("Content-Transfer-Encoding").unwrap_or_default();
    let bytes = match encoding.to_ascii_lowercase().as_str() {
        "base64" => from_base64(body),
        "quoted-printable" => from_quoted(body),
        _ => return Cow::Borrowed(body),
    };
    Cow::Owned(in_charset(
        &bytes,
        part.parameter("charset").unwrap_or("utf-8"),
    ))
}

/// What is left of base64 that may be cut off; nothing where it is none.
fn from_base64(data: &str) -> Vec<u8> {
    let mut data: Vec<u8> = data
        .bytes()
        .filter(|byte| !byte.is_ascii_whitespace())
        .collect();
    data.truncate(data.len() - data.len() % 4);
    STANDARD.decode(data).unwrap_or_default()
}

/// Undoes quoted-printable: `=3D` is `=`, and `=` before a line break joins lines.
fn from_quoted(data: &str) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(data.len());
    let mut rest = data;
    while let Some((plain, coded)) = rest.split_once('=') {
        bytes.extend_from_slice(plain.as_bytes());
        let hex = coded
            .get(..2)
            .and_then(|hex| u8::from_str_radix(hex, 16).ok());
        let line = coded
            .trim_start_matches([' ', '\t', '\r'])
            .strip_prefix('\n');
        rest = match (hex, line) {
            (Some(byte), _) => {
                bytes.push(byte);
                coded.get(2..).unwrap_or_default()
            }
            (None, Some(next)) => next,
            (None, None) => {
                bytes.push(b'=');
                coded
            }
        };
    }
    bytes.extend_from_slice(rest.as_bytes());
    bytes
}

/// Text in one of the two families of alphabets that mail is written in today.
fn in_charset(bytes: &[u8], charset: &str) -> String {
    let charset = charset.to_ascii_lowercase();
    if charset.starts_with("iso-8859-1") || charset == "windows-1252" {
        bytes.iter().map(|byte| char::from(*byte)).collect()
    } else {
        String::from_utf8_lossy(bytes).into_owned()
    }
}

/// HTML with a space for each tag.
fn without_tags(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some((before, tag)) = rest.split_once('<') {
        text.push_str(before);
        text.push(' ');
        rest = tag.split_once('>').map_or("", |(_, after)| after);
    }
    text.push_str(rest);
    text
}
