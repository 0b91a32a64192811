//! The worker program: reports a crash to the page, and answers messages.

use std::panic;

fn main() {
    panic::set_hook(Box::new(|info| {
        console_error_panic_hook::hook(info);
        triage_wasm::report_crash();
    }));
    triage_wasm::start();
}
