//! A verdict's kind as word, shape and colour together.

use leptos::prelude::*;
use triage_core::verdict::VerdictKind;

/// A badge such as "HIGH" with its own shape.
#[component]
pub(crate) fn Severity(kind: VerdictKind) -> impl IntoView {
    view! {
        <span class=format!("severity {}", class(kind))>
            <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
                <path d=shape(kind) fill="currentColor" fill-rule="evenodd"/>
            </svg>
            {kind.name()}
        </span>
    }
}

/// The class that gives a kind its colour.
pub(crate) fn class(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::Critical => "critical",
        VerdictKind::High => "high",
        VerdictKind::Medium => "medium",
        VerdictKind::Low => "low",
        VerdictKind::Benign => "benign",
        VerdictKind::Inconclusive => "inconclusive",
    }
}

fn shape(kind: VerdictKind) -> &'static str {
    match kind {
        // An octagon, a triangle, a diamond, a disc, a disc with a tick, a ring.
        VerdictKind::Critical => "M5 1h6l4 4v6l-4 4H5l-4-4V5z",
        VerdictKind::High => "M8 1l7.5 14H.5z",
        VerdictKind::Medium => "M8 .5L15.5 8 8 15.5.5 8z",
        VerdictKind::Low => "M8 3a5 5 0 1 1 0 10A5 5 0 1 1 8 3z",
        VerdictKind::Benign => {
            "M8 1a7 7 0 1 1 0 14A7 7 0 1 1 8 1zM7 11.6l5-5.2-1.3-1.2L7 9 5.2 7.3 4 8.6z"
        }
        VerdictKind::Inconclusive => {
            "M8 1a7 7 0 1 1 0 14A7 7 0 1 1 8 1zM8 3.4a4.6 4.6 0 1 0 0 9.2 4.6 4.6 0 1 0 0-9.2z"
        }
    }
}
