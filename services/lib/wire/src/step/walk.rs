//! A datum on its way between two versions: bytes are copied, compared and left out.

use super::{Node, Way};
use crate::avro;

/// How deep values may nest: a command may hold a command.
const DEPTH: usize = 64;

pub(super) struct Walk<'a> {
    pub(super) nodes: &'a [Node],
    pub(super) way: Way,
    /// What is left of the datum.
    pub(super) rest: &'a [u8],
    pub(super) out: &'a mut Vec<u8>,
}

impl Walk<'_> {
    pub(super) fn node(&mut self, node: usize, depth: usize) -> Option<()> {
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
                let count = self.block()?;
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

    /// Copies the length of a block; how many items it has. One that says its bytes, by a negative count, is written
    /// without them: they may become fewer or more.
    fn block(&mut self) -> Option<usize> {
        let begin = self.out.len();
        let count = self.number()?;
        if count < 0 {
            self.number()?;
            self.out.truncate(begin);
            avro::write(&count.checked_neg()?, self.out).ok()?;
        }
        usize::try_from(count.unsigned_abs()).ok()
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
