//! The straight line from a pasted alert to ranked techniques and a redacted prompt.

use triage_core::alert::{Alert, Note, parse_alert};
use triage_core::attack::Catalog;
use triage_core::decode::{DecodedLayer, decode_layers};
use triage_core::manifest::{File, Manifest};
use triage_core::observable::{Observable, extract_observables};
use triage_core::prompt::{PromptInput, build_prompt};
use triage_core::rank::{Query, prepare_query, rank};
use triage_core::redact::Redactor;
use triage_core::retrieval::{MAX_TOP_K, MIN_TOP_K, Prepared, Retrieval};

use crate::index::GRAPH;
use crate::{DIMENSIONS, Embedder, Embedding, EngineError, MAX_TOKENS, TechniqueIndex};

/// The contents of an assets folder, as the manifest names them.
pub struct AssetBytes {
    /// The techniques.
    pub catalog: Vec<u8>,
    /// The tokenizer.
    pub tokenizer: Vec<u8>,
    /// The graph.
    pub index: Vec<u8>,
    /// The model; the largest by far, and given up once the tensors are made.
    pub weights: Vec<u8>,
}

/// A loaded model and index.
pub struct Engine {
    manifest: Manifest,
    catalog: Catalog,
    embedder: Embedder,
    index: TechniqueIndex,
}

/// What was read from an alert, before any model.
struct Reading {
    alert: Alert,
    layers: Vec<DecodedLayer>,
    observables: Vec<Observable>,
    retrieval: Retrieval,
}

impl Engine {
    /// Checks every file against the manifest and opens it.
    ///
    /// # Errors
    ///
    /// [`EngineError::Assets`] where a file is not the one the manifest names,
    /// [`EngineError::Content`] where it is but cannot be used.
    pub fn open(manifest: Manifest, assets: AssetBytes) -> Result<Self, EngineError> {
        let AssetBytes {
            catalog,
            tokenizer,
            index,
            weights,
        } = assets;
        let files = &manifest.files;
        let verify = |file: &File, bytes: &[u8]| file.verify(bytes);
        verify(&files.catalog, &catalog)?;
        verify(&files.tokenizer, &tokenizer)?;
        verify(&files.index, &index)?;
        verify(&files.weights, &weights)?;
        if (manifest.model.dimensions, manifest.model.max_tokens) != (DIMENSIONS, MAX_TOKENS) {
            return Err(EngineError::content(
                "manifest.json",
                "it is for another model",
            ));
        }
        let catalog_name = files.catalog.name.as_str();
        let catalog: Catalog = serde_json::from_slice(&catalog)
            .map_err(|error| EngineError::content(catalog_name, error))?;
        if !catalog.is_sorted() || catalog.techniques.len() != manifest.techniques {
            return Err(EngineError::content(
                catalog_name,
                "its techniques are not in order",
            ));
        }
        let index = TechniqueIndex::from_bytes(&index, manifest.techniques)?;
        let embedder = Embedder::open(&tokenizer, weights)?;
        Ok(Self {
            manifest,
            catalog,
            embedder,
            index,
        })
    }

    /// What was loaded.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The techniques.
    pub fn catalog(&self) -> &Catalog {
        &self.catalog
    }

    /// The index, for measuring it.
    pub fn index(&self) -> &TechniqueIndex {
        &self.index
    }

    /// Embeds one text as it stands.
    ///
    /// # Errors
    ///
    /// [`EngineError::Embed`] if the model fails.
    pub fn embed(&self, text: &str) -> Result<Embedding, EngineError> {
        self.embedder.embed(text)
    }

    /// Finds the `top_k` techniques nearest to an alert, and its observables.
    ///
    /// # Errors
    ///
    /// [`EngineError::Argument`] for a `top_k` outside 1..=50, [`EngineError::Embed`] if the
    /// model fails. No alert is an error.
    pub fn retrieve(&self, alert: &str, top_k: usize) -> Result<Retrieval, EngineError> {
        Ok(self.read(alert, top_k)?.retrieval)
    }

    /// Everything that happens to an alert before a model is asked: parse, decode, extract,
    /// embed, search, rank, redact, compose. `mark` is a random word for this request.
    ///
    /// # Errors
    ///
    /// As [`Engine::retrieve`].
    pub fn prepare(&self, alert: &str, top_k: usize, mark: &str) -> Result<Prepared, EngineError> {
        let Reading {
            alert,
            layers,
            observables,
            retrieval,
        } = self.read(alert, top_k)?;
        let redactor = Redactor::new(&alert, &layers, &observables);
        let input = PromptInput {
            alert: &alert,
            layers: &layers,
            techniques: &retrieval.techniques,
            attack_version: &self.manifest.attack_version,
            mark,
        };
        let prompt = build_prompt(&input, &redactor);
        Ok(Prepared {
            retrieval,
            prompt,
            pseudonyms: redactor.pseudonyms().clone(),
            attack_version: self.manifest.attack_version.clone(),
            index_id: self.manifest.index_id.clone(),
        })
    }

    /// The direction between the title's and the whole alert's.
    fn embed_query(&self, query: &Query) -> Result<Embedding, EngineError> {
        let whole = self.embedder.embed(&query.text)?;
        let Some(title) = &query.title else {
            return Ok(whole);
        };
        let title = self.embedder.embed(title)?;
        let sum = whole
            .as_slice()
            .iter()
            .zip(title.as_slice())
            .map(|(a, b)| a + b)
            .collect();
        // Two opposite directions have none between them; no two texts are known to have them.
        Ok(Embedding::normalised(sum).unwrap_or(title))
    }

    fn read(&self, text: &str, top_k: usize) -> Result<Reading, EngineError> {
        if !(MIN_TOP_K..=MAX_TOP_K).contains(&top_k) {
            return Err(EngineError::Argument(format!(
                "top_k is {top_k}, wanted {MIN_TOP_K} to {MAX_TOP_K}"
            )));
        }
        let alert = parse_alert(text);
        let layers = decode_layers(&alert.raw);
        let observables = extract_observables(&alert);
        let query = prepare_query(&alert, &layers);
        let mut notes = alert.notes.clone();
        let techniques = if query.text.is_empty() {
            if !notes.contains(&Note::Empty) {
                notes.push(Note::NoUsableText);
            }
            Vec::new()
        } else {
            if self.embedder.is_cut(&query.text)? {
                notes.push(Note::LongText);
            }
            let hits = self
                .index
                .search(&self.embed_query(&query)?, GRAPH.ef_search);
            rank(&self.catalog, &query, &hits, top_k)
        };
        let retrieval = Retrieval {
            format: alert.format,
            title: alert.title.clone(),
            techniques,
            observables: observables.clone(),
            layers: layers.clone(),
            notes: notes.iter().map(Note::message).collect(),
        };
        Ok(Reading {
            alert,
            layers,
            observables,
            retrieval,
        })
    }
}
