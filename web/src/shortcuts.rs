//! Single-key shortcuts: off inside text boxes, and off altogether at the user's wish.

use leptos::ev::keydown;
use leptos::prelude::*;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, KeyboardEvent};

use crate::app::View;
use crate::browser;

const SETTING: &str = "single-keys";

/// What a key asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Show the help.
    Help,
    /// Go to the text box.
    Alert,
    /// Send what is shown.
    Triage,
    /// Go to a page.
    Go(View),
}

/// Listens for keys. The switch that comes back is remembered across visits.
pub(crate) fn listen(on_action: impl Fn(Action) + 'static) -> RwSignal<bool> {
    let is_enabled = RwSignal::new(browser::setting(SETTING).as_deref() != Some("off"));
    Effect::new(move || {
        browser::set_setting(SETTING, if is_enabled.get() { "on" } else { "off" });
    });
    let is_after_g = StoredValue::new(false);
    let listener = window_event_listener(keydown, move |event: KeyboardEvent| {
        if !is_enabled.get_untracked()
            || event.ctrl_key()
            || event.meta_key()
            || event.alt_key()
            || is_typing(&event)
        {
            return;
        }
        let key = event.key();
        let action = match (is_after_g.get_value(), key.as_str()) {
            (true, "a") => Some(Action::Go(View::Triage)),
            (true, "h") => Some(Action::Go(View::History(None))),
            (true, "c") => Some(Action::Go(View::Accuracy)),
            (true, "b") => Some(Action::Go(View::Benchmark)),
            (true, "p") => Some(Action::Go(View::Privacy)),
            (true, "i") => Some(Action::Go(View::About)),
            (_, "?") => Some(Action::Help),
            (_, "/") => Some(Action::Alert),
            (_, "t") => Some(Action::Triage),
            _ => None,
        };
        is_after_g.set_value(key == "g");
        if let Some(action) = action {
            event.prevent_default();
            on_action(action);
        }
    });
    on_cleanup(move || listener.remove());
    is_enabled
}

fn is_typing(event: &KeyboardEvent) -> bool {
    let target: Option<Element> = event.target().and_then(|target| target.dyn_into().ok());
    target.is_some_and(|element| {
        matches!(element.tag_name().as_str(), "INPUT" | "TEXTAREA" | "SELECT")
            || element
                .closest("dialog[open]")
                .is_ok_and(|dialog| dialog.is_some())
    })
}
