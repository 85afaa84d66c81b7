//! What became of points, month by month, and lot by lot of the month they were issued in (S31).

use crate::exchanges::{Exchanges, Part};
use crate::lot_month::LotMonths;
use crate::month::Month;
use crate::settlement::Book;
use chrono_tz::Tz;
use domain::Name;
use domain::entry::{Entry, EntryKind};
use domain::tariff::Tariffs;
use std::collections::BTreeMap;

/// Points of one wallet and version.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(crate) struct Flow {
    /// What became of them; *outstanding* is less what members owe.
    pub(crate) book: Book,
    /// The change of what members owe, forgiven or not.
    pub(crate) owed: i64,
    /// Of what was redeemed, what was given in exchange, less what came back.
    pub(crate) exchanged: i64,
    /// Of what was issued, what was got in exchange.
    pub(crate) got: i64,
    /// Of what was clawed back, what had been got so.
    pub(crate) taken: i64,
}

impl Flow {
    pub(crate) fn and(self, other: &Self) -> Self {
        Self {
            book: self.book.and(&other.book),
            owed: self.owed + other.owed,
            exchanged: self.exchanged + other.exchanged,
            got: self.got + other.got,
            taken: self.taken + other.taken,
        }
    }

    /// Given in exchange less got so.
    pub(crate) const fn net_exchanged(&self) -> i64 {
        self.exchanged - self.got + self.taken
    }

    /// Granted less clawed back, exchanges apart.
    pub(crate) const fn earned(&self) -> i64 {
        self.book.issued - self.got - self.book.clawed_back + self.taken
    }

    /// Pending, available and held.
    pub(crate) const fn outstanding(&self) -> i64 {
        self.book.outstanding + self.owed
    }
}

/// Wallet and programme version: what points are worth.
pub(crate) type Worth = (Name, i32);

/// All points.
#[derive(Debug)]
pub(crate) struct PointBooks {
    zone: Tz,
    exchanges: Exchanges,
    issued_in: LotMonths,
    /// By the month an entry took effect in.
    pub(crate) months: BTreeMap<(Month, Worth), Flow>,
    /// By the month lots were issued in.
    pub(crate) lots: BTreeMap<(Month, Name), Book>,
}

impl PointBooks {
    /// No points yet, of `programme`, with months as the clocks of `zone` show them.
    pub(crate) fn new(programme: &str, tariffs: &Tariffs, zone: Tz) -> Self {
        Self {
            zone,
            exchanges: Exchanges::of(programme, tariffs),
            issued_in: LotMonths::default(),
            months: BTreeMap::new(),
            lots: BTreeMap::new(),
        }
    }

    /// Takes an entry in; what it is to an exchange.
    pub(crate) fn post(&mut self, entry: &Entry) -> Part {
        // These say who and why; what they move has entries of its own.
        if matches!(entry.kind, EntryKind::Adjustment | EntryKind::Erasure) {
            return Part::None;
        }
        let month = Month::of(self.zone, entry.at);
        let worth = (entry.wallet.clone(), entry.version);
        let part = self.exchanges.part(entry);
        let flow = self.months.entry((month, worth)).or_default();
        let before = flow.book;
        flow.book.post(entry);
        match part {
            Part::None => {}
            Part::Price => flow.exchanged += flow.book.redeemed - before.redeemed,
            Part::Gift => {
                flow.got += flow.book.issued - before.issued;
                flow.taken += flow.book.clawed_back - before.clawed_back;
            }
        }
        if !matches!(entry.kind, EntryKind::Forgiveness | EntryKind::MovedOut | EntryKind::MovedIn) {
            flow.owed += entry.debt;
        }
        if !entry.lot.is_none() {
            let issued = self.issued_in.of(self.zone, entry);
            self.lots.entry((issued, entry.wallet.clone())).or_default().post_of_lot(entry);
        }
        part
    }
}
