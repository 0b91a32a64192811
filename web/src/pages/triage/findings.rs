//! The middle zone of the triage page: techniques and why, what else was found, what would leave.

use std::sync::Arc;

use leptos::prelude::*;
use triage_core::alert::Note;
use triage_core::wire::UpstreamKind;

use crate::benchmark::Benchmark;
use crate::browser;
use crate::components::attack_evidence::NearestPassages;
use crate::components::disclosure::{DisclosureEvent, SmallestDisclosure};
use crate::components::loading::Loading;
use crate::components::notice::{Failure, Notice, Tone, sentence};
use crate::components::observables::{Layers, Observables};
use crate::components::outgoing::Outgoing;
use crate::components::painted_alert::PLACE;
use crate::components::queries::Pivots;
use crate::components::signals::{Signals, Suspicions};
use crate::components::techniques::{Beside, CardEvent, SHARE, Techniques};
use crate::engine::Engine;
use crate::proxy::{Proxy, ProxyStatus};
use crate::session::{Found, Search, Session};

/// The middle zone: what keeps the search waiting, and what it found.
#[component]
pub(super) fn FindingsZone() -> impl IntoView {
    let session = expect_context::<Session>();
    let engine = expect_context::<Engine>();
    let on_cancel = move |()| engine.cancel_load();
    let on_retry = move |()| engine.retry();
    view! {
        <Loading status=engine.status on_cancel on_retry/>
        {move || results(session.search.get())}
    }
}

fn results(search: Search) -> AnyView {
    match search {
        Search::Idle => view! {
            <p class="empty">"Techniques, observables and decoded commands appear here. The search runs in this browser and sends nothing."</p>
        }
        .into_any(),
        Search::Waiting => view! {
            <Notice
                code="waiting_for_engine"
                tone=Tone::Info
                title="The search begins by itself"
                text="It needs the model and the index, and starts as soon as they are loaded. You can go on typing."
            />
        }
        .into_any(),
        Search::Running => view! { <Searching/> }.into_any(),
        Search::Failed(error) => {
            let session = expect_context::<Session>();
            view! { <Failure error retry_label="Find techniques" on_retry=move |()| session.find()/> }.into_any()
        }
        Search::Found(found) => view! { <Findings found/> }.into_any(),
    }
}

/// The worker does one thing after the other; a benchmark can take minutes.
#[component]
fn Searching() -> impl IntoView {
    let benchmark = expect_context::<Benchmark>();
    let is_behind = Memo::new(move |_| benchmark.is_running());
    move || {
        if !is_behind.get() {
            return view! { <p class="empty" role="status">"Searching…"</p> }.into_any();
        }
        view! {
            <Notice
                code="benchmark_running"
                tone=Tone::Info
                title="A benchmark is running"
                text="The search begins by itself when it is done."
            >
                <button type="button" class="button" on:click=move |_| benchmark.cancel()>"Stop the benchmark"</button>
            </Notice>
        }
        .into_any()
    }
}

#[component]
fn Findings(found: Arc<Found>) -> impl IntoView {
    let session = expect_context::<Session>();
    let retrieval = found.prepared.retrieval.clone();
    let pivots = found.prepared.pivots.clone();
    // What stands below the techniques follows them, so that no task takes long.
    let has_rest = browser::turn(2);
    let on_retry = move |()| session.insight.look_up();
    view! {
        {move || session.is_stale().then(|| view! {
            <Notice
                code="alert_changed"
                tone=Tone::Info
                title="The alert has changed"
                text="What is shown belongs to the earlier text."
            >
                <button type="button" class="button" on:click=move |_| session.find()>"Find techniques again"</button>
            </Notice>
        })}
        <Suspicions suspicions=retrieval.suspicions.clone()/>
        <Signals signals=retrieval.signals.clone()/>
        <Ranking found=Arc::clone(&found)/>
        <NearestPassages evidence=session.insight.evidence on_retry/>
        {move || has_rest.get().then(|| view! {
            <Layers layers=retrieval.layers.clone()/>
            <Observables observables=retrieval.observables.clone()/>
            <Pivots pivots=pivots.clone()/>
        })}
        <div class="leaves">
            <h2 id="outgoing-title" tabindex="-1">"What will leave this browser"</h2>
            <Leaving found/>
        </div>
    }
}

/// The techniques, and how much there was to go on.
#[component]
fn Ranking(found: Arc<Found>) -> impl IntoView {
    let session = expect_context::<Session>();
    let engine = expect_context::<Engine>();
    let retrieval = &found.prepared.retrieval;
    let techniques = retrieval.techniques.clone();
    let (low, none) = (Note::LowEvidence.message(), Note::NoUsableText.message());
    let is_weak = retrieval.notes.contains(&low);
    let is_empty = techniques.is_empty();
    let notes = retrieval.notes.iter();
    let others = notes.filter(|note| **note != low && **note != none);
    let others = others.map(|note| view! { <li>{sentence(note)}</li> });
    let others = others.collect_view();
    let version = found.prepared.attack_version.clone();
    let count = move || {
        let attack = engine.attack.get();
        attack.map(|attack| format!(", {} techniques", attack.vocabulary.active.len()))
    };
    let beside = Beside {
        lit: session.spotlight.lit.into(),
        evidence: session.insight.evidence.into(),
        explanations: session.insight.explanations.into(),
    };
    let on_event = move |event| match event {
        CardEvent::Point(pointing) => session.spotlight.follow(pointing),
        CardEvent::Explain(technique) => session.insight.explain(technique),
        CardEvent::Show => browser::show(PLACE),
        CardEvent::Retry => session.insight.look_up(),
    };
    view! {
        <ul class="notes">{others}</ul>
        <div class="ranking-head">
            <h3>"Techniques"</h3>
            <span class="version" data-testid="ranking-attack">"ATT&CK " {version} {count}</span>
        </div>
        {is_weak.then(|| view! {
            <Notice code="low_evidence" tone=Tone::Warning title="There is little to go on" text=remedy(&low)/>
        })}
        {if is_empty {
            view! {
                <Notice
                    code="nothing_to_go_on"
                    tone=Tone::Warning
                    title="No technique is shown"
                    text=format!("{} Paste more of the alert: the command, the process, the event's own words.", sentence(&none))
                />
            }
            .into_any()
        } else {
            view! {
                <p class="muted small">{SHARE}"."</p>
                <Techniques techniques is_weak beside on_event/>
            }
            .into_any()
        }}
    }
}

#[component]
fn Leaving(found: Arc<Found>) -> impl IntoView {
    let session = expect_context::<Session>();
    let proxy = expect_context::<Proxy>();
    let destination = Memo::new(move |_| proxy.status.with(destination));
    let parts = Arc::new(found.prepared.parts.clone());
    let is_partial = found.prepared.is_partial;
    let on_event = move |event| match event {
        DisclosureEvent::Find => session.disclose(),
        DisclosureEvent::Keep(keep) => session.narrow(keep),
    };
    let disclosure = view! {
        <SmallestDisclosure disclosing=session.disclosing parts is_partial on_event/>
    };
    let outgoing = move || {
        let prompt = found.prepared.prompt.clone();
        let pseudonyms = found.prepared.pseudonyms.clone();
        session.outgoing.get().map(|outgoing| match outgoing {
            Ok(body) => {
                view! { <Outgoing body prompt pseudonyms destination=destination.get()/> }.into_any()
            }
            Err(error) => {
                view! { <Failure error retry_label="Find techniques again" on_retry=move |()| session.find()/> }
                    .into_any()
            }
        })
    };
    view! {
        {disclosure}
        {outgoing}
    }
}

/// What follows what the title says already.
pub(super) fn remedy(text: &str) -> String {
    let rest = text.split_once("; ").or_else(|| text.split_once(": "));
    sentence(rest.map_or(text, |(_, rest)| rest))
}

fn destination(status: &ProxyStatus) -> String {
    match status {
        ProxyStatus::Up(config) if !config.model_configured => "nowhere: no model is configured",
        ProxyStatus::Up(config) => match config.upstream {
            UpstreamKind::Anthropic => "Anthropic, through the proxy, which adds the key",
            UpstreamKind::Local => "a model server on the proxy's own machine",
        },
        ProxyStatus::Checking | ProxyStatus::Down(_) => "nowhere: the proxy does not answer",
    }
    .to_owned()
}
