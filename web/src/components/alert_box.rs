//! The alert as text, file or sample, and the button that looks for techniques.

use leptos::html::Textarea;
use leptos::prelude::*;
use triage_core::alert::read_alert_file;
use web_sys::{ClipboardEvent, File};

use super::file_input::{DropArea, Dropped, FileButton};
use super::loading::size;
use super::notice::{Notice, Tone, sentence};
use crate::browser;
use crate::samples::SAMPLES;
use crate::session::{Draft, LARGE};

/// The most techniques offered here; more than that nobody reads.
const MAX_TECHNIQUES: usize = 20;

/// What the analyst did with the alert.
#[derive(Clone, Debug)]
pub(crate) enum AlertEvent {
    /// Typed or pasted.
    Typed(String),
    /// Took another text, from a file of this name or from elsewhere.
    Replaced(String, Option<String>),
    /// Chose how many techniques to look for.
    TopK(usize),
    /// Wants techniques.
    Find,
}

/// The text box and what belongs to it.
#[component]
pub(crate) fn AlertBox(
    #[prop(into)] draft: Signal<Draft>,
    /// Rises when the box must show another text than was typed into it.
    #[prop(into)]
    replaced: Signal<u32>,
    #[prop(into)] top_k: Signal<usize>,
    #[prop(into)] is_busy: Signal<bool>,
    #[prop(into)] on_event: Callback<AlertEvent>,
) -> impl IntoView {
    let area = NodeRef::<Textarea>::new();
    let fault = RwSignal::new(None::<(String, String)>);
    let is_large = Memo::new(move |_| draft.with(Draft::is_large));
    Effect::new(move || {
        replaced.track();
        if let Some(area) = area.get() {
            draft.with_untracked(|draft| area.set_value(draft.shown()));
        }
    });
    let take_text = move |text: String, file: Option<String>| {
        fault.set(None);
        on_event.run(AlertEvent::Replaced(text, file));
    };
    let take_file = move |file: File| {
        leptos::task::spawn_local(async move {
            let name = file.name();
            match browser::read_file(&file).await {
                Err(_) => fault.set(Some((
                    name,
                    "it could not be read; choose it again".to_owned(),
                ))),
                Ok(bytes) => match read_alert_file(&bytes) {
                    Ok(text) => take_text(text, Some(name)),
                    Err(error) => fault.set(Some((name, error.to_string()))),
                },
            }
        });
    };
    let take_file = Callback::new(take_file);
    let on_drop = move |dropped| match dropped {
        Dropped::File(file) => take_file.run(file),
        Dropped::Text(text) => take_text(text, None),
    };
    let on_paste = move |event: ClipboardEvent| {
        if let Some(text) = large_paste(&event) {
            event.prevent_default();
            take_text(text, None);
        }
    };
    view! {
        <DropArea class="alert-box" on_drop>
            <Samples on_pick=move |text: &'static str| take_text(text.to_owned(), None)/>
            <div class="field-head">
                <label class="field-label" for="alert-input">"Alert text"</label>
                <span class="spring"></span>
                <FileButton label="Choose a file" test_id="file-input" is_compact=true on_file=take_file/>
                <ClearButton draft on_clear=move |()| take_text(String::new(), None)/>
            </div>
            <textarea
                id="alert-input"
                data-testid="alert-input"
                node_ref=area
                rows="14"
                spellcheck="false"
                autocomplete="off"
                aria-describedby="alert-hint"
                aria-keyshortcuts="Control+Enter Meta+Enter"
                placeholder="Paste a raw alert: text, JSON or log lines"
                prop:readOnly=move || is_large.get()
                on:input:target=move |event| {
                    fault.set(None);
                    on_event.run(AlertEvent::Typed(event.target().value()));
                }
                on:paste=on_paste
                on:keydown=move |event| {
                    if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                        event.prevent_default();
                        on_event.run(AlertEvent::Find);
                    }
                }
            ></textarea>
            <p class="hint" id="alert-hint">{move || draft.with(describe)}</p>
            {move || fault.get().map(|(name, fault)| view! {
                <Notice code="file_rejected" tone=Tone::Error title=format!("{name} was not taken") text=sentence(&fault)/>
            })}
            <FindRow top_k is_busy on_event/>
        </DropArea>
    }
}

/// How many techniques, and the button.
#[component]
fn FindRow(
    top_k: Signal<usize>,
    is_busy: Signal<bool>,
    on_event: Callback<AlertEvent>,
) -> impl IntoView {
    view! {
        <div class="toolbar">
            <label class="inline-label" for="top-k">"Techniques"</label>
            <input
                id="top-k"
                data-testid="top-k"
                class="number"
                type="number"
                min="1"
                max=MAX_TECHNIQUES
                prop:value=move || top_k.get().to_string()
                on:change:target=move |event| {
                    let wanted = event.target().value().parse().unwrap_or(top_k.get_untracked());
                    let wanted = wanted.clamp(1, MAX_TECHNIQUES);
                    event.target().set_value(&wanted.to_string());
                    on_event.run(AlertEvent::TopK(wanted));
                }
            />
            <span class="spring"></span>
            <button
                type="button"
                class="button primary"
                data-testid="find"
                disabled=move || is_busy.get()
                on:click=move |_| on_event.run(AlertEvent::Find)
            >
                "Find techniques"
            </button>
        </div>
    }
}

#[component]
fn ClearButton(draft: Signal<Draft>, #[prop(into)] on_clear: Callback<()>) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button quiet compact"
            data-testid="clear"
            disabled=move || draft.with(|draft| draft.text.is_empty())
            on:click=move |_| {
                on_clear.run(());
                browser::focus("alert-input");
            }
        >
            "Clear"
        </button>
    }
}

#[component]
fn Samples(#[prop(into)] on_pick: Callback<&'static str>) -> impl IntoView {
    view! {
        <div class="samples" role="group" aria-label="Sample alerts">
            <span class="muted" aria-hidden="true">"Samples"</span>
            {SAMPLES
                .iter()
                .enumerate()
                .map(|(place, sample)| view! {
                    <button
                        type="button"
                        class="chip"
                        data-testid=format!("sample-{}", place + 1)
                        on:click=move |_| on_pick.run(sample.text)
                    >
                        {sample.label}
                    </button>
                })
                .collect_view()}
        </div>
    }
}

/// A pasted text that the box would choke on.
fn large_paste(event: &ClipboardEvent) -> Option<String> {
    let text = event.clipboard_data()?.get_data("text/plain").ok()?;
    (text.len() > LARGE).then_some(text)
}

fn describe(draft: &Draft) -> String {
    let bytes = u64::try_from(draft.text.len()).unwrap_or(u64::MAX);
    let from = draft
        .file
        .as_ref()
        .map(|name| format!("{name}, "))
        .unwrap_or_default();
    if draft.is_large() {
        format!(
            "{from}{}: too long to edit here, so only its beginning is shown. The whole text is triaged.",
            size(bytes)
        )
    } else if bytes == 0 {
        "Or drop a file here. Nothing leaves this browser before you have seen it and pressed Triage.".to_owned()
    } else {
        format!("{from}{}. Ctrl+Enter finds techniques.", size(bytes))
    }
}
