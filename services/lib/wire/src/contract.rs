//! One schema of ours as it is agreed with a registry: what we write under its number, and how we read what
//! others wrote under theirs.
//!
//! The fast way is for our own number and any that means the same schema; another version is turned into
//! ours first, and what cannot be is refused, by name. Bounded in size both ways.

use crate::avro::{self, DatumError};
use crate::error::{SchemaError, WireError};
use crate::frame;
use crate::history::{Gap, History};
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
    /// The same for a version that ours only adds to.
    Step(Arc<Step>),
    /// Never.
    Refuse(String),
}

/// A schema and its number.
pub struct Contract {
    name: &'static str,
    id: u32,
    /// Under which number what is new is written: ours, or that of an older version that differs in its texts alone.
    writes: u32,
    limit: usize,
    schema: Arc<Schema>,
    registry: Arc<dyn Registry>,
    /// The versions before ours, oldest first, and the steps to them, where more than one build writes the topic.
    earlier: Vec<(u32, Arc<Step>)>,
    /// Versions that ought to be among them, and have no step.
    gaps: Vec<Gap>,
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
        Self::agree(name, registry, limit).map(|(contract, _)| contract)
    }

    /// The same, with all versions there are, oldest first.
    fn agree(
        name: &'static str,
        registry: Arc<dyn Registry>,
        limit: usize,
    ) -> Result<(Self, Vec<(u32, String)>), ContractError> {
        let text = schema::whole(name)?;
        let schema = Arc::new(schema::parse(&text)?);
        let subject = schema::subject(name);
        let id = registry.register(&subject, &text)?;
        let versions = registry.versions(&subject)?;
        let others = Mutex::new(versions.iter().map(|(id, text)| (*id, way(text, &schema))).collect());
        let (earlier, gaps) = (Vec::new(), Vec::new());
        Ok((Self { name, id, writes: id, limit, schema, registry, earlier, gaps, others }, versions))
    }

    /// The same for a topic that a ledger of another build may have to read: a record is written under the oldest
    /// version that can say it, whatever build reads it ([`crate::history`]). Warns of versions that cannot be written.
    ///
    /// # Errors
    /// As [`Contract::new`].
    pub fn beside_other_builds(
        name: &'static str,
        registry: Arc<dyn Registry>,
        limit: usize,
    ) -> Result<Self, ContractError> {
        let (mut contract, versions) = Self::agree(name, registry, limit)?;
        let ours = schema::whole(name)?;
        let history = History::of(name, (&ours, &contract.schema), Some(contract.id), &versions);
        let others = contract.others.get_mut().unwrap_or_else(PoisonError::into_inner);
        for (id, step) in &history.earlier {
            others.insert(*id, Way::Step(Arc::clone(step)));
        }
        for gap in &history.gaps {
            tracing::warn!(error = %gap, "a ledger of an earlier build must not run beside this one");
        }
        contract.writes = history.twin.unwrap_or(contract.id);
        (contract.earlier, contract.gaps) = (history.earlier, history.gaps);
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

    /// Versions before ours that nothing is written under, though a ledger of theirs may run.
    pub fn gaps(&self) -> &[Gap] {
        &self.gaps
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
        frame::begin(self.writes, &mut out);
        avro::write(value, &mut out).map_err(|source| WireError::Datum { what: self.name, source })?;
        if self.earlier.is_empty() {
            return Ok(out);
        }
        let mut earlier = Vec::with_capacity(out.len());
        for (id, step) in &self.earlier {
            earlier.clear();
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
        if id == self.id || id == self.writes {
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
