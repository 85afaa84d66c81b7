//! `lotstream verify --watch`: over all accounts again and again, at a modest pace, and over answers as they come. A service
//! like the others: metrics and health at `listen`, ended by a signal.
//!
//! One thread does all of it in turns: a stretch of accounts when it is due, answers in between, and every two seconds a look
//! at what waits.

use super::super::deployment::Deployment;
use super::accounts::Accounts;
use super::feeds::{Bounds, Ends, Feeds};
use super::ledgers::Ledgers;
use super::metrics::Metrics;
use super::{Trouble, other};
use crate::failure::Failure;
use crate::instant;
use lotstream_kafka::Error as KafkaError;
use lotstream_kafka::admin::Admin;
use lotstream_scylla::{ScyllaError, ScyllaStore};
use std::time::{Duration, Instant};
use telemetry::{Health, Register, Server, Stop};
use verify::Finding;

/// How long the loop may be silent before the process counts as dead.
const PATIENCE: Duration = Duration::from_secs(180);
/// How long Kafka may take to say that it is there.
const REACH: Duration = Duration::from_secs(3);
/// How often it looks at what waits.
const LOOK: Duration = Duration::from_secs(2);
/// How often, in looks, it looks for new topics.
const TOPICS: u32 = 5;
/// The largest stretch of accounts; a slow pace takes smaller ones, some four a second.
const STRETCH: u32 = 256;
/// How long a turn reads answers before it looks up.
const TURN: Duration = Duration::from_millis(200);
/// How long before servers that do not answer are asked again.
const AGAIN: Duration = Duration::from_secs(1);

/// Watches until `stop`.
pub(super) fn run(deployment: &Deployment, bounds: Bounds, rate: u32, stop: &Stop) -> Result<(), Failure> {
    let health = Health::new(PATIENCE);
    let mut register = Register::new(&[]);
    let metrics = Metrics::new(&mut register);
    let listen = &deployment.feed.listen;
    let _server = Server::start(listen, register.registry(), health.clone()).map_err(other)?;
    let admin = Admin::new(deployment.kafka()).map_err(other)?;
    let reached = telemetry::patiently(stop, &health, "kafka", KafkaError::may_pass, || admin.reach(REACH));
    let Some(()) = reached.map_err(other)? else { return Ok(()) };
    let open = || ScyllaStore::open(&deployment.cql);
    let store = telemetry::patiently(stop, &health, "the store", ScyllaError::may_pass, open);
    let Some(store) = store.map_err(other)? else { return Ok(()) };
    let mut watch = Watch {
        ledgers: Ledgers::open(deployment)?,
        feeds: Feeds::open(deployment, bounds)?,
        accounts: Accounts::over(store),
        metrics,
        findings: Vec::new(),
        rate,
        looks: 0,
        first_ends: None,
        caught_up: false,
        unread: 0,
        next_look: Instant::now(),
        next_stretch: Instant::now(),
        round: Instant::now(),
    };
    tracing::info!("verifying");
    while !stop.is_asked() {
        match watch.turn() {
            Ok(()) => health.ready(),
            Err(Trouble::Passing(why)) => {
                tracing::warn!(error = why, "servers do not answer; asking again until they do");
                health.waiting(&why);
                stop.wait(AGAIN);
            }
            Err(Trouble::Lasting(why)) => return Err(other(why)),
        }
        health.beat();
    }
    Ok(())
}

struct Watch {
    ledgers: Ledgers,
    feeds: Feeds,
    accounts: Accounts,
    metrics: Metrics,
    findings: Vec<Finding>,
    /// Accounts a second.
    rate: u32,
    looks: u32,
    /// Where answers ended at the first look.
    first_ends: Option<Ends>,
    /// Whether they were read up to there.
    caught_up: bool,
    unread: i64,
    next_look: Instant,
    next_stretch: Instant,
    /// When this cycle began.
    round: Instant,
}

impl Watch {
    fn turn(&mut self) -> Result<(), Trouble> {
        if Instant::now() >= self.next_look {
            self.look()?;
            self.next_look = Instant::now() + LOOK;
        }
        if Instant::now() >= self.next_stretch {
            self.stretch()?;
        }
        let until = self.next_look.min(self.next_stretch).min(Instant::now() + TURN);
        self.feeds.read(until)?;
        self.tell();
        Ok(())
    }

    /// A look at what waits, in an order that matters: how far the feeds are, then how far the ledgers.
    fn look(&mut self) -> Result<(), Trouble> {
        if self.looks.is_multiple_of(TOPICS) {
            self.feeds.find()?;
        }
        self.looks += 1;
        let now = instant::now();
        self.feeds.reach(now, &self.ledgers)?;
        self.ledgers.look(&self.accounts.store)?;
        let ends = self.feeds.ends()?;
        self.unread = self.feeds.lag(&ends);
        if !self.caught_up {
            let first = self.first_ends.get_or_insert(ends);
            if self.feeds.lag(first) == 0 {
                self.feeds.leave_what_is_gone(now)?;
                self.caught_up = true;
            }
        }
        if self.caught_up {
            self.feeds.judge(now, &self.ledgers)?;
        }
        self.accounts.settle(&self.ledgers, &mut self.findings)?;
        self.metrics.stand(&self.accounts, &self.feeds, self.unread, now);
        Ok(())
    }

    /// The next accounts, and when those after them are due.
    fn stretch(&mut self) -> Result<(), Trouble> {
        if self.accounts.is_round() {
            self.accounts.begin(&self.ledgers, true);
            self.round = Instant::now();
        }
        let most = i32::try_from((self.rate / 4).clamp(1, STRETCH)).unwrap_or(1);
        let partitions = self.ledgers.partitions();
        let read = self.accounts.step(most, partitions, &mut self.findings)?;
        self.metrics.read(read);
        // An empty deployment is asked no more often than one account is.
        let pause = Duration::from_micros(read.max(1) * 1_000_000 / u64::from(self.rate));
        // What was missed while something else took long is not made up for.
        self.next_stretch = Instant::now() + pause;
        if self.accounts.is_round() {
            let found = self.accounts.transit.end(&self.ledgers.fence);
            self.findings.extend(found);
            self.metrics.round(self.round.elapsed(), self.accounts.counted.unjudged);
        }
        Ok(())
    }

    /// Says what was found.
    fn tell(&mut self) {
        for finding in self.findings.drain(..).chain(self.feeds.findings.drain(..)) {
            self.metrics.find(&finding);
            tracing::error!(what = finding.subject, error = %finding, "verification found something wrong");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use telemetry::trace::Tracer;

    #[test]
    fn it_shows_all_that_the_catalogue_says_of_it() {
        let mut register = Register::new(&[]);
        Metrics::new(&mut register);
        let _tracer = Tracer::start("", "verify", &mut register);
        assert_eq!(register.missing("verify"), Vec::<&str>::new());
    }
}
