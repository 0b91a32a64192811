//! Properties: whatever is planted in whatever alert, it does not leave and it comes back.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use proptest::prelude::*;
use serde_json::json;

use crate::alert::{Alert, parse_alert};
use crate::decode::{DecodedLayer, decode_layers};
use crate::observable::{Observable, ObservableKind, extract_observables};
use crate::redact::{OwnPattern, PatternKind, Redactor, Rules, residue};

/// Identifiers of one alert. Each holds a `q`, which stands in nothing else.
#[derive(Clone, Debug)]
struct Planted {
    user: String,
    host: String,
    fqdn: String,
    ip: String,
    mail: String,
    mac: String,
    sid: String,
    share: String,
    case: String,
    noise: String,
}

impl Planted {
    fn names(&self) -> [&str; 9] {
        [
            &self.user,
            &self.host,
            &self.fqdn,
            &self.ip,
            &self.mail,
            &self.mac,
            &self.sid,
            &self.share,
            &self.case,
        ]
    }

    fn observables(&self, alert: &Alert, layers: &[DecodedLayer]) -> Vec<Observable> {
        use ObservableKind as K;
        let mut observables = extract_observables(alert, layers);
        let planted = [
            (K::UserAccount, &self.user),
            (K::Host, &self.host),
            (K::DomainName, &self.fqdn),
            (K::EmailAddr, &self.mail),
            (K::MacAddr, &self.mac),
            (K::AccountId, &self.sid),
        ];
        observables.extend(planted.map(|(kind, value)| Observable {
            kind,
            value: value.clone(),
            span: None,
            layer: None,
            internal: true,
        }));
        observables
    }

    /// The alert in one of the usual shapes, with a message in it.
    fn shape(&self, shape: usize, message: &str) -> String {
        let Self {
            user,
            host,
            ip,
            noise,
            ..
        } = self;
        match shape {
            0 => json!({
                "rule": {"name": "x"}, "user": {"name": user}, "host": {"name": host}, "ip": ip,
                "message": message, "noise": noise, "list": [self.mail, self.sid],
                "inner": json!({"deep": message}).to_string(),
            })
            .to_string(),
            1 => format!(
                "<Event><Data Name=\"TargetUserName\">{user}</Data><Computer>{host}</Computer>\
                 <Data Name='m'>{message}</Data><Note>{noise}</Note><Ip>{ip}</Ip></Event>"
            ),
            2 => format!(
                "CEF:0|v|p|1|100|x|5|suser={user} shost={host} src={ip} msg={message} cs1={noise}"
            ),
            3 => format!("x user={user} host=\"{host}\" src={ip} msg=\"{message}\" n={noise}"),
            _ => format!("Odd. User: {user}. Host: {host}. From {ip}. Note: {message} {noise}"),
        }
    }
}

fn rules() -> Rules {
    Rules {
        own: vec![OwnPattern {
            label: "CASE".into(),
            pattern: r"(?i)qnc-\d{6}".into(),
            kind: PatternKind::Regex,
        }],
        allow: vec!["*.example.org".into()],
    }
}

fn planted() -> impl Strategy<Value = Planted> {
    (
        ("q[a-z]{2,8}", "Q[A-Z]{2,5}-[0-9]{2,4}", "q[a-z]{3,6}"),
        (any::<[u8; 3]>(), any::<[u8; 5]>(), 100_000_u32..999_999),
        "[ -pr-~é☃\\n]{0,60}",
    )
        .prop_map(|((user, host, word), (ip, mac, number), noise)| Planted {
            fqdn: format!("srv-{word}.q{word}.local"),
            ip: format!("10.{}.{}.{}", ip[0], ip[1], ip[2]),
            mail: format!("{word}.{user}@q{word}.example"),
            mac: format!(
                "02:{:02x}:{:02x}:{:02x}:{:02x}:{:02x}",
                mac[0], mac[1], mac[2], mac[3], mac[4]
            ),
            sid: format!("S-1-5-21-{number}-{number}-{number}-1107"),
            share: format!("q{word}$x"),
            case: format!("QNC-{number}"),
            noise: noise.replace(['Q', '&', '%'], " "),
            user,
            host,
        })
}

/// One way to write a name.
fn written(name: &str, way: usize) -> String {
    let each = |escape: &dyn Fn(char) -> String| name.chars().map(escape).collect::<String>();
    match way {
        0 => name.to_owned(),
        1 => name.to_uppercase(),
        2 => name.to_lowercase(),
        3 => name
            .char_indices()
            .map(|(at, c)| {
                if at % 2 == 0 {
                    c.to_ascii_uppercase()
                } else {
                    c
                }
            })
            .collect(),
        4 => name.replace('.', "[.]").replace('@', "[at]"),
        5 => each(&|c| format!("%{:02X}", u32::from(c))),
        6 => each(&|c| {
            if c.is_alphanumeric() {
                c.into()
            } else {
                format!("%{:02x}", u32::from(c))
            }
        }),
        7 => each(&|c| format!("\\u{:04x}", u32::from(c))),
        8 => each(&|c| format!("&#{};", u32::from(c))),
        9 => each(&|c| format!("%25{:02X}", u32::from(c))),
        _ => each(&|c| format!("{c}\u{200b}")),
    }
}

const WAYS: usize = 11;

/// A text with a name in the middle of things.
fn embedded(name: &str, place: usize) -> String {
    match place {
        0 => format!("saw {name}, again"),
        1 => format!("https://evil.com/x?u={name}&v=1#{name}"),
        2 => format!("cmd /c \"del C:\\Users\\{name}\\new.txt\""),
        3 => format!("copy x \\\\{name}\\c$\\temp && echo '{name}'"),
        4 => format!("CORP\\{name} ({name})"),
        5 => format!("{{\"a\":\"{name}\",\"{name}\":[\"{name}\"]}}"),
        _ => format!("\n{name}\t{name}\n"),
    }
}

fn encoded_command(command: &str) -> String {
    let utf16: Vec<u8> = command.encode_utf16().flat_map(u16::to_le_bytes).collect();
    format!("powershell -enc {}", STANDARD.encode(utf16))
}

/// Every text that would leave, each checked by the scanner on its way.
fn leaving(planted: &Planted, raw: &str) -> Result<Vec<String>, TestCaseError> {
    let alert = parse_alert(raw);
    let layers = decode_layers(&alert.raw);
    let observables = planted.observables(&alert, &layers);
    let rules = rules();
    let redactor = Redactor::new(&alert, &layers, &observables, &rules);
    let texts = [&alert.raw]
        .into_iter()
        .chain(layers.iter().map(|layer| &layer.text));
    let texts: Vec<String> = texts.map(|text| redactor.redact(text)).collect();
    let content = json!({"text": texts[0], "layers": &texts[1..]}).to_string();
    let body = json!({"content": content}).to_string();
    let public = ["content", "text", "layers"];
    let left = residue(
        &body,
        redactor.pseudonyms(),
        redactor.secrets(),
        &rules,
        &public,
    );
    prop_assert_eq!(left, vec![], "{:?} from {:?}", texts, alert.raw);
    Ok(texts)
}

fn check_absent(texts: &[String], what: &str) -> Result<(), TestCaseError> {
    let what = what.to_lowercase();
    for text in texts {
        prop_assert!(!text.to_lowercase().contains(&what), "{} in {}", what, text);
    }
    Ok(())
}

/// Forms of secrets: a text with the secret at `§`.
const SECRETS: [&str; 15] = [
    "password=§",
    "Password: §",
    "--token §",
    "\"api_key\": \"§\"",
    "Server=x;Pwd=§;Database=y",
    "AccountKey=§;x",
    "https://kim:§@x.com/",
    "Authorization: Bearer §",
    "net user bob § /add",
    "curl -u kim:§ http://x.com",
    "mysql -u root -p§ db",
    "sshpass -p § ssh x",
    "cmdkey /add:x /user:y /pass:§",
    "schtasks /create /rp § /tn x",
    "ConvertTo-SecureString \"§\" -AsPlainText",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    #[test]
    fn planted_names_never_leave(
        planted in planted(),
        shape in 0_usize..5,
        picks in prop::collection::vec((0_usize..9, 0..WAYS, 0_usize..7), 1..6),
        in_layer in any::<bool>(),
    ) {
        let plain = format!("on \\\\{}\\{}\\x with {}", planted.host, planted.share, planted.names().join(" , "));
        let forms: Vec<String> = picks
            .iter()
            .map(|(name, way, _)| written(planted.names()[*name], *way))
            .collect();
        let message: Vec<String> = forms
            .iter()
            .zip(&picks)
            // Behind a backslash an escape is none.
            .map(|(form, (_, way, place))| embedded(form, if *way == 7 { 0 } else { *place }))
            .collect();
        let message = format!("{plain}; {}", message.join(" "));
        let message = if in_layer {
            format!("{} {message}", encoded_command(&message))
        } else {
            message
        };
        let texts = leaving(&planted, &planted.shape(shape, &message))?;
        for what in planted.names().into_iter().chain(forms.iter().map(String::as_str)) {
            check_absent(&texts, what)?;
        }
        for name in planted.names() {
            check_absent(&texts, &STANDARD.encode(name)[..name.len()])?;
        }
    }

    #[test]
    fn planted_secrets_never_leave(
        planted in planted(),
        shape in 0_usize..5,
        form in 0..SECRETS.len(),
        secret in "[a-z]{3}q[A-Z][0-9]{2}[A-Za-z0-9]{2,20}",
        in_layer in any::<bool>(),
    ) {
        let told = format!("AKIA0123456789ABCDEF {}", SECRETS[form].replace('§', &secret));
        let message = format!("{told} , later {secret}.");
        let message = if in_layer {
            format!("{} and {secret}", encoded_command(&message))
        } else {
            message
        };
        let texts = leaving(&planted, &planted.shape(shape, &message))?;
        check_absent(&texts, &secret)?;
        check_absent(&texts, "AKIA0123456789ABCDEF")?;
    }

    #[test]
    fn names_come_back(
        planted in planted(),
        shape in 0_usize..5,
        picks in prop::collection::vec((0_usize..9, 0_usize..7), 0..6),
    ) {
        let message: Vec<String> = picks
            .iter()
            .map(|(name, place)| embedded(planted.names()[*name], *place))
            .collect();
        // Noise may hold secrets, which do not come back.
        let quiet = Planted { noise: planted.noise.replace(['=', ':', '-'], " "), ..planted };
        let alert = parse_alert(&quiet.shape(shape, &message.join(" ; ")));
        let redactor = Redactor::new(&alert, &[], &quiet.observables(&alert, &[]), &rules());
        let redacted = redactor.redact(&alert.raw);
        prop_assert_eq!(redactor.pseudonyms().restore(&redacted), alert.raw);
    }

    #[test]
    fn colliding_names_come_back(
        names in prop::collection::vec(prop::sample::select(vec![
            "user", "host-1", "user-1", "user-12", "ip-1", "test", "process", "system32", "an", "ann",
            "anna", "annabel", "annabel-ws", "annabel-ws-1", "bel-ws", "abelws", "ws-1", "ws-12", "1-ws",
            "zoë", "ßß", "λόγος", "secret", "base64", "o'brien", "a.b", "a.b.c", "mail-2", "1234", "é1",
        ]), 1..8),
        joints in prop::collection::vec(prop::sample::select(vec![
            " ", "-", "_", ".", "\\", "/", "1", "x", "ACCOUNT-3", "DOMAIN-2", "SHARE-", "[", "'", "\"", ",", ";", "\n", "é",
        ]), 1..12),
    ) {
        let text: Vec<&str> = joints
            .iter()
            .enumerate()
            .flat_map(|(at, joint)| [names[at % names.len()], *joint])
            .collect();
        let alert = parse_alert(&text.concat());
        let observables = observables(&names);
        let redactor = Redactor::new(&alert, &[], &observables, &Rules::default());
        let redacted = redactor.redact(&alert.raw);
        prop_assert_eq!(redactor.pseudonyms().restore(&redacted), alert.raw.as_str(), "{}", &redacted);
        let left = residue(&redacted, redactor.pseudonyms(), redactor.secrets(), &Rules::default(), &[]);
        prop_assert_eq!(left, vec![], "{} from {}", redacted, alert.raw);
        for (span, pseudonym) in redactor.pseudonyms().spans(&redacted) {
            prop_assert_eq!(&redacted[span.range()], pseudonym);
        }
    }
}

fn observables(names: &[&str]) -> Vec<Observable> {
    let observable = |(place, name): (usize, &&str)| Observable {
        kind: if place % 2 == 0 {
            ObservableKind::UserAccount
        } else {
            ObservableKind::Host
        },
        value: (*name).to_owned(),
        span: None,
        layer: None,
        internal: true,
    };
    names.iter().enumerate().map(observable).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]

    #[test]
    fn an_honest_alert_is_never_refused(
        pieces in prop::collection::vec(prop::sample::select(vec![
            "jsmith", "JSMITH", "bob", "process", "ws-1", "10.0.0.5", "fe80::1", "zoë.k", "corp.lan", "1001",
            " ", "\\", "\\\\", "\\n", "\\u006a", "\\\"", "\"", "'", "{", "}", "[", "]", ":", "=", ",", ";", "/", ".",
            "%5C", "%6a", "%25", "%", "&amp;", "&#106;", "[.]", "(at)", "@", "-", "_", "1", "x", "é", "\u{200b}", "\n",
            "password", "token", "secret=", "abc123def", "AKIA0123456789ABCDEF", "sig=", "?", "&", "://", "USER-1",
            "[SECRET-1]", "anNtaXRo", "smith", "j", "net user ", "-p ", "<Password>", "</", ">", "eyJhbGciOi", "-----BEGIN PRIVATE KEY-----",
        ]), 0..24),
        as_json in any::<bool>(),
    ) {
        let text = pieces.concat();
        let raw = if as_json {
            json!({"m": text, "n": {"password": text}, "process": json!({"x": [text]}).to_string()}).to_string()
        } else {
            text
        };
        let alert = parse_alert(&raw);
        let names = ["jsmith", "ws-1", "bob", "10.0.0.5", "process", "fe80::1", "zoë.k", "corp.lan", "1001"];
        let redactor = Redactor::new(&alert, &[], &observables(&names), &Rules::default());
        let redacted = redactor.redact(&alert.raw);
        let body = json!({"content": json!({"text": redacted}).to_string()}).to_string();
        let left = residue(&body, redactor.pseudonyms(), redactor.secrets(), &Rules::default(), &[]);
        prop_assert_eq!(left, vec![], "{} from {}", redacted, alert.raw);
    }
}
