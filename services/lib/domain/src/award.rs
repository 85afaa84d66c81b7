//! What activities a programme declares, which attributes of which type they have, and what they are granted
//! (S02, S24, S27). Plain data, and pure functions of it and one activity.

use crate::activity::{Activity, Attribute};
use crate::calendar::{self, Unit};
use crate::fall::FallsWith;
use crate::id::Name;
use crate::misfit::Misfit;
use crate::money::Minor;
use crate::occasion::Occasion;
use crate::outcome::Reason;
use crate::points::Points;
use crate::rating::{Exact, one_point, round_grant};
use crate::reach::LevelGrant;
use crate::shared::SharedLimit;
use crate::tariff::{Tariff, Terms};
use crate::time::Timestamp;
use chrono::NaiveDate;
use rust_decimal::Decimal;

/// The largest whole number an attribute may be.
pub const WHOLE_MAX: i64 = 1_000_000;
/// The largest amount, in minor units, and the most points of one award, in the wallet's smallest unit.
pub const AMOUNT_MAX: i64 = 1_000_000_000_000;

/// The longest text, in bytes.
pub const TEXT_MAX: usize = 200;

/// What an attribute's value may be.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum AttributeType {
    /// A whole number, 0 to [`WHOLE_MAX`], without a sign or leading zeros.
    Whole,
    /// An amount in the programme's currency, 0 to [`AMOUNT_MAX`] minor units: `12.50`.
    Money,
    /// One of these words.
    Choice(Vec<Name>),
    /// A local date, `2001-05-17`, or a day of every year, `--05-17`.
    Date,
    /// A member or card.
    Account,
    /// Any text of up to [`TEXT_MAX`] bytes, such as a shop's number.
    Text,
}

/// An attribute a kind of activity has.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct AttributeSpec {
    /// Its name.
    pub name: Name,
    /// What its value may be.
    pub takes: AttributeType,
    /// Whether an activity may leave it out.
    pub optional: bool,
}

/// A kind of activity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct ActivityKind {
    /// Its name.
    pub name: Name,
    /// Its attributes, in the file's order.
    pub attributes: Vec<AttributeSpec>,
}

/// How many points.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Amount {
    /// So many.
    Fixed(Points),
    /// By the value of an attribute; a value that is not here is granted nothing.
    ByValue(Name, Vec<(Name, Points)>),
    /// So many millionths of a whole point for each unit of a whole number, or of money.
    PerUnit(Name, i64),
}

/// How often one account is granted the same.
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct Often {
    /// Once, ever or in a calendar period; `None` each time.
    pub once: Option<Once>,
    /// Once for each value of this attribute; `None` once whatever the attributes.
    pub for_each: Option<Name>,
}

/// Once in which stretch of time.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Once {
    /// Once for all.
    Ever,
    /// Once in a local month or year.
    In(Unit),
}

/// What is granted for an activity.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Award {
    /// Its name, unique in the tariff; entries carry it (S29), and places granted once are kept by it, whichever
    /// version granted them.
    pub name: Name,
    /// The kind of activity.
    pub activity: Name,
    /// The terms it grants under: awards of the same terms add up before rounding (S02).
    pub terms: Name,
    /// At these partners; empty: any.
    pub partners: Vec<Name>,
    /// Attributes, and the values of which each must have one.
    pub only: Vec<(Name, Vec<Name>)>,
    /// How many points.
    pub amount: Amount,
    /// How often.
    pub often: Often,
    /// The limit it is granted within, which members share (S34).
    pub within: Option<SharedLimit>,
    /// The purchase that caused it, and with which it falls (S32); only for what is granted once for all.
    pub falls_with: Option<FallsWith>,
}

/// Everything a tariff says of activities.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Activities {
    /// The kinds, in the file's order.
    pub kinds: Vec<ActivityKind>,
    /// What they are granted, in the file's order.
    pub awards: Vec<Award>,
    /// What days bring by themselves, in the file's order.
    pub occasions: Vec<Occasion>,
    /// What reaching a level brings, in the file's order.
    pub levels: Vec<LevelGrant>,
}

impl Activities {
    /// What reaching a level brings, by the name of the grant.
    pub fn level_grant(&self, name: &Name) -> Option<&LevelGrant> {
        self.levels.iter().find(|grant| grant.name == *name)
    }

    /// `activity` with each value in the one form that stands for it, so that `12.5` and `12.50` are the same.
    pub fn canonical(&self, tariff: &Tariff, activity: &Activity) -> Activity {
        let kind = self.kinds.iter().find(|kind| kind.name == activity.kind);
        let specs = kind.map_or(&[][..], |kind| &kind.attributes);
        Activity { attributes: canonical(tariff, specs, &activity.attributes), kind: activity.kind.clone() }
    }

    /// Whether the programme declares an activity like this one (S27): its kind, every attribute it needs, no
    /// other, each of its type.
    ///
    /// # Errors
    /// The reason it is bad input.
    pub fn admit(&self, tariff: &Tariff, activity: &Activity) -> Result<(), Reason> {
        let kind = self.kinds.iter().find(|kind| kind.name == activity.kind);
        admit(tariff, &kind.ok_or(Reason::UnknownActivity)?.attributes, &activity.attributes)
    }
}

/// `attributes` with each value in the one form that stands for it.
pub(crate) fn canonical(
    tariff: &Tariff,
    specs: &[AttributeSpec],
    attributes: &[Attribute],
) -> Vec<Attribute> {
    let takes = |it: &Attribute| specs.iter().find(|spec| spec.name == it.name).map(|spec| &spec.takes);
    let mut attributes = attributes.to_vec();
    for attribute in &mut attributes {
        if takes(attribute) == Some(&AttributeType::Money)
            && let Some(minor) = money(tariff, attribute.value.as_str())
        {
            attribute.value = Name::from(tariff.currency.to_decimal(minor).to_string());
        }
    }
    attributes
}

/// Whether `attributes` are those of `specs`: every one that is needed, no other, each of its type (S27).
///
/// # Errors
/// The reason it is bad input.
pub fn admit(tariff: &Tariff, specs: &[AttributeSpec], attributes: &[Attribute]) -> Result<(), Reason> {
    misfit(tariff, specs, attributes).map_or(Ok(()), |_| Err(Reason::BadAttribute))
}

/// The first of `attributes` that is none of `specs`, or else the first of `specs` that lacks or is of another type.
pub(crate) fn misfit<'a>(
    tariff: &Tariff,
    specs: &'a [AttributeSpec],
    attributes: &'a [Attribute],
) -> Option<Misfit<'a>> {
    let known = |it: &&Attribute| specs.iter().any(|spec| spec.name == it.name);
    if let Some(unknown) = attributes.iter().find(|it| !known(it)) {
        return Some(Misfit::Unknown(&unknown.name, specs));
    }
    specs.iter().find_map(|spec| match attributes.iter().find(|it| it.name == spec.name) {
        Some(attribute) if spec.takes.fits(tariff, attribute) => None,
        Some(attribute) => Some(Misfit::Wrong(spec, attribute)),
        None => (!spec.optional).then_some(Misfit::Absent(spec)),
    })
}

impl AttributeType {
    fn fits(&self, tariff: &Tariff, attribute: &Attribute) -> bool {
        let Attribute { name: _, value, account } = attribute;
        let text = value.as_str();
        if *self == Self::Account {
            return text.is_empty() && !account.as_str().is_empty();
        }
        account.as_str().is_empty()
            && match self {
                Self::Whole => whole(text).is_some(),
                Self::Money => money(tariff, text).is_some(),
                Self::Choice(words) => words.contains(value),
                Self::Date => is_date(text),
                Self::Text => !text.is_empty() && text.len() <= TEXT_MAX,
                Self::Account => false,
            }
    }
}

fn whole(text: &str) -> Option<i64> {
    let number: i64 = text.parse().ok().filter(|number| (0..=WHOLE_MAX).contains(number))?;
    (number.to_string() == text).then_some(number)
}

fn money(tariff: &Tariff, text: &str) -> Option<Minor> {
    let plain = text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'.');
    let amount: Decimal = text.parse().ok().filter(|_| plain)?;
    tariff.currency.to_minor(amount).filter(|minor| (0..=AMOUNT_MAX).contains(&minor.0))
}

fn is_date(text: &str) -> bool {
    // A day of every year is one of a leap year.
    let whole = text.strip_prefix("--").map_or_else(|| text.to_owned(), |day| format!("2000-{day}"));
    let is_plain = |(place, byte): (usize, u8)| match place {
        4 | 7 => byte == b'-',
        _ => byte.is_ascii_digit(),
    };
    whole.len() == 10
        && whole.bytes().enumerate().all(is_plain)
        && NaiveDate::parse_from_str(&whole, "%Y-%m-%d").is_ok()
}

impl Award {
    /// The place `activity` at `at` takes where this is granted once; `None` where it is granted each time.
    pub fn place(&self, tariff: &Tariff, activity: &Activity, at: Timestamp) -> Option<Name> {
        let mut place = self.name.as_str().to_owned();
        match self.often.once? {
            Once::Ever => {}
            Once::In(unit) => place += &format!("/{}", calendar::start_of(tariff.zone, at, unit)),
        }
        if let Some(attribute) = &self.often.for_each {
            place += &format!("/{}", activity.text(attribute.as_str()).map_or("", Name::as_str));
        }
        Some(Name::from(place))
    }

    /// When the place of an activity at `at` is one nobody can be first at any more; [`Timestamp::NEVER`] for one that
    /// is granted once for all.
    pub fn place_until(&self, tariff: &Tariff, at: Timestamp) -> Timestamp {
        match self.often.once {
            Some(Once::In(unit)) => calendar::end_of(tariff.zone, at, unit),
            _ => Timestamp::NEVER,
        }
    }

    /// Whether it is granted something for `activity` of `partner`.
    pub fn applies(&self, tariff: &Tariff, activity: &Activity, partner: &Name) -> bool {
        let has = |(name, values): &(Name, Vec<Name>)| {
            activity.text(name.as_str()).is_some_and(|text| values.contains(text))
        };
        self.activity == activity.kind
            && (self.partners.is_empty() || self.partners.contains(partner))
            && self.only.iter().all(has)
            && self.exact(tariff, activity) > 0
    }

    /// What it grants, in the exact scale of [`one_point`], before rounding.
    fn exact(&self, tariff: &Tariff, activity: &Activity) -> i128 {
        let Some(terms) = tariff.terms(self.terms.as_str()) else { return 0 };
        let one = one_point(tariff, terms);
        match &self.amount {
            Amount::Fixed(points) => i128::from(points.get()) * one,
            Amount::ByValue(name, table) => {
                let value = activity.text(name.as_str());
                let row = table.iter().find(|(key, _)| Some(key) == value);
                row.map_or(0, |(_, points)| i128::from(points.get()) * one)
            }
            Amount::PerUnit(name, millionths) => {
                let text = activity.text(name.as_str()).map_or("", Name::as_str);
                units(tariff, &activity.kind, name, text) * i128::from(*millionths) * 10_i128.pow(12)
            }
        }
    }
}

/// Units of an attribute, times ten to the currency's exponent.
fn units(tariff: &Tariff, kind: &Name, attribute: &Name, text: &str) -> i128 {
    let kind = tariff.activities.kinds.iter().find(|other| other.name == *kind);
    let spec = kind.and_then(|kind| kind.attributes.iter().find(|spec| spec.name == *attribute));
    match spec.map(|spec| &spec.takes) {
        Some(AttributeType::Money) => money(tariff, text).map_or(0, |minor| minor.0.into()),
        Some(AttributeType::Whole) => {
            whole(text).map_or(0, |number| i128::from(number) * 10_i128.pow(tariff.currency.exponent))
        }
        _ => 0,
    }
}

/// What `awards` grant together under one set of terms, rounded once (S02), and what each brings to that, exact.
pub fn rate(
    tariff: &Tariff,
    terms: &Terms,
    activity: &Activity,
    awards: &[&Award],
) -> (Points, Vec<(Name, i128)>) {
    let under = awards.iter().filter(|award| award.terms == terms.name);
    let by_award = under.map(|award| (award.name.clone(), award.exact(tariff, activity)));
    let by_award: Vec<(Name, i128)> = by_award.collect();
    let most = i128::from(AMOUNT_MAX) * one_point(tariff, terms);
    let exact = by_award.iter().map(|(_, exact)| *exact).sum::<i128>().min(most);
    let points =
        round_grant(tariff, terms, &Exact { weights: &[], bonus: exact, least: terms.minimum, most: None });
    (points, by_award)
}
