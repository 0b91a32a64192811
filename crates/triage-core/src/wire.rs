//! What crosses between the page, the proxy and the model: requests, replies, streams and errors.
//!
//! The shapes are those of Claude's Messages API, version 2023-06-01, cut down to what triage
//! needs. Requests are closed: an unknown field is refused. Replies are open: an unknown event,
//! block or field is skipped, because the service adds some without notice.

mod error;
mod reply;
mod request;
mod service;
mod sse;
mod stream;

pub use error::{ErrorBody, ErrorDetail, ProxyCode};
pub use reply::{Reply, StopReason, Usage};
pub use request::{
    CacheControl, Content, Effort, Message, MessagesRequest, OutputConfig, OutputFormat,
    RequestError, Role, TextBlock, Thinking, Ttl,
};
pub use service::{Health, ModelInfo, ServerConfig, UpstreamKind};
pub use sse::{SseDecoder, SseError, SseEvent};
pub use stream::{ApiEvent, BlockKind, ReplyStream, StreamError, StreamEvent, UsageUpdate};
