//! Assets folders on disk: building, verifying, opening.

use std::fs;
use std::io::{self, Write};
use std::path::Path;

use triage_core::manifest::{FILE_NAME, File, Manifest};
use triage_engine::{AssetBytes, Engine, build_assets};

use crate::Failure;

pub(crate) fn read(path: &Path) -> Result<Vec<u8>, Failure> {
    fs::read(path).map_err(|error| format!("{} cannot be read: {error}", path.display()))
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), Failure> {
    fs::write(path, bytes).map_err(|error| format!("{} cannot be written: {error}", path.display()))
}

/// Builds an assets folder. The manifest is written last: a folder without it is unfinished.
pub(crate) fn build(
    attack: &Path,
    model: &Path,
    out: &Path,
    attack_version: Option<&str>,
) -> Result<(), Failure> {
    let bundle = read(attack)?;
    let tokenizer = read(&model.join("tokenizer.json"))?;
    let weights = read(&model.join("model.safetensors"))?;
    let named = attack
        .file_name()
        .and_then(|name| name.to_str())
        .and_then(version_in);
    let mut stderr = io::stderr();
    let progress = |done: usize, total: usize| {
        // Progress is for people; without a stderr the build goes on.
        let _ = writeln!(stderr, "embedded {done} of {total} techniques");
    };
    let built = build_assets(
        &bundle,
        attack_version.or(named),
        &tokenizer,
        weights.clone(),
        progress,
    )
    .map_err(|error| error.to_string())?;

    fs::create_dir_all(out)
        .map_err(|error| format!("{} cannot be created: {error}", out.display()))?;
    let files = &built.manifest.files;
    write(&out.join(&files.weights.name), &weights)?;
    write(&out.join(&files.tokenizer.name), &tokenizer)?;
    write(&out.join(&files.index.name), &built.index)?;
    write(&out.join(&files.catalog.name), &built.catalog)?;
    write(&out.join(FILE_NAME), built.manifest.to_json().as_bytes())?;
    say(&format!(
        "{}: {} techniques of ATT&CK {}, index {}",
        out.display(),
        built.manifest.techniques,
        built.manifest.attack_version,
        built.manifest.index_id
    ))
}

/// The version in a file name such as `enterprise-attack-18.1.json`.
fn version_in(name: &str) -> Option<&str> {
    name.split(['-', '_'])
        .map(|part| part.trim_end_matches(".json"))
        .find(|part| part.contains('.') && part.chars().all(|c| c.is_ascii_digit() || c == '.'))
}

/// Opens an assets folder; every hash and range is checked on the way.
pub(crate) fn open(dir: &Path) -> Result<Engine, Failure> {
    let manifest = Manifest::from_json(&read(&dir.join(FILE_NAME))?)
        .map_err(|error| format!("{}: {error}", dir.display()))?;
    let file = |file: &File| read(&dir.join(&file.name));
    let assets = AssetBytes {
        catalog: file(&manifest.files.catalog)?,
        tokenizer: file(&manifest.files.tokenizer)?,
        index: file(&manifest.files.index)?,
        weights: file(&manifest.files.weights)?,
    };
    Engine::open(manifest, assets).map_err(|error| format!("{}: {error}", dir.display()))
}

/// Says whether an assets folder is whole.
pub(crate) fn verify(dir: &Path) -> Result<(), Failure> {
    let engine = open(dir)?;
    let manifest = engine.manifest();
    say(&format!(
        "{} is whole: {} techniques of ATT&CK {}, index {}",
        dir.display(),
        manifest.techniques,
        manifest.attack_version,
        manifest.index_id
    ))
}

fn say(line: &str) -> Result<(), Failure> {
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
