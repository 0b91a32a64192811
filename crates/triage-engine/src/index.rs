//! The technique index: an instant-distance graph over unit vectors, its bytes and its search.

mod shape;

use instant_distance::{Builder, Hnsw, Point, Search};
use serde::{Deserialize, Serialize};
use triage_core::manifest::Graph;
use triage_core::rank::TechniqueMatch;

use crate::{Embedding, EngineError};

/// How the graph is built. The same vectors with these numbers give the same bytes.
pub const GRAPH: Graph = Graph {
    seed: 18,
    ef_construction: 200,
    ef_search: 200,
};

/// The first bytes of an index file: `SOCI` and the layout version.
const MAGIC: [u8; 5] = *b"SOCI\x01";

/// The file an index is kept in, for messages.
const FILE: &str = "index.bin";

/// A vector in the graph.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
struct Node(Embedding);

impl Point for Node {
    /// One minus the cosine: 0 for the same direction, 2 for the opposite.
    fn distance(&self, other: &Self) -> f32 {
        1.0 - self.0.cosine(&other.0)
    }
}

/// A graph and, for each of its points, the position of the technique in the catalog.
#[derive(Serialize, Deserialize)]
struct Stored<G> {
    magic: [u8; 5],
    positions: Vec<u32>,
    graph: G,
}

/// Finds the techniques nearest to a vector.
pub struct TechniqueIndex {
    positions: Vec<u32>,
    graph: Hnsw<Node>,
}

impl TechniqueIndex {
    /// Builds the graph over one vector for each technique, in the order of the catalog.
    ///
    /// Insertion order changes the graph and instant-distance inserts in parallel, so the build
    /// runs in a pool of one thread: with a fixed seed it gives the same bytes each time.
    ///
    /// # Errors
    ///
    /// [`EngineError::Argument`] without vectors, or where the pool cannot be started.
    pub fn build(vectors: Vec<Embedding>) -> Result<Self, EngineError> {
        let count = u32::try_from(vectors.len()).ok().filter(|count| *count > 0);
        let count =
            count.ok_or_else(|| EngineError::Argument("there is nothing to index".into()))?;
        let pool = rayon::ThreadPoolBuilder::new()
            .num_threads(1)
            .build()
            .map_err(|error| EngineError::Argument(error.to_string()))?;
        let nodes = vectors.into_iter().map(Node).collect();
        let (graph, points) = pool.install(|| {
            Builder::default()
                .seed(GRAPH.seed)
                .ef_construction(GRAPH.ef_construction)
                .ef_search(GRAPH.ef_search)
                .build_hnsw(nodes)
        });
        let mut positions = vec![0; points.len()];
        for (position, point) in (0..count).zip(points) {
            if let Some(slot) = positions.get_mut(point.into_inner() as usize) {
                *slot = position;
            }
        }
        Ok(Self { positions, graph })
    }

    /// The index as the bytes of its file.
    ///
    /// # Errors
    ///
    /// [`EngineError::Content`] if it cannot be written, which no index is known to cause.
    pub fn to_bytes(&self) -> Result<Vec<u8>, EngineError> {
        let stored = Stored {
            magic: MAGIC,
            positions: self.positions.clone(),
            graph: &self.graph,
        };
        postcard::to_stdvec(&stored).map_err(|error| EngineError::content(FILE, error))
    }

    /// Reads an index over `techniques` techniques.
    ///
    /// The graph library trusts its neighbour numbers and would panic in a search, so the bytes
    /// are read once as plain numbers and checked before they become a graph.
    ///
    /// # Errors
    ///
    /// [`EngineError::Content`] for anything but a whole and sound index of that size.
    pub fn from_bytes(bytes: &[u8], techniques: usize) -> Result<Self, EngineError> {
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
        let mut places: Vec<usize> = plain.positions.iter().map(|p| *p as usize).collect();
        places.sort_unstable();
        if plain.graph.len() != techniques || !places.into_iter().eq(0..techniques) {
            return Err(fault(&"it does not have each technique once"));
        }
        let stored: Stored<Hnsw<Node>> =
            postcard::from_bytes(bytes).map_err(|error| fault(&error))?;
        Ok(Self {
            positions: stored.positions,
            graph: stored.graph,
        })
    }

    /// The techniques nearest to `query` by the graph, best first, at most `count` and at most
    /// [`Graph::ef_search`].
    pub fn search(&self, query: &Embedding, count: usize) -> Vec<TechniqueMatch> {
        let query = Node(query.clone());
        let mut search = Search::default();
        self.graph
            .search(&query, &mut search)
            .filter_map(|item| {
                let position = *self.positions.get(item.pid.into_inner() as usize)?;
                Some(TechniqueMatch {
                    position: position as usize,
                    similarity: 1.0 - item.distance,
                })
            })
            .take(count)
            .collect()
    }

    /// The same by comparing with every vector: slower in principle, exact, the test of the graph.
    pub fn search_exact(&self, query: &Embedding, count: usize) -> Vec<TechniqueMatch> {
        let mut all: Vec<TechniqueMatch> = self
            .graph
            .iter()
            .filter_map(|(point, node)| {
                let position = *self.positions.get(point.into_inner() as usize)?;
                Some(TechniqueMatch {
                    position: position as usize,
                    similarity: query.cosine(&node.0),
                })
            })
            .collect();
        all.sort_by(|a, b| {
            b.similarity
                .total_cmp(&a.similarity)
                .then(a.position.cmp(&b.position))
        });
        all.truncate(count);
        all
    }
}

#[cfg(test)]
mod tests;
