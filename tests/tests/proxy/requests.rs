//! What a caller may send, and what of it reaches the model's server.

use proptest::prelude::*;
use proptest::test_runner::{Config as RunConfig, TestCaseError, TestRunner};
use serde_json::{Value, json};

use crate::harness::{Bench, CANARY, Failure, ask, bench, bench_with};

/// Every field that may stand in a request, as a path without array indices.
const KNOWN: &[&str] = &[
    "/model",
    "/max_tokens",
    "/stream",
    "/thinking/type",
    "/output_config/effort",
    "/output_config/format/type",
    "/messages/role",
    "/messages/content",
    "/messages/content/type",
    "/messages/content/text",
    "/messages/content/cache_control/type",
    "/messages/content/cache_control/ttl",
    "/system/type",
    "/system/text",
    "/system/cache_control/type",
    "/system/cache_control/ttl",
];

fn leaves(value: &Value, path: &str, out: &mut Vec<String>) {
    match value {
        // What is inside a schema is free.
        _ if path == "/output_config/format/schema" => {}
        Value::Object(fields) => fields
            .iter()
            .for_each(|(name, inner)| leaves(inner, &format!("{path}/{name}"), out)),
        Value::Array(items) => items.iter().for_each(|item| leaves(item, path, out)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
            out.push(path.to_owned());
        }
    }
}

fn check_known(body: &Value) {
    let mut found = Vec::new();
    leaves(body, "", &mut found);
    for path in found {
        assert!(
            KNOWN.contains(&path.as_str()),
            "{path} reached the model's server in {body}"
        );
    }
}

#[tokio::test]
async fn a_request_is_sent_on_in_our_words() {
    let bench = bench().await;
    let mut request = ask();
    request["system"] = json!("be brief");
    let answer = bench
        .client
        .post(bench.url("/v1/messages?beta=true"))
        .header("content-type", "application/json")
        .body(request.to_string())
        .headers(
            [
                ("x-api-key", "the browser's"),
                ("authorization", "Bearer the browser's"),
                ("cookie", "a=b"),
                ("referer", "http://elsewhere.example/"),
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-mode", "cors"),
                ("anthropic-beta", "tools"),
                ("anthropic-version", "2099-01-01"),
                ("x-forwarded-for", "10.0.0.1"),
                ("user-agent", "the browser's"),
                ("accept-language", "eo"),
                ("origin", &bench.url("")),
            ]
            .into_iter()
            .map(|(name, value)| {
                (
                    name.parse().expect("a name"),
                    value.parse().expect("a value"),
                )
            })
            .collect(),
        )
        .send()
        .await
        .expect("an answer");
    assert_eq!(answer.status(), 200);
    let received = bench.fake.received();
    let received = received.first().expect("a request");
    let mut names: Vec<&str> = received
        .headers
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "accept",
            "anthropic-version",
            "content-length",
            "content-type",
            "host",
            "user-agent",
            "x-api-key"
        ]
    );
    assert_eq!(received.header("x-api-key"), Some(CANARY));
    assert_eq!(received.header("anthropic-version"), Some("2023-06-01"));
    assert!(!format!("{:?}", received.headers).contains("browser's"));
    assert_eq!(received.target, "/v1/messages");
    request["system"] = json!([{"type": "text", "text": "be brief"}]);
    assert_eq!(received.body, request);
}

#[tokio::test]
async fn tokens_are_clamped_and_models_listed() {
    let bench = bench_with(&[("SOC_MAX_TOKENS", "500")], |_| {}).await;
    let mut request = ask();
    request["max_tokens"] = json!(100_000);
    assert_eq!(bench.post(&request).await.status(), 200);
    assert_eq!(bench.fake.received()[0].body["max_tokens"], 500);
    for model in ["claude-opus-9", "", "M", "m "] {
        request["model"] = json!(model);
        bench
            .check_refused(&request, 400, "proxy_model_not_allowed")
            .await;
    }
    assert_eq!(bench.fake.received().len(), 1);
}

#[tokio::test]
async fn what_is_not_a_request_is_refused() {
    let bench = bench().await;
    for body in ["", "{", "[]", "null", "7", "{}", r#"{"model":"m"}"#] {
        let failure = Failure::read(
            bench
                .post_request(body.to_owned())
                .send()
                .await
                .expect("an answer"),
        )
        .await;
        assert_eq!(
            (failure.status, failure.code()),
            (400, "proxy_bad_request"),
            "{body}"
        );
    }
    for field in [
        "tools",
        "tool_choice",
        "metadata",
        "container",
        "temperature",
        "top_p",
        "service_tier",
        "stop_sequences",
        "inference_geo",
        "speed",
        "mcp_servers",
        "betas",
        "extra",
    ] {
        let mut request = ask();
        request[field] = json!([]);
        bench
            .check_refused(&request, 400, "proxy_bad_request")
            .await;
    }
    let duplicate =
        r#"{"model":"m","model":"m","max_tokens":1,"messages":[{"role":"user","content":"x"}]}"#;
    let failure = Failure::read(
        bench
            .post_request(duplicate.to_owned())
            .send()
            .await
            .expect("an answer"),
    )
    .await;
    assert_eq!(failure.code(), "proxy_bad_request");
    let deep = format!("{}1{}", "[".repeat(5000), "]".repeat(5000));
    let nested = ask()
        .to_string()
        .replacen('{', &format!("{{\"system\":{deep},"), 1);
    let failure = Failure::read(bench.post_request(nested).send().await.expect("an answer")).await;
    assert_eq!(failure.code(), "proxy_bad_request");
    assert!(bench.fake.received().is_empty());
}

#[tokio::test]
async fn only_json_is_taken() {
    let bench = bench().await;
    let url = bench.url("/v1/messages");
    for media_type in [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data",
        "application/jsonx",
        "",
    ] {
        let request = bench
            .client
            .post(&url)
            .header("content-type", media_type)
            .body(ask().to_string());
        let failure = Failure::read(request.send().await.expect("an answer")).await;
        assert_eq!(
            (failure.status, failure.code()),
            (415, "proxy_bad_content_type"),
            "{media_type}"
        );
    }
    let request = bench
        .client
        .post(&url)
        .header("content-type", "Application/JSON; charset=utf-8")
        .body(ask().to_string());
    assert_eq!(request.send().await.expect("an answer").status(), 200);
}

#[tokio::test]
async fn without_a_key_the_rest_still_works() {
    let bench = bench_with(
        &[("ANTHROPIC_API_KEY", ""), ("ANTHROPIC_BASE_URL", "")],
        |_| {},
    )
    .await;
    let failure = bench.check_refused(&ask(), 503, "proxy_no_key").await;
    assert_eq!(failure.header("x-should-retry"), Some("false"));
    let health: Value =
        serde_json::from_str(&bench.get("/health").await.text().await.expect("a body"))
            .expect("JSON");
    assert_eq!(
        health,
        json!({"status": "ok", "version": env!("CARGO_PKG_VERSION"), "model_configured": false})
    );
    let config: Value =
        serde_json::from_str(&bench.get("/api/config").await.text().await.expect("a body"))
            .expect("JSON");
    assert_eq!(config["model_configured"], false);
    assert_eq!(config["upstream"], "anthropic");
    assert_eq!(
        config["models"],
        json!([{"id": "m", "effort": false}, {"id": "claude-haiku-5-5", "effort": true}])
    );
}

#[tokio::test]
async fn a_local_server_needs_no_key() {
    let bench = bench_with(&[("ANTHROPIC_API_KEY", "")], |_| {}).await;
    assert_eq!(bench.post(&ask()).await.status(), 200);
    assert_eq!(bench.fake.received()[0].header("x-api-key"), None);
}

/// Any JSON at all, with names that lean towards those of the API.
fn any_json() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (0_i64..5).prop_map(Value::from),
        "[a-z]{0,4}".prop_map(Value::from),
    ];
    leaf.prop_recursive(3, 16, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map(name(), inner, 0..3)
                .prop_map(|fields| Value::Object(fields.into_iter().collect())),
        ]
    })
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        prop::sample::select(vec![
            "type",
            "text",
            "role",
            "content",
            "tools",
            "model",
            "system",
            "schema",
            "format",
            "effort",
            "cache_control",
            "ttl",
            "stream",
            "metadata",
            "user_id",
            "thinking",
            "messages",
        ])
        .prop_map(str::to_owned),
        "[a-z]{1,4}",
    ]
}

/// A valid request with some places overwritten by any JSON.
fn mutated() -> impl Strategy<Value = Value> {
    let full = json!({
        "model": "m", "max_tokens": 5, "stream": false,
        "system": [{"type": "text", "text": "s", "cache_control": {"type": "ephemeral", "ttl": "1h"}}],
        "messages": [{"role": "user", "content": [{"type": "text", "text": "q"}]}],
        "output_config": {"effort": "low", "format": {"type": "json_schema", "schema": {"type": "object"}}},
        "thinking": {"type": "adaptive"},
    });
    let places = vec![
        "",
        "/system/0",
        "/system/0/cache_control",
        "/messages/0",
        "/messages/0/content/0",
        "/output_config",
        "/output_config/format",
        "/thinking",
    ];
    prop::collection::vec((prop::sample::select(places), name(), any_json()), 0..3).prop_map(
        move |changes| {
            let mut request = full.clone();
            for (place, name, value) in changes {
                if let Some(Value::Object(fields)) = request.pointer_mut(place) {
                    fields.insert(name, value);
                }
            }
            request
        },
    )
}

#[test]
fn any_json_in_only_known_json_out() {
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(1)
        .enable_all()
        .build()
        .expect("a runtime");
    let bench: Bench = runtime.block_on(bench());
    let mut runner = TestRunner::new(RunConfig {
        cases: 300,
        failure_persistence: None,
        ..RunConfig::default()
    });
    let strategy = prop_oneof![1 => any_json(), 4 => mutated()];
    let mut passed = 0;
    runner
        .run(&strategy, |request| {
            let status = runtime.block_on(bench.post(&request)).status().as_u16();
            let received = bench.fake.received();
            bench.fake.clear();
            prop_assert_eq!(received.len(), usize::from(status == 200), "{}", status);
            for received in received {
                check_known(&received.body);
            }
            Ok::<(), TestCaseError>(())
        })
        .expect("no counterexample");
    passed += runtime.block_on(async { usize::from(bench.post(&ask()).await.status() == 200) });
    assert_eq!(passed, 1, "the proxy still serves");
}
