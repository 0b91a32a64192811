//! What each call does: from its arguments to the engine or the proxy, and back.

use std::cell::RefCell;
use std::rc::Rc;

use triage_core::attack::TechniqueId;
use triage_core::chat::{ChatTurn, Question};
use triage_core::evidence::AttackEvidence;
use triage_core::export::{export_json, parse_export};
use triage_core::feedback::accuracy;
use triage_core::protocol::{
    Call, EngineInfo, EngineState, ErrorCode, Instructions, Next, Outcome, Progress, TriageError,
    WorkerState,
};
use triage_core::receipt::Receipt;
use triage_core::retrieval::{Prepared, Retrieval, Wishes};
use triage_core::score::{Report, read_labelled};
use triage_core::verdict::{Exchange, Step, Verdict, check_answers};
use triage_core::wire::Reply;
use triage_engine::{Engine, Library};
use web_sys::AbortSignal;

use crate::assets::Folder;
use crate::pool::{Errand, Pool, Work};
use crate::proxy::Proxy;
use crate::{assets, host, trial};

mod many;

use many::{Embed, Rank, Retrieve};

type Result<T> = std::result::Result<T, TriageError>;

/// An engine and what belongs to it.
#[derive(Clone)]
pub(crate) struct Loaded {
    pub(crate) engine: Rc<Engine>,
    /// Where it came from.
    pub(crate) folder: Rc<Folder>,
    /// Absent until it has arrived.
    pub(crate) library: Option<Rc<Library>>,
}

/// What a call works with.
pub(crate) struct Context<'a> {
    pub(crate) loaded: &'a RefCell<Option<Loaded>>,
    pub(crate) pool: &'a Pool,
    pub(crate) stop: &'a AbortSignal,
    pub(crate) progress: &'a dyn Fn(Progress),
}

/// Answers one call. Where the caller gave it up, the answer does not matter.
pub(crate) async fn answer(call: Call, context: &Context<'_>) -> Result<Outcome> {
    Ok(match call {
        Call::Load {
            assets_url,
            instructions,
            workers,
        } => {
            let limit = Pool::check_size(workers)?;
            let info = Box::new(context.load(&assets_url, instructions, limit).await?);
            Outcome::Loaded { info }
        }
        Call::Help {
            assets_url,
            instructions,
        } => Outcome::Loaded {
            info: Box::new(context.load(&assets_url, instructions, 1).await?),
        },
        Call::State => context.state().await?,
        Call::Embed { texts } => Outcome::Vectors {
            vectors: context.embed(texts).await?,
        },
        Call::Retrieve { alert, top_k } => Outcome::Retrieved {
            retrieval: context.engine()?.retrieve(&alert, top_k)?,
        },
        Call::RetrieveMany { alerts, top_k } => Outcome::RetrievedMany {
            retrievals: context.retrieve_many(alerts, top_k).await?,
        },
        Call::Prepare {
            alert,
            top_k,
            wishes,
        } => Outcome::Prepared {
            prepared: Box::new(context.prepare(&alert, top_k, &wishes)?),
        },
        Call::Disclose {
            alert,
            top_k,
            format,
        } => {
            let (disclosure, parts) = context.engine()?.disclose(&alert, top_k, format)?;
            Outcome::Disclosed { disclosure, parts }
        }
        Call::Evidence { alert, techniques } => Outcome::Evidenced {
            evidence: context.evidence(&alert, &techniques)?,
        },
        Call::Explain { alert, technique } => Outcome::Explained {
            explanation: context.engine()?.explain(&alert, technique)?,
        },
        Call::Evaluate { alerts } => Outcome::Evaluated {
            report: Box::new(context.evaluate(&alerts).await?),
        },
        Call::Triage {
            alert,
            top_k,
            endpoint,
            model,
            wishes,
        } => {
            let proxy = Proxy::at(&endpoint)?;
            let prepared = context.prepare(&alert, top_k, &wishes)?;
            let verdict = context.triage(prepared, proxy, model).await?;
            Outcome::Triaged { verdict }
        }
        Call::Check {
            prepared,
            answers,
            model,
        } => Outcome::Checked {
            next: Box::new(context.check(*prepared, &answers, &model)?),
        },
        Call::Ask {
            prepared,
            verdict,
            turns,
            question,
            endpoint,
            model,
        } => {
            let about = (*prepared, &*verdict, &*turns);
            let turn = context.ask(about, &question, &endpoint, model).await?;
            Outcome::Answered {
                turn: Box::new(turn),
            }
        }
        Call::Accuracy { records } => Outcome::Counted {
            accuracy: accuracy(&records),
        },
        Call::Export { records } => Outcome::Exported {
            json: export_json(&host::now(), *records),
        },
        Call::Import { text } => Outcome::Imported {
            records: Box::new(parse_export(&text)?),
        },
        Call::Identify { records } => Outcome::Identified {
            keys: records.keys(),
        },
        // The dispatcher keeps this one for itself: it must not wait in line.
        Call::Cancel { .. } => return Err(host::cancelled()),
    })
}

impl Context<'_> {
    fn loaded(&self) -> Result<Loaded> {
        self.loaded.borrow().clone().ok_or_else(not_loaded)
    }

    fn engine(&self) -> Result<Rc<Engine>> {
        Ok(self.loaded()?.engine)
    }

    async fn load(
        &self,
        assets_url: &str,
        instructions: Instructions,
        limit: usize,
    ) -> Result<EngineInfo> {
        let started = host::milliseconds();
        let (mut engine, folder) = assets::load(assets_url, self.stop, self.progress).await?;
        let arithmetic = trial::choose(&mut engine, instructions, self.stop).await?;
        let manifest = engine.manifest();
        let vocabulary = engine.vocabulary().clone();
        let info = EngineInfo {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            attack_version: manifest.attack_version.clone(),
            index_id: manifest.index_id.clone(),
            model: manifest.model.name.clone(),
            dimensions: manifest.model.dimensions,
            technique_ids: vocabulary.active,
            moved: vocabulary.moved,
            deprecated: vocabulary.deprecated,
            examples: manifest.examples.clone(),
            arithmetic,
            memory_bytes: host::memory_bytes(),
            load_ms: host::milliseconds() - started,
        };
        let errand = Errand {
            call: Call::Help {
                assets_url: assets_url.to_owned(),
                instructions: trial::again(&info.arithmetic),
            },
            index_id: info.index_id.clone(),
            folder: Rc::clone(&folder),
        };
        self.pool.reset(limit, Some(errand));
        *self.loaded.borrow_mut() = Some(Loaded {
            engine: Rc::new(engine),
            folder,
            library: None,
        });
        Ok(info)
    }

    async fn state(&self) -> Result<Outcome> {
        let kept = self.loaded()?.folder.kept();
        let mut memory = vec![host::memory_bytes()];
        memory.extend(self.pool.memory().await);
        let state = EngineState {
            workers: memory
                .into_iter()
                .map(|memory_bytes| WorkerState { memory_bytes })
                .collect(),
            most_workers: self.pool.limit(),
            lost_workers: self.pool.lost(),
            kept,
        };
        Ok(Outcome::State { state })
    }

    async fn embed(&self, texts: Vec<String>) -> Result<Vec<Vec<f32>>> {
        let engine = self.engine()?;
        self.share(Embed { engine, texts }).await
    }

    async fn retrieve_many(&self, alerts: Vec<String>, top_k: usize) -> Result<Vec<Retrieval>> {
        let engine = self.engine()?;
        self.share(Retrieve {
            engine,
            alerts,
            top_k,
        })
        .await
    }

    async fn evaluate(&self, alerts: &str) -> Result<Report> {
        let engine = self.engine()?;
        let invalid = |fault: String| TriageError::new(ErrorCode::InvalidArgument, fault);
        let labelled =
            read_labelled(alerts, "alert").map_err(|error| invalid(error.to_string()))?;
        let manifest = engine.manifest();
        let (version, index) = (manifest.attack_version.clone(), manifest.index_id.clone());
        let rows = self.share(Rank { engine, labelled }).await?;
        Report::new(host::now(), version, index, rows)
            .ok_or_else(|| invalid("there is no labelled alert".to_owned()))
    }

    async fn share<W: Work + 'static>(&self, work: W) -> Result<Vec<W::Answer>> {
        self.pool.run(work, self.stop, self.progress).await
    }

    fn prepare(&self, alert: &str, top_k: usize, wishes: &Wishes) -> Result<Prepared> {
        let mark = host::random_word()?;
        Ok(self.engine()?.prepare(alert, top_k, &mark, wishes)?)
    }

    fn evidence(&self, alert: &str, techniques: &[TechniqueId]) -> Result<AttackEvidence> {
        let loaded = self.loaded()?;
        // The dispatcher lets this call wait until the library is there.
        let library = loaded.library.as_ref().ok_or_else(not_loaded)?;
        Ok(loaded.engine.evidence(library, alert, techniques)?)
    }

    fn check(&self, prepared: Prepared, answers: &[String], model: &str) -> Result<Next> {
        let vocabulary = self.engine()?.vocabulary().clone();
        let (id, now) = (host::random_uuid()?, host::now());
        check_answers(prepared, vocabulary, model, answers, &id, &now)
    }

    async fn triage(
        &self,
        prepared: Prepared,
        proxy: Proxy,
        model: Option<String>,
    ) -> Result<Box<Verdict>> {
        host::pause(self.stop).await?;
        let (model, max_tokens) = proxy.choose(model, self.stop).await?;
        let vocabulary = self.engine()?.vocabulary().clone();
        let mut exchange = Exchange::new(prepared, vocabulary, model, max_tokens);
        let triage_id = host::random_uuid()?;
        loop {
            let body = exchange.body()?;
            let receipt = exchange.receipt(&triage_id, &host::now());
            let reply = match self.send(&proxy, body, receipt).await {
                Ok(reply) => reply,
                Err(error) if error.code == ErrorCode::Cancelled => return Err(error),
                // The first answer is sound; without the second it is held.
                Err(error) => return exchange.uncompared().ok_or(error),
            };
            match exchange.take(&reply, &triage_id, &host::now())? {
                Step::Verdict(verdict) => return Ok(verdict),
                // Each at most once: the second malformed answer is an error.
                Step::Repair { .. } | Step::Compare => {}
            }
        }
    }

    async fn ask(
        &self,
        (prepared, verdict, turns): (Prepared, &Verdict, &[ChatTurn]),
        question: &str,
        endpoint: &str,
        model: Option<String>,
    ) -> Result<ChatTurn> {
        let proxy = Proxy::at(endpoint)?;
        let (model, max_tokens) = proxy.choose(model, self.stop).await?;
        let question = Question::new(prepared, verdict, turns, question, &model, max_tokens)?;
        let body = question.body()?;
        let receipt = question.receipt(&host::now());
        let reply = self.send(&proxy, body, receipt).await?;
        Ok(question.take(&reply, &host::now())?)
    }

    async fn send(&self, proxy: &Proxy, body: String, receipt: Receipt) -> Result<Reply> {
        let sent = Progress::Sent {
            body: body.clone(),
            receipt: Box::new(receipt),
        };
        (self.progress)(sent);
        let on_event = |event| (self.progress)(Progress::Stream { event });
        proxy.send(&body, self.stop, on_event).await
    }
}

fn not_loaded() -> TriageError {
    TriageError::new(
        ErrorCode::NotLoaded,
        "the model and the index are not loaded; load them first",
    )
}
