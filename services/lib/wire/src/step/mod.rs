//! One step between two versions of a schema of ours, both ways, for topics that two builds read and write while
//! one replaces the other: `member-commands` and `ledger-wal`.
//!
//! Back, a datum of ours becomes one of the version before, where it says nothing that version cannot say: fields
//! it lacks are at their defaults, no word or branch is new. So an older ledger reads what a newer one wrote as long
//! as nothing new happened, and refuses the rest, for that is not written as an older version. Forth, the missing
//! fields get their defaults. No value is made in between: bytes are compared, copied and left out.
//!
//! Knows the changes that `schemas/README.md` allows: fields with a default, words and branches at the end. Where
//! versions differ otherwise there is no step, and the reason is told with its place.

mod form;
mod make;
mod walk;

use make::Maker;
use serde_json::Value;
use walk::Walk;

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
    /// From the whole schema `before` to the whole schema `ours`.
    ///
    /// # Errors
    /// Where they differ by more than was added, and by what.
    pub(crate) fn between(before: &str, ours: &str) -> Result<Self, String> {
        let (before, ours) = (json(before)?, json(ours)?);
        let (nodes, root) = Maker::between(&before, &ours)?;
        Ok(Self { nodes, root })
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
        Walk::whole((&self.nodes, self.root), way, datum, out)
    }
}

/// A field of both schemas, `record.field`, that has another default in each: one of them reads from a record of a
/// third version, which lacks the field, what the other never wrote.
pub(crate) fn other_default(one: &str, other: &str) -> Option<String> {
    form::other_default(&json(one).ok()?, &json(other).ok()?)
}

fn json(schema: &str) -> Result<Value, String> {
    serde_json::from_str(schema).map_err(|error| format!("expected a schema, found no JSON: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A record of these fields.
    fn record(fields: &str) -> String {
        format!(r#"{{"type":"record","name":"r","fields":[{fields}]}}"#)
    }

    const NUMBER: &str = r#"{"name":"n","type":"long"}"#;
    const WORD: &str = r#""type":{"type":"enum","name":"e","symbols":["unknown","a","b"]}"#;

    /// From a record of a number to one with a field more.
    fn with(field: &str) -> Result<Step, String> {
        Step::between(&record(NUMBER), &record(&format!("{NUMBER},{field}")))
    }

    fn between(before: &str, ours: &str) -> String {
        let said = Step::between(&record(before), &record(ours));
        said.expect_err("no step")
    }

    #[test]
    fn a_new_field_of_every_kind_that_is_allowed_is_left_out_at_its_default_and_comes_back() {
        let table: [(String, &[u8], &[u8]); 9] = [
            (r#"{"name":"f","type":["null","long"],"default":null}"#.into(), &[0], &[2, 8]),
            (r#"{"name":"f","type":"boolean","default":true}"#.into(), &[1], &[0]),
            (r#"{"name":"f","type":"long","default":-3}"#.into(), &[5], &[8]),
            (r#"{"name":"f","type":"string","default":"ü"}"#.into(), &[4, 0xc3, 0xbc], &[0]),
            // Each character of a default of bytes stands for one.
            (r#"{"name":"f","type":"bytes","default":"\u00ff"}"#.into(), &[2, 0xff], &[0]),
            (
                r#"{"name":"f","type":{"type":"fixed","name":"x","size":1},"default":"\u00ff"}"#.into(),
                &[0xff],
                &[0],
            ),
            (format!(r#"{{"name":"f",{WORD},"default":"b"}}"#), &[4], &[2]),
            (r#"{"name":"f","type":{"type":"array","items":"long"},"default":[]}"#.into(), &[0], &[2, 8, 0]),
            (
                format!(
                    r#"{{"name":"f","type":{{"type":"record","name":"s","fields":[{{"name":"w",{WORD}}},{{"name":"m",
                    "type":"long","default":1}}]}},"default":{{"w":"a"}}}}"#
                ),
                &[2, 2],
                &[2, 4],
            ),
        ];
        for (field, default, other) in table {
            let step = with(&field).unwrap_or_else(|why| panic!("{field}: {why}"));
            let (mut back, mut forth) = (Vec::new(), Vec::new());
            let ours = [&[10], default].concat();
            assert_eq!((step.back(&ours, &mut back), &back[..]), (Some(()), &[10][..]), "{field}");
            assert_eq!((step.forth(&back, &mut forth), &forth), (Some(()), &ours), "{field}");
            assert_eq!(step.back(&[&[10], other].concat(), &mut Vec::new()), None, "{field}");
        }
    }

    #[test]
    fn what_is_not_allowed_has_no_step_and_says_where() {
        let defaults = [
            r#"{"name":"f","type":"long"}"#,
            r#"{"name":"f","type":"long","default":"1"}"#,
            r#"{"name":"f","type":"double","default":1.5}"#,
            r#"{"name":"f","type":{"type":"map","values":"long"},"default":{}}"#,
            r#"{"name":"f","type":{"type":"array","items":"long"},"default":[1]}"#,
            r#"{"name":"f","type":{"type":"enum","name":"e","symbols":["unknown"]},"default":"a"}"#,
            r#"{"name":"f","type":{"type":"fixed","name":"x","size":2},"default":"a"}"#,
        ];
        for field in defaults {
            let why = with(field).expect_err(field);
            assert!(why.starts_with("/f: expected "), "{field}: {why}");
        }
        let (a, b) = (r#"{"name":"a","type":"long"}"#, r#"{"name":"b","type":"long","default":0}"#);
        let moved = between(&format!("{a},{b}"), &format!("{b},{a}"));
        assert_eq!(moved, "/b: expected the fields of before in their order, found it moved");
        let gone = between(&format!("{a},{b}"), a);
        assert_eq!(gone, ": expected every field of before, found no `b`");
        let decimal = |digits: &str| {
            format!(r#"{{"name":"m","type":{{"type":"bytes","logicalType":"decimal",{digits}}}}}"#)
        };
        let (two, four) = (decimal(r#""precision":18,"scale":2"#), decimal(r#""precision":18,"scale":4"#));
        assert!(between(&two, &four).starts_with("/m: expected "), "another scale is other money");
        assert!(between(&decimal(r#""precision":18"#), &four).starts_with("/m: expected "), "0 digits");
        let words = |symbols: &str| {
            format!(r#"{{"name":"w","type":{{"type":"enum","name":"e","symbols":[{symbols}]}}}}"#)
        };
        let why = between(&words(r#""unknown","a""#), &words(r#""unknown","b","a""#));
        assert!(why.starts_with("/w: expected the words of before"), "{why}");
    }

    #[test]
    fn a_block_that_says_its_bytes_is_read_and_written_without_them() {
        let items = |more: &str| {
            record(&format!(
                r#"{{"name":"i","type":{{"type":"array","items":{{"type":"record","name":"s","fields":[{NUMBER}{more}]}}}}}}"#
            ))
        };
        let more = r#",{"name":"f","type":"boolean","default":false}"#;
        let step = Step::between(&items(""), &items(more)).expect("a step");
        let (mut back, mut forth) = (Vec::new(), Vec::new());
        // Two items in four bytes, and one in a block of the plain kind.
        assert_eq!(step.back(&[3, 8, 10, 0, 12, 0, 2, 14, 0, 0], &mut back), Some(()));
        assert_eq!(back, [4, 10, 12, 2, 14, 0]);
        assert_eq!(step.forth(&[3, 4, 10, 12, 0], &mut forth), Some(()));
        assert_eq!(forth, [4, 10, 0, 12, 0, 0]);
        // More items than there are bytes, and the smallest number, which has no opposite.
        assert_eq!(step.forth(&[9, 2, 10, 0], &mut Vec::new()), None);
        let smallest = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x01, 2, 10, 0];
        assert_eq!(step.forth(&smallest, &mut Vec::new()), None);
    }

    #[test]
    fn a_default_that_changed_is_found() {
        let field = |default: &str| format!(r#"{{"name":"f","type":"long","default":{default}}}"#);
        let (zero, one) = (record(&field("0")), record(&field("1")));
        assert_eq!(other_default(&zero, &one), Some("r.f".into()));
        assert_eq!(other_default(&zero, &zero), None);
        assert_eq!(other_default(&record(NUMBER), &one), None);
    }
}
