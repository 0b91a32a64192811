//! The exchange with the model about one alert: one request, at most one repair, and where text
//! in the alert tries to steer the model, the same once more without that text.

use super::gate::{Comparison, gate};
use super::{Differential, Flag, Verdict, VerdictContext, VerdictError, parse_verdict};
use crate::attack::{TechniqueId, Vocabulary};
use crate::digest::sha256_hex;
use crate::investigation::KnownTerms;
use crate::prompt::Prompt;
use crate::protocol::{ErrorCode, Next, TriageError};
use crate::receipt::{Purpose, Receipt};
use crate::retrieval::Prepared;
use crate::wire::{MessagesRequest, ModelInfo, Reply, StopReason, Usage};

/// The largest answer that is pasted in.
pub const MAX_ANSWER_BYTES: usize = 256 * 1024;

/// Everything needed to turn replies into one verdict. It holds no connection: the caller sends
/// [`Exchange::body`] and gives the reply back.
#[derive(Debug)]
pub struct Exchange {
    prepared: Prepared,
    known: KnownTerms,
    vocabulary: Vocabulary,
    model: ModelInfo,
    max_tokens: u32,
    request: MessagesRequest,
    /// The verdict on the whole alert, while the question without the suspected text is out.
    first: Option<Box<Verdict>>,
    /// Tokens of a malformed answer to the question that is out.
    malformed: Option<Usage>,
}

/// What follows from a reply.
#[derive(Debug)]
pub enum Step {
    /// Checked and done.
    Verdict(Box<Verdict>),
    /// The answer was malformed: send [`Exchange::body`] once more.
    Repair {
        /// What is wrong with it.
        problems: Vec<String>,
    },
    /// The answer is sound, but text in the alert may have steered it: send [`Exchange::body`],
    /// which asks the same without that text.
    Compare,
}

impl Exchange {
    /// Starts an exchange about a prepared alert; `vocabulary` is the loaded version's.
    pub fn new(
        prepared: Prepared,
        vocabulary: Vocabulary,
        model: ModelInfo,
        max_tokens: u32,
    ) -> Self {
        let request = prepared.prompt.request(&model, max_tokens);
        Self {
            known: prepared.known_terms(),
            prepared,
            vocabulary,
            model,
            max_tokens,
            request,
            first: None,
            malformed: None,
        }
    }

    /// The exact bytes to send next.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::RedactionResidue`] where a value
    /// that must stay still stands in them.
    pub fn body(&self) -> Result<String, TriageError> {
        let body = self.bytes();
        // What follows the first message is the model's own answer, which goes back for repair.
        let answered = self.request.messages.iter().skip(1);
        let answered: Vec<&str> = answered.filter_map(|message| message.text()).collect();
        self.prepared.check_body(&body, &answered)?;
        Ok(body)
    }

    /// The receipt of the bytes that were sent last.
    pub fn receipt(&self, triage_id: &str, sent_at: &str) -> Receipt {
        let purpose = match (&self.first, &self.malformed) {
            (_, Some(_)) => Purpose::Repair,
            (Some(_), None) => Purpose::Comparison,
            (None, None) => Purpose::Triage,
        };
        let (body, names) = (self.bytes(), &self.prepared.pseudonyms);
        Receipt::of(&body, triage_id, purpose, &self.model.id, sent_at, names)
    }

    /// The prompt that is asked.
    pub fn prompt(&self) -> &Prompt {
        match (&self.first, &self.prepared.without_suspects) {
            (Some(_), Some(without)) => without,
            _ => &self.prepared.prompt,
        }
    }

    /// Takes the reply to the last body.
    ///
    /// # Errors
    ///
    /// [`VerdictError`] where there will be no verdict.
    pub fn take(
        &mut self,
        reply: &Reply,
        triage_id: &str,
        created_at: &str,
    ) -> Result<Step, VerdictError> {
        let result = self.parse(reply, triage_id, created_at);
        if let Err(VerdictError::Malformed { problems }) = &result
            && self.malformed.is_none()
        {
            let prompt = self.prompt();
            self.request = prompt.repair(&self.model, self.max_tokens, &reply.text, problems);
            self.malformed = Some(reply.usage);
            return Ok(Step::Repair {
                problems: problems.clone(),
            });
        }
        let Some(first) = self.first.take() else {
            return Ok(self.heard(result?));
        };
        Ok(Step::Verdict(self.compared(*first, result, reply.usage)))
    }

    /// The verdict so far, held, where the question without the suspected text got no answer at
    /// all; `None` where that question is not out.
    pub fn uncompared(mut self) -> Option<Box<Verdict>> {
        let first = self.first.take()?;
        Some(self.finished(*first, Comparison::Failed))
    }

    /// What follows from a sound answer to the whole alert.
    fn heard(&mut self, verdict: Verdict) -> Step {
        let Some(without) = &self.prepared.without_suspects else {
            return Step::Verdict(self.finished(verdict, Comparison::None));
        };
        self.request = without.request(&self.model, self.max_tokens);
        self.malformed = None;
        self.first = Some(Box::new(verdict));
        Step::Compare
    }

    fn compared(
        &self,
        mut first: Verdict,
        second: Result<Verdict, VerdictError>,
        usage: Usage,
    ) -> Box<Verdict> {
        let (comparison, usage) = match second {
            Ok(second) => {
                let usage = second.usage;
                let without = Differential {
                    verdict: second.verdict,
                    confidence: second.confidence,
                    prompt_sha256: second.prompt_sha256,
                };
                (Comparison::Answered(without), usage)
            }
            Err(_) => (Comparison::Failed, usage),
        };
        first.usage.add(&usage);
        self.finished(first, comparison)
    }

    fn finished(&self, mut verdict: Verdict, comparison: Comparison) -> Box<Verdict> {
        if self.prepared.is_partial {
            verdict.flags.push(Flag::FieldsWithheld);
        }
        gate(&mut verdict, &self.prepared.retrieval.signals, comparison);
        Box::new(verdict)
    }

    fn parse(
        &self,
        reply: &Reply,
        triage_id: &str,
        created_at: &str,
    ) -> Result<Verdict, VerdictError> {
        let retrieved: Vec<TechniqueId> = self
            .prepared
            .retrieval
            .techniques
            .iter()
            .map(|technique| technique.id)
            .collect();
        let context = VerdictContext {
            triage_id,
            created_at,
            attack_version: &self.prepared.attack_version,
            index_id: &self.prepared.index_id,
            prompt_sha256: &sha256_hex(self.bytes().as_bytes()),
            vocabulary: &self.vocabulary,
            retrieved: &retrieved,
            prompt: self.prompt(),
            known: &self.known,
            pseudonyms: &self.prepared.pseudonyms,
            repaired: self.malformed.as_ref(),
        };
        parse_verdict(reply, &context)
    }

    fn bytes(&self) -> String {
        serde_json::to_string(&self.request)
            .expect("a request has only strings, numbers and lists, which JSON can hold")
    }
}

/// Checks answers that were got by hand, in the order in which they were asked for: first to the
/// prompt, then, where it is called for, to the prompt without the suspected text. They pass the
/// same checks as any answer.
///
/// # Errors
///
/// [`ErrorCode::InvalidArgument`] for no answer or one of more than 256 KiB, and what else an
/// answer can fail with.
pub fn check_answers(
    prepared: Prepared,
    vocabulary: Vocabulary,
    model: &str,
    answers: &[String],
    triage_id: &str,
    created_at: &str,
) -> Result<Next, TriageError> {
    let info = ModelInfo {
        id: model.to_owned(),
        effort: false,
    };
    let mut exchange = Exchange::new(prepared, vocabulary, info, 0);
    let mut next = Err(TriageError::new(
        ErrorCode::InvalidArgument,
        "there is no answer to check: paste the model's whole answer",
    ));
    for answer in answers {
        if answer.len() > MAX_ANSWER_BYTES {
            return Err(TriageError::new(
                ErrorCode::InvalidArgument,
                "the answer has more than 256 KiB; paste only the model's answer",
            ));
        }
        let reply = Reply {
            id: String::new(),
            model: model.to_owned(),
            text: answer.clone(),
            stop_reason: StopReason::EndTurn,
            usage: Usage::default(),
            refusal_category: None,
        };
        next = match exchange.take(&reply, triage_id, created_at)? {
            Step::Verdict(mut verdict) => {
                verdict.flags.push(Flag::Pasted);
                return Ok(Next::Verdict { verdict });
            }
            Step::Repair { problems } => return Ok(Next::Repair { problems }),
            Step::Compare => Ok(Next::Compare {
                prompt: exchange.prompt().as_text(),
            }),
        };
    }
    next
}
