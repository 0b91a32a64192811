//! How much one may ask, and how slowly.

use std::time::{Duration, Instant};

use tests::fake_upstream::Scenario;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use crate::harness::{Failure, PATIENCE, ask, bench_with, eventually, read_all};

#[tokio::test]
async fn requests_a_minute() {
    let bench = bench_with(&[("SOC_REQUESTS_PER_MINUTE", "2")], |_| {}).await;
    for _ in 0..2 {
        assert_eq!(bench.post(&ask()).await.status(), 200);
    }
    // What is refused for another reason does not count, nor does it when the minute is full.
    let failure = bench.check_refused(&ask(), 429, "proxy_rate_limited").await;
    let seconds: u64 = failure
        .header("retry-after")
        .and_then(|value| value.parse().ok())
        .expect("seconds");
    assert!((1..=60).contains(&seconds), "{seconds}");
    assert_eq!(failure.body["error"]["retry_after"], seconds);
    assert_eq!(bench.fake.received().len(), 2);
    assert_eq!(bench.get("/health").await.status(), 200);
}

#[tokio::test]
async fn requests_at_once() {
    let bench = bench_with(&[("SOC_MAX_CONCURRENT", "2")], |_| {}).await;
    bench.fake.set(Scenario::SlowDrip);
    let first = bench.post(&ask()).await;
    let second = bench.post(&ask()).await;
    let failure = bench.check_refused(&ask(), 503, "proxy_busy").await;
    assert_eq!(failure.header("retry-after"), Some("1"));
    drop((first, second));
    eventually("the places are free again", || bench.fake.hang_ups() == 2).await;
    bench.fake.set(Scenario::Happy);
    assert_eq!(bench.post(&ask()).await.status(), 200);
}

#[tokio::test]
async fn a_burst_never_exceeds_the_places() {
    let bench = bench_with(&[("SOC_MAX_CONCURRENT", "3")], |_| {}).await;
    bench.fake.set(Scenario::SlowDrip);
    let burst: Vec<_> = (0..20)
        .map(|_| tokio::spawn(bench.post_request(ask().to_string()).send()))
        .collect();
    let mut answers = Vec::new();
    for one in burst {
        answers.push(one.await.expect("no panic").expect("an answer"));
    }
    assert_eq!(
        answers
            .iter()
            .filter(|answer| answer.status() == 200)
            .count(),
        3
    );
    assert_eq!(bench.fake.received().len(), 3);
}

#[tokio::test]
async fn bodies_have_a_size() {
    let bench = bench_with(&[("SOC_BODY_LIMIT", "2048")], |_| {}).await;
    let mut request = ask();
    let room = 2048 - request.to_string().len() + "the prompt".len();
    request["messages"][0]["content"] = "x".repeat(room).into();
    assert_eq!(request.to_string().len(), 2048);
    assert_eq!(bench.post(&request).await.status(), 200);
    request["messages"][0]["content"] = "x".repeat(room + 1).into();
    bench
        .check_refused(&request, 413, "proxy_body_too_large")
        .await;
    request["messages"][0]["content"] = "x".repeat(1024 * 1024).into();
    bench
        .check_refused(&request, 413, "proxy_body_too_large")
        .await;
    assert_eq!(bench.fake.received().len(), 1);

    // Without a stated length.
    let mut text = format!(
        "POST /v1/messages HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n",
        bench.address
    );
    for _ in 0..8 {
        text.push_str("200\r\n");
        text.push_str(&" ".repeat(512));
        text.push_str("\r\n");
    }
    text.push_str("0\r\n\r\n");
    assert!(
        bench
            .raw(text.as_bytes())
            .await
            .contains("proxy_body_too_large")
    );
}

#[tokio::test]
async fn a_slow_head_is_cut_off() {
    let bench = bench_with(&[], |config| {
        config.timeouts.header_read = Duration::from_secs(1);
    })
    .await;
    let mut stream = TcpStream::connect(bench.address)
        .await
        .expect("a connection");
    let started = Instant::now();
    let head = format!(
        "GET /health HTTP/1.1\r\nHost: {}\r\nX-Slow: ",
        bench.address
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let mut buffer = [0; 256];
    let mut is_closed = false;
    for _ in 0..200 {
        let drip = stream.write_all(b"a").await;
        let read = tokio::time::timeout(Duration::from_millis(100), stream.read(&mut buffer)).await;
        if drip.is_err() || matches!(read, Ok(Ok(0) | Err(_))) {
            is_closed = true;
            break;
        }
    }
    assert!(
        is_closed && started.elapsed() < PATIENCE,
        "{:?}",
        started.elapsed()
    );
}

#[tokio::test]
async fn a_slow_body_is_cut_off() {
    let bench = bench_with(&[], |config| {
        config.timeouts.body_read = Duration::from_secs(1);
    })
    .await;
    let mut stream = TcpStream::connect(bench.address)
        .await
        .expect("a connection");
    let head = format!(
        "POST /v1/messages HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{{",
        bench.address
    );
    stream.write_all(head.as_bytes()).await.expect("sent");
    let answer = read_all(&mut stream).await;
    assert!(
        answer.starts_with("HTTP/1.1 408") && answer.contains("proxy_request_timeout"),
        "{answer}"
    );
    assert!(bench.fake.received().is_empty());
}

#[tokio::test]
async fn connections_have_a_number() {
    let bench = bench_with(&[("SOC_MAX_CONNECTIONS", "2")], |config| {
        config.timeouts.header_read = Duration::from_secs(2);
    })
    .await;
    // Two that say nothing take the places until their time is up; then the third is served.
    let idle = [
        TcpStream::connect(bench.address)
            .await
            .expect("a connection"),
        TcpStream::connect(bench.address)
            .await
            .expect("a connection"),
    ];
    tokio::time::sleep(Duration::from_millis(200)).await;
    let request = format!(
        "GET /health HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
        bench.address
    );
    let started = Instant::now();
    let answer = bench.raw(request.as_bytes()).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(
        started.elapsed() > Duration::from_millis(500),
        "it had to wait for a place"
    );
    drop(idle);
}

#[tokio::test]
async fn a_large_head_is_refused() {
    let bench = bench_with(&[], |_| {}).await;
    let request = format!(
        "GET /health HTTP/1.1\r\nHost: {}\r\nX-Large: {}\r\n\r\n",
        bench.address,
        "a".repeat(200 * 1024)
    );
    let mut stream = TcpStream::connect(bench.address)
        .await
        .expect("a connection");
    let _ = stream.write_all(request.as_bytes()).await;
    let answer = read_all(&mut stream).await;
    assert!(
        answer.is_empty() || answer.starts_with("HTTP/1.1 431"),
        "{answer}"
    );
}

#[tokio::test]
async fn unknown_paths_and_methods() {
    let bench = bench_with(&[], |_| {}).await;
    for path in [
        "/nothing",
        "/v1",
        "/v1/messages/",
        "/v1/messages/count_tokens",
        "/v1/models",
        "/api",
        "/api/",
        "/HEALTH",
        "/assets/none",
        "/.git/config",
    ] {
        let failure = Failure::read(bench.get(path).await).await;
        assert_eq!(
            (failure.status, failure.code()),
            (404, "proxy_not_found"),
            "{path}"
        );
    }
    for (method, path) in [
        ("GET", "/v1/messages"),
        ("PUT", "/v1/messages"),
        ("POST", "/health"),
        ("DELETE", "/api/config"),
        ("POST", "/"),
    ] {
        let method = reqwest::Method::from_bytes(method.as_bytes()).expect("a method");
        let answer = bench
            .client
            .request(method.clone(), bench.url(path))
            .send()
            .await
            .expect("an answer");
        let failure = Failure::read(answer).await;
        assert_eq!(
            (failure.status, failure.code()),
            (405, "proxy_method_not_allowed"),
            "{method} {path}"
        );
    }
    let answer = bench
        .client
        .post(bench.url("/nothing"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(Failure::read(answer).await.code(), "proxy_not_found");
}
