//! When everything up to some moment was decided and is in the store, follow-ups included.
//!
//! A round ends when each partition of `member-commands` is flushed up to where it ended when the round began: its commands
//! are decided, their rows written, and what they told other accounts is in `member-commands`, too (the flush watermark
//! waits for it). So whatever stood there at some moment is through after one whole round that began later; and what came of
//! it in other accounts after one more for each of them on the way: a card, a member, whom that was merged into.

/// Accounts that an event goes through at the most, one sending it on to the next: a card that replaced another, its member,
/// and whom that was merged into, with one to spare.
const HOPS: u64 = 5;

/// Counts rounds.
#[derive(Clone, Default, Debug)]
pub struct Fence {
    /// Up to where each partition must be flushed for the round to end; none before the first.
    targets: Option<Vec<i64>>,
    rounds: u64,
}

impl Fence {
    /// Rounds after which all is through, whatever it was.
    pub(crate) const LONGEST: u64 = HOPS;

    /// The ends of all partitions of `member-commands`, and up to where each is flushed, read after them.
    pub fn advance(&mut self, ends: &[i64], flushed: &[i64]) {
        let reached = |targets: &Vec<i64>| {
            targets.iter().enumerate().all(|(at, target)| flushed.get(at).is_some_and(|it| it >= target))
        };
        match &self.targets {
            Some(targets) if !reached(targets) => {}
            Some(_) => {
                self.rounds += 1;
                self.targets = Some(ends.to_vec());
            }
            None => self.targets = Some(ends.to_vec()),
        }
    }

    /// Now, as [`Fence::is_past`] takes it: before the next [`Fence::advance`] whose ends are read later.
    pub const fn moment(&self) -> u64 {
        self.rounds
    }

    /// Whether everything that stood in `member-commands` at `moment`, and all that came of it, is through.
    pub const fn is_past(&self, moment: u64) -> bool {
        // The round that was under way at the moment counts for nothing.
        self.rounds > moment + Self::LONGEST
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_round_ends_when_every_partition_is_flushed_to_where_it_ended_at_its_beginning() {
        let mut fence = Fence::default();
        fence.advance(&[10, 5], &[0, 0]);
        fence.advance(&[20, 5], &[10, 4]);
        assert_eq!(fence.moment(), 0, "one partition is not there yet");
        fence.advance(&[20, 5], &[12, 5]);
        assert_eq!(fence.moment(), 1);
        fence.advance(&[30, 5], &[19, 5]);
        assert_eq!(fence.moment(), 1, "the next one goes to 20");
    }

    #[test]
    fn a_moment_is_past_after_whole_rounds_only() {
        let mut fence = Fence::default();
        fence.advance(&[1], &[1]);
        let moment = fence.moment();
        for _ in 0..HOPS {
            fence.advance(&[1], &[1]);
            assert!(!fence.is_past(moment), "{fence:?}");
        }
        fence.advance(&[1], &[1]);
        assert!(fence.is_past(moment));
        assert!(!fence.is_past(fence.moment()));
    }
}
