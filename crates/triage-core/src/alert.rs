//! The alert: the text as pasted, the fields found in it, and what was odd about it.
//!
//! Parsing never fails. Whatever is pasted becomes an [`Alert`] whose notes say what was
//! cut, removed or not understood.

mod cef;
mod crowdstrike;
mod defender;
mod dialect;
mod elastic;
mod email;
mod excerpt;
mod file;
mod format;
mod json;
mod leef;
mod ocsf;
mod sentinel;
mod severity;
mod splunk;
mod suricata;
mod syslog;
mod text;
mod walk;
mod wazuh;
mod windows_event;
mod xml;

use std::ops::Range;

use serde::{Deserialize, Serialize};

use excerpt::Fields;
pub use file::{FileError, read_alert_file};
pub use format::AlertFormat;
pub use severity::Severity;

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

/// One named value of the alert, in the order of the text.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Field {
    /// The key as the alert spells it, nested keys joined by dots; at most 512 bytes. Where the
    /// alert names a value itself (`cs1Label`, `Data Name=`), that name; the items of `Entities`
    /// stand under their type (`Entities.account.Name`).
    pub name: String,
    /// The value as text.
    pub value: String,
    /// Where the value stands in [`Alert::raw`]; absent where escapes make it differ.
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
    /// Several alerts were given; only the first was triaged.
    FirstOfMany,
    /// The text is not in the format that was asked for.
    FormatNotApplied {
        /// The format asked for.
        asked: AlertFormat,
        /// The format it was read in.
        used: AlertFormat,
    },
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
            Self::FormatNotApplied { asked, used } => format!(
                "This cannot be read as {}; it was read as {}",
                asked.name(),
                used.name()
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
    /// How severe its rule says it is; absent where it does not say.
    pub severity: Option<Severity>,
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

/// Reads a pasted alert in the format it is recognised by. Never fails and never panics, whatever
/// the text.
///
/// JSON is flattened (`process.command_line`), documents in its strings too; a list or several
/// lines of JSON are read as their first alert. What is in no format is read as prose with
/// `Key: value` pairs.
///
/// ```
/// use triage_core::alert::{AlertFormat, parse_alert};
/// let alert = parse_alert("Suspicious logon. User: jsmith. Host: CORP-WS-042.");
/// assert_eq!(alert.format, AlertFormat::Text);
/// assert_eq!(alert.title.as_deref(), Some("Suspicious logon"));
/// assert_eq!(alert.field(&["host"]), Some("CORP-WS-042"));
/// ```
pub fn parse_alert(given: &str) -> Alert {
    parse_alert_as(given, None)
}

/// As [`parse_alert`], in the format that the analyst asks for. Where the text is not in that
/// format it is read in its own, with a [`Note::FormatNotApplied`].
///
/// ```
/// use triage_core::alert::{AlertFormat, Note, parse_alert_as};
/// let alert = parse_alert_as("Suspicious logon. Host: WS-042.", Some(AlertFormat::Cef));
/// assert_eq!(alert.format, AlertFormat::Text);
/// assert!(matches!(alert.notes[0], Note::FormatNotApplied { .. }));
/// ```
pub fn parse_alert_as(given: &str, asked: Option<AlertFormat>) -> Alert {
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
            severity: None,
            fields: Vec::new(),
            notes,
        };
    }
    let mut fields = Fields::default();
    let (format, heading) = format::read(&raw, asked, &mut fields, &mut notes);
    if heading.more {
        notes.push(Note::FirstOfMany);
    }
    if fields.full {
        notes.push(Note::TooManyFields { kept: MAX_FIELDS });
    }
    Alert {
        raw,
        format,
        title: heading.title,
        severity: heading.severity,
        fields: fields.list,
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

#[cfg(test)]
mod tests;
