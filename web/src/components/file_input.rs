//! Files that are chosen or dropped.

use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{DragEvent, Event, File, HtmlInputElement};

/// A button that asks for a file.
#[component]
pub(crate) fn FileButton(
    #[prop(into)] label: String,
    test_id: &'static str,
    /// The kinds of file that are offered first.
    #[prop(optional)]
    accept: &'static str,
    #[prop(optional)] is_compact: bool,
    #[prop(optional, into)] is_disabled: Signal<bool>,
    #[prop(into)] on_file: Callback<File>,
) -> impl IntoView {
    view! {
        <label class="button quiet file-button" class:compact=is_compact class:disabled=move || is_disabled.get()>
            {label}
            <input
                type="file"
                class="file-input"
                accept=accept
                data-testid=test_id
                disabled=move || is_disabled.get()
                on:change=move |event| {
                    if let Some(file) = chosen(&event) {
                        on_file.run(file);
                    }
                }
            />
        </label>
    }
}

/// A part of the page on which files and texts can be dropped.
#[component]
pub(crate) fn DropArea(
    /// How it looks; `over` is added while something is held above it.
    class: &'static str,
    #[prop(into)] on_drop: Callback<Dropped>,
    children: Children,
) -> impl IntoView {
    let is_over = RwSignal::new(false);
    view! {
        <div
            class=class
            class:over=move || is_over.get()
            on:dragover=move |event: DragEvent| {
                event.prevent_default();
                is_over.set(true);
            }
            on:dragleave=move |_| is_over.set(false)
            on:drop=move |event: DragEvent| {
                event.prevent_default();
                is_over.set(false);
                if let Some(dropped) = dropped(&event) {
                    on_drop.run(dropped);
                }
            }
        >
            {children()}
        </div>
    }
}

/// What was dropped.
pub(crate) enum Dropped {
    /// A file.
    File(File),
    /// A piece of text.
    Text(String),
}

/// What a drop brought, if anything.
fn dropped(event: &DragEvent) -> Option<Dropped> {
    let data = event.data_transfer()?;
    match data.files().and_then(|files| files.get(0)) {
        Some(file) => Some(Dropped::File(file)),
        None => data.get_data("text/plain").ok().map(Dropped::Text),
    }
}

/// The file chosen, and the input made ready to take the same one again.
fn chosen(event: &Event) -> Option<File> {
    let input: HtmlInputElement = event.target()?.dyn_into().ok()?;
    let file = input.files()?.get(0);
    input.set_value("");
    file
}
