//! From a STIX bundle and a model to the files of an assets folder.

use rayon::prelude::*;
use triage_core::attack::{Catalog, Technique, read_stix};
use triage_core::digest::sha256_hex;
use triage_core::manifest::{File, Files, Manifest, Model, SCHEMA_VERSION};

use crate::index::GRAPH;
use crate::{DIMENSIONS, Embedder, EngineError, MAX_TOKENS, MODEL_NAME, TechniqueIndex};

/// Techniques embedded between two words of progress.
const BATCH: usize = 64;

/// The derived files of an assets folder; tokenizer and weights are copied as they are.
pub struct Build {
    /// Names, sizes and hashes of everything.
    pub manifest: Manifest,
    /// `techniques.json`.
    pub catalog: Vec<u8>,
    /// `index.bin`.
    pub index: Vec<u8>,
}

/// Builds index, techniques and manifest. The same input gives the same bytes.
///
/// `progress` hears how many of how many techniques are embedded.
///
/// # Errors
///
/// [`EngineError::Content`] for a bundle, tokenizer or model that cannot be used.
pub fn build_assets(
    bundle: &[u8],
    version_hint: Option<&str>,
    tokenizer: &[u8],
    weights: Vec<u8>,
    mut progress: impl FnMut(usize, usize),
) -> Result<Build, EngineError> {
    let catalog = read_stix(bundle, version_hint)
        .map_err(|error| EngineError::content("the ATT&CK bundle", error))?;
    let weights_file = File::describe("model.safetensors", &weights);
    let embedder = Embedder::open(tokenizer, weights)?;
    let total = catalog.techniques.len();
    let mut vectors = Vec::with_capacity(total);
    for techniques in catalog.techniques.chunks(BATCH) {
        // Each text is embedded by itself, so the number of threads changes no vector.
        let batch: Result<Vec<_>, _> = techniques
            .par_iter()
            .map(|technique| embedder.embed(&technique_document(&catalog, technique)))
            .collect();
        vectors.extend(batch?);
        progress(vectors.len(), total);
    }
    let index = TechniqueIndex::build(vectors)?.to_bytes()?;
    let attack_version = catalog.attack_version.clone();
    let catalog = serde_json::to_vec(&catalog)
        .map_err(|error| EngineError::content("techniques.json", error))?;
    let manifest = Manifest {
        schema_version: SCHEMA_VERSION,
        index_id: String::new(),
        attack_version,
        attack_sha256: sha256_hex(bundle),
        techniques: total,
        model: Model {
            name: MODEL_NAME.to_owned(),
            dimensions: DIMENSIONS,
            max_tokens: MAX_TOKENS,
        },
        graph: GRAPH,
        files: Files {
            weights: weights_file,
            tokenizer: File::describe("tokenizer.json", tokenizer),
            index: File::describe("index.bin", &index),
            catalog: File::describe("techniques.json", &catalog),
        },
    }
    .seal();
    Ok(Build {
        manifest,
        catalog,
        index,
    })
}

/// The text that stands for a technique: its name, its tactics and what it is.
///
/// The name leads because a title is what an alert most often has; the identifier is left out
/// because it has no meaning to the model.
pub fn technique_document(catalog: &Catalog, technique: &Technique) -> String {
    let name = catalog.full_name(technique);
    let tactics = technique.tactics.join(", ");
    format!("{name}. Tactics: {tactics}. {}", technique.description)
}
