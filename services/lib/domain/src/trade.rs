//! What a purchase or a return is in money, as its outcome tells it: who counts revenue needs no other source.

use crate::command::Sale;
use crate::id::{EventKey, Name};
use crate::money::Minor;
use crate::points::Points;
use crate::purchase::Purchase;
use serde::{Deserialize, Serialize};

/// What an offer took off the price at the till.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Discount {
    /// The offer, as the programme or the till names it.
    pub offer: Name,
    /// How much, in minor units, above 0.
    pub amount: Minor,
}

/// What a rule brought of a lot that several gave.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Brought {
    /// The lot's wallet.
    pub wallet: Name,
    /// The rule that the lot's entries name: the first of them.
    pub first: Name,
    /// The rule.
    pub rule: Name,
    /// How many of the lot's points, in the wallet's smallest unit, 0 or more.
    pub points: Points,
}

/// The money of a purchase, or of what was returned of one. All amounts of one purchase and its returns together are
/// what the member kept.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Trade {
    /// The purchase: the event itself, or the one that is returned.
    pub purchase: EventKey,
    /// What it costs after discounts, whatever it was paid with, in minor units; below 0 for a return.
    pub amount: Minor,
    /// The part that points paid, as the till declared it; below 0 for a return.
    pub paid_by_points: Minor,
    /// What offers took off before, as the till says it; of a return nothing.
    pub discounts: Vec<Discount>,
    /// Of a return: whether nothing of the purchase is left. False in records of builds that did not say it.
    #[serde(default)]
    pub whole: bool,
    /// Of lots that several rules gave, what each of them brought: together the lot's points, as sold. Of a return, and
    /// in records of builds that did not say it, nothing.
    #[serde(default)]
    pub brought: Vec<Brought>,
}

impl Trade {
    /// Of a sale that was applied.
    pub(crate) fn of_sale(purchase: EventKey, sale: &Sale, brought: Vec<Brought>) -> Self {
        Self {
            purchase,
            amount: sale.lines.iter().map(|line| line.amount).sum(),
            paid_by_points: sale.tenders.iter().map(|tender| tender.amount).sum(),
            discounts: sale.discounts.clone(),
            whole: false,
            brought,
        }
    }

    /// Of a return that left `after` of `before`: each line's share, cumulative over partial returns (S16).
    pub(crate) fn of_return(before: &Purchase, after: &Purchase) -> Self {
        let lines = || before.lines.iter().zip(&after.lines);
        let back = |old: i64, new: i64| Minor(old - new);
        Self {
            purchase: after.key,
            amount: lines()
                .map(|(old, new)| back(old.returned_share(new.amount.0), new.returned_share(new.amount.0)))
                .sum(),
            paid_by_points: lines()
                .map(|(old, new)| {
                    let paid = new.paid_by_points.0;
                    back(old.returned_share(paid), new.returned_share(paid))
                })
                .sum(),
            discounts: Vec::new(),
            whole: after.lines.iter().all(|line| line.returned == line.quantity),
            brought: Vec::new(),
        }
    }
}
