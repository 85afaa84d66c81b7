//! One pass over all accounts and all feeds, to a verdict.
//!
//! What the feeds had committed when it began is judged, no later position: so it ends on a deployment at work, too.

use super::super::deployment::Deployment;
use super::accounts::Accounts;
use super::feeds::{Bounds, Feeds};
use super::ledgers::Ledgers;
use super::told::{Told, Took};
use super::{Trouble, other};
use crate::failure::Failure;
use crate::instant;
use crate::progress;
use lotstream_scylla::ScyllaStore;
use std::thread;
use std::time::{Duration, Instant};
use verify::Finding;

/// Accounts of a stretch.
const STRETCH: i32 = 256;
/// How long beyond its patience a pass waits for ledgers that move.
const GRACE: Duration = Duration::from_secs(30);
/// How often it looks at what waits.
const LOOK: Duration = Duration::from_millis(100);

/// Verifies once.
pub(super) fn run(deployment: &Deployment, bounds: Bounds, rate: Option<u32>) -> Result<Told, Failure> {
    let begun = Instant::now();
    let store = ScyllaStore::open(&deployment.cql).map_err(other)?;
    let mut pass = Pass {
        ledgers: Ledgers::open(deployment)?,
        feeds: Feeds::open(deployment, bounds)?,
        accounts: Accounts::over(store),
        findings: Vec::new(),
        bounds,
    };
    pass.feeds.find()?;
    pass.feeds.reach(instant::now(), &pass.ledgers)?;
    pass.ledgers.look(&pass.accounts.store)?;
    let accounts = pass.go_round(rate, true)?;
    let counted = pass.accounts.counted;
    pass.settle(rate)?;
    let undecided = pass.undecided();
    pass.findings.append(&mut pass.feeds.findings);
    let took = Took { all: begun.elapsed(), accounts };
    Ok(Told::of(counted, (&pass.feeds, deployment.prefix()), pass.findings, undecided, took))
}

struct Pass {
    ledgers: Ledgers,
    feeds: Feeds,
    accounts: Accounts,
    findings: Vec<Finding>,
    bounds: Bounds,
}

impl Pass {
    /// All accounts, `rate` a second at the most, or the moves between them alone. How long it took.
    fn go_round(&mut self, rate: Option<u32>, judges: bool) -> Result<Duration, Failure> {
        let (begun, bar) = (Instant::now(), progress::share());
        self.accounts.begin(&self.ledgers, judges);
        let (partitions, mut read) = (self.ledgers.partitions(), 0);
        while !self.accounts.is_round() {
            read += self.accounts.step(STRETCH, partitions, &mut self.findings)?;
            bar.set_position(self.accounts.done());
            if let Some(rate) = rate {
                let due = Duration::from_millis(read * 1_000 / u64::from(rate));
                thread::sleep(due.saturating_sub(begun.elapsed()));
            }
        }
        let found = self.accounts.transit.end(&self.ledgers.fence);
        self.findings.extend(found);
        bar.finish_and_clear();
        Ok(begun.elapsed())
    }

    /// Until everything is decided, or waited for in vain.
    fn settle(&mut self, rate: Option<u32>) -> Result<(), Failure> {
        self.catch_up()?;
        // What answers a topic that came meanwhile is no answer to nothing.
        self.feeds.find()?;
        self.feeds.leave_what_is_gone(instant::now())?;
        let (begun, moment) = (Instant::now(), self.ledgers.fence.moment());
        let mut again = self.accounts.transit.open() > 0;
        loop {
            self.ledgers.look(&self.accounts.store)?;
            self.accounts.settle(&self.ledgers, &mut self.findings)?;
            self.feeds.read(Instant::now() + LOOK)?;
            self.feeds.judge(instant::now(), &self.ledgers)?;
            if again && self.ledgers.fence.is_past(moment) {
                // Moves that were read half, or lost: seen again, now that what was under way has arrived.
                self.go_round(rate, false)?;
                again = false;
            }
            let open = again || self.accounts.suspects() > 0 || self.feeds.waiting() > 0;
            if !open || begun.elapsed() > self.bounds.patience + GRACE {
                return Ok(self.feeds.all_are_there()?);
            }
        }
    }

    /// Reads answers up to where they end.
    fn catch_up(&mut self) -> Result<(), Trouble> {
        let ends = self.feeds.ends()?;
        let all = u64::try_from(self.feeds.lag(&ends)).unwrap_or(0);
        let bar = progress::records(all);
        loop {
            let lag = u64::try_from(self.feeds.lag(&ends)).unwrap_or(0);
            bar.set_position(all.saturating_sub(lag));
            if lag == 0 {
                bar.finish_and_clear();
                return Ok(());
            }
            self.feeds.read(Instant::now() + LOOK)?;
        }
    }

    /// What was not decided, and why.
    fn undecided(&self) -> Vec<String> {
        let (suspects, waiting) = (self.accounts.suspects(), self.feeds.waiting());
        let behind = self.ledgers.standing.behind();
        let ledgers = match behind {
            0 => "which change all the time, or a ledger has not come round".to_owned(),
            _ => format!("{behind} commands are not in the tables: are ledgers at work?"),
        };
        let mut undecided = Vec::new();
        if suspects > 0 {
            undecided.push(format!("{suspects} accounts that did not add up when they were read; {ledgers}"));
        }
        if waiting > 0 {
            undecided.push(format!("{waiting} positions without an outcome; {ledgers}"));
        }
        let (unjudged, skipped) = (self.accounts.counted.unjudged, self.feeds.sum(|it| it.skipped));
        if unjudged > 0 {
            undecided.push(format!("{unjudged} accounts that did not add up and were not looked at again"));
        }
        if skipped > 0 {
            undecided.push(format!("{skipped} positions, for more were waiting than are remembered"));
        }
        if self.accounts.transit.is_blind() {
            let why = "an account could not be read, or more moves are open than are remembered";
            undecided.push(format!("points between accounts: {why}"));
        } else if self.accounts.transit.open() > 0 && self.findings.is_empty() {
            let open = self.accounts.transit.open();
            undecided.push(format!("{open} moves of points between accounts that are under way; {ledgers}"));
        }
        undecided
    }
}
