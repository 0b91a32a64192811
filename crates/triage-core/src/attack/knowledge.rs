//! What ATT&CK says about a technique beyond its description: how it was used, how it is detected
//! and what helps against it. Raw material of the index; the browser loads only what was made of it.

use serde::{Deserialize, Serialize};

use super::Catalog;

/// A bundle's techniques and, in the same order, what is known about each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Knowledge {
    /// The techniques.
    pub catalog: Catalog,
    /// One entry for each of [`Catalog::techniques`].
    pub sources: Vec<Sources>,
}

/// Everything a bundle relates to one technique.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sources {
    /// How it is detected (ATT&CK v18 and later), in the bundle's order.
    pub analytics: Vec<Analytic>,
    /// How it was used, in the order of the relationships' STIX identifiers.
    pub procedures: Vec<Procedure>,
    /// What helps against it, in the order of their identifiers.
    pub mitigations: Vec<Mitigation>,
}

/// One analytic of a detection strategy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Analytic {
    /// `AN0277`.
    pub id: String,
    /// The detection strategy it belongs to, `DET0118`.
    pub strategy: String,
    /// The strategy's name.
    pub strategy_name: String,
    /// `Windows`, ...
    pub platforms: Vec<String>,
    /// Plain text.
    pub text: String,
    /// Where to look, in the bundle's order.
    pub log_sources: Vec<LogSource>,
}

/// A log and the part of it to look at.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct LogSource {
    /// `WinEventLog:Sysmon`.
    pub name: String,
    /// `EventCode=10`; empty where the bundle names none.
    pub channel: String,
}

/// One procedure example: who used a technique, and how.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Procedure {
    /// Identifier of the group, campaign or software: `G0016`, `C0024`, `S0154`.
    pub actor: String,
    /// Its name.
    pub actor_name: String,
    /// Plain text.
    pub text: String,
}

/// What helps against a technique.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Mitigation {
    /// `M1038`.
    pub id: String,
    /// `Execution Prevention`.
    pub name: String,
    /// How it helps against this technique, plain text.
    pub text: String,
}
