//! Where triages, judgements, receipts and further questions are kept: on this machine, only ever
//! added to.
//!
//! The store is IndexedDB. Where a browser forbids it, or in tests, a twin in memory behaves the
//! same until the tab is closed.

mod indexed_db;
mod memory;
#[cfg(test)]
mod tests;

use std::fmt;
use std::rc::Rc;

use serde::Serialize;
use serde::de::DeserializeOwned;
use triage_core::chat::ChatTurn;
use triage_core::export::Records;
use triage_core::feedback::{FeedbackRecord, SCHEMA_VERSION, TriageRecord};
use triage_core::receipt::Receipt;

use indexed_db::IndexedDb;
use memory::Memory;

const DATABASE: &str = "soc-copilot";

/// The records of this browser. Clones are the same store.
#[derive(Clone)]
pub struct FeedbackStore(Backend);

#[derive(Clone)]
enum Backend {
    IndexedDb(Rc<IndexedDb>),
    Memory(Rc<Memory>),
}

/// How many records an import added; those that were known already do not count.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ImportCount {
    /// Triages that were new.
    pub triages: usize,
    /// Judgements that were new.
    pub feedback: usize,
    /// Receipts that were new.
    pub receipts: usize,
    /// Questions and answers that were new.
    pub turns: usize,
}

/// Why nothing was read or written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StoreError {
    /// Another tab holds an older form of the database open.
    Blocked,
    /// A newer program has taken the database over.
    Newer,
    /// The disk or the browser's share of it is full.
    Quota,
    /// The browser gives no database, and why.
    Unavailable(String),
    /// A record is not what this program writes, and which.
    Damaged(String),
    /// The connection has ended: the browser's data was cleared, or another tab needed it closed.
    Closed,
}

impl fmt::Display for StoreError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Blocked => f.write_str(
                "The stored feedback cannot be opened while another tab uses an older version; \
                 close the other SOC Copilot tabs and try again",
            ),
            Self::Newer => f.write_str(
                "A newer version of SOC Copilot has taken over the stored feedback; \
                 reload this page to get it",
            ),
            Self::Quota => f.write_str(
                "There is no room left to store this and nothing was stored; \
                 export the feedback, free disk space and try again",
            ),
            Self::Unavailable(reason) => write!(
                f,
                "This browser does not store data for this page ({reason}); \
                 export before you close the tab, or allow site data and reload"
            ),
            Self::Damaged(reason) => write!(
                f,
                "A record is damaged ({reason}); nothing was changed. \
                 Import your last export into a fresh browser profile"
            ),
            Self::Closed => f.write_str(
                "The connection to the stored feedback was closed and nothing was stored; \
                 reload this page",
            ),
        }
    }
}

impl std::error::Error for StoreError {}

impl FeedbackStore {
    /// Opens the database of this browser, and brings what an older version left to today's form.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the browser gives no database or another tab keeps it from changing.
    pub async fn open() -> Result<Self, StoreError> {
        Self::open_named(DATABASE).await
    }

    async fn open_named(name: &str) -> Result<Self, StoreError> {
        IndexedDb::open(name)
            .await
            .map(|database| Self(Backend::IndexedDb(database)))
    }

    /// A store that forgets everything with the tab.
    pub fn in_memory() -> Self {
        Self(Backend::Memory(Rc::default()))
    }

    /// Keeps a finished triage. One that is known stays as it is.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; nothing is kept then.
    pub async fn put_triage(&self, record: TriageRecord) -> Result<(), StoreError> {
        let triages = vec![record];
        self.put_new(Records {
            triages,
            ..Records::default()
        })
        .await
    }

    /// Keeps a judgement. It never replaces an earlier one; the newest of a triage counts.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; nothing is kept then.
    pub async fn put(&self, record: FeedbackRecord) -> Result<(), StoreError> {
        let feedback = vec![record];
        self.put_new(Records {
            feedback,
            ..Records::default()
        })
        .await?;
        if let Backend::IndexedDb(database) = &self.0 {
            // Not earlier: some browsers ask the reader, who now has something to lose.
            database.ask_to_persist();
        }
        Ok(())
    }

    /// Keeps the receipt of what left.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; nothing is kept then.
    pub async fn put_receipt(&self, receipt: Receipt) -> Result<(), StoreError> {
        let receipts = vec![receipt];
        self.put_new(Records {
            receipts,
            ..Records::default()
        })
        .await
    }

    /// Keeps a question and its answer.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; nothing is kept then.
    pub async fn put_turn(&self, turn: ChatTurn) -> Result<(), StoreError> {
        let turns = vec![turn];
        self.put_new(Records {
            turns,
            ..Records::default()
        })
        .await
    }

    /// Everything that is kept, each kind oldest first.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the database or a record cannot be read.
    pub async fn records(&self) -> Result<Records, StoreError> {
        Ok(Records {
            triages: self.all().await?,
            feedback: self.all().await?,
            receipts: self.all().await?,
            turns: self.all().await?,
        })
    }

    /// Adds what an export has and this store has not: all of it, or nothing.
    ///
    /// # Errors
    ///
    /// [`StoreError`]; nothing is kept then.
    pub async fn import(&self, records: Records) -> Result<ImportCount, StoreError> {
        match &self.0 {
            Backend::IndexedDb(database) => database.add(&records).await,
            Backend::Memory(memory) => memory.add(&records),
        }
    }

    /// Calls `f` when another tab wrote, or when this connection has ended.
    pub fn on_change(&self, f: impl Fn() + 'static) {
        match &self.0 {
            Backend::IndexedDb(database) => database.on_change(Rc::new(f)),
            // No other tab can reach this tab's memory.
            Backend::Memory(_) => {}
        }
    }

    /// Whether what is kept outlives the tab.
    pub fn persistent(&self) -> bool {
        matches!(self.0, Backend::IndexedDb(_))
    }

    async fn put_new(&self, records: Records) -> Result<(), StoreError> {
        self.import(records).await.map(drop)
    }

    async fn all<R: Stored>(&self) -> Result<Vec<R>, StoreError> {
        let mut records: Vec<R> = match &self.0 {
            Backend::IndexedDb(database) => database.all().await?,
            Backend::Memory(memory) => memory.all(),
        };
        // Both twins give them in the order of their keys, so equal times have one order too.
        records.sort_by(|one, other| one.created_at().cmp(other.created_at()));
        Ok(records)
    }
}

/// What all kinds of records have in common.
trait Stored: Clone + Serialize + DeserializeOwned {
    /// The object store they lie in.
    const STORE: &'static str;

    /// The name of this one there.
    fn key(&self) -> String;

    /// When it came to be.
    fn created_at(&self) -> &str;

    /// Writer's version, confidence (0 where there is none) and triage: what must hold of every
    /// record.
    fn essentials(&self) -> (u32, f64, &str);

    /// Refuses what a later read could not make sense of.
    fn check(&self) -> Result<(), StoreError> {
        let (version, confidence, triage_id) = self.essentials();
        let fault = if version != SCHEMA_VERSION {
            "has another schema_version than this program writes"
        } else if !(0.0..=1.0).contains(&confidence) {
            "has a confidence outside 0 to 1"
        } else if triage_id.is_empty() {
            "has no triage_id"
        } else {
            return Ok(());
        };
        Err(StoreError::Damaged(format!(
            "one of {} {fault}",
            Self::STORE
        )))
    }
}

impl Stored for TriageRecord {
    const STORE: &'static str = "triages";

    fn key(&self) -> String {
        self.verdict.triage_id.clone()
    }

    fn created_at(&self) -> &str {
        &self.verdict.created_at
    }

    fn essentials(&self) -> (u32, f64, &str) {
        (
            self.schema_version,
            self.verdict.confidence,
            &self.verdict.triage_id,
        )
    }
}

impl Stored for FeedbackRecord {
    const STORE: &'static str = "feedback";

    fn key(&self) -> String {
        self.id()
    }

    fn created_at(&self) -> &str {
        &self.created_at
    }

    fn essentials(&self) -> (u32, f64, &str) {
        (self.schema_version, self.confidence, &self.triage_id)
    }
}

impl Stored for Receipt {
    const STORE: &'static str = "receipts";

    fn key(&self) -> String {
        self.id()
    }

    fn created_at(&self) -> &str {
        &self.created_at
    }

    fn essentials(&self) -> (u32, f64, &str) {
        (self.schema_version, 0.0, &self.triage_id)
    }
}

impl Stored for ChatTurn {
    const STORE: &'static str = "turns";

    fn key(&self) -> String {
        self.id()
    }

    fn created_at(&self) -> &str {
        &self.created_at
    }

    fn essentials(&self) -> (u32, f64, &str) {
        (self.schema_version, 0.0, &self.triage_id)
    }
}
