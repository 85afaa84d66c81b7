//! What all feed services share: partners' records, checked and turned into commands (S23, S25, S27), from
//! Avro on a topic or JSON Lines in a folder, and the loop that carries them to the ledger.
//!
//! Stateless and without a decision of its own: whether points are there is the ledger's to say. Bad input is
//! an answer, never an error: the stream goes on.

pub mod bad;
mod content;
mod convert;
mod feed;
pub mod files;
mod identity;
pub mod limits;
mod money;
mod names;
mod origin;
mod peek;
mod record;
#[cfg(feature = "distributed")]
pub mod service;
mod text;
mod undecodable;

pub use bad::BadInput;
pub use convert::Converter;
pub use feed::{
    ACTIVITIES, ADJUSTMENTS, FEEDS, Feed, PARTNER_CARDS, PURCHASES, Published, REDEMPTIONS, RETURNS,
    Unanswered,
};
pub use identity::Identity;
pub use origin::{Arrival, Origin};
