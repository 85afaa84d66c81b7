//! Points that several wallets pay together: how many come from each (S08, S10, S12). Pure.

use crate::basket::Basket;
use crate::command::SaleLine;
use crate::id::Name;
use crate::points::Points;
use crate::tariff::{Tariff, Wallet};

/// Points that lots of one wallet, next to each other in burn order, have.
#[derive(Clone, Copy, Debug)]
pub struct Run {
    /// The wallet's place among those that may pay.
    pub wallet: usize,
    /// How many.
    pub points: Points,
}

/// The wallets a redemption may draw on: the one it names; else those that may pay, first to burn first, whose points
/// are counted and worth the same as the first one's (S08, S10). Empty where the programme has none of that name.
pub fn payers<'t>(tariff: &'t Tariff, named: &Name) -> Vec<&'t Wallet> {
    if !named.as_str().is_empty() {
        return tariff.wallet(named.as_str()).into_iter().collect();
    }
    let mut wallets: Vec<&Wallet> = tariff.wallets.iter().filter(|wallet| wallet.may_pay()).collect();
    if wallets.is_empty() {
        wallets.extend(tariff.burns_first());
    }
    wallets.sort_by_key(|wallet| wallet.place());
    let counted = |wallet: &Wallet| (wallet.unit.clone(), wallet.scale, wallet.point_value);
    let first = wallets.first().map(|wallet| counted(wallet));
    wallets.retain(|wallet| Some(counted(wallet)) == first);
    wallets
}

/// The wallet that points are counted in where none is named: the first to burn of those that may pay (S08).
pub fn pays_first(tariff: &Tariff) -> Option<&Wallet> {
    payers(tariff, &Name::default()).first().copied()
}

/// The largest amount up to `points` that may be spent on `lines` at once, of `runs` in burn order. No lines: whatever
/// is bought.
pub fn largest_spend(
    tariff: &Tariff,
    wallets: &[&Wallet],
    runs: &[Run],
    lines: &[SaleLine],
    points: Points,
) -> Points {
    split(&Basket::new(tariff, lines), wallets, runs, points).into_iter().sum()
}

/// How many of `points` come from each of `wallets`: as many as limits let, in the order of `runs`. What a smallest
/// amount or a step keeps a wallet from paying, the next ones pay.
pub(crate) fn split<'a>(
    basket: &Basket<'a>,
    wallets: &[&'a Wallet],
    runs: &[Run],
    points: Points,
) -> Vec<Points> {
    let mut at_most = vec![Points::at_least_zero(i64::MAX); wallets.len()];
    loop {
        let parts = fill(basket, wallets, runs, points, &at_most);
        let is_whole = |(place, part): &(usize, &Points)| wallets[*place].limits.in_steps(**part) == **part;
        match parts.iter().enumerate().find(|part| !is_whole(part)) {
            None => return parts,
            Some((place, part)) => at_most[place] = wallets[place].limits.in_steps(*part),
        }
    }
}

fn fill<'a>(
    basket: &Basket<'a>,
    wallets: &[&'a Wallet],
    runs: &[Run],
    points: Points,
    at_most: &[Points],
) -> Vec<Points> {
    let mut parts = vec![Points::ZERO; wallets.len()];
    let mut left = points;
    for run in runs {
        let place = run.wallet;
        let most = run.points.min(left).min(at_most[place].saturating_sub(parts[place]));
        let added = largest(most, |points| {
            let mut parts = parts.clone();
            parts[place] += points;
            is_within(basket, wallets, &parts)
        });
        parts[place] += added;
        left -= added;
    }
    parts
}

/// The largest amount up to `most` that fits; nothing always does.
fn largest(most: Points, fits: impl Fn(Points) -> bool) -> Points {
    if fits(most) {
        return most;
    }
    let (mut fitting, mut beyond) = (0, most.get());
    while beyond - fitting > 1 {
        let middle = fitting + (beyond - fitting) / 2;
        match fits(Points::at_least_zero(middle)) {
            true => fitting = middle,
            false => beyond = middle,
        }
    }
    Points::at_least_zero(fitting)
}

/// Whether limits let each wallet pay its part.
fn is_within<'a>(basket: &Basket<'a>, wallets: &[&'a Wallet], parts: &[Points]) -> bool {
    let mut basket = basket.clone();
    wallets.iter().zip(parts).all(|(wallet, part)| {
        let fits = part.is_zero() || *part <= basket.room(wallet);
        if fits && !part.is_zero() {
            basket.pay(wallet, *part);
        }
        fits
    })
}
