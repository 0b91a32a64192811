//! What redaction, the checks of an answer and the readers promise, tried in numbers.
//!
//! Each part prints a line of counts, and adds it to the file that `TRUST_RESULTS` names;
//! `scripts/bench --only trust` makes docs/trust.md of them. How many texts the readers meet is set
//! by `TRUST_FUZZ`.

#![expect(clippy::print_stdout, reason = "what was measured is the point")]

mod dice;
mod injection;
mod planted;
mod redaction;
mod robustness;
mod scene;

use std::io::Write as _;

use serde_json::Value;

/// Prints what a part measured, and keeps it where the caller wants it kept.
fn report(part: &str, counts: &Value) {
    println!("{part}: {counts}");
    let Some(path) = std::env::var_os("TRUST_RESULTS") else {
        return;
    };
    let file = std::fs::OpenOptions::new()
        .create(true)
        .append(true)
        .open(path);
    let line = serde_json::json!({"part": part, "counts": counts});
    writeln!(file.expect("TRUST_RESULTS can be written"), "{line}").expect("it is written");
}
