//! The triage page: alert, techniques and what leaves, verdict and judgement.

mod findings;

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use triage_core::alert::AlertFormat;
use triage_core::protocol::ErrorCode;
use triage_core::wire::ServerConfig;

use self::findings::{FindingsZone, remedy};
use crate::browser;
use crate::chat::Chat;
use crate::components::alert_box::{AlertBox, AlertEvent};
use crate::components::chat_panel::{ChatEvent, ChatPanel};
use crate::components::courier_panel::{CourierEvent, CourierPanel};
use crate::components::loading::size;
use crate::components::notice::{Failure, Notice, Tone};
use crate::components::painted_alert::{PaintedAlert, PaintedEvent};
use crate::components::techniques::anchor;
use crate::components::verdict_card::VerdictCard;
use crate::courier::Courier;
use crate::engine::Engine;
use crate::judging::Judging;
use crate::painting::Painting;
use crate::proxy::{Proxy, ProxyStatus};
use crate::session::{Asking, Found, Phase, Search, Session, found};

/// How long after the last key the draft is kept for a reload.
const KEEP_AFTER: Duration = Duration::from_millis(400);

/// Three zones, left to right in the order of work.
#[component]
pub(crate) fn TriagePage() -> impl IntoView {
    let session = expect_context::<Session>();
    let (has_findings, has_verdict) = (browser::turn(1), browser::turn(2));
    // The painted alert takes over from the text box, which then needs less room.
    let is_searched = Memo::new(move |_| session.search.with(|search| found(search).is_some()));
    view! {
        <div class="zones">
            <section class="zone" class:searched=move || is_searched.get() aria-labelledby="zone-alert">
                <h2 id="zone-alert">"Alert"</h2>
                <AlertZone/>
            </section>
            <section class="zone" aria-labelledby="zone-findings">
                <h2 id="zone-findings">"Found in this browser"</h2>
                {move || has_findings.get().then(|| view! { <FindingsZone/> })}
            </section>
            <section class="zone" aria-labelledby="zone-verdict">
                <h2 id="zone-verdict">"Verdict"</h2>
                {move || has_verdict.get().then(|| view! { <VerdictZone/> })}
            </section>
        </div>
    }
}

#[component]
fn AlertZone() -> impl IntoView {
    let session = expect_context::<Session>();
    let keep = StoredValue::new_local(None::<TimeoutHandle>);
    let keep_soon = move || {
        let later = set_timeout_with_handle(move || session.keep_draft(), KEEP_AFTER).ok();
        keep.update_value(|waiting| {
            if let Some(earlier) = std::mem::replace(waiting, later) {
                earlier.clear();
            }
        });
    };
    let leaving = window_event_listener_untyped("pagehide", move |_| session.keep_draft());
    on_cleanup(move || leaving.remove());
    let on_event = move |event| match event {
        AlertEvent::Typed(text) => {
            session.type_text(text);
            keep_soon();
        }
        AlertEvent::Replaced(text, file) => session.replace_text(text, file),
        AlertEvent::TopK(top_k) => session.top_k.set(top_k),
        AlertEvent::Find => session.find(),
    };
    let is_busy = Signal::derive(move || {
        matches!(session.search.get(), Search::Running)
            || matches!(session.asking.get(), Asking::Running(_))
    });
    view! {
        <AlertBox draft=session.draft replaced=session.replaced top_k=session.top_k is_busy on_event/>
        {move || session.search.with(found).map(|found| view! {
            <ReadAs format=found.prepared.retrieval.format/>
            <AsSearched found/>
        })}
    }
}

/// The format that the alert was read as, and the choice of another.
#[component]
fn ReadAs(format: AlertFormat) -> impl IntoView {
    let session = expect_context::<Session>();
    let detected = session.format.get_untracked().is_none();
    let name = |format: AlertFormat| {
        let name = serde_json::to_value(format).unwrap_or_default();
        name.as_str().unwrap_or_default().to_owned()
    };
    let options = AlertFormat::ALL.map(|choice| {
        let is_chosen = !detected && choice == format;
        view! { <option value=name(choice) selected=is_chosen>{choice.name()}</option> }
    });
    let choose = move |value: String| {
        let format = serde_json::from_value(value.into()).ok();
        session.format.set(format);
        session.find();
    };
    view! {
        <div class="toolbar read-as">
            <label class="inline-label" for="read-as">"Read as"</label>
            <select
                id="read-as"
                data-testid="read-as"
                data-format=name(format)
                on:change:target=move |event| choose(event.target().value())
            >
                <option value="" selected=detected>
                    {if detected { format!("{} (as it looks)", format.name()) } else { "As it looks".to_owned() }}
                </option>
                {options.collect_view()}
            </select>
        </div>
    }
}

/// The alert that was searched, with the words marked that speak for what was found.
#[component]
fn AsSearched(found: Arc<Found>) -> impl IntoView {
    let session = expect_context::<Session>();
    // The techniques come first.
    let is_painted = browser::turn(1);
    let on_event = move |event| match event {
        PaintedEvent::Point(pointing) => session.spotlight.follow(pointing),
        PaintedEvent::Open(technique) => browser::focus(&anchor(technique)),
    };
    let has_techniques = !found.prepared.retrieval.techniques.is_empty();
    has_techniques.then(|| view! {
        <h3>"What speaks for the techniques"</h3>
        {move || is_painted.get().then(|| {
            let painting = Painting::new(&found.text, &found.prepared.retrieval.techniques);
            view! { <PaintedAlert painting=Arc::new(painting) lit=session.spotlight.lit on_event/> }
        })}
    })
}

#[component]
fn VerdictZone() -> impl IntoView {
    let session = expect_context::<Session>();
    // The phase changes often; the parts below must not be built anew each time.
    let state = Memo::new(move |_| match session.asking.get() {
        Asking::Idle => State::Idle,
        Asking::Running(_) => State::Running,
        Asking::Done(_) => State::Done,
        Asking::Failed(_) => State::Failed,
    });
    view! {
        <Ask/>
        {move || match state.get() {
            State::Idle => view! {
                <p class="empty">"A verdict appears here after you have read what will leave and pressed Triage. It advises; you decide."</p>
            }
            .into_any(),
            State::Running => view! { <Stream/> }.into_any(),
            State::Done | State::Failed => view! { <Answer/> }.into_any(),
        }}
        <Carry/>
    }
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Idle,
    Running,
    Done,
    Failed,
}

/// The model, the button, and what stands in the way.
#[component]
fn Ask() -> impl IntoView {
    let session = expect_context::<Session>();
    let proxy = expect_context::<Proxy>();
    let is_running = Memo::new(move |_| matches!(session.asking.get(), Asking::Running(_)));
    view! {
        {move || proxy.status.with(|status| obstacle(status, proxy))}
        <div class="toolbar ask">
            {move || models(&proxy.status.get(), proxy)}
            <span class="spring"></span>
            {move || if is_running.get() {
                view! {
                    <button type="button" class="button" data-testid="stop" on:click=move |_| session.stop()>"Stop"</button>
                }
                .into_any()
            } else {
                view! {
                    <button
                        type="button"
                        class="button primary"
                        data-testid="triage"
                        disabled=move || !session.can_triage()
                        on:click=move |_| session.triage()
                    >
                        "Triage"
                    </button>
                }
                .into_any()
            }}
        </div>
        {move || {
            let size = session.outgoing.with(|outgoing| match outgoing {
                Some(Ok(outgoing)) => Some(bytes(outgoing)),
                _ => None,
            });
            (!is_running.get()).then_some(size).flatten().map(|size| view! {
                <p class="muted small sends">
                    {format!("Triage sends {size}. ")}
                    <button type="button" class="link" data-testid="show-outgoing" on:click=move |_| browser::focus("outgoing-title")>
                        "Read it first"
                    </button>
                </p>
            })
        }}
    }
}

fn bytes(outgoing: &crate::session::Outgoing) -> String {
    size(u64::try_from(outgoing.body.len()).unwrap_or(u64::MAX))
}

#[component]
fn Stream() -> impl IntoView {
    let session = expect_context::<Session>();
    let phase = move || match session.asking.get() {
        Asking::Running(Phase::Sent) => "Sent. Waiting for the first words…",
        Asking::Running(Phase::Thinking) => "The model is thinking…",
        Asking::Running(Phase::Writing) => "The model is writing…",
        Asking::Running(Phase::Comparing) => {
            "The alert holds text that may steer the model. Asking once more without it…"
        }
        Asking::Running(Phase::Repairing) => {
            "The first answer was not of the agreed form. Asking once more…"
        }
        Asking::Idle | Asking::Done(_) | Asking::Failed(_) => "",
    };
    view! {
        <div class="stream">
            <p class="stream-phase" data-testid="stream-phase">
                <span class="pulse" aria-hidden="true"></span>
                {phase}
            </p>
            <pre class="code tall" tabindex="0" role="group" aria-label="Answer as it comes, not checked yet" data-testid="stream">
                {move || session.stream.get()}
            </pre>
            <p class="muted small">
                "This is not a verdict until it is complete and checked."
            </p>
        </div>
    }
}

#[component]
fn Answer() -> impl IntoView {
    let session = expect_context::<Session>();
    let proxy = expect_context::<Proxy>();
    let attack = expect_context::<Engine>().attack;
    move || match session.asking.get() {
        Asking::Done(verdict) => {
            let alert_text = session
                .search
                .with_untracked(found)
                .map(|found| found.text.to_string());
            view! {
                <VerdictCard verdict=(*verdict).clone() attack on_confirm=move |()| session.confirm()/>
                <Judging verdict=(*verdict).clone() alert_text=alert_text.unwrap_or_default()/>
                <Questions/>
            }
            .into_any()
        }
        // What stands in the way is already said above the button.
        Asking::Failed(error)
            if matches!(error.code, ErrorCode::ProxyUnreachable | ErrorCode::NoModel)
                && !proxy.is_configured() =>
        {
            view! { <p class="muted">"Nothing came back. Triage again when this is solved."</p> }
                .into_any()
        }
        Asking::Failed(error) => view! {
            {(error.code == ErrorCode::Refused).then(|| view! { <OtherModels/> })}
            <Failure error retry_label="Triage again" on_retry=move |()| session.triage()/>
            <Unfinished/>
        }
        .into_any(),
        Asking::Idle | Asking::Running(_) => ().into_any(),
    }
}

/// After a refusal: the other models that may be asked, each once at the analyst's wish.
#[component]
fn OtherModels() -> impl IntoView {
    let session = expect_context::<Session>();
    let proxy = expect_context::<Proxy>();
    let asked = proxy.model().id;
    let models = proxy.status.with_untracked(|status| match status {
        ProxyStatus::Up(config) => config.models.clone(),
        ProxyStatus::Checking | ProxyStatus::Down(_) => Vec::new(),
    });
    let others = models.into_iter().filter(|model| model.id != asked);
    let buttons = others.map(|model| {
        let (id, name) = (model.id.clone(), model.id);
        let ask = move |_| {
            proxy.chosen.set(Some(id.clone()));
            session.triage();
        };
        view! { <button type="button" class="button" data-testid="other-model" on:click=ask>{format!("Ask {name}")}</button> }
    });
    let buttons: Vec<_> = buttons.collect();
    (!buttons.is_empty()).then(|| {
        view! {
            <div class="toolbar">{buttons}</div>
        }
    })
}

/// Further questions about the verdict that is shown.
#[component]
fn Questions() -> impl IntoView {
    let chat = expect_context::<Chat>();
    let proxy = expect_context::<Proxy>();
    let on_event = move |event| match event {
        ChatEvent::Typed(text) => chat.question.set(text),
        ChatEvent::Ask => chat.ask(),
        ChatEvent::Stop => chat.stop(),
    };
    let can_ask = Signal::derive(move || proxy.is_configured());
    view! {
        <ChatPanel turns=chat.turns status=chat.status question=chat.question stream=chat.stream can_ask on_event/>
    }
}

/// The prompt and the answer by hand.
#[component]
fn Carry() -> impl IntoView {
    let courier = expect_context::<Courier>();
    let on_event = move |event| match event {
        CourierEvent::Opened(is_open) => courier.is_open.set(is_open),
        CourierEvent::Carried => courier.carried(),
        CourierEvent::Answer { text, model } => courier.take(text, &model),
    };
    let is_second = Signal::derive(move || courier.next_prompt.with(Option::is_some));
    view! { <CourierPanel prompt=courier.prompt is_second fault=courier.fault on_event/> }
}

/// What had arrived of an answer that is none.
#[component]
fn Unfinished() -> impl IntoView {
    let session = expect_context::<Session>();
    let text = session.stream.get_untracked();
    (!text.is_empty()).then(|| view! {
        <details>
            <summary>"What had arrived (not a verdict)"</summary>
            <pre class="code tall" tabindex="0" role="group" aria-label="Incomplete answer" data-testid="stream">{text}</pre>
        </details>
    })
}

fn models(status: &ProxyStatus, proxy: Proxy) -> impl IntoView + use<> {
    let ProxyStatus::Up(ServerConfig {
        models,
        model_configured: true,
        ..
    }) = status
    else {
        return None;
    };
    let options = models.iter().map(|model| {
        let (id, name) = (model.id.clone(), model.id.clone());
        view! { <option value=model.id.clone() selected=move || proxy.model().id == id>{name}</option> }
    });
    Some(view! {
        <label class="inline-label" for="model">"Model"</label>
        <select
            id="model"
            data-testid="model"
            on:change:target=move |event| proxy.chosen.set(Some(event.target().value()))
        >
            {options.collect_view()}
        </select>
    })
}

fn obstacle(status: &ProxyStatus, proxy: Proxy) -> AnyView {
    let check = move || {
        view! {
            <button type="button" class="button" data-testid="check-proxy" on:click=move |_| proxy.check()>"Check again"</button>
        }
    };
    match status {
        ProxyStatus::Checking => ().into_any(),
        ProxyStatus::Up(config) if config.model_configured => ().into_any(),
        ProxyStatus::Up(_) => view! {
            <Notice
                code="no_model"
                tone=Tone::Warning
                title="No model is configured"
                text="Finding techniques, history and accuracy work without one. For verdicts, set ANTHROPIC_API_KEY, or point ANTHROPIC_BASE_URL at a local server, and restart the proxy."
            >
                {check()}
            </Notice>
        }
        .into_any(),
        ProxyStatus::Down(error) => view! {
            <Notice
                code="proxy_unreachable"
                tone=Tone::Warning
                title="The proxy does not answer"
                text=format!("{} Finding techniques, history and accuracy work without it.", remedy(&error.message))
            >
                {check()}
            </Notice>
        }
        .into_any(),
    }
}
