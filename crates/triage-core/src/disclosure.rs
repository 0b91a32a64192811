//! The smallest disclosure: how few parts of an alert lead to the same techniques.

use serde::{Deserialize, Serialize};

use crate::attack::TechniqueId;

/// The most parts that are tried one by one. Of an alert with more, the longest are tried and the
/// rest is sent in any case.
pub const MAX_TRIED: usize = 40;

/// What fewer parts are worth, from all of them down to one.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Disclosure {
    /// The techniques that all parts lead to, best first.
    pub techniques: Vec<TechniqueId>,
    /// One point for each number of parts, most first.
    pub curve: Vec<DisclosurePoint>,
    /// The point with the fewest parts that lead to the same techniques, by its place in `curve`.
    pub smallest: usize,
}

/// One number of parts and what it leads to.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct DisclosurePoint {
    /// The parts to send, by their places in the alert's parts, in order.
    pub keep: Vec<usize>,
    /// Their bytes.
    pub bytes: usize,
    /// How many of the techniques that all parts lead to are still among as many, 0..=1.
    pub same: f64,
}

/// Finds the curve: parts are left out one after the other, first those that matter least alone.
///
/// `bytes` has the size of each part; `ranked` gives the best techniques of some parts, named by
/// their places.
///
/// # Errors
///
/// The first error of `ranked`.
pub fn disclose<E>(
    bytes: &[usize],
    mut ranked: impl FnMut(&[usize]) -> Result<Vec<TechniqueId>, E>,
) -> Result<Disclosure, E> {
    let all: Vec<usize> = (0..bytes.len()).collect();
    let techniques = ranked(&all)?;
    let size = |keep: &[usize]| keep.iter().filter_map(|part| bytes.get(*part)).sum();
    let mut tried = all.clone();
    tried.sort_by_key(|part| std::cmp::Reverse(bytes.get(*part).copied()));
    tried.truncate(MAX_TRIED);
    let mut order = Vec::with_capacity(tried.len());
    for part in tried {
        let rest: Vec<usize> = all.iter().copied().filter(|other| *other != part).collect();
        let same = share(&techniques, &ranked(&rest)?);
        order.push((part, same));
    }
    // What changes nothing goes first, and of that the longest.
    order.sort_by(|(a, same_a), (b, same_b)| {
        same_b
            .total_cmp(same_a)
            .then_with(|| bytes.get(*b).cmp(&bytes.get(*a)))
    });
    let mut keep = all;
    let mut curve = vec![DisclosurePoint {
        bytes: size(&keep),
        keep: keep.clone(),
        same: 1.0,
    }];
    for (part, _) in order {
        keep.retain(|other| *other != part);
        if keep.is_empty() {
            break;
        }
        curve.push(DisclosurePoint {
            bytes: size(&keep),
            keep: keep.clone(),
            same: share(&techniques, &ranked(&keep)?),
        });
    }
    let smallest = curve
        .iter()
        .rposition(|point| point.same >= 1.0)
        .unwrap_or_default();
    Ok(Disclosure {
        techniques,
        curve,
        smallest,
    })
}

/// How many of `wanted` are among `found`, as a share; 1 where nothing is wanted.
#[expect(clippy::cast_precision_loss, reason = "at most fifty techniques")]
fn share(wanted: &[TechniqueId], found: &[TechniqueId]) -> f64 {
    if wanted.is_empty() {
        return 1.0;
    }
    let kept = wanted.iter().filter(|id| found.contains(id)).count();
    kept as f64 / wanted.len() as f64
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    fn id(text: &str) -> TechniqueId {
        text.parse().unwrap()
    }

    #[test]
    fn what_carries_the_techniques_is_kept_longest() {
        // Part 1 leads to the first technique, part 3 to the second; 0 and 2 to nothing.
        let ranked = |keep: &[usize]| {
            let mut found = Vec::new();
            if keep.contains(&1) {
                found.push(id("T1059.001"));
            }
            if keep.contains(&3) {
                found.push(id("T1003"));
            }
            Ok::<_, Infallible>(found)
        };
        let disclosure = disclose(&[10, 20, 300, 5], ranked).unwrap();
        let smallest = &disclosure.curve[disclosure.smallest];
        assert_eq!(smallest.keep, [1, 3]);
        assert_eq!((smallest.bytes, smallest.same), (25, 1.0));
        let kept: Vec<usize> = disclosure
            .curve
            .iter()
            .map(|point| point.keep.len())
            .collect();
        assert_eq!(kept, [4, 3, 2, 1]);
        assert!(disclosure.curve[3].same < 1.0);
    }

    #[test]
    fn an_alert_of_one_part_has_no_choice() {
        let disclosure = disclose(&[10], |_| Ok::<_, Infallible>(vec![])).unwrap();
        assert_eq!((disclosure.curve.len(), disclosure.smallest), (1, 0));
    }
}
