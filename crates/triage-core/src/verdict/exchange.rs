//! The exchange with the model about one alert: one request, at most one repair, one result.

use super::{Verdict, VerdictContext, VerdictError, parse_verdict};
use crate::attack::{TechniqueId, Vocabulary};
use crate::digest::sha256_hex;
use crate::protocol::{ErrorCode, TriageError};
use crate::retrieval::Prepared;
use crate::wire::{MessagesRequest, ModelInfo, Reply, Usage};

/// Everything needed to turn replies into one verdict. It holds no connection: the caller sends
/// [`Exchange::body`] and gives the reply back.
#[derive(Debug)]
pub struct Exchange {
    prepared: Prepared,
    vocabulary: Vocabulary,
    model: ModelInfo,
    max_tokens: u32,
    request: MessagesRequest,
    first: Option<Usage>,
}

/// What follows from a reply.
#[derive(Debug)]
pub enum Step {
    /// Checked and done.
    Verdict(Box<Verdict>),
    /// The answer was malformed: send [`Exchange::body`] once more.
    Repair,
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
            prepared,
            vocabulary,
            model,
            max_tokens,
            request,
            first: None,
        }
    }

    /// The exact bytes to send next.
    ///
    /// # Errors
    ///
    /// [`ErrorCode::RedactionResidue`] where a value that has a pseudonym still stands in them.
    pub fn body(&self) -> Result<String, TriageError> {
        let body = serde_json::to_string(&self.request)
            .expect("a request has only strings, numbers and lists, which JSON can hold");
        let residue = self.prepared.pseudonyms.residue(&body);
        if residue.is_empty() {
            return Ok(body);
        }
        Err(TriageError::new(
            ErrorCode::RedactionResidue,
            format!(
                "nothing was sent: the prompt still holds the original of {}; remove it from the \
                 alert and triage again",
                residue.join(", ")
            ),
        ))
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
        let body = serde_json::to_string(&self.request).unwrap_or_default();
        let retrieved: Vec<TechniqueId> = self
            .prepared
            .retrieval
            .techniques
            .iter()
            .map(|technique| technique.id)
            .collect();
        let result = parse_verdict(
            reply,
            &VerdictContext {
                triage_id,
                created_at,
                attack_version: &self.prepared.attack_version,
                index_id: &self.prepared.index_id,
                prompt_sha256: &sha256_hex(body.as_bytes()),
                vocabulary: &self.vocabulary,
                retrieved: &retrieved,
                sent: &self.prepared.prompt.quotable(),
                pseudonyms: &self.prepared.pseudonyms,
                repaired: self.first.as_ref(),
            },
        );
        match result {
            Ok(verdict) => Ok(Step::Verdict(Box::new(verdict))),
            Err(VerdictError::Malformed { problems }) if self.first.is_none() => {
                self.first = Some(reply.usage);
                self.request = self.prepared.prompt.repair(
                    &self.model,
                    self.max_tokens,
                    &reply.text,
                    &problems,
                );
                Ok(Step::Repair)
            }
            Err(error) => Err(error),
        }
    }
}
