//! The store in IndexedDB. Every write is one transaction, strictly durable: what was reported as
//! saved survives a crash of the browser.
//!
//! All requests of a transaction are made before anything is awaited, because a transaction ends
//! by itself as soon as the browser finds it idle.

use std::cell::{Cell, RefCell};
use std::rc::{Rc, Weak};

use js_sys::{Array, Function, Object, Promise, Reflect};
use serde::Serialize;
use serde_wasm_bindgen::Serializer;
use triage_core::chat::ChatTurn;
use triage_core::export::{Records, migrate_record};
use triage_core::feedback::{FeedbackRecord, TriageRecord};
use triage_core::receipt::Receipt;
use wasm_bindgen::JsCast;
use wasm_bindgen::convert::FromWasmAbi;
use wasm_bindgen::prelude::{Closure, JsValue};
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    BroadcastChannel, Event, IdbDatabase, IdbObjectStore, IdbOpenDbRequest, IdbRequest,
    IdbTransaction, IdbVersionChangeEvent, MessageEvent, Window,
};

use super::{ImportCount, StoreError, Stored};

/// Version 1 had the store `feedback` alone, version 2 `triages` too; each with records of the
/// schema version of the same number.
const VERSION: u32 = 3;

/// Another tab closes its connection when it is told of an upgrade, but a write that is under way
/// is finished first. Only after this time is it an older program that does not listen.
const BLOCKED_AFTER_MS: i32 = 3_000;

/// What is told to other tabs.
const WRITTEN: &str = "written";

/// An open connection.
pub(super) struct IndexedDb {
    database: IdbDatabase,
    channel: Option<BroadcastChannel>,
    state: Rc<State>,
    skip_known: Function,
}

#[derive(Default)]
struct State {
    ended: RefCell<Option<StoreError>>,
    listeners: RefCell<Vec<Rc<dyn Fn()>>>,
    asked_to_persist: Cell<bool>,
}

impl IndexedDb {
    pub(super) async fn open(name: &str) -> Result<Rc<Self>, StoreError> {
        let window = web_sys::window().ok_or_else(|| unavailable("there is no window"))?;
        let factory = window
            .indexed_db()
            .map_err(|error| fault(&error))?
            .ok_or_else(|| unavailable("IndexedDB is switched off"))?;
        let request = factory
            .open_with_u32(name, VERSION)
            .map_err(|error| fault(&error))?;
        let opened = opened(&window, request).await?;
        Ok(Self::connected(opened, name))
    }

    fn connected(database: IdbDatabase, name: &str) -> Rc<Self> {
        let state = Rc::new(State::default());
        let weak = Rc::downgrade(&state);
        database.set_onversionchange(Some(&listener(move |event: IdbVersionChangeEvent| {
            // Closing at once lets the other tab go on; without a new version it deletes the data.
            if let Some(database) = event.target() {
                database.unchecked_into::<IdbDatabase>().close();
            }
            let newer = event
                .new_version()
                .is_some_and(|version| version > f64::from(VERSION));
            State::end(
                &weak,
                if newer {
                    StoreError::Newer
                } else {
                    StoreError::Closed
                },
            );
        })));
        let weak = Rc::downgrade(&state);
        database.set_onclose(Some(&listener(move |_: Event| {
            State::end(&weak, StoreError::Closed);
        })));
        let channel = BroadcastChannel::new(name).ok();
        if let Some(channel) = &channel {
            let weak = Rc::downgrade(&state);
            channel.set_onmessage(Some(&listener(move |event: MessageEvent| {
                if event.data().as_string().as_deref() == Some(WRITTEN) {
                    State::notify(&weak);
                }
            })));
        }
        let skip_known = listener(|event: Event| {
            let request = event.target().map(JsCast::unchecked_into::<IdbRequest>);
            let error = request.and_then(|request| request.error().ok().flatten());
            if error.is_some_and(|error| error.name() == "ConstraintError") {
                // The record is there already. Unless told so, the transaction would be undone.
                event.prevent_default();
            }
        });
        Rc::new(Self {
            database,
            channel,
            state,
            skip_known,
        })
    }

    pub(super) async fn add(&self, records: &Records) -> Result<ImportCount, StoreError> {
        let transaction = self.transaction("readwrite")?;
        transaction.set_onerror(Some(&self.skip_known));
        let requests = request_all(&transaction, records);
        let outcome = outcome(&transaction);
        if requests.is_err() {
            // It may have ended already, which is just as well.
            let _ = transaction.abort();
        }
        let committed = self.committed(&transaction, outcome).await;
        let requests = requests?;
        committed?;
        let [triages, feedback, receipts, turns] = requests.map(|requests| {
            requests
                .iter()
                .filter(|request| matches!(request.error(), Ok(None)))
                .count()
        });
        let count = ImportCount {
            triages,
            feedback,
            receipts,
            turns,
        };
        if let (Some(channel), true) = (&self.channel, count != ImportCount::default()) {
            // A tab that does not hear of it shows the record after its next reload.
            let _ = channel.post_message(&WRITTEN.into());
        }
        Ok(count)
    }

    pub(super) async fn all<R: Stored>(&self) -> Result<Vec<R>, StoreError> {
        let transaction = self.transaction("readonly")?;
        let values = transaction
            .object_store(R::STORE)
            .and_then(|store| store.get_all())
            .map_err(|error| fault(&error))?;
        self.committed(&transaction, outcome(&transaction)).await?;
        let values: Array = values
            .result()
            .map_err(|error| fault(&error))?
            .unchecked_into();
        values.iter().map(from_js).collect()
    }

    pub(super) fn on_change(&self, f: Rc<dyn Fn()>) {
        self.state.listeners.borrow_mut().push(f);
    }

    /// Asks the browser once not to clear this data when the disk runs full.
    pub(super) fn ask_to_persist(&self) {
        if self.state.asked_to_persist.replace(true) {
            return;
        }
        let storage = web_sys::window().map(|window| window.navigator().storage());
        if let Some(Ok(answer)) = storage.map(|storage| storage.persist()) {
            // A refusal changes nothing: the data stays, as long as there is room.
            spawn_local(async move { drop(JsFuture::from(answer).await) });
        }
    }

    /// `web-sys` holds the options of a transaction unstable, hence the call by name.
    fn transaction(&self, mode: &str) -> Result<IdbTransaction, StoreError> {
        if let Some(ended) = &*self.state.ended.borrow() {
            return Err(ended.clone());
        }
        let begin = || {
            let stores = Array::of4(
                &TriageRecord::STORE.into(),
                &FeedbackRecord::STORE.into(),
                &Receipt::STORE.into(),
                &ChatTurn::STORE.into(),
            );
            let options = Object::new();
            Reflect::set(&options, &"durability".into(), &"strict".into())?;
            Reflect::get(&self.database, &"transaction".into())?
                .unchecked_into::<Function>()
                .call3(&self.database, &stores, &mode.into(), &options)
        };
        begin()
            .map(JsCast::unchecked_into)
            .map_err(|error| fault(&error))
    }

    async fn committed(
        &self,
        transaction: &IdbTransaction,
        outcome: Promise,
    ) -> Result<(), StoreError> {
        if JsFuture::from(outcome).await.is_ok() {
            return Ok(());
        }
        Err(match (&*self.state.ended.borrow(), transaction.error()) {
            (Some(ended), _) => ended.clone(),
            (None, Some(error)) => fault(&error),
            (None, None) => StoreError::Closed,
        })
    }
}

impl Drop for IndexedDb {
    fn drop(&mut self) {
        self.database.set_onversionchange(None);
        self.database.set_onclose(None);
        self.database.close();
        if let Some(channel) = &self.channel {
            channel.close();
        }
    }
}

impl State {
    fn end(this: &Weak<Self>, reason: StoreError) {
        if let Some(state) = this.upgrade() {
            *state.ended.borrow_mut() = Some(reason);
            Self::notify(this);
        }
    }

    fn notify(this: &Weak<Self>) {
        if let Some(state) = this.upgrade() {
            // A listener may add another.
            let listeners = state.listeners.borrow().clone();
            for listener in listeners {
                listener();
            }
        }
    }
}

/// Waits for a connection, and upgrades the database on the way.
///
/// The listeners belong to the request and not to this future: a request that is given up goes on
/// in the browser, and an upgrade without its listener would leave a database without stores.
async fn opened(window: &Window, request: IdbOpenDbRequest) -> Result<IdbDatabase, StoreError> {
    let failed: Rc<RefCell<Option<StoreError>>> = Rc::default();
    let told = Rc::clone(&failed);
    request.set_onupgradeneeded(Some(&listener(move |event: IdbVersionChangeEvent| {
        let request = event
            .target()
            .map(JsCast::unchecked_into::<IdbOpenDbRequest>);
        let transaction = request.as_ref().and_then(|request| request.transaction());
        if let (Some(request), Some(transaction)) = (request, transaction) {
            let abort = abort_with(&transaction, &told);
            upgrade(&request, &transaction, abort.clone()).unwrap_or_else(abort);
        }
    })));
    let answer = Promise::new(&mut |resolve, reject| {
        request.set_onsuccess(Some(&resolve));
        request.set_onerror(Some(&reject));
        let window = window.clone();
        request.set_onblocked(Some(&listener(move |_: Event| {
            // Without a timer the promise simply waits on.
            let _ = window
                .set_timeout_with_callback_and_timeout_and_arguments_0(&reject, BLOCKED_AFTER_MS);
        })));
    });
    match JsFuture::from(answer).await {
        Ok(_) => {
            let database = request.result().map_err(|error| fault(&error))?;
            Ok(database.unchecked_into())
        }
        // A timer calls with nothing where a request gives its event.
        Err(event) if event.is_undefined() => {
            request.set_onsuccess(Some(&listener(|event: Event| {
                let request = event.target().map(JsCast::unchecked_into::<IdbRequest>);
                if let Some(Ok(database)) = request.map(|request| request.result()) {
                    database.unchecked_into::<IdbDatabase>().close();
                }
            })));
            Err(StoreError::Blocked)
        }
        Err(event) => {
            event.unchecked_into::<Event>().prevent_default();
            let failed = failed.take();
            Err(failed.unwrap_or_else(|| match request.error() {
                Ok(Some(error)) => fault(&error),
                _ => unavailable("the database could not be opened"),
            }))
        }
    }
}

/// A function that undoes an upgrade and keeps the reason for the one who waits.
fn abort_with(
    transaction: &IdbTransaction,
    reason: &Rc<RefCell<Option<StoreError>>>,
) -> impl Fn(StoreError) + Clone + 'static {
    let (transaction, reason) = (transaction.clone(), Rc::clone(reason));
    move |error| {
        *reason.borrow_mut() = Some(error);
        // It may have ended already, which is just as well.
        let _ = transaction.abort();
    }
}

/// Brings a database of any earlier version, or a new one, to [`VERSION`].
fn upgrade(
    request: &IdbOpenDbRequest,
    transaction: &IdbTransaction,
    abort: impl Fn(StoreError) + Clone + 'static,
) -> Result<(), StoreError> {
    let database: IdbDatabase = request
        .result()
        .map_err(|error| fault(&error))?
        .unchecked_into();
    for store in [Receipt::STORE, ChatTurn::STORE] {
        if !database.object_store_names().contains(store) {
            create(&database, store)?;
        }
    }
    bring_forward::<TriageRecord>(&database, transaction, abort.clone())?;
    bring_forward::<FeedbackRecord>(&database, transaction, abort)
}

/// Creates a store, or writes what an older version left in it anew.
fn bring_forward<R: Stored + 'static>(
    database: &IdbDatabase,
    transaction: &IdbTransaction,
    abort: impl Fn(StoreError) + 'static,
) -> Result<(), StoreError> {
    if !database.object_store_names().contains(R::STORE) {
        return create(database, R::STORE).map(drop);
    }
    let values = transaction
        .object_store(R::STORE)
        .and_then(|store| store.get_all())
        .map_err(|error| fault(&error))?;
    let database = database.clone();
    values.set_onsuccess(Some(&listener(move |event: Event| {
        let values = event.target().map(JsCast::unchecked_into::<IdbRequest>);
        if let Some(Ok(values)) = values.map(|values| values.result()) {
            migrate::<R>(&database, &values.unchecked_into()).unwrap_or_else(&abort);
        }
    })));
    Ok(())
}

/// Writes records of an older version under the keys of today: a judgement's content decides its
/// key.
fn migrate<R: Stored>(database: &IdbDatabase, values: &Array) -> Result<(), StoreError> {
    database
        .delete_object_store(R::STORE)
        .map_err(|error| fault(&error))?;
    let store = create(database, R::STORE)?;
    for value in values.iter() {
        let mut value: serde_json::Value =
            serde_wasm_bindgen::from_value(value).map_err(|error| damaged(&error))?;
        migrate_record(&mut value);
        let record: R = serde_json::from_value(value).map_err(|error| damaged(&error))?;
        record.check()?;
        // Version 1 may hold the same judgement twice; equal content needs to be there once.
        store
            .put_with_key(&to_js(&record)?, &record.key().into())
            .map_err(|error| fault(&error))?;
    }
    Ok(())
}

fn create(database: &IdbDatabase, name: &str) -> Result<IdbObjectStore, StoreError> {
    database
        .create_object_store(name)
        .map_err(|error| fault(&error))
}

/// One request a record, by kind.
fn request_all(
    transaction: &IdbTransaction,
    records: &Records,
) -> Result<[Vec<IdbRequest>; 4], StoreError> {
    Ok([
        request_adds(transaction, &records.triages)?,
        request_adds(transaction, &records.feedback)?,
        request_adds(transaction, &records.receipts)?,
        request_adds(transaction, &records.turns)?,
    ])
}

fn request_adds<R: Stored>(
    transaction: &IdbTransaction,
    records: &[R],
) -> Result<Vec<IdbRequest>, StoreError> {
    let store = transaction
        .object_store(R::STORE)
        .map_err(|error| fault(&error))?;
    let add = |record: &R| {
        record.check()?;
        store
            .add_with_key(&to_js(record)?, &record.key().into())
            .map_err(|error| fault(&error))
    };
    records.iter().map(add).collect()
}

/// Settled when the transaction is.
fn outcome(transaction: &IdbTransaction) -> Promise {
    Promise::new(&mut |resolve, reject| {
        transaction.set_oncomplete(Some(&resolve));
        transaction.set_onabort(Some(&reject));
    })
}

fn to_js(record: &impl Serialize) -> Result<JsValue, StoreError> {
    record
        .serialize(&Serializer::json_compatible())
        .map_err(|error| damaged(&error))
}

fn from_js<R: Stored>(value: JsValue) -> Result<R, StoreError> {
    serde_wasm_bindgen::from_value(value).map_err(|error| damaged(&error))
}

/// A function that the browser owns and frees.
fn listener<E: FromWasmAbi + 'static>(f: impl Fn(E) + 'static) -> Function {
    Closure::<dyn Fn(E)>::new(f)
        .into_js_value()
        .unchecked_into()
}

/// What a thrown `DOMException` means for the reader.
fn fault(error: &JsValue) -> StoreError {
    let text = |key: &str| {
        Reflect::get(error, &key.into())
            .ok()
            .and_then(|text| text.as_string())
            .unwrap_or_default()
    };
    match text("name").as_str() {
        "QuotaExceededError" => StoreError::Quota,
        "VersionError" => StoreError::Newer,
        "InvalidStateError" | "AbortError" | "TransactionInactiveError" => StoreError::Closed,
        "DataCloneError" | "DataError" => StoreError::Damaged(text("message")),
        name => StoreError::Unavailable(format!("{name}: {}", text("message"))),
    }
}

fn unavailable(reason: &str) -> StoreError {
    StoreError::Unavailable(reason.to_owned())
}

fn damaged(error: &impl ToString) -> StoreError {
    StoreError::Damaged(error.to_string())
}
