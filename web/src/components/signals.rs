//! What fixed rules recognise in the alert, and text in it that reads like instructions.

use leptos::prelude::*;
use triage_core::alert::Severity;
use triage_core::injection::{Suspicion, SuspicionKind};
use triage_core::signal::Signal;

use super::notice::{Notice, Tone};

/// Behaviours that fixed rules recognise. No answer of a model can make them go away.
#[component]
pub(crate) fn Signals(signals: Vec<Signal>) -> impl IntoView {
    if signals.is_empty() {
        return ().into_any();
    }
    let items = signals.into_iter().map(|signal| {
        view! {
            <li>
                <p>
                    <span class="tag">{severity_name(signal.severity)}</span>
                    " "{signal.name}
                </p>
                <p class="quote-line"><q class="quote">{signal.quote}</q></p>
            </li>
        }
    });
    view! {
        <h3>"Signals"</h3>
        <ul class="evidence" data-testid="signals">{items.collect_view()}</ul>
    }
    .into_any()
}

/// Text that reads like instructions to a model.
#[component]
pub(crate) fn Suspicions(suspicions: Vec<Suspicion>) -> impl IntoView {
    if suspicions.is_empty() {
        return ().into_any();
    }
    let items = suspicions.into_iter().map(|suspicion| {
        view! {
            <li>
                <p class="quote-line">
                    <q class="quote">{suspicion.text}</q>
                    <span class="tag quiet">{kind_name(suspicion.kind)}</span>
                    {suspicion.layer.map(|layer| view! { <span class="muted small">{format!("decoded part {}", layer + 1)}</span> })}
                </p>
            </li>
        }
    });
    view! {
        <Notice
            code="injection_suspected"
            tone=Tone::Warning
            title="The alert holds text that reads like instructions to a model"
            text="It is marked in the prompt, and the model is asked a second time without it. Where that makes the verdict worse, the verdict is held for you."
        >
            <ul class="evidence" data-testid="suspicions">{items.collect_view()}</ul>
        </Notice>
    }
    .into_any()
}

/// A rule's severity as a word.
pub(crate) fn severity_name(severity: Severity) -> &'static str {
    match severity {
        Severity::Informational => "informational",
        Severity::Low => "low",
        Severity::Medium => "medium",
        Severity::High => "high",
        Severity::Critical => "critical",
    }
}

fn kind_name(kind: SuspicionKind) -> &'static str {
    match kind {
        SuspicionKind::Override => "puts new instructions",
        SuspicionKind::Role => "plays another part",
        SuspicionKind::Verdict => "asks for a verdict",
        SuspicionKind::Addressing => "speaks to the model",
        SuspicionKind::Exfiltration => "asks for secrets",
        SuspicionKind::Format => "imitates the answer",
        SuspicionKind::Smuggling => "hidden text",
    }
}
