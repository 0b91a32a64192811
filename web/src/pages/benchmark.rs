//! How often a right technique is among the first found, measured in this browser.

use std::sync::Arc;

use leptos::prelude::*;
use triage_core::protocol::{ErrorCode, TriageError};
use triage_core::score::Report;

use crate::app::View;
use crate::benchmark::{Benchmark, Measured, Measuring};
use crate::browser::{self, local_time};
use crate::components::benchmark_report::{Misses, Rates, Times};
use crate::components::file_input::{DropArea, Dropped, FileButton};
use crate::components::loading::Loading;
use crate::components::notice::{Notice, Tone, code_name, sentence};
use crate::engine::{Engine, EngineStatus};
use crate::session::Session;

/// What a set looks like.
const FORM: &str =
    "{\"id\": \"a-1\", \"alert\": \"the alert as text\", \"techniques\": [\"T1059.001\"]}";

/// The set, the button, and what came out.
#[component]
pub(crate) fn BenchmarkPage() -> impl IntoView {
    let benchmark = expect_context::<Benchmark>();
    view! {
        <div class="zones one">
            <section class="zone" aria-labelledby="benchmark-title">
                <h2 id="benchmark-title">"Benchmark"</h2>
                <p class="prose">
                    "How often is a right technique among the first found? Labelled alerts are ranked here, in this browser, by the search that is loaded. Nothing is sent."
                </p>
                <Measure/>
            </section>
            {move || benchmark.measured.get().map(|measured| view! { <Measurement measured/> })}
        </div>
    }
}

#[component]
fn Measure() -> impl IntoView {
    let benchmark = expect_context::<Benchmark>();
    let engine = expect_context::<Engine>();
    let is_blocked = Signal::derive(move || {
        let is_ready = engine
            .status
            .with(|status| matches!(status, EngineStatus::Ready(_)));
        benchmark.is_running() || !is_ready
    });
    let is_running = Memo::new(move |_| benchmark.is_running());
    let on_drop = move |dropped| {
        if let (Dropped::File(file), false) = (dropped, is_blocked.get_untracked()) {
            benchmark.measure_file(file);
        }
    };
    view! {
        <Loading status=engine.status on_cancel=move |()| engine.cancel_load() on_retry=move |()| engine.retry()/>
        <div class="columns">
            <div>
                <h3>"The set that comes with this page"</h3>
                <p class="small">
                    "Alerts made for this project, in the form of several vendors' products, each labelled with the techniques it shows. The set is small, so intervals are wide. It was not used to tune the ranking."
                </p>
                <div class="toolbar">
                    {move || if is_running.get() {
                        view! {
                            <button type="button" class="button" data-testid="cancel-benchmark" on:click=move |_| benchmark.cancel()>"Cancel"</button>
                        }
                        .into_any()
                    } else {
                        view! {
                            <button
                                type="button"
                                class="button primary"
                                data-testid="run-benchmark"
                                disabled=move || is_blocked.get()
                                on:click=move |_| benchmark.measure_bundled()
                            >
                                "Run the benchmark"
                            </button>
                        }
                        .into_any()
                    }}
                </div>
            </div>
            <DropArea class="drop" on_drop>
                <h3>"A set of your own"</h3>
                <p class="small">"Drop a file here or choose one: JSON lines, one alert a line. It stays in this browser."</p>
                <pre class="code" tabindex="0" role="group" aria-label="The form of a line">{FORM}</pre>
                <div class="toolbar">
                    <FileButton
                        label="Measure on a file"
                        test_id="benchmark-file"
                        accept=".jsonl,.ndjson,.json,.txt,application/json"
                        is_disabled=is_blocked
                        on_file=move |file| benchmark.measure_file(file)
                    />
                </div>
            </DropArea>
        </div>
        {move || is_running.get().then(|| view! { <Running/> })}
        {move || match benchmark.measuring.get() {
            Measuring::Failed { set, error } => Some(view! { <Failed set error/> }),
            Measuring::Idle | Measuring::Reading | Measuring::Running { .. } => None,
        }}
    }
}

#[component]
fn Running() -> impl IntoView {
    let benchmark = expect_context::<Benchmark>();
    let progress = move || match benchmark.measuring.get() {
        Measuring::Running { done, total } => Some((done, total)),
        _ => None,
    };
    let words = move || match progress() {
        Some((done, total)) => format!("{done} of {total} alerts ranked"),
        None => "Reading the set\u{2026}".to_owned(),
    };
    view! {
        <div class="loading" data-testid="benchmark-progress">
            <p>{words}</p>
            <progress
                aria-label="Alerts ranked"
                max=move || progress().map_or(1, |(_, total)| total)
                prop:value=move || progress().map_or(0, |(done, _)| done)
            ></progress>
            <p class="muted small">"Searches on the triage page wait until this is done."</p>
        </div>
    }
}

#[component]
fn Failed(set: String, error: TriageError) -> impl IntoView {
    let benchmark = expect_context::<Benchmark>();
    let title = match error.code {
        ErrorCode::InvalidArgument => "This set cannot be used",
        _ => "The benchmark failed",
    };
    let kept = if benchmark.measured.with_untracked(Option::is_some) {
        " The earlier result is still shown."
    } else {
        ""
    };
    let text = format!("{set}: {}{kept}", sentence(&error.message));
    view! { <Notice code=code_name(error.code) tone=Tone::Error title text/> }
}

#[component]
fn Measurement(measured: Arc<Measured>) -> impl IntoView {
    let session = expect_context::<Session>();
    let attack = expect_context::<Engine>().attack;
    let fault = RwSignal::new(false);
    let report: &Report = &measured.report;
    let rows: Arc<[_]> = report.rows.clone().into();
    let alerts = rows.len();
    let facts = format!(
        "{alerts} alerts of {}, ATT&CK {}, {}",
        measured.set,
        report.attack_version,
        local_time(&report.created_at)
    );
    let (score, latency, index_id) = (
        report.score.clone(),
        report.latency,
        report.index_id.clone(),
    );
    let saved = Arc::clone(&measured);
    let export = move |_| fault.set(save(&saved.report).is_err());
    let on_open = move |id: String| {
        if let Some(alert) = measured.alert(&id) {
            session.replace_text(alert, None);
            View::Triage.go();
        }
    };
    view! {
        <section class="zone" aria-labelledby="result-title" data-testid="benchmark-result">
            <div class="ranking-head">
                <h2 id="result-title">"Result"</h2>
                <button type="button" class="button compact" data-testid="export-benchmark" on:click=export>"Export as JSON"</button>
            </div>
            {move || fault.get().then(|| view! {
                <Notice code="storage" tone=Tone::Error title="Not saved" text="The browser did not save the file."/>
            })}
            <p class="muted" role="status" data-testid="benchmark-set">{facts}</p>
            <Rates score/>
            <div class="columns">
                <div>
                    <h3>"Time"</h3>
                    <Times latency alerts/>
                </div>
                <div>
                    <h3>"Index"</h3>
                    <code class="hash">{index_id}</code>
                </div>
            </div>
            <h3>"Misses"</h3>
            <Misses rows attack on_open/>
        </section>
    }
}

/// Offers the report as a file, as it is.
fn save(report: &Report) -> Result<(), ()> {
    let json = serde_json::to_string_pretty(report).map_err(drop)?;
    let day = report.created_at.get(..10).unwrap_or_default();
    browser::save_file(
        &format!("soc-copilot-benchmark-{day}.json"),
        "application/json",
        &json,
    )
    .map_err(drop)
}
