//! Server-sent events: bytes in any split to whole events.
//!
//! Follows the parsing rules of the HTML standard, section "Server-sent events", with two
//! differences: text that is not UTF-8 is an error instead of replacement characters (a quote
//! must occur in the alert byte for byte), and an event has a largest size.

/// One event, as it stood on the wire.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SseEvent {
    /// The `event` field; `message` where the sender gave none.
    pub event: String,
    /// The `data` lines, joined by line feeds. Never empty.
    pub data: String,
}

impl SseEvent {
    /// The event in wire form: an `event` line, `data` lines and the blank line that ends it.
    pub fn encode(&self) -> String {
        let mut out = String::with_capacity(self.event.len() + self.data.len() + 24);
        out.push_str("event: ");
        out.push_str(&self.event);
        out.push('\n');
        for line in self.data.split('\n') {
            out.push_str("data: ");
            out.push_str(line);
            out.push('\n');
        }
        out.push('\n');
        out
    }
}

/// Why bytes are not a stream of events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SseError {
    /// One event needs more bytes than the decoder was told to hold.
    #[error("an event is larger than {limit} bytes")]
    TooLarge {
        /// The limit, in bytes.
        limit: usize,
    },
    /// A line holds bytes that are not UTF-8.
    #[error("a line of the stream is not UTF-8")]
    NotUtf8,
}

/// Turns bytes into events, whatever the split.
///
/// After an error the decoder holds nothing and should be dropped.
#[derive(Debug)]
pub struct SseDecoder {
    limit: usize,
    line: Vec<u8>,
    event: String,
    data: String,
    has_data: bool,
    /// The last byte was CR: a LF that follows belongs to the same line end.
    after_cr: bool,
    /// No line has ended yet: a byte order mark may still come.
    at_start: bool,
}

impl SseDecoder {
    /// The limit that [`SseDecoder::new`] sets: 256 KiB, ten times the largest verdict.
    pub const DEFAULT_LIMIT: usize = 256 * 1024;

    /// A decoder that holds at most [`SseDecoder::DEFAULT_LIMIT`] bytes of one event.
    pub fn new() -> Self {
        Self::with_limit(Self::DEFAULT_LIMIT)
    }

    /// A decoder that holds at most `limit` bytes of one event: names, data and the open line.
    pub fn with_limit(limit: usize) -> Self {
        Self {
            limit,
            line: Vec::new(),
            event: String::new(),
            data: String::new(),
            has_data: false,
            after_cr: false,
            at_start: true,
        }
    }

    /// Takes the next bytes and returns the events that they complete, in order.
    ///
    /// # Errors
    ///
    /// [`SseError`] when an event grows over the limit or a line is not UTF-8. Events that were
    /// complete before the bad one in the same chunk are lost with it.
    pub fn push(&mut self, chunk: &[u8]) -> Result<Vec<SseEvent>, SseError> {
        let mut events = Vec::new();
        for &byte in chunk {
            let ends_crlf = byte == b'\n' && self.after_cr;
            self.after_cr = byte == b'\r';
            match byte {
                b'\n' if ends_crlf => {}
                b'\n' | b'\r' => events.extend(self.end_line()?),
                _ => {
                    if self.line.len() + self.data.len() + self.event.len() >= self.limit {
                        return Err(SseError::TooLarge { limit: self.limit });
                    }
                    self.line.push(byte);
                }
            }
        }
        Ok(events)
    }

    /// Whether bytes of an unfinished event are held. An event without its blank line does not
    /// count, as the standard says.
    pub fn is_mid_event(&self) -> bool {
        self.has_data || !self.line.is_empty()
    }

    fn end_line(&mut self) -> Result<Option<SseEvent>, SseError> {
        let bytes = std::mem::take(&mut self.line);
        let line = std::str::from_utf8(&bytes).map_err(|_| SseError::NotUtf8)?;
        let line = if std::mem::take(&mut self.at_start) {
            line.strip_prefix('\u{feff}').unwrap_or(line)
        } else {
            line
        };
        if line.is_empty() {
            return Ok(self.dispatch());
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.event),
            "data" => {
                if self.has_data {
                    self.data.push('\n');
                }
                self.data.push_str(value);
                self.has_data = true;
            }
            // A comment has an empty field name; `id` and `retry` serve reconnection, which a
            // reply that is paid for by the token must not do.
            _ => {}
        }
        Ok(None)
    }

    fn dispatch(&mut self) -> Option<SseEvent> {
        let event = std::mem::take(&mut self.event);
        let data = std::mem::take(&mut self.data);
        self.has_data = false;
        if data.is_empty() {
            return None;
        }
        let event = if event.is_empty() {
            "message".to_owned()
        } else {
            event
        };
        Some(SseEvent { event, data })
    }
}

impl Default for SseDecoder {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn decode(bytes: &[u8]) -> Vec<SseEvent> {
        SseDecoder::new().push(bytes).expect("a valid stream")
    }

    fn check(bytes: &str, expected: &[(&str, &str)]) {
        let events = decode(bytes.as_bytes());
        let found: Vec<(&str, &str)> = events
            .iter()
            .map(|event| (event.event.as_str(), event.data.as_str()))
            .collect();
        assert_eq!(found, expected, "{bytes:?}");
    }

    #[test]
    fn follows_the_standard() {
        check("data: a\n\n", &[("message", "a")]);
        check("event: ping\ndata: {}\n\n", &[("ping", "{}")]);
        check(
            "data: a\r\rdata: b\r\r",
            &[("message", "a"), ("message", "b")],
        );
        check(
            "data: a\r\n\r\ndata: b\r\n\r\n",
            &[("message", "a"), ("message", "b")],
        );
        check("data: a\ndata: b\n\n", &[("message", "a\nb")]);
        check("data:a\ndata:  b\n\n", &[("message", "a\n b")]);
        check(": comment\n\n:\ndata: a\n\n", &[("message", "a")]);
        check("\u{feff}data: a\n\n", &[("message", "a")]);
        check("id: 7\nretry: 3\ndata: a\n\n", &[("message", "a")]);
        check("event: lost\n\ndata: a\n\n", &[("message", "a")]);
        check("data\n\n", &[]);
        check("data: unfinished\n", &[]);
        check("\n\n\n", &[]);
    }

    #[test]
    fn refuses_what_is_too_large() {
        let mut decoder = SseDecoder::with_limit(16);
        assert_eq!(decoder.push(b"data: 1234567890"), Ok(vec![]));
        assert_eq!(decoder.push(b"x"), Err(SseError::TooLarge { limit: 16 }));

        let mut decoder = SseDecoder::with_limit(16);
        let many_lines = b"data: 12345\ndata: 12345\ndata: 12345\n";
        assert_eq!(
            decoder.push(many_lines),
            Err(SseError::TooLarge { limit: 16 })
        );

        let endless_comments = b": keep-alive\n".repeat(100);
        assert_eq!(
            SseDecoder::with_limit(16).push(&endless_comments),
            Ok(vec![])
        );
    }

    #[test]
    fn refuses_what_is_not_utf8() {
        assert_eq!(
            SseDecoder::new().push(b"data: \xff\n"),
            Err(SseError::NotUtf8)
        );
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_events(
            lines in prop::collection::vec("(event|data|id|:)?(: )?[a-z\u{e9}\u{1f600}]{0,6}(\n|\r|\r\n)", 0..40),
            cuts in prop::collection::vec(any::<prop::sample::Index>(), 0..8),
        ) {
            let text = lines.concat();
            let bytes = text.as_bytes();
            let whole = decode(bytes);
            let mut places: Vec<usize> = cuts.iter().map(|cut| cut.index(bytes.len() + 1)).collect();
            places.extend([0, bytes.len()]);
            places.sort_unstable();
            let mut decoder = SseDecoder::new();
            let mut pieces = Vec::new();
            for pair in places.windows(2) {
                pieces.extend(decoder.push(&bytes[pair[0]..pair[1]]).expect("valid"));
            }
            prop_assert_eq!(pieces, whole);
        }

        #[test]
        fn any_bytes_are_safe(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = SseDecoder::with_limit(64).push(&bytes);
        }

        #[test]
        fn what_is_encoded_is_decoded(event in "[a-z_]{1,12}", data in "[^\r\u{0}]{1,40}") {
            prop_assume!(!data.trim_matches('\n').is_empty());
            let event = SseEvent { event, data };
            prop_assert_eq!(decode(event.encode().as_bytes()), vec![event]);
        }
    }
}
