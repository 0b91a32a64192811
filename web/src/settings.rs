//! What the analyst has set for this browser: her organisation's rules of redaction.

use leptos::prelude::*;
use triage_core::redact::Rules;

use crate::browser;

const RULES: &str = "redaction-rules";

/// The settings of this browser.
#[derive(Clone, Copy)]
pub(crate) struct Settings {
    /// The organisation's own rules of redaction.
    pub(crate) rules: RwSignal<Rules>,
    /// Why the rules that were kept cannot be used; they stay where they are until others are saved.
    pub(crate) fault: RwSignal<Option<String>>,
}

impl Settings {
    /// What was set before.
    pub(crate) fn load() -> Self {
        let settings = Self {
            rules: RwSignal::default(),
            fault: RwSignal::new(None),
        };
        if let Some(kept) = browser::setting(RULES) {
            match read(&kept) {
                Ok(rules) => settings.rules.set(rules),
                Err(fault) => settings.fault.set(Some(fault)),
            }
        }
        settings
    }

    /// Takes over other rules, from the next search on.
    ///
    /// # Errors
    ///
    /// Why they cannot be used; nothing has changed then.
    pub(crate) fn set_rules(self, rules: Rules) -> Result<(), String> {
        rules.check().map_err(|error| error.to_string())?;
        let text = serde_json::to_string(&rules).map_err(|error| error.to_string())?;
        browser::set_setting(RULES, &text);
        if browser::setting(RULES).as_deref() != Some(&text) {
            return Err("the browser keeps no settings for this page; allow site data".to_owned());
        }
        self.rules.set(rules);
        self.fault.set(None);
        Ok(())
    }
}

fn read(text: &str) -> Result<Rules, String> {
    let rules: Rules = serde_json::from_str(text).map_err(|error| error.to_string())?;
    rules.check().map_err(|error| error.to_string())?;
    Ok(rules)
}
