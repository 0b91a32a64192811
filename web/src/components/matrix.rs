//! How the model's verdicts compare with the analyst's: a picture, and the same as tables.

use leptos::prelude::*;
use triage_core::feedback::{Accuracy, CalibrationBin, MatrixCell};
use triage_core::verdict::VerdictKind;

const CELL: usize = 58;
const LEFT: usize = 96;
const TOP: usize = 52;

/// The confusion matrix as a picture, with a table for those who cannot see it.
#[component]
pub(crate) fn Matrix(cells: Vec<MatrixCell>) -> impl IntoView {
    let most = cells
        .iter()
        .map(|cell| cell.count)
        .max()
        .unwrap_or(1)
        .max(1);
    let count = move |agent: VerdictKind, analyst: VerdictKind| {
        cells
            .iter()
            .find(|cell| cell.agent_verdict == agent && cell.analyst_verdict == analyst)
            .map_or(0, |cell| cell.count)
    };
    let counts = VerdictKind::ALL
        .map(|agent| (agent, VerdictKind::ALL.map(|analyst| count(agent, analyst))));
    let side = CELL * VerdictKind::ALL.len();
    let picture = counts.into_iter().enumerate().flat_map(|(row, (_, line))| {
        line.into_iter()
            .enumerate()
            .map(move |(column, count)| cell(row, column, count, most))
    });
    let row_names = VerdictKind::ALL.into_iter().enumerate().map(|(row, agent)| {
        view! {
            <text class="axis" x=LEFT - 10 y=TOP + row * CELL + CELL / 2 + 4 text-anchor="end">{short(agent)}</text>
        }
    });
    let column_names = VerdictKind::ALL.into_iter().enumerate().map(|(column, analyst)| {
        view! {
            <text class="axis" x=LEFT + column * CELL + CELL / 2 y=TOP - 10 text-anchor="middle">{short(analyst)}</text>
        }
    });
    let rows = counts.into_iter().map(|(agent, line)| {
        view! {
            <tr>
                <th scope="row">{agent.name()}</th>
                {line.map(|count| view! { <td>{count}</td> }).collect_view()}
            </tr>
        }
    });
    view! {
        <figure class="matrix" data-testid="matrix">
            <svg viewBox=format!("0 0 {} {}", LEFT + side + 4, TOP + side + 4) role="img" aria-labelledby="matrix-title">
                <title id="matrix-title">"Confusion matrix: the model's verdicts in rows, yours in columns. The table below has the same numbers."</title>
                <text class="axis-title" x=LEFT + side / 2 y="14" text-anchor="middle">"Your verdict"</text>
                <text class="axis-title" x="4" y=TOP - 10>"Model's"</text>
                {column_names.collect_view()}
                {row_names.collect_view()}
                {picture.collect_view()}
            </svg>
            <details>
                <summary>"The same as a table"</summary>
                <div class="scroll" tabindex="0" role="group" aria-label="Confusion matrix as a table">
                    <table class="numbers">
                        <caption>"Model's verdict in rows, your verdict in columns"</caption>
                        <thead>
                            <tr>
                                <th scope="col">"Model's"</th>
                                {VerdictKind::ALL.map(|kind| view! { <th scope="col">{kind.name()}</th> }).collect_view()}
                            </tr>
                        </thead>
                        <tbody>{rows.collect_view()}</tbody>
                    </table>
                </div>
            </details>
        </figure>
    }
}

/// How often verdicts were right, by how sure the model was.
#[component]
pub(crate) fn Calibration(bins: Vec<CalibrationBin>) -> impl IntoView {
    let rows = bins.into_iter().filter(|bin| bin.total > 0).map(|bin| {
        let right = share(bin.correct, bin.total);
        view! {
            <tr>
                <th scope="row">{format!("{:.0} to {:.0}%", bin.from * 100.0, bin.to * 100.0)}</th>
                <td>{bin.total}</td>
                <td>{bin.correct}</td>
                <td class="with-bar">
                    <span class="bar" aria-hidden="true"><span class="bar-fill" style:width=format!("{right:.0}%")></span></span>
                    {format!("{right:.0}%")}
                </td>
            </tr>
        }
    });
    view! {
        <div class="scroll" tabindex="0" role="group" aria-label="Calibration">
            <table class="numbers" data-testid="calibration">
                <caption>"Of verdicts with this confidence, how many were right"</caption>
                <thead>
                    <tr>
                        <th scope="col">"Confidence"</th>
                        <th scope="col">"Judged"</th>
                        <th scope="col">"Right"</th>
                        <th scope="col">"Share"</th>
                    </tr>
                </thead>
                <tbody>{rows.collect_view()}</tbody>
            </table>
        </div>
    }
}

/// The accuracy in words.
pub(crate) fn in_words(accuracy: &Accuracy) -> String {
    match (accuracy.accuracy, accuracy.interval) {
        (Some(value), Some([low, high])) => format!(
            "{} of {} judged verdicts were right. With 95% confidence the true share lies between {:.0}% and {:.0}%{}.",
            accuracy.correct,
            accuracy.total,
            low * 100.0,
            high * 100.0,
            if accuracy.total < 30 {
                format!(
                    "; {} judgements are too few to say more than that about {:.0}%",
                    accuracy.total,
                    value * 100.0
                )
            } else {
                String::new()
            }
        ),
        _ => "No verdict was judged yet.".to_owned(),
    }
}

fn cell(row: usize, column: usize, count: usize, most: usize) -> impl IntoView {
    let class = match (row == column, count) {
        (_, 0) => "cell none",
        (true, _) => "cell right",
        (false, _) => "cell wrong",
    };
    // A single case must still be seen beside a hundred.
    let strength = format!("{:.2}", 0.15 + 0.3 * share(count, most) / 100.0);
    let (x, y) = (LEFT + column * CELL, TOP + row * CELL);
    view! {
        <rect class=class x=x + 1 y=y + 1 width=CELL - 2 height=CELL - 2 rx="3" fill-opacity=if count == 0 { "1".to_owned() } else { strength }/>
        {(count > 0).then(|| view! {
            <text class="count" x=x + CELL / 2 y=y + CELL / 2 + 5 text-anchor="middle">{count}</text>
        })}
    }
}

#[expect(
    clippy::cast_precision_loss,
    reason = "counts of judgements are far below 2^52"
)]
fn share(part: usize, whole: usize) -> f64 {
    if whole == 0 {
        0.0
    } else {
        part as f64 / whole as f64 * 100.0
    }
}

fn short(kind: VerdictKind) -> &'static str {
    match kind {
        VerdictKind::Critical => "CRIT",
        VerdictKind::High => "HIGH",
        VerdictKind::Medium => "MED",
        VerdictKind::Low => "LOW",
        VerdictKind::Benign => "BENIGN",
        VerdictKind::Inconclusive => "INCONCL",
    }
}
