//! Records that were answered and whose answers are not all acknowledged yet. Pure bookkeeping.

use domain::Timestamp;

/// One of them.
#[derive(Debug)]
struct Record<P> {
    place: P,
    left: usize,
    bytes: usize,
    sent: Timestamp,
}

/// All of them, by the token their answers are sent with.
#[derive(Debug)]
pub(super) struct Open<P> {
    records: Vec<Option<Record<P>>>,
    free: Vec<usize>,
    bytes: usize,
}

/// An answer that was acknowledged.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Closed<P> {
    /// When the record's answers were sent.
    pub(super) sent: Timestamp,
    /// Where it stands, if this was the last of its answers.
    pub(super) place: Option<P>,
}

impl<P> Default for Open<P> {
    fn default() -> Self {
        Self { records: Vec::new(), free: Vec::new(), bytes: 0 }
    }
}

impl<P> Open<P> {
    /// The token for the `answers`, at least one and of so many `bytes`, of the record at `place`.
    pub(super) fn add(&mut self, place: P, (answers, bytes): (usize, usize), sent: Timestamp) -> usize {
        let record = Some(Record { place, left: answers, bytes, sent });
        self.bytes += bytes;
        if let Some(token) = self.free.pop() {
            self.records[token] = record;
            token
        } else {
            self.records.push(record);
            self.records.len() - 1
        }
    }

    /// One answer sent with `token` is acknowledged.
    pub(super) fn acknowledge(&mut self, token: usize) -> Option<Closed<P>> {
        let record = self.records.get_mut(token)?;
        let open = record.as_mut()?;
        open.left = open.left.saturating_sub(1);
        let sent = open.sent;
        if open.left > 0 {
            return Some(Closed { sent, place: None });
        }
        self.bytes -= open.bytes;
        self.free.push(token);
        Some(Closed { sent, place: record.take().map(|record| record.place) })
    }

    /// Of how many bytes their answers are.
    pub(super) const fn bytes(&self) -> usize {
        self.bytes
    }

    /// How many there are.
    pub(super) const fn len(&self) -> usize {
        self.records.len() - self.free.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_done_with_its_last_answer() {
        let mut open = Open::default();
        let (a, b) = (open.add("a", (2, 20), Timestamp(1)), open.add("b", (1, 7), Timestamp(2)));
        assert_eq!(open.bytes(), 27);
        assert_eq!(open.acknowledge(a), Some(Closed { sent: Timestamp(1), place: None }));
        assert_eq!(open.acknowledge(b), Some(Closed { sent: Timestamp(2), place: Some("b") }));
        assert_eq!((open.len(), open.bytes()), (1, 20));
        assert_eq!(open.add("c", (1, 5), Timestamp(3)), b);
        assert_eq!(open.acknowledge(a).unwrap().place, Some("a"));
        assert_eq!(open.acknowledge(a), None);
        assert_eq!((open.len(), open.bytes()), (1, 5));
    }
}
