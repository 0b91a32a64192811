//! What an alert asks of the index: what it says happened, without what identifies machines,
//! people and moments, and without the shell that merely carried a command.

mod noise;

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::platform::Platforms;
use super::terms::terms;
use crate::alert::{Alert, cut};
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
    let mut draft = Draft {
        query: Query {
            platforms: Platforms::of_alert(cut(&alert.raw, MAX_QUERY_BYTES)),
            ..Query::default()
        },
        left: MAX_QUERY_BYTES,
        encoded: layers
            .iter()
            .filter_map(|layer| alert.raw.get(layer.span.range()))
            .collect(),
    };
    if !preparation.clean {
        draft.add(Origin::Prose, &alert.raw, 1.0);
        return draft.query;
    }
    let title = alert.title.as_deref();
    if let Some(title) = title.filter(|title| !SENDER.is_match(title.trim())) {
        let weight = if preparation.title { TITLE_WEIGHT } else { 1.0 };
        draft.add_clean(Origin::Title, "", title, weight);
    }
    if let Some(prose) = prose(alert) {
        draft.add_clean(Origin::Prose, "", prose, 1.0);
    }
    let shells = preparation.shells.then(|| Shells::of(alert));
    let has_file = alert.fields.iter().any(|f| describes_a_file(&f.name));
    for (place, field) in alert.fields.iter().enumerate() {
        let key = field.name.rsplit('.').next().unwrap_or(&field.name);
        let repeats_title = Some(field.value.as_str()) == title;
        let is_of_file = has_file && key.eq_ignore_ascii_case("description");
        if !repeats_title && !is_of_file && !is_noise_field(&field.name) {
            draft.add_field(Origin::Field(place), key, &field.value, shells.as_ref());
        }
    }
    for (place, layer) in layers.iter().enumerate() {
        draft.add_clean(Origin::Layer(place), "", &layer.text, 1.0);
    }
    draft.query
}

/// A query being composed.
struct Draft<'a> {
    query: Query,
    /// Bytes that may still be added.
    left: usize,
    /// What was decoded: it speaks for itself, and its encoded form is noise.
    encoded: Vec<&'a str>,
}

impl Draft<'_> {
    fn add_field(&mut self, origin: Origin, key: &str, value: &str, shells: Option<&Shells>) {
        if is_event_number(key, value) {
            self.add(origin, &format!("EventID {value}"), 1.0);
            return;
        }
        let (shell, command) = shells.map_or(("", value), |shells| shells.split(key, value));
        self.add_clean(origin, "", shell, SHELL_WEIGHT);
        if !command.is_empty() {
            let words = if is_generic_key(key) {
                String::new()
            } else {
                key.replace(['.', '_'], " ")
            };
            self.add_clean(origin, &words, command, 1.0);
        }
    }

    /// Adds `words` and the cleaned text; of a long text only the start is even cleaned.
    fn add_clean(&mut self, origin: Origin, words: &str, text: &str, weight: f32) {
        let start = cut(text, MAX_QUERY_BYTES);
        self.query.is_cut |= start.len() < text.len();
        let text = self
            .encoded
            .iter()
            .fold(start.to_owned(), |text, encoded| text.replace(encoded, " "));
        self.add(origin, &format!("{words} {}", clean(&text)), weight);
    }

    fn add(&mut self, origin: Origin, text: &str, weight: f32) {
        let text = text.trim();
        let kept = cut(text, self.left).trim_end();
        self.query.is_cut |= kept.len() < text.len();
        self.left -= kept.len();
        if !kept.is_empty() {
            self.query.parts.push(Part {
                origin,
                text: kept.to_owned(),
                weight,
            });
        }
    }
}

/// Which values of an alert are mere carriers of what was done.
struct Shells {
    /// Whether a shell was given a command somewhere: its name elsewhere says no more then.
    carried: bool,
}

impl Shells {
    fn of(alert: &Alert) -> Self {
        let fields = &alert.fields;
        Self {
            carried: fields.iter().any(|f| shell_of(&f.value).is_some()),
        }
    }

    /// The part of a value that only carries, and the part that says something.
    fn split<'a>(&self, key: &str, value: &'a str) -> (&'a str, &'a str) {
        let is_parent = key
            .get(..6)
            .is_some_and(|head| head.eq_ignore_ascii_case("parent"));
        let name = value.trim();
        if (is_parent && LAUNCHER.is_match(name)) || (self.carried && SHELL_ALONE.is_match(name)) {
            return (value, "");
        }
        value.split_at(shell_of(value).unwrap_or_default())
    }
}

/// Text that is neither the title nor a field: a long message before the first field, or all of a
/// text without any.
fn prose(alert: &Alert) -> Option<&str> {
    if alert.title.is_some() || alert.format.is_json() {
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
