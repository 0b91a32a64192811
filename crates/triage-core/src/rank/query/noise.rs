//! What is left out of a query: fields that say where, when and to whom, key names that every
//! event has, and values that only identify.

use std::sync::LazyLock;

use regex::Regex;

/// Last parts of field names that say where, when and to whom, never what.
static NOISE_KEY: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)^(?:
        .*(?:guid|uuid) | .*process_?id | .*_?pid | .*logon_?id | .*thread_?id | .*luid
        | hash(?:es)? | md5 | sha1 | sha256 | imphash | .*_hash
        | @?.*time(?:stamp)? | date | created | ingested | .*_at | start | end
        | .*version | company | product | vendor | manufacturer
        | host | hostname | host_?name | computer(?:_?name)? | device_?name | workstation(?:_?name)? | machine(?:_?name)?
        | .*_?user | user_?names? | .*user_?name | .*user_?id | .*domain_?name | account | account_?(?:name|id|domain) | .*user_?sid | .*_?sid | .*_?upn
        | .*_?ip | .*ip_?addr(?:ess)? | src | dst | .*port | .*_mac
        | request_?id | .*activity_?id | .*_id | id | index | message_?(?:number|total) | call_?trace | .*is_?ipv6 | .*port_?name | source_?host_?name | sub_?status | severity | level | integrity_?level | priority | status | risk_?score | score | urgency
        | record_?(?:number|id) | event_?record_?id | session(?:_?id)? | correlation(?:_?id)? | current_?directory | working_?directory
        | terminal_?session_?id | signed | signature | signature_?status | opcode | keywords | channel | file_?version
        | rule_?name | task | platform | architecture | timezone | sequence | interval | from | to
    )$",
    )
    .expect("the pattern is a constant that tests compile")
});

/// First parts of nested names below which everything is about the sensor, the machine or the
/// person.
const NOISE_BRANCHES: &[&str] = &[
    "agent",
    "cloud",
    "data_stream",
    "ecs",
    "elastic",
    "elastic_agent",
    "fleet",
    "host",
    "observer",
    "related",
    "user",
    "_source",
];

/// Names that every event has; the value says what they hold.
const GENERIC_KEYS: &[&str] = &[
    "subject",
    "parent",
    "description",
    "outcome",
    "module",
    "kind",
    "dataset",
    "category",
    "action",
    "alert",
    "args",
    "command",
    "command_line",
    "commandline",
    "data",
    "detail",
    "details",
    "event",
    "event_data",
    "eventdata",
    "eventid",
    "eventname",
    "eventsource",
    "executable",
    "field",
    "fields",
    "image",
    "imageloaded",
    "log",
    "logsource",
    "message",
    "name",
    "object",
    "originalfilename",
    "parentcommandline",
    "parentimage",
    "payload",
    "process",
    "provider",
    "provider_name",
    "query",
    "queryname",
    "scriptblocktext",
    "source",
    "sourceimage",
    "target",
    "targetfilename",
    "targetimage",
    "targetobject",
    "text",
    "title",
    "type",
    "value",
    "winlog",
];

/// Values without meaning of their own.
static NOISE_VALUE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?ix)
        \{?[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\}?   # GUID
        | \bS-1-[0-9-]{3,}\b                                                 # SID
        | \b\d{4}-\d\d-\d\d[T\ ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?Z?              # time
        | \b(?:\d{1,3}\.){3}\d{1,3}(?::\d+)?\b                               # IPv4
        | \b(?:0x)?[0-9a-f]{16,}\b                                           # hash
        | [A-Za-z0-9+/]{60,}={0,2}                                           # encoded data
        ",
    )
    .expect("the pattern is a constant that tests compile")
});

/// Where everything lies.
static PLACE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?:\b[a-z]:)?\\+(?:(?:windows|system32|syswow64|program files(?: \(x86\))?|programdata|users|windowspowershell|v1\.0)\\+)+|\b[a-z]:\\+",
    )
    .expect("the pattern is a constant that tests compile")
});

static PROGRAM_ENDING: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)\.(?:exe|dll|com)\b").expect("the pattern is a constant that tests compile")
});

/// Whether a field says nothing about what happened.
pub(super) fn is_noise_field(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    let mut branches = lower.split('.');
    let last = branches.next_back().unwrap_or_default();
    branches.any(|branch| NOISE_BRANCHES.contains(&branch))
        || NOISE_KEY.is_match(&last.replace([' ', '-'], "_"))
}

/// Whether a field describes the file of a program, as Sysmon's process events do, and not the
/// event: `FileVersion` and `Company` stand beside it then.
pub(super) fn describes_a_file(name: &str) -> bool {
    let last = name.rsplit('.').next().unwrap_or(name);
    ["fileversion", "file_version", "company"]
        .iter()
        .any(|key| last.eq_ignore_ascii_case(key))
}

/// Whether a key says nothing that its value does not.
pub(super) fn is_generic_key(key: &str) -> bool {
    let lower = key.to_ascii_lowercase().replace([' ', '-'], "_");
    GENERIC_KEYS.contains(&lower.as_str())
}

/// A value without what only identifies.
pub(super) fn clean(value: &str) -> String {
    let value = NOISE_VALUE.replace_all(value, " ");
    let value = PLACE.replace_all(&value, " ");
    PROGRAM_ENDING.replace_all(&value, " ").into_owned()
}
