//! A partition that is ours: records in, one transaction at a time, flushing behind it.
//!
//! Invariants: a transaction is committed only after the one before it came back as committed; nothing is
//! flushed before its commit did; any other answer to a commit ends the machine, and overlay, cache and
//! everything decided since die with it.

use super::batch::{Batch, Prepared, Received};
use super::cache::Cache;
use super::flush::{Acknowledges, Flush, Owed};
use super::io::{Input, Output, Stop};
use super::load::Load;
use super::overlay::Overlay;
use super::programmes::Programmes;
use super::takeover::TakenOver;
use super::timers::Timers;
use crate::codec::{Codec, CodecError};
use crate::config::{Clock, Share};
use crate::core::Context;
use crate::counters::Counters;
use crate::log::{Appending, CommitError, Committed, Incoming};
use crate::route::partition_of;
use crate::store::Write;
use crate::unguarded::Safeguard;
use crate::wal::{FollowUp, PartitionRow, WalRecord, WriteTs};
use crate::watch::Standing;
use domain::Timestamp;
use domain::command::Command;
use std::collections::VecDeque;
use std::sync::Arc;

/// Hands out request numbers and tokens, growing.
#[derive(Debug)]
pub(crate) struct Numbers(pub(crate) u64);

impl Numbers {
    pub(crate) const fn next(&mut self) -> u64 {
        self.0 += 1;
        self.0
    }
}

/// A transaction that is under way.
#[derive(Debug)]
pub(super) struct Committing {
    owed: Owed,
    write_ts: WriteTs,
    position: i64,
    since: Timestamp,
}

/// A running partition.
#[derive(Debug)]
pub(crate) struct Running<M> {
    pub(super) partition: i32,
    pub(super) numbers: Numbers,
    pub(super) counters: Counters,
    pub(super) clock: Timestamp,
    pub(super) inbox: VecDeque<Received<M>>,
    /// The batch that is being judged, and what it waits for.
    pub(super) batch: Option<Batch<M>>,
    pub(super) load: Option<Load>,
    /// Decided, waiting for the transaction before it.
    pub(super) ready: Option<Prepared<M>>,
    /// Owed once the open transaction is committed.
    pub(super) committing: Option<Committing>,
    /// The offset behind what is committed.
    position: i64,
    pub(super) overlay: Overlay,
    pub(super) cache: Cache,
    pub(super) flush: Flush,
    pub(super) timers: Timers,
    pub(super) programmes: Programmes,
    pub(super) wall: Timestamp,
    unflushed_rows: usize,
    paused: bool,
    draining: bool,
}

impl<M> Running<M> {
    /// Starts from what the takeover found: the tail goes to overlay, store and `member-commands` again.
    pub(crate) fn start<C: Codec<Message = M>>(
        context: &Context<C>,
        partition: i32,
        first_number: u64,
        found: TakenOver,
        out: &mut Vec<Output<M>>,
    ) -> Result<Self, Stop> {
        let tail = found.tail_end.map(|end| (end, found.tail_ts()));
        let row = found.row.clone().unwrap_or(PartitionRow::START);
        let mut running = Self {
            partition,
            numbers: Numbers(first_number),
            counters: Counters { takeovers: 1, ..Counters::default() },
            clock: row.clock,
            inbox: VecDeque::new(),
            batch: None,
            load: None,
            ready: None,
            committing: None,
            position: found.start.unwrap_or(0),
            overlay: Overlay::default(),
            cache: Cache::new(context.config.cache_bytes),
            flush: Flush::default(),
            timers: Timers::new(partition, context.config.ticks, row.cursor),
            programmes: Programmes::default(),
            wall: Timestamp::MIN,
            unflushed_rows: context.config.unflushed_rows,
            paused: false,
            draining: false,
        };
        let stored = found.state.programmes.iter();
        for version in stored.chain(found.owed.programmes.iter().map(|(_, version)| version)) {
            running.programmes.restore(version, context.compiler.as_ref()).map_err(Stop::Halt)?;
        }
        for image in &found.owed.images {
            running.overlay.put(&image.entity, image.stamped());
            if let Some(due) = image.due {
                running.timers.put(crate::wal::Timer { due, entity: image.entity.clone() });
            }
        }
        running.counters.recovered = (found.owed.images.len() + found.owed.follow_ups.len()) as u64;
        if let Some((end, write_ts)) = tail {
            running.perform(context, found.owed, end, write_ts, out)?;
        }
        out.push(Output::Start { position: found.start });
        Ok(running)
    }

    /// One input.
    pub(crate) fn handle<C: Codec<Message = M>>(
        &mut self,
        context: &Context<C>,
        input: Input<M>,
        out: &mut Vec<Output<M>>,
    ) -> Result<(), Stop> {
        match input {
            Input::Records(records) => self.receive(context, records)?,
            Input::CommitResult(result) => self.committed(context, result, out)?,
            Input::Loaded { number, answers } => {
                if let Some(load) = self.load.take_if(|load| load.number() == number) {
                    load.finish(answers, &mut self.cache);
                }
            }
            Input::Written(number) => self.written(number, out),
            Input::Appended(tokens) => tokens.into_iter().for_each(|token| self.flush.appended(token)),
            Input::AppendBroken(reason) => return Err(Stop::Restart(reason)),
            Input::Timers { number, timers } => {
                let ticks = self.timers.scanned(number, timers);
                self.append_ticks(context, ticks, out)?;
            }
            Input::Clock(now) => {
                self.wall = now;
                self.scan_timers(context, out);
            }
            Input::Drain => self.drain(),
            // Answers to a takeover that is over.
            _ => {}
        }
        self.go_on(context, out)
    }

    /// Where it stands.
    pub(super) fn standing<C>(&self, context: &Context<C>) -> Standing {
        let deciding = self.batch.as_ref().and_then(|batch| batch.slots.first()).map(|slot| &slot.record);
        let waiting = deciding.or_else(|| self.inbox.front().map(|received| &received.record));
        let decided = self.ready.as_ref().map(|ready| ready.since);
        let committing = self.committing.as_ref().map(|open| open.since);
        let ticks = context.config.clock == Clock::Broker;
        Standing {
            partition: self.partition,
            position: self.position,
            waiting_since: committing.or(decided).or(waiting.map(|record| record.appended_at)),
            ticks: self.timers.open(),
            ticked_to: self.timers.cursor().filter(|_| ticks).map(|cursor| cursor.due),
            unflushed: None,
        }
    }

    /// Changes the bounds of its memory.
    pub(super) const fn set_share(&mut self, share: Share) {
        self.cache.set_limit(share.cache_bytes);
        self.unflushed_rows = share.unflushed_rows;
    }

    /// Whether nothing is under way and nothing waits.
    pub(crate) fn is_settled(&self) -> bool {
        self.inbox.is_empty()
            && self.batch.is_none()
            && self.ready.is_none()
            && self.committing.is_none()
            && self.flush.is_settled()
    }

    /// The offset behind what is committed, or about to be.
    pub(super) fn position(&self) -> i64 {
        self.committing.as_ref().map_or(self.position, |open| open.position)
    }

    fn receive<C: Codec<Message = M>>(
        &mut self,
        context: &Context<C>,
        records: Vec<Incoming<M>>,
    ) -> Result<(), Stop> {
        if self.draining {
            return Ok(());
        }
        for record in records {
            let task = match context.codec.decode(&record.message) {
                Err(error @ CodecError::Unavailable { .. }) => return Err(Stop::Restart(error.to_string())),
                task => task.map_err(|error| error.to_string()),
            };
            self.counters.records += 1;
            self.inbox.push_back(Received { record, task });
        }
        Ok(())
    }

    /// Finishes what is decided; the rest is someone else's, who reads it again.
    fn drain(&mut self) {
        self.draining = true;
        self.inbox.clear();
        self.batch = None;
        self.load = None;
    }

    fn committed<C: Codec<Message = M>>(
        &mut self,
        context: &Context<C>,
        result: Result<Committed, CommitError>,
        out: &mut Vec<Output<M>>,
    ) -> Result<(), Stop> {
        let Some(Committing { owed, write_ts, position, .. }) = self.committing.take() else { return Ok(()) };
        match result {
            Ok(Committed { wal_end }) => {
                self.counters.commits += 1;
                self.position = position;
                self.perform(context, owed, wal_end, write_ts, out)
            }
            Err(error) => Err(Stop::Restart(error.to_string())),
        }
    }

    /// Performs what a committed transaction (or tail) owes.
    fn perform<C: Codec<Message = M>>(
        &mut self,
        context: &Context<C>,
        mut owed: Owed,
        wal_end: i64,
        write_ts: WriteTs,
        out: &mut Vec<Output<M>>,
    ) -> Result<(), Stop> {
        let unit = self.flush.begin(wal_end, write_ts);
        if context.config.lacks(Safeguard::WatermarkAfterAcknowledgement) {
            self.pass_watermark(wal_end, write_ts, out);
        }
        let mut messages = Vec::with_capacity(owed.follow_ups.len());
        for FollowUp { command, .. } in std::mem::take(&mut owed.follow_ups) {
            let appending = self.appending(context, &command)?;
            self.flush.expect_append(unit, appending.token);
            messages.push(appending);
        }
        self.counters.follow_ups += messages.len() as u64;
        if !messages.is_empty() {
            out.push(Output::Append(messages));
        }
        for (write, acknowledges) in owed.writes(self.partition, context.config.statement) {
            let number = self.numbers.next();
            self.flush.expect_write(unit, number, acknowledges);
            self.counters.writes += 1;
            out.push(Output::Write { number, write });
        }
        self.write_watermark(out);
        Ok(())
    }

    fn appending<C: Codec<Message = M>>(
        &mut self,
        context: &Context<C>,
        command: &Arc<Command>,
    ) -> Result<Appending<M>, Stop> {
        let message = context.codec.encode_command(command).map_err(|error| {
            Stop::Halt(format!("follow-up {} to {}: {error}", command.key, command.entity))
        })?;
        let to = partition_of(command.entity.as_str(), context.partitions);
        Ok(Appending { token: self.numbers.next(), to, message })
    }

    fn written(&mut self, number: u64, out: &mut Vec<Output<M>>) {
        if let Some(position) = self.flush.watermark_written(number) {
            out.push(Output::Flushed(position));
            return;
        }
        match self.flush.written(number) {
            Some(Acknowledges::Rows(entity, rows)) => self.overlay.acknowledge(entity, &rows),
            Some(Acknowledges::Timer(timer)) => self.timers.acknowledge(&timer),
            Some(Acknowledges::Nothing) | None => {}
        }
    }

    fn write_watermark(&mut self, out: &mut Vec<Output<M>>) {
        let partition = self.partition;
        if let Some((number, position, write_ts)) = self.flush.next_watermark(|| self.numbers.next()) {
            self.counters.writes += 1;
            out.push(Output::Write { number, write: Write::Watermark { partition, position, write_ts } });
        }
    }

    pub(super) fn scan_timers<C>(&mut self, context: &Context<C>, out: &mut Vec<Output<M>>) {
        if context.config.clock == Clock::Event || self.draining {
            return;
        }
        if let Some((number, scan)) = self.timers.scan(self.wall, || self.numbers.next()) {
            out.push(Output::ScanTimers { number, scan });
        }
    }

    /// Ticks go to this partition: that is where their entities live.
    fn append_ticks<C: Codec<Message = M>>(
        &mut self,
        context: &Context<C>,
        ticks: Vec<Command>,
        out: &mut Vec<Output<M>>,
    ) -> Result<(), Stop> {
        if context.config.lacks(Safeguard::TicksAsCommands) {
            return self.tick_unlogged(context, ticks);
        }
        let mut messages = Vec::with_capacity(ticks.len());
        for tick in ticks {
            let appending = self.appending(context, &Arc::new(tick))?;
            messages.push(Appending { to: self.partition, ..appending });
        }
        self.counters.ticks += messages.len() as u64;
        if !messages.is_empty() {
            out.push(Output::Append(messages));
        }
        Ok(())
    }

    /// Everything that can be done now: submit, judge, load, open the next batch, pause.
    fn go_on<C: Codec<Message = M>>(
        &mut self,
        context: &Context<C>,
        out: &mut Vec<Output<M>>,
    ) -> Result<(), Stop> {
        loop {
            if self.committing.is_none()
                && let Some(Prepared { transaction, owed, write_ts, since, .. }) = self.ready.take()
            {
                let position = transaction.position;
                if context.config.lacks(Safeguard::FlushAfterCommit) {
                    self.flush_early(context, &owed, out);
                }
                self.committing = Some(Committing { owed, write_ts, position, since });
                out.push(Output::Commit(transaction));
            }
            if self.batch.is_none() && self.may_open(context) {
                self.cache.evict();
                self.batch = Batch::take(&mut self.inbox, context.config.batch, self.clock);
            }
            if self.batch.is_none() || self.load.is_some() || !self.judge(context, out)? {
                break;
            }
        }
        self.write_watermark(out);
        self.meter(context, out);
        Ok(())
    }

    /// One batch is judged ahead of the open transaction, and only a full one: a small one would rather
    /// grow meanwhile.
    fn may_open<C>(&self, context: &Context<C>) -> bool {
        !self.draining
            && self.ready.is_none()
            && self.overlay.rows() < self.unflushed_rows
            && (self.committing.is_none() || self.inbox.len() >= context.config.batch)
    }

    /// Judges the open batch as far as it goes. Whether it is decided; otherwise its missing rows were asked
    /// for.
    fn judge<C: Codec<Message = M>>(
        &mut self,
        context: &Context<C>,
        out: &mut Vec<Output<M>>,
    ) -> Result<bool, Stop> {
        let Some(mut batch) = self.batch.take() else { return Ok(false) };
        let reads = self.pass(context, &mut batch, out)?;
        if !reads.is_empty() {
            let number = self.numbers.next();
            self.counters.reads += reads.len() as u64;
            let nothing = Overlay::default();
            let is_read = !context.config.lacks(Safeguard::Overlay);
            let load = Load::new(number, reads, if is_read { &self.overlay } else { &nothing });
            out.push(Output::Read { number, reads: load.reads() });
            self.load = Some(load);
            self.batch = Some(batch);
            return Ok(false);
        }
        self.clock = batch.clock;
        let position = batch.position();
        let row = PartitionRow { position, clock: self.clock, cursor: self.timers.cursor() };
        let write_ts = WriteTs::new(context.config.epoch, position - 1);
        let record = WalRecord::Partition(write_ts, row.clone());
        let record = context.codec.encode_wal(&record).map_err(|error| Stop::Halt(error.to_string()))?;
        let mut prepared = batch.prepare(row, write_ts);
        prepared.transaction.wal.push(record);
        out.push(Output::Decided(std::mem::take(&mut prepared.tally)));
        self.ready = Some(prepared);
        Ok(true)
    }

    fn meter<C>(&mut self, context: &Context<C>, out: &mut Vec<Output<M>>) {
        let waiting = self.inbox.len();
        if !self.paused && waiting >= 2 * context.config.batch {
            self.paused = true;
            out.push(Output::Pause);
        } else if self.paused && waiting < context.config.batch {
            self.paused = false;
            out.push(Output::Resume);
        }
        self.counters.unflushed_rows = self.overlay.rows() as u64;
        self.counters.cache_bytes = self.cache.bytes() as u64;
        self.counters.waiting = waiting as u64;
    }
}
