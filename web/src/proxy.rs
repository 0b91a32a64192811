//! The proxy as the page sees it: whether it answers, and which models it offers.

use std::time::Duration;

use leptos::prelude::*;
use leptos::task::spawn_local;
use triage_core::protocol::TriageError;
use triage_core::wire::{ModelInfo, ServerConfig};

use crate::browser;
use crate::proxy_client;

/// How often a proxy that does not answer is asked again.
const LOOK_AGAIN: Duration = Duration::from_secs(10);

/// What is known of the proxy.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum ProxyStatus {
    /// It was asked and has not answered yet.
    Checking,
    /// It answers.
    Up(ServerConfig),
    /// It does not.
    Down(TriageError),
}

/// The proxy's status and the chosen model.
#[derive(Clone, Copy)]
pub(crate) struct Proxy {
    /// What is known of it.
    pub(crate) status: RwSignal<ProxyStatus>,
    /// The chosen model's id; the first where absent.
    pub(crate) chosen: RwSignal<Option<String>>,
}

impl Proxy {
    /// Asks the proxy now, and again whenever the network comes back.
    pub(crate) fn start() -> Self {
        let proxy = Self {
            status: RwSignal::new(ProxyStatus::Checking),
            chosen: RwSignal::new(None),
        };
        browser::later(5, move || proxy.check());
        // A proxy that was started again should not need a click.
        let look = move || {
            if proxy
                .status
                .with_untracked(|status| matches!(status, ProxyStatus::Down(_)))
            {
                proxy.check();
            }
        };
        if let Ok(timer) = set_interval_with_handle(look, LOOK_AGAIN) {
            on_cleanup(move || timer.clear());
        }
        let online = window_event_listener_untyped("online", move |_| proxy.check());
        let offline = window_event_listener_untyped("offline", move |_| proxy.check());
        on_cleanup(move || {
            online.remove();
            offline.remove();
        });
        proxy
    }

    /// Asks the proxy.
    pub(crate) fn check(self) {
        spawn_local(async move {
            let status = match proxy_client::config().await {
                Ok(config) => ProxyStatus::Up(config),
                Err(error) => ProxyStatus::Down(error),
            };
            if self.status.get_untracked() != status {
                self.status.set(status);
            }
        });
    }

    /// Whether a model can be asked.
    pub(crate) fn is_configured(self) -> bool {
        self.status.with(|status| {
            matches!(status, ProxyStatus::Up(config) if config.model_configured && !config.models.is_empty())
        })
    }

    /// The model that would be asked. Without a proxy its name is a placeholder, so that the rest
    /// of the request can be read all the same.
    pub(crate) fn model(self) -> ModelInfo {
        let chosen = self.chosen.get();
        let models = self.status.with(|status| match status {
            ProxyStatus::Up(config) => config.models.clone(),
            ProxyStatus::Checking | ProxyStatus::Down(_) => Vec::new(),
        });
        let of_choice = models
            .iter()
            .find(|model| Some(&model.id) == chosen.as_ref());
        of_choice
            .or(models.first())
            .cloned()
            .unwrap_or_else(|| ModelInfo {
                id: "not-chosen".to_owned(),
                effort: false,
            })
    }
}
