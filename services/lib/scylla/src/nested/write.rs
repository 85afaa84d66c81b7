//! Postcard of a value as older builds read it: without the fields they do not know, if those say nothing.

use super::format::{OLDER, fields, has_variant};
use postcard::ser_flavors::Flavor;
use postcard::{Error, Result};
use serde::Serialize;
use serde::ser::{self, Serializer};

/// `value` with its format byte; `None` where it says something that format 1 has no place for.
pub(super) fn write<T: Serialize>(value: &T) -> Result<Option<Vec<u8>>> {
    let mut output = Bytes(Vec::with_capacity(MOST));
    output.0.push(OLDER);
    let mut writer = Writer { postcard: postcard::Serializer { output }, newer: false };
    match value.serialize(&mut writer) {
        Ok(()) => Ok(Some(writer.postcard.output.0)),
        Err(_) if writer.newer => Ok(None),
        Err(error) => Err(error),
    }
}

/// Bytes that most parts need less than: room for them at once costs less than growing to it.
const MOST: usize = 256;

/// What was written so far.
struct Bytes(Vec<u8>);

impl Flavor for Bytes {
    type Output = Vec<u8>;

    #[inline]
    fn try_push(&mut self, byte: u8) -> Result<()> {
        self.0.push(byte);
        Ok(())
    }

    #[inline]
    fn try_extend(&mut self, bytes: &[u8]) -> Result<()> {
        self.0.extend_from_slice(bytes);
        Ok(())
    }

    fn finalize(self) -> Result<Vec<u8>> {
        Ok(self.0)
    }
}

struct Writer {
    postcard: postcard::Serializer<Bytes>,
    /// Whether the value said something that format 1 has no place for; then it is written no further.
    newer: bool,
}

impl Writer {
    /// Writes nothing for a field that says nothing.
    fn leave_out<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<()> {
        let start = self.postcard.output.0.len();
        value.serialize(&mut *self)?;
        let written = &mut self.postcard.output.0;
        if written[start..].iter().any(|byte| *byte != 0) {
            return self.newer();
        }
        written.truncate(start);
        Ok(())
    }

    #[inline]
    fn variant(&mut self, name: &'static str, index: u32, variant: &'static str) -> Result<()> {
        if has_variant(name, index) {
            self.postcard.serialize_unit_variant(name, index, variant)
        } else {
            self.newer()
        }
    }

    #[cold]
    fn newer(&mut self) -> Result<()> {
        self.newer = true;
        Err(Error::SerdeSerCustom)
    }
}

/// The fields of a struct that are still to come in format 1.
struct Fields<'a> {
    writer: &'a mut Writer,
    left: usize,
}

macro_rules! scalars {
    ($($method:ident: $type:ty,)*) => {
        $(
            #[inline]
            fn $method(self, value: $type) -> Result<()> {
                self.postcard.$method(value)
            }
        )*
    };
}

// What has parts gives each of them to this writer. Postcard writes nothing at the end of anything.
impl<'a> Serializer for &'a mut Writer {
    type Ok = ();
    type Error = Error;
    type SerializeSeq = Self;
    type SerializeTuple = Self;
    type SerializeTupleStruct = Self;
    type SerializeTupleVariant = Self;
    type SerializeMap = Self;
    type SerializeStruct = Fields<'a>;
    type SerializeStructVariant = Self;

    scalars! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_u128: u128, serialize_f32: f32, serialize_f64: f64, serialize_char: char,
        serialize_str: &str, serialize_bytes: &[u8],
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    #[inline]
    fn serialize_none(self) -> Result<()> {
        self.postcard.serialize_none()
    }

    #[inline]
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<()> {
        self.postcard.serialize_some(&())?;
        value.serialize(self)
    }

    fn serialize_unit(self) -> Result<()> {
        Ok(())
    }

    fn serialize_unit_struct(self, _: &'static str) -> Result<()> {
        Ok(())
    }

    #[inline]
    fn serialize_unit_variant(self, name: &'static str, index: u32, variant: &'static str) -> Result<()> {
        self.variant(name, index, variant)
    }

    #[inline]
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Result<()> {
        value.serialize(self)
    }

    #[inline]
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        value: &T,
    ) -> Result<()> {
        self.variant(name, index, variant)?;
        value.serialize(self)
    }

    #[inline]
    fn serialize_seq(self, length: Option<usize>) -> Result<Self> {
        self.postcard.serialize_seq(length)?;
        Ok(self)
    }

    #[inline]
    fn serialize_tuple(self, _: usize) -> Result<Self> {
        Ok(self)
    }

    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> Result<Self> {
        Ok(self)
    }

    fn serialize_tuple_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self> {
        self.variant(name, index, variant)?;
        Ok(self)
    }

    fn serialize_map(self, length: Option<usize>) -> Result<Self> {
        self.postcard.serialize_map(length)?;
        Ok(self)
    }

    #[inline]
    fn serialize_struct(self, name: &'static str, _: usize) -> Result<Fields<'a>> {
        Ok(Fields { left: fields(name), writer: self })
    }

    #[inline]
    fn serialize_struct_variant(
        self,
        name: &'static str,
        index: u32,
        variant: &'static str,
        _: usize,
    ) -> Result<Self> {
        self.variant(name, index, variant)?;
        Ok(self)
    }
}

macro_rules! parts {
    ($($trait:ident { $($method:ident $(, $key:ty)?;)* })*) => {
        $(
            impl ser::$trait for &mut Writer {
                type Ok = ();
                type Error = Error;

                $(
                    #[inline]
                    fn $method<T: Serialize + ?Sized>(&mut self, $(_: $key,)? value: &T) -> Result<()> {
                        value.serialize(&mut **self)
                    }
                )*

                #[inline]
                fn end(self) -> Result<()> {
                    Ok(())
                }
            }
        )*
    };
}

parts! {
    SerializeSeq { serialize_element; }
    SerializeTuple { serialize_element; }
    SerializeTupleStruct { serialize_field; }
    SerializeTupleVariant { serialize_field; }
    SerializeMap { serialize_key; serialize_value; }
    SerializeStructVariant { serialize_field, &'static str; }
}

impl ser::SerializeStruct for Fields<'_> {
    type Ok = ();
    type Error = Error;

    #[inline]
    fn serialize_field<T: Serialize + ?Sized>(&mut self, _: &'static str, value: &T) -> Result<()> {
        let Some(left) = self.left.checked_sub(1) else { return self.writer.leave_out(value) };
        self.left = left;
        value.serialize(&mut *self.writer)
    }

    #[inline]
    fn end(self) -> Result<()> {
        Ok(())
    }
}
