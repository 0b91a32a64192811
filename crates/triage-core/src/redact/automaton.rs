//! All names at once: an automaton that reads a text one time, however many names there are.
//!
//! A. V. Aho and M. J. Corasick, Efficient string matching, CACM 18 (1975). The time is linear in
//! the text for any set of names and any text.

use std::collections::VecDeque;

/// Where a reading stands; zero before and between names.
pub(super) type State = u32;

/// The most names that end at one place and are all reported, longest first.
const MAX_ENDS: usize = 4;

#[derive(Clone, Debug, Default)]
struct Node {
    /// The steps on, in the order of their characters.
    next: Vec<(char, State)>,
    /// The node of the longest proper end of this one's text.
    fallback: State,
    /// The nearest node along the fallbacks at which a name ends; zero where there is none.
    shorter: State,
    /// The number of the name that ends here, and its length in characters.
    name: Option<(usize, usize)>,
}

/// The names, in the order of their numbers, ready to be searched for.
#[derive(Clone, Debug)]
pub(super) struct Automaton {
    nodes: Vec<Node>,
    /// The first step for ASCII characters: most of a text never gets further.
    first: Vec<State>,
}

impl Automaton {
    /// Of two equal names the first is reported; empty names never are.
    pub(super) fn new<Name: IntoIterator<Item = char>>(
        names: impl IntoIterator<Item = Name>,
    ) -> Self {
        let mut automaton = Self {
            nodes: vec![Node::default()],
            first: Vec::new(),
        };
        for (number, name) in names.into_iter().enumerate() {
            automaton.insert(number, name);
        }
        automaton.link();
        let root = |code: u8| automaton.child(0, char::from(code)).unwrap_or_default();
        automaton.first = (0..128).map(root).collect();
        automaton
    }

    fn insert(&mut self, number: usize, name: impl IntoIterator<Item = char>) {
        let (mut state, mut length) = (0, 0);
        for c in name {
            length += 1;
            state = if let Some(next) = self.child(state, c) {
                next
            } else {
                let Ok(fresh) = State::try_from(self.nodes.len()) else {
                    return;
                };
                self.nodes.push(Node::default());
                if let Some(node) = self.nodes.get_mut(state as usize) {
                    let place = node.next.partition_point(|(other, _)| *other < c);
                    node.next.insert(place, (c, fresh));
                }
                fresh
            };
        }
        if let Some(node) = self.nodes.get_mut(state as usize)
            && length > 0
        {
            node.name.get_or_insert((number, length));
        }
    }

    /// Fills in the fallbacks, nearer nodes before farther ones.
    fn link(&mut self) {
        let mut waiting: VecDeque<State> = VecDeque::from([0]);
        while let Some(state) = waiting.pop_front() {
            let steps = self.node(state).map(|node| node.next.clone());
            for (c, next) in steps.unwrap_or_default() {
                let fallback = if state == 0 {
                    0
                } else {
                    self.step(self.node(state).map_or(0, |node| node.fallback), c)
                };
                let shorter = self.node(fallback).map_or(0, |node| match node.name {
                    Some(_) => fallback,
                    None => node.shorter,
                });
                if let Some(node) = self.nodes.get_mut(next as usize) {
                    node.fallback = fallback;
                    node.shorter = shorter;
                }
                waiting.push_back(next);
            }
        }
    }

    fn node(&self, state: State) -> Option<&Node> {
        self.nodes.get(state as usize)
    }

    fn child(&self, state: State, c: char) -> Option<State> {
        let next = &self.node(state)?.next;
        let place = next.binary_search_by_key(&c, |(other, _)| *other).ok()?;
        next.get(place).map(|(_, state)| *state)
    }

    /// The state after one more character.
    pub(super) fn step(&self, mut state: State, c: char) -> State {
        loop {
            if state == 0
                && let Some(next) = self.first.get(c as usize)
            {
                return *next;
            }
            match self.child(state, c) {
                Some(next) => return next,
                None if state == 0 => return 0,
                None => state = self.node(state).map_or(0, |node| node.fallback),
            }
        }
    }

    /// The names that end in this state, longest first: number and length in characters.
    pub(super) fn ends(&self, state: State) -> impl Iterator<Item = (usize, usize)> {
        let at = |state: State| (state != 0).then_some(state);
        std::iter::successors(at(state), move |state| {
            self.node(*state).and_then(|node| at(node.shorter))
        })
        .filter_map(|state| self.node(state)?.name)
        .take(MAX_ENDS)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(512))]

        #[test]
        fn it_finds_what_a_naive_search_finds(
            names in prop::collection::btree_set("[abé]{0,4}", 0..6),
            text in "[abcé]{0,40}",
        ) {
            let names: Vec<String> = names.into_iter().collect();
            let automaton = Automaton::new(names.iter().map(|name| name.chars()));
            let letters: Vec<char> = text.chars().collect();
            let mut state = 0;
            for (at, c) in letters.iter().enumerate() {
                state = automaton.step(state, *c);
                let found: Vec<usize> = automaton.ends(state).map(|(number, _)| number).collect();
                let read: String = letters[..=at].iter().collect();
                let mut expected: Vec<usize> = (0..names.len())
                    .filter(|n| !names[*n].is_empty() && read.ends_with(&names[*n]))
                    .collect();
                expected.sort_by_key(|n| std::cmp::Reverse(names[*n].len()));
                prop_assert_eq!(found, expected);
            }
        }
    }
}
