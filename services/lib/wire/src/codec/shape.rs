//! The engine's values as the schemas of `member-commands` and `ledger-wal` hold them: mirrors for serde, in
//! the order of the schemas' fields. Each says the shape of a type that is not ours; none holds a value.

use domain::account::Account;
use domain::command::Command;
use domain::debt::Debt;
use domain::entry::Entry;
use domain::lot::Lot;
use domain::purchase::Purchase;
use domain::redemption::Redemption;
use domain::row::{Parked, Route, Seen};
use domain::{EntityId, Name, Row, Timestamp};
use engine::codec::Instruction;
use engine::wal::{EntityImage, FollowUp, PartitionRow, ProgrammeVersion, Timer, WalRecord, WriteTs};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::sync::Arc;

#[derive(Serialize, Deserialize)]
#[serde(remote = "WriteTs", transparent)]
struct WriteTsShape(i64);

#[derive(Serialize, Deserialize)]
#[serde(remote = "ProgrammeVersion")]
struct ProgrammeShape {
    programme: Name,
    version: i32,
    text: Arc<str>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Instruction", rename_all = "snake_case")]
enum InstructionShape {
    Command(Arc<Command>),
    Programme(#[serde(with = "ProgrammeShape")] ProgrammeVersion),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Row", rename_all = "snake_case")]
enum RowShape {
    Account(Account),
    Lot(Lot),
    Purchase(Purchase),
    Redemption(Redemption),
    Debt(Debt),
    Seen(Seen),
    Parked(Parked),
    Route(Route),
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "EntityImage")]
struct EntityImageShape {
    entity: EntityId,
    #[serde(with = "WriteTsShape")]
    write_ts: WriteTs,
    #[serde(with = "rows")]
    rows: Vec<Arc<Row>>,
    entries: Vec<Arc<Entry>>,
    due: Option<Timestamp>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "FollowUp")]
struct FollowUpShape {
    #[serde(with = "WriteTsShape")]
    write_ts: WriteTs,
    command: Arc<Command>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Timer")]
struct TimerShape {
    due: Timestamp,
    entity: EntityId,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "PartitionRow")]
struct PartitionRowShape {
    position: i64,
    clock: Timestamp,
    #[serde(with = "cursor")]
    cursor: Option<Timer>,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "WalRecord", rename_all = "snake_case")]
enum WalShape {
    Rows(#[serde(with = "EntityImageShape")] EntityImage),
    FollowUp(#[serde(with = "FollowUpShape")] FollowUp),
    Programme(#[serde(with = "WriteTsShape")] WriteTs, #[serde(with = "ProgrammeShape")] ProgrammeVersion),
    Partition(#[serde(with = "WriteTsShape")] WriteTs, #[serde(with = "PartitionRowShape")] PartitionRow),
}

/// An instruction, written or read.
#[derive(PartialEq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct InstructionDatum(#[serde(with = "InstructionShape")] pub(crate) Instruction);

/// A record of `ledger-wal` to write.
pub(super) struct WalView<'a>(pub(super) &'a WalRecord);

impl Serialize for WalView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        WalShape::serialize(self.0, serializer)
    }
}

/// A record of `ledger-wal`, read.
#[derive(PartialEq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct WalDatum(#[serde(with = "WalShape")] pub(crate) WalRecord);

/// A programme version by itself.
#[cfg(test)]
#[derive(PartialEq, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct ProgrammeDatum(#[serde(with = "ProgrammeShape")] pub(crate) ProgrammeVersion);

mod rows {
    use super::{Arc, Deserialize, Deserializer, Row, RowShape, Serialize, Serializer};

    struct View<'a>(&'a Row);

    impl Serialize for View<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            RowShape::serialize(self.0, serializer)
        }
    }

    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Image(#[serde(with = "RowShape")] Row);

    pub(super) fn serialize<S: Serializer>(rows: &[Arc<Row>], serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(rows.iter().map(|row| View(row)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Arc<Row>>, D::Error> {
        let images = Vec::<Image>::deserialize(deserializer)?;
        Ok(images.into_iter().map(|image| Arc::new(image.0)).collect())
    }
}

mod cursor {
    use super::{Deserialize, Deserializer, Serialize, Serializer, Timer, TimerShape};

    struct View<'a>(&'a Timer);

    impl Serialize for View<'_> {
        fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
            TimerShape::serialize(self.0, serializer)
        }
    }

    #[derive(Deserialize)]
    #[serde(transparent)]
    struct Read(#[serde(with = "TimerShape")] Timer);

    pub(super) fn serialize<S: Serializer>(timer: &Option<Timer>, serializer: S) -> Result<S::Ok, S::Error> {
        timer.as_ref().map(View).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Timer>, D::Error> {
        Ok(Option::<Read>::deserialize(deserializer)?.map(|read| read.0))
    }
}
