//! Labelled sets from files, read by the engine once so that they can be ranked in many ways.

use std::path::{Path, PathBuf};

use triage_core::attack::Vocabulary;
use triage_core::rank::{Example, Origin, Query};
use triage_core::score::{LabelledAlert, read_labelled};
use triage_engine::{Embedding, Engine};

use crate::{Failure, assets};

/// A set under the name of its file.
pub(crate) struct Set {
    pub(crate) name: String,
    pub(crate) alerts: Vec<LabelledAlert>,
}

/// Reads sets; `field` names the member that holds the alert.
pub(crate) fn read(files: &[PathBuf], field: &str) -> Result<Vec<Set>, Failure> {
    files
        .iter()
        .map(|file| {
            let bytes = assets::read(file)?;
            let fault = |fault: String| format!("{}: {fault}", file.display());
            let text = String::from_utf8(bytes).map_err(|error| fault(error.to_string()))?;
            let alerts = read_labelled(&text, field).map_err(|error| fault(error.to_string()))?;
            Ok(Set {
                name: stem(file),
                alerts,
            })
        })
        .collect()
}

fn stem(file: &Path) -> String {
    file.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned()
}

/// An alert as a query with its embedding.
pub(crate) struct Asked {
    pub(crate) query: Query,
    pub(crate) meaning: Option<Embedding>,
}

pub(crate) fn ask(engine: &Engine, alert: &LabelledAlert) -> Result<Asked, Failure> {
    let (query, meaning) = engine
        .query(&alert.alert)
        .map_err(|error| format!("{}: {error}", alert.id))?;
    Ok(Asked { query, meaning })
}

/// What a labelled alert teaches: its words, and its meaning with its title and without. Labels
/// are followed to the loaded version; those that lead nowhere are left out.
pub(crate) fn example(
    engine: &Engine,
    vocabulary: &Vocabulary,
    alert: &LabelledAlert,
) -> Result<Example, Failure> {
    let Asked { query, meaning } = ask(engine, alert)?;
    let mut meanings: Vec<Vec<f32>> = meaning.map(Vec::from).into_iter().collect();
    let without = query.without(Origin::Title);
    let text = without.meaning();
    if without.parts.len() < query.parts.len() && !text.is_empty() {
        let meaning = engine
            .embed(&text)
            .map_err(|error| format!("{}: {error}", alert.id))?;
        meanings.push(meaning.into());
    }
    Ok(Example {
        techniques: alert
            .techniques
            .iter()
            .filter_map(|id| vocabulary.resolve(*id))
            .collect(),
        terms: query.telling_terms(),
        meanings,
    })
}
