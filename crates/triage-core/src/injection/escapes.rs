//! A text character by character, with percent, backslash and HTML escapes undone.

/// One character as a reader sees it and the bytes it was written with.
#[derive(Clone, Copy, Debug)]
pub(super) struct Glyph {
    pub(super) c: char,
    pub(super) start: usize,
    pub(super) end: usize,
}

/// The characters of a text, escapes undone twice: what was escaped once more on its way into
/// the log is read too.
pub(super) fn glyphs(text: &str) -> Vec<Glyph> {
    let written = text.char_indices().map(|(start, c)| Glyph {
        c,
        start,
        end: start + c.len_utf8(),
    });
    unescape(&unescape(&written.collect::<Vec<_>>()))
}

fn unescape(glyphs: &[Glyph]) -> Vec<Glyph> {
    let mut read = Vec::with_capacity(glyphs.len());
    let mut rest = glyphs;
    while let Some(first) = rest.first() {
        let escaped = match first.c {
            '%' => percent(rest),
            '\\' => backslash(rest),
            '&' => entity(rest),
            _ => None,
        };
        let used = escaped.map_or(1, |(_, used)| used);
        let taken = rest.get(..used).unwrap_or(rest);
        read.push(Glyph {
            c: escaped.map_or(first.c, |(c, _)| c),
            start: first.start,
            end: taken.last().map_or(first.end, |last| last.end),
        });
        rest = rest.get(used..).unwrap_or_default();
    }
    read
}

/// `%69`, or the two to four such parts of one character in UTF-8; with how many were used.
fn percent(glyphs: &[Glyph]) -> Option<(char, usize)> {
    let byte = |place: usize| {
        let part = glyphs.get(3 * place..)?;
        (part.first()?.c == '%').then_some(())?;
        u8::try_from(hexadecimal(part.get(1..3)?)?).ok()
    };
    let first = byte(0)?;
    let length = match first {
        0x00..=0x7f => 1,
        0xc0..=0xdf => 2,
        0xe0..=0xef => 3,
        _ => 4,
    };
    let bytes = (0..length).map(byte).collect::<Option<Vec<u8>>>()?;
    let c = std::str::from_utf8(&bytes).ok()?.chars().next()?;
    Some((c, 3 * length))
}

/// `\u0069` or `\x69` after any few backslashes, surrogate pairs as one character.
fn backslash(glyphs: &[Glyph]) -> Option<(char, usize)> {
    let (value, used) = code_unit(glyphs)?;
    if let Some(c) = char::from_u32(value) {
        return Some((c, used));
    }
    let (low, more) = code_unit(glyphs.get(used..)?)?;
    let low = u16::try_from(low).ok()?;
    let pair = [u16::try_from(value).ok()?, low];
    let c = char::decode_utf16(pair).next()?.ok()?;
    Some((c, used + more))
}

fn code_unit(glyphs: &[Glyph]) -> Option<(u32, usize)> {
    let slashes = glyphs.iter().take(4).take_while(|g| g.c == '\\').count();
    let digits = match glyphs.get(slashes)?.c {
        _ if slashes == 0 => return None,
        'u' => 4,
        'x' => 2,
        _ => return None,
    };
    let end = slashes + 1 + digits;
    Some((hexadecimal(glyphs.get(slashes + 1..end)?)?, end))
}

/// `&#105;`, `&#x69;` and the few names that stand for what separates words.
fn entity(glyphs: &[Glyph]) -> Option<(char, usize)> {
    let name: String = glyphs.iter().skip(1).take(10).map(|g| g.c).collect();
    let (name, _) = name.split_once(';')?;
    let used = name.chars().count() + 2;
    let number = |digits: &str, radix| u32::from_str_radix(digits, radix).ok();
    let c = match name {
        "lt" => '<',
        "gt" => '>',
        "amp" => '&',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let digits = name.strip_prefix('#')?;
            let value = match digits.strip_prefix(['x', 'X']) {
                Some(digits) => number(digits, 16),
                None => number(digits, 10),
            };
            char::from_u32(value?)?
        }
    };
    Some((c, used))
}

fn hexadecimal(glyphs: &[Glyph]) -> Option<u32> {
    glyphs
        .iter()
        .try_fold(0, |value, glyph| Some(value * 16 + glyph.c.to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &str) {
        let read: String = glyphs(text).iter().map(|glyph| glyph.c).collect();
        assert_eq!(read, expected, "{text}");
    }

    #[test]
    fn escapes_are_undone() {
        check("%69g%6eore%20me", "ignore me");
        check("caf%C3%A9 %e5%bf%bd", "café 忽");
        check(r"\u0069gnore \\u0069t \x69s", "ignore it is");
        check(r"\ud835\udc8a", "𝒊");
        check("&#105;gnore&nbsp;&#x69;t &lt;b&gt;", "ignore it <b>");
    }

    #[test]
    fn escapes_of_escapes_are_undone_once_more() {
        check("ignore%2520me", "ignore me");
        check("&amp;#105;gnore", "ignore");
    }

    #[test]
    fn what_only_looks_like_an_escape_stays() {
        check("100% of %zz %", "100% of %zz %");
        check(r"C:\users\xavier \u12", r"C:\users\xavier \u12");
        check("a & b &#; &#xzz; &unknown;", "a & b &#; &#xzz; &unknown;");
        check("%ff%fe", "%ff%fe");
        check(r"\ud835 alone", r"\ud835 alone");
    }

    proptest! {
        #[test]
        fn every_glyph_has_its_bytes_in_order(text in r"(\\|%|&#?|;|u|x|[0-9a-f]{2}|\PC){0,80}") {
            let mut done = 0;
            for glyph in glyphs(&text) {
                prop_assert_eq!(glyph.start, done);
                prop_assert!(text.get(glyph.start..glyph.end).is_some_and(|bytes| !bytes.is_empty()));
                done = glyph.end;
            }
            prop_assert_eq!(done, text.len());
        }
    }
}
