//! What a loaded engine is, and how it is doing.

use serde::{Deserialize, Serialize};

use crate::attack::{Moved, TechniqueId, Vocabulary};
use crate::manifest::Examples;

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
