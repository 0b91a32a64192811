//! One request and the bytes of its answer, as they come.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, RequestInit, Response};

use crate::host;

/// Sends a request. It fails only if no answer came at all.
pub(crate) async fn fetch(url: &str, options: &RequestInit) -> Result<Response, JsValue> {
    ask(url, options).answer().await
}

/// A request that has been sent.
pub(crate) struct Asked(JsFuture);

/// Sends a request at once, to be answered later.
pub(crate) fn ask(url: &str, options: &RequestInit) -> Asked {
    Asked(host::scope().fetch_with_str_and_init(url, options).into())
}

impl Asked {
    /// Waits for the answer. It fails only if none came at all.
    pub(crate) async fn answer(self) -> Result<Response, JsValue> {
        Ok(self.0.await?.unchecked_into())
    }
}

/// The body of an answer, piece by piece.
pub(crate) struct Body(Option<ReadableStreamDefaultReader>);

impl Body {
    /// Takes the body; nothing else can read it then.
    pub(crate) fn of(response: &Response) -> Self {
        Self(
            response
                .body()
                .map(|body| body.get_reader().unchecked_into()),
        )
    }

    /// The next piece; `None` after the last. It fails if the connection breaks.
    pub(crate) async fn next(&self) -> Result<Option<Uint8Array>, JsValue> {
        let Some(reader) = &self.0 else {
            return Ok(None);
        };
        let piece = JsFuture::from(reader.read()).await?;
        if Reflect::get(&piece, &"done".into())?.is_truthy() {
            return Ok(None);
        }
        Ok(Some(Uint8Array::new(&Reflect::get(
            &piece,
            &"value".into(),
        )?)))
    }

    /// Tells the sender that nothing more is wanted.
    pub(crate) async fn cancel(self) {
        if let Some(reader) = &self.0 {
            // The sender may be gone already.
            let _ = JsFuture::from(reader.cancel()).await;
        }
    }
}
