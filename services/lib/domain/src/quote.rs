//! A quote: what a basket would earn, for a member's tier or for a visitor who is not signed in.
//!
//! The same function that later decides ([`crate::rating::rate`]); nothing is stored.

use crate::command::SaleLine;
use crate::id::Name;
use crate::points::Points;
use crate::purchase::PurchaseLine;
use crate::rating::{Extent, Grant, rate};
use crate::tariff::{RatingContext, Tariff};
use crate::time::Timestamp;

/// What `lines` bought at `partner` at `occurred_at` would earn at `tier` (empty: no tiers), one grant for each
/// terms.
pub fn quote(
    tariff: &Tariff,
    partner: &Name,
    occurred_at: Timestamp,
    tier: &Name,
    lines: &[SaleLine],
) -> Vec<Grant> {
    let lines: Vec<PurchaseLine> = lines.iter().map(PurchaseLine::bought).collect();
    let basket = lines.iter().map(|line| line.amount).sum();
    let context = RatingContext {
        partner: partner.clone(),
        occurred_at,
        tier: tier.clone(),
        basket,
        attributes: Vec::new(),
        profile: None,
        holds: Vec::new(),
    };
    rate(tariff, &context, &lines, Extent::Sold)
}

/// The most a visitor could earn with `lines`: the best tier's points, all terms together. Told as *up to*.
pub fn up_to(tariff: &Tariff, partner: &Name, occurred_at: Timestamp, lines: &[SaleLine]) -> Points {
    let none = [Name::default()];
    let tiers: Vec<Name> = match &tariff.tiers {
        Some(tiers) => tiers.levels.iter().map(|level| level.name.clone()).collect(),
        None => none.to_vec(),
    };
    let earns =
        |tier: &Name| quote(tariff, partner, occurred_at, tier, lines).iter().map(|grant| grant.points).sum();
    tiers.iter().map(earns).max().unwrap_or(Points::ZERO)
}
