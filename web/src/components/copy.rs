//! A button that copies a text.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::browser;

/// How long the button says that it was done.
const SAID: Duration = Duration::from_secs(2);

/// Copies a text to the clipboard, and says so.
#[component]
pub(crate) fn CopyButton(
    #[prop(into)] text: String,
    /// What is copied, for those who do not see the text beside the button.
    #[prop(into)]
    what: String,
    /// Is told when the text was copied.
    #[prop(optional, into)]
    on_copied: Option<Callback<()>>,
) -> impl IntoView {
    let state = RwSignal::new("Copy");
    let text = StoredValue::new(text);
    let copy = move |_| {
        spawn_local(async move {
            let is_copied = browser::copy(&text.get_value()).await;
            let said = if is_copied { "Copied" } else { "Copy failed" };
            // The button may be gone by now.
            if state.try_set(said).is_none() {
                set_timeout(
                    move || {
                        state.try_set("Copy");
                    },
                    SAID,
                );
            }
            if let (true, Some(on_copied)) = (is_copied, on_copied) {
                on_copied.run(());
            }
        });
    };
    view! {
        <button type="button" class="button quiet compact copy" aria-label=move || format!("{} {what}", state.get()) on:click=copy>
            {move || state.get()}
        </button>
    }
}
