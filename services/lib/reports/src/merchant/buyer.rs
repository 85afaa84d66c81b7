//! Who bought what on which day: accounts as they were told, and the people behind them.

use crate::month::{Day, Month};
use crate::routes::{Routes, decided};
use chrono_tz::Tz;
use domain::event::OutcomeRecord;
use domain::outcome::OutcomeKind;
use domain::trade::Trade;
use domain::{EntityId, EventKey, Timestamp};
use rust_decimal::Decimal;
use std::collections::BTreeMap;

/// What was bought on a day, less what was returned on it.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Bought {
    /// Purchases, but for those of which nothing was kept; other returns lessen the money alone.
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

/// What somebody bought on a day.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Shopping {
    /// Before they joined, or with a card that was not theirs by that day; all that cards bought which nobody bound.
    pub(super) before: Bought,
    /// As the member they were by then.
    pub(super) as_member: Bought,
}

impl Shopping {
    pub(super) const fn all(&self) -> Bought {
        let mut all = self.before;
        all.add(self.as_member);
        all
    }
}

/// What an account got and spent in a month, of points that pay as money, at what they are worth: exact, in minor units.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Turned {
    pub(super) earned: Decimal,
    pub(super) spent: Decimal,
}

impl Turned {
    pub(super) fn add(&mut self, other: Self) {
        self.earned += other.earned;
        self.spent += other.spent;
    }
}

#[derive(Default, Debug)]
struct Account {
    /// The first that was applied of the account itself.
    since: Option<Timestamp>,
    /// By day, and of cards by when it was decided.
    days: BTreeMap<(Day, Timestamp), Bought>,
    turned: BTreeMap<(Month, Timestamp), Turned>,
}

/// A purchase: where it stands, and what of it was not returned yet.
#[derive(Debug)]
struct Sale {
    entity: EntityId,
    place: (Day, Timestamp),
    amount: i64,
}

/// What of a purchase was returned.
#[derive(Clone, Copy, Default, Debug)]
struct Back {
    amount: i64,
    whole: bool,
}

/// All accounts.
#[derive(Default, Debug)]
pub(super) struct Buyers {
    accounts: BTreeMap<EntityId, Account>,
    routes: Routes,
    sales: BTreeMap<EventKey, Sale>,
    returns: BTreeMap<EventKey, Back>,
}

/// Somebody: a member with what cards brought, or a card that nobody registered.
#[derive(Default, Debug)]
pub(super) struct Person {
    /// The day of the first event under a member's id: registered, bound a card, or bought; none for a card.
    pub(super) joined: Option<Day>,
    /// What was bought, day by day.
    pub(super) days: BTreeMap<Day, Shopping>,
    /// Points, month by month.
    pub(super) turned: BTreeMap<Month, Turned>,
}

impl Person {
    /// The days something was bought on, and kept.
    pub(super) fn active(&self) -> impl Iterator<Item = Day> + '_ {
        self.days.iter().filter(|(_, shopping)| shopping.all().purchases > 0).map(|(day, _)| *day)
    }
}

impl Buyers {
    /// Takes an answer in.
    pub(super) fn hear(&mut self, record: &OutcomeRecord, zone: Tz) {
        if record.outcome.kind != OutcomeKind::Applied {
            return;
        }
        self.routes.hear(record);
        let account = self.accounts.entry(record.entity.clone()).or_default();
        let at = if record.occurred_at.is_finite() { record.occurred_at } else { record.at };
        account.since = account.since.into_iter().chain([at]).min();
        let Some(trade) = record.trade.as_deref() else { return };
        let Trade { purchase, amount, paid_by_points, .. } = trade;
        let place = (Day::of(zone, at), decided(&record.entity, record.at));
        let is_sale = *purchase == record.event;
        let bought = Bought { purchases: i64::from(is_sale), amount: amount.0, by_points: paid_by_points.0 };
        account.days.entry(place).or_default().add(bought);
        if is_sale {
            // The id as it is there already: one text for all that an account buys.
            let entity = self.accounts.get_key_value(&record.entity).map(|(id, _)| id.clone());
            let entity = entity.unwrap_or_else(|| record.entity.clone());
            self.sales.insert(*purchase, Sale { entity, place, amount: amount.0 });
        } else {
            let back = self.returns.entry(*purchase).or_default();
            back.amount -= amount.0;
            back.whole |= trade.whole;
        }
    }

    /// Points that an account got or spent.
    pub(super) fn turn(&mut self, entity: &EntityId, (month, at): (Month, Timestamp), turned: Turned) {
        let account = self.accounts.entry(entity.clone()).or_default();
        account.turned.entry((month, decided(entity, at))).or_default().add(turned);
    }

    /// The people behind the accounts: what a card bought is the member's who bound it next.
    pub(super) fn people(mut self, zone: Tz) -> BTreeMap<EntityId, Person> {
        self.forget_undone();
        let mut people: BTreeMap<EntityId, Person> = BTreeMap::new();
        for (id, account) in self.accounts.iter().filter(|(id, _)| !id.is_card()) {
            let person = people.entry(self.routes.owner(id, Timestamp::MIN, zone).who).or_default();
            let since = account.since.map(|since| Day::of(zone, since));
            person.joined = person.joined.into_iter().chain(since).min();
        }
        for (id, account) in &self.accounts {
            for ((day, decided), bought) in &account.days {
                let owner = self.routes.owner(id, *decided, zone);
                let person = people.entry(owner.who).or_default();
                let is_member = person.joined.is_some_and(|joined| joined.max(owner.since) <= *day);
                let shopping = person.days.entry(*day).or_default();
                let side = if is_member { &mut shopping.as_member } else { &mut shopping.before };
                side.add(*bought);
            }
            for ((month, decided), turned) in &account.turned {
                let person = people.entry(self.routes.owner(id, *decided, zone).who).or_default();
                person.turned.entry(*month).or_default().add(*turned);
            }
        }
        // A card that bought nothing and turned no points is nobody.
        people.retain(|_, person| person.joined.is_some() || !person.days.is_empty());
        people
    }

    /// Takes purchases out of which nothing was kept. Records of older builds do not say so: there what came back is
    /// all that was paid.
    fn forget_undone(&mut self) {
        for (key, back) in &self.returns {
            let Some(sale) = self.sales.get(key) else { continue };
            if back.whole || sale.amount != 0 && back.amount == sale.amount {
                let account = self.accounts.get_mut(&sale.entity);
                if let Some(bought) = account.and_then(|account| account.days.get_mut(&sale.place)) {
                    bought.purchases -= 1;
                }
            }
        }
    }
}
