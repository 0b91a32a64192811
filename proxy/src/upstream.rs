//! The one call that leaves the machine: a fixed address, headers of our own, no redirects.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use reqwest::{Client, StatusCode, Url};
use secrecy::ExposeSecret as _;
use tokio::time::Instant;
use triage_core::wire::{MessagesRequest, ProxyCode, UpstreamKind};

use crate::config::Config;
use crate::error::Failure;

/// The version of the Messages API that the proxy speaks.
///
/// The first one. The next, 2026-10-21, only refuses fields that our closed request does not
/// have, while servers other than Anthropic's may know the first one alone.
const API_VERSION: &str = "2023-06-01";

/// The longest header value that is passed back.
const MAX_HEADER: usize = 256;

pub(crate) struct Upstream {
    client: Client,
    url: Url,
    key: Option<HeaderValue>,
    total: Duration,
    idle: Duration,
}

/// Why the upstream call cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum UpstreamError {
    /// No TLS: most often the machine has no certificate authorities.
    #[error("TLS cannot be set up, is the package ca-certificates installed? {0}")]
    Tls(reqwest::Error),
    /// The key cannot stand in a header.
    #[error("ANTHROPIC_API_KEY must be the key: one word of visible ASCII characters")]
    Key,
}

impl Upstream {
    /// The upstream of `config`, or `None` if there is no model to ask.
    pub(crate) fn new(config: &Config) -> Result<Option<Self>, UpstreamError> {
        if !config.model_configured() {
            return Ok(None);
        }
        // Fails only if a provider is installed already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let mut builder = Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .retry(reqwest::retry::never())
            .no_proxy()
            .referer(false)
            .connect_timeout(Duration::from_secs(10).min(config.timeouts.upstream_total))
            .user_agent(concat!("soc-copilot-proxy/", env!("CARGO_PKG_VERSION")));
        if config.upstream_kind() == UpstreamKind::Local && config.base_url.scheme() == "http" {
            // Without TLS there is no need for certificate authorities, nor to fail without them.
            builder = builder.tls_certs_only([]);
        }
        let key = config.key.as_ref().map(|key| {
            let mut value =
                HeaderValue::from_str(key.expose_secret()).map_err(|_| UpstreamError::Key)?;
            value.set_sensitive(true);
            Ok(value)
        });
        let mut url = config.base_url.clone();
        let base = url.path().trim_end_matches('/').to_owned();
        url.set_path(&format!("{base}/v1/messages"));
        Ok(Some(Self {
            client: builder.build().map_err(UpstreamError::Tls)?,
            url,
            key: key.transpose()?,
            total: config.timeouts.upstream_total,
            idle: config.timeouts.upstream_idle,
        }))
    }

    /// Sends `request` and returns the reply once its head says that all is well.
    pub(crate) async fn send(&self, request: &MessagesRequest) -> Result<UpstreamReply, Failure> {
        let deadline = Instant::now() + self.total;
        let body = serde_json::to_vec(request).map_err(|_| ProxyCode::BadRequest)?;
        let mut call = self
            .client
            .post(self.url.clone())
            .header(header::CONTENT_TYPE, "application/json")
            .header("anthropic-version", API_VERSION)
            .body(body);
        if let Some(key) = &self.key {
            call = call.header("x-api-key", key.clone());
        }
        let response = tokio::time::timeout(self.idle, call.send())
            .await
            .map_err(|_| ProxyCode::UpstreamTimeout)?
            .map_err(|error| match error {
                error if error.is_timeout() => ProxyCode::UpstreamTimeout,
                _ => ProxyCode::UpstreamUnreachable,
            })?;
        let headers = passed_headers(response.headers());
        match failure(response.status(), response.headers()) {
            None => Ok(UpstreamReply {
                response,
                headers,
                deadline,
                idle: self.idle,
            }),
            // The body is dropped unread: it may repeat the prompt or the key.
            Some(failure) => Err(Failure { headers, ..failure }),
        }
    }

    /// Whether `text` holds the key: a server that echoes it must not hand it to the page.
    pub(crate) fn holds_key(&self, text: &str) -> bool {
        let key = self.key.as_ref().and_then(|key| key.to_str().ok());
        // A short one is no secret but a word, as people give it to local servers.
        key.is_some_and(|key| key.len() >= 20 && text.contains(key))
    }
}

/// A reply whose head was a success.
pub(crate) struct UpstreamReply {
    response: reqwest::Response,
    /// The headers that may be passed back.
    pub(crate) headers: HeaderMap,
    deadline: Instant,
    idle: Duration,
}

impl UpstreamReply {
    /// The media type, without its parameters, in lower case.
    pub(crate) fn media_type(&self) -> String {
        let value = self.response.headers().get(header::CONTENT_TYPE);
        let text = value
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default();
        text.split(';')
            .next()
            .unwrap_or_default()
            .trim()
            .to_ascii_lowercase()
    }

    /// Reads what little may follow the last event, so that the connection can be used again.
    pub(crate) fn finish(mut self) {
        tokio::spawn(tokio::time::timeout(Duration::from_secs(1), async move {
            for _ in 0..16 {
                if !matches!(self.response.chunk().await, Ok(Some(_))) {
                    break;
                }
            }
        }));
    }

    /// The next bytes, `None` at the end. May be dropped while it waits and called again.
    pub(crate) async fn chunk(&mut self) -> Result<Option<axum::body::Bytes>, ProxyCode> {
        let until = self.deadline.min(Instant::now() + self.idle);
        match tokio::time::timeout_at(until, self.response.chunk()).await {
            Err(_) => Err(ProxyCode::UpstreamTimeout),
            Ok(Err(_)) => Err(ProxyCode::UpstreamBadStream),
            Ok(Ok(chunk)) => {
                // A steady drip never leaves the wait above, so the total is checked here too.
                if Instant::now() >= self.deadline && chunk.is_some() {
                    return Err(ProxyCode::UpstreamTimeout);
                }
                Ok(chunk)
            }
        }
    }
}

/// What a status means for us. `None` for a plain success.
fn failure(status: StatusCode, headers: &HeaderMap) -> Option<Failure> {
    let seconds = retry_after(headers);
    let says_when = headers.contains_key(header::RETRY_AFTER) || seconds.is_some();
    let code = match status.as_u16() {
        200 => return None,
        401 | 403 => ProxyCode::Unauthorized,
        408 | 504 => ProxyCode::UpstreamTimeout,
        413 => ProxyCode::BodyTooLarge,
        429 if says_when => ProxyCode::UpstreamRateLimited,
        // A 429 without a time to wait is the spending limit of the month.
        402 | 429 => ProxyCode::SpendLimit,
        503 | 529 => ProxyCode::UpstreamOverloaded,
        400..=499 => ProxyCode::UpstreamRejected,
        500..=599 => ProxyCode::UpstreamFailed,
        // Redirects are not followed, and nothing else is a reply.
        _ => ProxyCode::UpstreamBadStream,
    };
    Some(Failure {
        retry_after: seconds.filter(|_| code.may_retry()),
        ..Failure::from(code)
    })
}

fn retry_after(headers: &HeaderMap) -> Option<u64> {
    let number = |name: &str| headers.get(name)?.to_str().ok()?.trim().parse::<u64>().ok();
    let from_millis = number("retry-after-ms").map(|millis| millis.div_ceil(1000));
    number("retry-after")
        .or(from_millis)
        .map(|seconds| seconds.min(86_400))
}

/// The upstream's headers that the page may see: its request id, and how much is left.
fn passed_headers(from: &HeaderMap) -> HeaderMap {
    let is_passed = |name: &HeaderName| {
        let name = name.as_str();
        name == "request-id" || name == "retry-after" || name.starts_with("anthropic-ratelimit-")
    };
    from.iter()
        .filter(|(name, value)| {
            is_passed(name) && value.len() <= MAX_HEADER && value.to_str().is_ok()
        })
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect()
}
