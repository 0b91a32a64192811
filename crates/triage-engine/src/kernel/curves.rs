//! Exponential and GELU, four values at a time.
//!
//! Both are polynomials fitted by least squares to the functions themselves, with the weights
//! moved until the largest error was least. Their errors lie below what 7-bit rows can tell apart.

use super::lanes::{F32x4, ROUNDER};

/// 2^x - 1 over x on -0.5..=0.5; the largest relative error of 2^x is 1.1e-7.
#[expect(
    clippy::approx_constant,
    reason = "fitted, and near the logarithm of 2"
)]
const POWER: [f32; 5] = [
    0.693_147,
    0.240_222_42,
    0.055_507_336,
    0.009_671_513,
    0.001_326_473_2,
];

/// Beyond it the normal distribution is 0 or 1 to within 3e-7.
const TAIL: f32 = 5.0;

/// (Phi(x) - 0.5) / x as a quotient of polynomials in x², for x on -5..=5; GELU's largest error
/// is 3.2e-6, to which rounding adds less than 1e-5 of x.
const ABOVE: [f32; 5] = [
    0.398_941_43,
    0.047_399_56,
    0.005_353_999_3,
    0.000_291_907_72,
    5.592_226e-6,
];
const BELOW: [f32; 6] = [
    1.0,
    0.285_470_4,
    0.036_012_836,
    0.002_562_965_7,
    0.000_105_620_08,
    4.923_527_4e-7,
];

/// Horner's scheme, lowest power first.
#[inline]
fn polynomial(coefficients: &[f32], x: F32x4) -> F32x4 {
    let mut terms = coefficients.iter().rev();
    let highest = F32x4::splat(terms.next().copied().unwrap_or_default());
    terms.fold(highest, |sum, term| sum.times(x).plus(F32x4::splat(*term)))
}

/// e to the power of x, for x up to 88; what lies below -87 counts as -87.
#[inline]
pub(super) fn exp(x: F32x4) -> F32x4 {
    let x = x.greatest(F32x4::splat(-87.0));
    let power = x.times(F32x4::splat(std::f32::consts::LOG2_E));
    let rounded = power.plus(F32x4::splat(ROUNDER));
    let rest = power.minus(rounded.minus(F32x4::splat(ROUNDER)));
    let fraction = polynomial(&POWER, rest).times(rest).plus(F32x4::splat(1.0));
    // The whole number stands in the low bits of the sum: shifted, it is added to the exponent,
    // and all else of the sum is shifted out.
    fraction
        .bits()
        .plus(rounded.bits().shifted_left::<23>())
        .as_f32()
}

/// x times the normal distribution up to x.
#[inline]
pub(super) fn gelu(x: F32x4) -> F32x4 {
    let inner = x.greatest(F32x4::splat(-TAIL)).least(F32x4::splat(TAIL));
    let square = inner.times(inner);
    let quotient = polynomial(&ABOVE, square).over(polynomial(&BELOW, square));
    inner.times(quotient).plus(F32x4::splat(0.5)).times(x)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(function: fn(F32x4) -> F32x4, expected: fn(f64) -> f64, tolerance: fn(f64) -> f64) {
        for step in 0..=1_000_u16 {
            let x = f32::from(step).mul_add(0.017, -9.0);
            let found = f64::from(function(F32x4::splat(x)).to_array()[0]);
            let expected = expected(f64::from(x));
            assert!(
                (found - expected).abs() <= tolerance(f64::from(x)),
                "{found} instead of {expected} for {x}"
            );
        }
    }

    #[test]
    fn exponential_is_close() {
        check(exp, f64::exp, |x| 1e-6 * x.exp());
        assert!(exp(F32x4::splat(-1e9)).to_array()[0] < 1e-37);
    }

    /// The integral of the normal density by Simpson's rule.
    fn gelu_by_integral(x: f64) -> f64 {
        let density = |t: f64| (-t * t / 2.0).exp() / std::f64::consts::TAU.sqrt();
        let step = x / 2_000.0;
        let inner: f64 = (1..2_000_i32)
            .map(|n| density(f64::from(n) * step) * if n % 2 == 0 { 2.0 } else { 4.0 })
            .sum();
        x * (0.5 + (density(0.0) + inner + density(x)) * step / 3.0)
    }

    #[test]
    fn gelu_is_close() {
        check(gelu, gelu_by_integral, |x| 5e-6 + 1e-5 * x.abs());
    }
}
