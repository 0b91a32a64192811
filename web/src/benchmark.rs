//! The benchmark under way: which labelled set, how far it is, and what came out last.

use std::sync::Arc;

use leptos::prelude::*;
use leptos::task::spawn_local;
use serde_json::Value;
use triage_core::protocol::{Call, ErrorCode, Outcome, Progress, TriageError};
use triage_core::score::Report;
use web_sys::File;

use crate::browser;
use crate::engine::{Engine, wrong_answer};
use crate::proxy_client;

/// The set that comes with the page.
const BUNDLED: &str = "/benchmark.jsonl";

/// The largest file that is read.
const MAX_BYTES: f64 = 64.0 * 1024.0 * 1024.0;

/// How far it is.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Measuring {
    /// Nothing runs.
    Idle,
    /// The set is being fetched or read, or waits for the worker.
    Reading,
    /// The worker ranks.
    Running {
        /// Alerts done.
        done: usize,
        /// Alerts in all.
        total: usize,
    },
    /// It failed; what came out before stays.
    Failed {
        /// The set.
        set: String,
        /// Why.
        error: TriageError,
    },
}

/// What came out, and of which set.
#[derive(Debug)]
pub(crate) struct Measured {
    /// The set's name.
    pub(crate) set: String,
    /// The result.
    pub(crate) report: Report,
    text: Arc<str>,
}

impl Measured {
    /// The alert of this name in the set: by its `id`, or by its line where it has none.
    pub(crate) fn alert(&self, id: &str) -> Option<String> {
        let line_number: Option<usize> = id.parse().ok();
        let lines = (1..).zip(self.text.lines());
        lines
            .filter(|(number, line)| Some(*number) == line_number || line.contains(id))
            .filter_map(|(number, line)| Some((number, serde_json::from_str::<Value>(line).ok()?)))
            .find(
                |(number, line)| match line.get("id").and_then(Value::as_str) {
                    Some(own) => own == id,
                    None => Some(*number) == line_number,
                },
            )
            .and_then(|(_, line)| line.get("alert")?.as_str().map(str::to_owned))
    }
}

/// The state of the benchmark page; it outlives a visit to another page.
#[derive(Clone, Copy)]
pub(crate) struct Benchmark {
    /// How far it is.
    pub(crate) measuring: RwSignal<Measuring>,
    /// What came out last.
    pub(crate) measured: RwSignal<Option<Arc<Measured>>>,
    engine: Engine,
    /// Rises with every run and every cancel: what an earlier one brings is not looked at.
    run: StoredValue<u32>,
    call: StoredValue<Option<u32>>,
}

impl Benchmark {
    /// Nothing was measured yet.
    pub(crate) fn new(engine: Engine) -> Self {
        Self {
            measuring: RwSignal::new(Measuring::Idle),
            measured: RwSignal::new(None),
            engine,
            run: StoredValue::new(0),
            call: StoredValue::new(None),
        }
    }

    /// Whether something runs.
    pub(crate) fn is_running(self) -> bool {
        self.measuring
            .with(|state| matches!(state, Measuring::Reading | Measuring::Running { .. }))
    }

    /// Measures on the set that comes with the page.
    pub(crate) fn measure_bundled(self) {
        let run = self.begin();
        spawn_local(async move {
            let text = proxy_client::file(BUNDLED).await;
            self.measure(run, "the bundled set".to_owned(), text).await;
        });
    }

    /// Measures on a file of the analyst's.
    pub(crate) fn measure_file(self, file: File) {
        let run = self.begin();
        spawn_local(async move {
            let text = read(&file).await;
            self.measure(run, file.name(), text).await;
        });
    }

    /// Stops; nothing of the unfinished run is kept.
    pub(crate) fn cancel(self) {
        self.begin();
        self.measuring.set(Measuring::Idle);
    }

    /// Gives up what runs and begins anew.
    fn begin(self) -> u32 {
        if let Some(id) = self.call.get_value() {
            self.engine.cancel(id);
            self.call.set_value(None);
        }
        self.run.update_value(|run| *run += 1);
        self.measuring.set(Measuring::Reading);
        self.run.get_value()
    }

    async fn measure(self, run: u32, set: String, text: Result<String, TriageError>) {
        let result = match text {
            Ok(_) if !self.is_current(run) => return,
            Ok(text) => {
                let text: Arc<str> = text.into();
                let report = self.evaluate(run, text.to_string()).await;
                report.map(|report| (report, text))
            }
            Err(error) => Err(error),
        };
        if !self.is_current(run) {
            return;
        }
        self.call.set_value(None);
        match result {
            Ok((report, text)) => {
                self.measured
                    .set(Some(Arc::new(Measured { set, report, text })));
                self.measuring.set(Measuring::Idle);
            }
            Err(error) => self.measuring.set(Measuring::Failed { set, error }),
        }
    }

    async fn evaluate(self, run: u32, alerts: String) -> Result<Report, TriageError> {
        let on_progress = move |progress| {
            if let Progress::Ranked { done, total } = progress
                && self.is_current(run)
            {
                self.measuring.set(Measuring::Running { done, total });
            }
        };
        let running = self
            .engine
            .call_with_progress(Call::Evaluate { alerts }, on_progress)?;
        self.call.set_value(Some(running.id()));
        match running.await? {
            Outcome::Evaluated { report } => Ok(*report),
            _ => Err(wrong_answer()),
        }
    }

    fn is_current(self, run: u32) -> bool {
        self.run.try_get_value() == Some(run)
    }
}

async fn read(file: &File) -> Result<String, TriageError> {
    let rejected = |text: &str| TriageError::new(ErrorCode::InvalidArgument, text);
    if file.size() > MAX_BYTES {
        return Err(rejected(
            "the file is larger than 64 MiB; measure on a part of it",
        ));
    }
    let bytes = browser::read_file(file)
        .await
        .map_err(|_| rejected("the file could not be read; choose it again"))?;
    String::from_utf8(bytes).map_err(|_| {
        rejected(
            "the file is not UTF-8 text; wanted JSON lines of {\"id\", \"alert\", \"techniques\"}",
        )
    })
}

#[cfg(test)]
mod tests {
    use triage_core::score::ReportRow;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn alerts_are_found_by_name_or_line() {
        let row = ReportRow {
            id: "a".to_owned(),
            techniques: vec!["T1003".parse().unwrap()],
            ranked: Vec::new(),
            ms: 1.0,
            ranking_ms: 0.5,
        };
        let report = Report::new(String::new(), String::new(), String::new(), vec![row]);
        let measured = Measured {
            set: String::new(),
            report: report.unwrap(),
            text: "{\"id\":\"a\",\"alert\":\"one, not b\"}\n\n{\"alert\":\"three\"}\n{\"id\":\"b\",\"alert\":\"four\"}".into(),
        };
        let check = |id: &str, expected: Option<&str>| {
            assert_eq!(measured.alert(id).as_deref(), expected, "{id}");
        };
        check("a", Some("one, not b"));
        check("b", Some("four"));
        check("3", Some("three"));
        check("4", None);
    }
}
