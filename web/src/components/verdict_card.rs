//! A checked verdict with all its fields.

use std::sync::Arc;

use leptos::prelude::*;
use triage_core::verdict::{Evidence, Flag, Verdict};

use super::queries::Queries;
use super::severity::{Severity, class};
use super::signals::Signals;
use super::technique_link::StoredTechnique;
use crate::browser::local_time;
use crate::engine::Attack;

/// The verdict as the analyst reads it.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "properties are owned")]
pub(crate) fn VerdictCard(
    verdict: Verdict,
    /// The loaded ATT&CK version, against which a kept verdict is read.
    #[prop(into)]
    attack: Signal<Option<Arc<Attack>>>,
    /// Takes over a verdict that is held; absent where it cannot be decided any more.
    #[prop(optional, into)]
    on_confirm: Option<Callback<()>>,
) -> impl IntoView {
    let percent = format!("{:.0}%", verdict.confidence * 100.0);
    let has_techniques = !verdict.matched_techniques.is_empty();
    let techniques = verdict.matched_techniques.iter().map(|id| {
        view! { <li><StoredTechnique id=*id attack/></li> }
    });
    let techniques = techniques.collect_view();
    view! {
        <article class=format!("verdict {}", class(verdict.verdict)) data-testid="verdict" aria-label="Verdict">
            <header class="verdict-head">
                <span class="verdict-kind" data-testid="verdict-kind"><Severity kind=verdict.verdict/></span>
                <span class="confidence">
                    <span class="bar wide" aria-hidden="true">
                        <span class="bar-fill" style:width=percent.clone()></span>
                    </span>
                    <span data-testid="confidence">{percent}</span>
                    " confidence"
                </span>
            </header>
            <Held verdict=verdict.clone() on_confirm/>
            <Flags flags=verdict.flags.clone()/>
            <h3>"Evidence"</h3>
            <EvidenceList evidence=verdict.evidence.clone()/>
            <Signals signals=verdict.signals.clone()/>
            <h3>"Reasoning"</h3>
            <p class="prose">{verdict.reasoning.clone()}</p>
            <h3>"Attack chain"</h3>
            <p class="prose">{verdict.attack_chain.clone()}</p>
            <h3>
                "Techniques "
                <span class="version" data-testid="verdict-attack">{format!("ATT&CK {}", verdict.attack_version)}</span>
            </h3>
            {if has_techniques {
                view! { <ul class="links">{techniques}</ul> }.into_any()
            } else {
                view! { <p class="muted">"None."</p> }.into_any()
            }}
            <Items title="Recommended actions" items=verdict.recommended_actions.clone() test_id="actions" ordered=true/>
            <Items title="What would speak for a false positive" items=verdict.false_positive_indicators.clone() test_id="false-positive-indicators"/>
            <h3>"Investigation queries"</h3>
            <Searches verdict=verdict.clone()/>
            <details class="provenance">
                <summary>"How this verdict came about"</summary>
                <Provenance verdict=verdict.clone()/>
            </details>
        </article>
    }
}

#[component]
fn Flags(flags: Vec<Flag>) -> impl IntoView {
    let items = flags
        .into_iter()
        .map(|flag| view! { <li>{flag.message()}"."</li> })
        .collect_view();
    view! { <ul class="flags" data-testid="flags">{items}</ul> }
}

#[component]
fn EvidenceList(evidence: Vec<Evidence>) -> impl IntoView {
    if evidence.is_empty() {
        return view! { <p class="muted" data-testid="evidence">"The model quoted nothing."</p> }
            .into_any();
    }
    let items = evidence.into_iter().map(
        |Evidence {
             claim,
             quote,
             field,
             step,
             resolved,
         }| {
            let quote = if resolved {
                view! { <q class="quote">{quote}</q> }.into_any()
            } else {
                view! { <s class="quote">{quote}</s> }.into_any()
            };
            let mark = if resolved {
                "in the alert"
            } else {
                "not in the alert"
            };
            view! {
                <li class:unresolved=!resolved>
                    <p>{claim}</p>
                    <p class="quote-line">
                        {quote}
                        <span class="tag quiet">{mark}</span>
                        {step.map(|step| view! { <span class="tag quiet">{step}</span> })}
                        {field.map(|field| view! { <span class="muted small">{field}</span> })}
                    </p>
                </li>
            }
        },
    );
    view! { <ul class="evidence" data-testid="evidence">{items.collect_view()}</ul> }.into_any()
}

#[component]
fn Items(
    title: &'static str,
    items: Vec<String>,
    test_id: &'static str,
    #[prop(optional)] ordered: bool,
) -> impl IntoView {
    let is_empty = items.is_empty();
    let list = items
        .into_iter()
        .map(|item| view! { <li>{item}</li> })
        .collect_view();
    view! {
        {(!title.is_empty()).then(|| view! { <h3>{title}</h3> })}
        {if is_empty {
            view! { <p class="muted">"None."</p> }.into_any()
        } else if ordered {
            view! { <ol class="items" data-testid=test_id>{list}</ol> }.into_any()
        } else {
            view! { <ul class="items" data-testid=test_id>{list}</ul> }.into_any()
        }}
    }
}

/// The queries with what is wrong with them; of a triage that older versions kept, the bare texts.
#[component]
fn Searches(verdict: Verdict) -> impl IntoView {
    if verdict.queries.is_empty() {
        return view! {
            <Items title="" items=verdict.investigation_queries test_id="queries"/>
        }
        .into_any();
    }
    view! { <Queries queries=verdict.queries/> }.into_any()
}

/// What the model said where its word was not taken over, and the way to take it over.
#[component]
fn Held(verdict: Verdict, on_confirm: Option<Callback<()>>) -> impl IntoView {
    let (said, is_held) = (verdict.model_verdict, verdict.is_held());
    if said == verdict.verdict && verdict.differential.is_none() {
        return ().into_any();
    }
    let without = verdict.differential.map(|without| {
        view! {
            <p>
                "Without the suspected text: "
                <Severity kind=without.verdict/>
                {format!(" {:.0}%", without.confidence * 100.0)}
            </p>
        }
    });
    view! {
        <div class="held" data-testid="held">
            <p>"The model said: "<Severity kind=said/></p>
            {without}
            {on_confirm.filter(|_| is_held).map(|on_confirm| view! {
                <div class="actions">
                    <button type="button" class="button" data-testid="confirm" on:click=move |_| on_confirm.run(())>
                        {format!("I have checked it: {said}")}
                    </button>
                </div>
            })}
        </div>
    }
    .into_any()
}

#[component]
fn Provenance(verdict: Verdict) -> impl IntoView {
    let usage = verdict.usage;
    view! {
        <dl class="facts">
            <dt>"Model"</dt>
            <dd data-testid="verdict-model">{verdict.model}</dd>
            <dt>"Time"</dt>
            <dd><time datetime=verdict.created_at.clone()>{local_time(&verdict.created_at)}</time></dd>
            <dt>"Tokens"</dt>
            <dd>{format!(
                "{} in, {} out, {} read from and {} written to the prompt cache",
                usage.input_tokens,
                usage.output_tokens,
                usage.cache_read_input_tokens,
                usage.cache_creation_input_tokens,
            )}</dd>
            <dt>"ATT&CK"</dt>
            <dd>{verdict.attack_version}</dd>
            <dt>"Index"</dt>
            <dd><code class="hash">{verdict.index_id}</code></dd>
            <dt>"Request SHA-256"</dt>
            <dd><code class="hash" data-testid="prompt-hash">{verdict.prompt_sha256}</code></dd>
            <dt>"Triage"</dt>
            <dd><code class="hash" data-testid="triage-id">{verdict.triage_id}</code></dd>
        </dl>
    }
}
