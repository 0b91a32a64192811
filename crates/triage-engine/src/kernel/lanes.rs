//! Vectors of sixteen bytes: the few operations that the kernels are written in.
//!
//! Two twins of the same shape: WebAssembly's 128-bit instructions, and portable Rust that does
//! lane by lane what they do. Every operation here is exact or rounds as IEEE 754 says, so both
//! give the same bits, and native tests test what the browser computes.

#[cfg(target_feature = "simd128")]
#[path = "lanes/simd128.rs"]
mod twin;

#[cfg(not(target_feature = "simd128"))]
#[path = "lanes/portable.rs"]
mod twin;

pub(super) use twin::{F32x4, I8x16, I16x8, I32x4};

/// Added to a number of less than 2^22 it leaves the nearest whole number in the low bits of the
/// sum, ties to even.
pub(super) const ROUNDER: f32 = 12_582_912.0;

impl F32x4 {
    /// The sum of the lanes, in pairs.
    pub(super) fn sum(self) -> f32 {
        let [a, b, c, d] = self.to_array();
        (a + b) + (c + d)
    }

    /// The least and the greatest lane.
    pub(super) fn bounds(least: Self, greatest: Self) -> (f32, f32) {
        let least = least.to_array().into_iter().fold(f32::MAX, f32::min);
        let greatest = greatest.to_array().into_iter().fold(f32::MIN, f32::max);
        (least, greatest)
    }
}
