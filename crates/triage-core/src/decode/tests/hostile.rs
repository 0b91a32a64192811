//! Whatever is pasted is survived, and costs no more than its length says.

use std::collections::HashSet;

use proptest::prelude::*;

use super::*;

/// What a search through one piece, again and again, cost.
fn cost(piece: &str, bytes: usize) -> Budget {
    let mut search = Search::default();
    search.level(&piece.repeat(bytes / piece.len()), None, 1);
    let is_small = |layer: &DecodedLayer| layer.text.len() <= MAX_LAYER_BYTES;
    assert!(search.layers.iter().all(is_small), "{piece}");
    assert!(search.layers.len() <= MAX_LAYERS, "{piece}");
    assert!(search.budget.decoded <= MAX_DECODED, "{piece}");
    search.budget
}

#[test]
fn twice_the_text_costs_twice_the_work() {
    let token = format!("FromBase64String('{}') ", base64("a b c d e f"));
    for piece in [
        "[char]1+",
        "[char]65+",
        "'a'+",
        "('a'+",
        "(((((",
        "('",
        "'\"",
        "\"",
        "-join(",
        "'a',",
        "\"{0}\" -f ",
        "'a'[-1..",
        "c",
        "chr(",
        "QUJD",
        "41",
        "\\x41",
        "%41",
        "%",
        "`",
        "a`",
        "^",
        "a^b",
        "a''",
        "a\\",
        "| base64 -d",
        "-enc ",
        "H4sIAAAA ",
        "FromBase64String('eJw",
        "1,",
        "0x41,",
        "&quot;",
        "{\"a\":\"",
        "k: a^b^c^d ",
        &token,
    ] {
        let (once, twice) = (cost(piece, 8 * 1024), cost(piece, 16 * 1024));
        assert!(twice.steps <= 2 * once.steps + 64, "{piece}: {twice:?}");
        assert!(twice.steps <= 4 * 16 * 1024, "{piece}: {twice:?}");
        let window = payload::INFLATE_COST;
        assert!(
            twice.decoded <= 2 * once.decoded + 2 * window,
            "{piece}: {once:?} {twice:?}"
        );
    }
}

#[test]
fn the_longest_alert_is_searched_within_the_bounds() {
    for piece in [
        "[char]1+",
        "[char]65+",
        "'a'+",
        "('a'+",
        "QUJD",
        "%41",
        "`",
        "a`",
    ] {
        let whole = cost(piece, 1024 * 1024);
        assert!(whole.steps <= 4 * MAX_SEARCHED, "{piece}: {whole:?}");
    }
}

#[test]
fn layers_nest_to_a_bound() {
    let mut command = String::from("whoami /all");
    for _ in 0..MAX_DEPTH + 2 {
        command = format!("powershell -enc {}", utf16(&command));
    }
    let layers = decode_layers(&command);
    assert_eq!(layers.len(), MAX_DEPTH);
    assert!(layers.iter().map(|l| l.depth).eq(1..=MAX_DEPTH));
    assert!(layers.iter().all(|layer| layer.span == layers[0].span));
}

/// What the rules look for, to be joined at random.
const PIECES: &[&str] = &[
    "'",
    "\"",
    "\\\"",
    "\\u0027",
    "&quot;",
    "(",
    ")",
    "[",
    "]",
    "{",
    "}",
    "+",
    " & ",
    ",",
    " ",
    "\n",
    "é",
    "=",
    ":",
    "[char]",
    "73",
    "0x49",
    "chr(",
    "fromCharCode(",
    "-join ''",
    " -f ",
    "{0}",
    "[-1..-3]",
    "'IE'",
    "'X'",
    "XEI",
    "%2F",
    "%",
    "%u0041",
    "\\x41",
    "&#65;",
    "^",
    "`",
    "power",
    "shell",
    "-enc ",
    "FromBase64String(",
    "{\"a\":\"",
    "dwBoAG8AYQBtAGkA",
    "aWQgPiAvdG1wL291dA==",
    "77686f616d69202f70726976",
    " | base64 -d",
    "H4sIAAAAAAAA",
    "k: ",
];

proptest! {
    #[test]
    fn any_text_is_survived(text in ".{0,400}") {
        for layer in decode_layers(&text) {
            prop_assert!(text.get(layer.span.range()).is_some());
        }
    }

    #[test]
    fn whatever_is_joined_is_survived(pieces in prop::collection::vec(prop::sample::select(PIECES), 0..60)) {
        let text = pieces.concat();
        let layers = decode_layers(&text);
        let mut texts = HashSet::new();
        let mut start = 0;
        for layer in &layers {
            prop_assert!(text.get(layer.span.range()).is_some_and(|part| !part.is_empty()));
            prop_assert!(start <= layer.span.start, "the order of the text");
            prop_assert!(texts.insert(&layer.text), "once");
            prop_assert!((1..=MAX_DEPTH).contains(&layer.depth));
            start = layer.span.start;
        }
    }

    #[test]
    fn an_encoded_command_comes_back(command in "[a-zA-Z0-9 ./:_-]{6,80}") {
        let alert = format!("powershell.exe -nop -EncodedCommand {}", utf16(&command));
        prop_assert_eq!(&decode_layers(&alert)[0].text, &command);
    }
}
