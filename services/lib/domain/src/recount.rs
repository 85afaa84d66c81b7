//! A purchase leaves a line's periods and counts in the account's own: it was sold when the card was someone's, or is
//! someone else's than was known (S16, S24).

use crate::decide::settle;
use crate::id::EventKey;
use crate::money::Minor;
use crate::purchase::Purchase;
use crate::rating::{Extent, context_of, period_basis};
use crate::sale::count_in_period;
use crate::work::{Read, Work};

/// Counts `purchase` in the account's own periods, and no more in those of `line`.
pub(crate) fn recount(work: &mut Work, purchase: &Purchase, line: EventKey) -> Read<()> {
    let rated_on = work.line;
    let tariff = work.tariff(purchase.version);
    for terms in tariff.period_terms() {
        let basis = |extent: Extent| {
            period_basis(&tariff, terms, &context_of(purchase, extent), &purchase.lines, extent)
        };
        let (gross, remaining) = (basis(Extent::Sold), basis(Extent::Remaining));
        // Its own first, so that a hold on the line's points finds others to hold (S17).
        work.line = EventKey::NONE;
        count_in_period(work, &tariff, terms, purchase, gross, remaining)?;
        // Nor are they exchanged before the others are gone (S32).
        let unfinished = std::mem::replace(&mut work.unfinished, true);
        settle(work)?;
        work.unfinished = unfinished;
        work.line = line;
        count_in_period(work, &tariff, terms, purchase, Minor(-gross.0), Minor(-remaining.0))?;
    }
    work.line = rated_on;
    Ok(())
}
