//! Building assets and refusing damaged ones.

use super::{Build, Embedder, Engine, build_assets, engine, file, read};

/// A hand-made bundle of three active techniques, one revoked and one deprecated.
const BUNDLE: &[u8] = include_bytes!("../../fixtures/attack-small.json");

fn build() -> Option<Build> {
    let (tokenizer, weights) = (file("tokenizer.json")?, file("model.safetensors")?);
    Some(build_assets(BUNDLE, Some("1.0"), &tokenizer, weights, |_, _| {}).expect("it builds"))
}

#[test]
fn the_same_input_gives_the_same_bytes() {
    let (Some(first), Some(second)) = (build(), build()) else {
        engine();
        return;
    };
    assert_eq!(first.manifest, second.manifest);
    assert_eq!(first.index, second.index);
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
        "index.bin",
        "model.safetensors",
    ] {
        let (_, mut assets) = read().expect("it was there just now");
        let bytes = match name {
            "techniques.json" => &mut assets.catalog,
            "tokenizer.json" => &mut assets.tokenizer,
            "index.bin" => &mut assets.index,
            _ => &mut assets.weights,
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
    std::mem::swap(&mut assets.index, &mut assets.catalog);
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
    let message = Embedder::open(&tokenizer, empty)
        .err()
        .expect("refused")
        .to_string();
    assert!(
        message.starts_with("model.safetensors cannot be used"),
        "{message}"
    );
}
