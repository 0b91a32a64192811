//! What has become of a technique identifier: whether the loaded version knows it, and where an
//! identifier of another version leads.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::{Moved, TechniqueId};

/// Revocations follow each other at most this often; a bundle with more goes in a circle.
const MAX_STEPS: usize = 8;

/// The identifiers of one ATT&CK version and what it says of those it gave up.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vocabulary {
    /// Active identifiers, in order.
    pub active: Vec<TechniqueId>,
    /// Where revoked identifiers lead, in order.
    pub moved: Vec<Moved>,
    /// Identifiers given up without an heir, in order.
    pub deprecated: Vec<TechniqueId>,
}

/// What a version says of an identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is a technique of this version.
    Active,
    /// It goes by another identifier here.
    Moved(TechniqueId),
    /// It was given up and nothing took its place.
    Deprecated,
    /// This version has never heard of it.
    Unknown,
}

/// Moves between two versions, for records whose own version is not at hand.
#[derive(Deserialize)]
struct Bridge {
    moved: Vec<BridgeMove>,
    gone: Vec<TechniqueId>,
}

#[derive(Deserialize)]
struct BridgeMove {
    from: TechniqueId,
    to: TechniqueId,
    /// Both have the same name; the others are alike in name and text.
    same_name: bool,
}

static BRIDGE: LazyLock<Bridge> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../data/crosswalk.json"))
        .expect("the table is a constant that tests read")
});

impl Vocabulary {
    /// What this version says of `id`.
    ///
    /// The version's own revocations come first. Only where it has none, the table of moves
    /// between v18.1 and v19.2 is asked, in both directions: a v18 record read by a v19 index,
    /// and a v19 label read by a v18 index.
    pub fn standing(&self, id: TechniqueId) -> Standing {
        if self.is_active(id) {
            return Standing::Active;
        }
        let own = |id| {
            let at = self.moved.binary_search_by_key(&id, |moved| moved.from);
            Some(self.moved.get(at.ok()?)?.to)
        };
        if let Some(heir) = self.follow(id, own) {
            return Standing::Moved(heir);
        }
        let newer = |id| BRIDGE.moved.iter().find(|m| m.from == id).map(|m| m.to);
        let older = |id| {
            let sources = BRIDGE.moved.iter().filter(|m| m.to == id);
            sources.max_by_key(|m| m.same_name).map(|m| m.from)
        };
        if let Some(heir) = self.follow(id, newer).or_else(|| self.follow(id, older)) {
            return Standing::Moved(heir);
        }
        if self.deprecated.binary_search(&id).is_ok() || BRIDGE.gone.contains(&id) {
            Standing::Deprecated
        } else {
            Standing::Unknown
        }
    }

    /// The active identifier that `id` stands for, if there is one.
    pub fn resolve(&self, id: TechniqueId) -> Option<TechniqueId> {
        match self.standing(id) {
            Standing::Active => Some(id),
            Standing::Moved(heir) => Some(heir),
            Standing::Deprecated | Standing::Unknown => None,
        }
    }

    fn is_active(&self, id: TechniqueId) -> bool {
        self.active.binary_search(&id).is_ok()
    }

    /// Goes from heir to heir until one is active.
    fn follow(
        &self,
        id: TechniqueId,
        next: impl Fn(TechniqueId) -> Option<TechniqueId>,
    ) -> Option<TechniqueId> {
        let mut heir = id;
        for _ in 0..MAX_STEPS {
            heir = next(heir)?;
            if self.is_active(heir) {
                return Some(heir);
            }
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(text: &str) -> TechniqueId {
        text.parse().unwrap()
    }

    fn vocabulary(active: &[&str], moved: &[(&str, &str)], deprecated: &[&str]) -> Vocabulary {
        Vocabulary {
            active: active.iter().map(|text| id(text)).collect(),
            moved: moved
                .iter()
                .map(|(from, to)| Moved {
                    from: id(from),
                    to: id(to),
                })
                .collect(),
            deprecated: deprecated.iter().map(|text| id(text)).collect(),
        }
    }

    fn check(vocabulary: &Vocabulary, text: &str, expected: Standing) {
        assert_eq!(vocabulary.standing(id(text)), expected, "{text}");
    }

    #[test]
    fn a_versions_own_word_comes_first() {
        let here = vocabulary(
            &["T1059.001", "T1070.001", "T1110"],
            &[
                ("T1086", "T1059.001"),
                ("T1562", "T1110"),
                ("T1700", "T1701"),
                ("T1701", "T1086"),
                ("T1800", "T1801"),
                ("T1801", "T1800"),
            ],
            &["T1064"],
        );
        check(&here, "T1110", Standing::Active);
        check(&here, "T1086", Standing::Moved(id("T1059.001")));
        check(&here, "T1700", Standing::Moved(id("T1059.001")));
        check(&here, "T1562", Standing::Moved(id("T1110")));
        check(&here, "T1064", Standing::Deprecated);
        check(&here, "T1999", Standing::Unknown);
        // A circle of revocations ends.
        check(&here, "T1800", Standing::Unknown);
    }

    #[test]
    fn the_table_bridges_versions_both_ways() {
        let newer = vocabulary(&["T1685", "T1685.005"], &[], &[]);
        check(&newer, "T1070.001", Standing::Moved(id("T1685.005")));
        check(&newer, "T1562.001", Standing::Moved(id("T1685")));
        check(&newer, "T1562.006", Standing::Deprecated);
        let older = vocabulary(&["T1070.001", "T1562", "T1562.001"], &[], &[]);
        check(&older, "T1685.005", Standing::Moved(id("T1070.001")));
        // Two led to it; the one of the same name counts.
        check(&older, "T1685", Standing::Moved(id("T1562.001")));
        check(&older, "T1562", Standing::Active);
    }
}
