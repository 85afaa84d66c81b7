//! Whether all entries of an account are there, each once, in order: what is folded without one of them is wrong.

use domain::entry::Entry;
use domain::{Digest, EntityId};
use std::collections::BTreeMap;
use thiserror::Error;

/// An entry is missing, or comes twice.
#[derive(Clone, PartialEq, Eq, Debug, Error)]
#[error("{entity}: expected entry {expected}, found {found}; all entries are needed, each once, in order")]
pub struct OutOfSequence {
    /// Whose entries.
    pub entity: EntityId,
    /// The next one.
    pub expected: i64,
    /// The one that came.
    pub found: i64,
}

/// The last entry of each account, by the hash of its id: millions of accounts are kept small.
#[derive(Clone, Default, Debug)]
pub(crate) struct Sequences(BTreeMap<Digest, i64>);

impl Sequences {
    /// Takes the next entry of an account.
    ///
    /// # Errors
    /// It is not the next one.
    pub(crate) fn next(&mut self, entry: &Entry) -> Result<(), OutOfSequence> {
        let last = self.0.entry(Digest::of(entry.entity.as_str().as_bytes())).or_default();
        if entry.sequence != *last + 1 {
            let (entity, expected, found) = (entry.entity.clone(), *last + 1, entry.sequence);
            return Err(OutOfSequence { entity, expected, found });
        }
        *last = entry.sequence;
        Ok(())
    }
}
