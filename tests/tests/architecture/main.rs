//! The architecture's rules, each a test that names the rule when it fails.

mod alarms;
mod dependencies;
mod fields;
mod metrics;
mod names;
mod protocol;
mod purity;
mod rules;
mod tree;
mod unsafety;
mod words;
