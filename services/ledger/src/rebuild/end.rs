//! The end of a rebuild: partition rows, then watermarks, then the mark that says so; each once the one before is
//! acknowledged.

use super::checks::{Place, begin, nobody_is_at_work, row_of};
use super::{Order, RebuildError, Work};
use crate::config::Config;
use crate::error::LedgerError;
use engine::core::Context;
use engine::rebuild::handover::{self, Ledger};
use engine::rebuild::mark::Mark;
use engine::rebuild::write_all;
use engine::store::{Store, Write};
use lotstream_kafka::group;
use lotstream_kafka::ledger::rebuild::Tail;
use std::time::Instant;
use telemetry::Stop;
use wire::AvroCodec;

/// Whether the store has had its time.
pub(super) fn patience(config: &Config) -> impl FnMut() -> bool + use<> {
    let deadline = Instant::now() + config.drain;
    move || Instant::now() > deadline
}

/// The store did not acknowledge the last writes in time.
pub(super) fn silent() -> RebuildError {
    RebuildError::Refused(
        "the store did not acknowledge within `drain_seconds` how far the rebuild is; see that it answers, and begin again \
         in another keyspace"
            .to_owned(),
    )
}

/// Writes how far it came, and where everything is there, what a ledger needs to take over.
pub(super) fn write(
    config: &Config,
    order: &Order<'_>,
    context: &Context<AvroCodec>,
    tail: &mut Tail,
    driver: &mut Work,
    places: &[Place],
) -> Result<(), RebuildError> {
    let is_done = driver.log().is_done();
    let moved = if is_done && !order.online { moved(config, places)? } else { None };
    let (mut rows, mut watermarks) = (Vec::new(), Vec::new());
    for place in places {
        let state = driver.store().partition_state(place.partition)?;
        let Some(row) = state.row else { continue };
        let ledger = ledger(order, context, tail, place)?;
        let (write_ts, row) = handover::row(place.partition, (state.row_ts, row), &ledger)
            .map_err(|error| RebuildError::Refused(error.to_string()))?;
        watermarks.push(handover::write_watermark(place.partition, write_ts, &ledger));
        rows.push(handover::write_row(place.partition, (write_ts, row)));
    }
    acknowledged(config, driver, rows)?;
    let mark = if is_done && moved.is_none() {
        acknowledged(config, driver, watermarks)?;
        Mark::Complete
    } else {
        Mark::Stopped
    };
    if !mark.set(driver.store().store(), patience(config))? {
        return Err(silent());
    }
    moved.map_or(Ok(()), Err)
}

fn acknowledged(config: &Config, driver: &mut Work, writes: Vec<Write>) -> Result<(), RebuildError> {
    if write_all(driver.store().store(), writes, patience(config))? { Ok(()) } else { Err(silent()) }
}

/// Why this is not the state the ledgers are in, where they went on meanwhile.
fn moved(config: &Config, places: &[Place]) -> Result<Option<RebuildError>, RebuildError> {
    if let Err(error) = nobody_is_at_work(config, &Stop::default()) {
        return Ok(Some(error));
    }
    let kafka = &config.kafka;
    let topics: Vec<group::Place> =
        places.iter().map(|place| (kafka.topics.commands.clone(), place.partition)).collect();
    let reach = group::reach(&kafka.connection, &kafka.group, &topics).map_err(LedgerError::from)?;
    let moved =
        places.iter().zip(reach.values()).find(|(place, reach)| place.target < reach.committed.unwrap_or(0));
    Ok(moved.map(|(place, reach)| {
        RebuildError::Refused(format!(
            "partition {} was decided up to {} meanwhile, this rebuild ends at {}; stop every ledger, and go on with \
             --resume",
            place.partition,
            reach.committed.unwrap_or(0),
            place.target
        ))
    }))
}

/// What `ledger-wal` says of a partition.
fn ledger(
    order: &Order<'_>,
    context: &Context<AvroCodec>,
    tail: &mut Tail,
    place: &Place,
) -> Result<Ledger, RebuildError> {
    let partition = place.partition;
    let range = tail.range(partition)?;
    let Some(last) = &place.last else {
        return Ok(Ledger { last: None, since: range.end, first: None, range });
    };
    let row = Some(last.row.clone());
    if order.tail.is_zero() {
        let first = Some((last.offset, last.row.0));
        return Ok(Ledger { last: row, since: last.offset, first, range });
    }
    let since = tail.offset_at(partition, begin(last, order.tail))?;
    let first = tail.first(partition, since, |entry| row_of(&context.codec, entry))?.transpose()?;
    let first = first.map(|found| (found.offset, found.row.0));
    Ok(Ledger { last: row, since, first, range })
}
