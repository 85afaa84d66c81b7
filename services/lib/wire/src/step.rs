//! One step between two versions of a schema of ours, both ways, for topics that two builds read and write while
//! one replaces the other: `member-commands` and `ledger-wal`.
//!
//! Back, a datum of ours becomes one of the version before, where it says nothing that version cannot say: fields
//! it lacks are at their defaults, no word or branch is new. So an older ledger reads what a newer one wrote as long
//! as nothing new happened, and refuses the rest, for that is not written as an older version. Forth, the missing
//! fields get their defaults. No value is made in between: bytes are copied, compared and left out.
//!
//! Knows the changes that `schemas/README.md` allows: fields with a default, words and branches at the end. Where
//! versions differ otherwise there is no step.

use crate::avro;
use serde_json::Value;
use std::collections::BTreeMap;

/// How deep values may nest: a command may hold a command.
const DEPTH: usize = 64;

/// The step between a version of ours and one before it.
#[derive(Debug)]
pub(crate) struct Step {
    nodes: Vec<Node>,
    root: usize,
}

#[derive(Debug)]
enum Node {
    /// No bytes.
    Nothing,
    /// So many bytes.
    Fixed(usize),
    /// A number of any length.
    Number,
    /// A length, and so many bytes.
    Text,
    /// A place below this one.
    Word(usize),
    /// A place, and what stands at it; `None`: the version before lacks it.
    Branch(Vec<Option<usize>>),
    /// Blocks of these.
    Items(usize),
    /// Fields; with the bytes of its default where the version before lacks it.
    Fields(Vec<(usize, Option<Vec<u8>>)>),
}

/// Which way a datum goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Way {
    Back,
    Forth,
}

impl Step {
    /// From the whole schema `before` to the whole schema `ours`; `None` where they differ by more than was added.
    pub(crate) fn between(before: &str, ours: &str) -> Option<Self> {
        let before: Value = serde_json::from_str(before).ok()?;
        let ours: Value = serde_json::from_str(ours).ok()?;
        let mut maker = Maker {
            ours: definitions(&ours),
            before: definitions(&before),
            nodes: Vec::new(),
            known: BTreeMap::new(),
        };
        let root = maker.node(&ours, Some(&before))?;
        Some(Self { nodes: maker.nodes, root })
    }

    /// Appends a datum of ours as one of the version before; `None` where it says what that cannot say.
    pub(crate) fn back(&self, datum: &[u8], out: &mut Vec<u8>) -> Option<()> {
        self.go(Way::Back, datum, out)
    }

    /// Appends a datum of the version before as one of ours; `None` where it is none.
    pub(crate) fn forth(&self, datum: &[u8], out: &mut Vec<u8>) -> Option<()> {
        self.go(Way::Forth, datum, out)
    }

    fn go(&self, way: Way, datum: &[u8], out: &mut Vec<u8>) -> Option<()> {
        let mut walk = Walk { nodes: &self.nodes, way, rest: datum, out };
        walk.node(self.root, 0)?;
        walk.rest.is_empty().then_some(())
    }
}

struct Walk<'a> {
    nodes: &'a [Node],
    way: Way,
    rest: &'a [u8],
    out: &'a mut Vec<u8>,
}

impl Walk<'_> {
    fn node(&mut self, node: usize, depth: usize) -> Option<()> {
        if depth > DEPTH {
            return None;
        }
        let nodes = self.nodes;
        match &nodes[node] {
            Node::Nothing => Some(()),
            Node::Fixed(length) => self.copy(*length),
            Node::Number => self.number().map(drop),
            Node::Text => {
                let length = usize::try_from(self.number()?).ok()?;
                self.copy(length)
            }
            Node::Word(places) => self.place(*places).map(drop),
            Node::Branch(branches) => {
                let place = self.place(branches.len())?;
                self.node(branches[place]?, depth + 1)
            }
            Node::Items(item) => loop {
                let count = usize::try_from(self.number()?).ok()?;
                if count == 0 {
                    return Some(());
                }
                (count <= self.rest.len()).then_some(())?;
                (0..count).try_for_each(|_| self.node(*item, depth + 1))?;
            },
            Node::Fields(fields) => fields.iter().try_for_each(|(field, missing)| match missing {
                None => self.node(*field, depth + 1),
                Some(default) if self.way == Way::Forth => {
                    self.out.extend_from_slice(default);
                    Some(())
                }
                Some(default) => {
                    let begin = self.out.len();
                    self.node(*field, depth + 1)?;
                    let is_default = self.out[begin..] == **default;
                    self.out.truncate(begin);
                    is_default.then_some(())
                }
            }),
        }
    }

    fn copy(&mut self, length: usize) -> Option<()> {
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.out.extend_from_slice(bytes);
        self.rest = rest;
        Some(())
    }

    /// Copies a number; what it is.
    fn number(&mut self) -> Option<i64> {
        let (rest, mut value) = (self.rest, 0_u64);
        for (place, byte) in rest.iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * place);
            if *byte <= 0x7f {
                self.copy(place + 1)?;
                return Some((value >> 1).cast_signed() ^ -(value & 1).cast_signed());
            }
        }
        None
    }

    fn place(&mut self, places: usize) -> Option<usize> {
        let place = usize::try_from(self.number()?).ok()?;
        (place < places).then_some(place)
    }
}

type Definitions = BTreeMap<String, Value>;

/// Makes the nodes of a pair of schemas; without a schema of before, those of ours alone.
struct Maker {
    ours: Definitions,
    before: Definitions,
    nodes: Vec<Node>,
    /// Records by name, and whether the version before has them.
    known: BTreeMap<(String, bool), usize>,
}

impl Maker {
    fn node(&mut self, ours: &Value, before: Option<&Value>) -> Option<usize> {
        let ours = defined(&self.ours, ours);
        let before = before.map(|before| defined(&self.before, before));
        let before = before.as_ref();
        if let Value::Array(branches) = &ours {
            return self.union(branches, before);
        }
        if before.is_some_and(|before| form(before) != form(&ours)) {
            return None;
        }
        let node = match form(&ours).0.as_str() {
            "null" => Node::Nothing,
            "boolean" => Node::Fixed(1),
            "int" | "long" => Node::Number,
            "string" | "bytes" => Node::Text,
            "fixed" => {
                let size = &ours["size"];
                before.is_none_or(|before| before["size"] == *size).then_some(())?;
                Node::Fixed(usize::try_from(size.as_u64()?).ok()?)
            }
            "enum" => {
                let words = ours["symbols"].as_array()?;
                let before = before.map_or(Some(words), |before| before["symbols"].as_array())?;
                Node::Word(words.iter().zip(before).take_while(|(ours, before)| ours == before).count())
            }
            "array" => Node::Items(self.node(&ours["items"], before.map(|before| &before["items"]))?),
            "record" => return self.record(&ours, before),
            _ => return None,
        };
        Some(self.push(node))
    }

    fn union(&mut self, branches: &[Value], before: Option<&Value>) -> Option<usize> {
        let earlier = before.map_or(Some(branches), |before| before.as_array().map(Vec::as_slice))?;
        let mut nodes = Vec::new();
        for (place, branch) in branches.iter().enumerate() {
            let theirs = earlier.get(place);
            nodes.push(match (before, theirs) {
                (None, _) => Some(self.node(branch, None)?),
                (Some(_), Some(theirs)) => Some(self.node(branch, Some(theirs))?),
                (Some(_), None) => None,
            });
        }
        (earlier.len() <= branches.len()).then(|| self.push(Node::Branch(nodes)))
    }

    fn record(&mut self, ours: &Value, before: Option<&Value>) -> Option<usize> {
        let key = (form(ours).1, before.is_some());
        if let Some(known) = self.known.get(&key) {
            return Some(*known);
        }
        // It may hold itself.
        let place = self.push(Node::Nothing);
        self.known.insert(key, place);
        let earlier =
            before.map_or(Some(&[][..]), |before| before["fields"].as_array().map(Vec::as_slice))?;
        let mut rest = earlier.iter().peekable();
        let mut fields = Vec::new();
        for field in ours["fields"].as_array()? {
            let theirs = rest.next_if(|theirs| theirs["name"] == field["name"]);
            let node = self.node(&field["type"], theirs.map(|theirs| &theirs["type"]))?;
            let is_new = before.is_some() && theirs.is_none();
            let default = || self.default(&field["type"], field.get("default")?);
            fields.push((node, if is_new { Some(default()?) } else { None }));
        }
        // One that we lack, or that stands elsewhere.
        rest.next().is_none().then_some(())?;
        self.nodes[place] = Node::Fields(fields);
        Some(place)
    }

    /// The bytes of a field's default.
    fn default(&self, schema: &Value, default: &Value) -> Option<Vec<u8>> {
        let schema = defined(&self.ours, schema);
        let mut out = Vec::new();
        if let Value::Array(branches) = &schema {
            out.push(0);
            out.extend(self.default(branches.first()?, default)?);
            return Some(out);
        }
        match (form(&schema).0.as_str(), default) {
            ("null", Value::Null) => {}
            ("boolean", Value::Bool(flag)) => avro::write(flag, &mut out).ok()?,
            ("int" | "long", number) => avro::write(&number.as_i64()?, &mut out).ok()?,
            ("string", Value::String(text)) => avro::write(text, &mut out).ok()?,
            ("array", Value::Array(items)) if items.is_empty() => out.push(0),
            // Each character stands for a byte.
            ("fixed", Value::String(text)) => {
                out = text.chars().map(|byte| u8::try_from(u32::from(byte)).ok()).collect::<Option<_>>()?;
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

/// What kind of schema it is, its name where it has one, and its logical type.
fn form(schema: &Value) -> (String, String, String) {
    let text = |value: &Value| value.as_str().map(short).unwrap_or_default();
    match schema {
        Value::Object(object) => {
            let of = |key: &str| object.get(key).map(text).unwrap_or_default();
            (of("type"), of("name"), of("logicalType"))
        }
        other => (text(other), String::new(), String::new()),
    }
}

/// A name without its namespace: there is one for all.
fn short(name: &str) -> String {
    name.rsplit('.').next().unwrap_or_default().to_owned()
}

/// A schema by its name, or itself.
fn defined(definitions: &Definitions, schema: &Value) -> Value {
    let name = schema.as_str().map(short);
    name.and_then(|name| definitions.get(&name)).unwrap_or(schema).clone()
}

/// Every named schema inside.
fn definitions(schema: &Value) -> Definitions {
    fn collect(schema: &Value, into: &mut Definitions) {
        match schema {
            Value::Object(object) => {
                if let (Some(name), Some(Value::String(_))) =
                    (object.get("name").and_then(Value::as_str), object.get("type"))
                    && ["record", "enum", "fixed"].contains(&form(schema).0.as_str())
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
