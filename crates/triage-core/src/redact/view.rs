//! A text as it reads after its escapes are undone, each character with its place in the text.

/// How many strings of JSON may lie in each other.
const MAX_NESTED: usize = 4;

/// How many escapes are undone one after the other, in a string in a link in a string.
const MAX_DEPTH: usize = 8;

/// The most readings of one piece of text.
const MAX_READINGS: usize = 32;

/// One character and the bytes of the text that stand for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// The character, in its own case.
    pub(super) c: char,
    /// First byte.
    pub(super) start: u32,
    /// One past the last byte.
    pub(super) end: u32,
}

/// Shows the text as it is and each of the strings in it, with the escapes of links left and
/// undone.
pub(super) fn each_string(text: &str, mut show: impl FnMut(&[Piece])) {
    let mut string = Some(plain(text));
    for _ in 0..=MAX_NESTED {
        let Some(view) = string else { return };
        show(&view);
        if let Some(linked) = undo(&view, LINK) {
            show(&linked);
        }
        string = undo(&view, STRING);
    }
}

/// Every other reading of some pieces, each once.
///
/// A name may stand in any of them: `\nathan` is a line break before `athan` in JSON, and a user
/// in a path.
pub(super) fn other_readings(view: &[Piece]) -> Vec<Vec<Piece>> {
    let mut readings: Vec<Vec<Piece>> = Vec::new();
    let mut depths: Vec<usize> = Vec::new();
    let mut next = 0;
    let mut from = Some((view, 0));
    while let Some((view, depth)) = from {
        let undone = [LINK, STRING].map(|kind| undo(view, kind));
        for undone in undone.into_iter().flatten() {
            let is_known = readings.iter().any(|known| is_same(known, &undone));
            if !is_known && depth < MAX_DEPTH && readings.len() < MAX_READINGS {
                readings.push(undone);
                depths.push(depth + 1);
            }
        }
        from = readings
            .get(next)
            .map(Vec::as_slice)
            .zip(depths.get(next).copied());
        next += 1;
    }
    readings
}

fn is_same(one: &[Piece], other: &[Piece]) -> bool {
    one.len() == other.len() && one.iter().zip(other).all(|(a, b)| a.c == b.c)
}

/// The characters of a view.
pub(super) fn text_of(view: &[Piece]) -> String {
    view.iter().map(|piece| piece.c).collect()
}

/// A character without its case. One character stays one, so that places carry over.
pub(super) fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    only(c.to_uppercase())
        .and_then(|upper| only(upper.to_lowercase()))
        .unwrap_or(c)
}

fn only(mut several: impl Iterator<Item = char>) -> Option<char> {
    let first = several.next()?;
    several.next().is_none().then_some(first)
}

/// A name as it is searched for: without case and without characters that show nothing.
pub(super) fn folded(name: &str) -> String {
    name.chars().filter(|c| !is_hidden(*c)).map(fold).collect()
}

pub(super) fn plain(text: &str) -> Vec<Piece> {
    // Places past four gigabytes stay the last place, at which nothing can be replaced.
    let place = |at: usize| u32::try_from(at).unwrap_or(u32::MAX);
    let mut pieces = Vec::with_capacity(text.len());
    pieces.extend(
        text.char_indices()
            .filter(|(_, c)| !is_hidden(*c))
            .map(|(start, c)| Piece {
                c,
                start: place(start),
                end: place(start + c.len_utf8()),
            }),
    );
    pieces
}

/// Whether a character shows nothing, so that a name reads the same with it inside.
fn is_hidden(c: char) -> bool {
    match c {
        '\n' | '\r' | '\t' | ' '..='~' => false,
        _ => {
            c.is_control()
                || matches!(c,
                    '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180b}'..='\u{180f}' | '\u{200b}'..='\u{200f}'
                    | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{fe00}'..='\u{fe0f}'
                    | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e0fff}')
        }
    }
}

/// A kind of escape: which characters start one, and what one at the start of some pieces stands
/// for and how many of them it takes.
struct Escape {
    starts: fn(char) -> bool,
    read: fn(&[Piece]) -> Option<(char, usize)>,
}

const LINK: &Escape = &Escape {
    starts: |c| matches!(c, '%' | '&' | '[' | '(' | '{'),
    read: link_escape,
};

const STRING: &Escape = &Escape {
    starts: |c| c == '\\',
    read: string_escape,
};

/// The view with one kind of escape undone; `None` where there is none.
fn undo(view: &[Piece], escape: &Escape) -> Option<Vec<Piece>> {
    let mut undone = Vec::new();
    // Everything before `kept` is in `undone`, everything before `at` was looked at.
    let (mut kept, mut at) = (0, 0);
    while let Some(next) = view
        .get(at..)?
        .iter()
        .position(|piece| (escape.starts)(piece.c))
    {
        at += next;
        let rest = view.get(at..)?;
        let Some((c, taken)) = (escape.read)(rest) else {
            at += 1;
            continue;
        };
        if undone.is_empty() {
            undone.reserve_exact(view.len());
        }
        undone.extend_from_slice(view.get(kept..at)?);
        let taken = taken.max(1);
        let (first, last) = (rest.first()?, rest.get(taken - 1)?);
        if !is_hidden(c) {
            undone.push(Piece {
                c,
                start: first.start,
                end: last.end,
            });
        }
        at += taken;
        kept = at;
    }
    if kept == 0 {
        return None;
    }
    undone.extend_from_slice(view.get(kept..)?);
    Some(undone)
}

/// `%2e`, `&#46;`, `&amp;` and the brackets of defanged values.
fn link_escape(rest: &[Piece]) -> Option<(char, usize)> {
    match rest.first()?.c {
        '%' => percent(rest),
        '&' => entity(rest),
        _ => defanged(rest),
    }
}

fn percent(rest: &[Piece]) -> Option<(char, usize)> {
    if rest
        .get(1)
        .is_some_and(|piece| matches!(piece.c, 'u' | 'U'))
    {
        return Some((char::from_u32(hex(rest.get(2..6)?)?)?, 6));
    }
    let byte = |place: usize| {
        let escape = rest.get(3 * place..3 * place + 3)?;
        let is_escape = escape.first().is_some_and(|piece| piece.c == '%');
        u8::try_from(hex(escape.get(1..)?)?)
            .ok()
            .filter(|_| is_escape)
    };
    let first = byte(0)?;
    let length = match first {
        0xc2..=0xdf => 2,
        0xe0..=0xef => 3,
        0xf0..=0xf4 => 4,
        _ => 1,
    };
    let bytes: Option<Vec<u8>> = (0..length).map(byte).collect();
    let decoded = bytes.and_then(|bytes| String::from_utf8(bytes).ok());
    match decoded.and_then(|text| text.chars().next()) {
        Some(c) => Some((c, 3 * length)),
        // What is not UTF-8 is Latin-1 in the links that still occur.
        None => Some((char::from(first), 3)),
    }
}

fn entity(rest: &[Piece]) -> Option<(char, usize)> {
    let end = rest.iter().take(10).position(|piece| piece.c == ';')?;
    let name = text_of(rest.get(1..end)?);
    let c = match name.as_str() {
        "amp" => '&',
        "lt" => '<',
        "gt" => '>',
        "quot" => '"',
        "apos" => '\'',
        "nbsp" => ' ',
        _ => {
            let number = name.strip_prefix('#')?;
            let code = match number.strip_prefix(['x', 'X']) {
                Some(digits) => u32::from_str_radix(digits, 16),
                None => number.parse(),
            };
            char::from_u32(code.ok()?)?
        }
    };
    Some((c, end + 1))
}

fn defanged(rest: &[Piece]) -> Option<(char, usize)> {
    let close = match rest.first()?.c {
        '[' => ']',
        '(' => ')',
        '{' => '}',
        _ => return None,
    };
    let end = rest.iter().take(5).position(|piece| piece.c == close)?;
    let inner = text_of(rest.get(1..end)?).to_ascii_lowercase();
    let c = match inner.as_str() {
        "." | "dot" => '.',
        "@" | "at" => '@',
        ":" => ':',
        _ => return None,
    };
    Some((c, end + 1))
}

/// The escapes of JSON strings.
fn string_escape(rest: &[Piece]) -> Option<(char, usize)> {
    let c = match rest.get(1)?.c {
        c @ ('\\' | '/' | '"' | '\'') => c,
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        // Both show nothing that belongs to a name.
        'b' | 'f' => ' ',
        'x' => return Some((char::from_u32(hex(rest.get(2..4)?)?)?, 4)),
        'u' => return unicode(rest),
        _ => return None,
    };
    Some((c, 2))
}

fn unicode(rest: &[Piece]) -> Option<(char, usize)> {
    let unit = |from: usize| u16::try_from(hex(rest.get(from..from + 4)?)?).ok();
    let first = unit(2)?;
    if let Some(c) = char::from_u32(u32::from(first)) {
        return Some((c, 6));
    }
    let second = unit(8)?;
    let c = char::decode_utf16([first, second]).next()?.ok()?;
    Some((c, 12))
}

fn hex(digits: &[Piece]) -> Option<u32> {
    digits
        .iter()
        .try_fold(0, |number, piece| Some(number * 16 + piece.c.to_digit(16)?))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, reading: &str) {
        let readings = other_readings(&plain(text));
        let mut texts = readings.iter().map(|view| text_of(view));
        let found = text_of(&plain(text)) == reading || texts.any(|text| text == reading);
        assert!(found, "{text:?} never reads {reading:?}");
    }

    #[test]
    fn escapes_are_undone() {
        check(r"C:\\Users\\bob", r"C:\Users\bob");
        check(r"a\/b\u00e9\ud83d\ude00\x41", "a/bé😀A");
        check("bob%40corp%2Elocal%C3%A9%E9%u00e9", "bob@corp.localééé");
        check("a&amp;b&#46;c&#x2e;d", "a&b.c.d");
        check("10[.]0(.)0{dot}5 bob[at]x", "10.0.0.5 bob@x");
        check("b\u{200b}ob", "bob");
        check(r"%5C%5c\\u00e9", "é");
        check("%255Cbob", "\\bob");
        check(r"\nathan%2esmith", r"\nathan.smith");
    }

    #[test]
    fn folding_keeps_the_number_of_characters() {
        assert_eq!(folded("ZOË ẞßΣςİK"), "zoë ßßσσİk");
    }

    proptest! {
        #[test]
        fn pieces_lie_in_order_and_between_characters(text in r"[ab\\/un%&#;.\[\]0-9é☃]{0,60}") {
            let mut readings = other_readings(&plain(&text));
            each_string(&text, |view| readings.push(view.to_vec()));
            for view in readings {
                let mut end = 0;
                for piece in view {
                    prop_assert!(piece.start >= end && piece.end > piece.start);
                    prop_assert!(text.get(piece.start as usize..piece.end as usize).is_some());
                    end = piece.end;
                }
            }
        }
    }
}
