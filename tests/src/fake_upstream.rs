//! A stand-in for Claude: speaks the documented event order, or breaks it in a chosen way.
//!
//! It remembers what it was sent and whether the caller hung up, so a test can look at the other
//! end of the proxy. A request picks a scenario by a model named `fake-` and the scenario's name;
//! any other model gets the scenario of the [`Handle`].

use std::io;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use serde_json::{Value, json};
use tokio::net::TcpListener;

mod scenario;
mod script;

pub use scenario::Scenario;
use script::{Pace, Script};

/// A verdict that fits the contract, for those who only want to see something arrive.
pub const SAMPLE_VERDICT: &str = r#"{"verdict":"HIGH","confidence":0.86,"matched_techniques":["T1059.001"],"attack_chain":"Execution by an encoded PowerShell command","reasoning":"An Office program started PowerShell with an encoded command.","recommended_actions":["Isolate the host","Collect the script block log"],"false_positive_indicators":["A signed management agent as the parent"],"investigation_queries":["process where parent.name == \"WINWORD.EXE\""],"evidence":[],"injection_suspected":false}"#;

/// One request as it arrived.
#[derive(Debug, Clone)]
pub struct Received {
    /// Path and query.
    pub target: String,
    /// All headers, names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body; null if it was not JSON.
    pub body: Value,
}

impl Received {
    /// The value of a header.
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(found, _)| found == name);
        found.map(|(_, value)| value.as_str())
    }

    fn to_json(&self) -> Value {
        json!({"target": self.target, "headers": self.headers, "body": self.body})
    }
}

/// Steers a running stand-in and reads what it saw.
#[derive(Clone, Default)]
pub struct Handle(Arc<Shared>);

#[derive(Default)]
struct Shared {
    plan: Mutex<Plan>,
    received: Mutex<Vec<Received>>,
    hang_ups: AtomicUsize,
    sent: AtomicUsize,
}

/// What to do with the next requests.
#[derive(Debug, Clone)]
struct Plan {
    scenario: Scenario,
    text: String,
    cut_at: usize,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            scenario: Scenario::Happy,
            text: SAMPLE_VERDICT.to_owned(),
            cut_at: 700,
        }
    }
}

impl Handle {
    /// Chooses what happens to requests from now on.
    pub fn set(&self, scenario: Scenario) {
        self.plan(|plan| plan.scenario = scenario);
    }

    /// Chooses the text of the replies.
    pub fn set_text(&self, text: impl Into<String>) {
        let text = text.into();
        self.plan(|plan| plan.text = text);
    }

    /// Chooses after how many bytes [`Scenario::Cut`] and [`Scenario::Reset`] end the stream.
    pub fn set_cut_at(&self, bytes: usize) {
        self.plan(|plan| plan.cut_at = bytes);
    }

    /// All requests so far, oldest first.
    pub fn received(&self) -> Vec<Received> {
        self.0
            .received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Forgets the requests so far.
    pub fn clear(&self) {
        self.0
            .received
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }

    /// How many callers left before their reply was complete.
    pub fn hang_ups(&self) -> usize {
        self.0.hang_ups.load(Ordering::SeqCst)
    }

    /// How many bytes of replies were handed to the connection.
    pub fn sent(&self) -> usize {
        self.0.sent.load(Ordering::SeqCst)
    }

    fn plan<T>(&self, change: impl FnOnce(&mut Plan) -> T) -> T {
        change(&mut self.0.plan.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

/// Listens on a free port of 127.0.0.1 and answers until the runtime ends.
///
/// # Errors
///
/// When no port can be had.
pub async fn start() -> io::Result<(SocketAddr, Handle)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let handle = Handle::default();
    let router = router(handle.clone());
    tokio::spawn(async move { axum::serve(listener, router).await });
    Ok((address, handle))
}

/// The routes: the Messages API, `POST /__scenario` and `GET /__spy`.
pub fn router(handle: Handle) -> Router {
    Router::new()
        .route("/v1/messages", post(messages))
        .route("/__scenario", post(choose))
        .route("/__spy", get(spy))
        .with_state(handle)
}

async fn choose(State(handle): State<Handle>, body: Bytes) -> Response {
    let wish: Value = serde_json::from_slice(&body).unwrap_or_default();
    let Some(scenario) = wish["name"].as_str().and_then(Scenario::from_name) else {
        let names: Vec<&str> = Scenario::ALL
            .iter()
            .map(|scenario| scenario.name())
            .collect();
        let text = json!({"error": "name must be one of the scenarios", "scenarios": names});
        return (StatusCode::BAD_REQUEST, text.to_string()).into_response();
    };
    handle.plan(|plan| {
        plan.scenario = scenario;
        if let Some(text) = wish["text"].as_str() {
            text.clone_into(&mut plan.text);
        }
        if let Some(bytes) = wish["cut_at"].as_u64() {
            plan.cut_at = usize::try_from(bytes).unwrap_or(usize::MAX);
        }
    });
    handle.clear();
    StatusCode::NO_CONTENT.into_response()
}

async fn spy(State(handle): State<Handle>) -> Response {
    let received: Vec<Value> = handle.received().iter().map(Received::to_json).collect();
    let text = json!({"received": received, "hang_ups": handle.hang_ups(), "sent": handle.sent()});
    (
        [(header::CONTENT_TYPE, "application/json")],
        text.to_string(),
    )
        .into_response()
}

async fn messages(State(handle): State<Handle>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let bytes = axum::body::to_bytes(body, 64 * 1024 * 1024)
        .await
        .unwrap_or_default();
    let body: Value = serde_json::from_slice(&bytes).unwrap_or_default();
    let headers = parts.headers.iter().map(|(name, value)| {
        let value = String::from_utf8_lossy(value.as_bytes()).into_owned();
        (name.as_str().to_owned(), value)
    });
    let received = Received {
        target: parts.uri.to_string(),
        headers: headers.collect(),
        body: body.clone(),
    };
    let key = received.header("x-api-key").unwrap_or("no-key").to_owned();
    handle
        .0
        .received
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .push(received);

    let mut plan = handle.plan(|plan| plan.clone());
    let model = body["model"].as_str().unwrap_or("unknown").to_owned();
    if let Some(scenario) = model.strip_prefix("fake-").and_then(Scenario::from_name) {
        plan.scenario = scenario;
    }
    let mut guard = Caller {
        handle: handle.clone(),
        is_done: false,
    };
    if plan.scenario == Scenario::Hang {
        tokio::time::sleep(std::time::Duration::from_mins(10)).await;
    }
    if let Some(refusal) = refusal(plan.scenario, &key) {
        guard.is_done = true;
        return refusal;
    }
    let script = Script::new(plan.scenario, &plan.text, plan.cut_at, &model, &key);
    if body["stream"] == json!(true) {
        stream(script, guard)
    } else {
        guard.is_done = true;
        (reply_headers("application/json"), script.whole()).into_response()
    }
}

/// The scenarios that end before a reply begins.
fn refusal(scenario: Scenario, key: &str) -> Option<Response> {
    let (status, kind) = match scenario {
        Scenario::BadRequest | Scenario::KeyInError => (400, "invalid_request_error"),
        Scenario::Unauthorized => (401, "authentication_error"),
        Scenario::NotFound => (404, "not_found_error"),
        Scenario::TooLarge => (413, "request_too_large"),
        Scenario::RateLimited | Scenario::SpendLimit => (429, "rate_limit_error"),
        Scenario::ServerError => (500, "api_error"),
        Scenario::GatewayTimeout => (504, "timeout_error"),
        Scenario::Overloaded => (529, "overloaded_error"),
        Scenario::Redirect => {
            let elsewhere = [(header::LOCATION, "/__spy")];
            return Some((StatusCode::TEMPORARY_REDIRECT, elsewhere).into_response());
        }
        _ => return None,
    };
    let message = format!("upstream words: the key is {key}");
    let body = json!({"type": "error", "error": {"type": kind, "message": message}, "request_id": "req_up"});
    let mut headers = reply_headers("application/json");
    if scenario == Scenario::RateLimited {
        headers.insert(header::RETRY_AFTER, 7.into());
    }
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    Some((status, headers, body.to_string()).into_response())
}

/// What Claude sends along, and a few headers that a proxy must keep to itself.
fn reply_headers(media_type: &'static str) -> HeaderMap {
    let pairs = [
        ("content-type", media_type),
        ("request-id", "req_upstream_1"),
        ("anthropic-ratelimit-requests-remaining", "49"),
        ("anthropic-organization-id", "org-private"),
        ("set-cookie", "session=upstream"),
        ("x-powered-by", "fake"),
        ("access-control-allow-origin", "*"),
    ];
    let pair = |(name, value): (&'static str, &'static str)| {
        (
            header::HeaderName::from_static(name),
            header::HeaderValue::from_static(value),
        )
    };
    pairs.map(pair).into_iter().collect()
}

/// Notices when the caller is gone before the reply was complete.
struct Caller {
    handle: Handle,
    is_done: bool,
}

impl Drop for Caller {
    fn drop(&mut self) {
        if !self.is_done {
            self.handle.0.hang_ups.fetch_add(1, Ordering::SeqCst);
        }
    }
}

fn stream(script: Script, caller: Caller) -> Response {
    let headers = reply_headers(script.media_type);
    let body = futures_util::stream::unfold((script, caller), async |(mut script, mut caller)| {
        match script.next() {
            Pace::Send(bytes, pause) => {
                if pause.is_zero() {
                    // Lets the connection notice that the caller is gone.
                    tokio::task::yield_now().await;
                } else {
                    tokio::time::sleep(pause).await;
                }
                caller
                    .handle
                    .0
                    .sent
                    .fetch_add(bytes.len(), Ordering::SeqCst);
                Some((Ok(bytes), (script, caller)))
            }
            Pace::Break => {
                caller.is_done = true;
                Some((
                    Err(io::Error::from(io::ErrorKind::ConnectionReset)),
                    (script, caller),
                ))
            }
            Pace::End => {
                caller.is_done = true;
                None
            }
        }
    });
    (headers, Body::from_stream(body)).into_response()
}
