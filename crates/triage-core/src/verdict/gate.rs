//! What code makes of the model's word: a verdict never looks better than its evidence.

use super::{Differential, Flag, Verdict, VerdictKind};
use crate::alert::Severity;
use crate::signal::Signal;

/// The most confidence that is shown where the model's verdict was not taken over.
const NOT_TAKEN_OVER: f64 = 0.5;

/// The lowest level that calls an alert an attack or suspicious: `MEDIUM`.
const DAMNING: u8 = 2;

/// What became of the question without the suspected text.
pub(super) enum Comparison {
    /// Nothing was suspected.
    None,
    /// The model answered.
    Answered(Differential),
    /// It did not, or not in the agreed form.
    Failed,
}

/// Checks a verdict against its evidence, the signals and the comparison. Where it cannot stand,
/// it becomes `INCONCLUSIVE` with a flag that says why; what the model said stays beside it.
pub(super) fn gate(verdict: &mut Verdict, signals: &[Signal], comparison: Comparison) {
    let said = verdict.model_verdict;
    verdict.signals = signals.to_vec();
    if is_damning(said) && !verdict.evidence.iter().any(|evidence| evidence.resolved) {
        withhold(verdict, Flag::Unsupported);
    }
    let is_severe = signals
        .iter()
        .any(|signal| signal.severity >= Severity::High);
    if is_severe && said.level().is_some_and(|level| level < DAMNING) {
        withhold(verdict, Flag::HeldBySignal);
    }
    match comparison {
        Comparison::None => {}
        Comparison::Answered(without) => {
            verdict.flags.push(Flag::InjectionSuspected);
            if is_better(said, without.verdict) {
                withhold(verdict, Flag::HeldByInjection);
            }
            verdict.differential = Some(without);
        }
        Comparison::Failed => {
            verdict.flags.push(Flag::InjectionSuspected);
            withhold(verdict, Flag::HeldUncompared);
        }
    }
    verdict.flags.sort_unstable();
    verdict.flags.dedup();
}

fn is_damning(kind: VerdictKind) -> bool {
    kind.level().is_some_and(|level| level >= DAMNING)
}

/// Whether a verdict is milder than another. No verdict is milder than a damning one, and what
/// is called harmless is milder than no verdict.
fn is_better(said: VerdictKind, without: VerdictKind) -> bool {
    match (said.level(), without.level()) {
        (Some(said), Some(without)) => said < without,
        (Some(said), None) => said < DAMNING,
        (None, Some(without)) => without >= DAMNING,
        (None, None) => false,
    }
}

fn withhold(verdict: &mut Verdict, why: Flag) {
    verdict.verdict = VerdictKind::Inconclusive;
    verdict.confidence = verdict.confidence.min(NOT_TAKEN_OVER);
    verdict.flags.push(why);
}
