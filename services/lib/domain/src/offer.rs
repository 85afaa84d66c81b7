//! Offers of the till: what is taken off a basket before it is paid. Never points.
//!
//! Plain data; [`crate::price`] reads it. A purchase that reaches the ledger has its offers taken off already, so
//! nothing here is part of rating one.

use crate::factor::Factor;
use crate::id::Name;
use crate::money::Minor;
use crate::tariff::{Band, ByTier, Condition, Rounding};
use std::collections::BTreeMap;

/// What an offer takes off.
#[derive(Clone, PartialEq, Eq, Debug)]
pub enum Discount {
    /// A share of each line.
    Share(ByTier),
    /// So much off each line.
    Money(Minor),
    /// A piece costs this at the most.
    Price(Minor),
    /// A piece costs this at the most, by its item or else its group.
    Prices(BTreeMap<Name, Minor>),
    /// Of every so many whole pieces, dearest first, the cheapest few have a share off.
    Cheapest {
        /// Pieces that count as one, above 0.
        of: i64,
        /// How many of them have it off, above 0 and at most `of`.
        pieces: i64,
        /// The share.
        off: Factor,
    },
    /// Whole pieces for nothing, dearest first, against whole units of a wallet of gifts.
    Gift {
        /// Pieces for one unit, above 0.
        pieces: i64,
        /// The wallet.
        wallet: Name,
    },
    /// Delivery for nothing.
    Delivery,
    /// A share of what it applies to, by how much that is; rounded once and spread by largest remainder (S02).
    Bands(Vec<Band>),
}

/// An offer.
#[derive(Clone, PartialEq, Debug)]
pub struct Offer {
    /// Its name, unique in the tariff.
    pub name: Name,
    /// When it applies; the basket it looks at is at list prices, without delivery.
    pub condition: Condition,
    /// Articles it applies to; empty: any.
    pub items: Vec<Name>,
    /// What it takes off.
    pub discount: Discount,
    /// Its place among those that stack, lower first; between equal ones the file's order.
    pub priority: i32,
    /// Whether it is taken off beside others, of what they left. Of those that do not stack a line has the best.
    pub stacks: bool,
    /// How what it takes off is rounded, to whole `step`s.
    pub rounding: Rounding,
    /// What it is rounded to, above 0; one minor unit unless declared.
    pub step: Minor,
}

/// Everything a tariff says of the till.
#[derive(Clone, PartialEq, Default, Debug)]
pub struct Offers {
    /// Offers, in the file's order.
    pub all: Vec<Offer>,
    /// Groups whose lines are delivery, not goods.
    pub delivery: Vec<Name>,
}
