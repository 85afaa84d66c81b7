//! How long a reader has been behind the end of what it reads. Pure bookkeeping.
//!
//! Seconds are those since the end was first seen beyond where the reader is now; a reader that came later to a backlog
//! knows from what it reads how old that is, and the larger of the two counts.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// Ends that are remembered, at the most: one a look, so a reader that is behind for longer than that many looks is
/// behind for at least as long.
const REMEMBERED: usize = 4_096;

/// One partition's.
#[derive(Debug, Default)]
pub struct Lag {
    /// Ends that are beyond the reader, each when it was first seen, growing.
    ends: VecDeque<(i64, Instant)>,
    age: Duration,
}

impl Lag {
    /// What was read last was so old.
    pub const fn read(&mut self, age: Duration) {
        self.age = age;
    }

    /// Records and time that a reader at `position` is behind `end`, as of `now`: both 0 where it is not.
    pub fn behind(&mut self, position: i64, end: i64, now: Instant) -> (u64, Duration) {
        while self.ends.front().is_some_and(|(seen, _)| *seen <= position) {
            self.ends.pop_front();
        }
        if end <= position {
            return (0, Duration::ZERO);
        }
        if self.ends.back().is_none_or(|(seen, _)| *seen < end) && self.ends.len() < REMEMBERED {
            self.ends.push_back((end, now));
        }
        let since =
            self.ends.front().map_or(Duration::ZERO, |(_, since)| now.saturating_duration_since(*since));
        ((end - position).unsigned_abs(), since.max(self.age))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn time_counts_from_when_the_first_record_not_read_was_there() {
        let (mut lag, start) = (Lag::default(), Instant::now());
        let at = |seconds| start + Duration::from_secs(seconds);
        assert_eq!(lag.behind(10, 10, at(0)), (0, Duration::ZERO));
        assert_eq!(lag.behind(10, 15, at(100)), (5, Duration::ZERO), "an idle time before is no lag");
        assert_eq!(lag.behind(10, 25, at(103)), (15, Duration::from_secs(3)));
        assert_eq!(
            lag.behind(16, 25, at(104)),
            (9, Duration::from_secs(1)),
            "15 is past, 25 is there since 103"
        );
        assert_eq!(lag.behind(25, 25, at(105)), (0, Duration::ZERO));
    }

    #[test]
    fn who_comes_to_a_backlog_takes_its_age_from_what_is_read() {
        let mut lag = Lag::default();
        lag.read(Duration::from_secs(3_600));
        assert_eq!(lag.behind(1, 5, Instant::now()), (4, Duration::from_secs(3_600)));
        assert_eq!(lag.behind(5, 5, Instant::now()), (0, Duration::ZERO));
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (mut lag, now) = (Lag::default(), Instant::now());
        for end in 1..10_000 {
            lag.behind(0, end, now);
        }
        assert_eq!(lag.ends.len(), REMEMBERED);
    }
}
