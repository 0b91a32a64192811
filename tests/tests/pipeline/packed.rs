//! The packed model: how near it comes to the exact one, and what it refuses.

use std::sync::LazyLock;

use super::vectors::reference;
use super::{Embedder, Weights, engine, file};

/// One for all tests; `None` without an assets folder.
static PACKED: LazyLock<Option<Embedder>> = LazyLock::new(|| {
    let (tokenizer, weights) = (file("tokenizer.json")?, file("model.bin")?);
    Some(Embedder::open(&tokenizer, Weights::Packed(weights)).expect("it opens"))
});

#[test]
fn vectors_come_near_the_reference() {
    let Some(packed) = PACKED.as_ref() else {
        engine();
        return;
    };
    let mut cosines = Vec::new();
    for (text, expected) in reference() {
        let cosine = packed.embed(&text).expect("it embeds").cosine(&expected);
        assert!(cosine >= 0.996, "cosine {cosine} for {text:?}");
        cosines.push(cosine);
    }
    #[expect(clippy::cast_precision_loss, reason = "there are twenty texts")]
    let mean = cosines.iter().sum::<f32>() / cosines.len() as f32;
    assert!(mean >= 0.998, "mean {mean}");
}

#[test]
fn vectors_do_not_depend_on_what_was_embedded_before() {
    let Some(packed) = PACKED.as_ref() else {
        engine();
        return;
    };
    let embed = |text: &str| packed.embed(text).expect("it embeds");
    // Longer, shorter, and of every remainder by four.
    let texts: Vec<String> = (1..=9).map(|words| "shell ".repeat(words)).collect();
    let long = "process ".repeat(300);
    let alone: Vec<_> = texts.iter().map(|text| embed(text)).collect();
    for (text, alone) in texts.iter().zip(&alone) {
        embed(&long);
        assert_eq!(embed(text), *alone, "{text:?}");
    }
    // At the same time as others.
    std::thread::scope(|scope| {
        for (text, alone) in texts.iter().zip(&alone) {
            scope.spawn(move || assert_eq!(embed(text), *alone, "{text:?}"));
        }
    });
}

#[test]
fn another_file_is_refused_with_the_remedy() {
    let (Some(tokenizer), Some(weights)) = (file("tokenizer.json"), file("model.bin")) else {
        engine();
        return;
    };
    let check = |damage: &dyn Fn(&mut Vec<u8>), fault: &str| {
        let mut weights = weights.clone();
        damage(&mut weights);
        let opened = Embedder::open(&tokenizer, Weights::Packed(weights));
        let message = opened.err().expect(fault).to_string();
        assert!(
            message.starts_with("model.bin") && message.contains(fault),
            "{message}"
        );
    };
    check(&|bytes| bytes.truncate(4), "too short");
    check(&|bytes| bytes.truncate(1 << 20), "1048576 bytes");
    check(&|bytes| bytes.push(0), "bytes, wanted");
    check(&|bytes| bytes[0] = b'X', "not a packed model");
    check(&|bytes| bytes[8] = 9, "triage model pack");
    check(
        &|bytes| {
            let last = bytes.len() - 4;
            bytes[last..].copy_from_slice(&f32::NAN.to_le_bytes());
        },
        "not finite",
    );
}
