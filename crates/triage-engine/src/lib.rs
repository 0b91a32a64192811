//! Embeds text with all-MiniLM-L6-v2 and ranks the ATT&CK techniques that an alert resembles.
//!
//! The engine takes bytes and gives matches. It opens no file, no socket and no thread of its
//! own, and builds with the same features on native and wasm, so that native tests test what
//! the browser runs. [`Engine::prepare`] is the place to start reading: it is all that happens
//! to an alert before anybody is asked.

mod build;
mod embed;
mod engine;
mod error;
mod evidence;
mod index;
mod kernel;
mod passages;

pub use build::{Build, Sources, build_assets};
pub use embed::{DIMENSIONS, Embedder, Embedding, MAX_TOKENS, MODEL_NAME, Weights};
pub use engine::{AssetBytes, Engine, Reading, Settings};
pub use error::EngineError;
pub use evidence::{EvidenceBytes, Library};
pub use index::{GRAPH, Hit, PassageIndex};
pub use kernel::Arithmetic;
