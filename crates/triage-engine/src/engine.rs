//! The straight line from a pasted alert to ranked techniques and a redacted prompt.

mod reading;

use triage_core::alert::{AlertFormat, Note};
use triage_core::attack::{Catalog, TechniqueId, Vocabulary};
use triage_core::disclosure::{Disclosure, disclose};
use triage_core::evidence::AttackEvidence;
use triage_core::investigation::pivots;
use triage_core::manifest::{File, Manifest};
use triage_core::observable::{Observable, ObservableKind};
use triage_core::past::similar_triages;
use triage_core::prompt::{AlertPart, PromptInput, alert_parts, build_prompt};
use triage_core::rank::{
    Explanation, Omission, Parts, Preparation, Query, Ranker, Scores, evidence_note, rank,
    word_places,
};
use triage_core::redact::{Redactor, RulesError};
use triage_core::retrieval::{MAX_TOP_K, MIN_TOP_K, Prepared, Retrieval, Wishes};
use triage_core::signal::find_signals;

use crate::evidence::Library;
use crate::{Arithmetic, DIMENSIONS, Embedder, Embedding, EngineError, MAX_TOKENS, Weights};

pub use reading::Reading;

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
        self.read_as(text, None)
    }

    /// The same, of an alert in a format that the analyst names.
    pub fn read_as(&self, text: &str, format: Option<AlertFormat>) -> Reading {
        let mut reading = Reading::of(text, format, &self.settings);
        reading.query.named = self.named(&reading.observables);
        reading
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
        check_top_k(top_k)?;
        let Reading {
            alert,
            layers,
            observables,
            suspicions,
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
            severity: alert.severity,
            techniques,
            observables: observables.clone(),
            layers: layers.clone(),
            signals: find_signals(alert, layers),
            suspicions: suspicions.clone(),
            notes: notes.iter().map(Note::message).collect(),
        })
    }

    /// Everything that happens to an alert before a model is asked: parse, decode, extract,
    /// embed, score, rank, redact, compose. `mark` is a random word for this request.
    ///
    /// # Errors
    ///
    /// As [`Engine::retrieve`]; [`EngineError::Argument`] also for rules of redaction that cannot
    /// be used.
    pub fn prepare(
        &self,
        alert: &str,
        top_k: usize,
        mark: &str,
        wishes: &Wishes,
    ) -> Result<Prepared, EngineError> {
        let unusable = |error: RulesError| EngineError::Argument(error.to_string());
        wishes.rules.check().map_err(unusable)?;
        let similar = similar_triages(alert, &wishes.past);
        let reading = self.read_as(alert, wishes.format);
        let meaning = self.embed_reading(&reading)?;
        let retrieval = self.rank(&reading, meaning.as_ref(), top_k)?;
        let Reading { alert, layers, .. } = reading;
        let redactor = Redactor::new(&alert, &layers, &retrieval.observables, &wishes.rules);
        let parts = alert_parts(&alert);
        let keep = wishes.keep.as_deref();
        let input = PromptInput {
            alert: &alert,
            layers: &layers,
            observables: &retrieval.observables,
            signals: &retrieval.signals,
            suspicions: &retrieval.suspicions,
            techniques: &retrieval.techniques,
            past: &similar,
            attack_version: &self.manifest.attack_version,
            mark,
            keep,
            without_suspects: false,
        };
        let without_suspects = (!retrieval.suspicions.is_empty()).then(|| {
            let without = PromptInput {
                without_suspects: true,
                ..input
            };
            build_prompt(&without, &redactor)
        });
        let prompt = build_prompt(&input, &redactor);
        let is_partial =
            keep.is_some_and(|keep| (0..parts.len()).any(|part| !keep.contains(&part)));
        Ok(Prepared {
            prompt,
            without_suspects,
            parts,
            is_partial,
            pivots: pivots(&alert, &retrieval.observables),
            similar,
            pseudonyms: redactor.pseudonyms().clone(),
            secrets: redactor.secrets().clone(),
            rules: wishes.rules.clone(),
            attack_version: self.manifest.attack_version.clone(),
            index_id: self.manifest.index_id.clone(),
            retrieval,
        })
    }

    /// How few parts of an alert lead to the same `top_k` techniques, and the parts.
    ///
    /// # Errors
    ///
    /// As [`Engine::retrieve`].
    pub fn disclose(
        &self,
        alert: &str,
        top_k: usize,
        format: Option<AlertFormat>,
    ) -> Result<(Disclosure, Vec<AlertPart>), EngineError> {
        check_top_k(top_k)?;
        let reading = self.read_as(alert, format);
        let parts = alert_parts(&reading.alert);
        let sizes: Vec<usize> = parts.iter().map(|part| part.value.len()).collect();
        let techniques = &self.catalog.techniques;
        let ranked = |keep: &[usize]| -> Result<Vec<TechniqueId>, EngineError> {
            let best = self.score(&reading.only(&parts, keep))?.best(top_k);
            let best = best.into_iter().filter_map(|place| techniques.get(place));
            Ok(best.map(|technique| technique.id).collect())
        };
        let disclosure = disclose(&sizes, ranked)?;
        Ok((disclosure, parts))
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

fn check_top_k(top_k: usize) -> Result<(), EngineError> {
    if (MIN_TOP_K..=MAX_TOP_K).contains(&top_k) {
        return Ok(());
    }
    Err(EngineError::Argument(format!(
        "top_k is {top_k}, wanted {MIN_TOP_K} to {MAX_TOP_K}"
    )))
}
