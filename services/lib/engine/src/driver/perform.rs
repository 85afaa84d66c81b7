//! Performs one output of a machine on log and store; the answer, where it comes at once.

use super::DriverError;
use crate::log::{Log, LogError};
use crate::machine::{Input, Output};
use crate::store::{Store, StoreError, Ticket};
use fail::fail_point;

/// Why an output could not be performed.
pub(super) enum Trouble {
    /// Take the partition over again.
    Retry(String),
    /// It is someone else's.
    Lost(String),
    /// It will not get better; the other partitions go on.
    Halt(String),
    /// Nothing goes on.
    Fatal(DriverError),
}

impl From<LogError> for Trouble {
    fn from(error: LogError) -> Self {
        match error {
            LogError::Retry(text) => Self::Retry(text),
            LogError::Lost(text) => Self::Lost(text),
            LogError::Fatal(text) => Self::Halt(text),
        }
    }
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Retry(text) => Self::Retry(text),
            StoreError::Fatal(text) => Self::Fatal(DriverError::Store(text)),
        }
    }
}

/// Performs `output` for `partition`. A test may kill the process before and after every step of a takeover.
pub(super) fn perform<L: Log, S: Store>(
    log: &mut L,
    store: &mut S,
    partition: i32,
    output: Output<L::Message>,
) -> Result<Option<Input<L::Message>>, Trouble> {
    match output {
        Output::Fence => fail_point!("takeover.fence.before"),
        Output::FetchCommitted => fail_point!("takeover.committed.before"),
        Output::FindWalRange => fail_point!("takeover.range.before"),
        Output::ReadState => fail_point!("takeover.state.before"),
        Output::ReadWal { .. } => fail_point!("takeover.tail.before"),
        Output::Prove { .. } => fail_point!("takeover.prove.before"),
        Output::Start { .. } => fail_point!("takeover.start.before"),
        _ => {}
    }
    let answer = act(log, store, partition, output)?;
    match answer {
        Some(Input::Fenced) => fail_point!("takeover.fence.after"),
        Some(Input::Committed(_)) => fail_point!("takeover.committed.after"),
        Some(Input::WalRange(_)) => fail_point!("takeover.range.after"),
        Some(Input::State(_)) => fail_point!("takeover.state.after"),
        Some(Input::WalChunk(_)) => fail_point!("takeover.tail.after"),
        Some(Input::Ownership(_)) => fail_point!("takeover.prove.after"),
        _ => {}
    }
    Ok(answer)
}

fn act<L: Log, S: Store>(
    log: &mut L,
    store: &mut S,
    partition: i32,
    output: Output<L::Message>,
) -> Result<Option<Input<L::Message>>, Trouble> {
    let ticket = |number: u64| Ticket { partition, number };
    match output {
        Output::Fence => {
            log.fence(partition)?;
            return Ok(Some(Input::Fenced));
        }
        Output::FetchCommitted => return Ok(Some(Input::Committed(log.committed(partition)?))),
        Output::FindWalRange => return Ok(Some(Input::WalRange(log.wal_range(partition)?))),
        Output::ReadState => return Ok(Some(Input::State(store.partition_state(partition)?))),
        Output::ReadWal { from, to } => {
            return Ok(Some(Input::WalChunk(log.read_wal(partition, from, to)?)));
        }
        Output::Prove { position } => {
            return Ok(Some(Input::Ownership(log.prove(partition, position)?)));
        }
        Output::Start { position } => log.start(partition, position)?,
        Output::Commit(transaction) => log.commit(partition, transaction),
        Output::Append(messages) => log.append(partition, messages),
        Output::Pause => log.pause(partition)?,
        Output::Resume => log.resume(partition)?,
        Output::Flushed(position) => log.flushed(partition, position),
        Output::Read { number, reads } => store.read(ticket(number), reads),
        Output::Write { number, write } => store.write(ticket(number), write),
        Output::ScanTimers { number, scan } => store.scan_timers(ticket(number), scan),
        Output::Decided(_) | Output::Stop(_) => {}
    }
    Ok(None)
}
