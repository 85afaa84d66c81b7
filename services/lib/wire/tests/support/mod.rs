//! What tests of several files need: a command, a registry that takes anything, and versions to register there.

#![allow(dead_code, unreachable_pub, reason = "each test uses some of it")]

use domain::{EntityId, Timestamp};
use serde_json::Value;
use std::sync::{Arc, Mutex};
use wire::registry::{Compatibility, Registry, RegistryError};
use wire::schema;

/// `ledger-wal` and `member-commands` as the build before cards and activities wrote and read them.
pub const WAL_BEFORE: &str = include_str!("../previous/wal.avsc");
pub const INSTRUCTION_BEFORE: &str = include_str!("../previous/instruction.avsc");

pub const OURS: &str = "a schema or datum of ours";

/// A command that came from offset `offset` of partition 3 of `returns.<partner>`.
pub fn tick_of(partner: &str, offset: i64) -> domain::Command {
    let source = domain::command::Source {
        partner: partner.into(),
        feed: "returns".into(),
        id: "r-1".into(),
        partition: 3,
        offset,
    };
    domain::Command {
        key: domain::EventKey::of(partner, "returns", "r-1"),
        source,
        entity: EntityId::from_key("shop:member:1"),
        occurred_at: Timestamp(1),
        delivered_at: Timestamp(1),
        content: domain::Digest::default(),
        trace: domain::Name::default(),
        body: domain::Body::Tick,
    }
}

/// A registry that takes anything, as the ledger's own topics are checked one way only.
#[derive(Default)]
pub struct Lenient(Mutex<Vec<(String, String)>>);

impl Registry for Lenient {
    fn register(&self, subject: &str, schema: &str) -> Result<u32, RegistryError> {
        let mut known = self.0.lock().expect("no poison");
        let version = (subject.to_owned(), schema.to_owned());
        let at = known.iter().position(|it| *it == version).unwrap_or_else(|| {
            known.push(version);
            known.len() - 1
        });
        Ok(u32::try_from(at).expect("few schemas") + 1)
    }

    fn schema(&self, id: u32) -> Result<Option<String>, RegistryError> {
        let at = usize::try_from(id).expect("few schemas").wrapping_sub(1);
        Ok(self.0.lock().expect("no poison").get(at).map(|(_, schema)| schema.clone()))
    }

    fn versions(&self, subject: &str) -> Result<Vec<(u32, String)>, RegistryError> {
        let known = self.0.lock().expect("no poison");
        let versions = (1..).zip(known.iter()).filter(|(_, (of, _))| of == subject);
        Ok(versions.map(|(id, (_, schema))| (id, schema.clone())).collect())
    }

    fn set_compatibility(&self, _: &str, _: Compatibility) -> Result<(), RegistryError> {
        Ok(())
    }

    fn is_compatible(&self, _: &str, _: &str) -> Result<bool, RegistryError> {
        Ok(true)
    }
}

/// A registry in which these were registered one after the other: their numbers are 1, 2, 3.
pub fn registry(name: &str, versions: &[&str]) -> Arc<dyn Registry> {
    let registry: Arc<dyn Registry> = Arc::new(Lenient::default());
    for (number, version) in (1..).zip(versions) {
        assert_eq!(registry.register(&schema::subject(name), version).expect(OURS), number);
    }
    registry
}

/// Ours with a change: what another build registered.
pub fn changed(name: &str, change: impl Fn(&mut Value)) -> String {
    let ours = schema::whole(name).expect(OURS);
    let mut schema: Value = serde_json::from_str(&ours).expect(OURS);
    everywhere(&mut schema, &change);
    let changed = schema.to_string();
    assert_ne!(changed, ours);
    changed
}

fn everywhere(schema: &mut Value, change: &impl Fn(&mut Value)) {
    change(schema);
    match schema {
        Value::Object(object) => object.values_mut().for_each(|value| everywhere(value, change)),
        Value::Array(parts) => parts.iter_mut().for_each(|part| everywhere(part, change)),
        _ => {}
    }
}

/// Takes away the field `field` of the record `record`.
pub fn without_field(schema: &mut Value, record: &str, field: &str) {
    if schema["name"] == record
        && let Some(Value::Array(fields)) = schema.get_mut("fields")
    {
        fields.retain(|it| it["name"] != field);
    }
}
