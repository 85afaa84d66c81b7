//! Data that asks for more than it brings: lengths of 2^62, depths of 100,000, numbers without an end. Each is refused with
//! a place and within a moment, and nothing is allocated because a length says so.

mod support;

use serde_json::json;
use std::time::{Duration, Instant};
use support::{OURS, registry};
use wire::record::PurchaseRecord;
use wire::{Contract, WireError, schema};

/// More than any of them takes, and far less than what they ask for would.
const MOMENT: Duration = Duration::from_secs(2);
const LIMIT: usize = 1 << 20;

/// A number as Avro writes it.
fn long(value: i64) -> Vec<u8> {
    let mut rest = ((value << 1) ^ (value >> 63)).cast_unsigned();
    let mut out = Vec::new();
    while rest > 0x7f {
        out.push((rest & 0x7f) as u8 | 0x80);
        rest >>= 7;
    }
    out.push(rest as u8);
    out
}

/// A purchase up to its lines, its total, 0.9972, in two bytes: as few as it needs.
fn head() -> Vec<u8> {
    let parts: [&[u8]; 3] = [&[2, b'p', 0, 2, 2, b'm', 0, 0, 0, 0], &[6, b'R', b'U', b'B'], &[4, 0x26, 0xf4]];
    parts.concat()
}

fn framed(id: u32, datum: &[u8]) -> Vec<u8> {
    [&[0][..], &id.to_be_bytes(), datum].concat()
}

/// What a purchase's reader says of a datum under the schema `id` of these versions.
fn refusal(versions: &[&str], id: u32, datum: &[u8], what: &str) -> WireError {
    let contract = Contract::new("purchase", registry("purchase", versions), LIMIT).expect(OURS);
    let (framed, mut scratch) = (framed(id, datum), Vec::new());
    let began = Instant::now();
    let read = contract.decode::<PurchaseRecord<'_>>(&framed, &mut scratch);
    assert!(began.elapsed() < MOMENT, "{what}: took {:?}", began.elapsed());
    match read {
        Ok(record) => panic!("{what}: expected a refusal, found {record:?}"),
        Err(error) => error,
    }
}

#[test]
fn s27_a_length_that_its_bytes_do_not_cover_is_refused_with_its_place() {
    let ours = schema::whole("purchase").expect(OURS);
    let behind = |length: i64| [head(), long(length)].concat();
    let block = |count: i64, bytes: i64| [head(), long(count), long(bytes)].concat();
    for (what, datum) in [
        ("a text of 2^62 bytes", long(1 << 62)),
        ("a text of the most bytes there are", long(i64::MAX)),
        ("a text of less than nothing", long(-1)),
        ("an amount of 2^62 bytes", [&head()[..head().len() - 3], &long(1 << 62)].concat()),
        ("2^62 lines", behind(1 << 62)),
        ("one line more than bytes", [behind(3), vec![0, 0]].concat()),
        ("lines of the least count there is", block(i64::MIN, 1 << 62)),
        ("a block of 2^62 bytes", block(-(1 << 40), 1 << 62)),
        ("a number without an end", vec![0xff; 100_000]),
        ("a number of eleven bytes", [head(), vec![0x80; 10], vec![1]].concat()),
    ] {
        let error = refusal(&[&ours], 1, &datum, what);
        assert!(matches!(error, WireError::Datum { .. }), "{what}: {error}");
        assert!(error.to_string().len() < 300, "{what}: {error}");
    }
}

/// Our schema with one more field behind the others.
fn with_field(field: &serde_json::Value) -> String {
    let mut schema: serde_json::Value =
        serde_json::from_str(&schema::whole("purchase").expect(OURS)).expect(OURS);
    schema["fields"].as_array_mut().expect(OURS).push(field.clone());
    schema.to_string()
}

/// Behind the head: no lines, tenders, attributes or discounts.
fn whole() -> Vec<u8> {
    [head(), vec![0; 4]].concat()
}

#[test]
fn s27_a_schema_of_a_partners_own_nests_and_repeats_no_more_than_the_limits_let_it() {
    let node =
        json!({"type": "record", "name": "node", "fields": [{"name": "next", "type": ["null", "node"]}]});
    let deep = with_field(&json!({"name": "chain", "type": node}));
    let many = with_field(&json!({"name": "nothings", "type": {"type": "array", "items": "null"}}));
    let hollow = json!({"type": "record", "name": "hollow", "fields": []});
    let hollows = with_field(&json!({"name": "hollows", "type": {"type": "array", "items": hollow}}));
    let map = with_field(&json!({"name": "map", "type": {"type": "map", "values": "null"}}));
    let nested: Vec<u8> = [vec![2; 100_000], vec![0]].concat();
    for (what, schema, more) in [
        ("a chain of 100,000", &deep, nested),
        ("2^40 nothings", &many, [long(1 << 40), vec![0]].concat()),
        ("2^62 records of no bytes", &hollows, [long(1 << 62), vec![0]].concat()),
        ("a map of 2^62 entries", &map, [long(1 << 62), vec![0]].concat()),
    ] {
        let error = refusal(&[schema], 1, &[whole(), more].concat(), what);
        assert!(matches!(error, WireError::Datum { .. }), "{what}: {error}");
    }
    // The schema itself is no crime: a chain of one is read, and its field is left out.
    let contract = Contract::new("purchase", registry("purchase", &[&deep]), LIMIT).expect(OURS);
    let (short, mut scratch) = (framed(1, &[whole(), vec![0]].concat()), Vec::new());
    let read: PurchaseRecord<'_> = contract.decode(&short, &mut scratch).expect("a purchase");
    let found = (read.id.0.as_ref(), read.total.to_string());
    assert_eq!(found, ("p", "0.9972".to_owned()), "an amount in as few bytes as it needs");
}

#[test]
fn s27_a_record_above_the_limit_is_not_even_looked_at() {
    let ours = schema::whole("purchase").expect(OURS);
    let error = refusal(&[&ours], 1, &vec![0xff; LIMIT], "a byte too many");
    assert!(matches!(error, WireError::TooLarge { limit: LIMIT, .. }), "{error}");
}
