//! Many runs on several threads: each seed is a run of its own, so which thread has it makes no difference.

use crate::guards::Without;
use crate::mix::Mix;
use crate::run::{Report, run};
use crate::trace::Trace;
use std::ops::Range;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

/// Which runs, and how.
#[derive(Clone, Debug)]
pub struct Crowd {
    /// Which seeds.
    pub seeds: Range<u64>,
    /// Safeguards that are off in all of them.
    pub without: Without,
    /// Whether the lowest seed of which this is so is all that is asked for.
    pub first: Option<fn(&Report) -> bool>,
    /// Threads; above 0.
    pub jobs: usize,
    /// When no further run begins; without, all of them do.
    pub ends: Option<Instant>,
}

/// What came of many runs.
#[derive(Debug, Default)]
pub struct Outcome {
    /// How many ran.
    pub runs: u64,
    /// What all of them were made of.
    pub mix: Mix,
    /// The reports with violations, by seed; the lowest alone where that is enough.
    pub failed: Vec<Report>,
}

impl Crowd {
    /// Runs them; `ran` is told of each, from any thread. The same seeds, the same failures.
    ///
    /// # Panics
    /// Where a run does, which is a fault of the simulation.
    pub fn run(&self, ran: impl Fn(&Report) + Sync) -> Outcome {
        let next = AtomicU64::new(self.seeds.start);
        let lowest = AtomicU64::new(u64::MAX);
        let outcome = Mutex::new(Outcome::default());
        std::thread::scope(|scope| {
            for _ in 0..self.jobs {
                scope.spawn(|| self.work(&next, &lowest, &outcome, &ran));
            }
        });
        let mut outcome = outcome.into_inner().expect("no run panicked");
        outcome.failed.sort_by_key(|report| report.seed);
        if let Some(is_asked) = self.first {
            outcome.failed.retain(is_asked);
            outcome.failed.truncate(1);
        }
        outcome
    }

    fn work(
        &self,
        next: &AtomicU64,
        lowest: &AtomicU64,
        outcome: &Mutex<Outcome>,
        ran: &(impl Fn(&Report) + Sync),
    ) {
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            // Seeds below one that failed still run: one of them may be the lowest.
            let is_above = self.first.is_some() && seed > lowest.load(Ordering::Relaxed);
            let is_over = self.ends.is_some_and(|ends| Instant::now() >= ends);
            if seed >= self.seeds.end || is_above || is_over {
                return;
            }
            let report = run(seed, &self.without, Trace::default());
            if self.first.is_some_and(|is_asked| is_asked(&report)) {
                lowest.fetch_min(seed, Ordering::Relaxed);
            }
            ran(&report);
            outcome.lock().expect("no run panicked").add(report);
        }
    }
}

impl Outcome {
    fn add(&mut self, report: Report) {
        self.runs += 1;
        self.mix.add(&report.mix);
        if !report.violations.is_empty() {
            self.failed.push(report);
        }
    }
}
