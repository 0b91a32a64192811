//! Who is named in running text: users, machines and accounts, wherever the form leaves no doubt.

use std::net::IpAddr;
use std::sync::LazyLock;

use regex::Regex;

use super::name;
use super::pattern::Taken;
use super::shown::Shown;
use super::side::Organisation;
use super::{Observable, ObservableKind as Kind};

/// Accounts that every machine has; they identify nobody.
const COMMON_ACCOUNTS: &[&str] = &[
    "-",
    "admin",
    "administrator",
    "administrators",
    "all users",
    "anonymous",
    "anonymous logon",
    "authenticated users",
    "daemon",
    "default",
    "default user",
    "defaultaccount",
    "everyone",
    "guest",
    "iusr",
    "local service",
    "localservice",
    "local system",
    "localsystem",
    "n/a",
    "na",
    "network service",
    "networkservice",
    "nobody",
    "none",
    "null",
    "public",
    "root",
    "service",
    "shared",
    "system",
    "trustedinstaller",
    "unassigned",
    "unknown",
    "wdagutilityaccount",
    "www-data",
    "users",
    "user",
    "username",
];

/// Domains of accounts that every machine has, and first parts of Windows names with a backslash.
const AUTHORITIES: &[&str] = &[
    "nt authority",
    "nt service",
    "authority",
    "service",
    "builtin",
    "window manager",
    "font driver host",
    "workgroup",
    "apppool",
    "iis apppool",
    "nt virtual machine",
    "virtual users",
    "system",
    "software",
    "security",
    "sam",
    "hklm",
    "hkcu",
    "hkcr",
    "hku",
    "hkcc",
    "microsoft",
    "windows",
    "temp",
    "mapi",
    "app",
];

/// Words that follow "user" in prose and are no name.
const PROSE: &[&str] = &[
    "account",
    "e.g",
    "i.e",
    "accounts",
    "and",
    "authentication",
    "input",
    "is",
    "login",
    "logon",
    "mode",
    "name",
    "names",
    "not",
    "or",
    "password",
    "session",
    "the",
    "to",
    "was",
    "with",
    "add",
    "del",
    "group",
    "by",
    "on",
    "from",
    "for",
    "in",
    "true",
    "false",
    "id",
];

static PATTERNS: LazyLock<Vec<(Kind, Regex)>> = LazyLock::new(|| {
    let guid = "[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}";
    let named = r"[\w.@+-][\w.@$+-]*(?:\\{1,2}[\w.@$-]+)?";
    [
        // Homes.
        (Kind::UserAccount, r#"(?i)(?-u:\b)[a-z]:(?:\\{1,4}|/)(?:Users|Documents and Settings)(?:\\{1,4}|/)(?<v>[^\\/:*?"'<>|\s,;)]+(?:(?-i: [A-Z(][^\\/:*?"'<>|\s,;]*){1,2}\\)?)"#.to_owned()),
        (Kind::UserAccount, r#"(?:^|[\s"'=(,:><\[{;`|&@])/(?:home|Users)/(?<v>[A-Za-z0-9_][\w.-]*)"#.to_owned()),
        // Commands.
        (Kind::UserAccount, r#"(?i)(?-u:\b)net1?(?:\.exe)?\s+user\s+"?(?<v>[^\s"/*]+)"?(?:\s+[^\s/]\S*){0,2}\s+/(?:add|del|delete|active|dom|domain|times|expires|passwordchg)"#.to_owned()),
        (Kind::UserAccount, r#"(?i)(?-u:\b)net1?(?:\.exe)?\s+(?:local)?group\s+(?:"[^"\n]{1,80}"|[^\s"/]+)\s+"?(?<v>[^\s"/]+)"?\s+/(?:add|del)"#.to_owned()),
        (Kind::UserAccount, format!(r#"(?i)[\s"]/u(?:ser)?:"?(?<v>{named})"#)),
        (Kind::UserAccount, r"(?-u:\b)(?:useradd|adduser|userdel|usermod|deluser|chpasswd)\s+(?:-[gGsdcuep]\s+\S+\s+|-\S+\s+)*(?<v>[a-z_][\w.-]*)".to_owned()),
        // Logs.
        (Kind::UserAccount, r"(?-u:\b)(?:Failed|Accepted) \S+ for (?:invalid user |illegal user )?(?<v>\S+) from ".to_owned()),
        (Kind::UserAccount, r"(?-u:\b)(?:Invalid|authenticating|invalid) user (?<v>\S+) (?:from )?[0-9a-f]".to_owned()),
        (Kind::UserAccount, format!(r"(?i)(?-u:\b)session (?:opened|closed) for user (?<v>{named})")),
        (Kind::UserAccount, format!(r#"(?i)(?-u:\b)for (?:invalid |illegal )?user ["']?(?<v>{named})["']?(?:\s+(?:from|by|on|at|via|in)(?-u:\b)|\s*[(,;:]|\.?(?:\s*$|\s))"#)),
        (Kind::UserAccount, r#"(?i)(?-u:\b)user ["'](?<v>[^'"\s]{2,64})["']"#.to_owned()),
        (Kind::UserAccount, r"(?-u:\b)sudo(?:\[[0-9]+\])?:\s+(?<v>[\w.-]+) : ".to_owned()),
        (Kind::UserAccount, format!(r#"(?i)(?-u:\b)(?:user|username|acct|ruser|suser|duser|usrname|account_?name)\s?=\s?["']?(?<v>{named})"#)),
        (
            Kind::UserAccount,
            r"(?i)(?-u:\b)user (?<v>[a-z][a-z-]*[0-9._][\w.-]*)".to_owned(),
        ),
        // Cloud.
        (Kind::UserAccount, r"(?-u:\b)arn:aws[\w-]*:iam::[0-9]{12}:user/(?:[\w+=,.@-]+/)*(?<v>[\w+=,.@-]+)".to_owned()),
        (Kind::AccountId, r"(?-u:\b)arn:aws[\w-]*:[\w-]*:[\w-]*:(?<v>[0-9]{12}):".to_owned()),
        (Kind::AccountId, format!(r"(?i)/(?:subscriptions|tenants)/(?<v>{guid})")),
        (Kind::AccountId, format!(r"(?i)(?:microsoftonline\.com|sts\.windows\.net)/(?<v>{guid})")),
        (Kind::AccountId, r"(?-u:\b)projects/(?<v>[a-z][a-z0-9-]{4,28}[a-z0-9])/(?:zones|regions|global|locations|instances|serviceAccounts|topics|secrets|logs|roles)".to_owned()),
        // Windows: domain accounts and accounts of a directory in the cloud (MS-DTYP 2.4.2).
        (Kind::AccountId, r"(?-u:\b)(?<v>S-1-(?:5-21(?:-[0-9]{1,10}){3,}|12-1(?:-[0-9]{1,10}){4}))(?-u:\b)".to_owned()),
        (Kind::UserAccount, r#"(?:^|[\s"'(=,:>\[])(?<v>[A-Z][A-Z0-9-]{1,14}(?:\.[A-Za-z0-9-]+)*\\[A-Za-z][\w.$-]{1,63})"#.to_owned()),
        // Machines.
        (
            Kind::Host,
            r#"(?i)(?-u:\b)(?:computer_?name|workstation_?name|shost|dvchost|devname)\s?=\s?["']?(?<v>[\w.-]+)"#.to_owned(),
        ),
        (
            Kind::Host,
            r"(?-u:\b)(?i:host|device|server|workstation|machine|endpoint|laptop|computer|node):? (?<v>[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)*-[A-Z]*[0-9]+(?:\.[A-Za-z0-9-]+)*)".to_owned(),
        ),
        // The head of a syslog line (RFC 3164, RFC 5424).
        (Kind::Host, r"(?m)^(?:<[0-9]{1,3}>)?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}[0-9]{1,2} (?:[0-9]{4} )?[0-9]{2}:[0-9]{2}:[0-9]{2}(?:\.[0-9]+)? (?<v>[\w.-]+) (?:[\w/.()-]+(?:\[[0-9]+\])?:|%|CEF:|LEEF:|[0-9]+,)".to_owned()),
        (Kind::Host, r"(?m)^(?:<[0-9]{1,3}>[0-9]? ?)?[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+(?:Z|[+-][0-9:]{4,5})? (?<v>[\w.-]+) (?:[\w/.()-]+(?:\[[0-9]+\])?: |[\w/.()-]+ (?:[0-9]+|-) |%)".to_owned()),
    ]
    .into_iter()
    .map(|(kind, pattern)| {
        (kind, Regex::new(&pattern).expect("the pattern is a constant that tests compile"))
    })
    .collect()
});

/// Finds who is named, and learns the organisation's domains from the machines.
pub(super) fn scan(
    shown: &Shown,
    taken: &Taken,
    organisation: &mut Organisation,
) -> Vec<Observable> {
    let mut observables = Vec::new();
    for (kind, pattern) in PATTERNS.iter() {
        for captures in pattern.captures_iter(&shown.text) {
            let Some(found) = captures.name("v") else {
                continue;
            };
            let written = found.as_str().trim_end_matches(['\\', '.', ' ', ',']);
            let after = shown
                .text
                .get(found.start() + written.len()..)
                .unwrap_or_default();
            let is_one = match kind {
                // `Windows NT\CurrentVersion` is a part of a key, `ACME\bob` is not.
                Kind::UserAccount => {
                    is_user(written, after)
                        && (!written.contains('\\') || taken.is_free(found.start(), found.end()))
                }
                Kind::Host => is_machine_name(written),
                _ => true,
            };
            if !is_one {
                continue;
            }
            let span = shown.raw_span(found.start(), found.start() + written.len());
            let domain = match kind {
                Kind::Host => Some(written),
                _ => written.split_once('\\').map(|(domain, _)| domain),
            };
            if let Some(domain) = domain {
                organisation.learn(domain);
            }
            observables.push(Observable::new(*kind, spelled(written), Some(span)));
        }
    }
    observables
}

/// A user's name with one backslash between domain and user, however often it was escaped.
pub(super) fn spelled(user: &str) -> String {
    user.replace("\\\\", "\\")
}

fn is_user(written: &str, after: &str) -> bool {
    let (domain, name) = written.rsplit_once('\\').unwrap_or(("", written));
    let is_relative_path =
        !domain.is_empty() && (after.starts_with('\\') || name::is_file_name(name));
    identifies(written) && !is_relative_path && !PROSE.contains(&name.to_ascii_lowercase().as_str())
}

/// Whether an account name can stand for somebody.
pub(super) fn identifies(value: &str) -> bool {
    let (domain, name) = value.rsplit_once('\\').unwrap_or(("", value));
    let is_number = name.chars().all(|c| c.is_ascii_digit());
    let is_other = name.contains(['/', '<', '>', '{', '%', '*', '?', '\n', '"'])
        || value.starts_with("arn:")
        || value.starts_with("S-1-")
        || (value.contains(":\\") || domain.contains(['/', ':']))
        || name.parse::<IpAddr>().is_ok();
    !is_authority(domain)
        && !is_number
        && !is_other
        && (2..=256).contains(&name.len())
        && !COMMON_ACCOUNTS.contains(&name.to_ascii_lowercase().as_str())
}

/// Whether a domain is one that every machine has.
pub(super) fn is_authority(domain: &str) -> bool {
    AUTHORITIES.contains(&domain.to_ascii_lowercase().as_str())
}

/// The name at the start of a user field: in plain text a sentence can go on after it.
pub(super) fn person(value: &str) -> &str {
    let value = value.trim_matches(['"', '\'']);
    let mut words = value.split_whitespace();
    let (first, second) = (words.next().unwrap_or_default(), words.next());
    let Some(second) = second else {
        return value.split('(').next().unwrap_or(value);
    };
    let is_capital = |word: &str| word.starts_with(char::is_uppercase);
    let is_name = words.next().is_none()
        && !first.ends_with([',', ';'])
        && (second.contains('\\') || (is_capital(first) && is_capital(second)));
    if is_name || first.eq_ignore_ascii_case("nt") || second.contains('\\') {
        return value;
    }
    first.trim_end_matches([',', ';', '.', ')'])
}

/// The name at the start of a host field.
pub(super) fn machine(value: &str) -> &str {
    let first = value
        .split([' ', '\t', '\n', ',', ';', '('])
        .next()
        .unwrap_or(value);
    first
        .trim_start_matches('\\')
        .trim_matches(['"', '\'', '.', '[', ']'])
}

/// Whether a word has the form of a machine's or domain's name and is no address.
pub(super) fn is_machine_name(word: &str) -> bool {
    let is_number = word.len() >= 32 && word.bytes().all(|c| c.is_ascii_hexdigit() || c == b'-');
    (2..=253).contains(&word.len())
        && word.contains(char::is_alphabetic)
        && word
            .chars()
            .all(|c| c.is_alphanumeric() || matches!(c, '.' | '-' | '_' | '$'))
        && word.parse::<IpAddr>().is_err()
        && !is_number
        && !matches!(
            word.to_ascii_lowercase().as_str(),
            "localhost" | "unknown" | "none" | "null" | "utc" | "gmt" | "n-a"
        )
}
