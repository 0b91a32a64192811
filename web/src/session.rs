//! The triage under way: the draft, what was found in it, what would leave, what came back.

mod asking;

use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use triage_core::alert::{AlertFormat, Span};
use triage_core::attack::Vocabulary;
use triage_core::digest::sha256_hex;
use triage_core::disclosure::Disclosure;
use triage_core::price::{Estimate, estimate};
use triage_core::prompt::DEFAULT_MAX_TOKENS;
use triage_core::protocol::{ErrorCode, TriageError};
use triage_core::redact::Pseudonyms;
use triage_core::retrieval::{DEFAULT_TOP_K, Prepared, Wishes};
use triage_core::verdict::Exchange;
use triage_core::wire::ModelInfo;
use web_sys::AbortController;

use crate::browser;
use crate::engine::{Engine, EngineStatus};
use crate::insight::Insight;
use crate::journal::Journal;
use crate::proxy::Proxy;
use crate::settings::Settings;
use crate::spotlight::Spotlight;

pub(crate) use asking::{Asking, Phase};

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
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Outgoing {
    /// The request body.
    pub(crate) body: String,
    /// Its SHA-256.
    pub(crate) sha256: String,
    /// What it takes, about.
    pub(crate) estimate: Estimate,
    /// Where pseudonyms stand in it.
    pub(crate) pseudonyms: Vec<Span>,
}

impl Outgoing {
    fn new(body: String, model: &str, names: &Pseudonyms) -> Self {
        Self {
            sha256: sha256_hex(body.as_bytes()),
            estimate: estimate(model, body.len()),
            pseudonyms: names
                .spans(&body)
                .into_iter()
                .map(|(span, _)| span)
                .collect(),
            body,
        }
    }
}

/// How far the search for the smallest disclosure is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Disclosing {
    /// Nothing was asked.
    Idle,
    /// The worker searches.
    Running,
    /// The curve is there.
    Found(Arc<Disclosure>),
    /// It failed.
    Failed(TriageError),
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
    /// As which format to read the alert; as it looks where absent.
    pub(crate) format: RwSignal<Option<AlertFormat>>,
    /// The search for the smallest disclosure.
    pub(crate) disclosing: RwSignal<Disclosing>,
    /// The local search.
    pub(crate) search: RwSignal<Search>,
    /// What would be sent; absent before a search.
    pub(crate) outgoing: RwSignal<Option<Result<Outgoing, TriageError>>>,
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
    settings: Settings,
    abort: StoredValue<Option<Rc<RefCell<AbortController>>>, LocalStorage>,
}

impl Session {
    /// A session with the draft this tab had before a reload.
    pub(crate) fn new(engine: Engine, proxy: Proxy, journal: Journal, settings: Settings) -> Self {
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
            format: RwSignal::new(None),
            disclosing: RwSignal::new(Disclosing::Idle),
            search,
            is_shown,
            outgoing: RwSignal::new(None),
            asking: RwSignal::new(Asking::Idle),
            stream: RwSignal::default(),
            announcement: RwSignal::default(),
            insight: Insight::new(engine),
            spotlight: Spotlight::new(),
            engine,
            proxy,
            journal,
            settings,
            abort: StoredValue::new_local(None),
        };
        session.compose_outgoing();
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

    /// Composes what would be sent whenever what was found or the model changes. Composing, checking
    /// and showing are tasks of their own, so that none of them holds the page for long.
    fn compose_outgoing(self) {
        let current = StoredValue::new(0_u32);
        Effect::new(move || {
            let found = self.search.with(found).filter(|_| self.is_shown.get());
            let model = self.proxy.model();
            current.update_value(|current| *current += 1);
            let own = current.get_value();
            // The page may be gone by then, or something else be wanted.
            let is_current = move || current.try_get_value() == Some(own);
            self.outgoing.set(None);
            let Some(found) = found else { return };
            browser::later(1, move || {
                if !is_current() {
                    return;
                }
                let exchange = exchange(&found, self.engine, &model);
                browser::later(1, move || {
                    if !is_current() {
                        return;
                    }
                    let body = exchange.body();
                    browser::later(1, move || {
                        if is_current() {
                            let names = &found.prepared.pseudonyms;
                            let outgoing = body.map(|body| Outgoing::new(body, &model.id, names));
                            self.outgoing.set(Some(outgoing));
                        }
                    });
                });
            });
        });
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
        // What was chosen for another alert does not hold for this one.
        self.format.set(None);
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
        self.disclosing.set(Disclosing::Idle);
        let top_k = self.top_k.get_untracked();
        let wishes = self.wishes(None);
        spawn_local(async move {
            let result = self.engine.prepare(text.to_string(), top_k, wishes).await;
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

    /// Composes the prompt anew from only some parts of the alert, named by their places; from all
    /// where absent. What was found stays as it is.
    pub(crate) fn narrow(self, keep: Option<Vec<usize>>) {
        let Some(found) = self.search.with_untracked(found) else {
            return;
        };
        if matches!(self.asking.get_untracked(), Asking::Running(_)) {
            return;
        }
        let top_k = self.top_k.get_untracked();
        let wishes = self.wishes(keep);
        spawn_local(async move {
            let text = Arc::clone(&found.text);
            let result = self.engine.prepare(text.to_string(), top_k, wishes).await;
            // Another search may have come in between.
            let is_current = self
                .search
                .with_untracked(self::found)
                .is_some_and(|current| Arc::ptr_eq(&current, &found));
            if !is_current {
                return;
            }
            match result {
                Ok(prepared) => {
                    let fields = prepared.parts.len();
                    self.announcement.set(if prepared.is_partial {
                        "Only the chosen fields will be sent".to_owned()
                    } else {
                        format!("All {fields} fields will be sent")
                    });
                    self.search
                        .set(Search::Found(Arc::new(Found { text, prepared })));
                }
                Err(error) => self.search.set(Search::Failed(error)),
            }
        });
    }

    /// Looks for the smallest disclosure.
    pub(crate) fn disclose(self) {
        let Some(found) = self.search.with_untracked(found) else {
            return;
        };
        self.disclosing.set(Disclosing::Running);
        let (top_k, format) = (self.top_k.get_untracked(), self.format.get_untracked());
        spawn_local(async move {
            let result = self.engine.disclose(found.text.to_string(), top_k, format);
            self.disclosing.set(match result.await {
                Ok(disclosure) => Disclosing::Found(Arc::new(disclosure)),
                Err(error) => Disclosing::Failed(error),
            });
        });
    }

    fn wishes(self, keep: Option<Vec<usize>>) -> Wishes {
        Wishes {
            format: self.format.get_untracked(),
            rules: self.settings.rules.get_untracked(),
            keep,
            past: self.journal.past(),
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

/// What the loaded version says of technique identifiers.
pub(crate) fn vocabulary(found: &Found, engine: Engine) -> Vocabulary {
    engine.status.with_untracked(|status| match status {
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
    })
}

fn exchange(found: &Found, engine: Engine, model: &ModelInfo) -> Exchange {
    let vocabulary = vocabulary(found, engine);
    Exchange::new(
        found.prepared.clone(),
        vocabulary,
        model.clone(),
        DEFAULT_MAX_TOKENS,
    )
}
