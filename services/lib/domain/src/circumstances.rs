//! The circumstances a rule asks for beside the basket: when, how it was paid, who the member is (S24, S29).
//!
//! Each is a pure function of the stored facts of one sale, so that what remains of it is rated alike (S16).

use crate::activity::Attribute;
use crate::calendar::{self, Span};
use crate::id::Name;
use crate::profile::Profile;
use crate::tariff::{RatingContext, Tariff};
use crate::time::Timestamp;
use serde::Serialize;

/// The values an attribute may have.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Values {
    /// One of these.
    OneOf(Vec<Name>),
    /// A whole number, from the first and below the second.
    Between(i64, i64),
}

/// An attribute that must be there, with one of these values.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Wanted {
    /// The attribute.
    pub attribute: Name,
    /// What it may be.
    pub values: Values,
}

impl Wanted {
    fn is_met(&self, attributes: &[Attribute]) -> bool {
        let Some(given) = attributes.iter().find(|given| given.name == self.attribute) else { return false };
        match &self.values {
            Values::OneOf(values) => values.contains(&given.value),
            Values::Between(from, below) => {
                given.value.as_str().parse::<i64>().is_ok_and(|number| *from <= number && number < *below)
            }
        }
    }
}

/// Whether every attribute that is asked for is there.
pub fn all_wanted(wanted: &[Wanted], attributes: &[Attribute]) -> bool {
    wanted.iter().all(|wanted| wanted.is_met(attributes))
}

/// A stretch of local time: `[from, until)`.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// Its first instant.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
}

impl Stretch {
    /// Whether `at` is in it.
    pub fn holds(&self, at: Timestamp) -> bool {
        self.from <= at && at < self.until
    }
}

/// When a rule applies, by the programme's local time. All that is given must hold.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Times {
    /// In one of these stretches: dates, or those of a calendar; empty: any time.
    pub during: Vec<Stretch>,
    /// In none of these.
    pub except: Vec<Stretch>,
    /// On these days of the week, 0 for Monday; empty: any.
    pub weekdays: Vec<u32>,
    /// From this minute of the local day, and before the other.
    pub minutes: Option<(u32, u32)>,
}

impl Times {
    fn hold(&self, tariff: &Tariff, at: Timestamp) -> bool {
        (self.during.is_empty() || self.during.iter().any(|stretch| stretch.holds(at)))
            && !self.except.iter().any(|stretch| stretch.holds(at))
            && (self.weekdays.is_empty() || self.weekdays.contains(&calendar::weekday(tariff.zone, at)))
            && self
                .minutes
                .is_none_or(|(from, until)| (from..until).contains(&calendar::minute_of_day(tariff.zone, at)))
    }
}

/// Which places in a count.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Ordinal {
    /// From the first to the second, both included.
    Range(i32, i32),
    /// Every so many.
    Every(i32),
}

impl Ordinal {
    const fn holds(self, place: i32) -> bool {
        match self {
            Self::Range(from, to) => from <= place && place <= to,
            Self::Every(step) => place > 0 && place % step == 0,
        }
    }
}

/// Circumstances. All that is given must hold.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Circumstances {
    /// Attributes the purchase must have.
    pub only: Vec<Wanted>,
    /// Attributes it must not have.
    pub except: Vec<Wanted>,
    /// When.
    pub times: Times,
    /// Not for who is no member.
    pub members: bool,
    /// The member is in one of these segments; empty: any, and none.
    pub segments: Vec<Name>,
    /// The member is in none of these.
    pub segments_except: Vec<Name>,
    /// The member joined less than this ago.
    pub joined_within: Option<Span>,
    /// The member joined this long ago, or longer.
    pub joined_for: Option<Span>,
    /// The day is at most so many days from the member's birthday.
    pub birthday: Option<u32>,
    /// The sale's places in counts.
    pub places: Vec<(Name, Ordinal)>,
    /// The member has something to spend in each of these wallets. For till offers alone: what is spendable depends on
    /// arrival, and no rating may.
    pub holds: Vec<Name>,
}

/// A circumstance that does not hold.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Missing {
    /// The purchase lacks an attribute, or it has another value.
    Attribute,
    /// The purchase has an attribute it must not have.
    UnwantedAttribute,
    /// It is another time.
    Time,
    /// Whoever it is, is no member.
    Member,
    /// The member is in none of the segments.
    Segment,
    /// The member is in a segment that is left out.
    UnwantedSegment,
    /// The member joined too long ago, or it is not known when.
    JoinedWithin,
    /// The member joined too recently, or it is not known when.
    JoinedFor,
    /// It is not the birthday, or that is not known.
    Birthday,
    /// The purchase has another place in a count.
    Place,
    /// There is nothing to spend in a wallet.
    Holds,
}

/// What is missing, and the attribute, segment, count or wallet that it is about, where there is one.
pub type Lack<'c> = (Missing, Option<&'c Name>);

impl Circumstances {
    /// The first that does not hold.
    pub fn missing(&self, tariff: &Tariff, context: &RatingContext) -> Option<Lack<'_>> {
        let unmet = |wanted: &&Wanted| !wanted.is_met(&context.attributes);
        if let Some(wanted) = self.only.iter().find(unmet) {
            return Some((Missing::Attribute, Some(&wanted.attribute)));
        }
        if let Some(wanted) = self.except.iter().find(|wanted| !unmet(wanted)) {
            return Some((Missing::UnwantedAttribute, Some(&wanted.attribute)));
        }
        if !self.times.hold(tariff, context.occurred_at) {
            return Some((Missing::Time, None));
        }
        if let Some(wallet) = self.holds.iter().find(|wallet| !context.holds.contains(wallet)) {
            return Some((Missing::Holds, Some(wallet)));
        }
        match &context.profile {
            Some(profile) => self.missing_of(tariff, context, profile),
            None => self.missing_of(tariff, context, &Profile::default()),
        }
    }

    fn missing_of(&self, tariff: &Tariff, context: &RatingContext, member: &Profile) -> Option<Lack<'_>> {
        if self.members && member.joined_at.is_none() {
            return Some((Missing::Member, None));
        }
        if !self.segments.is_empty() && !self.segments.iter().any(|name| member.segments.contains(name)) {
            return Some((Missing::Segment, None));
        }
        if let Some(name) = self.segments_except.iter().find(|name| member.segments.contains(name)) {
            return Some((Missing::UnwantedSegment, Some(name)));
        }
        let since =
            |span: Span| Some(context.occurred_at >= calendar::add(tariff.zone, member.joined_at?, span));
        if self.joined_within.is_some_and(|span| since(span) != Some(false)) {
            return Some((Missing::JoinedWithin, None));
        }
        if self.joined_for.is_some_and(|span| since(span) != Some(true)) {
            return Some((Missing::JoinedFor, None));
        }
        let is_near = |days| {
            calendar::is_near_birthday(tariff.zone, context.occurred_at, member.birthday.as_str(), days)
        };
        if self.birthday.is_some_and(|days| !is_near(days)) {
            return Some((Missing::Birthday, None));
        }
        let other = |(count, ordinal): &&(Name, Ordinal)| !ordinal.holds(member.place(count));
        self.places.iter().find(other).map(|(count, _)| (Missing::Place, Some(count)))
    }
}
