//! A datum on its way between two versions: bytes are compared, left out, and copied in runs as long as they go.

use super::{Node, Way};
use crate::avro;

/// How deep values may nest: a command may hold a command.
const DEPTH: usize = 64;

pub(super) struct Walk<'a> {
    nodes: &'a [Node],
    way: Way,
    datum: &'a [u8],
    /// How far it was walked.
    at: usize,
    /// Where the bytes begin that are to be copied and are not yet.
    run: usize,
    out: &'a mut Vec<u8>,
}

impl<'a> Walk<'a> {
    /// Walks the whole datum, a value of node `root`.
    pub(super) fn whole(
        (nodes, root): (&'a [Node], usize),
        way: Way,
        datum: &'a [u8],
        out: &'a mut Vec<u8>,
    ) -> Option<()> {
        let mut walk = Self { nodes, way, datum, at: 0, run: 0, out };
        walk.node(root, 0)?;
        walk.copy(walk.at);
        (walk.at == datum.len()).then_some(())
    }

    fn node(&mut self, node: usize, depth: usize) -> Option<()> {
        if depth > DEPTH {
            return None;
        }
        let nodes = self.nodes;
        match &nodes[node] {
            Node::Nothing => Some(()),
            Node::Fixed(length) => self.skip(*length),
            Node::Number => self.number().map(drop),
            Node::Text => {
                let length = usize::try_from(self.number()?).ok()?;
                self.skip(length)
            }
            Node::Word(places) => self.place(*places).map(drop),
            Node::Branch(branches) => {
                let place = self.place(branches.len())?;
                self.node(branches[place]?, depth + 1)
            }
            Node::Items(item) => loop {
                let count = self.block()?;
                if count == 0 {
                    return Some(());
                }
                (count <= self.datum.len() - self.at).then_some(())?;
                (0..count).try_for_each(|_| self.node(*item, depth + 1))?;
            },
            Node::Fields(fields) => fields.iter().try_for_each(|(field, missing)| match missing {
                None => self.node(*field, depth + 1),
                Some(default) if self.way == Way::Forth => {
                    self.copy(self.at);
                    self.out.extend_from_slice(default);
                    Some(())
                }
                Some(default) => self.leave_out(*field, default, depth),
            }),
        }
    }

    /// Leaves out a field that the version before lacks; `None` where it says something.
    fn leave_out(&mut self, field: usize, default: &[u8], depth: usize) -> Option<()> {
        let begin = self.at;
        self.copy(begin);
        self.node(field, depth + 1)?;
        self.run = self.at;
        (self.datum[begin..self.at] == *default).then_some(())
    }

    /// Copies what is walked and not copied, up to `end`.
    fn copy(&mut self, end: usize) {
        self.out.extend_from_slice(&self.datum[self.run..end]);
        self.run = self.at;
    }

    fn skip(&mut self, length: usize) -> Option<()> {
        let end = self.at.checked_add(length).filter(|end| *end <= self.datum.len())?;
        self.at = end;
        Some(())
    }

    /// How many items a block has. One that says its bytes, by a negative count, is written without them: they may
    /// become fewer or more.
    fn block(&mut self) -> Option<usize> {
        let begin = self.at;
        let count = self.number()?;
        if count < 0 {
            self.number()?;
            self.copy(begin);
            avro::write(&count.checked_neg()?, self.out).ok()?;
        }
        usize::try_from(count.unsigned_abs()).ok()
    }

    fn number(&mut self) -> Option<i64> {
        let mut value = 0_u64;
        for (place, byte) in self.datum[self.at..].iter().take(10).enumerate() {
            value |= u64::from(byte & 0x7f) << (7 * place);
            if *byte <= 0x7f {
                self.at += place + 1;
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
