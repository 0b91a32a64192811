//! Streams as the service sends them, and as it should not.

use super::*;
use proptest::prelude::*;

const START: &str = r#"{"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","model":"m","content":[],"stop_reason":null,"usage":{"input_tokens":10,"output_tokens":1}}}"#;
const STOP: &str = r#"{"type":"message_stop"}"#;

fn wire(events: &[&str]) -> String {
    let encode = |data: &&str| {
        let event = SseEvent {
            event: "any".to_owned(),
            data: (*data).to_owned(),
        };
        event.encode()
    };
    events.iter().map(encode).collect()
}

fn text(delta: &str) -> String {
    serde_json::json!({"type": "content_block_delta", "index": 0,
        "delta": {"type": "text_delta", "text": delta}})
    .to_string()
}

fn end(reason: &str) -> String {
    serde_json::json!({"type": "message_delta", "delta": {"stop_reason": reason, "stop_sequence": null},
        "usage": {"output_tokens": 7}})
    .to_string()
}

fn run(bytes: &[u8]) -> (Vec<StreamEvent>, Result<Reply, StreamError>) {
    let mut stream = ReplyStream::new();
    let events = stream.push(bytes).unwrap_or_default();
    (events, stream.finish())
}

fn check_error(events: &[&str], expected: &StreamError) {
    let (_, reply) = run(wire(events).as_bytes());
    assert_eq!(reply.as_ref(), Err(expected));
}

#[test]
fn a_reply_with_thinking_and_pings() {
    let thinking = r#"{"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}"#;
    let thought = r#"{"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"hm"}}"#;
    let signed = r#"{"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"s"}}"#;
    let new_event = r#"{"type":"sparkles","index":[1]}"#;
    let new_delta = r#"{"type":"content_block_delta","index":1,"delta":{"type":"sparkle_delta"}}"#;
    let ping = r#"{"type":"ping"}"#;
    let (a, b, stop) = (text("caf\u{e9} "), text("au lait"), end("end_turn"));
    let bytes = wire(&[
        START, ping, thinking, thought, signed, ping, new_event, new_delta, &a, ping, &b, &stop,
        STOP,
    ]);
    let (events, reply) = run(bytes.as_bytes());
    let usage = |output_tokens| Usage {
        input_tokens: 10,
        output_tokens,
        ..Usage::default()
    };
    assert_eq!(
        events,
        [
            StreamEvent::Started {
                model: "m".to_owned()
            },
            StreamEvent::Usage { usage: usage(1) },
            StreamEvent::Thinking,
            StreamEvent::Text {
                delta: "caf\u{e9} ".to_owned()
            },
            StreamEvent::Text {
                delta: "au lait".to_owned()
            },
            StreamEvent::Usage { usage: usage(7) },
            StreamEvent::Stopped {
                reason: StopReason::EndTurn
            },
        ]
    );
    let reply = reply.expect("a reply");
    assert_eq!(
        (reply.id.as_str(), reply.text.as_str()),
        ("msg_1", "caf\u{e9} au lait")
    );
    assert_eq!(reply.usage, usage(7));
}

#[test]
fn a_refusal_mid_stream_names_its_category() {
    let refusal = r#"{"type":"message_delta","delta":{"stop_reason":"refusal","stop_details":{"type":"refusal","category":"cyber","explanation":null}},"usage":{}}"#;
    let (_, reply) = run(wire(&[START, &text("par"), refusal, STOP]).as_bytes());
    let reply = reply.expect("a reply");
    assert_eq!(reply.stop_reason, StopReason::Refusal);
    assert_eq!(reply.refusal_category.as_deref(), Some("cyber"));
}

#[test]
fn a_cut_keeps_the_text() {
    let cut = |text: &str| StreamError::Cut {
        text: text.to_owned(),
    };
    check_error(&[], &cut(""));
    check_error(&[START, &text("ab")], &cut("ab"));
    check_error(&[START, &text("ab"), &end("end_turn")], &cut("ab"));
}

#[test]
fn an_error_event_never_brings_its_words() {
    let error = r#"{"type":"error","error":{"type":"overloaded_error","message":"sk-ant-secret"}}"#;
    let (_, reply) = run(wire(&[START, error]).as_bytes());
    let error = reply.expect_err("an error");
    assert!(!format!("{error} {error:?}").contains("secret"));
    assert!(
        matches!(error, StreamError::Upstream { kind, code: None, .. } if kind == "overloaded_error")
    );

    let own = serde_json::to_string(&ErrorBody::new(ProxyCode::UpstreamTimeout)).expect("JSON");
    let (_, reply) = run(wire(&[START, &own]).as_bytes());
    let code = Some(ProxyCode::UpstreamTimeout);
    assert!(matches!(reply, Err(StreamError::Upstream { code: found, .. }) if found == code));
}

#[test]
fn what_is_not_the_api_is_malformed() {
    for data in [
        "{",
        "7",
        "{}",
        r#"{"type":1}"#,
        r#"{"type":"message_start"}"#,
        START,
        r#"{"type":"content_block_delta","delta":{"type":"text_delta"}}"#,
        STOP,
    ] {
        check_error(&[START, data], &StreamError::Malformed);
    }
    let (_, reply) = run(b"data: \xff\n\n");
    assert_eq!(reply, Err(StreamError::Malformed));
}

#[test]
fn what_is_too_large_is_refused() {
    let large = text(&"x".repeat(300_000));
    check_error(&[START, &large], &StreamError::TooLarge);
    let part = text(&"x".repeat(200_000));
    check_error(
        &[START, &part, &part, &part, &part, &part, &part],
        &StreamError::TooLarge,
    );
}

#[test]
fn nothing_counts_after_the_stop() {
    let stop = end("max_tokens");
    let (_, reply) = run(wire(&[START, &text("a"), &stop, STOP, &text("b"), "junk"]).as_bytes());
    let reply = reply.expect("a reply");
    assert_eq!(
        (reply.text.as_str(), reply.stop_reason),
        ("a", StopReason::MaxTokens)
    );
}

proptest! {
    #[test]
    fn any_split_gives_the_same_reply(
        deltas in prop::collection::vec("[a-z\u{e9}\u{1f600}\"\n]{0,6}", 0..8),
        step in 1_usize..50,
    ) {
        let deltas: Vec<String> = deltas.iter().map(|delta| text(delta)).collect();
        let stop = end("end_turn");
        let mut events = vec![START];
        events.extend(deltas.iter().map(String::as_str));
        events.extend([stop.as_str(), STOP]);
        let bytes = wire(&events).into_bytes();
        let (whole_events, whole) = run(&bytes);

        let mut stream = ReplyStream::new();
        let mut pieces = Vec::new();
        for piece in bytes.chunks(step) {
            pieces.extend(stream.push(piece).expect("valid"));
        }
        prop_assert_eq!(pieces, whole_events);
        prop_assert_eq!(stream.finish(), whole);
    }

    #[test]
    fn any_json_is_safe(data in "[\\[\\]{}:,\"a-z_0-9]{0,60}") {
        let _ = run(wire(&[START, &data]).as_bytes());
    }
}
