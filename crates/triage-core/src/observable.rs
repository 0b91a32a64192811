//! Observables: addresses, names, hashes and the like that stand in an alert.

mod address;
mod defang;
mod field;
mod identity;
mod name;
mod path;
mod pattern;
mod shown;
mod side;

use std::borrow::Cow;
use std::collections::{BTreeMap, HashSet};

use serde::{Deserialize, Serialize};

use crate::alert::{Alert, Span, parse_alert};
use crate::decode::DecodedLayer;

use field::Fields;
use shown::Shown;
use side::Organisation;

/// The most observables reported of one alert.
const MAX_OBSERVABLES: usize = 500;

/// The kind of an observable, by STIX 2.1 type where STIX has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObservableKind {
    /// An IPv4 address; a network with its prefix length (`10.0.0.0/8`).
    Ipv4Addr,
    /// An IPv6 address without zone; a network with its prefix length.
    Ipv6Addr,
    /// A host name with at least two labels, or the name of a Windows domain in a field for it.
    DomainName,
    /// A URL with its scheme.
    Url,
    /// An e-mail address.
    EmailAddr,
    /// The hardware address of a network card.
    MacAddr,
    /// The MD5, SHA-1, SHA-256, SHA-512 or import hash of a file.
    FileHash,
    /// A path, or the name of a file with an ending that files have.
    File,
    /// A registry key.
    WindowsRegistryKey,
    /// A user, as a field names it or as text does where there is no doubt (`/home/NAME/`).
    UserAccount,
    /// A machine, as a field, a log line's head or the path of a share names it.
    Host,
    /// An account by number: a Windows security identifier, a cloud account or tenant.
    AccountId,
    /// A program that runs, as a field names it.
    Process,
    /// A command line, as a field gives it.
    CommandLine,
    /// A CVE number.
    Vulnerability,
    /// An ATT&CK technique identifier.
    AttackPattern,
}

/// A value seen in the alert. Seen says nothing of good or bad.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Observable {
    /// What it is.
    pub kind: ObservableKind,
    /// The value, refanged (`hxxp` and `[.]` undone) and without escapes.
    pub value: String,
    /// Where it stands first in the alert; for one that was found in a decoded layer, where the
    /// encoded text stands.
    pub span: Option<Span>,
    /// The decoded layer it was found in, by its place; absent where it stands in the alert itself.
    pub layer: Option<usize>,
    /// Whether it belongs to the organisation: private addresses, users, hosts, accounts, e-mail
    /// addresses, and domains that its users or machines stand under.
    pub internal: bool,
}

impl Observable {
    /// Seen in the alert itself; whose it is, is judged when the whole alert was read.
    fn new(kind: ObservableKind, value: String, span: Option<Span>) -> Self {
        Self {
            kind,
            value,
            span,
            layer: None,
            internal: false,
        }
    }

    /// The value as it can be shown and copied without becoming a link: `hxxps://evil[.]com/x`.
    /// Kinds that nobody can click are not changed, and nothing is defanged twice.
    ///
    /// ```
    /// use triage_core::{alert::parse_alert, observable::extract_observables};
    /// let found = extract_observables(&parse_alert("GET https://evil.com/a.php"), &[]);
    /// assert_eq!(found[0].defanged(), "hxxps://evil[.]com/a.php");
    /// ```
    pub fn defanged(&self) -> Cow<'_, str> {
        defang::defang(self.kind, &self.value)
    }
}

/// Finds the observables of an alert and of its decoded layers, in the order of the text, each
/// kind and value once, at most 500.
///
/// Defanged forms (`hxxp`, `[.]`, `[at]`) are recognised and reported as the value they stand for,
/// JSON escapes are undone. Work grows with the length of the text, not with what is in it.
pub fn extract_observables(alert: &Alert, layers: &[DecodedLayer]) -> Vec<Observable> {
    let mut organisation = Organisation::default();
    let mut found = read(alert, &mut organisation);
    found.sort_by_key(|observable| observable.span.map_or(usize::MAX, |span| span.start));
    for (place, layer) in layers.iter().enumerate() {
        let inner = read(&parse_alert(&layer.text), &mut organisation);
        found.extend(inner.into_iter().map(|observable| Observable {
            span: Some(layer.span),
            layer: Some(place),
            ..observable
        }));
    }
    let mut seen = HashSet::new();
    found.retain(|observable| seen.insert((observable.kind, observable.value.to_lowercase())));
    let mut found = spread(found);
    found.sort_by_key(|observable| observable.span.map_or(usize::MAX, |span| span.start));
    for observable in &mut found {
        observable.internal = organisation.owns(observable);
    }
    found
}

fn read(alert: &Alert, organisation: &mut Organisation) -> Vec<Observable> {
    let shown = Shown::new(&alert.raw);
    let fields = Fields::read(alert, &shown);
    let (mut found, taken) = pattern::scan(&shown, &fields);
    found.extend(identity::scan(&shown, &taken, organisation));
    let (of_fields, shown_by_fields) = fields.into_parts();
    organisation.extend(shown_by_fields);
    found.extend(of_fields);
    found
}

/// Keeps at most as many as are reported: of each kind in turn the next one, so that a thousand
/// addresses do not hide the one hash.
fn spread(found: Vec<Observable>) -> Vec<Observable> {
    if found.len() <= MAX_OBSERVABLES {
        return found;
    }
    let mut turns: BTreeMap<ObservableKind, usize> = BTreeMap::new();
    let mut ordered: Vec<(usize, Observable)> = found
        .into_iter()
        .map(|observable| {
            let turn = turns.entry(observable.kind).or_default();
            *turn += 1;
            (*turn, observable)
        })
        .collect();
    ordered.sort_by_key(|(turn, _)| *turn);
    ordered.truncate(MAX_OBSERVABLES);
    ordered
        .into_iter()
        .map(|(_, observable)| observable)
        .collect()
}

#[cfg(test)]
mod tests;
