//! One schema of ours as it is agreed with a registry: what we write under its number, and how we read what
//! others wrote under theirs.
//!
//! The fast way is for our own number and any that means the same schema; another version is turned into
//! ours first, and what cannot be is refused, by name. Bounded in size both ways.

use crate::avro::{self, DatumError};
use crate::error::{SchemaError, WireError};
use crate::frame;
use crate::registry::{Registry, RegistryError};
use crate::resolve::Resolver;
use crate::schema;
use crate::step::Step;
use apache_avro::Schema;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

/// How a datum under another number is read.
#[derive(Clone, Debug)]
enum Way {
    /// As our own.
    Same,
    /// Turned into ours first.
    Resolve(Arc<Resolver>),
    /// The same for the version before ours.
    Step(Arc<Step>),
    /// Never.
    Refuse(String),
}

/// A schema and its number.
pub struct Contract {
    name: &'static str,
    id: u32,
    limit: usize,
    schema: Arc<Schema>,
    registry: Arc<dyn Registry>,
    /// The version before ours, and the step to it, where both builds write the topic.
    before: Option<(u32, Arc<Step>)>,
    others: Mutex<BTreeMap<u32, Way>>,
}

/// A contract that cannot be made: our own schema is at fault, or the registry.
#[derive(Debug, thiserror::Error)]
pub enum ContractError {
    /// Our schema.
    #[error(transparent)]
    Schema(#[from] SchemaError),
    /// The registry.
    #[error(transparent)]
    Registry(#[from] RegistryError),
}

impl ContractError {
    /// Whether it may be otherwise in a while: the registry does not answer.
    pub const fn may_pass(&self) -> bool {
        matches!(self, Self::Registry(RegistryError::Unavailable { .. }))
    }
}

impl Contract {
    /// Registers the schema `name` and learns the versions there are, so that reading needs the registry
    /// again only for a version that is registered later. Records are of `limit` bytes at the most.
    ///
    /// # Errors
    /// A schema the registry refuses, or no answer from it.
    pub fn new(name: &'static str, registry: Arc<dyn Registry>, limit: usize) -> Result<Self, ContractError> {
        let text = schema::whole(name)?;
        let schema = Arc::new(schema::parse(&text)?);
        let subject = schema::subject(name);
        let id = registry.register(&subject, &text)?;
        let versions = registry.versions(&subject)?;
        let others = Mutex::new(versions.iter().map(|(id, text)| (*id, way(text, &schema))).collect());
        Ok(Self { name, id, limit, schema, registry, before: None, others })
    }

    /// The same for a topic that a ledger of the build before may have to read: a record that says nothing new is
    /// written under the version that was registered before ours, whatever build reads it ([`crate::step`]).
    ///
    /// # Errors
    /// As [`Contract::new`].
    pub fn beside_the_build_before(
        name: &'static str,
        registry: Arc<dyn Registry>,
        limit: usize,
    ) -> Result<Self, ContractError> {
        let mut contract = Self::new(name, registry, limit)?;
        let versions = contract.registry.versions(&schema::subject(name))?;
        let before = versions.into_iter().take_while(|(id, _)| *id != contract.id).last();
        if let Some((id, text)) = before
            && let Some(step) = Step::between(&text, &schema::whole(name)?)
        {
            let step = Arc::new(step);
            let others = contract.others.get_mut().unwrap_or_else(PoisonError::into_inner);
            others.insert(id, Way::Step(Arc::clone(&step)));
            contract.before = Some((id, step));
        }
        Ok(contract)
    }

    /// The schema's name in `schemas/`.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Its number in the registry.
    pub const fn id(&self) -> u32 {
        self.id
    }

    /// The largest record that is read, in bytes.
    pub const fn limit(&self) -> usize {
        self.limit
    }

    /// The framed record of `value`. Larger ones than the limit are made, and left to the caller to refuse.
    ///
    /// # Errors
    /// [`WireError::Datum`] for a value the schema cannot express.
    pub fn encode<T: Serialize + ?Sized>(&self, value: &T) -> Result<Vec<u8>, WireError> {
        let mut out = Vec::with_capacity(256);
        frame::begin(self.id, &mut out);
        avro::write(value, &mut out).map_err(|source| WireError::Datum { what: self.name, source })?;
        if let Some((id, step)) = &self.before {
            let mut earlier = Vec::with_capacity(out.len());
            frame::begin(*id, &mut earlier);
            if step.back(&out[frame::PREFIX..], &mut earlier).is_some() {
                return Ok(earlier);
            }
        }
        Ok(out)
    }

    /// Reads a framed record to its last byte. What is borrowed comes from `framed`, or from `scratch` where
    /// it was written under another version.
    ///
    /// # Errors
    /// Bad input, but for [`WireError::Registry`]: then the same bytes may be read later.
    pub fn decode<'a, T: Deserialize<'a>>(
        &self,
        framed: &'a [u8],
        scratch: &'a mut Vec<u8>,
    ) -> Result<T, WireError> {
        if framed.len() > self.limit {
            return Err(WireError::TooLarge { what: self.name, limit: self.limit, found: framed.len() });
        }
        let (id, datum) = frame::split(self.name, framed)?;
        let failed = |source| WireError::Datum { what: self.name, source };
        if id == self.id {
            return avro::read(datum).map_err(failed);
        }
        match self.way(id)? {
            Way::Same => avro::read(datum).map_err(failed),
            Way::Resolve(resolver) => {
                scratch.clear();
                resolver.transcode(datum, scratch).map_err(failed)?;
                avro::read(scratch).map_err(failed)
            }
            Way::Step(step) => {
                scratch.clear();
                let stepped = step.forth(datum, scratch);
                let wrong = || DatumError::Value("expected a datum of the version before ours".into());
                stepped.ok_or_else(|| failed(wrong()))?;
                avro::read(scratch).map_err(failed)
            }
            Way::Refuse(reason) => Err(WireError::ForeignSchema { what: self.name, id, reason }),
        }
    }

    fn way(&self, id: u32) -> Result<Way, WireError> {
        let known = self.others.lock().unwrap_or_else(PoisonError::into_inner).get(&id).cloned();
        if let Some(way) = known {
            return Ok(way);
        }
        let text = self.registry.schema(id)?.ok_or(WireError::UnknownSchema { what: self.name, id })?;
        let way = way(&text, &self.schema);
        self.others.lock().unwrap_or_else(PoisonError::into_inner).insert(id, way.clone());
        Ok(way)
    }
}

fn way(writer: &str, ours: &Arc<Schema>) -> Way {
    match Resolver::new(writer, ours) {
        Ok(None) => Way::Same,
        Ok(Some(resolver)) => Way::Resolve(Arc::new(resolver)),
        Err(error) => Way::Refuse(error.to_string()),
    }
}
