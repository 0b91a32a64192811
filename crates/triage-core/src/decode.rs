//! Encoded parts of an alert, decoded: base64, hexadecimal, percent-encoding, compressed data,
//! character codes, and commands that were torn apart to not be read.

mod base64;
mod command;
mod expression;
mod hex;
mod numbers;
mod payload;
mod percent;
mod view;
mod words;

use std::cmp::Reverse;
use std::collections::HashSet;
use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::alert::{Span, cut};
use view::View;

/// At most this many layers are decoded, nested ones included.
const MAX_LAYERS: usize = 16;

/// At most this many bytes of decoded text are kept per layer.
const MAX_LAYER_BYTES: usize = 64 * 1024;

/// How deep a decoded text is searched for further encoded parts.
const MAX_DEPTH: usize = 6;

/// At most this many bytes of one text are searched.
const MAX_SEARCHED: usize = 256 * 1024;

/// At most this many bytes are decoded in all, tried in vain included.
const MAX_DECODED: usize = 1024 * 1024;

/// At most this many terms of string expressions are read in all.
const MAX_STEPS: usize = 1024 * 1024;

/// How a part was encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Base64 of UTF-16LE text, as `powershell -EncodedCommand` takes it.
    Base64Utf16,
    /// Base64 of UTF-8 text.
    Base64Utf8,
    /// Hexadecimal digits, of UTF-8 or UTF-16LE text.
    Hex,
    /// Percent-encoding, as in the address of a web page.
    Url,
    /// gzip, within base64 or hexadecimal digits.
    Gzip,
    /// zlib or raw deflate, within base64 or hexadecimal digits.
    Deflate,
    /// The codes of characters: `[char]73`, `chr(73)`, `String.fromCharCode(73)`.
    CharCodes,
    /// A command whose words were torn apart: joined, reversed or reordered strings, backticks,
    /// carets and quotes within words.
    Concatenation,
    /// Escapes of a string literal or of HTML: `\x41`, `\u0041`, `&#65;`.
    Escapes,
}

impl Encoding {
    /// The encoding by name, for people.
    ///
    /// ```
    /// use triage_core::decode::Encoding;
    /// assert_eq!(Encoding::Url.name(), "Percent-encoding");
    /// ```
    pub fn name(self) -> &'static str {
        match self {
            Self::Base64Utf16 => "Base64 of UTF-16 text",
            Self::Base64Utf8 => "Base64 of UTF-8 text",
            Self::Hex => "Hexadecimal",
            Self::Url => "Percent-encoding",
            Self::Gzip => "gzip",
            Self::Deflate => "deflate",
            Self::CharCodes => "Character codes",
            Self::Concatenation => "Obfuscated command",
            Self::Escapes => "Character escapes",
        }
    }
}

/// One encoded part and the text in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct DecodedLayer {
    /// How it was encoded.
    pub encoding: Encoding,
    /// Where the outermost encoded text stands in the searched text.
    pub span: Span,
    /// One for a part of the alert itself, two for a part of a decoded part, and so on.
    pub depth: usize,
    /// The text, at most 64 KiB.
    pub text: String,
}

/// Finds and decodes encoded parts of `text`, outermost first, in the order of the text; no
/// decoded text twice.
///
/// What a switch or call marks as encoded is decoded where it is text. What only looks encoded
/// is decoded where it surely is: hashes, identifiers, paths and secrets are left alone.
///
/// Total work is bounded: 16 layers, six deep, 64 KiB each; the first 256 KiB of a text are
/// searched, and at most 1 MiB is decoded.
///
/// ```
/// use triage_core::decode::decode_layers;
/// let layers = decode_layers("powershell.exe -enc dwBoAG8AYQBtAGkA");
/// assert_eq!(layers[0].text, "whoami");
/// ```
pub fn decode_layers(text: &str) -> Vec<DecodedLayer> {
    let mut search = Search::default();
    search.level(text, None, 1);
    search.layers
}

/// A part of one text, decoded.
struct Found {
    range: Range<usize>,
    encoding: Encoding,
    text: String,
}

/// What was done, which is bounded.
#[derive(Debug, Default)]
struct Budget {
    /// Bytes decoded.
    decoded: usize,
    /// Terms of expressions read.
    steps: usize,
}

impl Budget {
    /// Whether so many bytes may be decoded; they count if so.
    fn spend(&mut self, bytes: usize) -> bool {
        let may = self.decoded + bytes <= MAX_DECODED;
        self.decoded += if may { bytes } else { 0 };
        may
    }

    /// Counts terms that were read; whether more may be.
    fn step(&mut self, terms: usize) -> bool {
        self.steps += terms;
        self.steps < MAX_STEPS
    }
}

#[derive(Default)]
struct Search {
    layers: Vec<DecodedLayer>,
    /// Every text that is a layer or will be one.
    seen: HashSet<String>,
    budget: Budget,
}

impl Search {
    /// Searches one text: the alert, or a decoded part that stands at `outer` in it.
    fn level(&mut self, text: &str, outer: Option<Span>, depth: usize) {
        let view = View::of(cut(text, MAX_SEARCHED));
        let mut found = find(&view.text, &mut self.budget);
        // What stands in the text itself is kept here, not again within another part of it.
        found.retain(|part| part.text != text && self.seen.insert(part.text.clone()));
        for part in found {
            if self.layers.len() == MAX_LAYERS {
                return;
            }
            let span = outer.unwrap_or_else(|| view.span(&part.range));
            self.layers.push(DecodedLayer {
                encoding: part.encoding,
                span,
                depth,
                text: part.text.clone(),
            });
            if depth < MAX_DEPTH {
                self.level(&part.text, Some(span), depth + 1);
            }
        }
    }
}

/// The encoded parts of one text, in its order, the longer first.
fn find(text: &str, budget: &mut Budget) -> Vec<Found> {
    let mut found = base64::find(text, budget);
    found.extend(hex::find(text, budget));
    found.extend(hex::find_escapes(text, budget));
    found.extend(numbers::find(text, budget));
    found.extend(percent::find(text, budget));
    found.extend(command::find(text, budget));
    found.sort_by_key(|part| (part.range.start, Reverse(part.range.end)));
    found
}

#[cfg(test)]
mod tests;
