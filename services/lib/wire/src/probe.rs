//! Test tool: makes a value of any type from nothing but a schema, and fails where the two disagree, be it in
//! a field's name, its place or its type. Values are random, extremes among them, the same for each seed.

use apache_avro::Schema;
use apache_avro::schema::{Name, ResolvedSchema, UuidSchema};
use serde::Deserialize;
use serde::de::value::U32Deserializer;
use serde::de::{
    self, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, SeqAccess, VariantAccess, Visitor,
};
use std::collections::HashMap;

type Error = de::value::Error;

/// A value of `T` that `schema` holds.
pub(crate) fn value<'de, T: Deserialize<'de>>(schema: &Schema, seed: u64) -> T {
    let resolved = ResolvedSchema::try_from(schema).unwrap();
    let mut dice = Dice(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let probe = Probe { schema, names: resolved.get_names(), dice: &mut dice, at: String::new() };
    T::deserialize(probe).unwrap_or_else(|error| panic!("seed {seed}: {error}"))
}

/// Xorshift: the same throws for the same seed.
struct Dice(u64);

impl Dice {
    fn throw(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.throw() >> 11) as usize % limit
    }

    fn number(&mut self, smallest: i64, largest: i64) -> i64 {
        match self.below(6) {
            0 => smallest,
            1 => largest,
            2 => 0,
            3 => (self.throw() as i64 % 200).clamp(smallest, largest),
            _ => (self.throw() as i64 >> self.below(40)).clamp(smallest, largest),
        }
    }

    fn text(&mut self) -> String {
        const TEXTS: [&str; 6] = ["", "a", "shop:member:1", "Велопробег", "\u{0}\"\\\u{10ffff}", "points"];
        match self.below(8) {
            6 => "x".repeat(self.below(300)),
            7 => "ю".repeat(self.below(100)),
            place => TEXTS[place].to_owned(),
        }
    }

    fn bytes(&mut self, length: usize) -> Vec<u8> {
        (0..length).map(|_| self.throw() as u8).collect()
    }
}

struct Probe<'p> {
    schema: &'p Schema,
    names: &'p HashMap<Name, &'p Schema>,
    dice: &'p mut Dice,
    at: String,
}

impl<'p> Probe<'p> {
    fn schema(&self) -> &'p Schema {
        match self.schema {
            Schema::Ref { name } => self.names[name],
            schema => schema,
        }
    }

    fn expect(&self, holds: bool, asked: &str) {
        assert!(holds, "{}: the type asks for {asked}, the schema has {:?}", self.at, self.schema());
    }

    fn part<'q>(&'q mut self, schema: &'q Schema, name: &str) -> Probe<'q>
    where
        'p: 'q,
    {
        Probe { schema, names: self.names, dice: self.dice, at: format!("{}/{name}", self.at) }
    }

    fn fields(&self, asked: &str) -> &'p [apache_avro::schema::RecordField] {
        match self.schema() {
            Schema::Record(record) => &record.fields,
            other => panic!("{}: the type asks for {asked}, the schema has {other:?}", self.at),
        }
    }
}

fn is_long(schema: &Schema) -> bool {
    matches!(schema, Schema::Long | Schema::TimestampMillis)
}

macro_rules! refuse {
    ($($method:ident),* $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, Error> {
            panic!("{}: {} is not in the mapping", self.at, stringify!($method))
        }
    )*};
}

impl<'de> Deserializer<'de> for Probe<'_> {
    type Error = Error;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.expect(matches!(self.schema(), Schema::Boolean), "a boolean");
        visitor.visit_bool(self.dice.below(2) == 0)
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.expect(matches!(self.schema(), Schema::Int), "an int");
        let number = self.dice.number(i64::from(i32::MIN), i64::from(i32::MAX));
        visitor.visit_i32(i32::try_from(number).unwrap())
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.expect(is_long(self.schema()), "a long");
        visitor.visit_i64(self.dice.number(i64::MIN, i64::MAX))
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.deserialize_string(visitor)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        self.expect(matches!(self.schema(), Schema::String), "a string");
        visitor.visit_string(self.dice.text())
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let size = match self.schema() {
            Schema::Fixed(fixed) | Schema::Uuid(UuidSchema::Fixed(fixed)) => fixed.size,
            other => panic!("{}: the type asks for sixteen bytes, the schema has {other:?}", self.at),
        };
        visitor.visit_bytes(&self.dice.bytes(size))
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        match self.schema() {
            Schema::Bytes => {
                let length = self.dice.below(300);
                visitor.visit_bytes(&self.dice.bytes(length))
            }
            Schema::Decimal(decimal) => {
                let largest = 10_i64.pow(u32::try_from(decimal.precision).unwrap()) - 1;
                visitor.visit_bytes(&self.dice.number(-largest, largest).to_be_bytes())
            }
            other => panic!("{}: the type asks for bytes, the schema has {other:?}", self.at),
        }
    }

    fn deserialize_option<V: Visitor<'de>>(mut self, visitor: V) -> Result<V::Value, Error> {
        let Schema::Union(union) = self.schema() else { panic!("{}: not a union", self.at) };
        self.expect(matches!(union.variants(), [Schema::Null, _]), "null and one more");
        if self.dice.below(3) == 0 {
            return visitor.visit_none();
        }
        visitor.visit_some(self.part(&union.variants()[1], "?"))
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &str, visitor: V) -> Result<V::Value, Error> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Error> {
        let Schema::Array(array) = self.schema() else { panic!("{}: not an array", self.at) };
        let left = self.dice.below(5);
        visitor.visit_seq(Parts { schemas: vec![("[]", &*array.items); left], probe: self, place: 0 })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let schemas: Vec<_> = self.fields(name).iter().map(|f| (f.name.as_str(), &f.schema)).collect();
        let names: Vec<_> = schemas.iter().map(|(name, _)| *name).collect();
        assert_eq!(fields, names, "{}: fields of {name}, and of its schema", self.at);
        visitor.visit_seq(Parts { schemas, probe: self, place: 0 })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        mut self,
        name: &str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        let schema = match self.schema() {
            // A record of one field is that field, to the byte.
            Schema::Record(record) if record.fields.len() == 1 => &record.fields[0].schema,
            schema => schema,
        };
        let place = self.dice.below(variants.len());
        let variant = u32::try_from(place).unwrap();
        match schema {
            Schema::Enum(symbols) => {
                assert_eq!(variants, &symbols.symbols[1..], "{}: variants of {name}", self.at);
                let place: U32Deserializer<Error> = variant.into_deserializer();
                visitor.visit_enum(place)
            }
            Schema::Union(union) => {
                let branches = &union.variants()[1..];
                assert_eq!(branches.len(), variants.len(), "{}: variants of {name}", self.at);
                let branch = match &branches[place] {
                    Schema::Ref { name } => name.name(),
                    branch => branch.name().unwrap().name(),
                };
                assert!(branch.contains(variants[place]), "{}: {} and {branch}", self.at, variants[place]);
                visitor.visit_enum(Variant { variant, probe: self.part(&branches[place], variants[place]) })
            }
            other => panic!("{}: the type asks for {name}, the schema has {other:?}", self.at),
        }
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        let schemas: Vec<_> = self.fields("a tuple").iter().map(|f| (f.name.as_str(), &f.schema)).collect();
        assert_eq!(schemas.len(), length, "{}: fields", self.at);
        visitor.visit_seq(Parts { schemas, probe: self, place: 0 })
    }

    refuse!(
        deserialize_any,
        deserialize_i8,
        deserialize_i16,
        deserialize_u8,
        deserialize_u16,
        deserialize_u32,
        deserialize_u64,
        deserialize_f32,
        deserialize_f64,
        deserialize_char,
        deserialize_unit,
        deserialize_map,
        deserialize_identifier,
        deserialize_ignored_any,
    );

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, _: V) -> Result<V::Value, Error> {
        panic!("{}: a unit struct is not in the mapping", self.at)
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &str,
        length: usize,
        v: V,
    ) -> Result<V::Value, Error> {
        self.deserialize_tuple(length, v)
    }
}

struct Parts<'p> {
    schemas: Vec<(&'p str, &'p Schema)>,
    probe: Probe<'p>,
    place: usize,
}

impl<'de> SeqAccess<'de> for Parts<'_> {
    type Error = Error;

    fn next_element_seed<T: DeserializeSeed<'de>>(&mut self, seed: T) -> Result<Option<T::Value>, Error> {
        let Some((name, schema)) = self.schemas.get(self.place).copied() else { return Ok(None) };
        self.place += 1;
        seed.deserialize(self.probe.part(schema, name)).map(Some)
    }
}

struct Variant<'p> {
    variant: u32,
    probe: Probe<'p>,
}

impl<'de> EnumAccess<'de> for Variant<'_> {
    type Error = Error;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), Error> {
        let place: U32Deserializer<Error> = self.variant.into_deserializer();
        Ok((seed.deserialize(place)?, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_> {
    type Error = Error;

    fn unit_variant(self) -> Result<(), Error> {
        assert!(self.probe.fields("nothing").is_empty(), "{}: a variant without fields", self.probe.at);
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Error> {
        seed.deserialize(self.probe)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, Error> {
        self.probe.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        f: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Error> {
        self.probe.deserialize_struct("a variant", f, visitor)
    }
}
