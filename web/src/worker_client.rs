//! The page's end of the worker: numbered calls, progress, cancelling, and a new worker after a
//! crash. What the calls mean is left to others.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;
use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;
use std::task::{Context, Poll, Waker};

use js_sys::{Uint8Array, WebAssembly};
use serde::Serialize as _;
use triage_core::protocol::{
    Call, ErrorCode, Event, Outcome, PROTOCOL, Progress, Request, Response, TriageError,
};
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{Closure, JsValue};
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

/// The modules that start the worker; Trunk writes them beside the page. The first is for browsers
/// that know relaxed SIMD: others cannot load its program.
const RELAXED_WORKER_URL: &str = "/worker_relaxed_loader.js";
const WORKER_URL: &str = "/worker_loader.js";

/// A WebAssembly module whose one function is a relaxed dot product: valid where such instructions
/// are known. The package has the same bytes.
const RELAXED: [u8; 37] = [
    0, 97, 115, 109, 1, 0, 0, 0, 1, 8, 1, 96, 3, 123, 123, 123, 1, 123, 3, 2, 1, 0, 10, 13, 1, 11,
    0, 32, 0, 32, 1, 32, 2, 253, 147, 2, 11,
];

/// The number under which a worker speaks for itself rather than for a call.
const WORKER_ITSELF: u32 = 0;

type OnProgress = Rc<dyn Fn(Progress)>;
type Result<T> = std::result::Result<T, TriageError>;

/// A worker and the calls it has not answered yet.
#[derive(Clone)]
pub(crate) struct WorkerClient(Rc<Inner>);

struct Inner {
    link: RefCell<Option<Link>>,
    is_ready: Cell<bool>,
    /// Calls made before the worker listened.
    waiting: RefCell<Vec<Request>>,
    open: RefCell<BTreeMap<u32, Open>>,
    next: Cell<u32>,
    on_crash: Box<dyn Fn(TriageError)>,
}

/// A running worker and the listeners that must live as long as it does.
struct Link {
    worker: Worker,
    _on_message: Closure<dyn FnMut(MessageEvent)>,
    _on_failure: Closure<dyn FnMut(JsValue)>,
}

struct Open {
    slot: Rc<RefCell<Slot>>,
    on_progress: OnProgress,
}

#[derive(Default)]
struct Slot {
    result: Option<Result<Outcome>>,
    waker: Option<Waker>,
}

/// A call under way: a future of its answer. Dropping it gives the call up.
pub(crate) struct Running {
    id: u32,
    slot: Rc<RefCell<Slot>>,
    client: WorkerClient,
}

impl WorkerClient {
    /// Starts a worker. `on_crash` hears of every death; all open calls have failed by then and
    /// [`WorkerClient::restart`] may be called from it.
    pub(crate) fn new(on_crash: impl Fn(TriageError) + 'static) -> Self {
        let client = Self(Rc::new(Inner {
            link: RefCell::new(None),
            is_ready: Cell::new(false),
            waiting: RefCell::default(),
            open: RefCell::default(),
            next: Cell::new(WORKER_ITSELF + 1),
            on_crash: Box::new(on_crash),
        }));
        client.restart();
        client
    }

    /// Ends the worker, if there is one, and starts another. It knows nothing of its predecessor.
    pub(crate) fn restart(&self) {
        self.stop();
        if let Err(error) = self.start() {
            let reason = error
                .as_string()
                .unwrap_or_else(|| "the browser refused".to_owned());
            self.crash(&format!(
                "the worker could not be started ({reason}); reload the page"
            ));
        }
    }

    /// Makes a call and tells how far it is.
    pub(crate) fn call(&self, call: Call, on_progress: impl Fn(Progress) + 'static) -> Running {
        let id = self.0.next.get();
        self.0.next.set(id.wrapping_add(1).max(1));
        let slot = Rc::new(RefCell::new(Slot::default()));
        let open = Open {
            slot: Rc::clone(&slot),
            on_progress: Rc::new(on_progress),
        };
        self.0.open.borrow_mut().insert(id, open);
        self.send(Request { id, call });
        Running {
            id,
            slot,
            client: self.clone(),
        }
    }

    /// Gives a call up; it fails with [`ErrorCode::Cancelled`].
    pub(crate) fn cancel(&self, id: u32) {
        let is_waiting = self
            .0
            .waiting
            .borrow()
            .iter()
            .any(|request| request.id == id);
        if is_waiting {
            self.0
                .waiting
                .borrow_mut()
                .retain(|request| request.id != id);
        } else if self.0.open.borrow().contains_key(&id) {
            self.send(Request {
                id: WORKER_ITSELF,
                call: Call::Cancel { target: id },
            });
        }
        // The caller need not wait for a worker that is busy.
        self.finish(id, Err(TriageError::new(ErrorCode::Cancelled, "cancelled")));
    }

    fn start(&self) -> std::result::Result<(), JsValue> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let is_relaxed = WebAssembly::validate(&Uint8Array::from(&RELAXED[..]))?;
        let url = if is_relaxed {
            RELAXED_WORKER_URL
        } else {
            WORKER_URL
        };
        let worker = Worker::new_with_options(url, &options)?;
        let weak = Rc::downgrade(&self.0);
        let on_message = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).receive(event.data());
            }
        });
        let weak = Rc::downgrade(&self.0);
        let on_failure = Closure::<dyn FnMut(JsValue)>::new(move |_event: JsValue| {
            if let Some(inner) = weak.upgrade() {
                Self(inner).crash("the worker stopped unexpectedly");
            }
        });
        worker.set_onmessage(Some(on_message.as_ref().unchecked_ref()));
        worker.set_onerror(Some(on_failure.as_ref().unchecked_ref()));
        worker.set_onmessageerror(Some(on_failure.as_ref().unchecked_ref()));
        let link = Link {
            worker,
            _on_message: on_message,
            _on_failure: on_failure,
        };
        *self.0.link.borrow_mut() = Some(link);
        Ok(())
    }

    fn stop(&self) {
        self.0.is_ready.set(false);
        if let Some(link) = self.0.link.borrow_mut().take() {
            link.worker.set_onmessage(None);
            link.worker.set_onerror(None);
            link.worker.set_onmessageerror(None);
            link.worker.terminate();
        }
    }

    fn crash(&self, reason: &str) {
        self.stop();
        self.0.waiting.borrow_mut().clear();
        let error = TriageError::new(ErrorCode::WorkerCrashed, reason);
        let open: Vec<u32> = self.0.open.borrow().keys().copied().collect();
        for id in open {
            self.finish(id, Err(error.clone()));
        }
        (self.0.on_crash)(error);
    }

    fn send(&self, request: Request) {
        if !self.0.is_ready.get() {
            self.0.waiting.borrow_mut().push(request);
            return;
        }
        let id = request.id;
        let serializer = serde_wasm_bindgen::Serializer::json_compatible();
        let sent = request
            .serialize(&serializer)
            .map_err(JsValue::from)
            .and_then(|message| match &*self.0.link.borrow() {
                Some(link) => link.worker.post_message(&message),
                None => Err(JsValue::from_str("there is no worker")),
            });
        if sent.is_err() {
            let error = TriageError::new(
                ErrorCode::WorkerCrashed,
                "the call could not be handed to the worker; reload the page",
            );
            self.finish(id, Err(error));
        }
    }

    fn receive(&self, message: JsValue) {
        let Ok(Response { id, event }) = serde_wasm_bindgen::from_value::<Response>(message) else {
            self.crash("the worker sent something that is not a message of this program");
            return;
        };
        match event {
            Event::Ready { protocol, .. } if protocol == PROTOCOL => {
                self.0.is_ready.set(true);
                let waiting = std::mem::take(&mut *self.0.waiting.borrow_mut());
                for request in waiting {
                    self.send(request);
                }
            }
            Event::Ready { .. } => {
                self.crash("page and worker are of different versions; reload the page");
            }
            Event::Progress { progress } => {
                let on_progress = self
                    .0
                    .open
                    .borrow()
                    .get(&id)
                    .map(|open| Rc::clone(&open.on_progress));
                if let Some(on_progress) = on_progress {
                    on_progress(progress);
                }
            }
            Event::Done { outcome } => self.finish(id, Ok(outcome)),
            Event::Failed { error } if id == WORKER_ITSELF => self.crash(&error.message),
            Event::Failed { error } => self.finish(id, Err(error)),
        }
    }

    /// Answers that nobody waits for any more are dropped: the call was given up.
    fn finish(&self, id: u32, result: Result<Outcome>) {
        let open = self.0.open.borrow_mut().remove(&id);
        if let Some(Open { slot, .. }) = open {
            let waker = {
                let mut slot = slot.borrow_mut();
                slot.result = Some(result);
                slot.waker.take()
            };
            if let Some(waker) = waker {
                waker.wake();
            }
        }
    }
}

impl Running {
    /// The number to cancel it by.
    pub(crate) fn id(&self) -> u32 {
        self.id
    }
}

impl Future for Running {
    type Output = Result<Outcome>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slot = self.slot.borrow_mut();
        if let Some(result) = slot.result.take() {
            return Poll::Ready(result);
        }
        slot.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        if self.client.0.open.borrow().contains_key(&self.id) {
            self.client.cancel(self.id);
        }
    }
}
