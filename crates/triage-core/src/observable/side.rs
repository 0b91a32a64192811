//! Whose a value is: the organisation's own, or somebody else's.

use std::collections::HashSet;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use super::{Observable, ObservableKind};

/// Suffixes that are used only inside (RFC 6762, RFC 8375 and custom).
const INTERNAL_SUFFIXES: &[&str] = &[
    "local",
    "lan",
    "corp",
    "internal",
    "intra",
    "intranet",
    "localdomain",
    "localhost",
    "home",
    "private",
    "home.arpa",
];

/// Second levels under a country code that anybody can register below: `co.uk`, `com.br`.
const REGISTRY_LEVELS: &[&str] = &[
    "ac", "co", "com", "edu", "gob", "gov", "gv", "mil", "ne", "net", "or", "org", "nom",
];

/// Domains below which every customer of a provider gets a name: the name is the customer's, the
/// domain is not.
const SHARED_DOMAINS: &[&str] = &[
    "amazonaws.com",
    "azure.com",
    "azurewebsites.net",
    "cloudapp.net",
    "cloudfront.net",
    "github.io",
    "googleusercontent.com",
    "gserviceaccount.com",
    "herokuapp.com",
    "linode.com",
    "onmicrosoft.com",
    "windows.net",
];

/// Public mail providers: an account there says nothing of the organisation.
const MAIL_PROVIDERS: &[&str] = &[
    "163.com",
    "aol.com",
    "fastmail.com",
    "gmail.com",
    "gmx.com",
    "gmx.de",
    "gmx.net",
    "googlemail.com",
    "hotmail.com",
    "icloud.com",
    "live.com",
    "mail.com",
    "mail.ru",
    "me.com",
    "msn.com",
    "outlook.com",
    "pm.me",
    "proton.me",
    "protonmail.com",
    "qq.com",
    "tutanota.com",
    "web.de",
    "yahoo.com",
    "yandex.ru",
    "zoho.com",
];

/// The organisation's domains, as its users and machines show them, in lower case.
#[derive(Default)]
pub(super) struct Organisation(HashSet<String>);

impl Organisation {
    /// Learns the domain that a name stands under: `web1.eu.acme.com` and `acme.com` both show
    /// `acme.com`.
    pub(super) fn learn(&mut self, name: &str) {
        if let Some(domain) = registered_domain(name) {
            self.0.insert(domain);
        }
    }

    /// Takes over what another part of the same alert showed.
    pub(super) fn extend(&mut self, other: Self) {
        self.0.extend(other.0);
    }

    /// Whether the value belongs to the organisation.
    pub(super) fn owns(&self, observable: &Observable) -> bool {
        let value = observable.value.as_str();
        match observable.kind {
            ObservableKind::Ipv4Addr | ObservableKind::Ipv6Addr => {
                let address = value.split('/').next().unwrap_or(value);
                address.parse().is_ok_and(is_internal)
            }
            ObservableKind::DomainName => self.owns_name(value),
            ObservableKind::Url => {
                let host = url_host(value);
                let address = host.trim_matches(['[', ']']);
                address
                    .parse()
                    .map_or_else(|_| self.owns_name(host), is_internal)
            }
            ObservableKind::EmailAddr
            | ObservableKind::UserAccount
            | ObservableKind::Host
            | ObservableKind::MacAddr
            | ObservableKind::AccountId => true,
            ObservableKind::FileHash
            | ObservableKind::File
            | ObservableKind::WindowsRegistryKey
            | ObservableKind::Process
            | ObservableKind::CommandLine
            | ObservableKind::Vulnerability
            | ObservableKind::AttackPattern => false,
        }
    }

    fn owns_name(&self, name: &str) -> bool {
        let name = name.trim_end_matches('.').to_lowercase();
        if !name.contains('.') {
            return true;
        }
        if let Some(reversed) = name.strip_suffix(".in-addr.arpa") {
            let address: Vec<&str> = reversed.rsplit('.').collect();
            return address.join(".").parse().is_ok_and(is_internal);
        }
        let mut rest = name.as_str();
        loop {
            if INTERNAL_SUFFIXES.contains(&rest) || self.0.contains(rest) {
                return true;
            }
            match rest.split_once('.') {
                Some((_, shorter)) => rest = shorter,
                None => return false,
            }
        }
    }
}

/// Whether a name ends in a suffix that is used only inside.
pub(super) fn has_internal_suffix(name: &str) -> bool {
    Organisation::default().owns_name(name)
}

/// The host of a URL with its scheme, without user and port.
pub(super) fn url_host(url: &str) -> &str {
    let rest = url.split_once("://").map_or(url, |(_, rest)| rest);
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority
        .rsplit_once('@')
        .map_or(authority, |(_, host)| host);
    match host.find(']') {
        Some(end) => host.get(..=end).unwrap_or(host),
        None => host.split(':').next().unwrap_or(host),
    }
}

/// The part of a name that somebody registered, in lower case; `None` for a name that nobody
/// owns alone.
fn registered_domain(name: &str) -> Option<String> {
    let name = name.trim_matches('.').to_lowercase();
    let labels: Vec<&str> = name.split('.').collect();
    let last_of = |count: usize| {
        let from = labels.len().checked_sub(count)?;
        Some(labels.get(from..)?.join("."))
    };
    let two = last_of(2)?;
    let is_country = labels.last().is_some_and(|label| label.len() == 2);
    let second = labels.get(labels.len() - 2).copied().unwrap_or_default();
    let domain = if SHARED_DOMAINS.contains(&two.as_str())
        || (is_country && REGISTRY_LEVELS.contains(&second))
    {
        last_of(3)?
    } else {
        two
    };
    (!MAIL_PROVIDERS.contains(&domain.as_str())).then_some(domain)
}

/// Private, loopback, link-local, shared or unique-local (RFC 1918, 3927, 6598, 4193).
fn is_internal(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => is_internal_v4(v4),
        IpAddr::V6(v6) => {
            v6 == Ipv6Addr::LOCALHOST
                || v6.is_unique_local()
                || v6.is_unicast_link_local()
                || v6.to_ipv4_mapped().is_some_and(is_internal_v4)
        }
    }
}

fn is_internal_v4(address: Ipv4Addr) -> bool {
    let [first, second, ..] = address.octets();
    address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || (first == 100 && (64..128).contains(&second))
}
