//! WebAssembly's fixed-width vectors.

use std::arch::wasm32::{
    f32x4_add, f32x4_convert_i32x4, f32x4_div, f32x4_mul, f32x4_pmax, f32x4_pmin, f32x4_splat,
    f32x4_sub, i16x8_extend_high_i8x16, i16x8_extend_low_i8x16, i16x8_narrow_i32x4, i32x4_add,
    i32x4_dot_i16x8, i32x4_shl, i32x4_shuffle, i32x4_splat, u8x16_narrow_i16x8, v128, v128_and,
};

/// Four numbers.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct F32x4(v128);

/// Four whole numbers.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct I32x4(pub(in crate::kernel) v128);

/// Eight short whole numbers.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct I16x8(v128);

/// Sixteen bytes.
#[derive(Clone, Copy)]
pub(in crate::kernel) struct I8x16(pub(in crate::kernel) v128);

impl F32x4 {
    #[inline]
    pub(in crate::kernel) fn load(values: &[f32; 4]) -> Self {
        Self(bytemuck::cast(*values))
    }

    #[inline]
    pub(in crate::kernel) fn store(self, place: &mut [f32; 4]) {
        *place = self.to_array();
    }

    #[inline]
    pub(in crate::kernel) fn to_array(self) -> [f32; 4] {
        bytemuck::cast(self.0)
    }

    #[inline]
    pub(in crate::kernel) fn splat(value: f32) -> Self {
        Self(f32x4_splat(value))
    }

    #[inline]
    pub(in crate::kernel) fn plus(self, other: Self) -> Self {
        Self(f32x4_add(self.0, other.0))
    }

    #[inline]
    pub(in crate::kernel) fn minus(self, other: Self) -> Self {
        Self(f32x4_sub(self.0, other.0))
    }

    #[inline]
    pub(in crate::kernel) fn times(self, other: Self) -> Self {
        Self(f32x4_mul(self.0, other.0))
    }

    #[inline]
    pub(in crate::kernel) fn over(self, other: Self) -> Self {
        Self(f32x4_div(self.0, other.0))
    }

    /// `other` where it is less.
    #[inline]
    pub(in crate::kernel) fn least(self, other: Self) -> Self {
        Self(f32x4_pmin(self.0, other.0))
    }

    /// `other` where it is greater.
    #[inline]
    pub(in crate::kernel) fn greatest(self, other: Self) -> Self {
        Self(f32x4_pmax(self.0, other.0))
    }

    /// The same bits as whole numbers.
    #[inline]
    pub(in crate::kernel) fn bits(self) -> I32x4 {
        I32x4(self.0)
    }
}

impl I32x4 {
    #[inline]
    pub(in crate::kernel) fn zero() -> Self {
        Self(i32x4_splat(0))
    }

    #[inline]
    pub(in crate::kernel) fn splat(value: i32) -> Self {
        Self(i32x4_splat(value))
    }

    #[inline]
    pub(in crate::kernel) fn plus(self, other: Self) -> Self {
        Self(i32x4_add(self.0, other.0))
    }

    #[inline]
    pub(in crate::kernel) fn shifted_left<const BITS: u32>(self) -> Self {
        Self(i32x4_shl(self.0, BITS))
    }

    /// Nearest numbers.
    #[inline]
    pub(in crate::kernel) fn to_f32(self) -> F32x4 {
        F32x4(f32x4_convert_i32x4(self.0))
    }

    /// The same bits as numbers.
    #[inline]
    pub(in crate::kernel) fn as_f32(self) -> F32x4 {
        F32x4(self.0)
    }

    /// Adds the pairs of both: `[a0 + a1, a2 + a3, b0 + b1, b2 + b3]`.
    #[inline]
    pub(in crate::kernel) fn pairs(self, other: Self) -> Self {
        let even = i32x4_shuffle::<0, 2, 4, 6>(self.0, other.0);
        let odd = i32x4_shuffle::<1, 3, 5, 7>(self.0, other.0);
        Self(i32x4_add(even, odd))
    }

    /// The low seven bits of each lane as four bytes.
    #[inline]
    pub(in crate::kernel) fn low_bytes(self) -> [u8; 4] {
        let low = v128_and(self.0, i32x4_splat(127));
        let short = i16x8_narrow_i32x4(low, low);
        let bytes: [[u8; 4]; 4] = bytemuck::cast(u8x16_narrow_i16x8(short, short));
        bytes[0]
    }

    /// The lanes, which fit, as short numbers.
    #[inline]
    pub(in crate::kernel) fn shorts(self) -> [i16; 4] {
        let shorts: [[i16; 4]; 2] = bytemuck::cast(i16x8_narrow_i32x4(self.0, self.0));
        shorts[0]
    }

    /// Adds to each lane the products of two neighbouring short numbers.
    #[inline]
    pub(in crate::kernel) fn plus_pairs(self, a: I16x8, b: I16x8) -> Self {
        Self(i32x4_add(self.0, i32x4_dot_i16x8(a.0, b.0)))
    }
}

impl I16x8 {
    #[inline]
    pub(in crate::kernel) fn load(values: &[i16; 8]) -> Self {
        Self(bytemuck::cast(*values))
    }

    /// The same two numbers four times.
    #[inline]
    pub(in crate::kernel) fn splat_pair(pair: [i16; 2]) -> Self {
        Self(i32x4_splat(bytemuck::cast(pair)))
    }
}

impl I8x16 {
    #[inline]
    pub(in crate::kernel) fn load(values: &[i8; 16]) -> Self {
        Self(bytemuck::cast(*values))
    }

    /// The same four numbers four times.
    #[inline]
    pub(in crate::kernel) fn splat_quad(quad: [u8; 4]) -> Self {
        Self(i32x4_splat(bytemuck::cast(quad)))
    }

    /// The first and the last eight numbers.
    #[inline]
    pub(in crate::kernel) fn halves(self) -> (I16x8, I16x8) {
        (
            I16x8(i16x8_extend_low_i8x16(self.0)),
            I16x8(i16x8_extend_high_i8x16(self.0)),
        )
    }

    /// The first eight numbers.
    #[inline]
    pub(in crate::kernel) fn first_half(self) -> I16x8 {
        I16x8(i16x8_extend_low_i8x16(self.0))
    }
}
