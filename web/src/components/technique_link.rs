//! A technique's identifier as a link to its page at MITRE, and what has become of it since.

use std::sync::Arc;

use leptos::prelude::*;
use triage_core::attack::{Standing, TechniqueId};

use crate::engine::Attack;

/// The link.
#[component]
pub(crate) fn TechniqueLink(
    id: TechniqueId,
    /// Its name in the document, where something leads to it.
    #[prop(optional, into)]
    anchor: Option<String>,
    #[prop(default = "technique-id")] test_id: &'static str,
) -> impl IntoView {
    view! {
        <a class="technique-id" id=anchor data-testid=test_id href=id.url() target="_blank" rel="noopener noreferrer">
            {id.to_string()}
            <NewTab/>
        </a>
    }
}

/// What a link that leaves the page says to those who do not see it.
#[component]
pub(crate) fn NewTab() -> impl IntoView {
    view! { <span class="sr-only">" (opens attack.mitre.org in a new tab)"</span> }
}

/// A stored identifier: the link, and what the loaded ATT&CK version says of it where it is not
/// one of its own.
#[component]
pub(crate) fn StoredTechnique(
    id: TechniqueId,
    #[prop(into)] attack: Signal<Option<Arc<Attack>>>,
) -> impl IntoView {
    let standing = move || {
        attack.with(|attack| {
            let attack = attack.as_ref()?;
            let version = &attack.version;
            match attack.vocabulary.standing(id) {
                Standing::Active => None,
                Standing::Moved(heir) => Some(
                    view! {
                        <span class="standing" data-testid="standing">
                            ", now " <TechniqueLink id=heir test_id="heir"/>
                        </span>
                    }
                    .into_any(),
                ),
                Standing::Deprecated => Some(told(format!(", given up by ATT&CK {version}"))),
                Standing::Unknown => Some(told(format!(", unknown to ATT&CK {version}"))),
            }
        })
    };
    view! { <span><TechniqueLink id/>{standing}</span> }
}

fn told(text: String) -> AnyView {
    view! { <span class="standing" data-testid="standing">{text}</span> }.into_any()
}
