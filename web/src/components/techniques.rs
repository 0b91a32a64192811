//! Retrieved techniques, best first, and everything else that was found in the alert.

use leptos::prelude::*;
use triage_core::decode::{DecodedLayer, Encoding};
use triage_core::observable::{Observable, ObservableKind};
use triage_core::rank::{RankedTechnique, Reason};

/// Observables shown before "show all".
const SHOWN_OBSERVABLES: usize = 12;

/// Characters shown of one decoded layer.
const SHOWN_LAYER: usize = 4000;

/// The ranked list.
#[component]
pub(crate) fn Techniques(techniques: Vec<RankedTechnique>) -> impl IntoView {
    if techniques.is_empty() {
        return view! { <p class="muted">"No technique was found in this text."</p> }.into_any();
    }
    view! {
        <ol class="techniques">
            {techniques.into_iter().map(|technique| view! { <Technique technique/> }).collect_view()}
        </ol>
    }
    .into_any()
}

#[component]
fn Technique(technique: RankedTechnique) -> impl IntoView {
    let RankedTechnique {
        id,
        name,
        tactics,
        platforms,
        description,
        score,
        reasons,
        ..
    } = technique;
    let percent = format!("{:.0}%", score * 100.0);
    view! {
        <li class="technique" data-testid="technique">
            <div class="technique-head">
                <TechniqueLink id=id.to_string() url=id.url()/>
                <span class="technique-name">{name}</span>
                <span class="score">
                    <span class="bar" aria-hidden="true">
                        <span class="bar-fill" style:width=percent></span>
                    </span>
                    <span class="score-number" title="Cosine similarity, not a probability">
                        <span class="sr-only">"similarity "</span>
                        {format!("{score:.2}")}
                    </span>
                </span>
            </div>
            <p class="tactics">{tactics.into_iter().map(|tactic| view! { <span class="tag">{tactic}</span> }).collect_view()}</p>
            <ul class="reasons" aria-label="Why it is here">
                {reasons.into_iter().map(|reason| view! { <li>{explain(&reason)}</li> }).collect_view()}
            </ul>
            <details>
                <summary>"Description"</summary>
                <p class="prose">{description}</p>
                {(!platforms.is_empty()).then(|| view! { <p class="muted small">"Platforms: " {platforms.join(", ")}</p> })}
            </details>
        </li>
    }
}

/// A technique's identifier as a link to its page at MITRE.
#[component]
pub(crate) fn TechniqueLink(id: String, url: String) -> impl IntoView {
    view! {
        <a class="technique-id" data-testid="technique-id" href=url target="_blank" rel="noopener noreferrer">
            {id}
            <span class="sr-only">" (opens attack.mitre.org in a new tab)"</span>
        </a>
    }
}

/// Addresses, names and the like seen in the alert.
#[component]
pub(crate) fn Observables(observables: Vec<Observable>) -> impl IntoView {
    if observables.is_empty() {
        return ().into_any();
    }
    let total = observables.len();
    let is_open = RwSignal::new(false);
    let shown = move || {
        let limit = if is_open.get() {
            total
        } else {
            SHOWN_OBSERVABLES
        };
        observables
            .iter()
            .take(limit)
            .map(|observable| view! {
                <li>
                    <span class="kind">{kind_name(observable.kind)}</span>
                    <code>{observable.value.clone()}</code>
                    {observable.internal.then(|| view! { <span class="tag quiet">"internal"</span> })}
                </li>
            })
            .collect_view()
    };
    view! {
        <h3>{format!("Observables ({total})")}</h3>
        <ul class="observables">{shown}</ul>
        {move || (total > SHOWN_OBSERVABLES && !is_open.get()).then(|| view! {
            <button type="button" class="button quiet" on:click=move |_| is_open.set(true)>
                {format!("Show all {total}")}
            </button>
        })}
    }
    .into_any()
}

/// Encoded parts of the alert, decoded.
#[component]
pub(crate) fn Layers(layers: Vec<DecodedLayer>) -> impl IntoView {
    if layers.is_empty() {
        return ().into_any();
    }
    let items = layers.into_iter().map(|layer| {
        let encoding = match layer.encoding {
            Encoding::Base64Utf16 => "Base64 of UTF-16 text",
            Encoding::Base64Utf8 => "Base64 of UTF-8 text",
        };
        let is_cut = layer.text.chars().count() > SHOWN_LAYER;
        let text: String = layer.text.chars().take(SHOWN_LAYER).collect();
        view! {
            <figure class="layer">
                <figcaption class="muted small">
                    {encoding}
                    {(layer.depth > 1).then(|| format!(", layer {}", layer.depth))}
                    {is_cut.then(|| format!(", first {SHOWN_LAYER} characters"))}
                </figcaption>
                <pre class="code" tabindex="0" role="group" aria-label="Decoded text">{text}</pre>
            </figure>
        }
    });
    view! {
        <h3>"Decoded"</h3>
        {items.collect_view()}
    }
    .into_any()
}

fn explain(reason: &Reason) -> String {
    match reason {
        Reason::Words { points, words } => {
            let words: Vec<&str> = words.iter().map(|word| word.text.as_str()).collect();
            format!("words {points:+.1}: {}", words.join(", "))
        }
        Reason::Meaning { points, similarity } => {
            format!("meaning {points:+.1} (similarity {similarity:.2})")
        }
        Reason::Examples { points } => format!("labelled examples {points:+.1}"),
        Reason::Known { points } => format!("seen in use {points:+.1}"),
        Reason::Named { points } => format!("named by the alert {points:+.1}"),
        Reason::Platform { points, alert } => {
            format!("not on {} {points:+.1}", alert.join(", "))
        }
    }
}

fn kind_name(kind: ObservableKind) -> &'static str {
    match kind {
        ObservableKind::Ipv4Addr => "IPv4",
        ObservableKind::Ipv6Addr => "IPv6",
        ObservableKind::DomainName => "Domain",
        ObservableKind::Url => "URL",
        ObservableKind::EmailAddr => "E-mail",
        ObservableKind::FileHash => "Hash",
        ObservableKind::File => "File",
        ObservableKind::WindowsRegistryKey => "Registry",
        ObservableKind::UserAccount => "User",
        ObservableKind::Host => "Host",
        ObservableKind::Vulnerability => "CVE",
        ObservableKind::AttackPattern => "ATT&CK",
    }
}
