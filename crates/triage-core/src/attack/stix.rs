//! Reads techniques from an Enterprise ATT&CK bundle, STIX 2.0 or 2.1.

use std::collections::{BTreeMap, HashMap};
use std::fmt;
use std::sync::LazyLock;

use regex::Regex;
use serde::Deserialize;

use super::{Catalog, Tactic, Technique, TechniqueId};

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
}

/// Reads the active Enterprise techniques of a bundle, sorted by identifier.
///
/// The version is the one the bundle's `x-mitre-collection` states, else `version_hint`,
/// else `unknown`. Revoked and deprecated techniques are left out.
///
/// # Errors
///
/// [`StixError`] where the text is no bundle, holds no active technique or one twice.
pub fn read_stix(json: &[u8], version_hint: Option<&str>) -> Result<Catalog, StixError> {
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
    let tactic_names: HashMap<&str, &str> = tactics
        .iter()
        .map(|t| (t.shortname.as_str(), t.name.as_str()))
        .collect();

    let mut techniques = BTreeMap::new();
    let patterns = bundle.objects.iter().filter(|object| {
        object.kind == "attack-pattern" && object.is_active() && object.is_enterprise()
    });
    for object in patterns {
        let Some(id) = object
            .attack_id()
            .and_then(|id| id.parse::<TechniqueId>().ok())
        else {
            continue;
        };
        let tactics = object
            .kill_chain_phases
            .iter()
            .filter(|phase| phase.kill_chain_name == "mitre-attack");
        let technique = Technique {
            id,
            name: object.name.trim().to_owned(),
            tactics: tactics
                .map(|phase| {
                    let name = tactic_names.get(phase.phase_name.as_str());
                    (*name.unwrap_or(&phase.phase_name.as_str())).to_owned()
                })
                .collect(),
            platforms: object.x_mitre_platforms.clone(),
            description: plain_text(&object.description),
        };
        if techniques.insert(id, technique).is_some() {
            return Err(StixError::Duplicate(id));
        }
    }
    if techniques.is_empty() {
        return Err(StixError::NoTechniques);
    }
    Ok(Catalog {
        attack_version,
        tactics,
        techniques: techniques.into_values().collect(),
    })
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

static CITATION: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\s?\(Citation: [^)]*\)").expect("the pattern is a constant that tests compile")
});
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"\[([^\]]*)\]\([^)\s]*\)").expect("the pattern is a constant that tests compile")
});
static TAG: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"</?(?:code|br|b|i|p|pre|ul|li)\s*/?>")
        .expect("the pattern is a constant that tests compile")
});

/// ATT&CK's Markdown as plain text: links keep their words, citations and tags go.
fn plain_text(markdown: &str) -> String {
    let text = CITATION.replace_all(markdown, "");
    let text = LINK.replace_all(&text, "$1");
    TAG.replace_all(&text, "").trim().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn pattern(id: &str, extra: &Value) -> Value {
        let mut object = json!({
            "type": "attack-pattern", "id": format!("attack-pattern--{id}"), "name": id,
            "description": format!("About [{id}](https://example.org/x).(Citation: Someone 2020) Uses <code>cmd</code>."),
            "external_references": [{"source_name": "mitre-attack", "external_id": id}],
            "kill_chain_phases": [{"kill_chain_name": "mitre-attack", "phase_name": "execution"}],
        });
        for (key, value) in extra.as_object().unwrap() {
            object[key] = value.clone();
        }
        object
    }

    fn bundle(objects: &[Value]) -> Vec<u8> {
        serde_json::to_vec(&json!({"type": "bundle", "id": "bundle--1", "objects": objects}))
            .unwrap()
    }

    #[test]
    fn active_enterprise_techniques_in_order() {
        let json = bundle(&[
            pattern("T1059.001", &json!({"x_mitre_platforms": ["Windows"]})),
            pattern("T1003", &json!({})),
            pattern("T1086", &json!({"revoked": true})),
            pattern("T1064", &json!({"x_mitre_deprecated": true})),
            pattern("T1401", &json!({"x_mitre_domains": ["mobile-attack"]})),
            json!({"type": "x-mitre-tactic", "id": "t", "name": "Execution",
                "x_mitre_shortname": "execution",
                "external_references": [{"source_name": "mitre-attack", "external_id": "TA0002"}]}),
            json!({"type": "x-mitre-collection", "id": "c", "x_mitre_version": "18.1"}),
        ]);
        let catalog = read_stix(&json, Some("9.9")).unwrap();
        assert_eq!(catalog.attack_version, "18.1");
        assert_eq!(catalog.tactics[0].id, "TA0002");
        let ids: Vec<_> = catalog
            .techniques
            .iter()
            .map(|t| t.id.to_string())
            .collect();
        assert_eq!(ids, ["T1003", "T1059.001"]);
        let powershell = catalog.get("T1059.001".parse().unwrap()).unwrap();
        assert_eq!(powershell.tactics, ["Execution"]);
        assert_eq!(powershell.platforms, ["Windows"]);
        assert_eq!(powershell.description, "About T1059.001. Uses cmd.");
        assert!(catalog.is_sorted());
    }

    #[test]
    fn a_bundle_without_collection_takes_the_hint() {
        let json = bundle(&[pattern("T1003", &json!({}))]);
        assert_eq!(
            read_stix(&json, Some("18.1")).unwrap().attack_version,
            "18.1"
        );
        assert_eq!(read_stix(&json, None).unwrap().attack_version, "unknown");
    }

    #[test]
    fn what_is_no_bundle_is_refused() {
        assert!(matches!(
            read_stix(b"{", None),
            Err(StixError::Unreadable(_))
        ));
        assert!(matches!(
            read_stix(b"{\"type\":\"report\",\"objects\":[]}", None),
            Err(StixError::Unreadable(_))
        ));
        assert_eq!(read_stix(&bundle(&[]), None), Err(StixError::NoTechniques));
        let twice = bundle(&[pattern("T1003", &json!({})), pattern("T1003", &json!({}))]);
        assert!(matches!(
            read_stix(&twice, None),
            Err(StixError::Duplicate(_))
        ));
    }
}
