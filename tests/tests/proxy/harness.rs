//! A running proxy with the stand-in behind it.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use proxy::config::Config;
use proxy::log::Log;
use proxy::serve::Server;
use reqwest::{Client, RequestBuilder, Response};
use serde_json::{Value, json};
use tests::fake_upstream::{self, Handle};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A key that occurs nowhere else, so that one search shows a leak.
pub const CANARY: &str = "sk-ant-canary-7f3a91c0d2";

/// Long enough for a busy machine, short enough to end a hopeless wait.
pub const PATIENCE: Duration = Duration::from_secs(20);

pub struct Bench {
    pub fake: Handle,
    pub address: SocketAddr,
    pub client: Client,
    pub log: Arc<Mutex<Vec<String>>>,
    pub stop: Option<oneshot::Sender<()>>,
    pub task: JoinHandle<()>,
}

/// A proxy with a key and the stand-in as its upstream.
pub async fn bench() -> Bench {
    bench_with(&[], |_| {}).await
}

/// The same with other settings, as environment variables and as a last change.
pub async fn bench_with(vars: &[(&str, &str)], change: impl FnOnce(&mut Config)) -> Bench {
    let (upstream, fake) = fake_upstream::start().await.expect("a free port");
    let base_url = format!("http://{upstream}");
    let mut all = vec![
        ("ANTHROPIC_API_KEY", CANARY),
        ("ANTHROPIC_BASE_URL", base_url.as_str()),
        ("SOC_LISTEN", "127.0.0.1:0"),
        ("SOC_MODELS", "m,claude-haiku-5-5"),
        ("SOC_REQUESTS_PER_MINUTE", "10000"),
        ("SOC_PAGE_DIR", "/nonexistent"),
    ];
    // An empty value unsets a default.
    all.retain(|(name, _)| !vars.iter().any(|(other, _)| other == name));
    all.extend_from_slice(vars);
    let mut config = Config::from_vars(all.iter().map(|(name, value)| (name.into(), value.into())))
        .expect("settings");
    change(&mut config);
    let log = Arc::new(Mutex::new(Vec::new()));
    let lines = Arc::clone(&log);
    let log_sink = Log::new(move |line| {
        lines
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line.to_owned());
    });
    let server = Server::bind(config, log_sink).await.expect("a free port");
    let address = server.config().listen;
    let (stop, stopped) = oneshot::channel();
    let task = tokio::spawn(server.run(async {
        let _ = stopped.await;
    }));
    let _ = rustls::crypto::ring::default_provider().install_default();
    let client = Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .tls_certs_only([])
        .timeout(Duration::from_mins(1))
        .build()
        .expect("a client");
    Bench {
        fake,
        address,
        client,
        log,
        stop: Some(stop),
        task,
    }
}

/// The smallest request, streamed.
pub fn ask() -> Value {
    json!({"model": "m", "max_tokens": 100, "stream": true, "messages": [{"role": "user", "content": "the prompt"}]})
}

impl Bench {
    pub fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.address)
    }

    pub async fn get(&self, path: &str) -> Response {
        self.client
            .get(self.url(path))
            .send()
            .await
            .expect("an answer")
    }

    pub fn post_request(&self, body: String) -> RequestBuilder {
        let url = self.url("/v1/messages");
        self.client
            .post(url)
            .header("content-type", "application/json")
            .body(body)
    }

    pub async fn post(&self, body: &Value) -> Response {
        self.post_request(body.to_string())
            .send()
            .await
            .expect("an answer")
    }

    /// Posts, and checks that the answer is the failure with this status and code.
    pub async fn check_refused(&self, body: &Value, status: u16, code: &str) -> Failure {
        let answer = self.post(body).await;
        let failure = Failure::read(answer).await;
        assert_eq!((failure.status, failure.code()), (status, code), "{body}");
        failure
    }

    /// Sends bytes as they are and returns what comes back until the other side closes.
    pub async fn raw(&self, bytes: &[u8]) -> String {
        let mut stream = TcpStream::connect(self.address)
            .await
            .expect("a connection");
        stream.write_all(bytes).await.expect("sent");
        read_all(&mut stream).await
    }

    pub fn log_text(&self) -> String {
        self.log
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .join("\n")
    }
}

/// What comes until the other side closes.
pub async fn read_all(stream: &mut TcpStream) -> String {
    let mut bytes = Vec::new();
    let read = tokio::time::timeout(PATIENCE, stream.read_to_end(&mut bytes)).await;
    let _ = read.expect("the connection is closed in time");
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Waits until `is_so`, for a bounded time.
pub async fn eventually(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..400 {
        if is_so() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(25)).await;
    }
    panic!("never: {what}");
}

/// A failure as the client sees it.
pub struct Failure {
    pub status: u16,
    pub headers: reqwest::header::HeaderMap,
    pub body: Value,
}

impl Failure {
    pub async fn read(answer: Response) -> Self {
        let status = answer.status().as_u16();
        let headers = answer.headers().clone();
        let text = answer.text().await.expect("a body");
        let body: Value =
            serde_json::from_str(&text).unwrap_or_else(|_| panic!("{status}: not JSON: {text}"));
        assert_eq!(body["type"], "error");
        assert_eq!(headers["content-type"], "application/json");
        assert_eq!(
            body["request_id"],
            headers["x-request-id"].to_str().expect("text")
        );
        Self {
            status,
            headers,
            body,
        }
    }

    pub fn code(&self) -> &str {
        self.body["error"]["code"].as_str().unwrap_or_default()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }
}
