//! The question to the model about what was found: what is sent, how far it is, what came back.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use triage_core::feedback::{SCHEMA_VERSION, TriageRecord};
use triage_core::protocol::{ErrorCode, TriageError};
use triage_core::verdict::{Exchange, Step, Verdict};
use triage_core::wire::StreamEvent;
use web_sys::AbortController;

use super::{Found, Session, exchange, found};
use crate::browser;
use crate::proxy_client;

/// How far the question to the model is.
#[derive(Clone, Debug)]
pub(crate) enum Asking {
    /// Nothing was sent.
    Idle,
    /// The request is out.
    Running(Phase),
    /// There is a checked verdict.
    Done(Arc<Verdict>),
    /// There is none.
    Failed(TriageError),
}

/// What the model is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Phase {
    /// Nothing has come back yet.
    Sent,
    /// It thinks.
    Thinking,
    /// It writes.
    Writing,
    /// The first answer was malformed; it was asked once more.
    Repairing,
    /// It is asked again without text that tries to steer it.
    Comparing,
}

impl Session {
    /// Whether everything that would leave is shown and there is a model to ask.
    pub(crate) fn can_triage(self) -> bool {
        self.outgoing
            .with(|outgoing| matches!(outgoing, Some(Ok(_))))
            && self.proxy.is_configured()
            && !self.is_stale()
            && !matches!(self.asking.get(), Asking::Running(_))
    }

    /// Sends exactly what is shown and waits for a checked verdict.
    pub(crate) fn triage(self) {
        if !untrack(move || self.can_triage()) {
            return;
        }
        let Some(found) = self.search.with_untracked(found) else {
            return;
        };
        let Ok(controller) = AbortController::new() else {
            return;
        };
        self.abort
            .set_value(Some(Rc::new(RefCell::new(controller.clone()))));
        self.stream.update(String::clear);
        self.asking.set(Asking::Running(Phase::Sent));
        self.announcement.set("Triage started".to_owned());
        let model = untrack(move || self.proxy.model());
        spawn_local(async move {
            let exchange = exchange(&found, self.engine, &model);
            let result = self.exchange(exchange, &controller).await;
            self.abort.set_value(None);
            match result {
                Ok(verdict) => self.take(&found, *verdict),
                Err(error) => {
                    self.announcement
                        .set("Triage ended without a verdict".to_owned());
                    if matches!(error.code, ErrorCode::NoModel | ErrorCode::ProxyUnreachable) {
                        self.proxy.check();
                    }
                    self.asking.set(Asking::Failed(error));
                }
            }
        });
    }

    /// Shows and keeps a verdict on what was found.
    pub(crate) fn take(self, found: &Found, verdict: Verdict) {
        self.announcement.set(format!(
            "Triage finished: verdict {}, confidence {:.0} percent{}",
            verdict.verdict,
            verdict.confidence * 100.0,
            if verdict.is_held() {
                ", held for you to decide"
            } else {
                ""
            }
        ));
        self.journal.add_triage(TriageRecord {
            schema_version: SCHEMA_VERSION,
            alert_text: found.text.to_string(),
            verdict: verdict.clone(),
        });
        self.asking.set(Asking::Done(Arc::new(verdict)));
    }

    /// Takes over a verdict that was held: the analyst has decided.
    pub(crate) fn confirm(self) {
        if let Asking::Done(verdict) = self.asking.get_untracked() {
            let confirmed = Verdict::clone(&verdict).confirmed();
            self.asking.set(Asking::Done(Arc::new(confirmed)));
        }
    }

    /// Stops the triage; the proxy stops the model in turn.
    pub(crate) fn stop(self) {
        if let Some(controller) = self.abort.try_get_value().flatten() {
            controller.borrow().abort();
        }
    }

    async fn exchange(
        self,
        mut exchange: Exchange,
        controller: &AbortController,
    ) -> Result<Box<Verdict>, TriageError> {
        let triage_id = browser::new_id();
        loop {
            let body = exchange.body()?;
            self.journal
                .add_receipt(exchange.receipt(&triage_id, &browser::now()));
            let reply =
                proxy_client::send(&body, &controller.signal(), |event| self.hear(event)).await;
            let reply = match reply {
                Ok(reply) => reply,
                Err(error) if error.code == ErrorCode::Cancelled => return Err(error),
                // The answer to the whole alert is sound; without the other one it is held.
                Err(error) => return exchange.uncompared().ok_or(error),
            };
            let phase = match exchange.take(&reply, &triage_id, &browser::now())? {
                Step::Verdict(verdict) => return Ok(verdict),
                Step::Repair { .. } => Phase::Repairing,
                Step::Compare => Phase::Comparing,
            };
            self.stream.update(String::clear);
            self.asking.set(Asking::Running(phase));
        }
    }

    fn hear(self, event: StreamEvent) {
        match event {
            StreamEvent::Thinking => self.asking.set(Asking::Running(Phase::Thinking)),
            StreamEvent::Text { delta } => {
                if !matches!(self.asking.get_untracked(), Asking::Running(Phase::Writing)) {
                    self.asking.set(Asking::Running(Phase::Writing));
                }
                self.stream.update(|text| text.push_str(&delta));
            }
            StreamEvent::Started { .. }
            | StreamEvent::Usage { .. }
            | StreamEvent::Stopped { .. } => {}
        }
    }
}
