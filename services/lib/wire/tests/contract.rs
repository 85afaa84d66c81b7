//! What was written under another version of a schema is read as ours, or refused by name; our own bytes are
//! what they are for ever.

mod support;

use domain::event::{Event, TierChange};
use domain::{EntityId, EventKey, Timestamp};
use engine::codec::{Codec, CodecError, DeadLetter, Instruction};
use engine::message::{Frame, Topic};
use engine::wal::{PartitionRow, ProgrammeVersion, Timer, WalRecord, WriteTs};
use std::sync::Arc;
use support::tick_of;
use wire::dead_letter::{CommandPlace, DeadLetterRecord};
use wire::registry::{Cached, Fixed, Registry};
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
        perks: Vec::new(),
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
    golden.extend([0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 0x00, 0x00]);
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
    let last = datum.split_off(datum.len() - 2);
    datum.extend_from_slice(b"\x06why");
    datum.extend(last);
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
    let datum = [2, b'a', 0, 0, 0, 0, 0, 0, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
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
