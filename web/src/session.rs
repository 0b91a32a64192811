//! The triage under way: the draft, what was found in it, what would leave, what came back.

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use triage_core::attack::Vocabulary;
use triage_core::digest::sha256_hex;
use triage_core::feedback::{SCHEMA_VERSION, TriageRecord};
use triage_core::protocol::{ErrorCode, TriageError};
use triage_core::retrieval::{DEFAULT_TOP_K, Prepared};
use triage_core::verdict::{Exchange, Step, Verdict};
use triage_core::wire::{ModelInfo, StreamEvent};
use web_sys::AbortController;

use crate::browser;
use crate::engine::{Engine, EngineStatus};
use crate::insight::Insight;
use crate::journal::Journal;
use crate::proxy::Proxy;
use crate::proxy_client;
use crate::spotlight::Spotlight;

/// A text larger than this is not put into the text box, which would make typing slow.
pub(crate) const LARGE: usize = 256 * 1024;

/// How much of a large text the text box shows.
const SHOWN: usize = 4096;

/// The largest draft that is kept for a reload.
const KEPT: usize = 2 * 1024 * 1024;

const DRAFT: &str = "draft";

/// The alert as the analyst gave it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Draft {
    /// The whole text.
    pub(crate) text: Arc<str>,
    /// The file it came from.
    pub(crate) file: Option<String>,
}

impl Draft {
    /// Whether only its beginning is shown.
    pub(crate) fn is_large(&self) -> bool {
        self.text.len() > LARGE
    }

    /// What the text box shows of it.
    pub(crate) fn shown(&self) -> &str {
        if self.is_large() {
            self.text
                .get(..self.text.floor_char_boundary(SHOWN))
                .unwrap_or_default()
        } else {
            &self.text
        }
    }
}

/// How far the local search is.
#[derive(Clone, Debug)]
pub(crate) enum Search {
    /// Nothing was asked.
    Idle,
    /// It begins as soon as the engine is ready.
    Waiting,
    /// The worker searches.
    Running,
    /// Techniques and prompt are there.
    Found(Arc<Found>),
    /// It failed.
    Failed(TriageError),
}

/// What was found, and in which text.
#[derive(Debug)]
pub(crate) struct Found {
    /// The text that was searched.
    pub(crate) text: Arc<str>,
    /// Techniques, observables and prompt.
    pub(crate) prepared: Prepared,
}

/// What would be sent, byte for byte.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Outgoing {
    /// The request body.
    pub(crate) body: String,
    /// Its SHA-256.
    pub(crate) sha256: String,
}

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
}

/// The state of the triage page; it outlives a visit to another page.
#[derive(Clone, Copy)]
pub(crate) struct Session {
    /// The alert.
    pub(crate) draft: RwSignal<Draft>,
    /// Rises when the text box must show another text than was typed into it.
    pub(crate) replaced: RwSignal<u32>,
    /// How many techniques to look for.
    pub(crate) top_k: RwSignal<usize>,
    /// The local search.
    pub(crate) search: RwSignal<Search>,
    /// What would be sent; absent before a search.
    pub(crate) outgoing: Memo<Option<Result<Outgoing, TriageError>>>,
    /// The question to the model.
    pub(crate) asking: RwSignal<Asking>,
    /// The model's text as it comes.
    pub(crate) stream: RwSignal<String>,
    /// What a screen reader is told.
    pub(crate) announcement: RwSignal<String>,
    /// What the worker says about the techniques when asked further.
    pub(crate) insight: Insight,
    /// What the analyst points at.
    pub(crate) spotlight: Spotlight,
    /// Whether the techniques of the search are on the screen; only then the request is composed.
    is_shown: RwSignal<bool>,
    engine: Engine,
    proxy: Proxy,
    journal: Journal,
    abort: StoredValue<Option<Rc<RefCell<AbortController>>>, LocalStorage>,
}

impl Session {
    /// A session with the draft this tab had before a reload.
    pub(crate) fn new(engine: Engine, proxy: Proxy, journal: Journal) -> Self {
        let text = browser::kept(DRAFT).unwrap_or_default();
        let search = RwSignal::new(Search::Idle);
        let is_shown = RwSignal::new(false);
        let session = Self {
            draft: RwSignal::new(Draft {
                text: text.into(),
                file: None,
            }),
            replaced: RwSignal::new(0),
            top_k: RwSignal::new(DEFAULT_TOP_K),
            search,
            is_shown,
            outgoing: Memo::new(move |_| {
                let found = found(&search.get()).filter(|_| is_shown.get())?;
                let body = exchange(&found, engine, &proxy.model()).body();
                Some(body.map(|body| Outgoing {
                    sha256: sha256_hex(body.as_bytes()),
                    body,
                }))
            }),
            asking: RwSignal::new(Asking::Idle),
            stream: RwSignal::default(),
            announcement: RwSignal::default(),
            insight: Insight::new(engine),
            spotlight: Spotlight::new(),
            engine,
            proxy,
            journal,
            abort: StoredValue::new_local(None),
        };
        // A search that was asked for while the engine was loading.
        Effect::new(move || {
            if matches!(engine.status.get(), EngineStatus::Ready(_))
                && matches!(session.search.get_untracked(), Search::Waiting)
            {
                session.find();
            }
        });
        on_cleanup(move || session.stop());
        session
    }

    /// Takes over what was typed.
    pub(crate) fn type_text(self, text: String) {
        let is_large = text.len() > LARGE;
        self.draft.set(Draft {
            text: text.into(),
            file: None,
        });
        if is_large {
            self.replaced.update(|count| *count += 1);
        }
    }

    /// Puts another alert into the text box: a sample, a file, nothing.
    pub(crate) fn replace_text(self, text: impl Into<Arc<str>>, file: Option<String>) {
        self.draft.set(Draft {
            text: text.into(),
            file,
        });
        self.replaced.update(|count| *count += 1);
        self.keep_draft();
    }

    /// Keeps the draft for a reload of this tab.
    pub(crate) fn keep_draft(self) {
        // A tab's storage takes five million characters; finding that out takes long.
        self.draft.with_untracked(|draft| {
            let text = if draft.text.len() > KEPT {
                ""
            } else {
                &draft.text
            };
            browser::keep(DRAFT, text);
        });
    }

    /// Whether the results belong to another text than the one in the box.
    pub(crate) fn is_stale(self) -> bool {
        let found = self.search.with(found);
        found.is_some_and(|found| {
            self.draft
                .with(|draft| !Arc::ptr_eq(&draft.text, &found.text) && draft.text != found.text)
        })
    }

    /// Looks for techniques, at once or as soon as the engine is ready. Sends nothing.
    pub(crate) fn find(self) {
        if matches!(self.asking.get_untracked(), Asking::Running(_))
            || matches!(self.search.get_untracked(), Search::Running)
        {
            return;
        }
        self.asking.set(Asking::Idle);
        self.stream.update(String::clear);
        self.insight.clear();
        self.spotlight.clear();
        self.is_shown.set(false);
        let text = self.draft.with_untracked(|draft| Arc::clone(&draft.text));
        if text.trim().is_empty() {
            self.search.set(Search::Failed(TriageError::new(
                ErrorCode::InvalidArgument,
                "the alert is empty: paste one, drop a file or choose a sample",
            )));
            return;
        }
        if !matches!(self.engine.status.get_untracked(), EngineStatus::Ready(_)) {
            self.search.set(Search::Waiting);
            return;
        }
        self.search.set(Search::Running);
        let top_k = self.top_k.get_untracked();
        spawn_local(async move {
            let result = self.engine.prepare(text.to_string(), top_k).await;
            // Taking the answer in is work enough for one task.
            browser::breathe().await;
            match result {
                Ok(prepared) => {
                    let techniques = &prepared.retrieval.techniques;
                    let ids: Vec<_> = techniques.iter().map(|technique| technique.id).collect();
                    self.announcement
                        .set(format!("{} techniques found", ids.len()));
                    self.insight.begin(&text, ids);
                    self.search
                        .set(Search::Found(Arc::new(Found { text, prepared })));
                    browser::later(3, move || self.is_shown.set(true));
                }
                Err(error) => self.search.set(Search::Failed(error)),
            }
        });
    }

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
                Ok(verdict) => {
                    self.announcement.set(format!(
                        "Triage finished: verdict {}, confidence {:.0} percent",
                        verdict.verdict,
                        verdict.confidence * 100.0
                    ));
                    self.journal.add_triage(TriageRecord {
                        schema_version: SCHEMA_VERSION,
                        alert_text: found.text.to_string(),
                        verdict: (*verdict).clone(),
                    });
                    self.asking.set(Asking::Done(Arc::new(*verdict)));
                }
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
            let reply =
                proxy_client::send(&body, &controller.signal(), |event| self.hear(event)).await?;
            match exchange.take(&reply, &triage_id, &browser::now())? {
                Step::Verdict(verdict) => return Ok(verdict),
                Step::Repair => {
                    self.stream.update(String::clear);
                    self.asking.set(Asking::Running(Phase::Repairing));
                }
            }
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

/// The results of a search that has some.
pub(crate) fn found(search: &Search) -> Option<Arc<Found>> {
    match search {
        Search::Found(found) => Some(Arc::clone(found)),
        Search::Idle | Search::Waiting | Search::Running | Search::Failed(_) => None,
    }
}

fn exchange(found: &Found, engine: Engine, model: &ModelInfo) -> Exchange {
    let vocabulary = engine.status.with_untracked(|status| match status {
        EngineStatus::Ready(info) => info.vocabulary(),
        // A worker that restarts after a search changes nothing about what was found.
        _ => Vocabulary {
            active: {
                let found = found.prepared.retrieval.techniques.iter();
                let mut active: Vec<_> = found.map(|technique| technique.id).collect();
                active.sort_unstable();
                active
            },
            ..Vocabulary::default()
        },
    });
    let max_tokens = triage_core::prompt::DEFAULT_MAX_TOKENS;
    Exchange::new(
        found.prepared.clone(),
        vocabulary,
        model.clone(),
        max_tokens,
    )
}
