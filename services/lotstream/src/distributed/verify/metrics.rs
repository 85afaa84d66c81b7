//! What `verify --watch` shows of itself.

use super::accounts::Accounts;
use super::feeds::Feeds;
use domain::Timestamp;
use std::time::Duration;
use telemetry::Register;
use telemetry::prometheus::{IntCounter, IntCounterVec, IntGauge};
use verify::{Finding, Violation};

/// Everything it shows.
pub(super) struct Metrics {
    accounts: IntCounter,
    cycles: IntCounter,
    cycle: IntGauge,
    share: IntGauge,
    suspects: IntGauge,
    unjudged: IntCounter,
    positions: IntCounter,
    waiting: IntGauge,
    waiting_age: IntGauge,
    unanswered: IntGauge,
    skipped: IntCounter,
    unread: IntGauge,
    violations: IntCounterVec,
}

impl Metrics {
    /// Registers them. Every kind of violation is shown from the beginning, so that its first one is a rise.
    pub(super) fn new(register: &mut Register) -> Self {
        let violations = register.counters("lotstream_verify_violations_total");
        for violation in Violation::ALL {
            violations.with_label_values(&[violation.as_str()]);
        }
        Self {
            accounts: register.counter("lotstream_verify_accounts_total"),
            cycles: register.counter("lotstream_verify_cycles_total"),
            cycle: register.gauge("lotstream_verify_cycle_seconds"),
            share: register.gauge("lotstream_verify_cycle_permille"),
            suspects: register.gauge("lotstream_verify_suspects"),
            unjudged: register.counter("lotstream_verify_unjudged_total"),
            positions: register.counter("lotstream_verify_positions_total"),
            waiting: register.gauge("lotstream_verify_positions_waiting"),
            waiting_age: register.gauge("lotstream_verify_waiting_seconds"),
            unanswered: register.gauge("lotstream_verify_positions_unanswered"),
            skipped: register.counter("lotstream_verify_positions_skipped_total"),
            unread: register.gauge("lotstream_verify_unread_records"),
            violations,
        }
    }

    /// So many accounts were read.
    pub(super) fn read(&self, accounts: u64) {
        self.accounts.inc_by(accounts);
    }

    /// A cycle ended that took so long.
    pub(super) fn round(&self, took: Duration, unjudged: u64) {
        self.cycles.inc();
        self.cycle.set(i64::try_from(took.as_secs()).unwrap_or(i64::MAX));
        self.unjudged.inc_by(unjudged);
    }

    /// Something is wrong.
    pub(super) fn find(&self, finding: &Finding) {
        self.violations.with_label_values(&[finding.violation.as_str()]).inc();
    }

    /// Where everything stands; `unread` answers are there.
    pub(super) fn stand(&self, accounts: &Accounts, feeds: &Feeds, unread: i64, now: Timestamp) {
        let whole = |count: u64| i64::try_from(count).unwrap_or(i64::MAX);
        let grow = |counter: &IntCounter, to: u64| counter.inc_by(to.saturating_sub(counter.get()));
        self.share.set(whole(accounts.done()));
        self.suspects.set(whole(accounts.suspects() as u64));
        grow(&self.positions, feeds.sum(|it| it.answered));
        grow(&self.skipped, feeds.sum(|it| it.skipped));
        self.waiting.set(feeds.waiting());
        let age = feeds.waiting_since().map_or(0, |since| (now.0 - since.0).max(0) / 1_000);
        self.waiting_age.set(age);
        self.unanswered.set(feeds.positions.values().map(verify::Positions::lost).sum());
        self.unread.set(unread);
    }
}
