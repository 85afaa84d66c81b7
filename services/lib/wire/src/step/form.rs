//! Schemas as JSON: what makes two of them the same kind of bytes, and where names lead.

use serde_json::Value;
use std::collections::BTreeMap;

/// Named schemas, by their names without the namespace.
pub(super) type Definitions = BTreeMap<String, Value>;

/// What two schemas must share for one to step to the other.
#[derive(PartialEq, Eq, Debug)]
pub(super) struct Form {
    /// Such as `record` or `long`; empty for a union.
    pub(super) kind: String,
    /// Its name, where it has one.
    pub(super) name: String,
    /// Its logical type, where it has one.
    logical: String,
    /// Digits of a decimal, and of them those behind the point: money of another scale is other money.
    digits: (u64, u64),
}

impl Form {
    pub(super) fn of(schema: &Value) -> Self {
        let text = |value: &Value| value.as_str().map(short).unwrap_or_default();
        let (kind, name, logical) = match schema {
            Value::Object(object) => {
                let of = |key: &str| object.get(key).map(text).unwrap_or_default();
                (of("type"), of("name"), of("logicalType"))
            }
            other => (text(other), String::new(), String::new()),
        };
        let number = |key: &str| schema.get(key).and_then(Value::as_u64).unwrap_or(0);
        Self { kind, name, logical, digits: (number("precision"), number("scale")) }
    }
}

/// A name without its namespace: there is one for all.
pub(super) fn short(name: &str) -> String {
    name.rsplit('.').next().unwrap_or_default().to_owned()
}

/// A schema by its name, or itself.
pub(super) fn defined(definitions: &Definitions, schema: &Value) -> Value {
    let name = schema.as_str().map(short);
    name.and_then(|name| definitions.get(&name)).unwrap_or(schema).clone()
}

/// Every named schema inside.
pub(super) fn definitions(schema: &Value) -> Definitions {
    fn collect(schema: &Value, into: &mut Definitions) {
        match schema {
            Value::Object(object) => {
                if let (Some(name), Some(Value::String(_))) =
                    (object.get("name").and_then(Value::as_str), object.get("type"))
                    && ["record", "enum", "fixed"].contains(&Form::of(schema).kind.as_str())
                {
                    into.insert(short(name), schema.clone());
                }
                object
                    .iter()
                    .filter(|(key, _)| *key != "default")
                    .for_each(|(_, value)| collect(value, into));
            }
            Value::Array(parts) => parts.iter().for_each(|part| collect(part, into)),
            _ => {}
        }
    }
    let mut found = Definitions::new();
    collect(schema, &mut found);
    found
}

/// A field of two schemas that has another default in each: what neither a third schema nor a record under it says is
/// then not the same to both.
pub(super) fn other_default(one: &Value, other: &Value) -> Option<String> {
    let others = definitions(other);
    let field = |schema: &Value, name: &Value| {
        schema["fields"].as_array()?.iter().find(|field| field["name"] == *name).cloned()
    };
    for (record, schema) in &definitions(one) {
        for mine in schema["fields"].as_array().into_iter().flatten() {
            let theirs = others.get(record).and_then(|record| field(record, &mine["name"]));
            if let (Some(mine_default), Some(theirs)) = (mine.get("default"), theirs)
                && theirs.get("default").is_some_and(|theirs| theirs != mine_default)
            {
                let name = mine["name"].as_str().unwrap_or_default();
                return Some(format!("{record}.{name}"));
            }
        }
    }
    None
}
