//! Observables that are known by their form wherever they stand. No two of them overlap.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use regex::Regex;

use super::defang::{AT, DOT, refang};
use super::field::{Fields, Meaning};
use super::shown::Shown;
use super::{Observable, ObservableKind as Kind, address, name, path, side};

/// A part of the text that a pattern fits, with what stands around it.
pub(super) struct Place<'a> {
    text: &'a str,
    start: usize,
    end: usize,
    /// The part itself.
    pub(super) written: &'a str,
    /// What the field holds that it stands in.
    meaning: Option<Meaning>,
}

impl<'a> Place<'a> {
    fn new(shown: &'a Shown, start: usize, end: usize, fields: &Fields<'_>) -> Option<Self> {
        let text = shown.text.as_str();
        let meaning = fields.at(start).and_then(|((from, to), meaning)| {
            // In plain text a sentence can go on in the value of a field.
            let is_first = from == start;
            let is_agent = || text.get(from..to).is_some_and(|value| value.contains('/'));
            let applies = match meaning {
                Meaning::Version => is_first || is_agent(),
                Meaning::User | Meaning::Party => is_first && to == end,
                Meaning::Identifier | Meaning::Account => is_first,
                _ => true,
            };
            applies.then_some(meaning)
        });
        Some(Self {
            text,
            start,
            end,
            written: text.get(start..end)?,
            meaning,
        })
    }

    /// Whether it stands in a field that holds one of these.
    pub(super) fn is_in(&self, meanings: &[Meaning]) -> bool {
        self.meaning
            .is_some_and(|meaning| meanings.contains(&meaning))
    }

    /// At most `bytes` bytes before it.
    pub(super) fn before(&self, bytes: usize) -> &'a str {
        let from = self
            .text
            .floor_char_boundary(self.start.saturating_sub(bytes));
        self.text.get(from..self.start).unwrap_or_default()
    }

    /// Everything behind it.
    pub(super) fn after(&self) -> &'a str {
        self.text.get(self.end..).unwrap_or_default()
    }

    fn onwards(&self) -> &'a str {
        self.text.get(self.start..).unwrap_or_default()
    }

    fn quote_before(&self) -> Option<char> {
        let quote = self.before(1).chars().next()?;
        matches!(quote, '"' | '\'' | '`').then_some(quote)
    }

    /// What was read from the bytes `from..to` of it and of what follows.
    fn part(&self, kind: Kind, value: String, from: usize, to: usize) -> Found {
        Found {
            kind,
            value,
            start: self.start + from,
            end: self.start + to,
        }
    }

    fn whole(&self, kind: Kind, value: String) -> Found {
        self.part(kind, value, 0, self.written.len())
    }
}

/// What a pattern found: positions in the shown text.
struct Found {
    kind: Kind,
    value: String,
    start: usize,
    end: usize,
}

/// Reads the value at a place that a pattern fits; `None` where it only looks like one.
type Reader = fn(&Place<'_>) -> Option<Found>;

/// Patterns in order of strength: a part taken by one is not offered to the next.
static PATTERNS: LazyLock<Vec<(Reader, Regex)>> = LazyLock::new(|| {
    let url = concat!(
        r"(?i)(?-u:\b)(?:h(?:tt|xx)ps?|ftps?|sftp|wss?|ldaps?|rmi|smb|s3|gs|tcp)(?:\[://\]|(?:\[:\]|:)(?:\\?/){2})",
        r#"(?:\[(?:dot|[0-9a-f:.%]+)\]|[({](?:dot|\.)[)}]|\\[/=&?]|[^\s"'<>|\\`{}\[\]^“”„»«])+"#,
    );
    let registry = concat!(
        r"(?i)(?:(?-u:\b)Registry::)?(?-u:\b)(?:HKLM|HKCU|HKCR|HKU|HKCC|HKEY_(?:LOCAL_MACHINE|CURRENT_USER|CLASSES_ROOT|USERS|CURRENT_CONFIG|PERFORMANCE_DATA)):?\\+[^\s\\]",
        r"|\\REGISTRY\\(?:MACHINE|USER|A)\\+[^\s\\]",
    );
    let windows = concat!(
        r"(?i)(?:\\\\[?.]\\)?(?-u:\b)[a-z]:(?:\\{1,4}|/)[^\s\\/:]|\\{2,4}[?.]\\{1,2}[a-z]|\\{2,8}[a-z0-9][a-z0-9._-]*\\{1,4}[^\s\\]",
        r"|%[a-z_][a-z0-9_()]+%\\{1,4}[^\s\\]|\$\{?env:[a-z_()0-9]+\}?\\{1,4}[^\s\\]",
        r"|\\(?:Device|SystemRoot|\?\?|DosDevices|GLOBAL\?\?)\\{1,2}[^\s\\]",
    );
    let unix = concat!(
        r#"(?:^|[\s"'=(,:><\[{;`|&@])(?<v>(?:(?:~|\$HOME)/|/(?:etc|tmp|var|usr|home|opt|root|bin|sbin|lib|lib64|dev|proc|sys|run|srv|mnt|media|boot|data|snap|nix|Users|Library|Applications|System|Volumes|private)/)"#,
        r#"(?:Application Support/|[^\s"'<>|;,()\[\]{}*?`&=:])+)"#,
    );
    [
        (url_of as Reader, url.to_owned()),
        (mail_of, format!(r"(?i)[\w][\w.+%'-]*{AT}(?:[\w-]+{DOT})+[\w-]{{2,24}}")),
        (registry_of, registry.to_owned()),
        (windows_path_of, windows.to_owned()),
        (unix_path_of, unix.to_owned()),
        (hash_of, r"(?i)(?-u:\b)(?:[0-9a-f]{128}|[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})(?-u:\b)".to_owned()),
        (mac_of, r"(?i)(?-u:\b)(?:[0-9a-f]{2}(?:(?::[0-9a-f]{2}){5}|(?:-[0-9a-f]{2}){5})|[0-9a-f]{4}(?:\.[0-9a-f]{4}){2})(?-u:\b)".to_owned()),
        (vulnerability_of, r"(?i)(?-u:\b)CVE-[0-9]{4}-[0-9]{4,7}(?-u:\b)".to_owned()),
        (technique_of, r"(?-u:\b)(?:T|attack\.t)(?:08|1[0-9])[0-9]{2}(?:\.[0-9]{3})?(?-u:\b)".to_owned()),
        (ipv6_of, format!(r"(?i)(?:[0-9a-f]{{0,4}}(?::|\[:\])){{2,8}}(?:[0-9]{{1,3}}(?:{DOT}[0-9]{{1,3}}){{3}}|[0-9a-f]{{0,4}})(?:/[0-9]{{1,3}})?")),
        (ipv4_of, format!(r"(?i)[0-9]{{1,3}}(?:{DOT}[0-9]{{1,3}}){{3}}(?:/[0-9]{{1,5}})?")),
        (name_of, format!(r"(?i)[\w~$-][\w~$+-]*(?:{DOT}[\w~+-]+)+")),
    ]
    .into_iter()
    .map(|(reader, pattern)| {
        (reader, Regex::new(&pattern).expect("the pattern is a constant that tests compile"))
    })
    .collect()
});

/// Namespaces of XML documents: names in the form of a URL that nobody visits.
static NAMESPACES: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?-u:\b)(?:xmlns(?::\w{1,40})?|xsi:schemaLocation)=(?:"[^"]*"|'[^']*')"#)
        .expect("the pattern is a constant that tests compile")
});

/// Parts of the text that are spoken for, start to end; no two overlap.
#[derive(Default)]
pub(super) struct Taken(BTreeMap<usize, usize>);

impl Taken {
    pub(super) fn is_free(&self, start: usize, end: usize) -> bool {
        let before = self.0.range(..end).next_back();
        before.is_none_or(|(_, taken_to)| *taken_to <= start)
    }

    fn take(&mut self, start: usize, end: usize) {
        self.0.insert(start, end);
    }
}

/// Finds what has a form of its own, outside of the values that `fields` has read whole, and says
/// which parts of the text that were.
pub(super) fn scan(shown: &Shown, fields: &Fields<'_>) -> (Vec<Observable>, Taken) {
    let text = shown.text.as_str();
    let mut observables = Vec::new();
    let mut taken = Taken::default();
    let namespaces = NAMESPACES
        .find_iter(text)
        .map(|found| (found.start(), found.end()));
    for (start, end) in namespaces.chain(fields.read_whole()) {
        if taken.is_free(start, end) {
            taken.take(start, end);
        }
    }
    for (reader, pattern) in PATTERNS.iter() {
        for captures in pattern.captures_iter(text) {
            let Some(fit) = captures.name("v").or_else(|| captures.get(0)) else {
                continue;
            };
            if !taken.is_free(fit.start(), fit.end()) {
                continue;
            }
            let found =
                Place::new(shown, fit.start(), fit.end(), fields).and_then(|place| reader(&place));
            let Some(found) = found.filter(|found| taken.is_free(found.start, found.end)) else {
                continue;
            };
            taken.take(found.start, found.end);
            let span = shown.raw_span(found.start, found.end);
            if found.kind == Kind::File {
                let server = server_of(&found.value);
                observables
                    .extend(server.map(|(kind, name)| Observable::new(kind, name, Some(span))));
            }
            observables.push(Observable::new(found.kind, found.value, Some(span)));
        }
    }
    (observables, taken)
}

/// The machine that a Windows share is on; `None` for every other path.
pub(super) fn server_of(path: &str) -> Option<(Kind, String)> {
    let share = path.strip_prefix("\\\\")?;
    let server = share
        .split('\\')
        .next()
        .filter(|server| !matches!(*server, "?" | "."))?;
    let kind = if server.parse::<std::net::Ipv4Addr>().is_ok() {
        Kind::Ipv4Addr
    } else if server.contains('.') && !side::has_internal_suffix(server) {
        Kind::DomainName
    } else {
        Kind::Host
    };
    Some((kind, server.to_owned()))
}

fn url_of(place: &Place<'_>) -> Option<Found> {
    // What ends a sentence or closes a bracket that opened before ends no URL.
    let count = |mark: char| place.written.matches(mark).count();
    let mut unopened = count(')').saturating_sub(count('('));
    let written = place.written.trim_end_matches(|c: char| {
        let is_unopened = c == ')' && unopened > 0;
        unopened -= usize::from(is_unopened);
        is_unopened || matches!(c, '.' | ',' | ';' | ':' | '!' | '?' | '*' | '$')
    });
    let value = refang(written).replace("\\/", "/");
    let value = value
        .replace("\\=", "=")
        .replace("\\&", "&")
        .replace("\\?", "?");
    let host = side::url_host(&value);
    let has_host = host.starts_with(|c: char| c.is_alphanumeric() || matches!(c, '[' | '_'));
    has_host.then(|| place.part(Kind::Url, value, 0, written.len()))
}

/// What stands before identifiers that are written like an address.
static MESSAGE_ID_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:message-?id|in-reply-to|references|content-id)\W{0,6}$")
        .expect("the pattern is a constant that tests compile")
});

fn mail_of(place: &Place<'_>) -> Option<Found> {
    let value = refang(place.written).into_owned();
    let (_, domain) = value.rsplit_once('@')?;
    let is_mail = name::is_domain_name(domain) && !MESSAGE_ID_BEFORE.is_match(place.before(32));
    is_mail.then(|| place.whole(Kind::EmailAddr, value))
}

fn registry_of(place: &Place<'_>) -> Option<Found> {
    let text = place.onwards();
    let end = path::windows_end(text, place.written.len(), place.quote_before());
    let key = path::clean(text.get(..end)?);
    Some(place.part(Kind::WindowsRegistryKey, key, 0, end))
}

fn windows_path_of(place: &Place<'_>) -> Option<Found> {
    let text = place.onwards();
    let is_joined = place
        .before(1)
        .ends_with(|c: char| c.is_alphanumeric() || matches!(c, '\\' | '_'));
    let end = path::windows_end(text, place.written.len(), place.quote_before());
    let file = path::clean(text.get(..end)?);
    (!is_joined && file.len() > 3).then(|| place.part(Kind::File, file, 0, end))
}

/// Parts of `/dev` that redirect and hold no file.
const STREAMS: &[&str] = &[
    "/dev/null",
    "/dev/tcp/",
    "/dev/udp/",
    "/dev/std",
    "/dev/fd/",
];

fn unix_path_of(place: &Place<'_>) -> Option<Found> {
    let is_stream = STREAMS
        .iter()
        .any(|stream| place.written.starts_with(stream));
    let text = place.onwards();
    let end = path::unix_end(text, place.written.len(), place.quote_before());
    let file = text.get(..end)?.to_owned();
    (!is_stream && file.len() > 3).then(|| place.part(Kind::File, file, 0, end))
}

/// What stands before numbers that are as long as a hash and name no file.
static NUMBER_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?-u:\b)(?:commit|revision|trace|span|request|correlation|transaction|session|token|nonce|cookie|uuid|guid|ja3s?|ja4|api[-_ ]?key|(?:[a-z]+[-_ ])?id)[\s\W_]{0,4}$")
        .expect("the pattern is a constant that tests compile")
});

fn hash_of(place: &Place<'_>) -> Option<Found> {
    let digits = place.written;
    let (before, after) = (place.before(32), place.after());
    let is_name = after.starts_with('.')
        && after
            .get(1..)
            .is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
    let is_part_of_longer = before.ends_with('-') || after.starts_with('-');
    let is_number = digits.bytes().all(|digit| digit.is_ascii_digit())
        || place.is_in(&[Meaning::Identifier, Meaning::Account])
        || NUMBER_BEFORE.is_match(before);
    (!is_name && !is_part_of_longer && !is_number)
        .then(|| place.whole(Kind::FileHash, digits.to_owned()))
}

fn mac_of(place: &Place<'_>) -> Option<Found> {
    Some(place.whole(Kind::MacAddr, address::mac(place)?))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "a reader of the table of patterns"
)]
fn vulnerability_of(place: &Place<'_>) -> Option<Found> {
    Some(place.whole(Kind::Vulnerability, place.written.to_ascii_uppercase()))
}

fn technique_of(place: &Place<'_>) -> Option<Found> {
    let number = place.written.rsplit_once(['T', 't'])?.1;
    // The first number that ATT&CK gave to a technique is T1001.
    (!number.starts_with("1000")).then(|| place.whole(Kind::AttackPattern, format!("T{number}")))
}

fn ipv6_of(place: &Place<'_>) -> Option<Found> {
    let (value, skipped) = address::ipv6(place)?;
    let end = end_of_address(&value, place.written);
    Some(place.part(Kind::Ipv6Addr, value, skipped, end))
}

fn ipv4_of(place: &Place<'_>) -> Option<Found> {
    let value = address::ipv4(place)?;
    let end = end_of_address(&value, place.written);
    Some(place.part(Kind::Ipv4Addr, value, 0, end))
}

/// Where an address ends that was written with a port or prefix that it does not have, or before
/// a colon that ends a phrase.
fn end_of_address(value: &str, written: &str) -> usize {
    let end = written
        .find('/')
        .filter(|_| !value.contains('/'))
        .unwrap_or(written.len());
    end - usize::from(
        written
            .get(..end)
            .is_some_and(|kept| kept.ends_with(':') && !value.ends_with(':')),
    )
}

fn name_of(place: &Place<'_>) -> Option<Found> {
    let (kind, value) = name::classify(place)?;
    let bare = place.written.trim_start_matches(['-', '~']);
    let skipped = place.written.len() - bare.len();
    Some(place.part(kind, value, skipped, place.written.len()))
}
