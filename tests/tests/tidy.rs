//! The house rules that a machine can check: who may depend on whom, and what is absent where.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Every arrow between our packages. A new one changes ARCHITECTURE.md too.
const ARROWS: [(&str, &[&str]); 7] = [
    ("triage-core", &[]),
    ("triage-engine", &["triage-core"]),
    ("triage-wasm", &["triage-core", "triage-engine"]),
    ("triage-cli", &["triage-core", "triage-engine"]),
    ("web", &["triage-core"]),
    ("proxy", &["triage-core"]),
    ("tests", &["proxy", "triage-core", "triage-engine"]),
];

/// What each package must not depend on directly.
const FORBIDDEN: [(&str, &[&str]); 4] = [
    (
        "triage-core",
        &[
            "candle-core",
            "wasm-bindgen",
            "js-sys",
            "web-sys",
            "tokio",
            "reqwest",
            "rand",
            "getrandom",
            "uuid",
        ],
    ),
    (
        "triage-engine",
        &[
            "wasm-bindgen",
            "js-sys",
            "web-sys",
            "tokio",
            "reqwest",
            "getrandom",
        ],
    ),
    (
        "web",
        &[
            "candle-core",
            "candle-nn",
            "tokenizers",
            "instant-distance",
            "rayon",
        ],
    ),
    (
        "proxy",
        &["candle-core", "wasm-bindgen", "leptos", "tokenizers"],
    ),
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .expect("tests/ lies in the repository")
        .into()
}

/// Direct dependencies of each package in the workspace.
fn dependencies() -> BTreeMap<String, Vec<String>> {
    let output = Command::new(env!("CARGO"))
        .args([
            "metadata",
            "--no-deps",
            "--format-version",
            "1",
            "--offline",
        ])
        .current_dir(root())
        .output()
        .expect("cargo runs");
    let metadata: Value = serde_json::from_slice(&output.stdout).expect("cargo writes JSON");
    let names = |list: &Value| -> Vec<String> {
        let items = list.as_array().into_iter().flatten();
        items
            .filter_map(|item| item["name"].as_str())
            .map(str::to_owned)
            .collect()
    };
    let packages = metadata["packages"].as_array().expect("there are packages");
    packages
        .iter()
        .map(|package| {
            let name = package["name"]
                .as_str()
                .expect("a package has a name")
                .to_owned();
            (name, names(&package["dependencies"]))
        })
        .collect()
}

#[test]
fn arrows() {
    let dependencies = dependencies();
    let ours: Vec<&str> = ARROWS.iter().map(|(name, _)| *name).collect();
    let packages: Vec<&str> = dependencies.keys().map(String::as_str).collect();
    let mut expected = ours.clone();
    expected.sort_unstable();
    assert_eq!(
        packages, expected,
        "the packages are those of ARCHITECTURE.md"
    );
    for (name, allowed) in ARROWS {
        for found in &dependencies[name] {
            let ok = !ours.contains(&found.as_str()) || allowed.contains(&found.as_str());
            assert!(ok, "{name} must not depend on {found}");
        }
    }
    for (name, forbidden) in FORBIDDEN {
        for found in &dependencies[name] {
            assert!(
                !forbidden.contains(&found.as_str()),
                "{name} must not depend on {found}"
            );
        }
    }
}

/// Every Rust file of the repository with its text.
fn sources() -> Vec<(String, String)> {
    let mut found = Vec::new();
    let mut folders: Vec<PathBuf> = ["crates", "web", "proxy", "tests"]
        .map(|folder| root().join(folder))
        .to_vec();
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder that was listed") {
            let path = entry.expect("an entry that was listed").path();
            if path.is_dir() && !path.ends_with("node_modules") {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                let name = path
                    .strip_prefix(root())
                    .expect("below the root")
                    .display()
                    .to_string();
                found.push((
                    name,
                    fs::read_to_string(&path).expect("a source file is text"),
                ));
            }
        }
    }
    assert!(found.len() > 50, "the sources were found");
    found
}

#[test]
fn the_core_is_pure() {
    let banned = [
        "target_arch",
        "std::fs",
        "std::net::Tcp",
        "std::thread",
        "SystemTime",
        "Instant::now",
        "std::env",
    ];
    for (name, text) in sources() {
        if name.starts_with("crates/triage-core/src")
            || name.starts_with("crates/triage-engine/src")
        {
            for word in banned {
                assert!(!text.contains(word), "{name} must not use {word}");
            }
        }
    }
}

#[test]
fn files_say_what_they_hold_and_stay_small() {
    for (name, text) in sources() {
        assert!(
            text.starts_with("//! "),
            "{name} does not open with what it holds"
        );
        assert!(
            text.lines().count() <= 500,
            "{name} has more than 500 lines"
        );
        let stem = Path::new(&name)
            .file_stem()
            .and_then(|stem| stem.to_str())
            .unwrap_or_default();
        for vague in [
            "utils", "util", "helpers", "helper", "common", "misc", "manager",
        ] {
            assert!(stem != vague, "{name} is named by no noun of the field");
        }
    }
}

#[test]
fn the_page_has_no_way_to_run_text() {
    for (name, text) in sources() {
        if name.starts_with("web/") {
            for word in [
                "inner_html",
                "set_inner_html",
                "insert_adjacent_html",
                "js_sys::eval",
            ] {
                assert!(!text.contains(word), "{name} must not use {word}");
            }
        }
    }
}

#[test]
fn every_dependency_has_its_reason() {
    let manifest = fs::read_to_string(root().join("Cargo.toml")).expect("the root manifest");
    let section = manifest
        .split("[workspace.dependencies]")
        .nth(1)
        .expect("a list of dependencies");
    for line in section.lines().take_while(|line| !line.starts_with('[')) {
        let ours = line.contains("path = ");
        if !line.is_empty() && !line.starts_with('#') && !ours {
            assert!(line.contains(" # "), "no reason is given: {line}");
        }
    }
}
