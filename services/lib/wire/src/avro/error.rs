//! What can be wrong with a datum, and at which byte.

use serde::{de, ser};
use std::fmt;

/// A datum that is not what its schema says.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DatumError {
    /// It ends inside a value.
    #[error("expected {expected} at byte {at}, found the end of the datum")]
    Truncated {
        /// What was to be read.
        expected: &'static str,
        /// Where, from 0.
        at: usize,
    },
    /// Bytes are left after its end.
    #[error("expected the end of the datum at byte {at}, found {left} more bytes")]
    Trailing {
        /// Where it ends.
        at: usize,
        /// How many there are.
        left: usize,
    },
    /// A number outside its range.
    #[error("expected {expected} at byte {at}, found {found}")]
    Range {
        /// What was expected.
        expected: &'static str,
        /// Where, from 0.
        at: usize,
        /// What was found.
        found: i64,
    },
    /// Text that is not UTF-8.
    #[error("expected UTF-8 text at byte {at}, found other bytes")]
    Text {
        /// Where it begins, from 0.
        at: usize,
    },
    /// A value its type refuses, or a type the mapping does not have.
    #[error("{0}")]
    Value(String),
}

impl ser::Error for DatumError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Value(message.to_string())
    }
}

impl de::Error for DatumError {
    fn custom<T: fmt::Display>(message: T) -> Self {
        Self::Value(message.to_string())
    }
}
