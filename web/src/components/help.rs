//! The help dialog: what the keys do, and the switch that turns single keys off.

use leptos::html::Dialog;
use leptos::prelude::*;

/// Each key and what it does.
const KEYS: [(&str, &str); 11] = [
    ("Ctrl+Enter", "Find techniques (in the alert text)"),
    ("/", "Go to the alert text"),
    ("t", "Triage: send what is shown"),
    ("g a", "Go to the alert"),
    ("g h", "Go to the history"),
    ("g c", "Go to the accuracy counts"),
    ("g b", "Go to the benchmark"),
    ("g p", "Go to the redaction rules and receipts"),
    ("g i", "Go to the information about this page"),
    ("Arrows", "Walk the marked words of the alert"),
    ("?", "Show this help"),
];

/// The dialog; shown while `is_open`.
#[component]
pub(crate) fn Help(is_open: RwSignal<bool>, keys_enabled: RwSignal<bool>) -> impl IntoView {
    let dialog = NodeRef::<Dialog>::new();
    Effect::new(move || {
        let Some(dialog) = dialog.get() else { return };
        if is_open.get() {
            if !dialog.open() {
                let _ = dialog.show_modal();
            }
        } else if dialog.open() {
            dialog.close();
        }
    });
    view! {
        <dialog node_ref=dialog class="help" data-testid="help" aria-labelledby="help-title" on:close=move |_| is_open.set(false)>
            <h2 id="help-title">"Keys"</h2>
            <dl class="keys">
                {KEYS
                    .map(|(key, does)| view! {
                        <dt>{key.split(' ').map(|key| view! { <kbd>{key}</kbd> " " }).collect_view()}</dt>
                        <dd>{does}</dd>
                    })
                    .collect_view()}
            </dl>
            <label class="check">
                <input
                    type="checkbox"
                    data-testid="keys-enabled"
                    prop:checked=move || keys_enabled.get()
                    on:change:target=move |event| keys_enabled.set(event.target().checked())
                />
                "Single keys work outside of text boxes"
            </label>
            <div class="toolbar">
                <span class="spring"></span>
                <button type="button" class="button" on:click=move |_| is_open.set(false)>"Close"</button>
            </div>
        </dialog>
    }
}
