//! The engine in a browser worker, behind the typed messages of [`triage_core::protocol`].
//!
//! This crate converts, calls and converts back. It fetches the assets, runs one call at a time,
//! and asks the proxy; what an alert, a ranking, a prompt or a verdict is stands in
//! `triage-core` and `triage-engine`. The program `worker` is what both the page and the npm
//! package start.

mod assets;
mod cache;
mod calls;
mod dispatcher;
mod fetch;
mod host;
mod message;
mod meter;
mod pool;
mod proxy;
mod trial;

use std::panic;

use triage_core::protocol::{ErrorCode, Event, Response, TriageError};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, MessageEvent};

pub use dispatcher::Dispatcher;
pub use message::WORKER_ITSELF;

/// What the worker programs do: report a crash to the page, and answer messages.
pub fn run() {
    panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        report_crash();
    }));
    start();
}

/// Answers the messages of this dedicated worker from now on, and says so.
pub fn start() {
    let dispatcher = Dispatcher::new(post, host::another);
    let listener = dispatcher.clone();
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        listener.receive(&event.data());
    });
    scope().set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // It must live as long as the worker.
    listener.forget();
    dispatcher.say_ready();
}

/// Tells the page that this worker is lost. To be called from a panic hook: the browser reports
/// an uncaught error only after the panic is over, and not for every kind of task.
pub fn report_crash() {
    let message =
        "the worker stopped by a fault of this program; the browser's console names the place";
    let error = TriageError::new(ErrorCode::WorkerCrashed, message);
    if let Ok(message) = message::write(&Response {
        id: WORKER_ITSELF,
        event: Event::Failed { error },
    }) {
        post(&message.value, &message.transfer);
    }
}

fn scope() -> DedicatedWorkerGlobalScope {
    js_sys::global().unchecked_into()
}

fn post(message: &JsValue, transfer: &JsValue) {
    // It fails only for values that cannot be cloned, and messages are plain data.
    let _ = scope().post_message_with_transfer(message, transfer);
}
