//! `triage index learn`: makes an example bank of labelled alerts.

use std::path::{Path, PathBuf};

use triage_core::rank::ExampleBank;
use triage_engine::Engine;

use crate::{Failure, assets, labelled};

/// Learns from the sets and writes the bank. The same sets give the same bytes.
pub(crate) fn run(engine: &Engine, files: &[PathBuf], out: &Path) -> Result<(), Failure> {
    let vocabulary = engine.vocabulary().clone();
    let mut examples = Vec::new();
    for set in labelled::read(files, "alert")? {
        for alert in &set.alerts {
            examples.push(labelled::example(engine, &vocabulary, alert)?);
        }
    }
    let bank = ExampleBank::learn(&examples);
    let bytes = bank.to_bytes();
    assets::write(out, &bytes)?;
    assets::say(&format!(
        "{}: {} labelled alerts of {} techniques, {} bytes",
        out.display(),
        bank.examples(),
        bank.techniques(),
        bytes.len()
    ))
}
