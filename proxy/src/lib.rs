//! The proxy: serves the page, adds the key to a checked request and relays the model's reply.
//!
//! It builds no prompt, stores nothing and logs no content. The caller chooses neither address
//! nor headers of the upstream call. [`app`] puts the routes together, [`serve`] the connections.

pub mod app;
pub mod config;
mod error;
mod guard;
mod limits;
pub mod log;
mod messages;
pub mod openapi;
mod page;
mod relay;
pub mod serve;
mod upstream;
