//! The worker program for every browser with SIMD.

fn main() {
    triage_wasm::run();
}
