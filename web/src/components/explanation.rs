//! What drives a technique: the alert's parts, and where it would stand without each.

use std::sync::Arc;

use leptos::prelude::*;
use triage_core::rank::{Explanation, Omission};

use super::notice::Failure;
use super::reasons::{Balance, signed};
use crate::insight::Lookup;
use crate::spotlight::Spot;

/// Parts shown before "show all".
const SHOWN: usize = 6;

/// Points below which a part changes nothing worth showing.
const LITTLE: f32 = 0.05;

/// The button, then the answer.
#[component]
pub(crate) fn Drivers(
    #[prop(into)] explaining: Signal<Lookup<Explanation>>,
    #[prop(into)] on_ask: Callback<()>,
    /// A part is pointed at with the mouse, or no longer.
    #[prop(into)]
    on_hover: Callback<Option<Spot>>,
    /// A part is pointed at with the keyboard, or no longer.
    #[prop(into)]
    on_focus: Callback<Option<Spot>>,
    /// The part that is pointed at should come into view.
    #[prop(into)]
    on_show: Callback<()>,
) -> impl IntoView {
    move || {
        match explaining.get() {
        Lookup::Idle => view! {
            <button type="button" class="button quiet compact" data-testid="explain" on:click=move |_| on_ask.run(())>
                "Which parts of the alert drive it?"
            </button>
        }
        .into_any(),
        Lookup::Running => view! {
            <p class="muted small" role="status">"Ranking the alert without each of its parts…"</p>
        }
        .into_any(),
        Lookup::Failed(error) => view! {
            <Failure error retry_label="Ask again" on_retry=on_ask test_id="retry-explain"/>
        }
        .into_any(),
        Lookup::Found(found) => view! { <Parts found on_hover on_focus on_show/> }.into_any(),
    }
    }
}

#[component]
fn Parts(
    found: Arc<Explanation>,
    on_hover: Callback<Option<Spot>>,
    on_focus: Callback<Option<Spot>>,
    on_show: Callback<()>,
) -> impl IntoView {
    let place = found.place;
    let changes = |part: &&Omission| part.points_lost.abs() >= LITTLE || part.place != place;
    let parts: Vec<Omission> = found.omissions.iter().filter(changes).cloned().collect();
    let idle = found.omissions.len() - parts.len();
    let total = parts.len();
    if total == 0 {
        let text = "No single part decides: without any one of them it stands the same.";
        return view! { <p class="small" data-testid="explanation">{text}</p> }.into_any();
    }
    let most = parts
        .iter()
        .map(|part| part.points_lost.abs())
        .fold(0.0, f32::max);
    let is_open = RwSignal::new(false);
    let rows = move || {
        let limit = if is_open.get() { total } else { SHOWN };
        let rows = parts.iter().take(limit).cloned().map(|part| {
            view! { <Part part place most on_hover on_focus on_show/> }
        });
        rows.collect_view()
    };
    view! {
        <table class="contributions" data-testid="explanation">
            <caption>{format!("It stands {} now. This is how it would stand without each part of the alert.", ordinal(place))}</caption>
            <thead>
                <tr>
                    <th scope="col">"Without"</th>
                    <th scope="col" class="points">"Points"</th>
                    <td></td>
                    <th scope="col">"Place"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
        {move || (total > SHOWN && !is_open.get()).then(|| view! {
            <button type="button" class="button quiet compact" on:click=move |_| is_open.set(true)>
                {format!("Show all {total} parts")}
            </button>
        })}
        {(idle > 0).then(|| view! {
            <p class="muted small">{if idle == 1 { "One other part changes nothing.".to_owned() } else { format!("{idle} other parts change nothing.") }}</p>
        })}
    }
    .into_any()
}

#[component]
fn Part(
    part: Omission,
    place: usize,
    most: f32,
    on_hover: Callback<Option<Spot>>,
    on_focus: Callback<Option<Spot>>,
    on_show: Callback<()>,
) -> impl IntoView {
    let spot = Spot::Part {
        name: part.part.clone(),
        span: part.span,
    };
    let (pointed, focused) = (spot.clone(), spot);
    let moves = if part.place == place {
        format!("stays {}", ordinal(place))
    } else {
        format!("{} \u{2192} {}", ordinal(place), ordinal(part.place))
    };
    view! {
        <tr
            class="part"
            data-testid="omission"
            on:mouseenter=move |_| on_hover.run(Some(pointed.clone()))
            on:mouseleave=move |_| on_hover.run(None)
        >
            <th scope="row">
                <button
                    type="button"
                    class="link"
                    on:click=move |_| on_show.run(())
                    on:focusin=move |event| {
                        // The card around it must not take the light back.
                        event.stop_propagation();
                        on_focus.run(Some(focused.clone()));
                    }
                >
                    {part.part.clone()}
                </button>
            </th>
            <td class="points">{signed(-part.points_lost)}</td>
            <td class="balance-cell"><Balance points=-part.points_lost most/></td>
            <td class="moves">{moves}</td>
        </tr>
    }
}

/// `1st`, `2nd`, `13th`.
fn ordinal(place: usize) -> String {
    let ending = match (place % 10, place % 100) {
        (_, 11..=13) => "th",
        (1, _) => "st",
        (2, _) => "nd",
        (3, _) => "rd",
        _ => "th",
    };
    format!("{place}{ending}")
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::ordinal;

    #[wasm_bindgen_test]
    fn places_are_read_as_words() {
        let check = |place, expected: &str| assert_eq!(ordinal(place), expected);
        check(1, "1st");
        check(2, "2nd");
        check(3, "3rd");
        check(4, "4th");
        check(11, "11th");
        check(113, "113th");
        check(121, "121st");
    }
}
