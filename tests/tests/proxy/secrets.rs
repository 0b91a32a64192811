//! The key and the prompt: in no answer, no log line and no message of the program.

use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::Command;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use tests::fake_upstream::Scenario;

use crate::harness::{CANARY, ask, bench_with, eventually};

const PROMPT: &str = "prompt-canary-51c2";

/// Forms in which a secret might show.
fn forms(secret: &str) -> [String; 4] {
    let hex = secret.bytes().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").expect("writing to a string");
        text
    });
    [
        secret.to_owned(),
        STANDARD.encode(secret),
        hex,
        secret.chars().rev().collect(),
    ]
}

fn check_clean(text: &str, secret: &str, what: &str) {
    for form in forms(secret) {
        assert!(!text.contains(&form), "{what} shows a secret: {text}");
    }
}

#[tokio::test]
async fn the_key_shows_nowhere() {
    let vars = [
        ("SOC_UPSTREAM_IDLE_SECONDS", "1"),
        ("SOC_UPSTREAM_TIMEOUT_SECONDS", "2"),
    ];
    let bench = bench_with(&vars, |_| {}).await;
    let mut request = ask();
    request["messages"][0]["content"] = PROMPT.into();
    for &scenario in Scenario::ALL {
        bench.fake.set(scenario);
        for stream in [true, false] {
            request["stream"] = stream.into();
            let answer = bench.post(&request).await;
            let headers = format!("{:?}", answer.headers());
            let body = answer.text().await.expect("a body");
            check_clean(&headers, CANARY, scenario.name());
            check_clean(&body, CANARY, scenario.name());
        }
    }
    for path in [
        "/health",
        "/api/config",
        "/api/openapi.json",
        "/",
        "/nothing",
    ] {
        let body = bench.get(path).await.text().await.expect("a body");
        check_clean(&body, CANARY, path);
    }
    let lines = Scenario::ALL.len() * 2 + 5;
    eventually("every request has its line", || {
        bench.log_text().lines().count() >= lines
    })
    .await;
    let log = bench.log_text();
    assert_eq!(log.lines().count(), lines);
    check_clean(&log, CANARY, "the log");
    check_clean(&log, PROMPT, "the log");
    assert!(log.contains("POST /v1/messages 200 model=m stop=end_turn in=2200 cached=1000 out=80 upstream_id=req_upstream_1 first_ms="), "{log}");
    assert!(log.contains("code=proxy_spend_limit"), "{log}");
}

#[tokio::test]
async fn a_query_is_not_logged() {
    let bench = bench_with(&[], |_| {}).await;
    let answer = bench.get(&format!("/health?{CANARY}={PROMPT}")).await;
    assert_eq!(answer.text().await.expect("a body").find(PROMPT), None);
    eventually("the line is there", || {
        bench.log_text().contains("GET /health 200")
    })
    .await;
    check_clean(&bench.log_text(), PROMPT, "the log");
}

#[test]
fn a_bad_setting_does_not_show_the_key() {
    // The program that operators start: named, or built beside this test.
    let beside = || {
        Some(
            std::env::current_exe()
                .ok()?
                .parent()?
                .parent()?
                .join("soc-proxy"),
        )
    };
    let named = std::env::var_os("SOC_PROXY_BIN").map(PathBuf::from);
    let program = named.or_else(beside).expect("a path");
    if !program.exists() {
        eprintln!("skipped: cargo build -p proxy makes the program, SOC_PROXY_BIN names another");
        return;
    }
    let run = |vars: &[(&str, &str)]| {
        let output = Command::new(&program)
            .env_clear()
            .envs(vars.iter().copied())
            .output()
            .expect("it runs");
        assert!(!output.status.success());
        assert!(output.stdout.is_empty());
        String::from_utf8_lossy(&output.stderr).into_owned()
    };
    let text = run(&[("ANTHROPIC_API_KEY", CANARY), ("SOC_LISTEN", "everywhere")]);
    assert!(text.contains("SOC_LISTEN must be"), "{text}");
    check_clean(&text, CANARY, "standard error");
    let text = run(&[("ANTHROPIC_API_KEY", &format!("{CANARY} and more"))]);
    assert!(text.contains("ANTHROPIC_API_KEY must be"), "{text}");
    check_clean(&text, CANARY, "standard error");
    let text = run(&[("SOC_LISTN", "x")]);
    assert!(text.contains("SOC_LISTN is not a setting"), "{text}");
}
