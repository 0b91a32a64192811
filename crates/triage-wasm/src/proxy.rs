//! The proxy as a triage call sees it: which model to ask, and one request with its reply.

use triage_core::prompt::DEFAULT_MAX_TOKENS;
use triage_core::protocol::{ErrorCode, TriageError};
use triage_core::wire::{ModelInfo, ProxyCode, Reply, ReplyStream, ServerConfig, StreamEvent};
use wasm_bindgen::prelude::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, Headers, RequestInit, RequestRedirect, Response, Url};

use crate::fetch::{Body, fetch};
use crate::host;

/// The route of the Messages API.
const MESSAGES: &str = "/v1/messages";

type Result<T> = std::result::Result<T, TriageError>;

/// Where to ask.
pub(crate) struct Proxy {
    messages: String,
    config: String,
}

impl Proxy {
    /// The proxy at an origin, or the full address of its messages route.
    pub(crate) fn at(endpoint: &str) -> Result<Self> {
        let invalid = || {
            let fault = "endpoint must be an absolute http or https address without a user name, \
                         such as http://127.0.0.1:8787";
            TriageError::new(ErrorCode::InvalidArgument, fault)
        };
        let url = Url::new(endpoint).map_err(|_| invalid())?;
        let is_web = ["http:", "https:"].contains(&url.protocol().as_str());
        if !is_web || !url.username().is_empty() || !url.password().is_empty() {
            return Err(invalid());
        }
        let path = url.pathname();
        if let Some(folder) = path.strip_suffix('/') {
            url.set_pathname(&format!("{folder}{MESSAGES}"));
        }
        url.set_hash("");
        Ok(Self {
            messages: url.href(),
            config: format!("{}/api/config", url.origin()),
        })
    }

    /// The model to ask and the tokens to ask for. A model that was named is asked even where
    /// the server has no settings to tell: another Messages server than ours.
    pub(crate) async fn choose(
        &self,
        wanted: Option<String>,
        stop: &AbortSignal,
    ) -> Result<(ModelInfo, u32)> {
        let config = self.config(stop).await;
        host::check(stop)?;
        let config = match (config, &wanted) {
            (Ok(config), _) => config,
            (Err(_), Some(id)) => {
                return Ok((
                    ModelInfo {
                        id: id.clone(),
                        effort: false,
                    },
                    DEFAULT_MAX_TOKENS,
                ));
            }
            (Err(error), None) => return Err(error),
        };
        let no_model = || TriageError::new(ErrorCode::NoModel, ProxyCode::NoKey.message());
        if !config.model_configured {
            return Err(no_model());
        }
        let mut models = config.models.into_iter();
        let model = match wanted {
            // The proxy decides what it allows; here only what it takes matters.
            Some(id) => models
                .find(|model| model.id == id)
                .unwrap_or(ModelInfo { id, effort: false }),
            None => models.next().ok_or_else(no_model)?,
        };
        Ok((model, DEFAULT_MAX_TOKENS.min(config.max_tokens)))
    }

    /// Sends exactly `body` and reads the reply as it comes.
    pub(crate) async fn send(
        &self,
        body: &str,
        stop: &AbortSignal,
        mut on_event: impl FnMut(StreamEvent),
    ) -> Result<Reply> {
        let options = request(stop);
        options.set_method("POST");
        options.set_body(&JsValue::from_str(body));
        let headers = Headers::new().map_err(|_| unreachable())?;
        for (name, value) in [
            ("content-type", "application/json"),
            ("accept", "text/event-stream, application/json"),
        ] {
            headers.set(name, value).map_err(|_| unreachable())?;
        }
        options.set_headers(&headers);
        let response = checked(fetch(&self.messages, &options).await).await?;
        let kind = response
            .headers()
            .get("content-type")
            .ok()
            .flatten()
            .unwrap_or_default();
        if kind.starts_with("application/json") {
            return Ok(Reply::from_json(&text(&response).await)?);
        }
        let mut stream = ReplyStream::new();
        let bytes = Body::of(&response);
        // A connection that breaks ends the loop like the end of the stream; `finish` tells them apart.
        while let Ok(Some(piece)) = bytes.next().await {
            match stream.push(&piece.to_vec()) {
                Ok(events) => events.into_iter().for_each(&mut on_event),
                Err(error) => {
                    bytes.cancel().await;
                    return Err(error.into());
                }
            }
        }
        Ok(stream.finish()?)
    }

    async fn config(&self, stop: &AbortSignal) -> Result<ServerConfig> {
        let response = checked(fetch(&self.config, &request(stop)).await).await?;
        serde_json::from_str(&text(&response).await).map_err(|_| {
            TriageError::new(
                ErrorCode::ProxyUnreachable,
                format!(
                    "{} did not answer as the proxy does; check endpoint, or name a model",
                    self.config
                ),
            )
        })
    }
}

/// A redirect could carry the prompt to a place nobody chose.
fn request(stop: &AbortSignal) -> RequestInit {
    let options = RequestInit::new();
    options.set_redirect(RequestRedirect::Error);
    options.set_signal(Some(stop));
    options
}

async fn checked(answer: std::result::Result<Response, JsValue>) -> Result<Response> {
    let response = answer.map_err(|_| unreachable())?;
    if response.ok() {
        return Ok(response);
    }
    Err(TriageError::from_http(
        response.status(),
        &text(&response).await,
    ))
}

/// An answer that breaks off is as good as none: it is no JSON then.
async fn text(response: &Response) -> String {
    let Ok(promise) = response.text() else {
        return String::new();
    };
    let text = JsFuture::from(promise).await;
    text.ok()
        .and_then(|text| text.as_string())
        .unwrap_or_default()
}

fn unreachable() -> TriageError {
    TriageError::new(
        ErrorCode::ProxyUnreachable,
        "the proxy does not answer, or its answer is not open to this page; start it with \
         scripts/serve, and check endpoint and the network",
    )
}
