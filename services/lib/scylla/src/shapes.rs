//! What every nested part is made of, found by walking its types: the table of formats fits all of it.
//!
//! Fields and variants go by position, and serde names a type without its module. So no two types of one name may
//! differ, and whatever a type gains has an entry in the table (deploy/cql/README.md).

use crate::nested::format::{FIELDS, VARIANTS};
use domain::account::{Balance, Order, Period, SpendBucket, Waiting};
use domain::activity::{Attribute, Remembered};
use domain::command::Command;
use domain::debt::DebtId;
use domain::links::Links;
use domain::outcome::Outcome;
use domain::profile::{Known, Profile};
use domain::purchase::{PurchaseGrant, PurchaseLine};
use domain::reach::Reached;
use domain::redemption::Draw;
use serde::Deserialize;
use serde::de::value::{Error, U32Deserializer};
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, SeqAccess, VariantAccess, Visitor,
};
use std::collections::{BTreeMap, BTreeSet};

/// Structs, and variants with fields of their own, of the last build that knew format 1 alone.
const STRUCTS: &[(&str, usize)] = &[
    ("Action::forgive", 2),
    ("Action::grant", 3),
    ("Action::merge", 1),
    ("Action::refuse", 1),
    ("Action::release", 1),
    ("Action::write_off", 2),
    ("Activity", 2),
    ("Adjustment", 3),
    ("Attribute", 3),
    ("Authorise", 3),
    ("Balance", 8),
    ("Binding", 4),
    ("Buckets", 8),
    ("Cancel", 1),
    ("Capture", 3),
    ("CardChange::bound", 1),
    ("CardChange::replaced", 1),
    ("CardNews", 1),
    ("Command", 8),
    ("Debt", 7),
    ("DebtId", 2),
    ("Draw", 3),
    ("Fact", 4),
    ("First", 5),
    ("Forwarded", 4),
    ("Line", 7),
    ("LinePeriod", 2),
    ("Links", 6),
    ("Lot", 16),
    ("LotId", 2),
    ("MergeIn", 3),
    ("Moved", 21),
    ("Occurrence", 3),
    ("Order", 4),
    ("Outcome", 7),
    ("OwedOut", 2),
    ("Period", 5),
    ("PeriodShare", 4),
    ("PointsTender", 4),
    ("Purchase", 12),
    ("PurchaseGrant", 4),
    ("PurchaseLine", 8),
    ("Rated", 9),
    ("Redemption", 11),
    ("Remembered", 3),
    ("Return", 2),
    ("ReturnLine", 2),
    ("Sale", 3),
    ("SaleLine", 5),
    ("Seen", 3),
    ("Source", 5),
    ("SpendBucket", 2),
    ("Standing", 5),
    ("Unlink", 1),
    ("Waiting", 3),
];

/// Its enums.
const ENUMS: &[(&str, usize)] = &[
    ("Action", 10),
    ("Body", 13),
    ("CardChange", 5),
    ("HoldState", 6),
    ("OutcomeKind", 7),
    ("RatedKind", 3),
    ("Reason", 56),
];

type Names = &'static [&'static str];

/// A deserializer without an input: one of each part, and each variant in turn.
#[derive(Default)]
struct Walk {
    structs: BTreeMap<String, BTreeSet<Names>>,
    enums: BTreeMap<&'static str, BTreeSet<Names>>,
    next: BTreeMap<&'static str, u32>,
}

impl Walk {
    fn of<'de, T: Deserialize<'de>>(mut self) -> Self {
        // More than any enum has variants, each of which may have some.
        for _ in 0..200 {
            T::deserialize(&mut self).map(drop).unwrap();
        }
        self
    }

    fn all() -> Self {
        let walk = Self::default().of::<Balance>().of::<SpendBucket>().of::<Order>().of::<Period>();
        let walk = walk.of::<DebtId>().of::<Waiting>().of::<Remembered>().of::<Links>().of::<Known>();
        let walk = walk.of::<Outcome>().of::<PurchaseLine>().of::<PurchaseGrant>().of::<Attribute>();
        walk.of::<Profile>().of::<Draw>().of::<Reached>().of::<Command>()
    }
}

impl<'de> Deserializer<'de> for &mut Walk {
    type Error = Error;

    serde::forward_to_deserialize_any! {
        i8 i16 i128 u8 u16 u32 u64 u128 f32 f64 char byte_buf unit unit_struct tuple tuple_struct map identifier
        ignored_any
    }

    fn deserialize_any<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
        Err(de::Error::custom("expected a part of a kind that nested parts have so far; walk this one too"))
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bool(false)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i32(1)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_i64(1)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str("")
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_str("")
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_bytes(&[0; 16])
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_some(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_seq(Parts { walk: self, left: 1 })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        fields: Names,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.structs.entry(name.to_owned()).or_default().insert(fields);
        visitor.visit_seq(Parts { walk: self, left: fields.len() })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        variants: Names,
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.enums.entry(name).or_default().insert(variants);
        let next = self.next.entry(name).or_default();
        let index = *next as usize % variants.len();
        *next += 1;
        visitor.visit_enum(Variant { walk: self, name, variant: variants[index], index: index as u32 })
    }
}

struct Parts<'a> {
    walk: &'a mut Walk,
    left: usize,
}

impl<'de> SeqAccess<'de> for Parts<'_> {
    type Error = Error;

    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>, Error> {
        let Some(left) = self.left.checked_sub(1) else { return Ok(None) };
        self.left = left;
        seed.deserialize(&mut *self.walk).map(Some)
    }
}

struct Variant<'a> {
    walk: &'a mut Walk,
    name: &'static str,
    variant: &'static str,
    index: u32,
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self), Error> {
        let index: U32Deserializer<Error> = self.index.into_deserializer();
        Ok((seed.deserialize(index)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        Ok(())
    }

    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Error> {
        seed.deserialize(self.walk)
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, _: V) -> Result<V::Value, Error> {
        Err(de::Error::custom(
            "expected a variant of a kind that nested parts have so far; walk this one too",
        ))
    }

    fn struct_variant<V: Visitor<'de>>(self, fields: Names, visitor: V) -> Result<V::Value, Error> {
        let name = format!("{}::{}", self.name, self.variant);
        self.walk.structs.entry(name).or_default().insert(fields);
        visitor.visit_seq(Parts { walk: self.walk, left: fields.len() })
    }
}

/// How many fields or variants `name` has today.
fn today<K: Ord + AsRef<str>>(found: &BTreeMap<K, BTreeSet<Names>>) -> BTreeMap<&str, usize> {
    found
        .iter()
        .map(|(name, shapes)| {
            assert_eq!(
                shapes.len(),
                1,
                "one shape of each name, or rename one: {} {shapes:?}",
                name.as_ref()
            );
            (name.as_ref(), shapes.first().unwrap().len())
        })
        .collect()
}

/// Whether `table` takes what is there today back to what was there in format 1.
fn fits(today: &BTreeMap<&str, usize>, table: &[(&str, usize)], format_1: &[(&str, usize)]) {
    let entries: BTreeMap<&str, usize> = table.iter().copied().collect();
    assert_eq!(entries.len(), table.len(), "one entry of each name");
    let gained = format_1.iter().filter(|(name, then)| today.get(name).is_none_or(|now| now != then));
    assert_eq!(entries, gained.copied().collect(), "what differs today from format 1");
    for (name, then) in table {
        assert!(today.get(name).is_some_and(|now| now > then), "{name} has more than {then} today");
    }
}

#[test]
fn the_table_of_formats_says_all_that_was_gained_since_format_1() {
    let walk = Walk::all();
    let (structs, enums) = (today(&walk.structs), today(&walk.enums));
    assert!(structs.keys().all(|name| !enums.contains_key(name)), "one shape of each name");
    fits(&structs, FIELDS, STRUCTS);
    fits(&enums, VARIANTS, ENUMS);
}
