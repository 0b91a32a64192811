//! Text evened out for comparison: look-alike letters as one letter, spacing as one space or
//! none, each byte with its origin.

use std::collections::HashMap;
use std::ops::Range;
use std::sync::LazyLock;

use super::escapes::Glyph;

/// What becomes of a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Folding {
    /// It counts as this letter.
    Letter(char),
    /// It only decorates the letter before it.
    Nothing,
    /// It separates words.
    Gap,
}

/// Letters and the characters that are drawn like them, written for them, or are them with a
/// mark. `l` counts as `i`, since `1` is written for both. Cyrillic and Greek letters that look
/// Latin count as Latin; phrases in those scripts pass through the same table.
const LOOKALIKES: &[(char, &str)] = &[
    ('a', "4@àáâãäåāăąǎǻạảấầậắặαаɑᴀ"),
    ('b', "βвƀɓʙь"),
    ('c', "çćĉċčсϲᴄℂ"),
    ('d', "ďđðԁɗᴅ"),
    ('e', "3èéêëēĕėęěẹẻẽếềệεеёєҽᴇℯℰ"),
    ('f', "ƒꜰℱ"),
    ('g', "ĝğġģǧɡɢℊ"),
    ('h', "ĥħнһհʜℎℋ"),
    ('i', "1lìíîïĩīĭįıǐịỉιіїӏɩɪłĺļľŀʟℐℒℓ"),
    ('j', "ĵјϳᴊ"),
    ('k', "ķĸκкᴋ"),
    ('m', "мᴍℳ"),
    ('n', "ñńņňŋɴηո"),
    ('o', "0òóôõöøōŏőơǒọỏốồộớợοоօσᴏℴ"),
    ('p', "ρрᴘ"),
    ('q', "ԛǫ"),
    ('r', "ŕŗřʀℛ"),
    ('s', "5$śŝşšșßѕꜱ"),
    ('t', "7ţťŧțτтᴛ"),
    ('u', "ùúûüũūŭůűųưǔụủứừựυսᴜ"),
    ('v', "νѵᴠ"),
    ('w', "ŵωԝᴡ"),
    ('x', "χх"),
    ('y', "ýÿŷγуўʏ"),
    ('z', "źżžƶᴢ"),
    ('и', "й"),
    ('г', "ґ"),
    ('ا', "أإآٱ"),
    ('ي', "ىی"),
    ('ه', "ة"),
];

static LETTERS: LazyLock<HashMap<char, char>> = LazyLock::new(|| {
    let pairs = LOOKALIKES
        .iter()
        .flat_map(|(letter, likes)| likes.chars().map(|like| (like, *letter)));
    pairs.collect()
});

/// What becomes of one character.
pub(super) fn fold(c: char) -> Folding {
    if is_mark(c) {
        return Folding::Nothing;
    }
    let c = plain(c);
    let c = c.to_lowercase().next().unwrap_or(c);
    if let Some(letter) = LETTERS.get(&c) {
        Folding::Letter(*letter)
    } else if c.is_alphanumeric() {
        Folding::Letter(c)
    } else {
        Folding::Gap
    }
}

/// The ASCII character of one that is set wide, in a circle or a box, or in an alphabet of
/// mathematics; any other as it is.
pub(super) fn plain(c: char) -> char {
    let code = u32::from(c);
    let letter = |place: u32| char::from_u32(u32::from('a') + place % 26).unwrap_or(c);
    match code {
        0xff01..=0xff5e => char::from_u32(code - 0xfee0).unwrap_or(c),
        // Thirteen alphabets of 52 letters, capitals first.
        0x1d400..=0x1d6a3 => letter((code - 0x1d400) % 52),
        0x1d7ce..=0x1d7ff => char::from_digit((code - 0x1d7ce) % 10, 10).unwrap_or(c),
        0x24b6..=0x24e9 => letter(code - 0x24b6),
        0x1f130..=0x1f149 => letter(code - 0x1f130),
        0x1f150..=0x1f169 => letter(code - 0x1f150),
        0x1f170..=0x1f189 => letter(code - 0x1f170),
        0x1f1e6..=0x1f1ff => letter(code - 0x1f1e6),
        _ => c,
    }
}

/// Accents that stand beside their letter, Arabic vowel signs and the Arabic stretch.
fn is_mark(c: char) -> bool {
    matches!(c, '\u{300}'..='\u{36f}' | '\u{483}'..='\u{487}' | '\u{640}' | '\u{64b}'..='\u{65f}'
        | '\u{1ab0}'..='\u{1aff}' | '\u{20d0}'..='\u{20ff}' | '\u{3099}' | '\u{309a}')
}

/// A text made from another, and where each of its bytes came from.
pub(super) struct Folded {
    pub(super) text: String,
    origins: Vec<(usize, usize)>,
}

impl Folded {
    /// Only set straight: cases and punctuation stay.
    pub(super) fn plain(glyphs: &[Glyph]) -> Self {
        let mut folded = Self::with_capacity(glyphs.len());
        for glyph in glyphs {
            folded.push(plain(glyph.c), glyph);
        }
        folded
    }

    /// Words between single spaces, with a space at both ends.
    pub(super) fn words(glyphs: &[Glyph]) -> Self {
        let edge = |at: usize| Glyph {
            c: ' ',
            start: at,
            end: at,
        };
        let mut folded = Self::with_capacity(glyphs.len() + 2);
        let end = glyphs.last().map_or(0, |last| last.end);
        folded.push(' ', &edge(0));
        for glyph in glyphs.iter().chain([&edge(end)]) {
            match fold(glyph.c) {
                Folding::Letter(letter) => folded.push(letter, glyph),
                Folding::Gap if !folded.text.ends_with(' ') => folded.push(' ', glyph),
                Folding::Gap | Folding::Nothing => {}
            }
        }
        folded
    }

    /// Letters and digits with nothing between them.
    pub(super) fn letters(glyphs: &[Glyph]) -> Self {
        let mut folded = Self::with_capacity(glyphs.len());
        for glyph in glyphs {
            if let Folding::Letter(letter) = fold(glyph.c) {
                folded.push(letter, glyph);
            }
        }
        folded
    }

    /// The bytes of the first text that made these bytes of the folded one.
    pub(super) fn origin(&self, folded: Range<usize>) -> Option<Range<usize>> {
        let (start, _) = self.origins.get(folded.start)?;
        let (_, end) = self.origins.get(folded.end.checked_sub(1)?)?;
        Some(*start..*end)
    }

    fn with_capacity(length: usize) -> Self {
        Self {
            text: String::with_capacity(length),
            origins: Vec::with_capacity(length),
        }
    }

    fn push(&mut self, c: char, from: &Glyph) {
        self.text.push(c);
        self.origins.resize(self.text.len(), (from.start, from.end));
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::escapes::glyphs;
    use super::*;

    fn check(text: &str, words: &str) {
        assert_eq!(Folded::words(&glyphs(text)).text, format!(" {words} "));
    }

    #[test]
    fn what_reads_alike_is_alike() {
        for text in [
            "Ignore me",
            "1GN0R3 M3",
            "ＩＧＮＯＲＥ　ｍｅ",
            "𝐈𝐠𝐧𝐨𝐫𝐞 𝓂𝑒",
            "ⓘⓖⓝⓞⓡⓔ🅜🅴",
            "іgnоrе mе",
            "ïgnôrè_më",
            "i\u{301}gnore+me",
            "%69gnore%20me",
            "🇮🇬🇳🇴🇷🇪, me!",
        ] {
            let folded = Folded::letters(&glyphs(text)).text;
            assert_eq!(folded, "ignoreme", "{text}");
        }
        check("all_the--rules:\n(above)", "aii the ruies above");
        check("игнорируй", "игhopиpyи");
    }

    proptest! {
        #[test]
        fn origins_are_bytes_of_the_text(text in r"(%|\\u|[0-9a-f]{2}|\PC){0,60}", cut in 0usize..60) {
            let glyphs = glyphs(&text);
            for folded in [Folded::plain(&glyphs), Folded::words(&glyphs), Folded::letters(&glyphs)] {
                let start = folded.text.floor_char_boundary(cut);
                if let Some(origin) = folded.origin(start..folded.text.len()) {
                    prop_assert!(text.get(origin).is_some());
                }
            }
        }
    }
}
