//! The alert as it was searched, with the words marked that speak for the techniques found.
//!
//! All marks together are one stop of the Tab key; the arrow keys go from one to the next.

use std::sync::Arc;

use leptos::html::Pre;
use leptos::prelude::*;
use triage_core::alert::Span;
use triage_core::attack::TechniqueId;
use wasm_bindgen::JsCast as _;
use web_sys::{Element, EventTarget, KeyboardEvent};

use super::reasons::short;
use crate::browser;
use crate::painting::{Mark, PAINTED, Painting, overlap};
use crate::spotlight::{Pointing, Spot, list};

/// The element that shows the alert.
pub(crate) const PLACE: &str = "painted-alert";

/// What the analyst did with the painted alert.
#[derive(Clone, Debug)]
pub(crate) enum PaintedEvent {
    /// Pointed at a mark.
    Point(Pointing),
    /// Wants to go to the technique a mark speaks for most.
    Open(TechniqueId),
}

/// The text with its marks, and below it what is lit.
#[component]
pub(crate) fn PaintedAlert(
    painting: Arc<Painting>,
    #[prop(into)] lit: Signal<Option<Spot>>,
    #[prop(into)] on_event: Callback<PaintedEvent>,
) -> impl IntoView {
    let place = NodeRef::<Pre>::new();
    let current = RwSignal::new(0_usize);
    let count = painting.marks.len();
    let is_cut = painting.is_cut;
    bring_into_view(lit, place);
    let pieces = painting.pieces().into_iter().map(|piece| {
        let text = painting.slice(piece.span).to_owned();
        match piece
            .mark
            .and_then(|at| Some((at, painting.marks.get(at)?.clone())))
        {
            Some((at, mark)) => view! { <Marked at mark text current lit/> }.into_any(),
            None => view! { <Bare span=piece.span text lit/> }.into_any(),
        }
    });
    let pieces = pieces.collect_view();
    let shown = Arc::clone(&painting);
    let spot = move |at: usize| {
        let mark = painting.marks.get(at)?;
        Some(Spot::Word {
            text: painting.slice(mark.span).to_owned(),
            span: mark.span,
            techniques: mark.techniques.clone(),
        })
    };
    let marks = Arc::clone(&shown);
    let first = move |at: usize| marks.marks.get(at)?.techniques.first().copied();
    let (spot, focused) = (spot.clone(), spot);
    let (open, pressed) = (first.clone(), first);
    view! {
        <pre
            id=PLACE
            node_ref=place
            class="code painted"
            data-testid="painted"
            role="group"
            aria-label="The alert as it was searched"
            aria-describedby="painted-caption"
            // Without a mark the text itself must be reachable, to be scrolled.
            tabindex=(count == 0).then_some("0")
            on:mouseover=move |event| {
                on_event.run(PaintedEvent::Point(Pointing::Hover(mark_at(event.target()).and_then(&spot))));
            }
            on:mouseleave=move |_| on_event.run(PaintedEvent::Point(Pointing::Hover(None)))
            on:focusin=move |event| {
                if let Some(at) = mark_at(event.target()) {
                    current.set(at);
                    on_event.run(PaintedEvent::Point(Pointing::Focus(focused(at))));
                }
            }
            on:focusout=move |_| on_event.run(PaintedEvent::Point(Pointing::Focus(None)))
            on:click=move |event| {
                if let Some(id) = mark_at(event.target()).and_then(&open) {
                    on_event.run(PaintedEvent::Open(id));
                }
            }
            on:keydown=move |event: KeyboardEvent| {
                let Some(at) = mark_at(event.target()) else { return };
                if event.ctrl_key() || event.meta_key() || event.alt_key() {
                    return;
                }
                let key = event.key();
                let next = match key.as_str() {
                    "ArrowRight" | "ArrowDown" => (at + 1).min(count.saturating_sub(1)),
                    "ArrowLeft" | "ArrowUp" => at.saturating_sub(1),
                    "Home" => 0,
                    "End" => count.saturating_sub(1),
                    "Enter" | " " => {
                        event.prevent_default();
                        if let Some(id) = pressed(at) {
                            on_event.run(PaintedEvent::Open(id));
                        }
                        return;
                    }
                    _ => return,
                };
                event.prevent_default();
                current.set(next);
                browser::focus(&name(next));
            }
        >
            {pieces}
        </pre>
        <p class="hint caption" id="painted-caption" data-testid="painted-caption">
            {move || lit.with(|lit| caption(lit.as_ref(), &shown))}
        </p>
        {is_cut.then(|| view! {
            <p class="muted small" data-testid="painted-cut">{format!("The first {} KiB are shown here; all of the alert was searched.", PAINTED / 1024)}</p>
        })}
    }
}

/// A word that speaks for techniques.
#[component]
fn Marked(
    at: usize,
    mark: Mark,
    text: String,
    current: RwSignal<usize>,
    lit: Signal<Option<Spot>>,
) -> impl IntoView {
    let label = format!("{text}, speaks for {}", list(&mark.techniques));
    let span = mark.span;
    let is_part = move || lit.with(|lit| part_within(lit.as_ref(), span).is_some());
    let is_lit = move || {
        lit.with(|lit| {
            let lit = lit.as_ref();
            lit.is_some_and(|spot| spot.lights_mark(span, &mark.techniques))
        })
    };
    view! {
        <mark
            id=name(at)
            role="button"
            data-mark=at
            data-testid="mark"
            aria-label=label
            tabindex=move || if current.get() == at { "0" } else { "-1" }
            class:lit=is_lit
            class:part=is_part
        >
            {text}
        </mark>
    }
}

/// Text that speaks for nothing; the part of it lights up that an explanation names.
#[component]
fn Bare(span: Span, text: String, lit: Signal<Option<Spot>>) -> impl IntoView {
    let part = Memo::new(move |_| lit.with(|lit| part_within(lit.as_ref(), span)));
    move || {
        let Some(part) = part.get() else {
            return view! { <span>{text.clone()}</span> }.into_any();
        };
        let cut = |start: usize, end: usize| {
            text.get(start - span.start..end - span.start)
                .unwrap_or_default()
                .to_owned()
        };
        view! {
            <span>{cut(span.start, part.start)}</span>
            <span class="part">{cut(part.start, part.end)}</span>
            <span>{cut(part.end, span.end)}</span>
        }
        .into_any()
    }
}

/// Scrolls to what lights up, unless some of it can be seen already. Only the text scrolls, never
/// the page.
fn bring_into_view(lit: Signal<Option<Spot>>, place: NodeRef<Pre>) {
    Effect::new(move || {
        let is_word = lit.with(|lit| matches!(lit, None | Some(Spot::Word { .. })));
        let Some(place) = place.get().filter(|_| !is_word) else {
            return;
        };
        // The marks light up in effects of their own, which may come after this one.
        request_animation_frame(move || {
            let Ok(found) = place.query_selector_all(".lit, .part") else {
                return;
            };
            let frame = place.get_bounding_client_rect();
            let boxes: Vec<_> = (0..found.length())
                .filter_map(|at| found.get(at)?.dyn_into::<Element>().ok())
                .map(|element| element.get_bounding_client_rect())
                .collect();
            let is_seen = |top: f64, bottom: f64| bottom > frame.top() && top < frame.bottom();
            if boxes.iter().any(|each| is_seen(each.top(), each.bottom())) {
                return;
            }
            if let Some(first) = boxes.first() {
                let third = frame.height() / 3.0;
                browser::scroll_by(&place, first.top() - frame.top() - third);
            }
        });
    });
}

fn part_within(lit: Option<&Spot>, span: Span) -> Option<Span> {
    overlap(lit?.part()?, span)
}

fn name(at: usize) -> String {
    format!("mark-{at}")
}

/// The mark that an event happened in.
fn mark_at(target: Option<EventTarget>) -> Option<usize> {
    let element: Element = target?.dyn_into().ok()?;
    let mark = element.closest("[data-mark]").ok()??;
    mark.get_attribute("data-mark")?.parse().ok()
}

fn caption(lit: Option<&Spot>, painting: &Painting) -> String {
    match lit {
        None if painting.marks.is_empty() => {
            "No word of it speaks for a technique by itself.".to_owned()
        }
        None => "Marked words speak for the techniques found. Point at one, or walk them with the arrow keys.".to_owned(),
        Some(Spot::Word {
            text, techniques, ..
        }) => format!("\u{201c}{}\u{201d} speaks for {}.", short(text), list(techniques)),
        Some(Spot::Technique(id)) => {
            let marks = painting.marks.iter();
            match marks.filter(|mark| mark.techniques.contains(id)).count() {
                0 => format!("No word here speaks for {id} by itself."),
                1 => format!("One place speaks for {id}."),
                count => format!("{count} places speak for {id}."),
            }
        }
        Some(Spot::Part { name, span: None }) => format!("{name} cannot be shown in the text."),
        Some(Spot::Part { name, .. }) => format!("Underlined: {name}."),
    }
}
