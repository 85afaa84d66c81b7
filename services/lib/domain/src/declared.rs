//! What a programme declares about members and purchases beside points: attributes of purchases, who is in which
//! segment, what counts as one sale after another (S24, S27). Plain data, and what one event tells by it.

use crate::activity::{Activity, Attribute, Fact};
use crate::award::AttributeSpec;
use crate::calendar::{self, Span, Unit};
use crate::circumstances::{Wanted, all_wanted};
use crate::id::Name;
use crate::money::Minor;
use crate::profile::{Counted, Known, Membership};
use crate::tariff::Tariff;
use crate::time::Timestamp;

/// An activity that says something, with the attributes it must have for that.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Sign {
    /// The kind of activity.
    pub activity: Name,
    /// Attributes, and the values of which each must have one.
    pub only: Vec<Wanted>,
}

impl Sign {
    fn is(&self, activity: &Activity) -> bool {
        self.activity == activity.kind && all_wanted(&self.only, &activity.attributes)
    }
}

/// Members who are alike, by what they did.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Segment {
    /// Its name.
    pub name: Name,
    /// What makes a member one of it.
    pub joined_by: Sign,
    /// What ends that.
    pub left_by: Option<Sign>,
    /// After which time it ends by itself.
    pub lasts: Option<Span>,
    /// What it costs, where it is a paid membership: paid again before its end, it lasts so much longer; ended before
    /// that, the unused share is paid back.
    pub price: Option<Minor>,
}

/// Sales that are counted one after another.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Count {
    /// Its name.
    pub name: Name,
    /// The calendar unit it starts anew in; `None` where it never does.
    pub unit: Option<Unit>,
    /// Attributes of the purchase it counts by, each value for itself; `partner` for the partner.
    pub by: Vec<Name>,
    /// Attributes a purchase must have to count.
    pub only: Vec<Wanted>,
}

/// The name by which a count goes by partner.
pub const PARTNER: &str = "partner";

/// Everything a tariff declares about members and purchases beside points.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Declared {
    /// Attributes of purchases.
    pub purchase: Vec<AttributeSpec>,
    /// The activity by which somebody becomes a member; without one, the first purchase.
    pub joined_by: Option<Name>,
    /// The activity, and the attribute of it, that tells a birthday.
    pub birthday: Option<(Name, Name)>,
    /// Segments, in the file's order.
    pub segments: Vec<Segment>,
    /// Counts, by name.
    pub counts: Vec<Count>,
    /// Whether some condition asks since when somebody is a member.
    pub asks_joined: bool,
}

impl Declared {
    /// Whether sales are rated on what is known of the member.
    pub fn asks(&self) -> bool {
        self.asks_joined || self.birthday.is_some() || !self.segments.is_empty() || !self.counts.is_empty()
    }

    /// What `told` makes of a membership that is `known`: paid again before its end, it goes on from there.
    pub(crate) fn renewed(&self, tariff: &Tariff, known: &Membership, told: &Membership) -> Membership {
        let segment = self.segments.iter().find(|segment| segment.name == told.segment);
        let lasts = segment.filter(|segment| segment.price.is_some()).and_then(|segment| segment.lasts);
        match lasts {
            Some(lasts) if known.runs(told.from) && told.from < told.until => Membership {
                until: calendar::add(tariff.zone, known.until, lasts),
                paid: known.paid + told.paid,
                ..known.clone()
            },
            _ => told.clone(),
        }
    }

    /// What a sale tells; `None` where nothing asks.
    pub(crate) fn told_by_sale(
        &self,
        tariff: &Tariff,
        partner: &Name,
        at: Timestamp,
        attributes: &[Attribute],
    ) -> Option<Known> {
        let counts = self.counts.iter().filter(|count| all_wanted(&count.only, attributes));
        self.asks().then(|| Known {
            joined_at: (self.asks_joined && self.joined_by.is_none()).then_some(at),
            counted: counts.map(|count| count.of(tariff, partner, at, attributes)).collect(),
            ..Known::default()
        })
    }

    /// What an activity tells; `None` where nothing asks for it.
    pub(crate) fn told_by(&self, tariff: &Tariff, fact: &Fact) -> Option<Known> {
        let (activity, at) = (&fact.activity, fact.at);
        let is_birthday = |(kind, _): &&(Name, Name)| *kind == activity.kind;
        let birthday =
            self.birthday.as_ref().filter(is_birthday).and_then(|(_, name)| activity.text(name.as_str()));
        let mut segments: Vec<Membership> =
            self.segments.iter().filter_map(|segment| segment.told(tariff, activity, at)).collect();
        segments.sort_by(|a, b| a.segment.cmp(&b.segment));
        let joined = self.asks_joined && self.joined_by.as_ref() == Some(&activity.kind);
        let known = Known {
            joined_at: joined.then_some(at),
            birthday: birthday.cloned().unwrap_or_default(),
            segments,
            counted: Vec::new(),
        };
        (!known.is_empty()).then_some(known)
    }
}

impl Segment {
    fn told(&self, tariff: &Tariff, activity: &Activity, at: Timestamp) -> Option<Membership> {
        let (until, paid) = if self.joined_by.is(activity) {
            let until = self.lasts.map_or(Timestamp::NEVER, |lasts| calendar::add(tariff.zone, at, lasts));
            (until, self.price.unwrap_or_default())
        } else if self.left_by.as_ref().is_some_and(|sign| sign.is(activity)) {
            (at, Minor::ZERO)
        } else {
            return None;
        };
        Some(Membership { segment: self.name.clone(), from: at, until, paid })
    }
}

impl Count {
    fn of(&self, tariff: &Tariff, partner: &Name, at: Timestamp, attributes: &[Attribute]) -> Counted {
        let mut key = String::new();
        let until = match self.unit {
            None => Timestamp::NEVER,
            Some(unit) => {
                key.push_str(&calendar::start_of(tariff.zone, at, unit).0.to_string());
                calendar::end_of(tariff.zone, at, unit)
            }
        };
        for by in &self.by {
            let given = attributes.iter().find(|attribute| attribute.name == *by);
            let value = if by.as_str() == PARTNER { Some(partner) } else { given.map(|it| &it.value) };
            key.push('/');
            key.push_str(value.map_or("", Name::as_str));
        }
        Counted { count: self.name.clone(), key: Name::from(key), until, number: 1 }
    }
}
