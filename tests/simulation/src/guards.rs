//! The safeguards of the protocol (design §5). A run takes some away to see that they are needed.

use engine::unguarded::Safeguard;
use std::fmt;
use std::str::FromStr;

/// A safeguard.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Guard {
    /// Opening the transactional producer `ledger-<partition>` fences the one before it.
    ProducerEpoch,
    /// A transaction's offsets carry the member's generation, and a stale one is refused.
    Generation,
    /// A takeover asks for the committed offset that no open transaction is about to change.
    StableOffset,
    /// A takeover reads `ledger-wal` up to the end a read-uncommitted client sees.
    UncommittedEnd,
    /// A row in the store is replaced by a newer stamp only.
    TimestampRule,
    /// An account remembers the ids of what it has decided.
    IdsRemembered,
    /// What an account sends on keeps an id that its cause determines.
    ForwardedIdKept,
    /// One of those inside the engine.
    Engine(Safeguard),
}

impl Guard {
    /// All of them, in the order of the protocol.
    pub const ALL: [Self; 13] = [
        Self::ProducerEpoch,
        Self::Generation,
        Self::StableOffset,
        Self::UncommittedEnd,
        Self::Engine(Safeguard::PartitionRowCheck),
        Self::Engine(Safeguard::FlushAfterCommit),
        Self::TimestampRule,
        Self::Engine(Safeguard::Overlay),
        Self::Engine(Safeguard::WatermarkAfterAcknowledgement),
        Self::Engine(Safeguard::FollowUpsInWal),
        Self::Engine(Safeguard::TicksAsCommands),
        Self::IdsRemembered,
        Self::ForwardedIdKept,
    ];

    /// Its name in commands and tables.
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProducerEpoch => "producer-epoch",
            Self::Generation => "generation",
            Self::StableOffset => "stable-offset",
            Self::UncommittedEnd => "uncommitted-end",
            Self::TimestampRule => "timestamp-rule",
            Self::IdsRemembered => "ids-remembered",
            Self::ForwardedIdKept => "forwarded-id-kept",
            Self::Engine(Safeguard::PartitionRowCheck) => "partition-row",
            Self::Engine(Safeguard::FlushAfterCommit) => "flush-after-commit",
            Self::Engine(Safeguard::Overlay) => "overlay",
            Self::Engine(Safeguard::WatermarkAfterAcknowledgement) => "watermark",
            Self::Engine(Safeguard::FollowUpsInWal) => "follow-ups-in-wal",
            Self::Engine(Safeguard::TicksAsCommands) => "ticks-as-commands",
        }
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Guard {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names: Vec<&str> = Self::ALL.iter().map(|guard| guard.name()).collect();
        let found = Self::ALL.into_iter().find(|guard| guard.name() == text);
        found.ok_or_else(|| format!("found `{text}`, expected one of {}", names.join(", ")))
    }
}

/// Which safeguards are off in a run.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Without(pub Vec<Guard>);

impl Without {
    /// Whether `guard` is off.
    pub fn lacks(&self, guard: Guard) -> bool {
        self.0.contains(&guard)
    }

    /// Those inside the engine that are off.
    pub(crate) fn in_engine(&self) -> Vec<Safeguard> {
        let inside = self.0.iter().filter_map(|guard| match guard {
            Guard::Engine(safeguard) => Some(*safeguard),
            _ => None,
        });
        inside.collect()
    }
}
