//! The bytes of an index file: numbers of variable length, floats and plain bytes, read strictly.

/// Composes a file.
#[derive(Default)]
pub(super) struct Writer(Vec<u8>);

impl Writer {
    /// A number in LEB128: seven bits a byte, the lowest first.
    pub(super) fn number(&mut self, mut number: u32) {
        loop {
            let [low, ..] = number.to_le_bytes();
            number >>= 7;
            if number == 0 {
                self.0.push(low & 0x7f);
                return;
            }
            self.0.push(low | 0x80);
        }
    }

    pub(super) fn float(&mut self, float: f32) {
        self.0.extend(float.to_le_bytes());
    }

    pub(super) fn bytes(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    pub(super) fn finish(self) -> Vec<u8> {
        self.0
    }
}

/// Takes a file apart. Everything is `None` once the bytes run out or are not what is asked for.
pub(super) struct Reader<'a>(&'a [u8]);

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    pub(super) fn number(&mut self) -> Option<u32> {
        let mut number = 0_u64;
        for shift in (0..35).step_by(7) {
            let [byte] = *self.bytes(1)? else { return None };
            number |= u64::from(byte & 0x7f) << shift;
            if byte & 0x80 == 0 {
                return u32::try_from(number).ok();
            }
        }
        None
    }

    /// A count of things that each take at least one more byte: never more than there are bytes.
    pub(super) fn count(&mut self) -> Option<usize> {
        let count = self.number()? as usize;
        (count <= self.remaining()).then_some(count)
    }

    /// A finite float.
    pub(super) fn float(&mut self) -> Option<f32> {
        let bytes = self.bytes(4)?.try_into().ok()?;
        Some(f32::from_le_bytes(bytes)).filter(|float| float.is_finite())
    }

    pub(super) fn bytes(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(super) fn remaining(&self) -> usize {
        self.0.len()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_written_is_read(numbers in prop::collection::vec(any::<u32>(), 0..20), float in -1e9_f32..1e9) {
            let mut writer = Writer::default();
            for number in &numbers {
                writer.number(*number);
            }
            writer.float(float);
            let bytes = writer.finish();
            let mut reader = Reader::new(&bytes);
            for number in numbers {
                prop_assert_eq!(reader.number(), Some(number));
            }
            prop_assert_eq!(reader.float(), Some(float));
            prop_assert_eq!((reader.remaining(), reader.number()), (0, None));
        }
    }

    #[test]
    fn what_is_too_large_or_endless_is_refused() {
        assert_eq!(Reader::new(&[0xff, 0xff, 0xff, 0xff, 0x7f]).number(), None);
        assert_eq!(Reader::new(&[0x80; 9]).number(), None);
        assert_eq!(Reader::new(&[5, 1, 2]).count(), None);
        assert_eq!(Reader::new(&f32::NAN.to_le_bytes()).float(), None);
    }
}
