//! SHA-256 as the lower-case hexadecimal text used in manifests, prompts and receipts.

use sha2::{Digest as _, Sha256};

/// SHA-256 of `bytes`, 64 lower-case hexadecimal digits.
///
/// ```
/// let empty = triage_core::digest::sha256_hex(b"");
/// assert_eq!(&empty[..16], "e3b0c44298fc1c14");
/// ```
pub fn sha256_hex(bytes: &[u8]) -> String {
    Hasher::default().update(bytes).finish()
}

/// SHA-256 over bytes that arrive in pieces, such as a download.
#[derive(Clone, Default)]
pub struct Hasher(Sha256);

impl Hasher {
    /// Adds the next piece.
    pub fn update(mut self, bytes: &[u8]) -> Self {
        self.push(bytes);
        self
    }

    /// Adds the next piece in place.
    pub fn push(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// The digest of everything added, 64 lower-case hexadecimal digits.
    pub fn finish(self) -> String {
        let digits = b"0123456789abcdef";
        let mut text = String::with_capacity(64);
        for byte in self.0.finalize() {
            text.push(char::from(digits[usize::from(byte >> 4)]));
            text.push(char::from(digits[usize::from(byte & 15)]));
        }
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_hash_like_the_whole() {
        // FIPS 180-2, appendix B.1.
        let abc = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(sha256_hex(b"abc"), abc);
        assert_eq!(Hasher::default().update(b"a").update(b"bc").finish(), abc);
    }
}
