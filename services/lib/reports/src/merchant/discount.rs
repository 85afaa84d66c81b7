//! What discounts cost: what tills took off, less the share of what came back.

use crate::month::Month;
use domain::trade::Trade;
use domain::{EventKey, Minor, Name};
use std::collections::BTreeMap;

/// A purchase with discounts, and what of it was returned.
#[derive(Debug)]
struct Discounted {
    amount: i64,
    off: i64,
    returned: i64,
    back: i64,
}

/// How often an offer was used, and what it took off.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub(super) struct Used {
    pub(super) times: i64,
    pub(super) amount: i64,
}

/// All discounts.
#[derive(Default, Debug)]
pub(super) struct Discounts {
    purchases: BTreeMap<EventKey, Discounted>,
    /// Net of returns, by the month of the purchase or return.
    pub(super) months: BTreeMap<Month, i64>,
    /// As sold, by offer and month.
    pub(super) offers: BTreeMap<(Name, Month), Used>,
}

impl Discounts {
    /// Takes a purchase or a return in.
    pub(super) fn hear(&mut self, trade: &Trade, is_sale: bool, month: Month) {
        match is_sale {
            true => self.sold(trade, month),
            false => self.returned(trade, month),
        }
    }

    fn sold(&mut self, trade: &Trade, month: Month) {
        let off: i64 = trade.discounts.iter().map(|discount| discount.amount.0).sum();
        if off == 0 {
            return;
        }
        let discounted = Discounted { amount: trade.amount.0, off, returned: 0, back: 0 };
        self.purchases.insert(trade.purchase, discounted);
        *self.months.entry(month).or_default() += off;
        for discount in &trade.discounts {
            let Minor(amount) = discount.amount;
            let used = self.offers.entry((discount.offer.clone(), month)).or_default();
            used.times += 1;
            used.amount += amount;
        }
    }

    /// The share of the discounts that what is returned had, cumulative over partial returns, so that the return of
    /// all takes back all. Of what cost nothing it comes back with the last of it.
    fn returned(&mut self, trade: &Trade, month: Month) {
        let Some(purchase) = self.purchases.get_mut(&trade.purchase) else { return };
        purchase.returned -= trade.amount.0;
        let share = i128::from(purchase.off) * i128::from(purchase.returned);
        let share = share.checked_div(i128::from(purchase.amount)).unwrap_or_default();
        let share = if trade.whole { purchase.off } else { i64::try_from(share).unwrap_or(purchase.off) };
        *self.months.entry(month).or_default() -= share - purchase.back;
        purchase.back = share;
    }
}
