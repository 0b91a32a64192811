//! Vectors against those of an independent implementation.

use super::{Deserialize, Embedding, engine};

/// Made once with sentence-transformers on torch; the file says which versions.
const REFERENCE: &str = include_str!("../../../crates/triage-engine/tests/reference-vectors.json");

#[derive(Deserialize)]
struct Reference {
    texts: Vec<Text>,
}

#[derive(Deserialize)]
struct Text {
    text: String,
    vector: Vec<f32>,
}

pub(super) fn reference() -> Vec<(String, Embedding)> {
    let reference: Reference = serde_json::from_str(REFERENCE).expect("the fixture is JSON");
    assert!(reference.texts.len() >= 20);
    let texts = reference.texts.into_iter();
    texts
        .map(|t| (t.text, Embedding::normalised(t.vector).expect("384 values")))
        .collect()
}

#[test]
fn agree_with_sentence_transformers() {
    let Some(engine) = engine() else { return };
    for (text, expected) in reference() {
        let found = engine.embed(&text).expect("it embeds");
        let cosine = found.cosine(&expected);
        assert!(cosine >= 0.9999, "cosine {cosine} for {text:?}");
        // The browser's vectors are held to the same 5e-6, so native and wasm are within 1e-5.
        let pairs = found.as_slice().iter().zip(expected.as_slice());
        let worst = pairs.map(|(a, b)| (a - b).abs()).fold(0.0, f32::max);
        assert!(worst <= 5e-6, "a value is {worst} away for {text:?}");
    }
}

#[test]
fn do_not_depend_on_what_was_embedded_before() {
    let Some(engine) = engine() else { return };
    let texts: Vec<String> = reference().into_iter().map(|(text, _)| text).collect();
    let forwards: Vec<_> = texts
        .iter()
        .map(|text| engine.embed(text).expect("it embeds"))
        .collect();
    let mut backwards: Vec<_> = texts
        .iter()
        .rev()
        .map(|text| engine.embed(text).expect("it embeds"))
        .collect();
    backwards.reverse();
    assert_eq!(forwards, backwards);
}

#[test]
fn only_256_word_pieces_count() {
    let Some(engine) = engine() else { return };
    let embed = |text: &str| engine.embed(text).expect("it embeds");
    let text = |words: usize| "shell ".repeat(words);
    // 254 words and the two markers.
    assert_eq!(embed(&text(254)), embed(&text(5_000)));
    assert_ne!(embed(&text(253)), embed(&text(254)));
}
