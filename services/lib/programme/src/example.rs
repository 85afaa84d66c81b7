//! Worked examples: given these events, at these instants, these figures are expected.
//!
//! An example is data until [`run`] puts it through the real core; each expected figure knows its place in
//! the file.

mod asked;
mod expected;
mod figure;
mod found;
mod read;
mod refused;
mod run;
mod shown;

pub(crate) use read::read;
pub(crate) use run::{Early, run};

use domain::command::Body;
use domain::quote::Ask;
use domain::{EntityId, EventKey, Minor, Name, Timestamp};
use figure::Figure;
use std::ops::Range;

/// An example.
pub(crate) struct Example {
    name: String,
    steps: Vec<Step>,
}

/// A step of an example.
pub(crate) struct Step {
    /// What happens in words, where the author says so.
    name: Option<String>,
    /// When it reaches the ledger.
    at: Timestamp,
    entity: EntityId,
    action: Action,
    expected: Vec<Expected>,
    /// Where its date is written.
    dated: Range<usize>,
}

/// What happens in a step.
pub(crate) enum Action {
    /// Time passes.
    Pass,
    /// An event comes in.
    Event(Box<Incoming>),
    /// Somebody asks what a basket would cost and earn.
    Quote {
        /// Where, what, and what to pay with.
        ask: Ask,
        /// Whether nobody knows who asks.
        visitor: bool,
    },
}

impl Action {
    /// When it happened, where the step is at `at`.
    fn occurred_at(&self, at: Timestamp) -> Timestamp {
        match self {
            Self::Event(event) => event.occurred_at,
            Self::Pass | Self::Quote { .. } => at,
        }
    }
}

/// An event as a partner sends it.
pub(crate) struct Incoming {
    key: EventKey,
    id: Name,
    partner: Name,
    feed: &'static str,
    occurred_at: Timestamp,
    body: Body,
    /// What the basket costs, where there is one.
    price: Option<Minor>,
}

/// A figure that is expected after a step.
pub(crate) struct Expected {
    /// Its key in the language.
    what: &'static str,
    /// The wallet, where it is of one.
    wallet: Option<Name>,
    figure: Figure,
    /// Where it is written.
    span: Range<usize>,
}
