//! Retrieved techniques, best first, each as a card that says why it is there.

use std::collections::BTreeMap;

use leptos::prelude::*;
use triage_core::attack::TechniqueId;
use triage_core::evidence::AttackEvidence;
use triage_core::rank::{Explanation, RankedTechnique};
use triage_core::retrieval::MAX_TOP_K;

use super::attack_evidence::{EvidenceOf, TechniqueEvidenceView};
use super::explanation::Drivers;
use super::reasons::{Reasons, Words, in_a_line, points, words};
use super::technique_link::TechniqueLink;
use crate::insight::Lookup;
use crate::spotlight::{Pointing, Spot};

/// Words shown before the details are opened.
const TOP_WORDS: usize = 5;

/// What a share is; a number alone would look like a probability.
pub(crate) const SHARE: &str =
    "Share among all techniques for this alert; not a probability of attack";

/// What the analyst did with a card.
#[derive(Clone, Debug)]
pub(crate) enum CardEvent {
    /// Pointed at it or at a part of the alert.
    Point(Pointing),
    /// Wants to know what drives it.
    Explain(TechniqueId),
    /// Wants to see the part of the alert that is lit.
    Show,
    /// Wants the evidence again.
    Retry,
}

/// What cards show beside the ranking.
#[derive(Clone, Copy)]
pub(crate) struct Beside {
    /// What is pointed at.
    pub(crate) lit: Signal<Option<Spot>>,
    /// What ATT&CK has on the alert.
    pub(crate) evidence: Signal<Lookup<AttackEvidence>>,
    /// What the alert's parts are worth, by technique.
    pub(crate) explanations: Signal<BTreeMap<TechniqueId, Lookup<Explanation>>>,
}

/// The ranked list.
#[component]
pub(crate) fn Techniques(
    techniques: Vec<RankedTechnique>,
    /// Whether there was too little to go on: the list must not look sure then.
    is_weak: bool,
    beside: Beside,
    #[prop(into)] on_event: Callback<CardEvent>,
) -> impl IntoView {
    let most = techniques
        .iter()
        .flat_map(|technique| technique.reasons.iter().map(|reason| points(reason).abs()))
        .fold(0.0, f32::max);
    let cards = techniques
        .into_iter()
        .take(MAX_TOP_K)
        .map(|technique| view! { <Technique technique most beside on_event/> });
    view! {
        <ol class="techniques" class:weak=is_weak>{cards.collect_view()}</ol>
    }
}

#[component]
fn Technique(
    technique: RankedTechnique,
    most: f32,
    beside: Beside,
    on_event: Callback<CardEvent>,
) -> impl IntoView {
    let id = technique.id;
    let is_lit = Memo::new(move |_| {
        let lit = beside.lit;
        lit.with(|spot| spot.as_ref().is_some_and(|spot| spot.lights_card(id)))
    });
    let mut top = words(&technique.reasons);
    top.truncate(TOP_WORDS);
    let own = move || Some(Spot::Technique(id));
    let point = move |pointing| on_event.run(CardEvent::Point(pointing));
    let percent = percent(technique.score);
    view! {
        <li
            class="technique"
            class:lit=move || is_lit.get()
            data-testid="technique"
            on:mouseenter=move |_| point(Pointing::Hover(own()))
            on:mouseleave=move |_| point(Pointing::Hover(None))
            on:focusin=move |_| point(Pointing::Focus(own()))
            on:focusout=move |_| point(Pointing::Focus(None))
        >
            <div class="technique-head">
                <TechniqueLink id anchor=anchor(id)/>
                <span class="technique-name">{technique.name.clone()}</span>
                <span class="score" title=SHARE>
                    <span class="bar" aria-hidden="true">
                        <span class="bar-fill" style:width=format!("{:.1}%", technique.score * 100.0)></span>
                    </span>
                    <span class="score-number" data-testid="share">
                        <span class="sr-only">"share "</span>
                        {percent}
                    </span>
                </span>
            </div>
            <p class="tactics">{technique.tactics.iter().cloned().map(|tactic| view! { <span class="tag">{tactic}</span> }).collect_view()}</p>
            {(!top.is_empty()).then(|| view! { <Words words=top/> })}
            <p class="reason-line" data-testid="reason">{in_a_line(&technique.reasons)}</p>
            <More technique most beside on_event/>
        </li>
    }
}

/// Everything else, built when it is opened for the first time: a list of twenty stays quick.
#[component]
fn More(
    technique: RankedTechnique,
    most: f32,
    beside: Beside,
    on_event: Callback<CardEvent>,
) -> impl IntoView {
    let is_open = RwSignal::new(false);
    let name = technique.id.to_string();
    view! {
        <details data-testid="more" on:toggle=move |_| is_open.set(true)>
            <summary>"Why, evidence, what to do"<span class="sr-only">" for " {name}</span></summary>
            {move || is_open.get().then(|| view! { <Details technique=technique.clone() most beside on_event/> })}
        </details>
    }
}

#[component]
fn Details(
    technique: RankedTechnique,
    most: f32,
    beside: Beside,
    on_event: Callback<CardEvent>,
) -> impl IntoView {
    let RankedTechnique {
        id,
        platforms,
        description,
        reasons,
        ..
    } = technique;
    let rest: Vec<_> = words(&reasons).into_iter().skip(TOP_WORDS).collect();
    let explaining = Memo::new(move |_| {
        let found = beside.explanations.with(|found| found.get(&id).cloned());
        found.unwrap_or(Lookup::Idle)
    });
    let point = move |pointing| on_event.run(CardEvent::Point(pointing));
    // The mouse that leaves a part is still on its card.
    let on_hover = move |spot: Option<Spot>| {
        point(Pointing::Hover(spot.or(Some(Spot::Technique(id)))));
    };
    let on_focus = move |spot| point(Pointing::Focus(spot));
    view! {
        <div class="details">
            <h4>"Why it is here"</h4>
            {(!rest.is_empty()).then(|| view! { <p class="muted small">"Further words that speak for it"</p> <Words words=rest/> })}
            <Reasons reasons most/>
            <Drivers
                explaining
                on_ask=move |()| on_event.run(CardEvent::Explain(id))
                on_hover
                on_focus
                on_show=move |()| on_event.run(CardEvent::Show)
            />
            <h4>"Evidence in ATT&CK"</h4>
            <TechniqueEvidenceView
                of=EvidenceOf { technique: id, evidence: beside.evidence }
                on_retry=move |()| on_event.run(CardEvent::Retry)
            />
            <details class="description">
                <summary>"The technique's description"</summary>
                <p class="prose">{description}</p>
                {(!platforms.is_empty()).then(|| view! { <p class="muted small">"Platforms: " {platforms.join(", ")}</p> })}
            </details>
        </div>
    }
}

/// The name in the document of a card's link.
pub(crate) fn anchor(id: TechniqueId) -> String {
    format!("technique-{id}")
}

/// A share for people.
fn percent(share: f32) -> String {
    let percent = share * 100.0;
    // No share is everything or nothing.
    if percent < 0.1 {
        "<0.1%".to_owned()
    } else if percent > 99.0 {
        ">99%".to_owned()
    } else if percent < 10.0 {
        format!("{percent:.1}%")
    } else {
        format!("{percent:.0}%")
    }
}
