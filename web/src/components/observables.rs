//! Everything else that was found in the alert: addresses, names and the like, and decoded parts.

use leptos::prelude::*;
use triage_core::decode::DecodedLayer;
use triage_core::observable::{Observable, ObservableKind};

use super::copy::CopyButton;

/// Observables shown before "show all".
const SHOWN_OBSERVABLES: usize = 12;

/// Characters shown of one decoded layer.
const SHOWN_LAYER: usize = 4000;

/// Addresses, names and the like seen in the alert.
#[component]
pub(crate) fn Observables(observables: Vec<Observable>) -> impl IntoView {
    if observables.is_empty() {
        return ().into_any();
    }
    let total = observables.len();
    let copied: Vec<_> = observables.iter().map(Observable::defanged).collect();
    let copied = copied.join("\n");
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
                    <code>{observable.defanged().into_owned()}</code>
                    {observable.internal.then(|| view! { <span class="tag quiet">"internal"</span> })}
                    {observable.layer.map(|layer| view! { <span class="tag quiet">{format!("decoded part {}", layer + 1)}</span> })}
                </li>
            })
            .collect_view()
    };
    view! {
        <div class="ranking-head">
            <h3>{format!("Observables ({total})")}</h3>
            <CopyButton text=copied what="the observables, defanged"/>
        </div>
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
    let items = layers.into_iter().enumerate().map(|(place, layer)| {
        let copied = layer.text.clone();
        let encoding = layer.encoding.name();
        let is_cut = layer.text.chars().count() > SHOWN_LAYER;
        let text: String = layer.text.chars().take(SHOWN_LAYER).collect();
        view! {
            <figure class="layer">
                <figcaption class="muted small">
                    {format!("Part {}: {encoding}, bytes {} to {} of the alert", place + 1, layer.span.start, layer.span.end)}
                    {(layer.depth > 1).then(|| format!(", layer {}", layer.depth))}
                    {is_cut.then(|| format!(", first {SHOWN_LAYER} characters"))}
                    " "<CopyButton text=copied what="this decoded part"/>
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
        ObservableKind::MacAddr => "MAC",
        ObservableKind::AccountId => "Account",
        ObservableKind::Process => "Process",
        ObservableKind::CommandLine => "Command",
        ObservableKind::Vulnerability => "CVE",
        ObservableKind::AttackPattern => "ATT&CK",
    }
}
