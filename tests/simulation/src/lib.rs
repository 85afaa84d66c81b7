//! Exactly once, tried out: the engine that ships, over a simulated log and a simulated store in which everything goes
//! wrong that can, decided by one seed.

mod broker;
mod chance;
mod checks;
mod client;
mod faults;
mod guards;
mod mix;
mod node;
mod oracle;
mod rules;
mod run;
mod store;
mod story;
mod trace;
mod weather;
mod world;

pub use guards::{Guard, Without};
pub use mix::Mix;
pub use run::{Report, run};
pub use trace::Trace;
