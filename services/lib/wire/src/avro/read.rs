//! Reads a datum, borrowing text from it. Never reads behind its end and allocates nothing a length alone
//! asks for.

use super::error::DatumError;
use serde::de::{DeserializeSeed, Deserializer, EnumAccess, SeqAccess, VariantAccess, Visitor};

/// The size of every fixed: our ids and digests.
pub(super) const FIXED: usize = 16;

/// A place in a datum.
pub(super) struct Reader<'de> {
    whole: &'de [u8],
    at: usize,
}

impl<'de> Reader<'de> {
    pub(super) const fn new(whole: &'de [u8]) -> Self {
        Self { whole, at: 0 }
    }

    pub(super) const fn finish(&self) -> Result<(), DatumError> {
        let left = self.whole.len() - self.at;
        if left > 0 { Err(DatumError::Trailing { at: self.at, left }) } else { Ok(()) }
    }

    fn byte(&mut self, expected: &'static str) -> Result<u8, DatumError> {
        let byte = *self.whole.get(self.at).ok_or(DatumError::Truncated { expected, at: self.at })?;
        self.at += 1;
        Ok(byte)
    }

    fn long(&mut self, expected: &'static str) -> Result<i64, DatumError> {
        let first = self.byte(expected)?;
        let mut value = u64::from(first & 0x7f);
        if first > 0x7f {
            let at = self.at - 1;
            let mut shift = 7;
            loop {
                let byte = self.byte(expected)?;
                if shift == 63 && byte > 1 {
                    return Err(DatumError::Range {
                        expected: "a number of 64 bits",
                        at,
                        found: byte.into(),
                    });
                }
                value |= u64::from(byte & 0x7f) << shift;
                if byte <= 0x7f {
                    break;
                }
                shift += 7;
            }
        }
        Ok((value >> 1).cast_signed() ^ -(value & 1).cast_signed())
    }

    fn int(&mut self) -> Result<i32, DatumError> {
        let at = self.at;
        let found = self.long("an int")?;
        i32::try_from(found).map_err(|_| DatumError::Range { expected: "a number of 32 bits", at, found })
    }

    fn take(&mut self, length: usize, expected: &'static str) -> Result<&'de [u8], DatumError> {
        let taken = self.whole[self.at..].get(..length);
        let taken = taken.ok_or(DatumError::Truncated { expected, at: self.at })?;
        self.at += length;
        Ok(taken)
    }

    fn with_length(&mut self, expected: &'static str) -> Result<&'de [u8], DatumError> {
        let at = self.at;
        let found = self.long(expected)?;
        let length = usize::try_from(found).map_err(|_| DatumError::Range {
            expected: "a length of 0 or more",
            at,
            found,
        })?;
        self.take(length, expected)
    }

    fn text(&mut self) -> Result<&'de str, DatumError> {
        let bytes = self.with_length("a text")?;
        let at = self.at - bytes.len();
        std::str::from_utf8(bytes).map_err(|_| DatumError::Text { at })
    }

    /// Items of the next block of an array, 0 at its end. A negative count is followed by the block's bytes.
    fn block(&mut self) -> Result<usize, DatumError> {
        let at = self.at;
        let count = self.long("the length of a block")?;
        if count < 0 {
            self.long("the bytes of a block")?;
        }
        let items = usize::try_from(count.unsigned_abs()).ok();
        // No item here is empty, so there are never more of them than bytes.
        let items = items.filter(|items| *items <= self.whole.len() - self.at);
        items.ok_or(DatumError::Range { expected: "no more items than bytes are left", at, found: count })
    }
}

macro_rules! refuse {
    ($($method:ident),* $(,)?) => {$(
        fn $method<V: Visitor<'de>>(self, _: V) -> Result<V::Value, DatumError> {
            Err(DatumError::Value(concat!("expected a type of the Avro mapping, found ", stringify!($method)).into()))
        }
    )*};
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = DatumError;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DatumError> {
        match self.byte("a boolean")? {
            0 => visitor.visit_bool(false),
            1 => visitor.visit_bool(true),
            other => {
                let at = self.at - 1;
                Err(DatumError::Range { expected: "a boolean, 0 or 1,", at, found: other.into() })
            }
        }
    }

    fn deserialize_i32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DatumError> {
        visitor.visit_i32(self.int()?)
    }

    fn deserialize_i64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DatumError> {
        visitor.visit_i64(self.long("a long")?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DatumError> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DatumError> {
        visitor.visit_borrowed_str(self.text()?)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DatumError> {
        visitor.visit_borrowed_bytes(self.take(FIXED, "sixteen bytes")?)
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DatumError> {
        visitor.visit_borrowed_bytes(self.with_length("bytes")?)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DatumError> {
        match self.byte("null or a value")? {
            0 => visitor.visit_none(),
            2 => visitor.visit_some(self),
            other => {
                let at = self.at - 1;
                Err(DatumError::Range { expected: "null or a value, 0 or 2,", at, found: other.into() })
            }
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DatumError> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DatumError> {
        let left = self.block()?;
        visitor.visit_seq(Items { reader: self, left })
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DatumError> {
        visitor.visit_seq(Fields { reader: self, left: fields.len() })
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DatumError> {
        visitor.visit_enum(Variant { reader: self })
    }

    fn deserialize_identifier<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, DatumError> {
        let at = self.at;
        let found = self.long("the place of a variant")?;
        // Place 0 is null, or the symbol `unknown`: something a later version says, and this one cannot read.
        let place = u32::try_from(found).ok().and_then(|place| place.checked_sub(1));
        let expected = "a variant this version knows, 1 or above,";
        visitor.visit_u32(place.ok_or(DatumError::Range { expected, at, found })?)
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
        deserialize_ignored_any,
    );

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, DatumError> {
        visitor.visit_unit()
    }

    fn deserialize_tuple<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, DatumError> {
        visitor.visit_seq(Fields { reader: self, left: length })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        length: usize,
        visitor: V,
    ) -> Result<V::Value, DatumError> {
        self.deserialize_tuple(length, visitor)
    }
}

/// The items of an array.
struct Items<'r, 'de> {
    reader: &'r mut Reader<'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Items<'_, 'de> {
    type Error = DatumError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DatumError> {
        if self.left == 0 {
            return Ok(None);
        }
        let item = seed.deserialize(&mut *self.reader)?;
        self.left -= 1;
        if self.left == 0 {
            self.left = self.reader.block()?;
        }
        Ok(Some(item))
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

/// The fields of a record, in the schema's order.
struct Fields<'r, 'de> {
    reader: &'r mut Reader<'de>,
    left: usize,
}

impl<'de> SeqAccess<'de> for Fields<'_, 'de> {
    type Error = DatumError;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, DatumError> {
        if self.left == 0 {
            return Ok(None);
        }
        self.left -= 1;
        seed.deserialize(&mut *self.reader).map(Some)
    }

    fn size_hint(&self) -> Option<usize> {
        Some(self.left)
    }
}

/// A symbol of an enum, or a branch of a union.
struct Variant<'r, 'de> {
    reader: &'r mut Reader<'de>,
}

impl<'de> EnumAccess<'de> for Variant<'_, 'de> {
    type Error = DatumError;
    type Variant = Self;

    fn variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<(T::Value, Self), DatumError> {
        let place = seed.deserialize(&mut *self.reader)?;
        Ok((place, self))
    }
}

impl<'de> VariantAccess<'de> for Variant<'_, 'de> {
    type Error = DatumError;

    fn unit_variant(self) -> Result<(), DatumError> {
        Ok(())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, DatumError> {
        seed.deserialize(self.reader)
    }

    fn tuple_variant<V: Visitor<'de>>(self, length: usize, visitor: V) -> Result<V::Value, DatumError> {
        self.reader.deserialize_tuple(length, visitor)
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, DatumError> {
        self.reader.deserialize_struct("", fields, visitor)
    }
}
