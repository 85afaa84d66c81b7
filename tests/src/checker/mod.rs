//! The checker: whether a deployment lost or doubled anything, by its topics and tables alone (S05, S14, S23, S27,
//! S30).
//!
//! Asks no service and trusts no total: it adds up lots by itself, folds every entry by itself, and counts by
//! source position. What it finds wrong it names, with the position or account where it is.

pub mod accounting;
pub mod books;
pub mod decisions;
pub mod evidence;
pub mod report;

use crate::deployment::Deployment;
use domain::command::Source;
use evidence::Evidence;
use report::Report;
use std::fmt;

/// A position of a partner's topic.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Place {
    /// The topic without the deployment's prefix.
    pub topic: String,
    /// Its partition.
    pub partition: i32,
    /// The offset there.
    pub offset: i64,
}

impl Place {
    /// A position.
    pub fn new(topic: &str, partition: i32, offset: i64) -> Self {
        Self { topic: topic.to_owned(), partition, offset }
    }

    /// Where an event came from.
    pub fn of(source: &Source) -> Self {
        Self::new(&format!("{}.{}", source.feed, source.partner), source.partition, source.offset)
    }
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.topic, self.partition, self.offset)
    }
}

/// Reads everything a drained deployment has left and checks it; prints the counts.
pub fn check(deployment: &Deployment) -> Report {
    let report = judge(&Evidence::gather(deployment));
    println!("{report}");
    report
}

/// Checks evidence.
pub fn judge(evidence: &Evidence) -> Report {
    let mut report = Report::default();
    accounting::check(evidence, &mut report);
    decisions::check(evidence, &mut report);
    books::check(evidence, &mut report);
    report
}
