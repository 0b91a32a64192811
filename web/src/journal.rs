//! The analyst's history as the page knows it: what the store holds, read again at every change.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use triage_core::export::Export;
use triage_core::feedback::{FeedbackRecord, TriageRecord};

use crate::browser;
use crate::feedback_store::{FeedbackStore, ImportCount, StoreError};

/// What the store says about itself.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum JournalStatus {
    /// The store is being opened.
    Opening,
    /// Everything is kept on this machine.
    Kept,
    /// The store cannot be used; records live as long as the tab.
    MemoryOnly(StoreError),
}

/// All triages and judgements, oldest first, and the way to add to them.
#[derive(Clone, Copy)]
pub(crate) struct Journal {
    /// Whether records are kept.
    pub(crate) status: RwSignal<JournalStatus>,
    /// Finished triages.
    pub(crate) triages: RwSignal<Arc<Vec<TriageRecord>>>,
    /// Judgements.
    pub(crate) feedback: RwSignal<Arc<Vec<FeedbackRecord>>>,
    /// What went wrong last, until the user has read it.
    pub(crate) fault: RwSignal<Option<StoreError>>,
    store: StoredValue<Option<FeedbackStore>, LocalStorage>,
}

/// The name of a fault, for tests and support.
pub(crate) fn code(error: &StoreError) -> &'static str {
    match error {
        StoreError::Blocked => "storage_blocked",
        StoreError::Newer => "storage_newer",
        StoreError::Quota => "storage_full",
        StoreError::Unavailable(_) => "storage_unavailable",
        StoreError::Damaged(_) => "storage_damaged",
        StoreError::Closed => "storage_closed",
    }
}

impl Journal {
    /// Opens the store; where that fails, goes on in memory and says so.
    pub(crate) fn open() -> Self {
        let journal = Self {
            status: RwSignal::new(JournalStatus::Opening),
            triages: RwSignal::default(),
            feedback: RwSignal::default(),
            fault: RwSignal::new(None),
            store: StoredValue::new_local(None),
        };
        let opening = async move {
            let (store, status) = match FeedbackStore::open().await {
                Ok(store) if store.persistent() => (store, JournalStatus::Kept),
                Ok(store) => {
                    let reason = StoreError::Unavailable("private browsing".to_owned());
                    (store, JournalStatus::MemoryOnly(reason))
                }
                Err(error) => (FeedbackStore::in_memory(), JournalStatus::MemoryOnly(error)),
            };
            store.on_change(move || journal.refresh());
            journal.store.set_value(Some(store));
            journal.status.set(status);
            journal.refresh();
        };
        browser::later(6, move || spawn_local(opening));
        journal
    }

    /// Reads everything again.
    pub(crate) fn refresh(self) {
        spawn_local(async move {
            if let Err(error) = self.read().await {
                self.fault.set(Some(error));
            }
        });
    }

    /// Keeps a finished triage. A failure is told, and costs nothing else: the verdict stays shown.
    pub(crate) fn add_triage(self, record: TriageRecord) {
        spawn_local(async move {
            let Some(store) = self.store.get_value() else {
                return;
            };
            match store.put_triage(record).await {
                Ok(()) => self.refresh(),
                Err(error) => self.fault.set(Some(error)),
            }
        });
    }

    /// Keeps a judgement; returns when it is kept.
    pub(crate) async fn add_feedback(self, record: FeedbackRecord) -> Result<(), String> {
        let store = self
            .store
            .get_value()
            .ok_or("the store is still opening; try again")?;
        store.put(record).await.map_err(|error| error.to_string())?;
        self.read().await.map_err(|error| error.to_string())
    }

    /// Adds a checked export, all of it or nothing.
    pub(crate) async fn import(self, export: Export) -> Result<ImportCount, String> {
        let store = self
            .store
            .get_value()
            .ok_or("the store is still opening; try again")?;
        let count = store
            .import(export)
            .await
            .map_err(|error| error.to_string())?;
        self.read().await.map_err(|error| error.to_string())?;
        Ok(count)
    }

    async fn read(self) -> Result<(), StoreError> {
        let Some(store) = self.store.get_value() else {
            return Ok(());
        };
        let triages = store.triages().await?;
        let feedback = store.feedback().await?;
        self.triages.set(Arc::new(triages));
        self.feedback.set(Arc::new(feedback));
        Ok(())
    }
}
