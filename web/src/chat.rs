//! Further questions about the triage on the page: one at a time, kept with the triage.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use triage_core::chat::{ChatTurn, Question};
use triage_core::prompt::DEFAULT_MAX_TOKENS;
use triage_core::protocol::TriageError;
use triage_core::verdict::Verdict;
use triage_core::wire::StreamEvent;
use web_sys::AbortController;

use crate::browser;
use crate::journal::Journal;
use crate::proxy::Proxy;
use crate::proxy_client;
use crate::session::{Asking, Found, Session, found};

/// How far a question is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Chatting {
    /// Nothing is asked.
    Idle,
    /// The question is out.
    Running,
    /// It got no answer.
    Failed(TriageError),
}

/// The questions about the triage on the page.
#[derive(Clone, Copy)]
pub(crate) struct Chat {
    /// Questions and answers so far, oldest first.
    pub(crate) turns: RwSignal<Vec<ChatTurn>>,
    /// The question that is asked.
    pub(crate) status: RwSignal<Chatting>,
    /// What stands in the box; it is emptied when there is an answer.
    pub(crate) question: RwSignal<String>,
    /// The answer as it comes, with pseudonyms.
    pub(crate) stream: RwSignal<String>,
    session: Session,
    proxy: Proxy,
    journal: Journal,
    abort: StoredValue<Option<Rc<RefCell<AbortController>>>, LocalStorage>,
}

impl Chat {
    /// No question was asked yet.
    pub(crate) fn new(session: &Session, proxy: Proxy, journal: Journal) -> Self {
        let session = *session;
        let chat = Self {
            turns: RwSignal::default(),
            status: RwSignal::new(Chatting::Idle),
            question: RwSignal::default(),
            stream: RwSignal::default(),
            session,
            proxy,
            journal,
            abort: StoredValue::new_local(None),
        };
        let triage = Memo::new(move |_| match session.asking.get() {
            Asking::Done(verdict) => Some(verdict.triage_id.clone()),
            Asking::Idle | Asking::Running(_) | Asking::Failed(_) => None,
        });
        // Another triage has other questions.
        Effect::new(move || {
            triage.track();
            chat.stop();
            chat.turns.update(Vec::clear);
            chat.status.set(Chatting::Idle);
            chat.question.update(String::clear);
        });
        chat
    }

    /// Asks what stands in the box.
    pub(crate) fn ask(self) {
        let (Asking::Done(verdict), Some(found)) = (
            self.session.asking.get_untracked(),
            self.session.search.with_untracked(found),
        ) else {
            return;
        };
        if matches!(self.status.get_untracked(), Chatting::Running) {
            return;
        }
        let Ok(controller) = AbortController::new() else {
            return;
        };
        self.abort
            .set_value(Some(Rc::new(RefCell::new(controller.clone()))));
        self.stream.update(String::clear);
        self.status.set(Chatting::Running);
        spawn_local(async move {
            let result = self.exchange(&found, &verdict, &controller).await;
            self.abort.set_value(None);
            match result {
                Ok(turn) => {
                    self.journal.add_turn(turn.clone());
                    self.turns.update(|turns| turns.push(turn));
                    self.question.update(String::clear);
                    self.status.set(Chatting::Idle);
                    self.session.announcement.set("Answer finished".to_owned());
                }
                Err(error) => self.status.set(Chatting::Failed(error)),
            }
        });
    }

    /// Stops the answer; the question stays in the box.
    pub(crate) fn stop(self) {
        if let Some(controller) = self.abort.try_get_value().flatten() {
            controller.borrow().abort();
        }
    }

    async fn exchange(
        self,
        found: &Arc<Found>,
        verdict: &Verdict,
        controller: &AbortController,
    ) -> Result<ChatTurn, TriageError> {
        let question = Question::new(
            found.prepared.clone(),
            verdict,
            &self.turns.get_untracked(),
            &self.question.get_untracked(),
            &untrack(move || self.proxy.model()),
            DEFAULT_MAX_TOKENS,
        )?;
        let body = question.body()?;
        self.journal.add_receipt(question.receipt(&browser::now()));
        let hear = |event| {
            if let StreamEvent::Text { delta } = event {
                self.stream.update(|text| text.push_str(&delta));
            }
        };
        let reply = proxy_client::send(&body, &controller.signal(), hear).await?;
        Ok(question.take(&reply, &browser::now())?)
    }
}
