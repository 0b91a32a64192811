//! What the model's server does, and what of it reaches the page.

use tests::fake_upstream::{SAMPLE_VERDICT, Scenario};
use triage_core::wire::{ProxyCode, Reply, ReplyStream, StopReason, StreamError};

use crate::harness::{Bench, CANARY, ask, bench, bench_with, eventually};

/// Streams through the proxy with the page's own reader.
async fn read(bench: &Bench) -> Result<Reply, StreamError> {
    let mut answer = bench.post(&ask()).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.headers()["content-type"],
        "text/event-stream; charset=utf-8"
    );
    let mut stream = ReplyStream::new();
    while let Some(bytes) = answer
        .chunk()
        .await
        .expect("a stream that ends in good order")
    {
        if stream.push(&bytes).is_err() {
            break;
        }
    }
    stream.finish()
}

async fn check_code(scenario: Scenario, expected: ProxyCode) {
    let bench = bench().await;
    bench.fake.set(scenario);
    let reply = read(&bench).await;
    let code = match &reply {
        Err(StreamError::Upstream { code, .. }) => *code,
        other => panic!("{scenario:?}: {other:?}"),
    };
    assert_eq!(code, Some(expected), "{scenario:?}");
}

async fn check_text(scenario: Scenario, text: &str) {
    let bench = bench().await;
    bench.fake.set(scenario);
    bench.fake.set_text(text);
    let reply = read(&bench).await.expect("a reply");
    assert_eq!(reply.text, text, "{scenario:?}");
    assert_eq!(reply.stop_reason, StopReason::EndTurn);
    assert_eq!(
        (reply.usage.total_input(), reply.usage.output_tokens),
        (2200, 80)
    );
    assert_eq!(bench.fake.hang_ups(), 0);
}

#[tokio::test]
async fn whole_streams_arrive() {
    check_text(Scenario::Happy, SAMPLE_VERDICT).await;
    check_text(Scenario::Thinking, SAMPLE_VERDICT).await;
    check_text(Scenario::Pings, "a few words and then more words").await;
    check_text(Scenario::Unknown, "new events are skipped").await;
    check_text(Scenario::SplitUtf8, "caf\u{e9} \u{1f600} \u{4e16}\u{754c}").await;
}

#[tokio::test]
async fn refusals_keep_their_category() {
    for scenario in [Scenario::Refusal, Scenario::RefusalMidStream] {
        let bench = bench().await;
        bench.fake.set(scenario);
        let reply = read(&bench).await.expect("a reply");
        assert_eq!(reply.stop_reason, StopReason::Refusal);
        assert_eq!(reply.refusal_category.as_deref(), Some("cyber"));
    }
}

#[tokio::test]
async fn a_full_answer_says_so() {
    let bench = bench().await;
    bench.fake.set(Scenario::MaxTokens);
    let reply = read(&bench).await.expect("a reply");
    assert_eq!(reply.stop_reason, StopReason::MaxTokens);
}

#[tokio::test]
async fn a_stream_that_fails_ends_with_our_event() {
    check_code(Scenario::ErrorEvent, ProxyCode::UpstreamOverloaded).await;
    check_code(Scenario::Cut, ProxyCode::UpstreamBadStream).await;
    check_code(Scenario::Reset, ProxyCode::UpstreamBadStream).await;
    check_code(Scenario::HugeEvent, ProxyCode::UpstreamBadStream).await;
    check_code(Scenario::InvalidJson, ProxyCode::UpstreamBadStream).await;
    check_code(Scenario::KeyInStream, ProxyCode::UpstreamBadStream).await;
}

#[tokio::test]
async fn a_stream_without_end_is_cut() {
    let bench = bench().await;
    bench.fake.set(Scenario::Endless);
    let text = bench.post(&ask()).await.text().await.expect("a body");
    let end = text.rsplit("\n\n").nth(1).unwrap_or_default();
    assert!(
        end.starts_with("event: error\n") && end.contains("proxy_upstream_bad_stream"),
        "{end}"
    );
    assert!(text.len() < 16 * 1024 * 1024, "{}", text.len());
    eventually("the upstream call ends", || bench.fake.hang_ups() == 1).await;
}

#[tokio::test]
async fn a_cut_anywhere_is_noticed() {
    let bench = bench().await;
    bench.fake.set_text("short");
    // The last number is past the end: the stream is whole.
    for (cut_at, is_whole) in [
        (0, false),
        (1, false),
        (300, false),
        (700, false),
        (100_000, true),
    ] {
        bench.fake.set(Scenario::Cut);
        bench.fake.set_cut_at(cut_at);
        assert_eq!(read(&bench).await.is_ok(), is_whole, "{cut_at}");
    }
}

#[tokio::test]
async fn silence_ends_in_a_timeout() {
    let bench = bench_with(&[("SOC_UPSTREAM_IDLE_SECONDS", "1")], |_| {}).await;
    bench.fake.set(Scenario::Silence);
    let reply = read(&bench).await;
    assert!(
        matches!(
            reply,
            Err(StreamError::Upstream {
                code: Some(ProxyCode::UpstreamTimeout),
                ..
            })
        ),
        "{reply:?}"
    );

    bench.fake.set(Scenario::Hang);
    bench
        .check_refused(&ask(), 504, "proxy_upstream_timeout")
        .await;
}

#[tokio::test]
async fn a_drip_ends_with_the_total_time() {
    let bench = bench_with(&[("SOC_UPSTREAM_TIMEOUT_SECONDS", "1")], |_| {}).await;
    bench.fake.set(Scenario::SlowDrip);
    let reply = read(&bench).await;
    assert!(
        matches!(
            reply,
            Err(StreamError::Upstream {
                code: Some(ProxyCode::UpstreamTimeout),
                ..
            })
        ),
        "{reply:?}"
    );
}

#[tokio::test]
async fn refused_requests_have_our_code_and_words() {
    let bench = bench().await;
    let cases = [
        (Scenario::BadRequest, 400, "proxy_upstream_rejected"),
        (Scenario::KeyInError, 400, "proxy_upstream_rejected"),
        (Scenario::NotFound, 400, "proxy_upstream_rejected"),
        (Scenario::Unauthorized, 502, "proxy_unauthorized"),
        (Scenario::TooLarge, 413, "proxy_body_too_large"),
        (Scenario::RateLimited, 429, "proxy_upstream_rate_limited"),
        (Scenario::SpendLimit, 429, "proxy_spend_limit"),
        (Scenario::ServerError, 502, "proxy_upstream_failed"),
        (Scenario::GatewayTimeout, 504, "proxy_upstream_timeout"),
        (Scenario::Overloaded, 529, "proxy_upstream_overloaded"),
        (Scenario::Redirect, 502, "proxy_upstream_bad_stream"),
        (Scenario::WrongType, 502, "proxy_upstream_bad_stream"),
    ];
    for (scenario, status, code) in cases {
        bench.fake.set(scenario);
        let failure = bench.check_refused(&ask(), status, code).await;
        let text = failure.body.to_string();
        assert!(
            !text.contains("upstream words") && !text.contains(CANARY),
            "{text}"
        );
        let may_wait = scenario == Scenario::RateLimited;
        assert_eq!(
            failure.header("retry-after"),
            may_wait.then_some("7"),
            "{scenario:?}"
        );
        let retries = matches!(
            scenario,
            Scenario::RateLimited
                | Scenario::ServerError
                | Scenario::GatewayTimeout
                | Scenario::Overloaded
        );
        assert_eq!(
            failure.header("x-should-retry"),
            (!retries).then_some("false"),
            "{scenario:?}"
        );
    }
    assert!(
        bench
            .fake
            .received()
            .iter()
            .all(|received| received.target == "/v1/messages"),
        "a redirect was followed"
    );
}

#[tokio::test]
async fn a_server_that_is_not_there() {
    // A port that was free a moment ago.
    let port = std::net::TcpListener::bind("127.0.0.1:0")
        .and_then(|listener| listener.local_addr())
        .expect("a port")
        .port();
    let base_url = format!("http://127.0.0.1:{port}");
    let bench = bench_with(&[("ANTHROPIC_BASE_URL", &base_url)], |_| {}).await;
    bench
        .check_refused(&ask(), 502, "proxy_upstream_unreachable")
        .await;
}

#[tokio::test]
async fn only_listed_headers_come_back() {
    let bench = bench().await;
    let answer = bench.post(&ask()).await;
    let mut names: Vec<&str> = answer
        .headers()
        .keys()
        .map(reqwest::header::HeaderName::as_str)
        .collect();
    names.sort_unstable();
    assert_eq!(
        names,
        [
            "anthropic-ratelimit-requests-remaining",
            "cache-control",
            "content-security-policy",
            "content-type",
            "cross-origin-opener-policy",
            "cross-origin-resource-policy",
            "date",
            "permissions-policy",
            "referrer-policy",
            "request-id",
            "transfer-encoding",
            "x-content-type-options",
            "x-frame-options",
            "x-request-id",
        ]
    );
    assert_eq!(answer.headers()["request-id"], "req_upstream_1");
}

#[tokio::test]
async fn a_reply_without_events() {
    let bench = bench().await;
    let mut request = ask();
    request["stream"] = false.into();
    let answer = bench.post(&request).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(answer.headers()["content-type"], "application/json");
    let reply = Reply::from_json(&answer.text().await.expect("a body")).expect("a reply");
    assert_eq!(reply.text, SAMPLE_VERDICT);

    bench.fake.set_text(CANARY);
    bench
        .check_refused(&request, 502, "proxy_upstream_bad_stream")
        .await;
    bench.fake.set_text("x".repeat(3 * 1024 * 1024));
    bench
        .check_refused(&request, 502, "proxy_upstream_bad_stream")
        .await;
}
