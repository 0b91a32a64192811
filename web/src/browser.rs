//! What the page asks of the browser itself: the time, random names, kept drafts, downloads.

use std::fmt::Write as _;
use std::time::Duration;

use js_sys::{Array, Promise, Uint8Array};
use leptos::prelude::{ReadSignal, Set as _, set_timeout, signal, window};
use wasm_bindgen::{JsCast as _, JsValue};
use web_sys::{
    Blob, BlobPropertyBag, Element, HtmlAnchorElement, HtmlElement, ScrollIntoViewOptions,
    ScrollLogicalPosition, Url,
};

/// The time now, RFC 3339 in UTC.
pub(crate) fn now() -> String {
    js_sys::Date::new_0().to_iso_string().into()
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> f64 {
    js_sys::Date::now()
}

/// A random UUID. `crypto.randomUUID` is missing outside secure contexts, the random bytes are not.
pub(crate) fn new_id() -> String {
    let mut bytes = [0_u8; 16];
    if let Ok(crypto) = window().crypto() {
        // Without randomness the time still tells two triages apart.
        if crypto.get_random_values_with_u8_array(&mut bytes).is_err() {
            bytes[..8].copy_from_slice(&now_ms().to_bits().to_be_bytes());
        }
    }
    bytes[6] = (bytes[6] & 0x0f) | 0x40;
    bytes[8] = (bytes[8] & 0x3f) | 0x80;
    let mut text = String::with_capacity(36);
    for (place, byte) in bytes.iter().enumerate() {
        if matches!(place, 4 | 6 | 8 | 10) {
            text.push('-');
        }
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// A time as the reader's own clock and language write it; the text itself where it is no time.
pub(crate) fn local_time(rfc3339: &str) -> String {
    let date = js_sys::Date::new(&JsValue::from_str(rfc3339));
    if date.get_time().is_nan() {
        return rfc3339.to_owned();
    }
    date.to_locale_string("default", &JsValue::UNDEFINED).into()
}

/// The page's own origin, such as `http://127.0.0.1:8787`.
pub(crate) fn origin() -> String {
    window().location().origin().unwrap_or_default()
}

/// Offers a text as a file to save.
pub(crate) fn save_file(name: &str, kind: &str, text: &str) -> Result<(), JsValue> {
    let options = BlobPropertyBag::new();
    options.set_type(kind);
    let blob = Blob::new_with_str_sequence_and_options(&Array::of1(&text.into()), &options)?;
    let url = Url::create_object_url_with_blob(&blob)?;
    let link: HtmlAnchorElement = leptos::prelude::document()
        .create_element("a")?
        .unchecked_into();
    link.set_href(&url);
    link.set_download(name);
    link.click();
    // The click only starts the download: the address must live a little longer.
    set_timeout(
        move || {
            let _ = Url::revoke_object_url(&url);
        },
        Duration::from_secs(30),
    );
    Ok(())
}

/// Puts a text on the clipboard; whether that was allowed.
pub(crate) async fn copy(text: &str) -> bool {
    let clipboard = window().navigator().clipboard();
    // It is missing outside secure contexts.
    if clipboard.is_undefined() {
        return false;
    }
    let written = wasm_bindgen_futures::JsFuture::from(clipboard.write_text(text));
    written.await.is_ok()
}

/// The bytes of a chosen or dropped file.
pub(crate) async fn read_file(file: &web_sys::File) -> Result<Vec<u8>, JsValue> {
    let buffer = wasm_bindgen_futures::JsFuture::from(file.array_buffer()).await?;
    Ok(Uint8Array::new(&buffer).to_vec())
}

/// Puts the keyboard focus on the element with this `id`.
pub(crate) fn focus(id: &str) {
    if let Some(element) = leptos::prelude::document().get_element_by_id(id) {
        let element: HtmlElement = element.unchecked_into();
        let _ = element.focus();
    }
}

/// Scrolls what is in an element, at once.
pub(crate) fn scroll_by(element: &Element, down: f64) {
    #[expect(
        clippy::cast_possible_truncation,
        reason = "pixels, and a float cast saturates"
    )]
    element.set_scroll_top(element.scroll_top() + down as i32);
}

/// Brings the element with this `id` into view, with as little movement as that takes.
pub(crate) fn show(id: &str) {
    if let Some(element) = leptos::prelude::document().get_element_by_id(id) {
        let options = ScrollIntoViewOptions::new();
        options.set_block(ScrollLogicalPosition::Nearest);
        element.scroll_into_view_with_scroll_into_view_options(&options);
    }
}

/// What was kept for this tab, so that a reload loses nothing that was typed.
pub(crate) fn kept(key: &str) -> Option<String> {
    window().session_storage().ok()??.get_item(key).ok()?
}

/// Keeps a value for this tab. A full or forbidden storage is no reason to disturb the typing.
pub(crate) fn keep(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().session_storage() {
        let _ = if value.is_empty() {
            storage.remove_item(key)
        } else {
            storage.set_item(key, value)
        };
    }
}

/// A setting of the page that outlives the tab.
pub(crate) fn setting(key: &str) -> Option<String> {
    window().local_storage().ok()??.get_item(key).ok()?
}

/// Remembers a setting of the page.
pub(crate) fn set_setting(key: &str, value: &str) {
    if let Ok(Some(storage)) = window().local_storage() {
        let _ = storage.set_item(key, value);
    }
}

/// Runs `work` after `turns` other tasks: what the page starts with is spread over several, so
/// that none of them holds it for long.
pub(crate) fn later(turns: u32, work: impl FnOnce() + 'static) {
    set_timeout(
        move || match turns.checked_sub(1) {
            Some(left) if left > 0 => later(left, work),
            _ => work(),
        },
        Duration::ZERO,
    );
}

/// Lets the browser paint and answer before work goes on.
pub(crate) async fn breathe() {
    let turn = Promise::new(&mut |resolve, _| {
        let go_on = move || {
            let _ = resolve.call0(&JsValue::UNDEFINED);
        };
        set_timeout(go_on, Duration::ZERO);
    });
    // It is never rejected.
    let _ = wasm_bindgen_futures::JsFuture::from(turn).await;
}

/// False until `turns` other tasks have run.
pub(crate) fn turn(turns: u32) -> ReadSignal<bool> {
    let (has_come, set) = signal(false);
    // The page may be gone by then.
    later(turns, move || {
        let _ = set.try_set(true);
    });
    has_come
}
