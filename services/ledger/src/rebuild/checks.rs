//! What has to be so before a rebuild: nobody at work, an input that is whole, a group that says the same as
//! `ledger-wal`, and a keyspace nobody uses.

use super::{Order, RebuildError};
use crate::config::Config;
use crate::error::LedgerError;
use domain::Timestamp;
use engine::codec::Codec;
use engine::log::WalEntry;
use engine::message::Frame;
use engine::rebuild::handover::Stamped;
use engine::rebuild::mark::Mark;
use engine::wal::WalRecord;
use engine::width::Width;
use lotstream_kafka::group;
use lotstream_kafka::ledger::rebuild::Tail;
use lotstream_scylla::{Config as StoreConfig, ScyllaStore};
use std::time::{Duration, Instant};
use telemetry::Stop;

/// Beyond a member's session, after which its group forgets it.
const FORGOTTEN: Duration = Duration::from_secs(5);
/// Between two looks at the group.
const LOOK: Duration = Duration::from_millis(500);

/// Whether the topics have as many partitions as when the accounts there are began: else most commands stand in another
/// partition than their account's. Of tables that are gone nobody knows it.
pub(super) fn width(
    config: &Config,
    cql: &StoreConfig,
    live: &str,
    partitions: i32,
) -> Result<(), RebuildError> {
    let Ok(mut store) = ScyllaStore::open(&StoreConfig { keyspace: live.to_owned(), ..cql.clone() }) else {
        tracing::warn!("no tables to compare the number of partitions with: taken as it is");
        return Ok(());
    };
    match Width::known(&mut store)? {
        Some(expected) if expected != i64::from(partitions) => {
            Err(RebuildError::Ledger(LedgerError::Width {
                topic: config.kafka.topics.commands.clone(),
                keyspace: live.to_owned(),
                found: partitions,
                expected,
            }))
        }
        _ => Ok(()),
    }
}

/// A partition row of `ledger-wal`, and where it is.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Found {
    pub(super) offset: i64,
    pub(super) appended_at: Timestamp,
    pub(super) row: Stamped,
}

/// A partition as it is before.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(super) struct Place {
    pub(super) partition: i32,
    /// The first record of the input that is still kept, and the offset behind the last one.
    pub(super) first: i64,
    pub(super) end: i64,
    /// The group's offset; 0 where it has none.
    pub(super) target: i64,
    /// The last partition row of `ledger-wal`.
    pub(super) last: Option<Found>,
}

/// Waits for members that were killed to be forgotten.
pub(super) fn nobody_is_at_work(config: &Config, stop: &Stop) -> Result<(), RebuildError> {
    let kafka = &config.kafka;
    let deadline = Instant::now() + kafka.session_timeout + FORGOTTEN;
    loop {
        let members = group::members(&kafka.connection, &kafka.group).map_err(LedgerError::from)?;
        if members.is_empty() || stop.is_asked() {
            return Ok(());
        }
        if Instant::now() > deadline {
            return Err(RebuildError::Refused(format!(
                "expected no ledger at work, found {count} in group `{group}`: {members}; stop every ledger (SIGTERM, and \
                 wait for exit code 0), then rebuild; feed services may go on. Where ledgers work well over the tables there \
                 are, --online leaves them at work meanwhile",
                count = members.len(),
                group = kafka.group,
                members = members.join(", ")
            )));
        }
        stop.wait(LOOK);
    }
}

/// Each partition, by the input, the group and `ledger-wal`. Waits for a transaction that a killed ledger left open.
///
/// While ledgers are at work, the last row of `ledger-wal` alone says how far they are: their group's offset is about to
/// change all the time, and the next answer would be another transaction's.
pub(super) fn places(
    config: &Config,
    order: &Order<'_>,
    codec: &impl Codec<Message = Frame>,
    tail: &mut Tail,
    partitions: i32,
) -> Result<Vec<Place>, RebuildError> {
    let kafka = &config.kafka;
    let (mut names, mut found) = (Vec::new(), Vec::new());
    for partition in 0..partitions {
        let name = (kafka.topics.commands.clone(), partition);
        let mut row = || tail.last(partition, |entry| row_of(codec, entry))?.transpose();
        let mut last = row()?;
        let mut target = last.as_ref().map(|last| last.row.1.position);
        if !order.online || last.is_none() {
            let reach = group::reach(&kafka.connection, &kafka.group, std::slice::from_ref(&name));
            let reach = reach.map_err(LedgerError::from)?;
            target = reach.get(&name).and_then(|reach| reach.committed);
        }
        if order.online && last.is_none() {
            // Its first transaction may have come in between.
            last = row()?;
            target = last.as_ref().map(|last| last.row.1.position).or(target);
        }
        found.push((target.unwrap_or(0), last));
        names.push(name);
    }
    let ends = group::ends(&kafka.connection, &names).map_err(LedgerError::from)?;
    let place = |((name, ends), (target, last)): ((&group::Place, &group::Reach), _)| Place {
        partition: name.1,
        first: ends.first,
        end: ends.end,
        target,
        last,
    };
    Ok(ends.iter().zip(found).map(place).collect())
}

/// The partition row in a record of `ledger-wal`, where it is one; an error where the record cannot be read.
pub(super) fn row_of(
    codec: &impl Codec<Message = Frame>,
    entry: &WalEntry<Frame>,
) -> Option<Result<Found, RebuildError>> {
    let (offset, appended_at) = (entry.offset, entry.appended_at);
    match codec.decode_wal(&entry.message) {
        Ok(WalRecord::Partition(write_ts, row)) => {
            Some(Ok(Found { offset, appended_at, row: (write_ts, row) }))
        }
        Ok(_) => None,
        Err(error) => Some(Err(RebuildError::Refused(format!(
            "ledger-wal offset {offset}: {error}; rebuild with the version of lotstream that the ledgers run"
        )))),
    }
}

/// Whether the input holds all that was decided, and everyone speaks of the same log. All that is wrong, at once.
pub(super) fn agree(config: &Config, order: &Order<'_>, places: &[Place]) -> Result<(), RebuildError> {
    let epoch = config.engine.epoch;
    let mut wrong = Vec::new();
    if epoch > 0 && !order.first_epoch {
        wrong.push(format!(
            "the log is of epoch {epoch}: member-commands was made anew over older rows, and what was decided before is \
             not in it; where the tables were empty when epoch {epoch} began, say so with --first-epoch"
        ));
    }
    wrong.extend(places.iter().filter_map(|place| misfit(place, epoch)));
    if wrong.is_empty() { Ok(()) } else { Err(RebuildError::Refused(wrong.join("\n"))) }
}

/// What is wrong with a partition.
fn misfit(place: &Place, epoch: i64) -> Option<String> {
    let Place { partition, first, end, target, last } = place;
    if *first > 0 {
        return Some(format!(
            "member-commands partition {partition} begins at {first}, expected 0: retention removed what was decided \
             first, and no rebuild brings it back; restore the tables from a backup, and keep member-commands for ever \
             (retention.ms=-1), as `lotstream topics create` does"
        ));
    }
    if target > end {
        return Some(format!(
            "member-commands partition {partition} ends at {end}, expected {target} or more, the group's offset: records \
             that were decided are gone; restore the topic"
        ));
    }
    let (write_ts, row) = &last.as_ref()?.row;
    if write_ts.epoch() != epoch {
        return Some(format!(
            "ledger-wal partition {partition} was last written in log epoch {found}, expected {epoch}; set `epoch` to \
             {found} where that is the epoch of the member-commands there is now",
            found = write_ts.epoch()
        ));
    }
    (row.position != *target).then(|| {
        format!(
            "the group's offset of member-commands partition {partition} is {target}, expected {expected}, that of the last \
             transaction in ledger-wal; if the group's offsets were lost or changed by hand, set it to the expected one",
            expected = row.position
        )
    })
}

/// Refuses where a ledger would halt over the tail: what it reads again may be gone tomorrow.
pub(super) fn is_young(
    order: &Order<'_>,
    retention: Option<i64>,
    codec: &impl Codec<Message = Frame>,
    tail: &mut Tail,
    places: &[Place],
) -> Result<(), RebuildError> {
    let (Some(retention), false) = (retention, order.tail.is_zero()) else { return Ok(()) };
    for place in places {
        let Some(last) = &place.last else { continue };
        let since = tail.offset_at(place.partition, begin(last, order.tail))?;
        let first = tail.first(place.partition, since, |entry| row_of(codec, entry))?.transpose()?;
        let first = first.map_or(last.appended_at, |first| first.appended_at);
        if first < crate::wall().plus_millis(-(retention / 2)) {
            return Err(RebuildError::Refused(format!(
                "ledger-wal partition {} would be read again from {first} on, which is older than half of the retention of \
                 {retention} ms, and a ledger would halt over it; if every ledger was drained (exit code 0), nothing is \
                 owed: add --tail 0; if not, raise the retention of ledger-wal first",
                place.partition
            )));
        }
    }
    Ok(())
}

/// When the tail begins that is read again.
pub(super) fn begin(last: &Found, tail: Duration) -> Timestamp {
    last.appended_at.plus_millis(-i64::try_from(tail.as_millis()).unwrap_or(i64::MAX))
}

/// Whether a keyspace may be rebuilt into.
pub(super) fn keyspace(
    name: &str,
    mark: Option<Mark>,
    holds_entities: bool,
    resume: bool,
) -> Result<(), RebuildError> {
    let text = match (mark, resume) {
        (None, false) if !holds_entities => return Ok(()),
        (Some(Mark::Stopped), true) => return Ok(()),
        (None, _) if holds_entities => format!(
            "expected keyspace `{name}` to be empty, found accounts that no rebuild wrote; name a new one with --keyspace"
        ),
        (None, _) => {
            format!("expected a rebuild of keyspace `{name}` to go on with, found none; leave --resume out")
        }
        (Some(Mark::Stopped), false) => format!(
            "keyspace `{name}` holds a rebuild that was stopped; go on with --resume, or name a new one with --keyspace"
        ),
        (Some(Mark::Begun), _) => format!(
            "keyspace `{name}` holds a rebuild that did not come to a good end, or is under way: its rows may be ahead of \
             what it says, so it can be neither used nor gone on with; name a new one with --keyspace, and drop this one"
        ),
        (Some(Mark::Complete), _) => format!(
            "keyspace `{name}` is rebuilt already; set `keyspace` to it and start the ledgers, or name a new one with \
             --keyspace"
        ),
    };
    Err(RebuildError::Refused(text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::StoreChoice;
    use engine::wal::{PartitionRow, WriteTs};
    use lotstream_kafka::Connection;

    fn config(epoch: i64) -> Config {
        Config {
            kafka: lotstream_kafka::ledger::Config::new(Connection::to("127.0.0.1:1")),
            registry: String::new(),
            store: StoreChoice::Memory,
            engine: engine::config::Config { epoch, ..engine::config::Config::default() },
            listen: None,
            traces: String::new(),
            drain: Duration::ZERO,
        }
    }

    const ORDER: Order<'_> =
        Order { live: "", resume: false, tail: Duration::ZERO, first_epoch: false, online: false };

    /// A partition of which 7 records are decided, of 9.
    fn place(partition: i32) -> Place {
        let row = PartitionRow { position: 7, clock: Timestamp(5), cursor: None };
        let row = (WriteTs::new(0, 6), row);
        let last = Some(Found { offset: 40, appended_at: Timestamp(6), row });
        Place { partition, first: 0, end: 9, target: 7, last }
    }

    fn said(result: Result<(), RebuildError>) -> String {
        result.expect_err("a refusal").to_string()
    }

    #[test]
    fn a_log_that_is_whole_and_a_group_that_agrees_are_taken() {
        let nothing = Place { partition: 1, first: 0, end: 3, target: 0, last: None };
        assert!(agree(&config(0), &ORDER, &[place(0), nothing]).is_ok());
    }

    #[test]
    fn all_that_is_wrong_is_said_at_once_with_what_to_do() {
        let places = [
            Place { first: 2, ..place(0) },
            Place { end: 5, ..place(1) },
            Place { target: 8, ..place(2) },
            place(3),
        ];
        let said_of = said(agree(&config(0), &ORDER, &places));
        for part in [
            "partition 0 begins at 2, expected 0",
            "partition 1 ends at 5, expected 7 or more",
            "partition 2 is 8, expected 7",
        ] {
            assert!(said_of.contains(part), "{part} in {said_of}");
        }
        assert_eq!(said_of.lines().count(), 3, "{said_of}");
    }

    #[test]
    fn another_epoch_is_refused_and_one_that_is_not_the_first_wants_a_word() {
        let second = Order { first_epoch: true, ..ORDER };
        let other = said(agree(&config(1), &second, &[place(0)]));
        assert!(other.contains("log epoch 0, expected 1") && other.contains("set `epoch` to 0"), "{other}");
        let stamped = |place: Place| {
            let found = place.last.map(|found| Found { row: (WriteTs::new(1, 6), found.row.1), ..found });
            Place { last: found, ..place }
        };
        let unsure = said(agree(&config(1), &ORDER, &[stamped(place(0))]));
        assert!(unsure.contains("--first-epoch"), "{unsure}");
        assert!(agree(&config(1), &second, &[stamped(place(0))]).is_ok());
    }

    #[test]
    fn a_keyspace_somebody_uses_is_refused_and_only_a_stopped_rebuild_goes_on() {
        let refused = |mark, holds, resume| said(keyspace("new", mark, holds, resume));
        assert!(keyspace("new", None, false, false).is_ok());
        assert!(keyspace("new", Some(Mark::Stopped), true, true).is_ok());
        assert!(refused(None, true, false).contains("no rebuild wrote"));
        assert!(refused(None, true, true).contains("no rebuild wrote"));
        assert!(refused(None, false, true).contains("leave --resume out"));
        assert!(refused(Some(Mark::Stopped), true, false).contains("--resume"));
        for resume in [false, true] {
            assert!(refused(Some(Mark::Begun), true, resume).contains("did not come to a good end"));
            assert!(refused(Some(Mark::Complete), true, resume).contains("is rebuilt already"));
        }
    }
}
