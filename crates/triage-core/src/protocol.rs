//! The messages between a page and the worker: a call with a number, and events that carry it.
//!
//! A worker says [`Event::Ready`] once, with number zero, before anything is sent to it. Each
//! call is answered by any number of [`Event::Progress`] and exactly one [`Event::Done`] or
//! [`Event::Failed`] with the call's number.

mod error;

use serde::{Deserialize, Serialize};

use crate::attack::{Moved, TechniqueId, Vocabulary};
use crate::evidence::AttackEvidence;
use crate::feedback::{Accuracy, FeedbackRecord, TriageRecord};
use crate::manifest::Examples;
use crate::rank::Explanation;
use crate::retrieval::{Prepared, Retrieval};
use crate::score::Report;
use crate::verdict::Verdict;
use crate::wire::StreamEvent;

pub use error::{ErrorCode, TriageError};

/// Changes whenever a message changes its meaning; both sides check it at the handshake.
pub const PROTOCOL: u32 = 4;

/// A call to the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Request {
    /// Chosen by the caller, from one upwards, none twice.
    pub id: u32,
    /// What to do.
    pub call: Call,
}

/// What a worker can do.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case", deny_unknown_fields)]
pub enum Call {
    /// Fetch, check and load the assets. Answered by [`Outcome::Loaded`].
    Load {
        /// The folder of `manifest.json`, absolute.
        assets_url: String,
        /// What embeds; the vectors are the same.
        #[serde(default)]
        instructions: Instructions,
        /// How many workers may share large calls, this one among them, 1..=16; one for each
        /// core where absent, but at most eight.
        #[serde(default)]
        workers: Option<usize>,
    },
    /// Become another worker's helper: load the same without evidence, to take shares of its
    /// large calls. Answered by [`Outcome::Loaded`].
    Help {
        /// As in [`Call::Load`].
        assets_url: String,
        /// What embeds.
        instructions: Instructions,
    },
    /// How the engine is doing. Answered by [`Outcome::State`].
    State,
    /// Embed texts, in order. Answered by [`Outcome::Vectors`].
    Embed {
        /// The texts.
        texts: Vec<String>,
    },
    /// Find techniques. Answered by [`Outcome::Retrieved`].
    Retrieve {
        /// The alert as pasted.
        alert: String,
        /// How many techniques, 1..=50.
        top_k: usize,
    },
    /// Find techniques for each of many alerts. Answered by [`Outcome::RetrievedMany`].
    RetrieveMany {
        /// The alerts as pasted.
        alerts: Vec<String>,
        /// How many techniques each, 1..=50.
        top_k: usize,
    },
    /// Find techniques and compose the prompt. Answered by [`Outcome::Prepared`].
    Prepare {
        /// The alert as pasted.
        alert: String,
        /// How many techniques, 1..=50.
        top_k: usize,
    },
    /// What ATT&CK has on an alert. Answered by [`Outcome::Evidenced`], once the texts have
    /// arrived that [`Call::Load`] fetches in the background; other calls do not wait for it.
    Evidence {
        /// The alert as pasted.
        alert: String,
        /// The techniques to look up, as [`Call::Retrieve`] found them; none for the nearest
        /// passages alone.
        techniques: Vec<TechniqueId>,
    },
    /// What an alert's parts are worth to a technique. Answered by [`Outcome::Explained`].
    Explain {
        /// The alert as pasted.
        alert: String,
        /// The technique.
        technique: TechniqueId,
    },
    /// Rank labelled alerts. Answered by [`Outcome::Evaluated`].
    Evaluate {
        /// JSON lines of `{"id", "alert", "techniques"}`.
        alerts: String,
    },
    /// The whole job. Answered by [`Outcome::Triaged`].
    Triage {
        /// The alert as pasted.
        alert: String,
        /// How many techniques, 1..=50.
        top_k: usize,
        /// The proxy's origin or the full URL of its messages route.
        endpoint: String,
        /// The model to ask; the proxy's first where absent.
        model: Option<String>,
    },
    /// Count judgements. Answered by [`Outcome::Counted`].
    Accuracy {
        /// All judgements.
        records: Vec<FeedbackRecord>,
    },
    /// Check records and write an export. Answered by [`Outcome::Exported`].
    Export {
        /// Finished triages, oldest first.
        triages: Vec<TriageRecord>,
        /// Judgements, oldest first.
        feedback: Vec<FeedbackRecord>,
    },
    /// Read an export. Answered by [`Outcome::Imported`].
    Import {
        /// The document.
        text: String,
    },
    /// Name judgements by their content, as the feedback store does. Answered by
    /// [`Outcome::Identified`].
    Identify {
        /// The judgements.
        records: Vec<FeedbackRecord>,
    },
    /// Give up another call; it fails with [`ErrorCode::Cancelled`]. This one has no answer.
    Cancel {
        /// The number of the call to give up.
        target: u32,
    },
}

/// A message from the worker.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Response {
    /// The number of the call it belongs to; zero for [`Event::Ready`].
    pub id: u32,
    /// What happened.
    pub event: Event,
}

/// What happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Event {
    /// The worker listens.
    Ready {
        /// [`PROTOCOL`] of the worker.
        protocol: u32,
        /// Its program version.
        version: String,
    },
    /// The call goes on.
    Progress {
        /// How far it is.
        progress: Progress,
    },
    /// The call is answered.
    Done {
        /// The answer.
        outcome: Outcome,
    },
    /// The call failed.
    Failed {
        /// Why.
        error: TriageError,
    },
}

/// How far a call is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "stage", rename_all = "snake_case")]
pub enum Progress {
    /// A file arrives, from the network or the cache.
    Download {
        /// Its name in the manifest.
        file: String,
        /// Bytes of this file so far.
        received: u64,
        /// Its size.
        bytes: u64,
        /// Bytes of all files so far.
        received_in_all: u64,
        /// Size of all files.
        bytes_in_all: u64,
        /// Whether it comes from the browser's cache.
        cached: bool,
    },
    /// Files are complete and are being checked and opened.
    Opening,
    /// Some of several texts are embedded.
    Embedded {
        /// Texts done.
        done: usize,
        /// Texts in all.
        total: usize,
    },
    /// For some of several alerts techniques are found ([`Call::RetrieveMany`] only).
    Retrieved {
        /// Alerts done.
        done: usize,
        /// Alerts in all.
        total: usize,
    },
    /// Some of several labelled alerts are ranked ([`Call::Evaluate`] only).
    Ranked {
        /// Alerts done.
        done: usize,
        /// Alerts in all.
        total: usize,
    },
    /// Retrieval is done; the prompt is on its way ([`Call::Triage`] only).
    Sent {
        /// The exact request body.
        body: String,
    },
    /// The model answers ([`Call::Triage`] only).
    Stream {
        /// What came.
        event: StreamEvent,
    },
}

/// The answer to a call.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Outcome {
    /// The assets are loaded.
    Loaded {
        /// What they are.
        info: Box<EngineInfo>,
    },
    /// How the engine is doing.
    State {
        /// Its workers, and what is kept.
        state: EngineState,
    },
    /// One vector a text. On the wire each is a `Float32Array`.
    Vectors {
        /// Unit vectors.
        vectors: Vec<Vec<f32>>,
    },
    /// Techniques and observables.
    Retrieved {
        /// What was found.
        retrieval: Retrieval,
    },
    /// Techniques and observables of each alert.
    RetrievedMany {
        /// What was found, in the order of the alerts.
        retrievals: Vec<Retrieval>,
    },
    /// Techniques, observables and the prompt.
    Prepared {
        /// What was found and what would be sent.
        prepared: Box<Prepared>,
    },
    /// Evidence found.
    Evidenced {
        /// What ATT&CK has on the alert.
        evidence: AttackEvidence,
    },
    /// A technique's place explained.
    Explained {
        /// What the alert's parts are worth to it.
        explanation: Explanation,
    },
    /// Labelled alerts ranked.
    Evaluated {
        /// How well and how fast.
        report: Box<Report>,
    },
    /// A checked verdict.
    Triaged {
        /// The verdict.
        verdict: Box<Verdict>,
    },
    /// Judgements counted.
    Counted {
        /// The counts.
        accuracy: Accuracy,
    },
    /// An export written.
    Exported {
        /// The document.
        json: String,
    },
    /// An export read.
    Imported {
        /// Finished triages, oldest first.
        triages: Vec<TriageRecord>,
        /// Judgements, oldest first.
        feedback: Vec<FeedbackRecord>,
    },
    /// Judgements named.
    Identified {
        /// [`FeedbackRecord::id`] of each, in order.
        ids: Vec<String>,
    },
}

/// What a loaded engine is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct EngineInfo {
    /// Program version.
    pub version: String,
    /// ATT&CK version of the index.
    pub attack_version: String,
    /// Identifier of the index.
    pub index_id: String,
    /// The embedding model's name.
    pub model: String,
    /// Values per vector.
    pub dimensions: usize,
    /// Every technique of the index, in order of identifier.
    pub technique_ids: Vec<TechniqueId>,
    /// Where identifiers lead that this ATT&CK version revoked, in order.
    pub moved: Vec<Moved>,
    /// Identifiers that it gave up without an heir, in order.
    pub deprecated: Vec<TechniqueId>,
    /// The labelled alerts that taught the ranker; absent where it was built without.
    pub examples: Option<Examples>,
    /// How embeddings are calculated.
    pub arithmetic: Arithmetic,
    /// Bytes of memory the worker has taken.
    pub memory_bytes: u64,
    /// Milliseconds from the call to this answer.
    pub load_ms: f64,
}

/// How a loaded engine is doing.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct EngineState {
    /// The workers there are, the first of which has the others as helpers. They are started by
    /// the first large call, and ended when there was nothing to do for a minute.
    pub workers: Vec<WorkerState>,
    /// The most workers there may be. It is lowered where the browser has no memory for them.
    pub most_workers: usize,
    /// Helpers that died or could not be started since the load.
    pub lost_workers: usize,
    /// Whether this browser can load the engine without a network.
    pub kept: Kept,
}

/// One worker.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkerState {
    /// Bytes of WebAssembly memory it has taken.
    pub memory_bytes: u64,
}

/// Whether a browser keeps the assets for the next visit.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kept {
    /// All that has arrived is kept; the browser may still clear it when disk space runs low.
    Kept,
    /// It is being written.
    #[default]
    Writing,
    /// The browser gives this site no more room.
    NoRoom,
    /// The browser keeps nothing: a private window, a setting, or a page without https.
    NoStorage,
}

/// The instructions that a caller wants embeddings to be calculated with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Instructions {
    /// Those that are found to be the fastest.
    #[default]
    Fastest,
    /// Relaxed SIMD's dot product; loading fails where there is none.
    RelaxedDot,
    /// Plain SIMD.
    Widened,
}

/// The instructions that embeddings are calculated with, chosen by trying them. All give the same
/// vectors.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Arithmetic {
    /// The name of the chosen ones: `relaxed-dot` or `widened`.
    pub name: String,
    /// What was tried, in order.
    pub tried: Vec<Trial>,
}

/// One of the ways that were tried.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Trial {
    /// Its name.
    pub name: String,
    /// Milliseconds for one embedding of three words, the fastest of a few.
    pub ms: f64,
}

impl EngineInfo {
    /// What the loaded version says of technique identifiers.
    pub fn vocabulary(&self) -> Vocabulary {
        Vocabulary {
            active: self.technique_ids.clone(),
            moved: self.moved.clone(),
            deprecated: self.deprecated.clone(),
        }
    }
}
