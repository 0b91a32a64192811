//! Observables that only a field's name tells: users, machines, programs, accounts.

mod names;

use std::collections::HashSet;
use std::sync::LazyLock;

use regex::Regex;

use super::shown::Shown;
use super::side::{self, Organisation};
use super::{Observable, ObservableKind as Kind, identity, name, path, pattern};
use crate::alert::{Alert, Field};

/// What a field of a certain name holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Meaning {
    /// A user of the organisation.
    User,
    /// A user on either side: a mail's sender is one too.
    Party,
    /// A machine of the organisation.
    Host,
    /// A machine on either side of a connection.
    Peer,
    /// The name that was looked up or visited.
    Domain,
    /// The domain that a user or machine belongs to.
    UserDomain,
    /// A program by name or path.
    Process,
    /// A program by name, or its command line.
    Run,
    /// A command line.
    CommandLine,
    /// A file that is a program where the alert also has command lines.
    Program,
    /// A file by name or path.
    Path,
    /// A registry key.
    Registry,
    /// A cloud account, tenant or directory object.
    Account,
    /// A cloud project by its name.
    Project,
    /// A hardware address.
    Mac,
    /// A version or user agent: four numbers in it are no address.
    Version,
    /// Something that is as long as a hash and is none.
    Identifier,
}

/// The most names that one field is read for.
const MAX_NAMES: usize = 64;

/// Who owns a host of a URL is not told by a field that repeats it.
static URL_HOST: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"//(?:[^\s/@]*@)?(?<host>[A-Za-z0-9._-]+)")
        .expect("the pattern is a constant that tests compile")
});

static GUID: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?i)^\{?[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}?$")
        .expect("the pattern is a constant that tests compile")
});

/// The identifier of a GCP project, as its documentation defines it.
static PROJECT: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"^[a-z][a-z0-9-]{4,28}[a-z0-9]$")
        .expect("the pattern is a constant that tests compile")
});

/// The fields of an alert with their meanings and places, and what was read from them.
pub(super) struct Fields<'a> {
    shown: &'a Shown,
    /// Place in the shown text and meaning, by place.
    meanings: Vec<((usize, usize), Meaning)>,
    /// Places that were read as one value.
    whole: Vec<(usize, usize)>,
    found: Vec<Observable>,
    organisation: Organisation,
    url_hosts: HashSet<String>,
    has_commands: bool,
    is_web_log: bool,
}

/// A field's value with where it stands.
#[derive(Clone, Copy)]
struct Value<'a> {
    name: &'a str,
    text: &'a str,
    place: Option<(usize, usize)>,
}

impl<'a> Fields<'a> {
    /// Reads the fields of an alert.
    pub(super) fn read(alert: &Alert, shown: &'a Shown) -> Self {
        let meanings: Vec<_> = alert
            .fields
            .iter()
            .map(|field| names::meaning(&field.name))
            .collect();
        let hosts = URL_HOST.captures_iter(&shown.text);
        let mut fields = Self {
            shown,
            meanings: Vec::new(),
            whole: Vec::new(),
            found: Vec::new(),
            organisation: Organisation::default(),
            url_hosts: hosts
                .filter_map(|found| Some(found.name("host")?.as_str().to_lowercase()))
                .collect(),
            has_commands: meanings.contains(&Some(Meaning::CommandLine)),
            is_web_log: alert.fields.iter().any(is_of_web_log),
        };
        for ((field, meaning), place) in alert.fields.iter().zip(meanings).zip(shown.places(alert))
        {
            let Some(meaning) = meaning else { continue };
            if let Some(place) = place {
                fields.meanings.push((place, meaning));
            }
            let value = Value {
                name: &field.name,
                text: field.value.trim(),
                place,
            };
            if !is_blank(value.text) {
                fields.read_value(meaning, value);
            }
        }
        fields.meanings.sort_by_key(|(place, _)| *place);
        fields.drop_machine_domains();
        fields
    }

    /// The place and meaning of the field at a place of the shown text.
    pub(super) fn at(&self, at: usize) -> Option<((usize, usize), Meaning)> {
        let next = self
            .meanings
            .partition_point(|((start, _), _)| *start <= at);
        let ((start, end), meaning) = *self.meanings.get(next.checked_sub(1)?)?;
        (at < end).then_some(((start, end), meaning))
    }

    /// Places whose text was read as one value, in which no pattern needs to look.
    pub(super) fn read_whole(&self) -> impl Iterator<Item = (usize, usize)> {
        self.whole.iter().copied()
    }

    /// The observables, and the domains that the fields show to be the organisation's.
    pub(super) fn into_parts(self) -> (Vec<Observable>, Organisation) {
        (self.found, self.organisation)
    }

    fn read_value(&mut self, meaning: Meaning, value: Value<'_>) {
        match meaning {
            Meaning::User | Meaning::Party => self.read_user(value, meaning == Meaning::User),
            Meaning::Host => self.read_host(value),
            Meaning::Peer => self.read_peer(value),
            Meaning::Domain => self.read_domains(value),
            Meaning::UserDomain => self.read_user_domain(value),
            Meaning::Process => self.read_process(value),
            Meaning::Run => self.read_run(value),
            Meaning::CommandLine => self.add(Kind::CommandLine, value.text, value),
            Meaning::Program if self.has_commands => self.read_process(value),
            Meaning::Program | Meaning::Path => self.read_path(value),
            Meaning::Registry => self.read_registry(value),
            Meaning::Account => self.read_account(value),
            Meaning::Project => self.read_project(value),
            Meaning::Mac => self.read_mac(value),
            Meaning::Version | Meaning::Identifier => {}
        }
    }

    fn add(&mut self, kind: Kind, part: &str, value: Value<'_>) {
        self.add_as(kind, part, part.to_owned(), value);
    }

    /// Adds what stands in a field as `part`, under another spelling.
    fn add_as(&mut self, kind: Kind, part: &str, spelled: String, value: Value<'_>) {
        let span = self
            .place_of(part, value)
            .map(|(start, end)| self.shown.raw_span(start, end));
        self.found.push(Observable::new(kind, spelled, span));
    }

    /// Adds a value that hides nothing else: no pattern looks into it.
    fn add_whole(&mut self, kind: Kind, part: &str, spelled: String, value: Value<'_>) {
        self.whole.extend(self.place_of(part, value));
        self.add_as(kind, part, spelled, value);
    }

    /// Where a part of a value stands: the whole value where its text is spelled otherwise.
    fn place_of(&self, part: &str, value: Value<'_>) -> Option<(usize, usize)> {
        let (start, end) = value.place?;
        let within = self.shown.text.get(start..end)?.find(part);
        Some(within.map_or((start, end), |at| (start + at, start + at + part.len())))
    }

    fn read_user(&mut self, value: Value<'_>, is_ours: bool) {
        let user = identity::person(value.text);
        if GUID.is_match(user) {
            self.read_account(value);
        } else if identity::identifies(user) {
            let domain = match user.rsplit_once('@') {
                Some((_, domain)) if is_ours && name::is_domain_name(domain) => Some(domain),
                Some(_) => None,
                None => user.split_once('\\').map(|(domain, _)| domain),
            };
            if let Some(domain) = domain {
                self.organisation.learn(domain);
            }
            self.add_as(Kind::UserAccount, user, identity::spelled(user), value);
        }
    }

    fn read_host(&mut self, value: Value<'_>) {
        let host = identity::machine(value.text);
        if !identity::is_machine_name(host) {
            return;
        }
        let is_public = name::is_domain_name(host) && !side::has_internal_suffix(host);
        let is_bare = !value.name.contains('.');
        let is_visited = is_public
            && (host.matches('.').count() == 1
                || host.starts_with("www.")
                || (self.is_web_log && is_bare)
                || self.url_hosts.contains(&host.to_lowercase()));
        if host.contains('.') {
            if is_visited {
                self.add_whole(Kind::DomainName, host, host.to_owned(), value);
                return;
            }
            self.organisation.learn(host);
            self.add_whole(Kind::DomainName, host, host.to_owned(), value);
        }
        self.add(Kind::Host, host, value);
    }

    fn read_peer(&mut self, value: Value<'_>) {
        let host = identity::machine(value.text);
        if !identity::is_machine_name(host) {
            return;
        }
        let is_inside = side::has_internal_suffix(host);
        if host.contains('.') && (name::is_domain_name(host) || is_inside) {
            self.add_whole(Kind::DomainName, host, host.to_owned(), value);
        }
        // `src` and `dest` also hold words; a machine's name has a number, a dash or capitals.
        let name = value.name.to_ascii_lowercase();
        let is_sure = name.contains("host") || name.contains("name");
        let has_form = host.contains(|c: char| c.is_ascii_digit() || c.is_uppercase() || c == '-');
        if is_inside && (is_sure || has_form) {
            self.add(Kind::Host, host, value);
        }
    }

    fn read_domains(&mut self, value: Value<'_>) {
        let is_one = !value.text.contains(char::is_whitespace);
        let mut rest = value
            .text
            .split([',', ';', ' ', '\t', '\n'])
            .filter(|part| !part.is_empty());
        for part in rest.by_ref().take(MAX_NAMES) {
            let part = part.trim_matches(['"', '\'', '(', ')']);
            let domain = super::defang::refang(part).trim_end_matches('.').to_owned();
            let has_form = identity::is_machine_name(&domain)
                && domain.split('.').all(|label| !label.is_empty())
                && !domain.ends_with(|c: char| c.is_ascii_digit());
            let is_named = if domain.contains('.') {
                is_one || name::is_domain_name(&domain)
            } else {
                is_one && !value.name.to_ascii_lowercase().ends_with("query")
            };
            if has_form && is_named {
                self.add_whole(Kind::DomainName, part, domain, value);
            }
        }
    }

    fn read_user_domain(&mut self, value: Value<'_>) {
        let domain = value.text.trim_end_matches('.');
        if !identity::is_machine_name(domain) || identity::is_authority(domain) {
            return;
        }
        if domain.contains('.') {
            self.organisation.learn(domain);
        }
        self.add_whole(Kind::DomainName, domain, domain.to_owned(), value);
    }

    /// Local accounts have the machine's name as their domain: it is listed as the machine.
    fn drop_machine_domains(&mut self) {
        let hosts: HashSet<String> = self
            .found
            .iter()
            .filter(|found| found.kind == Kind::Host)
            .map(|found| found.value.to_lowercase())
            .collect();
        self.found.retain(|found| {
            found.kind != Kind::DomainName
                || found.value.contains('.')
                || !hosts.contains(&found.value.to_lowercase())
        });
    }

    fn read_process(&mut self, value: Value<'_>) {
        let text = value.text.trim_matches(['"', '\'']);
        if path::is_path(text) {
            let end = if text.starts_with('/') {
                path::unix_end(text, text.find(' ').unwrap_or(text.len()), None)
            } else {
                path::end_before_arguments(text)
            };
            let program = text.get(..end).unwrap_or(text);
            self.add_as(Kind::Process, program, path::clean(program), value);
            self.read_path(Value {
                text: program,
                ..value
            });
            return;
        }
        let first = text.split_whitespace().next().unwrap_or_default();
        let is_name = text.split_whitespace().count() <= 4
            && text
                .split_whitespace()
                .all(|word| word.starts_with(char::is_uppercase));
        let program = if is_name && !name::is_program_name(first) {
            text
        } else {
            first
        };
        let program = program.trim_end_matches([',', ';', '.']);
        let is_program = program.contains(char::is_alphabetic)
            && !program.starts_with('%')
            && !GUID.is_match(program)
            && (program.len() == text.len() || name::is_program_name(program));
        if is_program {
            self.add(Kind::Process, program, value);
        }
    }

    /// `process` holds a name in one product and a command line in another.
    fn read_run(&mut self, value: Value<'_>) {
        let end = path::end_before_arguments(value.text);
        let rest = value.text.get(end..).unwrap_or_default().trim_start();
        let is_path = path::is_path(value.text) && !value.text.starts_with('/');
        let has_arguments =
            if is_path || name::is_program_name(value.text.get(..end).unwrap_or_default()) {
                !rest.is_empty() && !rest.starts_with('(')
            } else {
                value.text.contains(' ')
            };
        if has_arguments {
            self.add(Kind::CommandLine, value.text, value);
        } else {
            self.read_process(value);
        }
    }

    fn read_path(&mut self, value: Value<'_>) {
        let text = value.text.trim_matches(['"', '\'']);
        let is_path = path::is_path(text);
        let end = if is_path || name::is_program_name(text) || text.contains(". ") {
            path::end_before_arguments(text)
        } else {
            text.len()
        };
        let file = text.get(..end).unwrap_or(text);
        let is_file =
            (is_path && file.len() > 3) || (name::is_file_name(file) && file.len() <= 260);
        if is_file && !file.contains(['\n', '"']) && !file.contains("://") {
            let cleaned = path::clean(file);
            if let Some((kind, server)) = pattern::server_of(&cleaned) {
                self.add_as(kind, file, server, value);
            }
            self.add_whole(Kind::File, file, cleaned, value);
        }
    }

    fn read_registry(&mut self, value: Value<'_>) {
        let upper = value
            .text
            .get(..12)
            .unwrap_or(value.text)
            .to_ascii_uppercase();
        let is_key = ["HK", "\\REGISTRY\\", "REGISTRY::", "SOFTWARE\\", "SYSTEM\\"]
            .iter()
            .any(|start| upper.starts_with(start));
        if is_key && value.text.contains('\\') && !value.text.contains('\n') {
            let key = value.text.trim_end_matches(['.', '\\']);
            self.add_whole(Kind::WindowsRegistryKey, key, path::clean(key), value);
        }
    }

    fn read_account(&mut self, value: Value<'_>) {
        if value.text.contains('@') {
            return self.read_user(value, true);
        }
        let account = value.text.trim_matches(['{', '}']);
        let is_number = account.len() == 12 && account.bytes().all(|digit| digit.is_ascii_digit());
        let is_guid =
            GUID.is_match(account) && account.contains(|c: char| c.is_ascii_hexdigit() && c != '0');
        // CrowdStrike's customer identifier.
        let is_customer = value.name.to_ascii_lowercase().ends_with("cid")
            && account.len() >= 32
            && account
                .bytes()
                .all(|digit| digit.is_ascii_hexdigit() || digit == b'-');
        if is_number || is_guid || is_customer {
            self.add(Kind::AccountId, account, value);
        }
    }

    fn read_project(&mut self, value: Value<'_>) {
        let is_sure = value.name.to_ascii_lowercase().contains("id");
        let has_form = PROJECT.is_match(value.text);
        if has_form && (is_sure || value.text.contains('-')) {
            self.add(Kind::AccountId, value.text, value);
        } else {
            self.read_account(value);
        }
    }

    fn read_mac(&mut self, value: Value<'_>) {
        let digits = value.text.bytes().all(|digit| digit.is_ascii_hexdigit());
        if digits && value.text.len() == 12 {
            self.add_whole(Kind::MacAddr, value.text, value.text.to_owned(), value);
        }
    }
}

/// Values that say that there is none.
fn is_blank(value: &str) -> bool {
    matches!(value, "" | "-" | "--" | "?" | "*")
        || matches!(
            value.to_ascii_lowercase().as_str(),
            "n/a"
                | "na"
                | "none"
                | "null"
                | "unknown"
                | "(null)"
                | "undefined"
                | "true"
                | "false"
                | "any"
        )
}

/// Whether a field is of a web request; then a bare `host` is the one that was visited.
fn is_of_web_log(field: &Field) -> bool {
    let name: String = field
        .name
        .chars()
        .filter(char::is_ascii_alphanumeric)
        .collect();
    matches!(
        name.to_ascii_lowercase().as_str(),
        "httpmethod"
            | "method"
            | "requestmethod"
            | "httpuseragent"
            | "useragent"
            | "uri"
            | "url"
            | "uripath"
            | "urlpath"
            | "referer"
            | "httpreferrer"
            | "csuristem"
            | "request"
    )
}
