//! Avro's binary encoding straight from and to our types: a datum's bytes, no value tree in between.
//!
//! Avro writes no names: a record is its fields in order, an enum or a union its place and, for a union,
//! the branch. So a serde type whose fields stand in the order of its schema needs no schema at run time.
//! That the orders agree is not believed but tested: every type's bytes are read back by `apache-avro`
//! under the published schema. A datum written under another schema goes through [`crate::resolve`] first.
//!
//! The rules of the mapping, the same for every type of this crate:
//! - place 0 of every enum and of every union is what this version never writes: the symbol `unknown` (the
//!   enum's default, so that symbols can be added later) or null. Variants follow from place 1 on, and
//!   `Option` falls out of the same rule: null, then the value;
//! - `serialize_bytes` is a fixed of sixteen bytes (our ids and digests), [`bytes`] is Avro `bytes`;
//! - no maps, floats or unsigned numbers: no schema here has them.
//!
//! Every read is bounded by the datum: a length beyond its end is refused before anything is allocated, and
//! what is left over at the end is an error.

pub mod bytes;
mod error;
mod read;
mod write;

pub use error::DatumError;
use serde::{Deserialize, Serialize};

/// Appends `value` as a datum.
///
/// # Errors
/// A type outside the mapping above: a bug of this crate, found by its tests.
pub fn write<T: Serialize + ?Sized>(value: &T, out: &mut Vec<u8>) -> Result<(), DatumError> {
    value.serialize(&mut write::Writer::new(out))
}

/// Reads a datum that has to be the whole of `bytes`; text and bytes may be borrowed from it.
///
/// # Errors
/// Bytes that end too early, are left over, or do not fit the type.
pub fn read<'de, T: Deserialize<'de>>(bytes: &'de [u8]) -> Result<T, DatumError> {
    let mut reader = read::Reader::new(bytes);
    let value = T::deserialize(&mut reader)?;
    reader.finish()?;
    Ok(value)
}
