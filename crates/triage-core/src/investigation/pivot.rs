//! Pivots: the questions an analyst asks next about an observable, as queries ready to run.

mod compose;
mod quote;

use std::collections::HashSet;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use super::checker::shown;
use super::literal::is_common_program;
use super::{CheckedQuery, KnownTerms, QueryLanguage, check_as};
use crate::alert::Alert;
use crate::observable::{Observable, ObservableKind};

/// The most pivots offered for one alert.
pub const MAX_PIVOTS: usize = 6;

/// Longer values name nothing an analyst would search for, and would not fit in a query.
const MAX_VALUE_BYTES: usize = 1024;

/// One question about an observable, in every language.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Pivot {
    /// The question, such as `Other hosts that contacted 203.0.113.5`.
    pub title: String,
    /// What the observable is.
    pub kind: ObservableKind,
    /// The observable's value.
    pub value: String,
    /// The query in each language, in the order of [`QueryLanguage::ALL`], none with a problem.
    pub queries: Vec<CheckedQuery>,
}

/// What is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Subject {
    User,
    Address,
    Hash,
    Domain,
    Host,
    Program,
    File,
    CommandLine,
    RegistryKey,
}

/// Composes the pivots of an alert, the most useful first: one for each kind of observable, then
/// further ones, at most [`MAX_PIVOTS`].
///
/// ```
/// use triage_core::alert::parse_alert;
/// use triage_core::investigation::pivots;
/// use triage_core::observable::extract_observables;
///
/// let alert = parse_alert("Beacon. Destination: 203.0.113.5. Host: CORP-WS-042.");
/// let pivots = pivots(&alert, &extract_observables(&alert, &[]));
/// assert_eq!(pivots[0].title, "Other hosts that contacted 203.0.113.5");
/// assert!(pivots[0].queries.iter().all(|query| query.problems.is_empty()));
/// ```
pub fn pivots(alert: &Alert, observables: &[Observable]) -> Vec<Pivot> {
    let mut asked: HashSet<(Subject, String)> = HashSet::new();
    let mut questions: Vec<(usize, Subject, String, &Observable)> = Vec::new();
    for observable in observables {
        let Some((subject, value)) = subject(observable) else {
            continue;
        };
        if asked.insert((subject, value.to_lowercase())) {
            let earlier = questions.iter().filter(|(_, other, ..)| *other == subject);
            questions.push((earlier.count(), subject, value, observable));
        }
    }
    questions.sort_by_key(|(nth, subject, ..)| (*nth, *subject));
    questions.truncate(MAX_PIVOTS);
    if questions.is_empty() {
        return Vec::new();
    }
    let known = KnownTerms::new(alert, observables);
    let pivot = |(_, subject, value, observable): (usize, Subject, String, &Observable)| Pivot {
        title: title(subject, &value),
        kind: observable.kind,
        value: observable.value.clone(),
        queries: QueryLanguage::ALL
            .map(|language| check_as(language, &compose::query(language, subject, &value), &known))
            .into(),
    };
    questions.into_iter().map(pivot).collect()
}

/// What to ask about an observable, and the value to ask with.
fn subject(observable: &Observable) -> Option<(Subject, String)> {
    let value = observable.value.trim();
    if value.is_empty() || value.len() > MAX_VALUE_BYTES {
        return None;
    }
    let last = value.rsplit(['\\', '/']).next().unwrap_or(value);
    let external = !observable.internal;
    let (subject, value) = match observable.kind {
        ObservableKind::UserAccount => (Subject::User, last.to_owned()),
        ObservableKind::Host => (Subject::Host, value.to_owned()),
        ObservableKind::Ipv4Addr | ObservableKind::Ipv6Addr if external => {
            (Subject::Address, value.to_owned())
        }
        ObservableKind::FileHash if value.chars().all(|c| c.is_ascii_hexdigit()) => {
            (Subject::Hash, value.to_lowercase())
        }
        ObservableKind::DomainName if external => (Subject::Domain, value.to_lowercase()),
        ObservableKind::Url if external => {
            let host = value.split("//").nth(1)?.split(['/', '?', '#']).next()?;
            let host = host.rsplit('@').next()?.split(':').next()?;
            let subject = if host.parse::<IpAddr>().is_ok() {
                Subject::Address
            } else {
                Subject::Domain
            };
            (subject, host.to_lowercase())
        }
        ObservableKind::Process | ObservableKind::File
            if last.to_ascii_lowercase().ends_with(".exe") =>
        {
            (Subject::Program, last.to_owned())
        }
        ObservableKind::Process => (Subject::Program, last.to_owned()),
        ObservableKind::File => (Subject::File, value.to_owned()),
        ObservableKind::CommandLine => (Subject::CommandLine, value.to_owned()),
        ObservableKind::WindowsRegistryKey => (Subject::RegistryKey, value.to_owned()),
        ObservableKind::Ipv4Addr
        | ObservableKind::Ipv6Addr
        | ObservableKind::DomainName
        | ObservableKind::Url
        | ObservableKind::FileHash
        | ObservableKind::EmailAddr
        | ObservableKind::MacAddr
        | ObservableKind::AccountId
        | ObservableKind::Vulnerability
        | ObservableKind::AttackPattern => return None,
    };
    let tells = !(subject == Subject::Program && is_common_program(&value));
    (tells && !value.is_empty()).then_some((subject, value))
}

fn title(subject: Subject, value: &str) -> String {
    let value = shown(value);
    match subject {
        Subject::User => format!("Other logons of {value} within 24 hours"),
        Subject::Address => format!("Other hosts that contacted {value}"),
        Subject::Hash => format!("Other hosts where the hash {value} was seen"),
        Subject::Domain => format!("Other hosts that looked up {value}"),
        Subject::Host => format!("What else ran on {value} within 24 hours"),
        Subject::Program => format!("Other hosts where {value} ran"),
        Subject::File => format!("Other hosts that have {value}"),
        Subject::CommandLine => format!("Other hosts that ran the command {value}"),
        Subject::RegistryKey => format!("Other hosts where {value} was changed"),
    }
}

#[cfg(test)]
mod tests;
