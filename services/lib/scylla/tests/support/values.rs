//! Values that rows are made of, extremes on purpose: the ends of `i64`, empty and long names.

use domain::debt::DebtId;
use domain::purchase::Quantity;
use domain::{Digest, EventKey, LotId, Minor, Name, Points, Timestamp};
use proptest::prelude::*;

pub fn number() -> impl Strategy<Value = i64> {
    prop_oneof![Just(i64::MIN), Just(i64::MAX), Just(0), any::<i64>()]
}

pub fn int() -> impl Strategy<Value = i32> {
    prop_oneof![Just(i32::MIN), Just(i32::MAX), Just(0), any::<i32>()]
}

pub fn points() -> impl Strategy<Value = Points> {
    prop_oneof![Just(0), Just(i64::MAX), 0..=i64::MAX].prop_map(Points::at_least_zero)
}

pub fn instant() -> impl Strategy<Value = Timestamp> {
    number().prop_map(Timestamp)
}

pub fn name() -> impl Strategy<Value = Name> {
    prop_oneof![
        Just(Name::default()),
        Just(Name::from("напиток «Ёж» 🦔\0\n")),
        Just(Name::from("x".repeat(3_000))),
        "[a-z]{1,12}".prop_map(Name::from),
    ]
}

pub fn key() -> impl Strategy<Value = EventKey> {
    prop_oneof![Just(EventKey::NONE), any::<[u8; 16]>().prop_map(EventKey::from_bytes)]
}

pub fn minor() -> impl Strategy<Value = Minor> {
    number().prop_map(Minor)
}

pub fn quantity() -> impl Strategy<Value = Quantity> {
    number().prop_map(Quantity)
}

pub fn digest() -> impl Strategy<Value = Digest> {
    any::<[u8; 16]>().prop_map(Digest)
}

pub fn lot_id() -> impl Strategy<Value = LotId> {
    prop_oneof![Just(LotId::NONE), (int(), key()).prop_map(|(issued_month, key)| LotId { issued_month, key })]
}

pub fn debt_id() -> impl Strategy<Value = DebtId> {
    (key(), lot_id()).prop_map(|(redemption, lot)| DebtId { redemption, lot })
}
