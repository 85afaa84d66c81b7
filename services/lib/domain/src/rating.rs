//! Rating: what lines earn under a tariff (S02, S03). A pure function of stored facts, so that what remains
//! after a return is rated exactly as the sale was (S16).
//!
//! Everything is exact until the one rounding of a grant: amounts are minor units times three factors in
//! millionths (rate, coefficient, multiplier), held in `i128`.

use crate::apportion::{apportion, cumulative_share};
use crate::condition::Unmet;
use crate::counted::add_pieces;
use crate::factor::Factor;
use crate::id::Name;
use crate::money::Minor;
use crate::points::Points;
use crate::purchase::{Purchase, PurchaseLine};
use crate::tariff::{Band, Effect, Level, RatingContext, Rounding, Rule, Tariff, Terms};
use std::collections::BTreeSet;

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
    /// Who funds it; empty for the purchase's partner.
    pub funder: Name,
    /// The first rule that gave something; empty where none did.
    pub rule: Name,
    /// Points, rounded once. 0 is a grant too: a return may raise it (S16).
    pub points: Points,
    /// What each line contributed, exact, in the order of the lines.
    pub weights: Vec<i128>,
    /// What each rule that gave brought, one after the other: exact, before minimum, cap and rounding.
    pub brought: Vec<(Name, i128)>,
}

/// What rules brought, one after the other, exact.
#[derive(Default)]
struct Brought<'a> {
    rules: Vec<(&'a Name, i128)>,
    so_far: i128,
}

impl<'a> Brought<'a> {
    /// `rule` made `now` of what was there before. One that lessens it brings nothing.
    fn note(&mut self, rule: &'a Rule, now: i128) {
        self.rules.push((&rule.name, (now - self.so_far).max(0)));
        self.so_far = now;
    }

    fn by_name(&self) -> Vec<(Name, i128)> {
        self.rules.iter().map(|(name, exact)| ((*name).clone(), *exact)).collect()
    }
}

impl Grant {
    /// The points of each line: they add up to [`Grant::points`] (S02).
    pub fn by_line(&self) -> Vec<Points> {
        apportion(self.points, &self.weights)
    }

    /// Where several rules gave, what each of them brought, by largest remainder: together [`Grant::points`].
    pub fn parts(&self) -> Vec<(Name, Points)> {
        if self.brought.len() < 2 || self.points.is_zero() {
            return Vec::new();
        }
        let weights: Vec<i128> = self.brought.iter().map(|(_, exact)| *exact).collect();
        let names = self.brought.iter().map(|(name, _)| name.clone());
        names.zip(apportion(self.points, &weights)).collect()
    }

    /// The rules that bring more than in `before`, the same grant as it was, and how much: what is raised is theirs.
    pub(crate) fn risen_since(&self, before: Option<&Self>) -> Vec<(Name, i128)> {
        let brought = |rule: &Name| {
            let known = before.into_iter().flat_map(|grant| &grant.brought).find(|(name, _)| name == rule);
            known.map_or(0, |(_, exact)| *exact)
        };
        let rise = |(rule, exact): &(Name, i128)| (rule.clone(), *exact - brought(rule));
        let risen: Vec<_> = self.brought.iter().map(rise).filter(|(_, more)| *more > 0).collect();
        if risen.is_empty() { self.brought.clone() } else { risen }
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
        attributes: purchase.attributes.clone(),
        profile: purchase.profile.clone(),
        extent,
        holds: Vec::new(),
        agreed: purchase.agreed(),
    }
}

/// What `lines` earn at purchase and line level: one grant for each such terms of the tariff and each who funds under
/// them.
pub fn rate(tariff: &Tariff, context: &RatingContext, lines: &[PurchaseLine], extent: Extent) -> Vec<Grant> {
    Basket { tariff, context, lines, extent }.grants(&mut |_| {})
}

/// The rules that give something to `lines`.
pub(crate) fn giving(
    tariff: &Tariff,
    context: &RatingContext,
    lines: &[PurchaseLine],
    extent: Extent,
) -> BTreeSet<Name> {
    let mut gave = BTreeSet::new();
    Basket { tariff, context, lines, extent }.grants(&mut |rule| {
        gave.insert(rule.name.clone());
    });
    gave
}

/// Why each rule that is rated with `lines` did or did not give anything, in the file's order (S29).
pub fn considered(tariff: &Tariff, context: &RatingContext, lines: &[PurchaseLine]) -> Vec<Option<Unmet>> {
    let gave = giving(tariff, context, lines, Extent::Sold);
    let why = |rule: &Rule| match gave.contains(&rule.name) {
        true => None,
        false if context.lets(rule) => why_not(tariff, rule, context, lines),
        false => why_not_yet(tariff, rule, context, lines),
    };
    tariff.rules.iter().map(why).collect()
}

/// Why a rule gave nothing. What counts in a period is rated with the whole of it.
fn why_not(tariff: &Tariff, rule: &Rule, context: &RatingContext, lines: &[PurchaseLine]) -> Option<Unmet> {
    if let Some(unmet) = rule.condition.unmet(tariff, context, lines) {
        return Some(unmet);
    }
    if !lines.iter().any(|line| applies(tariff, rule, context, line)) {
        return Some(Unmet::Rival);
    }
    let earns = |line: &PurchaseLine| {
        applies(tariff, rule, context, line)
            && line.earning_in(Extent::Sold, tariff.points_earn) > Minor::ZERO
    };
    if !lines.iter().any(earns) {
        return Some(Unmet::NothingPaid);
    }
    let by_period = tariff.period_terms().any(|terms| terms.name == rule.terms);
    (!by_period).then_some(Unmet::GivesNothing)
}

/// Why a rule gave nothing whose limit has not agreed: for that alone, where it would give something then.
fn why_not_yet(
    tariff: &Tariff,
    rule: &Rule,
    context: &RatingContext,
    lines: &[PurchaseLine],
) -> Option<Unmet> {
    if rule.within.as_ref().is_some_and(|limit| context.occurred_at >= limit.until) {
        return Some(Unmet::Circumstances);
    }
    let mut agreeing = context.clone();
    agreeing.agreed.push(rule.name.clone());
    match giving(tariff, &agreeing, lines, Extent::Sold).contains(&rule.name) {
        true => Some(Unmet::Limit),
        false => why_not(tariff, rule, &agreeing, lines),
    }
}

/// What is rated.
struct Basket<'a> {
    tariff: &'a Tariff,
    context: &'a RatingContext,
    lines: &'a [PurchaseLine],
    extent: Extent,
}

impl<'a> Basket<'a> {
    /// One grant for each terms of a purchase or line and each who funds under them; `gives` hears of every rule that
    /// gives something.
    fn grants(&self, gives: &mut impl FnMut(&Rule)) -> Vec<Grant> {
        let Self { tariff, context, .. } = *self;
        let mut grants = Vec::new();
        for terms in tariff.terms.iter().filter(|terms| !matches!(terms.level, Level::Period(_))) {
            let others = terms.funders.iter().filter(|funder| **funder != context.partner);
            // What all of them give together is cut, whoever comes last first.
            let mut most = self.most(terms);
            for funder in std::iter::once(None).chain(others.map(Some)) {
                let grant = self.grant(terms, funder, most, gives);
                let given = i128::from(grant.points.get()) * one_point(tariff, terms);
                most = most.map(|most| (most - given).max(0));
                grants.push(grant);
            }
        }
        grants
    }

    /// Rules under `terms` that hold for the basket.
    fn rules(&self, terms: &'a Terms) -> impl Iterator<Item = &'a Rule> {
        let Self { tariff, context, .. } = *self;
        let under = tariff.rules.iter().filter(|rule| rule.terms == terms.name);
        under.filter(|rule| context.lets(rule) && rule.condition.holds_for_basket(tariff, context))
    }

    /// Who funds what `rule` gives; `None` for the partner.
    fn funder(&self, rule: &'a Rule) -> Option<&'a Name> {
        rule.funder.as_ref().filter(|funder| **funder != self.context.partner)
    }

    /// The money of a line that earns, all of it.
    fn money(&self, line: &PurchaseLine) -> i128 {
        line.earning_in(self.extent, self.tariff.points_earn).0.into()
    }

    /// The money of a line that earns by `rule`.
    fn earning(&self, rule: &Rule, line: &PurchaseLine) -> i128 {
        if applies(self.tariff, rule, self.context, line) { self.money(line) } else { 0 }
    }

    /// One grant: by the rules under `terms` that `funder` pays for. Multipliers and minimums are whoever's.
    fn grant(
        &self,
        terms: &'a Terms,
        funder: Option<&Name>,
        most: Option<i128>,
        gives: &mut impl FnMut(&Rule),
    ) -> Grant {
        let Self { tariff, context, lines, extent } = *self;
        let tier = tariff.tier_place(context.tier.as_str());
        let mut weights = vec![0_i128; lines.len()];
        let (mut bonus, mut least, mut raisers) = (0_i128, terms.minimum, Vec::new());
        let (mut first_rule, mut brought) = (None, Brought::default());
        for rule in self.rules(terms).filter(|rule| self.funder(rule) == funder) {
            let earning = |line: &PurchaseLine| self.earning(rule, line);
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
                Effect::Bonus(_) | Effect::Multiplier(_) | Effect::AtLeast(_) => false,
            };
            if gave {
                gives(rule);
                first_rule.get_or_insert(&rule.name);
                brought.note(rule, weights.iter().sum::<i128>() + bonus);
            }
        }
        for rule in self.rules(terms) {
            match &rule.effect {
                Effect::Multiplier(factor) if self.multiply(rule, factor.at(tier), &mut weights) => {
                    gives(rule);
                    brought.note(rule, weights.iter().sum::<i128>() + bonus);
                }
                Effect::AtLeast(points) if lines.iter().any(|line| self.earning(rule, line) > 0) => {
                    least = least.max(*points);
                    gives(rule);
                    raisers.push((rule, *points));
                }
                _ => {}
            }
        }
        // The higher the later: each brings what it raises beyond those before.
        raisers.sort_by_key(|(_, points)| *points);
        for (rule, points) in raisers {
            let raised = i128::from(points.get()) * one_point(tariff, terms);
            brought.note(rule, brought.so_far.max(if brought.so_far > 0 { raised } else { 0 }));
        }
        let points = round_grant(tariff, terms, &Exact { weights: &weights, bonus, least, most });
        spread_bonus(bonus, lines, extent, &mut weights);
        let funder = funder.cloned().unwrap_or_default();
        Grant {
            terms: terms.name.clone(),
            funder,
            rule: first_rule.cloned().unwrap_or_default(),
            brought: brought.by_name(),
            points,
            weights,
        }
    }

    /// The most that all of it may earn under `terms`, exact.
    fn most(&self, terms: &Terms) -> Option<i128> {
        let rate = i128::from(terms.cap_rate?.millionths());
        let unit = i128::from(Factor::UNIT);
        Some(self.lines.iter().map(|line| self.money(line)).sum::<i128>() * rate * unit * unit)
    }

    /// Multiplies what lines earned so far. Whether there was anything to multiply.
    fn multiply(&self, rule: &Rule, factor: Factor, weights: &mut [i128]) -> bool {
        let mut gave = false;
        for (line, weight) in self.lines.iter().zip(weights) {
            if applies(self.tariff, rule, self.context, line) {
                gave |= *weight > 0;
                *weight = *weight / i128::from(Factor::UNIT) * i128::from(factor.millionths());
            }
        }
        gave
    }
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

/// What a grant is rounded from.
pub(crate) struct Exact<'a> {
    /// What each line contributes.
    pub(crate) weights: &'a [i128],
    /// What the whole brings beside.
    pub(crate) bonus: i128,
    /// The least it is, where anything is earned.
    pub(crate) least: Points,
    /// The most it is beside the terms' own cap.
    pub(crate) most: Option<i128>,
}

/// Sum, minimum, cap, rounding, in this order (S02). What nothing earns is 0, minimum or not.
pub(crate) fn round_grant(tariff: &Tariff, terms: &Terms, grant: &Exact<'_>) -> Points {
    let one = one_point(tariff, terms);
    let weights = grant.weights.iter();
    let exact = match terms.level {
        Level::Line => weights.map(|weight| round(terms.rounding, *weight, one) * one).sum::<i128>(),
        Level::Purchase | Level::Period(_) => weights.sum(),
    } + grant.bonus;
    if exact == 0 {
        return Points::ZERO;
    }
    let at_least = exact.max(i128::from(grant.least.get()) * one);
    let capped = terms.cap.map_or(at_least, |cap| at_least.min(i128::from(cap.get()) * one));
    let capped = grant.most.map_or(capped, |most| capped.min(most));
    let points = round(terms.rounding, capped, one);
    Points::new(i64::try_from(points).expect("points within a bigint")).expect("no negative grant")
}

/// `value` in units of `one`, rounded.
pub(crate) fn round(mode: Rounding, value: i128, one: i128) -> i128 {
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
pub(crate) fn band_rate(bands: &[Band], basis: i128) -> Factor {
    let reached = bands.iter().filter(|band| i128::from(band.from.0) <= basis);
    reached.max_by_key(|band| band.from).map_or(Factor::ZERO, |band| band.rate)
}

/// Whether a rule that holds for the basket applies to `line`: none that comes before it alone does.
fn applies(tariff: &Tariff, rule: &Rule, context: &RatingContext, line: &PurchaseLine) -> bool {
    let takes_it = |rival: &usize| {
        let rival = &tariff.rules[*rival];
        let condition = &rival.condition;
        context.lets(rival)
            && condition.holds_for_basket(tariff, context)
            && condition.holds_for_line(context, line)
    };
    rule.condition.holds_for_line(context, line) && !rule.rivals.iter().any(takes_it)
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
            rule.condition.holds_for_basket(tariff, context) && applies(tariff, rule, context, line)
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
            | Effect::Multiplier(_)
            | Effect::AtLeast(_) => 0,
        };
    }
    let points =
        round_grant(tariff, terms, &Exact { weights: &[exact], bonus: 0, least: terms.minimum, most: None });
    let weights: Vec<i128> = shares.iter().map(|share| share.0.into()).collect();
    apportion(points, &weights)
}
