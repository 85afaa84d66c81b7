//! An account that does not add up, looked at again until that is sure.
//!
//! A decision's rows and entries come to the store in several writes, and a look reads table after table, so a look at a
//! running account may see half of it. It is no use to read in some clever order: writes overtake each other. Instead:
//!
//! 1. Whatever a look saw was decided by a command that stood in `member-commands` when it ended. So the end of the
//!    account's partition, read *after* the look, is behind all of it.
//! 2. Once the partition's flush watermark is there, every write of every decision up to there is acknowledged.
//! 3. A look that begins *then* sees all of them, whole. Where it sees the very same as the look before, nothing newer was
//!    seen in part by either: what both saw is whole, and wrong.
//!
//! Where it sees something else, that is looked at in the same way. An account that adds up in any look is let go: half of
//! a decision that adds up is no fault of the half.

use crate::account::{Books, judge};
use crate::finding::Finding;
use domain::EntityId;

/// An account that did not add up.
#[derive(Clone, Debug)]
pub struct Suspect {
    /// Which.
    pub entity: EntityId,
    /// Its partition of `member-commands`.
    pub partition: usize,
    /// What was seen last.
    seen: Books,
    /// How far its partition must be flushed before the next look; none before the end was read.
    until: Option<i64>,
    /// How often it was looked at.
    pub looks: u32,
}

/// What another look says.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Look {
    /// It adds up.
    Clear,
    /// It does not, for sure.
    Wrong(Vec<Finding>),
    /// It changed meanwhile and does not add up, either: look again.
    Again,
}

impl Suspect {
    /// An account that was just seen like this.
    pub const fn new(entity: EntityId, partition: usize, seen: Books) -> Self {
        Self { entity, partition, seen, until: None, looks: 1 }
    }

    /// Whether to look again now. `ends` are those of `member-commands`, read before `flushed`, up to where each partition
    /// is flushed.
    pub fn is_due(&mut self, ends: &[i64], flushed: &[i64]) -> bool {
        let end = ends.get(self.partition).copied().unwrap_or(i64::MAX);
        let until = *self.until.get_or_insert(end);
        flushed.get(self.partition).is_some_and(|flushed| *flushed >= until)
    }

    /// What `now`, seen since it is due, says of it.
    pub fn look(&mut self, now: Books) -> Look {
        let findings = judge(&self.entity, &now);
        self.looks += 1;
        if findings.is_empty() {
            return Look::Clear;
        }
        if now == self.seen {
            return Look::Wrong(findings);
        }
        (self.seen, self.until) = (now, None);
        Look::Again
    }
}
