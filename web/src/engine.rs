//! The local engine as the page sees it: whether it is loading, ready or broken, and its calls.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use triage_core::alert::AlertFormat;
use triage_core::attack::Vocabulary;
use triage_core::disclosure::Disclosure;
use triage_core::export::{Records, export_json, parse_export};
use triage_core::protocol::{
    Call, EngineInfo, EngineState, ErrorCode, Instructions, Kept, Outcome, Progress, TriageError,
};
use triage_core::retrieval::{Prepared, Wishes};

use crate::browser;
use crate::worker_client::{Running, WorkerClient};

/// A worker that dies this often in a row is not started again by itself.
const MAX_CRASHES: u32 = 3;

/// So long after the load the assets are written, or refused.
const WRITTEN: Duration = Duration::from_secs(3);

/// How far the engine is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum EngineStatus {
    /// The worker is on its way.
    Starting,
    /// Model and index arrive.
    Downloading(Download),
    /// They are complete and are being opened.
    Opening,
    /// It can be asked.
    Ready(Arc<EngineInfo>),
    /// It cannot be had; the user may try again.
    Failed(TriageError),
    /// The user stopped the download.
    Cancelled,
}

/// How far the download of model and index is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Download {
    /// The file on its way.
    pub(crate) file: String,
    /// Bytes of all files so far.
    pub(crate) received: u64,
    /// Bytes of all files.
    pub(crate) total: u64,
    /// Bytes a second since the start; zero in the first instant.
    pub(crate) speed: f64,
    /// Whether they come from the browser's own cache.
    pub(crate) cached: bool,
}

/// The ATT&CK version that is loaded.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Attack {
    /// `18.1`.
    pub(crate) version: String,
    /// Its identifiers, and what it says of those it gave up.
    pub(crate) vocabulary: Vocabulary,
}

impl Attack {
    fn of(info: &EngineInfo) -> Self {
        Self {
            version: info.attack_version.clone(),
            vocabulary: info.vocabulary(),
        }
    }
}

/// The engine: its status and its calls.
#[derive(Clone, Copy)]
pub(crate) struct Engine {
    /// How far it is.
    pub(crate) status: RwSignal<EngineStatus>,
    /// Why the worker was started anew, until the user has read it.
    pub(crate) crash: RwSignal<Option<TriageError>>,
    /// Its workers, and whether the assets are kept, as last asked.
    pub(crate) state: RwSignal<Option<EngineState>>,
    /// The ATT&CK version that is loaded; a worker that starts anew does not take it away.
    pub(crate) attack: Signal<Option<Arc<Attack>>>,
    client: StoredValue<Option<WorkerClient>, LocalStorage>,
    load: StoredValue<Option<u32>>,
    crashes: StoredValue<u32>,
}

impl Engine {
    /// Starts the worker and begins to load.
    pub(crate) fn start() -> Self {
        let status = RwSignal::new(EngineStatus::Starting);
        let attack = Memo::new(move |before: Option<&Option<Arc<Attack>>>| {
            let loaded = status.with(|status| match status {
                EngineStatus::Ready(info) => Some(Arc::new(Attack::of(info))),
                _ => None,
            });
            loaded.or_else(|| before.cloned().flatten())
        });
        let engine = Self {
            status,
            crash: RwSignal::new(None),
            state: RwSignal::new(None),
            attack: attack.into(),
            client: StoredValue::new_local(None),
            load: StoredValue::new(None),
            crashes: StoredValue::new(0),
        };
        browser::later(1, move || {
            let client = WorkerClient::new(move |error| engine.recover(error));
            engine.client.set_value(Some(client));
            engine.load();
        });
        engine
    }

    /// Loads, or loads again after a failure.
    pub(crate) fn load(self) {
        let Some(client) = self.client.get_value() else {
            return;
        };
        self.status.set(EngineStatus::Starting);
        let begun = StoredValue::new(None);
        let call = Call::Load {
            assets_url: format!("{}/assets", browser::origin()),
            instructions: Instructions::Fastest,
            workers: None,
        };
        let running = client.call(call, move |progress| match progress {
            Progress::Download {
                file,
                received_in_all,
                bytes_in_all,
                cached,
                ..
            } => {
                let (time, bytes) = begun.get_value().unwrap_or_else(|| {
                    let now = (browser::now_ms(), received_in_all);
                    begun.set_value(Some(now));
                    now
                });
                let seconds = (browser::now_ms() - time) / 1000.0;
                let speed = if seconds > 0.2 {
                    number(received_in_all.saturating_sub(bytes)) / seconds
                } else {
                    0.0
                };
                self.status.set(EngineStatus::Downloading(Download {
                    file,
                    received: received_in_all,
                    total: bytes_in_all,
                    speed,
                    cached,
                }));
            }
            Progress::Opening => self.status.set(EngineStatus::Opening),
            Progress::Embedded { .. }
            | Progress::Retrieved { .. }
            | Progress::Ranked { .. }
            | Progress::Sent { .. }
            | Progress::Stream { .. } => {}
        });
        let id = running.id();
        self.load.set_value(Some(id));
        spawn_local(async move {
            let result = running.await;
            if self.load.get_value() != Some(id) {
                return;
            }
            self.load.set_value(None);
            match result {
                Ok(Outcome::Loaded { info }) => {
                    self.crashes.set_value(0);
                    self.status.set(EngineStatus::Ready(Arc::from(info)));
                    set_timeout(move || self.look(), WRITTEN);
                }
                Ok(_) => self.status.set(EngineStatus::Failed(wrong_answer())),
                Err(error) if error.code == ErrorCode::Cancelled => {
                    self.status.set(EngineStatus::Cancelled);
                }
                // `recover` has already started another worker and says how it goes.
                Err(error) if error.code == ErrorCode::WorkerCrashed => {}
                Err(error) => self.status.set(EngineStatus::Failed(error)),
            }
        });
    }

    /// Asks how the engine is doing.
    pub(crate) fn look(self) {
        spawn_local(async move {
            if !self.is_ready() {
                return;
            }
            if let Ok(running) = self.call(Call::State)
                && let Ok(Outcome::State { state }) = running.await
            {
                if state.kept == Kept::Writing {
                    set_timeout(move || self.look(), WRITTEN);
                }
                self.state.set(Some(state));
            }
        });
    }

    /// Stops the download.
    pub(crate) fn cancel_load(self) {
        if let (Some(client), Some(id)) = (self.client.get_value(), self.load.get_value()) {
            client.cancel(id);
        }
    }

    /// Starts another worker at the user's wish.
    pub(crate) fn retry(self) {
        self.crashes.set_value(0);
        if let (Some(client), EngineStatus::Failed(error)) =
            (self.client.get_value(), self.status.get_untracked())
            && error.code == ErrorCode::WorkerCrashed
        {
            client.restart();
        }
        self.load();
    }

    /// Finds techniques and composes the prompt.
    pub(crate) async fn prepare(
        self,
        alert: String,
        top_k: usize,
        wishes: Wishes,
    ) -> Result<Prepared, TriageError> {
        let wishes = Box::new(wishes);
        let call = Call::Prepare {
            alert,
            top_k,
            wishes,
        };
        match self.call(call)?.await? {
            Outcome::Prepared { prepared } => Ok(*prepared),
            _ => Err(wrong_answer()),
        }
    }

    /// Finds how few parts of an alert lead to the same techniques.
    pub(crate) async fn disclose(
        self,
        alert: String,
        top_k: usize,
        format: Option<AlertFormat>,
    ) -> Result<Disclosure, TriageError> {
        let call = Call::Disclose {
            alert,
            top_k,
            format,
        };
        match self.call(call)?.await? {
            Outcome::Disclosed { disclosure, .. } => Ok(disclosure),
            _ => Err(wrong_answer()),
        }
    }

    /// Writes an export; away from the page's own thread, unless the worker is busy loading.
    pub(crate) async fn export(self, records: Records) -> Result<String, TriageError> {
        if !self.is_ready() {
            return Ok(export_json(&browser::now(), records));
        }
        let records = Box::new(records);
        match self.call(Call::Export { records })?.await? {
            Outcome::Exported { json } => Ok(json),
            _ => Err(wrong_answer()),
        }
    }

    /// Reads and checks an export; away from the page's own thread, unless the worker is busy
    /// loading.
    pub(crate) async fn import(self, text: String) -> Result<Records, TriageError> {
        if !self.is_ready() {
            return Ok(parse_export(&text)?);
        }
        match self.call(Call::Import { text })?.await? {
            Outcome::Imported { records } => Ok(*records),
            _ => Err(wrong_answer()),
        }
    }

    fn is_ready(self) -> bool {
        self.status
            .with_untracked(|status| matches!(status, EngineStatus::Ready(_)))
    }

    /// Makes a call.
    pub(crate) fn call(self, call: Call) -> Result<Running, TriageError> {
        self.call_with_progress(call, |_| {})
    }

    /// Makes a call and tells how far it is.
    pub(crate) fn call_with_progress(
        self,
        call: Call,
        on_progress: impl Fn(Progress) + 'static,
    ) -> Result<Running, TriageError> {
        self.client
            .get_value()
            .map(|client| client.call(call, on_progress))
            .ok_or_else(|| {
                TriageError::new(
                    ErrorCode::WorkerCrashed,
                    "there is no worker; reload the page",
                )
            })
    }

    /// Gives a call up; nothing happens where it is answered already.
    pub(crate) fn cancel(self, id: u32) {
        if let Some(client) = self.client.get_value() {
            client.cancel(id);
        }
    }

    fn recover(self, error: TriageError) {
        let crashes = self.crashes.get_value() + 1;
        self.crashes.set_value(crashes);
        self.load.set_value(None);
        if crashes >= MAX_CRASHES {
            self.status.set(EngineStatus::Failed(error));
            return;
        }
        self.crash.set(Some(error));
        self.status.set(EngineStatus::Starting);
        // The crash is reported from inside a listener of the dead worker: let that return first.
        spawn_local(async move {
            if let Some(client) = self.client.get_value() {
                client.restart();
                self.load();
            }
        });
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "byte counts of a download are far below 2^52"
)]
fn number(bytes: u64) -> f64 {
    bytes as f64
}

/// An answer that belongs to another question.
pub(crate) fn wrong_answer() -> TriageError {
    TriageError::new(
        ErrorCode::Engine,
        "the worker gave an answer to another question; reload the page",
    )
}
