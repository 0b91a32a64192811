//! What the worker says about found techniques when asked further: what ATT&CK has on them, and
//! which parts of the alert drive them.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use triage_core::alert::MAX_ALERT_BYTES;
use triage_core::attack::TechniqueId;
use triage_core::evidence::AttackEvidence;
use triage_core::protocol::{Call, Outcome, TriageError};
use triage_core::rank::Explanation;

use crate::engine::{Engine, wrong_answer};

/// How long after a search its evidence is asked for.
const AFTER: Duration = Duration::from_millis(250);

/// Something asked of the worker.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Lookup<T> {
    /// Not asked.
    Idle,
    /// On its way.
    Running,
    /// Here.
    Found(Arc<T>),
    /// Failed; it may be asked again.
    Failed(TriageError),
}

/// Evidence and explanations for the techniques of one search.
#[derive(Clone, Copy)]
pub(crate) struct Insight {
    /// What ATT&CK has on the alert.
    pub(crate) evidence: RwSignal<Lookup<AttackEvidence>>,
    /// What the alert's parts are worth, by technique.
    pub(crate) explanations: RwSignal<BTreeMap<TechniqueId, Lookup<Explanation>>>,
    engine: Engine,
    question: StoredValue<Question>,
    open: StoredValue<Vec<u32>>,
}

/// What it is all about.
#[derive(Clone, Default)]
struct Question {
    /// Tells one search from the next.
    number: u32,
    alert: String,
    techniques: Vec<TechniqueId>,
}

impl<T> Lookup<T> {
    fn of(result: Result<T, TriageError>) -> Self {
        match result {
            Ok(found) => Self::Found(Arc::new(found)),
            Err(error) => Self::Failed(error),
        }
    }
}

impl Insight {
    /// Nothing is asked yet.
    pub(crate) fn new(engine: Engine) -> Self {
        Self {
            evidence: RwSignal::new(Lookup::Idle),
            explanations: RwSignal::default(),
            engine,
            question: StoredValue::default(),
            open: StoredValue::default(),
        }
    }

    /// Forgets the search before; a worker that still works on it is told to stop.
    pub(crate) fn clear(self) {
        for id in self.open.get_value() {
            self.engine.cancel(id);
        }
        self.open.set_value(Vec::new());
        self.question.update_value(|question| {
            *question = Question {
                number: question.number + 1,
                ..Question::default()
            };
        });
        self.evidence.set(Lookup::Idle);
        self.explanations.update(BTreeMap::clear);
    }

    /// Asks for the evidence of what a search found. Where it found nothing there is none.
    pub(crate) fn begin(self, alert: &str, techniques: Vec<TechniqueId>) {
        self.clear();
        if techniques.is_empty() {
            return;
        }
        // The engine reads no more of it.
        let end = alert.floor_char_boundary(MAX_ALERT_BYTES);
        self.question.update_value(|question| {
            alert
                .get(..end)
                .unwrap_or_default()
                .clone_into(&mut question.alert);
            question.techniques = techniques;
        });
        self.evidence.set(Lookup::Running);
        // The techniques are put on the screen first; worker and page share the machine.
        let number = self.question.with_value(|question| question.number);
        let look_up = move || {
            if self.is_current(number) {
                self.look_up();
            }
        };
        set_timeout(look_up, AFTER);
    }

    /// Asks for the evidence, or asks again.
    pub(crate) fn look_up(self) {
        let Question {
            number,
            alert,
            techniques,
        } = self.question.get_value();
        self.evidence.set(Lookup::Running);
        let call = Call::Evidence { alert, techniques };
        spawn_local(async move {
            let result = self.ask(call).await.and_then(|outcome| match outcome {
                Outcome::Evidenced { evidence } => Ok(evidence),
                _ => Err(wrong_answer()),
            });
            if self.is_current(number) {
                self.evidence.set(Lookup::of(result));
            }
        });
    }

    /// Asks what drives a technique.
    pub(crate) fn explain(self, technique: TechniqueId) {
        let Question { number, alert, .. } = self.question.get_value();
        let put = move |lookup| {
            self.explanations.update(|explanations| {
                explanations.insert(technique, lookup);
            });
        };
        put(Lookup::Running);
        let call = Call::Explain { alert, technique };
        spawn_local(async move {
            let result = self.ask(call).await.and_then(|outcome| match outcome {
                Outcome::Explained { explanation } => Ok(explanation),
                _ => Err(wrong_answer()),
            });
            if self.is_current(number) {
                put(Lookup::of(result));
            }
        });
    }

    async fn ask(self, call: Call) -> Result<Outcome, TriageError> {
        let running = self.engine.call(call)?;
        let id = running.id();
        self.open.update_value(|open| open.push(id));
        running.await
    }

    fn is_current(self, number: u32) -> bool {
        self.question
            .try_with_value(|question| question.number == number)
            .unwrap_or(false)
    }
}
