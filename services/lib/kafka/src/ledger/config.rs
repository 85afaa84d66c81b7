//! What one ledger instance's log has to be told: topics, group, names and patience.

use crate::connection::Connection;
use engine::message::Topic;
use std::borrow::Cow;
use std::time::Duration;

/// Names of the topics the ledger reads and writes; the catalogue `schemas/topics.toml` has them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Topics {
    /// The input: `member-commands`.
    pub commands: String,
    /// The write-ahead log, with as many partitions: `ledger-wal`.
    pub wal: String,
    /// `ledger-entries`.
    pub entries: String,
    /// `redemption-decisions`.
    pub decisions: String,
    /// `tier-changes`.
    pub tier_changes: String,
    /// `notification-requests`.
    pub notices: String,
    /// `dead-letters`.
    pub dead_letters: String,
    /// What the partner's name is put behind: `outcomes.`.
    pub outcomes: String,
}

impl Default for Topics {
    fn default() -> Self {
        Self::with_prefix("")
    }
}

impl Topics {
    /// The catalogue's names, each behind `prefix`.
    pub fn with_prefix(prefix: &str) -> Self {
        let name = |name: &str| format!("{prefix}{name}");
        Self {
            commands: name("member-commands"),
            wal: name("ledger-wal"),
            entries: name("ledger-entries"),
            decisions: name("redemption-decisions"),
            tier_changes: name("tier-changes"),
            notices: name("notification-requests"),
            dead_letters: name("dead-letters"),
            outcomes: name("outcomes."),
        }
    }

    /// The topic of this role.
    pub fn name(&self, of: &Topic) -> Cow<'_, str> {
        match of {
            Topic::Entries => Cow::Borrowed(&self.entries),
            Topic::Decisions => Cow::Borrowed(&self.decisions),
            Topic::TierChanges => Cow::Borrowed(&self.tier_changes),
            Topic::Notices => Cow::Borrowed(&self.notices),
            Topic::DeadLetters => Cow::Borrowed(&self.dead_letters),
            Topic::Outcomes(partner) => Cow::Owned(format!("{}{}", self.outcomes, partner.as_str())),
        }
    }

    /// Every topic that must exist before the ledger starts; outcomes are there per partner.
    pub fn required(&self) -> [&str; 7] {
        [
            &self.commands,
            &self.wal,
            &self.entries,
            &self.decisions,
            &self.tier_changes,
            &self.notices,
            &self.dead_letters,
        ]
    }
}

/// One ledger instance's log.
#[derive(Clone, Debug)]
pub struct Config {
    /// The cluster.
    pub connection: Connection,
    /// The consumer group all instances share.
    pub group: String,
    /// What the transactional ids begin with; the partition's number follows. The same in all instances.
    pub transactional_prefix: String,
    /// The topics.
    pub topics: Topics,
    /// After how long without a sign of life the group gives this instance's partitions to another. The
    /// broker has bounds for it (`group.min.session.timeout.ms`, 6 s unless set).
    pub session_timeout: Duration,
    /// After how long an open transaction of a dead instance is ended by the broker, where no successor ends
    /// it before; also the longest a transaction is tried for.
    pub transaction_timeout: Duration,
    /// The longest a blocking call (a step of a takeover) takes before it asks to be tried again.
    pub request_timeout: Duration,
    /// The longest [`engine::log::Log::close`] takes.
    pub close_timeout: Duration,
    /// At most so many records of one partition a poll.
    pub records_per_poll: usize,
    /// How long a transaction's records may be gathered into larger requests.
    pub linger: Duration,
}

impl Config {
    /// The design's names and the defaults.
    pub fn new(connection: Connection) -> Self {
        Self {
            connection,
            group: "ledger".to_owned(),
            transactional_prefix: "ledger-".to_owned(),
            topics: Topics::default(),
            session_timeout: Duration::from_secs(10),
            transaction_timeout: Duration::from_secs(60),
            request_timeout: Duration::from_secs(10),
            close_timeout: Duration::from_secs(10),
            records_per_poll: 1_000,
            linger: Duration::ZERO,
        }
    }
}
