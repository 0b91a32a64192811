//! Boxes that say what is wrong or worth knowing, each with a way on.

use std::time::Duration;

use leptos::prelude::*;
use triage_core::protocol::{ErrorCode, TriageError};

/// How loud a notice is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Tone {
    /// Good to know.
    Info,
    /// Something does not work; the rest does.
    Warning,
    /// What was asked for failed.
    Error,
}

/// A box with a title, a sentence and its actions.
#[component]
pub(crate) fn Notice(
    /// The error code or state, for tests and support.
    #[prop(into)]
    code: String,
    tone: Tone,
    #[prop(into)] title: String,
    #[prop(into)] text: String,
    #[prop(optional)] children: Option<Children>,
) -> impl IntoView {
    let class = match tone {
        Tone::Info => "notice info",
        Tone::Warning => "notice warning",
        Tone::Error => "notice failure",
    };
    // Only a failure interrupts what a screen reader is saying.
    let role = if tone == Tone::Error {
        "alert"
    } else {
        "status"
    };
    view! {
        <div class=class role=role data-testid="error" data-code=code>
            <p class="notice-title">{title}</p>
            <p class="notice-text">{text}</p>
            {children.map(|children| view! { <div class="actions">{children()}</div> })}
        </div>
    }
}

/// A failed call, with a button to try again; that waits as long as the server asked for.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "properties are owned")]
pub(crate) fn Failure(
    error: TriageError,
    #[prop(into)] retry_label: String,
    #[prop(into)] on_retry: Callback<()>,
    /// The name under which tests find the button.
    #[prop(default = "retry")]
    test_id: &'static str,
) -> impl IntoView {
    let wait = RwSignal::new(error.retry_after.unwrap_or_default());
    if wait.get_untracked() > 0 {
        let tick = move || wait.update(|seconds| *seconds = seconds.saturating_sub(1));
        if let Ok(timer) = set_interval_with_handle(tick, Duration::from_secs(1)) {
            on_cleanup(move || timer.clear());
        }
    }
    let tone = match error.code {
        ErrorCode::Cancelled => Tone::Info,
        ErrorCode::RateLimited | ErrorCode::NoModel | ErrorCode::Refused => Tone::Warning,
        _ => Tone::Error,
    };
    view! {
        <Notice code=code_name(error.code) tone title=title(error.code) text=sentence(&error.message)>
            <button type="button" class="button" data-testid=test_id disabled=move || wait.get() != 0 on:click=move |_| on_retry.run(())>
                {retry_label}
            </button>
            <span class="muted">
                {move || match wait.get() {
                    0 => String::new(),
                    seconds => format!("possible in {seconds} s"),
                }}
            </span>
        </Notice>
    }
}

/// The code as it stands in messages: `rate_limited`.
pub(crate) fn code_name(code: ErrorCode) -> String {
    let name = serde_json::to_value(code).unwrap_or_default();
    name.as_str().unwrap_or_default().to_owned()
}

/// An error's words as a sentence: they begin in lower case and have no full stop. The name of a
/// file at their beginning stays as it is.
pub(crate) fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    let Some(first) = letters.next() else {
        return String::new();
    };
    let end = if text.ends_with(['.', '!', '?']) {
        ""
    } else {
        "."
    };
    let word = text.split_whitespace().next().unwrap_or_default();
    if word.trim_end_matches('.').contains('.') {
        return format!("{text}{end}");
    }
    format!("{}{}{end}", first.to_uppercase(), letters.as_str())
}

fn title(code: ErrorCode) -> &'static str {
    match code {
        ErrorCode::InvalidArgument => "This cannot be triaged as it is",
        ErrorCode::NotLoaded => "The search model is not loaded",
        ErrorCode::Cancelled => "Stopped",
        ErrorCode::AssetUnavailable => "A file could not be fetched",
        ErrorCode::AssetMismatch => "A file is damaged or out of date",
        ErrorCode::Engine => "The local search failed",
        ErrorCode::WorkerCrashed => "The local search stopped unexpectedly",
        ErrorCode::Freed => "The engine was shut down",
        ErrorCode::ProxyUnreachable => "The proxy does not answer",
        ErrorCode::NoModel => "No model is configured",
        ErrorCode::Rejected => "The request was refused",
        ErrorCode::RateLimited => "Too many requests just now",
        ErrorCode::Upstream => "The model's service has a problem",
        ErrorCode::StreamCut => "The answer broke off",
        ErrorCode::Refused => "The model declined to answer",
        ErrorCode::Truncated => "The answer was too long and was cut",
        ErrorCode::MalformedAnswer => "The answer cannot be used",
        ErrorCode::RedactionResidue => "Nothing may be sent",
        ErrorCode::ImportRejected => "This file cannot be imported",
        ErrorCode::Storage => "The browser's storage refused",
    }
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::sentence;

    #[wasm_bindgen_test]
    fn words_become_a_sentence() {
        let check = |text: &str, expected: &str| assert_eq!(sentence(text), expected);
        check("the server is gone", "The server is gone.");
        check("wait.", "Wait.");
        check("is it there?", "Is it there?");
        check(
            "model.bin could not be read",
            "model.bin could not be read.",
        );
        check("", "");
    }
}
