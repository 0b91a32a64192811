//! What the hand-written files of the npm package repeat of the protocol is what the protocol says.

use std::collections::BTreeSet;
use std::fmt::Debug;

use serde::de::DeserializeOwned;
use triage_core::alert::{AlertFormat, Severity};
use triage_core::decode::Encoding;
use triage_core::feedback::SCHEMA_VERSION;
use triage_core::injection::SuspicionKind;
use triage_core::investigation::{ProblemKind, QueryLanguage};
use triage_core::observable::ObservableKind;
use triage_core::protocol::{ErrorCode, Kept, PROTOCOL};
use triage_core::verdict::{Flag, VerdictKind};
use wasm_bindgen_test::wasm_bindgen_test;

const TYPES: &str = concat!(
    include_str!("../../js/index.d.ts"),
    include_str!("../../js/alert.d.ts"),
    include_str!("../../js/verdict.d.ts"),
);
const CLIENT: &str = include_str!("../../js/client.js");
const FEEDBACK: &str = include_str!("../../js/feedback.js");
const DESCRIPTION: &str = include_str!("../../js/package.json");

#[wasm_bindgen_test]
fn versions_are_those_of_the_worker() {
    assert!(CLIENT.contains(&format!("const PROTOCOL = {PROTOCOL};")));
    assert!(FEEDBACK.contains(&format!("const SCHEMA_VERSION = {SCHEMA_VERSION};")));
    let version = format!("\"version\": \"{}\"", env!("CARGO_PKG_VERSION"));
    assert!(DESCRIPTION.contains(&version));
}

#[wasm_bindgen_test]
fn closed_lists_are_complete() {
    check::<ErrorCode>("TriageErrorCode");
    check::<VerdictKind>("VerdictKind");
    check::<ObservableKind>("ObservableKind");
    check::<Flag>("Flag");
    check::<Kept>("Kept");
    check::<AlertFormat>("AlertFormat");
    check::<Severity>("Severity");
    check::<Encoding>("Encoding");
    check::<SuspicionKind>("SuspicionKind");
    check::<QueryLanguage>("QueryLanguage");
    check::<ProblemKind>("ProblemKind");
}

/// Compares a union of the types with the variants of `T`.
fn check<T: DeserializeOwned + Debug>(union: &str) {
    let is_code = |line: &&str| !line.trim_start().starts_with("/**");
    let types = TYPES.lines().filter(is_code).collect::<Vec<_>>().join("\n");
    let declared = types
        .split(&format!("export type {union} ="))
        .nth(1)
        .and_then(|rest| rest.split(';').next())
        .unwrap_or_default();
    let declared: BTreeSet<&str> = declared.split('\'').skip(1).step_by(2).collect();
    // Serde names every variant when it is given none of them.
    let message = serde_json::from_str::<T>("\"?\"")
        .expect_err("no variant")
        .to_string();
    let variants: BTreeSet<&str> = message.split('`').skip(3).step_by(2).collect();
    assert!(variants.len() > 1, "{message}");
    assert_eq!(declared, variants, "{union}");
}
