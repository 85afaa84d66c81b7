//! When what happened, for the driver's watch: begins and ends of transactions, writes and takeovers.
//!
//! Reads inputs and outputs as they pass and changes none. Without a watch it does nothing.

use crate::machine::{Input, Output};
use crate::store::Write;
use crate::tally::{Tally, Traced};
use crate::watch::{Sight, Step, Watch};
use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

/// What is under way in one partition.
#[derive(Default)]
struct Page {
    takeover: Option<Instant>,
    /// The last offset of each delivery, and when it came.
    delivered: VecDeque<(i64, Instant)>,
    /// Batches that are decided and not known to be committed, and when they were decided.
    decided: VecDeque<(Tally, Instant)>,
    /// When the open transaction was begun.
    commit: Option<Instant>,
    /// Traced commands of the last transaction whose writes are not asked for yet.
    committed: Vec<Traced>,
    /// Transactions the watermark has not passed: their end in `ledger-wal`, and when they were committed.
    unflushed: VecDeque<(i64, Instant)>,
    /// Writes that were asked for, by number, which grows with time.
    writes: BTreeMap<u64, (Instant, Vec<Traced>)>,
}

/// Shows a watch what passes.
#[derive(Default)]
pub(super) struct Chronicle {
    watch: Option<Box<dyn Watch>>,
    pages: BTreeMap<i32, Page>,
}

impl Chronicle {
    /// Shows `watch` what passes from now on.
    pub(super) fn begin(&mut self, watch: Box<dyn Watch>) {
        self.watch = Some(watch);
    }

    /// An input is about to be handled.
    pub(super) fn hears<M>(&mut self, partition: i32, input: &Input<M>) {
        let Some(watch) = &mut self.watch else { return };
        let page = self.pages.entry(partition).or_default();
        let mut see = |sight: Sight<'_>| watch.see(partition, sight);
        match input {
            Input::Assigned { .. } => page.takeover = Some(Instant::now()),
            Input::Records(records) => {
                page.delivered.extend(records.last().map(|last| (last.offset, Instant::now())));
            }
            Input::CommitResult(Ok(committed)) => page.committed(committed.wal_end, &mut see),
            Input::CommitResult(Err(_)) => {
                see(Sight::NotCommitted(page.commit.take().map_or(Duration::ZERO, |begun| begun.elapsed())));
            }
            Input::Written(number) => page.written(*number, &mut see),
            _ => {}
        }
    }

    /// A batch is decided: its transaction is next but one at the latest.
    pub(super) fn decided(&mut self, partition: i32, tally: Tally) {
        if self.watch.is_some() {
            self.pages.entry(partition).or_default().decided.push_back((tally, Instant::now()));
        }
    }

    /// An output is about to be performed.
    pub(super) fn says<M>(&mut self, partition: i32, output: &Output<M>) {
        let Some(watch) = &mut self.watch else { return };
        let page = self.pages.entry(partition).or_default();
        let mut see = |sight: Sight<'_>| watch.see(partition, sight);
        match output {
            Output::Commit(_) => page.commit = Some(Instant::now()),
            Output::Write { number, write } => page.asks(*number, write),
            Output::Flushed(position) => page.flushed(*position, &mut see),
            Output::Start { .. } => {
                if let Some(begun) = page.takeover.take() {
                    see(Sight::TakenOver(begun.elapsed()));
                }
            }
            _ => {}
        }
    }

    /// Nothing of the partition is under way any more.
    pub(super) fn forget(&mut self, partition: i32) {
        self.pages.remove(&partition);
    }

    /// How long ago the oldest write was asked for that is not acknowledged.
    pub(super) fn unflushed(&self, partition: i32) -> Option<Duration> {
        let (begun, _) = self.pages.get(&partition)?.writes.values().next()?;
        Some(begun.elapsed())
    }
}

impl Page {
    fn committed(&mut self, wal_end: i64, see: &mut impl FnMut(Sight<'_>)) {
        let Some((tally, decided)) = self.decided.pop_front() else { return };
        let now = Instant::now();
        let begun = self.commit.take().unwrap_or(now);
        see(Sight::Committed(&tally, now - begun));
        for traced in &tally.traced {
            while self.delivered.front().is_some_and(|(last, _)| *last < traced.offset) {
                self.delivered.pop_front();
            }
            let began = self.delivered.front().map_or(decided, |(_, came)| *came);
            see(Sight::Stepped { step: Step::Decide, traced, began, ended: decided });
            see(Sight::Stepped { step: Step::Commit, traced, began: begun, ended: now });
        }
        // Whatever was delivered before the newest delivery is decided or will find it by its offset.
        while self.delivered.len() > MANY {
            self.delivered.pop_front();
        }
        self.committed = tally.traced;
        self.unflushed.push_back((wal_end, now));
    }

    fn asks(&mut self, number: u64, write: &Write) {
        let traced = match write {
            Write::Rows { entity, .. } if !self.committed.is_empty() => {
                self.committed.extract_if(.., |traced| traced.entity == *entity).collect()
            }
            _ => Vec::new(),
        };
        self.writes.insert(number, (Instant::now(), traced));
    }

    fn written(&mut self, number: u64, see: &mut impl FnMut(Sight<'_>)) {
        let Some((began, traced)) = self.writes.remove(&number) else { return };
        let ended = Instant::now();
        see(Sight::Written(ended - began));
        for traced in &traced {
            see(Sight::Stepped { step: Step::Write, traced, began, ended });
        }
    }

    fn flushed(&mut self, position: i64, see: &mut impl FnMut(Sight<'_>)) {
        while let Some((_, committed)) = self.unflushed.pop_front_if(|(end, _)| *end <= position) {
            see(Sight::Flushed(committed.elapsed()));
        }
    }
}

/// Deliveries that are remembered, at the most: more than wait in a partition that is paused when it has enough.
const MANY: usize = 4_096;
