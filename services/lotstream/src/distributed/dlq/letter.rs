//! A dead letter and its place; the topic `dead-letters`, read whole.

use super::super::deployment::Deployment;
use super::super::{other, whole};
use crate::failure::Failure;
use domain::Timestamp;
use serde::{Serialize, Serializer};
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use wire::contract::Contract;
use wire::dead_letter::DeadLetterRecord;
use wire::registry::{Cached, Confluent, Registry};

/// The largest letter that is read.
const LIMIT: usize = 4 << 20;

/// Where a letter stands in `dead-letters`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub(super) struct Place {
    pub(super) partition: i32,
    pub(super) offset: i64,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.partition, self.offset)
    }
}

impl Serialize for Place {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl FromStr for Place {
    type Err = Failure;

    fn from_str(text: &str) -> Result<Self, Failure> {
        let place = text.split_once(':').and_then(|(partition, offset)| {
            Some(Self { partition: partition.parse().ok()?, offset: offset.parse().ok()? })
        });
        place.filter(|place| place.partition >= 0 && place.offset >= 0).ok_or_else(|| {
            other(format!(
                "expected a letter's place such as `2:17`, its partition and offset in `dead-letters` as \
                 `lotstream dlq list` says it, found `{text}`"
            ))
        })
    }
}

/// A dead letter.
#[derive(Clone, Debug)]
pub(super) struct Letter {
    pub(super) place: Place,
    /// When it was written.
    pub(super) at: Option<Timestamp>,
    pub(super) record: DeadLetterRecord,
}

impl Letter {
    /// Whether its value is a command that the ledger refused, and not a record that a feed service did.
    pub(super) const fn is_of_ledger(&self) -> bool {
        self.record.command.is_some()
    }

    /// Whether only the beginning of its value was kept.
    pub(super) fn is_cut(&self) -> bool {
        usize::try_from(self.record.length).is_ok_and(|length| length > self.record.value.len())
    }

    /// Where the record at fault was first written.
    pub(super) fn source(&self) -> (&str, i32, i64) {
        (&self.record.topic, self.record.partition, self.record.offset)
    }
}

/// Hands every letter there still is to `take`.
pub(super) fn each(
    deployment: &Deployment,
    mut take: impl FnMut(Letter) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let registry: Arc<dyn Registry> = Arc::new(Cached::new(Confluent::new(deployment.registry())));
    let contract = Contract::new("dead_letter", registry, LIMIT).map_err(other)?;
    let mut scratch = Vec::new();
    whole::each(deployment, "dead-letters", |record| {
        let place = Place { partition: record.partition(), offset: record.offset() };
        let letter = contract.decode(record.value().unwrap_or_default(), &mut scratch);
        let letter = letter.map_err(|error| whole::at(record, error))?;
        take(Letter { place, at: record.written_at(), record: letter })
    })
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use wire::dead_letter::CommandPlace;

    /// A letter of a feed service at `place`, of a record of `t.purchases.shop` 0 with the letter's offset.
    pub(in super::super) fn letter(place: &str) -> Letter {
        let place: Place = place.parse().unwrap();
        let record = DeadLetterRecord {
            topic: "t.purchases.shop".into(),
            partition: 0,
            offset: place.offset,
            at: Some(Timestamp(1_000)),
            partner: "shop".into(),
            id: "s-1".into(),
            reason: "unknown_schema".into(),
            text: "expected a schema, found none".into(),
            key: Some(b"m-1".to_vec()),
            value: b"{}".to_vec(),
            length: 2,
            trace: String::new(),
            command: None,
        };
        Letter { place, at: Some(Timestamp(2_000)), record }
    }

    /// The same of the ledger, which refused its command.
    pub(in super::super) fn of_ledger(place: &str, reason: &str) -> Letter {
        let mut letter = letter(place);
        letter.record.command = Some(CommandPlace { partition: 3, offset: 9 });
        letter.record.key = Some(b"club:member:m-1".to_vec());
        letter.record.reason = reason.into();
        letter
    }

    #[test]
    fn a_place_is_written_as_it_is_read() {
        for good in ["0:0", "3:4711"] {
            assert_eq!(good.parse::<Place>().unwrap().to_string(), good);
        }
        for bad in ["", "3", "3:", ":4", "-1:0", "0:-1", "a:b", "1:2:3", "0 4"] {
            let told = bad.parse::<Place>().unwrap_err().to_string();
            assert!(told.contains(&format!("found `{bad}`")) && told.contains("2:17"), "{told}");
        }
    }

    #[test]
    fn a_letter_is_cut_where_its_value_was_longer() {
        let mut letter = letter("0:1");
        assert!(!letter.is_cut());
        letter.record.length = 3;
        assert!(letter.is_cut());
    }
}
