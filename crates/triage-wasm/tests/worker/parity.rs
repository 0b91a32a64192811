//! The engine in the browser against vectors of an independent implementation, and through its
//! messages.

use serde::Deserialize;
use triage_core::protocol::{Call, ErrorCode, Outcome, Progress};
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

use crate::desk::{Desk, assets_url};

/// The native tests hold the same line, so the two differ by no more than twice this.
const TOLERANCE: f32 = 5e-6;

const ALERT: &str = "Suspicious PowerShell execution detected. Process: powershell.exe \
    -EncodedCommand SQBFAFgA. Parent: winword.exe. User: jsmith. Host: CORP-WS-042.";

#[derive(Deserialize)]
struct Reference {
    texts: Vec<ReferenceText>,
}

#[derive(Deserialize)]
struct ReferenceText {
    text: String,
    vector: Vec<f32>,
}

#[wasm_bindgen_test]
async fn vectors_are_those_of_the_reference() {
    let Some(url) = assets_url() else { return };
    let json = include_str!("../../../triage-engine/tests/reference-vectors.json");
    let reference: Reference = serde_json::from_str(json).expect("the fixture");
    let desk = Desk::loaded(&url).await;
    let texts: Vec<String> = reference.texts.iter().map(|one| one.text.clone()).collect();
    let total = texts.len();
    assert!(total >= 20);
    desk.call(
        2,
        Call::Embed {
            texts: texts.clone(),
        },
    )
    .await
    .expect("vectors");
    let mut largest: f32 = 0.0;
    for (found, expected) in desk.vectors(2).iter().zip(&reference.texts) {
        assert_eq!(found.len(), expected.vector.len());
        for (found, expected) in found.iter().zip(&expected.vector) {
            largest = largest.max((found - expected).abs());
        }
    }
    console_log!("largest difference to the reference: {largest:e}");
    assert!(largest <= TOLERANCE, "{largest:e}");
    assert_eq!(
        desk.progress(2).last(),
        Some(&Progress::Embedded { done: total, total })
    );

    // One by one gives exactly the vectors of the batch.
    let last = texts.last().cloned().unwrap_or_default();
    desk.call(3, Call::Embed { texts: vec![last] })
        .await
        .expect("a vector");
    assert_eq!(desk.vectors(3).first(), desk.vectors(2).last());
}

#[wasm_bindgen_test]
async fn a_loaded_engine_answers_every_local_call() {
    let Some(url) = assets_url() else { return };
    let desk = Desk::loaded(&url).await;
    let retrieve = |alert: &str, top_k| Call::Retrieve {
        alert: alert.to_owned(),
        top_k,
    };
    let Ok(Outcome::Retrieved { retrieval }) = desk.call(2, retrieve(ALERT, 10)).await else {
        panic!("no techniques")
    };
    let ids: Vec<String> = retrieval
        .techniques
        .iter()
        .map(|technique| technique.id.to_string())
        .collect();
    assert!(
        ids.len() == 10 && ids.iter().any(|id| id == "T1059.001"),
        "{ids:?}"
    );

    let prepare = Call::Prepare {
        alert: ALERT.into(),
        top_k: 10,
    };
    let Ok(Outcome::Prepared { prepared }) = desk.call(3, prepare).await else {
        panic!("no prompt")
    };
    assert_eq!(prepared.retrieval, retrieval);
    assert!(
        !prepared.prompt.user.contains("jsmith"),
        "{}",
        prepared.prompt.user
    );

    for (id, top_k) in [(4, 0), (5, 51)] {
        assert_eq!(
            desk.code(id, retrieve(ALERT, top_k)).await,
            Some(ErrorCode::InvalidArgument)
        );
    }
    for (id, alert) in (10..).zip(["", "\0\u{202e}\u{7}", "{\"a\":", &"x".repeat(10 << 20)]) {
        assert!(desk.call(id, retrieve(alert, 5)).await.is_ok());
    }

    let nowhere = "http://127.0.0.1:9".to_owned();
    let triage = Call::Triage {
        alert: ALERT.into(),
        top_k: 5,
        endpoint: nowhere,
        model: None,
    };
    assert_eq!(
        desk.code(20, triage).await,
        Some(ErrorCode::ProxyUnreachable)
    );
}

#[wasm_bindgen_test]
async fn a_batch_can_be_given_up_between_two_texts() {
    let Some(url) = assets_url() else { return };
    let desk = Desk::loaded(&url).await;
    desk.send(
        2,
        Call::Embed {
            texts: vec![ALERT.to_owned(); 200],
        },
    );
    while desk.progress(2).is_empty() {
        crate::desk::sleep(1).await;
    }
    desk.send(0, Call::Cancel { target: 2 });
    assert_eq!(desk.answer(2).await.unwrap_err().code, ErrorCode::Cancelled);
    assert!(desk.progress(2).len() < 200);
    assert!(
        desk.call(
            3,
            Call::Embed {
                texts: vec![ALERT.into()]
            }
        )
        .await
        .is_ok()
    );
}

#[wasm_bindgen_test]
async fn a_call_in_line_can_be_given_up() {
    let Some(url) = assets_url() else { return };
    let desk = Desk::loaded(&url).await;
    for id in 2..=8 {
        let alert = ALERT.to_owned();
        desk.send(id, Call::Retrieve { alert, top_k: 5 });
    }
    while desk.answers(2) == 0 {
        crate::desk::sleep(1).await;
    }
    desk.send(0, Call::Cancel { target: 7 });
    assert_eq!(desk.answer(7).await.unwrap_err().code, ErrorCode::Cancelled);
    for id in [3, 4, 5, 6, 8] {
        assert!(desk.answer(id).await.is_ok());
    }
}
