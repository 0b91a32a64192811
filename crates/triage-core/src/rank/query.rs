//! What an alert asks of the index: what it says happened, without what identifies machines,
//! people and moments, and without the shell that merely carried a command.

mod noise;

use std::cell::Cell;
use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::platform::Platforms;
use super::terms::terms;
use crate::alert::{Alert, AlertFormat, cut};
use crate::decode::DecodedLayer;
use noise::{clean, describes_a_file, is_generic_key, is_noise_field};

/// The most bytes of an alert that are prepared; nothing said later changes what it is about.
const MAX_QUERY_BYTES: usize = 16 * 1024;

/// The most words that are embedded. A title has about ten.
const MAX_MEANING_WORDS: usize = 64;

/// What a word of the title counts, where a word of a field counts one: it is the rule author's
/// summary.
const TITLE_WEIGHT: f32 = 2.0;

/// What a word of the shell counts that carried the command: `cmd.exe /c` says little about what
/// was done, and it stands in most alerts.
const SHELL_WEIGHT: f32 = 0.1;

/// An alert as a query.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Query {
    /// Its parts in the order of the alert, the title first, decoded layers last.
    pub parts: Vec<Part>,
    /// Where it happened, as far as it says.
    pub platforms: Platforms,
    /// Techniques that the alert names itself, by their places in the catalog; a sensor's own
    /// mapping. Filled in by whoever has the catalog.
    pub named: Vec<usize>,
    /// Whether the alert says more than is searched.
    pub is_cut: bool,
}

/// A piece of the alert that takes part in the search.
#[derive(Clone, Debug, PartialEq)]
pub struct Part {
    /// Which piece it is.
    pub origin: Origin,
    /// Its text, prepared.
    pub text: String,
    /// What each of its words counts.
    pub weight: f32,
}

/// Where a part of a query comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Origin {
    /// The title.
    Title,
    /// A field, by its place in [`Alert::fields`].
    Field(usize),
    /// A decoded layer, by its place.
    Layer(usize),
    /// Text outside of fields.
    Prose,
}

/// How a query is prepared. Everything is on; switching a step off shows what it is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preparation {
    /// Leave out what only identifies, and the names of keys. Without it, the alert as it stands.
    pub clean: bool,
    /// Give the title more weight, and embed it alone.
    pub title: bool,
    /// Count the shell that carried a command for little.
    pub shells: bool,
}

impl Preparation {
    /// Every step.
    pub const ALL: Self = Self {
        clean: true,
        title: true,
        shells: true,
    };
}

/// Titles that name the sender and not what happened.
static SENDER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:(?:alert|edr|siem|xdr|ndr|ids|process|security|network|notable|event|log|message|notification|detection|incident)[\s:.-]*)+$")
        .expect("the pattern is a constant that tests compile")
});

/// The start of a command line that only hands the rest to a shell.
static SHELL: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?ix)^\s*["']?(?:
          (?:\S*[\\/])?cmd(?:\.exe)?["']?(?:\s+/(?:[ckqsd]|v:on|e:on)\b)+
        | (?:\S*[\\/])?(?:powershell|pwsh)(?:\.exe)?["']?(?:\s+-(?:nop(?:rofile)?|noni(?:nteractive)?|nologo|noexit|sta|mta|(?:ex(?:ec(?:utionpolicy)?)?|ep)\s+\S+|c(?:ommand)?|version\s+\S+)\b)+
        | (?:\S*/)?(?:ba|z|da|k|c)?sh["']?(?:\s+-(?:[eilx]*c|l|i)\b)+
        )\s*["'&{(]*\s*"#,
    )
    .expect("the pattern is a constant that tests compile")
});

/// A value that is nothing but a shell.
static SHELL_ALONE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^(?:\S*[\\/])?(?:cmd|powershell|pwsh|(?:ba|z|da|k|c)?sh)(?:\.exe)?$")
        .expect("the pattern is a constant that tests compile")
});

/// A parent process that starts most of what runs, by its name alone.
static LAUNCHER: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)^"?(?:\S*[\\/])?(?:cmd|powershell|pwsh|(?:ba|z|da|k|c)?sh|explorer|svchost|services|windowsterminal|conhost|userinit|systemd|launchd|init)(?:\.exe)?"?$"#)
        .expect("the pattern is a constant that tests compile")
});

/// Prepares an alert and its decoded parts for the index.
pub fn prepare_query(alert: &Alert, layers: &[DecodedLayer], preparation: Preparation) -> Query {
    let platforms = Platforms::of_alert(cut(&alert.raw, MAX_QUERY_BYTES));
    let is_long = Cell::new(false);
    let start = |text| start(text, &is_long);
    let mut query = Query {
        parts: Vec::new(),
        platforms,
        named: Vec::new(),
        is_cut: false,
    };
    let mut budget = MAX_QUERY_BYTES;
    let mut add = |origin, text: &str, weight| {
        let kept = cut(text, budget).trim();
        query.is_cut |= kept.len() < text.trim().len();
        let text = kept;
        budget -= text.len();
        if !text.is_empty() {
            query.parts.push(Part {
                origin,
                text: text.to_owned(),
                weight,
            });
        }
    };
    if !preparation.clean {
        add(Origin::Prose, &alert.raw, 1.0);
        return query;
    }
    let title = alert
        .title
        .as_deref()
        .filter(|title| !SENDER.is_match(title.trim()));
    if let Some(title) = title {
        let weight = if preparation.title { TITLE_WEIGHT } else { 1.0 };
        add(Origin::Title, &clean(start(title)), weight);
    }
    if let Some(prose) = prose(alert) {
        add(Origin::Prose, &clean(start(prose)), 1.0);
    }
    // What was decoded speaks for itself; its encoded form is noise.
    let encoded: Vec<&str> = layers
        .iter()
        .filter_map(|layer| alert.raw.get(layer.span.range()))
        .collect();
    let clean = |value: &str| {
        let value = encoded
            .iter()
            .fold(value.to_owned(), |value, part| value.replace(part, " "));
        clean(&value)
    };
    let is_shelled = preparation.shells
        && alert
            .fields
            .iter()
            .any(|field| shell_of(&field.value).is_some());
    let has_file = alert
        .fields
        .iter()
        .any(|field| describes_a_file(&field.name));
    for (place, field) in alert.fields.iter().enumerate() {
        let repeats_title = Some(field.value.as_str()) == alert.title.as_deref();
        if repeats_title || is_noise_field(&field.name) {
            continue;
        }
        let origin = Origin::Field(place);
        let key = field.name.rsplit('.').next().unwrap_or(&field.name);
        if has_file && key.eq_ignore_ascii_case("description") {
            continue;
        }
        if is_event_number(key, &field.value) {
            add(origin, &format!("EventID {}", field.value), 1.0);
            continue;
        }
        let mut value = start(&field.value);
        let is_parent = key
            .get(..6)
            .is_some_and(|head| head.eq_ignore_ascii_case("parent"));
        if preparation.shells && is_parent && LAUNCHER.is_match(value.trim()) {
            add(origin, &clean(value), SHELL_WEIGHT);
            continue;
        }
        if is_shelled {
            if let Some(shell) = shell_of(value) {
                let (shell, command) = value.split_at(shell);
                add(origin, &clean(shell), SHELL_WEIGHT);
                value = command;
            } else if SHELL_ALONE.is_match(value.trim()) {
                add(origin, &clean(value), SHELL_WEIGHT);
                continue;
            }
        }
        if is_generic_key(key) {
            add(origin, &clean(value), 1.0);
        } else {
            let key = key.replace(['.', '_'], " ");
            add(origin, &format!("{key} {}", clean(value)), 1.0);
        }
    }
    for (place, layer) in layers.iter().enumerate() {
        add(Origin::Layer(place), &clean(start(&layer.text)), 1.0);
    }
    query.is_cut |= is_long.get();
    query
}

/// As much of a text as is searched; nothing longer is even cleaned.
fn start<'a>(text: &'a str, is_long: &Cell<bool>) -> &'a str {
    let kept = cut(text, MAX_QUERY_BYTES);
    is_long.set(is_long.get() || kept.len() < text.len());
    kept
}

/// Text that is neither the title nor a field: a long message before the first field, or all of a
/// text without any.
fn prose(alert: &Alert) -> Option<&str> {
    if alert.title.is_some() || alert.format == AlertFormat::Json {
        return None;
    }
    let end = alert
        .fields
        .first()
        .map_or(Some(alert.raw.len()), |field| {
            // The first field begins with its key.
            let before = alert.raw.get(..field.span?.start)?;
            before.rfind(&field.name)
        })?;
    let prose = alert.raw.get(..end)?;
    (!prose.trim().is_empty()).then_some(prose)
}

/// Where the command begins that a shell was given; `None` where there is none.
fn shell_of(value: &str) -> Option<usize> {
    let end = SHELL.find(value)?.end();
    (end < value.len()).then_some(end)
}

fn is_event_number(key: &str, value: &str) -> bool {
    let key = key.replace(['_', ' ', '-'], "").to_ascii_lowercase();
    matches!(key.as_str(), "eventid" | "eventcode" | "code")
        && !value.is_empty()
        && value.len() <= 5
        && value.bytes().all(|b| b.is_ascii_digit())
}

impl Query {
    /// Whether there is nothing to look up.
    pub fn is_empty(&self) -> bool {
        self.parts.is_empty()
    }

    /// The same without what came from `origin`.
    #[must_use]
    pub fn without(&self, origin: Origin) -> Self {
        Self {
            parts: self
                .parts
                .iter()
                .filter(|part| part.origin != origin)
                .cloned()
                .collect(),
            ..self.clone()
        }
    }

    /// What is embedded: the title alone, or the fields where there is none. Empty where no word
    /// is left.
    ///
    /// The title is the best summary there is, and with about ten words the quickest to embed.
    pub fn meaning(&self) -> String {
        let title = |part: &&Part| part.weight >= TITLE_WEIGHT;
        let body = |part: &&Part| part.weight >= 1.0;
        let mut parts = self.parts.iter().filter(title).peekable();
        if parts.peek().is_some() {
            plain_words(parts)
        } else {
            plain_words(self.parts.iter().filter(body))
        }
    }

    /// Its terms with how much each counts, in order of hash: 2n / (n + 1) for n weighted
    /// occurrences, so that repeating a word changes little.
    pub fn terms(&self) -> Vec<(u32, f32)> {
        self.saturated(0.0)
    }

    /// The terms that do not only stand in the shell that carried a command, in order of hash.
    pub fn telling_terms(&self) -> Vec<u32> {
        let terms = self.saturated(0.5);
        terms.into_iter().map(|(hash, _)| hash).collect()
    }

    fn saturated(&self, least: f32) -> Vec<(u32, f32)> {
        let mut counts: BTreeMap<u32, f32> = BTreeMap::new();
        for part in &self.parts {
            for term in terms(&part.text) {
                *counts.entry(term.hash).or_default() += part.weight;
            }
        }
        counts
            .into_iter()
            .filter(|(_, count)| *count > least)
            .map(|(hash, count)| (hash, 2.0 * count / (count + 1.0)))
            .collect()
    }
}

/// Words as prose has them: no punctuation, no numbers, camel case and underscores parted.
fn plain_words<'a>(parts: impl Iterator<Item = &'a Part>) -> String {
    let mut text = String::new();
    let mut left = MAX_MEANING_WORDS;
    for part in parts {
        let mut before = ' ';
        for c in part.text.chars() {
            let c = match c {
                '_' => ' ',
                c if c.is_alphanumeric() || c == '.' || c == '-' => c,
                _ => ' ',
            };
            if c.is_uppercase() && (before.is_lowercase() || before.is_ascii_digit()) {
                text.push(' ');
            }
            text.push(c);
            before = c;
        }
        text.push(' ');
    }
    let words = text.split_whitespace().filter(|word| {
        word.len() <= 60
            && word.chars().any(char::is_alphanumeric)
            && !word.bytes().all(|b| b.is_ascii_digit())
    });
    let mut kept = String::new();
    for word in words {
        if left == 0 {
            break;
        }
        left -= 1;
        if !kept.is_empty() {
            kept.push(' ');
        }
        kept.push_str(word);
    }
    kept
}

#[cfg(test)]
mod tests;
