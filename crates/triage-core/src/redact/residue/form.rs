//! Secrets that no one knew of: told by their form, or random text after a telling word.

use std::sync::LazyLock;

use regex::Regex;

/// Kinds of keys and what they look like. A key does not go on from something that was replaced.
static KEYS: LazyLock<Vec<(&'static str, Regex)>> = LazyLock::new(|| {
    [
        (
            "a secret (AWS access key)",
            r"(?:^|[^A-Za-z0-9_\u{f8ff}])A[KS]IA[0-9A-Z]{16}(?:[^A-Za-z0-9_]|$)",
        ),
        (
            "a secret (GitHub token)",
            r"(?:^|[^A-Za-z0-9_\u{f8ff}])(?:gh[oprsu]_[0-9A-Za-z]{20}|github_pat_[0-9A-Za-z]{20})",
        ),
        (
            "a secret (GitLab token)",
            r"(?:^|[^A-Za-z0-9_\u{f8ff}])glpat-[0-9A-Za-z_-]{16}",
        ),
        (
            "a secret (Slack token)",
            r"(?:^|[^A-Za-z0-9_\u{f8ff}])xox[abeoprs]-[0-9A-Za-z-]{10}",
        ),
        (
            "a secret (Stripe key)",
            r"(?:^|[^A-Za-z0-9_\u{f8ff}])[rs]k_(?:test|live)_[0-9A-Za-z]{10}",
        ),
        (
            "a secret (Google key)",
            r"(?:^|[^A-Za-z0-9_\u{f8ff}])AIza[0-9A-Za-z_-]{30}",
        ),
        (
            "a secret (JSON web token)",
            r"(?:^|[^A-Za-z0-9_\u{f8ff}])eyJ[0-9A-Za-z_-]{8,}\.[0-9A-Za-z_-]{8,}\.",
        ),
        (
            "a secret (private key)",
            r"-----BEGIN [A-Z ]*PRIVATE KEY-----",
        ),
        ("a secret (signed link)", r"[?&]sig=[0-9A-Za-z%+/=_-]{16}"),
        (
            "a secret (password in a link)",
            r"[a-z]://[0-9A-Za-z._-]+:[0-9A-Za-z._!#$%^&*-]+@[0-9A-Za-z]",
        ),
    ]
    .into_iter()
    .map(|(kind, pattern)| {
        (
            kind,
            Regex::new(pattern).expect("the pattern is a constant that tests compile"),
        )
    })
    .collect()
});

/// A value after a word that tells of a secret.
static TOLD: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:password|passwd|passphrase|secret|token|api_?key|access_?key)["']? ?[:=] ?["']?(?<value>[0-9a-z+/_.~!@$%^*-]{8,})"#,
    )
    .expect("the pattern is a constant that tests compile")
});

/// The key of a member whose value is a secret.
static TELLS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?:password|passwd|passphrase|secret|token|api_?key|access_?key)$")
        .expect("the pattern is a constant that tests compile")
});

/// The kinds of secrets that stand in a text, which is the value of a key.
pub(super) fn secrets(text: &str, key: &str) -> impl Iterator<Item = &'static str> {
    let keys = KEYS
        .iter()
        .filter(|(_, pattern)| pattern.is_match(text))
        .map(|(kind, _)| *kind);
    let told = TOLD.captures_iter(text).any(|found| {
        found
            .name("value")
            .is_some_and(|value| is_random(value.as_str()))
    });
    let is_told = told || TELLS.is_match(key) && is_random(text);
    keys.chain(is_told.then_some("a secret (behind a word that tells)"))
}

/// Whether a text is neither a word nor a number, a mark or a path.
fn is_random(text: &str) -> bool {
    let has = |is: fn(char) -> bool| text.chars().any(is);
    text.len() >= 8
        && has(|c| c.is_ascii_digit())
        && has(|c| c.is_ascii_alphabetic())
        && !has(char::is_whitespace)
        && text.starts_with(|c: char| c.is_ascii_alphanumeric())
        && text.get(1..3) != Some(":\\")
}
