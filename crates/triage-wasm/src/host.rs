//! What the worker asks of the browser: the time, randomness, its memory, a pause.

use std::cell::RefCell;
use std::fmt::Write as _;

use js_sys::{Date, Function, Promise, Reflect, Uint8Array, WebAssembly};
use triage_core::protocol::{ErrorCode, TriageError};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, MessageChannel, Worker, WorkerGlobalScope, WorkerOptions, WorkerType};

/// The global object of this worker.
pub(crate) fn scope() -> WorkerGlobalScope {
    js_sys::global().unchecked_into()
}

/// Milliseconds since some fixed moment; only differences mean anything.
pub(crate) fn milliseconds() -> f64 {
    scope()
        .performance()
        .map_or_else(Date::now, |clock| clock.now())
}

/// The time, RFC 3339 in UTC.
pub(crate) fn now() -> String {
    Date::new_0().to_iso_string().into()
}

/// A random UUID (RFC 9562, version 4). `crypto.randomUUID` is missing outside secure contexts,
/// the random bytes are not.
pub(crate) fn random_uuid() -> Result<String, TriageError> {
    let mut bytes: [u8; 16] = random_bytes()?;
    bytes[6] = bytes[6] & 0x0f | 0x40;
    bytes[8] = bytes[8] & 0x3f | 0x80;
    let mut text = hexadecimal(&bytes);
    for dash in [8, 13, 18, 23] {
        text.insert(dash, '-');
    }
    Ok(text)
}

/// A word nobody can have guessed.
pub(crate) fn random_word() -> Result<String, TriageError> {
    Ok(hexadecimal(&random_bytes::<8>()?))
}

/// SHA-256 as lower-case hexadecimal text, calculated by the browser; nothing where it does not,
/// outside secure contexts.
pub(crate) async fn sha256(bytes: &[u8]) -> Option<String> {
    let crypto = scope().crypto().ok()?;
    let has_subtle = Reflect::get(&crypto, &"subtle".into()).is_ok_and(|subtle| subtle.is_truthy());
    if !has_subtle {
        return None;
    }
    let bytes = Uint8Array::from(bytes);
    let digest = crypto
        .subtle()
        .digest_with_str_and_buffer_source("SHA-256", &bytes)
        .ok()?;
    let digest = JsFuture::from(digest).await.ok()?;
    Some(hexadecimal(&Uint8Array::new(&digest).to_vec()))
}

/// Bytes of memory this program has taken from the browser. It never gives any back.
pub(crate) fn memory_bytes() -> u64 {
    let memory: WebAssembly::Memory = wasm_bindgen::memory().unchecked_into();
    let buffer: js_sys::ArrayBuffer = memory.buffer().unchecked_into();
    u64::from(buffer.byte_length())
}

/// Processor cores that a page may count on.
pub(crate) fn cores() -> usize {
    let cores = scope().navigator().hardware_concurrency();
    if cores >= 1.0 {
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "it is a small whole number"
        )]
        let cores = cores as usize;
        cores
    } else {
        1
    }
}

/// A worker like this one, started by it.
pub(crate) fn another() -> Result<Worker, JsValue> {
    let options = WorkerOptions::new();
    options.set_type(WorkerType::Module);
    Worker::new_with_options(&scope().location().href(), &options)
}

/// Lets time pass.
pub(crate) async fn sleep(ms: i32) {
    Bell::default().wait(ms).await;
}

/// Lets one task wait for another.
#[derive(Default)]
pub(crate) struct Bell(RefCell<Option<Function>>);

impl Bell {
    /// Wakes the task that waits, if there is one.
    pub(crate) fn ring(&self) {
        if let Some(wake) = self.0.borrow_mut().take() {
            // Resolving a promise cannot fail, and twice is once.
            let _ = wake.call0(&JsValue::NULL);
        }
    }

    /// Waits until it rings, at most `most` milliseconds. One task at a time.
    pub(crate) async fn wait(&self, most: i32) {
        let rung = Promise::new(&mut |wake, _| {
            // Without a timer there is still the bell.
            let _ = scope().set_timeout_with_callback_and_timeout_and_arguments_0(&wake, most);
            *self.0.borrow_mut() = Some(wake);
        });
        // It is only ever resolved.
        let _ = JsFuture::from(rung).await;
    }
}

/// Fails once the caller has given the call up.
pub(crate) fn check(stop: &AbortSignal) -> Result<(), TriageError> {
    if stop.aborted() {
        Err(cancelled())
    } else {
        Ok(())
    }
}

/// Lets the messages in that have arrived meanwhile, then does as [`check`].
///
/// A message to oneself is a task like theirs; timers would cost four milliseconds each.
pub(crate) async fn pause(stop: &AbortSignal) -> Result<(), TriageError> {
    if let Ok(channel) = MessageChannel::new() {
        let (here, there) = (channel.port1(), channel.port2());
        let arrived =
            Promise::new(&mut |resolve, _| here.set_onmessage(Some(resolve.unchecked_ref())));
        if there.post_message(&JsValue::NULL).is_ok() {
            // It is only ever resolved.
            let _ = JsFuture::from(arrived).await;
        }
        here.close();
    }
    check(stop)
}

/// The error of a call that was given up.
pub(crate) fn cancelled() -> TriageError {
    TriageError::new(ErrorCode::Cancelled, "cancelled")
}

fn random_bytes<const N: usize>() -> Result<[u8; N], TriageError> {
    let mut bytes = [0; N];
    scope()
        .crypto()
        .and_then(|crypto| crypto.get_random_values_with_u8_array(&mut bytes))
        .map_err(|_| TriageError::new(ErrorCode::Engine, "the browser gives no random numbers"))?;
    Ok(bytes)
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        // Writing to a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
