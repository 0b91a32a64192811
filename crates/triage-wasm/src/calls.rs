//! What each call does: from its arguments to the engine or the proxy, and back.

use std::cell::RefCell;
use std::rc::Rc;

use triage_core::export::{export_json, parse_export};
use triage_core::feedback::{FeedbackRecord, accuracy};
use triage_core::protocol::{Call, EngineInfo, ErrorCode, Outcome, Progress, TriageError};
use triage_core::verdict::{Exchange, Step, Verdict};
use triage_engine::Engine;
use web_sys::AbortSignal;

use crate::proxy::Proxy;
use crate::{assets, host};

type Result<T> = std::result::Result<T, TriageError>;

/// What a call works with.
pub(crate) struct Context<'a> {
    pub(crate) engine: &'a RefCell<Option<Rc<Engine>>>,
    pub(crate) stop: &'a AbortSignal,
    pub(crate) progress: &'a dyn Fn(Progress),
}

/// Answers one call. Where the caller gave it up, the answer does not matter.
pub(crate) async fn answer(call: Call, context: &Context<'_>) -> Result<Outcome> {
    Ok(match call {
        Call::Load { assets_url } => Outcome::Loaded {
            info: context.load(&assets_url).await?,
        },
        Call::Embed { texts } => Outcome::Vectors {
            vectors: context.embed(&texts).await?,
        },
        Call::Retrieve { alert, top_k } => Outcome::Retrieved {
            retrieval: context.engine()?.retrieve(&alert, top_k)?,
        },
        Call::Prepare { alert, top_k } => {
            let prepared = context
                .engine()?
                .prepare(&alert, top_k, &host::random_word()?)?;
            Outcome::Prepared {
                prepared: Box::new(prepared),
            }
        }
        Call::Triage {
            alert,
            top_k,
            endpoint,
            model,
        } => {
            let verdict = context.triage(&alert, top_k, &endpoint, model).await?;
            Outcome::Triaged {
                verdict: Box::new(verdict),
            }
        }
        Call::Accuracy { records } => Outcome::Counted {
            accuracy: accuracy(&records),
        },
        Call::Export { triages, feedback } => Outcome::Exported {
            json: export_json(&host::now(), triages, feedback),
        },
        Call::Import { text } => {
            let export = parse_export(&text)?;
            Outcome::Imported {
                triages: export.triages,
                feedback: export.feedback,
            }
        }
        Call::Identify { records } => Outcome::Identified {
            ids: records.iter().map(FeedbackRecord::id).collect(),
        },
        // The dispatcher keeps this one for itself: it must not wait in line.
        Call::Cancel { .. } => return Err(host::cancelled()),
    })
}

impl Context<'_> {
    fn engine(&self) -> Result<Rc<Engine>> {
        self.engine.borrow().clone().ok_or_else(|| {
            TriageError::new(
                ErrorCode::NotLoaded,
                "the model and the index are not loaded; load them first",
            )
        })
    }

    async fn load(&self, assets_url: &str) -> Result<EngineInfo> {
        let started = host::milliseconds();
        let engine = assets::load(assets_url, self.stop, self.progress).await?;
        let manifest = engine.manifest();
        let info = EngineInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            attack_version: manifest.attack_version.clone(),
            index_id: manifest.index_id.clone(),
            model: manifest.model.name.clone(),
            dimensions: manifest.model.dimensions,
            technique_ids: engine
                .catalog()
                .techniques
                .iter()
                .map(|technique| technique.id)
                .collect(),
            memory_bytes: host::memory_bytes(),
            load_ms: host::milliseconds() - started,
        };
        *self.engine.borrow_mut() = Some(Rc::new(engine));
        Ok(info)
    }

    async fn embed(&self, texts: &[String]) -> Result<Vec<Vec<f32>>> {
        let engine = self.engine()?;
        let mut vectors = Vec::with_capacity(texts.len());
        for text in texts {
            host::pause(self.stop).await?;
            vectors.push(engine.embed(text)?.into());
            (self.progress)(Progress::Embedded {
                done: vectors.len(),
                total: texts.len(),
            });
        }
        Ok(vectors)
    }

    async fn triage(
        &self,
        alert: &str,
        top_k: usize,
        endpoint: &str,
        model: Option<String>,
    ) -> Result<Verdict> {
        let proxy = Proxy::at(endpoint)?;
        let engine = self.engine()?;
        let prepared = engine.prepare(alert, top_k, &host::random_word()?)?;
        host::pause(self.stop).await?;
        let (model, max_tokens) = proxy.choose(model, self.stop).await?;
        let known = engine
            .catalog()
            .techniques
            .iter()
            .map(|technique| technique.id);
        let mut exchange = Exchange::new(prepared, known, model, max_tokens);
        let triage_id = host::random_uuid()?;
        loop {
            let body = exchange.body()?;
            (self.progress)(Progress::Sent { body: body.clone() });
            let on_event = |event| (self.progress)(Progress::Stream { event });
            let reply = proxy.send(&body, self.stop, on_event).await?;
            match exchange.take(&reply, &triage_id, &host::now())? {
                Step::Verdict(verdict) => return Ok(*verdict),
                // At most once: the second malformed answer is an error.
                Step::Repair => {}
            }
        }
    }
}
