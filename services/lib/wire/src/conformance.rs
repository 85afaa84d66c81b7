//! Every type against its schema: random values through our bytes, `apache-avro`'s reading of them, and back;
//! cut short, lengthened; and the example of each schema.

use crate::avro;
use crate::codec::shape::{InstructionDatum, ProgrammeDatum, WalDatum};
use crate::dead_letter::DeadLetterRecord;
use crate::dead_letter_replay::DeadLetterReplay;
use crate::identity::IdentityRecord;
use crate::partner_state::PartnerState;
use crate::probe;
use crate::record::{
    ActivityRecord, AdjustmentRecord, CardRecord, PurchaseRecord, RedemptionRecord, ReturnRecord,
};
use crate::schema;
use crate::walk::walk;
use apache_avro::Schema;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::schema::ResolvedSchema;
use apache_avro::writer::datum::GenericDatumWriter;
use domain::account::{Account, Order, Period, Standing};
use domain::activity::Remembered;
use domain::command::Command;
use domain::debt::Debt;
use domain::entry::Entry;
use domain::event::{Notice, OutcomeRecord, RedemptionDecision, TierChange};
use domain::links::{Line, LinePeriod, Links};
use domain::lot::Lot;
use domain::moved::Moved;
use domain::profile::{Known, Profile};
use domain::purchase::Purchase;
use domain::redemption::Redemption;
use domain::row::{Parked, Route, Seen};
use domain::upcoming::Upcoming;
use serde::{Deserialize, Serialize};
use std::fmt::Debug;

const SEEDS: u64 = 300;

/// Calls `$check::<Type>("schema")` for every schema there is.
macro_rules! every_type {
    ($check:ident) => {{
        $check::<ActivityRecord<'_>>("activity");
        $check::<AdjustmentRecord<'_>>("adjustment");
        $check::<CardRecord<'_>>("card");
        $check::<Line>("card_line");
        $check::<Command>("command");
        $check::<DeadLetterRecord>("dead_letter");
        $check::<DeadLetterReplay>("dead_letter_replay");
        $check::<PartnerState>("partner_state");
        $check::<IdentityRecord>("identity");
        $check::<Entry>("entry");
        $check::<InstructionDatum>("instruction");
        $check::<Known>("known");
        $check::<LinePeriod>("line_period");
        $check::<Links>("links");
        $check::<Moved>("move_in");
        $check::<Notice>("notification_request");
        $check::<Order>("order");
        $check::<OutcomeRecord>("outcome");
        $check::<Period>("period");
        $check::<Profile>("profile");
        $check::<ProgrammeDatum>("programme_version");
        $check::<PurchaseRecord<'_>>("purchase");
        $check::<RedemptionRecord<'_>>("redemption");
        $check::<RedemptionDecision>("redemption_decision");
        $check::<Remembered>("remembered");
        $check::<ReturnRecord<'_>>("return");
        $check::<Account>("row_account");
        $check::<Debt>("row_debt");
        $check::<Lot>("row_lot");
        $check::<Parked>("row_parked");
        $check::<Purchase>("row_purchase");
        $check::<Redemption>("row_redemption");
        $check::<Route>("row_route");
        $check::<Seen>("row_seen");
        $check::<Standing>("standing");
        $check::<TierChange>("tier_change");
        $check::<Upcoming>("upcoming");
        $check::<WalDatum>("wal");
    }};
}

fn bytes_of<T: Serialize>(value: &T) -> Vec<u8> {
    let mut bytes = Vec::new();
    avro::write(value, &mut bytes).unwrap();
    bytes
}

/// What another Avro library makes of the bytes, and the bytes it makes of that.
fn through_apache(schema: &Schema, bytes: &[u8]) -> Vec<u8> {
    let mut rest = bytes;
    let value = GenericDatumReader::builder(schema).build().unwrap().read_value(&mut rest).unwrap();
    assert!(rest.is_empty(), "{} bytes left", rest.len());
    GenericDatumWriter::builder(schema).build().unwrap().write_value_to_vec(value).unwrap()
}

/// Leaks, so that what is read may borrow for as long as it likes. Tests only.
fn kept(bytes: Vec<u8>) -> &'static [u8] {
    Vec::leak(bytes)
}

fn returns<T: Deserialize<'static> + Serialize + PartialEq + Debug>(name: &'static str) {
    let schema = schema::parsed(name).unwrap();
    for seed in 0..SEEDS {
        let value: T = probe::value(&schema, seed);
        let bytes = kept(bytes_of(&value));
        assert_eq!(through_apache(&schema, bytes), bytes, "{name}, seed {seed}: {value:?}");
        assert_eq!(avro::read::<T>(bytes).unwrap(), value, "{name}, seed {seed}");
    }
}

#[test]
fn every_value_returns_and_another_library_reads_the_same() {
    every_type!(returns);
}

fn whole_only<T: Deserialize<'static> + Serialize + PartialEq + Debug>(name: &'static str) {
    let schema = schema::parsed(name).unwrap();
    let resolved = ResolvedSchema::try_from(&schema).unwrap();
    for seed in 0..8 {
        let mut bytes = bytes_of(&probe::value::<T>(&schema, seed));
        bytes.push(0);
        let longer = kept(bytes);
        let whole = longer.len() - 1;
        assert!(walk(&schema, resolved.get_names(), &longer[..whole]).is_ok(), "{name}, seed {seed}");
        assert!(avro::read::<T>(longer).is_err(), "{name}, seed {seed}: a byte too many was accepted");
        assert!(walk(&schema, resolved.get_names(), longer).is_err(), "{name}, seed {seed}: walked too far");
        for cut in 0..whole {
            let short = &longer[..cut];
            assert!(avro::read::<T>(short).is_err(), "{name}, seed {seed}: accepted {cut} of {whole} bytes");
            assert!(walk(&schema, resolved.get_names(), short).is_err(), "{name}, seed {seed}: walked {cut}");
        }
    }
}

#[test]
fn a_datum_cut_short_or_followed_by_a_byte_is_refused() {
    every_type!(whole_only);
}

fn survives<T: Deserialize<'static> + Serialize + PartialEq + Debug>(name: &'static str) {
    let schema = schema::parsed(name).unwrap();
    let resolved = ResolvedSchema::try_from(&schema).unwrap();
    for seed in 0..40 {
        let bytes = bytes_of(&probe::value::<T>(&schema, seed));
        // Each is kept for ever: of a large datum some.
        for place in (0..bytes.len()).step_by(1 + bytes.len() / 4_000) {
            let mut broken = bytes.clone();
            broken[place] ^= 1 << (seed % 8);
            // Whatever it says, it says it soon, without a panic; and what we read, the walker walks.
            let broken = kept(broken);
            let walked = walk(&schema, resolved.get_names(), broken).is_ok();
            assert!(avro::read::<T>(broken).is_err() || walked, "{name}, seed {seed}, byte {place}");
        }
    }
}

#[test]
fn a_flipped_bit_never_panics_nor_makes_more_of_the_datum_than_there_is() {
    every_type!(survives);
}

fn example<T: Deserialize<'static> + Serialize + PartialEq + Debug>(name: &'static str) {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../schemas/examples");
    let path = format!("{folder}/{name}.json");
    let text = std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{path}: {error}"));
    let text: &'static str = String::leak(text);
    let value: T = serde_json::from_str(text).unwrap_or_else(|error| panic!("{path}: {error}"));
    let schema = schema::parsed(name).unwrap();
    let bytes = kept(bytes_of(&value));
    assert_eq!(through_apache(&schema, bytes), bytes, "{path}");
    assert_eq!(avro::read::<T>(bytes).unwrap(), value, "{path}");
    let given: serde_json::Value = serde_json::from_str(text).unwrap();
    assert_eq!(serde_json::to_value(&value).unwrap(), given, "{path}: what is read and what is written");
}

#[test]
fn every_schema_has_an_example_that_it_holds() {
    every_type!(example);
}

#[test]
fn every_schema_is_in_this_table() {
    let table = include_str!("conformance.rs");
    for (name, _) in schema::FILES {
        assert!(table.contains(&format!(">(\"{name}\");")), "{name}: no type is checked against it");
    }
}
