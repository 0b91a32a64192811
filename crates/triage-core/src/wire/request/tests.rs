//! Requests that are forwarded, and the many that are not.

use super::*;
use serde_json::json;

fn parse(value: Value) -> Result<MessagesRequest, serde_json::Error> {
    serde_json::from_value(value)
}

fn smallest() -> Value {
    json!({"model": "m", "max_tokens": 1, "messages": [{"role": "user", "content": "hi"}]})
}

#[test]
fn the_smallest_request_stays_small() {
    let request = parse(smallest()).expect("a request");
    assert_eq!(request.check(), Ok(()));
    let mut expected = smallest();
    expected["stream"] = json!(false);
    assert_eq!(serde_json::to_value(&request).expect("JSON"), expected);
}

#[test]
fn the_largest_request_comes_back() {
    let full = json!({
        "model": "m", "max_tokens": 4096, "stream": true,
        "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        "messages": [
            {"role": "user", "content": [{"type": "text", "text": "q"}]},
            {"role": "assistant", "content": "a"},
        ],
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}}},
        "thinking": {"type": "adaptive"},
    });
    let request = parse(full.clone()).expect("a request");
    assert_eq!(request.check(), Ok(()));
    assert_eq!(serde_json::to_value(&request).expect("JSON"), full);
}

#[test]
fn a_system_string_becomes_a_block() {
    let mut value = smallest();
    value["system"] = json!("s");
    assert_eq!(
        parse(value).expect("a request").system,
        [TextBlock::new("s")]
    );
}

#[test]
fn unknown_fields_are_refused_at_every_level() {
    for path in [
        "",
        "/messages/0",
        "/messages/0/content/0",
        "/system/0",
        "/system/0/cache_control",
        "/output_config",
        "/output_config/format",
        "/thinking",
    ] {
        let mut value = smallest();
        value["messages"][0]["content"] = json!([{"type": "text", "text": "q"}]);
        value["system"] = json!([TextBlock::cached("s")]);
        value["output_config"] = json!({"format": {"type": "json_schema", "schema": {}}});
        value["thinking"] = json!({"type": "adaptive"});
        parse(value.clone()).expect("valid before");
        value.pointer_mut(path).expect("the path")["extra"] = json!(1);
        assert!(parse(value).is_err(), "{path}");
    }
}

#[test]
fn other_kinds_are_refused() {
    let cases = [
        ("/messages/0/role", json!("system")),
        ("/messages/0/content", json!(7)),
        (
            "/messages/0/content",
            json!([{"type": "image", "text": "x"}]),
        ),
        ("/messages/0/content", json!([{"type": "text"}])),
        ("/max_tokens", json!(-1)),
        ("/max_tokens", json!(1.5)),
        ("/model", json!(null)),
    ];
    for (path, other) in cases {
        let mut value = smallest();
        *value.pointer_mut(path).expect("the path") = other;
        assert!(parse(value.clone()).is_err(), "{value}");
    }
}

#[test]
fn limits_hold() {
    let check = |change: &dyn Fn(&mut MessagesRequest)| {
        let mut request = parse(smallest()).expect("a request");
        change(&mut request);
        request.check()
    };
    let schema = |schema| {
        Some(OutputConfig {
            effort: None,
            format: Some(OutputFormat::json_schema(schema)),
        })
    };
    assert_eq!(check(&|r| r.max_tokens = 0), Err(RequestError::NoTokens));
    assert_eq!(
        check(&|r| r.messages.clear()),
        Err(RequestError::MessageCount)
    );
    assert_eq!(
        check(&|r| r.system = vec![TextBlock::new(""); 65]),
        Err(RequestError::BlockCount)
    );
    assert_eq!(
        check(&|r| r.system = vec![TextBlock::cached(""); 5]),
        Err(RequestError::CacheMarks)
    );
    assert_eq!(
        check(&|r| r.output_config = schema(json!([]))),
        Err(RequestError::SchemaNotObject)
    );
    let deep = (0..24).fold(json!(1), |inner, _| json!({"a": inner}));
    assert_eq!(
        check(&|r| r.output_config = schema(deep.clone())),
        Err(RequestError::SchemaTooLarge)
    );
    let wide = json!({"enum": vec![1; 2047]});
    assert_eq!(
        check(&|r| r.output_config = schema(wide.clone())),
        Err(RequestError::SchemaTooLarge)
    );
}
