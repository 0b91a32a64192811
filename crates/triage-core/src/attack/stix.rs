//! Reads an Enterprise ATT&CK bundle, STIX 2.0 or 2.1: techniques and what is known about them.

mod markdown;
mod sources;

use std::collections::{BTreeMap, HashMap};
use std::fmt;

use serde::Deserialize;

use super::{Catalog, Knowledge, Moved, Tactic, Technique, TechniqueId};
use markdown::plain_text;

/// Why a bundle cannot be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StixError {
    /// Not JSON, or not a STIX bundle.
    Unreadable(String),
    /// The bundle has no active Enterprise technique.
    NoTechniques,
    /// Two active techniques carry the same identifier.
    Duplicate(TechniqueId),
}

impl fmt::Display for StixError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreadable(fault) => write!(
                f,
                "this is not a STIX bundle ({fault}); give MITRE's enterprise-attack JSON file"
            ),
            Self::NoTechniques => write!(
                f,
                "the bundle has no active Enterprise technique; give MITRE's enterprise-attack JSON file"
            ),
            Self::Duplicate(id) => write!(f, "the bundle has two active techniques {id}"),
        }
    }
}

impl std::error::Error for StixError {}

#[derive(Deserialize)]
struct Bundle {
    #[serde(rename = "type")]
    kind: String,
    objects: Vec<Object>,
}

/// The properties read of any object; ATT&CK data model 3.3 names them.
#[derive(Deserialize)]
struct Object {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    id: String,
    #[serde(default)]
    name: String,
    #[serde(default)]
    description: String,
    #[serde(default)]
    revoked: bool,
    #[serde(default)]
    x_mitre_deprecated: bool,
    #[serde(default)]
    external_references: Vec<ExternalReference>,
    #[serde(default)]
    kill_chain_phases: Vec<KillChainPhase>,
    #[serde(default)]
    x_mitre_platforms: Vec<String>,
    #[serde(default)]
    x_mitre_domains: Vec<String>,
    #[serde(default)]
    x_mitre_shortname: String,
    #[serde(default)]
    x_mitre_version: String,
    #[serde(default)]
    tactic_refs: Vec<String>,
    #[serde(default)]
    relationship_type: String,
    #[serde(default)]
    source_ref: String,
    #[serde(default)]
    target_ref: String,
    #[serde(default)]
    x_mitre_analytic_refs: Vec<String>,
    #[serde(default)]
    x_mitre_log_source_references: Vec<LogReference>,
}

#[derive(Deserialize)]
struct LogReference {
    #[serde(default)]
    name: Option<String>,
    #[serde(default)]
    channel: Option<String>,
}

#[derive(Deserialize)]
struct ExternalReference {
    source_name: String,
    #[serde(default)]
    external_id: String,
}

#[derive(Deserialize)]
struct KillChainPhase {
    kill_chain_name: String,
    phase_name: String,
}

impl Object {
    fn is_active(&self) -> bool {
        !self.revoked && !self.x_mitre_deprecated
    }

    fn is_enterprise(&self) -> bool {
        // STIX 2.0 bundles of older versions name no domain: the file is the domain.
        self.x_mitre_domains.is_empty()
            || self
                .x_mitre_domains
                .iter()
                .any(|domain| domain == "enterprise-attack")
    }

    fn attack_id(&self) -> Option<&str> {
        let reference = self
            .external_references
            .iter()
            .find(|r| r.source_name == "mitre-attack")?;
        Some(&reference.external_id)
    }

    fn technique_id(&self) -> Option<TechniqueId> {
        self.attack_id()?.parse().ok()
    }
}

/// Reads the active Enterprise techniques of a bundle, sorted by identifier, and what the bundle
/// relates to each.
///
/// The version is the one the bundle's `x-mitre-collection` states, else `version_hint`,
/// else `unknown`. Revoked and deprecated techniques are kept as identifiers only: where they
/// lead, or that they lead nowhere.
///
/// # Errors
///
/// [`StixError`] where the text is no bundle, holds no active technique or one twice.
pub fn read_stix(json: &[u8], version_hint: Option<&str>) -> Result<Knowledge, StixError> {
    let bundle: Bundle =
        serde_json::from_slice(json).map_err(|error| StixError::Unreadable(error.to_string()))?;
    if bundle.kind != "bundle" {
        return Err(StixError::Unreadable(format!(
            "its type is {:?}",
            bundle.kind
        )));
    }
    let attack_version = bundle
        .objects
        .iter()
        .find(|object| object.kind == "x-mitre-collection" && !object.x_mitre_version.is_empty())
        .map(|collection| collection.x_mitre_version.as_str())
        .or(version_hint)
        .unwrap_or("unknown")
        .to_owned();
    let tactics = read_tactics(&bundle.objects);

    // In the order of identifiers, each with the STIX identifier that relationships use.
    let mut techniques = BTreeMap::new();
    let patterns = bundle
        .objects
        .iter()
        .filter(|object| object.kind == "attack-pattern" && object.is_enterprise());
    let mut deprecated = Vec::new();
    for object in patterns {
        let Some(id) = object.technique_id() else {
            continue;
        };
        if !object.is_active() {
            // A revoked one is found again by its relationship to its heir.
            if !object.revoked {
                deprecated.push(id);
            }
            continue;
        }
        let technique = read_technique(id, object, &tactics);
        if techniques
            .insert(id, (object.id.as_str(), technique))
            .is_some()
        {
            return Err(StixError::Duplicate(id));
        }
    }
    if techniques.is_empty() {
        return Err(StixError::NoTechniques);
    }
    deprecated.retain(|id| !techniques.contains_key(id));
    deprecated.sort_unstable();
    deprecated.dedup();
    let stix_ids: Vec<&str> = techniques.values().map(|(stix_id, _)| *stix_id).collect();
    let sources = sources::read(&bundle.objects, &stix_ids);
    let moved = read_moves(&bundle.objects)
        .into_iter()
        .filter(|moved| !techniques.contains_key(&moved.from))
        .collect();
    Ok(Knowledge {
        catalog: Catalog {
            attack_version,
            tactics,
            techniques: techniques
                .into_values()
                .map(|(_, technique)| technique)
                .collect(),
            moved,
            deprecated,
        },
        sources,
    })
}

fn read_technique(id: TechniqueId, object: &Object, tactics: &[Tactic]) -> Technique {
    let phases = object
        .kill_chain_phases
        .iter()
        .filter(|phase| phase.kill_chain_name == "mitre-attack");
    Technique {
        id,
        name: object.name.trim().to_owned(),
        tactics: phases
            .map(|phase| {
                let known = tactics.iter().find(|t| t.shortname == phase.phase_name);
                known.map_or_else(|| phase.phase_name.clone(), |t| t.name.clone())
            })
            .collect(),
        platforms: object.x_mitre_platforms.clone(),
        description: plain_text(&object.description),
    }
}

/// Where revoked techniques went, in order of identifier; chains are followed by the reader.
fn read_moves(objects: &[Object]) -> Vec<Moved> {
    let ids: HashMap<&str, TechniqueId> = objects
        .iter()
        .filter(|object| object.kind == "attack-pattern")
        .filter_map(|object| Some((object.id.as_str(), object.technique_id()?)))
        .collect();
    let mut moves: Vec<Moved> = objects
        .iter()
        .filter(|object| object.relationship_type == "revoked-by" && object.is_active())
        .filter_map(|object| {
            let from = *ids.get(object.source_ref.as_str())?;
            let to = *ids.get(object.target_ref.as_str())?;
            (from != to).then_some(Moved { from, to })
        })
        .collect();
    moves.sort_unstable();
    moves.dedup_by_key(|moved| moved.from);
    moves
}

/// The active tactics in the order of the matrix.
fn read_tactics(objects: &[Object]) -> Vec<Tactic> {
    let order: Vec<&str> = objects
        .iter()
        .filter(|object| object.kind == "x-mitre-matrix" && object.is_active())
        .flat_map(|matrix| matrix.tactic_refs.iter().map(String::as_str))
        .collect();
    let mut tactics: Vec<(usize, Tactic)> = objects
        .iter()
        .filter(|object| object.kind == "x-mitre-tactic" && object.is_active())
        .map(|object| {
            let tactic = Tactic {
                id: object.attack_id().unwrap_or_default().to_owned(),
                shortname: object.x_mitre_shortname.clone(),
                name: object.name.clone(),
            };
            let place = order
                .iter()
                .position(|id| *id == object.id)
                .unwrap_or(order.len());
            (place, tactic)
        })
        .collect();
    tactics.sort_by_key(|(place, _)| *place);
    tactics.into_iter().map(|(_, tactic)| tactic).collect()
}

#[cfg(test)]
mod tests;
