//! What a transaction decided, in numbers, and which of its commands carry a trace: for whoever counts or follows.
//!
//! Made beside the decision, of what it says; nothing is decided by it. It is told only once the transaction surely was
//! committed, so that nothing is counted twice by a transaction that failed.

use domain::lot::Bucket;
use domain::outcome::{OutcomeKind, Reason};
use domain::{EntityId, Event, Name, Row, Timestamp};
use std::collections::BTreeMap;

/// A command that came with a trace.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Traced {
    /// Its `traceparent`, as it came: never empty.
    pub trace: Name,
    /// Whom it concerned.
    pub entity: EntityId,
    /// Where it stands in its partition of `member-commands`.
    pub offset: i64,
}

/// Sums over the commands of one transaction.
#[derive(Clone, PartialEq, Eq, Default, Debug)]
pub struct Tally {
    /// Events answered, by what became of them, why, and their partner. A later fate of an event is none.
    pub outcomes: BTreeMap<(OutcomeKind, Reason, Name), u64>,
    /// Points moved, by the bucket they left (`None`: they were issued) and the one they went to.
    pub points: BTreeMap<(Option<Bucket>, Bucket), u64>,
    /// Events that came to wait until an operator decides.
    pub waits: u64,
    /// Events that wait for an operator no more.
    pub waits_ended: u64,
    /// Messages to `dead-letters`, by reason; [`Reason::None`] for what is no command.
    pub dead_letters: BTreeMap<Reason, u64>,
    /// Commands that carry a trace, in log order.
    pub traced: Vec<Traced>,
}

/// What one event or dead letter adds to a tally.
#[derive(Clone, PartialEq, Eq, Debug)]
pub(crate) enum Said {
    Answered(OutcomeKind, Reason, Name),
    Moved(Option<Bucket>, Bucket, u64),
    DeadLetter(Reason),
    Waits,
    WaitsNoMore,
}

impl Said {
    /// Of `event`, where it adds anything.
    pub(crate) fn by(event: &Event) -> Option<Self> {
        match event {
            Event::Outcome(record) if !record.later => {
                let outcome = record.outcome;
                Some(Self::Answered(outcome.kind, outcome.reason, record.source.partner.clone()))
            }
            Event::Entry(entry) => {
                let points = entry.points.get().unsigned_abs();
                entry.to.filter(|_| points > 0).map(|to| Self::Moved(entry.from, to, points))
            }
            _ => None,
        }
    }

    /// Of `row`, where it is of an event that only an operator decides about, or a limit that members share: that one
    /// answers at once, unless its account is parked, and then an operator lets it go on. Such a row is written when the event comes
    /// to wait and when it ends, and at no other time.
    pub(crate) fn of(row: &Row) -> Option<Self> {
        match row {
            Row::Parked(parked) if parked.until == Timestamp::NEVER => {
                Some(if parked.waits { Self::Waits } else { Self::WaitsNoMore })
            }
            _ => None,
        }
    }
}

impl Tally {
    /// Adds what a verdict said.
    pub(crate) fn add(&mut self, said: Vec<Said>) {
        for said in said {
            match said {
                Said::Answered(kind, reason, partner) => {
                    *self.outcomes.entry((kind, reason, partner)).or_default() += 1;
                }
                Said::Moved(from, to, points) => {
                    let sum = self.points.entry((from, to)).or_default();
                    *sum = sum.saturating_add(points);
                }
                Said::Waits => self.waits += 1,
                Said::WaitsNoMore => self.waits_ended += 1,
                Said::DeadLetter(reason) => *self.dead_letters.entry(reason).or_default() += 1,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::command::{Body, Command, Source};
    use domain::row::Parked;
    use domain::{Digest, EventKey};

    fn row(until: Timestamp, waits: bool) -> Row {
        let source = Source {
            partner: "shop".into(),
            feed: "purchases".into(),
            id: "1".into(),
            partition: 0,
            offset: 0,
        };
        let command = Command {
            key: EventKey::NONE,
            entity: EntityId::member("p", "1"),
            source,
            occurred_at: Timestamp(1),
            delivered_at: Timestamp(1),
            content: Digest::default(),
            trace: Name::default(),
            body: Body::Tick,
        };
        Row::Parked(Parked { key: EventKey::NONE, sequence: 1, until, waits, command })
    }

    #[test]
    fn s25_what_waits_for_an_operator_is_counted_when_it_comes_and_when_it_ends() {
        let mut tally = Tally::default();
        let never = Timestamp::NEVER;
        // A return that waits for its purchase ends by itself.
        let rows = [row(never, true), row(never, true), row(never, false), row(Timestamp(9), true)];
        tally.add(rows.iter().filter_map(Said::of).collect());
        assert_eq!((tally.waits, tally.waits_ended), (2, 1));
    }
}
