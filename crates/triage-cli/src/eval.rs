//! `triage eval`: ranks labelled alerts and prints how often a label is found.

use std::io::Write;
use std::path::{Path, PathBuf};

use serde_json::{Map, Value, json};
use triage_core::attack::TechniqueId;
use triage_engine::Engine;

use crate::score::{Metrics, Row, Sampling, Score, score};
use crate::{Failure, assets};

/// How many techniques are ranked for each alert: what the metrics look at.
const TOP_K: usize = 10;

/// Scores each file and prints a table or one JSON document.
pub(crate) fn run(
    engine: &Engine,
    files: &[PathBuf],
    field: &str,
    sampling: Sampling,
    as_json: bool,
    mut output: impl Write,
) -> Result<(), Failure> {
    let mut sets = Map::new();
    let mut table = vec![TITLES.map(str::to_owned).to_vec()];
    for file in files {
        let name = file
            .file_stem()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let rows = rank_file(engine, file, field)?;
        let found = score(&rows, sampling)
            .ok_or_else(|| format!("{} has no labelled row", file.display()))?;
        table.extend(table_rows(&name, &found));
        sets.insert(
            name,
            serde_json::to_value(&found).map_err(|error| error.to_string())?,
        );
    }
    let text = if as_json {
        let manifest = engine.manifest();
        let document = json!({
            "attack_version": manifest.attack_version,
            "index_id": manifest.index_id,
            "field": field,
            "sets": sets,
        });
        format!("{document:#}\n")
    } else {
        align(&table)
    };
    output
        .write_all(text.as_bytes())
        .map_err(|error| format!("standard output: {error}"))
}

fn rank_file(engine: &Engine, file: &Path, field: &str) -> Result<Vec<Row>, Failure> {
    let bytes = assets::read(file)?;
    let mut rows = Vec::new();
    for (number, line) in (1..).zip(bytes.split(|byte| *byte == b'\n')) {
        if line.trim_ascii().is_empty() {
            continue;
        }
        let fault = |fault: String| format!("{} line {number}: {fault}", file.display());
        let line: Value = serde_json::from_slice(line).map_err(|error| fault(error.to_string()))?;
        let labels: Vec<TechniqueId> = line
            .get("techniques")
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
            .filter_map(Value::as_str)
            .map(|label| {
                label
                    .trim()
                    .parse()
                    .map_err(|error| fault(format!("{error}")))
            })
            .collect::<Result<_, _>>()?;
        if labels.is_empty() {
            continue;
        }
        let alert = line.get(field).and_then(Value::as_str);
        let alert = alert.ok_or_else(|| fault(format!("there is no text in {field:?}")))?;
        let found = engine
            .retrieve(alert, TOP_K)
            .map_err(|error| fault(error.to_string()))?;
        rows.push(Row {
            labels,
            ranked: found
                .techniques
                .iter()
                .map(|technique| technique.id)
                .collect(),
        });
    }
    Ok(rows)
}

const TITLES: [&str; 8] = [
    "set",
    "rows",
    "match",
    "hit@1",
    "hit@5",
    "hit@10",
    "recall@10",
    "mrr@10",
];

fn table_rows(name: &str, score: &Score) -> [Vec<String>; 2] {
    let row = |rule: &str, metrics: &Metrics| {
        let all = [
            metrics.hit_1,
            metrics.hit_5,
            metrics.hit_10,
            metrics.recall_10,
            metrics.mrr_10,
        ];
        let cells = all.map(|e| format!("{:.3} [{:.3}, {:.3}]", e.mean, e.lo, e.hi));
        let mut row = vec![name.to_owned(), score.rows.to_string(), rule.to_owned()];
        row.extend(cells);
        row
    };
    [row("exact", &score.exact), row("parent", &score.parent)]
}

/// A Markdown table with columns of equal width.
fn align(rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = (0..TITLES.len())
        .map(|at| {
            rows.iter()
                .filter_map(|row| row.get(at))
                .map(String::len)
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            text.extend(["| ", cell, &" ".repeat(width - cell.len()), " "]);
        }
        text += "|\n";
        if number == 0 {
            for width in &widths {
                text.extend(["|", &"-".repeat(width + 2)]);
            }
            text += "|\n";
        }
    }
    text
}
