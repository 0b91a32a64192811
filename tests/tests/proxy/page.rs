//! The page's files: types, caching, compression and the policy they are served under.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::Response;
use sha2::{Digest as _, Sha256};

use crate::harness::{Bench, Failure, ask, bench, bench_with, eventually};

/// A folder that is removed at the end.
struct Folder(PathBuf);

impl Folder {
    fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::SeqCst);
        let path = std::env::temp_dir().join(format!("soc-page-{}-{number}", std::process::id()));
        fs::create_dir_all(&path).expect("a folder");
        Self(path)
    }

    fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.0.join(name);
        fs::create_dir_all(path.parent().unwrap_or(Path::new("."))).expect("a folder");
        fs::write(path, content).expect("a file");
    }

    fn text(&self) -> &str {
        self.0.to_str().expect("UTF-8")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(&self.0);
    }
}

const INLINE: &str = "\nimport init from '/web-0123456789abcdef.js';\ninit();\n";

async fn page() -> (Bench, Folder, Folder) {
    let (page, assets) = (Folder::new(), Folder::new());
    page.write(
        "index.html",
        format!("<!doctype html><script type=\"module\">{INLINE}</script>"),
    );
    page.write("web-0123456789abcdef.js", "export default () => {};");
    page.write("web-0123456789abcdef_bg.wasm", b"\0asm\x01\0\0\0");
    page.write("style-0123456789abcdef.css", "body{}");
    page.write("style-0123456789abcdef.css.br", "brotli");
    page.write("style-0123456789abcdef.css.gz", "gzip");
    page.write("sw.js", "self");
    page.write("worker.js", "self");
    page.write(".env", "SECRET=1");
    page.write("sub/.hidden/file.txt", "hidden");
    assets.write("manifest.json", "{}");
    assets.write("model.bin", "weights");
    assets.write("ranker.bin", "ranker");
    let vars = [
        ("SOC_PAGE_DIR", page.text()),
        ("SOC_ASSETS_DIR", assets.text()),
    ];
    let bench = bench_with(&vars, |_| {}).await;
    (bench, page, assets)
}

fn header<'a>(answer: &'a Response, name: &str) -> &'a str {
    answer
        .headers()
        .get(name)
        .and_then(|value| value.to_str().ok())
        .unwrap_or_default()
}

#[tokio::test]
async fn types_and_caching() {
    let (bench, _page, _assets) = page().await;
    let forever = "public, max-age=31536000, immutable";
    let cases = [
        ("/", "text/html; charset=utf-8", "no-cache"),
        ("/index.html", "text/html; charset=utf-8", "no-cache"),
        (
            "/web-0123456789abcdef.js",
            "text/javascript; charset=utf-8",
            forever,
        ),
        ("/web-0123456789abcdef_bg.wasm", "application/wasm", forever),
        (
            "/style-0123456789abcdef.css",
            "text/css; charset=utf-8",
            forever,
        ),
        ("/sw.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/worker.js", "text/javascript; charset=utf-8", "no-cache"),
        ("/assets/manifest.json", "application/json", "no-cache"),
        (
            "/assets/manifest.json?sha256=00",
            "application/json",
            "no-cache",
        ),
        ("/assets/model.bin", "application/octet-stream", "no-cache"),
        (
            "/assets/model.bin?sha256=00",
            "application/octet-stream",
            forever,
        ),
        (
            "/assets/ranker.bin?sha256=00",
            "application/octet-stream",
            forever,
        ),
    ];
    for (path, media_type, caching) in cases {
        let answer = bench.get(path).await;
        assert_eq!(answer.status(), 200, "{path}");
        assert_eq!(header(&answer, "content-type"), media_type, "{path}");
        assert_eq!(header(&answer, "cache-control"), caching, "{path}");
        answer.bytes().await.expect("a body");
    }
    eventually("every file has its line", || {
        bench.log_text().lines().count() == cases.len()
    })
    .await;
    assert!(
        !bench.log_text().contains("client_left"),
        "{}",
        bench.log_text()
    );
}

#[tokio::test]
async fn an_unchanged_file_is_not_sent_again() {
    let (bench, _page, _assets) = page().await;
    let first = bench.get("/index.html").await;
    let tag = header(&first, "etag").to_owned();
    first.bytes().await.expect("a body");
    assert!(!tag.is_empty());
    let again = bench
        .client
        .get(bench.url("/index.html"))
        .header("if-none-match", tag)
        .send()
        .await
        .expect("an answer");
    assert_eq!(again.status(), 304);
    assert_eq!(header(&again, "cache-control"), "no-cache");
    let part = bench
        .client
        .get(bench.url("/assets/model.bin"))
        .header("range", "bytes=1-3")
        .send()
        .await
        .expect("an answer");
    assert_eq!(part.status(), 206);
    assert_eq!(part.text().await.expect("a body"), "eig");
    let head = bench
        .client
        .head(bench.url("/"))
        .send()
        .await
        .expect("an answer");
    assert_eq!(
        (
            head.status().as_u16(),
            head.text().await.expect("no body").as_str()
        ),
        (200, "")
    );
    eventually("every request has its line", || {
        bench.log_text().lines().count() == 4
    })
    .await;
    assert!(
        !bench.log_text().contains("client_left"),
        "{}",
        bench.log_text()
    );
}

#[tokio::test]
async fn compressed_twins_are_used() {
    let (bench, _page, _assets) = page().await;
    for (accepted, encoding, body) in [
        ("br, gzip", "br", "brotli"),
        ("gzip", "gzip", "gzip"),
        ("identity", "", "body{}"),
    ] {
        let request = bench
            .client
            .get(bench.url("/style-0123456789abcdef.css"))
            .header("accept-encoding", accepted);
        let answer = request.send().await.expect("an answer");
        assert_eq!(header(&answer, "content-encoding"), encoding);
        assert_eq!(header(&answer, "content-type"), "text/css; charset=utf-8");
        assert_eq!(answer.text().await.expect("a body"), body);
    }
}

#[tokio::test]
async fn nothing_outside_the_folders() {
    let (bench, _page, _assets) = page().await;
    for path in [
        "/.env",
        "/%2eenv",
        "/sub/.hidden/file.txt",
        "/sub",
        "/sub/",
        "/assets",
        "/assets/",
        "/none.js",
    ] {
        let failure = Failure::read(bench.get(path).await).await;
        assert_eq!(
            (failure.status, failure.code()),
            (404, "proxy_not_found"),
            "{path}"
        );
    }
    // A client library would tidy these up before it sends them.
    for path in [
        "/../Cargo.toml",
        "/assets/../../Cargo.toml",
        "/assets/..%2f..%2fCargo.toml",
        "/%2e%2e/%2e%2e/etc/passwd",
        "//etc/passwd",
        "/assets//etc/passwd",
        "/..\\Cargo.toml",
        "/a%00b",
    ] {
        let request = format!(
            "GET {path} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n",
            bench.address
        );
        let answer = bench.raw(request.as_bytes()).await;
        assert!(
            answer.starts_with("HTTP/1.1 404") || answer.starts_with("HTTP/1.1 400"),
            "{path}: {answer}"
        );
    }
}

#[tokio::test]
async fn without_a_page_it_says_what_to_do() {
    let bench = bench().await;
    let answer = bench.get("/").await;
    assert_eq!(answer.status(), 503);
    assert_eq!(header(&answer, "content-type"), "text/plain; charset=utf-8");
    let text = answer.text().await.expect("a body");
    assert!(
        text.contains("scripts/serve") && text.contains("SOC_PAGE_DIR"),
        "{text}"
    );
}

#[tokio::test]
async fn every_answer_has_the_security_headers() {
    let (bench, _page, _assets) = page().await;
    let hash = STANDARD.encode(Sha256::digest(INLINE));
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval' 'sha256-{hash}'; style-src 'self'; \
         img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; \
         manifest-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'"
    );
    let mut answers = vec![
        bench.post(&ask()).await,
        bench.post(&serde_json::json!({})).await,
    ];
    for path in [
        "/",
        "/sw.js",
        "/assets/ranker.bin",
        "/health",
        "/api/config",
        "/api/openapi.json",
        "/nothing",
    ] {
        answers.push(bench.get(path).await);
    }
    let foreign = bench
        .client
        .get(bench.url("/"))
        .header("host", "evil.example");
    answers.push(foreign.send().await.expect("an answer"));
    for answer in answers {
        let url = answer.url().clone();
        assert_eq!(header(&answer, "content-security-policy"), policy, "{url}");
        assert_eq!(
            header(&answer, "x-content-type-options"),
            "nosniff",
            "{url}"
        );
        assert_eq!(header(&answer, "referrer-policy"), "no-referrer", "{url}");
        assert_eq!(
            header(&answer, "cross-origin-opener-policy"),
            "same-origin",
            "{url}"
        );
        assert_eq!(
            header(&answer, "cross-origin-resource-policy"),
            "same-origin",
            "{url}"
        );
        assert!(
            header(&answer, "permissions-policy").contains("camera=()"),
            "{url}"
        );
        assert!(header(&answer, "x-request-id").starts_with("req_"), "{url}");
        assert!(
            answer
                .headers()
                .get("access-control-allow-origin")
                .is_none(),
            "{url}"
        );
    }
}
