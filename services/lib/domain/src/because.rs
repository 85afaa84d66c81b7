//! Why and why not: what was considered for a basket, and the reason it did or did not apply (S29).
//!
//! Made of an [`Unmet`] when somebody asks, never while a sale is decided.

use crate::circumstances::Missing;
use crate::condition::Unmet;
use crate::id::Name;
use crate::money::{Currency, Minor};
use crate::tariff::{Condition, RatingContext, Tariff};
use serde::Serialize;

/// What was considered.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Considered {
    /// An offer of the till.
    Offer,
    /// A rule that grants points.
    Rule,
}

/// A rule or an offer that was considered.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Verdict {
    /// What it is.
    pub considered: Considered,
    /// Its name.
    pub name: Name,
    /// Whether it applied.
    pub applies: bool,
    /// Why, or why not.
    pub because: Because,
}

impl Verdict {
    /// `name` with why it applied or did not.
    pub fn new(considered: Considered, name: &Name, because: Because) -> Self {
        Self { considered, name: name.clone(), applies: because == Because::Applies, because }
    }
}

/// Why a rule or an offer did or did not apply. Amounts are minor units.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
#[serde(rename_all = "snake_case", tag = "is")]
pub enum Because {
    /// All its conditions hold, and it gives something.
    Applies,
    /// It is for other partners.
    Partner {
        /// The one of the basket.
        found: Name,
        /// Those it is for.
        expected: Vec<Name>,
    },
    /// It is for other tiers.
    Tier {
        /// That of the account; empty for a visitor.
        found: Name,
        /// Those it is for.
        expected: Vec<Name>,
    },
    /// The basket is too small.
    BasketFrom {
        /// What it costs.
        basket: Minor,
        /// The least.
        from: Minor,
    },
    /// The basket is too large.
    BasketBelow {
        /// What it costs.
        basket: Minor,
        /// Less than this is asked for.
        below: Minor,
    },
    /// No line is of its groups.
    Groups {
        /// They are.
        expected: Vec<Name>,
    },
    /// Every line is of a group it leaves out.
    GroupsExcept {
        /// They are.
        except: Vec<Name>,
    },
    /// No line is of its items.
    Items {
        /// They are.
        expected: Vec<Name>,
    },
    /// Something else that it asks for is not so.
    Circumstance {
        /// What.
        missing: Missing,
        /// The attribute, segment, count or wallet it is about; empty where there is none.
        about: Name,
        /// The segments it is for.
        expected: Vec<Name>,
    },
    /// Another rule, of which only one applies, comes before it.
    Rival,
    /// A condition of the programme's own does not hold.
    When {
        /// As it was written.
        source: Name,
    },
    /// Nothing of what it applies to is paid in money.
    NothingPaid,
    /// What it gives here is nothing.
    GivesNothing,
    /// Too few pieces.
    Pieces {
        /// So many whole ones.
        found: i64,
        /// So many are asked for.
        expected: i64,
    },
    /// What it applies to costs no more without it.
    NoCheaper,
    /// The account has none of the gifts it asks for.
    NoGift {
        /// Their wallet.
        wallet: Name,
    },
    /// Nothing in the basket is delivery.
    NoDelivery,
    /// Another offer takes off as much or more, and the two do not go together.
    Better {
        /// The other.
        offer: Name,
    },
    /// It asks a limit that members share, which may be used up (S34).
    Limit,
}

impl Because {
    /// What `unmet` means for a rule or an offer of this condition in this context.
    pub(crate) fn of(
        unmet: Option<Unmet>,
        tariff: &Tariff,
        condition: &Condition,
        context: &RatingContext,
    ) -> Self {
        let Some(unmet) = unmet else { return Self::Applies };
        let basket = context.basket;
        match unmet {
            Unmet::Partners => {
                Self::Partner { found: context.partner.clone(), expected: condition.partners.clone() }
            }
            Unmet::Tiers => Self::Tier { found: context.tier.clone(), expected: condition.tiers.clone() },
            Unmet::BasketFrom => Self::BasketFrom { basket, from: condition.basket_from.unwrap_or_default() },
            Unmet::BasketBelow => {
                Self::BasketBelow { basket, below: condition.basket_below.unwrap_or_default() }
            }
            Unmet::Groups => Self::Groups { expected: condition.groups.clone() },
            Unmet::GroupsExcept => Self::GroupsExcept { except: condition.groups_except.clone() },
            Unmet::Circumstances => {
                let asked = condition.circumstances.as_deref();
                let lack = asked.and_then(|asked| asked.missing(tariff, context));
                let (missing, about) = lack.unwrap_or((Missing::Time, None));
                let about = about.cloned().unwrap_or_default();
                let of_segments = missing == Missing::Segment;
                let segments = asked.filter(|_| of_segments).map(|asked| asked.segments.clone());
                Self::Circumstance { missing, about, expected: segments.unwrap_or_default() }
            }
            Unmet::Rival => Self::Rival,
            Unmet::When => {
                let source = condition.when.as_ref().map(|when| Name::from(when.source()));
                Self::When { source: source.unwrap_or_default() }
            }
            Unmet::NothingPaid => Self::NothingPaid,
            Unmet::GivesNothing => Self::GivesNothing,
            Unmet::Limit => Self::Limit,
        }
    }

    /// In words for a person: `basket 900.00 is below 1,000.00`.
    pub fn words(&self, currency: &Currency) -> String {
        let money = |amount: &Minor| currency.grouped(*amount);
        match self {
            Self::Applies => "applies".to_owned(),
            Self::Partner { found, expected } => format!("partner {found} is not {}", any_of(expected)),
            Self::Tier { found, expected } if found.as_str().is_empty() => {
                format!("no tier, expected {}", any_of(expected))
            }
            Self::Tier { found, expected } => format!("tier {found} is not {}", any_of(expected)),
            Self::BasketFrom { basket, from } => {
                format!("basket {} is below {}", money(basket), money(from))
            }
            Self::BasketBelow { basket, below } => {
                format!("basket {} is not below {}", money(basket), money(below))
            }
            Self::Groups { expected } => format!("no line is of group {}", any_of(expected)),
            Self::GroupsExcept { except } => format!("every line is of group {}", any_of(except)),
            Self::Items { expected } => format!("no line is of item {}", any_of(expected)),
            Self::Circumstance { missing, about, expected } => circumstance(*missing, about, expected),
            Self::Rival => "a rule that comes before it applies instead".to_owned(),
            Self::When { source } => format!("does not hold: {source}"),
            Self::NothingPaid => "nothing it applies to is paid in money".to_owned(),
            Self::GivesNothing => "what it gives here is nothing".to_owned(),
            Self::Pieces { found: 1, expected } => format!("1 whole piece, expected {expected}"),
            Self::Pieces { found, expected } => format!("{found} whole pieces, expected {expected}"),
            Self::NoCheaper => "costs no more without it".to_owned(),
            Self::NoGift { wallet } => format!("nothing available in {wallet}"),
            Self::NoDelivery => "nothing is delivered".to_owned(),
            Self::Better { offer } => format!("{offer} takes off as much or more"),
            Self::Limit => {
                "not sure: while a limit that members share has room, which the purchase asks".to_owned()
            }
        }
    }
}

fn circumstance(missing: Missing, about: &Name, expected: &[Name]) -> String {
    match missing {
        Missing::Attribute => format!("{about} is not what it asks for"),
        Missing::UnwantedAttribute => format!("not with this {about}"),
        Missing::Time => "not at this time".to_owned(),
        Missing::Member => "for members".to_owned(),
        Missing::Segment => format!("not known to be one of {}", any_of(expected)),
        Missing::UnwantedSegment => format!("not for {about}"),
        Missing::JoinedWithin => "not so soon after joining as it asks for".to_owned(),
        Missing::JoinedFor => "not a member for as long as it asks for".to_owned(),
        Missing::Birthday => "not the birthday, or that is not known".to_owned(),
        Missing::Place => format!("not at this place in {about}"),
        Missing::Holds => format!("nothing available in {about}"),
    }
}

/// `a, b or c`.
fn any_of(names: &[Name]) -> String {
    let names: Vec<&str> = names.iter().map(Name::as_str).collect();
    match names.split_last() {
        Some((last, [])) => (*last).to_owned(),
        Some((last, before)) => format!("{} or {last}", before.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s29_words_are_what_a_person_reads() {
        let currency = Currency::iso("RUB").expect("a currency");
        let basket = Because::BasketFrom { basket: Minor(90_000), from: Minor(100_000) };
        assert_eq!(basket.words(&currency), "basket 900.00 is below 1,000.00");
        let names = |names: &[&str]| names.iter().map(|name| Name::from(*name)).collect();
        let tier = Because::Tier { found: Name::from("Silver"), expected: names(&["Gold", "VIP"]) };
        assert_eq!(tier.words(&currency), "tier Silver is not Gold or VIP");
        let visitor = Because::Tier { found: Name::default(), expected: names(&["Gold"]) };
        assert_eq!(visitor.words(&currency), "no tier, expected Gold");
    }
}
