//! Safeguards of the protocol that a test takes away to see that they are needed (design §5). Only builds with the
//! feature `unguarded` can: everywhere else [`Config::lacks`] is `false` when it is compiled.

use crate::config::Config;

/// A safeguard inside the engine.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Safeguard {
    /// The committed offset must agree with the partition row before a partition is consumed.
    PartitionRowCheck,
    /// Rows go to the store only after the transaction with their images was committed.
    FlushAfterCommit,
    /// What the store did not acknowledge yet is read from memory, and after a takeover from the log's tail.
    Overlay,
    /// The watermark passes a transaction only when all it owes was acknowledged.
    WatermarkAfterAcknowledgement,
    /// Follow-ups are in `ledger-wal` before they are sent, so that a successor sends them.
    FollowUpsInWal,
    /// What is due by itself happens by a command in the log, not where a clock says so.
    TicksAsCommands,
}

impl Config {
    /// Whether `safeguard` was taken away.
    #[cfg(feature = "unguarded")]
    pub(crate) fn lacks(&self, safeguard: Safeguard) -> bool {
        self.unguarded.contains(&safeguard)
    }

    /// Nothing can be taken away in this build.
    #[cfg(not(feature = "unguarded"))]
    #[expect(clippy::unused_self, reason = "the build that can take safeguards away looks")]
    pub(crate) const fn lacks(&self, _: Safeguard) -> bool {
        false
    }
}
