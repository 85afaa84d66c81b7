//! The ledger's pure core: points, lots, accounts, rules as plain data, and `decide`.
//!
//! Never reads a clock, draws a random number, does I/O, uses a float or iterates a hash map. Time, ids
//! and rules come in as values; rows and events go out as values. Rule numbers (`S16`) are those of the
//! ledger rules; each module names the ones it owns.

pub mod account;
mod act;
mod action;
pub mod activity;
mod adjust;
pub mod apportion;
mod arrive;
pub mod award;
mod burn;
pub mod calendar;
mod card;
mod clawback;
pub mod command;
pub mod conservation;
mod correct;
pub mod correction;
pub mod debt;
pub mod decide;
mod depart;
pub mod entity;
pub mod entry;
mod erase;
pub mod event;
mod extend;
pub mod factor;
mod giveback;
mod grant;
pub mod hash;
mod history;
mod hold;
pub mod id;
pub mod links;
pub mod lot;
mod maturity;
pub mod money;
pub mod moved;
mod notice;
mod order;
pub mod outcome;
mod part;
mod pay;
pub mod points;
pub mod purchase;
pub mod quote;
pub mod rating;
mod recount;
pub mod redemption;
mod repay;
mod rerate;
mod resume;
mod returns;
mod route;
pub mod row;
mod sale;
pub mod tariff;
pub mod terms;
mod tier;
pub mod time;
pub mod upcoming;
mod work;

pub use account::{Account, Balance};
pub use command::{Body, Command};
pub use correct::awaits_correction;
pub use decide::{Decision, advance, decide, needs};
pub use entity::Entity;
pub use event::Event;
pub use id::{Digest, Digesting, EntityId, EventKey, LotId, Name};
pub use lot::{Bucket, Lot};
pub use money::Minor;
pub use points::Points;
pub use row::{Row, RowKey};
pub use time::Timestamp;
