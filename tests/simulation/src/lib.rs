//! Exactly once, tried out: the engine that ships, over a simulated log and a simulated store in which everything goes
//! wrong that can, decided by one seed.

mod auditor;
mod broker;
mod chance;
mod checks;
mod client;
mod crowd;
mod faults;
mod guards;
mod mix;
mod necessity;
mod node;
mod oracle;
mod poison;
mod rebuilt;
mod rules;
mod run;
mod store;
mod story;
mod trace;
mod weather;
mod world;

pub use crowd::{Crowd, Outcome};
pub use guards::{Guard, Without};
pub use mix::Mix;
pub use necessity::{BACKED_UP, CASES, Case, Tried};
pub use run::{Report, run};
pub use trace::Trace;
