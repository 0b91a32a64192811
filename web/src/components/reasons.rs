//! Why a technique stands where it stands: in a line, as words of the alert, and point by point.

use leptos::prelude::*;
use triage_core::rank::{Reason, Word};

/// Points below which a reason is not worth a word.
const LITTLE: f32 = 0.25;

/// The words of an alert that speak for a technique, with what each is worth.
#[component]
pub(crate) fn Words(words: Vec<Word>) -> impl IntoView {
    let chips = words.into_iter().map(|word| {
        view! {
            <li class="word">
                <span class="word-text">{short(&word.text)}</span>
                <span class="points">{signed(word.points)}</span>
            </li>
        }
    });
    view! { <ul class="words" aria-label="Words of the alert that speak for it, with their points">{chips.collect_view()}</ul> }
}

/// Every reason with its points and a bar; to the left of the middle is what speaks against it.
#[component]
#[expect(clippy::needless_pass_by_value, reason = "properties are owned")]
pub(crate) fn Reasons(
    reasons: Vec<Reason>,
    /// The most points of any reason in the list of techniques, so that bars compare.
    most: f32,
) -> impl IntoView {
    let rows = reasons.iter().map(|reason| {
        let points = points(reason);
        view! {
            <tr>
                <th scope="row">{name(reason)} <span class="detail">{detail(reason)}</span></th>
                <td class="points">{signed(points)}</td>
                <td class="balance-cell"><Balance points most/></td>
            </tr>
        }
    });
    let sum: f32 = reasons.iter().map(points).sum();
    view! {
        <table class="contributions" data-testid="reasons">
            <caption>"What each reason is worth, in points. They add up; a point more multiplies the share."</caption>
            <tbody>
                {rows.collect_view()}
                <tr class="sum">
                    <th scope="row">"Together"</th>
                    <td class="points">{signed(sum)}</td>
                    <td></td>
                </tr>
            </tbody>
        </table>
    }
}

/// A bar from the middle: to the right for points gained, to the left for points lost.
#[component]
pub(crate) fn Balance(points: f32, most: f32) -> impl IntoView {
    let share = if most > 0.0 {
        (points.abs() / most).min(1.0) * 50.0
    } else {
        0.0
    };
    let start = if points < 0.0 { 50.0 - share } else { 50.0 };
    let class = if points < 0.0 {
        "balance-fill against"
    } else {
        "balance-fill"
    };
    view! {
        <span class="balance" aria-hidden="true">
            <span class=class style:left=format!("{start:.1}%") style:width=format!("{share:.1}%")></span>
        </span>
    }
}

/// The reason in a line.
pub(crate) fn in_a_line(reasons: &[Reason]) -> String {
    let mut for_it: Vec<&Reason> = reasons
        .iter()
        .filter(|reason| points(reason) >= LITTLE)
        .collect();
    for_it.sort_by(|a, b| points(b).total_cmp(&points(a)));
    let mut line = match for_it.as_slice() {
        [] => "Nothing speaks strongly for it; the others have even less".to_owned(),
        [first] => format!("Mostly {}", phrase(first)),
        [first, second, ..] => format!("Mostly {}, then {}", phrase(first), phrase(second)),
    };
    let against = reasons
        .iter()
        .filter(|reason| points(reason) <= -LITTLE)
        .min_by(|a, b| points(a).total_cmp(&points(b)));
    if let Some(reason) = against {
        line.push_str("; against it: ");
        line.push_str(&objection(reason));
    }
    line.push('.');
    line
}

/// The words of a technique that are worth a point's tenth.
pub(crate) fn words(reasons: &[Reason]) -> Vec<Word> {
    let words = reasons.iter().find_map(|reason| match reason {
        Reason::Words { words, .. } => Some(words.iter()),
        _ => None,
    });
    let words = words.into_iter().flatten();
    words.filter(|word| word.points >= 0.05).cloned().collect()
}

/// What a reason is worth.
pub(crate) fn points(reason: &Reason) -> f32 {
    match reason {
        Reason::Words { points, .. }
        | Reason::Meaning { points, .. }
        | Reason::Examples { points }
        | Reason::Known { points }
        | Reason::Named { points }
        | Reason::Platform { points, .. } => *points,
    }
}

/// Points with their sign: `+1.5`, `−0.3`.
pub(crate) fn signed(points: f32) -> String {
    let tenths = (points * 10.0).round() / 10.0;
    if tenths < 0.0 {
        format!("\u{2212}{:.1}", -tenths)
    } else if tenths > 0.0 {
        format!("+{tenths:.1}")
    } else {
        "0.0".to_owned()
    }
}

fn name(reason: &Reason) -> &'static str {
    match reason {
        Reason::Words { .. } => "Words",
        Reason::Meaning { .. } => "Meaning",
        Reason::Examples { .. } => "Labelled alerts",
        Reason::Known { .. } => "Seen in use",
        Reason::Named { .. } => "Named",
        Reason::Platform { .. } => "Platform",
    }
}

fn detail(reason: &Reason) -> String {
    match reason {
        Reason::Words { .. } => "in common with its texts, against the mean technique".to_owned(),
        Reason::Meaning { similarity, .. } => {
            format!("similarity {similarity:.2}, against the mean technique")
        }
        Reason::Examples { .. } => "what labelled alerts with such words carry".to_owned(),
        Reason::Known { points } if *points < 0.0 => "less often than others".to_owned(),
        Reason::Known { .. } => "more often than others".to_owned(),
        Reason::Named { .. } => "the alert names it: the sensor's own mapping".to_owned(),
        Reason::Platform { alert, .. } => format!("does not exist on {}", alert.join(", ")),
    }
}

fn phrase(reason: &Reason) -> &'static str {
    match reason {
        Reason::Words { .. } => "its words",
        Reason::Meaning { .. } => "its meaning",
        Reason::Examples { .. } => "labelled alerts with such words",
        Reason::Known { .. } => "how often it is seen",
        Reason::Named { .. } => "the alert itself, which names it",
        Reason::Platform { .. } => "where it exists",
    }
}

fn objection(reason: &Reason) -> String {
    match reason {
        Reason::Words { .. } => "few of its words".to_owned(),
        Reason::Meaning { .. } => "a distant meaning".to_owned(),
        Reason::Examples { .. } => "labelled alerts with such words carry others".to_owned(),
        Reason::Known { .. } => "seldom seen".to_owned(),
        Reason::Named { .. } => "the alert names others".to_owned(),
        Reason::Platform { alert, .. } => format!("it does not exist on {}", alert.join(", ")),
    }
}

/// A word as a chip shows it: an encoded text can be a word of many thousand characters.
pub(crate) fn short(word: &str) -> String {
    const LONGEST: usize = 32;
    if word.chars().count() <= LONGEST {
        return word.to_owned();
    }
    let mut beginning: String = word.chars().take(LONGEST - 1).collect();
    beginning.push('\u{2026}');
    beginning
}
