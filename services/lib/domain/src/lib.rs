//! The ledger's pure core: points, lots, accounts, rules as plain data, and `decide`.
//!
//! Never reads a clock, draws a random number, does I/O, uses a float or iterates a hash map. Time, ids
//! and rules come in as values; rows and events go out as values. Rule numbers (`S16`) are those of the
//! ledger rules; each module names the ones it owns.

pub mod account;
pub mod apportion;
pub mod calendar;
pub mod command;
pub mod debt;
pub mod decide;
pub mod entity;
pub mod entry;
pub mod event;
pub mod factor;
pub mod id;
pub mod lot;
pub mod money;
pub mod outcome;
pub mod points;
pub mod purchase;
pub mod redemption;
pub mod row;
pub mod tariff;
pub mod time;

pub use account::{Account, Balance};
pub use command::{Body, Command};
pub use entity::Entity;
pub use event::Event;
pub use id::{Digest, EntityId, EventKey, LotId, Name};
pub use lot::{Bucket, Lot};
pub use money::Minor;
pub use points::Points;
pub use row::{Row, RowKey};
pub use time::Timestamp;
