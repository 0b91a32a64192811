//! A large call as portions that workers take one after the other: whoever is free takes the next,
//! so that none waits for a slow one, and no worker holds more than one.

use std::cell::{Cell, RefCell};
use std::collections::VecDeque;
use std::ops::Range;

use triage_core::protocol::{Call, ErrorCode, Outcome, Progress, TriageError};

use crate::host::Bell;

type Result<T> = std::result::Result<T, TriageError>;

/// Items that a helper is given at a time.
const PORTION: usize = 8;

/// Many items that can be done one by one, in any order, by any worker.
pub(crate) trait Work {
    /// What comes of one.
    type Answer;

    /// How many there are.
    fn len(&self) -> usize;

    /// Does one, here.
    fn one(&self, place: usize) -> Result<Self::Answer>;

    /// Several, as a call to another worker.
    fn call(&self, places: Range<usize>) -> Call;

    /// What came of such a call; nothing where it is the answer to another.
    fn answers(outcome: Outcome) -> Option<Vec<Self::Answer>>;

    /// How far it is.
    fn progress(done: usize, total: usize) -> Progress;
}

/// A few items in a row.
pub(super) struct Portion {
    places: Range<usize>,
    /// Whether a worker died over it.
    is_second: bool,
}

impl Portion {
    pub(super) fn places(&self) -> Range<usize> {
        self.places.clone()
    }
}

/// Work under way.
pub(super) struct Batch<W: Work> {
    work: W,
    waiting: RefCell<VecDeque<Portion>>,
    answers: RefCell<Vec<Option<W::Answer>>>,
    done: Cell<usize>,
    failure: RefCell<Option<TriageError>>,
    bell: Bell,
}

impl<W: Work> Batch<W> {
    pub(super) fn new(work: W) -> Self {
        let total = work.len();
        let portions = (0..total).step_by(PORTION).map(|start| Portion {
            places: start..total.min(start + PORTION),
            is_second: false,
        });
        Self {
            waiting: RefCell::new(portions.collect()),
            answers: RefCell::new((0..total).map(|_| None).collect()),
            done: Cell::new(0),
            failure: RefCell::new(None),
            bell: Bell::default(),
            work,
        }
    }

    pub(super) fn work(&self) -> &W {
        &self.work
    }

    pub(super) fn len(&self) -> usize {
        self.answers.borrow().len()
    }

    /// How many items have their answer.
    pub(super) fn done(&self) -> usize {
        self.done.get()
    }

    /// Rings whenever something has changed.
    pub(super) fn bell(&self) -> &Bell {
        &self.bell
    }

    /// The next portion; nothing where none waits.
    pub(super) fn take(&self) -> Option<Portion> {
        self.waiting.borrow_mut().pop_front()
    }

    /// Takes the answers to some items. An item that has one keeps it.
    pub(super) fn put(&self, places: Range<usize>, answers: Vec<W::Answer>) {
        let mut all = self.answers.borrow_mut();
        for (slot, answer) in all[places].iter_mut().zip(answers) {
            if slot.replace(answer).is_none() {
                self.done.set(self.done.get() + 1);
            }
        }
        drop(all);
        self.bell.ring();
    }

    /// A worker died over this portion: another does it, but only once, for it may be the cause.
    pub(super) fn give_back(&self, portion: Portion) {
        if portion.is_second {
            let Range { start, end } = portion.places;
            let fault = format!(
                "two workers stopped over items {} to {end}; try without them",
                start + 1
            );
            self.fail(TriageError::new(ErrorCode::WorkerCrashed, fault));
        } else {
            self.waiting.borrow_mut().push_front(Portion {
                is_second: true,
                ..portion
            });
            self.bell.ring();
        }
    }

    /// There will be no answer.
    pub(super) fn fail(&self, error: TriageError) {
        self.failure.borrow_mut().get_or_insert(error);
        self.end();
        self.bell.ring();
    }

    /// The failure, if there is one.
    pub(super) fn check(&self) -> Result<()> {
        self.failure.borrow().clone().map_or(Ok(()), Err)
    }

    /// Nothing more is handed out.
    pub(super) fn end(&self) {
        self.waiting.borrow_mut().clear();
    }

    /// The answers, in order.
    pub(super) fn answers(&self) -> Vec<W::Answer> {
        self.answers.take().into_iter().flatten().collect()
    }
}
