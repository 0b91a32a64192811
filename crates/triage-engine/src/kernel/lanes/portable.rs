//! The same lane by lane, in portable Rust.

/// Four numbers.
#[derive(Clone, Copy)]
pub(in super::super) struct F32x4([f32; 4]);

/// Four whole numbers.
#[derive(Clone, Copy)]
pub(in super::super) struct I32x4([i32; 4]);

/// Eight short whole numbers.
#[derive(Clone, Copy)]
pub(in super::super) struct I16x8([i16; 8]);

/// Sixteen bytes.
#[derive(Clone, Copy)]
pub(in super::super) struct I8x16([i8; 16]);

impl F32x4 {
    #[inline]
    fn zip(self, other: Self, each: impl Fn(f32, f32) -> f32) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([each(a, e), each(b, f), each(c, g), each(d, h)])
    }

    #[inline]
    pub(in super::super) fn load(values: &[f32; 4]) -> Self {
        Self(*values)
    }

    #[inline]
    pub(in super::super) fn store(self, place: &mut [f32; 4]) {
        *place = self.0;
    }

    #[inline]
    pub(in super::super) fn to_array(self) -> [f32; 4] {
        self.0
    }

    #[inline]
    pub(in super::super) fn splat(value: f32) -> Self {
        Self([value; 4])
    }

    #[inline]
    pub(in super::super) fn plus(self, other: Self) -> Self {
        self.zip(other, |a, b| a + b)
    }

    #[inline]
    pub(in super::super) fn minus(self, other: Self) -> Self {
        self.zip(other, |a, b| a - b)
    }

    #[inline]
    pub(in super::super) fn times(self, other: Self) -> Self {
        self.zip(other, |a, b| a * b)
    }

    #[inline]
    pub(in super::super) fn over(self, other: Self) -> Self {
        self.zip(other, |a, b| a / b)
    }

    /// `other` where it is less.
    #[inline]
    pub(in super::super) fn least(self, other: Self) -> Self {
        self.zip(other, |a, b| if b < a { b } else { a })
    }

    /// `other` where it is greater.
    #[inline]
    pub(in super::super) fn greatest(self, other: Self) -> Self {
        self.zip(other, |a, b| if a < b { b } else { a })
    }

    /// The same bits as whole numbers.
    #[inline]
    pub(in super::super) fn bits(self) -> I32x4 {
        I32x4(self.0.map(|value| value.to_bits().cast_signed()))
    }
}

impl I32x4 {
    #[inline]
    pub(in super::super) fn zero() -> Self {
        Self([0; 4])
    }

    #[inline]
    pub(in super::super) fn splat(value: i32) -> Self {
        Self([value; 4])
    }

    #[inline]
    pub(in super::super) fn plus(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([
            a.wrapping_add(e),
            b.wrapping_add(f),
            c.wrapping_add(g),
            d.wrapping_add(h),
        ])
    }

    #[inline]
    pub(in super::super) fn shifted_left<const BITS: u32>(self) -> Self {
        Self(self.0.map(|lane| lane << BITS))
    }

    /// Nearest numbers.
    #[expect(clippy::cast_precision_loss, reason = "to the nearest, as in the twin")]
    #[inline]
    pub(in super::super) fn to_f32(self) -> F32x4 {
        F32x4(self.0.map(|lane| lane as f32))
    }

    /// The same bits as numbers.
    #[inline]
    pub(in super::super) fn as_f32(self) -> F32x4 {
        F32x4(self.0.map(|lane| f32::from_bits(lane.cast_unsigned())))
    }

    /// Adds the pairs of both: `[a0 + a1, a2 + a3, b0 + b1, b2 + b3]`.
    #[inline]
    pub(in super::super) fn pairs(self, other: Self) -> Self {
        let ([a, b, c, d], [e, f, g, h]) = (self.0, other.0);
        Self([
            a.wrapping_add(b),
            c.wrapping_add(d),
            e.wrapping_add(f),
            g.wrapping_add(h),
        ])
    }

    /// The low seven bits of each lane as four bytes.
    #[inline]
    pub(in super::super) fn low_bytes(self) -> [u8; 4] {
        self.0.map(|lane| (lane & 127).to_le_bytes()[0])
    }

    /// The lanes, which fit, as short numbers.
    #[inline]
    pub(in super::super) fn shorts(self) -> [i16; 4] {
        self.0.map(|lane| {
            let lane = lane.clamp(i16::MIN.into(), i16::MAX.into());
            lane.try_into().unwrap_or_default()
        })
    }

    /// Adds to each lane the products of two neighbouring short numbers.
    #[inline]
    pub(in super::super) fn plus_pairs(self, a: I16x8, b: I16x8) -> Self {
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
    pub(in super::super) fn load(values: &[i16; 8]) -> Self {
        Self(*values)
    }

    /// The same two numbers four times.
    #[inline]
    pub(in super::super) fn splat_pair([a, b]: [i16; 2]) -> Self {
        Self([a, b, a, b, a, b, a, b])
    }
}

impl I8x16 {
    #[inline]
    pub(in super::super) fn load(values: &[i8; 16]) -> Self {
        Self(*values)
    }

    /// The same four numbers four times.
    #[inline]
    pub(in super::super) fn splat_quad(quad: [u8; 4]) -> Self {
        let [a, b, c, d] = quad.map(u8::cast_signed);
        Self([a, b, c, d, a, b, c, d, a, b, c, d, a, b, c, d])
    }

    /// The first and the last eight numbers.
    #[inline]
    pub(in super::super) fn halves(self) -> (I16x8, I16x8) {
        let [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p] = self.0.map(i16::from);
        (
            I16x8([a, b, c, d, e, f, g, h]),
            I16x8([i, j, k, l, m, n, o, p]),
        )
    }

    /// The first eight numbers.
    #[inline]
    pub(in super::super) fn first_half(self) -> I16x8 {
        self.halves().0
    }
}
