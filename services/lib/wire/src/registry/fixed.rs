//! A registry in the process, for the embedded mode and tests. Deterministic: a schema's number derives from
//! its text, so two processes agree without meeting.

use super::{Compatibility, Registry, RegistryError};
use crate::resolve::Resolver;
use crate::schema;
use domain::Digest;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Schemas by subject, in the order they were registered.
#[derive(Debug, Default)]
pub struct Fixed {
    subjects: Mutex<BTreeMap<String, Vec<(u32, String)>>>,
}

/// The number of a schema: 31 bits of the digest of its text, never 0.
fn number(schema: &str) -> u32 {
    let [a, b, c, d, ..] = Digest::of(schema.as_bytes()).0;
    (u32::from_be_bytes([a, b, c, d]) >> 1).max(1)
}

/// Whether what `writer` wrote can be read as `reader`.
fn reads(writer: &str, reader: &str) -> bool {
    schema::parse(reader).is_ok_and(|reader| Resolver::new(writer, &Arc::new(reader)).is_ok())
}

impl Fixed {
    fn known(&self, subject: &str) -> Vec<(u32, String)> {
        let subjects = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
        subjects.get(subject).cloned().unwrap_or_default()
    }
}

impl Registry for Fixed {
    fn register(&self, subject: &str, schema: &str) -> Result<u32, RegistryError> {
        let id = number(schema);
        let known = self.known(subject);
        if known.iter().any(|(_, text)| text == schema) {
            return Ok(id);
        }
        if !self.is_compatible(subject, schema)? {
            return Err(RegistryError::Refused {
                what: format!("register {subject}"),
                url: "this process".into(),
                code: 409,
                reason: "expected a schema compatible with every earlier one".into(),
            });
        }
        let mut subjects = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
        subjects.entry(subject.to_owned()).or_default().push((id, schema.to_owned()));
        Ok(id)
    }

    fn schema(&self, id: u32) -> Result<Option<String>, RegistryError> {
        let subjects = self.subjects.lock().unwrap_or_else(PoisonError::into_inner);
        let mut all = subjects.values().flatten();
        Ok(all.find(|(known, _)| *known == id).map(|(_, schema)| schema.clone()))
    }

    fn versions(&self, subject: &str) -> Result<Vec<(u32, String)>, RegistryError> {
        Ok(self.known(subject))
    }

    /// Does nothing: here every subject is fully, transitively compatible.
    fn set_compatibility(&self, _: &str, _: Compatibility) -> Result<(), RegistryError> {
        Ok(())
    }

    fn is_compatible(&self, subject: &str, schema: &str) -> Result<bool, RegistryError> {
        let known = self.known(subject);
        Ok(known.iter().all(|(_, earlier)| reads(earlier, schema) && reads(schema, earlier)))
    }
}
