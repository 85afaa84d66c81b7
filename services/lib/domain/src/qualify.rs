//! What a sale, or a return, counts for the tier where that is no spend (S21, S28): points earned, or purchases.
//!
//! Pure. What points a sale earned depends on what it was rated on, and that on the events before it: so the fold of
//! [`crate::order`] asks again for each sale that is rated anew, and for its returns, each at its place in the order.

use crate::account::{Grounds, Rated, RatedKind};
use crate::id::Name;
use crate::money::Minor;
use crate::purchase::{Purchase, Quantity};
use crate::rating::{Extent, context_of, rate};
use crate::sale::qualifying;
use crate::tariff::{Metric, Tariff};
use crate::work::{Read, Work};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What the event at `place` of `events` counts, and how much; `None` where that stays as it is: spend is as its sale
/// said.
pub(crate) fn anew(work: &Work, events: &[Arc<Rated>], place: usize) -> Read<Option<(Name, Minor)>> {
    let event = &events[place];
    let sale = event.sale();
    let is_sale = |other: &&Rated| other.kind == RatedKind::Sale && other.event == sale;
    let rated = match event.kind {
        RatedKind::Sale => Some(event.as_ref()),
        _ => events[..place].iter().map(AsRef::as_ref).chain(work.rated()).find(is_sale),
    };
    let version = rated.map_or(event.version, |rated| rated.version);
    let tariff = work.tariff(version);
    let counts = tariff.counts();
    if counts == event.counts && counts.as_str().is_empty() {
        return Ok(None);
    }
    let Some(purchase) = work.purchase(sale)? else { return Ok(None) };
    let mut purchase = purchase.clone();
    if let Some(rated) = rated {
        Grounds { tier: purchase.tier, profile: purchase.profile } = rated.grounds();
    }
    if event.kind == RatedKind::Sale {
        purchase.lines.iter_mut().for_each(|line| line.returned = Quantity(0));
        return Ok(Some((counts, counted(&tariff, &purchase))));
    }
    let mut known = BTreeSet::new(); // a line that is folded is among those of the account, as it was
    for later in events[place + 1..].iter().map(AsRef::as_ref).chain(work.rated()) {
        if later.of == Some(sale) && later.place() > event.place() && known.insert(later.event) {
            take_back(&mut purchase, later);
        }
    }
    let after = counted(&tariff, &purchase);
    take_back(&mut purchase, event);
    Ok(Some((counts, after - counted(&tariff, &purchase))))
}

/// The purchase as it was before `event`, a return of it.
fn take_back(purchase: &mut Purchase, event: &Rated) {
    for part in &event.taken {
        let line = purchase.lines.iter_mut().find(|line| line.line == part.line);
        line.into_iter()
            .for_each(|line| line.returned = Quantity((line.returned.0 - part.quantity.0).max(0)));
    }
}

/// What is left of `purchase` counts as much.
fn counted(tariff: &Tariff, purchase: &Purchase) -> Minor {
    match tariff.tiers.as_ref().map(|tiers| &tiers.counts) {
        None | Some(Metric::Membership) => Minor::ZERO,
        Some(Metric::Spend) => qualifying(tariff, purchase, Extent::Remaining),
        // As in a return, what remains earns no more than the sale did (S16).
        Some(Metric::Points(wallet)) => {
            let earned = |extent| points(tariff, wallet, purchase, extent);
            earned(Extent::Remaining).min(earned(Extent::Sold))
        }
        Some(Metric::Purchases) => {
            Minor(purchase.lines.iter().any(|line| line.returned < line.quantity).into())
        }
    }
}

fn points(tariff: &Tariff, wallet: &Name, purchase: &Purchase, extent: Extent) -> Minor {
    let counts = |terms: &Name| tariff.terms(terms.as_str()).is_some_and(|terms| terms.wallet == *wallet);
    let grants = rate(tariff, &context_of(purchase, extent), &purchase.lines, extent);
    grants.iter().filter(|grant| counts(&grant.terms)).map(|grant| Minor(grant.points.get())).sum()
}
