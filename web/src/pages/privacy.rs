//! What leaves this browser: the rules that hide names, and a receipt of each request.

use leptos::prelude::*;

use crate::browser;
use crate::components::notice::{Notice, Tone};
use crate::components::receipts::Receipts;
use crate::components::rules_form::RulesForm;
use crate::journal::Journal;
use crate::settings::Settings;

/// Receipts shown at once.
const PAGE: usize = 50;

/// Rules and receipts.
#[component]
pub(crate) fn PrivacyPage() -> impl IntoView {
    let settings = expect_context::<Settings>();
    let on_save = move |rules| {
        if let Err(fault) = settings.set_rules(rules) {
            settings.fault.set(Some(fault));
        }
    };
    let on_fault = move |fault| settings.fault.set(Some(fault));
    view! {
        <div class="zones two">
            <section class="zone" aria-labelledby="rules-title">
                <h2 id="rules-title">"Redaction rules"</h2>
                <p>"Users, hosts, internal addresses and secrets are hidden without any rule. Here you add what only your organisation knows. The rules stay in this browser."</p>
                <RulesForm rules=settings.rules fault=settings.fault on_save on_fault/>
            </section>
            <section class="zone" aria-labelledby="receipts-title">
                <h2 id="receipts-title" data-testid="receipts-title">"Receipts of what left"</h2>
                <ReceiptList/>
            </section>
        </div>
    }
}

#[component]
fn ReceiptList() -> impl IntoView {
    let journal = expect_context::<Journal>();
    let limit = RwSignal::new(PAGE);
    let failed = RwSignal::new(false);
    let total = move || journal.receipts.with(|receipts| receipts.len());
    let save = move |_| {
        let receipts = journal.receipts.get_untracked();
        let text = serde_json::to_string_pretty(&*receipts).unwrap_or_default();
        let name = format!(
            "soc-copilot-receipts-{}.json",
            browser::now().get(..10).unwrap_or_default()
        );
        failed.set(browser::save_file(&name, "application/json", &text).is_err());
    };
    move || {
        if total() == 0 {
            return view! {
                <p class="empty" data-testid="receipts">"Nothing has left this browser yet. Each request to a model leaves a receipt here: its hash, size, time and model."</p>
            }
            .into_any();
        }
        let receipts = journal.receipts.get();
        let shown = receipts.get(receipts.len().saturating_sub(limit.get())..);
        view! {
            <p>
                {format!("{} requests. ", receipts.len())}
                "The hash is that of the exact bytes, as shown before they were sent."
            </p>
            <div class="toolbar">
                <button type="button" class="button" data-testid="save-receipts" on:click=save>"Save as a file"</button>
            </div>
            {move || failed.get().then(|| view! {
                <Notice code="storage" tone=Tone::Error title="The file was not saved" text="The browser did not save the file; allow downloads for this page."/>
            })}
            <Receipts receipts=shown.unwrap_or_default().to_vec()/>
            <Show when=move || { limit.get() < total() }>
                <button type="button" class="button quiet" on:click=move |_| limit.update(|limit| *limit += PAGE)>
                    "Show older ones"
                </button>
            </Show>
        }
        .into_any()
    }
}
