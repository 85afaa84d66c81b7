//! The architecture's rules, each a test that names the rule when it fails.

mod dependencies;
mod purity;
mod tree;
mod words;
