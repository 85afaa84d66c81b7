//! A small shop drawn from a seed: a year of visits, some paid with points, some returned; and its totals.

mod draw;
mod till;

use crate::books::Books;
use crate::failure::Failure;
use crate::table::{Table, grouped};
use crate::totals::{self, Ledger};
use crate::versions::Version;
use domain::Timestamp;
use serde::Serialize;
use till::Till;

/// What a year in the shop came to.
#[derive(Serialize)]
pub(super) struct Totals {
    members: u32,
    seed: u64,
    visits: u64,
    returns: u64,
    /// Sales in kopecks.
    turnover_minor: i64,
    asked_to_spend: u64,
    approved: u64,
    ledger: Ledger,
}

/// Runs the year through the same engine that serves a coalition.
pub(super) fn run(members: u32, seed: u64) -> Result<Totals, Failure> {
    let mut till = Till::open(Books::open(&[Version::of(super::FILE, super::PROGRAMME)?])?, members, seed);
    till.year()?;
    let (visits, returns, turnover) = (till.visits, till.returns, till.turnover);
    let (asked_to_spend, approved) = (till.asked, till.approved);
    let ledger = totals::of(&till.books, Timestamp(till::END))?;
    let turnover_minor = turnover.0;
    Ok(Totals { members, seed, visits, returns, turnover_minor, asked_to_spend, approved, ledger })
}

/// The totals, as text.
pub(super) fn told(totals: &Totals) -> String {
    let rubles = grouped(totals.turnover_minor / 100);
    let [visits, returns, asked, approved] =
        [totals.visits, totals.returns, totals.asked_to_spend, totals.approved]
            .map(|it| grouped(as_number(it)));
    let mut tiers = Table::new(&["tier", "members"]);
    for (tier, members) in &totals.ledger.tiers {
        tiers.row([tier.clone(), grouped(as_number(*members))]);
    }
    format!(
        "  A year in the shop — {} members, drawn from seed {}\n\n  {visits} visits for {rubles} rubles, {returns} \
         returned; points asked for {asked} times, granted {approved} times\n\n{tiers}\n{}",
        totals.members, totals.seed, totals.ledger
    )
}

fn as_number(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}
