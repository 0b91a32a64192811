//! Assets folders on disk: building, verifying, opening.

use std::convert::Infallible;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::ValueEnum;
use triage_core::manifest::{FILE_NAME, File, Manifest};
use triage_core::rank::Ranker;
use triage_engine::{
    AssetBytes, Embedder, Engine, EvidenceBytes, Library, Sources, Weights, build_assets,
};

use crate::Failure;

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

/// What labelled alerts taught, learned by `triage index learn`; see NOTICE for whose they were.
const EXAMPLES: &[u8] = include_bytes!("../data/examples.bin");

/// Where an index takes its examples from.
#[derive(Clone, Debug)]
pub(crate) enum ExampleSource {
    /// The bank that comes with this program.
    Own,
    /// Nowhere: ATT&CK's texts alone.
    None,
    /// A file.
    File(PathBuf),
}

impl FromStr for ExampleSource {
    type Err = Infallible;

    fn from_str(text: &str) -> Result<Self, Infallible> {
        Ok(match text {
            "own" => Self::Own,
            "none" => Self::None,
            file => Self::File(file.into()),
        })
    }
}

/// What to build an assets folder from.
pub(crate) struct Plan<'a> {
    pub(crate) attack: &'a Path,
    pub(crate) model: &'a Path,
    pub(crate) out: &'a Path,
    pub(crate) attack_version: Option<&'a str>,
    pub(crate) examples: &'a ExampleSource,
}

/// Builds an assets folder. The manifest is written last: a folder without it is unfinished.
pub(crate) fn build(plan: &Plan<'_>) -> Result<(), Failure> {
    let Plan {
        attack, model, out, ..
    } = plan;
    let bundle = read(attack)?;
    let tokenizer = read(&model.join("tokenizer.json"))?;
    let weights = read(&model.join("model.safetensors"))?;
    let examples = match plan.examples {
        ExampleSource::Own => Some(EXAMPLES.to_vec()),
        ExampleSource::None => None,
        ExampleSource::File(file) => Some(read(file)?),
    };
    let named = attack
        .file_name()
        .and_then(|name| name.to_str())
        .and_then(version_in);
    let mut stderr = io::stderr();
    let progress = |done: usize, total: usize| {
        // Progress is for people; without a stderr the build goes on.
        let _ = writeln!(stderr, "embedded {done} of {total} passages");
    };
    let sources = Sources {
        bundle: &bundle,
        version_hint: plan.attack_version.or(named),
        tokenizer: &tokenizer,
        weights: weights.clone(),
        examples: examples.as_deref(),
    };
    let built = build_assets(sources, progress).map_err(|error| error.to_string())?;

    fs::create_dir_all(out)
        .map_err(|error| format!("{} cannot be created: {error}", out.display()))?;
    let files = &built.manifest.files;
    write(&out.join(&files.weights.name), &built.weights)?;
    write(&out.join(&files.exact_weights.name), &weights)?;
    write(&out.join(&files.tokenizer.name), &tokenizer)?;
    write(&out.join(&files.ranker.name), &built.ranker)?;
    write(&out.join(&files.plain_ranker.name), &built.plain_ranker)?;
    write(&out.join(&files.passages.name), &built.passages)?;
    write(&out.join(&files.evidence.name), &built.evidence)?;
    write(&out.join(&files.catalog.name), &built.catalog)?;
    write(&out.join(FILE_NAME), built.manifest.to_json().as_bytes())?;
    say(&format!("{}: {}", out.display(), describe(&built.manifest)))
}

fn describe(manifest: &Manifest) -> String {
    let taught = manifest.examples.as_ref().map_or_else(
        || "no examples".to_owned(),
        |examples| {
            format!(
                "examples of {} techniques from {} labelled alerts",
                examples.techniques, examples.alerts
            )
        },
    );
    format!(
        "{} techniques of ATT&CK {}, {taught}, index {}",
        manifest.techniques, manifest.attack_version, manifest.index_id
    )
}

/// The version in a file name such as `enterprise-attack-18.1.json`.
fn version_in(name: &str) -> Option<&str> {
    name.split(['-', '_'])
        .map(|part| part.trim_end_matches(".json"))
        .find(|part| part.contains('.') && part.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

fn manifest(dir: &Path) -> Result<Manifest, Failure> {
    Manifest::from_json(&read(&dir.join(FILE_NAME))?)
        .map_err(|error| format!("{}: {error}", dir.display()))
}

/// Which form of the model embeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Form {
    /// The weights as published.
    Exact,
    /// The packed weights: bit for bit what browsers embed with.
    Packed,
}

/// Packs a model by itself, as `index build` does on the way.
pub(crate) fn pack(model: &Path, out: &Path) -> Result<(), Failure> {
    let tokenizer = read(&model.join("tokenizer.json"))?;
    let weights = Weights::Exact(read(&model.join("model.safetensors"))?);
    let packed = Embedder::open(&tokenizer, weights)
        .and_then(|embedder| embedder.pack())
        .map_err(|error| error.to_string())?;
    write(out, &packed)?;
    say(&format!("{}: {} bytes", out.display(), packed.len()))
}

/// Opens an assets folder for ranking; every hash and range is checked on the way.
pub(crate) fn open(dir: &Path, form: Form) -> Result<Engine, Failure> {
    let manifest = manifest(dir)?;
    let file = |file: &File| read(&dir.join(&file.name));
    let assets = AssetBytes {
        catalog: file(&manifest.files.catalog)?,
        tokenizer: file(&manifest.files.tokenizer)?,
        ranker: file(&manifest.files.ranker)?,
        weights: match form {
            Form::Exact => Weights::Exact(file(&manifest.files.exact_weights)?),
            Form::Packed => Weights::Packed(file(&manifest.files.weights)?),
        },
        weights_sha256: None,
    };
    Engine::open(manifest, assets).map_err(|error| format!("{}: {error}", dir.display()))
}

/// Opens the evidence that belongs to an engine.
pub(crate) fn open_library(dir: &Path, manifest: &Manifest) -> Result<Library, Failure> {
    let bytes = EvidenceBytes {
        evidence: read(&dir.join(&manifest.files.evidence.name))?,
        passages: read(&dir.join(&manifest.files.passages.name))?,
    };
    Library::open(manifest, &bytes).map_err(|error| format!("{}: {error}", dir.display()))
}

/// Opens the ranker from ATT&CK's texts alone.
pub(crate) fn open_plain_ranker(dir: &Path) -> Result<Ranker, Failure> {
    let manifest = manifest(dir)?;
    let file = &manifest.files.plain_ranker;
    let bytes = read(&dir.join(&file.name))?;
    let fault = |fault: &dyn std::fmt::Display| format!("{}: {fault}", dir.display());
    file.verify(&bytes).map_err(|error| fault(&error))?;
    Ranker::from_bytes(&bytes, manifest.techniques).map_err(|error| fault(&error))
}

/// Says whether an assets folder is whole.
pub(crate) fn verify(dir: &Path) -> Result<(), Failure> {
    open(dir, Form::Packed)?;
    let engine = open(dir, Form::Exact)?;
    open_library(dir, engine.manifest())?;
    open_plain_ranker(dir)?;
    say(&format!(
        "{} is whole: {}",
        dir.display(),
        describe(engine.manifest())
    ))
}

pub(crate) fn say(line: &str) -> Result<(), Failure> {
    writeln!(io::stdout(), "{line}").map_err(|error| format!("standard output: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_in_file_names() {
        assert_eq!(version_in("enterprise-attack-18.1.json"), Some("18.1"));
        assert_eq!(
            version_in("enterprise-attack-18.1-short.json"),
            Some("18.1")
        );
        assert_eq!(version_in("enterprise-attack.json"), None);
    }
}
