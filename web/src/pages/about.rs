//! What this page is made of: versions, index, licences, and what leaves the browser.

use leptos::prelude::*;
use triage_core::manifest::Examples;
use triage_core::protocol::{Arithmetic, EngineState, Kept};

use crate::components::loading::size;
use crate::engine::{Engine, EngineStatus};
use crate::journal::{Journal, JournalStatus};
use crate::proxy::{Proxy, ProxyStatus};

/// Facts for those who must vouch for the tool.
#[component]
pub(crate) fn AboutPage() -> impl IntoView {
    let engine = expect_context::<Engine>();
    let proxy = expect_context::<Proxy>();
    let journal = expect_context::<Journal>();
    Effect::new(move |_| {
        engine.status.track();
        engine.look();
    });
    view! {
        <div class="zones one">
            <section class="zone" aria-labelledby="about-title">
                <h2 id="about-title">"About"</h2>
                <p class="prose">
                    "SOC Copilot finds the MITRE ATT&CK techniques an alert resembles, in this browser. Only the prompt you have read leaves it, when you press Triage, and only to the proxy that served this page. Everything else stays: the alert, the pseudonym table, the history."
                </p>
                <h3>"Search"</h3>
                {move || facts(&engine.status.get(), engine.state.get().as_ref())}
                <h3>"Model"</h3>
                {move || model_facts(&proxy.status.get())}
                <h3>"Storage"</h3>
                <p>{move || match journal.status.get() {
                    JournalStatus::Opening => "The history is being opened.".to_owned(),
                    JournalStatus::Kept => "The history is kept in this browser's IndexedDB.".to_owned(),
                    JournalStatus::MemoryOnly(error) => format!("The history lives as long as this tab. {error}."),
                }}</p>
                <h3>"Licences"</h3>
                <ul class="items">
                    <li>"SOC Copilot: MIT or Apache-2.0."</li>
                    <li>"all-MiniLM-L6-v2, the embedding model: Apache-2.0, by the sentence-transformers project."</li>
                    <li>"MITRE ATT&CK: © 2025 The MITRE Corporation. This work is reproduced and distributed with the permission of The MITRE Corporation."</li>
                </ul>
            </section>
        </div>
    }
}

fn facts(status: &EngineStatus, state: Option<&EngineState>) -> AnyView {
    let EngineStatus::Ready(info) = status else {
        return view! { <p class="muted">"The model and the index are not loaded."</p> }.into_any();
    };
    view! {
        <dl class="facts">
            <dt>"Version"</dt>
            <dd>{info.version.clone()}</dd>
            <dt>"ATT&CK"</dt>
            <dd data-testid="attack-version">{info.attack_version.clone()}</dd>
            <dt>"Techniques"</dt>
            <dd>{format!(
                "{} active; {} identifiers of earlier versions lead to an heir, {} were given up",
                info.technique_ids.len(),
                info.moved.len(),
                info.deprecated.len(),
            )}</dd>
            <dt>"Taught by"</dt>
            <dd data-testid="examples">{taught(info.examples.as_ref())}</dd>
            <dt>"Index"</dt>
            <dd><code class="hash" data-testid="index-id">{info.index_id.clone()}</code></dd>
            <dt>"Embedding"</dt>
            <dd>{format!("{}, {} values", info.model, info.dimensions)}</dd>
            <dt>"Arithmetic"</dt>
            <dd data-testid="arithmetic">{arithmetic(&info.arithmetic)}</dd>
            <dt>"Workers"</dt>
            <dd data-testid="workers">{state.map_or_else(|| size(info.memory_bytes), workers)}</dd>
            <dt>"Offline"</dt>
            <dd data-testid="kept">{kept(state.map(|state| state.kept))}</dd>
            <dt>"Loaded in"</dt>
            <dd>{format!("{:.1} s", info.load_ms / 1000.0)}</dd>
        </dl>
    }
    .into_any()
}

/// How many workers there are, and what they take.
fn workers(state: &EngineState) -> String {
    let taken: Vec<String> = state
        .workers
        .iter()
        .map(|worker| size(worker.memory_bytes))
        .collect();
    let lost = match state.lost_workers {
        0 => String::new(),
        lost => format!("; {lost} lost, their work was done by others"),
    };
    format!(
        "{} of at most {}; memory {}{lost}",
        state.workers.len(),
        state.most_workers,
        taken.join(" + ")
    )
}

/// Whether the next visit needs a network for the search.
fn kept(kept: Option<Kept>) -> &'static str {
    match kept {
        None | Some(Kept::Writing) => "model and index are being written to this browser",
        Some(Kept::Kept) => {
            "model and index are kept in this browser; it may clear them when disk space runs low"
        }
        Some(Kept::NoRoom) => "not kept: the browser gives this site no more room",
        Some(Kept::NoStorage) => "not kept: the browser stores nothing for this site",
    }
}

/// The chosen instructions, and how fast each was that was tried.
fn arithmetic(arithmetic: &Arithmetic) -> String {
    let tried: Vec<String> = arithmetic
        .tried
        .iter()
        .map(|trial| format!("{} {:.1} ms", trial.name, trial.ms))
        .collect();
    format!(
        "{}, the fastest here of: {}",
        arithmetic.name,
        tried.join(", ")
    )
}

/// What beside ATT&CK's own texts the ranking rests on.
fn taught(examples: Option<&Examples>) -> String {
    match examples {
        Some(examples) => format!(
            "ATT&CK's own texts and {} labelled alerts about {} of the techniques",
            examples.alerts, examples.techniques
        ),
        None => "ATT&CK's own texts alone; no labelled alerts".to_owned(),
    }
}

fn model_facts(status: &ProxyStatus) -> AnyView {
    let ProxyStatus::Up(config) = status else {
        return view! { <p class="muted">"The proxy does not answer."</p> }.into_any();
    };
    let models: Vec<&str> = config
        .models
        .iter()
        .map(|model| model.id.as_str())
        .collect();
    view! {
        <dl class="facts">
            <dt>"Proxy"</dt>
            <dd>{format!("version {}", config.version)}</dd>
            <dt>"Configured"</dt>
            <dd>{if config.model_configured { "yes" } else { "no" }}</dd>
            <dt>"Models"</dt>
            <dd>{models.join(", ")}</dd>
            <dt>"Limits"</dt>
            <dd>{format!("{} requests a minute, {} tokens an answer", config.requests_per_minute, config.max_tokens)}</dd>
        </dl>
    }
    .into_any()
}
