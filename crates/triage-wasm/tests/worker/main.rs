//! The worker's messages inside Chromium, in a dedicated worker of their own.
//!
//! What needs the real model fetches it from the server that `scripts/test` starts; without that
//! server those tests say so and pass.

#![cfg(target_arch = "wasm32")]
#![expect(
    clippy::panic,
    clippy::unwrap_used,
    reason = "a test fails by a panic; clippy knows only native tests by their attribute"
)]

mod assets;
mod desk;
mod messages;
mod package;
mod parity;

use wasm_bindgen_test::wasm_bindgen_test_configure;

wasm_bindgen_test_configure!(run_in_dedicated_worker);
