//! How few of the alert's fields lead to the same techniques, and the choice to send only those.

use std::sync::Arc;

use leptos::prelude::*;
use triage_core::disclosure::{Disclosure, DisclosurePoint};
use triage_core::prompt::AlertPart;

use super::loading::size;
use super::notice::Failure;
use crate::session::Disclosing;

/// What the analyst wants sent.
#[derive(Clone, Debug)]
pub(crate) enum DisclosureEvent {
    /// Look for the smallest disclosure.
    Find,
    /// Send only these parts, by their places; all where absent.
    Keep(Option<Vec<usize>>),
}

/// The curve from all fields down to one, and what one point of it sends.
#[component]
pub(crate) fn SmallestDisclosure(
    #[prop(into)] disclosing: Signal<Disclosing>,
    parts: Arc<Vec<AlertPart>>,
    /// Whether only some parts are sent now.
    is_partial: bool,
    #[prop(into)] on_event: Callback<DisclosureEvent>,
) -> impl IntoView {
    if parts.len() < 2 {
        return ().into_any();
    }
    let find = move |_| on_event.run(DisclosureEvent::Find);
    view! {
        <div class="disclosure" data-testid="disclosure">
            {is_partial.then(|| view! {
                <p class="small">
                    "Only the fields you chose are sent. "
                    <button type="button" class="link" data-testid="send-all" on:click=move |_| on_event.run(DisclosureEvent::Keep(None))>
                        "Send all of them"
                    </button>
                </p>
            })}
            {move || match disclosing.get() {
                Disclosing::Idle => view! {
                    <button type="button" class="button quiet" data-testid="disclose" on:click=find>"Find the smallest disclosure"</button>
                    <p class="muted small">"Which of the alert's fields are enough for the same techniques? The search runs in this browser."</p>
                }
                .into_any(),
                Disclosing::Running => view! { <p class="muted" role="status">"Trying with fewer fields…"</p> }.into_any(),
                Disclosing::Failed(error) => view! {
                    <Failure error retry_label="Try again" on_retry=move |()| on_event.run(DisclosureEvent::Find)/>
                }
                .into_any(),
                Disclosing::Found(disclosure) => view! {
                    <Curve disclosure parts=Arc::clone(&parts) on_event/>
                }
                .into_any(),
            }}
        </div>
    }
    .into_any()
}

#[component]
fn Curve(
    disclosure: Arc<Disclosure>,
    parts: Arc<Vec<AlertPart>>,
    on_event: Callback<DisclosureEvent>,
) -> impl IntoView {
    let chosen = RwSignal::new(disclosure.smallest);
    let last = disclosure.curve.len().saturating_sub(1);
    let total = disclosure.techniques.len();
    let point = {
        let curve = disclosure.curve.clone();
        Memo::new(move |_| curve.get(chosen.get()).cloned())
    };
    let bars = disclosure.curve.iter().enumerate().map(|(place, point)| {
        let height = format!("{:.0}%", point.same * 100.0);
        view! {
            <span class="step" class:chosen=move || chosen.get() == place>
                <span class="step-fill" style:height=height></span>
            </span>
        }
    });
    let names = move || {
        let keep = point.get().map(|point| point.keep).unwrap_or_default();
        let items = parts.iter().enumerate().map(|(place, part)| {
            let is_kept = keep.contains(&place);
            view! {
                <li class:left-out=!is_kept>
                    <code>{part.name.clone()}</code>
                    {(!is_kept).then_some(" stays here")}
                </li>
            }
        });
        items.collect_view()
    };
    view! {
        <label class="small" for="disclosure-range">"Fields sent"</label>
        <div class="steps" aria-hidden="true">{bars.collect_view()}</div>
        <input
            type="range"
            id="disclosure-range"
            data-testid="disclosure-range"
            min="0"
            max=last
            prop:value=move || chosen.get().to_string()
            aria-valuetext=move || point.get().map(|point| describe(&point, total))
            on:input:target=move |event| {
                if let Ok(place) = event.target().value().parse() {
                    chosen.set(place);
                }
            }
        />
        <p data-testid="disclosure-point">{move || point.get().map(|point| describe(&point, total))}</p>
        <div class="toolbar">
            <button
                type="button"
                class="button"
                data-testid="send-kept"
                on:click=move |_| on_event.run(DisclosureEvent::Keep(point.get_untracked().map(|point| point.keep)))
            >
                "Send only these"
            </button>
        </div>
        <details>
            <summary>"Which fields"</summary>
            <ul class="kept-fields small">{names}</ul>
        </details>
    }
}

#[expect(
    clippy::cast_precision_loss,
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "at most fifty techniques"
)]
fn describe(point: &DisclosurePoint, total: usize) -> String {
    let same = (point.same * total as f64).round() as usize;
    let fields = point.keep.len();
    let s = if fields == 1 { "" } else { "s" };
    format!(
        "{fields} field{s}, {}, {same} of {total} techniques stay the same",
        size(u64::try_from(point.bytes).unwrap_or(u64::MAX))
    )
}
