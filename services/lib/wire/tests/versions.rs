//! Rolling upgrades: what says nothing new is written under the oldest registered version that can say it, whatever
//! was registered since, and every build reads it. What an older version cannot say is never cut.

mod support;

use domain::command::Unlink;
use domain::purchase::Purchase;
use domain::row::Route;
use domain::{Account, Body, Command, EntityId, EventKey, Row, Timestamp};
use engine::codec::{Codec, Instruction};
use engine::message::Frame;
use engine::wal::{EntityImage, FollowUp, PartitionRow, WalRecord, WriteTs};
use serde_json::Value;
use std::sync::Arc;
use support::{INSTRUCTION_BEFORE, OURS, WAL_BEFORE, changed, registry, tick_of, without_field};
use wire::resolve::Resolver;
use wire::{AvroCodec, avro, frame, schema};

/// The codec of this build, where these versions of `name` were registered before ours.
fn behind(name: &str, versions: &[&str]) -> AvroCodec {
    AvroCodec::new(&registry(name, versions)).expect(OURS)
}

/// Other words, the same bytes.
fn reworded(schema: &mut Value) {
    if let Some(doc) = schema.get_mut("doc") {
        *doc = "Said otherwise.".into();
    }
}

/// Takes away the last branch, the record `branch`.
fn without_branch(schema: &mut Value, branch: &str) {
    if let Value::Array(branches) = schema {
        branches.retain(|it| it["name"] != branch);
    }
}

/// A build between that one and ours: it knows cards, but neither routes nor erasure.
fn wal_between() -> String {
    changed("wal", |schema| {
        without_branch(schema, "row_route");
        without_field(schema, "row_account", "erased");
    })
}

/// A build between that one and ours: it does not know how a card leaves a member, nor how members are merged, nor
/// orders, nor transfers.
fn instruction_between() -> String {
    let missing = [
        "command_unlink",
        "command_merge_in",
        "command_order",
        "command_share",
        "command_transfer",
        "command_given",
        "command_given_answer",
        "command_relabel",
        "command_fall",
    ]; // the last ones
    changed("instruction", |schema| missing.iter().for_each(|branch| without_branch(schema, branch)))
}

/// Whether what was written under the version of number `by` is read by that one and every later of `versions`.
fn is_read_from(versions: &[&str], by: u32, written: &Frame) {
    let (writer, datum) = (by as usize - 1, &written.value[frame::PREFIX..]);
    is_read_by(versions[writer], datum);
    for reader in &versions[by as usize..] {
        is_resolved_by(reader, versions[writer], datum);
    }
}

fn number(written: &Frame) -> u32 {
    frame::split("a record", &written.value).expect(OURS).0
}

fn rows(rows: Vec<Row>) -> WalRecord {
    let rows = rows.into_iter().map(Arc::new).collect();
    let entity = EntityId::member("shop", "1");
    WalRecord::Rows(EntityImage { entity, write_ts: WriteTs(3), rows, entries: Vec::new(), due: None })
}

fn account() -> Account {
    Account::new(EntityId::member("shop", "1"))
}

fn bought(line: EventKey) -> Purchase {
    let example = include_str!("../../../../schemas/examples/row_purchase.json");
    let example: Purchase = serde_json::from_str(example).expect(OURS);
    Purchase { line, attributes: Vec::new(), profile: None, ..example }
}

fn parked() -> Account {
    Account { quarantined: vec![EventKey::from_bytes([7; 16])], ..account() }
}

fn erased() -> Account {
    Account { erased: true, ..account() }
}

fn route() -> Row {
    let key = EventKey::from_bytes([7; 16]);
    Row::Route(Route { key, to: EntityId::member("shop", "2"), line: key })
}

fn command(body: Body) -> Arc<Command> {
    Arc::new(Command { body, ..tick_of("bakery", 7) })
}

fn unlink() -> Body {
    Body::Unlink(Unlink { card: EntityId::card("shop", "1") })
}

/// Says nothing that the build before cards and activities cannot say.
fn nothing_new() -> Vec<WalRecord> {
    let row = PartitionRow { position: 9, clock: Timestamp::MIN, cursor: None };
    vec![
        rows(vec![Row::Account(account()), Row::Purchase(bought(EventKey::NONE))]),
        WalRecord::Partition(WriteTs(8), row),
        WalRecord::FollowUp(FollowUp { write_ts: WriteTs(4), command: command(Body::Tick) }),
    ]
}

/// Checks that a reader of this schema, whoever wrote it, reads the datum to its end.
fn is_read_by(schema: &str, datum: &[u8]) {
    let schema = schema::parse(schema).expect(OURS);
    let names = apache_avro::schema::ResolvedSchema::try_from(&schema).expect(OURS);
    wire::walk::walk(&schema, names.get_names(), datum).expect(OURS);
}

/// Checks that a build of the schema `reader` takes a datum of `writer` for one of its own, by Avro's rules.
fn is_resolved_by(reader: &str, writer: &str, datum: &[u8]) {
    let parsed = Arc::new(schema::parse(reader).expect(OURS));
    let resolver = Resolver::new(writer, &parsed).expect(OURS).expect("two versions");
    let mut theirs = Vec::new();
    resolver.transcode(datum, &mut theirs).expect(OURS);
    is_read_by(reader, &theirs);
}

#[test]
fn what_says_nothing_new_is_written_as_the_build_before_reads_it() {
    let codec = behind("wal", &[WAL_BEFORE]);
    for record in nothing_new() {
        let written = codec.encode_wal(&record).unwrap();
        assert_eq!(number(&written), 1, "{record:?}");
        is_read_by(WAL_BEFORE, &written.value[frame::PREFIX..]);
        assert_eq!(codec.decode_wal(&written).unwrap(), record);
    }
    let codec = behind("instruction", &[INSTRUCTION_BEFORE]);
    let written = codec.encode_command(&command(Body::Tick)).unwrap();
    assert_eq!(number(&written), 1);
    is_read_by(INSTRUCTION_BEFORE, &written.value[frame::PREFIX..]);
    assert_eq!(codec.decode(&written).unwrap(), Instruction::Command(command(Body::Tick)));
}

#[test]
fn what_the_build_before_cannot_say_is_written_as_ours_and_never_cut() {
    let codec = behind("wal", &[WAL_BEFORE]);
    let line = EventKey::from_bytes([7; 16]);
    let new = [Row::Account(erased()), Row::Account(parked()), Row::Purchase(bought(line)), route()];
    for record in new.map(|row| rows(vec![row])) {
        let written = codec.encode_wal(&record).unwrap();
        assert!(number(&written) > 1, "{record:?}");
        assert_eq!(codec.decode_wal(&written).unwrap(), record);
    }
    let codec = behind("instruction", &[INSTRUCTION_BEFORE]);
    let written = codec.encode_command(&command(unlink())).unwrap();
    assert!(number(&written) > 1);
    assert_eq!(codec.decode(&written).unwrap(), Instruction::Command(command(unlink())));
}

#[test]
fn a_version_registered_since_does_not_end_what_the_running_build_is_owed() {
    // What runs is of version 1. Number 2 was registered and abandoned: texts alone, additions, a field that is gone.
    let texts = changed("wal", reworded);
    let abandoned = changed("wal", |schema| {
        if schema["name"] == "row_account"
            && let Some(Value::Array(fields)) = schema.get_mut("fields")
        {
            fields.push(serde_json::json!({"name": "mood", "type": "string", "default": ""}));
        }
    });
    for since in [texts, wal_between(), abandoned] {
        let codec = behind("wal", &[WAL_BEFORE, &since]);
        for record in nothing_new() {
            let written = codec.encode_wal(&record).unwrap();
            assert_eq!(number(&written), 1, "{record:?} behind {since}");
            is_read_by(WAL_BEFORE, &written.value[frame::PREFIX..]);
            assert_eq!(codec.decode_wal(&written).unwrap(), record);
        }
    }
    for since in [changed("instruction", reworded), instruction_between()] {
        let codec = behind("instruction", &[INSTRUCTION_BEFORE, &since]);
        let written = codec.encode_command(&command(Body::Tick)).unwrap();
        assert_eq!(number(&written), 1, "behind {since}");
        assert_eq!(codec.decode(&written).unwrap(), Instruction::Command(command(Body::Tick)));
    }
}

#[test]
fn versions_that_differ_in_their_texts_alone_are_one() {
    let twin = changed("wal", reworded);
    let codec = behind("wal", &[&twin]);
    for record in nothing_new().into_iter().chain([rows(vec![route()])]) {
        let written = codec.encode_wal(&record).unwrap();
        assert_eq!(number(&written), 1, "{record:?}");
        assert_eq!(codec.decode_wal(&written).unwrap(), record);
    }
}

#[test]
fn of_three_versions_the_oldest_that_can_say_it_is_written_and_every_later_one_reads_it() {
    let ours = schema::whole("wal").expect(OURS);
    let versions = [WAL_BEFORE, &wal_between(), &ours];
    let codec = behind("wal", &versions[..2]);
    let line = EventKey::from_bytes([7; 16]);
    let mut table: Vec<_> = nothing_new().into_iter().map(|record| (record, 1)).collect();
    // A field, and one of a row, that the second build has; then a field and a branch that ours alone has.
    for (row, by) in [
        (Row::Account(parked()), 2),
        (Row::Purchase(bought(line)), 2),
        (Row::Account(erased()), 3),
        (route(), 3),
    ] {
        table.push((rows(vec![row]), by));
    }
    for (record, by) in table {
        let written = codec.encode_wal(&record).unwrap();
        // Of this build's codec the schema of entries is not the third: any larger number is ours.
        assert_eq!(number(&written).min(3), by, "{record:?}");
        assert_eq!(codec.decode_wal(&written).unwrap(), record);
        is_read_from(&versions, by, &written);
    }
}

#[test]
fn of_three_versions_of_a_command_the_oldest_that_can_say_it_is_written() {
    let ours = schema::whole("instruction").expect(OURS);
    let versions = [INSTRUCTION_BEFORE, &instruction_between(), &ours];
    let codec = behind("instruction", &versions[..2]);
    let issued = Body::Card(domain::command::CardNews { change: domain::command::CardChange::Issued });
    for (body, by) in [(Body::Tick, 1), (issued, 2), (unlink(), 3)] {
        let command = command(body);
        let written = codec.encode_command(&command).unwrap();
        assert_eq!(number(&written).min(3), by, "{command:?}");
        assert_eq!(codec.decode(&written).unwrap(), Instruction::Command(command));
        is_read_from(&versions, by, &written);
    }
}

#[test]
fn a_block_of_another_writer_that_says_its_length_is_read() {
    let codec = behind("wal", &[WAL_BEFORE]);
    let record = rows(vec![Row::Account(account())]);
    let written = codec.encode_wal(&record).unwrap();
    // wal_rows, the account, the stamp; then one block of one row, and three zeros: no more rows, no entries, no due.
    let begin = frame::PREFIX + 1 + 1 + "shop:member:1".len() + 1;
    let end = written.value.len() - 3;
    let (head, row, tail) = (&written.value[..begin], &written.value[begin + 1..end], &written.value[end..]);
    assert_eq!((written.value[begin], tail), (2, &[0, 0, 0][..]));
    let mut value = head.to_vec();
    avro::write(&-1_i64, &mut value).unwrap();
    avro::write(&i64::try_from(row.len()).unwrap(), &mut value).unwrap();
    value.extend_from_slice(row);
    value.extend_from_slice(tail);
    is_read_by(WAL_BEFORE, &value[frame::PREFIX..]);
    assert_eq!(codec.decode_wal(&Frame { value, ..written }).unwrap(), record);
}

#[test]
fn every_schema_that_two_builds_share_has_a_step_from_the_build_before() {
    let shared: Vec<&str> = wire::history::shared().collect();
    assert_eq!(shared, ["instruction", "wal"], "give each new one its text of before in tests/previous");
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/previous");
    for name in shared {
        let path = format!("{folder}/{name}.avsc");
        let before = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
        let registry = registry(name, &[&before]);
        assert_eq!(wire::history::gaps(&*registry).unwrap(), [], "{path}");
        let codec = AvroCodec::new(&registry).unwrap();
        assert_eq!(codec.gaps().count(), 0, "{path}");
        let written = match name {
            "wal" => codec.encode_wal(&nothing_new()[0]),
            _ => codec.encode_command(&command(Body::Tick)),
        };
        assert_eq!(number(&written.unwrap()), 1, "{path}");
    }
}

#[test]
fn a_version_without_a_step_is_told_and_the_others_are_written_all_the_same() {
    let gone = changed("wal", |schema| {
        if schema["name"] == "wal_follow_up"
            && let Some(Value::Array(fields)) = schema.get_mut("fields")
        {
            fields.push(serde_json::json!({"name": "mood", "type": "string", "default": ""}));
        }
    });
    let registry = registry("wal", &[WAL_BEFORE, &gone]);
    let gaps = wire::history::gaps(&*registry).unwrap();
    let told: Vec<String> = gaps.iter().map(ToString::to_string).collect();
    let expected = "lotstream.wal: expected what a build of number 2 of the registry can read, found /body: expected \
                    every field of before, found no `mood`";
    assert_eq!(told, [expected]);
    let codec = AvroCodec::new(&registry).unwrap();
    assert_eq!(codec.gaps().cloned().collect::<Vec<_>>(), gaps);
    assert_eq!(wire::history::gaps(&*registry).unwrap(), [], "ours is registered now");
    for record in nothing_new() {
        assert_eq!(number(&codec.encode_wal(&record).unwrap()), 1, "{record:?}");
    }
}

#[test]
fn what_the_resolver_refuses_no_step_overrules() {
    // A stamp that was a text before.
    let other = changed("wal", |schema| {
        if schema["name"] == "write_ts" {
            schema["type"] = "string".into();
        }
    });
    let registry = registry("wal", &[&other]);
    let codec = AvroCodec::new(&registry).unwrap();
    assert_eq!(codec.gaps().map(|gap| gap.id).collect::<Vec<_>>(), [1]);
    let mut written = codec.encode_wal(&nothing_new()[0]).unwrap();
    assert!(number(&written) > 1);
    written.value[1..5].copy_from_slice(&1_u32.to_be_bytes());
    assert!(matches!(codec.decode_wal(&written), Err(engine::codec::CodecError::Malformed { .. })));
}

#[test]
fn a_default_that_changed_since_ends_what_is_written_under_older_versions() {
    // A build of number 2 reads another `erased` than we mean from a record of number 1, which does not say it.
    let other = changed("wal", |schema| {
        if schema["name"] == "erased" {
            schema["default"] = true.into();
        }
    });
    let codec = behind("wal", &[WAL_BEFORE, &other]);
    assert_eq!(
        codec.gaps().map(|gap| gap.reason.as_str()).collect::<Vec<_>>(),
        ["another default of row_account.erased"]
    );
    let record = nothing_new().remove(0);
    let written = codec.encode_wal(&record).unwrap();
    assert!(number(&written) > 2);
    assert_eq!(codec.decode_wal(&written).unwrap(), record);
}
