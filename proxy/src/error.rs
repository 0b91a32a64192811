//! A failure of one request on its way to an answer: code, waiting time, upstream's headers.

use axum::body::Body;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use triage_core::wire::{ErrorBody, ProxyCode, SseEvent};

/// Why a request gets no answer of its own.
///
/// As a response it is only a marker: [`Failure::render`] writes the body once the request's id
/// is at hand, in the outermost layer.
#[derive(Debug, Clone)]
pub(crate) struct Failure {
    pub(crate) code: ProxyCode,
    pub(crate) retry_after: Option<u64>,
    pub(crate) headers: HeaderMap,
}

impl From<ProxyCode> for Failure {
    fn from(code: ProxyCode) -> Self {
        Self {
            code,
            retry_after: None,
            headers: HeaderMap::new(),
        }
    }
}

impl Failure {
    pub(crate) fn after(code: ProxyCode, seconds: u64) -> Self {
        Self {
            retry_after: Some(seconds),
            ..Self::from(code)
        }
    }

    fn body(&self, request_id: &str) -> String {
        let mut body = ErrorBody::new(self.code);
        body.error.retry_after = self.retry_after;
        body.request_id = Some(request_id.to_owned());
        serde_json::to_string(&body).expect("strings and numbers are always JSON")
    }

    /// The answer, in the shape of the Messages API.
    pub(crate) fn render(&self, request_id: &str) -> Response {
        let status = StatusCode::from_u16(self.code.status()).expect("codes have valid statuses");
        let mut response = (status, Body::from(self.body(request_id))).into_response();
        let headers = response.headers_mut();
        headers.extend(self.headers.clone());
        headers.insert(
            header::CONTENT_TYPE,
            HeaderValue::from_static("application/json"),
        );
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = self.retry_after {
            headers.insert(header::RETRY_AFTER, HeaderValue::from(seconds));
        }
        if !self.code.may_retry() {
            // Client libraries retry by status alone unless they are told.
            let name = HeaderName::from_static("x-should-retry");
            headers.insert(name, HeaderValue::from_static("false"));
        }
        response
    }

    /// The last event of a stream that fails after its head was sent.
    pub(crate) fn event(&self, request_id: &str) -> String {
        let event = SseEvent {
            event: "error".to_owned(),
            data: self.body(request_id),
        };
        event.encode()
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = Response::new(Body::empty());
        response.extensions_mut().insert(self);
        response
    }
}
