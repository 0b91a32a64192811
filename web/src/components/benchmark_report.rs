//! What a benchmark found: rates with their intervals, times, and the alerts that went wrong.

use std::sync::Arc;

use leptos::prelude::*;
use triage_core::attack::TechniqueId;
use triage_core::score::{Estimate, Latency, Metrics, ReportRow, Score};

use super::technique_link::{StoredTechnique, TechniqueLink};
use crate::engine::Attack;

/// How deep a miss can be asked for.
const DEPTHS: [usize; 3] = [1, 5, 10];

/// Misses shown before "show more".
const SHOWN: usize = 25;

/// Rates by the very technique and by its parent.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "properties are owned")]
pub(crate) fn Rates(score: Score) -> impl IntoView {
    let Score { exact, parent, .. } = &score;
    let rows = MEASURES.map(|(name, means, pick)| {
        view! {
            <tr>
                <th scope="row">
                    {name}
                    <span class="muted measure-means">{means}</span>
                </th>
                {[exact, parent].map(|metrics| view! { <td>{value(pick(metrics), name)}</td> }).collect_view()}
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label="Hit rates">
            <table class="numbers rates" data-testid="rates">
                <caption>"With 95% intervals. “Parent” takes a sub-technique and its technique as the same."</caption>
                <thead>
                    <tr>
                        <th scope="col">"Measure"</th>
                        <th scope="col">"Exact technique"</th>
                        <th scope="col">"Parent technique"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

/// Times of one alert, from text to ranking.
#[component]
pub(crate) fn Times(latency: Latency, alerts: usize) -> impl IntoView {
    view! {
        <dl class="facts" data-testid="latency">
            <dt>"Median"</dt>
            <dd>{format!("{:.0} ms for an alert", latency.median_ms)}</dd>
            <dt>"95 of 100"</dt>
            <dd>{format!("within {:.0} ms", latency.p95_ms)}</dd>
            <dt>"Ranking"</dt>
            <dd>{format!("{:.1} ms of it; the rest reads and embeds", latency.ranking_ms)}</dd>
            <dt>"All"</dt>
            <dd>{format!("{alerts} alerts in {:.1} s", latency.total_ms / 1000.0)}</dd>
        </dl>
    }
}

/// Alerts whose labels are not among the first; each can be opened.
#[component]
pub(crate) fn Misses(
    rows: Arc<[ReportRow]>,
    #[prop(into)] attack: Signal<Option<Arc<Attack>>>,
    /// The alert of this name is to be looked at.
    #[prop(into)]
    on_open: Callback<String>,
) -> impl IntoView {
    let depth = RwSignal::new(10_usize);
    let limit = RwSignal::new(SHOWN);
    let total = rows.len();
    let missed = Memo::new(move |_| {
        let depth = depth.get();
        let rows = rows.iter();
        let rows = rows.filter(|row| place(row).is_none_or(|place| place > depth));
        rows.cloned().collect::<Vec<_>>()
    });
    let count = move || missed.with(Vec::len);
    let items = move || {
        let rows = missed.get().into_iter().take(limit.get());
        rows.map(|row| view! { <Miss row attack on_open/> })
            .collect_view()
    };
    view! {
        <div class="toolbar misses-head">
            <label class="inline-label" for="miss-depth">"Without a right technique among the first"</label>
            <select
                id="miss-depth"
                data-testid="miss-depth"
                on:change:target=move |event| {
                    let wanted = event.target().value().parse();
                    depth.set(wanted.unwrap_or(10));
                    limit.set(SHOWN);
                }
            >
                {DEPTHS.map(|choice| view! { <option value=choice selected=choice == depth.get_untracked()>{choice}</option> }).collect_view()}
            </select>
            <span role="status" data-testid="miss-count">{move || format!("{} of {total} alerts", count())}</span>
        </div>
        {move || (count() == 0).then(|| view! { <p class="muted">"None: each alert has one."</p> })}
        <ul class="misses" data-testid="misses">{items}</ul>
        {move || (limit.get() < count()).then(|| view! {
            <button type="button" class="button quiet" on:click=move |_| limit.update(|limit| *limit += SHOWN)>"Show more"</button>
        })}
    }
}

#[component]
fn Miss(
    row: ReportRow,
    attack: Signal<Option<Arc<Attack>>>,
    on_open: Callback<String>,
) -> impl IntoView {
    let found = match place(&row) {
        Some(place) => format!("found at place {place}"),
        None => format!("not among the first {}", row.ranked.len()),
    };
    let labels = row
        .techniques
        .iter()
        .map(|id| view! { <li><StoredTechnique id=*id attack/></li> });
    let ranked = row.ranked.iter().map(|id| {
        let note = nearness(*id, &row.techniques);
        view! { <li><TechniqueLink id=*id test_id="ranked"/> {note.map(|note| view! { <span class="tag quiet">{note}</span> })}</li> }
    });
    let (labels, ranked) = (labels.collect_view(), ranked.collect_view());
    let id = row.id.clone();
    view! {
        <li>
            <details data-testid="miss">
                <summary><code>{row.id.clone()}</code> " " <span class="muted">{found}</span></summary>
                <div class="miss">
                    <p class="muted small">"Labels"</p>
                    <ul class="links">{labels}</ul>
                    <p class="muted small">"Ranked, best first"</p>
                    <ol class="links">{ranked}</ol>
                    <button type="button" class="button quiet compact" data-testid="open-alert" on:click=move |_| on_open.run(id.clone())>
                        "Look at this alert"
                    </button>
                </div>
            </details>
        </li>
    }
}

type Pick = fn(&Metrics) -> Estimate;

const MEASURES: [(&str, &str, Pick); 4] = [
    ("hit@1", "a right technique comes first", |metrics| {
        metrics.hit_1
    }),
    ("hit@5", "one is among the first five", |metrics| {
        metrics.hit_5
    }),
    ("hit@10", "one is among the first ten", |metrics| {
        metrics.hit_10
    }),
    (
        "MRR@10",
        "one over the place of the first right one",
        |metrics| metrics.mrr_10,
    ),
];

fn value(estimate: Estimate, name: &str) -> impl IntoView + use<> {
    let Estimate { mean, lo, hi } = estimate;
    let (text, range) = if name.starts_with("hit") {
        (
            format!("{:.1}%", mean * 100.0),
            format!("{:.1} to {:.1}%", lo * 100.0, hi * 100.0),
        )
    } else {
        (format!("{mean:.3}"), format!("{lo:.3} to {hi:.3}"))
    };
    view! {
        <span class="rate">
            <span class="bar" aria-hidden="true"><span class="bar-fill" style:width=format!("{:.1}%", mean * 100.0)></span></span>
            <strong>{text}</strong>
            <span class="muted">{range}</span>
        </span>
    }
}

/// The place of the first label among what was ranked, from one.
fn place(row: &ReportRow) -> Option<usize> {
    let mut ranked = row.ranked.iter();
    Some(ranked.position(|id| row.techniques.contains(id))? + 1)
}

/// How near a ranked technique is to a label that it need not be.
fn nearness(id: TechniqueId, labels: &[TechniqueId]) -> Option<&'static str> {
    if labels.contains(&id) {
        Some("label")
    } else if labels.iter().any(|label| label.parent() == id.parent()) {
        Some("same parent")
    } else {
        None
    }
}
