//! The text of each pivot's query, by language and subject.

use super::super::QueryLanguage;
use super::Subject;
use super::quote::{lined, sigma, spl};

/// A query about a value.
pub(super) fn query(language: QueryLanguage, subject: Subject, value: &str) -> String {
    match language {
        QueryLanguage::Spl => splunk(subject, value),
        QueryLanguage::Kql => kusto(subject, value),
        QueryLanguage::Esql => elastic(subject, value),
        QueryLanguage::Sigma => rule(subject, value),
    }
}

fn splunk(subject: Subject, value: &str) -> String {
    let seen = "count AS events min(_time) AS first_seen max(_time) AS last_seen";
    let (terms, fields, rest): (&str, &[&str], String) = match subject {
        Subject::User => (
            "earliest=-24h tag=authentication",
            &["user"],
            format!("stats {seen} BY user, src, dest, action"),
        ),
        Subject::Address => (
            "earliest=-7d",
            &["dest_ip", "src_ip"],
            format!("stats {seen} values(dest_port) AS ports BY src_ip, dest_ip"),
        ),
        Subject::Hash => (
            "earliest=-7d",
            &["file_hash", "process_hash"],
            format!("stats {seen} values(process_name) AS programs BY dest"),
        ),
        Subject::Domain => (
            "earliest=-7d",
            &["query", "url_domain"],
            format!("stats {seen} BY src"),
        ),
        Subject::Host => (
            "earliest=-24h tag=process",
            &["dest", "host"],
            format!("stats {seen} BY user, parent_process_name, process_name"),
        ),
        Subject::Program => (
            "earliest=-7d tag=process",
            &["process_name"],
            format!("stats {seen} values(process) AS commands BY dest, user"),
        ),
        Subject::File => (
            "earliest=-7d",
            &["file_path", "file_name"],
            format!("stats {seen} BY dest, user"),
        ),
        Subject::CommandLine => (
            "earliest=-7d tag=process",
            &["process"],
            format!("stats {seen} BY dest, user, parent_process_name"),
        ),
        Subject::RegistryKey => (
            "earliest=-7d",
            &["registry_path"],
            format!("stats {seen} values(registry_value_data) AS data BY dest, user"),
        ),
    };
    let literal = spl(value);
    let filter: Vec<String> = fields
        .iter()
        .map(|field| format!("{field}={literal}"))
        .collect();
    let filter = filter.join(" OR ");
    // In search terms a star would stand for anything.
    let filter = if value.contains('*') {
        format!("\n| where {filter}")
    } else {
        format!(" ({filter})")
    };
    format!("index=* {terms}{filter}\n| {rest}\n| sort - events")
}

fn kusto(subject: Subject, value: &str) -> String {
    let literal = lined(value);
    let seen = "Events = count(), FirstSeen = min(TimeGenerated), LastSeen = max(TimeGenerated)";
    let (table, time, filter, rest) = match subject {
        Subject::User if value.contains('@') => (
            "SigninLogs",
            "24h",
            format!("UserPrincipalName =~ {literal}"),
            "by IPAddress, AppDisplayName, ResultType",
        ),
        Subject::User => (
            "DeviceLogonEvents",
            "24h",
            format!("AccountName =~ {literal}"),
            "by DeviceName, RemoteIP, LogonType, ActionType",
        ),
        Subject::Address => (
            "DeviceNetworkEvents",
            "7d",
            format!("RemoteIP == {literal}"),
            "by DeviceName, RemotePort, InitiatingProcessFileName",
        ),
        Subject::Hash => {
            let column = hash_name(value).to_uppercase();
            (
                "union isfuzzy=true DeviceProcessEvents, DeviceFileEvents, DeviceImageLoadEvents",
                "7d",
                format!("{column} =~ {literal}"),
                "by DeviceName, FileName, FolderPath",
            )
        }
        Subject::Domain => (
            "DeviceNetworkEvents",
            "7d",
            format!("RemoteUrl has {literal}"),
            "by DeviceName, RemoteIP, InitiatingProcessFileName",
        ),
        Subject::Host if value.contains('.') => (
            "DeviceProcessEvents",
            "24h",
            format!("DeviceName =~ {literal}"),
            "by AccountName, InitiatingProcessFileName, FileName",
        ),
        // Defender knows hosts by their full names.
        Subject::Host => (
            "DeviceProcessEvents",
            "24h",
            format!(
                "DeviceName =~ {literal} or DeviceName startswith {}",
                lined(&format!("{value}."))
            ),
            "by AccountName, InitiatingProcessFileName, FileName",
        ),
        Subject::Program => (
            "DeviceProcessEvents",
            "7d",
            format!("FileName =~ {literal}"),
            "by DeviceName, AccountName, ProcessCommandLine",
        ),
        Subject::File => (
            "DeviceFileEvents",
            "7d",
            format!("FolderPath =~ {literal} or FileName =~ {literal}"),
            "by DeviceName, ActionType, InitiatingProcessFileName",
        ),
        Subject::CommandLine => (
            "DeviceProcessEvents",
            "7d",
            format!("ProcessCommandLine =~ {literal}"),
            "by DeviceName, AccountName, InitiatingProcessFileName",
        ),
        Subject::RegistryKey => (
            "DeviceRegistryEvents",
            "7d",
            format!("RegistryKey has {}", lined(below_hive(value))),
            "by DeviceName, RegistryValueName, InitiatingProcessFileName",
        ),
    };
    format!(
        "{table}\n| where TimeGenerated > ago({time})\n| where {filter}\n\
         | summarize {seen} {rest}\n| sort by Events desc"
    )
}

fn elastic(subject: Subject, value: &str) -> String {
    let literal = lined(value);
    let hash = hash_name(value);
    let (hours, fields, groups): (u32, Vec<String>, &str) = match subject {
        Subject::User if value.contains('@') => (
            24,
            vec!["user.email".into(), "user.name".into()],
            "host.name, source.ip, event.action, event.outcome",
        ),
        Subject::User => (
            24,
            vec!["user.name".into()],
            "host.name, source.ip, event.action, event.outcome",
        ),
        Subject::Address => (
            168,
            vec!["destination.ip".into(), "source.ip".into()],
            "host.name, process.name, destination.port",
        ),
        Subject::Hash => (
            168,
            ["process", "file", "dll"]
                .map(|set| format!("{set}.hash.{hash}"))
                .into(),
            "host.name, process.name, file.path",
        ),
        Subject::Domain => (
            168,
            vec!["dns.question.name".into(), "url.domain".into()],
            "host.name, process.name",
        ),
        Subject::Host => (
            24,
            vec!["host.name".into()],
            "user.name, process.parent.name, process.name",
        ),
        Subject::Program => (
            168,
            vec!["process.name".into()],
            "host.name, user.name, process.command_line",
        ),
        Subject::File => (
            168,
            vec!["file.path".into(), "file.name".into()],
            "host.name, process.name, event.action",
        ),
        Subject::CommandLine => (
            168,
            vec!["process.command_line".into()],
            "host.name, user.name, process.parent.name",
        ),
        Subject::RegistryKey => (
            168,
            vec!["registry.path".into()],
            "host.name, process.name, registry.value",
        ),
    };
    let filter: Vec<String> = fields
        .iter()
        .map(|field| format!("{field} == {literal}"))
        .collect();
    format!(
        "FROM logs-*\n| WHERE @timestamp > NOW() - {hours} hours\n| WHERE {}\n\
         | STATS events = COUNT(*), first_seen = MIN(@timestamp), last_seen = MAX(@timestamp) \
         BY {groups}\n| SORT events DESC\n| LIMIT 100",
        filter.join(" OR ")
    )
}

fn rule(subject: Subject, value: &str) -> String {
    let literal = sigma(value);
    let (source, terms) = match subject {
        Subject::User => (
            "service: security",
            format!("EventID:\n      - 4624\n      - 4625\n    TargetUserName: {literal}"),
        ),
        Subject::Address => (
            "category: network_connection",
            format!("DestinationIp: {literal}"),
        ),
        Subject::Hash => (
            "category: process_creation",
            format!(
                "Hashes|contains: {}",
                sigma(&format!("{}={}", hash_name(value).to_uppercase(), value))
            ),
        ),
        Subject::Domain => ("category: dns_query", format!("QueryName: {literal}")),
        Subject::Host => ("category: process_creation", format!("Computer: {literal}")),
        Subject::Program => (
            "category: process_creation",
            format!("Image|endswith: {}", sigma(&format!("\\{value}"))),
        ),
        Subject::File => (
            "category: file_event",
            format!("TargetFilename|endswith: {literal}"),
        ),
        Subject::CommandLine => (
            "category: process_creation",
            format!("CommandLine: {literal}"),
        ),
        Subject::RegistryKey => (
            "category: registry_event",
            format!("TargetObject|contains: {}", sigma(below_hive(value))),
        ),
    };
    format!(
        "logsource:\n  product: windows\n  {source}\n\
         detection:\n  selection:\n    {terms}\n  condition: selection"
    )
}

/// The kind of a hash by its length in hexadecimal digits.
fn hash_name(hash: &str) -> &'static str {
    match hash.len() {
        32 => "md5",
        40 => "sha1",
        _ => "sha256",
    }
}

/// A registry key without its hive, which every product names otherwise.
fn below_hive(key: &str) -> &str {
    key.split_once('\\').map_or(key, |(_, path)| path)
}
