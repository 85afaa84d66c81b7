//! What can go wrong between bytes and values. Every text says what was expected, what was found and where.

use crate::avro::DatumError;
use thiserror::Error;

/// A schema that cannot be used.
#[derive(Debug, Error)]
pub enum SchemaError {
    /// A name that no file of `schemas/` defines.
    #[error("{of}: expected a record of schemas/*.avsc, found `{name}`; add schemas/{name}.avsc")]
    Unknown {
        /// The schema that names it.
        of: String,
        /// The name.
        name: String,
    },
    /// Two definitions of one name.
    #[error("{of}: `{name}` is defined twice, differently; make the definitions equal")]
    Twice {
        /// The schema that holds both.
        of: String,
        /// The name.
        name: String,
    },
    /// Not JSON.
    #[error("schemas/{name}.avsc: expected JSON")]
    NotJson {
        /// The file.
        name: String,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// Not a schema.
    #[error("expected an Avro schema: {0}")]
    Refused(String),
}

/// The registry does not do what it is asked.
#[derive(Debug, Error)]
pub enum RegistryError {
    /// It does not answer, or not as it should: try again.
    #[error(
        "{what}: expected an answer of the schema registry at {url}, found {found}; trying again may help"
    )]
    Unavailable {
        /// What it was asked for.
        what: String,
        /// Where.
        url: String,
        /// What came instead.
        found: String,
    },
    /// It refuses: an incompatible schema, one that is not valid, an unknown subject.
    #[error("{what}: the schema registry at {url} refuses with {code}: {reason}")]
    Refused {
        /// What it was asked for.
        what: String,
        /// Where.
        url: String,
        /// The status, and the registry's own code where it has one.
        code: i64,
        /// Its words.
        reason: String,
    },
}

/// Bytes that are not the record they should be.
#[derive(Debug, Error)]
pub enum WireError {
    /// Larger than accepted.
    #[error("{what}: expected {limit} bytes at the most, found {found}")]
    TooLarge {
        /// The schema.
        what: &'static str,
        /// The limit.
        limit: usize,
        /// The size.
        found: usize,
    },
    /// Without the five bytes that name the schema.
    #[error("{what}: expected a zero byte and a schema id of four bytes, found {found}")]
    Unframed {
        /// The schema.
        what: &'static str,
        /// What is there.
        found: String,
    },
    /// Under a schema id the registry does not know.
    #[error("{what}: expected a schema of the registry, found the unknown id {id}")]
    UnknownSchema {
        /// The schema that was expected.
        what: &'static str,
        /// The id.
        id: u32,
    },
    /// Under a schema that cannot be read as ours.
    #[error("{what}: expected a schema that can be read as ours, found id {id}: {reason}")]
    ForeignSchema {
        /// The schema that was expected.
        what: &'static str,
        /// The id.
        id: u32,
        /// Why not.
        reason: String,
    },
    /// The datum is not what its schema says.
    #[error("{what}: {source}")]
    Datum {
        /// The schema.
        what: &'static str,
        /// What is wrong, and where.
        source: DatumError,
    },
    /// The JSON is not what is expected.
    #[error("{what}: {source}")]
    Json {
        /// The kind of record.
        what: &'static str,
        /// What is wrong, and where.
        source: serde_json::Error,
    },
    /// The registry could not be asked. The only one that may go away: the record may be good.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl WireError {
    /// Whether the same bytes may be read later: only where the registry could not be asked. Anything else
    /// is bad input for good (S27).
    pub const fn is_retryable(&self) -> bool {
        matches!(self, Self::Registry(RegistryError::Unavailable { .. }))
    }
}
