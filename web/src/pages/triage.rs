//! The triage page: alert, techniques and what leaves, verdict and judgement.

use std::sync::Arc;
use std::time::Duration;

use leptos::prelude::*;
use triage_core::alert::Note;
use triage_core::protocol::ErrorCode;
use triage_core::wire::{ServerConfig, UpstreamKind};

use crate::benchmark::Benchmark;
use crate::browser;
use crate::components::alert_box::{AlertBox, AlertEvent};
use crate::components::attack_evidence::NearestPassages;
use crate::components::loading::{Loading, size};
use crate::components::notice::{Failure, Notice, Tone, sentence};
use crate::components::observables::{Layers, Observables};
use crate::components::outgoing::Outgoing;
use crate::components::painted_alert::{PLACE, PaintedAlert, PaintedEvent};
use crate::components::techniques::{Beside, CardEvent, SHARE, Techniques, anchor};
use crate::components::verdict_card::VerdictCard;
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
        {move || session.search.with(found).map(|found| view! { <AsSearched found/> })}
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
fn FindingsZone() -> impl IntoView {
    let session = expect_context::<Session>();
    let engine = expect_context::<Engine>();
    let on_cancel = move |()| engine.cancel_load();
    let on_retry = move |()| engine.retry();
    view! {
        <Loading status=engine.status on_cancel on_retry/>
        {move || results(session.search.get())}
    }
}

fn results(search: Search) -> AnyView {
    match search {
        Search::Idle => view! {
            <p class="empty">"Techniques, observables and decoded commands appear here. The search runs in this browser and sends nothing."</p>
        }
        .into_any(),
        Search::Waiting => view! {
            <Notice
                code="waiting_for_engine"
                tone=Tone::Info
                title="The search begins by itself"
                text="It needs the model and the index, which are still being loaded. You can go on typing."
            />
        }
        .into_any(),
        Search::Running => view! { <Searching/> }.into_any(),
        Search::Failed(error) => {
            let session = expect_context::<Session>();
            view! { <Failure error retry_label="Find techniques" on_retry=move |()| session.find()/> }.into_any()
        }
        Search::Found(found) => view! { <Findings found/> }.into_any(),
    }
}

/// The worker does one thing after the other; a benchmark can take minutes.
#[component]
fn Searching() -> impl IntoView {
    let benchmark = expect_context::<Benchmark>();
    let is_behind = Memo::new(move |_| benchmark.is_running());
    move || {
        if !is_behind.get() {
            return view! { <p class="empty" role="status">"Searching…"</p> }.into_any();
        }
        view! {
            <Notice
                code="benchmark_running"
                tone=Tone::Info
                title="A benchmark is running"
                text="The search begins by itself when it is done."
            >
                <button type="button" class="button" on:click=move |_| benchmark.cancel()>"Stop the benchmark"</button>
            </Notice>
        }
        .into_any()
    }
}

#[component]
fn Findings(found: Arc<Found>) -> impl IntoView {
    let session = expect_context::<Session>();
    let retrieval = found.prepared.retrieval.clone();
    let is_leaving = browser::turn(2);
    let on_retry = move |()| session.insight.look_up();
    let leaving = Arc::clone(&found);
    view! {
        {move || session.is_stale().then(|| view! {
            <Notice
                code="alert_changed"
                tone=Tone::Info
                title="The alert has changed"
                text="What is shown belongs to the earlier text."
            >
                <button type="button" class="button" on:click=move |_| session.find()>"Find techniques again"</button>
            </Notice>
        })}
        <Ranking found/>
        <NearestPassages evidence=session.insight.evidence on_retry/>
        <Layers layers=retrieval.layers/>
        <Observables observables=retrieval.observables/>
        <div class="leaves">
            <h2 id="outgoing-title" tabindex="-1">"What will leave this browser"</h2>
            {move || is_leaving.get().then(|| view! { <Leaving found=Arc::clone(&leaving)/> })}
        </div>
    }
}

/// The techniques, and how much there was to go on.
#[component]
fn Ranking(found: Arc<Found>) -> impl IntoView {
    let session = expect_context::<Session>();
    let engine = expect_context::<Engine>();
    let retrieval = &found.prepared.retrieval;
    let techniques = retrieval.techniques.clone();
    let (low, none) = (Note::LowEvidence.message(), Note::NoUsableText.message());
    let is_weak = retrieval.notes.contains(&low);
    let is_empty = techniques.is_empty();
    let notes = retrieval.notes.iter();
    let others = notes.filter(|note| **note != low && **note != none);
    let others = others.map(|note| view! { <li>{sentence(note)}</li> });
    let others = others.collect_view();
    let version = found.prepared.attack_version.clone();
    let count = move || {
        let attack = engine.attack.get();
        attack.map(|attack| format!(", {} techniques", attack.vocabulary.active.len()))
    };
    let beside = Beside {
        lit: session.spotlight.lit.into(),
        evidence: session.insight.evidence.into(),
        explanations: session.insight.explanations.into(),
    };
    let on_event = move |event| match event {
        CardEvent::Point(pointing) => session.spotlight.follow(pointing),
        CardEvent::Explain(technique) => session.insight.explain(technique),
        CardEvent::Show => browser::show(PLACE),
        CardEvent::Retry => session.insight.look_up(),
    };
    view! {
        <ul class="notes">{others}</ul>
        <div class="ranking-head">
            <h3>"Techniques"</h3>
            <span class="version" data-testid="ranking-attack">"ATT&CK " {version} {count}</span>
        </div>
        {is_weak.then(|| view! {
            <Notice code="low_evidence" tone=Tone::Warning title="There is little to go on" text=remedy(&low)/>
        })}
        {if is_empty {
            view! {
                <Notice
                    code="nothing_to_go_on"
                    tone=Tone::Warning
                    title="No technique is shown"
                    text=format!("{} Paste more of the alert: the command, the process, the event's own words.", sentence(&none))
                />
            }
            .into_any()
        } else {
            view! {
                <p class="muted small">{SHARE}"."</p>
                <Techniques techniques is_weak beside on_event/>
            }
            .into_any()
        }}
    }
}

#[component]
fn Leaving(found: Arc<Found>) -> impl IntoView {
    let session = expect_context::<Session>();
    let proxy = expect_context::<Proxy>();
    let destination = Memo::new(move |_| proxy.status.with(destination));
    move || {
        let prompt = found.prepared.prompt.clone();
        let pseudonyms = found.prepared.pseudonyms.clone();
        session.outgoing.get().map(|outgoing| match outgoing {
            Ok(body) => {
                view! { <Outgoing body prompt pseudonyms destination=destination.get()/> }.into_any()
            }
            Err(error) => {
                view! { <Failure error retry_label="Find techniques again" on_retry=move |()| session.find()/> }
                    .into_any()
            }
        })
    }
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
                <VerdictCard verdict=(*verdict).clone() attack/>
                <Judging verdict=(*verdict).clone() alert_text=alert_text.unwrap_or_default()/>
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
            <Failure error retry_label="Triage again" on_retry=move |()| session.triage()/>
            <Unfinished/>
        }
        .into_any(),
        Asking::Idle | Asking::Running(_) => ().into_any(),
    }
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

/// What follows what the title says already.
fn remedy(text: &str) -> String {
    let rest = text.split_once("; ").or_else(|| text.split_once(": "));
    sentence(rest.map_or(text, |(_, rest)| rest))
}

fn destination(status: &ProxyStatus) -> String {
    match status {
        ProxyStatus::Up(config) if !config.model_configured => "nowhere: no model is configured",
        ProxyStatus::Up(config) => match config.upstream {
            UpstreamKind::Anthropic => "Anthropic, through the proxy, which adds the key",
            UpstreamKind::Local => "a model server on the proxy's own machine",
        },
        ProxyStatus::Checking | ProxyStatus::Down(_) => "nowhere: the proxy does not answer",
    }
    .to_owned()
}
