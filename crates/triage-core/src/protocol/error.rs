//! Why a call failed, whoever failed it: one closed list of codes for programs, one sentence for
//! people.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::export::ImportError;
use crate::manifest::ManifestError;
use crate::verdict::VerdictError;
use crate::wire::{ErrorBody, ProxyCode, StreamError};

/// Why a call failed: a code for programs and a sentence for people.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriageError {
    /// One of a closed list.
    pub code: ErrorCode,
    /// What failed, on what, and what to do.
    pub message: String,
    /// Seconds to wait before trying again, where the server named them.
    pub retry_after: Option<u64>,
}

impl TriageError {
    /// An error with its sentence.
    pub fn new(code: ErrorCode, message: impl Into<String>) -> Self {
        Self {
            code,
            message: message.into(),
            retry_after: None,
        }
    }
}

impl fmt::Display for TriageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for TriageError {}

/// Every way a call can fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ErrorCode {
    /// The caller gave something out of range or of the wrong type.
    InvalidArgument,
    /// The call needs a loaded engine.
    NotLoaded,
    /// The caller gave the call up.
    Cancelled,
    /// A file could not be fetched.
    AssetUnavailable,
    /// A file is not what the manifest says.
    AssetMismatch,
    /// The engine failed on valid input.
    Engine,
    /// The worker died; it is started again and the call may be repeated.
    WorkerCrashed,
    /// The instance was freed.
    Freed,
    /// The proxy cannot be reached.
    ProxyUnreachable,
    /// The proxy has no model configured.
    NoModel,
    /// The proxy or the service refused the request.
    Rejected,
    /// Too many requests or too much spent; wait.
    RateLimited,
    /// The service is overloaded or failed; try again.
    Upstream,
    /// The answer broke off.
    StreamCut,
    /// The model declined.
    Refused,
    /// The answer hit the token limit.
    Truncated,
    /// The answer is not of the agreed form, even after one repair.
    MalformedAnswer,
    /// A value that must stay was found in the prompt; nothing was sent.
    RedactionResidue,
    /// The import cannot be used; nothing was changed.
    ImportRejected,
    /// The browser's storage refused.
    Storage,
}

impl TriageError {
    /// The error behind a reply that is not a success: the proxy's own code where the body is the
    /// proxy's, else the status.
    pub fn from_http(status: u16, body: &str) -> Self {
        let Ok(body) = serde_json::from_str::<ErrorBody>(body) else {
            return Self::new(
                ErrorCode::Upstream,
                format!(
                    "the server answered with status {status} and no explanation; check that \
                         the address is that of the proxy"
                ),
            );
        };
        let detail = body.error;
        let Some(code) = detail.code else {
            return Self::new(
                ErrorCode::Rejected,
                format!("the server refused (status {status}, {})", detail.kind),
            );
        };
        let error = Self::new(code.into(), code.message());
        Self {
            retry_after: detail.retry_after,
            ..error
        }
    }
}

impl From<ProxyCode> for ErrorCode {
    fn from(code: ProxyCode) -> Self {
        match code {
            ProxyCode::NoKey => Self::NoModel,
            ProxyCode::RateLimited
            | ProxyCode::Busy
            | ProxyCode::UpstreamRateLimited
            | ProxyCode::SpendLimit => Self::RateLimited,
            ProxyCode::UpstreamOverloaded
            | ProxyCode::UpstreamFailed
            | ProxyCode::UpstreamUnreachable
            | ProxyCode::UpstreamTimeout
            | ProxyCode::RequestTimeout
            | ProxyCode::ShuttingDown => Self::Upstream,
            ProxyCode::UpstreamBadStream => Self::StreamCut,
            ProxyCode::HostRejected
            | ProxyCode::OriginRejected
            | ProxyCode::ModelNotAllowed
            | ProxyCode::BadRequest
            | ProxyCode::BadContentType
            | ProxyCode::BodyTooLarge
            | ProxyCode::Unauthorized
            | ProxyCode::UpstreamRejected
            | ProxyCode::NotFound
            | ProxyCode::MethodNotAllowed => Self::Rejected,
        }
    }
}

impl From<StreamError> for TriageError {
    fn from(error: StreamError) -> Self {
        let (code, retry_after) = match &error {
            StreamError::Upstream {
                code: Some(code),
                retry_after,
                ..
            } => ((*code).into(), *retry_after),
            StreamError::Upstream {
                kind, retry_after, ..
            } => match kind.as_str() {
                "rate_limit_error" => (ErrorCode::RateLimited, *retry_after),
                _ => (ErrorCode::Upstream, *retry_after),
            },
            _ => (ErrorCode::StreamCut, None),
        };
        let message = format!("{error}; what arrived is not a verdict, triage again");
        Self {
            retry_after,
            ..Self::new(code, message)
        }
    }
}

impl From<VerdictError> for TriageError {
    fn from(error: VerdictError) -> Self {
        let (code, remedy) = match &error {
            VerdictError::Refused { .. } => (
                ErrorCode::Refused,
                "try another model, or judge from the techniques found here",
            ),
            VerdictError::Truncated => (ErrorCode::Truncated, "triage again, or shorten the alert"),
            VerdictError::Unfinished { .. } => (ErrorCode::StreamCut, "triage again"),
            VerdictError::Malformed { .. } => (
                ErrorCode::MalformedAnswer,
                "triage again, or choose another model",
            ),
        };
        Self::new(code, format!("{error}; this is not a verdict: {remedy}"))
    }
}

impl From<ManifestError> for TriageError {
    fn from(error: ManifestError) -> Self {
        Self::new(ErrorCode::AssetMismatch, error.to_string())
    }
}

impl From<ImportError> for TriageError {
    fn from(error: ImportError) -> Self {
        Self::new(ErrorCode::ImportRejected, error.to_string())
    }
}
