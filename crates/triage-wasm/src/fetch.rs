//! One request and the bytes of its answer, as they come.

use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{ReadableStreamDefaultReader, RequestInit, Response};

use crate::host;

/// Sends a request. It fails only if no answer came at all.
pub(crate) async fn fetch(url: &str, options: &RequestInit) -> Result<Response, JsValue> {
    let answer = JsFuture::from(host::scope().fetch_with_str_and_init(url, options)).await?;
    Ok(answer.unchecked_into())
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
