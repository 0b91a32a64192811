//! The description against the routes that are served.

use std::collections::BTreeSet;

use reqwest::Method;
use serde_json::Value;
use triage_core::wire::{Health, ServerConfig};

use crate::harness::{Bench, Failure, ask, bench};

async fn json(bench: &Bench, path: &str) -> Value {
    let answer = bench.get(path).await;
    assert_eq!(answer.headers()["content-type"], "application/json");
    serde_json::from_str(&answer.text().await.expect("a body")).expect("JSON")
}

#[tokio::test]
async fn every_described_route_is_served_and_no_other_method() {
    let bench = bench().await;
    let document = json(&bench, "/api/openapi.json").await;
    assert_eq!(document["openapi"], "3.1.0");
    assert_eq!(document["info"]["version"], env!("CARGO_PKG_VERSION"));
    let paths = document["paths"].as_object().expect("paths");
    let served: BTreeSet<&str> = paths.keys().map(String::as_str).collect();
    let expected = [
        "/",
        "/api/config",
        "/api/openapi.json",
        "/assets/{path}",
        "/health",
        "/v1/messages",
    ];
    assert_eq!(served, BTreeSet::from(expected));
    for (path, item) in paths {
        for method in ["get", "post", "put", "patch", "delete"] {
            let verb = Method::from_bytes(method.to_uppercase().as_bytes()).expect("a method");
            let url = bench.url(&path.replace("{path}", "none"));
            let request = bench
                .client
                .request(verb, url)
                .header("content-type", "application/json");
            let status = request
                .body(ask().to_string())
                .send()
                .await
                .expect("an answer")
                .status()
                .as_u16();
            let described = item.get(method).map(|operation| &operation["responses"]);
            match described {
                Some(responses) => assert!(
                    responses.get(status.to_string()).is_some(),
                    "{method} {path}: {status}"
                ),
                None => assert_eq!(status, 405, "{method} {path}"),
            }
        }
    }
}

#[tokio::test]
async fn answers_have_the_described_fields() {
    let bench = bench().await;
    let document = json(&bench, "/api/openapi.json").await;
    let check = |name: &str, value: &Value| {
        let schema = &document["components"]["schemas"][name];
        let described: BTreeSet<&String> = schema["properties"]
            .as_object()
            .expect("properties")
            .keys()
            .collect();
        let found: BTreeSet<&String> = value.as_object().expect("an object").keys().collect();
        assert!(found.is_subset(&described), "{name}: {found:?}");
        for required in schema["required"].as_array().expect("required") {
            assert!(
                value.get(required.as_str().expect("a name")).is_some(),
                "{name}: {required}"
            );
        }
    };
    let health = json(&bench, "/health").await;
    check("Health", &health);
    serde_json::from_value::<Health>(health).expect("the shared type");
    let config = json(&bench, "/api/config").await;
    check("ServerConfig", &config);
    check("ModelInfo", &config["models"][0]);
    let config: ServerConfig = serde_json::from_value(config).expect("the shared type");
    assert_eq!(config.max_tokens, 8192);
    assert_eq!(config.max_body_bytes, 256 * 1024);
    check("MessagesRequest", &ask());
    let failure = Failure::read(bench.get("/nothing").await).await;
    check("ErrorBody", &failure.body);
    check("ErrorDetail", &failure.body["error"]);
}
