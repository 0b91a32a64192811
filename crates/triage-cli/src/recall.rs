//! `triage index recall`: how large the passage index is, and how much of exact search it finds.

use std::fmt::Write as _;
use std::io::Write;
use std::path::PathBuf;
use std::time::{Duration, Instant};

use triage_engine::{Engine, Library};

use crate::{Failure, labelled};

/// How many nearest passages are compared.
const NEAREST: usize = 10;

/// Searches by graph and by comparing with every passage, and prints a table.
pub(crate) fn run(
    engine: &Engine,
    library: &Library,
    files: &[PathBuf],
    mut output: impl Write,
) -> Result<(), Failure> {
    let index = library.index();
    let files_of = &engine.manifest().files;
    let mut text = format!(
        "{} passages: {} bytes of vectors and graph, {} bytes of text\n\
         | set | alerts | recall@{NEAREST} | graph, median | exact, median |\n|---|---|---|---|---|\n",
        index.len(),
        files_of.passages.bytes,
        files_of.evidence.bytes,
    );
    for set in labelled::read(files, "alert")? {
        let (mut found, mut wanted) = (0_u32, 0_u32);
        let (mut by_graph, mut by_comparing) = (Vec::new(), Vec::new());
        for alert in &set.alerts {
            let Some(meaning) = labelled::ask(engine, alert)?.meaning else {
                continue;
            };
            let started = Instant::now();
            let graph = index.search(&meaning, NEAREST);
            by_graph.push(started.elapsed());
            let started = Instant::now();
            let exact = index.nearest_of(&(0..index.len()), &meaning, NEAREST);
            by_comparing.push(started.elapsed());
            for hit in &exact {
                wanted += 1;
                found += u32::from(graph.iter().any(|other| other.passage == hit.passage));
            }
        }
        let row = writeln!(
            text,
            "| {} | {} | {:.4} | {:.2} ms | {:.2} ms |",
            set.name,
            by_graph.len(),
            f64::from(found) / f64::from(wanted.max(1)),
            median(&mut by_graph),
            median(&mut by_comparing),
        );
        row.map_err(|error| error.to_string())?;
    }
    output
        .write_all(text.as_bytes())
        .map_err(|error| format!("standard output: {error}"))
}

fn median(times: &mut [Duration]) -> f64 {
    times.sort_unstable();
    let middle = times.get(times.len() / 2).copied().unwrap_or_default();
    middle.as_secs_f64() * 1000.0
}
