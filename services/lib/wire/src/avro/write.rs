//! Writes a datum: zig-zag numbers, lengths before texts, places before variants. Infallible for the types
//! of the mapping; anything else is refused by name.

use super::bytes::LENGTH_FIRST;
use super::error::DatumError;
use serde::ser::{
    Impossible, Serialize, SerializeSeq, SerializeStruct, SerializeStructVariant, SerializeTupleVariant,
    Serializer,
};

/// Appends to a buffer.
pub(super) struct Writer<'out> {
    out: &'out mut Vec<u8>,
    length_first: bool,
}

impl<'out> Writer<'out> {
    pub(super) const fn new(out: &'out mut Vec<u8>) -> Self {
        Self { out, length_first: false }
    }

    fn long(&mut self, value: i64) {
        let mut rest = (value << 1 ^ value >> 63).cast_unsigned();
        while rest > 0x7f {
            self.out.push(rest as u8 | 0x80);
            rest >>= 7;
        }
        self.out.push(rest as u8);
    }

    fn length(&mut self, length: usize) -> Result<(), DatumError> {
        let length = i64::try_from(length).map_err(|_| refused("a length above i64"))?;
        self.long(length);
        Ok(())
    }

    fn variant(&mut self, place: u32) {
        self.long(i64::from(place) + 1);
    }
}

fn refused(what: &str) -> DatumError {
    DatumError::Value(format!("expected a type of the Avro mapping, found {what}"))
}

macro_rules! refuse {
    ($($method:ident($type:ty)),* $(,)?) => {$(
        fn $method(self, _: $type) -> Result<(), DatumError> {
            Err(refused(stringify!($type)))
        }
    )*};
}

impl<'w, 'out> Serializer for &'w mut Writer<'out> {
    type Ok = ();
    type Error = DatumError;
    type SerializeSeq = Items<'w, 'out>;
    type SerializeTuple = Impossible<(), DatumError>;
    type SerializeTupleStruct = Impossible<(), DatumError>;
    type SerializeTupleVariant = Fields<'w, 'out>;
    type SerializeMap = Impossible<(), DatumError>;
    type SerializeStruct = Fields<'w, 'out>;
    type SerializeStructVariant = Fields<'w, 'out>;

    fn is_human_readable(&self) -> bool {
        false
    }

    fn serialize_bool(self, value: bool) -> Result<(), DatumError> {
        self.out.push(u8::from(value));
        Ok(())
    }

    fn serialize_i32(self, value: i32) -> Result<(), DatumError> {
        self.long(i64::from(value));
        Ok(())
    }

    fn serialize_i64(self, value: i64) -> Result<(), DatumError> {
        self.long(value);
        Ok(())
    }

    fn serialize_str(self, text: &str) -> Result<(), DatumError> {
        self.length(text.len())?;
        self.out.extend_from_slice(text.as_bytes());
        Ok(())
    }

    fn serialize_bytes(self, bytes: &[u8]) -> Result<(), DatumError> {
        if std::mem::take(&mut self.length_first) {
            self.length(bytes.len())?;
        } else if bytes.len() != super::read::FIXED {
            return Err(refused("a fixed that is not of sixteen bytes"));
        }
        self.out.extend_from_slice(bytes);
        Ok(())
    }

    fn serialize_none(self) -> Result<(), DatumError> {
        self.out.push(0);
        Ok(())
    }

    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Result<(), DatumError> {
        self.variant(0);
        value.serialize(self)
    }

    fn serialize_unit_variant(self, _: &'static str, place: u32, _: &'static str) -> Result<(), DatumError> {
        self.variant(place);
        Ok(())
    }

    fn serialize_newtype_struct<T: Serialize + ?Sized>(
        self,
        name: &'static str,
        value: &T,
    ) -> Result<(), DatumError> {
        self.length_first = name == LENGTH_FIRST;
        value.serialize(self)
    }

    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        place: u32,
        _: &'static str,
        value: &T,
    ) -> Result<(), DatumError> {
        self.variant(place);
        value.serialize(self)
    }

    fn serialize_seq(self, length: Option<usize>) -> Result<Items<'w, 'out>, DatumError> {
        let length = length.ok_or_else(|| refused("a sequence of unknown length"))?;
        if length > 0 {
            self.length(length)?;
        }
        Ok(Items { writer: self })
    }

    fn serialize_struct(self, _: &'static str, _: usize) -> Result<Fields<'w, 'out>, DatumError> {
        Ok(Fields { writer: self })
    }

    refuse!(
        serialize_i8(i8),
        serialize_i16(i16),
        serialize_u8(u8),
        serialize_u16(u16),
        serialize_u32(u32),
        serialize_u64(u64),
        serialize_f32(f32),
        serialize_f64(f64),
        serialize_char(char),
        serialize_unit_struct(&'static str),
    );

    fn serialize_unit(self) -> Result<(), DatumError> {
        Err(refused("a unit"))
    }

    fn serialize_tuple(self, _: usize) -> Result<Self::SerializeTuple, DatumError> {
        Err(refused("a tuple"))
    }

    fn serialize_tuple_struct(
        self,
        name: &'static str,
        _: usize,
    ) -> Result<Self::SerializeTupleStruct, DatumError> {
        Err(refused(name))
    }

    fn serialize_tuple_variant(
        self,
        _: &'static str,
        place: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Fields<'w, 'out>, DatumError> {
        self.variant(place);
        Ok(Fields { writer: self })
    }

    fn serialize_map(self, _: Option<usize>) -> Result<Self::SerializeMap, DatumError> {
        Err(refused("a map"))
    }

    fn serialize_struct_variant(
        self,
        _: &'static str,
        place: u32,
        _: &'static str,
        _: usize,
    ) -> Result<Fields<'w, 'out>, DatumError> {
        self.variant(place);
        Ok(Fields { writer: self })
    }
}

/// One block of items, then the empty block.
pub(super) struct Items<'w, 'out> {
    writer: &'w mut Writer<'out>,
}

impl SerializeSeq for Items<'_, '_> {
    type Ok = ();
    type Error = DatumError;

    fn serialize_element<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), DatumError> {
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), DatumError> {
        self.writer.out.push(0);
        Ok(())
    }
}

/// Fields in their order. One left out where people would not miss it is null here.
pub(super) struct Fields<'w, 'out> {
    writer: &'w mut Writer<'out>,
}

impl SerializeStruct for Fields<'_, '_> {
    type Ok = ();
    type Error = DatumError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        _: &'static str,
        value: &T,
    ) -> Result<(), DatumError> {
        value.serialize(&mut *self.writer)
    }

    fn skip_field(&mut self, _: &'static str) -> Result<(), DatumError> {
        self.writer.serialize_none()
    }

    fn end(self) -> Result<(), DatumError> {
        Ok(())
    }
}

impl SerializeTupleVariant for Fields<'_, '_> {
    type Ok = ();
    type Error = DatumError;

    fn serialize_field<T: Serialize + ?Sized>(&mut self, value: &T) -> Result<(), DatumError> {
        value.serialize(&mut *self.writer)
    }

    fn end(self) -> Result<(), DatumError> {
        Ok(())
    }
}

impl SerializeStructVariant for Fields<'_, '_> {
    type Ok = ();
    type Error = DatumError;

    fn serialize_field<T: Serialize + ?Sized>(
        &mut self,
        name: &'static str,
        value: &T,
    ) -> Result<(), DatumError> {
        SerializeStruct::serialize_field(self, name, value)
    }

    fn skip_field(&mut self, name: &'static str) -> Result<(), DatumError> {
        SerializeStruct::skip_field(self, name)
    }

    fn end(self) -> Result<(), DatumError> {
        SerializeStruct::end(self)
    }
}
