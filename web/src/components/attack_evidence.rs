//! What ATT&CK has on a technique that is near to the alert: who used it, how it is noticed, what
//! helps, which logs to look at.

use std::collections::BTreeMap;

use leptos::prelude::*;
use triage_core::attack::{LogSource, Mitigation, TechniqueId};
use triage_core::evidence::{AttackEvidence, NearPassage, PassageKind, TechniqueEvidence};

use super::notice::Failure;
use super::technique_link::{NewTab, TechniqueLink};
use crate::insight::Lookup;

/// Evidence for one technique.
#[derive(Clone, Copy)]
pub(crate) struct EvidenceOf {
    /// The technique.
    pub(crate) technique: TechniqueId,
    /// What was found for all of them.
    pub(crate) evidence: Signal<Lookup<AttackEvidence>>,
}

/// The evidence of one technique, or where it is.
#[component]
pub(crate) fn TechniqueEvidenceView(
    of: EvidenceOf,
    #[prop(into)] on_retry: Callback<()>,
) -> impl IntoView {
    let EvidenceOf {
        technique,
        evidence,
    } = of;
    move || {
        match evidence.get() {
        Lookup::Idle | Lookup::Running => view! { <Arriving/> }.into_any(),
        Lookup::Failed(error) => view! {
            <Failure error retry_label="Fetch ATT&CK's texts again" on_retry test_id="retry-evidence"/>
        }
        .into_any(),
        Lookup::Found(found) => {
            let own = found.techniques.iter().find(|own| own.technique == technique);
            own.cloned().map(|found| view! { <Evidence found/> }).into_any()
        }
    }
    }
}

/// The nearest passages whichever technique they are about, or where they are.
#[component]
pub(crate) fn NearestPassages(
    #[prop(into)] evidence: Signal<Lookup<AttackEvidence>>,
    #[prop(into)] on_retry: Callback<()>,
) -> impl IntoView {
    move || {
        match evidence.get() {
        Lookup::Idle => ().into_any(),
        Lookup::Running => view! { <h3>"Nearest in ATT&CK"</h3> <Arriving/> }.into_any(),
        Lookup::Failed(error) => view! {
            <h3>"Nearest in ATT&CK"</h3>
            <Failure error retry_label="Fetch ATT&CK's texts again" on_retry test_id="retry-evidence"/>
        }
        .into_any(),
        Lookup::Found(found) if found.nearest.is_empty() => ().into_any(),
        Lookup::Found(found) => view! {
            <h3>"Nearest in ATT&CK"</h3>
            <p class="muted small">"Of all texts on all techniques, those whose meaning lies nearest to the alert."</p>
            <ul class="passages clamped" data-testid="nearest">
                {found.nearest.iter().cloned().map(|near| view! { <Passage near with_technique=true/> }).collect_view()}
            </ul>
        }
        .into_any(),
    }
    }
}

#[component]
fn Arriving() -> impl IntoView {
    view! {
        <p class="muted small arriving" role="status" data-testid="evidence-arriving">
            "ATT&CK's texts are still on their way. The techniques above do not depend on them."
        </p>
    }
}

#[component]
fn Evidence(found: TechniqueEvidence) -> impl IntoView {
    let TechniqueEvidence {
        nearest,
        strategies,
        mitigations,
        log_sources,
        ..
    } = found;
    let passages = if nearest.is_empty() {
        view! { <p class="muted small">"ATT&CK has no text on it that could be compared."</p> }
            .into_any()
    } else {
        view! {
            <ul class="passages" data-testid="passages">
                {nearest.into_iter().map(|near| view! { <Passage near/> }).collect_view()}
            </ul>
        }
        .into_any()
    };
    view! {
        <div data-testid="technique-evidence">
            {passages}
            <Strategies strategies/>
            <LogSources log_sources/>
            <Mitigations mitigations/>
        </div>
    }
}

#[component]
fn Passage(near: NearPassage, #[prop(optional)] with_technique: bool) -> impl IntoView {
    let NearPassage {
        technique,
        passage,
        url,
        similarity,
    } = near;
    let kind = match passage.kind {
        PassageKind::Description => "Description",
        PassageKind::Analytic => "Detection",
        PassageKind::Procedure => "Procedure",
    };
    let source = (!passage.source.is_empty()).then(|| {
        let name = format!("{} {}", passage.source, passage.name);
        if passage.kind == PassageKind::Procedure {
            view! { <a href=url target="_blank" rel="noopener noreferrer">{name}<NewTab/></a> }
                .into_any()
        } else {
            view! { <span>{name}</span> }.into_any()
        }
    });
    view! {
        <li class="passage" data-testid="passage">
            <p class="passage-head">
                <span class="tag quiet">{kind}</span>
                {with_technique.then(|| view! { <TechniqueLink id=technique test_id="nearest-technique"/> })}
                <span class="similarity" title="Cosine of the two meanings: 1 is the same">{format!("similarity {similarity:.2}")}</span>
            </p>
            {source.map(|source| view! { <p class="passage-source">{source}</p> })}
            <p class="prose passage-text">{passage.text}</p>
        </li>
    }
}

#[component]
fn Strategies(strategies: Vec<(String, String)>) -> impl IntoView {
    let items = strategies.into_iter().map(|(id, name)| {
        let url = page("detectionstrategies", &id);
        view! { <li><a href=url target="_blank" rel="noopener noreferrer">{id}<NewTab/></a> " " {name}</li> }
    });
    let items: Vec<_> = items.collect();
    (!items.is_empty()).then(|| {
        view! {
            <h5>"How it is detected"</h5>
            <ul class="items" data-testid="strategies">{items}</ul>
        }
    })
}

/// Logs by name, each with everything to look at in it.
#[component]
fn LogSources(log_sources: Vec<LogSource>) -> impl IntoView {
    let mut by_name: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for LogSource { name, channel } in log_sources {
        let channels = by_name.entry(name).or_default();
        if !channel.is_empty() && !channels.contains(&channel) {
            channels.push(channel);
        }
    }
    (!by_name.is_empty()).then(|| {
        let rows = by_name.into_iter().map(|(name, channels)| {
            view! {
                <li>
                    <code>{name}</code>
                    {(!channels.is_empty()).then(|| view! { <span class="muted">" " {channels.join("; ")}</span> })}
                </li>
            }
        });
        view! {
            <h5>"Logs to look at"</h5>
            <ul class="items" data-testid="log-sources">{rows.collect_view()}</ul>
        }
    })
}

#[component]
fn Mitigations(mitigations: Vec<Mitigation>) -> impl IntoView {
    (!mitigations.is_empty()).then(|| {
        let rows = mitigations.into_iter().map(|Mitigation { id, name, text }| {
            let url = page("mitigations", &id);
            view! {
                <li>
                    <details>
                        <summary>{name}</summary>
                        <p class="prose">{text} " (" <a href=url target="_blank" rel="noopener noreferrer">{id}<NewTab/></a> ")"</p>
                    </details>
                </li>
            }
        });
        view! {
            <h5>"What helps against it"</h5>
            <ul class="mitigations" data-testid="mitigations">{rows.collect_view()}</ul>
        }
    })
}

/// A page at MITRE. Identifiers come from the assets and are letters and digits; anything else
/// leads to the front page.
fn page(folder: &str, id: &str) -> String {
    if id.bytes().all(|byte| byte.is_ascii_alphanumeric()) {
        format!("https://attack.mitre.org/{folder}/{id}/")
    } else {
        "https://attack.mitre.org/".to_owned()
    }
}
