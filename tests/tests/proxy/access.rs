//! Who may talk to the proxy.

use crate::harness::{Bench, Failure, ask, bench, bench_with};

/// Sends a request with exactly these header lines and returns the status and the body.
async fn send(bench: &Bench, start: &str, headers: &[String]) -> (u16, String) {
    let mut text = format!("{start} HTTP/1.1\r\n");
    for header in headers {
        text.push_str(header);
        text.push_str("\r\n");
    }
    text.push_str("Connection: close\r\n\r\n");
    let answer = bench.raw(text.as_bytes()).await;
    let status = answer
        .split(' ')
        .nth(1)
        .and_then(|status| status.parse().ok());
    (status.unwrap_or(0), answer)
}

#[tokio::test]
async fn only_our_names() {
    let bench = bench().await;
    let port = bench.address.port();
    for host in [
        format!("127.0.0.1:{port}"),
        format!("localhost:{port}"),
        format!("[::1]:{port}"),
    ] {
        let (status, _) = send(&bench, "GET /health", &[format!("Host: {host}")]).await;
        assert_eq!(status, 200, "{host}");
    }
    let others = [
        "evil.example".to_owned(),
        format!("evil.example:{port}"),
        "127.0.0.1".to_owned(),
        "localhost".to_owned(),
        "127.0.0.1:1".to_owned(),
        format!("127.0.0.1.:{port}"),
        format!("localhost.:{port}"),
        format!("LOCALHOST:{port}"),
        format!("127.1:{port}"),
        format!("0.0.0.0:{port}"),
        format!("2130706433:{port}"),
        format!("[::ffff:127.0.0.1]:{port}"),
        format!("127.0.0.1:{port}.evil.example"),
        format!("localhost:{port}@evil.example"),
        format!("evil.example,127.0.0.1:{port}"),
        String::new(),
    ];
    for host in others {
        for path in [
            "GET /health",
            "GET /",
            "GET /api/config",
            "POST /v1/messages",
            "GET /nothing",
            "OPTIONS /v1/messages",
        ] {
            let (status, answer) = send(&bench, path, &[format!("Host: {host}")]).await;
            // Hyper itself turns away what cannot be a name at all.
            assert!(status == 421 || status == 400, "{path} {host}: {answer}");
            assert!(
                status == 400 || answer.contains("proxy_host_rejected"),
                "{answer}"
            );
        }
    }
    assert!(bench.fake.received().is_empty());
}

#[tokio::test]
async fn one_host_in_one_place() {
    let bench = bench().await;
    let ours = format!("127.0.0.1:{}", bench.address.port());
    let line = format!("Host: {ours}");
    let cases = [
        ("GET /health".to_owned(), vec![]),
        (
            "GET /health".to_owned(),
            vec![line.clone(), "Host: evil.example".to_owned()],
        ),
        ("GET /health".to_owned(), vec![line.clone(), line.clone()]),
        (
            "GET http://evil.example/health".to_owned(),
            vec![line.clone()],
        ),
        (
            format!("GET http://{ours}/health"),
            vec!["Host: evil.example".to_owned()],
        ),
    ];
    for (start, headers) in cases {
        let (status, answer) = send(&bench, &start, &headers).await;
        assert!(
            status == 421 || status == 400,
            "{start} {headers:?}: {answer}"
        );
    }
    let (status, _) = send(&bench, &format!("GET http://{ours}/health"), &[line]).await;
    assert_eq!(status, 200);
}

#[tokio::test]
async fn only_our_pages() {
    let bench = bench().await;
    let ours = bench.url("");
    let port = bench.address.port();
    let near = format!("http://127.0.0.1:{}", port ^ 1);
    let cases: &[(&[(&str, &str)], bool)] = &[
        (&[], true),
        (&[("origin", &ours)], true),
        (&[("sec-fetch-site", "same-origin")], true),
        (
            &[
                ("origin", &ours),
                ("sec-fetch-site", "same-origin"),
                ("sec-fetch-mode", "cors"),
            ],
            true,
        ),
        (&[("origin", "null")], false),
        (&[("origin", "")], false),
        (&[("origin", "http://evil.example")], false),
        (&[("origin", &near)], false),
        (&[("origin", "http://127.0.0.1")], false),
        (
            &[
                ("origin", "http://evil.example"),
                ("sec-fetch-site", "same-origin"),
            ],
            false,
        ),
        (
            &[("origin", &ours), ("sec-fetch-site", "cross-site")],
            false,
        ),
        (&[("sec-fetch-site", "cross-site")], false),
        (&[("sec-fetch-site", "same-site")], false),
        (
            &[
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "no-cors"),
            ],
            false,
        ),
        (
            &[
                ("sec-fetch-site", "cross-site"),
                ("sec-fetch-mode", "navigate"),
                ("sec-fetch-dest", "document"),
            ],
            false,
        ),
        (&[("sec-fetch-site", "something new")], false),
    ];
    for (headers, is_let_in) in cases {
        let mut request = bench.post_request(ask().to_string());
        for (name, value) in *headers {
            request = request.header(*name, *value);
        }
        let answer = request.send().await.expect("an answer");
        assert!(
            answer
                .headers()
                .keys()
                .all(|name| !name.as_str().starts_with("access-control-"))
        );
        if *is_let_in {
            assert_eq!(answer.status(), 200, "{headers:?}");
        } else {
            let failure = Failure::read(answer).await;
            assert_eq!(
                (failure.status, failure.code()),
                (403, "proxy_origin_rejected"),
                "{headers:?}"
            );
        }
    }
    assert_eq!(
        bench.fake.received().len(),
        cases.iter().filter(|(_, is_let_in)| *is_let_in).count()
    );
}

#[tokio::test]
async fn a_link_elsewhere_opens_the_page_only() {
    let bench = bench().await;
    let fetch = |mode: &'static str, dest: &'static str| {
        let request = bench
            .client
            .get(bench.url("/health"))
            .header("sec-fetch-site", "cross-site");
        request
            .header("sec-fetch-mode", mode)
            .header("sec-fetch-dest", dest)
            .send()
    };
    assert_eq!(
        fetch("navigate", "document")
            .await
            .expect("an answer")
            .status(),
        200
    );
    assert_eq!(
        fetch("navigate", "iframe")
            .await
            .expect("an answer")
            .status(),
        403
    );
    assert_eq!(
        fetch("no-cors", "script")
            .await
            .expect("an answer")
            .status(),
        403
    );
}

#[tokio::test]
async fn a_preflight_is_not_answered() {
    let bench = bench().await;
    let request = bench
        .client
        .request(reqwest::Method::OPTIONS, bench.url("/v1/messages"));
    let preflight = request
        .header("access-control-request-method", "POST")
        .header("access-control-request-headers", "content-type");
    let failure = Failure::read(preflight.send().await.expect("an answer")).await;
    assert_eq!(
        (failure.status, failure.code()),
        (405, "proxy_method_not_allowed")
    );
    assert!(failure.header("access-control-allow-origin").is_none());
}

#[tokio::test]
async fn a_named_host_is_added() {
    let bench = bench_with(&[("SOC_ALLOWED_HOSTS", "soc.example")], |_| {}).await;
    let ask = ask().to_string();
    let headers = |origin: &str| {
        vec![
            "Host: soc.example".to_owned(),
            format!("Origin: {origin}"),
            "Content-Type: application/json".to_owned(),
            format!("Content-Length: {}", ask.len()),
        ]
    };
    for (origin, expected) in [
        ("https://soc.example", 200),
        ("http://soc.example", 200),
        ("https://soc.example:444", 403),
    ] {
        let mut text = "POST /v1/messages HTTP/1.1\r\nConnection: close\r\n".to_owned();
        text.push_str(&headers(origin).join("\r\n"));
        text.push_str("\r\n\r\n");
        text.push_str(&ask);
        let answer = bench.raw(text.as_bytes()).await;
        assert!(
            answer.starts_with(&format!("HTTP/1.1 {expected}")),
            "{origin}: {answer}"
        );
    }
}
