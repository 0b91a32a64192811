//! `POST /v1/messages`: check the request, rebuild it, ask the model, relay the reply.

use std::sync::Arc;
use std::time::Instant;

use axum::body::{Body, Bytes};
use axum::extract::{Extension, Request, State};
use axum::http::{HeaderMap, HeaderValue, header};
use axum::response::{IntoResponse as _, Response};
use futures_util::StreamExt as _;
use triage_core::wire::{MessagesRequest, ProxyCode, Reply, StreamError};

use crate::app::{AppState, RequestId};
use crate::config::Config;
use crate::error::Failure;
use crate::log::SharedOutcome;
use crate::relay::Relay;
use crate::serve::Phase;
use crate::upstream::{Upstream, UpstreamReply};

/// The largest reply that does not come as events, in bytes.
const MAX_REPLY: usize = 2 * 1024 * 1024;

/// How much of a body that is too large is read away, so that the client gets to see why.
const MAX_DISCARDED: usize = 4 * 1024 * 1024;

pub(crate) async fn post(
    State(app): State<Arc<AppState>>,
    Extension(RequestId(request_id)): Extension<RequestId>,
    Extension(outcome): Extension<SharedOutcome>,
    request: Request,
) -> Result<Response, Failure> {
    if *app.phase.borrow() != Phase::Running {
        return Err(ProxyCode::ShuttingDown.into());
    }
    let upstream = app.upstream.as_ref().ok_or(ProxyCode::NoKey)?;
    if !is_json(request.headers()) {
        return Err(ProxyCode::BadContentType.into());
    }
    let slot = app.limits.slot()?;
    let body = read_body(request.into_body(), &app.config).await?;
    let request = checked_request(&body, &app.config)?;
    outcome.update(|outcome| outcome.model = Some(request.model.clone()));
    app.limits.count(Instant::now())?;

    let reply = upstream
        .send(&request)
        .await
        .inspect_err(|failure| note_id(&outcome, &failure.headers))?;
    note_id(&outcome, &reply.headers);
    if request.stream {
        if reply.media_type() != "text/event-stream" {
            return Err(ProxyCode::UpstreamBadStream.into());
        }
        let headers = reply.headers.clone();
        let relay = Relay::new(
            reply,
            Arc::clone(upstream),
            slot,
            request_id,
            outcome,
            app.phase.clone(),
        );
        Ok(respond(
            "text/event-stream; charset=utf-8",
            headers,
            relay.into_body(),
        ))
    } else {
        whole_reply(reply, upstream, &outcome).await
    }
}

fn is_json(headers: &HeaderMap) -> bool {
    let value = headers
        .get(header::CONTENT_TYPE)
        .and_then(|value| value.to_str().ok());
    let media_type = value
        .unwrap_or_default()
        .split(';')
        .next()
        .unwrap_or_default();
    media_type.trim().eq_ignore_ascii_case("application/json")
}

async fn read_body(body: Body, config: &Config) -> Result<Vec<u8>, ProxyCode> {
    let read = async {
        let mut chunks = body.into_data_stream();
        let mut bytes = Vec::new();
        let mut size = 0;
        while let Some(chunk) = chunks.next().await {
            let chunk: Bytes = chunk.map_err(|_| ProxyCode::BadRequest)?;
            size += chunk.len();
            if size <= config.body_limit {
                bytes.extend_from_slice(&chunk);
            } else if size > config.body_limit + MAX_DISCARDED {
                break;
            }
        }
        if size > config.body_limit {
            Err(ProxyCode::BodyTooLarge)
        } else {
            Ok(bytes)
        }
    };
    let read = tokio::time::timeout(config.timeouts.body_read, read).await;
    read.unwrap_or(Err(ProxyCode::RequestTimeout))
}

/// The request in our own words: parsed into a closed type, so that nothing else is sent on.
fn checked_request(body: &[u8], config: &Config) -> Result<MessagesRequest, ProxyCode> {
    let mut request: MessagesRequest =
        serde_json::from_slice(body).map_err(|_| ProxyCode::BadRequest)?;
    request.check().map_err(|_| ProxyCode::BadRequest)?;
    if !config.models.contains(&request.model) {
        return Err(ProxyCode::ModelNotAllowed);
    }
    request.max_tokens = request.max_tokens.min(config.max_tokens);
    Ok(request)
}

async fn whole_reply(
    mut reply: UpstreamReply,
    upstream: &Upstream,
    outcome: &SharedOutcome,
) -> Result<Response, Failure> {
    if reply.media_type() != "application/json" {
        return Err(ProxyCode::UpstreamBadStream.into());
    }
    let mut bytes = Vec::new();
    while let Some(chunk) = reply.chunk().await? {
        bytes.extend_from_slice(&chunk);
        if bytes.len() > MAX_REPLY {
            return Err(ProxyCode::UpstreamBadStream.into());
        }
    }
    let text = String::from_utf8(bytes).map_err(|_| ProxyCode::UpstreamBadStream)?;
    let parsed = Reply::from_json(&text).map_err(|error| match error {
        StreamError::Upstream { .. } => ProxyCode::UpstreamFailed,
        StreamError::Cut { .. } | StreamError::Malformed | StreamError::TooLarge => {
            ProxyCode::UpstreamBadStream
        }
    })?;
    if upstream.holds_key(&text) {
        return Err(ProxyCode::UpstreamBadStream.into());
    }
    outcome.update(|outcome| {
        outcome.stop_reason = Some(parsed.stop_reason);
        outcome.usage = parsed.usage;
    });
    Ok(respond("application/json", reply.headers, Body::from(text)))
}

fn respond(media_type: &'static str, headers: HeaderMap, body: Body) -> Response {
    let mut response = (headers, body).into_response();
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn note_id(outcome: &SharedOutcome, headers: &HeaderMap) {
    let id = headers.get("request-id").and_then(|id| id.to_str().ok());
    let is_plain = |id: &&str| {
        id.len() <= 100
            && id
                .bytes()
                .all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte))
    };
    outcome.update(|outcome| outcome.upstream_id = id.filter(is_plain).map(str::to_owned));
}
