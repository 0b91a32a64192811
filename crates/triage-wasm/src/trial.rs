//! Which instructions embed the fastest here: nothing else tells what a processor does with them.

use triage_core::protocol::{Arithmetic as Chosen, ErrorCode, TriageError, Trial};
use triage_engine::{Arithmetic, Engine};

use crate::host;

/// As long as most titles.
const TEXT: &str = "suspicious encoded command started by an office application on a server";

/// Each is tried so often, in turn, so that what else the machine does meets all alike.
const ROUNDS: usize = 4;

const ALL: [Arithmetic; 3] = [
    Arithmetic::RelaxedDot,
    Arithmetic::RelaxedPairs,
    Arithmetic::Widened,
];

/// Tries what this build has, and leaves the engine with the fastest; unless the page wants one,
/// after which it names the worker.
pub(crate) fn choose(engine: &mut Engine) -> Result<Chosen, TriageError> {
    let wanted = host::name();
    let is_known = ALL.iter().any(|arithmetic| arithmetic.name() == wanted);
    if is_known {
        return set(engine, &wanted);
    }
    let mut tried: Vec<(Arithmetic, f64)> = Arithmetic::AVAILABLE
        .iter()
        .map(|arithmetic| (*arithmetic, f64::INFINITY))
        .collect();
    for _ in 0..ROUNDS {
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

fn set(engine: &mut Engine, wanted: &str) -> Result<Chosen, TriageError> {
    let mut available = Arithmetic::AVAILABLE.iter();
    let Some(arithmetic) = available.find(|arithmetic| arithmetic.name() == wanted) else {
        let fault = format!("{wanted} needs relaxed SIMD, which this browser does not have");
        return Err(TriageError::new(ErrorCode::InvalidArgument, fault));
    };
    engine.set_arithmetic(*arithmetic);
    Ok(Chosen {
        name: wanted.to_owned(),
        tried: Vec::new(),
    })
}
