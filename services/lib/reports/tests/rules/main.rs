//! What the reports tell, shown on the real core: scenarios of settlement and statement, and properties of both.
//!
//! Scenarios and stories are those of the core's own tests: their language and their player are read from there.
#![allow(unreachable_pub, reason = "modules of one test binary")]
#![allow(clippy::unwrap_used)]

mod breakage;
mod frozen;
mod merchant;
mod merchant_people;
mod merchant_points;
mod merchant_rules;
mod properties;
#[allow(dead_code, reason = "the core's tests use the rest")]
#[path = "../../../domain/tests/rules/scenario/mod.rs"]
mod scenario;
mod settlement;
mod statement;
mod whatif;

use domain::entry::Entry;
use domain::{Event, Timestamp};
use reports::settlement::Report;
use reports::{Period, Prices, Settlement};

/// The entries among events, in order.
fn entries(events: &[Event]) -> Vec<Entry> {
    let entry = |event: &Event| match event {
        Event::Entry(entry) => Some(entry.clone()),
        _ => None,
    };
    events.iter().filter_map(entry).collect()
}

/// What `entries` settle in `[from, until)`.
fn settled(prices: &Prices, entries: &[Entry], (from, until): (Timestamp, Timestamp)) -> Report {
    let mut settlement = Settlement::new(prices.clone(), from, until);
    entries.iter().for_each(|entry| settlement.post(entry).unwrap());
    settlement.finish().unwrap()
}

fn bounds(period: &str, prices: &Prices) -> (Timestamp, Timestamp) {
    period.parse::<Period>().unwrap().bounds(prices.zone())
}

/// `issuer>redeemer points money`, corner by corner.
fn matrix(report: &Report) -> String {
    let cell = |cell: &reports::settlement::Cell| {
        format!("{}>{} {} {}", cell.issuer, cell.redeemer, cell.points, cell.money)
    };
    report.cells.iter().map(cell).collect::<Vec<_>>().join(", ")
}

/// `debtor>creditor money`, pair by pair.
fn payments(report: &Report) -> String {
    let paid =
        |paid: &reports::settlement::Payment| format!("{}>{} {}", paid.debtor, paid.creditor, paid.money);
    report.payments.iter().map(paid).collect::<Vec<_>>().join(", ")
}
