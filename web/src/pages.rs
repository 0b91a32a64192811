//! The pages: state and calls. What they look like lies in the components.

pub(crate) mod about;
pub(crate) mod accuracy;
pub(crate) mod benchmark;
pub(crate) mod history;
pub(crate) mod privacy;
pub(crate) mod triage;
