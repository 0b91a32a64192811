//! Errors as the proxy sends them: Claude's shape, a closed code and a fixed text.

use serde::{Deserialize, Serialize};

/// The body of every answer that is not a success, and the data of an `error` event.
///
/// `type` is always `error`. The upstream's own words never stand in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorBody {
    /// Always `error`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What went wrong.
    pub error: ErrorDetail,
    /// The id under which the proxy's log knows the request.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request_id: Option<String>,
}

/// What went wrong.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorDetail {
    /// The error type of the Messages API that clients know, such as `rate_limit_error`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What to do, for a person.
    pub message: String,
    /// The proxy's code. `None` when another server wrote the body, or a newer proxy did.
    #[serde(
        default,
        skip_serializing_if = "Option::is_none",
        deserialize_with = "known_code"
    )]
    pub code: Option<ProxyCode>,
    /// Seconds to wait before another try, where known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub retry_after: Option<u64>,
}

impl ErrorBody {
    /// The body for `code`.
    pub fn new(code: ProxyCode) -> Self {
        Self {
            kind: "error".to_owned(),
            error: ErrorDetail {
                kind: code.kind().to_owned(),
                message: code.message().to_owned(),
                code: Some(code),
                retry_after: None,
            },
            request_id: None,
        }
    }
}

fn known_code<'de, D: serde::Deserializer<'de>>(source: D) -> Result<Option<ProxyCode>, D::Error> {
    let name = Option::<String>::deserialize(source)?;
    Ok(name.and_then(|name| ProxyCode::from_name(&name)))
}

macro_rules! proxy_codes {
    ($($(#[$doc:meta])* $case:ident = $name:literal, $status:literal, $kind:literal, $retry:literal, $message:literal;)*) => {
        /// Every way in which the proxy can refuse or fail. Closed: a page can match on all.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
        pub enum ProxyCode {
            $($(#[$doc])* #[serde(rename = $name)] $case,)*
        }

        impl ProxyCode {
            /// All codes, in the order of their declaration.
            pub const ALL: &[Self] = &[$(Self::$case,)*];

            /// The code as it stands in JSON, such as `proxy_no_key`.
            pub fn name(self) -> &'static str {
                match self { $(Self::$case => $name,)* }
            }

            /// The HTTP status that goes with the code.
            pub fn status(self) -> u16 {
                match self { $(Self::$case => $status,)* }
            }

            /// The error type of the Messages API that comes closest.
            pub fn kind(self) -> &'static str {
                match self { $(Self::$case => $kind,)* }
            }

            /// Whether the same request may succeed later without anybody doing something.
            pub fn may_retry(self) -> bool {
                match self { $(Self::$case => $retry,)* }
            }

            /// What to do about it, for a person.
            pub fn message(self) -> &'static str {
                match self { $(Self::$case => $message,)* }
            }
        }
    };
}

proxy_codes! {
    /// The `Host` header names another machine.
    HostRejected = "proxy_host_rejected", 421, "permission_error", false,
        "The Host header is not one of this proxy's names; open the page at the address the proxy printed, or add the name to SOC_ALLOWED_HOSTS";
    /// Another site made the browser send the request.
    OriginRejected = "proxy_origin_rejected", 403, "permission_error", false,
        "The request comes from another site; only the page served by this proxy may use it";
    /// Nothing to ask: no key and no local upstream.
    NoKey = "proxy_no_key", 503, "api_error", false,
        "No model is configured; set ANTHROPIC_API_KEY or ANTHROPIC_API_KEY_FILE, or point ANTHROPIC_BASE_URL at a local server, and restart the proxy";
    /// The model is not on the operator's list.
    ModelNotAllowed = "proxy_model_not_allowed", 400, "invalid_request_error", false,
        "The model is not allowed here; choose one that GET /api/config lists, or add it to SOC_MODELS";
    /// The body is not a request that the proxy knows.
    BadRequest = "proxy_bad_request", 400, "invalid_request_error", false,
        "The request body is not one this proxy forwards; send the JSON that GET /api/openapi.json describes, with no other field";
    /// The content type is not JSON.
    BadContentType = "proxy_bad_content_type", 415, "invalid_request_error", false,
        "The request body must be sent as application/json";
    /// The body did not arrive in time.
    RequestTimeout = "proxy_request_timeout", 408, "timeout_error", true,
        "The request body did not arrive in time; send it again";
    /// Too many requests this minute, counted by the proxy.
    RateLimited = "proxy_rate_limited", 429, "rate_limit_error", true,
        "Too many requests this minute; wait, or raise SOC_REQUESTS_PER_MINUTE";
    /// Too many requests at once, counted by the proxy.
    Busy = "proxy_busy", 503, "overloaded_error", true,
        "Too many requests at once; try again when one has finished, or raise SOC_MAX_CONCURRENT";
    /// The body is over the limit.
    BodyTooLarge = "proxy_body_too_large", 413, "request_too_large", false,
        "The request body is too large; shorten the alert, or raise SOC_BODY_LIMIT";
    /// The upstream refused the key.
    Unauthorized = "proxy_unauthorized", 502, "authentication_error", false,
        "The model's server refused the key; check the key and what it may be used for";
    /// The upstream's rate limit.
    UpstreamRateLimited = "proxy_upstream_rate_limited", 429, "rate_limit_error", true,
        "The account's rate limit is reached; wait for the time given in retry_after";
    /// The account's spending limit: waiting does not help.
    SpendLimit = "proxy_spend_limit", 429, "billing_error", false,
        "The account's spending limit is reached or its billing has a problem; do not retry, raise the limit in the account's console";
    /// The upstream is overloaded.
    UpstreamOverloaded = "proxy_upstream_overloaded", 529, "overloaded_error", true,
        "The model's servers are overloaded; try again in a minute";
    /// The upstream found fault with the request.
    UpstreamRejected = "proxy_upstream_rejected", 400, "invalid_request_error", false,
        "The model's server does not accept the request; check that the model exists there and takes these settings";
    /// The upstream failed on its own.
    UpstreamFailed = "proxy_upstream_failed", 502, "api_error", true,
        "The model's server failed; try again in a minute";
    /// No connection to the upstream.
    UpstreamUnreachable = "proxy_upstream_unreachable", 502, "api_error", true,
        "The model's server cannot be reached; check the network and ANTHROPIC_BASE_URL";
    /// The upstream took too long.
    UpstreamTimeout = "proxy_upstream_timeout", 504, "timeout_error", true,
        "The model's server took too long; try again, or raise SOC_UPSTREAM_TIMEOUT_SECONDS";
    /// The upstream's answer is not one of the Messages API, or broke off.
    UpstreamBadStream = "proxy_upstream_bad_stream", 502, "api_error", false,
        "The answer of the model's server broke off or is not in the expected form; what arrived is not complete, so ask again";
    /// The proxy is about to stop.
    ShuttingDown = "proxy_shutting_down", 503, "api_error", true,
        "The proxy is shutting down; try again when it is back";
    /// No such path.
    NotFound = "proxy_not_found", 404, "not_found_error", false,
        "There is nothing at this path; GET /api/openapi.json lists what there is";
    /// The path exists, the method does not.
    MethodNotAllowed = "proxy_method_not_allowed", 405, "invalid_request_error", false,
        "This path does not take this method; GET /api/openapi.json lists what it takes";
}

impl ProxyCode {
    /// The code with this name in JSON.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|code| code.name() == name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_come_back() {
        for &code in ProxyCode::ALL {
            assert_eq!(ProxyCode::from_name(code.name()), Some(code));
            assert!(code.name().starts_with("proxy_"));
            assert!((400..600).contains(&code.status()));
            assert!(!code.message().ends_with('.'));
        }
    }

    #[test]
    fn a_body_is_claudes_shape() {
        let mut body = ErrorBody::new(ProxyCode::UpstreamRateLimited);
        body.error.retry_after = Some(7);
        let json = serde_json::to_value(&body).expect("a body");
        assert_eq!(json["type"], "error");
        assert_eq!(json["error"]["type"], "rate_limit_error");
        assert_eq!(json["error"]["code"], "proxy_upstream_rate_limited");
        assert_eq!(json["error"]["retry_after"], 7);
        assert_eq!(json.get("request_id"), None);
        assert_eq!(
            serde_json::from_value::<ErrorBody>(json).expect("a body"),
            body
        );
    }

    #[test]
    fn a_foreign_body_has_no_code() {
        let text = r#"{"type":"error","error":{"type":"api_error","message":"x","code":"new_one","details":{}}}"#;
        let body: ErrorBody = serde_json::from_str(text).expect("a body");
        assert_eq!(body.error.code, None);
        assert_eq!(body.error.kind, "api_error");
    }
}
