//! One body of tests for both twins, and what only a database can do, in real Chromium.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Array, Function, Promise, Reflect};
use triage_core::attack::TechniqueId;
use triage_core::chat::ChatTurn;
use triage_core::export::{Records, export_json, parse_export};
use triage_core::feedback::{FeedbackRecord, SCHEMA_VERSION, TriageRecord};
use triage_core::price::estimate;
use triage_core::receipt::{Purpose, Receipt};
use triage_core::verdict::{Evidence, Flag, Verdict, VerdictKind};
use triage_core::wire::Usage;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::{Closure, JsValue};
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::{wasm_bindgen_test, wasm_bindgen_test_configure};
use web_sys::{IdbDatabase, IdbFactory, IdbOpenDbRequest, IdbRequest};

use super::{FeedbackStore, ImportCount, StoreError};

mod migration;

wasm_bindgen_test_configure!(run_in_browser);

fn feedback(triage: &str, created_at: &str, notes: &str) -> FeedbackRecord {
    FeedbackRecord {
        schema_version: SCHEMA_VERSION,
        triage_id: triage.into(),
        created_at: created_at.into(),
        alert_text: "powershell -enc \u{0}\u{202e} \u{1f980} \"quoted\"\r\n".into(),
        agent_verdict: VerdictKind::High,
        analyst_verdict: VerdictKind::Benign,
        analyst_correct: false,
        analyst_notes: notes.into(),
        matched_techniques: vec![technique("T1059.001")],
        corrected_techniques: vec![],
        confidence: 1.0,
        model: "claude-test".into(),
        attack_version: "18.1".into(),
    }
}

fn triage(id: &str, created_at: &str, reasoning: &str) -> TriageRecord {
    TriageRecord {
        schema_version: SCHEMA_VERSION,
        alert_text: "alert".into(),
        verdict: Verdict {
            triage_id: id.into(),
            verdict: VerdictKind::High,
            model_verdict: VerdictKind::High,
            confidence: 0.86,
            matched_techniques: vec![technique("T1059.001"), technique("T1566")],
            attack_chain: "chain".into(),
            reasoning: reasoning.into(),
            recommended_actions: vec!["isolate".into()],
            false_positive_indicators: vec![],
            investigation_queries: vec!["where host == 1".into()],
            evidence: vec![Evidence {
                claim: "c".into(),
                quote: "alert".into(),
                field: None,
                step: None,
                resolved: true,
            }],
            queries: vec![],
            signals: vec![],
            differential: None,
            model: "claude-test".into(),
            attack_version: "18.1".into(),
            index_id: "index".into(),
            prompt_sha256: "00".into(),
            usage: Usage::default(),
            created_at: created_at.into(),
            flags: vec![Flag::Repaired],
        },
    }
}

fn technique(id: &str) -> TechniqueId {
    serde_json::from_value(id.into()).expect("a technique id")
}

fn receipt(triage: &str, created_at: &str) -> Receipt {
    Receipt {
        schema_version: SCHEMA_VERSION,
        triage_id: triage.into(),
        created_at: created_at.into(),
        purpose: Purpose::Triage,
        model: "claude-test".into(),
        sha256: "00".into(),
        bytes: 9,
        estimate: estimate("claude-test", 9),
        pseudonyms: vec![],
    }
}

fn turn(triage: &str, created_at: &str) -> ChatTurn {
    ChatTurn {
        schema_version: SCHEMA_VERSION,
        triage_id: triage.into(),
        created_at: created_at.into(),
        question: "Why?".into(),
        answer: "Because.".into(),
        model: "claude-test".into(),
        prompt_sha256: "00".into(),
        usage: Usage::default(),
    }
}

async fn export_of(store: &FeedbackStore) -> String {
    let records = store.records().await.expect("records");
    export_json("2026-01-01T00:00:00.000Z", records)
}

/// What is kept of one kind.
async fn triages(store: &FeedbackStore) -> Vec<TriageRecord> {
    store.records().await.expect("records").triages
}

async fn judgements(store: &FeedbackStore) -> Vec<FeedbackRecord> {
    store.records().await.expect("records").feedback
}

/// What both twins promise.
async fn keeps_its_promises(store: FeedbackStore, fresh: FeedbackStore) {
    // Oldest first, whatever the order of arrival.
    store
        .put_triage(triage("b", "2026-01-02T00:00:00.000Z", "one"))
        .await
        .expect("put");
    store
        .put_triage(triage("a", "2026-01-03T00:00:00.000Z", "two"))
        .await
        .expect("put");
    for record in [
        receipt("b", "2026-01-02T00:00:00.000Z"),
        receipt("b", "2026-01-01T00:00:00.000Z"),
        receipt("b", "2026-01-02T00:00:00.000Z"),
    ] {
        store.put_receipt(record).await.expect("put");
    }
    let asked = turn("b", "2026-01-02T00:00:00.000Z");
    store.put_turn(asked.clone()).await.expect("put");
    let all = store.records().await.expect("records");
    assert_eq!(
        all.receipts,
        [
            receipt("b", "2026-01-01T00:00:00.000Z"),
            receipt("b", "2026-01-02T00:00:00.000Z")
        ]
    );
    assert_eq!(all.turns, [asked]);
    let said = [
        feedback("b", "2026-01-04T00:00:00.000Z", "second"),
        feedback("b", "2026-01-03T00:00:00.000Z", "first"),
    ];
    for judgement in said.clone() {
        store.put(judgement).await.expect("put");
    }
    let ids = |all: &[TriageRecord]| {
        all.iter()
            .map(|one| one.verdict.triage_id.clone())
            .collect::<Vec<_>>()
    };
    assert_eq!(ids(&triages(&store).await), ["b", "a"]);
    let [second, first] = said.clone();
    assert_eq!(judgements(&store).await, [first.clone(), second]);

    // Nothing is ever replaced or kept twice.
    store
        .put_triage(triage("b", "2026-01-09T00:00:00.000Z", "changed"))
        .await
        .expect("put");
    store.put(first).await.expect("put");
    let kept = triages(&store).await;
    assert_eq!((kept.len(), kept[0].verdict.reasoning.as_str()), (2, "one"));
    assert_eq!(judgements(&store).await.len(), 2);

    // An export comes back whole, once.
    let text = export_of(&store).await;
    let export = parse_export(&text).expect("an export");
    let count = fresh.import(export.clone()).await.expect("import");
    assert_eq!(
        count,
        ImportCount {
            triages: 2,
            feedback: 2,
            receipts: 2,
            turns: 1
        }
    );
    assert_eq!(export_of(&fresh).await, text);
    assert_eq!(
        fresh.import(export.clone()).await,
        Ok(ImportCount::default())
    );

    // All of an import or nothing.
    for poison in [f64::NAN, 7.0] {
        let mut bad = feedback("d", "2026-01-05T00:00:00.000Z", "poison");
        bad.confidence = poison;
        let poisoned = Records {
            triages: vec![triage("c", "2026-01-05T00:00:00.000Z", "new")],
            feedback: vec![feedback("c", "2026-01-05T00:00:00.000Z", "new"), bad],
            ..export.clone()
        };
        let refused = fresh.import(poisoned).await;
        assert!(
            matches!(refused, Err(StoreError::Damaged(_))),
            "{refused:?}"
        );
        assert_eq!(export_of(&fresh).await, text);
    }

    // Known and new ones mixed, and twice in one document.
    let new = feedback("c", "2026-01-05T00:00:00.000Z", "new");
    let mixed = Records {
        feedback: [said.to_vec(), vec![new.clone(), new]].concat(),
        ..export.clone()
    };
    assert_eq!(
        fresh.import(mixed).await,
        Ok(ImportCount {
            feedback: 1,
            ..ImportCount::default()
        })
    );
    assert_eq!(judgements(&fresh).await.len(), 3);
}

#[wasm_bindgen_test]
async fn memory_keeps_its_promises() {
    let store = FeedbackStore::in_memory();
    assert!(!store.persistent());
    keeps_its_promises(store.clone(), FeedbackStore::in_memory()).await;
    assert_eq!(triages(&store).await.len(), 2);
}

#[wasm_bindgen_test]
async fn indexed_db_keeps_its_promises() {
    let (one, other) = (fresh("promises").await, fresh("promises-too").await);
    assert!(one.persistent());
    keeps_its_promises(one, other).await;
}

#[wasm_bindgen_test]
async fn records_outlive_the_connection() {
    let store = fresh("reopened").await;
    store
        .put(feedback("a", "2026-01-01T00:00:00.000Z", "kept"))
        .await
        .expect("put");
    drop(store);
    let again = FeedbackStore::open_named("reopened").await.expect("open");
    assert_eq!(judgements(&again).await[0].analyst_notes, "kept");
}

#[wasm_bindgen_test]
async fn two_connections_see_each_other() {
    let one = fresh("tabs").await;
    let other = FeedbackStore::open_named("tabs").await.expect("open");
    let (mine, theirs) = (Rc::new(Cell::new(0)), Rc::new(Cell::new(0)));
    for (store, heard) in [(&one, &mine), (&other, &theirs)] {
        let heard = Rc::clone(heard);
        store.on_change(move || heard.set(heard.get() + 1));
    }
    let record = feedback("a", "2026-01-01T00:00:00.000Z", "");
    one.put(record.clone()).await.expect("put");
    until(|| theirs.get() == 1).await;
    assert_eq!(judgements(&other).await.len(), 1);
    // Both write the same at once: it is there once, and nobody fails.
    other.put(record).await.expect("put");
    sleep(50).await;
    assert_eq!(
        (mine.get(), theirs.get()),
        (0, 1),
        "nothing new, nothing to tell"
    );
    assert_eq!(judgements(&one).await.len(), 1);
}

#[wasm_bindgen_test]
async fn an_older_tab_that_stays_open_blocks() {
    remove("blocked").await;
    let older = version_one("blocked", &[]).await;
    assert_eq!(
        FeedbackStore::open_named("blocked").await.map(drop),
        Err(StoreError::Blocked)
    );
    older.close();
    // The request that was given up still upgrades the database, and then lets go of it.
    let store = FeedbackStore::open_named("blocked").await.expect("open");
    store
        .put(feedback("a", "2026-01-01T00:00:00.000Z", ""))
        .await
        .expect("put");
    assert_eq!(triages(&store).await, []);
}

#[wasm_bindgen_test]
async fn an_older_tab_that_finishes_its_write_does_not_block() {
    remove("busy").await;
    let older = version_one("busy", &[]).await;
    let closing = older.clone();
    let close = Closure::once_into_js(move || closing.close());
    window()
        .set_timeout_with_callback_and_timeout_and_arguments_0(close.unchecked_ref(), 300)
        .expect("a timer");
    assert!(FeedbackStore::open_named("busy").await.is_ok());
}

#[wasm_bindgen_test]
async fn a_newer_program_takes_over() {
    let store = fresh("newer").await;
    let heard = Rc::new(Cell::new(false));
    let told = Rc::clone(&heard);
    store.on_change(move || told.set(true));
    let newer = open_by_hand("newer", 4, |_| {}).await;
    assert!(heard.get());
    let record = feedback("a", "2026-01-01T00:00:00.000Z", "");
    assert_eq!(store.put(record).await, Err(StoreError::Newer));
    assert_eq!(store.records().await.map(drop), Err(StoreError::Newer));
    assert_eq!(
        FeedbackStore::open_named("newer").await.map(drop),
        Err(StoreError::Newer)
    );
    newer.close();
}

#[wasm_bindgen_test]
async fn deleted_data_closes_the_store() {
    let store = fresh("deleted").await;
    remove("deleted").await;
    assert_eq!(store.records().await.map(drop), Err(StoreError::Closed));
}

#[wasm_bindgen_test]
async fn a_full_disk_is_told_and_keeps_nothing() {
    let store = fresh("full").await;
    let prototype = Reflect::get(&js_sys::global(), &"IDBObjectStore".into())
        .and_then(|class| Reflect::get(&class, &"prototype".into()))
        .expect("a prototype");
    let add = Reflect::get(&prototype, &"add".into()).expect("add");
    let full = Function::new_no_args("throw new DOMException('full', 'QuotaExceededError')");
    Reflect::set(&prototype, &"add".into(), &full).expect("set");
    let refused = store
        .put(feedback("a", "2026-01-01T00:00:00.000Z", ""))
        .await;
    Reflect::set(&prototype, &"add".into(), &add).expect("set");
    assert_eq!(refused, Err(StoreError::Quota));
    assert_eq!(judgements(&store).await, []);
}

#[wasm_bindgen_test]
async fn writes_are_strictly_durable() {
    let prototype = Reflect::get(&js_sys::global(), &"IDBDatabase".into())
        .and_then(|class| Reflect::get(&class, &"prototype".into()))
        .expect("a prototype");
    let begin = Reflect::get(&prototype, &"transaction".into()).expect("transaction");
    let store = fresh("strict").await;
    let spy = Function::new_with_args(
        "begin",
        "globalThis.begun = []; return function (...args) {
           const transaction = begin.apply(this, args);
           globalThis.begun.push(transaction.mode + ' ' + transaction.durability);
           return transaction;
         }",
    );
    let spy = spy.call1(&JsValue::NULL, &begin).expect("a spy");
    Reflect::set(&prototype, &"transaction".into(), &spy).expect("set");
    let put = store
        .put(feedback("a", "2026-01-01T00:00:00.000Z", ""))
        .await;
    Reflect::set(&prototype, &"transaction".into(), &begin).expect("set");
    put.expect("put");
    let seen = Reflect::get(&js_sys::global(), &"begun".into()).expect("begun");
    let seen: Vec<_> = Array::from(&seen)
        .iter()
        .filter_map(|text| text.as_string())
        .collect();
    assert_eq!(seen, ["readwrite strict"]);
}

// --- The database by hand.

fn window() -> web_sys::Window {
    web_sys::window().expect("a window")
}

fn factory() -> IdbFactory {
    window().indexed_db().expect("allowed").expect("there")
}

async fn fresh(name: &str) -> FeedbackStore {
    remove(name).await;
    FeedbackStore::open_named(name).await.expect("open")
}

async fn remove(name: &str) {
    settled(&factory().delete_database(name).expect("a request")).await;
}

/// A database as version 1 wrote it.
async fn version_one(name: &str, records: &[serde_json::Value]) -> IdbDatabase {
    let values: Vec<JsValue> = records
        .iter()
        .map(|record| js_sys::JSON::parse(&record.to_string()).expect("json"))
        .collect();
    open_by_hand(name, 1, move |database| {
        let store = database.create_object_store("feedback").expect("a store");
        for (place, value) in values.iter().enumerate() {
            store
                .add_with_key(value, &format!("key-{place}").into())
                .expect("added");
        }
    })
    .await
}

async fn open_by_hand(
    name: &str,
    version: u32,
    upgrade: impl FnOnce(&IdbDatabase) + 'static,
) -> IdbDatabase {
    let request = factory().open_with_u32(name, version).expect("a request");
    let upgrading = request.clone();
    let upgrade = Closure::once(move || {
        upgrade(upgrading.result().expect("a database").unchecked_ref());
    });
    request.set_onupgradeneeded(Some(upgrade.as_ref().unchecked_ref()));
    settled(&request).await;
    request.result().expect("a database").unchecked_into()
}

async fn settled(request: &IdbOpenDbRequest) {
    let request: &IdbRequest = request;
    let answer = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
    });
    JsFuture::from(answer).await.expect("the request succeeds");
}

async fn sleep(milliseconds: i32) {
    let answer = Promise::new(&mut |resolve, _| {
        window()
            .set_timeout_with_callback_and_timeout_and_arguments_0(&resolve, milliseconds)
            .expect("a timer");
    });
    JsFuture::from(answer).await.expect("time passes");
}

async fn until(is_true: impl Fn() -> bool) {
    for _ in 0..200 {
        if is_true() {
            return;
        }
        sleep(10).await;
    }
    panic!("it did not happen within two seconds");
}
