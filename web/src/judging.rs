//! From a judgement in the form to a record in the journal.

use leptos::prelude::*;
use leptos::task::spawn_local;
use triage_core::feedback::{FeedbackRecord, SCHEMA_VERSION};
use triage_core::verdict::Verdict;

use crate::browser;
use crate::components::feedback_form::{FeedbackForm, Judgement, Saving};
use crate::engine::Engine;
use crate::journal::Journal;

/// The form for one verdict, wired to the journal.
#[component]
pub(crate) fn Judging(verdict: Verdict, alert_text: String) -> impl IntoView {
    let journal = expect_context::<Journal>();
    let attack = expect_context::<Engine>().attack;
    let saving = RwSignal::new(Saving::Idle);
    let saved = StoredValue::new(0_u32);
    let agent = verdict.verdict;
    let on_save = move |judgement: Judgement| {
        let record = record(&verdict, &alert_text, judgement);
        saving.set(Saving::Running);
        spawn_local(async move {
            let result = journal.add_feedback(record).await;
            // The form may be gone by now; the record is kept all the same.
            saved.try_update_value(|count| *count += 1);
            saving.try_set(match result {
                Ok(()) => Saving::Saved(saved.try_get_value().unwrap_or(1)),
                Err(text) => Saving::Failed(text),
            });
        });
    };
    view! { <FeedbackForm agent attack saving on_save/> }
}

fn record(verdict: &Verdict, alert_text: &str, judgement: Judgement) -> FeedbackRecord {
    FeedbackRecord {
        schema_version: SCHEMA_VERSION,
        triage_id: verdict.triage_id.clone(),
        created_at: browser::now(),
        alert_text: alert_text.to_owned(),
        agent_verdict: verdict.verdict,
        analyst_verdict: judgement.verdict,
        analyst_correct: judgement.is_correct,
        analyst_notes: judgement.notes,
        matched_techniques: verdict.matched_techniques.clone(),
        corrected_techniques: judgement.techniques,
        confidence: verdict.confidence,
        model: verdict.model.clone(),
        attack_version: verdict.attack_version.clone(),
    }
}
