//! One blob column for a part that has parts of its own: a purchase's lines, a redemption's draws.
//!
//! Format byte, then postcard of the domain's type (deploy/cql/README.md). Postcard because its bytes are
//! specified and frozen since 1.0, small (a line of a purchase takes some 20), and need no second copy of
//! every type: a frozen UDT costs four bytes a field and an `ALTER TYPE` on all nodes for each new one.
//! What says nothing new is written as older builds read it, which run beside this one during an upgrade.
//! Invariant: what is read was read to its last byte, in a format this build knows; anything else is an
//! error, never a guess.

pub(crate) mod format;
mod read;
mod write;

use format::{NEWEST, OLDER};
use scylla::deserialize::value::DeserializeValue;
use scylla::deserialize::{DeserializationError, FrameSlice, TypeCheckError};
use scylla::errors::SerializationError;
use scylla::frame::response::result::{ColumnType, NativeType};
use scylla::serialize::value::SerializeValue;
use scylla::serialize::writers::{CellWriter, WrittenCellProof};
use serde::Serialize;
use serde::de::DeserializeOwned;

/// A value kept in one blob column.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) struct Nested<T>(pub(crate) T);

/// Why a blob column could not be written or read.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NestedError {
    /// The column is of another type than the tables of this build.
    #[error("expected a blob column for {part}, found {found}; run `lotstream tables check`")]
    NotABlob {
        /// The domain's type.
        part: &'static str,
        /// The column's type.
        found: String,
    },
    /// No bytes where there is always a format byte.
    #[error(
        "expected a format byte before {part}, found an empty or null column: written by another program?"
    )]
    Empty {
        /// The domain's type.
        part: &'static str,
    },
    /// Written by a newer build.
    #[error(
        "expected format {OLDER} or {NEWEST} of {part}, found {found}: written by a newer build, which has to read it"
    )]
    Format {
        /// The domain's type.
        part: &'static str,
        /// The format byte.
        found: u8,
    },
    /// Not the bytes of this type.
    #[error("expected {part} in format {format}")]
    Bytes {
        /// The domain's type.
        part: &'static str,
        /// The format byte.
        format: u8,
        /// What postcard says.
        source: postcard::Error,
    },
    /// Bytes behind the end.
    #[error("expected the end of {part}, found {left} bytes more")]
    Trailing {
        /// The domain's type.
        part: &'static str,
        /// How many.
        left: usize,
    },
    /// Longer than a CQL value can be.
    #[error("expected {part} of less than 2 GiB")]
    TooLong {
        /// The domain's type.
        part: &'static str,
    },
}

/// The bytes of `value`: in the format of older builds, unless it says something that they do not know.
pub(crate) fn encode<T: Serialize>(value: &T) -> Result<Vec<u8>, NestedError> {
    let part = std::any::type_name::<T>();
    if let Some(bytes) =
        write::write(value).map_err(|source| NestedError::Bytes { part, format: OLDER, source })?
    {
        return Ok(bytes);
    }
    postcard::to_extend(value, vec![NEWEST]).map_err(|source| NestedError::Bytes {
        part,
        format: NEWEST,
        source,
    })
}

/// The value of `bytes`, in any format so far.
pub(crate) fn decode<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, NestedError> {
    let part = std::any::type_name::<T>();
    let (&format, body) = bytes.split_first().ok_or(NestedError::Empty { part })?;
    let read = match format {
        OLDER => read::read(body),
        NEWEST => postcard::take_from_bytes(body),
        found => return Err(NestedError::Format { part, found }),
    };
    let (value, rest) = read.map_err(|source| NestedError::Bytes { part, format, source })?;
    if rest.is_empty() { Ok(value) } else { Err(NestedError::Trailing { part, left: rest.len() }) }
}

fn expect_blob<T>(typ: &ColumnType<'_>) -> Result<(), NestedError> {
    match typ {
        ColumnType::Native(NativeType::Blob) => Ok(()),
        other => Err(NestedError::NotABlob { part: std::any::type_name::<T>(), found: format!("{other:?}") }),
    }
}

impl<T: Serialize> SerializeValue for Nested<T> {
    fn serialize<'b>(
        &self,
        typ: &ColumnType<'_>,
        writer: CellWriter<'b>,
    ) -> Result<WrittenCellProof<'b>, SerializationError> {
        expect_blob::<T>(typ).map_err(SerializationError::new)?;
        let bytes = encode(&self.0).map_err(SerializationError::new)?;
        let too_long = |_| SerializationError::new(NestedError::TooLong { part: std::any::type_name::<T>() });
        writer.set_value(&bytes).map_err(too_long)
    }
}

impl<'frame, 'metadata, T: DeserializeOwned> DeserializeValue<'frame, 'metadata> for Nested<T> {
    fn type_check(typ: &ColumnType<'_>) -> Result<(), TypeCheckError> {
        expect_blob::<T>(typ).map_err(TypeCheckError::new)
    }

    fn deserialize(
        _: &'metadata ColumnType<'metadata>,
        cell: Option<FrameSlice<'frame>>,
    ) -> Result<Self, DeserializationError> {
        let bytes = cell.map_or(&[][..], |cell| cell.as_slice());
        decode(bytes).map(Nested).map_err(DeserializationError::new)
    }
}
