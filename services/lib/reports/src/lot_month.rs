//! The month a lot was issued in, on the clocks of its programme.
//!
//! A lot's id has the month in UTC. Only lots that were issued in another local month are kept, a few hours' a month.

use crate::month::Month;
use chrono_tz::Tz;
use domain::LotId;
use domain::entry::{Entry, EntryKind};
use domain::lot::Bucket;
use domain::transfer::id_of_gift;
use std::collections::BTreeMap;

/// The local months of lots; entries of a lot come after the one that issued it.
#[derive(Clone, Default, Debug)]
pub(crate) struct LotMonths(BTreeMap<LotId, Month>);

impl LotMonths {
    /// The month that the lot of `entry` was issued in, on the clocks of `zone`.
    pub(crate) fn of(&mut self, zone: Tz, entry: &Entry) -> Month {
        let utc = Month(entry.lot.issued_month);
        if entry.kind == EntryKind::Accrual {
            let month = Month::of(zone, entry.at);
            match month == utc {
                true => self.0.remove(&entry.lot),
                false => self.0.insert(entry.lot, month),
            };
            return month;
        }
        let Some(month) = self.0.get(&entry.lot).copied() else { return utc };
        // What is given to another member is a lot of its own there, of the same month.
        if entry.to == Some(Bucket::Moved) {
            self.0.insert(id_of_gift(entry.redemption, entry.lot), month);
        }
        month
    }
}
