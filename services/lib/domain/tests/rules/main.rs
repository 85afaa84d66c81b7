//! The ledger rules, shown: worked cases, a scenario for each rule, and properties that always hold.
#![allow(unreachable_pub, reason = "modules of one test binary")]

mod activities;
mod adjustments;
mod answers;
mod brought;
mod card_answers;
mod card_history;
mod cards;
mod corrections;
mod earning;
mod erasure;
mod falls;
mod gifts;
mod late;
mod limits;
mod merges;
mod offers;
mod prior_notice;
mod properties;
mod quotes;
mod reach;
mod received;
mod review;
mod scenario;
mod shared;
mod shared_purchases;
mod spending;
mod tiers;
mod trades;
mod transfers;
mod transit;
mod worked_cases;
