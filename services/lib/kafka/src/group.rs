//! A consumer group seen from outside: how far it has read each partition, and what is still there to read. For tools.
//!
//! Joins no group; commits only for one that has no members, and only where it is told to.

use crate::connection::{Connection, REQUEST_TIMEOUT};
use crate::error::Error;
use domain::Timestamp;
use rdkafka::consumer::{BaseConsumer, CommitMode, Consumer};
use rdkafka::error::KafkaError;
use rdkafka::message::Message;
use rdkafka::{Offset, TopicPartitionList};
use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, Instant};

/// A partition: topic and number.
pub type Place = (String, i32);

/// How long one look for a record may take.
const TICK: Duration = Duration::from_millis(200);

/// How far a group has read a partition.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Reach {
    /// The first offset that is still kept.
    pub first: i64,
    /// The offset behind the last record.
    pub end: i64,
    /// Where the group goes on; `None` where it never read.
    pub committed: Option<i64>,
}

impl Reach {
    /// Records the group has yet to read, markers of transactions included.
    pub fn lag(&self) -> i64 {
        self.end - self.committed.unwrap_or(0).max(self.first)
    }

    /// Records that went away before the group read them: retention, or a hand at the topic.
    pub fn lost(&self) -> i64 {
        (self.first - self.committed.unwrap_or(0)).max(0)
    }
}

/// How far `group` has read each of `places`.
///
/// # Errors
/// A topic that does not exist, a cluster that does not answer.
pub fn reach(
    connection: &Connection,
    group: &str,
    places: &[Place],
) -> Result<BTreeMap<Place, Reach>, Error> {
    if places.is_empty() {
        return Ok(BTreeMap::new());
    }
    Group::open(connection, group)?.reach(places)
}

/// A group that is asked again and again, over one connection.
pub struct Group {
    consumer: BaseConsumer,
    name: String,
}

impl Group {
    /// The group `name`; it need not be there yet.
    ///
    /// # Errors
    /// A setting that librdkafka refuses.
    pub fn open(connection: &Connection, name: &str) -> Result<Self, Error> {
        let consumer = connection.consumer(name).create().map_err(Error::kafka("making a consumer"))?;
        Ok(Self { consumer, name: name.to_owned() })
    }

    /// How far it has read each of `places`: asked first, and then where they end.
    ///
    /// # Errors
    /// A topic that does not exist, a cluster that does not answer.
    pub fn reach(&self, places: &[Place]) -> Result<BTreeMap<Place, Reach>, Error> {
        if places.is_empty() {
            return Ok(BTreeMap::new());
        }
        let committed = self.consumer.committed_offsets(list(places, Offset::Invalid)?, REQUEST_TIMEOUT);
        let doing = || format!("asking how far group `{}` has read", self.name);
        let committed = offsets(&committed.map_err(Error::kafka(doing()))?)?;
        let reach = |(place, reach): (Place, Reach)| {
            let committed = committed.get(&place).copied();
            (place, Reach { committed, ..reach })
        };
        Ok(self.ends(places)?.into_iter().map(reach).collect())
    }

    /// Where each of `places` begins and ends; the group is not asked.
    ///
    /// # Errors
    /// As [`Group::reach`].
    pub fn ends(&self, places: &[Place]) -> Result<BTreeMap<Place, Reach>, Error> {
        ends_by(&self.consumer, places)
    }

    /// The first offset of each of `places` that was written at `since` or later; its end where there is none.
    ///
    /// # Errors
    /// As [`Group::reach`].
    pub fn since(&self, places: &[Place], since: Timestamp) -> Result<BTreeMap<Place, i64>, Error> {
        if places.is_empty() {
            return Ok(BTreeMap::new());
        }
        let ends = self.ends(places)?.into_iter().map(|(place, reach)| (place, reach.end));
        let mut found: BTreeMap<Place, i64> = ends.collect();
        let asked = list(places, Offset::Offset(since.0.max(0)))?;
        let asked = self.consumer.offsets_for_times(asked, REQUEST_TIMEOUT);
        found.extend(offsets(&asked.map_err(Error::kafka("asking what topics hold since a moment"))?)?);
        Ok(found)
    }
}

/// Where each of `places` begins and ends; no group is asked.
///
/// # Errors
/// A topic that does not exist, a cluster that does not answer.
pub fn ends(connection: &Connection, places: &[Place]) -> Result<BTreeMap<Place, Reach>, Error> {
    let consumer: BaseConsumer =
        connection.consumer("lotstream-ends").create().map_err(Error::kafka("making a consumer"))?;
    ends_by(&consumer, places)
}

fn ends_by(consumer: &BaseConsumer, places: &[Place]) -> Result<BTreeMap<Place, Reach>, Error> {
    let ends = |what, offset| {
        let asked = consumer.offsets_for_times(list(places, offset)?, REQUEST_TIMEOUT);
        offsets(&asked.map_err(Error::kafka(what))?)
    };
    let first = ends("asking where topics begin", Offset::Beginning)?;
    let end = ends("asking where topics end", Offset::End)?;
    let of = |place: &Place| {
        let at = |found: &BTreeMap<Place, i64>| found.get(place).copied();
        let (first, end) = (at(&first).unwrap_or(0), at(&end).unwrap_or(0));
        (place.clone(), Reach { first, end, committed: None })
    };
    Ok(places.iter().map(of).collect())
}

/// The members `group` has now: what each is called, and where it runs.
///
/// # Errors
/// A cluster that does not answer.
pub fn members(connection: &Connection, group: &str) -> Result<Vec<String>, Error> {
    let consumer: BaseConsumer =
        connection.consumer(group).create().map_err(Error::kafka("making a consumer"))?;
    let found = consumer.fetch_group_list(Some(group), REQUEST_TIMEOUT);
    let found = found.map_err(Error::kafka(format!("asking for the members of group `{group}`")))?;
    let named = found.groups().iter().filter(|found| found.name() == group);
    let members = named.flat_map(|found| found.members());
    Ok(members.map(|member| format!("{} at {}", member.client_id(), member.client_host())).collect())
}

/// When the last record of each of these partitions was stamped; one that holds none is left out.
///
/// # Errors
/// A cluster that does not answer.
pub fn last_records(
    connection: &Connection,
    reach: &BTreeMap<Place, Reach>,
) -> Result<BTreeMap<Place, Timestamp>, Error> {
    let mut open: BTreeSet<&Place> = BTreeSet::new();
    let mut start = TopicPartitionList::new();
    for (place, reach) in reach.iter().filter(|(_, reach)| reach.end > reach.first) {
        start
            .add_partition_offset(&place.0, place.1, Offset::Offset(reach.end - 1))
            .map_err(Error::kafka("looking for last records"))?;
        open.insert(place);
    }
    let mut found = BTreeMap::new();
    if open.is_empty() {
        return Ok(found);
    }
    let mut config = connection.consumer("lotstream-last-records");
    config.set("enable.partition.eof", "true").set("isolation.level", "read_uncommitted");
    let consumer: BaseConsumer = config.create().map_err(Error::kafka("making a consumer"))?;
    consumer.assign(&start).map_err(Error::kafka("looking for last records"))?;
    let deadline = Instant::now() + REQUEST_TIMEOUT;
    while !open.is_empty() && Instant::now() < deadline {
        match consumer.poll(TICK) {
            Some(Ok(record)) => {
                let place = (record.topic().to_owned(), record.partition());
                open.remove(&place);
                if let Some(at) = record.timestamp().to_millis() {
                    found.insert(place, Timestamp(at));
                }
            }
            // The last record is the marker of a transaction: when that was is not told.
            Some(Err(KafkaError::PartitionEOF(_))) => {
                if let Ok(positions) = consumer.position() {
                    let reached = |place: &&Place| {
                        let at = positions.find_partition(&place.0, place.1).map(|it| it.offset());
                        matches!(at, Some(Offset::Offset(at)) if reach.get(*place).is_some_and(|it| at >= it.end))
                    };
                    open.retain(|place| !reached(place));
                }
            }
            _ => {}
        }
    }
    Ok(found)
}

/// Lets `group` go on at the first record that is still kept, where it lost some.
///
/// # Errors
/// A group that has members: its service must be stopped first.
pub fn skip_lost(connection: &Connection, group: &str, reach: &BTreeMap<Place, Reach>) -> Result<(), Error> {
    let mut to = TopicPartitionList::new();
    for (place, reach) in reach.iter().filter(|(_, reach)| reach.lost() > 0) {
        to.add_partition_offset(&place.0, place.1, Offset::Offset(reach.first))
            .map_err(Error::kafka("skipping lost records"))?;
    }
    if to.count() == 0 {
        return Ok(());
    }
    let consumer: BaseConsumer =
        connection.consumer(group).create().map_err(Error::kafka("making a consumer"))?;
    let doing =
        format!("skipping lost records of group `{group}`, which must have no member: stop its service");
    consumer.commit(&to, CommitMode::Sync).map_err(Error::kafka(doing))
}

fn list(places: &[Place], offset: Offset) -> Result<TopicPartitionList, Error> {
    let mut list = TopicPartitionList::new();
    for (topic, partition) in places {
        list.add_partition_offset(topic, *partition, offset).map_err(Error::kafka("naming partitions"))?;
    }
    Ok(list)
}

fn offsets(list: &TopicPartitionList) -> Result<BTreeMap<Place, i64>, Error> {
    let mut found = BTreeMap::new();
    for place in list.elements() {
        let doing = format!("asking for offsets of `{}` {}", place.topic(), place.partition());
        place.error().map_err(Error::kafka(doing))?;
        if let Offset::Offset(offset) = place.offset() {
            found.insert((place.topic().to_owned(), place.partition()), offset);
        }
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_never_read_begins_at_the_beginning_and_what_is_gone_is_lost() {
        let reach = |first, end, committed| Reach { first, end, committed };
        assert_eq!((reach(0, 10, None).lag(), reach(0, 10, None).lost()), (10, 0));
        assert_eq!((reach(0, 10, Some(4)).lag(), reach(0, 10, Some(4)).lost()), (6, 0));
        assert_eq!((reach(7, 10, Some(4)).lag(), reach(7, 10, Some(4)).lost()), (3, 3));
        assert_eq!((reach(7, 10, None).lag(), reach(7, 10, None).lost()), (3, 7));
    }
}
