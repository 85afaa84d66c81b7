//! What a rebuild reads: `member-commands` from its beginning, and of `ledger-wal` the rows of partitions.
//!
//! In no group, with no transaction: nobody is disturbed, and nothing is written.

use crate::ledger::config::Config;
use crate::ledger::input::Input;
use crate::ledger::signal::Signal;
use crate::ledger::wal::Wal;
use crate::{Error, connection};
use domain::Timestamp;
use engine::log::{LogError, LogEvent, WalEntry, WalRange};
use engine::message::Frame;
use engine::rebuild::log::{Batch, Source};
use std::time::{Duration, Instant};

/// However long a poll may wait, the client is served this often.
const SERVE_EVERY: Duration = Duration::from_millis(50);
/// How far before the end of `ledger-wal` its last row is looked for first, in records.
const FIRST_LOOK: i64 = 256;
/// How much further back each time.
const FURTHER: i64 = 16;

/// The recorded input.
pub struct Commands {
    input: Option<Input>,
    signal: Signal,
    events: Vec<LogEvent<Frame>>,
    patience: Duration,
}

impl Commands {
    /// The input of the ledgers that are set up like this.
    ///
    /// # Errors
    /// Where no client can be made.
    pub fn open(config: &Config) -> Result<Self, Error> {
        let signal = Signal::default();
        let (group, topic) = (&config.group, &config.topics.commands);
        let input = Input::new(&config.connection, group, topic, config.records_per_poll, &signal)?;
        Ok(Self { input: Some(input), signal, events: Vec::new(), patience: config.request_timeout })
    }

    fn gather(&mut self, batches: &mut Vec<Batch<Frame>>) -> Result<(), LogError> {
        let Some(input) = &mut self.input else { return Ok(()) };
        let polled = input.poll(&mut self.events);
        batches.extend(self.events.drain(..).filter_map(|event| match event {
            LogEvent::Records { partition, records } => Some((partition, records)),
            _ => None,
        }));
        polled
    }
}

impl Source for Commands {
    type Message = Frame;

    fn poll(&mut self, wait: Duration, batches: &mut Vec<Batch<Frame>>) -> Result<(), LogError> {
        let (deadline, before) = (Instant::now() + wait, batches.len());
        loop {
            self.gather(batches)?;
            let now = Instant::now();
            if batches.len() > before || now >= deadline {
                return Ok(());
            }
            self.signal.wait(deadline.min(now + SERVE_EVERY));
        }
    }

    fn start(&mut self, partition: i32, position: i64) -> Result<(), LogError> {
        let patience = self.patience;
        self.input.as_mut().map_or(Ok(()), |input| input.start(partition, Some(position), patience))
    }

    fn stop(&mut self, partition: i32) {
        if let Some(input) = &mut self.input {
            input.stop(partition);
        }
    }

    fn pause(&mut self, partition: i32, paused: bool) -> Result<(), LogError> {
        if let Some(input) = &mut self.input {
            input.pause(partition, paused);
        }
        Ok(())
    }
}

impl Drop for Commands {
    fn drop(&mut self) {
        if let Some(input) = self.input.take() {
            input.close(Duration::ZERO);
        }
    }
}

/// `ledger-wal`, looked through for what a caller knows by its bytes. Waits for transactions that are open.
pub struct Tail {
    wal: Wal,
    /// How long a transaction that nobody ends may stay open.
    patience: Duration,
}

impl Tail {
    /// The log of the ledgers that are set up like this.
    ///
    /// # Errors
    /// Where no client can be made.
    pub fn open(config: &Config) -> Result<Self, Error> {
        let wal = Wal::new(&config.connection, &config.group, &config.topics.wal)?;
        // The broker looks for transactions that ran out of time every ten seconds.
        let patience = config.transaction_timeout + connection::REQUEST_TIMEOUT;
        Ok(Self { wal, patience })
    }

    /// What there is of `partition`.
    ///
    /// # Errors
    /// As [`engine::log::Log::wal_range`].
    pub fn range(&self, partition: i32) -> Result<WalRange, LogError> {
        self.wal.range(partition, connection::REQUEST_TIMEOUT)
    }

    /// The offset of the first record of `partition` that was appended at `since` or later, control records too; the
    /// end where there is none.
    ///
    /// # Errors
    /// As [`engine::log::Log::wal_range`].
    pub fn offset_at(&self, partition: i32, since: Timestamp) -> Result<i64, LogError> {
        self.wal.offset_at(partition, since, connection::REQUEST_TIMEOUT)
    }

    /// The last committed record of `partition` of which `read` makes something.
    ///
    /// # Errors
    /// As [`engine::log::Log::read_wal`]; a transaction nobody ends is not waited for any longer.
    pub fn last<T>(
        &mut self,
        partition: i32,
        mut read: impl FnMut(&WalEntry<Frame>) -> Option<T>,
    ) -> Result<Option<T>, LogError> {
        let WalRange { start, end } = self.range(partition)?;
        let (mut back, mut to) = (FIRST_LOOK, end);
        while start < to {
            let from = (end - back).max(start);
            let mut last = None;
            self.each(partition, from, to, &mut |entry| {
                last = read(entry).or_else(|| last.take());
                false
            })?;
            if last.is_some() {
                return Ok(last);
            }
            (back, to) = (back.saturating_mul(FURTHER), from);
        }
        Ok(None)
    }

    /// The first committed record of `partition` from `from` on of which `read` makes something.
    ///
    /// # Errors
    /// As [`Tail::last`].
    pub fn first<T>(
        &mut self,
        partition: i32,
        from: i64,
        mut read: impl FnMut(&WalEntry<Frame>) -> Option<T>,
    ) -> Result<Option<T>, LogError> {
        let end = self.range(partition)?.end;
        let mut first = None;
        self.each(partition, from, end, &mut |entry| {
            first = read(entry);
            first.is_some()
        })?;
        Ok(first)
    }

    /// Shows committed records from `from` to `to`, until `is_enough`.
    fn each(
        &mut self,
        partition: i32,
        from: i64,
        to: i64,
        is_enough: &mut dyn FnMut(&WalEntry<Frame>) -> bool,
    ) -> Result<(), LogError> {
        let deadline = Instant::now() + self.patience;
        let mut next = from;
        while next < to {
            let chunk = match self.wal.read(partition, next, to, connection::REQUEST_TIMEOUT) {
                Err(LogError::Retry(_)) if Instant::now() < deadline => continue,
                chunk => chunk?,
            };
            if chunk.entries.iter().any(&mut *is_enough) {
                return Ok(());
            }
            next = chunk.next;
        }
        Ok(())
    }
}
