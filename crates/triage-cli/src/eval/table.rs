//! Scores as a Markdown table.

use triage_core::score::{Metrics, Score};

const TITLES: [&str; 8] = [
    "set",
    "rows",
    "match",
    "hit@1",
    "hit@5",
    "hit@10",
    "recall@10",
    "mrr@10",
];

pub(super) fn write(scores: &[(String, Score)]) -> String {
    let mut table = vec![TITLES.map(str::to_owned).to_vec()];
    for (name, score) in scores {
        table.extend(rows(name, score));
    }
    align(&table)
}

fn rows(name: &str, score: &Score) -> [Vec<String>; 2] {
    let row = |rule: &str, metrics: &Metrics| {
        let all = [
            metrics.hit_1,
            metrics.hit_5,
            metrics.hit_10,
            metrics.recall_10,
            metrics.mrr_10,
        ];
        let cells = all.map(|e| format!("{:.3} [{:.3}, {:.3}]", e.mean, e.lo, e.hi));
        let mut row = vec![name.to_owned(), score.rows.to_string(), rule.to_owned()];
        row.extend(cells);
        row
    };
    [row("exact", &score.exact), row("parent", &score.parent)]
}

/// Columns of equal width.
fn align(rows: &[Vec<String>]) -> String {
    let widths: Vec<usize> = (0..TITLES.len())
        .map(|at| {
            rows.iter()
                .filter_map(|row| row.get(at))
                .map(String::len)
                .max()
                .unwrap_or(0)
        })
        .collect();
    let mut text = String::new();
    for (number, row) in rows.iter().enumerate() {
        for (cell, width) in row.iter().zip(&widths) {
            text.extend(["| ", cell, &" ".repeat(width - cell.len()), " "]);
        }
        text += "|\n";
        if number == 0 {
            for width in &widths {
                text.extend(["|", &"-".repeat(width + 2)]);
            }
            text += "|\n";
        }
    }
    text
}
