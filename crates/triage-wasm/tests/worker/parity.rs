//! The engine in the browser against vectors of an independent implementation, and through its
//! messages.

use serde::Deserialize;
use triage_core::protocol::{Call, ErrorCode, Outcome, Progress};
use wasm_bindgen_test::{console_log, wasm_bindgen_test};

use crate::desk::{Desk, assets_url};

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
    let (mut lowest, mut sum) = (1.0_f32, 0.0_f32);
    for (found, expected) in desk.vectors(2).iter().zip(&reference.texts) {
        assert_eq!(found.len(), expected.vector.len());
        let products = found.iter().zip(&expected.vector).map(|(a, b)| a * b);
        let cosine = products.sum::<f32>();
        lowest = lowest.min(cosine);
        sum += cosine;
    }
    #[expect(clippy::cast_precision_loss, reason = "there are twenty texts")]
    let mean = sum / total as f32;
    console_log!("cosine to the reference: least {lowest}, mean {mean}");
    assert!(
        lowest >= 0.996 && mean >= 0.998,
        "least {lowest}, mean {mean}"
    );
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
        wishes: Box::default(),
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
        wishes: Box::default(),
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

/// What the command line ranked for the same alerts, from the same assets.
#[derive(Deserialize)]
struct Native {
    id: u32,
    ranked: Vec<String>,
    shares: Vec<f32>,
}

#[derive(Deserialize)]
struct ParityAlert {
    id: u32,
    alert: String,
}

/// The packed model gives the same bits here as there, and so do points; only the exponential that
/// makes shares of them comes from another library.
const SHARE_TOLERANCE: f32 = 1e-6;

#[wasm_bindgen_test]
async fn rankings_are_those_of_the_command_line() {
    let Some(url) = assets_url() else { return };
    let native = crate::desk::text_at(&format!("{url}/native-rankings.jsonl")).await;
    let native: Vec<Native> = native
        .lines()
        .map(|line| serde_json::from_str(line).expect("a line of the command line"))
        .collect();
    let alerts = include_str!("../../../../tests/fixtures/parity-alerts.jsonl");
    let desk = Desk::loaded(&url).await;
    let mut largest: f32 = 0.0;
    let mut compared = 0;
    for line in alerts.lines() {
        let ParityAlert { id, alert } = serde_json::from_str(line).expect("the fixture");
        let call = Call::Retrieve { alert, top_k: 10 };
        let Ok(Outcome::Retrieved { retrieval }) = desk.call(id + 100, call).await else {
            panic!("no techniques for alert {id}")
        };
        let native = native.iter().find(|one| one.id == id).expect("each alert");
        let ids: Vec<String> = retrieval
            .techniques
            .iter()
            .map(|t| t.id.to_string())
            .collect();
        assert_eq!(ids, native.ranked, "alert {id}");
        for (technique, share) in retrieval.techniques.iter().zip(&native.shares) {
            largest = largest.max((technique.score - share).abs());
            compared += 1;
        }
    }
    console_log!("largest difference of a share: {largest:e}");
    assert!(compared > 100 && largest <= SHARE_TOLERANCE, "{largest:e}");
}

#[wasm_bindgen_test]
async fn evidence_arrives_behind_the_ranker_and_nothing_waits_for_it() {
    let Some(url) = assets_url() else { return };
    let desk = Desk::loaded(&url).await;
    let technique = "T1059.001".parse().expect("an identifier");
    // Asked for first, while its texts are still on their way.
    desk.send(
        2,
        Call::Evidence {
            alert: ALERT.into(),
            techniques: vec![technique],
        },
    );
    let retrieve = Call::Retrieve {
        alert: ALERT.into(),
        top_k: 5,
    };
    assert!(desk.call(3, retrieve).await.is_ok());
    let Ok(Outcome::Evidenced { evidence }) = desk.answer(2).await else {
        panic!("no evidence")
    };
    assert_eq!(evidence.techniques[0].technique, technique);
    assert_eq!(evidence.techniques[0].nearest.len(), 3);
    assert!(!evidence.nearest.is_empty());

    let explain = Call::Explain {
        alert: ALERT.into(),
        technique,
    };
    let Ok(Outcome::Explained { explanation }) = desk.call(4, explain).await else {
        panic!("no explanation")
    };
    assert!(explanation.omissions.len() >= 3, "{explanation:?}");
    let unknown = Call::Explain {
        alert: ALERT.into(),
        technique: "T9999".parse().expect("an identifier"),
    };
    assert_eq!(
        desk.code(5, unknown).await,
        Some(ErrorCode::InvalidArgument)
    );
}

#[wasm_bindgen_test]
async fn labelled_alerts_are_ranked_with_progress_and_can_be_given_up() {
    let Some(url) = assets_url() else { return };
    let desk = Desk::loaded(&url).await;
    let line = "{\"id\":\"a\",\"alert\":\"whoami /all\",\"techniques\":[\"T1033\"]}\n";
    let evaluate = |alerts: String| Call::Evaluate { alerts };
    let Ok(Outcome::Evaluated { report }) = desk.call(2, evaluate(line.repeat(3))).await else {
        panic!("no report")
    };
    assert_eq!((report.score.rows, report.rows.len()), (3, 3));
    assert!(report.latency.median_ms > 0.0);
    assert_eq!(
        desk.progress(2).last(),
        Some(&Progress::Ranked { done: 3, total: 3 })
    );
    let bad = format!("{line}oops");
    let error = desk.call(3, evaluate(bad)).await.unwrap_err();
    assert_eq!(error.code, ErrorCode::InvalidArgument);
    assert!(error.message.starts_with("line 2"), "{}", error.message);

    desk.send(4, evaluate(line.repeat(500)));
    while desk.progress(4).is_empty() {
        crate::desk::sleep(1).await;
    }
    desk.send(0, Call::Cancel { target: 4 });
    assert_eq!(desk.answer(4).await.unwrap_err().code, ErrorCode::Cancelled);
}
