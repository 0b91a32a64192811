//! What identifies: the parts of an observable, the owners of profiles, the names of shares.

use std::net::{IpAddr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

use super::view::folded;
use super::vocabulary::is_common;
use crate::observable::{Observable, ObservableKind};

/// Labels of pseudonyms that are not an organisation's own.
pub(super) const LABELS: [&str; 8] = [
    "ACCOUNT", "DOMAIN", "HOST", "IP", "MAC", "MAIL", "SHARE", "USER",
];

/// Domains and accounts that Windows has everywhere.
const AUTHORITIES: [&str; 8] = [
    "nt authority",
    "nt service",
    "window manager",
    "font driver host",
    "microsoftaccount",
    "iis apppool",
    "all users",
    "default user",
];

/// The owner of a profile, by its path.
static PROFILE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
        (?:
            (?i:\\+(?:users|documents\ and\ settings)\\+ | [a-z]:/(?:users|documents\ and\ settings)/)
          | (?:^|[\s"'=:(,;<>\[|]|file://)/(?:home|Users|export/home)/
        )
        (?: (\w[\w.'$-]*(?:\ \w[\w.'$-]*){1,2})[\\/] | (\w[\w.'@$-]*) )
        "#,
    )
    .expect("the pattern is a constant that tests compile")
});

/// Server and share of a UNC path.
static SHARE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?:^|[\s"'=(,;<>\[|])\\\\(?<server>[A-Za-z0-9][A-Za-z0-9_.-]*)\\(?<share>[^\s\\/:*?"'<>|,;]+)"#,
    )
    .expect("the pattern is a constant that tests compile")
});

/// A user or a machine that a sentence names: `user kim-2`, `host "print"`.
static NAMED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)\b(?:(?<user>user|account)|host|computer|machine|server|workstation)\s+(?:named\s+|called\s+)?(?:["'](?<quoted>[^"'\r\n]{2,64})["']|(?<bare>[\w-]*[a-z][\w-]*))"#,
    )
    .expect("the pattern is a constant that tests compile")
});

/// A label and what gets a pseudonym with it.
pub(super) type Identity = (&'static str, String);

/// The parts of an observable that identify, the whole before its parts.
pub(super) fn parts(observable: &Observable) -> Vec<Identity> {
    let value = observable.value.trim();
    match observable.kind {
        ObservableKind::UserAccount => account(value),
        ObservableKind::Host => host(value),
        ObservableKind::EmailAddr => match value.split_once('@') {
            Some((user, _)) => whole_and_parts("MAIL", value, &[("USER", user)]),
            None => whole_and_parts("MAIL", value, &[]),
        },
        ObservableKind::Ipv4Addr | ObservableKind::Ipv6Addr => vec![("IP", value.to_owned())],
        ObservableKind::DomainName => match value.split_once('.') {
            Some((first, rest)) if rest.contains('.') => {
                whole_and_parts("DOMAIN", value, &[("HOST", first), ("DOMAIN", rest)])
            }
            Some((first, _)) => whole_and_parts("DOMAIN", value, &[("DOMAIN", first)]),
            None => whole_and_parts("DOMAIN", value, &[]),
        },
        ObservableKind::MacAddr => vec![("MAC", value.to_owned())],
        ObservableKind::AccountId => vec![("ACCOUNT", value.to_owned())],
        ObservableKind::Url => {
            let authority = value.split("//").nth(1).unwrap_or_default();
            let authority = authority.split(['/', '?', '#']).next().unwrap_or_default();
            let (userinfo, place) = authority.rsplit_once('@').unwrap_or(("", authority));
            let place = match place.strip_prefix('[') {
                Some(v6) => v6.split(']').next().unwrap_or_default(),
                None => place.split(':').next().unwrap_or_default(),
            };
            let mut found = host(place);
            let user = userinfo.split(':').next().unwrap_or_default();
            found.extend(whole_and_parts("USER", user, &[]));
            found
        }
        ObservableKind::FileHash
        | ObservableKind::File
        | ObservableKind::WindowsRegistryKey
        | ObservableKind::Process
        | ObservableKind::CommandLine
        | ObservableKind::Vulnerability
        | ObservableKind::AttackPattern => Vec::new(),
    }
}

fn account(value: &str) -> Vec<Identity> {
    // The account of a machine is the machine's name and a dollar sign.
    if let Some((_, machine)) = value
        .strip_suffix('$')
        .map(|name| name.rsplit_once('\\').unwrap_or(("", name)))
    {
        let domain = value.rsplit_once('\\').map_or("", |(domain, _)| domain);
        return whole_and_parts("HOST", machine, &[("DOMAIN", domain)]);
    }
    if let Some((domain, user)) = value.rsplit_once('\\') {
        return whole_and_parts("USER", user, &[("DOMAIN", domain)]);
    }
    match value.split_once('@') {
        Some((user, domain)) => {
            whole_and_parts("MAIL", value, &[("USER", user), ("DOMAIN", domain)])
        }
        None => whole_and_parts("USER", value, &[]),
    }
}

fn host(value: &str) -> Vec<Identity> {
    if value.parse::<IpAddr>().is_ok() {
        return vec![("IP", value.to_owned())];
    }
    match value.split_once('.') {
        Some((short, rest)) if rest.contains('.') => {
            whole_and_parts("HOST", value, &[("HOST", short), ("DOMAIN", rest)])
        }
        Some((short, _)) => whole_and_parts("HOST", value, &[("HOST", short)]),
        None => whole_and_parts("HOST", value, &[]),
    }
}

/// A part that is a word like any other identifies nobody; as a whole it was somebody's name.
fn whole_and_parts(
    label: &'static str,
    whole: &str,
    parts: &[(&'static str, &str)],
) -> Vec<Identity> {
    let parts = parts
        .iter()
        .filter(|(_, part)| identifies(part))
        .map(|(label, part)| (*label, (*part).to_owned()));
    let whole = (!whole.is_empty()).then(|| (label, whole.to_owned()));
    whole.into_iter().chain(parts).collect()
}

fn identifies(part: &str) -> bool {
    part.chars().any(char::is_alphanumeric)
        && !is_common(part)
        && !AUTHORITIES.contains(&part.to_ascii_lowercase().as_str())
}

/// The owners of the profiles whose paths stand in a text.
pub(super) fn profiles(text: &str) -> impl Iterator<Item = Identity> {
    PROFILE.captures_iter(text).filter_map(|found| {
        let name = found.iter().skip(1).flatten().next()?.as_str();
        let name = name.trim_end_matches(['.', '\'', '-']);
        identifies(name).then(|| ("USER", name.to_owned()))
    })
}

/// The servers and shares whose UNC paths stand in a text. A server with a dot is a domain or an
/// address, which are known to be internal or not.
pub(super) fn shares(text: &str) -> impl Iterator<Item = Identity> {
    SHARE.captures_iter(text).flat_map(|found| {
        let part = |name: &str| found.name(name).map_or("", |part| part.as_str());
        let server = part("server");
        let share = part("share");
        let is_default = identifies(share) && !share.ends_with('$');
        let server = (identifies(server) && !server.contains('.')).then_some(("HOST", server));
        let share = is_default.then_some(("SHARE", share));
        let names = server.into_iter().chain(share);
        names
            .map(|(label, name)| (label, name.to_owned()))
            .collect::<Vec<_>>()
    })
}

/// The users and machines that a question names. Of bare words only those with a digit, a hyphen
/// or an underscore: `user who` names nobody.
pub(super) fn named(text: &str) -> impl Iterator<Item = Identity> {
    NAMED.captures_iter(text).filter_map(|found| {
        let label = match found.name("user") {
            Some(_) => "USER",
            None => "HOST",
        };
        let is_name = |word: &&str| word.contains(|c: char| c.is_numeric() || c == '-' || c == '_');
        let quoted = found.name("quoted").map(|name| name.as_str());
        let bare = found.name("bare").map(|name| name.as_str()).filter(is_name);
        let name = quoted.or(bare)?.trim();
        identifies(name).then(|| (label, name.to_owned()))
    })
}

/// Other ways to write an original, folded.
pub(super) fn aliases(label: &str, original: &str) -> Vec<String> {
    match label {
        "IP" => {
            let Ok(address) = original.parse::<Ipv6Addr>() else {
                return Vec::new();
            };
            let groups = address.segments().map(|group| format!("{group:04x}"));
            vec![address.to_string(), groups.join(":")]
        }
        "MAC" => {
            let digits: String = folded(original)
                .chars()
                .filter(char::is_ascii_hexdigit)
                .collect();
            let grouped = |size: usize, sign: &str| {
                let groups: Vec<&str> = (0..digits.len())
                    .step_by(size)
                    .filter_map(|at| digits.get(at..at + size))
                    .collect();
                groups.join(sign)
            };
            if digits.len() != 12 {
                return Vec::new();
            }
            vec![
                grouped(2, ":"),
                grouped(2, "-"),
                grouped(4, "."),
                digits.clone(),
            ]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(found: impl Iterator<Item = Identity>, expected: &[(&str, &str)]) {
        let found: Vec<_> = found.collect();
        let found: Vec<_> = found.iter().map(|(l, name)| (*l, name.as_str())).collect();
        assert_eq!(found, expected);
    }

    fn check_parts(kind: ObservableKind, value: &str, expected: &[(&str, &str)]) {
        let observable = Observable {
            kind,
            value: value.into(),
            span: None,
            layer: None,
            internal: true,
        };
        check(parts(&observable).into_iter(), expected);
    }

    #[test]
    fn an_observable_has_parts() {
        use ObservableKind as K;
        check_parts(K::UserAccount, "bob", &[("USER", "bob")]);
        check_parts(
            K::UserAccount,
            r"ACME\bob",
            &[("USER", "bob"), ("DOMAIN", "ACME")],
        );
        check_parts(K::UserAccount, r"WORKGROUP\bob", &[("USER", "bob")]);
        check_parts(
            K::UserAccount,
            r"ACME\WS1$",
            &[("HOST", "WS1"), ("DOMAIN", "ACME")],
        );
        check_parts(
            K::UserAccount,
            "bob@a.b",
            &[("MAIL", "bob@a.b"), ("USER", "bob"), ("DOMAIN", "a.b")],
        );
        check_parts(K::EmailAddr, "info@a.b", &[("MAIL", "info@a.b")]);
        check_parts(K::Host, "10.0.0.5", &[("IP", "10.0.0.5")]);
        check_parts(
            K::Host,
            "ws1.a.b",
            &[("HOST", "ws1.a.b"), ("HOST", "ws1"), ("DOMAIN", "a.b")],
        );
        check_parts(
            K::DomainName,
            "corp.lan",
            &[("DOMAIN", "corp.lan"), ("DOMAIN", "corp")],
        );
        check_parts(
            K::Url,
            "https://kim:pw@ws1:8080/x",
            &[("HOST", "ws1"), ("USER", "kim")],
        );
        check_parts(K::Url, "http://[fe80::1]:80/", &[("IP", "fe80::1")]);
    }

    #[test]
    fn profiles_have_owners() {
        let check = |text: &str, expected: &[(&str, &str)]| check(profiles(text), expected);
        check(r"C:\Users\bob\x and C:\Users\Public\y", &[("USER", "bob")]);
        check(r"C:\\Users\\John Smith\\x", &[("USER", "John Smith")]);
        check(
            r"in \Device\HarddiskVolume3\Users\kim.o\x",
            &[("USER", "kim.o")],
        );
        check(
            "cat /home/eve/.ssh, ls /Users/ann.",
            &[("USER", "eve"), ("USER", "ann")],
        );
        check("GET /users/list https://x/home/page", &[]);
    }

    #[test]
    fn shares_have_servers() {
        let check = |text: &str, expected: &[(&str, &str)]| check(shares(text), expected);
        check(
            r"copy \\fs01\Payroll\x",
            &[("HOST", "fs01"), ("SHARE", "Payroll")],
        );
        check(r"\\10.0.0.5\C$ \\fs02\IPC$", &[("HOST", "fs02")]);
        check(r"C:\\Users\\bob HKLM\\a\\b", &[]);
    }

    #[test]
    fn questions_name() {
        check(
            named("is user kim-2 on host WS-9 or server 'printer' a user who logged on"),
            &[("USER", "kim-2"), ("HOST", "WS-9"), ("HOST", "printer")],
        );
    }

    #[test]
    fn other_ways_to_write() {
        assert_eq!(
            aliases("MAC", "00-1A-2b-33-44-55")[2..],
            ["001a.2b33.4455", "001a2b334455"]
        );
        assert_eq!(
            aliases("IP", "FE80:0::1"),
            ["fe80::1", "fe80:0000:0000:0000:0000:0000:0000:0001"]
        );
        assert!(aliases("IP", "10.0.0.5").is_empty());
    }
}
