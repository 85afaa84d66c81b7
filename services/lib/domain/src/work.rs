//! The working sheet of one decision: reads through to what is loaded, keeps every change to itself.
//!
//! Nothing reaches the entity before the decision is whole: a row that is missing, or a bug that panics,
//! leaves it untouched. Every point moves through [`Work::shift`], which keeps lot and wallet in step and
//! writes the entry, so that entries, lots and totals cannot disagree (S05).

use crate::account::{Account, Balance, Rated};
use crate::calendar::month_number;
use crate::command::{Command, Forwarded};
use crate::debt::{Debt, DebtId};
use crate::decide::Decision;
use crate::entity::{Entity, Missing};
use crate::entry::{Entry, EntryKind};
use crate::event::Event;
use crate::id::{EventKey, LotId, Name};
use crate::links::Line;
use crate::lot::{Bucket, Lot};
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::points::Points;
use crate::purchase::Purchase;
use crate::reach::Reached;
use crate::redemption::Redemption;
use crate::row::{Parked, Route, Row, RowKey, Seen};
use crate::tariff::{Tariff, Tariffs};
use crate::time::Timestamp;
use crate::trade::Trade;
use std::collections::BTreeMap;
use std::sync::Arc;

/// What the command at hand is to everything it causes.
#[derive(Clone)]
pub(crate) struct Cause {
    /// The input event, or the tick.
    pub(crate) event: EventKey,
    /// Its business time.
    pub(crate) occurred_at: Timestamp,
}

/// One movement, before it has a number.
pub(crate) struct Movement {
    /// What it is.
    pub(crate) kind: EntryKind,
    /// The bucket left; none for an issue.
    pub(crate) from: Option<Bucket>,
    /// The bucket reached.
    pub(crate) to: Bucket,
    /// How many, above 0.
    pub(crate) points: Points,
    /// When it takes effect.
    pub(crate) at: Timestamp,
    /// The redemption concerned, or [`EventKey::NONE`].
    pub(crate) redemption: EventKey,
}

pub(crate) struct Work<'a> {
    entity: &'a Entity,
    tariffs: &'a Tariffs,
    /// The command's *now*; while time catches up, where it stands.
    pub(crate) now: Timestamp,
    /// The command's *now*, which entries tell.
    recorded_at: Timestamp,
    pub(crate) cause: Cause,
    /// The rule that grants, while one does; empty otherwise.
    pub(crate) rule: Name,
    /// The line that is rated on: [`EventKey::NONE`] for the account's own, else what a card brought.
    pub(crate) line: EventKey,
    /// Whether a card answered the command before.
    pub(crate) answered: bool,
    /// Whether the lateness of the command was judged before, by the card that let it in.
    pub(crate) let_in: bool,
    /// How often it was sent on.
    pub(crate) hops: i32,
    /// How many gifts a relabelling followed to come here.
    pub(crate) relabelled: i32,
    /// Whether a later fate is at hand: of a command that was answered before.
    pub(crate) is_later: bool,
    /// Whether the command is answered by the account it sent something to.
    pub(crate) answered_there: bool,
    /// How many events time alone, or a correction, brought before the command; none until it begins.
    begun: Option<usize>,
    /// Whether the command is midway: what it gave it may take back, so nothing is exchanged yet.
    pub(crate) unfinished: bool,
    /// What was granted for reaching a level, and was never reached in the right order: until it is taken back.
    pub(crate) gone: Vec<Reached>,
    /// The money of the sale or return at hand, until it is told.
    pub(crate) trade: Option<Trade>,
    pub(crate) account: Account,
    lots: BTreeMap<LotId, Lot>,
    purchases: BTreeMap<EventKey, Purchase>,
    redemptions: BTreeMap<EventKey, Redemption>,
    debts: BTreeMap<DebtId, Debt>,
    seen: BTreeMap<EventKey, Seen>,
    parked: BTreeMap<EventKey, Parked>,
    routes: BTreeMap<EventKey, Route>,
    events: Vec<Event>,
    follow_ups: Vec<Command>,
}

/// Loaded, or the row that is missing.
pub(crate) type Read<T> = Result<T, Missing>;

macro_rules! shelf_access {
    ($get:ident, $get_mut:ident, $put:ident, $shelf:ident, $key:ty, $row:ty, $row_key:path, $id:ident) => {
        /// The row, changes of this decision included.
        #[allow(dead_code, reason = "one macro for all shelves; not every one is read by itself")]
        pub(crate) fn $get(&self, key: $key) -> Read<Option<&$row>> {
            match self.$shelf.get(&key) {
                Some(row) => Ok(Some(row)),
                None => self.entity.$shelf.get(key, $row_key),
            }
        }

        /// The row, to change. There must be one.
        #[allow(dead_code, reason = "one macro for all shelves; not every one is changed in place")]
        pub(crate) fn $get_mut(&mut self, key: $key) -> Read<&mut $row> {
            if !self.$shelf.contains_key(&key) {
                let row = self.entity.$shelf.get(key, $row_key)?.cloned();
                self.$shelf.insert(key, row.expect("a row that another row names"));
            }
            Ok(self.$shelf.get_mut(&key).expect("a row put here a line above"))
        }

        /// Puts a new row, or a whole new image.
        pub(crate) fn $put(&mut self, row: $row) {
            self.$shelf.insert(row.$id, row);
        }
    };
}

impl<'a> Work<'a> {
    pub(crate) fn new(entity: &'a Entity, tariffs: &'a Tariffs, now: Timestamp, cause: Cause) -> Self {
        Self {
            entity,
            tariffs,
            now,
            recorded_at: now,
            cause,
            rule: Name::default(),
            line: EventKey::NONE,
            answered: false,
            let_in: false,
            hops: 0,
            relabelled: 0,
            is_later: false,
            answered_there: false,
            begun: None,
            unfinished: false,
            gone: Vec::new(),
            trade: None,
            account: entity.account.clone(),
            lots: BTreeMap::new(),
            purchases: BTreeMap::new(),
            redemptions: BTreeMap::new(),
            debts: BTreeMap::new(),
            seen: BTreeMap::new(),
            parked: BTreeMap::new(),
            routes: BTreeMap::new(),
            follow_ups: Vec::new(),
            events: Vec::new(),
        }
    }

    shelf_access!(lot, lot_mut, put_lot, lots, LotId, Lot, RowKey::Lot, id);
    shelf_access!(purchase, purchase_mut, put_purchase, purchases, EventKey, Purchase, RowKey::Purchase, key);
    shelf_access!(
        redemption,
        redemption_mut,
        put_redemption,
        redemptions,
        EventKey,
        Redemption,
        RowKey::Redemption,
        key
    );
    shelf_access!(debt, debt_mut, put_debt, debts, DebtId, Debt, RowKey::Debt, id);
    shelf_access!(seen, seen_mut, put_seen, seen, EventKey, Seen, RowKey::Seen, key);
    shelf_access!(parked, parked_mut, put_parked, parked, EventKey, Parked, RowKey::Parked, key);
    shelf_access!(route_row, route_mut, put_route, routes, EventKey, Route, RowKey::Route, key);

    /// Where an event went from here; `None` of one that stayed, or came back.
    pub(crate) fn route(&self, event: EventKey) -> Read<Option<&Route>> {
        Ok(self.route_row(event)?.filter(|route| route.to != self.account.entity))
    }

    /// The programme's version in force at `at` (S26).
    pub(crate) fn tariff_at(&self, at: Timestamp) -> Option<Arc<Tariff>> {
        self.tariffs.at(self.account.entity.programme(), at).cloned()
    }

    /// The programme's version of this number. It was in force once, so it is known.
    pub(crate) fn tariff(&self, version: i32) -> Arc<Tariff> {
        let tariff = self.tariffs.version(self.account.entity.programme(), version);
        tariff.cloned().expect("a version that a stored row names stays published")
    }

    /// Whether the version of this number is here by now: another partition may have had it sooner.
    pub(crate) fn knows(&self, version: i32) -> bool {
        self.tariffs.version(self.account.entity.programme(), version).is_some()
    }

    /// The version that governs what happens now.
    pub(crate) fn tariff_now(&self) -> Option<Arc<Tariff>> {
        self.in_force(self.now).cloned()
    }

    /// The number of the version in force at `at`, or of the first one where `at` is before it.
    pub(crate) fn version_at(&self, at: Timestamp) -> i32 {
        self.in_force(at).map_or(0, |tariff| tariff.version)
    }

    fn in_force(&self, at: Timestamp) -> Option<&Arc<Tariff>> {
        self.tariffs.in_force(self.account.entity.programme(), at)
    }

    /// The versions in force at `at` and later, those that are still to come among them.
    pub(crate) fn tariffs_from(&self, at: Timestamp) -> impl Iterator<Item = &Arc<Tariff>> {
        let programme = self.account.entity.programme();
        let first = self.tariffs.at(programme, at).map_or(i32::MIN, |tariff| self.root(tariff.version));
        self.tariffs.of(programme).iter().filter(move |tariff| tariff.version >= first)
    }

    /// The version that `version` was before any correction; itself where it is none (S26).
    pub(crate) fn root(&self, version: i32) -> i32 {
        self.tariffs.root(self.account.entity.programme(), version)
    }

    /// Corrections of the programme, by version.
    pub(crate) fn corrections(&self) -> impl Iterator<Item = &'a Tariff> + use<'a> {
        self.tariffs.corrections(self.entity.account.entity.programme())
    }

    /// The longest lateness bound of any version, in milliseconds: each event is let in by its own (S25).
    pub(crate) fn longest_lateness(&self) -> i64 {
        let versions = self.tariffs.of(self.account.entity.programme());
        versions.iter().map(|tariff| tariff.lateness.at_most_millis()).max().unwrap_or(0)
    }

    /// Before this instant no late event comes any more. Twice the lateness bound: an event that moves others (a binding)
    /// may itself be late.
    pub(crate) fn remembered_from(&self) -> Timestamp {
        self.now.plus_millis(-2 * self.longest_lateness())
    }

    /// What cards brought, as far back as a late event may still change it.
    pub(crate) fn lines(&self) -> &[Arc<Line>] {
        self.account.links.as_ref().map_or(&[], |links| &links.lines)
    }

    /// Every event of the rating order, lines first.
    pub(crate) fn rated(&self) -> impl Iterator<Item = &Rated> {
        let of_lines = self.lines().iter().flat_map(|line| &line.order.events);
        of_lines.chain(&self.account.order.events).map(AsRef::as_ref)
    }

    /// Every lot of the live range, changes included: the unchanged first. Sort before an order matters.
    pub(crate) fn lots_in_range(&self) -> impl Iterator<Item = &Lot> {
        let from = LotId { issued_month: self.account.live_from, key: EventKey::NONE };
        let loaded = self.entity.lots.rows().from(from);
        let unchanged = loaded.filter(|lot| !self.lots.contains_key(&lot.id));
        unchanged.chain(self.lots.values())
    }

    /// Whether a lot of this id is at hand; one that is not loaded, behind the live range, is not looked for.
    pub(crate) fn is_loaded_lot(&self, id: LotId) -> bool {
        self.lots.contains_key(&id) || self.entity.lots.rows().contains_key(&id)
    }

    /// The lots this decision changed.
    pub(crate) fn changed_lots(&self) -> impl Iterator<Item = &Lot> {
        self.lots.values()
    }

    /// The balance of `wallet`, made where there was none.
    pub(crate) fn balance_mut(&mut self, wallet: &Name) -> &mut Balance {
        let place = match self.account.wallets.binary_search_by(|balance| balance.wallet.cmp(wallet)) {
            Ok(place) => place,
            Err(place) => {
                self.account.wallets.insert(place, Balance::new(wallet.clone()));
                place
            }
        };
        &mut self.account.wallets[place]
    }

    /// Moves points of one lot from one bucket to another, in lot, wallet and entry alike.
    pub(crate) fn shift(&mut self, id: LotId, movement: Movement) -> Read<()> {
        let Movement { kind, from, to, points, at, redemption } = movement;
        debug_assert!(!points.is_zero(), "an entry of nothing");
        let clawed_back =
            if to == Bucket::Revoked && kind == EntryKind::Clawback { points } else { Points::ZERO };
        let redemption_row = match redemption {
            EventKey::NONE => None, // nothing to load, for most movements
            redemption => self.redemption(redemption)?,
        };
        let redeemer = redemption_row.map(|row| row.to.is_none().then(|| row.partner.clone()));
        let lot = self.lot_mut(id)?;
        // Who funds what was given is owed for it where the sale it came from is undone (S17).
        let redeemer = redeemer.map(|redeemer| redeemer.unwrap_or_else(|| lot.partner.clone()));
        let redeemer = redeemer.unwrap_or_default();
        match from {
            Some(bucket) => *lot.buckets.get_mut(bucket) -= points,
            None => lot.issued += points,
        }
        *lot.buckets.get_mut(to) += points;
        lot.clawed_back += clawed_back;
        let (wallet, partner, version) = (lot.wallet.clone(), lot.partner.clone(), lot.version);
        let balance = self.balance_mut(&wallet);
        match from {
            Some(bucket) => *balance.buckets.get_mut(bucket) -= points,
            None => balance.earned += points,
        }
        *balance.buckets.get_mut(to) += points;
        balance.clawed_back += clawed_back;
        let entry = self.entry(kind, wallet, id, at);
        self.say(Event::Entry(Entry {
            from,
            to: Some(to),
            points,
            clawed_back,
            redemption,
            version,
            partner,
            redeemer,
            ..entry
        }));
        Ok(())
    }

    /// An entry with everything that comes from the command and the account; no points, no debt yet.
    pub(crate) fn entry(&mut self, kind: EntryKind, wallet: Name, lot: LotId, at: Timestamp) -> Entry {
        self.account.sequence += 1;
        Entry {
            entity: self.account.entity.clone(),
            sequence: self.account.sequence,
            at,
            recorded_at: self.recorded_at,
            kind,
            wallet,
            lot,
            from: None,
            to: None,
            points: Points::ZERO,
            debt: 0,
            clawed_back: Points::ZERO,
            redemption: EventKey::NONE,
            cause: self.cause.event,
            rule: self.rule.clone(),
            version: 0,
            partner: Name::default(),
            occurred_at: self.cause.occurred_at,
            redeemer: Name::default(),
        }
    }

    /// The month that lots are issued in now.
    pub(crate) fn month(&self) -> i32 {
        month_number(self.now)
    }

    /// A key of the account itself, for what has no other cause.
    pub(crate) fn account_key(&self) -> EventKey {
        self.account.entity.account_key()
    }

    /// All of the entity, as it was before this decision.
    pub(crate) fn whole(&self) -> Read<&'a Entity> {
        if self.entity.is_whole() { Ok(self.entity) } else { Err(Missing::Whole) }
    }

    /// Whether a command of the ledger itself came before; from now on it did.
    pub(crate) fn is_repeated(&mut self, command: &Command) -> Read<bool> {
        let repeated = self.seen(command.key)?.is_some();
        if !repeated {
            let outcome = Outcome::of(OutcomeKind::Applied, Reason::None);
            self.put_seen(Seen { key: command.key, content: command.content, outcome });
        }
        Ok(repeated)
    }

    /// Sends a command to another entity, after the commit.
    pub(crate) fn send(&mut self, command: Command) {
        self.follow_ups.push(command);
    }

    /// `command` as it stands in the log: with what the card said of it, where it came from one.
    pub(crate) fn as_it_came(&self, command: &Command) -> Command {
        if command.entity == self.account.entity {
            return command.clone();
        }
        let (line, answered) = (self.line, self.answered);
        let forwarded = Forwarded { command: command.clone(), line, answered, hops: self.hops };
        Command::sent_on(self.account.entity.clone(), forwarded)
    }

    pub(crate) fn say(&mut self, event: Event) {
        self.events.push(event);
    }

    /// What was due before the command happened; now the command does.
    pub(crate) fn begin(&mut self) {
        self.begun = Some(self.events.len());
    }

    /// Whether the command itself happens, and no longer what was due before it.
    pub(crate) fn has_begun(&self) -> bool {
        self.begun.is_some()
    }

    /// What was said so far, but for what was due before the command.
    pub(crate) fn events(&self) -> &[Event] {
        &self.events[self.begun.unwrap_or(0)..]
    }

    /// The decision: the head row first, then every changed row.
    pub(crate) fn finish(self) -> Decision {
        let mut rows = Vec::with_capacity(2 + self.lots.len() + self.purchases.len());
        rows.push(Row::Account(self.account));
        rows.extend(self.lots.into_values().map(Row::Lot));
        rows.extend(self.purchases.into_values().map(Row::Purchase));
        rows.extend(self.redemptions.into_values().map(Row::Redemption));
        rows.extend(self.debts.into_values().map(Row::Debt));
        rows.extend(self.seen.into_values().map(Row::Seen));
        rows.extend(self.parked.into_values().map(Row::Parked));
        rows.extend(self.routes.into_values().map(Row::Route));
        Decision { rows, events: self.events, follow_ups: self.follow_ups }
    }
}
