//! The page's calls to the proxy: what it offers, and one streamed request to the model.

use gloo_net::http::{Request, Response};
use js_sys::{Reflect, Uint8Array};
use serde::de::DeserializeOwned;
use triage_core::protocol::{ErrorCode, TriageError};
use triage_core::wire::{Reply, ReplyStream, ServerConfig, StreamError, StreamEvent};
use wasm_bindgen::{JsCast as _, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStreamDefaultReader};

/// Asks what may be asked: models and limits.
pub(crate) async fn config() -> Result<ServerConfig, TriageError> {
    get("/api/config").await
}

/// Fetches a text file of the page; without a network the page's own cache has it.
pub(crate) async fn file(path: &str) -> Result<String, TriageError> {
    let response = Request::get(path).send().await.map_err(|_| unreachable())?;
    checked(response)
        .await?
        .text()
        .await
        .map_err(|_| unreachable())
}

/// Sends exactly `body` and reads the reply as it comes. `signal` ends it at any point, upstream
/// included: the proxy notices that its client is gone.
pub(crate) async fn send(
    body: &str,
    signal: &AbortSignal,
    on_event: impl FnMut(StreamEvent),
) -> Result<Reply, TriageError> {
    let result = exchange(body, signal, on_event).await;
    if signal.aborted() {
        return Err(TriageError::new(
            ErrorCode::Cancelled,
            "stopped; what had arrived is not a verdict",
        ));
    }
    result
}

async fn exchange(
    body: &str,
    signal: &AbortSignal,
    mut on_event: impl FnMut(StreamEvent),
) -> Result<Reply, TriageError> {
    let request = Request::post("/v1/messages")
        .header("content-type", "application/json")
        .header("accept", "text/event-stream, application/json")
        .abort_signal(Some(signal))
        .body(body)
        .map_err(|_| unreachable())?;
    let response = checked(request.send().await.map_err(|_| unreachable())?).await?;
    let kind = response.headers().get("content-type").unwrap_or_default();
    if kind.starts_with("application/json") {
        let text = response.text().await.map_err(|_| cut(String::new()))?;
        return Ok(Reply::from_json(&text)?);
    }
    let mut stream = ReplyStream::new();
    let Some(bytes) = response.body() else {
        return Err(cut(String::new()));
    };
    let reader: ReadableStreamDefaultReader = bytes.get_reader().unchecked_into();
    while let Ok(chunk) = JsFuture::from(reader.read()).await {
        if is_done(&chunk) {
            break;
        }
        let value = Reflect::get(&chunk, &JsValue::from_str("value")).unwrap_or_default();
        match stream.push(&Uint8Array::new(&value).to_vec()) {
            Ok(events) => events.into_iter().for_each(&mut on_event),
            Err(error) => {
                drop(reader.cancel());
                return Err(error.into());
            }
        }
    }
    // A network failure ends the loop like an end of the stream; `finish` tells the two apart.
    Ok(stream.finish()?)
}

async fn get<T: DeserializeOwned>(path: &str) -> Result<T, TriageError> {
    let response = Request::get(path).send().await.map_err(|_| unreachable())?;
    let text = checked(response)
        .await?
        .text()
        .await
        .map_err(|_| unreachable())?;
    serde_json::from_str(&text).map_err(|_| {
        TriageError::new(
            ErrorCode::ProxyUnreachable,
            format!(
                "{path} did not answer as the proxy does; open the page at the proxy's address"
            ),
        )
    })
}

async fn checked(response: Response) -> Result<Response, TriageError> {
    if response.ok() {
        return Ok(response);
    }
    let body = response.text().await.unwrap_or_default();
    Err(TriageError::from_http(response.status(), &body))
}

fn is_done(chunk: &JsValue) -> bool {
    Reflect::get(chunk, &JsValue::from_str("done")).is_ok_and(|done| done.is_truthy())
}

fn unreachable() -> TriageError {
    TriageError::new(
        ErrorCode::ProxyUnreachable,
        "the proxy does not answer; start it with scripts/serve, or check the network",
    )
}

fn cut(text: String) -> TriageError {
    StreamError::Cut { text }.into()
}
