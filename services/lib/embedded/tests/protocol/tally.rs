//! A small core to test the engine with: every sale adds to a total and issues a lot, a return sends a
//! follow-up, some amounts fail. And the fold it is compared with: the same core, one command after another.

use crate::world::tariff;
use domain::command::{Body, Command, Return, Sale, SaleLine, Source};
use domain::entity::{Entity, Missing};
use domain::entry::{Entry, EntryKind};
use domain::event::OutcomeRecord;
use domain::lot::{Buckets, Lot};
use domain::outcome::{Outcome, OutcomeKind, Reason};
use domain::purchase::Quantity;
use domain::row::Seen;
use domain::tariff::Tariffs;
use domain::upcoming::Upcoming;
use domain::*;
use embedded::{Broker, Value};
use engine::core::{Core, Effects};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The amount at which the core panics.
pub(crate) const PANICS: i64 = 13;
/// The amount that makes a result no log takes; see `World::codec`.
pub(crate) const TOO_LARGE: i64 = 14;
/// The amount at which the codec panics.
pub(crate) const PANICS_ENCODED: i64 = 16;
/// The amount that is answered as bad input.
pub(crate) const BAD_INPUT: i64 = 15;
/// Amounts that make the entity due a second later.
pub(crate) const DUE_STEP: i64 = 7;

pub(crate) struct Tally;

pub(crate) fn entity(n: u64) -> EntityId {
    EntityId::member("p", &n.to_string())
}

pub(crate) fn sale(n: u64, id: &str, amount: i64) -> Arc<Command> {
    let line = SaleLine {
        line: 1,
        sku: "x".into(),
        group: "".into(),
        quantity: Quantity(1000),
        amount: Minor(amount),
        promotional: false,
    };
    Arc::new(command(
        n,
        id,
        Body::Sale(Sale {
            currency: "EUR".into(),
            lines: vec![line],
            tenders: Vec::new(),
            attributes: Vec::new(),
            discounts: Vec::new(),
        }),
    ))
}

/// Sends a sale of 1 to entity 0.
pub(crate) fn sends_on(n: u64, id: &str) -> Arc<Command> {
    Arc::new(command(n, id, Body::Return(Return { purchase: EventKey::NONE, lines: Vec::new() })))
}

fn command(n: u64, id: &str, body: Body) -> Command {
    Command {
        key: EventKey::of("shop", "f", id),
        entity: entity(n),
        source: Source { partner: "shop".into(), feed: "f".into(), id: id.into(), partition: 0, offset: 0 },
        occurred_at: Timestamp(0),
        delivered_at: Timestamp(0),
        content: Digest::of(id.as_bytes()),
        trace: "".into(),
        body,
    }
}

pub(crate) fn follow_up_of(command: &Command) -> Arc<Command> {
    let mut follow_up = Command::clone(&sale(0, "", 1));
    follow_up.key = command.key.derived("follow-up", 0);
    Arc::new(follow_up)
}

fn entry(account: &Account, kind: EntryKind, at: Timestamp, cause: EventKey) -> Event {
    Event::Entry(Entry {
        entity: account.entity.clone(),
        sequence: account.sequence,
        at,
        recorded_at: at,
        kind,
        wallet: "w".into(),
        lot: LotId::NONE,
        from: None,
        to: None,
        points: Points::ZERO,
        debt: 0,
        clawed_back: Points::ZERO,
        redemption: EventKey::NONE,
        cause,
        rule: "".into(),
        version: 1,
        partner: "shop".into(),
        occurred_at: at,
        redeemer: "".into(),
    })
}

fn outcome(command: &Command, now: Timestamp, kind: OutcomeKind, reason: Reason) -> Event {
    Event::Outcome(OutcomeRecord {
        event: command.key,
        source: command.source.clone(),
        entity: command.entity.clone(),
        at: now,
        later: false,
        outcome: Outcome::of(kind, reason),
        total: Points::ZERO,
        available: Points::ZERO,
        debt: Points::ZERO,
        next: Upcoming::NOTHING,
        occurred_at: command.occurred_at,
        trade: None,
        linked: None,
    })
}

fn lot(command: &Command, amount: i64) -> Lot {
    let issued = Points::at_least_zero(amount);
    Lot {
        id: LotId::of(1, command.key, "t", "shop"),
        wallet: "w".into(),
        terms: "t".into(),
        partner: "shop".into(),
        cause: command.key,
        version: 1,
        occurred_at: Timestamp(0),
        accrued_at: Timestamp(0),
        activates_at: Timestamp(0),
        expires_at: Timestamp::NEVER,
        issued,
        clawed_back: Points::ZERO,
        buckets: Buckets { available: issued, ..Buckets::default() },
        drawn_by: Vec::new(),
        reminded: 0,
        remind_at: Timestamp::NEVER,
        given_at: None,
    }
}

fn tick(mut account: Account, command: &Command, now: Timestamp) -> Effects {
    if account.next_due > now {
        return Effects::default();
    }
    account.now = now;
    account.sequence += 1;
    let due = std::mem::replace(&mut account.next_due, Timestamp::NEVER);
    let events = vec![entry(&account, EntryKind::Expiry, due, command.key)];
    Effects { rows: vec![Row::Account(account)], events, follow_ups: Vec::new() }
}

impl Core for Tally {
    fn needs(&self, command: &Command) -> Vec<RowKey> {
        // Only every other command says what it needs: the rest comes as missing.
        if command.key.as_bytes()[0].is_multiple_of(2) { vec![RowKey::Seen(command.key)] } else { Vec::new() }
    }

    fn decide(
        &self,
        entity: &Entity,
        command: &Command,
        now: Timestamp,
        _: &Tariffs,
    ) -> Result<Effects, Missing> {
        let mut account = entity.account.clone();
        let amount = match &command.body {
            Body::Sale(sale) => sale.lines[0].amount.0,
            Body::Tick => return Ok(tick(account, command, now)),
            _ => 0,
        };
        if entity.seen.get(command.key, RowKey::Seen)?.is_some() {
            let events = vec![outcome(command, now, OutcomeKind::Duplicate, Reason::None)];
            return Ok(Effects { events, ..Effects::default() });
        }
        assert_ne!(amount, PANICS, "thirteen");
        if amount == BAD_INPUT {
            let events = vec![outcome(command, now, OutcomeKind::DeadLettered, Reason::WrongCurrency)];
            return Ok(Effects { events, ..Effects::default() });
        }
        // What every lot of the account adds up to has to be what the account says: lots and head agree.
        let lots: i64 = entity.lots.rows().values().map(|lot| lot.issued.get()).sum();
        let earned = account.wallets.first().map_or(0, |wallet| wallet.earned.get());
        assert_eq!(lots, earned, "the loaded lots are not those of the head row");
        account.now = now;
        account.sequence += 1;
        account.live_from = 1;
        if account.wallets.is_empty() {
            account.wallets.push(Balance::new("w".into()));
        }
        account.wallets[0].earned += Points::at_least_zero(amount);
        if amount > 0 && amount % DUE_STEP == 0 {
            account.next_due = account.next_due.min(now.plus_millis(1_000));
        }
        let applied = Outcome::of(OutcomeKind::Applied, Reason::None);
        let seen = Seen { key: command.key, content: command.content, outcome: applied };
        let follow_ups = match &command.body {
            Body::Return(_) => vec![Command::clone(&follow_up_of(command))],
            _ => Vec::new(),
        };
        let events = vec![
            entry(&account, EntryKind::Accrual, now, command.key),
            outcome(command, now, OutcomeKind::Applied, Reason::None),
        ];
        let rows = vec![Row::Account(account), Row::Lot(lot(command, amount)), Row::Seen(seen)];
        Ok(Effects { rows, events, follow_ups })
    }
}

/// What the input says must be there in the end.
#[derive(Default)]
pub(crate) struct Fold {
    pub(crate) entities: BTreeMap<EntityId, Entity>,
    pub(crate) events: Vec<Event>,
}

impl Fold {
    /// One command after another, partition by partition, without an engine. Poison parks, or is left out, as the rules
    /// say.
    pub(crate) fn of(broker: &Broker) -> Self {
        let mut fold = Self::default();
        for partition in 0..broker.partitions() {
            let (mut now, mut tariffs) = (Timestamp::MIN, Tariffs::default());
            for (appended_at, value) in broker.input(partition) {
                now = now.max(appended_at);
                match value {
                    Value::Command(command) => fold.decide(&command, now, &tariffs),
                    Value::Programme(version) => tariffs.add(tariff(&version)),
                    _ => {}
                }
            }
        }
        fold
    }

    fn decide(&mut self, command: &Command, now: Timestamp, tariffs: &Tariffs) {
        let id = command.entity.clone();
        let entity = self.entities.entry(id.clone()).or_insert_with(|| Entity::new(id, true));
        let amount = match &command.body {
            Body::Sale(sale) => sale.lines[0].amount.0,
            _ => 0,
        };
        let failed = |seen: &&Seen| seen.outcome.reason == Reason::Poison;
        let again = entity.seen.rows().get(&command.key).filter(failed).is_some();
        let mut answer = |kind, reason| {
            self.events.extend(command.has_outcome().then(|| outcome(command, now, kind, reason)));
        };
        if entity.account.parked {
            return match again {
                true => answer(OutcomeKind::Duplicate, Reason::Poison),
                false => answer(OutcomeKind::Parked, Reason::EntityParked),
            };
        }
        if again {
            // As if it had never come.
            entity.seen.forget(command.key);
        }
        let seen = entity.seen.rows().contains_key(&command.key);
        if [PANICS, TOO_LARGE, PANICS_ENCODED].contains(&amount) && !seen {
            entity.account.parked = !Tally.goes_on(command, now, tariffs);
            let poison = Outcome::of(OutcomeKind::DeadLettered, Reason::Poison);
            entity.put(Row::Seen(Seen { key: command.key, content: command.content, outcome: poison }));
            return answer(OutcomeKind::DeadLettered, Reason::Poison);
        }
        let effects = Tally.decide(entity, command, now, &Tariffs::default()).expect("all is there");
        effects.rows.into_iter().for_each(|row| entity.put(row));
        self.events.extend(effects.events);
    }
}
