//! Making values unclickable for display, and reading values that others made so.

use std::borrow::Cow;
use std::sync::LazyLock;

use regex::{Captures, Regex};

use super::ObservableKind;

/// A dot as it is written in text, plain or defanged: the part of a pattern.
pub(super) const DOT: &str = r"(?:\.|\[\.\]|\(\.\)|\{\.\}|\[dot\]|\(dot\)|\{dot\})";

/// An at sign as it is written in text, plain or defanged.
pub(super) const AT: &str = r"(?:@|\[@\]|\(@\)|\{@\}|\[at\]|\(at\)|\{at\})";

static MARKS: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)[\[({](?<mark>\.|dot|@|at|:|://)[\])}]")
        .expect("the pattern is a constant that tests compile")
});

/// Undoes the usual ways of making a value unclickable: `hxxp`, `[.]`, `(dot)`, `[at]`, `[:]`.
pub(super) fn refang(written: &str) -> Cow<'_, str> {
    let plain = MARKS.replace_all(written, |found: &Captures<'_>| {
        let mark = found.name("mark").map_or("", |mark| mark.as_str());
        match mark.to_ascii_lowercase().as_str() {
            "dot" => ".".to_owned(),
            "at" => "@".to_owned(),
            other => other.to_owned(),
        }
    });
    let is_hxxp = plain
        .get(..4)
        .is_some_and(|scheme| scheme.eq_ignore_ascii_case("hxxp"));
    if is_hxxp {
        Cow::Owned(format!("http{}", plain.get(4..).unwrap_or_default()))
    } else {
        plain
    }
}

/// The value as it can be shown and copied without becoming a link. What is defanged already
/// stays as it is, and kinds that nobody can click are not changed.
pub(super) fn defang(kind: ObservableKind, value: &str) -> Cow<'_, str> {
    match kind {
        ObservableKind::Ipv4Addr | ObservableKind::DomainName => {
            Cow::Owned(refang(value).replace('.', "[.]"))
        }
        ObservableKind::Ipv6Addr => {
            Cow::Owned(refang(value).replace(':', "[:]").replace('.', "[.]"))
        }
        ObservableKind::EmailAddr => {
            Cow::Owned(refang(value).replace('.', "[.]").replace('@', "[at]"))
        }
        ObservableKind::Url => Cow::Owned(defang_url(&refang(value))),
        _ => Cow::Borrowed(value),
    }
}

/// Only scheme and host are changed: a path keeps its dots, which no reader takes for a host.
fn defang_url(url: &str) -> String {
    let Some((scheme, rest)) = url.split_once("://") else {
        return url.replace('.', "[.]");
    };
    let host_end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
    let (host, tail) = rest.split_at(host_end);
    let host = host.replace('.', "[.]");
    let lower = scheme.to_ascii_lowercase();
    match lower.as_str() {
        "http" | "https" => format!("{}://{host}{tail}", lower.replace("http", "hxxp")),
        _ => format!("{scheme}[:]//{host}{tail}"),
    }
}
