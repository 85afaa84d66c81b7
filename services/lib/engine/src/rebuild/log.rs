//! The log of a rebuild: recorded input up to an end, and commits that are true at once.
//!
//! Nothing here can fail a commit or lose one, so the machine's transactions only have to be remembered until the
//! store has what they made: a partition that is taken over again (its schema registry was away) finds them, as a
//! successor finds the tail of `ledger-wal`.

use crate::log::{
    Appending, Committed, Incoming, Log, LogError, LogEvent, Ownership, Transaction, WalChunk, WalEntry,
    WalRange,
};
use domain::Timestamp;
use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

/// Records of a partition, in offset order; at least one.
pub type Batch<M> = (i32, Vec<Incoming<M>>);

/// Where the recorded input comes from.
pub trait Source {
    /// What it carries.
    type Message;

    /// Appends what came of started partitions that are not paused: at once if there is something, after `wait` at
    /// the latest. A bounded number of records a call.
    ///
    /// # Errors
    /// As [`Log::poll`].
    fn poll(&mut self, wait: Duration, batches: &mut Vec<Batch<Self::Message>>) -> Result<(), LogError>;

    /// Reads `partition` from `position` on.
    ///
    /// # Errors
    /// As [`Log::start`].
    fn start(&mut self, partition: i32, position: i64) -> Result<(), LogError>;

    /// Reads `partition` no more.
    fn stop(&mut self, partition: i32);

    /// Stops or goes on delivering `partition`.
    ///
    /// # Errors
    /// As [`Log::pause`].
    fn pause(&mut self, partition: i32, paused: bool) -> Result<(), LogError>;
}

/// The part of a partition that is decided here.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Stretch {
    /// The first offset; `None`: the beginning, with nothing decided before it.
    pub from: Option<i64>,
    /// The end, exclusive: what is behind it is not decided yet, and stays for the ledgers.
    pub to: i64,
}

impl Stretch {
    /// Records in it, if there is one at each offset.
    pub fn records(&self) -> u64 {
        u64::try_from(self.to - self.from.unwrap_or(0)).unwrap_or(0)
    }
}

struct Place<M> {
    stretch: Stretch,
    /// The offset behind what is decided.
    position: Option<i64>,
    /// Transactions the store may lack, and the offset of the first record of them.
    wal: VecDeque<M>,
    wal_start: i64,
}

impl<M> Place<M> {
    fn wal_end(&self) -> i64 {
        self.wal_start + self.wal.len() as i64
    }
}

/// The log.
pub struct ReplayLog<S: Source> {
    source: S,
    places: BTreeMap<i32, Place<S::Message>>,
    said: VecDeque<LogEvent<S::Message>>,
    batches: Vec<Batch<S::Message>>,
    assigned: bool,
}

impl<S: Source> ReplayLog<S> {
    /// These stretches of `source`, one a partition from 0 on.
    pub fn new(source: S, stretches: &[Stretch]) -> Self {
        let place = |stretch: &Stretch| Place {
            stretch: *stretch,
            position: stretch.from,
            wal: VecDeque::new(),
            wal_start: 0,
        };
        Self {
            source,
            places: (0..).zip(stretches.iter().map(place)).collect(),
            said: VecDeque::new(),
            batches: Vec::new(),
            assigned: false,
        }
    }

    /// Goes on up to these ends, one a partition from 0 on, where everything was decided: none is before the one it had.
    ///
    /// # Errors
    /// As [`Log::start`].
    pub fn extend(&mut self, ends: &[i64]) -> Result<(), LogError> {
        for (partition, (place, to)) in (0..).zip(self.places.values_mut().zip(ends)) {
            if *to > place.stretch.to {
                place.stretch.to = *to;
                self.source.start(partition, place.position.unwrap_or(0))?;
            }
        }
        Ok(())
    }

    /// Whether everything was decided.
    pub fn is_done(&self) -> bool {
        self.places.values().all(|place| place.position.unwrap_or(0) >= place.stretch.to)
    }

    /// Records that were decided.
    pub fn decided(&self) -> u64 {
        let done = |place: &Place<S::Message>| place.position.unwrap_or(0) - place.stretch.from.unwrap_or(0);
        self.places.values().map(|place| u64::try_from(done(place)).unwrap_or(0)).sum()
    }

    /// Where the recorded input comes from.
    pub const fn source(&mut self) -> &mut S {
        &mut self.source
    }

    fn place(&mut self, partition: i32) -> Result<&mut Place<S::Message>, LogError> {
        let none = || LogError::Fatal(format!("expected a stretch of partition {partition}, found none"));
        self.places.get_mut(&partition).ok_or_else(none)
    }

    /// Hands on what is before the end of its stretch; a partition that reached it is read no more.
    fn deliver(&mut self, events: &mut Vec<LogEvent<S::Message>>) {
        for (partition, mut records) in self.batches.drain(..) {
            let to = self.places.get(&partition).map_or(0, |place| place.stretch.to);
            if records.last().is_some_and(|last| last.offset + 1 >= to) {
                self.source.stop(partition);
                records.retain(|record| record.offset < to);
            }
            if !records.is_empty() {
                events.push(LogEvent::Records { partition, records });
            }
        }
    }
}

impl<S> Log for ReplayLog<S>
where
    S: Source,
    S::Message: Clone,
{
    type Message = S::Message;

    fn partitions(&self) -> i32 {
        i32::try_from(self.places.len()).unwrap_or(i32::MAX)
    }

    fn poll(&mut self, wait: Duration, events: &mut Vec<LogEvent<S::Message>>) -> Result<(), LogError> {
        let before = events.len();
        if !std::mem::replace(&mut self.assigned, true) {
            events.push(LogEvent::Assigned(self.places.keys().copied().collect()));
        }
        events.extend(self.said.drain(..));
        let wait = if events.len() > before { Duration::ZERO } else { wait };
        let polled = self.source.poll(wait, &mut self.batches);
        self.deliver(events);
        polled
    }

    fn confirm_revoked(&mut self) -> Result<(), LogError> {
        Ok(())
    }

    fn pause(&mut self, partition: i32) -> Result<(), LogError> {
        self.source.pause(partition, true)
    }

    fn resume(&mut self, partition: i32) -> Result<(), LogError> {
        self.source.pause(partition, false)
    }

    fn fence(&mut self, partition: i32) -> Result<(), LogError> {
        self.release(partition);
        Ok(())
    }

    fn committed(&mut self, partition: i32) -> Result<Option<i64>, LogError> {
        Ok(self.place(partition)?.position)
    }

    fn wal_range(&mut self, partition: i32) -> Result<WalRange, LogError> {
        let place = self.place(partition)?;
        Ok(WalRange { start: place.wal_start, end: place.wal_end() })
    }

    fn read_wal(&mut self, partition: i32, from: i64, to: i64) -> Result<WalChunk<S::Message>, LogError> {
        let place = self.place(partition)?;
        let held = (place.wal_start..).zip(&place.wal).filter(|(offset, _)| (from..to).contains(offset));
        let entry = |(offset, message): (i64, &S::Message)| WalEntry {
            offset,
            appended_at: Timestamp::NEVER,
            message: message.clone(),
        };
        Ok(WalChunk { entries: held.map(entry).collect(), next: to })
    }

    fn prove(&mut self, _partition: i32, _position: i64) -> Result<Ownership, LogError> {
        Ok(Ownership::Proven)
    }

    fn start(&mut self, partition: i32, position: Option<i64>) -> Result<(), LogError> {
        let (from, to) = (position.unwrap_or(0), self.place(partition)?.stretch.to);
        if from < to { self.source.start(partition, from) } else { Ok(()) }
    }

    fn commit(&mut self, partition: i32, transaction: Transaction<S::Message>) {
        let Some(place) = self.places.get_mut(&partition) else { return };
        place.wal.extend(transaction.wal);
        place.position = Some(transaction.position);
        let result = Ok(Committed { wal_end: place.wal_end() });
        self.said.push_back(LogEvent::CommitResult { partition, result });
    }

    fn append(&mut self, partition: i32, messages: Vec<Appending<S::Message>>) {
        let tokens = messages.into_iter().map(|message| message.token).collect();
        self.said.push_back(LogEvent::Appended { partition, tokens });
    }

    /// But for the record before it: a takeover begins there.
    fn flushed(&mut self, partition: i32, position: i64) {
        let Some(place) = self.places.get_mut(&partition) else { return };
        while place.wal_start + 1 < position && place.wal.pop_front().is_some() {
            place.wal_start += 1;
        }
    }

    fn release(&mut self, partition: i32) {
        self.source.stop(partition);
        self.said.retain(|event| match event {
            LogEvent::CommitResult { partition: of, .. } | LogEvent::Appended { partition: of, .. } => {
                *of != partition
            }
            _ => true,
        });
    }

    fn close(&mut self) -> Result<(), LogError> {
        let places: Vec<i32> = self.places.keys().copied().collect();
        places.into_iter().for_each(|partition| self.source.stop(partition));
        Ok(())
    }
}
