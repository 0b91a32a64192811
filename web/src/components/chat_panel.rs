//! Further questions about a triage, and the answers.

use leptos::prelude::*;
use triage_core::chat::{ChatTurn, MAX_QUESTION_BYTES};
use triage_core::price::spent;

use super::notice::Failure;
use crate::chat::Chatting;

/// What the analyst did.
#[derive(Clone, Debug)]
pub(crate) enum ChatEvent {
    /// Typed a question.
    Typed(String),
    /// Asks it.
    Ask,
    /// Stops the answer.
    Stop,
}

/// The conversation so far and the next question.
#[component]
pub(crate) fn ChatPanel(
    #[prop(into)] turns: Signal<Vec<ChatTurn>>,
    #[prop(into)] status: Signal<Chatting>,
    #[prop(into)] question: Signal<String>,
    /// The answer as it comes.
    #[prop(into)]
    stream: Signal<String>,
    /// Whether there is a model to ask.
    #[prop(into)]
    can_ask: Signal<bool>,
    #[prop(into)] on_event: Callback<ChatEvent>,
) -> impl IntoView {
    let is_running = Memo::new(move |_| matches!(status.get(), Chatting::Running));
    view! {
        <section class="chat" aria-labelledby="chat-title" data-testid="chat">
            <h3 id="chat-title">"Ask further"</h3>
            <Turns turns/>
            {move || is_running.get().then(|| view! {
                <p class="stream-phase"><span class="pulse" aria-hidden="true"></span>"The model is answering…"</p>
                <pre class="code tall" tabindex="0" role="group" aria-label="Answer as it comes" data-testid="chat-stream">{move || stream.get()}</pre>
            })}
            <label class="field-label" for="chat-question">"Question"</label>
            <textarea
                id="chat-question"
                data-testid="chat-question"
                rows="2"
                maxlength=MAX_QUESTION_BYTES
                placeholder="What would settle it? Which log should I look at first?"
                prop:value=move || question.get()
                prop:readOnly=move || is_running.get()
                on:input:target=move |event| on_event.run(ChatEvent::Typed(event.target().value()))
                on:keydown=move |event| {
                    if event.key() == "Enter" && (event.ctrl_key() || event.meta_key()) {
                        event.prevent_default();
                        on_event.run(ChatEvent::Ask);
                    }
                }
            ></textarea>
            <div class="toolbar">
                <p class="muted small">"It is redacted like the alert; names keep their pseudonyms."</p>
                <span class="spring"></span>
                {move || if is_running.get() {
                    view! { <button type="button" class="button" data-testid="chat-stop" on:click=move |_| on_event.run(ChatEvent::Stop)>"Stop"</button> }.into_any()
                } else {
                    view! {
                        <button
                            type="button"
                            class="button"
                            data-testid="chat-ask"
                            disabled=move || !can_ask.get() || question.with(|question| question.trim().is_empty())
                            on:click=move |_| on_event.run(ChatEvent::Ask)
                        >
                            "Ask"
                        </button>
                    }
                    .into_any()
                }}
            </div>
            {move || match status.get() {
                Chatting::Failed(error) => view! {
                    <Failure error retry_label="Ask again" test_id="chat-retry" on_retry=move |()| on_event.run(ChatEvent::Ask)/>
                }
                .into_any(),
                Chatting::Idle | Chatting::Running => ().into_any(),
            }}
        </section>
    }
}

/// Questions and answers, oldest first, with what they took.
#[component]
pub(crate) fn Turns(#[prop(into)] turns: Signal<Vec<ChatTurn>>) -> impl IntoView {
    let items = move || {
        let turns = turns.get();
        let items = turns.into_iter().map(|turn| {
            let (input, output) = (turn.usage.total_input(), turn.usage.output_tokens);
            let price = spent(&turn.model, &turn.usage)
                .map(|usd| format!(", about {}", super::outgoing::dollars(usd)));
            view! {
                <li>
                    <p class="asked">{turn.question}</p>
                    <p class="prose answered">{turn.answer}</p>
                    <p class="muted small">{turn.model}", "{input}" tokens in, "{output}" out"{price}</p>
                </li>
            }
        });
        items.collect_view()
    };
    view! { <ol class="turns" data-testid="turns">{items}</ol> }
}
