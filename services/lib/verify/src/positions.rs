//! One partition of a partner's topic: every input position has exactly one outcome (S27).
//!
//! What is dense costs nothing: a run of answered positions is one range, so that memory is what waits and what is odd.
//! Each kind of oddity is kept up to a bound ([`MOST`] ranges); of more, the oldest are let go, and behind them less is
//! judged: never is anything found there that is not so, and what was let go is counted ([`Positions::skipped`]).
//!
//! A position is a finding only when [`Positions::overdue`] says so: the feed's group committed past it long ago, and since
//! then everything in `member-commands` was decided ([`Fence`]). The feed commits behind the acknowledged command or dead
//! letter, so an outage of the ledgers makes positions wait, and none of them lost. Whether there is a record at all is
//! looked up then: markers of a partner's transactions, and what they aborted, are positions without one.

use crate::fence::Fence;
use crate::ranges::Ranges;
use domain::Timestamp;
use domain::outcome::{Outcome, OutcomeKind, Reason};
use std::collections::VecDeque;

/// Ranges of each kind that are kept.
const MOST: usize = 1 << 16;
/// Moments at which the group was looked at that are kept; of more, every second one is let go: that only lets positions
/// wait longer.
const MARKS: usize = 512;

/// What was said of a position.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Said {
    /// The first answer to its event: told once, whatever is delivered again.
    First,
    /// An answer that may come more than once, or before the first one: *duplicate*, *conflict*, what waits behind a failed
    /// command, and *dead-lettered*, where what was refused may be replayed.
    Other,
    /// A dead letter of the feed service; the answer, where no id could be read. Else there is an outcome beside it.
    Letter {
        /// Whether an id could be read.
        named: bool,
    },
}

impl Said {
    /// What an outcome says, one that is no later fate.
    pub const fn of(outcome: Outcome) -> Self {
        match (outcome.kind, outcome.reason) {
            (OutcomeKind::Parked, Reason::EntityParked)
            | (OutcomeKind::Duplicate | OutcomeKind::Conflict | OutcomeKind::DeadLettered, _) => Self::Other,
            _ => Self::First,
        }
    }
}

/// The group had committed so far, at that moment.
#[derive(Clone, Copy, Debug)]
struct Mark {
    committed: i64,
    at: Timestamp,
    moment: u64,
}

/// A partition's account.
#[derive(Clone, Default, Debug)]
pub struct Positions {
    /// Nothing before it is judged.
    floor: i64,
    /// Positions that are through: answered, or without a record, or told as lost.
    through: Ranges,
    /// Of these, answered and not by a first answer.
    others: Ranges,
    /// Dead-lettered by the feed service.
    letters: Ranges,
    /// Told as lost.
    lost: Ranges,
    /// Nothing before it is known of `others` and `letters` any more.
    forgotten: i64,
    marks: VecDeque<Mark>,
    /// Positions answered.
    pub answered: u64,
    /// Positions without a record.
    pub absent: u64,
    /// Further answers to positions that had one: redeliveries.
    pub again: u64,
    /// Answers to positions that were told as lost.
    pub late: u64,
    /// Positions let go unjudged.
    pub skipped: u64,
}

impl Positions {
    /// Judges nothing before `floor`: its answers may be gone.
    pub fn from(floor: i64) -> Self {
        Self { floor, forgotten: floor, ..Self::default() }
    }

    /// Judges nothing before `floor` from now on.
    pub fn raise(&mut self, floor: i64) {
        self.floor = self.floor.max(floor);
        self.forgotten = self.forgotten.max(self.floor);
        while self.through.first().is_some_and(|(_, end)| end <= self.floor) {
            self.through.pop_first();
        }
    }

    /// Something was said of `offset`. Whether it was said twice.
    #[must_use]
    pub fn say(&mut self, offset: i64, said: Said) -> bool {
        if offset < self.floor {
            return false;
        }
        if self.lost.remove(offset) {
            self.through.remove(offset);
            self.late += 1;
        }
        let known = self.through.contains(offset);
        let twice = match said {
            Said::First if known => !self.others.remove(offset) && offset >= self.forgotten,
            Said::First => false,
            Said::Other => false,
            Said::Letter { .. } => known && !self.others.contains(offset) && offset >= self.forgotten,
        };
        let twice = twice || said == Said::First && self.letters.contains(offset);
        match said {
            Said::Letter { named } => {
                self.letters.insert(offset);
                if named {
                    self.bound();
                    return twice;
                }
                self.others.insert(offset);
            }
            Said::Other if !known => _ = self.others.insert(offset),
            Said::Other | Said::First => {}
        }
        if self.through.insert(offset) {
            self.answered += 1;
        } else {
            self.again += 1;
        }
        self.bound();
        twice
    }

    /// The group has committed `committed`, seen at `at`; `fence` is where it was before that was asked.
    pub fn reach(&mut self, committed: i64, at: Timestamp, fence: &Fence) {
        let behind = |mark: &Mark| mark.committed <= self.low();
        let through = self.marks.iter().take_while(|mark| behind(mark)).count();
        self.marks.drain(..through);
        let last = self.marks.back().map_or(self.low(), |mark| mark.committed);
        if committed > last {
            self.marks.push_back(Mark { committed, at, moment: fence.moment() });
        }
        if self.marks.len() > MARKS {
            // Of two the later one stays.
            let mut odd = false;
            self.marks.retain(|_| {
                odd = !odd;
                !odd
            });
        }
    }

    /// Everything before it is through.
    fn low(&self) -> i64 {
        match self.through.first() {
            Some((from, end)) if from <= self.floor => end.max(self.floor),
            _ => self.floor,
        }
    }

    /// Positions the group has committed that wait for their outcome.
    pub fn waiting(&self) -> i64 {
        let end = self.marks.back().map_or(0, |mark| mark.committed);
        let gaps = self.through.gaps(self.low(), end, usize::MAX);
        gaps.into_iter().map(|(from, to)| to - from).sum()
    }

    /// Since when the oldest of them waits.
    pub fn waiting_since(&self) -> Option<Timestamp> {
        let low = self.low();
        self.marks.iter().find(|mark| mark.committed > low).map(|mark| mark.at)
    }

    /// Those of them that were committed at `before` or earlier, and that everything in `member-commands` has passed since.
    /// Whoever asks looks which of them have a record, and says so ([`Positions::is_absent`], [`Positions::is_lost`]).
    pub fn overdue(&self, before: Timestamp, fence: &Fence, most: usize) -> Vec<(i64, i64)> {
        let ripe = self.marks.iter().rev().find(|mark| mark.at <= before && fence.is_past(mark.moment));
        ripe.map_or_else(Vec::new, |mark| self.through.gaps(self.low(), mark.committed, most))
    }

    /// There is no record at `from..to`.
    pub fn is_absent(&mut self, from: i64, to: i64) {
        self.absent += u64::try_from(to - from).unwrap_or(0);
        self.through.insert_range(from, to);
    }

    /// The record at `offset` has no outcome: told once.
    pub fn is_lost(&mut self, offset: i64) {
        self.lost.insert(offset);
        self.through.insert(offset);
        self.bound();
    }

    /// Positions told as lost that nobody has answered since.
    pub fn lost(&self) -> i64 {
        self.lost.count()
    }

    /// The position behind the last one that was answered.
    pub fn end(&self) -> i64 {
        self.through.last_end().unwrap_or(self.floor)
    }

    /// Lets go what is too much.
    fn bound(&mut self) {
        self.bound_to(MOST);
    }

    fn bound_to(&mut self, most: usize) {
        while self.through.len() > most {
            let Some((gap, end)) = self.through.gaps(self.low(), i64::MAX, 1).first().copied() else { break };
            self.skipped += u64::try_from(end - gap).unwrap_or(0);
            let forgotten = self.forgotten;
            self.raise(end);
            self.forgotten = forgotten;
        }
        for odd in [&mut self.others, &mut self.letters] {
            while odd.len() > most {
                let Some((_, end)) = odd.pop_first() else { break };
                self.forgotten = self.forgotten.max(end);
            }
        }
        while self.lost.len() > most {
            self.lost.pop_first();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const FIRST: Said = Said::First;
    const OTHER: Said = Said::Other;
    const LETTER: Said = Said::Letter { named: false };
    const NAMED: Said = Said::Letter { named: true };

    /// What is said of one position, one after the other; whether the last of it is said twice; how many positions are
    /// answered then.
    #[test]
    fn s27_a_position_has_one_first_answer() {
        let cases: [(&str, &[Said], bool, u64); 14] = [
            ("one answer", &[FIRST], false, 1),
            ("a duplicate", &[OTHER], false, 1),
            ("two first answers", &[FIRST, FIRST], true, 1),
            ("delivered again", &[FIRST, OTHER], false, 1),
            ("delivered again, and read the other way round", &[OTHER, FIRST], false, 1),
            ("delivered again, and answered anew", &[OTHER, FIRST, FIRST], true, 1),
            ("delivered twice more", &[FIRST, OTHER, OTHER], false, 1),
            ("a duplicate delivered again", &[OTHER, OTHER], false, 1),
            ("a letter without an id", &[LETTER], false, 1),
            ("a letter that came twice", &[LETTER, LETTER], false, 1),
            ("a letter with an id wants its outcome", &[NAMED], false, 0),
            ("and has it", &[NAMED, OTHER], false, 1),
            ("a letter and an answer", &[LETTER, FIRST], true, 1),
            ("an answer and a letter", &[FIRST, NAMED], true, 1),
        ];
        for (what, said, twice, answered) in cases {
            let mut positions = Positions::from(3);
            let found = said.iter().fold(false, |_, said| positions.say(4, *said));
            assert_eq!((found, positions.answered), (twice, answered), "{what}");
        }
        let mut replayed = Positions::from(0);
        assert!(!replayed.say(4, OTHER) && !replayed.say(4, FIRST), "a refused command, replayed");
        assert!(!replayed.say(-1, FIRST) && !replayed.say(-1, FIRST), "before the floor nothing is judged");
    }

    #[test]
    fn outcomes_are_told_apart_as_the_rules_say() {
        for (kind, reason, said) in [
            (OutcomeKind::Applied, Reason::None, FIRST),
            (OutcomeKind::Rejected, Reason::UnknownLine, FIRST),
            (OutcomeKind::Quarantined, Reason::TooLate, FIRST),
            (OutcomeKind::Parked, Reason::PurchaseNotSeen, FIRST),
            (OutcomeKind::Parked, Reason::EntityParked, OTHER),
            (OutcomeKind::Duplicate, Reason::None, OTHER),
            (OutcomeKind::Conflict, Reason::ContentDiffers, OTHER),
            (OutcomeKind::DeadLettered, Reason::Poison, OTHER),
        ] {
            assert_eq!(Said::of(Outcome::of(kind, reason)), said, "{kind:?} {reason:?}");
        }
    }

    /// A fence so many rounds on.
    fn later(fence: &Fence, rounds: usize) -> Fence {
        let mut fence = fence.clone();
        (0..rounds).for_each(|_| fence.advance(&[1], &[1]));
        fence
    }

    #[test]
    fn s27_what_is_committed_waits_and_is_overdue_once_the_ledgers_have_passed_it() {
        let (mut positions, fence) = (Positions::from(0), later(&Fence::default(), 1));
        assert!(!positions.say(0, FIRST) && !positions.say(2, FIRST) && !positions.say(9, FIRST));
        positions.reach(4, Timestamp(1_000), &fence);
        positions.reach(6, Timestamp(5_000), &later(&fence, 1));
        assert_eq!((positions.waiting(), positions.waiting_since()), (4, Some(Timestamp(1_000))));
        let past = later(&fence, 6);
        let overdue = |positions: &Positions, at, fence: &Fence| positions.overdue(Timestamp(at), fence, 9);
        assert_eq!(overdue(&positions, 900, &past), [], "too young");
        assert_eq!(overdue(&positions, 9_000, &later(&fence, 2)), [], "the ledgers are not there");
        assert_eq!(overdue(&positions, 9_000, &past), [(1, 2), (3, 4)], "those behind it came later");
        assert_eq!(overdue(&positions, 4_000, &later(&fence, 9)), [(1, 2), (3, 4)]);
        assert_eq!(overdue(&positions, 9_000, &later(&fence, 9)), [(1, 2), (3, 6)]);

        positions.is_absent(1, 2);
        positions.is_lost(3);
        assert_eq!((positions.absent, positions.lost(), positions.answered), (1, 1, 3));
        assert_eq!(positions.waiting_since(), Some(Timestamp(5_000)), "4 and 5 do");
        assert!(!positions.say(3, FIRST), "an answer after all");
        assert_eq!((positions.late, positions.lost(), positions.answered), (1, 0, 4));
        assert!(positions.say(3, FIRST));
    }

    #[test]
    fn memory_is_bounded_and_what_is_let_go_is_never_found() {
        let mut positions = Positions::from(0);
        for offset in (0..100).filter(|offset| offset % 2 == 0) {
            assert!(!positions.say(offset, OTHER));
            positions.bound_to(10);
        }
        assert!(positions.through.len() <= 10 && positions.others.len() <= 10, "{positions:?}");
        assert_eq!(positions.skipped, 40);
        assert!(!positions.say(20, FIRST) && !positions.say(20, FIRST), "nothing is known of it any more");
        assert!(!positions.say(98, FIRST) && positions.say(98, FIRST));
        let fence = Fence::default();
        for number in 0..5_000 {
            positions.reach(200 + number, Timestamp(number), &fence);
        }
        assert!(positions.marks.len() <= MARKS);
    }

    #[test]
    fn what_is_answered_in_order_costs_one_range() {
        let (mut positions, fence) = (Positions::from(0), Fence::default());
        for offset in 0..10_000 {
            assert!(!positions.say(offset, FIRST));
            positions.reach(offset + 1, Timestamp(offset), &fence);
        }
        assert_eq!((positions.through.len(), positions.marks.len(), positions.waiting()), (1, 0, 0));
        assert_eq!((positions.end(), positions.waiting_since()), (10_000, None));
    }
}
