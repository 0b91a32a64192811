//! The page: what the analyst sees and does. Rules come from triage-core, the engine from the worker.

mod app;
mod benchmark;
mod browser;
mod chat;
mod components;
mod courier;
mod engine;
mod feedback_store;
mod insight;
mod journal;
mod judging;
mod offline;
mod pages;
mod painting;
mod proxy;
mod proxy_client;
mod samples;
mod session;
mod settings;
mod shortcuts;
mod spotlight;
mod worker_client;

use std::time::Duration;

fn main() {
    console_error_panic_hook::set_once();
    if let Some(splash) = leptos::prelude::document().get_element_by_id("splash") {
        splash.remove();
    }
    // Compiling and mounting are two tasks, so that neither holds the page for long.
    leptos::prelude::set_timeout(|| leptos::mount::mount_to_body(app::App), Duration::ZERO);
}
