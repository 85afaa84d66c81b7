//! Turns a datum written under another schema into one under ours, by Avro's rules of resolution: fields by
//! name, missing ones by their defaults, unknown symbols to `unknown`. The slow way, for other versions only.
//!
//! Never guesses at money: decimals of another scale are refused, though Avro's fingerprints and registries
//! take them for equal.

use crate::avro::DatumError;
use crate::error::SchemaError;
use crate::schema;
use crate::walk::walk;
use apache_avro::reader::datum::GenericDatumReader;
use apache_avro::schema::ResolvedSchema;
use apache_avro::schema_compatibility::SchemaCompatibility;
use apache_avro::types::Value as Avro;
use apache_avro::writer::datum::GenericDatumWriter;
use apache_avro::{Decimal, Schema};
use serde_json::Value;
use std::sync::Arc;

/// Bytes of the largest decimal there is here: 18 digits.
const WIDE: usize = 8;

/// From one schema to ours.
#[derive(Debug)]
pub struct Resolver {
    writer: Arc<Schema>,
    reader: Arc<Schema>,
}

impl Resolver {
    /// From the schema `writer` to ours; `None` where both write the same bytes.
    ///
    /// # Errors
    /// A text that is not a schema, or one that cannot be read as ours.
    pub fn new(writer: &str, reader: &Arc<Schema>) -> Result<Option<Self>, SchemaError> {
        let writer = schema::parse(writer)?;
        if shape(&writer)? == shape(reader)? {
            return Ok(None);
        }
        same_decimals(&writer, reader, "")?;
        SchemaCompatibility::can_read(&writer, reader)
            .map_err(|error| SchemaError::Refused(error.to_string()))?;
        Ok(Some(Self { writer: Arc::new(writer), reader: Arc::clone(reader) }))
    }

    /// The schema `writer`.
    pub(crate) fn writer(&self) -> Arc<Schema> {
        Arc::clone(&self.writer)
    }

    /// `datum` under our schema, appended to `out`.
    ///
    /// # Errors
    /// A datum that is not one of the writer's schema, or holds what ours cannot express.
    pub fn transcode(&self, datum: &[u8], out: &mut Vec<u8>) -> Result<(), DatumError> {
        let failed = |error: apache_avro::Error| DatumError::Value(error.to_string());
        let resolved = ResolvedSchema::try_from(&*self.writer).map_err(failed)?;
        walk(&self.writer, resolved.get_names(), datum)?;
        let reader = GenericDatumReader::builder(&self.writer).build();
        let mut value = reader.and_then(|reader| reader.read_value(&mut &*datum)).map_err(failed)?;
        widen(&mut value);
        let value = value.resolve(&self.reader).map_err(failed)?;
        let writer = GenericDatumWriter::builder(&self.reader).build();
        writer.and_then(|writer| writer.write_value_ref(out, &value)).map_err(failed)?;
        Ok(())
    }
}

/// Writes every decimal in eight bytes. apache-avro resolves none that is written in fewer bytes than its schema's
/// precision may need, and everybody writes them in as few as their value needs.
fn widen(value: &mut Avro) {
    match value {
        Avro::Decimal(decimal) => {
            let Ok(bytes) = Vec::<u8>::try_from(&*decimal) else { return };
            if bytes.len() < WIDE {
                let sign = bytes.first().map_or(0, |first| if *first > 0x7f { 0xff } else { 0 });
                let mut wide = vec![sign; WIDE - bytes.len()];
                wide.extend(bytes);
                *decimal = Decimal::from(wide);
            }
        }
        Avro::Union(_, branch) => widen(branch),
        Avro::Array(items) => items.iter_mut().for_each(widen),
        Avro::Record(fields) => fields.iter_mut().for_each(|(_, field)| widen(field)),
        _ => {}
    }
}

/// A schema without what changes no byte and no meaning: texts, defaults, aliases. Logical types stay.
fn shape(schema: &Schema) -> Result<Value, SchemaError> {
    fn strip(schema: &mut Value) {
        match schema {
            Value::Object(object) => {
                object.retain(|key, _| !["doc", "default", "aliases", "order"].contains(&key.as_str()));
                object.values_mut().for_each(strip);
            }
            Value::Array(parts) => parts.iter_mut().for_each(strip),
            _ => {}
        }
    }
    let mut value = serde_json::to_value(schema).map_err(|error| SchemaError::Refused(error.to_string()))?;
    strip(&mut value);
    Ok(value)
}

/// Checks that what is a decimal in one is the same decimal in the other. Records are compared where both
/// define them; a recursive reference has been compared before.
fn same_decimals(writer: &Schema, reader: &Schema, at: &str) -> Result<(), SchemaError> {
    match (writer, reader) {
        (Schema::Decimal(theirs), Schema::Decimal(ours)) if theirs.scale == ours.scale => Ok(()),
        (Schema::Decimal(_), _) | (_, Schema::Decimal(_)) => {
            let said = |schema: &Schema| match schema {
                Schema::Decimal(decimal) => {
                    format!("a decimal with {} digits behind the point", decimal.scale)
                }
                _ => "no decimal".to_owned(),
            };
            Err(SchemaError::Refused(format!("expected {} at {at}, found {}", said(reader), said(writer))))
        }
        (Schema::Array(theirs), Schema::Array(ours)) => same_decimals(&theirs.items, &ours.items, at),
        (Schema::Record(theirs), Schema::Record(ours)) => {
            ours.fields.iter().try_for_each(|field| {
                match theirs.fields.iter().find(|f| f.name == field.name) {
                    Some(their) => {
                        same_decimals(&their.schema, &field.schema, &format!("{at}/{}", field.name))
                    }
                    None => Ok(()),
                }
            })
        }
        (Schema::Union(theirs), Schema::Union(ours)) => ours.variants().iter().try_for_each(|branch| {
            let same = |other: &&Schema| {
                std::mem::discriminant(*other) == std::mem::discriminant(branch)
                    && other.name() == branch.name()
            };
            theirs.variants().iter().find(same).map_or(Ok(()), |other| same_decimals(other, branch, at))
        }),
        _ => Ok(()),
    }
}
