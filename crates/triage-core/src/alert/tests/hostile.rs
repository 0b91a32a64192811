//! What no text may do to any format: broken, damaged, random and long alerts.

use proptest::prelude::*;

use super::*;

#[test]
fn fixtures_may_break_off_anywhere() {
    for (name, raw) in FIXTURES {
        for end in (0..raw.len()).filter(|end| raw.is_char_boundary(*end)) {
            let alert = parse_alert(&raw[..end]);
            assert!(is_sound(&alert), "{name} up to {end}");
        }
    }
}

/// A mebibyte of what costs the most must not cost more than its length.
#[test]
fn long_texts_end() {
    let deep = format!("{}{}", "[{\"a\":".repeat(60), "1");
    let many = [
        format!("{{\"a\":\"{}\"}}", "\\u0041".repeat(170_000)),
        format!("{{{}\"z\":1}}", "\"k\":\"a\\n\",".repeat(80_000)),
        format!(
            "[{{{}\"z\":1}}]",
            "\"Entities\":[{\"x\":[]}],".repeat(40_000)
        ),
        format!("<Event><System>{}", "<a b='".repeat(170_000)),
        format!("<Event><System>{}", "<a>".repeat(340_000)),
        format!("<Event><System>{}", "&".repeat(1_000_000)),
        format!("<Event{} <System", " a".repeat(500_000)),
        format!("CEF:0|a|b|c|d|e|5|{}", "k=\\ kLabel=v ".repeat(80_000)),
        format!("LEEF:2.0|a|b|c|d|^|{}", "k=^".repeat(340_000)),
        format!("<1>1 - - - - - {}", "[a b=\"\\\"\"]".repeat(100_000)),
        "<13>Mar  5 10:00:00 a b: c\n".repeat(38_000),
        format!(
            "From: a\nTo: b\nSubject: c\nDate: d\n{}",
            "--\n= =\n".repeat(130_000)
        ),
        format!(
            "From: a\nTo: b\nDate: d\nSubject: {}",
            "=?u?q?=41?= ".repeat(85_000)
        ),
        "From: a\n".repeat(130_000),
        deep.repeat(1_000),
    ];
    for raw in many {
        assert!(is_sound(&parse_alert(&raw)));
    }
}

proptest! {
    #[test]
    fn any_text_is_survived_in_any_format(raw in ".{0,200}", place in 0..F::ALL.len()) {
        let alert = parse_alert_as(&raw, F::ALL.get(place).copied());
        prop_assert!(is_sound(&alert));
        prop_assert!(alert.fields.len() <= MAX_FIELDS);
    }

    #[test]
    fn damaged_fixtures_are_survived(
        place in 0..FIXTURES.len(),
        damage in proptest::collection::vec((any::<proptest::sample::Index>(), "[ -~]|\\PC|\n"), 1..6),
        asked in proptest::option::of(0..F::ALL.len()),
    ) {
        let mut text: Vec<char> = FIXTURES[place].1.chars().collect();
        for (at, sign) in damage {
            let at = at.index(text.len());
            text.splice(at..=at, sign.chars());
        }
        let raw: String = text.into_iter().collect();
        let alert = parse_alert_as(&raw, asked.map(|asked| F::ALL[asked]));
        prop_assert!(is_sound(&alert));
    }
}
