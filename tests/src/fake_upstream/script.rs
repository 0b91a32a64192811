//! The bytes of a scenario, piece by piece, and the pause before each.

use std::collections::VecDeque;
use std::time::Duration;

use axum::body::Bytes;
use serde_json::{Value, json};

use super::Scenario;

/// The events before the first text: `message_start`, `ping`, `content_block_start`.
const HEAD: usize = 3;

/// What to do next.
pub(super) enum Pace {
    /// Wait, then send.
    Send(Bytes, Duration),
    /// Break the connection.
    Break,
    /// End in good order.
    End,
}

/// The rest of a reply.
pub(super) struct Script {
    pub(super) media_type: &'static str,
    pieces: VecDeque<Bytes>,
    pause: Duration,
    /// What is sent once the pieces are used up.
    after: After,
    message: Value,
}

enum After {
    End,
    Break,
    Silence,
    Repeat(Bytes),
}

impl Script {
    pub(super) fn new(
        scenario: Scenario,
        text: &str,
        cut_at: usize,
        model: &str,
        key: &str,
    ) -> Self {
        let events = events(scenario, text, model, key);
        let mut script = Self {
            media_type: "text/event-stream; charset=utf-8",
            pieces: events
                .iter()
                .map(|event| Bytes::from(event.clone()))
                .collect(),
            pause: Duration::ZERO,
            after: After::End,
            message: message(scenario, text, model),
        };
        let whole = events.concat();
        match scenario {
            Scenario::Cut | Scenario::Reset => {
                let part = whole
                    .as_bytes()
                    .iter()
                    .copied()
                    .take(cut_at)
                    .collect::<Vec<u8>>();
                script.pieces = VecDeque::from([Bytes::from(part)]);
                if scenario == Scenario::Reset {
                    script.after = After::Break;
                }
            }
            Scenario::SplitUtf8 => {
                script.pieces = whole.bytes().map(|byte| Bytes::from(vec![byte])).collect();
            }
            Scenario::Slow => script.pause = Duration::from_millis(50),
            Scenario::SlowDrip => {
                script.pieces.truncate(HEAD);
                let delta = Bytes::from(text_delta(0, "drip "));
                script.pieces.extend(std::iter::repeat_n(delta, 1200));
                script.pause = Duration::from_millis(50);
            }
            Scenario::Silence => {
                script.pieces.truncate(1);
                script.after = After::Silence;
            }
            Scenario::Endless => {
                script.pieces.truncate(HEAD);
                let delta = text_delta(0, &"more ".repeat(2000));
                script.after = After::Repeat(Bytes::from(delta));
            }
            Scenario::WrongType => {
                script.media_type = "text/html";
                script.pieces = VecDeque::from([Bytes::from("<h1>Not here</h1>")]);
            }
            _ => {}
        }
        script
    }

    pub(super) fn next(&mut self) -> Pace {
        if let Some(piece) = self.pieces.pop_front() {
            return Pace::Send(piece, self.pause);
        }
        match &self.after {
            After::End => Pace::End,
            After::Break => Pace::Break,
            After::Silence => Pace::Send(Bytes::new(), Duration::from_mins(10)),
            After::Repeat(piece) => Pace::Send(piece.clone(), Duration::ZERO),
        }
    }

    /// The reply as one JSON text, for requests that do not stream.
    pub(super) fn whole(&self) -> String {
        self.message.to_string()
    }
}

fn message(scenario: Scenario, text: &str, model: &str) -> Value {
    let is_refused = matches!(scenario, Scenario::Refusal | Scenario::RefusalMidStream);
    let content = if is_refused {
        json!([])
    } else {
        json!([{"type": "text", "text": text}])
    };
    json!({
        "id": "msg_fake_1", "type": "message", "role": "assistant", "model": model,
        "content": content, "stop_reason": stop_reason(scenario), "stop_sequence": null,
        "stop_details": stop_details(scenario),
        "usage": {"input_tokens": 1200, "output_tokens": 80,
            "cache_creation_input_tokens": 0, "cache_read_input_tokens": 1000},
    })
}

/// The stream of a scenario, one text per event.
fn events(scenario: Scenario, text: &str, model: &str, key: &str) -> Vec<String> {
    let deltas = deltas(text);
    let half = deltas.len() / 2;
    let mut out = vec![start(model), sse("ping", &json!({"type": "ping"}))];
    let mut index = 0;
    match scenario {
        Scenario::Thinking => {
            out.extend(thinking());
            index = 1;
        }
        Scenario::Unknown => out.push(sse("sparkles", &json!({"type": "sparkles", "secret": key}))),
        Scenario::HugeEvent => out.push(text_delta(0, &"x".repeat(1024 * 1024))),
        Scenario::InvalidJson => {
            out.push("event: content_block_delta\ndata: {\"type\":\n\n".to_owned());
        }
        Scenario::KeyInStream => out.push(text_delta(0, key)),
        Scenario::Refusal => return ended(out, scenario),
        _ => {}
    }
    let block = json!({"type": "text", "text": ""});
    out.push(sse(
        "content_block_start",
        &json!({"type": "content_block_start", "index": index, "content_block": block}),
    ));
    for (place, delta) in deltas.iter().enumerate() {
        let is_half = place >= half;
        match scenario {
            Scenario::ErrorEvent if is_half => {
                let error = json!({"type": "overloaded_error", "message": format!("upstream words, key {key}")});
                out.push(sse("error", &json!({"type": "error", "error": error})));
                return out;
            }
            Scenario::RefusalMidStream | Scenario::MaxTokens if is_half => break,
            Scenario::Pings => out.extend(std::iter::repeat_n(
                sse("ping", &json!({"type": "ping"})),
                100,
            )),
            _ => {}
        }
        out.push(text_delta(index, delta));
    }
    out.push(sse(
        "content_block_stop",
        &json!({"type": "content_block_stop", "index": index}),
    ));
    ended(out, scenario)
}

fn start(model: &str) -> String {
    let message = json!({
        "id": "msg_fake_1", "type": "message", "role": "assistant", "model": model, "content": [],
        "stop_reason": null, "stop_sequence": null,
        "usage": {"input_tokens": 1200, "output_tokens": 1,
            "cache_creation_input_tokens": 0, "cache_read_input_tokens": 1000},
    });
    sse(
        "message_start",
        &json!({"type": "message_start", "message": message}),
    )
}

fn thinking() -> Vec<String> {
    let block = json!({"type": "thinking", "thinking": "", "signature": ""});
    let delta = |delta: Value| json!({"type": "content_block_delta", "index": 0, "delta": delta});
    vec![
        sse(
            "content_block_start",
            &json!({"type": "content_block_start", "index": 0, "content_block": block}),
        ),
        sse(
            "content_block_delta",
            &delta(json!({"type": "thinking_delta", "thinking": "Let me look."})),
        ),
        sse(
            "content_block_delta",
            &delta(json!({"type": "signature_delta", "signature": "c2ln"})),
        ),
        sse(
            "content_block_stop",
            &json!({"type": "content_block_stop", "index": 0}),
        ),
    ]
}

fn ended(mut out: Vec<String>, scenario: Scenario) -> Vec<String> {
    let delta = json!({
        "stop_reason": stop_reason(scenario), "stop_sequence": null,
        "stop_details": stop_details(scenario),
    });
    let usage = json!({"output_tokens": 80});
    out.push(sse(
        "message_delta",
        &json!({"type": "message_delta", "delta": delta, "usage": usage}),
    ));
    out.push(sse("message_stop", &json!({"type": "message_stop"})));
    out
}

fn stop_reason(scenario: Scenario) -> &'static str {
    match scenario {
        Scenario::Refusal | Scenario::RefusalMidStream => "refusal",
        Scenario::MaxTokens => "max_tokens",
        _ => "end_turn",
    }
}

fn stop_details(scenario: Scenario) -> Value {
    match scenario {
        Scenario::Refusal | Scenario::RefusalMidStream => {
            json!({"type": "refusal", "category": "cyber", "explanation": null})
        }
        _ => Value::Null,
    }
}

fn text_delta(index: usize, text: &str) -> String {
    let delta = json!({"type": "text_delta", "text": text});
    sse(
        "content_block_delta",
        &json!({"type": "content_block_delta", "index": index, "delta": delta}),
    )
}

/// The text in pieces of sixteen characters, about the size of Claude's.
fn deltas(text: &str) -> Vec<String> {
    let letters: Vec<char> = text.chars().collect();
    letters
        .chunks(16)
        .map(|piece| piece.iter().collect())
        .collect()
}

fn sse(event: &str, data: &Value) -> String {
    format!("event: {event}\ndata: {data}\n\n")
}
