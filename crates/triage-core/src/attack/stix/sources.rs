//! What a bundle relates to its techniques: procedures, analytics and mitigations.

use std::collections::HashMap;

use super::super::knowledge::{Analytic, LogSource, Mitigation, Procedure, Sources};
use super::Object;
use super::markdown::plain_text;

/// The sources of each technique, in the order of `techniques` (their STIX identifiers).
///
/// A bundle lists its objects in any order, so what is related is sorted by identifiers that do
/// not change: the same content gives the same sources.
pub(super) fn read(objects: &[Object], techniques: &[&str]) -> Vec<Sources> {
    let places: HashMap<&str, usize> = techniques.iter().copied().zip(0..).collect();
    let by_id: HashMap<&str, &Object> = objects
        .iter()
        .filter(|object| object.is_active())
        .map(|object| (object.id.as_str(), object))
        .collect();
    let mut relationships: Vec<&Object> = objects
        .iter()
        .filter(|object| object.kind == "relationship" && object.is_active())
        .collect();
    relationships.sort_by_key(|object| object.id.as_str());

    let mut sources = vec![Sources::default(); techniques.len()];
    for relationship in relationships {
        let place = places.get(relationship.target_ref.as_str());
        let Some(found) = place.and_then(|place| sources.get_mut(*place)) else {
            continue;
        };
        let Some(other) = by_id.get(relationship.source_ref.as_str()) else {
            continue;
        };
        let id = other.attack_id().unwrap_or_default();
        let text = plain_text(&relationship.description);
        match relationship.relationship_type.as_str() {
            "uses" if !text.is_empty() => found.procedures.push(Procedure {
                actor: id.to_owned(),
                actor_name: other.name.clone(),
                text,
            }),
            "mitigates" => found.mitigations.push(Mitigation {
                id: id.to_owned(),
                name: other.name.clone(),
                text,
            }),
            "detects" => {
                let analytics = other.x_mitre_analytic_refs.iter();
                let analytics = analytics.filter_map(|id| by_id.get(id.as_str()));
                found
                    .analytics
                    .extend(analytics.map(|analytic| read_analytic(other, analytic)));
            }
            _ => {}
        }
    }
    for found in &mut sources {
        found.mitigations.sort_by(|a, b| a.id.cmp(&b.id));
    }
    sources
}

fn read_analytic(strategy: &Object, analytic: &Object) -> Analytic {
    let mut log_sources: Vec<LogSource> = Vec::new();
    for reference in &analytic.x_mitre_log_source_references {
        let channel = reference.channel.as_deref().unwrap_or_default();
        let source = LogSource {
            name: reference.name.clone().unwrap_or_default(),
            // Some bundles write the word for "no channel".
            channel: if channel == "None" { "" } else { channel }.to_owned(),
        };
        if !source.name.is_empty() && !log_sources.contains(&source) {
            log_sources.push(source);
        }
    }
    Analytic {
        id: analytic.attack_id().unwrap_or_default().to_owned(),
        strategy: strategy.attack_id().unwrap_or_default().to_owned(),
        strategy_name: strategy.name.clone(),
        platforms: analytic.x_mitre_platforms.clone(),
        text: plain_text(&analytic.description),
        log_sources,
    }
}
