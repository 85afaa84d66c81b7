//! Walks a datum along any schema, ours or a partner's, and says where it ends. Makes no value.
//!
//! Goes before `apache-avro` wherever that reads a foreign datum: its value reader takes some datums that end
//! too early for whole ones, and believes lengths. What was walked ends where it should and holds no length
//! that its bytes do not cover.

use crate::avro::DatumError;
use apache_avro::Schema;
use apache_avro::schema::{InnerDecimalSchema, Name, UuidSchema};
use std::collections::HashMap;

/// How deep records may nest: partners' schemas may be recursive.
const DEPTH: usize = 64;
/// How many values a datum may hold, so that items of no bytes cannot stand in their millions.
const VALUES: usize = 1_000_000;

/// Checks that `datum` is one value of `schema`, to the byte.
///
/// # Errors
/// Where it is not, or is beyond the limits.
pub fn walk(schema: &Schema, names: &HashMap<Name, &Schema>, datum: &[u8]) -> Result<(), DatumError> {
    let mut walker = Walker { names, datum, at: 0, values: 0 };
    walker.value(schema, 0)?;
    match datum.len() - walker.at {
        0 => Ok(()),
        left => Err(DatumError::Trailing { at: walker.at, left }),
    }
}

struct Walker<'a> {
    names: &'a HashMap<Name, &'a Schema>,
    datum: &'a [u8],
    at: usize,
    values: usize,
}

impl Walker<'_> {
    fn value(&mut self, schema: &Schema, depth: usize) -> Result<(), DatumError> {
        self.values += 1;
        if depth > DEPTH || self.values > VALUES {
            let limits = format!("expected at most {DEPTH} levels and {VALUES} values, found more");
            return Err(DatumError::Value(format!("{limits} at byte {}", self.at)));
        }
        match schema {
            Schema::Null => Ok(()),
            Schema::Boolean => self.skip(1, "a boolean"),
            Schema::Float => self.skip(4, "a float"),
            Schema::Double => self.skip(8, "a double"),
            Schema::Duration(_) => self.skip(12, "a duration"),
            Schema::Fixed(fixed) => self.skip(fixed.size, "a fixed"),
            Schema::Uuid(UuidSchema::Fixed(fixed)) => self.skip(fixed.size, "a fixed"),
            Schema::Decimal(decimal) => match &decimal.inner {
                InnerDecimalSchema::Bytes => self.bytes(),
                InnerDecimalSchema::Fixed(fixed) => self.skip(fixed.size, "a fixed"),
            },
            Schema::Bytes | Schema::String | Schema::BigDecimal => self.bytes(),
            Schema::Uuid(UuidSchema::String | UuidSchema::Bytes) => self.bytes(),
            Schema::Array(array) => self.blocks(|walker| walker.value(&array.items, depth + 1)),
            Schema::Map(map) => self.blocks(|walker| {
                walker.bytes()?;
                walker.value(&map.types, depth + 1)
            }),
            Schema::Union(union) => {
                let branch = self.place(union.variants().len())?;
                self.value(&union.variants()[branch], depth + 1)
            }
            Schema::Enum(symbols) => self.place(symbols.symbols.len()).map(|_| ()),
            Schema::Record(record) => {
                record.fields.iter().try_for_each(|field| self.value(&field.schema, depth + 1))
            }
            Schema::Ref { name } => match self.names.get(name) {
                Some(named) => self.value(named, depth + 1),
                None => Err(DatumError::Value(format!("expected a definition of {name}, found none"))),
            },
            _ => self.long("a number").map(|_| ()),
        }
    }

    fn long(&mut self, expected: &'static str) -> Result<i64, DatumError> {
        let begin = self.at;
        let mut value = 0_u64;
        for shift in (0..70).step_by(7) {
            let byte = *self.datum.get(self.at).ok_or(DatumError::Truncated { expected, at: self.at })?;
            self.at += 1;
            if shift == 63 && byte > 1 {
                break;
            }
            value |= u64::from(byte & 0x7f) << shift;
            if byte <= 0x7f {
                return Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
            }
        }
        Err(DatumError::Value(format!("expected {expected} of 64 bits at byte {begin}, found more")))
    }

    fn skip(&mut self, length: usize, expected: &'static str) -> Result<(), DatumError> {
        if self.datum.len() - self.at < length {
            return Err(DatumError::Truncated { expected, at: self.at });
        }
        self.at += length;
        Ok(())
    }

    fn bytes(&mut self) -> Result<(), DatumError> {
        let at = self.at;
        let found = self.long("a length")?;
        let length = usize::try_from(found);
        let expected = "a length of 0 or more";
        self.skip(length.map_err(|_| DatumError::Range { expected, at, found })?, "text or bytes")
    }

    fn place(&mut self, places: usize) -> Result<usize, DatumError> {
        let at = self.at;
        let found = self.long("a place")?;
        let place = usize::try_from(found).ok().filter(|place| *place < places);
        place.ok_or(DatumError::Range { expected: "a place of the enum or union", at, found })
    }

    fn blocks(
        &mut self,
        mut item: impl FnMut(&mut Self) -> Result<(), DatumError>,
    ) -> Result<(), DatumError> {
        loop {
            let count = self.long("the length of a block")?;
            if count == 0 {
                return Ok(());
            }
            if count < 0 {
                self.long("the bytes of a block")?;
            }
            (0..count.unsigned_abs()).try_for_each(|_| item(self))?;
        }
    }
}
