//! The formats that alerts come in, how each is told from the others, and who reads it.

use serde::{Deserialize, Serialize};

use super::excerpt::{Excerpt, Fields};
use super::severity::Severity;
use super::{Note, cef, email, json, leef, splunk, syslog, text, windows_event, xml};

/// How the alert was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AlertFormat {
    /// A Kibana alert or another ECS document of Elastic, as JSON.
    Elastic,
    /// A finding or another event of the Open Cybersecurity Schema Framework, as JSON.
    Ocsf,
    /// A Splunk notable as JSON or `key="value"` pairs, or what an alert action sends.
    Splunk,
    /// A Microsoft Sentinel alert or incident, as JSON.
    Sentinel,
    /// A Microsoft Defender alert, as JSON.
    Defender,
    /// A `CrowdStrike` Falcon detection, as JSON.
    #[serde(rename = "crowdstrike")]
    CrowdStrike,
    /// A Wazuh alert, as JSON.
    Wazuh,
    /// A line of Suricata's EVE log, as JSON.
    Suricata,
    /// A Windows event, Sysmon's among them, as XML or JSON.
    WindowsEvent,
    /// Lines of syslog, RFC 3164 or RFC 5424.
    Syslog,
    /// The Common Event Format of `ArcSight`.
    Cef,
    /// The Log Event Extended Format of `QRadar`.
    Leef,
    /// An e-mail with its headers, RFC 5322.
    Email,
    /// Any other JSON object; nested keys are joined by dots.
    Json,
    /// Prose, `Key: value` pairs, or both.
    Text,
}

impl AlertFormat {
    /// Every format, in the order in which people are shown them.
    pub const ALL: [Self; 15] = [
        Self::Elastic,
        Self::Ocsf,
        Self::Splunk,
        Self::Sentinel,
        Self::Defender,
        Self::CrowdStrike,
        Self::Wazuh,
        Self::Suricata,
        Self::WindowsEvent,
        Self::Syslog,
        Self::Cef,
        Self::Leef,
        Self::Email,
        Self::Json,
        Self::Text,
    ];

    /// Its name for people.
    pub fn name(self) -> &'static str {
        match self {
            Self::Elastic => "Elastic",
            Self::Ocsf => "OCSF",
            Self::Splunk => "Splunk",
            Self::Sentinel => "Microsoft Sentinel",
            Self::Defender => "Microsoft Defender",
            Self::CrowdStrike => "CrowdStrike",
            Self::Wazuh => "Wazuh",
            Self::Suricata => "Suricata",
            Self::WindowsEvent => "Windows event",
            Self::Syslog => "Syslog",
            Self::Cef => "CEF",
            Self::Leef => "LEEF",
            Self::Email => "E-mail",
            Self::Json => "JSON",
            Self::Text => "Plain text",
        }
    }

    /// Whether its alerts are documents whose every word is a field: JSON, or an event's XML.
    /// Around the fields of the others stands prose.
    pub fn is_json(self) -> bool {
        !matches!(
            self,
            Self::Syslog | Self::Cef | Self::Leef | Self::Email | Self::Text
        )
    }
}

/// What an alert says of itself beside its fields.
#[derive(Default)]
pub(super) struct Heading {
    /// The rule's name.
    pub(super) title: Option<String>,
    /// The rule's severity.
    pub(super) severity: Option<Severity>,
    /// Whether other alerts follow that were not read.
    pub(super) more: bool,
}

/// One who reads a format that is not JSON.
struct Reader {
    format: AlertFormat,
    /// Whether a text is certainly in this format.
    is: fn(&str) -> bool,
    /// Whether a text can be read in this format by somebody who knows better than `is`.
    fits: fn(&str) -> bool,
    /// Adds the fields under a name.
    read: fn(&Excerpt, &str, &mut Fields) -> Heading,
}

/// The readers in the order in which they are tried; the last takes everything.
const READERS: [Reader; 7] = [
    Reader {
        format: AlertFormat::WindowsEvent,
        is: xml::is,
        fits: xml::is,
        read: windows_event::read,
    },
    Reader {
        format: AlertFormat::Cef,
        is: cef::is,
        fits: cef::is,
        read: cef::read,
    },
    Reader {
        format: AlertFormat::Leef,
        is: leef::is,
        fits: leef::is,
        read: leef::read,
    },
    Reader {
        format: AlertFormat::Syslog,
        is: syslog::is,
        fits: syslog::is,
        read: syslog::read,
    },
    Reader {
        format: AlertFormat::Email,
        is: email::is,
        fits: email::has_headers,
        read: email::read,
    },
    Reader {
        format: AlertFormat::Splunk,
        is: splunk::is,
        fits: splunk::is,
        read: splunk::read,
    },
    Reader {
        format: AlertFormat::Text,
        is: |_| true,
        fits: |_| true,
        read: text::read,
    },
];

/// Reads an alert that is not blank, in the format asked for where that is possible and else in
/// the first that recognises it.
pub(super) fn read(
    raw: &str,
    asked: Option<AlertFormat>,
    fields: &mut Fields,
    notes: &mut Vec<Note>,
) -> (AlertFormat, Heading) {
    let source = Excerpt::whole(raw);
    let mut readers = READERS.iter();
    let fitting = asked.and_then(|asked| readers.find(|r| r.format == asked && (r.fits)(raw)));
    if let Some(reader) = fitting {
        return (reader.format, (reader.read)(&source, "", fields));
    }
    let asked_json = asked.filter(|asked| asked.is_json());
    let (format, heading) = json::read(raw, asked_json, fields, notes).unwrap_or_else(|| {
        let reader = READERS.iter().find(|reader| (reader.is)(raw));
        let reader = reader.expect("the last reader takes everything");
        (reader.format, (reader.read)(&source, "", fields))
    });
    if let Some(asked) = asked.filter(|asked| *asked != format) {
        notes.push(Note::FormatNotApplied {
            asked,
            used: format,
        });
    }
    (format, heading)
}

/// Reads a document that stands in a string called `name`; whether it is one, and the string says
/// nothing more than its fields.
pub(super) fn read_nested(source: &Excerpt, name: &str, depth: usize, fields: &mut Fields) -> bool {
    let text = source.text();
    if json::flatten_nested(source, name, depth, fields) {
        return true;
    }
    let is_log = matches!(name.rsplit('.').next(), Some("_raw" | "full_log"));
    // Elsewhere only an event's XML is a document; a message that starts like syslog is a message.
    let mut readers = READERS.iter().take(if is_log { READERS.len() } else { 1 });
    let Some(reader) = readers.find(|reader| (reader.is)(text)) else {
        return false;
    };
    if reader.format == AlertFormat::Text {
        // Its pairs name users and hosts; its prose is the string itself.
        text::add_found(source, name, text::equals_fields(text).0, fields);
        return false;
    }
    (reader.read)(source, name, fields);
    true
}
