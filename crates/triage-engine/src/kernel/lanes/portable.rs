//! The same lane by lane, in portable Rust.

use std::array::from_fn;

/// Four numbers.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct F32x4([f32; 4]);

/// Four whole numbers.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct I32x4([i32; 4]);

/// Eight short whole numbers.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct I16x8([i16; 8]);

/// Sixteen bytes.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct I8x16([i8; 16]);

impl F32x4 {
    #[inline]
    fn zip(self, other: Self, each: impl Fn(f32, f32) -> f32) -> Self {
        Self(from_fn(|lane| each(self.0[lane], other.0[lane])))
    }

    #[inline]
    pub(in crate::kernel) fn load(values: &[f32; 4]) -> Self {
        Self(*values)
    }

    #[inline]
    pub(in crate::kernel) fn store(self, place: &mut [f32; 4]) {
        *place = self.0;
    }

    #[inline]
    pub(in crate::kernel) fn to_array(self) -> [f32; 4] {
        self.0
    }

    #[inline]
    pub(in crate::kernel) fn splat(value: f32) -> Self {
        Self([value; 4])
    }

    #[inline]
    pub(in crate::kernel) fn plus(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline]
    pub(in crate::kernel) fn minus(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline]
    pub(in crate::kernel) fn times(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    #[inline]
    pub(in crate::kernel) fn over(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }

    /// `other` where it is less.
    #[inline]
    pub(in crate::kernel) fn least(self, other: Self) -> Self {
        self.zip(other, |a, b| if b < a { b } else { a })
    }

    /// `other` where it is greater.
    #[inline]
    pub(in crate::kernel) fn greatest(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { b } else { a })
    }

    /// The same bits as whole numbers.
    #[inline]
    pub(in crate::kernel) fn bits(self) -> I32x4 {
        I32x4(self.0.map(|value| value.to_bits().cast_signed()))
    }
}

impl I32x4 {
    #[inline]
    pub(in crate::kernel) fn zero() -> Self {
        Self([0; 4])
    }

    #[inline]
    pub(in crate::kernel) fn splat(value: i32) -> Self {
        Self([value; 4])
    }

    #[inline]
    pub(in crate::kernel) fn plus(self, other: Self) -> Self {
        Self(from_fn(|lane| self.0[lane].wrapping_add(other.0[lane])))
    }

    #[inline]
    pub(in crate::kernel) fn shifted_left<const BITS: u32>(self) -> Self {
        Self(self.0.map(|lane| lane << BITS))
    }

    /// Nearest numbers.
    #[expect(clippy::cast_precision_loss, reason = "to the nearest, as in the twin")]
    #[inline]
    pub(in crate::kernel) fn to_f32(self) -> F32x4 {
        F32x4(self.0.map(|lane| lane as f32))
    }

    /// The same bits as numbers.
    #[inline]
    pub(in crate::kernel) fn as_f32(self) -> F32x4 {
        F32x4(self.0.map(|lane| f32::from_bits(lane.cast_unsigned())))
    }

    /// Adds the pairs of both: `[a0 + a1, a2 + a3, b0 + b1, b2 + b3]`.
    #[inline]
    pub(in crate::kernel) fn pairs(self, other: Self) -> Self {
        let sum = |lanes: [i32; 4], pair: usize| lanes[2 * pair].wrapping_add(lanes[2 * pair + 1]);
        Self([
            sum(self.0, 0),
            sum(self.0, 1),
            sum(other.0, 0),
            sum(other.0, 1),
        ])
    }

    /// The low seven bits of each lane as four bytes.
    #[inline]
    pub(in crate::kernel) fn low_bytes(self) -> [u8; 4] {
        self.0.map(|lane| (lane & 127).to_le_bytes()[0])
    }

    /// The lanes, which fit, as short numbers.
    #[inline]
    pub(in crate::kernel) fn shorts(self) -> [i16; 4] {
        self.0.map(|lane| {
            let lane = lane.clamp(i16::MIN.into(), i16::MAX.into());
            lane.try_into().unwrap_or_default()
        })
    }

    /// Adds to each lane the products of two neighbouring short numbers.
    #[inline]
    pub(in crate::kernel) fn plus_pairs(self, a: I16x8, b: I16x8) -> Self {
        let mut sums = self.0;
        let (a, _) = a.0.as_chunks::<2>();
        let (b, _) = b.0.as_chunks::<2>();
        for ((sum, a), b) in sums.iter_mut().zip(a).zip(b) {
            let product = |a: i16, b: i16| i32::from(a) * i32::from(b);
            *sum = sum
                .wrapping_add(product(a[0], b[0]))
                .wrapping_add(product(a[1], b[1]));
        }
        Self(sums)
    }
}

impl I16x8 {
    #[inline]
    pub(in crate::kernel) fn load(values: &[i16; 8]) -> Self {
        Self(*values)
    }

    /// The same two numbers four times.
    #[inline]
    pub(in crate::kernel) fn splat_pair(pair: [i16; 2]) -> Self {
        Self(from_fn(|lane| pair[lane % 2]))
    }
}

impl I8x16 {
    #[inline]
    pub(in crate::kernel) fn load(values: &[i8; 16]) -> Self {
        Self(*values)
    }

    /// The same four numbers four times.
    #[inline]
    pub(in crate::kernel) fn splat_quad(quad: [u8; 4]) -> Self {
        Self(from_fn(|lane| quad[lane % 4].cast_signed()))
    }

    /// The first and the last eight numbers.
    #[inline]
    pub(in crate::kernel) fn halves(self) -> (I16x8, I16x8) {
        let half = |start: usize| I16x8(from_fn(|lane| self.0[start + lane].into()));
        (half(0), half(8))
    }

    /// The first eight numbers.
    #[inline]
    pub(in crate::kernel) fn first_half(self) -> I16x8 {
        self.halves().0
    }
}
