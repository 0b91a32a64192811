//! Addresses of machines: which digits are an IPv4, IPv6 or hardware address, and which are a
//! version, a time or a mask.

use std::net::{Ipv4Addr, Ipv6Addr};
use std::sync::LazyLock;

use regex::Regex;

use super::defang::refang;
use super::field::Meaning;
use super::pattern::Place;

/// What stands before a version number: `Version: `, `FileVersion="`, `build `.
static VERSION_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(
        r"(?i)(?:version|firmware|build|(?-u:\b)ver|\.net|java|upgraded? to)[\s=:>\x22'(]{0,5}$",
    )
    .expect("the pattern is a constant that tests compile")
});

/// The product's version in the head of CEF and LEEF.
static HEAD_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:CEF|LEEF):[0-9.]+\|[^|]*\|[^|]*\|$")
        .expect("the pattern is a constant that tests compile")
});

/// A product before a slash: `Chrome/`, `aws-cli/`. Interfaces of firewalls and hosts are written
/// the same way (`inside/10.0.0.5`), so one plain lower-case word is no product.
static PRODUCT_BEFORE: LazyLock<Regex> = LazyLock::new(|| {
    Regex::new(r"(?:[A-Z][A-Za-z_-]*|[a-z]+(?:-[a-z]+)+|curl|okhttp|axios|kubectl|wget)/$")
        .expect("the pattern is a constant that tests compile")
});

/// The address at a place that looks like IPv4, with its prefix where it names a network.
pub(super) fn ipv4(place: &Place<'_>) -> Option<String> {
    let written = refang(place.written);
    let (digits, prefix) = split_prefix(&written);
    let address: Ipv4Addr = digits.parse().ok()?;
    let (before, after) = (place.before(32), place.after());
    let is_part_of_longer = before.ends_with(|c: char| c.is_alphanumeric() || c == '_')
        || ends_in_number_and(before, '.')
        || before.ends_with('-')
            && before
                .trim_end_matches('-')
                .ends_with(char::is_alphanumeric)
        || after.starts_with(|c: char| c.is_alphanumeric() || c == '_')
        || starts_with_and_number(after, '.');
    let is_mask = address.octets().first() == Some(&255) || address.is_unspecified();
    let is_product =
        PRODUCT_BEFORE.is_match(before) && !address.is_private() && !after.starts_with(['(', ':']);
    // `registry/app:1.2.3.4` is an image; `/node:10.0.0.5` is a switch.
    let word = before.rsplit(char::is_whitespace).next()?;
    let is_image_tag = word.ends_with(':')
        && word.split_once('/').is_some_and(|(registry, app)| {
            !registry.is_empty() && app.len() > 1 && !app.contains(['/', '('])
        });
    if is_part_of_longer
        || is_mask
        || is_product
        || is_image_tag
        || VERSION_BEFORE.is_match(before)
        || (before.ends_with('|') && HEAD_BEFORE.is_match(place.before(128)))
        || place.is_in(&[Meaning::Version])
    {
        return None;
    }
    let bits = u64::from(address.to_bits());
    Some(match prefix {
        Some(length) if is_network(bits, 32, length) => format!("{address}/{length}"),
        _ => address.to_string(),
    })
}

/// The address at a place that looks like IPv6, without brackets, zone and port.
pub(super) fn ipv6(place: &Place<'_>) -> Option<(String, usize)> {
    let written = refang(place.written);
    let (digits, prefix) = split_prefix(&written);
    let digits = digits
        .strip_suffix(':')
        .filter(|kept| !kept.ends_with(':'))
        .unwrap_or(digits);
    let before = place.before(8);
    let is_joined = before.ends_with(|c: char| c.is_alphanumeric() || matches!(c, '_' | ':' | '.'));
    // `src:2001:db8::1`, `IPv6:2001:db8::1`: what stands before the first colon belongs to a key.
    let (skipped, digits) = match digits.split_once(':') {
        Some((key, rest)) if !rest.starts_with(':') && (is_joined || key.is_empty()) => {
            (key.len() + 1, rest)
        }
        _ => (0, digits),
    };
    let address: Ipv6Addr = digits.parse().ok()?;
    let is_part_of_longer = (skipped == 0 && is_joined)
        || place
            .after()
            .starts_with(|c: char| c.is_alphanumeric() || c == '_');
    // C++ and Rust write `dead::beef`, and ratios and times have short groups: every block that
    // is in use begins with a group of three digits or more, with `::` or with `64:ff9b`.
    let first = digits.split(':').next().unwrap_or_default();
    let is_word = !digits.contains(|c: char| c.is_ascii_digit())
        || !(first.len() >= 3 || digits.starts_with("::") || digits.starts_with("64:"));
    if is_part_of_longer || is_word || address.is_unspecified() || place.is_in(&[Meaning::Version])
    {
        return None;
    }
    let value = match prefix {
        Some(length) if is_network_v6(address, length) => format!("{digits}/{length}"),
        _ => digits.to_owned(),
    };
    Some((value, skipped))
}

/// The hardware address at a place that looks like one; not a mask, not a longer fingerprint.
pub(super) fn mac(place: &Place<'_>) -> Option<String> {
    let digits: Vec<char> = place
        .written
        .chars()
        .filter(char::is_ascii_hexdigit)
        .collect();
    let is_part_of_longer = place.before(1).ends_with([':', '-', '.'])
        && place.before(2).starts_with(|c: char| c.is_ascii_hexdigit())
        || starts_with_and_hex(place.after());
    let first = digits.first()?;
    let is_mask = digits.iter().all(|digit| digit.eq_ignore_ascii_case(first));
    (!is_part_of_longer && !is_mask).then(|| place.written.to_owned())
}

fn split_prefix(written: &str) -> (&str, Option<u32>) {
    match written.split_once('/') {
        Some((digits, length)) => (digits, length.parse().ok()),
        None => (written, None),
    }
}

/// Whether no bit is set behind the prefix: `10.0.0.0/8` is a network, `10.0.0.5/24` is not, and
/// `10.0.0.5/53` is a port.
fn is_network(bits: u64, width: u32, length: u32) -> bool {
    (1..width).contains(&length) && bits & ((1_u64 << (width - length)) - 1) == 0
}

fn is_network_v6(address: Ipv6Addr, length: u32) -> bool {
    (1..128).contains(&length) && address.to_bits() & (u128::MAX >> length) == 0
}

fn ends_in_number_and(text: &str, mark: char) -> bool {
    text.strip_suffix(mark)
        .is_some_and(|rest| rest.ends_with(|c: char| c.is_ascii_digit()))
}

fn starts_with_and_number(text: &str, mark: char) -> bool {
    text.strip_prefix(mark)
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()))
}

fn starts_with_and_hex(text: &str) -> bool {
    text.strip_prefix([':', '-', '.'])
        .is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_hexdigit()))
}
