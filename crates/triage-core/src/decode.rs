//! Encoded parts of an alert, decoded: base64 after PowerShell's switches and calls.

use std::sync::LazyLock;

use base64::Engine as _;
use base64::engine::DecodePaddingMode;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig};
use regex::Regex;
use serde::{Deserialize, Serialize};

use crate::alert::Span;

/// At most this many layers are decoded, nested ones included.
const MAX_LAYERS: usize = 16;

/// At most this many bytes of decoded text are kept per layer.
const MAX_LAYER_BYTES: usize = 64 * 1024;

/// How deep a decoded text is searched for further encoded parts.
const MAX_DEPTH: usize = 4;

/// How a part was encoded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Encoding {
    /// Base64 of UTF-16LE text, as `powershell -EncodedCommand` takes it.
    Base64Utf16,
    /// Base64 of UTF-8 text.
    Base64Utf8,
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

/// `-e`, `-enc`, `-EncodedCommand` and what PowerShell accepts between, or `FromBase64String(`.
static ENCODED: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r#"(?i)(?:[\s"'/–-]-?e(?:c|nc?|nco|ncod|ncode|ncoded|ncodedc|ncodedco|ncodedcom|ncodedcomm|ncodedcomma|ncodedcomman|ncodedcommand)?\s+|FromBase64String\s*\(\s*)["']?(?<data>[A-Za-z0-9+/]{8,}={0,2})"#,
    )
    .expect("the pattern is a constant that tests compile")
});

/// Command lines are often cut or lose their padding on the way into an alert.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &base64::alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_padding_mode(DecodePaddingMode::Indifferent)
        .with_decode_allow_trailing_bits(true),
);

/// Finds and decodes encoded parts of `text`, outermost first, in the order of the text.
///
/// Total work is bounded: 16 layers, four deep, 64 KiB each.
///
/// ```
/// use triage_core::decode::decode_layers;
/// let layers = decode_layers("powershell.exe -enc dwBoAG8AYQBtAGkA");
/// assert_eq!(layers[0].text, "whoami");
/// ```
pub fn decode_layers(text: &str) -> Vec<DecodedLayer> {
    let mut layers = Vec::new();
    decode_into(text, None, 1, &mut layers);
    layers
}

fn decode_into(text: &str, outer: Option<Span>, depth: usize, layers: &mut Vec<DecodedLayer>) {
    for found in ENCODED.captures_iter(text) {
        if layers.len() == MAX_LAYERS {
            return;
        }
        let Some(data) = found.name("data") else {
            continue;
        };
        let Some((encoding, inner)) = decode_base64(data.as_str()) else {
            continue;
        };
        let span = outer.unwrap_or_else(|| data.range().into());
        layers.push(DecodedLayer {
            encoding,
            span,
            depth,
            text: inner.clone(),
        });
        if depth < MAX_DEPTH {
            decode_into(&inner, Some(span), depth + 1, layers);
        }
    }
}

fn decode_base64(data: &str) -> Option<(Encoding, String)> {
    // One left-over digit holds no byte: it is where the log cut the command.
    let whole = data.trim_end_matches('=');
    let whole = if whole.len() % 4 == 1 {
        whole.get(..whole.len() - 1)?
    } else {
        whole
    };
    let whole = whole.get(..whole.len().min(2 * MAX_LAYER_BYTES))?;
    let bytes = LENIENT.decode(whole).ok()?;
    let units: Vec<u16> = bytes
        .as_chunks::<2>()
        .0
        .iter()
        .map(|pair| u16::from_le_bytes(*pair))
        .collect();
    let utf16 = String::from_utf16_lossy(&units);
    // Latin text in UTF-16LE has a zero in every second byte; nothing else does.
    let zeros = bytes
        .iter()
        .skip(1)
        .step_by(2)
        .filter(|byte| **byte == 0)
        .count();
    let (encoding, text) = if 2 * zeros > units.len() {
        (Encoding::Base64Utf16, utf16)
    } else {
        (Encoding::Base64Utf8, String::from_utf8(bytes).ok()?)
    };
    let is_text = !text.is_empty() && text.chars().all(|c| !c.is_control() || c.is_whitespace());
    let text = crate::alert::cut(&text, MAX_LAYER_BYTES).to_owned();
    is_text.then_some((encoding, text))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn check(text: &str, expected: &[(Encoding, &str)]) {
        let layers = decode_layers(text);
        let found: Vec<_> = layers
            .iter()
            .map(|l| (l.encoding, l.text.as_str()))
            .collect();
        assert_eq!(found, expected, "{text}");
    }

    #[test]
    fn powershell_switches_and_calls() {
        let whoami = "dwBoAG8AYQBtAGkA";
        for switch in ["-e", "-ec", "-enc", "-EncodedCommand", "/enc", "-ENCOD"] {
            check(
                &format!("powershell {switch} {whoami}."),
                &[(Encoding::Base64Utf16, "whoami")],
            );
        }
        check(
            "[Convert]::FromBase64String('aGVsbG8gd29ybGQ=')",
            &[(Encoding::Base64Utf8, "hello world")],
        );
    }

    #[test]
    fn what_is_not_text_is_left_alone() {
        check("powershell -enc AAECAwQFBgc=", &[]);
        check("ls -e something", &[]);
        check("no encoding here", &[]);
    }

    #[test]
    fn layers_nest_to_a_bound() {
        let mut command = String::from("whoami /all");
        for _ in 0..6 {
            let utf16: Vec<u8> = command.encode_utf16().flat_map(u16::to_le_bytes).collect();
            command = format!("powershell -enc {}", LENIENT.encode(utf16));
        }
        let layers = decode_layers(&command);
        assert_eq!(layers.len(), MAX_DEPTH);
        assert_eq!(
            layers.iter().map(|l| l.depth).collect::<Vec<_>>(),
            [1, 2, 3, 4]
        );
        assert!(layers.iter().all(|layer| layer.span == layers[0].span));
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in ".{0,400}") {
            for layer in decode_layers(&text) {
                prop_assert!(text.get(layer.span.range()).is_some());
            }
        }

        #[test]
        fn an_encoded_command_comes_back(command in "[a-zA-Z0-9 ./:_-]{6,80}") {
            let utf16: Vec<u8> = command.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let alert = format!("powershell.exe -nop -EncodedCommand {}", LENIENT.encode(utf16));
            prop_assert_eq!(&decode_layers(&alert)[0].text, &command);
        }
    }
}
