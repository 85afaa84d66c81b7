//! What is exchanged: points for a gift, an item of a catalogue or points of another wallet (S32). It is no payment, and
//! what is got for it was granted for nothing else.

use domain::entry::{Entry, EntryKind};
use domain::tariff::Tariffs;
use domain::{EventKey, LotId, Name};
use std::collections::BTreeSet;

/// What an entry is to an exchange.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Part {
    /// Nothing.
    None,
    /// Its price: spent, given back, owed or charged to other lots.
    Price,
    /// What was got: granted, or taken back.
    Gift,
}

/// The exchanges of a programme, while entries are taken in; those of an account in their order.
#[derive(Clone, Default, Debug)]
pub(crate) struct Exchanges {
    /// As the programme names them.
    names: BTreeSet<Name>,
    /// Those that were made.
    made: BTreeSet<EventKey>,
    /// What was got.
    gifts: BTreeSet<LotId>,
}

impl Exchanges {
    /// The exchanges that any version of `programme` declares.
    pub(crate) fn of(programme: &str, tariffs: &Tariffs) -> Self {
        let all = tariffs.of(programme).iter().flat_map(|tariff| &tariff.exchanges);
        Self { names: all.map(|exchange| exchange.name.clone()).collect(), ..Self::default() }
    }

    /// What `entry` is to an exchange.
    pub(crate) fn part(&mut self, entry: &Entry) -> Part {
        match entry.kind {
            EntryKind::Spend if self.names.contains(&entry.rule) => {
                self.made.insert(entry.redemption);
            }
            EntryKind::Accrual if self.names.contains(&entry.rule) => {
                self.gifts.insert(entry.lot);
                return Part::Gift;
            }
            _ => {}
        }
        if !entry.clawed_back.is_zero() && self.gifts.contains(&entry.lot) {
            return Part::Gift;
        }
        if self.made.contains(&entry.redemption) { Part::Price } else { Part::None }
    }
}
