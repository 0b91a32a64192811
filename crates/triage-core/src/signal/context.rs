//! Signals that stand in no one piece of text: a program and its parent, the parts of an event,
//! the severity and the title of the alert's own rule.

use super::{MAX_QUOTE_BYTES, Sighting, Signal};
use crate::alert::{Alert, Field, Severity, cut};

const WEB_SERVERS: &[&str] = &[
    "w3wp",
    "httpd",
    "apache",
    "apache2",
    "nginx",
    "php-cgi",
    "php-fpm",
    "tomcat",
    "tomcat7",
    "tomcat8",
    "tomcat9",
    "tomcat10",
    "ws_tomcatservice",
    "caddy",
    "lighttpd",
    "umworkerprocess",
];
const SHELLS_OF_A_WEB_SHELL: &[&str] = &[
    "cmd",
    "powershell",
    "pwsh",
    "whoami",
    "net",
    "net1",
    "sh",
    "bash",
    "dash",
    "wscript",
    "cscript",
    "certutil",
    "bitsadmin",
    "systeminfo",
    "nltest",
    "quser",
];
const OFFICE_PROGRAMS: &[&str] = &[
    "winword", "excel", "powerpnt", "onenote", "onenotem", "mspub", "msaccess", "visio",
    "eqnedt32", "outlook",
];
const SHELLS_OF_A_DOCUMENT: &[&str] = &[
    "cmd",
    "powershell",
    "pwsh",
    "wscript",
    "cscript",
    "mshta",
    "regsvr32",
    "certutil",
    "bitsadmin",
    "wmic",
    "hh",
    "msbuild",
    "schtasks",
];

/// Last parts of field names that hold a program, its path or its command line.
const PROGRAM_FIELDS: &[&str] = &[
    "image",
    "process",
    "processname",
    "name",
    "filename",
    "imagefilename",
    "executable",
    "newprocessname",
    "processpath",
    "filepath",
    "path",
    "commandline",
    "cmdline",
    "processcommandline",
    "command",
    "basefilename",
    "parentimage",
    "parentprocess",
    "parentprocessname",
    "parentname",
    "parentcommandline",
    "parentbasefilename",
    "parentprocesspath",
    "parentfilename",
    "parentexecutable",
    "parent",
    "exe",
    "comm",
    "initiatingprocessfilename",
    "initiatingprocesscommandline",
    "initiatingprocessparentfilename",
    "creatorprocessname",
    "title",
    "args",
];

/// Last parts of field names that hold the rule's severity.
const SEVERITY_FIELDS: &[&str] = &[
    "severity",
    "alertseverity",
    "severityname",
    "severitylabel",
    "level",
    "risk",
    "risklevel",
    "priority",
    "urgency",
    "rulelevel",
    "severityid",
    "riskscore",
    "threatlevel",
    "sev",
];

/// `rule-severity`, where the alert's own rule is of high or critical severity.
pub(super) fn rule_severity(alert: &Alert) -> Option<Signal> {
    let severity = alert
        .severity
        .filter(|severity| *severity >= Severity::High)?;
    let field = alert
        .fields
        .iter()
        .find(|field| SEVERITY_FIELDS.contains(&last_part(&field.name).as_str()));
    let name = match severity {
        Severity::Critical => "The alert's own rule calls it critical",
        _ => "The alert's own rule calls it of high severity",
    };
    Some(Signal {
        id: "rule-severity".into(),
        name: name.into(),
        severity,
        techniques: Vec::new(),
        quote: field.map_or_else(String::new, |field| {
            cut(&field.value, MAX_QUOTE_BYTES).to_owned()
        }),
        span: field.and_then(|field| field.span),
        layer: None,
    })
}

/// Where a behaviour shows in what belongs together; `None` for those that only text tells.
pub(super) fn sighting(id: &str, alert: &Alert) -> Option<Sighting> {
    match id {
        "web-shell" => child(alert, WEB_SERVERS, SHELLS_OF_A_WEB_SHELL),
        "office-child" => child(alert, OFFICE_PROGRAMS, SHELLS_OF_A_DOCUMENT),
        "ransomware-rule" => ransomware_rule(alert),
        "log-clearing" => cleared_security_log(alert),
        "aws-root-login" => root_login(alert),
        _ => None,
    }
}

/// The field of a program that one of `parents` started.
fn child(alert: &Alert, parents: &[&str], children: &[&str]) -> Option<Sighting> {
    let programs = || {
        alert.fields.iter().filter_map(|field| {
            let is_program = PROGRAM_FIELDS.contains(&last_part(&field.name).as_str());
            let is_grandparent = field.name.to_ascii_lowercase().contains("grandparent");
            (is_program && !is_grandparent).then(|| (is_parent(field), field))
        })
    };
    programs().find(|(is_parent, field)| {
        *is_parent && parents.contains(&program(&field.value).as_str())
    })?;
    let (_, field) = programs().find(|(is_parent, field)| {
        !is_parent && children.contains(&program(&field.value).as_str())
    })?;
    Some(seen_in(field))
}

fn is_parent(field: &Field) -> bool {
    let name = field.name.to_ascii_lowercase();
    // Defender writes the parent of what a process event is about as the initiating process.
    name.contains("parent") || name.contains("initiatingprocess") || name.contains("creatorprocess")
}

/// The rule's title, where it speaks of ransomware.
fn ransomware_rule(alert: &Alert) -> Option<Sighting> {
    let title = alert.title.as_ref()?;
    title.to_ascii_lowercase().contains("ransomware").then(|| {
        let span = alert.raw.find(title.as_str());
        Sighting {
            quote: title.clone(),
            span: span.map(|start| (start..start + title.len()).into()),
            layer: None,
        }
    })
}

/// Event 1102 of the log service: the security log was cleared.
fn cleared_security_log(alert: &Alert) -> Option<Sighting> {
    let id = value(
        alert,
        &["eventid", "eventcode", "id", "winlogeventid", "code"],
        |value| value == "1102",
    )?;
    value(
        alert,
        &[
            "channel",
            "providername",
            "provider",
            "source",
            "sourcename",
            "logname",
            "logsource",
            "name",
        ],
        |value| {
            let value = value.to_ascii_lowercase();
            ["security", "microsoft-windows-eventlog", "windows/security"].contains(&value.as_str())
        },
    )?;
    Some(seen_in(id))
}

/// A console login of the root user without a second factor, as the audit log records it.
fn root_login(alert: &Alert) -> Option<Sighting> {
    let login = value(alert, &["eventname"], |value| value == "ConsoleLogin")?;
    value(alert, &["type"], |value| value == "Root")?;
    value(alert, &["mfaused"], |value| {
        value.eq_ignore_ascii_case("no")
    })?;
    Some(seen_in(login))
}

/// The first field of one of these names whose value is as asked.
fn value<'a>(
    alert: &'a Alert,
    names: &[&str],
    is_asked: impl Fn(&str) -> bool,
) -> Option<&'a Field> {
    alert
        .fields
        .iter()
        .find(|field| names.contains(&last_part(&field.name).as_str()) && is_asked(&field.value))
}

fn seen_in(field: &Field) -> Sighting {
    Sighting {
        quote: field.value.clone(),
        span: field.span,
        layer: None,
    }
}

/// The last part of a field's name in small letters, without what joins words.
fn last_part(name: &str) -> String {
    let last = name.rsplit('.').next().unwrap_or(name);
    let joined = last.chars().filter(|c| !matches!(c, '_' | '-' | ' '));
    joined.collect::<String>().to_ascii_lowercase()
}

/// The bare name of the program that a path or a command line starts with: `cmd` of
/// `"C:\Windows\System32\cmd.exe" /c dir`.
fn program(value: &str) -> String {
    let value = value.trim();
    let path = match value.strip_prefix('"') {
        Some(quoted) => quoted.split('"').next().unwrap_or_default(),
        // A path may hold spaces before its extension.
        None => value
            .to_ascii_lowercase()
            .find(".exe")
            .and_then(|end| value.get(..end))
            .unwrap_or_else(|| value.split_whitespace().next().unwrap_or_default()),
    };
    let name = path.rsplit(['\\', '/']).next().unwrap_or_default();
    name.to_ascii_lowercase()
        .trim_end_matches(".exe")
        .to_owned()
}
