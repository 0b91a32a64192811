//! One function per environment variable: its name, its default and its accepted form.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;

use super::{Config, ConfigError, Timeouts};

const KNOWN: &[&str] = &[
    "SOC_ALLOWED_HOSTS",
    "SOC_ASSETS_DIR",
    "SOC_BODY_LIMIT",
    "SOC_LISTEN",
    "SOC_MAX_CONCURRENT",
    "SOC_MAX_CONNECTIONS",
    "SOC_MAX_TOKENS",
    "SOC_MODELS",
    "SOC_PAGE_DIR",
    "SOC_REQUESTS_PER_MINUTE",
    "SOC_UPSTREAM_IDLE_SECONDS",
    "SOC_UPSTREAM_TIMEOUT_SECONDS",
];

/// The largest key file: a key has about a hundred characters.
const MAX_KEY_FILE: u64 = 4096;

struct Vars(BTreeMap<String, OsString>);

pub(super) fn read(
    vars: impl IntoIterator<Item = (OsString, OsString)>,
) -> Result<Config, ConfigError> {
    let is_ours = |name: &String| name.starts_with("SOC_") || name.starts_with("ANTHROPIC_");
    let vars = vars
        .into_iter()
        // An empty variable is how shells and service managers unset one.
        .filter(|(_, value)| !value.is_empty())
        .filter_map(|(name, value)| Some((name.into_string().ok()?, value)))
        .filter(|(name, _)| is_ours(name));
    let vars = Vars(vars.collect());
    if let Some(name) = vars
        .0
        .keys()
        .find(|name| name.starts_with("SOC_") && !KNOWN.contains(&name.as_str()))
    {
        return Err(ConfigError::Unknown {
            name: name.clone(),
            known: KNOWN,
        });
    }
    let named_hosts = allowed_hosts(&vars)?;
    let base_url = base_url(&vars)?;
    let page_dir = page_dir(&vars);
    let upstream_total = upstream_timeout(&vars)?;
    Ok(Config {
        listen: listen(&vars, &named_hosts)?,
        key: key(&vars)?,
        models: models(&vars)?,
        max_tokens: max_tokens(&vars)?,
        requests_per_minute: requests_per_minute(&vars)?,
        max_concurrent: max_concurrent(&vars)?,
        max_connections: max_connections(&vars)?,
        body_limit: body_limit(&vars)?,
        assets_dir: assets_dir(&vars, &page_dir),
        timeouts: Timeouts {
            upstream_total,
            upstream_idle: upstream_idle(&vars, &base_url, upstream_total)?,
            header_read: Duration::from_secs(15),
            body_read: Duration::from_secs(15),
            write_stall: Duration::from_mins(1),
            stop: Duration::from_secs(5),
        },
        named_hosts,
        base_url,
        page_dir,
    })
}

fn key(vars: &Vars) -> Result<Option<SecretString>, ConfigError> {
    let (direct, file) = ("ANTHROPIC_API_KEY", "ANTHROPIC_API_KEY_FILE");
    match (vars.text(direct, KEY_FORM)?, vars.path(file)) {
        (Some(_), Some(_)) => Err(ConfigError::Both {
            first: direct,
            second: file,
        }),
        (Some(key), None) => check_key(direct, key).map(Some),
        (None, Some(path)) => check_key(file, &key_from_file(file, &path)?).map(Some),
        (None, None) => Ok(None),
    }
}

const KEY_FORM: &str = "the key: one word of visible ASCII characters";

fn check_key(name: &'static str, key: &str) -> Result<SecretString, ConfigError> {
    let key = key.trim();
    if key.is_empty() || !key.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid(name, KEY_FORM));
    }
    Ok(SecretString::from(key))
}

fn key_from_file(name: &'static str, path: &Path) -> Result<String, ConfigError> {
    let problem = |problem: String| ConfigError::KeyFile { name, problem };
    let meta = std::fs::metadata(path).map_err(|error| problem(error.to_string()))?;
    if !meta.is_file() || meta.len() > MAX_KEY_FILE {
        return Err(problem(format!(
            "it is not a file of at most {MAX_KEY_FILE} bytes"
        )));
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = meta.permissions().mode() & 0o777;
        if mode & 0o077 != 0 {
            return Err(problem(format!("its mode is {mode:o}")));
        }
    }
    std::fs::read_to_string(path).map_err(|error| problem(error.to_string()))
}

fn base_url(vars: &Vars) -> Result<Url, ConfigError> {
    let name = "ANTHROPIC_BASE_URL";
    let form = "an https address, or an http address on 127.0.0.1, localhost or [::1], without user, query or fragment, such as https://api.anthropic.com or http://127.0.0.1:11434";
    let text = vars
        .text(name, form)?
        .unwrap_or("https://api.anthropic.com");
    let url = Url::parse(text).map_err(|_| invalid(name, form))?;
    let is_bare = url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none();
    let host = url.host_str().unwrap_or_default();
    let is_safe = match url.scheme() {
        "https" => !host.is_empty(),
        "http" => is_loopback(host),
        _ => false,
    };
    if is_bare && is_safe {
        Ok(url)
    } else {
        Err(invalid(name, form))
    }
}

/// Whether a URL's host is this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost"
        || address
            .parse::<IpAddr>()
            .is_ok_and(|address| address.is_loopback())
}

fn listen(vars: &Vars, named_hosts: &[String]) -> Result<SocketAddr, ConfigError> {
    let name = "SOC_LISTEN";
    let form = "an address and a port, such as 127.0.0.1:8787; port 0 takes any free one";
    let text = vars.text(name, form)?.unwrap_or("127.0.0.1:8787");
    let listen: SocketAddr = text.parse().map_err(|_| invalid(name, form))?;
    if !listen.ip().is_loopback() && named_hosts.is_empty() {
        return Err(invalid(
            name,
            "a loopback address such as 127.0.0.1:8787, unless SOC_ALLOWED_HOSTS says under which names the page is opened",
        ));
    }
    Ok(listen)
}

fn allowed_hosts(vars: &Vars) -> Result<Vec<String>, ConfigError> {
    let name = "SOC_ALLOWED_HOSTS";
    let form = "host names with their port unless it is the default one, separated by commas, exactly as the browser sends them, such as soc.example,soc.example:8443";
    let is_plain = |letter: char| {
        letter.is_ascii_lowercase() || letter.is_ascii_digit() || "-.:[]".contains(letter)
    };
    vars.list(name, form, |host| {
        host.len() <= 255 && host.chars().all(is_plain) && !host.ends_with('.')
    })
    .map(Option::unwrap_or_default)
}

fn models(vars: &Vars) -> Result<Vec<String>, ConfigError> {
    let form = "model ids separated by commas, such as claude-haiku-5-5,claude-sonnet-5-5";
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-._:/@".contains(letter);
    let listed = vars.list("SOC_MODELS", form, |id| {
        id.len() <= 128 && id.chars().all(is_plain)
    })?;
    Ok(listed.unwrap_or_else(|| {
        ["claude-haiku-5-5", "claude-sonnet-5-5", "claude-opus-5-5"]
            .map(str::to_owned)
            .to_vec()
    }))
}

fn max_tokens(vars: &Vars) -> Result<u32, ConfigError> {
    vars.number("SOC_MAX_TOKENS", 8192, 1, 128_000)
}

fn requests_per_minute(vars: &Vars) -> Result<u32, ConfigError> {
    vars.number("SOC_REQUESTS_PER_MINUTE", 30, 1, 10_000)
}

fn max_concurrent(vars: &Vars) -> Result<usize, ConfigError> {
    vars.number("SOC_MAX_CONCURRENT", 4, 1, 1000)
}

fn max_connections(vars: &Vars) -> Result<usize, ConfigError> {
    vars.number("SOC_MAX_CONNECTIONS", 128, 1, 10_000)
}

fn body_limit(vars: &Vars) -> Result<usize, ConfigError> {
    vars.number("SOC_BODY_LIMIT", 256 * 1024, 1024, 16 * 1024 * 1024)
}

fn upstream_timeout(vars: &Vars) -> Result<Duration, ConfigError> {
    let seconds = vars.number("SOC_UPSTREAM_TIMEOUT_SECONDS", 300, 1, 3600)?;
    Ok(Duration::from_secs(seconds))
}

/// Claude's stream pings, so a minute of silence means trouble. A local server says nothing
/// while it reads the prompt, so there only the total counts.
fn upstream_idle(vars: &Vars, base_url: &Url, total: Duration) -> Result<Duration, ConfigError> {
    let is_local = is_loopback(base_url.host_str().unwrap_or_default());
    let default = if is_local { 3600 } else { 60 };
    let seconds = vars.number("SOC_UPSTREAM_IDLE_SECONDS", default, 1, 3600)?;
    Ok(Duration::from_secs(seconds).min(total))
}

fn page_dir(vars: &Vars) -> PathBuf {
    vars.path("SOC_PAGE_DIR")
        .unwrap_or_else(|| PathBuf::from("dist"))
}

fn assets_dir(vars: &Vars, page_dir: &Path) -> PathBuf {
    vars.path("SOC_ASSETS_DIR")
        .unwrap_or_else(|| page_dir.join("assets"))
}

impl Vars {
    fn text(&self, name: &'static str, form: &str) -> Result<Option<&str>, ConfigError> {
        let value = self.0.get(name).map(|value| value.to_str().map(str::trim));
        value
            .map(|text| text.ok_or_else(|| invalid(name, form)))
            .transpose()
    }

    fn path(&self, name: &'static str) -> Option<PathBuf> {
        self.0.get(name).map(PathBuf::from)
    }

    fn number<T>(&self, name: &'static str, default: T, least: T, most: T) -> Result<T, ConfigError>
    where
        T: Copy + PartialOrd + std::fmt::Display + std::str::FromStr,
    {
        let form = format!("a whole number from {least} to {most}");
        let Some(text) = self.text(name, &form)? else {
            return Ok(default);
        };
        let number = text
            .parse()
            .ok()
            .filter(|number| (least..=most).contains(number));
        number.ok_or_else(|| invalid(name, form))
    }

    fn list(
        &self,
        name: &'static str,
        form: &str,
        is_item: impl Fn(&str) -> bool,
    ) -> Result<Option<Vec<String>>, ConfigError> {
        let Some(text) = self.text(name, form)? else {
            return Ok(None);
        };
        let items: Vec<String> = text.split(',').map(|item| item.trim().to_owned()).collect();
        if items.iter().all(|item| !item.is_empty() && is_item(item)) {
            Ok(Some(items))
        } else {
            Err(invalid(name, form))
        }
    }
}

fn invalid(name: &'static str, expected: impl Into<String>) -> ConfigError {
    ConfigError::Invalid {
        name,
        expected: expected.into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;
    use triage_core::wire::UpstreamKind;

    fn config(vars: &[(&str, &str)]) -> Result<Config, ConfigError> {
        read(vars.iter().map(|(name, value)| (name.into(), value.into())))
    }

    fn check_refused(vars: &[(&str, &str)], names: &str) {
        let error = config(vars).expect_err("refused").to_string();
        assert!(error.contains(names), "{error}");
        assert!(!error.contains("secret"), "{error}");
    }

    #[test]
    fn nothing_set_gives_the_defaults() {
        let config = config(&[("PATH", "/bin"), ("SOC_LISTEN", "")]).expect("defaults");
        assert_eq!(config.listen.to_string(), "127.0.0.1:8787");
        assert_eq!(
            config.allowed_hosts(),
            ["127.0.0.1:8787", "localhost:8787", "[::1]:8787"]
        );
        assert_eq!(config.models.len(), 3);
        assert!(!config.model_configured());
        assert_eq!(config.upstream_kind(), UpstreamKind::Anthropic);
        assert_eq!(config.timeouts.upstream_idle, Duration::from_mins(1));
        assert_eq!(config.assets_dir, Path::new("dist/assets"));
    }

    #[test]
    fn a_loopback_upstream_needs_no_key() {
        for url in [
            "http://127.0.0.1:11434",
            "http://localhost:1",
            "http://[::1]:1/base",
        ] {
            let config =
                config(&[("ANTHROPIC_BASE_URL", url), ("SOC_MODELS", "llama3.1:8b")]).expect(url);
            assert!(config.model_configured());
            assert_eq!(config.upstream_kind(), UpstreamKind::Local);
            assert!(!config.public().models[0].effort);
        }
    }

    #[test]
    fn each_error_names_its_variable() {
        let key = ("ANTHROPIC_API_KEY", "sk-secret");
        for url in [
            "http://example.org",
            "ftp://127.0.0.1",
            "x",
            "https://u:p@h",
            "https://h?q",
            "https://h#f",
            "http://127.0.0.1.example.org",
            "http://localhost.example.org",
        ] {
            check_refused(
                &[key, ("ANTHROPIC_BASE_URL", url)],
                "ANTHROPIC_BASE_URL must be an https address",
            );
        }
        check_refused(
            &[key, ("SOC_LISTEN", "8787")],
            "SOC_LISTEN must be an address and a port",
        );
        check_refused(&[("SOC_LISTEN", "0.0.0.0:80")], "unless SOC_ALLOWED_HOSTS");
        check_refused(
            &[("SOC_ALLOWED_HOSTS", "SOC.example")],
            "SOC_ALLOWED_HOSTS must be",
        );
        check_refused(
            &[("SOC_ALLOWED_HOSTS", "a,,b")],
            "SOC_ALLOWED_HOSTS must be",
        );
        check_refused(&[("SOC_MODELS", "a b")], "SOC_MODELS must be");
        check_refused(
            &[("SOC_MAX_TOKENS", "0")],
            "SOC_MAX_TOKENS must be a whole number from 1 to 128000",
        );
        check_refused(
            &[("SOC_REQUESTS_PER_MINUTE", "-1")],
            "SOC_REQUESTS_PER_MINUTE",
        );
        check_refused(&[("SOC_MAX_CONCURRENT", "x")], "SOC_MAX_CONCURRENT");
        check_refused(&[("SOC_MAX_CONNECTIONS", "0")], "SOC_MAX_CONNECTIONS");
        check_refused(&[("SOC_BODY_LIMIT", "10")], "SOC_BODY_LIMIT");
        check_refused(
            &[("SOC_UPSTREAM_TIMEOUT_SECONDS", "0")],
            "SOC_UPSTREAM_TIMEOUT_SECONDS",
        );
        check_refused(
            &[("SOC_UPSTREAM_IDLE_SECONDS", "0")],
            "SOC_UPSTREAM_IDLE_SECONDS",
        );
        check_refused(&[("SOC_MAX_TOKEN", "1")], "SOC_MAX_TOKEN is not a setting");
        check_refused(
            &[("ANTHROPIC_API_KEY", "sk secret")],
            "ANTHROPIC_API_KEY must be the key",
        );
        check_refused(&[key, ("ANTHROPIC_API_KEY_FILE", "f")], "set only one");
        check_refused(
            &[("ANTHROPIC_API_KEY_FILE", "/nonexistent/k")],
            "ANTHROPIC_API_KEY_FILE must name",
        );
        check_refused(&[("ANTHROPIC_API_KEY_FILE", "/")], "it is not a file");
    }

    #[test]
    fn other_names_open_other_addresses() {
        let config = config(&[
            ("SOC_LISTEN", "0.0.0.0:8787"),
            ("SOC_ALLOWED_HOSTS", "soc.example, 10.0.0.5:8787"),
        ])
        .expect("valid");
        assert_eq!(config.allowed_hosts(), ["soc.example", "10.0.0.5:8787"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_key_file_must_be_private() {
        use std::os::unix::fs::PermissionsExt;
        let path = std::env::temp_dir().join(format!("soc-proxy-key-{}", std::process::id()));
        std::fs::write(&path, "sk-secret\n").expect("written");
        let vars = [("ANTHROPIC_API_KEY_FILE", path.to_str().expect("UTF-8"))];
        for mode in [0o640, 0o604, 0o660] {
            std::fs::set_permissions(&path, PermissionsExt::from_mode(mode)).expect("mode");
            check_refused(&vars, &format!("its mode is {mode:o}"));
        }
        std::fs::set_permissions(&path, PermissionsExt::from_mode(0o600)).expect("mode");
        let read = config(&vars).expect("valid");
        std::fs::remove_file(&path).expect("removed");
        assert_eq!(
            read.key.as_ref().expect("a key").expose_secret(),
            "sk-secret"
        );
        assert!(!format!("{read:?} {:?}", read.describe()).contains("secret"));
    }
}
