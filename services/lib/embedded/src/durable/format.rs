//! Bytes of rows, entries and commands: framed Avro under the schemas of `schemas/`, which stand in the database
//! beside what was written under them, so that every later build knows how to read it.

use super::changes::Changes;
use super::error::DurableError;
use super::key;
use super::tables::{Table, Tables};
use crate::value::{PassThrough, Value};
use domain::entry::Entry;
use domain::{Row, RowKey};
use engine::codec::{Codec, Instruction};
use engine::message::Frame;
use engine::store::Stamped;
use engine::wal::{PartitionRow, ProgrammeVersion, WalRecord, WriteTs};
use std::sync::Arc;
use wire::registry::{Fixed, Registry};
use wire::{AvroCodec, Contract};

/// Rows, by the kind in their key.
const ROWS: [&str; 8] = [
    "row_account",
    "row_lot",
    "row_purchase",
    "row_redemption",
    "row_debt",
    "row_seen",
    "row_parked",
    "row_route",
];
/// Whatever else is written.
const OTHERS: [&str; 3] = ["entry", "instruction", "wal"];
/// Kinds of input.
const INSTRUCTION: u8 = b'i';
const BAD: u8 = b'b';

/// The format of every table.
pub(super) struct Format {
    rows: Vec<Contract>,
    entry: Contract,
    codec: Arc<AvroCodec>,
}

type Read<T> = Result<T, DurableError>;

fn damaged(what: &str) -> impl Fn(&dyn std::fmt::Display) -> DurableError {
    move |found| DurableError::unreadable(what, found)
}

impl Format {
    /// Learns the schemas of the database, and notes those of this build in `changes` where they are new.
    ///
    /// # Errors
    /// A schema that cannot be read as this build's: it would misread rows.
    pub(super) fn open(tables: &Tables, changes: &mut Changes) -> Read<Self> {
        let registry = Fixed::default();
        let fault = damaged("schemas");
        let mut known = 0;
        for item in tables.keyspace(Table::Schemas).iter() {
            let (key, text) = item.into_inner().map_err(tables.failed("read schemas of"))?;
            let subject = key.split(|byte| *byte == 0).next().unwrap_or_default();
            let text = String::from_utf8_lossy(&text);
            registry.register(&String::from_utf8_lossy(subject), &text).map_err(|error| fault(&error))?;
            known += 1;
        }
        let registry: Arc<dyn Registry> = Arc::new(registry);
        let contract = |name| Contract::new(name, Arc::clone(&registry), usize::MAX);
        let format = Self {
            rows: ROWS.into_iter().map(contract).collect::<Result<_, _>>().map_err(|error| fault(&error))?,
            entry: contract("entry").map_err(|error| fault(&error))?,
            codec: Arc::new(AvroCodec::new(&registry).map_err(|error| fault(&error))?),
        };
        let mut now = 0;
        for name in ROWS.into_iter().chain(OTHERS) {
            let subject = wire::schema::subject(name);
            for (number, (_, text)) in
                (0_u32..).zip(registry.versions(&subject).map_err(|error| fault(&error))?)
            {
                let key = [subject.as_bytes(), &[0], &number.to_be_bytes()].concat();
                changes.put(Table::Schemas, key, text.into_bytes());
                now += 1;
            }
        }
        if now == known {
            *changes = Changes::default();
        }
        Ok(format)
    }

    /// The codec of the engine: it refuses what could not be written here.
    pub(super) fn pass_through(&self) -> PassThrough {
        PassThrough::measured_by(Arc::clone(&self.codec))
    }

    /// A row with its stamp.
    pub(super) fn row(&self, stamped: &Stamped) -> Read<Vec<u8>> {
        let (kind, row) = (kind(stamped.row.key()), &self.rows);
        let encoded = match stamped.row.as_ref() {
            Row::Account(account) => row[kind].encode(account),
            Row::Lot(lot) => row[kind].encode(lot),
            Row::Purchase(purchase) => row[kind].encode(purchase),
            Row::Redemption(redemption) => row[kind].encode(redemption),
            Row::Debt(debt) => row[kind].encode(debt),
            Row::Seen(seen) => row[kind].encode(seen),
            Row::Parked(parked) => row[kind].encode(parked),
            Row::Route(route) => row[kind].encode(route),
        };
        let encoded = encoded.map_err(|error| damaged("a row")(&error))?;
        Ok([stamped.write_ts.0.to_be_bytes().as_slice(), &encoded].concat())
    }

    /// The row that `tail`, what stands behind the entity in a key, and `value` are of.
    pub(super) fn row_of(&self, tail: &[u8], value: &[u8]) -> Read<Stamped> {
        let fault = damaged("a row");
        let (write_ts, framed) = stamped(value)?;
        let kind = tail.first().copied().unwrap_or(u8::MAX);
        let Some(contract) = self.rows.get(usize::from(kind)) else {
            return Err(fault(&format!("expected a kind from 0 to 7, found {kind}")));
        };
        let scratch = &mut Vec::new();
        let row = match kind {
            key::ACCOUNT => contract.decode(framed, scratch).map(Row::Account),
            key::LOT => contract.decode(framed, scratch).map(Row::Lot),
            key::PURCHASE => contract.decode(framed, scratch).map(Row::Purchase),
            key::REDEMPTION => contract.decode(framed, scratch).map(Row::Redemption),
            key::DEBT => contract.decode(framed, scratch).map(Row::Debt),
            key::SEEN => contract.decode(framed, scratch).map(Row::Seen),
            key::PARKED => contract.decode(framed, scratch).map(Row::Parked),
            _ => contract.decode(framed, scratch).map(Row::Route),
        };
        Ok(Stamped { write_ts, row: Arc::new(row.map_err(|error| fault(&error))?) })
    }

    /// An entry with its stamp.
    pub(super) fn entry(&self, write_ts: WriteTs, entry: &Entry) -> Read<Vec<u8>> {
        let encoded = self.entry.encode(entry).map_err(|error| damaged("an entry")(&error))?;
        Ok([write_ts.0.to_be_bytes().as_slice(), &encoded].concat())
    }

    /// The entry of these bytes.
    pub(super) fn entry_of(&self, value: &[u8]) -> Read<Entry> {
        let (_, framed) = stamped(value)?;
        self.entry.decode(framed, &mut Vec::new()).map_err(|error| damaged("an entry")(&error))
    }

    /// A partition row, with its stamp.
    pub(super) fn partition(&self, write_ts: WriteTs, row: PartitionRow) -> Read<Vec<u8>> {
        self.wal(&WalRecord::Partition(write_ts, row))
    }

    /// A programme version, with its stamp.
    pub(super) fn programme(&self, write_ts: WriteTs, version: ProgrammeVersion) -> Read<Vec<u8>> {
        self.wal(&WalRecord::Programme(write_ts, version))
    }

    fn wal(&self, record: &WalRecord) -> Read<Vec<u8>> {
        let frame = self.codec.encode_wal(record).map_err(|error| damaged("a record")(&error))?;
        Ok(frame.value)
    }

    /// The partition row or programme of these bytes.
    pub(super) fn wal_of(&self, value: &[u8]) -> Read<WalRecord> {
        let frame = Frame { value: value.to_vec(), ..Frame::default() };
        self.codec.decode_wal(&frame).map_err(|error| damaged("a record")(&error))
    }

    /// An input as it is kept: a command or a programme, or what could not become one.
    pub(super) fn input(&self, value: &Value) -> Read<Vec<u8>> {
        let (kind, bytes) = match value {
            Value::Command(command) => (INSTRUCTION, self.codec.encode_command(command).map(|it| it.value)),
            Value::Programme(version) => {
                (INSTRUCTION, self.codec.encode_programme(version).map(|it| it.value))
            }
            Value::Garbage(text) => (BAD, Ok(text.as_bytes().to_vec())),
            Value::Event(_) | Value::DeadLetter(_) | Value::Wal(_) => {
                return Err(damaged("an input")(&"expected a command, a programme or bad input"));
            }
        };
        let bytes = bytes.map_err(|error| damaged("an input")(&error))?;
        Ok([&[kind], bytes.as_slice()].concat())
    }

    /// The input of these bytes.
    pub(super) fn input_of(&self, bytes: &[u8]) -> Read<Value> {
        let fault = damaged("an input");
        match bytes.split_first() {
            Some((&INSTRUCTION, framed)) => {
                let frame = Frame { value: framed.to_vec(), ..Frame::default() };
                match self.codec.decode(&frame).map_err(|error| fault(&error))? {
                    Instruction::Command(command) => Ok(Value::Command(command)),
                    Instruction::Programme(version) => Ok(Value::Programme(version)),
                }
            }
            Some((&BAD, text)) => Ok(Value::Garbage(String::from_utf8_lossy(text).into())),
            found => {
                Err(fault(&format!("expected kind `i` or `b`, found {:?}", found.map(|(kind, _)| kind))))
            }
        }
    }
}

const fn kind(key: RowKey) -> usize {
    let kind = match key {
        RowKey::Account => key::ACCOUNT,
        RowKey::Lot(_) => key::LOT,
        RowKey::Purchase(_) => key::PURCHASE,
        RowKey::Redemption(_) => key::REDEMPTION,
        RowKey::Debt(_) => key::DEBT,
        RowKey::Seen(_) => key::SEEN,
        RowKey::Parked(_) => key::PARKED,
        RowKey::Route(_) => key::ROUTE,
    };
    kind as usize
}

/// The stamp in front of a value, and the rest.
pub(super) fn stamped(value: &[u8]) -> Read<(WriteTs, &[u8])> {
    let (stamp, rest) = value
        .split_first_chunk()
        .ok_or_else(|| damaged("a value")(&format!("expected a stamp of 8 bytes, found {}", value.len())))?;
    Ok((WriteTs(i64::from_be_bytes(*stamp)), rest))
}

#[cfg(test)]
#[allow(clippy::unwrap_used, reason = "a test fails by panicking")]
mod tests {
    use super::*;
    use domain::debt::{Debt, DebtId};
    use domain::{EntityId, EventKey, LotId, Name, Points, Timestamp};

    fn debt() -> Stamped {
        let id = DebtId {
            redemption: EventKey::of("a", "b", "c"),
            lot: LotId { issued_month: 24_300, key: EventKey::NONE },
        };
        let (wallet, partner) = (Name::from("points"), Name::from("shop"));
        let points = Points::at_least_zero(7);
        let debt = Debt {
            id,
            wallet,
            partner,
            open: points,
            forgiven: points,
            sequence: 3,
            opened_at: Timestamp(5),
        };
        Stamped { write_ts: WriteTs(9), row: Arc::new(Row::Debt(debt)) }
    }

    fn texts(tables: &Tables) -> Vec<Vec<u8>> {
        tables.keyspace(Table::Schemas).iter().map(|item| item.key().unwrap().to_vec()).collect()
    }

    /// A build that wrote one more field stands for any other version of a schema.
    #[test]
    fn rows_of_another_build_are_read_by_the_schema_they_were_written_under() {
        let folder = std::env::temp_dir().join(format!("lotstream-format-{}", std::process::id()));
        let tables = Tables::open_or_make(&folder, |_| Ok(())).unwrap();
        let subject = wire::schema::subject("row_debt");
        let ours = wire::schema::whole("row_debt").unwrap();
        let note = r#"{"default":null,"name":"note","type":["null","string"]}],"name":"row_debt""#;
        let theirs = ours.replace(r#"],"name":"row_debt""#, &format!(",{note}"));
        assert_ne!(ours, theirs, "the schema's fields stand before its name");
        let number = Fixed::default().register(&subject, &theirs).unwrap();
        tables.keyspace(Table::Schemas).insert([subject.as_bytes(), &[0; 5]].concat(), theirs).unwrap();

        let mut changes = Changes::default();
        let format = Format::open(&tables, &mut changes).unwrap();
        changes.commit(&tables).unwrap();
        assert_eq!(
            texts(&tables).len(),
            ROWS.len() + OTHERS.len() + 1,
            "both versions are known from now on"
        );
        let (stamped, id) = (debt(), EntityId::member("p", "m"));
        let key = key::row(&id, stamped.row.key());
        let tail = &key[id.as_str().len() + 1..];
        let written = format.row(&stamped).unwrap();
        assert_eq!(format.row_of(tail, &written).unwrap(), stamped);
        // As the other build wrote it: under its number, with no note.
        let mut other = written;
        other[9..13].copy_from_slice(&number.to_be_bytes());
        other.push(0);
        assert_eq!(format.row_of(tail, &other).unwrap(), stamped);
        other[9..13].copy_from_slice(&[0; 4]);
        assert!(format.row_of(tail, &other).is_err(), "a number nobody knows");

        let mut again = Changes::default();
        let format = Format::open(&tables, &mut again).unwrap();
        again.commit(&tables).unwrap();
        assert_eq!(texts(&tables).len(), ROWS.len() + OTHERS.len() + 1);
        assert_eq!(format.row_of(tail, &format.row(&stamped).unwrap()).unwrap(), stamped);
        drop((format, tables));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
