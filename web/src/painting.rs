//! The alert as it is painted: its text, and the words in it that speak for the techniques found.

use std::collections::BTreeMap;

use triage_core::alert::{Span, raw_text};
use triage_core::attack::TechniqueId;
use triage_core::rank::{RankedTechnique, Reason};

/// How much of an alert is painted: what lies behind is not worth a page that answers slowly.
pub(crate) const PAINTED: usize = 16 * 1024;

/// The beginning of an alert as it was searched, and its marked words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Painting {
    /// The text, hidden characters replaced: what spans of a search refer to.
    pub(crate) text: String,
    /// Whether the alert goes on behind it.
    pub(crate) is_cut: bool,
    /// In the order of the text; none overlaps another.
    pub(crate) marks: Vec<Mark>,
}

/// A word of the alert that speaks for techniques.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mark {
    /// Where it stands.
    pub(crate) span: Span,
    /// For which it speaks, the one for which it is worth most first.
    pub(crate) techniques: Vec<TechniqueId>,
}

/// A stretch of the painted text: bare, or one of the marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Piece {
    /// Where it stands.
    pub(crate) span: Span,
    /// The place of its mark; absent for bare text.
    pub(crate) mark: Option<usize>,
}

impl Painting {
    /// Paints `alert` with the words of `techniques`.
    pub(crate) fn new(alert: &str, techniques: &[RankedTechnique]) -> Self {
        let beginning = alert
            .get(..alert.floor_char_boundary(PAINTED))
            .unwrap_or_default();
        let text = raw_text(beginning);
        let marks = marks(&text, techniques);
        Self {
            text,
            is_cut: beginning.len() < alert.len(),
            marks,
        }
    }

    /// The whole text, piece by piece.
    pub(crate) fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::with_capacity(2 * self.marks.len() + 1);
        let mut at = 0;
        let bare = |start, end| Piece {
            span: Span { start, end },
            mark: None,
        };
        for (place, mark) in self.marks.iter().enumerate() {
            if mark.span.start > at {
                pieces.push(bare(at, mark.span.start));
            }
            pieces.push(Piece {
                span: mark.span,
                mark: Some(place),
            });
            at = mark.span.end;
        }
        if at < self.text.len() {
            pieces.push(bare(at, self.text.len()));
        }
        pieces
    }

    /// The text of a span.
    pub(crate) fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }
}

/// What two spans have in common.
pub(crate) fn overlap(a: Span, b: Span) -> Option<Span> {
    let common = Span {
        start: a.start.max(b.start),
        end: a.end.min(b.end),
    };
    (common.start < common.end).then_some(common)
}

/// Words that overlap or lie within each other become one mark, which speaks for the techniques of
/// them all.
fn marks(text: &str, techniques: &[RankedTechnique]) -> Vec<Mark> {
    let mut words: Vec<(Span, TechniqueId, f32)> = techniques
        .iter()
        .flat_map(|technique| {
            let words = technique
                .reasons
                .iter()
                .filter_map(|reason| match reason {
                    Reason::Words { words, .. } => Some(words),
                    _ => None,
                })
                .flatten();
            words.flat_map(|word| {
                let spans = word.spans.iter();
                spans.map(|span| (*span, technique.id, word.points))
            })
        })
        // A word behind what is painted, or one that is cut in two by its end, is left out.
        .filter(|(span, ..)| text.get(span.range()).is_some_and(|word| !word.is_empty()))
        .collect();
    words.sort_by_key(|(span, ..)| *span);
    let mut merged: Vec<(Span, BTreeMap<TechniqueId, f32>)> = Vec::new();
    for (span, technique, points) in words {
        match merged.last_mut() {
            Some((last, worth)) if span.start < last.end => {
                last.end = last.end.max(span.end);
                *worth.entry(technique).or_default() += points;
            }
            _ => merged.push((span, BTreeMap::from([(technique, points)]))),
        }
    }
    merged
        .into_iter()
        .map(|(span, worth)| {
            let mut techniques: Vec<_> = worth.into_iter().collect();
            techniques.sort_by(|a, b| b.1.total_cmp(&a.1).then(a.0.cmp(&b.0)));
            Mark {
                span,
                techniques: techniques.into_iter().map(|(id, _)| id).collect(),
            }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use triage_core::rank::Word;
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    fn technique(id: &str, words: &[(f32, &[(usize, usize)])]) -> RankedTechnique {
        RankedTechnique {
            id: id.parse().unwrap(),
            name: String::new(),
            tactics: Vec::new(),
            platforms: Vec::new(),
            url: String::new(),
            description: String::new(),
            score: 0.0,
            reasons: vec![Reason::Words {
                points: 1.0,
                words: words
                    .iter()
                    .map(|(points, spans)| Word {
                        text: String::new(),
                        points: *points,
                        spans: spans.iter().map(|(a, b)| Span::from(*a..*b)).collect(),
                    })
                    .collect(),
            }],
        }
    }

    /// Marks as `text: techniques`, and everything put together again.
    fn check(alert: &str, techniques: &[RankedTechnique], expected: &[&str]) {
        let painting = Painting::new(alert, techniques);
        let found: Vec<String> = painting
            .marks
            .iter()
            .map(|mark| format!("{}: {:?}", painting.slice(mark.span), mark.techniques))
            .collect();
        assert_eq!(found, expected, "{alert}");
        let pieces = painting.pieces();
        let whole: String = pieces.iter().map(|p| painting.slice(p.span)).collect();
        assert_eq!(whole, painting.text);
        assert!(pieces.iter().all(|piece| piece.span.start < piece.span.end));
    }

    #[wasm_bindgen_test]
    fn words_are_marked_for_those_they_speak_for() {
        let both = [
            technique("T1033", &[(1.0, &[(0, 6)])]),
            technique("T1087", &[(3.0, &[(0, 6), (11, 17)])]),
        ];
        check(
            "whoami and whoami",
            &both,
            &["whoami: [T1087, T1033]", "whoami: [T1087]"],
        );
        check("whoami", &[], &[]);
        check("", &both, &[]);
    }

    #[wasm_bindgen_test]
    fn what_overlaps_becomes_one_mark() {
        let nested = [
            technique("T1003", &[(2.0, &[(0, 9)]), (1.0, &[(6, 9)])]),
            technique("T1218", &[(1.0, &[(6, 9), (9, 12)])]),
        ];
        check(
            "lsass.exe-a.",
            &nested,
            &["lsass.exe: [T1003, T1218]", "-a.: [T1218]"],
        );
        let chain = [technique("T1003", &[(1.0, &[(0, 4), (3, 8), (7, 9)])])];
        check("lsass.exe", &chain, &["lsass.exe: [T1003]"]);
    }

    #[wasm_bindgen_test]
    fn spans_that_do_not_fit_the_text_are_left_out() {
        let wild = [technique(
            "T1003",
            &[(1.0, &[(0, 1), (2, 2), (1, 99), (3, 5)])],
        )];
        check("\u{e9}xyz", &wild, &["yz: [T1003]"]);
    }

    #[wasm_bindgen_test]
    fn hidden_characters_are_painted_as_they_were_searched() {
        let one = [technique("T1003", &[(1.0, &[(1, 6)])])];
        check("\u{202e}lsass", &one, &["lsass: [T1003]"]);
    }

    #[wasm_bindgen_test]
    fn a_long_alert_is_cut_between_characters() {
        let alert = "\u{e9}".repeat(PAINTED);
        let painting = Painting::new(&format!("x{alert}"), &[]);
        assert!(painting.is_cut && painting.text.len() == PAINTED - 1);
        assert!(!Painting::new("x", &[]).is_cut);
    }

    #[wasm_bindgen_test]
    fn overlaps() {
        let span = |a: usize, b: usize| Span::from(a..b);
        assert_eq!(overlap(span(0, 5), span(3, 9)), Some(span(3, 5)));
        assert_eq!(overlap(span(0, 3), span(3, 9)), None);
    }
}
