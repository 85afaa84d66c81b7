//! What became of points, month by month, and lot by lot of the month they were issued in (S31).

use crate::month::Month;
use crate::settlement::Book;
use domain::Name;
use domain::entry::{Entry, EntryKind};
use std::collections::BTreeMap;

/// Points of one wallet and version.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Flow {
    /// What became of them; *outstanding* is less what members owe.
    pub(crate) book: Book,
    /// The change of what members owe, forgiven or not.
    pub(crate) owed: i64,
}

impl Flow {
    pub(crate) fn and(self, other: &Self) -> Self {
        Self { book: self.book.and(&other.book), owed: self.owed + other.owed }
    }
}

/// Wallet and programme version: what points are worth.
pub(crate) type Worth = (Name, i32);

/// All points.
#[derive(Default, Debug)]
pub(crate) struct PointBooks {
    /// By the month an entry took effect in.
    pub(crate) months: BTreeMap<(Month, Worth), Flow>,
    /// By the month lots were issued in, UTC.
    pub(crate) lots: BTreeMap<(Month, Name), Book>,
}

impl PointBooks {
    pub(crate) fn post(&mut self, entry: &Entry, month: Month) {
        // These say who and why; what they move has entries of its own.
        if matches!(entry.kind, EntryKind::Adjustment | EntryKind::Erasure) {
            return;
        }
        let worth = (entry.wallet.clone(), entry.version);
        let flow = self.months.entry((month, worth)).or_default();
        flow.book.post(entry);
        if !matches!(entry.kind, EntryKind::Forgiveness | EntryKind::MovedOut | EntryKind::MovedIn) {
            flow.owed += entry.debt;
        }
        if !entry.lot.is_none() {
            let issued = Month(entry.lot.issued_month);
            self.lots.entry((issued, entry.wallet.clone())).or_default().post_of_lot(entry);
        }
    }
}
