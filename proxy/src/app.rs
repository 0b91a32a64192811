//! All routes and what is common to them: names, ids, headers, the log line.

use std::sync::Arc;
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Method, header};
use axum::middleware::{Next, from_fn_with_state};
use axum::response::{IntoResponse as _, Response};
use axum::routing::{get, post};
use axum::{Router, body::Body};
use serde::Serialize;
use tokio::sync::watch;
use triage_core::wire::{Health, ProxyCode};

use crate::config::{Config, VERSION};
use crate::error::Failure;
use crate::guard::Guard;
use crate::limits::Limits;
use crate::log::{Log, Record, RecordedBody, SharedOutcome, new_request_id};
use crate::page::Page;
use crate::serve::Phase;
use crate::upstream::{Upstream, UpstreamError};
use crate::{messages, openapi, page};

pub(crate) struct AppState {
    pub(crate) config: Arc<Config>,
    pub(crate) guard: Guard,
    pub(crate) limits: Limits,
    pub(crate) page: Page,
    pub(crate) upstream: Option<Arc<Upstream>>,
    pub(crate) log: Log,
    pub(crate) phase: watch::Receiver<Phase>,
}

#[derive(Clone)]
pub(crate) struct RequestId(pub(crate) String);

/// The whole service for `config`. `phase` tells it when the program is about to stop.
///
/// # Errors
///
/// [`UpstreamError`] when a model is configured and the call to it cannot be set up.
pub fn app(
    config: Arc<Config>,
    log: Log,
    phase: watch::Receiver<Phase>,
) -> Result<Router, UpstreamError> {
    let state = Arc::new(AppState {
        guard: Guard::new(config.allowed_hosts()),
        limits: Limits::new(config.max_concurrent, config.requests_per_minute),
        page: Page::new(&config.page_dir, &config.assets_dir),
        upstream: Upstream::new(&config)?.map(Arc::new),
        log,
        phase,
        config,
    });
    Ok(Router::new()
        .route("/", get(page::index))
        .route("/assets/{*path}", get(page::asset))
        .route("/health", get(health))
        .route("/api/config", get(config_route))
        .route("/api/openapi.json", get(openapi_route))
        .route("/v1/messages", post(messages::post))
        .fallback(page::file)
        .method_not_allowed_fallback(async || Failure::from(ProxyCode::MethodNotAllowed))
        .layer(from_fn_with_state(Arc::clone(&state), guard))
        .layer(from_fn_with_state(Arc::clone(&state), record))
        .with_state(state))
}

async fn health(State(app): State<Arc<AppState>>) -> Response {
    json(&Health {
        status: "ok".to_owned(),
        version: VERSION.to_owned(),
        model_configured: app.config.model_configured(),
    })
}

async fn config_route(State(app): State<Arc<AppState>>) -> Response {
    json(&app.config.public())
}

async fn openapi_route() -> Response {
    json(&openapi::document())
}

fn json(value: &impl Serialize) -> Response {
    let text = serde_json::to_string(value).expect("our own types are always JSON");
    let headers = [
        (header::CONTENT_TYPE, "application/json"),
        (header::CACHE_CONTROL, "no-store"),
    ];
    (headers, text).into_response()
}

async fn guard(
    State(app): State<Arc<AppState>>,
    request: Request,
    next: Next,
) -> Result<Response, Failure> {
    let (parts, body) = request.into_parts();
    app.guard.check(&parts)?;
    Ok(next.run(Request::from_parts(parts, body)).await)
}

/// The outermost layer: gives the id, writes failures out, sets the headers, keeps the record.
async fn record(State(app): State<Arc<AppState>>, mut request: Request, next: Next) -> Response {
    let id = new_request_id();
    let outcome = SharedOutcome::default();
    let mut record = Record {
        log: app.log.clone(),
        id: id.clone(),
        method: request.method().clone(),
        path: request.uri().path().to_owned(),
        outcome: outcome.clone(),
        started: Instant::now(),
        status: None,
        first_byte: None,
        left: None,
        is_complete: false,
    };
    request.extensions_mut().insert(RequestId(id.clone()));
    request.extensions_mut().insert(outcome.clone());
    let mut response = next.run(request).await;
    if let Some(failure) = response.extensions_mut().remove::<Failure>() {
        outcome.update(|outcome| outcome.failure = Some(failure.code));
        response = failure.render(&id);
    }
    set_headers(response.headers_mut(), &app.page.policy, &id);
    record.status = Some(response.status());
    let length = response.headers().get(header::CONTENT_LENGTH);
    record.left = length.and_then(|length| length.to_str().ok()?.parse().ok());
    response.map(|inner| {
        record.is_complete = record.method == Method::HEAD
            || record.left == Some(0)
            || hyper::body::Body::is_end_stream(&inner);
        Body::new(RecordedBody { inner, record })
    })
}

fn set_headers(headers: &mut HeaderMap, policy: &HeaderValue, id: &str) {
    let fixed = [
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
        (
            HeaderName::from_static("cross-origin-opener-policy"),
            "same-origin",
        ),
        (
            HeaderName::from_static("cross-origin-resource-policy"),
            "same-origin",
        ),
        (HeaderName::from_static("permissions-policy"), PERMISSIONS),
    ];
    for (name, value) in fixed {
        headers.insert(name, HeaderValue::from_static(value));
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, policy.clone());
    if let Ok(id) = HeaderValue::from_str(id) {
        headers.insert(HeaderName::from_static("x-request-id"), id);
    }
}

/// The page reads and writes text; the clipboard is the only device it asks for.
const PERMISSIONS: &str = "accelerometer=(), autoplay=(), camera=(), display-capture=(), \
    encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), \
    microphone=(), midi=(), payment=(), picture-in-picture=(), publickey-credentials-get=(), \
    screen-wake-lock=(), usb=(), xr-spatial-tracking=()";
