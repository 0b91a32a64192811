//! A finished reply of the model.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::stream::StreamError;

/// A finished reply: only text that the service meant to be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reply {
    /// The service's id of the message; empty if it gave none.
    pub id: String,
    /// The model that answered, which may be more exact than the one asked for.
    pub model: String,
    /// All text blocks, joined. Thinking is not part of it. Empty on most refusals.
    pub text: String,
    /// Why the model stopped. Only [`StopReason::EndTurn`] and [`StopReason::StopSequence`]
    /// mean that the text is whole.
    pub stop_reason: StopReason,
    /// What was counted.
    pub usage: Usage,
    /// On a refusal, the category the service names, such as `cyber`.
    pub refusal_category: Option<String>,
}

impl Reply {
    /// Reads the body of a reply that did not come as events.
    ///
    /// # Errors
    ///
    /// [`StreamError::Upstream`] when the body is an error body, [`StreamError::Malformed`] when
    /// it is neither that nor a message.
    pub fn from_json(text: &str) -> Result<Self, StreamError> {
        let body: Value = serde_json::from_str(text).map_err(|_| StreamError::Malformed)?;
        match body.get("type").and_then(Value::as_str) {
            Some("message") => {}
            Some("error") => return Err(StreamError::from_error(&body)),
            _ => return Err(StreamError::Malformed),
        }
        let blocks = body.get("content").and_then(Value::as_array);
        let text = blocks
            .ok_or(StreamError::Malformed)?
            .iter()
            .filter(|block| text_at(block, "type") == Some("text"))
            .filter_map(|block| text_at(block, "text"))
            .collect();
        let stop_reason = text_at(&body, "stop_reason").ok_or(StreamError::Malformed)?;
        let mut usage = Usage::default();
        usage.update(&body["usage"]);
        Ok(Self {
            id: text_at(&body, "id").unwrap_or_default().to_owned(),
            model: text_at(&body, "model").unwrap_or_default().to_owned(),
            text,
            stop_reason: StopReason::from_name(stop_reason),
            usage,
            refusal_category: refusal_category(&body),
        })
    }
}

pub(super) fn text_at<'a>(value: &'a Value, field: &str) -> Option<&'a str> {
    value.get(field).and_then(Value::as_str)
}

pub(super) fn refusal_category(holder: &Value) -> Option<String> {
    let category = text_at(holder.get("stop_details")?, "category")?;
    Some(short_name(category))
}

/// A name from the service, fit to be shown: letters, digits and underscores, 64 at most.
pub(super) fn short_name(name: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
    if !name.is_empty() && name.len() <= 64 && name.chars().all(is_plain) {
        name.to_owned()
    } else {
        "unknown".to_owned()
    }
}

/// Why the model stopped.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(from = "String", into = "String")]
pub enum StopReason {
    /// The answer is complete.
    EndTurn,
    /// `max_tokens` was reached: the text is cut.
    MaxTokens,
    /// A stop sequence came up.
    StopSequence,
    /// The model asks for a tool; triage offers none.
    ToolUse,
    /// The service paused a long turn.
    PauseTurn,
    /// The service or the model declined. The text, if any, must not be used.
    Refusal,
    /// The context window is full: the text is cut.
    ContextWindowExceeded,
    /// A reason that is newer than this program, or `unknown` if it is not even a name.
    Unknown(String),
}

impl From<String> for StopReason {
    fn from(name: String) -> Self {
        Self::from_name(&name)
    }
}

impl From<StopReason> for String {
    fn from(reason: StopReason) -> Self {
        reason.name().to_owned()
    }
}

impl StopReason {
    /// The reason with this name in the API.
    pub fn from_name(name: &str) -> Self {
        match name {
            "end_turn" => Self::EndTurn,
            "max_tokens" => Self::MaxTokens,
            "stop_sequence" => Self::StopSequence,
            "tool_use" => Self::ToolUse,
            "pause_turn" => Self::PauseTurn,
            "refusal" => Self::Refusal,
            "model_context_window_exceeded" => Self::ContextWindowExceeded,
            other => Self::Unknown(short_name(other)),
        }
    }

    /// The reason's name in the API.
    pub fn name(&self) -> &str {
        match self {
            Self::EndTurn => "end_turn",
            Self::MaxTokens => "max_tokens",
            Self::StopSequence => "stop_sequence",
            Self::ToolUse => "tool_use",
            Self::PauseTurn => "pause_turn",
            Self::Refusal => "refusal",
            Self::ContextWindowExceeded => "model_context_window_exceeded",
            Self::Unknown(name) => name,
        }
    }
}

/// Tokens, as the service counted them. Absent counts are 0.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Usage {
    /// Tokens read at full price.
    pub input_tokens: u64,
    /// Tokens written, thinking included.
    pub output_tokens: u64,
    /// Tokens put into the prompt cache.
    pub cache_creation_input_tokens: u64,
    /// Tokens taken from the prompt cache.
    pub cache_read_input_tokens: u64,
}

impl Usage {
    /// All tokens of the prompt: read, put into the cache and taken from it.
    pub fn total_input(&self) -> u64 {
        self.input_tokens
            .saturating_add(self.cache_creation_input_tokens)
            .saturating_add(self.cache_read_input_tokens)
    }

    /// Adds what another request took. What a service claims may be any number.
    pub fn add(&mut self, other: &Self) {
        let pairs = [
            (&mut self.input_tokens, other.input_tokens),
            (&mut self.output_tokens, other.output_tokens),
            (
                &mut self.cache_creation_input_tokens,
                other.cache_creation_input_tokens,
            ),
            (
                &mut self.cache_read_input_tokens,
                other.cache_read_input_tokens,
            ),
        ];
        for (count, more) in pairs {
            *count = count.saturating_add(more);
        }
    }

    /// Takes over the counts that `usage` states. They are totals so far, not additions, and
    /// the ones it leaves out (or gives as null) stay.
    pub(super) fn update(&mut self, usage: &Value) {
        let fields = [
            ("input_tokens", &mut self.input_tokens),
            ("output_tokens", &mut self.output_tokens),
            (
                "cache_creation_input_tokens",
                &mut self.cache_creation_input_tokens,
            ),
            ("cache_read_input_tokens", &mut self.cache_read_input_tokens),
        ];
        for (name, count) in fields {
            if let Some(stated) = usage.get(name).and_then(Value::as_u64) {
                *count = stated;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_a_message_with_thinking_first() {
        let reply = Reply::from_json(
            r#"{"type":"message","id":"msg_1","role":"assistant","model":"m","content":[
            {"type":"thinking","thinking":"hm","signature":"s"},{"type":"redacted_thinking","data":"x"},
            {"type":"text","text":"a"},{"type":"text","text":"b"}],"stop_reason":"end_turn",
            "stop_sequence":null,"usage":{"input_tokens":3,"output_tokens":5,"cache_read_input_tokens":null}}"#,
        )
        .expect("a reply");
        assert_eq!((reply.id.as_str(), reply.text.as_str()), ("msg_1", "ab"));
        assert_eq!(reply.stop_reason, StopReason::EndTurn);
        assert_eq!(
            (reply.usage.total_input(), reply.usage.output_tokens),
            (3, 5)
        );
    }

    #[test]
    fn reads_a_refusal_without_content() {
        let reply = Reply::from_json(
            r#"{"type":"message","model":"m","content":[],"stop_reason":"refusal",
            "stop_details":{"type":"refusal","category":"cyber","explanation":"..."},"usage":{}}"#,
        )
        .expect("a reply");
        assert_eq!(
            (reply.text.as_str(), reply.stop_reason),
            ("", StopReason::Refusal)
        );
        assert_eq!(reply.refusal_category.as_deref(), Some("cyber"));
    }

    #[test]
    fn everything_else_is_an_error() {
        for text in [
            "",
            "{}",
            "[]",
            r#"{"type":"message"}"#,
            r#"{"type":"message","content":[]}"#,
        ] {
            assert_eq!(
                Reply::from_json(text),
                Err(StreamError::Malformed),
                "{text}"
            );
        }
        let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"secret"}}"#;
        let found = Reply::from_json(error).expect_err("an error");
        assert!(!format!("{found} {found:?}").contains("secret"));
    }

    #[test]
    fn stop_reasons_come_back() {
        for name in [
            "end_turn",
            "max_tokens",
            "stop_sequence",
            "tool_use",
            "pause_turn",
            "refusal",
            "model_context_window_exceeded",
            "a_new_one",
        ] {
            assert_eq!(StopReason::from_name(name).name(), name);
        }
        assert_eq!(StopReason::from_name("<b>").name(), "unknown");
    }
}
