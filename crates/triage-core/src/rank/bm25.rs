//! Lexical search: BM25 over the fields of technique documents (BM25F), as quantised postings.
//!
//! Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond" (2009),
//! section 3.6: each field's counts are normalised by the field's length and weighted, added up,
//! and only then saturated. What of it depends on the documents alone is computed at build time
//! and kept as one byte a posting.

use std::collections::BTreeMap;

use super::packed::{Reader, Writer};
use super::terms::terms;

/// Where the saturation sets in: a field-weighted count of this much gives half of the most.
const K1: f32 = 2.8;

/// Weights below this are left out: they move no ranking and fill a twelfth of the index.
const SMALLEST: f32 = 0.45;

/// A field of a technique document: its text, what a word in it counts, and how much its length
/// takes from that (0 nothing, 1 all).
#[derive(Clone, Copy, Debug)]
pub(super) struct FieldKind {
    pub(super) weight: f32,
    pub(super) length: f32,
}

/// Postings of terms: which documents each stands in, and with what weight.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Postings {
    /// Where each term's postings start; one more than there are terms.
    starts: Vec<u32>,
    documents: Vec<u16>,
    weights: Vec<u8>,
    /// What one step of a weight is worth.
    step: f32,
}

impl Postings {
    /// Packs weights term by term; `terms` gives (document, weight) in order of document.
    #[expect(
        clippy::cast_possible_truncation,
        clippy::cast_sign_loss,
        reason = "a weight over the step is 0 to 255"
    )]
    pub(super) fn pack(terms: &[Vec<(u16, f32)>]) -> Self {
        let largest = terms
            .iter()
            .flatten()
            .map(|(_, weight)| *weight)
            .fold(0.0, f32::max);
        let step = largest.max(f32::MIN_POSITIVE) / 255.0;
        let mut packed = Self {
            starts: vec![0],
            step,
            ..Self::default()
        };
        for postings in terms {
            for (document, weight) in postings {
                packed.documents.push(*document);
                packed.weights.push((weight / step).round() as u8);
            }
            packed.starts.push(packed.documents.len() as u32);
        }
        packed
    }

    /// The documents of a term with their weights, in order of document.
    pub(super) fn of(&self, term: usize) -> impl Iterator<Item = (usize, f32)> {
        let (documents, weights) = self.slices(term);
        documents
            .iter()
            .zip(weights)
            .map(|(document, weight)| (usize::from(*document), f32::from(*weight) * self.step))
    }

    /// The weight of one document for a term; zero where it does not have it.
    pub(super) fn weight(&self, term: usize, document: usize) -> f32 {
        let (documents, weights) = self.slices(term);
        let found = documents.binary_search_by_key(&document, |of| usize::from(*of));
        let weight = found.ok().and_then(|at| weights.get(at));
        weight.map_or(0.0, |weight| f32::from(*weight) * self.step)
    }

    fn slices(&self, term: usize) -> (&[u16], &[u8]) {
        let start = self.starts.get(term).map_or(0, |at| *at as usize);
        let end = self.starts.get(term + 1).map_or(start, |at| *at as usize);
        (
            self.documents.get(start..end).unwrap_or_default(),
            self.weights.get(start..end).unwrap_or_default(),
        )
    }

    /// How many postings there are.
    pub(super) fn len(&self) -> usize {
        self.documents.len()
    }

    pub(super) fn write(&self, writer: &mut Writer) {
        writer.float(self.step);
        for pair in self.starts.windows(2) {
            let &[start, end] = pair else { continue };
            writer.number(end - start);
        }
        for pair in self.starts.windows(2) {
            let &[start, end] = pair else { continue };
            let mut before = 0;
            for document in self
                .documents
                .get(start as usize..end as usize)
                .unwrap_or_default()
            {
                writer.number(u32::from(*document) - before);
                before = u32::from(*document);
            }
        }
        writer.bytes(&self.weights);
    }

    /// Reads postings of `terms` terms over `documents` documents; `None` for anything else.
    pub(super) fn read(reader: &mut Reader<'_>, terms: usize, documents: usize) -> Option<Self> {
        let step = reader.float()?;
        let mut starts = vec![0_u32];
        let mut total = 0_u32;
        for _ in 0..terms {
            let count = reader.number()?;
            total = total.checked_add(count)?;
            if count as usize > documents || total as usize > reader.remaining() {
                return None;
            }
            starts.push(total);
        }
        let mut read = Vec::with_capacity(total as usize);
        for pair in starts.windows(2) {
            let &[start, end] = pair else { continue };
            let mut document = 0_u32;
            for at in start..end {
                let gap = reader.number()?;
                // Each document once, in order.
                if at > start && gap == 0 {
                    return None;
                }
                document = document.checked_add(gap)?;
                if document as usize >= documents {
                    return None;
                }
                read.push(u16::try_from(document).ok()?);
            }
        }
        let weights = reader.bytes(total as usize)?.to_vec();
        Some(Self {
            starts,
            documents: read,
            weights,
            step,
        })
    }
}

/// Terms by hash, in order, and the weight of each in each document.
pub(super) struct Documents {
    pub(super) hashes: Vec<u32>,
    /// In how many documents each term stands.
    pub(super) frequencies: Vec<u32>,
    pub(super) postings: Vec<Vec<(u16, f32)>>,
}

/// Weighs the terms of documents; `documents` gives the texts of each document's fields, in the
/// order of `kinds`.
///
/// The inverse document frequency is ln(1 + (N - df + 0.5) / (df + 0.5)).
pub(super) fn weigh(documents: &[Vec<String>], kinds: &[FieldKind]) -> Documents {
    // By term, then document: the field-weighted, length-normalised count.
    let mut counts: BTreeMap<u32, BTreeMap<u16, f32>> = BTreeMap::new();
    for (place, kind) in kinds.iter().enumerate() {
        let read: Vec<BTreeMap<u32, f32>> = documents
            .iter()
            .map(|fields| count(fields.get(place).map_or("", String::as_str)))
            .collect();
        let lengths: Vec<f32> = read.iter().map(|counts| counts.values().sum()).collect();
        let mean = (lengths.iter().sum::<f32>() / number(lengths.len())).max(1.0);
        for ((document, counted), length) in (0..).zip(&read).zip(&lengths) {
            let factor = kind.weight / (1.0 - kind.length + kind.length * length / mean);
            for (term, count) in counted {
                *counts
                    .entry(*term)
                    .or_default()
                    .entry(document)
                    .or_default() += count * factor;
            }
        }
    }
    let mut weighed = Documents {
        hashes: Vec::with_capacity(counts.len()),
        frequencies: Vec::with_capacity(counts.len()),
        postings: Vec::with_capacity(counts.len()),
    };
    for (hash, counted) in counts {
        let idf = inverse_frequency(counted.len(), documents.len());
        let postings: Vec<(u16, f32)> = counted
            .iter()
            .map(|(document, count)| (*document, idf * count * (K1 + 1.0) / (count + K1)))
            .filter(|(_, weight)| *weight >= SMALLEST)
            .collect();
        weighed.hashes.push(hash);
        weighed
            .frequencies
            .push(u32::try_from(counted.len()).unwrap_or(u32::MAX));
        weighed.postings.push(postings);
    }
    weighed
}

/// The most a term can weigh, as a multiple of its inverse document frequency.
pub(super) const CEILING: f32 = K1 + 1.0;

/// How rare a term is that stands in `found` of `all` documents.
pub(super) fn inverse_frequency(found: usize, all: usize) -> f32 {
    let (found, all) = (number(found), number(all));
    (1.0 + (all - found + 0.5) / (found + 0.5)).ln()
}

fn count(text: &str) -> BTreeMap<u32, f32> {
    let mut counts = BTreeMap::new();
    for term in terms(text) {
        *counts.entry(term.hash).or_insert(0.0) += 1.0;
    }
    counts
}

#[expect(
    clippy::cast_precision_loss,
    reason = "documents and terms number some thousands"
)]
fn number(count: usize) -> f32 {
    count as f32
}
