//! Investigation queries: each with its language and what is wrong with it, ready to be copied.

use leptos::prelude::*;
use triage_core::investigation::{CheckedQuery, Pivot};

use super::copy::CopyButton;

/// Queries, checked. One with problems is shown with them, and cannot be copied by a button.
#[component]
pub(crate) fn Queries(queries: Vec<CheckedQuery>) -> impl IntoView {
    let items = queries.into_iter().map(|query| {
        let language = query.language;
        let label = language.map_or("advice", |language| language.name());
        let is_sound = query.problems.is_empty();
        let problems = query
            .problems
            .iter()
            .map(|problem| view! { <li>{problem.message.clone()}"."</li> })
            .collect_view();
        view! {
            <li class="query" class:unsound=!is_sound>
                <p class="query-head">
                    <span class="tag quiet">{label}</span>
                    {match (language.is_some(), is_sound) {
                        (true, true) => "checked",
                        (true, false) => "not checked out",
                        (false, _) => "",
                    }}
                    <span class="spring"></span>
                    {(language.is_some() && is_sound).then(|| view! {
                        <CopyButton text=query.text.clone() what=format!("this {label} query")/>
                    })}
                </p>
                <code>{query.text.clone()}</code>
                {(!is_sound).then(|| view! { <ul class="problems small">{problems}</ul> })}
            </li>
        }
    });
    view! { <ul class="queries" data-testid="queries">{items.collect_view()}</ul> }
}

/// Queries that were composed here, about what was found in the alert.
#[component]
pub(crate) fn Pivots(pivots: Vec<Pivot>) -> impl IntoView {
    if pivots.is_empty() {
        return ().into_any();
    }
    let items = pivots.into_iter().map(|pivot| {
        // Most are never opened.
        let is_open = RwSignal::new(false);
        view! {
            <details class="pivot" on:toggle:target=move |event| is_open.set(event.target().open())>
                <summary>{pivot.title}</summary>
                {move || is_open.get().then(|| view! { <Queries queries=pivot.queries.clone()/> })}
            </details>
        }
    });
    view! {
        <h3>"Look further"</h3>
        <div data-testid="pivots">{items.collect_view()}</div>
    }
    .into_any()
}
