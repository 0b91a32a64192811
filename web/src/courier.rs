//! Courier mode: the prompt is carried by hand to any model, and its answer back into the same
//! checks.

use leptos::prelude::*;
use triage_core::protocol::{ErrorCode, Next, TriageError};
use triage_core::receipt::{Purpose, Receipt};
use triage_core::verdict::check_answers;

use crate::browser;
use crate::engine::Engine;
use crate::journal::Journal;
use crate::session::{Session, found, vocabulary};

/// The name that an answer of an unnamed model gets.
const UNNAMED: &str = "unnamed model";

/// What is known of answers that are carried by hand.
#[derive(Clone, Copy)]
pub(crate) struct Courier {
    /// The answers that were accepted so far.
    pub(crate) answers: RwSignal<Vec<String>>,
    /// The prompt to carry as one text; absent before a search, and until it is asked for.
    pub(crate) prompt: Memo<Option<Result<String, TriageError>>>,
    /// Whether the panel is open: only then the prompt is composed and checked.
    pub(crate) is_open: RwSignal<bool>,
    /// The prompt to carry next, where it is not the first.
    pub(crate) next_prompt: RwSignal<Option<String>>,
    /// Why the last answer was not accepted.
    pub(crate) fault: RwSignal<Option<TriageError>>,
    session: Session,
    engine: Engine,
    journal: Journal,
    /// The triage that the answers will make.
    triage_id: StoredValue<String>,
}

impl Courier {
    /// Nothing was carried yet.
    pub(crate) fn new(session: &Session, engine: Engine, journal: Journal) -> Self {
        let session = *session;
        let (is_open, next_prompt) = (RwSignal::new(false), RwSignal::new(None::<String>));
        let courier = Self {
            answers: RwSignal::default(),
            prompt: Memo::new(move |_| {
                if !is_open.get() {
                    return None;
                }
                if let Some(prompt) = next_prompt.get() {
                    return Some(Ok(prompt));
                }
                let found = session.search.with(found)?;
                Some(found.prepared.courier_text())
            }),
            is_open,
            next_prompt,
            fault: RwSignal::default(),
            session,
            engine,
            journal,
            triage_id: StoredValue::new(browser::new_id()),
        };
        // Another search has another prompt.
        Effect::new(move || {
            session.search.track();
            courier.reset();
        });
        courier
    }

    /// Keeps the receipt of a prompt that the analyst took along.
    pub(crate) fn carried(self) {
        let Some(Ok(prompt)) = self.prompt.get_untracked() else {
            return;
        };
        let names = self.session.search.with_untracked(found);
        let names = names.map(|found| found.prepared.pseudonyms.clone());
        self.journal.add_receipt(Receipt::of(
            &prompt,
            &self.triage_id.get_value(),
            Purpose::Courier,
            UNNAMED,
            &browser::now(),
            &names.unwrap_or_default(),
        ));
    }

    /// Takes the answer of a model.
    pub(crate) fn take(self, answer: String, model: &str) {
        let Some(found) = self.session.search.with_untracked(found) else {
            return;
        };
        let mut answers = self.answers.get_untracked();
        answers.push(answer);
        let model = model.trim();
        let next = check_answers(
            found.prepared.clone(),
            vocabulary(&found, self.engine),
            if model.is_empty() { UNNAMED } else { model },
            &answers,
            &self.triage_id.get_value(),
            &browser::now(),
        );
        self.fault.set(None);
        match next {
            Ok(Next::Verdict { verdict }) => {
                self.reset();
                self.session.take(&found, *verdict);
            }
            Ok(Next::Repair { problems }) => self.fault.set(Some(TriageError::new(
                ErrorCode::MalformedAnswer,
                format!(
                    "the answer is not of the agreed form: {}; ask the model for the whole JSON \
                     object again",
                    problems.join("; ")
                ),
            ))),
            Ok(Next::Compare { prompt }) => {
                self.answers.set(answers);
                self.next_prompt.set(Some(prompt));
            }
            Err(error) => self.fault.set(Some(error)),
        }
    }

    fn reset(self) {
        self.triage_id.set_value(browser::new_id());
        self.answers.update(Vec::clear);
        self.next_prompt.set(None);
        self.fault.set(None);
    }
}
