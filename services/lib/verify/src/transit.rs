//! Points between accounts: what leaves one comes to another, lot by lot; of a transfer all of it together, for its lots
//! have ids of their own where they arrive (S05, S33).
//!
//! A pass reads accounts one after the other, so it sees some moves half: one side was read before the move, the other behind
//! it. Those are open at its end. A move that is open by the same points in a later pass, which began when everything that
//! was under way in the first had arrived ([`Fence`]), has lost or doubled them.

use crate::fence::Fence;
use crate::finding::{Finding, Violation};
use crate::fold::wide;
use domain::entry::{Entry, EntryKind};
use domain::lot::Bucket;
use domain::{EntityId, EventKey, LotId};
use std::collections::BTreeMap;

/// Open moves a pass remembers: some 200 bytes each. Where there are more, it judges none.
const MOST: usize = 1_000_000;

/// A move: the transfer, or else the lot.
type Move = (EventKey, LotId);

/// Its points that came in more than went out, and an account it concerns.
#[derive(Clone, Debug)]
struct Open {
    points: i128,
    entity: EntityId,
}

/// One that was open at the end of a pass, and when that was.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
struct Seen {
    points: i128,
    moment: u64,
}

/// Passes, one after the other.
#[derive(Clone, Default, Debug)]
pub struct Transit {
    open: BTreeMap<Move, Open>,
    /// Whether something was not seen: then nothing is judged.
    blind: bool,
    /// What was open at the ends of earlier passes.
    seen: BTreeMap<Move, Seen>,
    /// When this pass began.
    began: u64,
}

impl Transit {
    /// A pass begins.
    pub fn begin(&mut self, fence: &Fence) {
        self.open.clear();
        (self.blind, self.began) = (false, fence.moment());
    }

    /// An entry, of any account, in any order.
    pub fn take(&mut self, entry: &Entry) {
        let points = match entry.kind {
            EntryKind::MovedOut => -wide(entry.points.get()),
            EntryKind::MovedIn => wide(entry.points.get()),
            // A transfer that was refused comes back.
            EntryKind::GiveBack | EntryKind::DebtLifted if entry.from == Some(Bucket::Moved) => {
                wide(entry.points.get())
            }
            _ => return,
        };
        if points == 0 {
            return;
        }
        let lot = if entry.redemption == EventKey::NONE { entry.lot } else { LotId::NONE };
        let key = (entry.redemption, lot);
        if let Some(open) = self.open.get_mut(&key) {
            open.points += points;
            if open.points == 0 {
                self.open.remove(&key);
            }
        } else if self.open.len() < MOST {
            self.open.insert(key, Open { points, entity: entry.entity.clone() });
        } else {
            self.blind = true;
        }
    }

    /// How many moves are open.
    pub fn open(&self) -> usize {
        self.open.len()
    }

    /// An account could not be read: this pass judges nothing.
    pub const fn miss(&mut self) {
        self.blind = true;
    }

    /// Whether this pass judges nothing: accounts were missed, or too many moves are open.
    pub const fn is_blind(&self) -> bool {
        self.blind
    }

    /// The pass ends: what was lost or doubled. What is open for the first time is judged by a later pass.
    pub fn end(&mut self, fence: &Fence) -> Vec<Finding> {
        if self.blind {
            self.seen.clear();
            return Vec::new();
        }
        let (mut findings, mut seen) = (Vec::new(), BTreeMap::new());
        for (key, open) in &self.open {
            let points = open.points;
            let before = self.seen.get(key).filter(|before| before.points == points).copied();
            let now = before.unwrap_or(Seen { points, moment: fence.moment() });
            if before.is_some_and(|before| before.moment + Fence::LONGEST < self.began) {
                findings.push(found(key, open));
            }
            seen.insert(*key, now);
        }
        self.seen = seen;
        findings
    }
}

fn found((transfer, lot): &Move, open: &Open) -> Finding {
    let what = match *transfer == EventKey::NONE {
        true => format!("lot {}", lot.key),
        false => format!("transfer {transfer}"),
    };
    let expected = format!("as many points of {what} to arrive as left");
    let found = match open.points < 0 {
        true => format!("{} that left and arrived nowhere", -open.points),
        false => format!("{} more than left", open.points),
    };
    Finding::new(Violation::Transit, &open.entity, expected, found)
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{Name, Points, Timestamp};

    fn entry(of: &str, kind: EntryKind, points: i64, lot: LotId, redemption: EventKey) -> Entry {
        let (at, name) = (Timestamp(1), Name::from("bonus"));
        let from = (kind == EntryKind::GiveBack).then_some(Bucket::Moved);
        Entry {
            entity: EntityId::member("p", of),
            sequence: 1,
            at,
            recorded_at: at,
            kind,
            wallet: name.clone(),
            lot,
            from,
            to: None,
            points: Points::at_least_zero(points),
            debt: 0,
            clawed_back: Points::ZERO,
            redemption,
            cause: EventKey::NONE,
            rule: name.clone(),
            version: 1,
            partner: name.clone(),
            occurred_at: at,
            redeemer: name,
        }
    }

    fn lot(number: i32) -> LotId {
        LotId { issued_month: number, key: EventKey::of("shop", "purchases", "1") }
    }

    fn transfer() -> EventKey {
        EventKey::of("shop", "redemptions", "gift")
    }

    /// So many passes over these entries, each after so many rounds; what the last of them finds.
    fn passes(entries: &[Entry], passes: usize, rounds: usize) -> Vec<Finding> {
        let (mut transit, mut fence, mut findings) = (Transit::default(), Fence::default(), Vec::new());
        for _ in 0..passes {
            (0..rounds).for_each(|_| fence.advance(&[1], &[1]));
            transit.begin(&fence);
            entries.iter().for_each(|entry| transit.take(entry));
            findings = transit.end(&fence);
        }
        findings
    }

    #[test]
    fn s05_what_left_arrives_lot_by_lot_or_is_given_back() {
        let (out, come, back) = (EntryKind::MovedOut, EntryKind::MovedIn, EntryKind::GiveBack);
        let (none, gift) = (EventKey::NONE, transfer());
        let moved = [entry("a", out, 5, lot(1), none), entry("b", come, 5, lot(1), none)];
        let given = [
            entry("a", out, 5, lot(1), gift),
            entry("a", out, 7, lot(2), gift),
            entry("b", come, 8, lot(3), gift),
            entry("a", back, 4, lot(1), gift),
        ];
        let debt = [entry("a", out, 0, lot(1), none)];
        for good in [&moved[..], &given, &debt] {
            assert_eq!(passes(good, 3, 9), []);
        }
        for (bad, word) in [
            (&moved[..1], "5 that left and arrived nowhere"),
            (&moved[1..], "5 more than left"),
            (&given[..3], "4 that left and arrived nowhere"),
        ] {
            assert_eq!(passes(bad, 1, 9), [], "one pass may have read it half");
            assert_eq!(passes(bad, 3, 1), [], "it may be under way");
            let mut transit = Transit::default();
            for _ in 0..2 {
                transit.begin(&Fence::default());
                bad.iter().for_each(|entry| transit.take(entry));
                transit.miss();
                assert!(
                    transit.is_blind() && transit.end(&Fence::default()).is_empty(),
                    "an account was missed"
                );
            }
            let found = passes(bad, 2, 9);
            assert!(found.len() == 1 && found[0].found == word, "{found:?}");
        }
    }
}
