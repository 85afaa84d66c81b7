//! A registry whose answers are remembered: a number means the same schema for ever. Absence is not
//! remembered, for it may end; nor is anything that changes the registry.

use super::{Compatibility, Registry, RegistryError};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Remembers the schemas of another registry.
#[derive(Debug)]
pub struct Cached<R> {
    inner: R,
    schemas: Mutex<BTreeMap<u32, String>>,
}

impl<R> Cached<R> {
    /// In front of `inner`.
    pub const fn new(inner: R) -> Self {
        Self { inner, schemas: Mutex::new(BTreeMap::new()) }
    }

    fn remember(&self, id: u32, schema: &str) {
        let mut schemas = self.schemas.lock().unwrap_or_else(PoisonError::into_inner);
        schemas.insert(id, schema.to_owned());
    }

    fn remembered(&self, id: u32) -> Option<String> {
        self.schemas.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
    }
}

impl<R: Registry> Registry for Cached<R> {
    fn register(&self, subject: &str, schema: &str) -> Result<u32, RegistryError> {
        self.inner.register(subject, schema)
    }

    fn schema(&self, id: u32) -> Result<Option<String>, RegistryError> {
        if let Some(schema) = self.remembered(id) {
            return Ok(Some(schema));
        }
        let schema = self.inner.schema(id)?;
        if let Some(schema) = &schema {
            self.remember(id, schema);
        }
        Ok(schema)
    }

    fn versions(&self, subject: &str) -> Result<Vec<(u32, String)>, RegistryError> {
        let versions = self.inner.versions(subject)?;
        versions.iter().for_each(|(id, schema)| self.remember(*id, schema));
        Ok(versions)
    }

    fn set_compatibility(&self, subject: &str, level: Compatibility) -> Result<(), RegistryError> {
        self.inner.set_compatibility(subject, level)
    }

    fn is_compatible(&self, subject: &str, schema: &str) -> Result<bool, RegistryError> {
        self.inner.is_compatible(subject, schema)
    }
}
