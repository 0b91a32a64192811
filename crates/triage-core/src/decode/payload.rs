//! Decoded bytes as text: in UTF-16 or UTF-8, as they are or compressed.

use std::io::Read;

use flate2::read::{DeflateDecoder, GzDecoder, ZlibDecoder};

use super::{Budget, Encoding, MAX_LAYER_BYTES};
use crate::alert::cut;

/// What starting a decompressor counts: the window that it clears.
pub(super) const INFLATE_COST: usize = 32 * 1024;

/// What bytes turned out to hold.
pub(super) struct Payload {
    /// The text, at most 64 KiB.
    pub(super) text: String,
    /// Whether it was UTF-16.
    pub(super) is_utf16: bool,
    /// How it was compressed.
    pub(super) packing: Option<Encoding>,
}

impl Payload {
    /// Reads bytes, unpacked where they say that they are packed. A raw deflate stream has no
    /// such mark: it is tried where the caller has reason to.
    pub(super) fn read(bytes: &[u8], try_deflate: bool, budget: &mut Budget) -> Option<Self> {
        let unpacked = match bytes {
            [0x1f, 0x8b, 8, ..] => {
                unpack(GzDecoder::new(bytes), budget).map(|plain| (plain, Encoding::Gzip))
            }
            [0x78, 0x01 | 0x5e | 0x9c | 0xda, ..] => {
                unpack(ZlibDecoder::new(bytes), budget).map(|plain| (plain, Encoding::Deflate))
            }
            _ => None,
        };
        if let Some((plain, packing)) = unpacked {
            return Self::plain(&plain, Some(packing));
        }
        Self::plain(bytes, None).or_else(|| {
            let plain = try_deflate.then(|| unpack(DeflateDecoder::new(bytes), budget))??;
            Self::plain(&plain, Some(Encoding::Deflate))
        })
    }

    fn plain(bytes: &[u8], packing: Option<Encoding>) -> Option<Self> {
        let pairs = bytes.as_chunks::<2>().0;
        // Latin text in UTF-16LE has a zero in every second byte; nothing else does.
        let zeros = pairs.iter().filter(|[_, high]| *high == 0).count();
        let is_utf16 = 2 * zeros > pairs.len();
        let text = if is_utf16 {
            let units: Vec<u16> = pairs.iter().copied().map(u16::from_le_bytes).collect();
            String::from_utf16_lossy(&units)
        } else {
            utf8(bytes)?.to_owned()
        };
        let text = cut(text.trim_start_matches('\u{feff}'), MAX_LAYER_BYTES);
        Some(Self {
            text: text.to_owned(),
            is_utf16,
            packing,
        })
        .filter(|payload| super::words::is_text(&payload.text))
    }
}

/// UTF-8, which may be cut within its last character.
fn utf8(bytes: &[u8]) -> Option<&str> {
    match str::from_utf8(bytes) {
        Ok(text) => Some(text),
        Err(error) if error.error_len().is_none() => {
            str::from_utf8(bytes.get(..error.valid_up_to())?).ok()
        }
        Err(_) => None,
    }
}

/// What comes out of a decompressor, up to a bound.
fn unpack(packed: impl Read, budget: &mut Budget) -> Option<Vec<u8>> {
    if !budget.spend(INFLATE_COST) {
        return None;
    }
    let limit = u64::try_from(2 * MAX_LAYER_BYTES).ok()?;
    let mut plain = Vec::new();
    // A stream that the log cut, or with a wrong check sum, fails after what could be read.
    let _cut = packed.take(limit).read_to_end(&mut plain);
    (!plain.is_empty() && budget.spend(plain.len())).then_some(plain)
}
