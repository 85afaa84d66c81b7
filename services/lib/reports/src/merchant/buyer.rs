//! Who bought what on which day: accounts as they were told, and the people behind them.

use crate::month::{Day, Month};
use chrono_tz::Tz;
use domain::event::OutcomeRecord;
use domain::outcome::OutcomeKind;
use domain::trade::Trade;
use domain::{EntityId, Timestamp};
use std::collections::{BTreeMap, BTreeSet};

/// How often an account may have become one with another.
const LINKS: usize = 16;

/// What was bought on a day, less what was returned on it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Bought {
    /// Purchases; returns lessen the money alone.
    pub(super) purchases: i64,
    /// Revenue, in minor units.
    pub(super) amount: i64,
    /// Its part that points paid, in minor units.
    pub(super) by_points: i64,
}

impl Bought {
    pub(super) const fn add(&mut self, other: Self) {
        self.purchases += other.purchases;
        self.amount += other.amount;
        self.by_points += other.by_points;
    }
}

/// Points that an account got and spent in a month, of all wallets.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Turned {
    pub(super) earned: i64,
    pub(super) spent: i64,
}

#[derive(Default, Debug)]
struct Account {
    /// The first that was applied of the account itself.
    since: Option<Timestamp>,
    days: BTreeMap<Day, Bought>,
    turned: BTreeMap<Month, Turned>,
    /// Whom it became one with, and from when on.
    links: Vec<(Timestamp, EntityId)>,
}

/// All accounts.
#[derive(Default, Debug)]
pub(super) struct Buyers(BTreeMap<EntityId, Account>);

/// Somebody: a member with what cards brought, or a card that nobody registered.
#[derive(Default, Debug)]
pub(super) struct Person {
    /// The day of the first event under a member's id: registered, bound a card, or bought; none for a card.
    pub(super) joined: Option<Day>,
    /// What was bought, day by day.
    pub(super) days: BTreeMap<Day, Bought>,
    /// Points, month by month.
    pub(super) turned: BTreeMap<Month, Turned>,
}

impl Person {
    /// Whether they were a member on that day.
    pub(super) fn is_member(&self, on: Day) -> bool {
        self.joined.is_some_and(|joined| joined <= on)
    }

    /// The days something was bought on.
    pub(super) fn active(&self) -> impl Iterator<Item = Day> + '_ {
        self.days.iter().filter(|(_, bought)| bought.purchases > 0).map(|(day, _)| *day)
    }
}

impl Buyers {
    /// Takes an answer in.
    pub(super) fn hear(&mut self, record: &OutcomeRecord, zone: Tz) {
        if record.outcome.kind != OutcomeKind::Applied {
            return;
        }
        if let Some(linked) = &record.linked {
            self.link(record, linked);
        }
        let account = self.0.entry(record.entity.clone()).or_default();
        let at = if record.occurred_at.is_finite() { record.occurred_at } else { record.at };
        account.since = account.since.into_iter().chain([at]).min();
        if let Some(Trade { amount, paid_by_points, .. }) = record.trade.as_deref() {
            let purchases = i64::from(record.event == purchase_of(record));
            let bought = Bought { purchases, amount: amount.0, by_points: paid_by_points.0 };
            account.days.entry(Day::of(zone, at)).or_default().add(bought);
        }
    }

    /// The answer to a binding is said where the card's points arrive; one that had waited, by the card itself.
    fn link(&mut self, record: &OutcomeRecord, linked: &EntityId) {
        let said_by_card = record.entity.is_card() && !linked.is_card() || record.later;
        let (from, to) = match said_by_card {
            true => (&record.entity, linked),
            false => (linked, &record.entity),
        };
        let back = self.0.get(to).is_some_and(|account| account.links.iter().any(|(_, it)| it == from));
        if from != to && !back {
            self.0.entry(from.clone()).or_default().links.push((record.occurred_at, to.clone()));
        }
    }

    /// Points that an account got or spent.
    pub(super) fn turn(&mut self, entity: &EntityId, month: Month, turned: Turned) {
        let sum = self.0.entry(entity.clone()).or_default().turned.entry(month).or_default();
        sum.earned += turned.earned;
        sum.spent += turned.spent;
    }

    /// The people behind the accounts: a card's purchases are those of the member who bound it next.
    pub(super) fn people(mut self, zone: Tz) -> BTreeMap<EntityId, Person> {
        self.0.values_mut().for_each(|account| account.links.sort());
        let mut people: BTreeMap<EntityId, Person> = BTreeMap::new();
        for (id, account) in &self.0 {
            for (day, bought) in &account.days {
                let whose = self.whose(id, *day, zone);
                people.entry(whose).or_default().days.entry(*day).or_default().add(*bought);
            }
            let last = self.whose(id, Day(i32::MIN), zone);
            let person = people.entry(last).or_default();
            for (month, turned) in &account.turned {
                let sum = person.turned.entry(*month).or_default();
                sum.earned += turned.earned;
                sum.spent += turned.spent;
            }
            if let Some(since) = account.since.filter(|_| !id.is_card()) {
                person.joined = person.joined.into_iter().chain([Day::of(zone, since)]).min();
            }
        }
        // A card that bought nothing and turned no points is nobody.
        people.retain(|_, person| person.joined.is_some() || !person.days.is_empty());
        people
    }

    /// Who is behind what happened in this account on that day: the binding that began next; of a merged member
    /// the other.
    fn whose(&self, id: &EntityId, day: Day, zone: Tz) -> EntityId {
        let (mut at, mut seen) = (id, BTreeSet::new());
        for _ in 0..LINKS {
            let links = self.0.get(at).map_or(&[][..], |account| &account.links[..]);
            let next = links.iter().find(|(from, _)| !at.is_card() || Day::of(zone, *from) >= day);
            match next {
                Some((_, to)) if seen.insert(at) => at = to,
                _ => break,
            }
        }
        at.clone()
    }
}

/// The purchase a record is about.
fn purchase_of(record: &OutcomeRecord) -> domain::EventKey {
    record.trade.as_ref().map_or(domain::EventKey::NONE, |trade| trade.purchase)
}
