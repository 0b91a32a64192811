//! Keys, tokens, passwords and encoded data: masked one way.

use std::sync::LazyLock;

use regex::{Captures, Regex};

use crate::digest::sha256_hex;

/// Encoded data of this many characters and more is summarised.
static ENCODED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"[A-Za-z0-9+/]{80,}={0,2}").expect("the pattern is a constant that tests compile")
});

/// Encoded data after a switch or call that decodes it, however short.
static ENCODED_ARGUMENT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r#"(?i)(?<lead>[\s"'/–-]-?e(?:nc[a-z]*|c)?\s+["']?|FromBase64String\s*\(\s*["']?)(?<data>[A-Za-z0-9+/]{16,}={0,2})"#)
        .expect("the pattern is a constant that tests compile")
});

/// Secrets that are told by their form; the named group is masked.
static SECRET: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?x)
        (?<key>
            \b(?:AKIA|ASIA)[A-Z0-9]{16}\b                              # AWS access key
          | \bgh[pousr]_[A-Za-z0-9]{20,}\b | \bgithub_pat_[A-Za-z0-9_]{20,}\b
          | \bxox[abposr]-[A-Za-z0-9-]{10,}                            # Slack
          | \bsk-[A-Za-z0-9_-]{16,}                                    # model services
          | \bAIza[0-9A-Za-z_-]{30,}                                   # Google
          | \beyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]*  # JSON web token
          | -----BEGIN\ [A-Z\ ]*PRIVATE\ KEY-----[^-]*(?:-----END\ [A-Z\ ]*PRIVATE\ KEY-----)?
        )
        | (?i:(?<lead>
            \b(?:pass(?:word|wd|phrase)?|pwd|secret|token|api[_-]?key|access[_-]?key|client[_-]?secret|authorization|bearer)
            (?:["']?\s*[:=]\s*(?:bearer\s+|basic\s+)?|\s+bearer\s+)["']?
          | \bnet1?(?:\.exe)?\s+user\s+\S+\s+                          # net user NAME PASSWORD
        ))(?<value>[^\s"',;&|)]{3,})
        | (?<url>://[^/\s:@]+:)(?<password>[^\s@/"']+)@                # https://user:password@
        "#,
    )
    .expect("the pattern is a constant that tests compile")
});

/// Masks secrets as `[SECRET-n]`, the same secret by the same number within one text, and
/// replaces encoded data by its length and hash.
///
/// ```
/// use triage_core::redact::mask_secrets;
/// assert_eq!(mask_secrets("curl -u x --password=hunter22"), "curl -u x --password=[SECRET-1]");
/// ```
pub fn mask_secrets(text: &str) -> String {
    let text = ENCODED_ARGUMENT.replace_all(text, |found: &Captures<'_>| {
        format!("{}{}", &found["lead"], summary(&found["data"]))
    });
    let text = ENCODED.replace_all(&text, |found: &Captures<'_>| summary(&found[0]));
    let mut known: Vec<String> = Vec::new();
    let masked = SECRET.replace_all(&text, |found: &Captures<'_>| {
        let part = |name: &str| found.name(name).map_or("", |part| part.as_str());
        let (lead, secret, tail) = match (part("key"), part("value"), part("password")) {
            ("", "", password) => (part("url"), password, "@"),
            ("", value, _) => (part("lead"), value, ""),
            (key, ..) => ("", key, ""),
        };
        if secret.starts_with("[SECRET-") || secret.starts_with('/') {
            return found[0].to_owned();
        }
        let number = known
            .iter()
            .position(|other| other == secret)
            .unwrap_or_else(|| {
                known.push(secret.to_owned());
                known.len() - 1
            });
        format!("{lead}[SECRET-{}]{tail}", number + 1)
    });
    // The same secret may stand elsewhere without the word that gives it away.
    known
        .iter()
        .enumerate()
        .filter(|(_, secret)| secret.len() >= 6)
        .fold(masked.into_owned(), |text, (number, secret)| {
            text.replace(secret.as_str(), &format!("[SECRET-{}]", number + 1))
        })
}

fn summary(data: &str) -> String {
    let hash = sha256_hex(data.as_bytes());
    format!(
        "[base64 of {} characters, sha256 {}]",
        data.len(),
        hash.get(..12).unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
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

    #[test]
    fn encoded_data_is_summarised() {
        let masked = mask_secrets("powershell -enc SQBFAFgAKABOAGUAdwA= -x");
        assert!(
            masked.starts_with("powershell -enc [base64 of 20 characters, sha256 "),
            "{masked}"
        );
        assert!(!masked.contains("SQBF"));
    }
}
