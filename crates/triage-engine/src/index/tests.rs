//! The graph against exact search, and its bytes against every kind of damage.

use super::*;
use crate::DIMENSIONS;

/// Vectors from a linear congruential generator (Knuth's MMIX constants), so that a failure can
/// be repeated.
fn vectors(count: usize, mut seed: u64) -> Vec<Embedding> {
    let mut next = || {
        seed = seed
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let [.., low, high, _] = seed.to_le_bytes();
        f32::from(i16::from_le_bytes([low, high]))
    };
    (0..count)
        .map(|_| Embedding::normalised((0..DIMENSIONS).map(|_| next()).collect()).unwrap())
        .collect()
}

const COUNT: usize = 300;

fn bytes() -> Vec<u8> {
    PassageIndex::build(&vectors(COUNT, 7))
        .unwrap()
        .to_bytes()
        .unwrap()
}

#[test]
fn the_graph_finds_what_exact_search_finds() {
    let index = PassageIndex::build(&vectors(COUNT, 7)).unwrap();
    let queries = vectors(50, 8);
    let found: usize = queries
        .iter()
        .map(|query| {
            let exact = index.nearest_of(&(0..COUNT), query, 10);
            let graph = index.search(query, 10);
            exact
                .iter()
                .filter(|e| graph.iter().any(|g| g.passage == e.passage))
                .count()
        })
        .sum();
    assert!(
        found >= 495,
        "recall@10 {found} of 500, vectors seeded 7, queries 8"
    );
}

#[test]
fn the_same_vectors_give_the_same_bytes() {
    assert_eq!(bytes(), bytes());
}

#[test]
fn mirrors_the_library() {
    let bytes = bytes();
    let index = PassageIndex::from_bytes(&bytes, COUNT).unwrap();
    assert_eq!(index.to_bytes().unwrap(), bytes);
    let query = &vectors(1, 9)[0];
    let before = PassageIndex::build(&vectors(COUNT, 7))
        .unwrap()
        .search(query, 10);
    assert_eq!(index.search(query, 10), before);
}

#[test]
fn damage_is_refused_and_never_panics() {
    let good = bytes();
    let refused = |bytes: &[u8], what: &str| {
        let error = PassageIndex::from_bytes(bytes, COUNT).err();
        let message = error
            .unwrap_or_else(|| panic!("{what} was accepted"))
            .to_string();
        assert!(
            message.starts_with("passages.bin cannot be used"),
            "{message}"
        );
    };
    for length in (0..good.len()).step_by(4_999) {
        refused(&good[..length], "a truncated file");
    }
    refused(&[&good[..], &[0]].concat(), "a longer file");
    refused(b"{\"type\":\"bundle\"}", "another file");
    assert!(
        PassageIndex::from_bytes(&good, COUNT + 1).is_err(),
        "an index of another size"
    );
}

#[test]
fn an_out_of_range_neighbour_is_refused() {
    // Twenty points do not fill 64 places: the rest hold the mark for none, as a varint.
    let mut bytes = PassageIndex::build(&vectors(20, 7))
        .unwrap()
        .to_bytes()
        .unwrap();
    let none = [0xff, 0xff, 0xff, 0xff, 0x0f];
    let at = bytes.windows(5).rposition(|window| window == none).unwrap();
    // 0x0ffffffe: out of range, and not the mark for none.
    bytes.splice(at..at + 5, [0xfe, 0xff, 0xff, 0xff, 0x00]);
    let message = PassageIndex::from_bytes(&bytes, COUNT)
        .err()
        .unwrap()
        .to_string();
    assert!(message.contains("neighbour is out of range"), "{message}");
}

#[test]
fn any_flipped_byte_is_refused_or_searched_without_panic() {
    let good = bytes();
    let query = &vectors(1, 9)[0];
    for at in (0..good.len()).step_by(997) {
        let mut bytes = good.clone();
        bytes[at] ^= 0x41;
        // The hash in the manifest refuses these; the decoder must only stay sound.
        if let Ok(index) = PassageIndex::from_bytes(&bytes, COUNT) {
            index.search(query, 10);
        }
    }
}
