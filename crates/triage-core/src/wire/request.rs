//! The one request that the proxy forwards: a closed subset of `POST /v1/messages`.
//!
//! Closed means that a field not named here is an error. Tools, containers, betas, service
//! tiers and sampling parameters are left out on purpose: a page that is taken over must not
//! be able to spend the key on anything but a triage.

use serde::de::{self, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

/// A request to the model.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MessagesRequest {
    /// The model's id, one of those in [`ServerConfig`](super::ServerConfig).
    pub model: String,
    /// The most tokens the reply may have, thinking included. At least 1.
    pub max_tokens: u32,
    /// Whether the reply comes as events.
    #[serde(default)]
    pub stream: bool,
    /// The instructions. A plain string is taken as one block.
    #[serde(
        default,
        skip_serializing_if = "Vec::is_empty",
        deserialize_with = "text_or_blocks"
    )]
    pub system: Vec<TextBlock>,
    /// The conversation, oldest first. Not empty.
    pub messages: Vec<Message>,
    /// How hard the model tries and in which form it answers.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub output_config: Option<OutputConfig>,
    /// Whether the model thinks first. `None` leaves it to the model.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub thinking: Option<Thinking>,
}

/// One turn of the conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Message {
    /// Whose turn it is.
    pub role: Role,
    /// What was said.
    pub content: Content,
}

impl Message {
    /// A turn of the user, as plain text.
    pub fn user(text: impl Into<String>) -> Self {
        Self {
            role: Role::User,
            content: Content::Text(text.into()),
        }
    }

    /// A turn of the model, as plain text.
    pub fn assistant(text: impl Into<String>) -> Self {
        Self {
            role: Role::Assistant,
            content: Content::Text(text.into()),
        }
    }
}

impl Message {
    /// What was said, where it is plain text.
    pub fn text(&self) -> Option<&str> {
        match &self.content {
            Content::Text(text) => Some(text),
            Content::Blocks(_) => None,
        }
    }
}

/// Whose turn it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// The one who asks.
    User,
    /// The model.
    Assistant,
}

/// What was said: on the wire a string, or an array of text blocks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Content {
    /// Plain text.
    Text(String),
    /// Text in blocks, any of which may be marked for the prompt cache.
    Blocks(Vec<TextBlock>),
}

impl Serialize for Content {
    fn serialize<S: Serializer>(&self, sink: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Text(text) => sink.serialize_str(text),
            Self::Blocks(blocks) => blocks.serialize(sink),
        }
    }
}

impl<'de> Deserialize<'de> for Content {
    fn deserialize<D: Deserializer<'de>>(source: D) -> Result<Self, D::Error> {
        source.deserialize_any(ContentVisitor)
    }
}

// By hand, because an untagged enum would hide which field inside a block is the unknown one.
struct ContentVisitor;

impl<'de> Visitor<'de> for ContentVisitor {
    type Value = Content;

    fn expecting(&self, out: &mut std::fmt::Formatter) -> std::fmt::Result {
        out.write_str("a string or an array of text blocks")
    }

    fn visit_str<E: de::Error>(self, text: &str) -> Result<Content, E> {
        Ok(Content::Text(text.to_owned()))
    }

    fn visit_string<E: de::Error>(self, text: String) -> Result<Content, E> {
        Ok(Content::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut source: A) -> Result<Content, A::Error> {
        let mut blocks = Vec::new();
        while let Some(block) = source.next_element()? {
            blocks.push(block);
        }
        Ok(Content::Blocks(blocks))
    }
}

fn text_or_blocks<'de, D: Deserializer<'de>>(source: D) -> Result<Vec<TextBlock>, D::Error> {
    Ok(match Content::deserialize(source)? {
        Content::Text(text) => vec![TextBlock::new(text)],
        Content::Blocks(blocks) => blocks,
    })
}

/// A block of text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct TextBlock {
    #[serde(rename = "type")]
    kind: TextKind,
    /// The text.
    pub text: String,
    /// Marks the end of a prefix that the service may keep for later requests.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub cache_control: Option<CacheControl>,
}

impl TextBlock {
    /// A block that is not marked for the prompt cache.
    pub fn new(text: impl Into<String>) -> Self {
        Self {
            kind: TextKind::Text,
            text: text.into(),
            cache_control: None,
        }
    }

    /// A block that ends a prefix worth keeping for five minutes.
    pub fn cached(text: impl Into<String>) -> Self {
        Self {
            cache_control: Some(CacheControl::ephemeral()),
            ..Self::new(text)
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum TextKind {
    Text,
}

/// A mark for the prompt cache. Its only type is `ephemeral`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CacheControl {
    #[serde(rename = "type")]
    kind: CacheKind,
    /// How long to keep the prefix; five minutes if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ttl: Option<Ttl>,
}

impl CacheControl {
    /// The mark with the service's own time to live.
    pub fn ephemeral() -> Self {
        Self {
            kind: CacheKind::Ephemeral,
            ttl: None,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum CacheKind {
    Ephemeral,
}

/// How long the prompt cache keeps a prefix.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Ttl {
    /// Five minutes; a write costs 1.25 times the tokens.
    #[serde(rename = "5m")]
    FiveMinutes,
    /// One hour; a write costs twice the tokens.
    #[serde(rename = "1h")]
    OneHour,
}

/// How hard the model tries and in which form it answers.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputConfig {
    /// How hard the model tries. Not every model takes it, see
    /// [`ModelInfo::effort`](super::ModelInfo::effort).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub effort: Option<Effort>,
    /// The form of the answer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub format: Option<OutputFormat>,
}

/// How hard the model tries.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[expect(
    missing_docs,
    reason = "the service defines the steps only by their order"
)]
pub enum Effort {
    Low,
    Medium,
    High,
    Xhigh,
    Max,
}

/// The form of the answer: JSON after a schema.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct OutputFormat {
    #[serde(rename = "type")]
    kind: FormatKind,
    /// A JSON Schema object. Its content is free, its size is not, see
    /// [`MessagesRequest::check`].
    pub schema: Value,
}

impl OutputFormat {
    /// JSON after `schema`.
    pub fn json_schema(schema: Value) -> Self {
        Self {
            kind: FormatKind::JsonSchema,
            schema,
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum FormatKind {
    JsonSchema,
}

/// Whether the model thinks first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case", deny_unknown_fields)]
pub enum Thinking {
    /// As much as the model finds useful.
    Adaptive {},
}

/// Why a well-formed request is not one to forward.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// `max_tokens` is 0, which the service takes as a request to warm its cache.
    #[error("max_tokens must be at least 1")]
    NoTokens,
    /// There is nothing to answer, or more turns than a triage has.
    #[error("messages must have 1 to {} turns", MessagesRequest::MAX_MESSAGES)]
    MessageCount,
    /// A turn or the instructions have too many blocks.
    #[error("a text must have at most {} blocks", MessagesRequest::MAX_BLOCKS)]
    BlockCount,
    /// More marks than the service takes.
    #[error(
        "at most {} blocks may have cache_control",
        MessagesRequest::MAX_CACHE_MARKS
    )]
    CacheMarks,
    /// The schema is not an object.
    #[error("output_config.format.schema must be an object")]
    SchemaNotObject,
    /// The schema is nested too deep or has too many values.
    #[error(
        "output_config.format.schema must have at most {} levels and {} values",
        MessagesRequest::MAX_SCHEMA_DEPTH,
        MessagesRequest::MAX_SCHEMA_VALUES
    )]
    SchemaTooLarge,
}

impl MessagesRequest {
    /// The most turns in a conversation.
    pub const MAX_MESSAGES: usize = 64;
    /// The most blocks in the instructions or in one turn.
    pub const MAX_BLOCKS: usize = 64;
    /// The most `cache_control` marks, as the service has it.
    pub const MAX_CACHE_MARKS: usize = 4;
    /// The most levels of a schema.
    pub const MAX_SCHEMA_DEPTH: usize = 24;
    /// The most values, at any level, of a schema.
    pub const MAX_SCHEMA_VALUES: usize = 2048;

    /// Checks what the types alone cannot say.
    ///
    /// # Errors
    ///
    /// The first rule of [`RequestError`] that is broken.
    pub fn check(&self) -> Result<(), RequestError> {
        if self.max_tokens == 0 {
            return Err(RequestError::NoTokens);
        }
        if self.messages.is_empty() || self.messages.len() > Self::MAX_MESSAGES {
            return Err(RequestError::MessageCount);
        }
        let mut marks = 0;
        let turns = self.messages.iter().filter_map(|turn| match &turn.content {
            Content::Text(_) => None,
            Content::Blocks(blocks) => Some(blocks),
        });
        for blocks in turns.chain([&self.system]) {
            if blocks.len() > Self::MAX_BLOCKS {
                return Err(RequestError::BlockCount);
            }
            marks += blocks
                .iter()
                .filter(|block| block.cache_control.is_some())
                .count();
        }
        if marks > Self::MAX_CACHE_MARKS {
            return Err(RequestError::CacheMarks);
        }
        let format = self
            .output_config
            .as_ref()
            .and_then(|config| config.format.as_ref());
        format.map_or(Ok(()), |format| check_schema(&format.schema))
    }
}

fn check_schema(schema: &Value) -> Result<(), RequestError> {
    if !schema.is_object() {
        return Err(RequestError::SchemaNotObject);
    }
    let mut open = vec![(schema, 1)];
    let mut seen = 0;
    while let Some((value, depth)) = open.pop() {
        seen += 1;
        if depth > MessagesRequest::MAX_SCHEMA_DEPTH || seen > MessagesRequest::MAX_SCHEMA_VALUES {
            return Err(RequestError::SchemaTooLarge);
        }
        match value {
            Value::Array(items) => open.extend(items.iter().map(|item| (item, depth + 1))),
            Value::Object(fields) => open.extend(fields.values().map(|item| (item, depth + 1))),
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
