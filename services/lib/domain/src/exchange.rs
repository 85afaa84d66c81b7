//! Exchanges: points of one wallet for points of another, such as ten stamps for a free pair (S32).
//!
//! Conversions and the items of a catalogue alike. Plain data; what they do is in `convert`.

use crate::id::Name;
use crate::points::Points;

/// What an exchange gives: points under some terms. A gift is one point of a wallet of its own.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Gift {
    /// The terms it is granted under.
    pub terms: Name,
    /// How many, above 0.
    pub points: Points,
}

/// When an exchange is made.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum When {
    /// At once, as often as what is available suffices; the remainder is kept.
    Reached,
    /// When it is ordered, once an order.
    OnRequest,
}

/// So many points of a wallet for a gift, or one of several.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Exchange {
    /// Its name, unique in the tariff; an order names it, entries carry it (S29).
    pub name: Name,
    /// The wallet that pays.
    pub from: Name,
    /// The price of one, above 0.
    pub price: Points,
    /// What it gives: the only one, or one of these, as the order chooses.
    pub gives: Vec<Gift>,
    /// When it is made. Those that are made at once are one a wallet, and never lead back to it.
    pub when: When,
}

impl Exchange {
    /// The gift of this choice, which is the name of its terms; the only one where none is named.
    pub fn gift(&self, choice: &Name) -> Option<&Gift> {
        match (choice.as_str(), &self.gives[..]) {
            ("", [only]) => Some(only),
            ("", _) => None,
            (chosen, gives) => gives.iter().find(|gift| gift.terms.as_str() == chosen),
        }
    }
}
