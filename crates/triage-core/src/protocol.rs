//! The messages between a page and the worker: a call with a number, and events that carry it.
//!
//! A worker says [`Event::Ready`] once, with number zero, before anything is sent to it. Each
//! call is answered by any number of [`Event::Progress`] and exactly one [`Event::Done`] or
//! [`Event::Failed`] with the call's number.

mod error;
mod loaded;

use serde::{Deserialize, Serialize};

use crate::alert::AlertFormat;
use crate::attack::TechniqueId;
use crate::chat::ChatTurn;
use crate::disclosure::Disclosure;
use crate::evidence::AttackEvidence;
use crate::export::{RecordKeys, Records};
use crate::feedback::{Accuracy, FeedbackRecord};
use crate::prompt::AlertPart;
use crate::rank::Explanation;
use crate::receipt::Receipt;
use crate::retrieval::{Prepared, Retrieval, Wishes};
use crate::score::Report;
use crate::verdict::Verdict;
use crate::wire::StreamEvent;

pub use error::{ErrorCode, TriageError};
pub use loaded::{Arithmetic, EngineInfo, EngineState, Instructions, Kept, Trial, WorkerState};

/// Changes whenever a message changes its meaning; both sides check it at the handshake.
pub const PROTOCOL: u32 = 5;

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
        /// What the analyst wants of it.
        #[serde(default)]
        wishes: Box<Wishes>,
    },
    /// Find the smallest disclosure. Answered by [`Outcome::Disclosed`].
    Disclose {
        /// The alert as pasted.
        alert: String,
        /// How many techniques are to stay the same, 1..=50.
        top_k: usize,
        /// The format to read it as.
        format: Option<AlertFormat>,
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
        /// What the analyst wants of the preparation.
        #[serde(default)]
        wishes: Box<Wishes>,
    },
    /// Check answers that were got by hand, in the order in which they were asked for. Answered by
    /// [`Outcome::Checked`].
    Check {
        /// What [`Call::Prepare`] gave.
        prepared: Box<Prepared>,
        /// The answers so far.
        answers: Vec<String>,
        /// The name of the model that gave them.
        model: String,
    },
    /// Ask a further question about a triaged alert. Answered by [`Outcome::Answered`].
    Ask {
        /// What [`Call::Prepare`] gave.
        prepared: Box<Prepared>,
        /// The verdict.
        verdict: Box<Verdict>,
        /// The questions and answers so far, oldest first.
        turns: Vec<ChatTurn>,
        /// The question.
        question: String,
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
        /// What to export.
        records: Box<Records>,
    },
    /// Read an export. Answered by [`Outcome::Imported`].
    Import {
        /// The document.
        text: String,
    },
    /// Name records as the feedback store does. Answered by [`Outcome::Identified`].
    Identify {
        /// The records.
        records: Box<Records>,
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
    /// A request is on its way ([`Call::Triage`] and [`Call::Ask`] only).
    Sent {
        /// The exact request body.
        body: String,
        /// Its receipt.
        receipt: Box<Receipt>,
    },
    /// The model answers ([`Call::Triage`] and [`Call::Ask`] only).
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
    /// The smallest disclosure found.
    Disclosed {
        /// The curve.
        disclosure: Disclosure,
        /// The parts that its places mean.
        parts: Vec<AlertPart>,
    },
    /// Answers checked.
    Checked {
        /// The verdict, or what to ask next.
        next: Box<Next>,
    },
    /// A question answered.
    Answered {
        /// Question and answer.
        turn: Box<ChatTurn>,
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
        /// What it holds.
        records: Box<Records>,
    },
    /// Records named.
    Identified {
        /// The name of each record, by kind and in order.
        keys: RecordKeys,
    },
}

/// What follows from answers that were got by hand.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Next {
    /// They make a verdict.
    Verdict {
        /// The verdict.
        verdict: Box<Verdict>,
    },
    /// The last one is not of the agreed form: ask again.
    Repair {
        /// What is wrong with it.
        problems: Vec<String>,
    },
    /// Text in the alert may have steered it: ask this too.
    Compare {
        /// The prompt without that text.
        prompt: String,
    },
}
