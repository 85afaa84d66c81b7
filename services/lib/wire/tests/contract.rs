//! What was written under another version of a schema is read as ours, or refused by name; our own bytes are
//! what they are for ever.

use domain::event::{Event, TierChange};
use domain::purchase::Purchase;
use domain::row::Route;
use domain::{Account, Command, EntityId, EventKey, Row, Timestamp};
use engine::codec::{Codec, CodecError, DeadLetter, Instruction};
use engine::message::{Frame, Topic};
use engine::wal::{EntityImage, FollowUp, PartitionRow, ProgrammeVersion, Timer, WalRecord, WriteTs};
use std::sync::{Arc, Mutex};
use wire::dead_letter::{CommandPlace, DeadLetterRecord};
use wire::registry::{Cached, Compatibility, Fixed, Registry, RegistryError};
use wire::{AvroCodec, Contract, WireError, avro, frame, schema};

fn registry() -> Arc<dyn Registry> {
    Arc::new(Cached::new(Fixed::default()))
}

fn change() -> TierChange {
    TierChange {
        entity: EntityId::member("shop", "1"),
        from: "".into(),
        to: "gold".into(),
        cause: EventKey::from_bytes([7; 16]),
        at: Timestamp(1),
        until: Timestamp::NEVER,
        correction: false,
    }
}

fn framed(id: u32, datum: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    frame::begin(id, &mut out);
    out.extend_from_slice(datum);
    out
}

/// Registers another version of `tier_change`, made of ours by a change to its text.
fn version(registry: &Arc<dyn Registry>, change: impl Fn(&str) -> String) -> u32 {
    let ours = schema::whole("tier_change").expect("a schema of ours");
    let theirs = change(&ours);
    assert_ne!(ours, theirs);
    registry.register("another.subject", &theirs).expect("a registry in the process")
}

const FIELD: &str = r#"{"doc":"Whether it corrects the past"#;

#[test]
fn golden_bytes_of_a_tier_change() {
    let mut datum = Vec::new();
    avro::write(&change(), &mut datum).unwrap();
    let mut golden = b"\x1ashop:member:1\x00\x08gold".to_vec();
    golden.extend([7; 16]);
    golden.extend([0x02]);
    golden.extend([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x00]);
    assert_eq!(datum, golden);
    let contract = Contract::new("tier_change", registry(), 1000).unwrap();
    let record = contract.encode(&change()).unwrap();
    assert_eq!(record[..5], framed(contract.id(), &[])[..]);
    assert_eq!(record[5..], golden);
}

#[test]
fn a_version_with_one_more_field_is_read_without_it() {
    let registry = registry();
    let more = r#"{"name":"why","type":"string","default":"","doc":"Why."},"#;
    let id = version(&registry, |ours| ours.replacen(FIELD, &format!("{more}{FIELD}"), 1));
    let contract = Contract::new("tier_change", registry, 1000).unwrap();
    let mut datum = Vec::new();
    avro::write(&change(), &mut datum).unwrap();
    let last = datum.pop().unwrap();
    datum.extend_from_slice(b"\x06why");
    datum.push(last);
    let mut scratch = Vec::new();
    assert_eq!(contract.decode::<TierChange>(&framed(id, &datum), &mut scratch).unwrap(), change());
    for cut in 0..datum.len() {
        let short = framed(id, &datum[..cut]);
        let mut scratch = Vec::new();
        let read = contract.decode::<TierChange>(&short, &mut scratch);
        assert!(matches!(read, Err(WireError::Datum { .. })), "{cut} bytes of {}: {read:?}", datum.len());
    }
    datum.push(0);
    assert!(contract.decode::<TierChange>(&framed(id, &datum), &mut scratch).is_err());
}

#[test]
fn a_version_that_differs_in_its_texts_alone_is_read_as_ours() {
    let registry = registry();
    let id = version(&registry, |ours| ours.replace("Whose", "Of whom").replace("The tier", "Tier"));
    let contract = Contract::new("tier_change", registry, 1000).unwrap();
    let record = framed(id, &contract.encode(&change()).unwrap()[5..]);
    assert_eq!(contract.decode::<TierChange>(&record, &mut Vec::new()).unwrap(), change());
}

#[test]
fn a_schema_that_is_not_ours_is_refused_by_name() {
    let registry = registry();
    let id = registry.register("other", r#"{"type":"record","name":"other","fields":[]}"#).unwrap();
    let contract = Contract::new("tier_change", registry, 1000).unwrap();
    let mut scratch = Vec::new();
    let refused = contract.decode::<TierChange>(&framed(id, &[]), &mut scratch).unwrap_err();
    assert!(matches!(refused, WireError::ForeignSchema { .. }), "{refused}");
    let unknown = contract.decode::<TierChange>(&framed(5, &[]), &mut scratch).unwrap_err();
    assert_eq!(unknown.to_string(), "tier_change: expected a schema of the registry, found the unknown id 5");
    assert!(!unknown.is_retryable() && !refused.is_retryable());
    let large = contract.decode::<TierChange>(&[0; 1001], &mut scratch).unwrap_err();
    assert_eq!(large.to_string(), "tier_change: expected 1000 bytes at the most, found 1001");
}

#[test]
fn money_of_another_scale_is_refused_rather_than_misread() {
    let registry = registry();
    let ours = schema::whole("purchase").unwrap();
    let theirs = ours.replace(r#""scale":4"#, r#""scale":2"#);
    assert_ne!(ours, theirs);
    let id = registry.register("another.subject", &theirs).unwrap();
    let contract = Contract::new("purchase", registry, 1000).unwrap();
    let mut scratch = Vec::new();
    let record = framed(id, &[0]);
    let read = contract.decode::<wire::record::PurchaseRecord<'_>>(&record, &mut scratch);
    let text = read.unwrap_err().to_string();
    assert!(text.contains("expected a decimal with 4 digits behind the point at /total"), "{text}");
}

#[test]
fn a_new_word_of_an_enum_is_unknown_to_an_older_reader_and_refused() {
    let registry = registry();
    let ours = schema::whole("redemption").unwrap();
    let theirs = ours.replace(r#""cancel""#, r#""cancel","refund""#);
    let id = registry.register("another.subject", &theirs).unwrap();
    let contract = Contract::new("redemption", registry, 1000).unwrap();
    // id, no partner, member, card, programme; occurred_at; no delivered_at; step 4
    let datum = [2, b'a', 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0];
    let mut scratch = Vec::new();
    let record = framed(id, &datum);
    let read = contract.decode::<wire::record::RedemptionRecord<'_>>(&record, &mut scratch);
    let text = read.unwrap_err().to_string();
    assert!(text.contains("expected a variant this version knows"), "{text}");
}

#[test]
fn what_the_engine_writes_it_reads_back() {
    let codec = AvroCodec::new(&registry()).unwrap();
    let version = ProgrammeVersion { programme: "shop".into(), version: 1, text: "x = 1".into() };
    let frame = codec.encode_programme(&version).unwrap();
    assert_eq!(codec.decode(&frame).unwrap(), Instruction::Programme(version.clone()));
    let cursor = Some(Timer { due: Timestamp(5), entity: EntityId::from_key("") });
    let row = PartitionRow { position: 9, clock: Timestamp::MIN, cursor };
    for record in [WalRecord::Partition(WriteTs(8), row), WalRecord::Programme(WriteTs(7), version)] {
        let frame = codec.encode_wal(&record).unwrap();
        assert_eq!(codec.decode_wal(&frame).unwrap(), record);
        assert!(matches!(codec.decode(&frame), Err(CodecError::Malformed { .. })));
    }
}

#[test]
fn an_event_goes_to_its_topic_under_its_account_with_headers() {
    let codec = AvroCodec::new(&registry()).unwrap();
    let outgoing = codec.encode_event(Event::Tier(change())).unwrap();
    assert_eq!(outgoing.topic, Topic::TierChanges);
    assert_eq!(outgoing.message.key, b"shop:member:1");
    assert_eq!(outgoing.message.header("ce_type"), Some(&b"lotstream.tier_change"[..]));
    assert_eq!(outgoing.message.header("ce_time"), Some(&b"1970-01-01T00:00:00.001Z"[..]));
}

#[test]
fn a_dead_letter_too_large_to_hold_is_shortened_and_says_so() {
    let registry = registry();
    let codec = AvroCodec::new(&registry).unwrap();
    let original = Frame { key: b"k".to_vec(), value: vec![1; 8 << 20], headers: Vec::new() };
    let letter = DeadLetter {
        partition: 1,
        offset: 2,
        reason: domain::outcome::Reason::Poison,
        text: "why",
        command: None,
        original: &original,
    };
    let frame = codec.encode_dead_letter(&letter).unwrap();
    let contract = Contract::new("dead_letter", registry, 4 << 20).unwrap();
    let mut scratch = Vec::new();
    let read = contract.decode::<DeadLetterRecord>(&frame.value, &mut scratch).unwrap();
    assert_eq!((read.reason.as_str(), read.length), ("poison", 8 << 20));
    assert!(read.value.len() > 1 << 20, "{} bytes kept", read.value.len());
    assert_eq!((read.topic.as_str(), read.partition, read.offset), ("member-commands", 1, 2));
}

#[test]
fn s27_a_letter_of_the_ledger_names_the_partners_record_and_holds_the_command() {
    let registry = registry();
    let codec = AvroCodec::new(&registry).unwrap().under("eu.");
    let command = tick_of("shop-1", 7);
    let original = codec.encode_command(&Arc::new(command.clone())).unwrap();
    let reason = domain::outcome::Reason::WrongCurrency;
    let letter = DeadLetter {
        partition: 1,
        offset: 2,
        reason,
        text: "why",
        command: Some(&command),
        original: &original,
    };
    let contract = Contract::new("dead_letter", registry, 4 << 20).unwrap();
    let read = |letter: &DeadLetter<'_, Frame>| -> DeadLetterRecord {
        let frame = codec.encode_dead_letter(letter).unwrap();
        contract.decode(&frame.value, &mut Vec::new()).unwrap()
    };
    let found = read(&letter);
    assert_eq!((found.topic.as_str(), found.partition, found.offset), ("eu.returns.shop-1", 3, 7));
    assert_eq!(found.command, Some(CommandPlace { partition: 1, offset: 2 }));
    assert_eq!((found.key, found.value), (Some(b"shop:member:1".to_vec()), original.value.clone()));
    // A command of our own stands in our own topic alone.
    let own = tick_of("", 0);
    let found = read(&DeadLetter { command: Some(&own), ..letter });
    assert_eq!((found.topic.as_str(), found.partition, found.offset), ("eu.member-commands", 1, 2));
}

/// A command that came from offset `offset` of partition 3 of `returns.<partner>`.
fn tick_of(partner: &str, offset: i64) -> domain::Command {
    let source = domain::command::Source {
        partner: partner.into(),
        feed: "returns".into(),
        id: "r-1".into(),
        partition: 3,
        offset,
    };
    domain::Command {
        key: domain::EventKey::of(partner, "returns", "r-1"),
        source,
        entity: EntityId::from_key("shop:member:1"),
        occurred_at: Timestamp(1),
        delivered_at: Timestamp(1),
        content: domain::Digest::default(),
        trace: domain::Name::default(),
        body: domain::Body::Tick,
    }
}

/// A registry that takes anything, as the ledger's own topics are checked one way only.
#[derive(Default)]
struct Lenient(Mutex<Vec<(String, String)>>);

impl Registry for Lenient {
    fn register(&self, subject: &str, schema: &str) -> Result<u32, RegistryError> {
        let mut known = self.0.lock().expect("no poison");
        let version = (subject.to_owned(), schema.to_owned());
        let at = known.iter().position(|it| *it == version).unwrap_or_else(|| {
            known.push(version);
            known.len() - 1
        });
        Ok(u32::try_from(at).expect("few schemas") + 1)
    }

    fn schema(&self, id: u32) -> Result<Option<String>, RegistryError> {
        let at = usize::try_from(id).expect("few schemas").wrapping_sub(1);
        Ok(self.0.lock().expect("no poison").get(at).map(|(_, schema)| schema.clone()))
    }

    fn versions(&self, subject: &str) -> Result<Vec<(u32, String)>, RegistryError> {
        let known = self.0.lock().expect("no poison");
        let versions = (1..).zip(known.iter()).filter(|(_, (of, _))| of == subject);
        Ok(versions.map(|(id, (_, schema))| (id, schema.clone())).collect())
    }

    fn set_compatibility(&self, _: &str, _: Compatibility) -> Result<(), RegistryError> {
        Ok(())
    }

    fn is_compatible(&self, _: &str, _: &str) -> Result<bool, RegistryError> {
        Ok(true)
    }
}

/// `ledger-wal` and `member-commands` as the build before cards and activities wrote and read them.
const WAL_BEFORE: &str = include_str!("previous/wal.avsc");
const INSTRUCTION_BEFORE: &str = include_str!("previous/instruction.avsc");

/// Where that build was deployed first: its numbers are 1 and 2.
fn upgraded() -> AvroCodec {
    let registry: Arc<dyn Registry> = Arc::new(Lenient::default());
    assert_eq!(registry.register("lotstream.wal", WAL_BEFORE).expect("a schema or datum of ours"), 1);
    assert_eq!(
        registry.register("lotstream.instruction", INSTRUCTION_BEFORE).expect("a schema or datum of ours"),
        2
    );
    AvroCodec::new(&registry).expect("a schema or datum of ours")
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
    Purchase { line, ..serde_json::from_str(example).expect("a schema or datum of ours") }
}

/// Checks that a reader of this schema, whoever wrote it, reads the datum to its end.
fn is_read_by(schema: &str, datum: &[u8]) {
    let schema = schema::parse(schema).expect("a schema or datum of ours");
    let names = apache_avro::schema::ResolvedSchema::try_from(&schema).expect("a schema or datum of ours");
    wire::walk::walk(&schema, names.get_names(), datum).expect("a schema or datum of ours");
}

#[test]
fn what_says_nothing_new_is_written_as_the_build_before_reads_it() {
    let codec = upgraded();
    let old = rows(vec![Row::Account(account()), Row::Purchase(bought(EventKey::NONE))]);
    let row = PartitionRow { position: 9, clock: Timestamp::MIN, cursor: None };
    let command = Arc::new(tick_of("bakery", 7));
    let follow_up = WalRecord::FollowUp(FollowUp { write_ts: WriteTs(4), command: Arc::clone(&command) });
    for record in [old, WalRecord::Partition(WriteTs(8), row), follow_up] {
        let written = codec.encode_wal(&record).unwrap();
        assert_eq!(frame::split("wal", &written.value).unwrap().0, 1, "{record:?}");
        is_read_by(WAL_BEFORE, &written.value[frame::PREFIX..]);
        assert_eq!(codec.decode_wal(&written).unwrap(), record);
    }
    let written = codec.encode_command(&command).unwrap();
    assert_eq!(frame::split("instruction", &written.value).unwrap().0, 2);
    is_read_by(INSTRUCTION_BEFORE, &written.value[frame::PREFIX..]);
    assert_eq!(codec.decode(&written).unwrap(), Instruction::Command(command));
}

#[test]
fn what_the_build_before_cannot_say_is_written_as_ours_and_never_cut() {
    let codec = upgraded();
    let key = EventKey::from_bytes([7; 16]);
    let mut parked = account();
    parked.quarantined.push(key);
    let route = Route { key, to: EntityId::member("shop", "2"), line: key };
    let new = [
        rows(vec![Row::Account(Account { erased: true, ..account() })]),
        rows(vec![Row::Account(parked)]),
        rows(vec![Row::Purchase(bought(key))]),
        rows(vec![Row::Route(route)]),
    ];
    for record in new {
        let written = codec.encode_wal(&record).unwrap();
        assert!(frame::split("wal", &written.value).unwrap().0 > 2, "{record:?}");
        assert_eq!(codec.decode_wal(&written).unwrap(), record);
    }
    let unlink = domain::Body::Unlink(domain::command::Unlink { card: EntityId::card("shop", "1") });
    let command = Arc::new(Command { body: unlink, ..tick_of("bakery", 7) });
    let written = codec.encode_command(&command).unwrap();
    assert!(frame::split("instruction", &written.value).unwrap().0 > 2);
    assert_eq!(codec.decode(&written).unwrap(), Instruction::Command(command));
}
