//! The way of model and index into the browser: progress, cancel, retry.

use leptos::prelude::*;

use super::notice::{Failure, Notice, Tone};
use crate::engine::{Download, EngineStatus};

/// What keeps the search waiting; nothing once the engine is ready.
#[component]
pub(crate) fn Loading(
    #[prop(into)] status: Signal<EngineStatus>,
    #[prop(into)] on_cancel: Callback<()>,
    #[prop(into)] on_retry: Callback<()>,
) -> impl IntoView {
    let stage = Memo::new(move |_| match status.get() {
        EngineStatus::Starting => Stage::Starting,
        EngineStatus::Downloading(_) => Stage::Downloading,
        EngineStatus::Opening => Stage::Opening,
        EngineStatus::Ready(_) => Stage::Ready,
        EngineStatus::Failed(_) => Stage::Failed,
        EngineStatus::Cancelled => Stage::Cancelled,
    });
    move || {
        match stage.get() {
        Stage::Ready => ().into_any(),
        Stage::Starting | Stage::Opening => view! {
            <div class="loading" data-testid="load-progress">
                <p>{if stage.get() == Stage::Opening { "Checking and opening model and index" } else { "Starting the search worker" }}</p>
                <progress aria-label="Loading"></progress>
            </div>
        }
        .into_any(),
        Stage::Downloading => view! { <Progress status on_cancel/> }.into_any(),
        Stage::Cancelled => view! {
            <Notice
                code="load_cancelled"
                tone=Tone::Info
                title="Loading was stopped"
                text="Finding techniques needs the model and the index. What has arrived is kept. History, accuracy and feedback work without them."
            >
                <RetryLoad on_retry/>
            </Notice>
        }
        .into_any(),
        Stage::Failed => match status.get_untracked() {
            EngineStatus::Failed(error) => view! {
                <div data-testid="load-failed">
                    <Failure error retry_label="Load again" on_retry test_id="retry-load"/>
                </div>
            }
            .into_any(),
            _ => ().into_any(),
        },
    }
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Stage {
    Starting,
    Downloading,
    Opening,
    Ready,
    Failed,
    Cancelled,
}

#[component]
fn Progress(status: Signal<EngineStatus>, on_cancel: Callback<()>) -> impl IntoView {
    let download = move || match status.get() {
        EngineStatus::Downloading(download) => Some(download),
        _ => None,
    };
    view! {
        <div class="loading" data-testid="load-progress">
            <div class="loading-row">
                <p>{move || download().map(|download| summary(&download))}</p>
                <button type="button" class="button quiet" data-testid="cancel-load" on:click=move |_| on_cancel.run(())>
                    "Cancel"
                </button>
            </div>
            <progress
                aria-label="Loading model and index"
                max="1"
                prop:value=move || download().map_or(0.0, |download| share(&download))
            ></progress>
            <p class="muted small">{move || download().map(|download| details(&download))}</p>
        </div>
    }
}

#[component]
fn RetryLoad(on_retry: Callback<()>) -> impl IntoView {
    view! {
        <button type="button" class="button" data-testid="retry-load" on:click=move |_| on_retry.run(())>
            "Load again"
        </button>
    }
}

fn summary(download: &Download) -> String {
    let from = if download.cached {
        "Reading from this browser's cache"
    } else {
        "Downloading model and index"
    };
    format!(
        "{from}: {} of {}",
        size(download.received),
        size(download.total)
    )
}

fn details(download: &Download) -> String {
    if download.speed <= 0.0 {
        return download.file.clone();
    }
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a speed is positive and a float cast saturates"
    )]
    let speed = size(download.speed as u64);
    format!("{} at {speed}/s", download.file)
}

#[expect(clippy::cast_precision_loss, reason = "only a bar's length")]
fn share(download: &Download) -> f64 {
    if download.total == 0 {
        0.0
    } else {
        download.received as f64 / download.total as f64
    }
}

/// Bytes for people: `90.9 MB`.
#[expect(clippy::cast_precision_loss, reason = "shown with one digit")]
pub(crate) fn size(bytes: u64) -> String {
    match bytes {
        0..1000 => format!("{bytes} bytes"),
        1000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1e3),
        _ => format!("{:.1} MB", bytes as f64 / 1e6),
    }
}
