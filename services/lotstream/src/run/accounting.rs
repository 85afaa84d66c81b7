//! Feed accounting: every input event has exactly one outcome (S27), counted by feed and kind.

use domain::Event;
use domain::outcome::OutcomeKind;
use serde::Serialize;
use std::collections::BTreeMap;

/// Input events against outcomes, for one feed.
#[derive(Serialize, Default, Clone)]
pub(crate) struct Account {
    /// Lines read.
    pub(crate) inputs: u64,
    /// Outcomes by kind; their sum is `inputs`.
    pub(crate) outcomes: BTreeMap<&'static str, u64>,
    /// Second records: later fates of parked and quarantined events, outside the sum.
    pub(crate) later: u64,
}

impl Account {
    /// Whether each input has one outcome.
    pub(crate) fn balances(&self) -> bool {
        self.outcomes.values().sum::<u64>() == self.inputs
    }
}

/// Accounts by feed.
#[derive(Serialize, Default)]
#[serde(transparent)]
pub(crate) struct Accounting {
    pub(crate) feeds: BTreeMap<String, Account>,
}

impl Accounting {
    /// A line was read.
    pub(crate) fn input(&mut self, feed: &str) {
        self.account(feed).inputs += 1;
    }

    /// A line could not become a command.
    pub(crate) fn dead_lettered(&mut self, feed: &str) {
        *self.account(feed).outcomes.entry(label(OutcomeKind::DeadLettered)).or_default() += 1;
    }

    /// The ledger said something.
    pub(crate) fn heard(&mut self, event: &Event) {
        if let Event::Outcome(record) = event {
            let account = self.account(record.source.feed.as_str());
            match record.later {
                true => account.later += 1,
                false => *account.outcomes.entry(label(record.outcome.kind)).or_default() += 1,
            }
        }
    }

    fn account(&mut self, feed: &str) -> &mut Account {
        if !self.feeds.contains_key(feed) {
            self.feeds.insert(feed.to_owned(), Account::default());
        }
        self.feeds.get_mut(feed).expect("an account made a line above")
    }
}

/// The outcome's name in files and tables.
pub(crate) const fn label(kind: OutcomeKind) -> &'static str {
    match kind {
        OutcomeKind::Applied => "applied",
        OutcomeKind::Duplicate => "duplicate",
        OutcomeKind::Conflict => "conflict",
        OutcomeKind::Rejected => "rejected",
        OutcomeKind::Parked => "parked",
        OutcomeKind::Quarantined => "quarantined",
        OutcomeKind::DeadLettered => "dead_lettered",
    }
}
