//! What older versions kept is brought to today's form, or left as it is.

use wasm_bindgen_test::wasm_bindgen_test;

use super::*;

#[wasm_bindgen_test]
async fn version_one_is_migrated() {
    remove("migrated").await;
    let mut record =
        serde_json::to_value(feedback("a", "2026-01-01T00:00:00.000Z", "old")).expect("json");
    let fields = record.as_object_mut().expect("an object");
    fields.remove("corrected_techniques");
    fields.insert("schema_version".into(), 1.into());
    // The same judgement twice, under keys of which nothing is known.
    version_one("migrated", &[record.clone(), record])
        .await
        .close();

    let store = FeedbackStore::open_named("migrated").await.expect("open");
    let expected = feedback("a", "2026-01-01T00:00:00.000Z", "old");
    assert_eq!(judgements(&store).await, std::slice::from_ref(&expected));
    assert_eq!(triages(&store).await, []);
    // Under the key of today: the same judgement is known.
    store.put(expected).await.expect("put");
    assert_eq!(judgements(&store).await.len(), 1);
}

#[wasm_bindgen_test]
async fn version_two_is_migrated() {
    remove("migrated-two").await;
    let (mut old, mut said) = (
        serde_json::to_value(triage("a", "2026-01-01T00:00:00.000Z", "old")).expect("json"),
        serde_json::to_value(feedback("a", "2026-01-01T00:00:00.000Z", "old")).expect("json"),
    );
    for record in [&mut old, &mut said] {
        record["schema_version"] = 2.into();
    }
    let verdict = old["verdict"].as_object_mut().expect("an object");
    for name in ["model_verdict", "queries", "signals", "differential"] {
        verdict.remove(name);
    }
    verdict["evidence"][0]
        .as_object_mut()
        .expect("an object")
        .remove("step");
    let stores = [("triages", old), ("feedback", said)].map(|(name, record)| {
        (
            name,
            js_sys::JSON::parse(&record.to_string()).expect("json"),
        )
    });
    open_by_hand("migrated-two", 2, move |database| {
        for (name, value) in &stores {
            let store = database.create_object_store(name).expect("a store");
            store.add_with_key(value, &"key".into()).expect("added");
        }
    })
    .await
    .close();
    let store = FeedbackStore::open_named("migrated-two")
        .await
        .expect("open");
    let expected = [triage("a", "2026-01-01T00:00:00.000Z", "old")];
    assert_eq!(triages(&store).await, expected);
    assert_eq!(
        judgements(&store).await,
        [feedback("a", "2026-01-01T00:00:00.000Z", "old")]
    );
}

#[wasm_bindgen_test]
async fn a_damaged_version_one_is_left_as_it_is() {
    remove("damaged").await;
    let good = serde_json::json!({"schema_version": 1, "analyst_verdict": "HIGH"});
    version_one("damaged", std::slice::from_ref(&good))
        .await
        .close();
    let refused = FeedbackStore::open_named("damaged").await.map(drop);
    assert!(
        matches!(refused, Err(StoreError::Damaged(_))),
        "{refused:?}"
    );
    let kept = open_by_hand("damaged", 1, |_| {}).await;
    assert!(kept.object_store_names().contains("feedback"));
    assert!(!kept.object_store_names().contains("triages"));
    kept.close();
}
