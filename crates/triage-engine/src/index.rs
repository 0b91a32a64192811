//! The passage index: an instant-distance graph over quantised vectors, its bytes and its search.

mod node;
mod shape;

use std::ops::Range;

use instant_distance::{Builder, Hnsw, Search};
use serde::{Deserialize, Serialize};
use triage_core::manifest::Graph;

use crate::{Embedding, EngineError};
use node::Node;

/// How the graph is built. The same vectors with these numbers give the same bytes.
pub const GRAPH: Graph = Graph {
    seed: 18,
    ef_construction: 200,
    ef_search: 200,
};

/// The first bytes of an index file: `SOCI` and the layout version.
const MAGIC: [u8; 5] = *b"SOCI\x02";

/// The file an index is kept in, for messages.
const FILE: &str = "passages.bin";

/// One hit of a search: a passage's number and how near it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Hit {
    /// Number of the passage in the order the index was built in.
    pub passage: usize,
    /// Cosine of query and passage, -1..=1.
    pub similarity: f32,
}

/// A graph and, for each of its points, the number of the passage.
#[derive(Serialize, Deserialize)]
struct Stored<G> {
    magic: [u8; 5],
    numbers: Vec<u32>,
    graph: G,
}

/// Finds the passages nearest to a vector.
pub struct PassageIndex {
    /// The passage of each point of the graph.
    numbers: Vec<u32>,
    graph: Hnsw<Node>,
}

impl PassageIndex {
    /// Builds the graph over one vector for each passage.
    ///
    /// Insertion order changes the graph and instant-distance inserts in parallel, so the build
    /// runs in a pool of one thread: with a fixed seed it gives the same bytes each time.
    ///
    /// # Errors
    ///
    /// [`EngineError::Argument`] without vectors, or where the pool cannot be started.
    pub fn build(vectors: &[Embedding]) -> Result<Self, EngineError> {
        let count = u32::try_from(vectors.len()).ok().filter(|count| *count > 0);
        let count =
            count.ok_or_else(|| EngineError::Argument("there is nothing to index".into()))?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .map_err(|error| EngineError::Argument(error.to_string()))?;
        let nodes = vectors.iter().map(Node::of).collect();
        let (graph, points) = pool.install(|| {
            Builder::default()
                .seed(GRAPH.seed)
                .ef_construction(GRAPH.ef_construction)
                .ef_search(GRAPH.ef_search)
                .build_hnsw(nodes)
        });
        let mut numbers = vec![0; points.len()];
        for (number, point) in (0..count).zip(points) {
            if let Some(slot) = numbers.get_mut(point.into_inner() as usize) {
                *slot = number;
            }
        }
        Ok(Self { numbers, graph })
    }

    /// How many passages it holds.
    pub fn len(&self) -> usize {
        self.numbers.len()
    }

    /// Whether it holds none; no index does.
    pub fn is_empty(&self) -> bool {
        self.numbers.is_empty()
    }

    /// The index as the bytes of its file.
    ///
    /// # Errors
    ///
    /// [`EngineError::Content`] if it cannot be written, which no index is known to cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EngineError> {
        let stored = Stored {
            magic: MAGIC,
            numbers: self.numbers.clone(),
            graph: &self.graph,
        };
        postcard::to_stdvec(&stored).map_err(|error| EngineError::content(FILE, error))
    }

    /// Reads an index over `passages` passages.
    ///
    /// The graph library trusts its neighbour numbers and would panic in a search, so the bytes
    /// are read once as plain numbers and checked before they become a graph.
    ///
    /// # Errors
    ///
    /// [`EngineError::Content`] for anything but a whole and sound index of that size.
    pub fn from_bytes(bytes: &[u8], passages: usize) -> Result<Self, EngineError> {
        let fault = |fault: &dyn std::fmt::Display| EngineError::content(FILE, fault);
        if !bytes.starts_with(&MAGIC) {
            return Err(fault(&"it is not an index of this layout version"));
        }
        let (plain, rest): (Stored<shape::Graph>, _) =
            postcard::take_from_bytes(bytes).map_err(|error| fault(&error))?;
        if !rest.is_empty() {
            return Err(fault(&"bytes follow its end"));
        }
        plain.graph.check().map_err(|error| fault(&error))?;
        let mut numbers: Vec<usize> = plain.numbers.iter().map(|n| *n as usize).collect();
        numbers.sort_unstable();
        if plain.graph.len() != passages || !numbers.into_iter().eq(0..passages) {
            return Err(fault(&"it does not have each passage once"));
        }
        let stored: Stored<Hnsw<Node>> =
            postcard::from_bytes(bytes).map_err(|error| fault(&error))?;
        Ok(Self {
            numbers: stored.numbers,
            graph: stored.graph,
        })
    }

    /// The passages nearest to `query` by the graph, nearest first, at most `count` and at most
    /// [`Graph::ef_search`].
    pub fn search(&self, query: &Embedding, count: usize) -> Vec<Hit> {
        let query = Node::of(query);
        let mut search = Search::default();
        self.graph
            .search(&query, &mut search)
            .filter_map(|item| {
                let passage = *self.numbers.get(item.pid.into_inner() as usize)?;
                Some(Hit {
                    passage: passage as usize,
                    similarity: 1.0 - item.distance,
                })
            })
            .take(count)
            .collect()
    }

    /// The `count` nearest of some passages, nearest first, by comparing with each: exact. Over
    /// all passages it is what the graph is measured by.
    pub fn nearest_of(&self, passages: &Range<usize>, query: &Embedding, count: usize) -> Vec<Hit> {
        let query = Node::of(query);
        let mut hits: Vec<Hit> = self
            .graph
            .iter()
            .zip(&self.numbers)
            .map(|((_, node), number)| (node, *number as usize))
            .filter(|(_, passage)| passages.contains(passage))
            .map(|(node, passage)| Hit {
                passage,
                similarity: query.cosine(node),
            })
            .collect();
        hits.sort_by(|a, b| {
            b.similarity
                .total_cmp(&a.similarity)
                .then(a.passage.cmp(&b.passage))
        });
        hits.truncate(count);
        hits
    }
}

#[cfg(test)]
mod tests;
