//! Parts of the pages: properties in, events out. None of them calls worker, proxy or store.

pub(crate) mod alert_box;
pub(crate) mod attack_evidence;
pub(crate) mod benchmark_report;
pub(crate) mod chat_panel;
pub(crate) mod copy;
pub(crate) mod courier_panel;
pub(crate) mod disclosure;
pub(crate) mod explanation;
pub(crate) mod feedback_form;
pub(crate) mod file_input;
pub(crate) mod help;
pub(crate) mod loading;
pub(crate) mod matrix;
pub(crate) mod notice;
pub(crate) mod observables;
pub(crate) mod outgoing;
pub(crate) mod painted_alert;
pub(crate) mod queries;
pub(crate) mod reasons;
pub(crate) mod receipts;
pub(crate) mod rules_form;
pub(crate) mod severity;
pub(crate) mod signals;
pub(crate) mod technique_link;
pub(crate) mod techniques;
pub(crate) mod verdict_card;
