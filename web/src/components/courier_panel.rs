//! Courier mode: the prompt as a text to carry to any model, and a box for its answer.

use leptos::prelude::*;
use triage_core::protocol::TriageError;

use super::copy::CopyButton;
use super::notice::{Notice, Tone, code_name, sentence};
use crate::browser;

/// What the analyst did.
#[derive(Clone, Debug)]
pub(crate) enum CourierEvent {
    /// Opened or closed the panel.
    Opened(bool),
    /// Took the prompt along: it leaves the browser in her hands.
    Carried,
    /// Brought an answer of a model back.
    Answer {
        /// The answer.
        text: String,
        /// The model, as she names it.
        model: String,
    },
}

/// Prompt out, answer in.
#[component]
pub(crate) fn CourierPanel(
    /// The prompt to carry; absent before a search, and while the panel is closed.
    #[prop(into)]
    prompt: Signal<Option<Result<String, TriageError>>>,
    /// Whether this is the second prompt, without suspected text.
    #[prop(into)]
    is_second: Signal<bool>,
    #[prop(into)] fault: Signal<Option<TriageError>>,
    #[prop(into)] on_event: Callback<CourierEvent>,
) -> impl IntoView {
    let answer = RwSignal::new(String::new());
    let model = RwSignal::new(String::new());
    // An accepted answer leaves the box free for the next one.
    Effect::new(move || {
        is_second.track();
        answer.set(String::new());
    });
    let save = move |text: String| {
        if browser::save_file("soc-copilot-prompt.txt", "text/plain", &text).is_ok() {
            on_event.run(CourierEvent::Carried);
        }
    };
    let check = move |_| {
        on_event.run(CourierEvent::Answer {
            text: answer.get_untracked(),
            model: model.get_untracked(),
        });
    };
    view! {
        <details
            class="courier"
            data-testid="courier"
            on:toggle:target=move |event| on_event.run(CourierEvent::Opened(event.target().open()))
        >
            <summary>"Without key or network: carry the prompt by hand"</summary>
            {move || match prompt.get() {
                None => view! { <p class="muted small">"Find techniques first: they make the prompt."</p> }.into_any(),
                Some(Err(error)) => view! {
                    <Notice code=code_name(error.code) tone=Tone::Error title="Nothing may be carried" text=sentence(&error.message)/>
                }
                .into_any(),
                Some(Ok(text)) => {
                    let copied = text.clone();
                    view! {
                        <p class="small">
                            {if is_second.get() {
                                "The alert holds text that may have steered the answer. Ask the same model this too, in a new conversation; it is the same without that text."
                            } else {
                                "Copy or save the redacted prompt, give it to any model, and paste its whole answer below. It passes the same checks as any other."
                            }}
                        </p>
                        <div class="toolbar">
                            <CopyButton text=copied what="the prompt" on_copied=move |()| on_event.run(CourierEvent::Carried)/>
                            <button type="button" class="button quiet compact" data-testid="save-prompt" on:click=move |_| save(text.clone())>"Save as a file"</button>
                        </div>
                    }
                    .into_any()
                }
            }}
            <label class="field-label" for="courier-answer">"The model's answer"</label>
            <textarea
                id="courier-answer"
                data-testid="courier-answer"
                rows="6"
                spellcheck="false"
                prop:value=move || answer.get()
                on:input:target=move |event| answer.set(event.target().value())
            ></textarea>
            <label class="field-label" for="courier-model">"Which model (optional)"</label>
            <input
                type="text"
                id="courier-model"
                data-testid="courier-model"
                autocomplete="off"
                prop:value=move || model.get()
                on:input:target=move |event| model.set(event.target().value())
            />
            <div class="toolbar">
                <button
                    type="button"
                    class="button"
                    data-testid="courier-check"
                    disabled=move || answer.with(|answer| answer.trim().is_empty()) || !matches!(prompt.get(), Some(Ok(_)))
                    on:click=check
                >
                    "Check the answer"
                </button>
            </div>
            {move || fault.get().map(|error| view! {
                <Notice code=code_name(error.code) tone=Tone::Error title="This is not a verdict" text=sentence(&error.message)/>
            })}
        </details>
    }
}
