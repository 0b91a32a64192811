//! Types and rules of alert triage: what an alert, a technique, a prompt and a verdict are.
//!
//! Everything here is pure. There is no clock, no randomness, no file, no socket and no
//! code that differs between native and wasm: callers pass in times and identifiers.
//! The order of the modules is the order in which an alert meets them.

pub mod alert;
pub mod decode;
pub mod injection;
pub mod observable;
pub mod signal;

pub mod attack;
pub mod evidence;
pub mod manifest;
pub mod rank;
pub mod score;

pub mod disclosure;
pub mod investigation;
pub mod past;
pub mod prompt;
pub mod redact;

pub mod chat;
pub mod price;
pub mod receipt;
pub mod verdict;
pub mod wire;

pub mod export;
pub mod feedback;

pub mod digest;
pub mod protocol;
pub mod retrieval;
