//! What topics and tables say, as plain values: all that the checker believes.

use super::Place;
use crate::deployment::Deployment;
use crate::journal::Journal;
use domain::debt::Debt;
use domain::entry::Entry;
use domain::event::{Notice, OutcomeRecord, RedemptionDecision};
use domain::redemption::Redemption;
use domain::{Account, Body, Command, EntityId, EventKey, Lot, LotId, Row};
use engine::store::{Stamped, Store};
use lotstream_scylla::ScyllaStore;
use std::collections::{BTreeMap, BTreeSet};
use wire::dead_letter::DeadLetterRecord;

/// A record of `member-commands`.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Asked {
    /// Its identity.
    pub key: EventKey,
    /// Whom it concerns.
    pub entity: EntityId,
    /// The input position it was made from.
    pub place: Place,
    /// Whether it is a step of a redemption.
    pub is_step: bool,
    /// How it came.
    pub by: By,
}

/// How a command came to its account.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum By {
    /// From its partner.
    Partner,
    /// From a card that sent it on, unanswered.
    Card,
    /// From the ledger itself, or from a card that answered it: nobody waits for a first answer.
    Ledger,
}

/// An account's rows.
#[derive(Clone, Debug)]
pub struct Rows {
    /// The head row.
    pub account: Account,
    /// Lots.
    pub lots: BTreeMap<LotId, Lot>,
    /// Redemptions.
    pub redemptions: Vec<Redemption>,
    /// Debts.
    pub debts: Vec<Debt>,
    /// Events the account remembers: purchases, others, and those that wait. Each once.
    pub remembered: BTreeSet<EventKey>,
    /// Its statement.
    pub statement: Vec<Entry>,
}

/// Everything there is, in the order of its topic.
#[derive(Clone, Default, Debug)]
pub struct Evidence {
    /// Records of partners' topics.
    pub inputs: Vec<Place>,
    /// Records of `member-commands`, programmes and ticks aside.
    pub commands: Vec<Asked>,
    /// Records of `outcomes.<partner>`.
    pub outcomes: Vec<OutcomeRecord>,
    /// Records of `dead-letters`, by their full topics without the prefix.
    pub letters: Vec<DeadLetterRecord>,
    /// Records of `redemption-decisions`.
    pub decisions: Vec<RedemptionDecision>,
    /// Records of `notification-requests`.
    pub notices: Vec<Notice>,
    /// Records of `ledger-entries`.
    pub entries: Vec<Entry>,
    /// Rows by account.
    pub accounts: BTreeMap<EntityId, Rows>,
}

impl Asked {
    /// What the checker keeps of a command; `None` of a tick, which nobody sent.
    pub fn by(command: &Command) -> Option<Self> {
        let (asked, forwarded) = command.asked();
        let is_step = asked.body.is_step();
        let by = match forwarded {
            _ if !asked.has_outcome() => By::Ledger,
            None => By::Partner,
            Some(forwarded) if forwarded.answered => By::Ledger,
            Some(_) => By::Card,
        };
        let place = Place::of(&command.source);
        let (key, entity) = (command.key, command.entity.clone());
        (!matches!(command.body, Body::Tick)).then_some(Self { key, entity, place, is_step, by })
    }
}

impl Rows {
    /// An account's rows and statement as the store has them.
    pub fn of(entity: EntityId, rows: impl IntoIterator<Item = Row>, statement: Vec<Entry>) -> Self {
        let account = Account::new(entity);
        let (lots, remembered) = (BTreeMap::new(), BTreeSet::new());
        let mut found =
            Self { account, lots, redemptions: Vec::new(), debts: Vec::new(), remembered, statement };
        for row in rows {
            match row {
                Row::Account(account) => found.account = account,
                Row::Lot(lot) => _ = found.lots.insert(lot.id, lot),
                Row::Redemption(redemption) => found.redemptions.push(redemption),
                Row::Debt(debt) => found.debts.push(debt),
                Row::Purchase(purchase) => _ = found.remembered.insert(purchase.key),
                Row::Seen(seen) => _ = found.remembered.insert(seen.key),
                // By its command: the row that says that an account is being let go on has a key of its own.
                Row::Parked(parked) => _ = found.remembered.insert(parked.command.key),
                Row::Route(_) => {}
            }
        }
        found
    }
}

impl Evidence {
    /// Reads all of it. What is still under way is missing: drain the services first.
    pub fn gather(deployment: &Deployment) -> Self {
        let journal = Journal::of(deployment);
        let mut letters: Vec<DeadLetterRecord> = journal.read("dead-letters", "dead_letter");
        for letter in &mut letters {
            if let Some(topic) = letter.topic.strip_prefix(&deployment.prefix) {
                letter.topic = topic.to_owned();
            }
        }
        let mut commands = Vec::new();
        journal.commands(|command| commands.extend(Asked::by(command)));
        Self {
            inputs: inputs(&journal, &deployment.prefix),
            commands,
            outcomes: journal.read("outcomes.", "outcome"),
            letters,
            decisions: journal.read("redemption-decisions", "redemption_decision"),
            notices: journal.read("notification-requests", "notification_request"),
            entries: journal.read("ledger-entries", "entry"),
            accounts: accounts(deployment),
        }
    }
}

fn inputs(journal: &Journal<'_>, prefix: &str) -> Vec<Place> {
    let mut inputs = Vec::new();
    for feed in feed::FEEDS {
        journal.each(&format!("{}.", feed.name), |record| {
            let topic = record.topic().strip_prefix(prefix).unwrap_or_default();
            inputs.push(Place::new(topic, record.partition(), record.offset()));
        });
    }
    inputs
}

fn accounts(deployment: &Deployment) -> BTreeMap<EntityId, Rows> {
    let mut store = ScyllaStore::open(&deployment.cql).unwrap_or_else(|error| panic!("{error}"));
    let mut accounts = BTreeMap::new();
    let mut take = |id: EntityId, rows: Vec<Stamped>| {
        let rows = rows.into_iter().map(|stamped| Row::clone(&stamped.row));
        let before = accounts.insert(id.clone(), Rows::of(id, rows, Vec::new()));
        assert!(before.is_none(), "expected the scan to show every account once");
    };
    store.scan(&mut take).unwrap_or_else(|error| panic!("{error}"));
    for (id, rows) in &mut accounts {
        rows.statement = store.statement(id).unwrap_or_else(|error| panic!("{error}"));
    }
    accounts
}
