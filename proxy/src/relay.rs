//! The model's stream on its way to the page: checked event by event, always with an end.
//!
//! An event goes on when it is complete, known and JSON; its bytes are not changed. Whatever
//! else comes ends the stream with an error event of our own, so a client never takes a broken
//! reply for a whole one. The next bytes are read only when the client has taken the last ones.

use std::convert::Infallible;
use std::sync::Arc;

use axum::body::{Body, Bytes};
use futures_util::stream;
use tokio::sync::{OwnedSemaphorePermit, watch};
use triage_core::wire::{ApiEvent, ProxyCode, SseDecoder, SseEvent, Usage};

use crate::error::Failure;
use crate::log::SharedOutcome;
use crate::serve::Phase;
use crate::upstream::{Upstream, UpstreamReply};

/// The largest stream, in bytes: 8 MiB, more than the largest reply with thinking.
const MAX_STREAM: usize = 8 * 1024 * 1024;

pub(crate) struct Relay {
    /// `None` once the stream has ended: dropping it ends the upstream call.
    source: Option<Source>,
    decoder: SseDecoder,
    taken: usize,
    usage: Usage,
    request_id: String,
    outcome: SharedOutcome,
    phase: watch::Receiver<Phase>,
}

struct Source {
    reply: UpstreamReply,
    upstream: Arc<Upstream>,
    _slot: OwnedSemaphorePermit,
}

impl Relay {
    pub(crate) fn new(
        reply: UpstreamReply,
        upstream: Arc<Upstream>,
        slot: OwnedSemaphorePermit,
        request_id: String,
        outcome: SharedOutcome,
        phase: watch::Receiver<Phase>,
    ) -> Self {
        Self {
            source: Some(Source {
                reply,
                upstream,
                _slot: slot,
            }),
            decoder: SseDecoder::new(),
            taken: 0,
            usage: Usage::default(),
            request_id,
            outcome,
            phase,
        }
    }

    pub(crate) fn into_body(self) -> Body {
        Body::from_stream(stream::unfold(self, |mut relay| async move {
            let bytes = relay.next().await?;
            Some((Ok::<_, Infallible>(bytes), relay))
        }))
    }

    async fn next(&mut self) -> Option<Bytes> {
        let mut out = String::new();
        while out.is_empty() {
            let source = self.source.as_mut()?;
            let chunk = tokio::select! {
                biased;
                Ok(_) = self.phase.wait_for(|phase| *phase == Phase::Cutting) => Err(ProxyCode::ShuttingDown),
                chunk = source.reply.chunk() => chunk,
            };
            let result = match chunk {
                // The end without `message_stop`, which would have ended the loop before.
                Ok(None) => Err(ProxyCode::UpstreamBadStream),
                Ok(Some(bytes)) => self.take(&bytes, &mut out),
                Err(code) => Err(code),
            };
            if let Err(code) = result {
                self.source = None;
                self.outcome.update(|outcome| outcome.failure = Some(code));
                out.push_str(&Failure::from(code).event(&self.request_id));
            }
        }
        Some(Bytes::from(out))
    }

    fn take(&mut self, bytes: &[u8], out: &mut String) -> Result<(), ProxyCode> {
        self.taken += bytes.len();
        if self.taken > MAX_STREAM {
            return Err(ProxyCode::UpstreamBadStream);
        }
        let events = self
            .decoder
            .push(bytes)
            .map_err(|_| ProxyCode::UpstreamBadStream)?;
        for event in events {
            if self.source.is_none() {
                break;
            }
            self.pass(event, out)?;
        }
        Ok(())
    }

    fn pass(&mut self, event: SseEvent, out: &mut String) -> Result<(), ProxyCode> {
        let parsed = ApiEvent::parse(&event).map_err(|_| ProxyCode::UpstreamBadStream)?;
        let source = self.source.as_ref();
        let holds_key = source.is_some_and(|source| source.upstream.holds_key(&event.data));
        let name = match &parsed {
            ApiEvent::MessageStart { usage, .. } => {
                usage.apply(&mut self.usage);
                "message_start"
            }
            ApiEvent::BlockStart { .. } => "content_block_start",
            ApiEvent::BlockDelta { .. } => "content_block_delta",
            ApiEvent::BlockStop => "content_block_stop",
            ApiEvent::MessageDelta {
                stop_reason, usage, ..
            } => {
                usage.apply(&mut self.usage);
                let reason = stop_reason.clone();
                self.outcome
                    .update(|outcome| outcome.stop_reason = reason.or(outcome.stop_reason.take()));
                "message_delta"
            }
            ApiEvent::MessageStop => "message_stop",
            ApiEvent::Ping => "ping",
            ApiEvent::Error(error) => return Err(code_of(error)),
            // Not for the page: it would skip it, and nobody has checked what it carries.
            ApiEvent::Unknown => return Ok(()),
        };
        if holds_key {
            return Err(ProxyCode::UpstreamBadStream);
        }
        if parsed == ApiEvent::MessageStop
            && let Some(source) = self.source.take()
        {
            source.reply.finish();
        }
        let usage = self.usage;
        self.outcome.update(|outcome| outcome.usage = usage);
        let event = SseEvent {
            event: name.to_owned(),
            data: event.data,
        };
        out.push_str(&event.encode());
        Ok(())
    }
}

/// Our code for an `error` event of the upstream.
fn code_of(error: &triage_core::wire::StreamError) -> ProxyCode {
    use triage_core::wire::StreamError;
    match error {
        StreamError::Upstream { kind, .. } => match kind.as_str() {
            "overloaded_error" => ProxyCode::UpstreamOverloaded,
            "rate_limit_error" => ProxyCode::UpstreamRateLimited,
            "timeout_error" => ProxyCode::UpstreamTimeout,
            "authentication_error" | "permission_error" => ProxyCode::Unauthorized,
            "billing_error" => ProxyCode::SpendLimit,
            "invalid_request_error" | "not_found_error" => ProxyCode::UpstreamRejected,
            // The service's list of types is open.
            _ => ProxyCode::UpstreamFailed,
        },
        StreamError::Cut { .. } | StreamError::Malformed | StreamError::TooLarge => {
            ProxyCode::UpstreamBadStream
        }
    }
}
