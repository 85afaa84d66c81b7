//! Activities: what members do beside buying (a registration, a contest's result, jars brought back), and what
//! an account remembers of them (S24).
//!
//! What kinds there are, and which attributes of which type, is the programme's to declare
//! ([`crate::award::Activities`]); here every value is text, as it came.

use crate::id::{EventKey, Name};
use crate::purchase::PurchaseGrant;
use crate::time::Timestamp;
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// One attribute of an activity: a value, or a member or card it names.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Attribute {
    /// Its name, as the programme declares it.
    pub name: Name,
    /// The value as text; empty where it names an account.
    pub value: Name,
    /// The account it names, `programme:member:id`, pseudonymous as every one; empty for a value.
    pub account: Name,
}

/// An activity of a member: registered, placed first, brought five jars back.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Activity {
    /// The kind, as the programme declares it.
    pub kind: Name,
    /// Attributes by name, each once.
    pub attributes: Vec<Attribute>,
}

impl Activity {
    /// The text of an attribute: its value, or the account it names.
    pub fn text(&self, name: &str) -> Option<&Name> {
        text(&self.attributes, name)
    }
}

/// The text of the attribute `name`: its value, or the account it names.
pub fn text<'a>(attributes: &'a [Attribute], name: &str) -> Option<&'a Name> {
    let attribute = attributes.iter().find(|attribute| attribute.name.as_str() == name)?;
    Some(if attribute.account.as_str().is_empty() { &attribute.value } else { &attribute.account })
}

/// The latest activity of a kind, in the rating order: what a member's birthday, or segment, is known by.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Fact {
    /// When it happened.
    pub at: Timestamp,
    /// The partner, second in the order.
    pub partner: Name,
    /// The partner's own id, third in the order.
    pub id: Name,
    /// The activity, its kind and attributes.
    pub activity: Activity,
}

impl Fact {
    /// Its place in the rating order (S24): occurred_at, partner, id.
    pub fn place(&self) -> (Timestamp, &Name, &Name) {
        (self.at, &self.partner, &self.id)
    }
}

/// An activity that holds a place which is granted once: an earlier one that comes late takes it over (S24).
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct First {
    /// What happened, and its place in the order.
    pub fact: Fact,
    /// The event.
    pub event: EventKey,
    /// The programme version that rated it.
    pub version: i32,
    /// The places it holds: the grant, and for what it is once, as [`crate::award::Award::place`] names them.
    pub places: Vec<Name>,
    /// What it earned, a grant for each set of terms; `at_sale` is what it earned when it came.
    pub grants: Vec<PurchaseGrant>,
}

/// An activity that lots may still be activated or extended by (S06).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Debug, Serialize, Deserialize)]
pub struct Occurrence {
    /// When it happened.
    pub at: Timestamp,
    /// Its kind.
    pub kind: Name,
    /// The programme version in force then.
    pub version: i32,
}

/// What an account remembers of activities.
#[derive(Clone, PartialEq, Eq, Default, Debug, Serialize, Deserialize)]
pub struct Remembered {
    /// The latest of each kind, by kind.
    pub facts: Vec<Fact>,
    /// Those that hold a place granted once, in the rating order. Each in a place of its own: an account is copied for
    /// every decision.
    pub firsts: Vec<Arc<First>>,
    /// Those within twice the lateness bound, by time, where the programme's terms ask for them (S06).
    pub recent: Vec<Occurrence>,
}

impl Remembered {
    /// Nothing.
    pub const NONE: Self = Self { facts: Vec::new(), firsts: Vec::new(), recent: Vec::new() };

    /// The latest activity of `kind`.
    pub fn fact(&self, kind: &str) -> Option<&Fact> {
        self.facts.iter().find(|fact| fact.activity.kind.as_str() == kind)
    }

    /// Whether nothing was remembered yet.
    pub fn is_empty(&self) -> bool {
        *self == Self::NONE
    }

    /// Keeps `fact` where none of its kind follows it in the rating order: a late one overwrites nothing newer.
    pub(crate) fn learn(&mut self, fact: Fact) {
        match self.facts.binary_search_by(|known| known.activity.kind.cmp(&fact.activity.kind)) {
            Ok(place) if self.facts[place].place() <= fact.place() => self.facts[place] = fact,
            Ok(_) => {}
            Err(place) => self.facts.insert(place, fact),
        }
    }
}
