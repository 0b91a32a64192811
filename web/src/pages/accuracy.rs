//! How often the verdicts were right, and the way of records out of and into the browser.

use leptos::prelude::*;
use leptos::task::spawn_local;
use triage_core::export::MAX_IMPORT_BYTES;
use triage_core::feedback::accuracy;
use triage_core::protocol::{ErrorCode, TriageError};
use web_sys::File;

use crate::browser;
use crate::components::file_input::FileButton;
use crate::components::matrix::{Calibration, Matrix, in_words};
use crate::components::notice::{Notice, Tone, code_name, sentence};
use crate::engine::Engine;
use crate::journal::Journal;

/// Counts, picture, export and import.
#[component]
pub(crate) fn AccuracyPage() -> impl IntoView {
    let journal = expect_context::<Journal>();
    let counted = Memo::new(move |_| journal.feedback.with(|records| accuracy(records)));
    let numbers = move || {
        let counted = counted.get();
        let value = counted
            .accuracy
            .map_or("–".to_owned(), |value| format!("{:.0}%", value * 100.0));
        let has_some = counted.total > 0;
        view! {
            <div class="headline">
                <p class="big" data-testid="accuracy-value">{value}</p>
                <p class="prose">{in_words(&counted)}</p>
            </div>
            {has_some.then(|| view! {
                <div class="columns">
                    <div>
                        <h3>"Model's verdicts and yours"</h3>
                        <Matrix cells=counted.matrix.clone()/>
                    </div>
                    <div>
                        <h3>"Confidence and truth"</h3>
                        <Calibration bins=counted.bins.clone()/>
                    </div>
                </div>
            })}
        }
    };
    view! {
        <div class="zones one">
            <section class="zone" aria-labelledby="accuracy-title">
                <h2 id="accuracy-title">"Accuracy"</h2>
                <p class="muted">"By your judgements; of several for one triage the newest counts. Triages without a verdict are not counted."</p>
                {numbers}
            </section>
            <section class="zone" aria-labelledby="records-title">
                <h2 id="records-title">"Records"</h2>
                <Records/>
            </section>
        </div>
    }
}

/// What happened to the last export or import.
#[derive(Clone)]
enum Moved {
    Running,
    Done(String),
    Failed(String, String),
}

#[component]
fn Records() -> impl IntoView {
    let journal = expect_context::<Journal>();
    let engine = expect_context::<Engine>();
    let moved = RwSignal::new(None::<Moved>);
    let tell = move |result: Result<String, TriageError>| {
        moved.try_set(Some(match result {
            Ok(text) => Moved::Done(text),
            Err(error) => Moved::Failed(code_name(error.code), error.message),
        }));
    };
    let export = move |_| {
        moved.set(Some(Moved::Running));
        spawn_local(async move {
            let records = journal.records();
            let text = format!(
                "{} triages and {} judgements written, with {} receipts and {} questions",
                records.triages.len(),
                records.feedback.len(),
                records.receipts.len(),
                records.turns.len()
            );
            let json = engine.export(records).await;
            tell(json.and_then(|json| {
                let name = format!(
                    "soc-copilot-{}.json",
                    browser::now().get(..10).unwrap_or_default()
                );
                browser::save_file(&name, "application/json", &json).map_err(|_| {
                    TriageError::new(ErrorCode::Storage, "the browser did not save the file")
                })?;
                Ok(text)
            }));
        });
    };
    let import = move |file: File| {
        moved.set(Some(Moved::Running));
        spawn_local(async move { tell(read(file, engine, journal).await) });
    };
    let counts = move || {
        format!(
            "{} triages and {} judgements are kept in this browser.",
            journal.triages.with(|triages| triages.len()),
            journal.feedback.with(|feedback| feedback.len())
        )
    };
    view! {
        <p>{counts}" The export is one JSON file with all of them, alerts included; importing it elsewhere adds what is missing there."</p>
        <div class="toolbar">
            <button type="button" class="button" data-testid="export" on:click=export>"Export"</button>
            <FileButton label="Import a file" test_id="import" accept="application/json,.json" on_file=import/>
        </div>
        {move || moved.get().map(|moved| match moved {
            Moved::Running => view! { <p role="status" class="muted">"Working…"</p> }.into_any(),
            Moved::Done(text) => view! { <p role="status" data-testid="records-done">{sentence(&text)}</p> }.into_any(),
            Moved::Failed(code, text) => view! {
                <Notice code tone=Tone::Error title="Nothing was changed" text=sentence(&text)/>
            }.into_any(),
        })}
    }
}

async fn read(file: File, engine: Engine, journal: Journal) -> Result<String, TriageError> {
    let rejected = |text: &str| TriageError::new(ErrorCode::ImportRejected, text);
    #[expect(clippy::cast_precision_loss, reason = "64 MiB")]
    if file.size() > MAX_IMPORT_BYTES as f64 {
        return Err(rejected(
            "the file is larger than 64 MiB, more than an export can be; nothing was imported",
        ));
    }
    let bytes = browser::read_file(&file)
        .await
        .map_err(|_| rejected("the file could not be read; choose it again"))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| rejected("the file is not text, so it is no export; nothing was imported"))?;
    let records = engine.import(text).await?;
    let count = journal
        .import(records)
        .await
        .map_err(|text| TriageError::new(ErrorCode::Storage, text))?;
    Ok(format!(
        "{} triages and {} judgements were added; those already here were left as they are",
        count.triages, count.feedback
    ))
}
