//! One call at a time, in order, each answered once. A cancel overtakes the others, and a call for
//! evidence lets them by until the evidence has arrived.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::rc::Rc;

use triage_core::protocol::{
    Call, ErrorCode, Event, PROTOCOL, Progress, Request, Response, TriageError,
};
use triage_engine::Library;
use wasm_bindgen::prelude::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortController, Worker};

use crate::calls::{self, Context, Loaded};
use crate::message::WORKER_ITSELF;
use crate::pool::Pool;
use crate::{assets, host, message};

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
    loaded: RefCell<Option<Loaded>>,
    pool: Pool,
    /// Calls for evidence that has not arrived.
    deferred: RefCell<Vec<Request>>,
    /// The evidence on its way.
    arriving: RefCell<Option<AbortController>>,
}

/// The call under way.
struct Running {
    id: u32,
    controller: AbortController,
}

impl Dispatcher {
    /// A dispatcher without an engine. It answers by `post`, which is given a message and the
    /// list of what to transfer with it, and starts helpers by `start`.
    pub fn new(
        post: impl Fn(&JsValue, &JsValue) + 'static,
        start: impl Fn() -> Result<Worker, JsValue> + 'static,
    ) -> Self {
        Self(Rc::new(Inner {
            post: Box::new(post),
            waiting: RefCell::default(),
            running: RefCell::default(),
            is_busy: Cell::new(false),
            loaded: RefCell::default(),
            pool: Pool::new(start),
            deferred: RefCell::default(),
            arriving: RefCell::default(),
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
                self.begin();
            }
            Err((id, error)) => self.fail(id, error),
        }
    }

    /// A call that has not begun is answered at once, the one under way as soon as it notices,
    /// and one that is finished or was never made not again.
    fn cancel(&self, target: u32) {
        let mut waiting = self.0.waiting.borrow_mut();
        let mut deferred = self.0.deferred.borrow_mut();
        let before = waiting.len() + deferred.len();
        waiting.retain(|request| request.id != target);
        deferred.retain(|request| request.id != target);
        let was_waiting = waiting.len() + deferred.len() < before;
        drop((waiting, deferred));
        if was_waiting {
            self.fail(target, host::cancelled());
        } else if let Some(running) = &*self.0.running.borrow()
            && running.id == target
        {
            running.controller.abort();
        }
    }

    /// Works through what waits, unless that is under way.
    fn begin(&self) {
        if !self.0.is_busy.replace(true) {
            spawn_local(self.clone().work());
        }
    }

    async fn work(self) {
        loop {
            let next = self.0.waiting.borrow_mut().pop_front();
            let Some(request) = next else {
                break;
            };
            if matches!(request.call, Call::Evidence { .. }) && self.lacks_evidence() {
                self.0.deferred.borrow_mut().push(request);
                self.fetch_evidence();
                continue;
            }
            let Request { id, call } = request;
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
        let is_load = matches!(call, Call::Load { .. });
        if let Some(arriving) = self.0.arriving.borrow_mut().take_if(|_| is_load) {
            arriving.abort();
        }
        let progress = |progress: Progress| self.post(id, Event::Progress { progress });
        let context = Context {
            loaded: &self.0.loaded,
            pool: &self.0.pool,
            stop: &stop,
            progress: &progress,
        };
        // What came during the call before may give this one up.
        let result = match host::pause(&stop).await {
            Ok(()) => calls::answer(call, &context).await,
            Err(error) => Err(error),
        };
        *self.0.running.borrow_mut() = None;
        if is_load {
            self.fetch_evidence();
        }
        match result {
            _ if stop.aborted() => self.fail(id, host::cancelled()),
            Ok(outcome) => self.post(id, Event::Done { outcome }),
            Err(error) => self.fail(id, error),
        }
    }

    /// Whether there is an engine whose evidence has not arrived.
    fn lacks_evidence(&self) -> bool {
        let loaded = self.0.loaded.borrow();
        loaded
            .as_ref()
            .is_some_and(|loaded| loaded.library.is_none())
    }

    /// Fetches the evidence of the engine while calls are answered. Evidence of an engine before
    /// is given up.
    fn fetch_evidence(&self) {
        let Some(loaded) = self.0.loaded.borrow().clone() else {
            return;
        };
        let mut arriving = self.0.arriving.borrow_mut();
        let is_same = |controller: &AbortController| !controller.signal().aborted();
        if loaded.library.is_some() || arriving.as_ref().is_some_and(is_same) {
            return;
        }
        // Without one there is no way to give it up, and no other harm.
        let Ok(controller) = AbortController::new() else {
            return;
        };
        let stop = controller.signal();
        *arriving = Some(controller);
        let dispatcher = self.clone();
        spawn_local(async move {
            let manifest = loaded.engine.manifest();
            let result = assets::load_evidence(&loaded.folder, manifest, &stop).await;
            if !stop.aborted() {
                dispatcher.take_evidence(result);
            }
        });
    }

    /// Answers the calls that waited for evidence.
    fn take_evidence(&self, result: Result<Library, TriageError>) {
        *self.0.arriving.borrow_mut() = None;
        let deferred = self.0.deferred.take();
        match result {
            Ok(library) => {
                if let Some(loaded) = &mut *self.0.loaded.borrow_mut() {
                    loaded.library = Some(Rc::new(library));
                }
                self.0.waiting.borrow_mut().extend(deferred);
                self.begin();
            }
            Err(error) => {
                for request in deferred {
                    self.fail(request.id, error.clone());
                }
            }
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
