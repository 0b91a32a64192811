//! The packed model: how near it comes to the exact one, and what it refuses.

use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use triage_core::score::{LabelledAlert, read_labelled};

use super::vectors::reference;
use super::{Embedder, Engine, Weights, engine, file, read};

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

/// Alerts of our own, which the page's benchmark has too.
const OWN_ALERTS: &str = include_str!("../../../web/benchmark.jsonl");

/// So many of the labelled alerts that lie beside the repository, evenly over each set.
const ALERTS: usize = 500;

/// What is embedded of an alert is mostly shorter and odder than a reference text.
#[test]
fn alerts_are_embedded_near_the_exact_model() {
    let Some(exact) = engine() else { return };
    let (manifest, mut assets) = read().expect("the assets were there");
    assets.weights = Weights::Packed(file("model.bin").expect("the assets were there"));
    let packed = Engine::open(manifest, assets).expect("it opens");
    let mut alerts = labelled(OWN_ALERTS);
    assert!(alerts.len() >= 120);
    alerts.extend(development_alerts());
    let mut cosines: Vec<(f32, &str)> = Vec::new();
    for LabelledAlert { id, alert, .. } in &alerts {
        let embed = |engine: &Engine| engine.query(alert).expect("it embeds").1;
        if let (Some(exact), Some(packed)) = (embed(exact), embed(&packed)) {
            cosines.push((packed.cosine(&exact), id));
        }
    }
    cosines.sort_by(|(one, _), (other, _)| one.total_cmp(other));
    #[expect(clippy::cast_precision_loss, reason = "there are some hundred alerts")]
    let mean = cosines.iter().map(|(cosine, _)| cosine).sum::<f32>() / cosines.len() as f32;
    let (least, id) = cosines[0];
    let count = cosines.len();
    println!("{count} alerts: cosine at least {least:.4} ({id}), mean {mean:.4}");
    assert!(least >= 0.996, "cosine {least} for {id}");
    assert!(mean >= 0.998, "mean {mean}");
}

fn labelled(text: &str) -> Vec<LabelledAlert> {
    read_labelled(text, "alert").expect("the alerts are sound")
}

/// The labelled sets are not part of the repository.
#[expect(clippy::print_stdout, reason = "what is left out says why")]
fn development_alerts() -> Vec<LabelledAlert> {
    let Some(folder) = std::env::var_os("LABELLED_SETS").map(PathBuf::from) else {
        println!("only our own alerts: LABELLED_SETS names no folder of labelled sets");
        return Vec::new();
    };
    let read = |name: &str| {
        let file = Path::new(&folder).join(name);
        labelled(&std::fs::read_to_string(&file).expect("LABELLED_SETS has the set"))
    };
    let mut chosen = Vec::new();
    for name in ["sigma-windows.jsonl", "atomic-even.jsonl"] {
        let all = read(name);
        let step = (2 * all.len()).div_ceil(ALERTS).max(1);
        chosen.extend(all.into_iter().step_by(step));
    }
    chosen
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
