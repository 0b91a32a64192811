//! The alert: the text as pasted, the fields found in it, and what was odd about it.
//!
//! Parsing never fails. Whatever is pasted becomes an [`Alert`] whose notes say what was
//! cut, removed or not understood.

mod file;
mod json;
mod text;

use std::ops::Range;

use serde::{Deserialize, Serialize};

pub use file::{FileError, read_alert_file};

/// The most bytes of one alert that are analysed. What lies behind is cut, with a note.
pub const MAX_ALERT_BYTES: usize = 1 << 20;

/// The most fields kept of one alert. What lies behind stays in the raw text, with a note.
pub const MAX_FIELDS: usize = 2_000;

/// Bytes `start..end` of [`Alert::raw`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Span {
    /// First byte.
    pub start: usize,
    /// One past the last byte.
    pub end: usize,
}

impl Span {
    /// The same bytes as a range, for slicing with `str::get`.
    pub fn range(self) -> Range<usize> {
        self.start..self.end
    }
}

impl From<Range<usize>> for Span {
    fn from(range: Range<usize>) -> Self {
        Self {
            start: range.start,
            end: range.end,
        }
    }
}

/// How the alert was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertFormat {
    /// One JSON object; nested keys are joined by dots.
    Json,
    /// Prose, `Key: value` pairs, or both.
    Text,
}

/// One named value of the alert, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The key as the alert spells it, nested keys joined by dots.
    pub name: String,
    /// The value as text.
    pub value: String,
    /// Where the value stands in [`Alert::raw`]; absent where an escaped JSON string differs from it.
    pub span: Option<Span>,
}

/// Something the reader of a result should know about its input.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Note {
    /// Nothing but white space was given.
    Empty,
    /// Only the first `kept` of `total` bytes were analysed.
    Cut {
        /// Bytes analysed.
        kept: usize,
        /// Bytes given.
        total: usize,
    },
    /// Only the first fields were kept as fields; the rest was searched as plain text.
    TooManyFields {
        /// Fields kept.
        kept: usize,
    },
    /// Invisible or control characters were replaced by spaces before analysis.
    HiddenCharacters {
        /// How many.
        count: usize,
    },
    /// The text starts like JSON but is not; it was read as plain text.
    BrokenJson {
        /// One-based line where reading stopped.
        line: usize,
        /// One-based column where reading stopped.
        column: usize,
    },
    /// Several JSON objects or list items were given; only the first was triaged.
    FirstOfMany,
    /// Nothing in the alert can be looked up (no word, only numbers or encoded data).
    NoUsableText,
    /// The text is long; only its first part (16 KiB once prepared) shapes the search.
    LongText,
    /// Little in the alert is known to the index; the ranking may be chance.
    LowEvidence,
}

impl Note {
    /// One sentence for people.
    pub fn message(&self) -> String {
        match self {
            Self::Empty => "The alert is empty: paste or drop one".into(),
            Self::Cut { kept, total } => {
                format!("The alert has {total} bytes; only the first {kept} were analysed")
            }
            Self::TooManyFields { kept } => {
                format!("The alert has very many fields; the first {kept} were kept as fields")
            }
            Self::HiddenCharacters { count } => format!(
                "{count} invisible or control characters were replaced by spaces; \
                 they can hide or reorder text"
            ),
            Self::BrokenJson { line, column } => format!(
                "This looks like JSON but breaks at line {line}, column {column}; \
                 it was read as plain text"
            ),
            Self::FirstOfMany => "Several alerts were given; this is the first of them".into(),
            Self::NoUsableText => {
                "There is nothing to go on: no word in it that could be looked up".into()
            }
            Self::LowEvidence => {
                "There is little to go on: few of its words are known, so these techniques may be \
                 chance"
                    .into()
            }
            Self::LongText => "The alert is long; only its beginning shaped the search".into(),
        }
    }
}

/// A security alert: the text as given and what could be read from it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Alert {
    /// The text given, at most [`MAX_ALERT_BYTES`], hidden characters replaced by spaces.
    pub raw: String,
    /// How it was read.
    pub format: AlertFormat,
    /// The rule's name or the prose before the first field; absent where there is none.
    pub title: Option<String>,
    /// Named values in the order of the text, at most [`MAX_FIELDS`].
    pub fields: Vec<Field>,
    /// What was odd, in the order it was noticed.
    pub notes: Vec<Note>,
}

impl Alert {
    /// The value of the first field whose last key part is one of `names`, ignoring case.
    pub fn field(&self, names: &[&str]) -> Option<&str> {
        self.fields.iter().find_map(|field| {
            let last = field.name.rsplit('.').next().unwrap_or(&field.name);
            let hit = names.iter().any(|name| last.eq_ignore_ascii_case(name));
            hit.then_some(field.value.as_str())
        })
    }
}

/// Reads a pasted alert. Never fails and never panics, whatever the text.
///
/// JSON objects are flattened (`process.command_line`), a JSON list or several lines of JSON
/// are read as their first alert, everything else is read as prose with `Key: value` pairs.
///
/// ```
/// use triage_core::alert::parse_alert;
/// let alert = parse_alert("Suspicious logon. User: jsmith. Host: CORP-WS-042.");
/// assert_eq!(alert.title.as_deref(), Some("Suspicious logon"));
/// assert_eq!(alert.field(&["host"]), Some("CORP-WS-042"));
/// ```
pub fn parse_alert(given: &str) -> Alert {
    let mut notes = Vec::new();
    let kept = cut(given, MAX_ALERT_BYTES);
    if kept.len() < given.len() {
        notes.push(Note::Cut {
            kept: kept.len(),
            total: given.len(),
        });
    }
    let (raw, hidden) = show_hidden(kept);
    if hidden > 0 {
        notes.push(Note::HiddenCharacters { count: hidden });
    }
    if raw.trim().is_empty() {
        notes.push(Note::Empty);
        return Alert {
            raw,
            format: AlertFormat::Text,
            title: None,
            fields: Vec::new(),
            notes,
        };
    }
    let (format, read) = if let Some(read) = json::read(&raw, &mut notes) {
        (AlertFormat::Json, read)
    } else {
        (AlertFormat::Text, text::read(&raw, &mut notes))
    };
    Alert {
        raw,
        format,
        title: read.title,
        fields: read.fields,
        notes,
    }
}

/// [`Alert::raw`] of a pasted alert, without reading anything in it: what spans refer to.
///
/// ```
/// use triage_core::alert::raw_text;
/// assert_eq!(raw_text("cmd.exe\u{202e}txt"), "cmd.exe txt");
/// ```
pub fn raw_text(given: &str) -> String {
    show_hidden(cut(given, MAX_ALERT_BYTES)).0
}

/// Title and fields as one format found them.
struct Reading {
    title: Option<String>,
    fields: Vec<Field>,
}

/// The longest prefix of `text` of at most `limit` bytes that ends between characters.
pub(crate) fn cut(text: &str, limit: usize) -> &str {
    text.get(..text.floor_char_boundary(limit)).unwrap_or(text)
}

/// Replaces control, bidirectional, zero-width and tag characters by spaces, so that what is
/// read is what is seen. Returns the text and how many were replaced.
fn show_hidden(text: &str) -> (String, usize) {
    let mut hidden = 0;
    let shown = text
        .chars()
        .map(|c| {
            if is_hidden(c) {
                hidden += 1;
                ' '
            } else {
                c
            }
        })
        .collect();
    (shown, hidden)
}

/// Whether a character shows nothing or reorders what stands beside it.
///
/// Unicode 16: general categories Cc and Cf that occur in attacks on readers of logs, and the
/// variation selectors and tag characters that can smuggle text. Line breaks and tabs are kept.
fn is_hidden(c: char) -> bool {
    if matches!(c, '\n' | '\r' | '\t') {
        return false;
    }
    c.is_control()
        || matches!(c,
            '\u{00ad}' | '\u{034f}' | '\u{061c}' | '\u{115f}' | '\u{1160}' | '\u{17b4}' | '\u{17b5}'
            | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}'
            | '\u{2060}'..='\u{206f}' | '\u{3164}' | '\u{fe00}'..='\u{fe0f}' | '\u{feff}'
            | '\u{ffa0}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
}
