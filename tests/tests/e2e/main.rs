//! End to end on real servers: each module a story, its numbers printed, its end judged by the checker, which reads
//! nothing but topics and tables.
//!
//! Wants the addresses of servers (`eval "$(deploy/local/servers env)"`) and the binary beside the tests
//! (`cargo build --release -p lotstream --features distributed`). One story at a time: they share the machine.

mod access;
mod adjustments;
mod bad_input;
mod balances;
mod between_members;
mod cards;
mod corrections;
mod dead_letters;
mod erasure;
mod failpoints;
mod guarded;
mod limits;
mod outages;
mod partners;
mod poison;
mod rebuild;
mod redelivery;
mod settlement;
mod traces;
mod upgrade;
mod verify;
mod year;
