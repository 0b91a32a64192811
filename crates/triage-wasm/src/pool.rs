//! Other workers that take a share of large calls.
//!
//! They are started by the first call that is worth it, each with memory, model and index of its
//! own, and ended when there was nothing to do for a while. One that dies costs time and nothing
//! else: its share is done by another, once, and where there is no memory the pool stays small.

mod batch;
mod worker;

use std::cell::{Cell, RefCell};
use std::rc::Rc;

use triage_core::protocol::{Call, ErrorCode, Outcome, Progress, TriageError};
use wasm_bindgen::prelude::JsValue;
use wasm_bindgen_futures::spawn_local;
use web_sys::{AbortSignal, Worker};

use crate::assets::Folder;
use crate::host;
use batch::Batch;
use worker::Helper;

pub(crate) use batch::Work;

type Result<T> = std::result::Result<T, TriageError>;

/// So many items repay the start of one more worker.
const ITEMS_FOR_A_WORKER: usize = 16;

/// The most workers that are started without being asked for; each takes some 40 MB.
const MOST_BY_ITSELF: usize = 8;

/// The most workers that can be asked for.
const MOST: usize = 16;

/// Helpers that die in the middle of their work are replaced so often.
const REPLACED: usize = 3;

/// After so long without work helpers give their memory back.
const IDLE_MS: i32 = 60_000;

/// How often one looks whether the call was given up.
const LOOK_MS: i32 = 250;

/// The helpers of a worker. Clones are the same pool.
#[derive(Clone)]
pub(crate) struct Pool(Rc<Inner>);

struct Inner {
    start: Box<dyn Fn() -> std::result::Result<Worker, JsValue>>,
    /// What a new helper is told; nothing while there is no engine.
    errand: RefCell<Option<Errand>>,
    helpers: RefCell<Vec<Rc<Helper>>>,
    /// This worker among them.
    limit: Cell<usize>,
    lost: Cell<usize>,
    /// Counts batches and loads, so that a timer knows whether there was another since.
    turn: Cell<u32>,
}

/// How a helper becomes the equal of this worker.
#[derive(Clone)]
pub(crate) struct Errand {
    /// The [`Call::Help`].
    pub(crate) call: Call,
    /// The index that it must find there.
    pub(crate) index_id: String,
    /// Where it finds it. What is not yet written would be fetched once more.
    pub(crate) folder: Rc<Folder>,
}

impl Pool {
    /// A pool that starts helpers by `start`; at first it has none and must not start any.
    pub(crate) fn new(start: impl Fn() -> std::result::Result<Worker, JsValue> + 'static) -> Self {
        Self(Rc::new(Inner {
            start: Box::new(start),
            errand: RefCell::new(None),
            helpers: RefCell::default(),
            limit: Cell::new(1),
            lost: Cell::new(0),
            turn: Cell::new(0),
        }))
    }

    /// How many workers there may be where `workers` are asked for; by default one for each core.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::InvalidArgument`] for a number outside 1..=16.
    pub(crate) fn check_size(workers: Option<usize>) -> Result<usize> {
        match workers {
            Some(workers @ 1..=MOST) => Ok(workers),
            Some(_) => Err(TriageError::new(
                ErrorCode::InvalidArgument,
                format!("workers must be a whole number from 1 to {MOST}"),
            )),
            None => Ok(host::cores().clamp(1, MOST_BY_ITSELF)),
        }
    }

    /// Ends all helpers; new ones do `errand`, until there are `limit` workers in all.
    pub(crate) fn reset(&self, limit: usize, errand: Option<Errand>) {
        self.0.turn.set(self.0.turn.get().wrapping_add(1));
        for helper in self.0.helpers.take() {
            helper.end("another index was loaded");
        }
        *self.0.errand.borrow_mut() = errand;
        self.0.limit.set(limit);
        self.0.lost.set(0);
    }

    /// The most workers there may be, this one among them.
    pub(crate) fn limit(&self) -> usize {
        self.0.limit.get()
    }

    /// How many helpers died or could not be had.
    pub(crate) fn lost(&self) -> usize {
        self.0.lost.get()
    }

    /// Bytes of memory of each helper that is there.
    pub(crate) async fn memory(&self) -> Vec<u64> {
        let helpers = self.0.helpers.borrow().clone();
        for helper in &helpers {
            helper.measure().await;
        }
        helpers
            .iter()
            .filter_map(|helper| helper.memory_bytes())
            .collect()
    }

    /// Does all of `work`, with helpers where that is worth it, and gives the answers in order.
    pub(crate) async fn run<W: Work + 'static>(
        &self,
        work: W,
        stop: &AbortSignal,
        progress: &dyn Fn(Progress),
    ) -> Result<Vec<W::Answer>> {
        self.0.turn.set(self.0.turn.get().wrapping_add(1));
        let batch = Rc::new(Batch::new(work));
        self.engage(&batch);
        let done = self.lead(&batch, stop, progress).await;
        batch.end();
        if done.is_err() {
            for helper in self.0.helpers.borrow().iter() {
                helper.cancel();
            }
        }
        self.rest();
        done.map(|()| batch.answers())
    }

    /// Sets helpers to work, as many as there is work for.
    fn engage<W: Work + 'static>(&self, batch: &Rc<Batch<W>>) {
        let Some(errand) = self.0.errand.borrow().clone() else {
            return;
        };
        let wanted = (batch.len() / ITEMS_FOR_A_WORKER).min(self.limit() - 1);
        let mut engaged: Vec<Rc<Helper>> = self.0.helpers.borrow().clone();
        engaged.truncate(wanted);
        while engaged.len() < wanted {
            let Ok(helper) = Helper::start(&self.0.start) else {
                self.shrink();
                break;
            };
            self.0.helpers.borrow_mut().push(Rc::clone(&helper));
            engaged.push(helper);
        }
        for helper in engaged {
            // One that was given up a moment ago is still at its last item.
            if !helper.is_busy() {
                spawn_local(self.clone().help(helper, errand.clone(), Rc::clone(batch)));
            }
        }
    }

    /// What a helper does.
    async fn help<W: Work>(self, helper: Rc<Helper>, errand: Errand, batch: Rc<Batch<W>>) {
        if !helper.is_loaded() && helper.load(&errand).await.is_err() {
            // No memory, no network or another index: another helper would fare no better.
            self.lose(&helper);
            self.shrink();
            return;
        }
        while let Some(portion) = batch.take() {
            let call = batch.work().call(portion.places());
            match helper.call(call).await.map(W::answers) {
                Ok(Some(answers)) if answers.len() == portion.places().len() => {
                    batch.put(portion.places(), answers);
                }
                Err(error) if error.code != ErrorCode::WorkerCrashed => {
                    batch.fail(error);
                    return;
                }
                Ok(_) | Err(_) => {
                    self.lose(&helper);
                    batch.give_back(portion);
                    return;
                }
            }
        }
    }

    /// What this worker does: its share, then it waits for the others.
    async fn lead<W: Work>(
        &self,
        batch: &Batch<W>,
        stop: &AbortSignal,
        progress: &dyn Fn(Progress),
    ) -> Result<()> {
        let mut told = 0;
        let mut tell = || {
            let done = batch.done();
            if done > told {
                told = done;
                progress(W::progress(done, batch.len()));
            }
        };
        loop {
            host::pause(stop).await?;
            batch.check()?;
            if let Some(portion) = batch.take() {
                for place in portion.places() {
                    host::pause(stop).await?;
                    batch.check()?;
                    let answer = batch.work().one(place)?;
                    batch.put(place..place + 1, vec![answer]);
                    tell();
                }
            } else if batch.done() == batch.len() {
                tell();
                return Ok(());
            } else {
                batch.bell().wait(LOOK_MS).await;
                tell();
            }
        }
    }

    fn lose(&self, helper: &Rc<Helper>) {
        helper.end("it is of no use");
        let mut helpers = self.0.helpers.borrow_mut();
        let before = helpers.len();
        helpers.retain(|other| !Rc::ptr_eq(other, helper));
        // Those that a load ended are not lost.
        let (lost, remaining) = (before - helpers.len(), helpers.len());
        drop(helpers);
        self.0.lost.set(self.0.lost.get() + lost);
        if self.0.lost.get() > REPLACED {
            self.0.limit.set(self.limit().min(1 + remaining));
        }
    }

    /// There shall be no more workers than there are.
    fn shrink(&self) {
        let workers = 1 + self.0.helpers.borrow().len();
        self.0.limit.set(self.limit().min(workers));
    }

    /// Ends the helpers unless there is more to do soon.
    fn rest(&self) {
        let pool = self.clone();
        let turn = self.0.turn.get();
        if self.0.helpers.borrow().is_empty() {
            return;
        }
        spawn_local(async move {
            host::sleep(IDLE_MS).await;
            if pool.0.turn.get() == turn {
                for helper in pool.0.helpers.take() {
                    helper.end("it had nothing to do");
                }
            }
        });
    }
}

/// Whether an answer says that a helper is loaded, and how.
fn loaded(outcome: Outcome) -> Option<(String, u64)> {
    match outcome {
        Outcome::Loaded { info } => Some((info.index_id, info.memory_bytes)),
        _ => None,
    }
}
