//! The operator's settings, checked once: whoever holds a [`Config`] need not doubt it.

use std::ffi::OsString;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use reqwest::Url;
use secrecy::SecretString;
use triage_core::wire::{ModelInfo, ServerConfig, UpstreamKind};

mod vars;

/// The version that the proxy states.
pub const VERSION: &str = env!("CARGO_PKG_VERSION");

/// All settings.
#[derive(Debug)]
pub struct Config {
    /// Where to listen. [`Server::bind`](crate::serve::Server::bind) puts the real port in.
    pub listen: SocketAddr,
    /// Names the operator allows in `Host`, besides those of the loopback address.
    pub named_hosts: Vec<String>,
    /// The key. Its `Debug` shows nothing.
    pub key: Option<SecretString>,
    /// Where `/v1/messages` is found.
    pub base_url: Url,
    /// The models that may be named, in order.
    pub models: Vec<String>,
    /// The largest `max_tokens`.
    pub max_tokens: u32,
    /// How many model requests a minute are let through.
    pub requests_per_minute: u32,
    /// How many model requests run at once.
    pub max_concurrent: usize,
    /// How many connections are open at once.
    pub max_connections: usize,
    /// The largest request body, in bytes.
    pub body_limit: usize,
    /// The page's files.
    pub page_dir: PathBuf,
    /// The model, the index and their manifest.
    pub assets_dir: PathBuf,
    /// How long to wait for whom.
    pub timeouts: Timeouts,
}

/// How long to wait for whom.
#[derive(Debug, Clone)]
pub struct Timeouts {
    /// For a whole reply of the upstream.
    pub upstream_total: Duration,
    /// For the next bytes of the upstream; its pings count.
    pub upstream_idle: Duration,
    /// For the head of a request, also on a connection that is kept open.
    pub header_read: Duration,
    /// For the body of a request.
    pub body_read: Duration,
    /// For a client that takes no bytes.
    pub write_stall: Duration,
    /// For running requests once the program was told to stop.
    pub stop: Duration,
}

impl Config {
    /// Reads the settings from environment variables.
    ///
    /// # Errors
    ///
    /// [`ConfigError`] for the first variable that is wrong, and for a `SOC_` variable that is
    /// not known, since a misspelt limit would silently not hold.
    pub fn from_vars(
        vars: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        vars::read(vars)
    }

    /// Whether a model can be asked: there is a key, or the upstream is local.
    pub fn model_configured(&self) -> bool {
        self.key.is_some() || self.upstream_kind() == UpstreamKind::Local
    }

    /// Where prompts go. Plain http is accepted for loopback only, so the scheme tells.
    pub fn upstream_kind(&self) -> UpstreamKind {
        let host = self.base_url.host_str().unwrap_or_default();
        if vars::is_loopback(host) {
            UpstreamKind::Local
        } else {
            UpstreamKind::Anthropic
        }
    }

    /// The exact values that `Host` may have.
    pub fn allowed_hosts(&self) -> Vec<String> {
        let mut hosts = self.named_hosts.clone();
        if self.listen.ip().is_loopback() {
            let port = self.listen.port();
            hosts.extend(["127.0.0.1", "localhost", "[::1]"].map(|name| format!("{name}:{port}")));
            if port == 80 {
                // Browsers leave out the default port.
                hosts.extend(["127.0.0.1", "localhost", "[::1]"].map(str::to_owned));
            }
        }
        hosts
    }

    /// What the page may know.
    pub fn public(&self) -> ServerConfig {
        let model = |id: &String| ModelInfo {
            id: id.clone(),
            effort: takes_effort(id),
        };
        ServerConfig {
            version: VERSION.to_owned(),
            model_configured: self.model_configured(),
            upstream: self.upstream_kind(),
            models: self.models.iter().map(model).collect(),
            max_tokens: self.max_tokens,
            max_body_bytes: self.body_limit,
            requests_per_minute: self.requests_per_minute,
        }
    }

    /// The settings in force, one line each, the key as set or unset.
    pub fn describe(&self) -> Vec<String> {
        let key = if self.key.is_some() { "set" } else { "unset" };
        vec![
            format!("setting listen={}", self.listen),
            format!("setting allowed_hosts={}", self.allowed_hosts().join(",")),
            format!("setting upstream={} key={key}", self.base_url),
            format!("setting models={}", self.models.join(",")),
            format!(
                "setting max_tokens={} requests_per_minute={} max_concurrent={} max_connections={} body_limit={}",
                self.max_tokens,
                self.requests_per_minute,
                self.max_concurrent,
                self.max_connections,
                self.body_limit
            ),
            format!(
                "setting upstream_timeout_seconds={} upstream_idle_seconds={}",
                self.timeouts.upstream_total.as_secs(),
                self.timeouts.upstream_idle.as_secs()
            ),
            format!(
                "setting page_dir={} assets_dir={}",
                self.page_dir.display(),
                self.assets_dir.display()
            ),
        ]
    }
}

/// Whether a model takes `output_config.effort`: Claude models since 4.6 and 5 do. Of models
/// that local servers run nothing is known, so they are not sent it.
fn takes_effort(id: &str) -> bool {
    let older = [
        "claude-2",
        "claude-3",
        "claude-instant",
        "claude-haiku-4",
        "claude-sonnet-4-5",
    ];
    id.starts_with("claude-") && !older.iter().any(|start| id.starts_with(start))
}

/// Why the settings are refused. Never shows a key.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigError {
    /// A variable has another form than it should.
    #[error("{name} must be {expected}")]
    Invalid {
        /// The variable.
        name: &'static str,
        /// The accepted form.
        expected: String,
    },
    /// A variable of this program's prefix is not one it knows.
    #[error("{name} is not a setting of this program; known are {}", known.join(", "))]
    Unknown {
        /// The variable.
        name: String,
        /// Those that exist.
        known: &'static [&'static str],
    },
    /// Two variables say the same thing.
    #[error("{first} and {second} are both set; set only one of them")]
    Both {
        /// One of the two.
        first: &'static str,
        /// The other.
        second: &'static str,
    },
    /// The key file cannot be used.
    #[error(
        "{name} must name a readable file that holds the key and that only its owner may read (chmod 600): {problem}"
    )]
    KeyFile {
        /// The variable.
        name: &'static str,
        /// What is wrong with the file.
        problem: String,
    },
}
