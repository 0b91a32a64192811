//! A streamed reply: bytes to events of the Messages API, and those to a [`Reply`].

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::error::{ErrorBody, ProxyCode};
use super::reply::{Reply, StopReason, Usage, refusal_category, short_name, text_at};
use super::sse::{SseDecoder, SseError, SseEvent};

/// Why a stream gives no reply. Never holds the upstream's words.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StreamError {
    /// The stream ended before `message_stop`.
    #[error("the reply broke off after {} characters", text.chars().count())]
    Cut {
        /// What had arrived: to show as incomplete, not to use as a verdict.
        text: String,
    },
    /// An `error` event, or an error body.
    #[error("the model's server reported {kind}")]
    Upstream {
        /// The error type of the Messages API, such as `overloaded_error`.
        kind: String,
        /// The proxy's code, when the proxy wrote the event.
        code: Option<ProxyCode>,
        /// Seconds to wait, where known.
        retry_after: Option<u64>,
    },
    /// The bytes are not the events or the JSON of the Messages API.
    #[error("the reply is not in the form of the Messages API")]
    Malformed,
    /// An event or the whole text is larger than any verdict.
    #[error("the reply is too large")]
    TooLarge,
}

impl StreamError {
    pub(super) fn from_error(body: &Value) -> Self {
        let parsed: Option<ErrorBody> = serde_json::from_value(body.clone()).ok();
        Self::Upstream {
            kind: body
                .get("error")
                .and_then(|error| text_at(error, "type"))
                .map_or_else(|| "unknown".to_owned(), short_name),
            code: parsed.as_ref().and_then(|body| body.error.code),
            retry_after: parsed.as_ref().and_then(|body| body.error.retry_after),
        }
    }
}

impl From<SseError> for StreamError {
    fn from(error: SseError) -> Self {
        match error {
            SseError::TooLarge { .. } => Self::TooLarge,
            SseError::NotUtf8 => Self::Malformed,
        }
    }
}

/// One event of the Messages API, cut down to what triage reads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ApiEvent {
    /// `message_start`.
    MessageStart {
        /// The service's id of the message.
        id: String,
        /// The model that answers.
        model: String,
        /// The counts so far.
        usage: UsageUpdate,
    },
    /// `content_block_start`; the text that some servers put into it, mostly empty.
    BlockStart {
        /// What kind of block begins.
        kind: BlockKind,
        /// Its first text.
        text: String,
    },
    /// `content_block_delta`.
    BlockDelta {
        /// What kind of block goes on.
        kind: BlockKind,
        /// More of its text; empty unless the kind is [`BlockKind::Text`].
        text: String,
    },
    /// `content_block_stop`.
    BlockStop,
    /// `message_delta`.
    MessageDelta {
        /// Why the model stopped, once it has.
        stop_reason: Option<StopReason>,
        /// On a refusal, its category.
        refusal_category: Option<String>,
        /// The counts so far.
        usage: UsageUpdate,
    },
    /// `message_stop`: nothing comes after it.
    MessageStop,
    /// `ping`.
    Ping,
    /// `error`: nothing comes after it.
    Error(StreamError),
    /// An event that is newer than this program.
    Unknown,
}

/// What a block holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BlockKind {
    /// Text to read.
    Text,
    /// Thinking, readable or not, and its signature.
    Thinking,
    /// Anything else.
    Other,
}

/// Counts that one event states; applied to a [`Usage`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UsageUpdate(Value);

impl UsageUpdate {
    /// Takes the counts over into `usage`; those not stated stay.
    pub fn apply(&self, usage: &mut Usage) {
        usage.update(&self.0);
    }
}

impl ApiEvent {
    /// Reads one event. The `type` inside the data decides; the event's name is only a label.
    ///
    /// # Errors
    ///
    /// [`StreamError::Malformed`] when the data is not JSON with a `type`, or lacks what its
    /// type must have.
    pub fn parse(event: &SseEvent) -> Result<Self, StreamError> {
        let data: Value = serde_json::from_str(&event.data).map_err(|_| StreamError::Malformed)?;
        let field = |name| data.get(name).ok_or(StreamError::Malformed);
        let usage = |holder: &Value| UsageUpdate(holder.get("usage").cloned().unwrap_or_default());
        Ok(
            match text_at(&data, "type").ok_or(StreamError::Malformed)? {
                "message_start" => {
                    let message = field("message")?;
                    Self::MessageStart {
                        id: text_at(message, "id").unwrap_or_default().to_owned(),
                        model: text_at(message, "model").unwrap_or_default().to_owned(),
                        usage: usage(message),
                    }
                }
                "content_block_start" => {
                    let block = field("content_block")?;
                    let kind = match text_at(block, "type") {
                        Some("text") => BlockKind::Text,
                        Some("thinking" | "redacted_thinking") => BlockKind::Thinking,
                        _ => BlockKind::Other,
                    };
                    let text = text_at(block, "text").filter(|_| kind == BlockKind::Text);
                    Self::BlockStart {
                        kind,
                        text: text.unwrap_or_default().to_owned(),
                    }
                }
                "content_block_delta" => {
                    let delta = field("delta")?;
                    match text_at(delta, "type") {
                        Some("text_delta") => Self::BlockDelta {
                            kind: BlockKind::Text,
                            text: text_at(delta, "text")
                                .ok_or(StreamError::Malformed)?
                                .to_owned(),
                        },
                        Some("thinking_delta" | "signature_delta") => Self::BlockDelta {
                            kind: BlockKind::Thinking,
                            text: String::new(),
                        },
                        _ => Self::BlockDelta {
                            kind: BlockKind::Other,
                            text: String::new(),
                        },
                    }
                }
                "content_block_stop" => Self::BlockStop,
                "message_delta" => {
                    let delta = field("delta")?;
                    Self::MessageDelta {
                        stop_reason: text_at(delta, "stop_reason").map(StopReason::from_name),
                        refusal_category: refusal_category(delta),
                        usage: usage(&data),
                    }
                }
                "message_stop" => Self::MessageStop,
                "ping" => Self::Ping,
                "error" => Self::Error(StreamError::from_error(&data)),
                _ => Self::Unknown,
            },
        )
    }
}

/// What the page hears of while a reply comes in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum StreamEvent {
    /// The model has begun.
    Started {
        /// The model that answers.
        model: String,
    },
    /// The model thinks; sent once per block of thinking.
    Thinking,
    /// More text.
    Text {
        /// What to append.
        delta: String,
    },
    /// The counts so far: totals, not additions.
    Usage {
        /// The counts.
        usage: Usage,
    },
    /// The model has stopped and the stream is whole.
    Stopped {
        /// Why.
        reason: StopReason,
    },
}

/// Puts a reply together from the bytes of its stream.
///
/// ```
/// use triage_core::wire::{ReplyStream, StopReason};
///
/// let mut stream = ReplyStream::new();
/// stream.push(br#"data: {"type":"message_start","message":{"id":"msg_1","model":"m"}}
///
/// data: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}
///
/// data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":2}}
///
/// data: {"type":"message_stop"}
///
/// "#)?;
/// let reply = stream.finish()?;
/// assert_eq!((reply.text.as_str(), reply.usage.output_tokens), ("hi", 2));
/// assert_eq!(reply.stop_reason, StopReason::EndTurn);
/// # Ok::<(), triage_core::wire::StreamError>(())
/// ```
#[derive(Debug, Default)]
pub struct ReplyStream {
    decoder: SseDecoder,
    id: String,
    model: String,
    text: String,
    stop_reason: Option<StopReason>,
    refusal_category: Option<String>,
    usage: Usage,
    is_started: bool,
    is_stopped: bool,
    failure: Option<StreamError>,
}

impl ReplyStream {
    /// The largest text, in bytes: 1 MiB.
    pub const MAX_TEXT: usize = 1024 * 1024;

    /// A stream of which nothing has arrived.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes the next bytes and tells what they bring.
    ///
    /// # Errors
    ///
    /// [`StreamError`] when the stream fails. From then on every call, [`ReplyStream::finish`]
    /// too, gives the same error.
    pub fn push(&mut self, chunk: &[u8]) -> Result<Vec<StreamEvent>, StreamError> {
        if let Some(failure) = &self.failure {
            return Err(failure.clone());
        }
        let result = self.take(chunk);
        if let Err(error) = &result {
            self.failure = Some(error.clone());
        }
        result
    }

    /// The text so far. Incomplete until [`ReplyStream::finish`].
    pub fn text(&self) -> &str {
        &self.text
    }

    /// The reply, once the stream has ended.
    ///
    /// # Errors
    ///
    /// [`StreamError::Cut`] when it ended before `message_stop`; else the error that
    /// [`ReplyStream::push`] gave.
    pub fn finish(self) -> Result<Reply, StreamError> {
        if let Some(failure) = self.failure {
            return Err(failure);
        }
        match self.stop_reason {
            Some(stop_reason) if self.is_stopped => Ok(Reply {
                id: self.id,
                model: self.model,
                text: self.text,
                stop_reason,
                usage: self.usage,
                refusal_category: self.refusal_category,
            }),
            _ => Err(StreamError::Cut { text: self.text }),
        }
    }

    fn take(&mut self, chunk: &[u8]) -> Result<Vec<StreamEvent>, StreamError> {
        let mut out = Vec::new();
        if self.is_stopped {
            return Ok(out);
        }
        for event in self.decoder.push(chunk)? {
            if self.is_stopped {
                break;
            }
            self.apply(ApiEvent::parse(&event)?, &mut out)?;
        }
        Ok(out)
    }

    fn apply(&mut self, event: ApiEvent, out: &mut Vec<StreamEvent>) -> Result<(), StreamError> {
        match event {
            ApiEvent::MessageStart { id, model, usage } => {
                // A second start would let a broken server put two replies into one text.
                if std::mem::replace(&mut self.is_started, true) {
                    return Err(StreamError::Malformed);
                }
                usage.apply(&mut self.usage);
                out.push(StreamEvent::Started {
                    model: model.clone(),
                });
                out.push(StreamEvent::Usage { usage: self.usage });
                (self.id, self.model) = (id, model);
            }
            ApiEvent::BlockStart { kind, text } => {
                if kind == BlockKind::Thinking {
                    out.push(StreamEvent::Thinking);
                }
                self.append(text, out)?;
            }
            ApiEvent::BlockDelta { text, .. } => self.append(text, out)?,
            ApiEvent::MessageDelta {
                stop_reason,
                refusal_category,
                usage,
            } => {
                usage.apply(&mut self.usage);
                out.push(StreamEvent::Usage { usage: self.usage });
                self.stop_reason = stop_reason.or(self.stop_reason.take());
                self.refusal_category = refusal_category.or(self.refusal_category.take());
            }
            ApiEvent::MessageStop => {
                let reason = self.stop_reason.clone().ok_or(StreamError::Malformed)?;
                self.is_stopped = true;
                out.push(StreamEvent::Stopped { reason });
            }
            ApiEvent::Error(error) => return Err(error),
            ApiEvent::BlockStop | ApiEvent::Ping | ApiEvent::Unknown => {}
        }
        Ok(())
    }

    fn append(&mut self, delta: String, out: &mut Vec<StreamEvent>) -> Result<(), StreamError> {
        if self.text.len() + delta.len() > Self::MAX_TEXT {
            return Err(StreamError::TooLarge);
        }
        if !delta.is_empty() {
            self.text.push_str(&delta);
            out.push(StreamEvent::Text { delta });
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
