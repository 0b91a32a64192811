//! Dotted names: which are domains, which are files, and which are neither.

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::ObservableKind;
use super::defang::refang;
use super::field::Meaning;
use super::pattern::Place;

/// Endings of file names that are met in alerts, in lower case.
const FILE_ENDINGS: &[&str] = &[
    "7z", "apk", "app", "asp", "aspx", "bak", "bash", "bat", "bin", "bmp", "cab", "cer", "cfg",
    "chm", "cmd", "conf", "config", "cpl", "crt", "csv", "dat", "db", "deb", "dll", "dmg", "dmp",
    "doc", "docm", "docx", "dotm", "drv", "dylib", "elf", "eml", "evtx", "exe", "gif", "gz", "hta",
    "htm", "html", "ico", "img", "inf", "ini", "iso", "jar", "jpeg", "jpg", "js", "jse", "json",
    "jsp", "jspx", "kdbx", "ko", "lnk", "lock", "log", "md", "mov", "mp4", "msc", "msg", "msi",
    "msix", "msp", "mst", "ocx", "odt", "one", "ovpn", "p12", "pcap", "pdb", "pdf", "pem", "pfx",
    "php", "pif", "pl", "plist", "png", "pkg", "ppt", "pptm", "pptx", "ps1", "psd1", "psm1", "pst",
    "py", "pyc", "pyw", "rar", "rb", "rdp", "reg", "rpm", "rs", "rtf", "scr", "sct", "service",
    "sh", "so", "sql", "sqlite", "svg", "swf", "sys", "tar", "tgz", "timer", "tmp", "txt", "url",
    "vbe", "vbs", "vhd", "vhdx", "war", "wsc", "wsf", "wsh", "xls", "xlsb", "xlsm", "xlsx", "xml",
    "xsl", "xz", "yaml", "yml", "zip",
];

/// Endings of programs and scripts, after which a space begins the arguments.
const PROGRAM_ENDINGS: &[&str] = &[
    "bat", "cmd", "com", "cpl", "dll", "exe", "hta", "js", "jse", "msi", "pif", "ps1", "py", "scr",
    "sh", "sys", "vbe", "vbs", "wsf",
];

/// Names that look like a file or a domain and are neither.
const PRODUCTS: &[&str] = &[
    "ado.net",
    "asp.net",
    "d3.js",
    "express.js",
    "ml.net",
    "next.js",
    "node.js",
    "nuxt.js",
    "react.js",
    "socket.io",
    "three.js",
    "vb.net",
    "vue.js",
];

/// First parts of field names (ECS, OCSF, Elastic) whose last part can also be a country: `host.id`,
/// `user.name`.
const KEY_STARTS: &[&str] = &[
    "account",
    "actor",
    "agent",
    "alert",
    "client",
    "cloud",
    "container",
    "data",
    "data_stream",
    "destination",
    "device",
    "dns",
    "email",
    "event",
    "file",
    "group",
    "host",
    "http",
    "kibana",
    "log",
    "message",
    "network",
    "observer",
    "orchestrator",
    "organization",
    "process",
    "registry",
    "related",
    "rule",
    "server",
    "service",
    "session",
    "signal",
    "source",
    "system",
    "threat",
    "tls",
    "token",
    "transaction",
    "url",
    "user",
    "user_agent",
    "vulnerability",
    "winlog",
];

/// Top-level domains that are also words of field names, so that `key.word: value` is a key.
const KEY_WORDS: &[&str] = &[
    "as", "at", "host", "id", "in", "info", "is", "name", "network", "no", "group", "page", "to",
    "tools", "zone",
];

/// Words before a name that say that it is a domain.
static DOMAIN_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)(?-u:\b)(?:domains?|dns|quer(?:y|ied|ies)|resolve[sd]?|lookup|nslookup|fqdn|sni|hostname|site)(?-u:\b)[\s:=\x22'(]{1,4}$")
        .expect("the pattern is a constant that tests compile")
});

/// The top-level domains of `data/tlds.txt`; its head says where they are from.
static TOP_LEVEL: LazyLock<HashSet<&str>> = LazyLock::new(|| {
    include_str!("../../data/tlds.txt")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .flat_map(str::split_whitespace)
        .collect()
});

/// What a dotted name in running text is, with its value.
pub(super) fn classify(place: &Place<'_>) -> Option<(ObservableKind, String)> {
    let value = refang(place.written);
    let is_defanged = value != place.written;
    let (before, after) = (place.before(32), place.after());
    // In `acme.com\bob` the domain is a part of the user's name.
    let is_of_user = after.starts_with('\\')
        && after
            .get(1..)
            .is_some_and(|rest| rest.starts_with(char::is_alphanumeric));
    if is_of_user
        || before.ends_with(['$', '%', '@', '\\'])
        || before.ends_with("::")
        || is_key(&value, after)
    {
        return None;
    }
    let last = ending(&value)?;
    if PRODUCTS.contains(&value.to_ascii_lowercase().as_str())
        || place.is_in(&[Meaning::User, Meaning::Party])
    {
        return None;
    }
    let is_domain = is_domain_name(&value);
    let is_said_domain = is_defanged
        || place.is_in(&[Meaning::Domain, Meaning::Peer])
        || DOMAIN_BEFORE.is_match(before);
    let is_file =
        is_file_name(&value) && !(is_domain && (is_said_domain || is_web_name(&value, before)));
    if is_file && !is_dotted_key(&value, &last) {
        return Some((
            ObservableKind::File,
            value.trim_start_matches(['-', '~']).to_owned(),
        ));
    }
    let is_sure = is_domain && (is_said_domain || !is_code(&value, &last));
    is_sure.then(|| {
        (
            ObservableKind::DomainName,
            value.trim_start_matches(['-', '~']).to_owned(),
        )
    })
}

/// Whether a name has the form of a host name and a top-level domain that exists or is used inside.
pub(super) fn is_domain_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && !label.starts_with('-')
            && !label.ends_with('-')
            && label
                .chars()
                .all(|c| c.is_alphanumeric() || matches!(c, '-' | '_'))
    };
    let known = |last: &str| TOP_LEVEL.contains(last) || last.starts_with("xn--");
    name.len() <= 253
        && name.contains('.')
        && name.split('.').all(is_label)
        && ending(name).is_some_and(|last| known(&last))
}

/// Whether a name ends as files do; `libssl.so.3` does.
pub(super) fn is_file_name(name: &str) -> bool {
    let bare = name.trim_end_matches(|c: char| c.is_ascii_digit() || c == '.');
    let is_library = bare.len() < name.len() && ending(bare).is_some_and(|last| last == "so");
    is_library || ending(name).is_some_and(|last| FILE_ENDINGS.contains(&last.as_str()))
}

/// Whether a name is that of a program or script.
pub(super) fn is_program_name(name: &str) -> bool {
    ending(name).is_some_and(|last| PROGRAM_ENDINGS.contains(&last.as_str()))
}

/// The part after the last dot in lower case; `None` where it is longer than any that is known.
fn ending(name: &str) -> Option<String> {
    let (_, last) = name.rsplit_once('.')?;
    (last.len() <= 24).then(|| last.to_ascii_lowercase())
}

/// Whether a name that ends like a file is still rather a domain: `www.`, Polish names that no
/// Perl runs, and names of applications that are not written as macOS writes them.
fn is_web_name(name: &str, before: &str) -> bool {
    let is_ended = |last: &str| ending(name).is_some_and(|found| found == last);
    name.starts_with("www.")
        || (is_ended("pl") && !before.ends_with("perl ") && !before.ends_with('/'))
        || (is_ended("app") && !name.starts_with(char::is_uppercase))
}

/// Whether what follows makes the name a key or a call.
fn is_key(name: &str, after: &str) -> bool {
    let bare = after.trim_start_matches(['"', '\'']);
    let is_quoted_key = bare.len() < after.len() && bare.trim_start().starts_with(':');
    let is_word = ending(name).is_some_and(|last| KEY_WORDS.contains(&last.as_str()));
    // Groups of the Kubernetes interface: `audit.k8s.io/v1`.
    let is_group =
        after.starts_with('/') && (name.ends_with(".k8s.io") || name.ends_with("kubernetes.io"));
    is_quoted_key
        || is_group
        || after.starts_with(['=', '('])
        || (is_word && after.starts_with(": "))
}

/// `host.id`, `event.in`: names of fields in running text.
fn is_dotted_key(name: &str, last: &str) -> bool {
    let first = name.split('.').next().unwrap_or_default();
    KEY_STARTS.contains(&first)
        && (KEY_WORDS.contains(&last) || matches!(last, "log" | "app" | "url" | "config"))
}

/// Names of program text: `System.Net`, `java.io`, `com.example.app`, and two sentences without
/// the space between (`failed.In`).
fn is_code(name: &str, last: &str) -> bool {
    let is_capitalised = |label: &str| {
        let mut chars = label.chars();
        chars.next().is_some_and(char::is_uppercase) && chars.any(char::is_lowercase)
    };
    let mut labels = name.split('.');
    let first = labels.next().unwrap_or_default();
    let written_last = name.rsplit('.').next().unwrap_or_default();
    let is_upper_last = written_last.chars().all(char::is_uppercase);
    let is_reversed =
        matches!(first, "com" | "org" | "net" | "io" | "edu") && name.matches('.').count() > 1;
    is_reversed
        || is_capitalised(written_last)
        || (is_upper_last && is_capitalised(first))
        || (matches!(first, "java" | "javax" | "self" | "this")
            && matches!(
                last,
                "io" | "net" | "is" | "me" | "id" | "name" | "security"
            ))
        || is_dotted_key(name, last)
}
