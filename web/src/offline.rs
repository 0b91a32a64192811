//! The service worker: registered once, and a new version is offered, never taken silently.

use std::cell::Cell;
use std::rc::Rc;

use js_sys::{Object, Reflect};
use leptos::prelude::*;
use leptos::task::spawn_local;
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::{Closure, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    ServiceWorker, ServiceWorkerContainer, ServiceWorkerRegistration, ServiceWorkerState,
};

use crate::browser;

/// What is known of the service worker.
#[derive(Clone, Copy)]
pub(crate) struct Offline {
    /// Whether this page is served by it, and so starts without a network.
    pub(crate) is_active: RwSignal<bool>,
    /// A new version waits for the user's word.
    pub(crate) has_update: RwSignal<bool>,
    waiting: StoredValue<Option<ServiceWorker>, LocalStorage>,
}

impl Offline {
    /// Registers the service worker; a browser without one only loses the offline start.
    pub(crate) fn start() -> Self {
        let offline = Self {
            is_active: RwSignal::new(false),
            has_update: RwSignal::new(false),
            waiting: StoredValue::new_local(None),
        };
        if let Some(container) = container() {
            offline.is_active.set(container.controller().is_some());
            let registering = async move {
                let registration = JsFuture::from(container.register("/sw.js")).await;
                // A browser that is told to have no service workers answers with nothing.
                if let Ok(registration) = registration.and_then(JsCast::dyn_into) {
                    offline.watch(&container, &registration);
                }
            };
            browser::later(7, move || spawn_local(registering));
        }
        offline
    }

    /// Lets the new version take over, then loads the page anew.
    pub(crate) fn update(self) {
        let Some(container) = container() else { return };
        let is_done = Rc::new(Cell::new(false));
        let on_change = Closure::<dyn FnMut()>::new(move || {
            if !is_done.replace(true) {
                let _ = window().location().reload();
            }
        });
        container.set_oncontrollerchange(Some(on_change.as_ref().unchecked_ref()));
        on_change.forget();
        let message = Object::new();
        let is_set = Reflect::set(&message, &"type".into(), &"activate".into());
        if let (Some(worker), Ok(true)) = (self.waiting.get_value(), is_set) {
            let _ = worker.post_message(&message);
        }
    }

    fn watch(self, container: &ServiceWorkerContainer, registration: &ServiceWorkerRegistration) {
        self.look(registration);
        let of_container = container.clone();
        let on_change = Closure::<dyn FnMut()>::new(move || {
            self.is_active.try_set(of_container.controller().is_some());
        });
        let listener = on_change.as_ref().unchecked_ref();
        let _ = container.add_event_listener_with_callback("controllerchange", listener);
        on_change.forget();
        let of_registration = registration.clone();
        let on_found = Closure::<dyn FnMut()>::new(move || {
            let Some(worker) = of_registration.installing() else {
                return;
            };
            let registration = of_registration.clone();
            let of_worker = worker.clone();
            let on_state = Closure::<dyn FnMut(JsValue)>::new(move |_| {
                if of_worker.state() == ServiceWorkerState::Installed {
                    self.look(&registration);
                }
            });
            worker.set_onstatechange(Some(on_state.as_ref().unchecked_ref()));
            on_state.forget();
        });
        registration.set_onupdatefound(Some(on_found.as_ref().unchecked_ref()));
        on_found.forget();
    }

    /// Without a controller the waiting worker is the first one, which takes over by itself.
    fn look(self, registration: &ServiceWorkerRegistration) {
        let is_controlled = container().is_some_and(|container| container.controller().is_some());
        if let (Some(worker), true) = (registration.waiting(), is_controlled) {
            self.waiting.set_value(Some(worker));
            self.has_update.set(true);
        }
    }
}

/// Absent where the page is neither on https nor on this machine.
fn container() -> Option<ServiceWorkerContainer> {
    let navigator = window().navigator();
    let is_there = Reflect::has(&navigator, &"serviceWorker".into()).unwrap_or_default();
    is_there.then(|| navigator.service_worker())
}
