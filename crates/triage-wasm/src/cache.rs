//! Assets kept in the browser's Cache API. A browser that has none, or no room left, costs only
//! another download: nothing here fails.

use std::collections::BTreeSet;

use js_sys::{Array, Reflect};
use wasm_bindgen::JsCast as _;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Cache, CacheStorage, Request, Response};

/// The cache's name in the browser. Its entries carry the hash of their content in the URL.
const NAME: &str = "soc-copilot-assets";

/// The name of the error where a site has used up its room.
const FULL: &str = "QuotaExceededError";

/// Why something was not kept: the next load fetches it again.
pub(crate) enum NotKept {
    /// There is no room, or none left for this site.
    NoRoom,
    /// The browser keeps nothing, as in a private window.
    NoStorage,
}

/// The kept assets, or nothing where the browser keeps none.
pub(crate) struct AssetCache(Option<Cache>);

impl AssetCache {
    pub(crate) async fn open() -> Self {
        Self(open().await)
    }

    /// Whether anything can be kept.
    pub(crate) fn is_there(&self) -> bool {
        self.0.is_some()
    }

    pub(crate) async fn get(&self, url: &str) -> Option<Response> {
        let found = JsFuture::from(self.0.as_ref()?.match_with_str(url))
            .await
            .ok()?;
        found.dyn_into().ok()
    }

    /// Keeps a response under `url`.
    pub(crate) async fn put(&self, url: &str, response: &Response) -> Result<(), NotKept> {
        let cache = self.0.as_ref().ok_or(NotKept::NoStorage)?;
        match JsFuture::from(cache.put_with_str(url, response)).await {
            Ok(_) => Ok(()),
            Err(error) => {
                let name = Reflect::get(&error, &"name".into()).ok();
                let is_full = name.and_then(|name| name.as_string()).as_deref() == Some(FULL);
                Err(if is_full {
                    NotKept::NoRoom
                } else {
                    NotKept::NoStorage
                })
            }
        }
    }

    pub(crate) async fn delete(&self, url: &str) {
        if let Some(cache) = &self.0 {
            // What cannot be deleted is checked again, and not used, next time.
            let _ = JsFuture::from(cache.delete_with_str(url)).await;
        }
    }

    /// Deletes what lies under `folder` and is not among `wanted`: files of older indexes.
    pub(crate) async fn keep_only(&self, folder: &str, wanted: &BTreeSet<String>) {
        let Some(cache) = &self.0 else { return };
        let Ok(requests) = JsFuture::from(cache.keys()).await else {
            return;
        };
        for request in requests.unchecked_into::<Array>().iter() {
            let url = request.unchecked_into::<Request>().url();
            if url.starts_with(folder) && !wanted.contains(&url) {
                self.delete(&url).await;
            }
        }
    }
}

/// By name, because outside secure contexts there is no such thing to call.
async fn open() -> Option<Cache> {
    let storage = Reflect::get(&js_sys::global(), &"caches".into()).ok()?;
    let storage: CacheStorage = storage.dyn_into().ok()?;
    let cache = JsFuture::from(storage.open(NAME)).await.ok()?;
    cache.dyn_into().ok()
}
