//! A set of offsets as ranges: what is dense costs nothing, however much of it there is.

use std::collections::BTreeMap;

/// Offsets, as ranges that neither touch nor overlap: first and the one behind the last.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Ranges(BTreeMap<i64, i64>);

impl Ranges {
    /// Whether `offset` is in it.
    pub fn contains(&self, offset: i64) -> bool {
        self.0.range(..=offset).next_back().is_some_and(|(_, end)| *end > offset)
    }

    /// Puts `offset` in. Says whether it was not there.
    pub fn insert(&mut self, offset: i64) -> bool {
        let new = !self.contains(offset);
        if new {
            self.insert_range(offset, offset + 1);
        }
        new
    }

    /// Puts all of `from..end` in.
    pub fn insert_range(&mut self, from: i64, end: i64) {
        let (mut from, mut end) = (from, end);
        if from >= end {
            return;
        }
        while let Some((first, last)) = self.0.range(..=end).next_back().map(|(first, last)| (*first, *last))
        {
            if last < from {
                break;
            }
            (from, end) = (from.min(first), end.max(last));
            self.0.remove(&first);
        }
        self.0.insert(from, end);
    }

    /// Takes `offset` out. Says whether it was there.
    pub fn remove(&mut self, offset: i64) -> bool {
        let Some((first, end)) = self.0.range(..=offset).next_back().map(|(first, end)| (*first, *end))
        else {
            return false;
        };
        if end <= offset {
            return false;
        }
        self.0.remove(&first);
        for (from, to) in [(first, offset), (offset + 1, end)] {
            if from < to {
                self.0.insert(from, to);
            }
        }
        true
    }

    /// What of `from..to` is not in it, in order, `most` ranges at the most.
    pub fn gaps(&self, from: i64, to: i64, most: usize) -> Vec<(i64, i64)> {
        let (mut gaps, mut at) = (Vec::new(), from);
        if let Some((_, end)) = self.0.range(..=from).next_back() {
            at = at.max(*end);
        }
        for (first, end) in self.0.range(from..) {
            if at >= to || gaps.len() == most {
                break;
            }
            if at < *first {
                gaps.push((at, (*first).min(to)));
            }
            at = at.max(*end);
        }
        if at < to && gaps.len() < most {
            gaps.push((at, to));
        }
        gaps
    }

    /// The first range.
    pub fn first(&self) -> Option<(i64, i64)> {
        self.0.first_key_value().map(|(from, end)| (*from, *end))
    }

    /// Behind the last range.
    pub fn last_end(&self) -> Option<i64> {
        self.0.last_key_value().map(|(_, end)| *end)
    }

    /// Forgets the first range.
    pub fn pop_first(&mut self) -> Option<(i64, i64)> {
        self.0.pop_first()
    }

    /// How many offsets there are.
    pub fn count(&self) -> i64 {
        self.0.iter().map(|(from, end)| end - from).sum()
    }

    /// How many ranges: what it costs.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether nothing is in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeSet;

    #[test]
    fn what_touches_becomes_one() {
        let mut ranges = Ranges::default();
        for offset in [5, 3, 4, 9] {
            assert!(ranges.insert(offset));
        }
        assert!(!ranges.insert(4));
        assert_eq!((ranges.len(), ranges.count(), ranges.first()), (2, 4, Some((3, 6))));
        assert_eq!(ranges.gaps(0, 12, 9), [(0, 3), (6, 9), (10, 12)]);
        assert_eq!(ranges.gaps(4, 12, 1), [(6, 9)]);
        assert_eq!(ranges.gaps(3, 6, 9), []);
        assert!(ranges.remove(4) && !ranges.remove(4) && !ranges.remove(7));
        assert_eq!(ranges.gaps(3, 6, 9), [(4, 5)]);
    }

    proptest! {
        #[test]
        fn ranges_are_a_set(steps in prop::collection::vec((0..4_u8, 0..40_i64, 0..9_i64), 0..60)) {
            let (mut ranges, mut set) = (Ranges::default(), BTreeSet::new());
            for (what, at, more) in steps {
                match what {
                    0 => prop_assert_eq!(ranges.insert(at), set.insert(at)),
                    1 => prop_assert_eq!(ranges.remove(at), set.remove(&at)),
                    _ => {
                        ranges.insert_range(at, at + more);
                        set.extend(at..at + more);
                    }
                }
                let missing: Vec<i64> = (2..30).filter(|offset| !set.contains(offset)).collect();
                let gaps: Vec<i64> = ranges.gaps(2, 30, 99).into_iter().flat_map(|(from, to)| from..to).collect();
                prop_assert_eq!(gaps, missing);
                prop_assert_eq!(usize::try_from(ranges.count()).unwrap(), set.len());
                let runs = set.iter().filter(|offset| !set.contains(&(**offset - 1))).count();
                prop_assert_eq!(ranges.len(), runs);
            }
        }
    }
}
