//! The straight line from a pasted alert to ranked techniques and a redacted prompt.

use triage_core::alert::{Alert, Note, parse_alert};
use triage_core::attack::{Catalog, TechniqueId, Vocabulary};
use triage_core::decode::{DecodedLayer, decode_layers};
use triage_core::evidence::AttackEvidence;
use triage_core::manifest::{File, Manifest};
use triage_core::observable::{Observable, ObservableKind, extract_observables};
use triage_core::prompt::{PromptInput, build_prompt};
use triage_core::rank::{
    Explanation, Omission, Parts, Preparation, Query, Ranker, Scores, evidence_note, prepare_query,
    rank, word_places,
};
use triage_core::redact::Redactor;
use triage_core::retrieval::{MAX_TOP_K, MIN_TOP_K, Prepared, Retrieval};

use crate::evidence::Library;
use crate::{Arithmetic, DIMENSIONS, Embedder, Embedding, EngineError, MAX_TOKENS, Weights};

/// The contents of an assets folder that an engine needs before it can rank.
pub struct AssetBytes {
    /// The techniques.
    pub catalog: Vec<u8>,
    /// The tokenizer.
    pub tokenizer: Vec<u8>,
    /// The ranker.
    pub ranker: Vec<u8>,
    /// The model, the largest by far.
    pub weights: Weights,
    /// The SHA-256 of the model, lower-case hexadecimal, where the caller has a faster way to
    /// calculate it than this crate.
    pub weights_sha256: Option<String>,
}

/// How an engine ranks. Everything is on; switching something off shows what it is worth.
#[derive(Clone, Copy, Debug)]
pub struct Settings {
    /// How an alert becomes a query.
    pub preparation: Preparation,
    /// Whether encoded parts are decoded.
    pub decoding: bool,
    /// Which parts of the score take part.
    pub parts: Parts,
}

impl Settings {
    /// As the browser ranks.
    pub const ALL: Self = Self {
        preparation: Preparation::ALL,
        decoding: true,
        parts: Parts::ALL,
    };
}

/// A loaded model and index.
pub struct Engine {
    manifest: Manifest,
    catalog: Catalog,
    vocabulary: Vocabulary,
    embedder: Embedder,
    ranker: Ranker,
    settings: Settings,
}

/// What was read from an alert, before any model: its parts, its observables and its query.
pub struct Reading {
    alert: Alert,
    layers: Vec<DecodedLayer>,
    observables: Vec<Observable>,
    query: Query,
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
            ranker,
            weights,
            weights_sha256,
        } = assets;
        let files = &manifest.files;
        let verify = |file: &File, bytes: &[u8]| file.verify(bytes);
        verify(&files.catalog, &catalog)?;
        verify(&files.tokenizer, &tokenizer)?;
        verify(&files.ranker, &ranker)?;
        let (file, bytes) = match &weights {
            Weights::Packed(bytes) => (&files.weights, bytes),
            Weights::Exact(bytes) => (&files.exact_weights, bytes),
        };
        match weights_sha256 {
            Some(sha256) => file.verify_digest(bytes.len() as u64, &sha256)?,
            None => verify(file, bytes)?,
        }
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
        let ranker = Ranker::from_bytes(&ranker, manifest.techniques)
            .map_err(|fault| EngineError::content(&files.ranker.name, fault))?;
        let embedder = Embedder::open(&tokenizer, weights)?;
        Ok(Self {
            manifest,
            vocabulary: catalog.vocabulary(),
            catalog,
            embedder,
            ranker,
            settings: Settings::ALL,
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

    /// What the loaded version says of technique identifiers.
    pub fn vocabulary(&self) -> &Vocabulary {
        &self.vocabulary
    }

    /// The ranker.
    pub fn ranker(&self) -> &Ranker {
        &self.ranker
    }

    /// Embeds by other instructions from now on; the vectors stay the same.
    pub fn set_arithmetic(&mut self, arithmetic: Arithmetic) {
        self.embedder.set_arithmetic(arithmetic);
    }

    /// Ranks by another ranker over the same techniques, for measuring.
    pub fn set_ranker(&mut self, ranker: Ranker) {
        self.ranker = ranker;
    }

    /// Ranks in another way, for measuring.
    pub fn set_settings(&mut self, settings: Settings) {
        self.settings = settings;
    }

    /// Embeds one text as it stands.
    ///
    /// # Errors
    ///
    /// [`EngineError::Embed`] if the model fails.
    pub fn embed(&self, text: &str) -> Result<Embedding, EngineError> {
        self.embedder.embed(text)
    }

    /// Makes a query of an alert and embeds what is to be embedded of it.
    ///
    /// # Errors
    ///
    /// [`EngineError::Embed`] if the model fails. No alert is an error.
    pub fn query(&self, alert: &str) -> Result<(Query, Option<Embedding>), EngineError> {
        let reading = self.read(alert);
        let meaning = self.embed_reading(&reading)?;
        Ok((reading.query, meaning))
    }

    /// Finds the `top_k` techniques that an alert resembles, and its observables.
    ///
    /// # Errors
    ///
    /// [`EngineError::Argument`] for a `top_k` outside 1..=50, [`EngineError::Embed`] if the
    /// model fails. No alert is an error.
    pub fn retrieve(&self, alert: &str, top_k: usize) -> Result<Retrieval, EngineError> {
        let reading = self.read(alert);
        let meaning = self.embed_reading(&reading)?;
        self.rank(&reading, meaning.as_ref(), top_k)
    }

    /// Reads an alert: the first of the three steps of [`Engine::retrieve`], each of which can be
    /// timed alone.
    pub fn read(&self, text: &str) -> Reading {
        let alert = parse_alert(text);
        let layers = decode_layers(&alert.raw);
        let observables = extract_observables(&alert);
        let decoded = if self.settings.decoding {
            layers.as_slice()
        } else {
            &[]
        };
        let mut query = prepare_query(&alert, decoded, self.settings.preparation);
        query.named = self.named(&observables);
        Reading {
            alert,
            layers,
            observables,
            query,
        }
    }

    /// Embeds what is to be embedded of an alert: the second step.
    ///
    /// # Errors
    ///
    /// [`EngineError::Embed`] if the model fails.
    pub fn embed_reading(&self, reading: &Reading) -> Result<Option<Embedding>, EngineError> {
        self.embed_query(&reading.query)
    }

    /// Ranks what was read and embedded: the third step.
    ///
    /// # Errors
    ///
    /// [`EngineError::Argument`] for a `top_k` outside 1..=50.
    pub fn rank(
        &self,
        reading: &Reading,
        meaning: Option<&Embedding>,
        top_k: usize,
    ) -> Result<Retrieval, EngineError> {
        if !(MIN_TOP_K..=MAX_TOP_K).contains(&top_k) {
            return Err(EngineError::Argument(format!(
                "top_k is {top_k}, wanted {MIN_TOP_K} to {MAX_TOP_K}"
            )));
        }
        let Reading {
            alert,
            layers,
            observables,
            query,
        } = reading;
        let mut notes = alert.notes.clone();
        let meaning = meaning.map(Embedding::as_slice);
        let scores = self.ranker.score(query, meaning, self.settings.parts);
        let note = evidence_note(query, &scores).filter(|_| !notes.contains(&Note::Empty));
        let techniques = match note {
            Some(Note::NoUsableText) => Vec::new(),
            _ if notes.contains(&Note::Empty) => Vec::new(),
            _ => {
                let places = word_places(query, alert, layers);
                rank(&self.catalog, &self.ranker, query, &scores, &places, top_k)
            }
        };
        if query.is_cut {
            notes.push(Note::LongText);
        }
        notes.extend(note);
        Ok(Retrieval {
            format: alert.format,
            title: alert.title.clone(),
            techniques,
            observables: observables.clone(),
            layers: layers.clone(),
            notes: notes.iter().map(Note::message).collect(),
        })
    }

    /// Everything that happens to an alert before a model is asked: parse, decode, extract,
    /// embed, score, rank, redact, compose. `mark` is a random word for this request.
    ///
    /// # Errors
    ///
    /// As [`Engine::retrieve`].
    pub fn prepare(&self, alert: &str, top_k: usize, mark: &str) -> Result<Prepared, EngineError> {
        let reading = self.read(alert);
        let meaning = self.embed_reading(&reading)?;
        let retrieval = self.rank(&reading, meaning.as_ref(), top_k)?;
        let Reading {
            alert,
            layers,
            observables,
            ..
        } = reading;
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

    /// What an alert's parts are worth to a technique: its points with the whole alert, and
    /// without each part.
    ///
    /// # Errors
    ///
    /// [`EngineError::Argument`] for a technique that the index does not have,
    /// [`EngineError::Embed`] if the model fails.
    pub fn explain(&self, alert: &str, technique: TechniqueId) -> Result<Explanation, EngineError> {
        let place = self.place(technique)?;
        let reading = self.read(alert);
        let whole = self.score(&reading.query)?;
        let points = |scores: &Scores| scores.points.get(place).copied().unwrap_or_default();
        let mut origins: Vec<_> = reading.query.parts.iter().map(|p| p.origin).collect();
        origins.dedup();
        let mut omissions = Vec::with_capacity(origins.len());
        for origin in origins {
            let without = self.score(&reading.query.without(origin))?;
            let (part, span) = Omission::locate(&reading.alert, &reading.layers, origin);
            omissions.push(Omission {
                part,
                span,
                place: without.place(place),
                points_lost: points(&whole) - points(&without),
            });
        }
        omissions.sort_by(|a, b| b.points_lost.total_cmp(&a.points_lost));
        Ok(Explanation {
            technique,
            place: whole.place(place),
            points: points(&whole),
            omissions,
        })
    }

    /// What ATT&CK has on an alert: for each technique its nearest passages and what is known
    /// about it, and the nearest passages of all.
    ///
    /// # Errors
    ///
    /// [`EngineError::Argument`] for a technique that the index does not have,
    /// [`EngineError::Embed`] if the model fails.
    pub fn evidence(
        &self,
        library: &Library,
        alert: &str,
        techniques: &[TechniqueId],
    ) -> Result<AttackEvidence, EngineError> {
        let places: Vec<usize> = techniques
            .iter()
            .map(|technique| self.place(*technique))
            .collect::<Result<_, _>>()?;
        let (_, meaning) = self.query(alert)?;
        Ok(library.evidence(&self.catalog, meaning.as_ref(), &places))
    }

    fn place(&self, technique: TechniqueId) -> Result<usize, EngineError> {
        let techniques = &self.catalog.techniques;
        techniques
            .binary_search_by_key(&technique, |technique| technique.id)
            .map_err(|_| {
                let version = &self.manifest.attack_version;
                EngineError::Argument(format!(
                    "{technique} is not a technique of ATT&CK {version}, the version that is loaded"
                ))
            })
    }

    /// The techniques that the alert names, by their places; what moved under its heir.
    fn named(&self, observables: &[Observable]) -> Vec<usize> {
        observables
            .iter()
            .filter(|observable| observable.kind == ObservableKind::AttackPattern)
            .filter_map(|observable| {
                let id = self.vocabulary.resolve(observable.value.parse().ok()?)?;
                self.place(id).ok()
            })
            .collect()
    }

    fn embed_query(&self, query: &Query) -> Result<Option<Embedding>, EngineError> {
        let text = query.meaning();
        if text.is_empty() {
            return Ok(None);
        }
        self.embedder.embed(&text).map(Some)
    }

    fn score(&self, query: &Query) -> Result<Scores, EngineError> {
        let meaning = self.embed_query(query)?;
        let meaning = meaning.as_ref().map(Embedding::as_slice);
        Ok(self.ranker.score(query, meaning, self.settings.parts))
    }
}
