//! A ranker as the bytes of `ranker.bin`, read strictly: what is out of range is refused here, so
//! that scoring meets only what exists.

use super::super::bm25::Postings;
use super::super::meaning::Directions;
use super::super::packed::{Reader, Writer};
use super::super::platform::Platforms;
use super::{Examples, Ranker};

/// The first bytes of a ranker: its name and layout version.
const MAGIC: &[u8] = b"SOCR\x01";

impl Ranker {
    /// The ranker as the bytes of its file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut writer = Writer::default();
        writer.bytes(MAGIC);
        writer.number(count(self.techniques()));
        for (known, platforms) in self.known.iter().zip(&self.platforms) {
            writer.float(*known);
            writer.bytes(&[platforms.bits()]);
        }
        self.meanings.write(&mut writer);
        writer.number(count(self.hashes.len()));
        let mut before = 0;
        for hash in &self.hashes {
            writer.number(hash - before);
            before = *hash;
        }
        writer.float(self.information_step);
        writer.bytes(&self.information);
        self.words.write(&mut writer);
        match &self.examples {
            None => writer.bytes(&[0]),
            Some(examples) => {
                writer.bytes(&[1]);
                writer.bytes(&examples.kept);
                let has: Vec<u8> = examples.has.iter().map(|has| u8::from(*has)).collect();
                writer.bytes(&has);
                examples.linked.write(&mut writer);
            }
        }
        writer.finish()
    }

    /// Reads a ranker over `techniques` techniques.
    ///
    /// # Errors
    ///
    /// A sentence about what is wrong, for anything but a whole and sound ranker of that size.
    pub fn from_bytes(bytes: &[u8], techniques: usize) -> Result<Self, &'static str> {
        let Some(bytes) = bytes.strip_prefix(MAGIC) else {
            return Err("it is not a ranker of this layout version");
        };
        let mut reader = Reader::new(bytes);
        let ranker =
            Self::read(&mut reader).ok_or("it is cut short or holds values out of range")?;
        if reader.remaining() > 0 {
            return Err("bytes follow its end");
        }
        if ranker.techniques() != techniques {
            return Err("it is for another number of techniques");
        }
        Ok(ranker)
    }

    fn read(reader: &mut Reader<'_>) -> Option<Self> {
        let techniques = reader.count()?;
        let mut known = Vec::with_capacity(techniques);
        let mut platforms = Vec::with_capacity(techniques);
        for _ in 0..techniques {
            known.push(reader.float()?);
            let &[bits] = reader.bytes(1)? else {
                return None;
            };
            platforms.push(Platforms::from_bits(bits));
        }
        let meanings = Directions::read(reader, techniques)?;
        let terms = reader.count()?;
        let mut hashes: Vec<u32> = Vec::with_capacity(terms);
        for _ in 0..terms {
            let gap = reader.number()?;
            let last = hashes.last().copied();
            if gap == 0 && last.is_some() {
                return None;
            }
            hashes.push(last.unwrap_or_default().checked_add(gap)?);
        }
        let information_step = reader.float()?;
        let information = reader.bytes(terms)?.to_vec();
        let words = Postings::read(reader, terms, techniques)?;
        let examples = match reader.bytes(1)? {
            [0] => None,
            [1] => Some(Examples {
                kept: reader.bytes(terms)?.to_vec(),
                has: reader
                    .bytes(techniques)?
                    .iter()
                    .map(|has| *has == 1)
                    .collect(),
                linked: Postings::read(reader, terms, techniques)?,
            }),
            _ => return None,
        };
        Some(Self {
            hashes,
            information,
            information_step,
            words,
            meanings,
            known,
            platforms,
            examples,
        })
    }
}

fn count(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
