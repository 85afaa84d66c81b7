//! The engine's protocol (design §5, §6) on the memory backend: every step at which an instance can die, and
//! whole histories of crashes, against the fold of the input.
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chaos;
mod tally;
mod world;

mod cases;
mod epochs;
mod poison;
mod rebuild;
mod watch;
