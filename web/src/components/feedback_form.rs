//! What the analyst says about a verdict: thumb, right verdict, right techniques, notes.

use std::sync::Arc;

use leptos::prelude::*;
use triage_core::attack::{Standing, TechniqueId};
use triage_core::verdict::VerdictKind;

use super::notice::{Notice, Tone, sentence};
use crate::engine::Attack;

/// A judgement, ready to be recorded.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Judgement {
    /// The verdict that is right.
    pub(crate) verdict: VerdictKind,
    /// Whether the model's was.
    pub(crate) is_correct: bool,
    /// Techniques that are right; empty where the model's stand.
    pub(crate) techniques: Vec<TechniqueId>,
    /// The analyst's words.
    pub(crate) notes: String,
}

/// How the saving went.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Saving {
    /// Nothing was saved yet.
    Idle,
    /// It is being saved.
    Running,
    /// It is saved; how often so far.
    Saved(u32),
    /// It failed, and why.
    Failed(String),
}

/// What is wrong with a judgement: its code and its words.
type Fault = (&'static str, String);

/// The form. Every save adds a judgement; the newest counts.
#[component]
pub(crate) fn FeedbackForm(
    /// What the model said.
    agent: VerdictKind,
    /// The loaded ATT&CK version, against which techniques are checked once it is there.
    #[prop(into)]
    attack: Signal<Option<Arc<Attack>>>,
    #[prop(into)] saving: Signal<Saving>,
    #[prop(into)] on_save: Callback<Judgement>,
) -> impl IntoView {
    let thumb = RwSignal::new(None::<bool>);
    let right_verdict = RwSignal::new(agent);
    let techniques = RwSignal::new(String::new());
    let notes = RwSignal::new(String::new());
    let fault = RwSignal::new(None::<Fault>);
    let judge = move || -> Result<Judgement, Fault> {
        let is_correct = thumb.get().ok_or((
            "no_judgement",
            "say whether the verdict is right: thumbs up or thumbs down".to_owned(),
        ))?;
        let verdict = if is_correct {
            agent
        } else {
            right_verdict.get()
        };
        if !is_correct && verdict == agent {
            let text =
                "choose the verdict that would have been right; INCONCLUSIVE if nobody can say";
            return Err(("no_corrected_verdict", text.to_owned()));
        }
        let techniques = parse_techniques(&techniques.get(), attack.get().as_deref())?;
        Ok(Judgement {
            verdict,
            is_correct,
            techniques,
            notes: notes.get().trim().to_owned(),
        })
    };
    let save = move || match untrack(judge) {
        Ok(judgement) => {
            fault.set(None);
            on_save.run(judgement);
        }
        Err(found) => fault.set(Some(found)),
    };
    view! {
        <form
            class="feedback"
            aria-labelledby="feedback-title"
            on:submit=move |event| {
                event.prevent_default();
                save();
            }
        >
            <h3 id="feedback-title">"Your judgement"</h3>
            <RightVerdict agent thumb right_verdict/>
            <div class="field">
                <label for="corrected-techniques">"The right techniques, if others"</label>
                <input
                    id="corrected-techniques"
                    data-testid="corrected-techniques"
                    type="text"
                    autocomplete="off"
                    spellcheck="false"
                    placeholder="T1059.001, T1105"
                    prop:value=move || techniques.get()
                    on:input:target=move |event| techniques.set(event.target().value())
                />
            </div>
            <div class="field">
                <label for="notes">"Notes"</label>
                <textarea
                    id="notes"
                    data-testid="notes"
                    rows="3"
                    prop:value=move || notes.get()
                    on:input:target=move |event| notes.set(event.target().value())
                ></textarea>
            </div>
            {move || fault.get().map(|(code, text)| view! {
                <Notice code tone=Tone::Error title="Not saved yet" text=sentence(&text)/>
            })}
            {move || match saving.get() {
                Saving::Failed(text) => Some(view! {
                    <Notice code="storage" tone=Tone::Error title="The judgement could not be saved" text=sentence(&text)/>
                }),
                Saving::Idle | Saving::Running | Saving::Saved(_) => None,
            }}
            <div class="toolbar">
                <button type="submit" class="button primary" data-testid="save-feedback" disabled=move || saving.get() == Saving::Running>
                    "Save judgement"
                </button>
                <p class="saved" role="status">
                    {move || match saving.get() {
                        Saving::Saved(count) => Some(view! {
                            <span data-testid="saved">{if count > 1 { format!("Saved ({count} judgements; the newest counts)") } else { "Saved".to_owned() }}</span>
                        }),
                        Saving::Idle | Saving::Running | Saving::Failed(_) => None,
                    }}
                </p>
            </div>
        </form>
    }
}

/// The thumbs and the verdict move together: another verdict means that the model's was wrong.
#[component]
fn RightVerdict(
    agent: VerdictKind,
    thumb: RwSignal<Option<bool>>,
    right_verdict: RwSignal<VerdictKind>,
) -> impl IntoView {
    view! {
        <div class="thumbs" role="group" aria-label="Is the verdict right?">
            <button
                type="button"
                class="button thumb"
                data-testid="thumb-up"
                aria-pressed=move || pressed(thumb.get() == Some(true))
                on:click=move |_| {
                    thumb.set(Some(true));
                    right_verdict.set(agent);
                }
            >
                <Thumb/>
                "Right"
            </button>
            <button
                type="button"
                class="button thumb"
                data-testid="thumb-down"
                aria-pressed=move || pressed(thumb.get() == Some(false))
                on:click=move |_| thumb.set(Some(false))
            >
                <Thumb is_down=true/>
                "Wrong"
            </button>
        </div>
        <div class="field">
            <label for="corrected-verdict">"The right verdict"</label>
            <select
                id="corrected-verdict"
                data-testid="corrected-verdict"
                prop:value=move || right_verdict.get().name()
                on:change:target=move |event| {
                    let name = event.target().value();
                    if let Some(kind) = VerdictKind::ALL.into_iter().find(|kind| kind.name() == name) {
                        right_verdict.set(kind);
                        thumb.set(Some(kind == agent));
                    }
                }
            >
                {VerdictKind::ALL
                    .map(|kind| view! { <option value=kind.name() selected=kind == agent>{kind.name()}</option> })
                    .collect_view()}
            </select>
        </div>
    }
}

#[component]
fn Thumb(#[prop(optional)] is_down: bool) -> impl IntoView {
    let turn = if is_down { "rotate(180 8 8)" } else { "" };
    view! {
        <svg viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
            <path
                transform=turn
                fill="currentColor"
                d="M1 7h3v8H1zM5 7.2L8.2 1c1.2 0 1.9.9 1.7 2L9.400 5.600H14c.9 0 1.500.8 1.300 1.700l-1.300 6.200c-.2.9-.9 1.500-1.800 1.500H5z"
            />
        </svg>
    }
}

fn pressed(is_pressed: bool) -> &'static str {
    if is_pressed { "true" } else { "false" }
}

/// The techniques named in `text`, each one of the loaded version where there is one.
fn parse_techniques(text: &str, attack: Option<&Attack>) -> Result<Vec<TechniqueId>, Fault> {
    let mut ids = Vec::new();
    for word in text
        .split([',', ';', ' ', '\n', '\t'])
        .filter(|word| !word.is_empty())
    {
        let id: TechniqueId = word.parse().map_err(|_| {
            let word: String = word.chars().take(40).collect();
            let fault = format!(
                "{word} is not a technique; write ids such as T1059.001, separated by commas"
            );
            ("bad_technique", fault)
        })?;
        if let Some(fault) = attack.and_then(|attack| fault(id, attack)) {
            return Err(fault);
        }
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    Ok(ids)
}

/// Why the loaded version does not take an identifier.
fn fault(id: TechniqueId, attack: &Attack) -> Option<Fault> {
    let version = &attack.version;
    match attack.vocabulary.standing(id) {
        Standing::Active => None,
        Standing::Moved(heir) => Some((
            "technique_moved",
            format!(
                "{id} goes by {heir} in ATT&CK {version}, the version that is loaded; write {heir} in its place"
            ),
        )),
        Standing::Deprecated => Some((
            "technique_deprecated",
            format!(
                "{id} was given up by ATT&CK and nothing took its place; name another technique of ATT&CK {version}, or leave it out"
            ),
        )),
        Standing::Unknown => Some((
            "technique_unknown",
            format!(
                "{id} is not a technique of ATT&CK {version}, the version that is loaded; look for a slip of the pen"
            ),
        )),
    }
}
