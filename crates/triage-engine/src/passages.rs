//! The short texts of which an index is made, and which of them are kept to be shown.

use triage_core::attack::Knowledge;
use triage_core::evidence::{EvidenceBook, Notes, Passage, PassageKind};

use crate::Embedding;

/// Words of a description that are embedded together.
const CHUNK_WORDS: usize = 90;

/// Procedure examples kept for each technique. Sixteen of up to three hundred keep four fifths of
/// the nearness to an alert that all would give, at two fifths of the bytes; see
/// docs/retrieval.md.
const KEPT_PROCEDURES: usize = 16;

/// A text to embed.
pub(crate) struct Text {
    /// The technique's place in the catalog.
    pub(crate) technique: usize,
    /// What is shown.
    pub(crate) passage: Passage,
    /// What is embedded: the passage with its technique's name before it, where it does not say
    /// itself what it is about.
    pub(crate) embedded: String,
}

/// Every text of a bundle, technique by technique, in an order that follows from its content.
pub(crate) fn texts(knowledge: &Knowledge) -> Vec<Text> {
    let mut texts = Vec::new();
    let techniques = knowledge.catalog.techniques.iter().enumerate();
    for ((technique, about), sources) in techniques.zip(&knowledge.sources) {
        let name = knowledge.catalog.full_name(about);
        let words: Vec<&str> = about.description.split_whitespace().collect();
        for chunk in words.chunks(CHUNK_WORDS) {
            let text = chunk.join(" ");
            texts.push(Text {
                technique,
                embedded: format!("{name}. {text}"),
                passage: passage(PassageKind::Description, "", "", text),
            });
        }
        for analytic in sources.analytics.iter().filter(|a| !a.text.is_empty()) {
            texts.push(Text {
                technique,
                embedded: format!("{name}. {}", analytic.text),
                passage: passage(
                    PassageKind::Analytic,
                    &analytic.id,
                    &analytic.strategy_name,
                    analytic.text.clone(),
                ),
            });
        }
        for procedure in &sources.procedures {
            texts.push(Text {
                technique,
                embedded: procedure.text.clone(),
                passage: passage(
                    PassageKind::Procedure,
                    &procedure.actor,
                    &procedure.actor_name,
                    procedure.text.clone(),
                ),
            });
        }
    }
    texts
}

fn passage(kind: PassageKind, source: &str, name: &str, text: String) -> Passage {
    Passage {
        kind,
        source: source.to_owned(),
        name: name.to_owned(),
        text,
    }
}

/// The texts to be shown, with their vectors: everything but the procedures beyond
/// [`KEPT_PROCEDURES`], of which those are kept that differ most.
pub(crate) fn select(
    knowledge: &Knowledge,
    texts: Vec<Text>,
    vectors: Vec<Embedding>,
) -> (EvidenceBook, Vec<Embedding>) {
    let mut book = EvidenceBook::default();
    let mut kept_vectors = Vec::new();
    let mut pairs = texts.into_iter().zip(vectors).peekable();
    for (place, sources) in knowledge.sources.iter().enumerate() {
        let mut of_technique = Vec::new();
        while let Some(pair) = pairs.next_if(|(text, _)| text.technique == place) {
            of_technique.push(pair);
        }
        let (procedures, rest): (Vec<_>, Vec<_>) = of_technique
            .into_iter()
            .partition(|(text, _)| text.passage.kind == PassageKind::Procedure);
        let chosen = unlike(&procedures, KEPT_PROCEDURES);
        let procedures = procedures.into_iter().enumerate();
        let procedures = procedures
            .filter(|(at, _)| chosen.contains(at))
            .map(|(_, pair)| pair);
        let before = book.passages.len();
        for (text, vector) in rest.into_iter().chain(procedures) {
            book.passages.push(text.passage);
            kept_vectors.push(vector);
        }
        let mut notes = Notes {
            passages: book.passages.len() - before,
            mitigations: sources.mitigations.clone(),
            ..Notes::default()
        };
        for analytic in &sources.analytics {
            let strategy = (analytic.strategy.clone(), analytic.strategy_name.clone());
            if !notes.strategies.contains(&strategy) {
                notes.strategies.push(strategy);
            }
            for log in &analytic.log_sources {
                if !notes.log_sources.contains(log) {
                    notes.log_sources.push(log.clone());
                }
            }
        }
        book.notes.push(notes);
    }
    (book, kept_vectors)
}

/// Up to `count` places, spread out: the one nearest to the middle first, then always the one
/// farthest from all chosen before (Gonzalez 1985). Equal ones in order.
fn unlike(pairs: &[(Text, Embedding)], count: usize) -> Vec<usize> {
    if pairs.len() <= count {
        return (0..pairs.len()).collect();
    }
    let mut sum = vec![0.0_f32; crate::DIMENSIONS];
    for (_, vector) in pairs {
        for (sum, value) in sum.iter_mut().zip(vector.as_slice()) {
            *sum += value;
        }
    }
    let Some(middle) = Embedding::normalised(sum) else {
        return (0..count).collect();
    };
    let mut chosen = Vec::with_capacity(count);
    // How near each is to the nearest one chosen; before the first, how far from the middle.
    let mut near: Vec<f32> = pairs.iter().map(|(_, v)| -v.cosine(&middle)).collect();
    while chosen.len() < count {
        let Some((place, _)) = near
            .iter()
            .enumerate()
            .min_by(|(a, x), (b, y)| x.total_cmp(y).then(a.cmp(b)))
        else {
            break;
        };
        let Some((_, picked)) = pairs.get(place) else {
            break;
        };
        for (near, (_, vector)) in near.iter_mut().zip(pairs) {
            let cosine = vector.cosine(picked);
            *near = if chosen.is_empty() {
                cosine
            } else {
                near.max(cosine)
            };
        }
        chosen.push(place);
    }
    chosen
}
