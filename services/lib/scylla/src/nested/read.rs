//! Postcard of a value as older builds wrote it: fields they did not know say nothing.

use super::format::fields;
use postcard::de_flavors::Slice;
use postcard::{Error, Result};
use serde::Deserialize;
use serde::de::{
    self, DeserializeOwned, DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess,
    SeqAccess, VariantAccess, Visitor,
};

/// The value of `body`, which is what stands behind the format byte, and the bytes behind its end.
pub(super) fn read<T: DeserializeOwned>(body: &[u8]) -> Result<(T, &[u8])> {
    let mut reader = Reader { postcard: postcard::Deserializer::from_bytes(body) };
    let value = T::deserialize(&mut reader)?;
    Ok((value, reader.postcard.finalize()?))
}

/// What stands for a field that is not there. No field that says nothing needs more.
const NOTHING: &[u8] = &[0; 64];

struct Reader<'de> {
    postcard: postcard::Deserializer<'de, Slice<'de>>,
}

impl Reader<'_> {
    fn length(&mut self) -> Result<usize> {
        usize::deserialize(&mut self.postcard)
    }
}

macro_rules! scalars {
    ($($method:ident)*) => {
        $(
            #[inline]
            fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
                self.postcard.$method(visitor)
            }
        )*
    };
}

impl<'de> Deserializer<'de> for &mut Reader<'de> {
    type Error = Error;

    // The last three are what postcard refuses.
    scalars! {
        deserialize_bool deserialize_i8 deserialize_i16 deserialize_i32 deserialize_i64 deserialize_i128
        deserialize_u8 deserialize_u16 deserialize_u32 deserialize_u64 deserialize_u128 deserialize_f32
        deserialize_f64 deserialize_char deserialize_str deserialize_string deserialize_bytes
        deserialize_byte_buf deserialize_unit
        deserialize_any deserialize_identifier deserialize_ignored_any
    }

    fn is_human_readable(&self) -> bool {
        false
    }

    #[inline]
    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        match u8::deserialize(&mut self.postcard)? {
            0 => visitor.visit_none(),
            1 => visitor.visit_some(self),
            _ => Err(Error::DeserializeBadOption),
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_unit()
    }

    #[inline]
    fn deserialize_newtype_struct<V: Visitor<'de>>(self, _: &'static str, visitor: V) -> Result<V::Value> {
        visitor.visit_newtype_struct(self)
    }

    #[inline]
    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let there = self.length()?;
        visitor.visit_seq(Parts { reader: self, there, missing: 0 })
    }

    #[inline]
    fn deserialize_tuple<V: Visitor<'de>>(self, there: usize, visitor: V) -> Result<V::Value> {
        visitor.visit_seq(Parts { reader: self, there, missing: 0 })
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        there: usize,
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_tuple(there, visitor)
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value> {
        let there = self.length()?;
        visitor.visit_map(Parts { reader: self, there, missing: 0 })
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        all: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        let there = fields(name).min(all.len());
        visitor.visit_seq(Parts { reader: self, there, missing: all.len() - there })
    }

    #[inline]
    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        _: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        visitor.visit_enum(self)
    }
}

/// The parts of a list, a tuple, a map or a struct: those there, then those that say nothing.
struct Parts<'a, 'de> {
    reader: &'a mut Reader<'de>,
    there: usize,
    missing: usize,
}

impl<'de> SeqAccess<'de> for Parts<'_, 'de> {
    type Error = Error;

    #[inline]
    fn next_element_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        if let Some(there) = self.there.checked_sub(1) {
            self.there = there;
            return seed.deserialize(&mut *self.reader).map(Some);
        }
        let Some(missing) = self.missing.checked_sub(1) else { return Ok(None) };
        self.missing = missing;
        seed.deserialize(&mut postcard::Deserializer::from_bytes(NOTHING)).map(Some)
    }

    /// Not to be trusted: serde reserves a bounded room for it.
    #[inline]
    fn size_hint(&self) -> Option<usize> {
        Some(self.there)
    }
}

impl<'de> MapAccess<'de> for Parts<'_, 'de> {
    type Error = Error;

    fn next_key_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<Option<S::Value>> {
        self.next_element_seed(seed)
    }

    fn next_value_seed<S: DeserializeSeed<'de>>(&mut self, seed: S) -> Result<S::Value> {
        seed.deserialize(&mut *self.reader)
    }
}

impl<'de> EnumAccess<'de> for &mut Reader<'de> {
    type Error = Error;
    type Variant = Self;

    #[inline]
    fn variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<(S::Value, Self)> {
        let index = u32::deserialize(&mut self.postcard)?;
        let variant: de::value::U32Deserializer<Error> = index.into_deserializer();
        Ok((seed.deserialize(variant)?, self))
    }
}

impl<'de> VariantAccess<'de> for &mut Reader<'de> {
    type Error = Error;

    #[inline]
    fn unit_variant(self) -> Result<()> {
        Ok(())
    }

    #[inline]
    fn newtype_variant_seed<S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value> {
        seed.deserialize(self)
    }

    fn tuple_variant<V: Visitor<'de>>(self, there: usize, visitor: V) -> Result<V::Value> {
        self.deserialize_tuple(there, visitor)
    }

    #[inline]
    fn struct_variant<V: Visitor<'de>>(
        self,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value> {
        self.deserialize_tuple(fields.len(), visitor)
    }
}
