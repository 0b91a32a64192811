//! Building assets and refusing damaged ones.

use super::{
    Build, Embedder, Engine, EvidenceBytes, LIBRARY, Library, Sources, Weights, build_assets,
    engine, file, read,
};

/// A hand-made bundle of three active techniques, one revoked and one deprecated.
const BUNDLE: &[u8] = include_bytes!("../../fixtures/attack-small.json");

fn build() -> Option<Build> {
    let (tokenizer, weights) = (file("tokenizer.json")?, file("model.safetensors")?);
    let sources = Sources {
        bundle: BUNDLE,
        version_hint: Some("1.0"),
        tokenizer: &tokenizer,
        weights,
        examples: None,
    };
    Some(build_assets(sources, |_, _| {}).expect("it builds"))
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (Some(first), Some(second)) = (build(), build()) else {
        engine();
        return;
    };
    assert_eq!(first.manifest, second.manifest);
    assert_eq!(first.weights, second.weights);
    assert_eq!(first.ranker, second.ranker);
    assert_eq!(first.plain_ranker, first.ranker, "nobody taught it");
    assert_eq!(first.passages, second.passages);
    assert_eq!(first.evidence, second.evidence);
    assert_eq!(first.catalog, second.catalog);
    assert_eq!(first.manifest.techniques, 3);
    assert_eq!(first.manifest.attack_version, "1.0");
}

#[test]
fn each_damaged_file_is_named() {
    let Some((manifest, _)) = read() else {
        engine();
        return;
    };
    for name in [
        "techniques.json",
        "tokenizer.json",
        "ranker.bin",
        "model.safetensors",
        "model.bin",
    ] {
        let (_, mut assets) = read().expect("it was there just now");
        if name == "model.bin" {
            assets.weights = Weights::Packed(file(name).expect("it is there"));
        }
        let bytes = match name {
            "techniques.json" => &mut assets.catalog,
            "tokenizer.json" => &mut assets.tokenizer,
            "ranker.bin" => &mut assets.ranker,
            _ => match &mut assets.weights {
                Weights::Exact(bytes) | Weights::Packed(bytes) => bytes,
            },
        };
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        let error = Engine::open(manifest.clone(), assets)
            .err()
            .expect("a flipped bit is refused");
        let message = error.to_string();
        assert!(
            message.starts_with(name) && message.contains("build the assets again"),
            "{message}"
        );
    }
    let (_, mut assets) = read().expect("it was there just now");
    std::mem::swap(&mut assets.ranker, &mut assets.catalog);
    assert!(
        Engine::open(manifest, assets).is_err(),
        "swapped files are refused"
    );
}

#[test]
fn weights_of_another_model_are_refused() {
    let Some(tokenizer) = file("tokenizer.json") else {
        engine();
        return;
    };
    // A safetensors file without a tensor.
    let empty = [&2_u64.to_le_bytes()[..], b"{}"].concat();
    let message = Embedder::open(&tokenizer, Weights::Exact(empty))
        .err()
        .expect("refused")
        .to_string();
    assert!(
        message.starts_with("model.safetensors cannot be used"),
        "{message}"
    );
}

#[test]
fn damaged_evidence_is_named() {
    let (Some(engine), Some(_)) = (engine(), LIBRARY.as_ref()) else {
        return;
    };
    let files = &engine.manifest().files;
    let bytes = |name: &str| file(name).expect("it was there just now");
    for damaged in [&files.evidence.name, &files.passages.name] {
        let mut evidence = EvidenceBytes {
            evidence: bytes(&files.evidence.name),
            passages: bytes(&files.passages.name),
        };
        let contents = if *damaged == files.evidence.name {
            &mut evidence.evidence
        } else {
            &mut evidence.passages
        };
        let middle = contents.len() / 2;
        contents[middle] ^= 1;
        let error = Library::open(engine.manifest(), &evidence).err();
        let message = error.expect("a flipped bit is refused").to_string();
        assert!(message.starts_with(damaged.as_str()), "{message}");
    }
}
