//! Calls over many texts, as work that several workers share.

use std::ops::Range;
use std::rc::Rc;

use serde_json::json;
use triage_core::protocol::{Call, Outcome, Progress, TriageError};
use triage_core::retrieval::Retrieval;
use triage_core::score::{DEPTH, LabelledAlert, ReportRow};
use triage_engine::Engine;

use crate::host;
use crate::pool::Work;

type Result<T> = std::result::Result<T, TriageError>;

/// Texts to embed.
pub(super) struct Embed {
    pub(super) engine: Rc<Engine>,
    pub(super) texts: Vec<String>,
}

impl Work for Embed {
    type Answer = Vec<f32>;

    fn len(&self) -> usize {
        self.texts.len()
    }

    fn one(&self, place: usize) -> Result<Self::Answer> {
        Ok(self.engine.embed(&self.texts[place])?.into())
    }

    fn call(&self, places: Range<usize>) -> Call {
        Call::Embed {
            texts: self.texts[places].to_vec(),
        }
    }

    fn answers(outcome: Outcome) -> Option<Vec<Self::Answer>> {
        match outcome {
            Outcome::Vectors { vectors } => Some(vectors),
            _ => None,
        }
    }

    fn progress(done: usize, total: usize) -> Progress {
        Progress::Embedded { done, total }
    }
}

/// Alerts to find techniques for.
pub(super) struct Retrieve {
    pub(super) engine: Rc<Engine>,
    pub(super) alerts: Vec<String>,
    pub(super) top_k: usize,
}

impl Work for Retrieve {
    type Answer = Retrieval;

    fn len(&self) -> usize {
        self.alerts.len()
    }

    fn one(&self, place: usize) -> Result<Self::Answer> {
        Ok(self.engine.retrieve(&self.alerts[place], self.top_k)?)
    }

    fn call(&self, places: Range<usize>) -> Call {
        Call::RetrieveMany {
            alerts: self.alerts[places].to_vec(),
            top_k: self.top_k,
        }
    }

    fn answers(outcome: Outcome) -> Option<Vec<Self::Answer>> {
        match outcome {
            Outcome::RetrievedMany { retrievals } => Some(retrievals),
            _ => None,
        }
    }

    fn progress(done: usize, total: usize) -> Progress {
        Progress::Retrieved { done, total }
    }
}

/// Labelled alerts to rank.
pub(super) struct Rank {
    pub(super) engine: Rc<Engine>,
    pub(super) labelled: Vec<LabelledAlert>,
}

impl Work for Rank {
    type Answer = ReportRow;

    fn len(&self) -> usize {
        self.labelled.len()
    }

    fn one(&self, place: usize) -> Result<Self::Answer> {
        let LabelledAlert {
            id,
            alert,
            techniques,
        } = &self.labelled[place];
        let started = host::milliseconds();
        let reading = self.engine.read(alert);
        let meaning = self.engine.embed_reading(&reading)?;
        let embedded = host::milliseconds();
        let found = self.engine.rank(&reading, meaning.as_ref(), DEPTH)?;
        let ended = host::milliseconds();
        Ok(ReportRow {
            id: id.clone(),
            techniques: techniques.clone(),
            ranked: found.techniques.iter().map(|one| one.id).collect(),
            ms: ended - started,
            ranking_ms: ended - embedded,
        })
    }

    fn call(&self, places: Range<usize>) -> Call {
        let lines = self.labelled[places].iter().map(|one| {
            let LabelledAlert {
                id,
                alert,
                techniques,
            } = one;
            json!({ "id": id, "alert": alert, "techniques": techniques }).to_string() + "\n"
        });
        Call::Evaluate {
            alerts: lines.collect(),
        }
    }

    fn answers(outcome: Outcome) -> Option<Vec<Self::Answer>> {
        match outcome {
            Outcome::Evaluated { report } => Some(report.rows),
            _ => None,
        }
    }

    fn progress(done: usize, total: usize) -> Progress {
        Progress::Ranked { done, total }
    }
}
