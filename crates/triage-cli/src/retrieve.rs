//! `triage retrieve`: one line of JSON in, one line of JSON out, in order.

use std::io::{self, BufRead, Write};

use serde::{Deserialize, Serialize};
use serde_json::Value;
use triage_core::attack::TechniqueId;
use triage_engine::Engine;

use crate::Failure;

/// One alert; other fields are for others.
#[derive(Deserialize)]
struct Line {
    /// Given back as it is.
    id: Value,
    alert: String,
}

#[derive(Serialize)]
struct Answer {
    id: Value,
    ranked: Vec<TechniqueId>,
    /// Each technique's share; absent unless asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    shares: Option<Vec<f32>>,
}

/// Answers each line; a bad one is named on standard error and does not stop the rest.
pub(crate) fn run(
    engine: &Engine,
    top_k: usize,
    with_shares: bool,
    mut input: impl BufRead,
    mut output: impl Write,
) -> Result<(), Failure> {
    let mut bad = 0_usize;
    let mut line = Vec::new();
    for number in 1_usize.. {
        line.clear();
        let read = input.read_until(b'\n', &mut line);
        if read.map_err(|error| format!("standard input: {error}"))? == 0 {
            break;
        }
        if line.trim_ascii().is_empty() {
            continue;
        }
        match answer(engine, top_k, with_shares, &line) {
            Ok(answer) => {
                writeln!(output, "{answer}")
                    .map_err(|error| format!("standard output: {error}"))?;
            }
            Err(fault) => {
                bad += 1;
                // The exit code says it too, should stderr be closed.
                let _ = writeln!(io::stderr(), "line {number}: {fault}");
            }
        }
    }
    output
        .flush()
        .map_err(|error| format!("standard output: {error}"))?;
    if bad == 0 {
        Ok(())
    } else {
        Err(format!("{bad} lines were not answered"))
    }
}

fn answer(
    engine: &Engine,
    top_k: usize,
    with_shares: bool,
    line: &[u8],
) -> Result<String, Failure> {
    let Line { id, alert } = serde_json::from_slice(line)
        .map_err(|error| format!("not a JSON object with id and alert ({error})"))?;
    let retrieval = engine
        .retrieve(&alert, top_k)
        .map_err(|error| error.to_string())?;
    let techniques = retrieval.techniques.iter();
    let shares = with_shares.then(|| techniques.clone().map(|one| one.score).collect());
    let ranked = techniques.map(|one| one.id).collect();
    serde_json::to_string(&Answer { id, ranked, shares }).map_err(|error| error.to_string())
}
