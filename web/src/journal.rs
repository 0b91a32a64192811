//! The analyst's history as the page knows it: what the store holds, read again at every change.

use std::collections::HashMap;
use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use triage_core::chat::ChatTurn;
use triage_core::export::Records;
use triage_core::feedback::{FeedbackRecord, TriageRecord};
use triage_core::past::{MAX_COMPARED, PastTriage};
use triage_core::receipt::Receipt;
use triage_core::verdict::VerdictKind;

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
    /// Receipts of what left.
    pub(crate) receipts: RwSignal<Arc<Vec<Receipt>>>,
    /// Further questions and their answers.
    pub(crate) turns: RwSignal<Arc<Vec<ChatTurn>>>,
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
            receipts: RwSignal::default(),
            turns: RwSignal::default(),
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
        self.keep(move |store| async move { store.put_triage(record).await });
    }

    /// Keeps the receipt of what left, in the same way.
    pub(crate) fn add_receipt(self, receipt: Receipt) {
        self.keep(move |store| async move { store.put_receipt(receipt).await });
    }

    /// Keeps a question and its answer, in the same way.
    pub(crate) fn add_turn(self, turn: ChatTurn) {
        self.keep(move |store| async move { store.put_turn(turn).await });
    }

    /// All that is kept.
    pub(crate) fn records(self) -> Records {
        Records {
            triages: self.triages.get_untracked().to_vec(),
            feedback: self.feedback.get_untracked().to_vec(),
            receipts: self.receipts.get_untracked().to_vec(),
            turns: self.turns.get_untracked().to_vec(),
        }
    }

    /// The triages of the past with what the analyst last said of each.
    pub(crate) fn past(self) -> Vec<PastTriage> {
        let feedback = self.feedback.get_untracked();
        let said: HashMap<&str, VerdictKind> = feedback
            .iter()
            .map(|record| (record.triage_id.as_str(), record.analyst_verdict))
            .collect();
        let triages = self.triages.get_untracked();
        let recent = triages.get(triages.len().saturating_sub(MAX_COMPARED)..);
        recent
            .unwrap_or_default()
            .iter()
            .map(|record| {
                let id = record.verdict.triage_id.as_str();
                PastTriage::of(record, said.get(id).copied())
            })
            .collect()
    }

    fn keep<F: Future<Output = Result<(), StoreError>>>(
        self,
        put: impl FnOnce(FeedbackStore) -> F + 'static,
    ) {
        spawn_local(async move {
            let Some(store) = self.store.get_value() else {
                return;
            };
            match put(store).await {
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
    pub(crate) async fn import(self, records: Records) -> Result<ImportCount, String> {
        let store = self
            .store
            .get_value()
            .ok_or("the store is still opening; try again")?;
        let count = store
            .import(records)
            .await
            .map_err(|error| error.to_string())?;
        self.read().await.map_err(|error| error.to_string())?;
        Ok(count)
    }

    async fn read(self) -> Result<(), StoreError> {
        let Some(store) = self.store.get_value() else {
            return Ok(());
        };
        let records = store.records().await?;
        self.triages.set(Arc::new(records.triages));
        self.feedback.set(Arc::new(records.feedback));
        self.receipts.set(Arc::new(records.receipts));
        self.turns.set(Arc::new(records.turns));
        Ok(())
    }
}
