//! Keys, tokens, passwords and hashes: found by their form or by the word before them.

use std::fmt;
use std::ops::Range;
use std::sync::LazyLock;

use regex::Regex;
use serde::{Deserialize, Serialize};

use super::vocabulary::is_common;
use crate::alert::cut;

/// The most secrets of one triage.
const MAX_SECRETS: usize = 1_000;

/// The longest secret that is kept; a private key has about 3,000 characters.
const MAX_SECRET_BYTES: usize = 8 * 1024;

/// The secrets of one triage; the first is masked as `[SECRET-1]`. Never leaves the browser;
/// `Debug` shows no value.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Secrets(Vec<String>);

impl fmt::Debug for Secrets {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Secrets({} hidden)", self.0.len())
    }
}

impl Secrets {
    /// The secrets in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(String::as_str)
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Adds a secret that was not known.
    pub(super) fn insert(&mut self, secret: &str) {
        let fits = self.0.len() < MAX_SECRETS && secret.len() <= MAX_SECRET_BYTES;
        if fits && self.place(secret).is_none() {
            self.0.push(secret.to_owned());
        }
    }

    /// Adds every secret that the text gives away.
    pub(super) fn collect(&mut self, text: &str) {
        for range in spans(text) {
            self.insert(text.get(range).unwrap_or_default());
        }
    }

    /// The place of a known secret.
    pub(super) fn place(&self, secret: &str) -> Option<usize> {
        self.0.iter().position(|known| known == secret)
    }
}

/// What stands in place of the secret at a place.
pub(super) fn mask(place: usize) -> String {
    format!("[SECRET-{}]", place + 1)
}

/// Where a secret is looked for without the word that gave it away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Spread {
    /// Wherever it stands.
    Anywhere,
    /// Where it is a word of its own.
    Word,
    /// Nowhere: it is a word like any other, and would be masked all over the text.
    Nowhere,
}

/// A short or plain word may have been taken for a secret; it is masked where it was found only.
pub(super) fn spread(secret: &str) -> Spread {
    let has = |is: fn(char) -> bool| secret.chars().any(is);
    let chars = secret.chars().count();
    let is_plain = !has(|c| !c.is_alphanumeric())
        && (!has(char::is_alphabetic) || !has(char::is_numeric) && !has(char::is_uppercase));
    match chars {
        _ if is_common(secret) => Spread::Nowhere,
        6.. if has(char::is_alphabetic) => Spread::Anywhere,
        3.. if !is_plain || chars >= 6 => Spread::Word,
        _ => Spread::Nowhere,
    }
}

/// A value, quoted or not; quotes inside JSON stand behind backslashes.
const VALUE: &str = r#"(?:\\*"((?:[^"\\\r\n]|\\[^"\r\n]){3,}?)\\*"|'([^'\r\n]{3,})'|\\*["']?((?:[^\s"',;&|<>\\]|\\[^nrt"'\s]){3,}))"#;

/// A value that stands among switches, which start with a slash.
const ARGUMENT: &str =
    r#"(?:\\*"((?:[^"\\\r\n]|\\[^"\r\n]){3,}?)\\*"|([^\s/\\"'|&][^\s"'|&]{2,}))"#;

/// Words that tell of a secret.
const TELLING: &str = "(?:(?:(?-u:\\b)|_)(?:pass|pwd|pw)|passw(?:or)?d|passphrase|passcode|secret|token\
    |api[_ -]?key|(?:access|secret|private|account|shared|storage|signing|encryption|auth)[_ -]?(?:access[_ -]?)?(?:key|signature)\
    |credentials?)";

/// Patterns of secrets. In each the one group that takes part is the secret. What may reach far
/// stands alone, for beside others a search could have to read on to the end for each match.
static PATTERNS: LazyLock<[Regex; 5]> = LazyLock::new(|| {
    let own_form = r"(?x)
        (
            (?:AKIA|ASIA)[A-Z0-9]{16}                                           # AWS
          | gh[pousr]_[A-Za-z0-9]{20,} | github_pat_[A-Za-z0-9_]{20,}
          | gl(?:pat|ptt|dt|rt|cbt|soat)-[A-Za-z0-9_-]{16,}                     # GitLab
          | xox[abeposr]-[A-Za-z0-9-]{10,} | xapp-[0-9]-[A-Za-z0-9-]{10,}       # Slack
          | whsec_[A-Za-z0-9]{16,}                                              # Stripe
          | AIza[0-9A-Za-z_-]{30,} | ya29\.[0-9A-Za-z_-]{20,} | GOCSPX-[0-9A-Za-z_-]{20,}
          | npm_[A-Za-z0-9]{30,} | hf_[A-Za-z0-9]{30,} | SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}
          | eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*             # JSON web token
        )
        | (?-u:\b)(
            [rs]k_(?:live|test)_[A-Za-z0-9]{10,}                                # Stripe
          | sk-[A-Za-z0-9_-]{16,}                                               # model services
          | [0-9A-Fa-f]{32}:[0-9A-Fa-f]{32}(?-u:\b)                             # LM and NT hash
        )
        | (-----BEGIN\ [A-Z\ ]*PRIVATE\ KEY(?:\ BLOCK)?-----(?:[^-]|-[^-])*(?:-----END\ [A-Z\ ]*PRIVATE\ KEY(?:\ BLOCK)?-----)?)
        | (\$krb5(?:tgs|asrep|pa)\$[^\s]{20,} | \$(?:1|2[aby]|5|6|7|y)\$[./A-Za-z0-9$,=]{16,})
        ";
    // A key may also stand where these have a user or a host, so they are looked for apart.
    let placed = r"(?x)
          ::[^\s:]*:([0-9A-Fa-f]{16}:[0-9A-Fa-f]{32}:[0-9A-Fa-f]{16,})             # NetNTLMv2
        | hooks\.slack\.com/services/([A-Za-z0-9/]{20,})
        | ://[^/\s:@]*:([^\s@/'\x22]+)@                                        # https://user:password@
        | [?&;]sig=([A-Za-z0-9%+/=_-]{16,})                                    # shared access signature
        ";
    let telling = TELLING.replace(' ', r"\ ");
    let named = format!(
        r#"(?xi)
        {telling}\\*["']?\s*(?:=>|:=|[:=])\s*{VALUE}
        | (?:^|\s)(?:--?|/)[a-z-]*{telling}\s+{VALUE}
        | authorization\\*["']?\s*[:=]\s*\\*["']?(?:(?:bearer|basic|negotiate|ntlm|token)\s+)?([^\s"',;&|<>\\]{{3,}})
        | (?-u:\b)bearer\s+([a-z0-9._~+/=-]{{8,}})
        | (?-u:\b)(?:set-)?cookie\\*["']?\s*[:=]\s*\\*["']?([^\s"',;<>\\]{{3,}}(?:;\s*[^\s"',;=<>\\]+=[^\s"',;<>\\]*)*)
        | (?-u:\b)(?:phpsessid|jsessionid|aspsessionid[a-z]*|asp\.net_sessionid|connect\.sid|session[_-]?(?:id|key)|sid)\\*["']?\s*[:=]\s*\\*["']?([a-z0-9%._~+/-]{{12,}})
        | (?-u:\b)(?:ntlm|rc4|aes128|aes256|krbtgt|nthash|lmhash)(?:_hash)?\s*[:=]\s*([0-9a-f]{{32,64}})(?-u:\b)
        "#,
    );
    let commands = format!(
        r#"(?xi)
        (?-u:\b)net1?(?:\.exe)?\s+user\s+[^\s/]+\s+{ARGUMENT}
        | \s/(?:p|pass|rp|pth):([^\s"',;|&]{{3,}})
        | ConvertTo-SecureString\s+(?:-String\s+)?{VALUE}
        | (?-u:\b)echo\s+([^\s|]{{3,}})\s*\|\s*runas
        | \s-(?:hashes|h)\s+:?([0-9a-f]{{32}}(?::[0-9a-f]{{32}})?)(?-u:\b)
        | [\s"'][\w.-]+/[\w.-]+:([^\s@:/"']{{3,}})@
        "#,
    );
    let markup = format!(r#"(?xi) {telling}\\*["']?(?:\s[^<>]*)?>([^<]{{3,}}?)<"#);
    [own_form, placed, &named, &markup, &commands]
        .map(|pattern| Regex::new(pattern).expect("the pattern is a constant that tests compile"))
});

/// Programs that take a password among their arguments, by the way they take it.
static PROGRAM: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?xi)(?-u:\b)(?:
            (net1?(?:\.exe)?\s+use)
          | (psexec(?:64)?|paexec|winrs|nxc|netexec|crackmapexec|evil-winrm|hydra|medusa|sqlcmd|bcp|unzip|plink|pscp|psftp|smbmap)
          | (mysql(?:dump|admin)?|mariadb|7z|sshpass)
          | (curl|wget) | (ldapsearch) | (redis-cli) | (schtasks)
        )(?:\.exe)?(?-u:\b)",
    )
    .expect("the pattern is a constant that tests compile")
});

/// The arguments of those programs, in the same order.
static ARGUMENTS: LazyLock<[Regex; 7]> = LazyLock::new(|| {
    [
        format!(r"^\s+(?:[a-z*]:?\s+)?\\\\[^\s]+\s+{ARGUMENT}|/user:[^\s]+\s+{ARGUMENT}"),
        format!(r"\s[-/](?:p|pw)[\s:]\s*{VALUE}"),
        r#"\s-p\s*["']?([^\s"'-][^\s"']{2,})"#.to_owned(),
        r#"\s(?:-u|--user)[\s=]*["']?[^\s:"'/]+:([^\s"']{3,})"#.to_owned(),
        format!(r"\s-w\s*{VALUE}"),
        format!(r"\s-a\s*{VALUE}"),
        format!(r"\s/rp[\s:]\s*{VALUE}"),
    ]
    .map(|pattern| {
        Regex::new(&format!("(?i){pattern}")).expect("the pattern is a constant that tests compile")
    })
});

/// The most bytes of arguments that are read after a program.
const MAX_ARGUMENTS: usize = 512;

/// Where secrets stand that are told by their form or by what stands before them.
pub(super) fn spans(text: &str) -> Vec<Range<usize>> {
    let mut spans = Vec::new();
    for pattern in PATTERNS.iter() {
        add_spans(pattern, text, 0, &mut spans);
    }
    for program in PROGRAM.captures_iter(text) {
        let way = program.iter().skip(1).position(|group| group.is_some());
        let (Some(pattern), Some(name)) = (way.and_then(|way| ARGUMENTS.get(way)), program.get(0))
        else {
            continue;
        };
        let rest = text.get(name.end()..).unwrap_or_default();
        let rest = cut(rest, MAX_ARGUMENTS);
        // Another command may follow.
        let arguments = rest.split(['|', '\n', '\r']).next().unwrap_or_default();
        add_spans(pattern, arguments, name.end(), &mut spans);
    }
    spans
}

fn add_spans(pattern: &Regex, text: &str, offset: usize, spans: &mut Vec<Range<usize>>) {
    for found in pattern.captures_iter(text) {
        let Some(secret) = found.iter().skip(1).flatten().next() else {
            continue;
        };
        // The stop and the brackets of the sentence around a value are not part of it.
        let value = secret.as_str().trim_end_matches(['.', ')', ']', '}', ':']);
        if is_secret(value) {
            let start = offset + secret.start();
            spans.push(start..start + value.len());
        }
    }
}

/// Whether the key of a field tells that its value is a secret.
pub(super) fn is_telling(key: &str) -> bool {
    static KEY: LazyLock<Regex> = LazyLock::new(|| {
        Regex::new(&format!("(?i){TELLING}$"))
            .expect("the pattern is a constant that tests compile")
    });
    KEY.is_match(key)
}

/// Whether a value that stands where a secret would is one.
pub(super) fn is_secret(value: &str) -> bool {
    const NOTHING: [&str; 8] = [
        "true", "false", "null", "none", "(null)", "n/a", "yes", "no",
    ];
    // `PWD` is also the working directory, and switches follow where no password is given.
    const PATHS: [&str; 16] = [
        "/home",
        "/usr",
        "/var",
        "/tmp",
        "/opt",
        "/etc",
        "/root",
        "/srv",
        "/mnt",
        "/add",
        "/delete",
        "/domain",
        "/active",
        "/user:",
        "/savecred",
        "/persistent",
    ];
    let lower = value.to_ascii_lowercase();
    let is_mask = value.strip_prefix("[SECRET-").is_some_and(|number| {
        number
            .trim_end_matches(']')
            .bytes()
            .all(|b| b.is_ascii_digit())
    });
    value.len() >= 3
        && !is_mask
        && !NOTHING.contains(&lower.as_str())
        && !PATHS.iter().any(|path| lower.starts_with(path))
        && !matches!(lower.as_bytes(), [drive, b':', b'\\', ..] if drive.is_ascii_lowercase())
        && (!value.starts_with("--") || value.starts_with("-----BEGIN"))
}

#[cfg(test)]
mod tests {
    use super::super::mask_secrets;
    use super::*;

    fn check(text: &str, expected: &str) {
        assert_eq!(mask_secrets(text), expected);
    }

    #[test]
    fn secrets_by_form_and_by_name() {
        check("key AKIAIOSFODNN7EXAMPLE used", "key [SECRET-1] used");
        check(
            "password: hunter22, again hunter22",
            "password: [SECRET-1], again [SECRET-1]",
        );
        check(
            "Authorization: Bearer abc.def-123",
            "Authorization: Bearer [SECRET-1]",
        );
        check(
            "net user bob P@ssw0rd! /add",
            "net user bob [SECRET-1] /add",
        );
        check(
            "git clone https://bob:s3cret@host/x",
            "git clone https://bob:[SECRET-1]@host/x",
        );
        check("nothing here", "nothing here");
    }

    /// Every `§` of the text stands for a secret of that form.
    fn masks(text: &str, secret: &str) {
        check(&text.replace('§', secret), &text.replace('§', "[SECRET-1]"));
    }

    #[test]
    fn keys_are_told_by_their_form() {
        for key in [
            "ASIAIOSFODNN7EXAMPLE",
            "ghp_0123456789abcdefghij",
            "github_pat_0123456789abcdefghij_x",
            "glpat-0123456789abcdefghij",
            "xoxb-0123456789-abc",
            "sk_live_0123456789abc",
            "sk-ant-0123456789abcdef",
            "AIzaSyA0123456789abcdefghijklmnopqrstu",
            "ya29.0123456789abcdefghij",
            "eyJhbGciOiJI.eyJzdWIiOiIx.abc-_x",
            "aad3b435b51404eeaad3b435b51404ee:31d6cfe0d16ae931b73c59d7e0c089c0",
            "$6$salt$0123456789abcdef",
            "$krb5tgs$23$*svc$CORP$x*$0123456789abcdef",
            "-----BEGIN RSA PRIVATE KEY-----\nDEK-Info: AES-128\nMIIE\n-----END RSA PRIVATE KEY-----",
        ] {
            masks("saw § and §", key);
        }
        masks("https://x.blob/y?sv=1&sig=§&se=2", "abc%2Bdef0123456789%3D");
        masks("hooks.slack.com/services/§", "T000/B000/0123456789abcdef");
        masks(
            "bob::CORP:§ seen",
            "0123456789abcdef:0123456789abcdef0123456789abcdef:0101000000000000",
        );
    }

    #[test]
    fn words_tell_of_secrets() {
        for text in [
            "DB_PASSWORD=§",
            "\"userPassword\": \"§\"",
            "\\\"password\\\":\\\"§\\\",",
            "Server=x;Pwd=§;Database=y",
            "AccountName=x;AccountKey=§;EndpointSuffix=y",
            "aws_secret_access_key = §",
            "<Password>§</Password>",
            "<Data Name=\"Password\">§</Data>",
            "tool --password §",
            "tool -Password '§' x",
            "x-api-key: §",
            "Authorization: Basic §",
            "Cookie: id=§",
            "curl -H 'Authorization: Bearer §'",
            "PHPSESSID=§",
            "/ntlm: §",
        ] {
            let (text, secret) = match text {
                "Cookie: id=§" => ("Cookie: §", "id=abc; theme=dark"),
                "/ntlm: §" => (text, "31d6cfe0d16ae931b73c59d7e0c089c0"),
                _ => (text, "aB3dEfGh1jKlMn"),
            };
            masks(text, secret);
        }
        masks("password=\"§\"", "correct horse, battery");
    }

    #[test]
    fn commands_take_passwords() {
        for text in [
            "net user bob § /add /domain",
            "net use X: \\\\srv\\share § /user:bob",
            "net use \\\\srv\\share /user:corp\\bob §",
            "mysql -u root -p§ -h db",
            "sshpass -p § ssh bob@h",
            "PsExec.exe \\\\h -u bob -p § cmd",
            "plink -ssh h -pw § x",
            "curl -s -u bob:§ http://h",
            "ldapsearch -x -w § -b dc",
            "redis-cli -h x -a § ping",
            "echo mysql sshpass | sshpass -p § ssh h",
            "cmdkey /add:h /user:bob /pass:§",
            "schtasks /create /ru bob /rp § /tn x",
            "ConvertTo-SecureString \"§\" -AsPlainText -Force",
            "ConvertTo-SecureString -String '§' -AsPlainText",
            "echo § | runas /user:bob cmd",
            "wmic /node:h /user:bob /password:§ process",
            "secretsdump.py corp/bob:§@h",
            "psexec.py bob@h -hashes :§",
        ] {
            let hash = "31d6cfe0d16ae931b73c59d7e0c089c0";
            masks(
                text,
                if text.contains("hashes") {
                    hash
                } else {
                    "Summ3r!9x"
                },
            );
        }
    }

    #[test]
    fn what_only_looks_like_a_secret_stays() {
        for text in [
            "PWD=/home/bob",
            "PWD=C:\\work",
            "password: [SECRET-4]",
            "net user bob /add",
            "token: true",
            "passwordLastSet: 2024-01-01",
            "bypass: enabled",
            "TokenElevationType: %%1936",
        ] {
            check(text, text);
        }
    }

    #[test]
    fn a_plain_word_is_masked_only_where_it_was_found() {
        check("pwd=blue the blue sky", "pwd=[SECRET-1] the blue sky");
        check("token=process a process", "token=[SECRET-1] a process");
        check("pwd=B1ue xB1ue B1ue", "pwd=[SECRET-1] xB1ue [SECRET-1]");
    }

    #[test]
    fn debug_shows_no_value() {
        let mut secrets = Secrets::default();
        secrets.collect("password=hunter22");
        assert_eq!(format!("{secrets:?}"), "Secrets(1 hidden)");
        assert_eq!(serde_json::to_string(&secrets).unwrap(), "[\"hunter22\"]");
    }
}
