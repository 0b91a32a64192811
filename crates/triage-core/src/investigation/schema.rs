//! Fields that each language's usual schemas have, whatever the alert.

mod ecs;
mod names;

use std::collections::HashSet;
use std::sync::LazyLock;

use super::QueryLanguage;
use super::known::plain_name;

static WINDOWS: LazyLock<HashSet<String>> = LazyLock::new(|| plain_set(&[names::WINDOWS]));
static SPLUNK: LazyLock<HashSet<String>> =
    LazyLock::new(|| plain_set(&[names::SPLUNK, names::SERVICES]));
static COLUMNS: LazyLock<HashSet<String>> = LazyLock::new(|| plain_set(&[names::COLUMNS]));
static TABLES: LazyLock<HashSet<String>> = LazyLock::new(|| plain_set(&[names::TABLES]));
static SIGMA: LazyLock<HashSet<String>> =
    LazyLock::new(|| plain_set(&[names::SIGMA, names::SERVICES]));

fn plain_set(lists: &[&str]) -> HashSet<String> {
    lists
        .iter()
        .flat_map(|list| list.split_whitespace())
        .map(plain_name)
        .collect()
}

/// What a language's schemas are called in a message.
pub(super) fn name(language: QueryLanguage) -> &'static str {
    match language {
        QueryLanguage::Spl => "the usual Splunk fields (CIM, Windows, Sysmon)",
        QueryLanguage::Kql => "the usual tables and columns of Sentinel and Defender",
        QueryLanguage::Esql => "the Elastic Common Schema",
        QueryLanguage::Sigma => "the fields that Sigma rules use",
    }
}

/// Whether a language's usual schemas have this field.
pub(super) fn has_field(language: QueryLanguage, field: &str) -> bool {
    let plain = plain_name(field);
    let last = plain_name(field.rsplit('.').next().unwrap_or(field));
    let root = plain_name(field.split(['.', '[']).next().unwrap_or(field));
    match language {
        // Data models put their name before a field: `Processes.process_name`.
        QueryLanguage::Spl => [&plain, &last, &root]
            .iter()
            .any(|name| SPLUNK.contains(*name) || WINDOWS.contains(*name)),
        // Members of dynamic columns are not in any schema, and tables stand where columns can.
        QueryLanguage::Kql => {
            // A join appends a digit to the second column of a name.
            let joined = root.trim_end_matches(|c: char| c.is_ascii_digit());
            [root.as_str(), joined].iter().any(|name| {
                COLUMNS.contains(*name) || TABLES.contains(*name) || WINDOWS.contains(*name)
            }) || is_table(field)
                || names::is_automatic(field)
        }
        QueryLanguage::Esql => ecs::has_field(field),
        QueryLanguage::Sigma => {
            SIGMA.contains(&plain) || WINDOWS.contains(&plain) || ecs::has_field(field)
        }
    }
}

/// Whether Sentinel or Defender has this table, or it is a custom or normalised one.
pub(super) fn is_table(name: &str) -> bool {
    TABLES.contains(&plain_name(name))
        || name.ends_with("_CL")
        || ["_Im_", "_ASim_", "im", "ASim", "vim", "_GetWatchlist"]
            .iter()
            .any(|start| {
                name.strip_prefix(start).is_some_and(|rest| {
                    rest.starts_with(|c: char| c.is_uppercase()) || rest.is_empty()
                })
            })
}

/// The values a field can have, where a schema closes the list.
pub(super) fn closed_values(language: QueryLanguage, field: &str) -> Option<&'static str> {
    match language {
        QueryLanguage::Esql => ecs::closed_values(field),
        QueryLanguage::Spl | QueryLanguage::Kql | QueryLanguage::Sigma => None,
    }
}

/// Whether this is an event field of Windows or Sysmon.
fn is_windows(name: &str) -> bool {
    WINDOWS.contains(&plain_name(name))
}
