//! The worker program for browsers that know relaxed SIMD.

fn main() {
    triage_wasm::run();
}
