//! `summary.json`: what a run read, what became of it, and whether everything adds up.

use super::accounting::Accounting;
use super::refusals::Refusals;
use crate::failure::Failure;
use crate::table::{Table, counted, grouped};
use crate::totals::Ledger;
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// The outcome of a run.
#[derive(Serialize)]
pub(crate) struct Summary {
    /// Inputs and outcomes by feed.
    feeds: Accounting,
    /// Whether every input event has exactly one outcome (S27).
    accounted: bool,
    /// What was not applied, by feed, outcome and reason.
    refusals: Refusals,
    /// Records written by topic.
    records: BTreeMap<String, u64>,
    /// The ledger at the end.
    ledger: Ledger,
    /// Wall-clock milliseconds of the whole run. The only figure two runs may differ in.
    elapsed_ms: u64,
}

impl Summary {
    pub(crate) fn new(
        ledger: Ledger,
        (feeds, refusals): (Accounting, Refusals),
        records: BTreeMap<String, u64>,
        elapsed: Duration,
    ) -> Self {
        let accounted = feeds.feeds.values().all(super::accounting::Account::balances);
        let elapsed_ms = u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        Self { feeds, accounted, refusals, records, ledger, elapsed_ms }
    }

    /// Whether conservation and accounting hold.
    pub(crate) const fn holds(&self) -> bool {
        self.accounted && self.ledger.conserved
    }

    pub(crate) fn json(&self) -> Result<String, Failure> {
        serde_json::to_string_pretty(self).map_err(|error| Failure::Other(error.to_string()))
    }

    pub(crate) fn write(&self, directory: &Path) -> Result<(), Failure> {
        let path = directory.join("summary.json");
        std::fs::write(&path, self.json()? + "\n").map_err(Failure::file("write", &path))
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let number = |count: u64| grouped(i64::try_from(count).unwrap_or(i64::MAX));
        let feeds = &self.feeds.feeds;
        let kinds: BTreeSet<&str> = feeds.values().flat_map(|feed| feed.outcomes.keys().copied()).collect();
        let headings: Vec<&str> = ["feed", "inputs"].into_iter().chain(kinds.iter().copied()).collect();
        let mut table = Table::new(&headings);
        for (name, feed) in feeds {
            let counts = kinds.iter().map(|kind| number(feed.outcomes.get(kind).copied().unwrap_or(0)));
            table.row([name.clone(), number(feed.inputs)].into_iter().chain(counts));
        }
        writeln!(f, "\n{table}")?;
        let verdict =
            if self.accounted { "every input has exactly one outcome" } else { "OUTCOMES ARE MISSING" };
        writeln!(f, "  accounting (S27): {verdict}\n")?;
        write!(f, "{}", self.refusals)?;
        let ledger = &self.ledger;
        let counts = [("account", ledger.accounts), ("lot", ledger.lots), ("purchase", ledger.purchases)];
        let counts = counts.map(|(noun, number)| counted(number, noun)).join(", ");
        let limits = if ledger.limits > 0 {
            ", ".to_owned() + &counted(ledger.limits, "limit")
        } else {
            String::new()
        };
        writeln!(f, "  {counts}{limits}\n")?;
        writeln!(f, "{}", self.ledger)?;
        write!(f, "  {}.{:03} s", self.elapsed_ms / 1000, self.elapsed_ms % 1000)
    }
}
