//! The organisation's own rules of redaction, as lines of text.

use leptos::prelude::*;
use triage_core::redact::{OwnPattern, PatternKind, Rules};

use super::notice::{Notice, Tone, sentence};

/// The form; saving checks the rules first.
#[component]
pub(crate) fn RulesForm(
    #[prop(into)] rules: Signal<Rules>,
    /// Why the last saving failed.
    #[prop(into)]
    fault: Signal<Option<String>>,
    #[prop(into)] on_save: Callback<Rules>,
    #[prop(into)] on_fault: Callback<String>,
) -> impl IntoView {
    let own = RwSignal::new(String::new());
    let allow = RwSignal::new(String::new());
    let is_saved = RwSignal::new(false);
    Effect::new(move || {
        let rules = rules.get();
        own.set(lines_of(&rules.own));
        allow.set(rules.allow.join("\n"));
    });
    let save = move |_| {
        is_saved.set(false);
        match patterns(&own.get_untracked()) {
            Ok(own) => {
                let allow = allow.get_untracked();
                let allow = allow.lines().map(str::trim).filter(|line| !line.is_empty());
                on_save.run(Rules {
                    own,
                    allow: allow.map(str::to_owned).collect(),
                });
                is_saved.set(fault.get_untracked().is_none());
            }
            Err(error) => on_fault.run(error),
        }
    };
    view! {
        <label class="field-label" for="rules-own">"Always hide (one a line: a label, then the text, or a pattern between slashes)"</label>
        <textarea
            id="rules-own"
            data-testid="rules-own"
            rows="5"
            spellcheck="false"
            placeholder="PROJECT Falcon\nASSET /AC-[0-9]{6}/"
            prop:value=move || own.get()
            on:input:target=move |event| own.set(event.target().value())
        ></textarea>
        <label class="field-label" for="rules-allow">"Never hide (one value a line; * at an end stands for anything)"</label>
        <textarea
            id="rules-allow"
            data-testid="rules-allow"
            rows="4"
            spellcheck="false"
            placeholder="scanner01\n*.vendor.example"
            prop:value=move || allow.get()
            on:input:target=move |event| allow.set(event.target().value())
        ></textarea>
        <div class="toolbar">
            <button type="button" class="button" data-testid="rules-save" on:click=save>"Save"</button>
            {move || (is_saved.get() && fault.get().is_none()).then(|| view! { <span role="status" class="muted">"Saved. They hold from the next search on."</span> })}
        </div>
        {move || fault.get().map(|fault| view! {
            <Notice code="rules_rejected" tone=Tone::Error title="These rules cannot be used" text=sentence(&fault)/>
        })}
    }
}

fn lines_of(own: &[OwnPattern]) -> String {
    let lines = own.iter().map(|pattern| match pattern.kind {
        PatternKind::Literal => format!("{} {}", pattern.label, pattern.pattern),
        PatternKind::Regex => format!("{} /{}/", pattern.label, pattern.pattern),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn patterns(text: &str) -> Result<Vec<OwnPattern>, String> {
    let lines = text.lines().enumerate();
    let lines = lines.map(|(number, line)| (number + 1, line.trim()));
    lines
        .filter(|(_, line)| !line.is_empty())
        .map(|(number, line)| {
            let (label, rest) = line.split_once(char::is_whitespace).ok_or_else(|| {
                format!("line {number} has no text after its label; write a label, a space and what to hide")
            })?;
            let rest = rest.trim();
            let regex = rest
                .strip_prefix('/')
                .and_then(|rest| rest.strip_suffix('/'))
                .filter(|pattern| !pattern.is_empty());
            let (kind, pattern) = match regex {
                Some(pattern) => (PatternKind::Regex, pattern),
                None => (PatternKind::Literal, rest),
            };
            Ok(OwnPattern {
                label: label.to_owned(),
                pattern: pattern.to_owned(),
                kind,
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use wasm_bindgen_test::wasm_bindgen_test;

    use super::*;

    #[wasm_bindgen_test]
    fn lines_are_rules_and_rules_are_lines() {
        let text = "PROJECT Operation Falcon\nASSET /AC-[0-9]{6}/";
        let own = patterns(text).expect("rules");
        assert_eq!(own.len(), 2);
        assert_eq!(
            (own[0].kind, own[0].pattern.as_str()),
            (PatternKind::Literal, "Operation Falcon")
        );
        assert_eq!(
            (own[1].kind, own[1].pattern.as_str()),
            (PatternKind::Regex, "AC-[0-9]{6}")
        );
        assert_eq!(lines_of(&own), text);
        assert!(patterns("\nALONE").expect_err("no text").contains("line 2"));
    }
}
