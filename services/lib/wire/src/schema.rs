//! The schemas of `schemas/*.avsc`, compiled in. A file may name a record of another file; here every
//! schema comes out whole, as a registry and a reader in another language want it.
//!
//! Invariant: one full name, one definition, in all of them.

use crate::error::SchemaError;
use apache_avro::Schema;
use serde_json::{Map, Value};
use std::collections::BTreeMap;

/// The namespace of every name in `schemas/`.
pub const NAMESPACE: &str = "lotstream";

macro_rules! files {
    ($($name:literal),* $(,)?) => {
        &[$(($name, include_str!(concat!("../../../../schemas/", $name, ".avsc")))),*]
    };
}

/// Every schema file: its name, and its text as it stands there.
pub const FILES: &[(&str, &str)] = files![
    "activity",
    "adjustment",
    "card",
    "card_line",
    "command",
    "dead_letter",
    "dead_letter_replay",
    "entry",
    "identity",
    "instruction",
    "known",
    "line_period",
    "links",
    "move_in",
    "notification_request",
    "order",
    "outcome",
    "partner_state",
    "period",
    "profile",
    "programme_version",
    "purchase",
    "redemption",
    "redemption_decision",
    "remembered",
    "return",
    "row_account",
    "row_debt",
    "row_lot",
    "row_parked",
    "row_purchase",
    "row_redemption",
    "row_route",
    "row_seen",
    "standing",
    "tier_change",
    "upcoming",
    "wal",
];

/// The subject of the schema in the registry: its full name, so that one subject serves the topics of all
/// partners (`RecordNameStrategy`).
pub fn subject(name: &str) -> String {
    format!("{NAMESPACE}.{name}")
}

/// The schema `name`, whole: records it names from other files stand where they are first used.
///
/// # Errors
/// A name no file has, a file that is not JSON, or two definitions of one name.
pub fn whole(name: &str) -> Result<String, SchemaError> {
    let mut inliner = Inliner { of: name, known: BTreeMap::new() };
    let mut schema = inliner.file(name)?;
    schema.sort_all_objects(); // one text in every build, whatever order serde_json keeps
    Ok(schema.to_string())
}

/// The schema `name`, parsed.
///
/// # Errors
/// Those of [`whole`], and what Avro does not accept.
pub fn parsed(name: &str) -> Result<Schema, SchemaError> {
    parse(&whole(name)?)
}

/// Parses a schema's text.
///
/// # Errors
/// What Avro does not accept.
pub fn parse(text: &str) -> Result<Schema, SchemaError> {
    Schema::parse_str(text).map_err(|error| SchemaError::Refused(error.to_string()))
}

const PRIMITIVE: [&str; 8] = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"];

/// Puts definitions in the place of names.
struct Inliner<'a> {
    of: &'a str,
    known: BTreeMap<String, Value>,
}

impl Inliner<'_> {
    fn file(&mut self, name: &str) -> Result<Value, SchemaError> {
        let text = FILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
        let text = text.ok_or_else(|| SchemaError::Unknown { of: self.of.into(), name: name.into() })?;
        let schema = serde_json::from_str(text)
            .map_err(|source| SchemaError::NotJson { name: name.into(), source })?;
        self.schema(schema)
    }

    fn schema(&mut self, schema: Value) -> Result<Value, SchemaError> {
        match schema {
            Value::String(name) if PRIMITIVE.contains(&name.as_str()) || self.known.contains_key(&name) => {
                Ok(Value::String(name))
            }
            Value::String(name) => self.file(&name),
            Value::Array(branches) => branches
                .into_iter()
                .map(|branch| self.schema(branch))
                .collect::<Result<_, _>>()
                .map(Value::Array),
            Value::Object(object) => self.object(object),
            other => Err(SchemaError::Refused(format!("expected a schema in {}, found {other}", self.of))),
        }
    }

    fn object(&mut self, mut object: Map<String, Value>) -> Result<Value, SchemaError> {
        if let Some(name) = object.get("name").and_then(Value::as_str).map(str::to_owned) {
            object.remove("namespace");
            let shallow = shallow(&object);
            match self.known.get(&name) {
                Some(known) if *known == shallow => return Ok(Value::String(name)),
                Some(_) => return Err(SchemaError::Twice { of: self.of.into(), name }),
                None if self.known.is_empty() => object.insert("namespace".into(), NAMESPACE.into()),
                None => None, // the outermost record's namespace holds for all
            };
            self.known.insert(name, shallow);
        }
        if let Some(items) = object.remove("items") {
            object.insert("items".into(), self.schema(items)?);
        }
        if let Some(Value::Array(fields)) = object.remove("fields") {
            let fields = fields.into_iter().map(|field| self.field(field)).collect::<Result<_, _>>()?;
            object.insert("fields".into(), fields);
        }
        Ok(Value::Object(object))
    }

    fn field(&mut self, mut field: Value) -> Result<Value, SchemaError> {
        if let Some(schema) = field.get_mut("type") {
            *schema = self.schema(schema.take())?;
        }
        Ok(field)
    }
}

/// A definition with names in the place of the definitions inside it: where a name was seen first is no
/// difference.
fn shallow(definition: &Map<String, Value>) -> Value {
    let mut definition = definition.clone();
    if let Some(Value::Array(fields)) = definition.get_mut("fields") {
        for field in fields {
            if let Some(schema) = field.get_mut("type") {
                *schema = named(schema);
            }
        }
    }
    Value::Object(definition)
}

fn named(schema: &Value) -> Value {
    match schema {
        Value::Array(branches) => branches.iter().map(named).collect(),
        Value::Object(object) if object.contains_key("name") => object["name"].clone(),
        Value::Object(object) => {
            let mut object = object.clone();
            if let Some(items) = object.get_mut("items") {
                *items = named(items);
            }
            Value::Object(object)
        }
        other => other.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_is_whole_and_accepted() {
        for (name, _) in FILES {
            let schema = parsed(name).unwrap_or_else(|error| panic!("{name}: {error}"));
            assert_eq!(schema.name().map(ToString::to_string), Some(subject(name)));
        }
    }

    #[test]
    fn every_field_and_definition_says_what_it_is() {
        fn check(name: &str, schema: &Value) {
            match schema {
                Value::Object(object) => {
                    let documented =
                        object.get("doc").and_then(Value::as_str).is_some_and(|doc| doc.len() > 4);
                    assert!(
                        documented || !object.contains_key("name"),
                        "schemas/{name}.avsc: no doc at {schema}"
                    );
                    object
                        .iter()
                        .filter(|(key, _)| *key != "default")
                        .for_each(|(_, value)| check(name, value));
                }
                Value::Array(parts) => parts.iter().for_each(|part| check(name, part)),
                _ => {}
            }
        }
        for (name, text) in FILES {
            check(name, &serde_json::from_str(text).unwrap());
        }
    }

    #[test]
    fn place_0_of_every_enum_and_union_is_what_is_never_written() {
        fn check(name: &str, schema: &Value) {
            if let Some(symbols) = schema.get("symbols") {
                assert_eq!(
                    (&symbols[0], &schema["default"]),
                    (&"unknown".into(), &"unknown".into()),
                    "{name}"
                );
            }
            if let Some(Value::Array(branches)) = schema.get("type") {
                assert_eq!(branches[0], "null", "schemas/{name}.avsc: {schema}");
            }
            match schema {
                Value::Object(object) => object.values().for_each(|value| check(name, value)),
                Value::Array(parts) => parts.iter().for_each(|part| check(name, part)),
                _ => {}
            }
        }
        for (name, text) in FILES {
            check(name, &serde_json::from_str(text).unwrap());
        }
    }

    #[test]
    fn no_file_is_left_out() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../schemas");
        let mut found: Vec<String> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| {
                entry.unwrap().file_name().into_string().unwrap().strip_suffix(".avsc").map(Into::into)
            })
            .collect();
        found.sort();
        assert_eq!(found, FILES.iter().map(|(name, _)| *name).collect::<Vec<_>>());
    }
}
