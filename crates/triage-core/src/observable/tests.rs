//! Observables of every kind, found where they are and not where they only seem to be.

use std::collections::BTreeMap;

use proptest::prelude::*;
use serde::Deserialize;

use super::*;

mod forms;

fn check(raw: &str, expected: &[(ObservableKind, &str, bool)]) {
    let found = extract_observables(&parse_alert(raw), &[]);
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

#[test]
fn the_organisation_is_known_by_its_users_and_machines() {
    let side = |raw: &str, value: &str| {
        let found = extract_observables(&parse_alert(raw), &[]);
        let hit = found
            .iter()
            .find(|observable| observable.value == value && observable.kind != K::Host);
        hit.map(|observable| observable.internal)
    };
    let host = r#"{"host":{"name":"web1.eu.acme.com"},"m":"api.acme.com, acme.com.evil.top and https://acme.com/x"}"#;
    assert_eq!(side(host, "api.acme.com"), Some(true));
    assert_eq!(side(host, "https://acme.com/x"), Some(true));
    assert_eq!(side(host, "acme.com.evil.top"), Some(false));
    let user = r#"{"userPrincipalName":"a@acme.co.uk","m":"x.acme.co.uk y.other.co.uk"}"#;
    assert_eq!(side(user, "x.acme.co.uk"), Some(true));
    assert_eq!(side(user, "y.other.co.uk"), Some(false));
    let guest = r#"{"user":{"name":"a@gmail.com"},"m":"mail.gmail.com"}"#;
    assert_eq!(side(guest, "mail.gmail.com"), Some(false));
    assert_eq!(side(guest, "a@gmail.com"), Some(true));
    assert_eq!(
        side(
            "host=cdn.evil.com method=GET uri=/x status=1",
            "cdn.evil.com"
        ),
        Some(false)
    );
    assert_eq!(side("10.0.0.0/8 198.51.100.1", "10.0.0.0/8"), Some(true));
}

#[test]
fn an_escaped_value_is_found_where_it_stands() {
    let raw = r#"{"process":{"executable":"C:\\T\\a.exe"},"note":"10.0.0.1\t\u0062ob@x.test"}"#;
    let alert = parse_alert(raw);
    let spans: Vec<_> = extract_observables(&alert, &[])
        .into_iter()
        .map(|observable| (observable.kind, &raw[observable.span.unwrap().range()]))
        .collect();
    let path = r"C:\\T\\a.exe";
    let mail = r"\u0062ob@x.test";
    assert_eq!(
        spans,
        [
            (K::Process, path),
            (K::File, path),
            (K::Ipv4Addr, "10.0.0.1"),
            (K::EmailAddr, mail)
        ]
    );
}

#[test]
fn decoded_layers_say_where_their_values_are_from() {
    let raw = "powershell -enc YwBvAG4AbgBlAGMAdAAgADEAMAAuADkALgA4AC4ANwA= 8.8.8.8";
    let layers = crate::decode::decode_layers(raw);
    let found = extract_observables(&parse_alert(raw), &layers);
    let found: Vec<_> = found
        .iter()
        .map(|o| (o.value.as_str(), o.layer, o.internal))
        .collect();
    assert_eq!(
        found,
        [("10.9.8.7", Some(0), true), ("8.8.8.8", None, false)]
    );
}

#[test]
fn many_of_one_kind_do_not_hide_the_others() {
    let mut raw: Vec<String> = (0..40_000)
        .map(|n| format!("10.{}.{}.{} ", n >> 16, (n >> 8) & 255, n & 255))
        .collect();
    raw.push("d41d8cd98f00b204e9800998ecf8427e at evil.com".to_owned());
    let found = extract_observables(&parse_alert(&raw.concat()), &[]);
    assert_eq!(found.len(), MAX_OBSERVABLES);
    assert!(
        found
            .iter()
            .any(|observable| observable.kind == K::FileHash)
    );
    assert!(
        found
            .iter()
            .any(|observable| observable.kind == K::DomainName)
    );
}

#[test]
fn defanged_for_display() {
    let check = |kind, value: &str, expected: &str| {
        let shown = Observable::new(kind, value.to_owned(), None)
            .defanged()
            .into_owned();
        assert_eq!(shown, expected);
        assert_eq!(defang::defang(kind, &shown), expected, "once is enough");
        assert_eq!(defang::refang(&shown), value);
    };
    check(K::Ipv4Addr, "198.51.100.7", "198[.]51[.]100[.]7");
    check(K::Ipv6Addr, "2001:db8::1", "2001[:]db8[:][:]1");
    check(K::DomainName, "a.evil.com", "a[.]evil[.]com");
    check(
        K::Url,
        "https://a.evil.com/x.php?y=1.2",
        "hxxps://a[.]evil[.]com/x.php?y=1.2",
    );
    check(K::Url, "ftp://a.evil.com", "ftp[:]//a[.]evil[.]com");
    check(K::EmailAddr, "a.b@evil.com", "a[.]b[at]evil[.]com");
    check(K::File, "C:\\a.exe", "C:\\a.exe");
}

proptest! {
    #[test]
    fn spans_are_sound(raw in "[ -~é☃\\n]{0,300}") {
        let alert = parse_alert(&raw);
        for observable in extract_observables(&alert, &[]) {
            prop_assert!(!observable.value.is_empty());
            if let Some(span) = observable.span {
                prop_assert!(alert.raw.get(span.range()).is_some());
            }
        }
    }

    #[test]
    fn any_mix_of_telling_parts_is_survived(parts in prop::collection::vec(prop::sample::select(vec![
        "{\"", "\":\"", "\"}", "\\", "\\\\", "\\u00", "\\ud83d", "C:\\", "\\\\?\\", "HKLM\\", "http://", "hxxp[:]//", "[.]", ".", ":", "::", "@",
        "/etc/", "/dev/tcp/", "10.0.0.1", "2001:db8::", "%TEMP%\\", "user=", "host", "é", "☃", "İ", "ſ", "K", "com", "exe", " ", "\n", "'", "(", ")", "net user ",
    ]), 0..40)) {
        let raw = parts.concat();
        let alert = parse_alert(&raw);
        for observable in extract_observables(&alert, &[]) {
            if let Some(span) = observable.span {
                prop_assert!(alert.raw.get(span.range()).is_some());
            }
            let once = observable.defanged().into_owned();
            let twice = defang::defang(observable.kind, &once);
            prop_assert_eq!(twice.as_ref(), once.as_str());
        }
    }

    #[test]
    fn escapes_lead_back_to_the_raw_text(text in "[ -~é☃\\n\\t\\\\\"/]{0,80}") {
        let raw = serde_json::json!({ "k": text.as_str(), "mark": "10.9.8.7" }).to_string();
        let shown = Shown::new(&raw);
        prop_assert!(shown.text.contains(&text));
        let at = shown.text.rfind("10.9.8.7").unwrap();
        let span = shown.raw_span(at, at + 8);
        prop_assert_eq!(&raw[span.range()], "10.9.8.7");
        prop_assert_eq!(shown.shown_at(span.start), at);
    }

    #[test]
    fn defanged_values_come_back(
        kind in prop::sample::select(vec![K::Ipv4Addr, K::Ipv6Addr, K::DomainName, K::Url, K::EmailAddr, K::File]),
        host in "[a-z0-9]{1,8}(\\.[a-z0-9-]{1,8}){1,3}",
        tail in "(/[a-z0-9.=?&%_-]{0,12}){0,3}",
        octets in any::<[u8; 4]>(),
        groups in any::<[u16; 8]>(),
        scheme in prop::sample::select(vec!["http", "https", "ftp", "wss"]),
    ) {
        let value = match kind {
            K::Ipv4Addr => std::net::Ipv4Addr::from(octets).to_string(),
            K::Ipv6Addr => std::net::Ipv6Addr::from(groups).to_string(),
            K::Url => format!("{scheme}://{host}{tail}"),
            K::EmailAddr => format!("{}@{host}", tail.replace('/', "a")),
            K::File => format!("/tmp{tail}"),
            _ => host,
        };
        let shown = defang::defang(kind, &value).into_owned();
        let (back, again) = (defang::refang(&shown), defang::defang(kind, &shown));
        prop_assert_eq!(back.as_ref(), value.as_str());
        prop_assert_eq!(again.as_ref(), shown.as_str());
    }
}

/// Labels of one alert in `tests/fixtures/observables.jsonl`; odd ids are for development, even
/// ids are held out.
#[derive(Deserialize)]
struct Labelled {
    id: u32,
    alert: String,
    observables: Vec<Label>,
}

#[derive(Deserialize)]
struct Label {
    kind: ObservableKind,
    value: String,
    internal: bool,
}

/// Labels found, labels missed and values found that nobody labelled.
#[derive(Clone, Copy, Default)]
struct Counts {
    hit: u32,
    missed: u32,
    wrong: u32,
    /// Of the hits, those on the wrong side.
    wrong_side: u32,
}

impl Counts {
    fn precision(self) -> f64 {
        f64::from(self.hit) / f64::from((self.hit + self.wrong).max(1))
    }

    fn recall(self) -> f64 {
        f64::from(self.hit) / f64::from((self.hit + self.missed).max(1))
    }
}

fn score(labelled: &[Labelled]) -> BTreeMap<ObservableKind, Counts> {
    let mut counts: BTreeMap<ObservableKind, Counts> = BTreeMap::new();
    for Labelled {
        id,
        alert,
        observables,
    } in labelled
    {
        let found = extract_observables(&parse_alert(alert), &[]);
        let is_same = |label: &Label, seen: &Observable| {
            label.kind == seen.kind && label.value.to_lowercase() == seen.value.to_lowercase()
        };
        for label in observables {
            let of_kind = counts.entry(label.kind).or_default();
            let Some(seen) = found.iter().find(|seen| is_same(label, seen)) else {
                of_kind.missed += 1;
                println!("{id}: missed: {:?} {}", label.kind, label.value);
                continue;
            };
            of_kind.hit += 1;
            if seen.internal != label.internal {
                of_kind.wrong_side += 1;
                println!("{id}: wrong side: {:?} {}", label.kind, label.value);
            }
        }
        for seen in &found {
            if !observables.iter().any(|label| is_same(label, seen)) {
                counts.entry(seen.kind).or_default().wrong += 1;
                println!("{id}: not labelled: {:?} {}", seen.kind, seen.value);
            }
        }
    }
    counts
}

#[test]
fn labelled_alerts_are_read_as_people_read_them() {
    let lines = include_str!("../../../../tests/fixtures/observables.jsonl").lines();
    let all: Vec<Labelled> = lines
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert!(all.len() >= 80);
    let (odd, even): (Vec<_>, Vec<_>) = all.into_iter().partition(|labelled| labelled.id % 2 == 1);
    for (half, labelled) in [("development", odd), ("held out", even)] {
        let counts = score(&labelled);
        let mut sum = Counts::default();
        println!(
            "{half:<22} {:>6} {:>9} {:>6} {:>10}",
            "labels", "precision", "recall", "wrong side"
        );
        for (kind, of_kind) in &counts {
            sum.hit += of_kind.hit;
            sum.missed += of_kind.missed;
            sum.wrong += of_kind.wrong;
            sum.wrong_side += of_kind.wrong_side;
            print_row(&format!("{kind:?}"), *of_kind);
        }
        print_row("all", sum);
        assert!(
            sum.precision() >= 0.95,
            "{half}: precision {}",
            sum.precision()
        );
        assert!(sum.recall() >= 0.95, "{half}: recall {}", sum.recall());
        assert!(
            f64::from(sum.wrong_side) <= 0.02 * f64::from(sum.hit),
            "{half}"
        );
    }
}

fn print_row(name: &str, counts: Counts) {
    let labels = counts.hit + counts.missed;
    let (precision, recall) = (counts.precision(), counts.recall());
    println!(
        "{name:<22} {labels:>6} {precision:>9.3} {recall:>6.3} {:>10}",
        counts.wrong_side
    );
}
