//! What the analyst points at, with the mouse or the keyboard, and what lights up for it.

use leptos::prelude::*;
use triage_core::alert::Span;
use triage_core::attack::TechniqueId;

/// Something pointed at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Spot {
    /// A technique's card.
    Technique(TechniqueId),
    /// A marked word of the alert.
    Word {
        /// The word.
        text: String,
        /// Where it stands.
        span: Span,
        /// For which it speaks.
        techniques: Vec<TechniqueId>,
    },
    /// A part of the alert that an explanation names.
    Part {
        /// Its name.
        name: String,
        /// Where it stands, if anywhere.
        span: Option<Span>,
    },
}

/// How it is pointed at. Nothing means no longer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Pointing {
    /// With the mouse.
    Hover(Option<Spot>),
    /// With the keyboard.
    Focus(Option<Spot>),
}

/// Mouse or keyboard, whichever pointed last; when it points at nothing, the other shows again.
#[derive(Clone, Copy)]
pub(crate) struct Spotlight {
    /// What is lit.
    pub(crate) lit: Memo<Option<Spot>>,
    hovered: RwSignal<Option<Spot>>,
    focused: RwSignal<Option<Spot>>,
    is_focus_last: RwSignal<bool>,
}

impl Spot {
    /// Whether the card of this technique lights up.
    pub(crate) fn lights_card(&self, id: TechniqueId) -> bool {
        match self {
            Self::Technique(technique) => *technique == id,
            Self::Word { techniques, .. } => techniques.contains(&id),
            Self::Part { .. } => false,
        }
    }

    /// Whether a mark lights up that stands at `span` and speaks for `techniques`.
    pub(crate) fn lights_mark(&self, span: Span, techniques: &[TechniqueId]) -> bool {
        match self {
            Self::Technique(technique) => techniques.contains(technique),
            Self::Word { span: own, .. } => *own == span,
            Self::Part { .. } => false,
        }
    }

    /// The part of the alert that lights up.
    pub(crate) fn part(&self) -> Option<Span> {
        match self {
            Self::Part { span, .. } => *span,
            Self::Technique(_) | Self::Word { .. } => None,
        }
    }
}

impl Spotlight {
    /// Nothing is lit.
    pub(crate) fn new() -> Self {
        let (hovered, focused) = (RwSignal::new(None), RwSignal::new(None));
        let is_focus_last = RwSignal::new(false);
        Self {
            lit: Memo::new(move |_| {
                if is_focus_last.get() {
                    focused.get().or_else(|| hovered.get())
                } else {
                    hovered.get().or_else(|| focused.get())
                }
            }),
            hovered,
            focused,
            is_focus_last,
        }
    }

    /// Follows mouse or keyboard.
    pub(crate) fn follow(self, pointing: Pointing) {
        if let Pointing::Hover(Some(_)) | Pointing::Focus(Some(_)) = pointing {
            let is_focus = matches!(pointing, Pointing::Focus(_));
            self.is_focus_last.set(is_focus);
        }
        match pointing {
            Pointing::Hover(spot) => self.hovered.set(spot),
            Pointing::Focus(spot) => self.focused.set(spot),
        }
    }

    /// What was pointed at is gone.
    pub(crate) fn clear(self) {
        self.hovered.set(None);
        self.focused.set(None);
    }
}

/// Identifiers as words: `T1033 and T1087`.
pub(crate) fn list(ids: &[TechniqueId]) -> String {
    let mut names: Vec<String> = ids.iter().map(ToString::to_string).collect();
    match (names.pop(), names.is_empty()) {
        (None, _) => String::new(),
        (Some(last), true) => last,
        (Some(last), false) => format!("{} and {last}", names.join(", ")),
    }
}
