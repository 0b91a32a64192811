//! A ranker over three made-up techniques: its parts, its examples, its bytes.

use proptest::prelude::*;
use serde_json::json;

use super::super::meaning::DIMENSIONS;
use super::super::{Example, ExampleBank, Origin, Part, terms};
use super::*;
use crate::attack::{Knowledge, TechniqueId, read_stix};

/// Shells, dumping, and a cloud technique, each with a text of its own.
fn knowledge() -> Knowledge {
    let pattern = |id: &str, name: &str, text: &str, platform: &str| {
        json!({"type": "attack-pattern", "id": format!("attack-pattern--{id}"), "name": name,
            "description": text, "x_mitre_platforms": [platform],
            "external_references": [{"source_name": "mitre-attack", "external_id": id}]})
    };
    let bundle = json!({"type": "bundle", "objects": [
        pattern("T0001", "Shells", "Somebody runs commands in an interpreter.", "Windows"),
        pattern("T0002", "Dumping", "Somebody reads secrets from lsass memory.", "Windows"),
        pattern("T0003", "Tenant roles", "Somebody grants roles in a tenant.", "SaaS"),
    ]});
    read_stix(bundle.to_string().as_bytes(), Some("1")).unwrap()
}

fn axis(place: usize) -> Vec<f32> {
    (0..DIMENSIONS)
        .map(|at| f32::from(u8::from(at == place)))
        .collect()
}

fn ranker() -> Ranker {
    Ranker::build(&knowledge(), &[axis(0), axis(1), axis(2)])
}

fn query(text: &str, platforms: Platforms) -> Query {
    Query {
        parts: vec![Part {
            origin: Origin::Prose,
            text: text.to_owned(),
            weight: 1.0,
        }],
        platforms,
        named: Vec::new(),
        is_cut: false,
    }
}

fn id(text: &str) -> TechniqueId {
    text.parse().unwrap()
}

fn example(text: &str, technique: &str, meaning: usize) -> Example {
    let mut terms: Vec<u32> = terms(text).iter().map(|term| term.hash).collect();
    terms.sort_unstable();
    terms.dedup();
    Example {
        techniques: vec![id(technique)],
        terms,
        meanings: vec![axis(meaning)],
    }
}

#[test]
fn each_part_does_its_work_and_can_be_left_out() {
    let ranker = ranker();
    let best = |text: &str, meaning: Option<usize>, platforms, parts| {
        let meaning = meaning.map(axis);
        let query = query(text, platforms);
        let scores = ranker.score(&query, meaning.as_deref(), parts);
        for technique in 0..3 {
            let sum = scores.contributions(technique).sum();
            assert!((sum - scores.points[technique]).abs() < 1e-6);
        }
        scores.best(1)[0]
    };
    let none = Platforms::NONE;
    assert_eq!(best("reads lsass", None, none, Parts::ALL), 1);
    assert_eq!(best("whatever", Some(2), none, Parts::ALL), 2);
    let wordless = Parts {
        words: false,
        ..Parts::ALL
    };
    assert_eq!(best("reads lsass", Some(0), none, wordless), 0);
    let meaningless = Parts {
        meaning: false,
        ..Parts::ALL
    };
    assert_eq!(best("reads lsass", Some(0), none, meaningless), 1);
    let named = Query {
        named: vec![2],
        ..query("reads lsass", none)
    };
    assert_eq!(ranker.score(&named, None, Parts::ALL).best(1), [2]);
    // A tenant's role is granted in no Windows process.
    assert_eq!(best("x", Some(2), Platforms::CLOUD, Parts::ALL), 2);
    assert_ne!(best("x", None, Platforms::WINDOWS, Parts::ALL), 2);
}

#[test]
fn words_are_told_with_their_points() {
    let ranker = ranker();
    let query = query("reads lsass", Platforms::NONE);
    let scores = ranker.score(&query, None, Parts::ALL);
    let words = ranker.words_of(&scores, 1);
    assert_eq!(words.len(), 2);
    assert!(words.iter().all(|(_, points)| *points > 0.0));
    assert!(ranker.words_of(&scores, 2).is_empty());
    let shares = scores.shares();
    assert!((shares.iter().sum::<f32>() - 1.0).abs() < 1e-5);
    assert_eq!(scores.place(1), 1);
}

#[test]
fn examples_teach_words_that_attack_never_uses() {
    let knowledge = knowledge();
    let vocabulary = knowledge.catalog.vocabulary();
    let plain = ranker();
    let bank = ExampleBank::learn(&[
        example("mimidrv loaded", "T0002", 1),
        example("roles granted", "T0003", 2),
        example("echo hello", "T0001", 0),
        example("echo world", "T0001", 0),
    ]);
    let taught = plain.with_examples(&bank, &vocabulary);
    let points = |ranker: &Ranker, text: &str| {
        let query = query(text, Platforms::NONE);
        ranker.score(&query, None, Parts::ALL).points
    };
    assert!(
        points(&plain, "mimidrv")
            .iter()
            .all(|p| *p <= points(&plain, "mimidrv")[0])
    );
    let with = points(&taught, "mimidrv");
    assert!(with[1] > with[0] && with[1] > with[2], "{with:?}");
    // The same bank, made for a version in which the technique had another number.
    let older = ExampleBank::learn(&[
        example("mimidrv loaded", "T0009", 1),
        example("roles granted", "T0003", 2),
        example("echo hello", "T0001", 0),
        example("echo world", "T0001", 0),
    ]);
    let moved = crate::attack::Vocabulary {
        moved: vec![crate::attack::Moved {
            from: id("T0009"),
            to: id("T0002"),
        }],
        ..vocabulary.clone()
    };
    let followed = points(&plain.with_examples(&older, &moved), "mimidrv");
    assert!(followed[1] > followed[0], "{followed:?}");
    let lost = points(&plain.with_examples(&older, &vocabulary), "mimidrv");
    assert!(lost[1] <= lost[0], "{lost:?}");
}

#[test]
fn the_same_examples_give_the_same_bytes_and_come_back() {
    let examples = [example("a1 b2", "T0001", 0), example("b2 c3", "T0002", 1)];
    let bank = ExampleBank::learn(&examples);
    let bytes = bank.to_bytes();
    assert_eq!(ExampleBank::learn(&examples).to_bytes(), bytes);
    assert_eq!(ExampleBank::from_bytes(&bytes), Ok(bank.clone()));
    assert_eq!((bank.examples(), bank.techniques()), (2, 2));
    for length in 0..bytes.len() {
        assert!(ExampleBank::from_bytes(&bytes[..length]).is_err());
    }
    assert!(ExampleBank::from_bytes(&[&bytes[..], &[0]].concat()).is_err());
}

fn taught() -> Ranker {
    let bank = ExampleBank::learn(&[
        example("mimidrv loaded", "T0002", 1),
        example("roles granted", "T0003", 2),
        example("echo hello", "T0001", 0),
        example("echo world", "T0001", 0),
    ]);
    ranker().with_examples(&bank, &knowledge().catalog.vocabulary())
}

#[test]
fn what_is_written_is_read() {
    for ranker in [ranker(), taught()] {
        let bytes = ranker.to_bytes();
        assert_eq!(Ranker::from_bytes(&bytes, 3), Ok(ranker));
        assert!(Ranker::from_bytes(&bytes, 4).is_err());
        for length in 0..bytes.len() {
            assert!(Ranker::from_bytes(&bytes[..length], 3).is_err());
        }
        assert!(Ranker::from_bytes(&[&bytes[..], &[0]].concat(), 3).is_err());
    }
}

proptest! {
    // The hash in the manifest refuses damage; the decoder must only stay sound, so that what it
    // accepts can be searched.
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn damaged_bytes_are_refused_or_searched_without_panic(
        flips in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8),
        text in "[a-z ]{0,40}",
    ) {
        let mut bytes = taught().to_bytes();
        for (at, byte) in flips {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(ranker) = Ranker::from_bytes(&bytes, 3) {
            let query = query(&format!("mimidrv lsass {text}"), Platforms::WINDOWS);
            let scores = ranker.score(&query, Some(&axis(1)), Parts::ALL);
            prop_assert_eq!(scores.best(3).len(), 3);
            ranker.words_of(&scores, 1);
        }
    }

    #[test]
    fn any_bytes_are_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(Ranker::from_bytes(&[b"SOCR\x01", &bytes[..]].concat(), 3).is_err());
        let _ = ExampleBank::from_bytes(&[b"SOCB\x01", &bytes[..]].concat());
    }
}
