//! The engine on the real model: its vectors, its assets and the whole line from alert to prompt.
//!
//! Needs the assets folder that `scripts/test` builds (`SOC_ASSETS_DIR`); without it each test
//! says that it is skipped.

use std::fs;
use std::path::PathBuf;
use std::sync::LazyLock;

use serde::Deserialize;
use triage_core::manifest::Manifest;
use triage_engine::{
    AssetBytes, Build, Embedder, Embedding, Engine, EvidenceBytes, Library, Sources, Weights,
    build_assets,
};

mod assets;
mod evidence;
mod packed;
mod prepare;
mod vectors;
mod why;

static FOLDER: LazyLock<Option<PathBuf>> =
    LazyLock::new(|| std::env::var_os("SOC_ASSETS_DIR").map(PathBuf::from));

/// One engine for all tests: opening takes a second and 200 MB.
static ENGINE: LazyLock<Option<Engine>> = LazyLock::new(|| {
    let (manifest, assets) = read()?;
    Some(Engine::open(manifest, assets).expect("the assets folder is whole"))
});

/// The evidence that belongs to it.
static LIBRARY: LazyLock<Option<Library>> = LazyLock::new(|| {
    let manifest = ENGINE.as_ref()?.manifest();
    let bytes = EvidenceBytes {
        evidence: file(&manifest.files.evidence.name)?,
        passages: file(&manifest.files.passages.name)?,
    };
    Some(Library::open(manifest, &bytes).expect("the evidence is whole"))
});

/// The engine on the real assets, or `None` after saying why the test is skipped.
#[expect(clippy::print_stdout, reason = "a skipped test says why")]
fn engine() -> Option<&'static Engine> {
    let engine = ENGINE.as_ref();
    if engine.is_none() {
        println!("skipped: SOC_ASSETS_DIR names no assets folder; run scripts/test");
    }
    engine
}

fn file(name: &str) -> Option<Vec<u8>> {
    Some(fs::read(FOLDER.as_ref()?.join(name)).expect("the assets folder has each file"))
}

fn read() -> Option<(Manifest, AssetBytes)> {
    let manifest = Manifest::from_json(&file("manifest.json")?).expect("a sound manifest");
    let assets = AssetBytes {
        catalog: file(&manifest.files.catalog.name)?,
        tokenizer: file(&manifest.files.tokenizer.name)?,
        ranker: file(&manifest.files.ranker.name)?,
        weights: Weights::Exact(file(&manifest.files.exact_weights.name)?),
        weights_sha256: None,
    };
    Some((manifest, assets))
}
