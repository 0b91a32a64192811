//! One other worker: the same program, asked by the same messages, one call at a time.

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use serde::Serialize as _;
use serde_wasm_bindgen::Serializer;
use triage_core::protocol::{
    self, Call, ErrorCode, Outcome, PROTOCOL, Request, Response, TriageError,
};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{Event, MessageEvent, Worker};

use super::{Errand, loaded};
use crate::host;
use crate::host::Bell;
use crate::message::{self, WORKER_ITSELF};

type Result<T> = std::result::Result<T, TriageError>;

/// A helper at work from which nothing is heard for so long is dead, for it speaks after every
/// item: nobody is told when a browser takes a worker away.
const SILENT_MS: f64 = 20_000.0;

/// How often one looks for that.
const LOOK_MS: i32 = 1000;

pub(super) struct Helper {
    worker: Worker,
    state: Rc<State>,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_failure: Closure<dyn FnMut(Event)>,
}

#[derive(Default)]
struct State {
    is_ready: Cell<bool>,
    memory_bytes: Cell<Option<u64>>,
    /// The number of the call under way.
    open: Cell<Option<u32>>,
    next: Cell<u32>,
    answer: RefCell<Option<Result<Outcome>>>,
    /// Why it is dead.
    end: RefCell<Option<String>>,
    heard: Cell<f64>,
    bell: Bell,
}

impl Helper {
    /// Starts a worker; it is not yet loaded.
    pub(super) fn start(
        start: &dyn Fn() -> std::result::Result<Worker, JsValue>,
    ) -> std::result::Result<Rc<Self>, JsValue> {
        let worker = start()?;
        let state = Rc::new(State::default());
        let hearing = Rc::clone(&state);
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            hearing.hear(&event.data());
        });
        let failing = Rc::clone(&state);
        let on_failure = Closure::<dyn FnMut(Event)>::new(move |event: Event| {
            // Else it would be this worker's own fault as well, and the page's.
            event.prevent_default();
            failing.end("it stopped unexpectedly");
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_failure.as_ref().unchecked_ref()));
        worker.set_onmessageerror(Some(on_failure.as_ref().unchecked_ref()));
        Ok(Rc::new(Self {
            worker,
            state,
            _on_message: on_message,
            _on_failure: on_failure,
        }))
    }

    pub(super) fn is_loaded(&self) -> bool {
        self.state.memory_bytes.get().is_some()
    }

    /// Whether a call is under way, or the worker is still loading.
    pub(super) fn is_busy(&self) -> bool {
        self.state.open.get().is_some()
    }

    /// Bytes of memory as it last said; nothing until it is loaded.
    pub(super) fn memory_bytes(&self) -> Option<u64> {
        self.state.memory_bytes.get()
    }

    /// Loads the same as this worker has.
    pub(super) async fn load(&self, errand: &Errand) -> Result<()> {
        // Busy from now on, so that no other batch takes it meanwhile.
        self.state.open.set(Some(WORKER_ITSELF));
        while !self.state.is_ready.get() {
            self.state.check()?;
            self.state.bell.wait(LOOK_MS).await;
        }
        errand.folder.written().await;
        let (index_id, memory_bytes) = loaded(self.call(errand.call.clone()).await?)
            .ok_or_else(|| dead("it answered wrongly"))?;
        // The server may have another index by now, and answers of two would be mixed.
        if index_id != errand.index_id {
            return Err(dead("it found another index"));
        }
        self.state.memory_bytes.set(Some(memory_bytes));
        Ok(())
    }

    /// Asks how much memory it has taken.
    pub(super) async fn measure(&self) {
        if self.is_loaded()
            && !self.is_busy()
            && let Ok(Outcome::State { state }) = self.call(Call::State).await
            && let Some(itself) = state.workers.first()
        {
            self.state.memory_bytes.set(Some(itself.memory_bytes));
        }
    }

    /// Makes a call. One at a time.
    pub(super) async fn call(&self, call: Call) -> Result<Outcome> {
        let state = &self.state;
        state.check()?;
        let id = state.next.get().wrapping_add(1).max(1);
        state.next.set(id);
        state.open.set(Some(id));
        state.heard.set(host::milliseconds());
        let message = Request { id, call }.serialize(&Serializer::json_compatible());
        let sent = message
            .map_err(JsValue::from)
            .and_then(|message| self.worker.post_message(&message));
        if sent.is_err() {
            state.open.set(None);
            return Err(dead("the call could not be handed to it"));
        }
        loop {
            if let Some(answer) = state.answer.take() {
                state.open.set(None);
                return answer;
            }
            if self.is_loaded() && host::milliseconds() - state.heard.get() > SILENT_MS {
                self.end("it fell silent");
            }
            state.check()?;
            state.bell.wait(LOOK_MS).await;
        }
    }

    /// Gives up the call under way.
    pub(super) fn cancel(&self) {
        let Some(target) = self.state.open.get() else {
            return;
        };
        let request = Request {
            id: WORKER_ITSELF,
            call: Call::Cancel { target },
        };
        if let Ok(message) = request.serialize(&Serializer::json_compatible()) {
            // One that cannot be told finishes its few items.
            let _ = self.worker.post_message(&message);
        }
    }

    /// Ends the worker for good; a call under way fails.
    pub(super) fn end(&self, reason: &str) {
        self.worker.set_onmessage(None);
        self.worker.set_onerror(None);
        self.worker.set_onmessageerror(None);
        self.worker.terminate();
        self.state.end(reason);
    }
}

impl State {
    fn hear(&self, message: &JsValue) {
        self.heard.set(host::milliseconds());
        match message::read_response(message) {
            Some(Response {
                event:
                    protocol::Event::Ready {
                        protocol: PROTOCOL, ..
                    },
                ..
            }) => {
                self.is_ready.set(true);
                self.bell.ring();
            }
            Some(Response {
                event: protocol::Event::Progress { .. },
                ..
            }) => {}
            Some(Response {
                id,
                event: protocol::Event::Done { outcome },
            }) => self.take(id, Ok(outcome)),
            Some(Response {
                id,
                event: protocol::Event::Failed { error },
            }) if id != WORKER_ITSELF => {
                self.take(id, Err(error));
            }
            // It reports its own death, or speaks another language.
            _ => self.end("it stopped"),
        }
    }

    fn take(&self, id: u32, answer: Result<Outcome>) {
        if self.open.get() == Some(id) {
            *self.answer.borrow_mut() = Some(answer);
            self.bell.ring();
        }
    }

    fn end(&self, reason: &str) {
        self.end
            .borrow_mut()
            .get_or_insert_with(|| reason.to_owned());
        self.bell.ring();
    }

    fn check(&self) -> Result<()> {
        match &*self.end.borrow() {
            Some(reason) => Err(dead(reason)),
            None => Ok(()),
        }
    }
}

fn dead(reason: &str) -> TriageError {
    TriageError::new(
        ErrorCode::WorkerCrashed,
        format!("a further worker was lost: {reason}"),
    )
}
