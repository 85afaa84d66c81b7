//! Why each safeguard is there: what is taken away, and what then goes wrong.

use crate::crowd::Crowd;
use crate::guards::{Guard, Without};
use crate::run::Report;
use engine::unguarded::Safeguard;

/// Safeguards that are taken away together, for as long as one of them is left it does for all.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Case {
    /// What is off.
    pub off: &'static [Guard],
    /// What goes wrong then, in words.
    pub breaks: &'static str,
}

/// A case that was tried.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Tried {
    /// What was off.
    pub case: Case,
    /// The lowest seed that fails and its first violation; `None` where none did.
    pub found: Option<(u64, String)>,
}

/// All cases: each safeguard is in one at least.
pub const CASES: [Case; 13] = [
    Case {
        off: &[Guard::ProducerEpoch, Guard::Generation],
        breaks: "an owner that was overtaken commits what its successor decides, too",
    },
    Case {
        off: &[Guard::ProducerEpoch, Guard::StableOffset],
        breaks: "a successor begins before a transaction whose marker is on its way, and halts: the offset is behind \
                 the partition row",
    },
    Case {
        off: &[Guard::ProducerEpoch, Guard::StableOffset, Guard::Engine(Safeguard::PartitionRowCheck)],
        breaks: "the same, and nothing notices: it decides again what is decided",
    },
    Case {
        off: &[Guard::ProducerEpoch, Guard::UncommittedEnd],
        breaks: "a successor ends the tail before images whose marker is on its way, and halts: the row is missing",
    },
    Case {
        off: &[Guard::ProducerEpoch, Guard::UncommittedEnd, Guard::Engine(Safeguard::PartitionRowCheck)],
        breaks: "the same, and nothing notices: it decides on older rows",
    },
    Case {
        off: &[Guard::Engine(Safeguard::FlushAfterCommit)],
        breaks: "what was never committed is in the store: its commands are duplicates of themselves, or the partition \
                 halts",
    },
    Case {
        off: &[Guard::TimestampRule],
        breaks: "a write that comes late puts an older image over a newer one",
    },
    Case {
        off: &[Guard::Engine(Safeguard::Overlay)],
        breaks: "what was decided and is not in the store yet is not seen by the next decision",
    },
    Case {
        off: &[Guard::Engine(Safeguard::WatermarkAfterAcknowledgement)],
        breaks: "what a dead owner had not written yet is never written, nor sent on",
    },
    Case {
        off: &[Guard::Engine(Safeguard::FollowUpsInWal)],
        breaks: "what a dead owner had not sent on yet is never sent",
    },
    Case {
        off: &[Guard::Engine(Safeguard::TicksAsCommands)],
        breaks: "what time did is not in the log: whoever folds it comes to something else",
    },
    Case { off: &[Guard::IdsRemembered], breaks: "an event that comes twice has its effect twice" },
    Case {
        off: &[Guard::ForwardedIdKept],
        breaks: "what is sent on again after a takeover has its effect again",
    },
];

/// Safeguards that back each other up: without one of them alone nothing breaks, which is tried, too.
pub const BACKED_UP: [Guard; 5] = [
    Guard::ProducerEpoch,
    Guard::Generation,
    Guard::StableOffset,
    Guard::UncommittedEnd,
    Guard::Engine(Safeguard::PartitionRowCheck),
];

impl Case {
    /// What shows that it was needed: without the check of the partition's row nothing may halt, or its pair did it.
    fn shown_by(self) -> fn(&Report) -> bool {
        let is_silent = self.off.contains(&Guard::Engine(Safeguard::PartitionRowCheck));
        if is_silent { fails_unnoticed } else { Report::fails }
    }

    /// Looks for a seed of the first `seeds` that fails.
    pub fn search(self, seeds: u64, jobs: usize, ran: impl Fn() + Sync) -> Tried {
        let without = Without(self.off.to_vec());
        let crowd = Crowd { seeds: 1..seeds + 1, without, first: Some(self.shown_by()), jobs, ends: None };
        let found = crowd.run(|_| ran()).failed.into_iter().next();
        let found =
            found.map(|report| (report.seed, report.violations.into_iter().next().unwrap_or_default()));
        Tried { case: self, found }
    }

    /// The names of what is off.
    pub fn names(self) -> String {
        self.off.iter().map(|guard| guard.name()).collect::<Vec<_>>().join(" + ")
    }
}

/// Whether something is wrong, and no partition halted over it.
fn fails_unnoticed(report: &Report) -> bool {
    report.fails() && !report.violations.iter().any(|violation| violation.contains("halted"))
}
