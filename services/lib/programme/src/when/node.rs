//! A checked condition as a tree, and its value for one line of one sale.

use super::facts::Fact;
use chrono::{DateTime, Datelike, Timelike};
use chrono_tz::Tz;
use domain::award::AttributeType;
use domain::calendar;
use domain::money::Currency;
use domain::profile::Profile;
use domain::purchase::PurchaseLine;
use domain::rating::Extent;
use domain::tariff::RatingContext;
use domain::{Name, Timestamp};
use rust_decimal::Decimal;
use std::cmp::Ordering;

/// How two things are compared.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Comparison {
    Equal,
    Unequal,
    Less,
    AtMost,
    Greater,
    AtLeast,
}

impl Comparison {
    const fn holds(self, order: Ordering) -> bool {
        match self {
            Self::Equal => order.is_eq(),
            Self::Unequal => order.is_ne(),
            Self::Less => order.is_lt(),
            Self::AtMost => order.is_le(),
            Self::Greater => order.is_gt(),
            Self::AtLeast => order.is_ge(),
        }
    }
}

/// What is done with two whole numbers.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
}

impl Arithmetic {
    const fn of(self, left: i64, right: i64) -> Option<i64> {
        match self {
            Self::Add => left.checked_add(right),
            Self::Subtract => left.checked_sub(right),
            Self::Multiply => left.checked_mul(right),
            Self::Divide => left.checked_div(right),
            Self::Remainder => left.checked_rem(right),
        }
    }
}

/// What is asked of a text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Search {
    StartsWith,
    EndsWith,
    Contains,
}

/// A part of a condition.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) enum Node {
    Truth(bool),
    Whole(i64),
    Text(String),
    Texts(Vec<Name>),
    Wholes(Vec<i64>),
    Fact(Fact),
    Attribute(Name, AttributeType),
    Place(Name),
    /// Whether it has a value.
    Has(Box<Self>),
    Not(Box<Self>),
    And(Box<[Self; 2]>),
    Or(Box<[Self; 2]>),
    Choose(Box<[Self; 3]>),
    Compare(Comparison, Box<[Self; 2]>),
    Among(Box<[Self; 2]>),
    Calculate(Arithmetic, Box<[Self; 2]>),
    Search(Search, Box<[Self; 2]>),
    Size(Box<Self>),
}

/// What a part comes to.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Value<'v> {
    Truth(bool),
    Whole(i64),
    Text(&'v str),
    Texts(&'v [Name]),
    Wholes(&'v [i64]),
}

/// It comes to nothing: something it asks for is not there, or no 64-bit number.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Undefined;

/// One line of a sale.
pub(super) struct Sale<'s> {
    pub(super) context: &'s RatingContext,
    pub(super) line: &'s PurchaseLine,
    pub(super) zone: Tz,
    pub(super) currency: &'s Currency,
}

impl Node {
    /// Its value for `sale`. Bounded by the condition's size.
    pub(super) fn value<'v>(&'v self, sale: &Sale<'v>) -> Result<Value<'v>, Undefined> {
        Ok(match self {
            Self::Truth(truth) => Value::Truth(*truth),
            Self::Whole(number) => Value::Whole(*number),
            Self::Text(text) => Value::Text(text),
            Self::Texts(texts) => Value::Texts(texts),
            Self::Wholes(numbers) => Value::Wholes(numbers),
            Self::Fact(fact) => return sale.fact(*fact),
            Self::Attribute(name, takes) => return sale.attribute(name, takes),
            Self::Place(count) => Value::Whole(sale.place(count)),
            Self::Has(of) => Value::Truth(of.value(sale).is_ok()),
            Self::Not(of) => Value::Truth(!of.truth(sale)?),
            Self::And(two) => return decided_by(two, sale, false),
            Self::Or(two) => return decided_by(two, sale, true),
            Self::Choose(three) => return three[if three[0].truth(sale)? { 1 } else { 2 }].value(sale),
            Self::Compare(comparison, two) => {
                Value::Truth(comparison.holds(order(two[0].value(sale)?, two[1].value(sale)?)?))
            }
            Self::Among(two) => Value::Truth(among(two[0].value(sale)?, two[1].value(sale)?)?),
            Self::Calculate(how, two) => {
                let (left, right) = (two[0].whole(sale)?, two[1].whole(sale)?);
                Value::Whole(how.of(left, right).ok_or(Undefined)?)
            }
            Self::Search(search, two) => Value::Truth(found(*search, two[0].text(sale)?, two[1].text(sale)?)),
            Self::Size(of) => Value::Whole(size(of.value(sale)?)?),
        })
    }

    fn truth(&self, sale: &Sale<'_>) -> Result<bool, Undefined> {
        match self.value(sale)? {
            Value::Truth(truth) => Ok(truth),
            _ => Err(Undefined),
        }
    }

    fn whole(&self, sale: &Sale<'_>) -> Result<i64, Undefined> {
        match self.value(sale)? {
            Value::Whole(number) => Ok(number),
            _ => Err(Undefined),
        }
    }

    fn text<'v>(&'v self, sale: &Sale<'v>) -> Result<&'v str, Undefined> {
        match self.value(sale)? {
            Value::Text(text) => Ok(text),
            _ => Err(Undefined),
        }
    }

    /// Whether it asks since when, or whether, somebody is a member.
    pub(super) fn asks_joined(&self) -> bool {
        match self {
            Self::Fact(fact) => matches!(fact, Fact::Joined | Fact::Days),
            Self::Has(of) | Self::Not(of) | Self::Size(of) => of.asks_joined(),
            Self::Choose(three) => three.iter().any(Self::asks_joined),
            Self::And(two)
            | Self::Or(two)
            | Self::Compare(_, two)
            | Self::Among(two)
            | Self::Calculate(_, two)
            | Self::Search(_, two) => two.iter().any(Self::asks_joined),
            Self::Truth(_)
            | Self::Whole(_)
            | Self::Text(_)
            | Self::Texts(_)
            | Self::Wholes(_)
            | Self::Attribute(..)
            | Self::Place(_) => false,
        }
    }
}

/// `&&` and `||` as CEL has them: one side that decides is enough, on whichever side it is, though the other comes to
/// nothing.
fn decided_by<'v>(two: &'v [Node; 2], sale: &Sale<'v>, by: bool) -> Result<Value<'v>, Undefined> {
    let left = two[0].truth(sale);
    if left == Ok(by) {
        return Ok(Value::Truth(by));
    }
    let right = two[1].truth(sale)?;
    if right == by { Ok(Value::Truth(by)) } else { left.map(Value::Truth) }
}

fn order(left: Value<'_>, right: Value<'_>) -> Result<Ordering, Undefined> {
    match (left, right) {
        (Value::Truth(left), Value::Truth(right)) => Ok(left.cmp(&right)),
        (Value::Whole(left), Value::Whole(right)) => Ok(left.cmp(&right)),
        (Value::Text(left), Value::Text(right)) => Ok(left.cmp(right)),
        _ => Err(Undefined),
    }
}

fn among(one: Value<'_>, list: Value<'_>) -> Result<bool, Undefined> {
    match (one, list) {
        (Value::Text(one), Value::Texts(list)) => Ok(list.iter().any(|each| each.as_str() == one)),
        (Value::Whole(one), Value::Wholes(list)) => Ok(list.contains(&one)),
        _ => Err(Undefined),
    }
}

fn found(search: Search, text: &str, part: &str) -> bool {
    match search {
        Search::StartsWith => text.starts_with(part),
        Search::EndsWith => text.ends_with(part),
        Search::Contains => text.contains(part),
    }
}

fn size(of: Value<'_>) -> Result<i64, Undefined> {
    let size = match of {
        Value::Text(text) => text.chars().count(),
        Value::Texts(list) => list.len(),
        Value::Wholes(list) => list.len(),
        Value::Truth(_) | Value::Whole(_) => return Err(Undefined),
    };
    i64::try_from(size).map_err(|_| Undefined)
}

impl<'s> Sale<'s> {
    fn profile(&self) -> Option<&'s Profile> {
        self.context.profile.as_deref()
    }

    fn place(&self, count: &Name) -> i64 {
        self.profile().map_or(0, |profile| profile.place(count)).into()
    }

    fn fact(&self, fact: Fact) -> Result<Value<'s>, Undefined> {
        let (context, line) = (self.context, self.line);
        let joined_at = || self.profile().and_then(|profile| profile.joined_at);
        let number = |number: u32| Ok(Value::Whole(number.into()));
        match fact {
            Fact::Item => Ok(Value::Text(line.sku.as_str())),
            Fact::Group => Ok(Value::Text(line.group.as_str())),
            Fact::LineAmount => Ok(Value::Whole(line.amount_in(context.extent).0)),
            Fact::Quantity => Ok(Value::Whole(match context.extent {
                Extent::Sold => line.quantity.0,
                Extent::Remaining => line.quantity.0 - line.returned.0,
            })),
            Fact::BasketAmount => Ok(Value::Whole(context.basket.0)),
            Fact::Partner => Ok(Value::Text(context.partner.as_str())),
            Fact::Tier => Ok(Value::Text(context.tier.as_str())),
            Fact::Joined => Ok(Value::Truth(joined_at().is_some())),
            Fact::Days => self.days_since(joined_at()).map(Value::Whole),
            Fact::Segments => Ok(Value::Texts(self.profile().map_or(&[], |profile| &profile.segments))),
            Fact::Year => Ok(Value::Whole(self.local()?.year().into())),
            Fact::Month => number(self.local()?.month()),
            Fact::Day => number(self.local()?.day()),
            Fact::Weekday => number(self.local()?.weekday().number_from_monday()),
            Fact::Hour => number(self.local()?.hour()),
            Fact::Minute => number(self.local()?.minute()),
        }
    }

    fn days_since(&self, joined_at: Option<Timestamp>) -> Result<i64, Undefined> {
        let joined_at = joined_at.ok_or(Undefined)?;
        Ok(calendar::whole_days(self.zone, joined_at, self.context.occurred_at))
    }

    fn local(&self) -> Result<DateTime<Tz>, Undefined> {
        let at = DateTime::from_timestamp_millis(self.context.occurred_at.0).ok_or(Undefined)?;
        Ok(at.with_timezone(&self.zone))
    }

    fn attribute(&self, name: &Name, takes: &AttributeType) -> Result<Value<'s>, Undefined> {
        let given = self.context.attributes.iter().find(|given| given.name == *name).ok_or(Undefined)?;
        let text = given.value.as_str();
        match takes {
            AttributeType::Whole => text.parse().map(Value::Whole).map_err(|_| Undefined),
            AttributeType::Money => {
                let amount: Decimal = text.parse().map_err(|_| Undefined)?;
                self.currency.to_minor(amount).map(|amount| Value::Whole(amount.0)).ok_or(Undefined)
            }
            AttributeType::Account => Err(Undefined),
            AttributeType::Choice(_) | AttributeType::Date | AttributeType::Text => Ok(Value::Text(text)),
        }
    }
}
