//! One text column for an enum without fields, by the name it has in topics and files (`written_off`).

use scylla::deserialize::value::DeserializeValue;
use scylla::deserialize::{DeserializationError, FrameSlice, TypeCheckError};
use scylla::errors::SerializationError;
use scylla::frame::response::result::ColumnType;
use scylla::serialize::value::SerializeValue;
use scylla::serialize::writers::{CellWriter, WrittenCellProof};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde::de::value::{Error, StrDeserializer};
use std::fmt;

/// An enum's variant as a text column.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct Word<T>(pub(crate) T);

/// The same where there may be none: an empty text.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) struct MaybeWord<T>(pub(crate) Option<T>);

/// A text that is none of the enum's words.
#[derive(Debug, thiserror::Error)]
#[error("expected a {part}, found `{found}`: written by a newer build?")]
struct WordError {
    part: &'static str,
    found: String,
    source: Error,
}

impl<T: Serialize> fmt::Display for Word<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.serialize(f)
    }
}

impl<T: DeserializeOwned> Word<T> {
    fn parse(found: &str) -> Result<T, WordError> {
        T::deserialize(StrDeserializer::<Error>::new(found)).map_err(|source| {
            let part = std::any::type_name::<T>().rsplit("::").next().unwrap_or_default();
            WordError { part, found: found.to_owned(), source }
        })
    }
}

impl<T: Serialize> SerializeValue for Word<T> {
    fn serialize<'b>(
        &self,
        typ: &ColumnType<'_>,
        writer: CellWriter<'b>,
    ) -> Result<WrittenCellProof<'b>, SerializationError> {
        SerializeValue::serialize(&self.to_string(), typ, writer)
    }
}

impl<T: Serialize + Copy> SerializeValue for MaybeWord<T> {
    fn serialize<'b>(
        &self,
        typ: &ColumnType<'_>,
        writer: CellWriter<'b>,
    ) -> Result<WrittenCellProof<'b>, SerializationError> {
        let word = self.0.map(|word| Word(word).to_string()).unwrap_or_default();
        SerializeValue::serialize(&word, typ, writer)
    }
}

impl<'frame, 'metadata, T: DeserializeOwned> DeserializeValue<'frame, 'metadata> for Word<T> {
    fn type_check(typ: &ColumnType<'_>) -> Result<(), TypeCheckError> {
        <&str>::type_check(typ)
    }

    fn deserialize(
        typ: &'metadata ColumnType<'metadata>,
        cell: Option<FrameSlice<'frame>>,
    ) -> Result<Self, DeserializationError> {
        let found = <&str>::deserialize(typ, cell)?;
        Self::parse(found).map(Word).map_err(DeserializationError::new)
    }
}

impl<'frame, 'metadata, T: DeserializeOwned> DeserializeValue<'frame, 'metadata> for MaybeWord<T> {
    fn type_check(typ: &ColumnType<'_>) -> Result<(), TypeCheckError> {
        <&str>::type_check(typ)
    }

    fn deserialize(
        typ: &'metadata ColumnType<'metadata>,
        cell: Option<FrameSlice<'frame>>,
    ) -> Result<Self, DeserializationError> {
        match <&str>::deserialize(typ, cell)? {
            "" => Ok(Self(None)),
            found => Word::parse(found).map(|word| Self(Some(word))).map_err(DeserializationError::new),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::entry::EntryKind;
    use domain::lot::Bucket;

    #[test]
    fn a_bucket_is_the_word_of_topics_and_files() {
        for bucket in Bucket::ALL {
            assert_eq!(Word(bucket).to_string(), bucket.as_str());
            assert_eq!(Word::<Bucket>::parse(bucket.as_str()).unwrap(), bucket);
        }
    }

    #[test]
    fn an_unknown_word_is_named() {
        let error = Word::<EntryKind>::parse("gift").unwrap_err();
        assert_eq!(error.to_string(), "expected a EntryKind, found `gift`: written by a newer build?");
    }
}
