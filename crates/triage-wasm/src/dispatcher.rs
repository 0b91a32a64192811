//! One call at a time, in order, each answered once. Only a cancel overtakes the others.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use triage_core::protocol::{
    Call, ErrorCode, Event, PROTOCOL, Progress, Request, Response, TriageError,
};
use triage_engine::Engine;
use wasm_bindgen::prelude::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::AbortController;

use crate::calls::{self, Context};
use crate::message::WORKER_ITSELF;
use crate::{host, message};

/// Sends a message, given what to transfer with it.
type Post = dyn Fn(&JsValue, &JsValue);

/// Takes messages and answers them. Clones are the same dispatcher.
#[derive(Clone)]
pub struct Dispatcher(Rc<Inner>);

struct Inner {
    post: Box<Post>,
    waiting: RefCell<VecDeque<Request>>,
    running: RefCell<Option<Running>>,
    is_busy: Cell<bool>,
    engine: RefCell<Option<Rc<Engine>>>,
}

/// The call under way.
struct Running {
    id: u32,
    controller: AbortController,
}

impl Dispatcher {
    /// A dispatcher without an engine. It answers by `post`, which is given a message and the
    /// list of what to transfer with it.
    pub fn new(post: impl Fn(&JsValue, &JsValue) + 'static) -> Self {
        Self(Rc::new(Inner {
            post: Box::new(post),
            waiting: RefCell::default(),
            running: RefCell::default(),
            is_busy: Cell::new(false),
            engine: RefCell::default(),
        }))
    }

    /// Says that messages are heard from now on.
    pub fn say_ready(&self) {
        let version = env!("CARGO_PKG_VERSION").to_owned();
        self.post(
            WORKER_ITSELF,
            Event::Ready {
                protocol: PROTOCOL,
                version,
            },
        );
    }

    /// Takes a message. One that is no call is answered by [`ErrorCode::InvalidArgument`].
    pub fn receive(&self, message: &JsValue) {
        match message::read(message) {
            Ok(Request {
                call: Call::Cancel { target },
                ..
            }) => self.cancel(target),
            Ok(Request {
                id: WORKER_ITSELF, ..
            }) => {
                let fault = format!("the number of a call must not be {WORKER_ITSELF}");
                self.fail(
                    WORKER_ITSELF,
                    TriageError::new(ErrorCode::InvalidArgument, fault),
                );
            }
            Ok(request) => {
                self.0.waiting.borrow_mut().push_back(request);
                if !self.0.is_busy.replace(true) {
                    spawn_local(self.clone().work());
                }
            }
            Err((id, error)) => self.fail(id, error),
        }
    }

    /// A call that has not begun is answered at once, the one under way as soon as it notices,
    /// and one that is finished or was never made not again.
    fn cancel(&self, target: u32) {
        let mut waiting = self.0.waiting.borrow_mut();
        let before = waiting.len();
        waiting.retain(|request| request.id != target);
        let was_waiting = waiting.len() < before;
        drop(waiting);
        if was_waiting {
            self.fail(target, host::cancelled());
        } else if let Some(running) = &*self.0.running.borrow()
            && running.id == target
        {
            running.controller.abort();
        }
    }

    async fn work(self) {
        loop {
            let next = self.0.waiting.borrow_mut().pop_front();
            let Some(Request { id, call }) = next else {
                break;
            };
            match AbortController::new() {
                Ok(controller) => self.answer(id, call, controller).await,
                Err(_) => self.fail(
                    id,
                    TriageError::new(ErrorCode::Engine, "the browser lacks AbortController"),
                ),
            }
        }
        self.0.is_busy.set(false);
    }

    async fn answer(&self, id: u32, call: Call, controller: AbortController) {
        let stop = controller.signal();
        *self.0.running.borrow_mut() = Some(Running { id, controller });
        let progress = |progress: Progress| self.post(id, Event::Progress { progress });
        let context = Context {
            engine: &self.0.engine,
            stop: &stop,
            progress: &progress,
        };
        // What came during the call before may give this one up.
        let result = match host::pause(&stop).await {
            Ok(()) => calls::answer(call, &context).await,
            Err(error) => Err(error),
        };
        *self.0.running.borrow_mut() = None;
        match result {
            _ if stop.aborted() => self.fail(id, host::cancelled()),
            Ok(outcome) => self.post(id, Event::Done { outcome }),
            Err(error) => self.fail(id, error),
        }
    }

    fn fail(&self, id: u32, error: TriageError) {
        self.post(id, Event::Failed { error });
    }

    fn post(&self, id: u32, event: Event) {
        if let Ok(message) = message::write(&Response { id, event }) {
            (self.0.post)(&message.value, &message.transfer);
        }
    }
}
