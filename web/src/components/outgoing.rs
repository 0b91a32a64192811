//! What would leave the browser, in full: readable, byte for byte, and the names that stay here.

use leptos::prelude::*;
use serde_json::Value;
use triage_core::price::Estimate;
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
    let coloured = coloured(&body);
    view! {
        <dl class="facts">
            <dt>"Goes to"</dt>
            <dd>{destination}</dd>
            <dt>"Size"</dt>
            <dd>{size(bytes)}</dd>
            <dt>"Tokens"</dt>
            <dd data-testid="outgoing-tokens">{tokens(&body.estimate)}</dd>
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
            <pre class="code tall bytes" tabindex="0" role="group" aria-label="The exact bytes of the request" data-testid="outgoing">{coloured}</pre>
        </details>
    }
}

/// The body with its pseudonyms marked.
fn coloured(body: &Body) -> Vec<AnyView> {
    let mut pieces = Vec::new();
    let mut done = 0;
    for span in &body.pseudonyms {
        let (Some(before), Some(name)) =
            (body.body.get(done..span.start), body.body.get(span.range()))
        else {
            continue;
        };
        pieces.push(before.to_owned().into_any());
        pieces.push(view! { <mark class="pseudonym">{name.to_owned()}</mark> }.into_any());
        done = span.end;
    }
    pieces.push(
        body.body
            .get(done..)
            .unwrap_or_default()
            .to_owned()
            .into_any(),
    );
    pieces
}

/// An estimate in words.
fn tokens(estimate: &Estimate) -> String {
    let count = format!(
        "about {} in and {} out",
        estimate.input_tokens, estimate.output_tokens
    );
    match estimate.usd {
        Some(usd) => format!(
            "{count}, about {} by the list prices of {}",
            dollars(usd),
            estimate.prices_as_of
        ),
        None => format!("{count}; this model is not on the price list"),
    }
}

/// An amount in US dollars with two telling digits.
pub(crate) fn dollars(usd: f64) -> String {
    if usd >= 0.1 {
        format!("${usd:.2}")
    } else if usd >= 0.001 {
        format!("${usd:.4}")
    } else {
        "less than $0.001".to_owned()
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
