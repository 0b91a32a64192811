//! Long values, shortened to their head and tail, their length and their hash.

use crate::digest::sha256_hex;

/// `text` itself; or, where it has more than `limit` bytes, its head and tail with a word between
/// about what was left out.
///
/// What is sent of a payload is enough to recognise it by: services refuse the payload itself.
pub(super) fn shorten(text: &str, limit: usize) -> String {
    if text.len() <= limit {
        return text.to_owned();
    }
    let head = text
        .get(..text.floor_char_boundary(limit * 3 / 4))
        .unwrap_or_default();
    let tail = text
        .get(text.ceil_char_boundary(text.len() - limit / 4)..)
        .unwrap_or_default();
    let hash = sha256_hex(text.as_bytes());
    format!(
        "{head} [... {} of {} bytes left out, sha256 {} ...] {tail}",
        text.len() - head.len() - tail.len(),
        text.len(),
        hash.get(..12).unwrap_or_default()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_long_keeps_head_tail_length_and_hash() {
        assert_eq!(shorten("short", 8), "short");
        let short = shorten(&"é".repeat(100), 20);
        assert!(
            short.starts_with("ééééééé [... 182 of 200 bytes left out, sha256 "),
            "{short}"
        );
        assert!(short.ends_with("...] éé"), "{short}");
    }
}
