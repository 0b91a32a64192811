//! Observables: addresses, names, hashes and the like that stand in an alert.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::alert::{Alert, Span};

/// The most observables reported of one alert.
const MAX_OBSERVABLES: usize = 500;

/// The kind of an observable, by STIX 2.1 type where STIX has one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ObservableKind {
    /// An IPv4 address.
    Ipv4Addr,
    /// An IPv6 address.
    Ipv6Addr,
    /// A host name with at least two labels.
    DomainName,
    /// A URL with its scheme.
    Url,
    /// An e-mail address.
    EmailAddr,
    /// The MD5, SHA-1 or SHA-256 of a file.
    FileHash,
    /// A path or the name of an executable file.
    File,
    /// A registry key.
    WindowsRegistryKey,
    /// A user as a field names it.
    UserAccount,
    /// A machine as a field names it.
    Host,
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
    /// The value, refanged (`hxxp` and `[.]` undone).
    pub value: String,
    /// Where it stands first in the searched text.
    pub span: Option<Span>,
    /// Whether it belongs to the organisation: private addresses, users, hosts.
    pub internal: bool,
}

/// Patterns in order of strength: a part taken by one is not offered to the next.
static PATTERNS: LazyLock<Vec<(ObservableKind, Regex)>> = LazyLock::new(|| {
    use ObservableKind as K;
    [
        (K::Url, r#"(?i)\bh(?:tt|xx)ps?(?::|\[:\])//[^\s"'<>|\\^`{}]+"#),
        (K::EmailAddr, r"(?i)\b[a-z0-9][a-z0-9._%+-]*(?:@|\[at\]|\[@\])[a-z0-9-]+(?:(?:\.|\[\.\])[a-z0-9-]+)*(?:\.|\[\.\])[a-z]{2,24}\b"),
        (K::WindowsRegistryKey, r#"(?i)\b(?:HKLM|HKCU|HKCR|HKU|HKEY_[A-Z_]+)\\[^\s"'<>|*?]+"#),
        (K::FileHash, r"(?i)\b(?:[0-9a-f]{64}|[0-9a-f]{40}|[0-9a-f]{32})\b"),
        (K::Vulnerability, r"(?i)\bCVE-\d{4}-\d{4,7}\b"),
        (K::AttackPattern, r"\bT\d{4}(?:\.\d{3})?\b"),
        (K::Ipv6Addr, r"(?i)(?:^|[\s\[(=,;])(?<v>(?:[0-9a-f]{0,4}:){2,7}[0-9a-f]{0,4})(?:$|[\s\])%,;/])"),
        (K::Ipv4Addr, r"\b\d{1,3}(?:(?:\.|\[\.\])\d{1,3}){3}\b"),
        (K::File, r#"(?i)(?:\b[a-z]:|\\\\[a-z0-9._$-]+|%[a-z()0-9]+%)\\[^\s"'<>|*?:,;]+(?: [^\s"'<>|*?:,;\\]+\\[^\s"'<>|*?:,;]+)*"#),
        (K::File, r"(?:^|[\s=(])(?<v>/(?:etc|tmp|var|usr|home|opt|root|bin|sbin|dev|proc|Users|Library|Applications)/[^\s,;)]+)"),
        (K::File, r"(?i)\b[a-z0-9_][a-z0-9_.-]*\.(?:exe|dll|sys|ps1|psm1|bat|cmd|vbs|vbe|jse|wsf|hta|scr|lnk|msi|iso|docm|xlsm|jar|elf|dmg|pkg)\b"),
        (K::DomainName, r"(?i)\b(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?(?:\.|\[\.\])){1,8}(?:com|net|org|io|info|biz|co|ru|cn|de|uk|fr|nl|eu|us|xyz|top|site|online|club|app|dev|cloud|me|tv|cc|pw|su|in|jp|br|it|es|pl|ua|ir|kr|onion|local|lan|corp|internal|intra|test|example|invalid|edu|gov|mil|int)\b"),
    ]
    .into_iter()
    .map(|(kind, pattern)| {
        (kind, Regex::new(pattern).expect("the pattern is a constant that tests compile"))
    })
    .collect()
});

/// Last parts of field names that hold users and hosts.
const USER_FIELDS: &[&str] = &[
    "user",
    "username",
    "user_name",
    "account",
    "accountname",
    "account_name",
    "targetusername",
    "target_user_name",
    "subjectusername",
    "subject_user_name",
    "targetuser",
    "src_user",
    "dest_user",
    "suser",
    "duser",
    "owner",
    "logonuser",
    "accountupn",
    "userprincipalname",
];
const HOST_FIELDS: &[&str] = &[
    "host",
    "hostname",
    "host_name",
    "computer",
    "computername",
    "computer_name",
    "devicename",
    "device_name",
    "workstation",
    "workstationname",
    "machine",
    "dest_host",
    "src_host",
    "dhost",
    "shost",
    "server",
    "endpoint",
];

/// Accounts that every machine has; they identify nobody.
const COMMON_ACCOUNTS: &[&str] = &[
    "system",
    "root",
    "administrator",
    "admin",
    "guest",
    "local service",
    "network service",
    "localsystem",
    "n/a",
    "na",
    "none",
    "null",
    "unknown",
    "-",
    "daemon",
    "nobody",
    "www-data",
];

/// Finds the observables of an alert, in the order of the text, each kind and value once.
///
/// Defanged forms (`hxxp`, `[.]`, `[at]`) are recognised and reported as the value they stand for.
pub fn extract_observables(alert: &Alert) -> Vec<Observable> {
    let mut found = from_fields(alert);
    found.extend(from_text(&alert.raw));
    found.sort_by_key(|observable| observable.span.map_or(usize::MAX, |span| span.start));
    let mut seen = std::collections::HashSet::new();
    found.retain(|observable| seen.insert((observable.kind, observable.value.to_lowercase())));
    found.truncate(MAX_OBSERVABLES);
    found
}

/// Users and hosts: only a field's name tells them from any other word.
fn from_fields(alert: &Alert) -> Vec<Observable> {
    let mut found = Vec::new();
    for field in &alert.fields {
        let path = field.name.to_ascii_lowercase().replace([' ', '-'], "_");
        let mut parts = path.rsplit('.');
        let last = parts.next().unwrap_or_default();
        let parent = parts.next().unwrap_or_default();
        // ECS writes `user.name` and `host.name`.
        let is = |list: &[&str]| {
            list.contains(&last)
                || list.contains(&last.replace('_', "").as_str())
                || (matches!(last, "name" | "hostname" | "id") && list.contains(&parent))
        };
        let kind = if is(USER_FIELDS) {
            ObservableKind::UserAccount
        } else if is(HOST_FIELDS) {
            ObservableKind::Host
        } else {
            continue;
        };
        // A name has few words; in plain text more follow when a sentence goes on after it.
        let value = field.value.trim();
        let value = match value.split_whitespace().nth(3) {
            Some(_) => value.split_whitespace().next().unwrap_or(value),
            None => value,
        };
        if identifies(value) {
            found.push(Observable {
                kind,
                value: value.to_owned(),
                span: field.span,
                internal: true,
            });
        }
    }
    found
}

/// Whether an account or host name can stand for somebody.
fn identifies(value: &str) -> bool {
    let (domain, name) = value.rsplit_once('\\').unwrap_or(("", value));
    let authority =
        domain.eq_ignore_ascii_case("nt authority") || domain.eq_ignore_ascii_case("nt service");
    !authority
        && (2..=256).contains(&name.len())
        && !value.contains('\n')
        && !COMMON_ACCOUNTS.contains(&name.to_ascii_lowercase().as_str())
}

fn from_text(text: &str) -> Vec<Observable> {
    let mut found = Vec::new();
    let mut taken: Vec<Span> = Vec::new();
    for (kind, pattern) in PATTERNS.iter() {
        for captures in pattern.captures_iter(text) {
            let Some(whole) = captures.name("v").or_else(|| captures.get(0)) else {
                continue;
            };
            let written = whole
                .as_str()
                .trim_end_matches(['.', ',', ';', ':', ')', ']', '"', '\'']);
            let span = Span::from(whole.start()..whole.start() + written.len());
            if taken
                .iter()
                .any(|other| span.start < other.end && other.start < span.end)
            {
                continue;
            }
            let value = refang(written);
            let Some((value, internal)) = judge(*kind, value) else {
                continue;
            };
            taken.push(span);
            found.push(Observable {
                kind: *kind,
                value,
                span: Some(span),
                internal,
            });
            if found.len() == MAX_OBSERVABLES {
                return found;
            }
        }
    }
    found
}

/// Undoes the usual ways of making a value unclickable.
fn refang(written: &str) -> String {
    let value = written
        .replace("[.]", ".")
        .replace("[:]", ":")
        .replace("[at]", "@")
        .replace("[@]", "@");
    let scheme = value.get(..4).unwrap_or_default();
    if scheme.eq_ignore_ascii_case("hxxp") {
        format!("http{}", value.get(4..).unwrap_or_default())
    } else {
        value
    }
}

/// The value and whether it is internal; `None` where it only looks like its kind.
fn judge(kind: ObservableKind, value: String) -> Option<(String, bool)> {
    let internal = match kind {
        ObservableKind::Ipv4Addr | ObservableKind::Ipv6Addr => is_internal(value.parse().ok()?),
        ObservableKind::DomainName => is_internal_domain(&value),
        ObservableKind::Url => {
            let rest = value.split("//").nth(1).unwrap_or_default();
            let host = rest.split(['/', ':', '?', '#']).next().unwrap_or_default();
            host.parse::<IpAddr>()
                .map_or_else(|_| is_internal_domain(host), is_internal)
        }
        ObservableKind::EmailAddr | ObservableKind::UserAccount | ObservableKind::Host => true,
        ObservableKind::FileHash
        | ObservableKind::File
        | ObservableKind::WindowsRegistryKey
        | ObservableKind::Vulnerability
        | ObservableKind::AttackPattern => false,
    };
    Some((value, internal))
}

fn is_internal_domain(name: &str) -> bool {
    const SUFFIXES: [&str; 6] = [
        ".local",
        ".lan",
        ".corp",
        ".internal",
        ".intra",
        ".localdomain",
    ];
    let name = name.to_ascii_lowercase();
    SUFFIXES.iter().any(|suffix| name.ends_with(suffix)) || !name.contains('.')
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::alert::parse_alert;

    fn check(raw: &str, expected: &[(ObservableKind, &str, bool)]) {
        let found = extract_observables(&parse_alert(raw));
        let found: Vec<_> = found
            .iter()
            .map(|o| (o.kind, o.value.as_str(), o.internal))
            .collect();
        assert_eq!(found, expected, "{raw}");
    }

    use ObservableKind as K;

    #[test]
    fn kinds_and_sides() {
        check(
            "from 10.1.2.3 to 8.8.8.8, not 999.1.1.1",
            &[
                (K::Ipv4Addr, "10.1.2.3", true),
                (K::Ipv4Addr, "8.8.8.8", false),
            ],
        );
        check(
            "dst fe80::1 and 2001:db8::5 at 12:30:45",
            &[
                (K::Ipv6Addr, "fe80::1", true),
                (K::Ipv6Addr, "2001:db8::5", false),
            ],
        );
        check(
            "GET hxxps://evil[.]example/x.php?q=1.",
            &[(K::Url, "https://evil.example/x.php?q=1", false)],
        );
        check(
            "mail bob[at]acme[.]com now",
            &[(K::EmailAddr, "bob@acme.com", true)],
        );
        check(
            "dc01.corp.local asked evil.com",
            &[
                (K::DomainName, "dc01.corp.local", true),
                (K::DomainName, "evil.com", false),
            ],
        );
        check(
            "md5 d41d8cd98f00b204e9800998ecf8427e CVE-2024-3400 T1059.001",
            &[
                (K::FileHash, "d41d8cd98f00b204e9800998ecf8427e", false),
                (K::Vulnerability, "CVE-2024-3400", false),
                (K::AttackPattern, "T1059.001", false),
            ],
        );
        check(
            r"set HKLM\Software\Run\x to C:\Users\Public\a.exe",
            &[
                (K::WindowsRegistryKey, r"HKLM\Software\Run\x", false),
                (K::File, r"C:\Users\Public\a.exe", false),
            ],
        );
    }

    #[test]
    fn fields_name_users_and_hosts() {
        check(
            "Odd logon. User: jsmith. Host: CORP-WS-042.",
            &[
                (K::UserAccount, "jsmith", true),
                (K::Host, "CORP-WS-042", true),
            ],
        );
        check(
            r#"{"user":{"name":"bob"},"host":{"name":"web-1"},"Account Name":"SYSTEM"}"#,
            &[(K::UserAccount, "bob", true), (K::Host, "web-1", true)],
        );
        check("Task by User: NT AUTHORITY\\SYSTEM", &[]);
    }

    proptest! {
        #[test]
        fn spans_are_sound(raw in "[ -~é☃\\n]{0,300}") {
            let alert = parse_alert(&raw);
            for observable in extract_observables(&alert) {
                if let Some(span) = observable.span {
                    prop_assert!(alert.raw.get(span.range()).is_some());
                }
            }
        }
    }
}
