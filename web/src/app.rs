//! The frame of the page: address, navigation, status line, notices, keys.

use leptos::prelude::*;
use triage_core::protocol::Kept;

use crate::benchmark::Benchmark;
use crate::browser;
use crate::chat::Chat;
use crate::components::help::Help;
use crate::components::notice::{Notice, Tone, sentence};
use crate::courier::Courier;
use crate::engine::{Engine, EngineStatus};
use crate::feedback_store::StoreError;
use crate::journal::{self, Journal, JournalStatus};
use crate::offline::Offline;
use crate::pages::about::AboutPage;
use crate::pages::accuracy::AccuracyPage;
use crate::pages::benchmark::BenchmarkPage;
use crate::pages::history::HistoryPage;
use crate::pages::privacy::PrivacyPage;
use crate::pages::triage::TriagePage;
use crate::proxy::{Proxy, ProxyStatus};
use crate::session::Session;
use crate::settings::Settings;
use crate::shortcuts::{self, Action};

/// A page and its address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum View {
    /// Alert, techniques, verdict.
    Triage,
    /// Finished triages, one of them open.
    History(Option<String>),
    /// Counts and records.
    Accuracy,
    /// Hit rates on labelled alerts.
    Benchmark,
    /// What leaves: rules and receipts.
    Privacy,
    /// Versions and licences.
    About,
}

impl View {
    /// The part of the address behind the page: `#/history`.
    pub(crate) fn address(&self) -> String {
        match self {
            Self::Triage => "#/".to_owned(),
            Self::History(None) => "#/history".to_owned(),
            Self::History(Some(id)) => format!("#/history/{id}"),
            Self::Accuracy => "#/accuracy".to_owned(),
            Self::Benchmark => "#/benchmark".to_owned(),
            Self::Privacy => "#/privacy".to_owned(),
            Self::About => "#/about".to_owned(),
        }
    }

    /// Goes there; the address changes and the page follows.
    pub(crate) fn go(&self) {
        let _ = window().location().set_hash(&self.address());
    }

    fn of_address() -> Self {
        let hash = window().location().hash().unwrap_or_default();
        match hash
            .trim_start_matches('#')
            .trim_matches('/')
            .split_once('/')
        {
            Some(("history", id)) => Self::History(Some(id.to_owned())),
            _ => match hash.trim_start_matches('#').trim_matches('/') {
                "history" => Self::History(None),
                "accuracy" => Self::Accuracy,
                "benchmark" => Self::Benchmark,
                "privacy" => Self::Privacy,
                "about" => Self::About,
                _ => Self::Triage,
            },
        }
    }
}

/// The whole page.
#[component]
pub(crate) fn App() -> impl IntoView {
    let engine = Engine::start();
    let proxy = Proxy::start();
    let journal = Journal::open();
    let offline = Offline::start();
    let settings = Settings::load();
    let session = Session::new(engine, proxy, journal, settings);
    provide_context(engine);
    provide_context(proxy);
    provide_context(journal);
    provide_context(settings);
    provide_context(session);
    provide_context(Chat::new(&session, proxy, journal));
    provide_context(Courier::new(&session, engine, journal));
    provide_context(Benchmark::new(engine));

    let view = RwSignal::new(View::of_address());
    let moved = window_event_listener_untyped("hashchange", move |_| view.set(View::of_address()));
    on_cleanup(move || moved.remove());
    let is_framed = browser::turn(2);
    let is_help_open = RwSignal::new(false);
    let keys_enabled = shortcuts::listen(move |action| match action {
        Action::Help => is_help_open.set(true),
        Action::Alert => {
            View::Triage.go();
            // The event of the changed address comes too late for the focus.
            view.set(View::Triage);
            request_animation_frame(|| browser::focus("alert-input"));
        }
        Action::Triage => session.triage(),
        Action::Go(view) => view.go(),
    });
    let page = Memo::new(move |_| match view.get() {
        View::History(_) => View::History(None),
        other => other,
    });
    Effect::new(move || {
        let name = match page.get() {
            View::Triage => "Triage",
            View::History(_) => "History",
            View::Accuracy => "Accuracy",
            View::Benchmark => "Benchmark",
            View::Privacy => "Privacy",
            View::About => "About",
        };
        document().set_title(&format!("{name} · SOC Copilot"));
    });
    let opened = Signal::derive(move || match view.get() {
        View::History(id) => id,
        _ => None,
    });
    view! {
        <a
            class="skip"
            href="#main"
            on:click=move |event| {
                // The address names pages here, not places.
                event.prevent_default();
                browser::focus("main");
            }
        >
            "Skip to the content"
        </a>
        <Header page is_help_open/>
        <main id="main" tabindex="-1">
            <Notices offline/>
            {move || is_framed.get().then(|| match page.get() {
                View::Triage => view! { <TriagePage/> }.into_any(),
                View::History(_) => view! { <HistoryPage open=opened/> }.into_any(),
                View::Accuracy => view! { <AccuracyPage/> }.into_any(),
                View::Benchmark => view! { <BenchmarkPage/> }.into_any(),
                View::Privacy => view! { <PrivacyPage/> }.into_any(),
                View::About => view! { <AboutPage/> }.into_any(),
            })}
        </main>
        <footer class="foot">
            <p>
                "Techniques: MITRE ATT&CK"
                <sup>"®"</sup>
                ", © 2025 The MITRE Corporation, reproduced and distributed with its permission."
            </p>
            <button type="button" class="button quiet compact" data-testid="open-help" on:click=move |_| is_help_open.set(true)>"Keys"</button>
        </footer>
        <div class="sr-only" role="status" aria-live="polite" data-testid="announcement">{move || session.announcement.get()}</div>
        <Help is_open=is_help_open keys_enabled/>
    }
}

#[component]
fn Header(page: Memo<View>, is_help_open: RwSignal<bool>) -> impl IntoView {
    let engine = expect_context::<Engine>();
    let proxy = expect_context::<Proxy>();
    let links = [
        (View::Triage, "Triage", "nav-triage"),
        (View::History(None), "History", "nav-history"),
        (View::Accuracy, "Accuracy", "nav-accuracy"),
        (View::Benchmark, "Benchmark", "nav-benchmark"),
        (View::Privacy, "Privacy", "nav-privacy"),
        (View::About, "About", "nav-about"),
    ]
    .map(|(view, name, test_id)| {
        let address = view.address();
        let current = move || (page.get() == view).then_some("page");
        view! { <li><a href=address data-testid=test_id aria-current=current>{name}</a></li> }
    });
    view! {
        <header class="head">
            <h1>
                <svg viewBox="0 0 20 20" width="20" height="20" aria-hidden="true">
                    <path fill="currentColor" fill-rule="evenodd" d="M10 1l7.500 2.600v5.900c0 4.500-3 7.900-7.500 9.500-4.500-1.600-7.500-5-7.500-9.500V3.600zM10 5a4.500 4.500 0 1 0 0 9 4.500 4.500 0 1 0 0-9zm0 2.200a2.300 2.300 0 1 1 0 4.600 2.300 2.300 0 1 1 0-4.600z"/>
                </svg>
                "SOC Copilot"
            </h1>
            <nav aria-label="Pages"><ul>{links.collect_view()}</ul></nav>
            <div class="status">
                <span class="pill" class:ok=move || matches!(engine.status.get(), EngineStatus::Ready(_)) data-testid="engine-status">
                    {move || engine.status.with(engine_words)}
                </span>
                <span class="pill" class:ok=move || proxy.is_configured() data-testid="model-status">
                    {move || proxy.status.with(proxy_words)}
                </span>
                <button type="button" class="button quiet round" aria-label="Keys and help" on:click=move |_| is_help_open.set(true)>"?"</button>
            </div>
        </header>
    }
}

#[component]
fn Notices(offline: Offline) -> impl IntoView {
    let engine = expect_context::<Engine>();
    let journal = expect_context::<Journal>();
    let is_told = RwSignal::new(false);
    view! {
        <div class="notices">
            {move || offline.has_update.get().then(|| view! {
                <div class="notice info" role="status" data-testid="update-bar" data-code="update_ready">
                    <p class="notice-title">"A new version is ready"</p>
                    <p class="notice-text">"It starts after a reload of the page. What you typed is kept."</p>
                    <div class="actions">
                        <button type="button" class="button" on:click=move |_| offline.update()>"Reload"</button>
                    </div>
                </div>
            })}
            {move || engine.crash.get().map(|error| view! {
                <Notice
                    code="worker_crashed"
                    tone=Tone::Warning
                    title="The local search was started anew"
                    text=format!("{} What was running there failed and can be repeated.", sentence(&error.message))
                >
                    <button type="button" class="button" on:click=move |_| engine.crash.set(None)>"Understood"</button>
                </Notice>
            })}
            {move || not_kept(engine.state.get()?.kept).filter(|_| !is_told.get()).map(|text| view! {
                <Notice code="assets_not_kept" tone=Tone::Info title="The model is not kept" text=text.to_owned()>
                    <button type="button" class="button quiet" on:click=move |_| is_told.set(true)>"Understood"</button>
                </Notice>
            })}
            {move || match journal.status.get() {
                JournalStatus::MemoryOnly(error) => Some(view! {
                    <Notice
                        code=journal::code(&error)
                        tone=Tone::Warning
                        title="The history is not kept"
                        text=format!("{} Until then, triages and judgements live as long as this tab.", sentence(&error.to_string()))
                    >
                        <Reload/>
                        <a class="button" href=View::Accuracy.address()>"Go to export"</a>
                    </Notice>
                }),
                JournalStatus::Opening | JournalStatus::Kept => None,
            }}
            {move || journal.fault.get().map(|fault| view! {
                <Notice
                    code=journal::code(&fault)
                    tone=Tone::Error
                    title="The browser's storage refused"
                    text=sentence(&fault.to_string())
                >
                    {match fault {
                        StoreError::Newer | StoreError::Closed | StoreError::Blocked => view! { <Reload/> }.into_any(),
                        StoreError::Quota | StoreError::Unavailable(_) | StoreError::Damaged(_) => view! {
                            <a class="button" href=View::Accuracy.address()>"Go to export"</a>
                        }
                        .into_any(),
                    }}
                    <button type="button" class="button quiet" on:click=move |_| journal.fault.set(None)>"Close"</button>
                </Notice>
            })}
        </div>
    }
}

#[component]
fn Reload() -> impl IntoView {
    let reload = |_| {
        let _ = window().location().reload();
    };
    view! { <button type="button" class="button" on:click=reload>"Reload"</button> }
}

/// What it means that this browser keeps no copy of model and index.
fn not_kept(kept: Kept) -> Option<&'static str> {
    match kept {
        Kept::Kept | Kept::Writing => None,
        Kept::NoRoom => Some(
            "The browser gives this site no more room, so the search works now, but the next visit downloads the model again and needs a network. Free some disk space, or clear the data of other sites, and reload.",
        ),
        Kept::NoStorage => Some(
            "The browser stores nothing for this site, as in a private window. The search works now; the next visit downloads the model again and needs a network.",
        ),
    }
}

fn engine_words(status: &EngineStatus) -> String {
    match status {
        EngineStatus::Starting => "Search: starting".to_owned(),
        EngineStatus::Downloading(download) => {
            let percent = download
                .received
                .saturating_mul(100)
                .checked_div(download.total);
            format!("Search: loading {}%", percent.unwrap_or_default())
        }
        EngineStatus::Opening => "Search: opening".to_owned(),
        EngineStatus::Ready(info) => format!("Ready, ATT&CK {}", info.attack_version),
        EngineStatus::Failed(_) => "Search: failed".to_owned(),
        EngineStatus::Cancelled => "Search: not loaded".to_owned(),
    }
}

fn proxy_words(status: &ProxyStatus) -> String {
    match status {
        ProxyStatus::Checking => "Model: checking".to_owned(),
        ProxyStatus::Up(config) if config.model_configured => "Model: configured".to_owned(),
        ProxyStatus::Up(_) => "No model configured".to_owned(),
        ProxyStatus::Down(_) => "Proxy: no answer".to_owned(),
    }
}
