//! What would leave the browser, in full: readable, byte for byte, and the names that stay here.

use leptos::prelude::*;
use serde_json::Value;
use triage_core::prompt::Prompt;
use triage_core::redact::Pseudonyms;

use super::loading::size;
use crate::session::Outgoing as Body;

/// The request before it is sent.
#[component]
pub(crate) fn Outgoing(
    body: Body,
    prompt: Prompt,
    pseudonyms: Pseudonyms,
    /// Where it would go, in words.
    destination: String,
) -> impl IntoView {
    let bytes = u64::try_from(body.body.len()).unwrap_or(u64::MAX);
    let document: Value = serde_json::from_str(&prompt.user).unwrap_or_default();
    let readable = serde_json::to_string_pretty(&document).unwrap_or_else(|_| prompt.user.clone());
    view! {
        <dl class="facts">
            <dt>"Goes to"</dt>
            <dd>{destination}</dd>
            <dt>"Size"</dt>
            <dd>{size(bytes)}</dd>
            <dt>"SHA-256"</dt>
            <dd><code class="hash" data-testid="outgoing-hash">{body.sha256}</code></dd>
        </dl>
        <PseudonymTable pseudonyms/>
        <h3>"Alert and findings, redacted"</h3>
        <pre class="code tall" tabindex="0" role="group" aria-label="Alert and findings, redacted">{readable}</pre>
        <h3>"Instructions to the model"</h3>
        <pre class="code" tabindex="0" role="group" aria-label="Instructions to the model">{prompt.system}</pre>
        <details>
            <summary>"The exact bytes of the request"</summary>
            <pre class="code tall bytes" tabindex="0" role="group" aria-label="The exact bytes of the request" data-testid="outgoing">{body.body}</pre>
        </details>
    }
}

#[component]
fn PseudonymTable(pseudonyms: Pseudonyms) -> impl IntoView {
    if pseudonyms.is_empty() {
        return view! { <p class="muted small">"No user, host or internal address was found that needs a pseudonym."</p> }.into_any();
    }
    let rows = pseudonyms.iter().map(|(pseudonym, original)| {
        view! {
            <tr>
                <td><code>{pseudonym.to_owned()}</code></td>
                <td><code>{original.to_owned()}</code></td>
            </tr>
        }
    });
    view! {
        <table class="pseudonyms" data-testid="pseudonyms">
            <caption>"Pseudonyms: the right column stays in this browser"</caption>
            <thead>
                <tr>
                    <th scope="col">"Sent"</th>
                    <th scope="col">"Stands for"</th>
                </tr>
            </thead>
            <tbody>{rows.collect_view()}</tbody>
        </table>
    }
    .into_any()
}
