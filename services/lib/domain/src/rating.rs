//! Rating: what lines earn under a tariff (S02, S03). A pure function of stored facts, so that what remains
//! after a return is rated exactly as the sale was (S16).
//!
//! Everything is exact until the one rounding of a grant: amounts are minor units times three factors in
//! millionths (rate, coefficient, multiplier), held in `i128`.

use crate::apportion::{apportion, cumulative_share};
use crate::counted::add_pieces;
use crate::factor::Factor;
use crate::id::Name;
use crate::money::Minor;
use crate::points::Points;
use crate::purchase::{Purchase, PurchaseLine};
use crate::tariff::{Band, Condition, Effect, Level, RatingContext, Rounding, Rule, Tariff, Terms};

/// Which part of the lines is rated.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Extent {
    /// All that was bought.
    Sold,
    /// What was not returned.
    Remaining,
}

/// What a basket earns under one set of terms.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct Grant {
    /// The terms.
    pub terms: Name,
    /// The first rule that gave something; empty where none did.
    pub rule: Name,
    /// Points, rounded once. 0 is a grant too: a return may raise it (S16).
    pub points: Points,
    /// What each line contributed, exact, in the order of the lines.
    pub weights: Vec<i128>,
}

impl Grant {
    /// The points of each line: they add up to [`Grant::points`] (S02).
    pub fn by_line(&self) -> Vec<Points> {
        apportion(self.points, &self.weights)
    }
}

impl PurchaseLine {
    /// What the line costs in this extent, whatever it was paid with.
    pub fn amount_in(&self, extent: Extent) -> Minor {
        match extent {
            Extent::Sold => self.amount,
            Extent::Remaining => self.amount - Minor(self.returned_share(self.amount.0)),
        }
    }

    /// The money that earns (S03): what was paid with points is left out unless `points_earn`.
    pub fn earning_in(&self, extent: Extent, points_earn: bool) -> Minor {
        let amount = self.amount_in(extent);
        if points_earn || self.paid_by_points == Minor::ZERO {
            return amount;
        }
        let paid = match extent {
            Extent::Sold => self.paid_by_points.0,
            Extent::Remaining => self.paid_by_points.0 - self.returned_share(self.paid_by_points.0),
        };
        Minor((amount.0 - paid).max(0))
    }

    /// The share of `whole` that returns took so far (S02).
    pub fn returned_share(&self, whole: i64) -> i64 {
        cumulative_share(whole, self.returned.0, self.quantity.0)
    }
}

/// The facts of a stored purchase that its rating depends on, for this extent.
pub fn context_of(purchase: &Purchase, extent: Extent) -> RatingContext {
    RatingContext {
        partner: purchase.partner.clone(),
        occurred_at: purchase.occurred_at,
        tier: purchase.tier.clone(),
        basket: purchase.lines.iter().map(|line| line.amount_in(extent)).sum(),
    }
}

/// What `lines` earn at purchase and line level: one grant for each such terms of the tariff.
pub fn rate(tariff: &Tariff, context: &RatingContext, lines: &[PurchaseLine], extent: Extent) -> Vec<Grant> {
    let terms = tariff.terms.iter().filter(|terms| !matches!(terms.level, Level::Period(_)));
    terms.map(|terms| rate_terms(tariff, terms, context, lines, extent)).collect()
}

fn rate_terms(
    tariff: &Tariff,
    terms: &Terms,
    context: &RatingContext,
    lines: &[PurchaseLine],
    extent: Extent,
) -> Grant {
    let tier = tariff.tier_place(context.tier.as_str());
    let rules = || tariff.rules.iter().filter(|rule| rule.terms == terms.name);
    let mut weights = vec![0_i128; lines.len()];
    let mut bonus = 0_i128;
    let mut first_rule = None;
    for rule in rules().filter(|rule| holds_for_basket(&rule.condition, context)) {
        let earning = |line: &PurchaseLine| -> i128 {
            if holds_for_line(&rule.condition, context, line) {
                line.earning_in(extent, tariff.points_earn).0.into()
            } else {
                0
            }
        };
        let gave = match &rule.effect {
            Effect::Rate(rate) => add_rate(tariff, rate.at(tier), lines, &mut weights, earning),
            Effect::PartnerRate => {
                add_rate(tariff, tariff.partner_rate(&context.partner), lines, &mut weights, earning)
            }
            Effect::Bands(bands) => {
                let basis = lines.iter().map(earning).sum();
                add_rate(tariff, band_rate(bands, basis), lines, &mut weights, earning)
            }
            Effect::Bonus(points) if lines.iter().any(|line| earning(line) > 0) => {
                bonus += i128::from(points.get()) * one_point(tariff, terms);
                !points.is_zero()
            }
            Effect::PerItem(points) => {
                let each = i128::from(points.get()) * one_point(tariff, terms);
                add_pieces(each, lines, extent, &mut weights, earning)
            }
            Effect::PerAmount(per) => {
                let points = per.of(lines.iter().map(earning).sum());
                bonus += points * one_point(tariff, terms);
                points > 0
            }
            Effect::Bonus(_) | Effect::Multiplier(_) => false,
        };
        if gave && first_rule.is_none() {
            first_rule = Some(rule.name.clone());
        }
    }
    for rule in rules().filter(|rule| holds_for_basket(&rule.condition, context)) {
        multiply(rule, tier, context, lines, &mut weights);
    }
    let points = round_grant(tariff, terms, &weights, bonus);
    spread_bonus(bonus, lines, extent, &mut weights);
    Grant { terms: terms.name.clone(), rule: first_rule.unwrap_or_default(), points, weights }
}

/// Adds `rate` of each line's earning money, times its group's coefficient. Whether that gave anything.
fn add_rate(
    tariff: &Tariff,
    rate: Factor,
    lines: &[PurchaseLine],
    weights: &mut [i128],
    earning: impl Fn(&PurchaseLine) -> i128,
) -> bool {
    let mut gave = false;
    for (line, weight) in lines.iter().zip(weights) {
        let money = earning(line);
        if money > 0 {
            let coefficient = tariff.coefficients.get(&line.group).copied().unwrap_or(Factor::ONE);
            let given = money
                * i128::from(rate.millionths())
                * i128::from(coefficient.millionths())
                * i128::from(Factor::UNIT);
            *weight += given;
            gave |= given > 0;
        }
    }
    gave
}

fn multiply(rule: &Rule, tier: usize, context: &RatingContext, lines: &[PurchaseLine], weights: &mut [i128]) {
    if let Effect::Multiplier(factor) = &rule.effect {
        for (line, weight) in lines.iter().zip(weights) {
            if holds_for_line(&rule.condition, context, line) {
                *weight = *weight / i128::from(Factor::UNIT) * i128::from(factor.at(tier).millionths());
            }
        }
    }
}

/// A bonus belongs to the whole basket: its lines share it by what they cost.
fn spread_bonus(bonus: i128, lines: &[PurchaseLine], extent: Extent, weights: &mut [i128]) {
    let total: i128 = lines.iter().map(|line| i128::from(line.amount_in(extent).0)).sum();
    if bonus > 0 && total > 0 {
        for (line, weight) in lines.iter().zip(weights) {
            *weight += bonus / total * i128::from(line.amount_in(extent).0);
        }
    }
}

/// One unit of the wallet in the exact scale of the weights.
pub(crate) fn one_point(tariff: &Tariff, terms: &Terms) -> i128 {
    let scale = tariff.wallet(terms.wallet.as_str()).map_or(0, |wallet| wallet.scale);
    10_i128.pow(tariff.currency.exponent) * 10_i128.pow(18) / 10_i128.pow(scale)
}

/// Sum, minimum, cap, rounding, in this order (S02). What nothing earns is 0, minimum or not.
pub(crate) fn round_grant(tariff: &Tariff, terms: &Terms, weights: &[i128], bonus: i128) -> Points {
    let one = one_point(tariff, terms);
    let exact = match terms.level {
        Level::Line => weights.iter().map(|weight| round(terms.rounding, *weight, one) * one).sum::<i128>(),
        Level::Purchase | Level::Period(_) => weights.iter().sum(),
    } + bonus;
    if exact == 0 {
        return Points::ZERO;
    }
    let at_least = exact.max(i128::from(terms.minimum.get()) * one);
    let capped = terms.cap.map_or(at_least, |cap| at_least.min(i128::from(cap.get()) * one));
    let points = round(terms.rounding, capped, one);
    Points::new(i64::try_from(points).expect("points within a bigint")).expect("no negative grant")
}

fn round(mode: Rounding, value: i128, one: i128) -> i128 {
    let (whole, rest) = (value.div_euclid(one), value.rem_euclid(one));
    let up = match mode {
        Rounding::Floor => false,
        Rounding::Ceil => rest > 0,
        Rounding::HalfUp => rest * 2 >= one,
        Rounding::HalfEven => rest * 2 > one || rest * 2 == one && whole % 2 == 1,
    };
    whole + i128::from(up)
}

/// The rate of the band that holds `basis`; 0 below the first.
fn band_rate(bands: &[Band], basis: i128) -> Factor {
    let reached = bands.iter().filter(|band| i128::from(band.from.0) <= basis);
    reached.max_by_key(|band| band.from).map_or(Factor::ZERO, |band| band.rate)
}

fn holds_for_basket(condition: &Condition, context: &RatingContext) -> bool {
    let named = |names: &[Name], name: &Name| names.is_empty() || names.contains(name);
    named(&condition.partners, &context.partner)
        && named(&condition.tiers, &context.tier)
        && condition.basket_from.is_none_or(|from| context.basket >= from)
        && condition.basket_below.is_none_or(|below| context.basket < below)
}

fn holds_for_line(condition: &Condition, context: &RatingContext, line: &PurchaseLine) -> bool {
    (condition.groups.is_empty() || condition.groups.contains(&line.group))
        && !condition.groups_except.contains(&line.group)
        && condition.when.as_ref().is_none_or(|when| when.holds(context, line))
}

/// The money of a purchase that counts in a period under `terms`: that of lines some rule applies to.
pub fn period_basis(
    tariff: &Tariff,
    terms: &Terms,
    context: &RatingContext,
    lines: &[PurchaseLine],
    extent: Extent,
) -> Minor {
    let rules: Vec<&Rule> = tariff.rules.iter().filter(|rule| rule.terms == terms.name).collect();
    let counts = |line: &&PurchaseLine| {
        rules.iter().any(|rule| {
            holds_for_basket(&rule.condition, context) && holds_for_line(&rule.condition, context, line)
        })
    };
    lines.iter().filter(counts).map(|line| line.earning_in(extent, tariff.points_earn)).sum()
}

/// What a period earns, rounded once and spread over its partners' `shares` of the spend (S02, S16).
pub fn rate_period(tariff: &Tariff, terms: &Terms, shares: &[Minor]) -> Vec<Points> {
    let basis: i128 = shares.iter().map(|share| i128::from(share.0)).sum();
    let unit = i128::from(Factor::UNIT);
    let mut exact = 0_i128;
    for rule in tariff.rules.iter().filter(|rule| rule.terms == terms.name) {
        exact += match &rule.effect {
            Effect::Rate(rate) => basis * i128::from(rate.at(0).millionths()) * unit * unit,
            Effect::Bands(bands) => basis * i128::from(band_rate(bands, basis).millionths()) * unit * unit,
            Effect::PartnerRate
            | Effect::Bonus(_)
            | Effect::PerItem(_)
            | Effect::PerAmount(_)
            | Effect::Multiplier(_) => 0,
        };
    }
    let points = round_grant(tariff, terms, &[exact], 0);
    let weights: Vec<i128> = shares.iter().map(|share| share.0.into()).collect();
    apportion(points, &weights)
}
