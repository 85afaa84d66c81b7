//! What must hold of a deployment at any time, judged from what its store and topics say (S05, S18, S27): the books of one
//! account, the answers to the positions of one partition, points between accounts, ids of events.
//!
//! Pure: no I/O, no clock. Whoever reads says when it looked, and how far the ledgers were by then ([`Fence`]). On a running
//! deployment a look may fall into the middle of a decision's writes, so nothing here is a finding at its first sight but
//! what no later write can mend.
//!
//! - [`account`]: an account's rows against each other and against its entries.
//! - [`suspect`]: an account that did not add up, until it is sure.
//! - [`positions`]: one partition of a partner's topic: every position has one outcome, in little memory ([`ranges`]).
//! - [`events`]: events whose partner sent their id a second time, under another account.
//! - [`transit`]: what left one account arrives at another.
//! - [`fence`]: when everything up to some moment was decided and is in the store.

pub mod account;
pub mod events;
pub mod fence;
mod finding;
mod fold;
pub mod positions;
pub mod ranges;
pub mod suspect;
pub mod transit;

pub use account::{Books, judge};
pub use events::Events;
pub use fence::Fence;
pub use finding::{Finding, Violation};
pub use positions::Positions;
pub use suspect::{Look, Suspect};
pub use transit::Transit;
