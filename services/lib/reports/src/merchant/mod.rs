//! A merchant's questions, from the published entries and answers alone: revenue per member, members against others,
//! churn, what discounts and points cost, cohorts, the most active members, the rewards most used.
//!
//! Entries and answers may come in any order but that those of an account keep theirs. Nothing is kept of an event but
//! what it adds to a day, a month or a sum, and of a purchase where it stands.

mod active;
mod buyer;
mod churn;
mod cohort;
mod cost;
mod discount;
mod members;
mod points;
mod revenue;
mod reward;
mod rewards;

use crate::exchanges::Part;
use crate::month::{Day, Month, Months};
use crate::prices::Prices;
use crate::sequence::{OutOfSequence, Sequences};
use crate::sheet::{Cell, Sheet};
use buyer::{Buyers, Person, Turned};
use chrono_tz::Tz;
use discount::Discounts;
use domain::entry::{Entry, EntryKind};
use domain::event::OutcomeRecord;
use domain::lot::Bucket;
use domain::tariff::Tariffs;
use domain::{EntityId, Name, Timestamp};
pub(crate) use points::{Flow, PointBooks, Worth};
use reward::Rewards;
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive;
use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Entries that cannot be counted.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
pub enum MerchantError {
    /// A lot of a version that is not known.
    #[error("no price of wallet `{wallet}` in version {version}; name the version's file")]
    Price {
        /// The wallet.
        wallet: Name,
        /// The version.
        version: i32,
    },
    /// An entry is missing, or comes twice.
    #[error(transparent)]
    Sequence(#[from] OutOfSequence),
    /// Money beyond what an amount can hold.
    #[error("points are worth an amount beyond any currency")]
    Amount,
}

/// A question of a merchant.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub enum Question {
    /// Revenue per member, before and after joining.
    Revenue,
    /// Members against everybody else.
    Members,
    /// Who stays away, who comes back.
    Churn,
    /// Discounts against points.
    Cost,
    /// Members by the month they joined in.
    Cohorts,
    /// The most active members.
    Active,
    /// The rewards most used.
    Rewards,
}

impl Question {
    /// All of them.
    pub const ALL: [Self; 7] =
        [Self::Revenue, Self::Members, Self::Churn, Self::Cost, Self::Cohorts, Self::Active, Self::Rewards];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Revenue => "revenue",
            Self::Members => "members",
            Self::Churn => "churn",
            Self::Cost => "cost",
            Self::Cohorts => "cohorts",
            Self::Active => "active",
            Self::Rewards => "rewards",
        }
    }
}

impl fmt::Display for Question {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Question {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let names: Vec<&str> = Self::ALL.iter().map(|question| question.name()).collect();
        let found = Self::ALL.into_iter().find(|question| question.name() == text);
        found.ok_or_else(|| format!("expected one of {}, found `{text}`", names.join(", ")))
    }
}

/// What is asked beside the question itself.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Asked {
    /// The months to tell of; all there are where there are none.
    pub months: Option<Months>,
    /// After how many days without a purchase a member has lapsed, above 0.
    pub lapsed_after: u32,
    /// How many of the most active members and most used rewards are told.
    pub top: usize,
}

/// The questions while entries and answers are taken in.
#[derive(Debug)]
pub struct Merchant {
    prices: Prices,
    buyers: Buyers,
    discounts: Discounts,
    points: PointBooks,
    rewards: Rewards,
    sequences: Sequences,
    /// The first and last month something happened in.
    told: Option<Months>,
    /// The last day something happened on.
    last_day: Day,
}

impl Merchant {
    /// Nothing yet, of the programme that `prices` are of.
    pub fn new(prices: Prices, tariffs: &Tariffs) -> Self {
        let points = PointBooks::new(prices.programme().as_str(), tariffs, prices.zone());
        Self {
            prices,
            buyers: Buyers::default(),
            discounts: Discounts::default(),
            points,
            rewards: Rewards::default(),
            sequences: Sequences::default(),
            told: None,
            last_day: Day(i32::MIN),
        }
    }

    /// Takes an entry in; one of another programme is passed over.
    ///
    /// # Errors
    /// An entry of the account is missing or comes twice, or its points are of a version that has no price.
    pub fn post(&mut self, entry: &Entry) -> Result<(), MerchantError> {
        if entry.entity.programme() != self.prices.programme().as_str() {
            return Ok(());
        }
        self.sequences.next(entry)?;
        let month = self.tell(Day::of(self.prices.zone(), entry.at));
        let part = self.points.post(entry);
        self.rewards.post(entry, month, part);
        self.turn(entry, part, month)
    }

    /// What an entry gives its member or lets them spend. What only moves is theirs already.
    fn turn(&mut self, entry: &Entry, part: Part, month: Month) -> Result<(), MerchantError> {
        if part == Part::Gift || matches!(entry.kind, EntryKind::MovedOut | EntryKind::MovedIn) {
            return Ok(());
        }
        let points = entry.points.get();
        let issued = if entry.from.is_none() && entry.to.is_some() { points } else { 0 };
        let into = i64::from(entry.to == Some(Bucket::Spent)) - i64::from(entry.from == Some(Bucket::Spent));
        let spent = if part == Part::Price { 0 } else { points * into };
        let earned = issued - entry.clawed_back.get();
        if (earned, spent) != (0, 0) {
            let each = worth(&self.prices, &(entry.wallet.clone(), entry.version))?;
            let [earned, spent] = [earned, spent].map(|points| each * Decimal::from(points));
            self.buyers.turn(&entry.entity, (month, entry.recorded_at), Turned { earned, spent });
        }
        Ok(())
    }

    /// Takes an answer in; one of another programme is passed over.
    pub fn hear(&mut self, record: &OutcomeRecord) {
        if record.entity.programme() != self.prices.programme().as_str() {
            return;
        }
        let zone = self.prices.zone();
        self.buyers.hear(record, zone);
        if let Some(trade) = &record.trade {
            let month = self.tell(Day::of(zone, record.occurred_at));
            self.rewards.hear(trade, Month::of(zone, record.at));
            self.discounts.hear(trade, trade.purchase == record.event, month);
        }
    }

    /// Notes that something happened on that day; its month.
    fn tell(&mut self, day: Day) -> Month {
        let month = day.month();
        let told = self.told.get_or_insert(Months { first: month, last: month });
        (told.first, told.last) = (told.first.min(month), told.last.max(month));
        self.last_day = self.last_day.max(day);
        month
    }

    /// The answers over all that was taken in.
    ///
    /// # Errors
    /// Points of a version that has no price.
    pub fn finish(self, asked: Asked) -> Result<Answers, MerchantError> {
        let nothing = Months { first: Month(1), last: Month(0) };
        let months = asked.months.or(self.told).unwrap_or(nothing);
        let mut worths: BTreeMap<Worth, Decimal> = BTreeMap::new();
        for (_, of) in self.points.months.keys() {
            worths.insert(of.clone(), worth(&self.prices, of)?);
        }
        Ok(Answers {
            asked,
            months,
            people: self.buyers.people(self.prices.zone()),
            prices: self.prices,
            discounts: self.discounts,
            points: self.points,
            worth: worths,
            rewards: self.rewards,
            last_day: self.last_day,
        })
    }
}

/// What a wallet's smallest unit is worth where it pays for anything, in minor units; else 0.
pub(crate) fn worth(prices: &Prices, (wallet, version): &Worth) -> Result<Decimal, MerchantError> {
    let price = prices.money(wallet, *version);
    let price = price.ok_or_else(|| MerchantError::Price { wallet: wallet.clone(), version: *version })?;
    Ok(in_minor(prices, price))
}

/// The same by the version in force at `at`, whichever granted it: what it would pay then.
pub(crate) fn worth_at(prices: &Prices, wallet: &Name, at: Timestamp) -> Result<Decimal, MerchantError> {
    let price = prices.money_at(wallet, at);
    let price = price.ok_or_else(|| MerchantError::Price { wallet: wallet.clone(), version: 0 })?;
    Ok(in_minor(prices, price))
}

fn in_minor(prices: &Prices, price: Decimal) -> Decimal {
    price * Decimal::from(10_i64.pow(prices.currency().exponent))
}

/// Whole minor units, rounded towards zero.
pub(crate) fn minor(exact: Decimal) -> Result<i64, MerchantError> {
    exact.trunc().to_i64().ok_or(MerchantError::Amount)
}

/// All answers there are.
#[derive(Debug)]
pub struct Answers {
    asked: Asked,
    months: Months,
    prices: Prices,
    people: BTreeMap<EntityId, Person>,
    discounts: Discounts,
    points: PointBooks,
    worth: BTreeMap<Worth, Decimal>,
    rewards: Rewards,
    last_day: Day,
}

impl Answers {
    /// The sheets that answer `question`.
    ///
    /// # Errors
    /// An amount beyond what money can be.
    pub fn to(&self, question: Question) -> Result<Vec<Sheet>, MerchantError> {
        match question {
            Question::Revenue => Ok(vec![revenue::sheet(self)]),
            Question::Members => Ok(vec![members::sheet(self)]),
            Question::Churn => Ok(vec![churn::sheet(self)]),
            Question::Cost => cost::sheets(self),
            Question::Cohorts => Ok(vec![cohort::sheet(self)]),
            Question::Active => Ok(vec![active::sheet(self)?]),
            Question::Rewards => Ok(rewards::sheets(self)),
        }
    }

    /// The months that are told of.
    pub const fn months(&self) -> Months {
        self.months
    }

    /// Whose clocks days and months are read from.
    pub const fn zone(&self) -> Tz {
        self.prices.zone()
    }

    /// Points of a wallet.
    fn points(&self, wallet: &Name, points: i64) -> Cell {
        Cell::Points(points, self.prices.scale(wallet))
    }

    fn sheet(&self, name: &'static str, title: impl Into<String>) -> Sheet {
        Sheet::new(name, title, self.prices.currency())
    }
}
