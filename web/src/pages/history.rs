//! The history: finished triages with their judgements, and one of them open.

use std::sync::Arc;

use leptos::prelude::*;
use triage_core::feedback::{FeedbackRecord, TriageRecord};

use crate::app::View;
use crate::browser::local_time;
use crate::components::chat_panel::Turns;
use crate::components::notice::{Notice, Tone};
use crate::components::severity::Severity;
use crate::components::technique_link::StoredTechnique;
use crate::components::verdict_card::VerdictCard;
use crate::engine::{Attack, Engine};
use crate::journal::Journal;
use crate::judging::Judging;
use crate::session::Session;

/// Triages shown at once.
const PAGE: usize = 50;

/// Characters shown of an alert.
const SHOWN: usize = 20_000;

/// The list, newest first, beside the triage that is open.
#[component]
pub(crate) fn HistoryPage(
    /// The triage to open.
    #[prop(into)]
    open: Signal<Option<String>>,
) -> impl IntoView {
    let journal = expect_context::<Journal>();
    let limit = RwSignal::new(PAGE);
    let total = move || journal.triages.with(|triages| triages.len());
    let items = move || {
        let feedback = journal.feedback.get();
        let open = open.get();
        let triages = journal.triages.get();
        triages
            .iter()
            .rev()
            .take(limit.get())
            .map(|record| {
                let judgement = judgements(&feedback, &record.verdict.triage_id)
                    .last()
                    .copied();
                let is_open = open.as_ref() == Some(&record.verdict.triage_id);
                item(record, judgement, is_open)
            })
            .collect_view()
    };
    let opened = Memo::new(move |_| {
        let id = open.get()?;
        let triages = journal.triages.get();
        triages
            .iter()
            .find(|record| record.verdict.triage_id == id)
            .cloned()
    });
    view! {
        <div class="zones two">
            <section class="zone" aria-labelledby="history-title">
                <h2 id="history-title">"History"</h2>
                <Show when=move || total() == 0>
                    <p class="empty">"No triage is kept yet. Each finished triage appears here and stays on this machine."</p>
                </Show>
                <ul class="history">{items}</ul>
                <Show when=move || { limit.get() < total() }>
                    <button type="button" class="button quiet" on:click=move |_| limit.update(|limit| *limit += PAGE)>
                        "Show older ones"
                    </button>
                </Show>
            </section>
            <section class="zone" aria-labelledby="opened-title">
                <h2 id="opened-title">"Triage"</h2>
                {move || match (opened.get(), open.get()) {
                    (Some(record), _) => view! { <Opened record/> }.into_any(),
                    (None, Some(_)) if total() > 0 => view! {
                        <Notice code="unknown_triage" tone=Tone::Warning title="This triage is not here" text="It is not in this browser's history. Choose one from the list."/>
                    }.into_any(),
                    _ => view! { <p class="empty">"Choose a triage to read its verdict and your judgements."</p> }.into_any(),
                }}
            </section>
        </div>
    }
}

#[component]
fn Opened(record: TriageRecord) -> impl IntoView {
    let journal = expect_context::<Journal>();
    let session = expect_context::<Session>();
    let attack = expect_context::<Engine>().attack;
    let id = record.verdict.triage_id.clone();
    let given = move || {
        let feedback = journal.feedback.get();
        let list = judgements(&feedback, &id);
        if list.is_empty() {
            return ().into_any();
        }
        view! {
            <h3>"Judgements so far"</h3>
            <ul class="items" data-testid="judgements">{list.into_iter().rev().map(|record| judgement(record, attack)).collect_view()}</ul>
        }
        .into_any()
    };
    let id = record.verdict.triage_id.clone();
    let turns = Memo::new(move |_| {
        let turns = journal.turns.get();
        let of_this = turns.iter().filter(|turn| turn.triage_id == id);
        of_this.cloned().collect::<Vec<_>>()
    });
    let asked = move || {
        turns.with(|turns| !turns.is_empty()).then(|| {
            view! {
                <h3>"Asked further"</h3>
                <Turns turns/>
            }
        })
    };
    let text = record.alert_text.clone();
    let shown: String = text.chars().take(SHOWN).collect();
    let is_cut = shown.len() < text.len();
    view! {
        <details class="alert-text">
            <summary>"The alert"</summary>
            <pre class="code tall" tabindex="0" role="group" aria-label="The alert">{shown}</pre>
            {is_cut.then(|| view! { <p class="muted small">{format!("The first {SHOWN} characters are shown.")}</p> })}
        </details>
        <div class="toolbar">
            <button
                type="button"
                class="button quiet"
                data-testid="triage-again"
                on:click=move |_| {
                    session.replace_text(text.clone(), None);
                    View::Triage.go();
                }
            >
                "Put this alert into the text box"
            </button>
        </div>
        <VerdictCard verdict=record.verdict.clone() attack/>
        {asked}
        {given}
        <Judging verdict=record.verdict alert_text=record.alert_text/>
    }
}

fn item(
    record: &TriageRecord,
    judgement: Option<&FeedbackRecord>,
    is_open: bool,
) -> impl IntoView + use<> {
    let verdict = &record.verdict;
    let address = View::History(Some(verdict.triage_id.clone())).address();
    let first_line: String = record
        .alert_text
        .lines()
        .find(|line| line.trim().len() > 2)
        .unwrap_or_default()
        .chars()
        .take(140)
        .collect();
    let judged = match judgement {
        None => "not judged".to_owned(),
        Some(record) if record.analyst_correct => "judged right".to_owned(),
        Some(record) => format!("judged wrong: {}", record.analyst_verdict),
    };
    view! {
        <li>
            <a class="history-item" data-testid="history-item" href=address aria-current=is_open.then_some("true")>
                <span class="history-head">
                    <Severity kind=verdict.verdict/>
                    <span class="muted small">{format!("{:.0}% confidence", verdict.confidence * 100.0)}</span>
                    <span class="spring"></span>
                    <time class="muted small" datetime=verdict.created_at.clone()>{local_time(&verdict.created_at)}</time>
                </span>
                <span class="history-text">{first_line}</span>
                <span class="muted small">{judged}" · "{verdict.model.clone()}</span>
            </a>
        </li>
    }
}

fn judgement(
    record: &FeedbackRecord,
    attack: Signal<Option<Arc<Attack>>>,
) -> impl IntoView + use<> {
    let said = if record.analyst_correct {
        format!("Right: {}", record.analyst_verdict)
    } else {
        format!(
            "Wrong: {} instead of {}",
            record.analyst_verdict, record.agent_verdict
        )
    };
    let techniques = record.corrected_techniques.iter();
    let techniques: Vec<_> = techniques
        .map(|id| view! { <li><StoredTechnique id=*id attack/></li> })
        .collect();
    view! {
        <li>
            <p>{said} " " <time class="muted small" datetime=record.created_at.clone()>{local_time(&record.created_at)}</time></p>
            {(!techniques.is_empty()).then(|| view! {
                <p class="small">"Right techniques:"</p>
                <ul class="links small">{techniques}</ul>
            })}
            {(!record.analyst_notes.is_empty()).then(|| view! { <p class="prose">{record.analyst_notes.clone()}</p> })}
        </li>
    }
}

fn judgements<'a>(feedback: &'a [FeedbackRecord], triage_id: &str) -> Vec<&'a FeedbackRecord> {
    feedback
        .iter()
        .filter(|record| record.triage_id == triage_id)
        .collect()
}
