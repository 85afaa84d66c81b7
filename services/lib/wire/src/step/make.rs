//! Makes the nodes of a step from two schemas.

use super::Node;
use super::form::{Definitions, Form, defined, definitions};
use crate::avro;
use serde_json::Value;
use std::collections::BTreeMap;

/// Why there is no step: the place, `/field/field`, and behind it what was expected and found.
type Why = String;

/// Makes the nodes of a pair of schemas; without a schema of before, those of ours alone.
pub(super) struct Maker {
    ours: Definitions,
    before: Definitions,
    nodes: Vec<Node>,
    /// Records by name, and whether the version before has them.
    known: BTreeMap<(String, bool), usize>,
}

impl Maker {
    /// The nodes, and which of them is the root.
    pub(super) fn between(before: &Value, ours: &Value) -> Result<(Vec<Node>, usize), Why> {
        let mut maker = Self {
            ours: definitions(ours),
            before: definitions(before),
            nodes: Vec::new(),
            known: BTreeMap::new(),
        };
        let root = maker.node(ours, Some(before))?;
        Ok((maker.nodes, root))
    }

    fn node(&mut self, ours: &Value, before: Option<&Value>) -> Result<usize, Why> {
        let ours = defined(&self.ours, ours);
        let before = before.map(|before| defined(&self.before, before));
        let before = before.as_ref();
        if let Value::Array(branches) = &ours {
            return self.union(branches, before);
        }
        let form = Form::of(&ours);
        if let Some(found) = before.map(Form::of).filter(|found| *found != form) {
            return Err(format!(": expected {form:?} of before, found {found:?}"));
        }
        let node = match form.kind.as_str() {
            "null" => Node::Nothing,
            "boolean" => Node::Fixed(1),
            "int" | "long" => Node::Number,
            "string" | "bytes" => Node::Text,
            "fixed" => Node::Fixed(size(&ours, before)?),
            "enum" => Node::Word(words(&ours, before)?),
            "array" => Node::Items(self.node(&ours["items"], before.map(|before| &before["items"]))?),
            "record" => return self.record(&ours, before),
            other => return Err(format!(": expected no {other}: there is no step for it")),
        };
        Ok(self.push(node))
    }

    fn union(&mut self, branches: &[Value], before: Option<&Value>) -> Result<usize, Why> {
        let earlier = before.map_or(Some(branches), |before| before.as_array().map(Vec::as_slice));
        let earlier = earlier.ok_or(": expected a union of before, found none")?;
        if earlier.len() > branches.len() {
            let (less, more) = (branches.len(), earlier.len());
            return Err(format!(": expected the {more} branches of before, found {less}"));
        }
        let mut nodes = Vec::new();
        for (place, branch) in branches.iter().enumerate() {
            let theirs = earlier.get(place);
            nodes.push(match (before, theirs) {
                (None, _) => Some(self.node(branch, None)?),
                (Some(_), Some(theirs)) => Some(self.node(branch, Some(theirs))?),
                (Some(_), None) => None,
            });
        }
        Ok(self.push(Node::Branch(nodes)))
    }

    fn record(&mut self, ours: &Value, before: Option<&Value>) -> Result<usize, Why> {
        let key = (Form::of(ours).name, before.is_some());
        if let Some(known) = self.known.get(&key) {
            return Ok(*known);
        }
        // It may hold itself.
        let place = self.push(Node::Nothing);
        self.known.insert(key, place);
        let earlier = before.map_or(&[][..], fields);
        let mut rest = earlier.iter().peekable();
        let mut made = Vec::new();
        for field in fields(ours) {
            let theirs = rest.next_if(|theirs| theirs["name"] == field["name"]);
            let at = |why: Why| format!("/{}{why}", field["name"].as_str().unwrap_or_default());
            let default = if before.is_some() && theirs.is_none() {
                if earlier.iter().any(|theirs| theirs["name"] == field["name"]) {
                    return Err(at(": expected the fields of before in their order, found it moved".into()));
                }
                Some(self.default_of(field).map_err(at)?)
            } else {
                None
            };
            let node = self.node(&field["type"], theirs.map(|theirs| &theirs["type"])).map_err(at)?;
            made.push((node, default));
        }
        if let Some(gone) = rest.next() {
            let name = gone["name"].as_str().unwrap_or_default();
            return Err(format!(": expected every field of before, found no `{name}`"));
        }
        self.nodes[place] = Node::Fields(made);
        Ok(place)
    }

    /// The bytes of the default of a field that the version before lacks.
    fn default_of(&self, field: &Value) -> Result<Vec<u8>, Why> {
        let default = field.get("default").ok_or(": expected a default of what is new, found none")?;
        self.default(&field["type"], default).ok_or_else(|| {
            let expected = "null, a boolean, whole number, text, bytes, word, empty array or record of these";
            format!(": expected a default that is {expected}, found {default}")
        })
    }

    fn default(&self, schema: &Value, default: &Value) -> Option<Vec<u8>> {
        let schema = defined(&self.ours, schema);
        let mut out = Vec::new();
        if let Value::Array(branches) = &schema {
            out.push(0);
            out.extend(self.default(branches.first()?, default)?);
            return Some(out);
        }
        match (Form::of(&schema).kind.as_str(), default) {
            ("null", Value::Null) => {}
            ("boolean", Value::Bool(flag)) => avro::write(flag, &mut out).ok()?,
            ("int" | "long", number) => avro::write(&number.as_i64()?, &mut out).ok()?,
            ("string", Value::String(text)) => avro::write(text, &mut out).ok()?,
            ("enum", Value::String(word)) => {
                let place = schema["symbols"].as_array()?.iter().position(|symbol| symbol == word)?;
                avro::write(&i64::try_from(place).ok()?, &mut out).ok()?;
            }
            ("array", Value::Array(items)) if items.is_empty() => out.push(0),
            ("bytes", Value::String(text)) => {
                let bytes = bytes(text)?;
                avro::write(&i64::try_from(bytes.len()).ok()?, &mut out).ok()?;
                out.extend(bytes);
            }
            ("fixed", Value::String(text)) => {
                out = bytes(text)?;
                (schema["size"] == out.len()).then_some(())?;
            }
            ("record", Value::Object(values)) => {
                for field in schema["fields"].as_array()? {
                    let value = values.get(field["name"].as_str()?).or_else(|| field.get("default"))?;
                    out.extend(self.default(&field["type"], value)?);
                }
            }
            _ => return None,
        }
        Some(out)
    }

    fn push(&mut self, node: Node) -> usize {
        self.nodes.push(node);
        self.nodes.len() - 1
    }
}

fn fields(record: &Value) -> &[Value] {
    record["fields"].as_array().map_or(&[], Vec::as_slice)
}

fn size(ours: &Value, before: Option<&Value>) -> Result<usize, Why> {
    let size = &ours["size"];
    if let Some(before) = before.filter(|before| before["size"] != *size) {
        return Err(format!(": expected {} bytes as before, found {size}", before["size"]));
    }
    let size = size.as_u64().and_then(|size| usize::try_from(size).ok());
    size.ok_or_else(|| ": expected a size, found none".into())
}

/// How many words there were before.
fn words(ours: &Value, before: Option<&Value>) -> Result<usize, Why> {
    let symbols = |schema: &Value| schema["symbols"].as_array().cloned().unwrap_or_default();
    let (ours, before) = (symbols(ours), symbols(before.unwrap_or(ours)));
    match ours.starts_with(&before) {
        true => Ok(before.len()),
        false => {
            let words = |symbols: Vec<Value>| Value::Array(symbols).to_string();
            Err(format!(": expected the words of before first, {}, found {}", words(before), words(ours)))
        }
    }
}

/// The bytes of a default: each character stands for one.
fn bytes(text: &str) -> Option<Vec<u8>> {
    text.chars().map(|byte| u8::try_from(u32::from(byte)).ok()).collect()
}
