//! Which instructions embed the fastest here: nothing else tells what a processor does with them.

use triage_core::protocol::{Arithmetic as Chosen, ErrorCode, Instructions, TriageError, Trial};
use triage_engine::{Arithmetic, Engine};
use web_sys::AbortSignal;

use crate::host;

/// Short, because this runs while somebody waits, and the browser has not yet made its best code
/// of the program.
const TEXT: &str = "suspicious encoded command";

/// Each is tried so often, in turn, so that what else the machine does meets all alike.
const ROUNDS: usize = 3;

/// Leaves the engine with the instructions that are wanted, or with the fastest of those that this
/// build has.
pub(crate) async fn choose(
    engine: &mut Engine,
    wanted: Instructions,
    stop: &AbortSignal,
) -> Result<Chosen, TriageError> {
    let wanted = match wanted {
        Instructions::Fastest => return fastest(engine, stop).await,
        Instructions::RelaxedDot => Arithmetic::RelaxedDot,
        Instructions::Widened => Arithmetic::Widened,
    };
    if !Arithmetic::AVAILABLE.contains(&wanted) {
        let fault = "this browser has no relaxed SIMD; leave `instructions` out";
        return Err(TriageError::new(ErrorCode::InvalidArgument, fault));
    }
    engine.set_arithmetic(wanted);
    Ok(Chosen {
        name: wanted.name().to_owned(),
        tried: Vec::new(),
    })
}

/// What a helper is told, so that it need not try.
pub(crate) fn again(chosen: &Chosen) -> Instructions {
    if chosen.name == Arithmetic::RelaxedDot.name() {
        Instructions::RelaxedDot
    } else {
        Instructions::Widened
    }
}

async fn fastest(engine: &mut Engine, stop: &AbortSignal) -> Result<Chosen, TriageError> {
    let mut tried: Vec<(Arithmetic, f64)> = Arithmetic::AVAILABLE
        .iter()
        .map(|arithmetic| (*arithmetic, f64::INFINITY))
        .collect();
    for _ in 0..ROUNDS {
        host::pause(stop).await?;
        for (arithmetic, least) in &mut tried {
            engine.set_arithmetic(*arithmetic);
            let started = host::milliseconds();
            engine.embed(TEXT)?;
            *least = least.min(host::milliseconds() - started);
        }
    }
    let fastest = tried.iter().min_by(|(_, a), (_, b)| a.total_cmp(b));
    let chosen = fastest.map_or(Arithmetic::Widened, |(arithmetic, _)| *arithmetic);
    engine.set_arithmetic(chosen);
    let tried = tried.into_iter().map(|(arithmetic, ms)| Trial {
        name: arithmetic.name().to_owned(),
        ms,
    });
    Ok(Chosen {
        name: chosen.name().to_owned(),
        tried: tried.collect(),
    })
}
