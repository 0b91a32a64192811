//! From a STIX bundle and a model to the files of an assets folder.

use rayon::prelude::*;
use triage_core::attack::{Knowledge, read_stix};
use triage_core::digest::sha256_hex;
use triage_core::evidence::PassageKind;
use triage_core::manifest::{Examples, File, Files, Manifest, Model, SCHEMA_VERSION};
use triage_core::rank::{ExampleBank, Ranker, centroid};

use crate::index::GRAPH;
use crate::passages::{Text, select, texts};
use crate::{
    DIMENSIONS, Embedder, Embedding, EngineError, MAX_TOKENS, MODEL_NAME, PassageIndex, Weights,
};

/// Passages embedded between two words of progress.
const BATCH: usize = 512;

/// What an assets folder is made of.
pub struct Sources<'a> {
    /// A STIX bundle of Enterprise ATT&CK.
    pub bundle: &'a [u8],
    /// Its version, for bundles that do not state it.
    pub version_hint: Option<&'a str>,
    /// The `tokenizer.json` of all-MiniLM-L6-v2.
    pub tokenizer: &'a [u8],
    /// Its `model.safetensors`.
    pub weights: Vec<u8>,
    /// What labelled alerts taught, as the bytes of an [`ExampleBank`]; the index can do without.
    pub examples: Option<&'a [u8]>,
}

/// The derived files of an assets folder; the tokenizer and the weights as published are copied as
/// they are.
pub struct Build {
    /// Names, sizes and hashes of everything.
    pub manifest: Manifest,
    /// `model.bin`.
    pub weights: Vec<u8>,
    /// `techniques.json`.
    pub catalog: Vec<u8>,
    /// `ranker.bin`.
    pub ranker: Vec<u8>,
    /// `ranker-plain.bin`.
    pub plain_ranker: Vec<u8>,
    /// `passages.bin`.
    pub passages: Vec<u8>,
    /// `evidence.json`.
    pub evidence: Vec<u8>,
}

/// Builds ranker, evidence, techniques and manifest. The same input gives the same bytes.
///
/// `progress` hears how many of how many passages are embedded.
///
/// # Errors
///
/// [`EngineError::Content`] for a bundle, tokenizer, model or bank that cannot be used.
pub fn build_assets(
    sources: Sources<'_>,
    progress: impl FnMut(usize, usize),
) -> Result<Build, EngineError> {
    let knowledge = read_stix(sources.bundle, sources.version_hint)
        .map_err(|error| EngineError::content("the ATT&CK bundle", error))?;
    let bank = sources
        .examples
        .map(ExampleBank::from_bytes)
        .transpose()
        .map_err(|fault| EngineError::content("the example bank", fault))?;
    let exact_weights = File::describe("model.safetensors", &sources.weights);
    let embedder = Embedder::open(sources.tokenizer, Weights::Exact(sources.weights))?;
    let weights = embedder.pack()?;

    let texts = texts(&knowledge);
    let vectors = embed_all(&embedder, &texts, progress)?;
    let plain_ranker = Ranker::build(&knowledge, &centroids(&knowledge, &texts, &vectors));
    let ranker = match &bank {
        Some(bank) => plain_ranker.with_examples(bank, &knowledge.catalog.vocabulary()),
        None => plain_ranker.clone(),
    };
    let (book, kept) = select(&knowledge, texts, vectors);
    let passages = PassageIndex::build(&kept)?.to_bytes()?;

    let json = |name: &str, written: serde_json::Result<Vec<u8>>| {
        written.map_err(|error| EngineError::content(name, error))
    };
    let evidence = json("evidence.json", serde_json::to_vec(&book))?;
    let catalog = json("techniques.json", serde_json::to_vec(&knowledge.catalog))?;
    let (ranker, plain_ranker) = (ranker.to_bytes(), plain_ranker.to_bytes());
    let manifest = Manifest {
        schema_version: SCHEMA_VERSION,
        index_id: String::new(),
        attack_version: knowledge.catalog.attack_version.clone(),
        attack_sha256: sha256_hex(sources.bundle),
        techniques: knowledge.catalog.techniques.len(),
        model: Model {
            name: MODEL_NAME.to_owned(),
            dimensions: DIMENSIONS,
            max_tokens: MAX_TOKENS,
        },
        graph: GRAPH,
        examples: bank.zip(sources.examples).map(|(bank, bytes)| Examples {
            sha256: sha256_hex(bytes),
            alerts: bank.examples(),
            techniques: bank.techniques(),
        }),
        files: Files {
            weights: File::describe("model.bin", &weights),
            exact_weights,
            tokenizer: File::describe("tokenizer.json", sources.tokenizer),
            ranker: File::describe("ranker.bin", &ranker),
            plain_ranker: File::describe("ranker-plain.bin", &plain_ranker),
            catalog: File::describe("techniques.json", &catalog),
            passages: File::describe("passages.bin", &passages),
            evidence: File::describe("evidence.json", &evidence),
        },
    }
    .seal();
    Ok(Build {
        manifest,
        weights,
        catalog,
        ranker,
        plain_ranker,
        passages,
        evidence,
    })
}

fn embed_all(
    embedder: &Embedder,
    texts: &[Text],
    mut progress: impl FnMut(usize, usize),
) -> Result<Vec<Embedding>, EngineError> {
    let mut vectors = Vec::with_capacity(texts.len());
    for batch in texts.chunks(BATCH) {
        // Each text is embedded by itself, so the number of threads changes no vector.
        let batch: Result<Vec<_>, _> = batch
            .par_iter()
            .map(|text| embedder.embed(&text.embedded))
            .collect();
        vectors.extend(batch?);
        progress(vectors.len(), texts.len());
    }
    Ok(vectors)
}

/// The direction of each technique's texts, in the order of the catalog.
fn centroids(knowledge: &Knowledge, texts: &[Text], vectors: &[Embedding]) -> Vec<Vec<f32>> {
    const KINDS: [PassageKind; 3] = [
        PassageKind::Description,
        PassageKind::Analytic,
        PassageKind::Procedure,
    ];
    let mut pairs = texts.iter().zip(vectors).peekable();
    (0..knowledge.catalog.techniques.len())
        .map(|place| {
            let mut kinds: [Vec<Vec<f32>>; 3] = Default::default();
            while let Some((text, vector)) = pairs.next_if(|(text, _)| text.technique == place) {
                for (kind, group) in KINDS.iter().zip(&mut kinds) {
                    if text.passage.kind == *kind {
                        group.push(vector.as_slice().to_vec());
                    }
                }
            }
            centroid(kinds.iter().map(Vec::as_slice))
        })
        .collect()
}
