//! The handshake, malformed messages, order and cancelling; no assets needed.

use triage_core::protocol::{Call, ErrorCode, Event, Instructions, Outcome, PROTOCOL};
use wasm_bindgen::prelude::JsValue;
use wasm_bindgen_test::wasm_bindgen_test;

use crate::desk::{Desk, sleep};

const NOWHERE: &str = "http://127.0.0.1:9";

fn accuracy() -> Call {
    Call::Accuracy {
        records: Vec::new(),
    }
}

#[wasm_bindgen_test]
fn a_worker_says_once_that_it_listens() {
    let desk = Desk::new();
    desk.dispatcher().say_ready();
    let [Event::Ready { protocol, version }] = &desk.events(0)[..] else {
        panic!("no handshake")
    };
    assert_eq!(
        (*protocol, version.as_str()),
        (PROTOCOL, env!("CARGO_PKG_VERSION"))
    );
}

#[wasm_bindgen_test]
fn what_is_no_call_is_answered_under_its_number() {
    fn check(message: &JsValue, id: u32) {
        let desk = Desk::new();
        desk.dispatcher().receive(message);
        let [Event::Failed { error }] = &desk.events(id)[..] else {
            panic!("{message:?}")
        };
        assert_eq!(error.code, ErrorCode::InvalidArgument);
    }
    for message in [
        JsValue::NULL,
        JsValue::UNDEFINED,
        "text".into(),
        7.into(),
        JsValue::TRUE,
    ] {
        check(&message, 0);
    }
    for (json, id) in [
        ("{}", 0),
        ("[]", 0),
        (r#"{"id":7}"#, 7),
        (r#"{"id":7,"call":null}"#, 7),
        (r#"{"id":7,"call":{"kind":"launch"}}"#, 7),
        (r#"{"id":7,"call":{"kind":"embed"}}"#, 7),
        (r#"{"id":7,"call":{"kind":"embed","texts":"text"}}"#, 7),
        (
            r#"{"id":7,"call":{"kind":"embed","texts":[],"extra":1}}"#,
            7,
        ),
        (
            r#"{"id":7,"call":{"kind":"retrieve","alert":null,"top_k":5}}"#,
            7,
        ),
        (
            r#"{"id":7,"call":{"kind":"retrieve","alert":"a","top_k":-1}}"#,
            7,
        ),
        (
            r#"{"id":7,"call":{"kind":"retrieve","alert":"a","top_k":1.5}}"#,
            7,
        ),
        (r#"{"id":-1,"call":{"kind":"accuracy","records":[]}}"#, 0),
        (r#"{"id":1.5,"call":{"kind":"accuracy","records":[]}}"#, 0),
        (r#"{"id":0,"call":{"kind":"accuracy","records":[]}}"#, 0),
        (r#"{"id":"7","call":{"kind":"accuracy","records":[]}}"#, 0),
    ] {
        check(&js_sys::JSON::parse(json).unwrap(), id);
    }
    let endless = js_sys::Object::new();
    js_sys::Reflect::set(&endless, &"id".into(), &7.into()).unwrap();
    js_sys::Reflect::set(&endless, &"call".into(), &endless).unwrap();
    check(&endless, 7);
}

#[wasm_bindgen_test]
async fn after_a_bad_message_calls_work() {
    let desk = Desk::new();
    desk.dispatcher().receive(&JsValue::NULL);
    let answer = desk.call(1, accuracy()).await;
    assert!(matches!(answer, Ok(Outcome::Counted { accuracy }) if accuracy.total == 0));
    // Absent is null, as in every message.
    assert!(
        desk.raw(1).contains(r#""accuracy":null"#),
        "{}",
        desk.raw(1)
    );
}

#[wasm_bindgen_test]
async fn calls_without_an_engine_say_so() {
    let desk = Desk::new();
    let (alert, top_k) = (String::from("alert"), 5);
    let calls = [
        Call::Embed {
            texts: vec![alert.clone()],
        },
        Call::Retrieve {
            alert: alert.clone(),
            top_k,
        },
        Call::Prepare {
            alert: alert.clone(),
            top_k,
            wishes: Box::default(),
        },
        Call::Triage {
            alert,
            top_k,
            endpoint: NOWHERE.into(),
            model: None,
            wishes: Box::default(),
        },
    ];
    for (id, call) in (1..).zip(calls) {
        assert_eq!(desk.code(id, call).await, Some(ErrorCode::NotLoaded));
    }
}

#[wasm_bindgen_test]
async fn arguments_and_files_fail_by_their_codes() {
    let desk = Desk::new();
    let load = |url: &str| Call::Load {
        assets_url: url.to_owned(),
        instructions: Instructions::Fastest,
        workers: None,
    };
    let import = |text: &str| Call::Import {
        text: text.to_owned(),
    };
    let triage = |endpoint: &str| Call::Triage {
        alert: String::new(),
        top_k: 5,
        endpoint: endpoint.to_owned(),
        model: None,
        wishes: Box::default(),
    };
    for (id, (call, code)) in (1..).zip([
        (load("assets/"), ErrorCode::InvalidArgument),
        (load("file:///assets"), ErrorCode::InvalidArgument),
        (load(NOWHERE), ErrorCode::AssetUnavailable),
        (import("{}"), ErrorCode::ImportRejected),
        (import("{\"format\":"), ErrorCode::ImportRejected),
        (triage("javascript:alert(1)"), ErrorCode::InvalidArgument),
        (
            triage("http://name:word@127.0.0.1/"),
            ErrorCode::InvalidArgument,
        ),
    ]) {
        assert_eq!(desk.code(id, call.clone()).await, Some(code), "{call:?}");
    }
    let message = desk.call(20, load(NOWHERE)).await.unwrap_err().message;
    assert!(
        message.contains("manifest.json") && message.contains(NOWHERE),
        "{message}"
    );
}

#[wasm_bindgen_test]
async fn calls_are_answered_in_order_and_once() {
    let desk = Desk::new();
    desk.send(
        1,
        Call::Load {
            assets_url: NOWHERE.into(),
            instructions: Instructions::Fastest,
            workers: None,
        },
    );
    desk.send(2, accuracy());
    desk.send(3, accuracy());
    desk.send(4, Call::Cancel { target: 3 });
    // The third had not begun: it fails at once, before the first is done.
    assert_eq!(
        (desk.answers(1), desk.answers(2), desk.answers(3)),
        (0, 0, 1)
    );
    assert!(desk.answer(1).await.is_err());
    assert!(desk.answer(2).await.is_ok());
    assert_eq!(desk.answer(3).await.unwrap_err().code, ErrorCode::Cancelled);
    desk.send(0, Call::Cancel { target: 2 });
    desk.send(0, Call::Cancel { target: 99 });
    sleep(50).await;
    assert_eq!(
        (desk.answers(1), desk.answers(2), desk.answers(3)),
        (1, 1, 1)
    );
    assert_eq!(
        (desk.answers(0), desk.answers(4)),
        (0, 0),
        "a cancel has no answer"
    );
}
