//! Rating again what was rated: what remains after a return (S16), a sale that a late event put at another tier, or
//! on other grounds (S24), and one whose version was corrected (S26). A pure function of stored facts; the
//! purchase's lots are brought to what it says.

use crate::account::Grounds;
use crate::claim;
use crate::clawback::claw_back;
use crate::grant::retarget;
use crate::id::{EventKey, Name};
use crate::money::Minor;
use crate::points::Points;
use crate::purchase::{Claim, ClaimState, Purchase, PurchaseGrant};
use crate::rating::{Extent, Grant, context_of, period_basis, rate};
use crate::sale::{count_in_period, origin};
use crate::tariff::Tariff;
use crate::work::{Read, Work};
use std::cell::LazyCell;
use std::collections::BTreeMap;

/// A sale that is rated on other grounds now.
pub(crate) struct Anew {
    /// The key of its purchase.
    pub(crate) sale: EventKey,
    /// What it is rated on.
    pub(crate) grounds: Grounds,
    /// The version it is rated by.
    pub(crate) version: i32,
}

/// Sales that are rated on other grounds now: what they earned as sold, and what remains of it, follows.
pub(crate) fn on_grounds(work: &mut Work, changed: &[(EventKey, Grounds)]) -> Read<()> {
    for (sale, grounds) in changed {
        let version = work.purchase(*sale)?.expect("a purchase in the rating order").version;
        anew(work, &Anew { sale: *sale, grounds: grounds.clone(), version })?;
    }
    Ok(())
}

/// The same of one sale that a corrected version may rate, too (S26).
pub(crate) fn anew(work: &mut Work, change: &Anew) -> Read<()> {
    let before = work.purchase(change.sale)?.expect("a purchase in the rating order").clone();
    let tariff = work.tariff(change.version);
    let Grounds { tier, profile } = change.grounds.clone();
    let mut purchase = Purchase { tier, profile, version: change.version, ..before.clone() };
    if before.version != purchase.version {
        claim::ask_again(&mut purchase);
    }
    claim::follow(work, &tariff, &mut purchase);
    of_whole(work, &tariff, &before, purchase).map(drop)
}

/// A sale whose limits answered (S34): on the grounds it has.
pub(crate) fn as_agreed(work: &mut Work, before: &Purchase, mut purchase: Purchase) -> Read<i64> {
    let tariff = work.tariff(purchase.version);
    claim::follow(work, &tariff, &mut purchase);
    of_whole(work, &tariff, before, purchase)
}

/// What a sale earned as sold, and what remains of it; the change of what it earns.
fn of_whole(work: &mut Work, tariff: &Tariff, before: &Purchase, mut purchase: Purchase) -> Read<i64> {
    let given_up = change_terms(work, before, &mut purchase)?;
    let context = context_of(&purchase, Extent::Sold);
    for grant in rate(tariff, &context, &purchase.lines, Extent::Sold) {
        let place = grant_place(&mut purchase, &grant);
        purchase.grants[place].at_sale = grant.points;
    }
    let change = rerate(work, tariff, before, &mut purchase)?;
    for grant in given_up {
        claw_back(work, grant.lot, grant.now)?;
    }
    work.put_purchase(purchase);
    Ok(change)
}

/// Moves the grants of a sale to its new version. A lot stays where its terms give the same dates in both; what was
/// granted under others is given up, once what replaces it is there.
fn change_terms(work: &mut Work, before: &Purchase, purchase: &mut Purchase) -> Read<Vec<PurchaseGrant>> {
    if before.version == purchase.version {
        return Ok(Vec::new());
    }
    let (old, new) = (work.tariff(before.version), work.tariff(purchase.version));
    let dates = |tariff: &Tariff, terms: &Name| {
        let terms = tariff.terms(terms.as_str())?;
        Some((terms.wallet.clone(), terms.activation.clone(), terms.expiry, terms.expiry_rounded_to))
    };
    let stays = |grant: &PurchaseGrant| dates(&old, &grant.terms) == dates(&new, &grant.terms);
    let (kept, given_up): (Vec<_>, Vec<_>) = before.grants.iter().cloned().partition(stays);
    for grant in kept.iter().filter(|grant| !grant.lot.is_none()) {
        work.lot_mut(grant.lot)?.version = purchase.version;
    }
    purchase.grants = kept;
    Ok(given_up.into_iter().filter(|grant| !grant.now.is_zero()).collect())
}

/// Rates what remains, and brings the purchase's lots (and its periods) to it: raises first, then clawbacks.
/// The change of what it earns.
pub(crate) fn rerate(
    work: &mut Work,
    tariff: &Tariff,
    before: &Purchase,
    purchase: &mut Purchase,
) -> Read<i64> {
    let line = std::mem::replace(&mut work.line, purchase.line);
    let context = context_of(purchase, Extent::Remaining);
    let mut grants = rate(tariff, &context, &purchase.lines, Extent::Remaining);
    limit_to_sale(tariff, purchase, &mut grants);
    let earned = |purchase: &Purchase| purchase.grants.iter().map(|grant| grant.now.get()).sum::<i64>();
    let mut change = -earned(purchase);
    let rated_by = work.tariff(before.version);
    let earlier = LazyCell::new(|| as_rated(&rated_by, before));
    for raising in [true, false] {
        for grant in &grants {
            let place = grant_place(purchase, grant);
            if (grant.points > purchase.grants[place].now) == raising {
                let terms = tariff.terms(grant.terms.as_str()).expect("terms of the version of the sale");
                let lot = purchase.grants[place].lot;
                let is_raised = raising && !lot.is_none();
                let known = is_raised.then(|| earlier.iter().find(|it| is_like(it, grant))).flatten();
                let origin = origin(tariff, terms, purchase, grant, grant.risen_since(known));
                let lot = retarget(work, &origin, lot, grant.points)?;
                purchase.grants[place].lot = lot;
                purchase.grants[place].now = grant.points;
            }
        }
    }
    change += earned(purchase);
    // A correction has the same terms of a period, and may count other money in them.
    for terms in tariff.period_terms() {
        let change_of = |extent: Extent| {
            let basis = |tariff: &Tariff, purchase: &Purchase| {
                period_basis(tariff, terms, &context_of(purchase, extent), &purchase.lines, extent)
            };
            basis(tariff, purchase) - basis(&rated_by, before)
        };
        let (gross, remaining) = (change_of(Extent::Sold), change_of(Extent::Remaining));
        if gross != Minor::ZERO || remaining != Minor::ZERO {
            change += count_in_period(work, tariff, terms, purchase, gross, remaining)?;
        }
    }
    work.line = line;
    Ok(change)
}

/// What it earned `before`, by rule. A limit that answered while others are asked counts from the next rating on: that of
/// their answers, or one that came between.
fn as_rated(tariff: &Tariff, before: &Purchase) -> Vec<Grant> {
    let with = |claims: &[Claim]| {
        let purchase = Purchase { claims: claims.to_vec(), ..before.clone() };
        rate(tariff, &context_of(&purchase, Extent::Remaining), &purchase.lines, Extent::Remaining)
    };
    let all = with(&before.claims);
    let Some(asked) = before.claims.iter().position(|claim| claim.state == ClaimState::Asked) else {
        return all;
    };
    let earned: Points = before.grants.iter().map(|grant| grant.now).sum();
    let is_rated = all.iter().map(|grant| grant.points).sum::<Points>() == earned;
    if is_rated { all } else { with(&before.claims[..asked]) }
}

fn is_like(one: &Grant, other: &Grant) -> bool {
    one.terms == other.terms && one.funder == other.funder
}

fn is_same(before: &PurchaseGrant, grant: &Grant) -> bool {
    before.terms == grant.terms && before.funder == grant.funder
}

fn grant_place(purchase: &mut Purchase, grant: &Grant) -> usize {
    purchase.grants.iter().position(|before| is_same(before, grant)).unwrap_or_else(|| {
        purchase.grants.push(PurchaseGrant::none(&grant.terms, &grant.funder));
        purchase.grants.len() - 1
    })
}

/// S16: what remains never earns more than the sale did, wallet by wallet. Where rates would give more, what
/// rose above the sale is cut, last terms first.
fn limit_to_sale(tariff: &Tariff, purchase: &Purchase, grants: &mut [Grant]) {
    let wallet_of =
        |terms: &Name| tariff.terms(terms.as_str()).map(|terms| terms.wallet.clone()).unwrap_or_default();
    let at_sale = |grant: &Grant| {
        let before = purchase.grants.iter().find(|before| is_same(before, grant));
        before.map_or(Points::ZERO, |before| before.at_sale)
    };
    let mut excess: BTreeMap<Name, i64> = BTreeMap::new();
    for grant in grants.iter() {
        *excess.entry(wallet_of(&grant.terms)).or_default() += grant.points.get() - at_sale(grant).get();
    }
    for grant in grants.iter_mut().rev() {
        let Some(over) = excess.get_mut(&wallet_of(&grant.terms)) else { continue };
        let rise = grant.points.saturating_sub(at_sale(grant));
        let cut = rise.min(Points::at_least_zero(*over));
        grant.points -= cut;
        *over -= cut.get();
    }
}
