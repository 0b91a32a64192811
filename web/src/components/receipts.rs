//! Receipts: what left this browser, when, to which model.

use leptos::prelude::*;
use triage_core::receipt::{Purpose, Receipt};

use super::loading::size;
use super::outgoing::dollars;
use crate::app::View;
use crate::browser::local_time;

/// The receipts, newest first.
#[component]
pub(crate) fn Receipts(receipts: Vec<Receipt>) -> impl IntoView {
    let items = receipts.into_iter().rev().map(|receipt| {
        let address = View::History(Some(receipt.triage_id.clone())).address();
        let price = receipt.estimate.usd;
        let names = receipt.pseudonyms.len();
        view! {
            <li class="receipt">
                <p>
                    <time datetime=receipt.created_at.clone()>{local_time(&receipt.created_at)}</time>
                    " · "{purpose_name(receipt.purpose)}" · "{receipt.model.clone()}
                </p>
                <p class="muted small">
                    {size(u64::try_from(receipt.bytes).unwrap_or(u64::MAX))}
                    {format!(", about {} tokens", receipt.estimate.input_tokens)}
                    {price.map(|usd| format!(", about {}", dollars(usd)))}
                    {format!(", pseudonyms in {names} places")}
                    " · "<a href=address>"the triage"</a>
                </p>
                <p class="small">"SHA-256 "<code class="hash">{receipt.sha256.clone()}</code></p>
            </li>
        }
    });
    view! { <ol class="receipts" data-testid="receipts">{items.collect_view()}</ol> }
}

fn purpose_name(purpose: Purpose) -> &'static str {
    match purpose {
        Purpose::Triage => "a triage",
        Purpose::Repair => "the same, after a malformed answer",
        Purpose::Comparison => "the same without suspected text",
        Purpose::Question => "a further question",
        Purpose::Courier => "carried by hand",
    }
}
