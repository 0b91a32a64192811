//! A dispatcher with its messages caught instead of posted.

use std::cell::RefCell;
use std::rc::Rc;

use js_sys::{Array, Float32Array, Function, Promise, Reflect};
use serde::Serialize as _;
use serde_wasm_bindgen::Serializer;
use triage_core::protocol::{
    Call, ErrorCode, Event, Instructions, Kept, Outcome, Progress, Request, Response, TriageError,
};
use triage_wasm::Dispatcher;
use wasm_bindgen::JsCast as _;
use wasm_bindgen::prelude::JsValue;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::console_log;

/// The address of the assets, where there is a server.
pub fn assets_url() -> Option<String> {
    let url = option_env!("SOC_TEST_ASSETS_URL");
    if url.is_none() {
        console_log!("skipped: SOC_TEST_ASSETS_URL is not set; run scripts/test --only wasm");
    }
    url.map(|url| url.trim_end_matches('/').to_owned())
}

/// The text of a file that the server of the assets has.
pub async fn text_at(url: &str) -> String {
    let scope: web_sys::WorkerGlobalScope = js_sys::global().unchecked_into();
    let response = JsFuture::from(scope.fetch_with_str(url)).await;
    let response: web_sys::Response = response.expect("the server answers").unchecked_into();
    assert!(response.ok(), "{url}: status {}", response.status());
    let text = JsFuture::from(response.text().expect("a body")).await;
    text.expect("the body arrives").as_string().expect("a text")
}

pub struct Desk {
    dispatcher: Dispatcher,
    received: Rc<RefCell<Vec<JsValue>>>,
}

impl Desk {
    pub fn new() -> Self {
        let received: Rc<RefCell<Vec<JsValue>>> = Rc::default();
        let kept = Rc::clone(&received);
        let post = move |message: &JsValue, _: &JsValue| kept.borrow_mut().push(message.clone());
        // This program is the tests' own and no worker of ours.
        let dispatcher = Dispatcher::new(post, || Err(JsValue::NULL));
        Self {
            dispatcher,
            received,
        }
    }

    /// With the model loaded.
    pub async fn loaded(assets_url: &str) -> Self {
        let desk = Self::new();
        let answer = desk
            .call(
                1,
                Call::Load {
                    assets_url: assets_url.to_owned(),
                    instructions: Instructions::Fastest,
                    workers: None,
                },
            )
            .await;
        assert!(matches!(answer, Ok(Outcome::Loaded { .. })), "{answer:?}");
        desk.written(1_000_000).await;
        desk
    }

    /// Waits until what was loaded is kept; a load is answered before. Calls from `id` onwards.
    pub async fn written(&self, id: u32) {
        for id in id..id + 1000 {
            match self.call(id, Call::State).await {
                Ok(Outcome::State { state }) if state.kept == Kept::Kept => return,
                Ok(Outcome::State { state }) if state.kept == Kept::Writing => sleep(20).await,
                other => panic!("{other:?}"),
            }
        }
        panic!("the assets are not written");
    }

    pub fn dispatcher(&self) -> &Dispatcher {
        &self.dispatcher
    }

    pub fn send(&self, id: u32, call: Call) {
        let message = Request { id, call }.serialize(&Serializer::json_compatible());
        self.dispatcher
            .receive(&message.expect("a call is plain data"));
    }

    /// Makes a call and waits for its answer.
    pub async fn call(&self, id: u32, call: Call) -> Result<Outcome, TriageError> {
        self.send(id, call);
        self.answer(id).await
    }

    pub async fn answer(&self, id: u32) -> Result<Outcome, TriageError> {
        loop {
            for event in self.events(id) {
                match event {
                    Event::Done { outcome } => return Ok(outcome),
                    Event::Failed { error } => return Err(error),
                    Event::Ready { .. } | Event::Progress { .. } => {}
                }
            }
            sleep(5).await;
        }
    }

    pub async fn code(&self, id: u32, call: Call) -> Option<ErrorCode> {
        self.call(id, call).await.err().map(|error| error.code)
    }

    /// Everything said under a number so far, without the vectors.
    pub fn events(&self, id: u32) -> Vec<Event> {
        let read = |message: &JsValue| -> Response {
            let text = js_sys::JSON::stringify(message).expect("a message is plain data");
            let mut value: serde_json::Value =
                serde_json::from_str(&String::from(text)).expect("a message is JSON");
            if let Some(vectors) = value.pointer_mut("/event/outcome/vectors") {
                *vectors = serde_json::json!([]);
            }
            serde_json::from_value(value).expect("a message of the protocol")
        };
        let events = self.received.borrow().iter().map(read).collect::<Vec<_>>();
        events
            .into_iter()
            .filter(|response| response.id == id)
            .map(|response| response.event)
            .collect()
    }

    pub fn answers(&self, id: u32) -> usize {
        let is_answer = |event: &Event| matches!(event, Event::Done { .. } | Event::Failed { .. });
        self.events(id)
            .iter()
            .filter(|event| is_answer(event))
            .count()
    }

    pub fn progress(&self, id: u32) -> Vec<Progress> {
        let progress = |event| {
            if let Event::Progress { progress } = event {
                Some(progress)
            } else {
                None
            }
        };
        self.events(id).into_iter().filter_map(progress).collect()
    }

    /// The vectors of an answered call, which must be typed arrays.
    pub fn vectors(&self, id: u32) -> Vec<Vec<f32>> {
        let get = |value: &JsValue, path: &[&str]| {
            path.iter().fold(value.clone(), |value, key| {
                Reflect::get(&value, &(*key).into()).unwrap_or_default()
            })
        };
        let received = self.received.borrow();
        let vectors = received
            .iter()
            .filter(|message| get(message, &["id"]) == f64::from(id))
            .map(|message| get(message, &["event", "outcome", "vectors"]))
            .find(JsValue::is_array)
            .expect("vectors");
        let vector = |value: JsValue| {
            value
                .dyn_into::<Float32Array>()
                .expect("a Float32Array")
                .to_vec()
        };
        vectors
            .unchecked_into::<Array>()
            .iter()
            .map(vector)
            .collect()
    }

    /// The text of the first thing said under a number.
    pub fn raw(&self, id: u32) -> String {
        let received = self.received.borrow();
        let texts = received
            .iter()
            .map(|message| String::from(js_sys::JSON::stringify(message).unwrap()));
        let start = format!("{{\"id\":{id},");
        texts
            .into_iter()
            .find(|text| text.starts_with(&start))
            .unwrap_or_default()
    }
}

pub async fn sleep(milliseconds: i32) {
    let promise = Promise::new(&mut |resolve, _| {
        let timer: Function = Reflect::get(&js_sys::global(), &"setTimeout".into())
            .unwrap()
            .unchecked_into();
        timer
            .call2(&JsValue::NULL, &resolve, &milliseconds.into())
            .unwrap();
    });
    JsFuture::from(promise).await.unwrap();
}
