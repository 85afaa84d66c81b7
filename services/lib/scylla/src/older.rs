//! What older builds wrote, by position: rows that say nothing new are written so, and read.
//!
//! These are the types of format 1, written down once more. They never change: a type that gains a field, or
//! holds one that does, is added here with the fields it had.

// The tests of the crate take more of it.
#[allow(dead_code, unreachable_pub)]
#[path = "../tests/support/rows.rs"]
mod rows;

use crate::nested::format::{NEWEST, OLDER};
use crate::nested::{decode, encode};
use domain::account::{Order, Rated, RatedKind, SpendBucket, Standing};
use domain::activity::{First, Remembered};
use domain::command::{Authorise, Body, Command, Forwarded, Sale, SaleLine};
use domain::links::{Line, Links};
use domain::lot::Lot;
use domain::moved::{MergeIn, Moved};
use domain::outcome::Outcome;
use domain::purchase::{Purchase, PurchaseGrant};
use domain::redemption::Redemption;
use domain::row::Seen;
use domain::{EntityId, Minor, Row};
use proptest::strategy::{Strategy, ValueTree};
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt::Debug;
use std::sync::Arc;

/// A type as older builds know it.
trait Older {
    /// Takes out what they do not know.
    fn forget(&mut self);
    /// What they write.
    fn written(&self) -> Vec<u8>;
}

fn bytes(value: &impl Serialize) -> Vec<u8> {
    postcard::to_allocvec(value).unwrap()
}

impl<T: Older> Older for Vec<T> {
    fn forget(&mut self) {
        self.iter_mut().for_each(Older::forget);
    }

    fn written(&self) -> Vec<u8> {
        [bytes(&self.len()), self.iter().flat_map(Older::written).collect()].concat()
    }
}

impl<T: Older> Older for Option<T> {
    fn forget(&mut self) {
        self.iter_mut().for_each(Older::forget);
    }

    fn written(&self) -> Vec<u8> {
        self.as_ref().map_or(vec![0], |value| [vec![1], value.written()].concat())
    }
}

impl<T: Older + Clone> Older for Arc<T> {
    fn forget(&mut self) {
        Self::make_mut(self).forget();
    }

    fn written(&self) -> Vec<u8> {
        T::written(self)
    }
}

impl Older for Rated {
    fn forget(&mut self) {
        (self.told, self.profile) = (None, None);
        (self.counts, self.of, self.taken) = (domain::Name::default(), None, Vec::new());
        if matches!(self.kind, RatedKind::News | RatedKind::Joined | RatedKind::Merged) {
            self.kind = RatedKind::Activity;
        }
    }

    fn written(&self) -> Vec<u8> {
        let Self { at, kind, partner, id, event, version, bucket, amount, tier, .. } = self;
        bytes(&(at, kind, partner, id, event, version, bucket, amount, tier))
    }
}

impl Older for SpendBucket {
    fn forget(&mut self) {
        self.counts = domain::Name::default();
    }

    fn written(&self) -> Vec<u8> {
        bytes(&(self.from, self.amount))
    }
}

impl Older for Standing {
    fn forget(&mut self) {
        (self.kept, self.reached) = (None, Vec::new());
        self.spend.forget();
    }

    fn written(&self) -> Vec<u8> {
        let Self { tier, since, until, evaluate_at, spend, .. } = self;
        [bytes(&(tier, since, until, evaluate_at)), spend.written()].concat()
    }
}

impl Older for Outcome {
    fn forget(&mut self) {
        self.refund = Minor::ZERO;
    }

    fn written(&self) -> Vec<u8> {
        let Self { kind, reason, earned, clawed_back, spent, given_back, uncovered, .. } = self;
        bytes(&(kind, reason, earned, clawed_back, spent, given_back, uncovered))
    }
}

impl Older for Seen {
    fn forget(&mut self) {
        self.outcome.forget();
    }

    fn written(&self) -> Vec<u8> {
        [bytes(&(self.key, self.content)), self.outcome.written()].concat()
    }
}

impl Older for Order {
    fn forget(&mut self) {
        self.base.forget();
        self.known = None;
        self.events.forget();
    }

    fn written(&self) -> Vec<u8> {
        let base = [self.base.written(), bytes(&self.base_at)].concat();
        [base, self.events.written(), bytes(&self.aged_at)].concat()
    }
}

impl Older for Line {
    fn forget(&mut self) {
        self.known = None;
        self.order.forget();
        self.spend.forget();
    }

    fn written(&self) -> Vec<u8> {
        let Self { binding, at, partner, id, order, spend, lots, .. } = self;
        [bytes(&(binding, at, partner, id)), order.written(), spend.written(), bytes(lots)].concat()
    }
}

impl Older for Links {
    fn forget(&mut self) {
        self.given = Vec::new();
        self.lines.forget();
    }

    fn written(&self) -> Vec<u8> {
        let Self { bindings, cards, granted, lines, periods, owed_out, .. } = self;
        [bytes(&(bindings, cards, granted)), lines.written(), bytes(&(periods, owed_out))].concat()
    }
}

impl Older for PurchaseGrant {
    fn forget(&mut self) {
        self.funder = domain::Name::default();
    }

    fn written(&self) -> Vec<u8> {
        bytes(&(&self.terms, self.lot, self.at_sale, self.now))
    }
}

impl Older for First {
    fn forget(&mut self) {
        self.grants.forget();
    }

    fn written(&self) -> Vec<u8> {
        let Self { fact, event, version, places, grants } = self;
        [bytes(&(fact, event, version, places)), grants.written()].concat()
    }
}

impl Older for Remembered {
    fn forget(&mut self) {
        self.firsts.forget();
    }

    fn written(&self) -> Vec<u8> {
        [bytes(&self.facts), self.firsts.written(), bytes(&self.recent)].concat()
    }
}

impl Older for Purchase {
    fn forget(&mut self) {
        (self.attributes, self.profile) = (Vec::new(), None);
        (self.parts, self.claims, self.watchers) = (Vec::new(), Vec::new(), Vec::new());
        self.outcome.forget();
        self.grants.forget();
    }

    fn written(&self) -> Vec<u8> {
        let Self { key, partner, id, occurred_at, version, tier, content, outcome, .. } = self;
        let head = bytes(&(key, partner, id, occurred_at, version, tier, content));
        [
            head,
            outcome.written(),
            bytes(&self.lines),
            self.grants.written(),
            bytes(&(&self.redemptions, self.line)),
        ]
        .concat()
    }
}

impl Older for SaleLine {
    fn forget(&mut self) {
        self.promotional = false;
    }

    fn written(&self) -> Vec<u8> {
        bytes(&(self.line, &self.sku, &self.group, self.quantity, self.amount))
    }
}

impl Older for Sale {
    fn forget(&mut self) {
        (self.attributes, self.discounts) = (Vec::new(), Vec::new());
        self.lines.forget();
    }

    fn written(&self) -> Vec<u8> {
        [bytes(&self.currency), self.lines.written(), bytes(&self.tenders)].concat()
    }
}

impl Older for Authorise {
    fn forget(&mut self) {
        (self.currency, self.lines) = (domain::Name::default(), Vec::new());
    }

    fn written(&self) -> Vec<u8> {
        bytes(&(&self.wallet, self.points, self.time_to_live))
    }
}

impl Older for Redemption {
    fn forget(&mut self) {
        self.to = None;
    }

    fn written(&self) -> Vec<u8> {
        let Self { key, partner, id, wallet, state, requested, expires_at, sequence, .. } = self;
        let head = bytes(&(key, partner, id, wallet, state, requested, expires_at, sequence));
        [head, bytes(&(&self.draws, self.captured, self.given_back))].concat()
    }
}

impl Older for Lot {
    fn forget(&mut self) {
        self.given_at = None;
    }

    fn written(&self) -> Vec<u8> {
        let Self { id, wallet, terms, partner, cause, version, occurred_at, accrued_at, .. } = self;
        let Self { activates_at, expires_at, issued, clawed_back, buckets, drawn_by, reminded, .. } = self;
        let head = bytes(&(id, wallet, terms, partner, cause, version, occurred_at, accrued_at));
        let points = bytes(&(activates_at, expires_at, issued, clawed_back, buckets, drawn_by));
        [head, points, bytes(&(reminded, self.remind_at))].concat()
    }
}

impl Older for Moved {
    fn forget(&mut self) {
        self.lots.forget();
        self.given = Vec::new();
        self.redemptions.forget();
        self.purchases.forget();
        self.seen.forget();
        self.standing.forget();
        self.order.forget();
        self.activities.forget();
        self.lines.forget();
        self.occasions = Vec::new();
    }

    fn written(&self) -> Vec<u8> {
        let Self { from, answers, later, hops, binding, at, partner, id, .. } = self;
        let Self { lots, purchases, redemptions, debts, seen, periods, standing, .. } = self;
        let Self { order, granted, cards, activities, lines, line_periods, .. } = self;
        [
            bytes(&(from, answers, later, hops, binding, at, partner, id)),
            lots.written(),
            purchases.written(),
            redemptions.written(),
            bytes(debts),
            seen.written(),
            bytes(periods),
            standing.written(),
            order.written(),
            bytes(&(granted, cards)),
            activities.written(),
            lines.written(),
            bytes(line_periods),
        ]
        .concat()
    }
}

impl Older for Body {
    fn forget(&mut self) {
        match self {
            Self::Sale(sale) => sale.forget(),
            Self::Authorise(ask) => ask.forget(),
            Self::Forwarded(forwarded) => forwarded.command.forget(),
            Self::MoveIn(moved) => moved.forget(),
            Self::MergeIn(merged) => merged.moved.forget(),
            Self::Order(_)
            | Self::Share(_)
            | Self::Transfer(_)
            | Self::Given(_)
            | Self::GivenAnswer(_)
            | Self::Relabel(_)
            | Self::Fall(_) => *self = Self::Tick,
            _ => {}
        }
    }

    fn written(&self) -> Vec<u8> {
        match self {
            Self::Sale(sale) => [vec![0], sale.written()].concat(),
            Self::Authorise(ask) => [vec![2], ask.written()].concat(),
            Self::Forwarded(forwarded) => {
                let Forwarded { command, line, answered, hops } = &**forwarded;
                [vec![9], command.written(), bytes(&(line, answered, hops))].concat()
            }
            Self::MoveIn(moved) => [vec![10], moved.written()].concat(),
            Self::MergeIn(merged) => {
                let MergeIn { actor, reason, moved } = &**merged;
                [vec![12], bytes(&(actor, reason)), moved.written()].concat()
            }
            other => bytes(other),
        }
    }
}

impl Older for Command {
    fn forget(&mut self) {
        self.body.forget();
    }

    fn written(&self) -> Vec<u8> {
        let Self { key, entity, source, occurred_at, delivered_at, content, trace, body } = self;
        let head = bytes(&(key, entity, source, occurred_at, delivered_at, content, trace));
        [head, body.written()].concat()
    }
}

/// Whether `value` says something new. Fails where it is not written, or not read, as its format says.
fn part<T>(value: &T) -> bool
where
    T: Older + Serialize + DeserializeOwned + Clone + PartialEq + Debug,
{
    let mut old = value.clone();
    old.forget();
    let older = [vec![OLDER], old.written()].concat();
    assert_eq!(encode(&old).unwrap(), older, "{old:?}");
    assert_eq!(decode::<T>(&older).unwrap(), old);
    let newest = [vec![NEWEST], bytes(value)].concat();
    assert_eq!(decode::<T>(&newest).unwrap(), *value, "whatever it says");
    let new = *value != old;
    assert_eq!(encode(value).unwrap(), if new { newest } else { older }, "{value:?}");
    new
}

/// How many parts of `row` say something new, and how many there are.
fn parts(row: &Row) -> (usize, usize) {
    let new = match row {
        Row::Account(account) => {
            vec![part(&account.order), part(&account.activities), part(&account.links)]
        }
        Row::Purchase(purchase) => vec![part(&purchase.grants), part(&purchase.outcome)],
        Row::Seen(seen) => vec![part(&seen.outcome)],
        Row::Parked(parked) => vec![part(&parked.command)],
        _ => Vec::new(),
    };
    (new.iter().filter(|new| **new).count(), new.len())
}

#[test]
fn rows_that_say_nothing_new_are_what_older_builds_wrote_and_read() {
    let mut runner = proptest::test_runner::TestRunner::deterministic();
    let (mut new, mut all) = (0, 0);
    let strategy = rows::one_of_each(&EntityId::from_key("s:member:1"));
    for _ in 0..256 {
        let tree = strategy.new_tree(&mut runner).unwrap();
        for row in tree.current() {
            let (of_row, of_all) = parts(&row);
            (new, all) = (new + of_row, all + of_all);
        }
    }
    assert!(all / 8 < new && new < all / 8 * 7, "both kinds are there: {new} of {all} say something new");
}
