//! A sale: payment first, then accrual, each line by its product group (S02–S04, S09).

use crate::account::{Period, PeriodShare, Rated, RatedKind};
use crate::allocate::allocate;
use crate::award;
use crate::basket::Basket;
use crate::calendar;
use crate::claim;
use crate::command::{Command, Sale};
use crate::extend;
use crate::grant::{Origin, all_by, retarget};
use crate::id::{EventKey, LotId, Name};
use crate::links::LinePeriod;
use crate::money::Minor;
use crate::order;
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::pay::{pay, say_payment};
use crate::points::Points;
use crate::profile::Known;
use crate::purchase::{Purchase, PurchaseGrant, PurchaseLine};
use crate::rating::{Extent, Grant, context_of, period_basis, rate, rate_period};
use crate::rerate;
use crate::tariff::{Level, Metric, Tariff, Terms};
use crate::tier;
use crate::time::Timestamp;
use crate::trade::{Brought, Trade};
use crate::work::{Read, Work};
use std::sync::Arc;

/// Applies a sale that was not seen before.
pub(crate) fn apply(work: &mut Work, tariff: &Tariff, command: &Command, sale: &Sale) -> Read<Outcome> {
    let mut purchase = Purchase { line: work.line, ..as_purchase(tariff, command, sale) };
    let mut outcome = Outcome::of(OutcomeKind::Applied, Reason::None);
    spend(work, tariff, command, sale, &mut purchase, &mut outcome)?;
    let rated = rated(tariff, &purchase);
    if !rated.counts.as_str().is_empty() {
        work.put_purchase(purchase.clone()); // how much it counts is asked of it at its place in the order
    }
    let placed = order::place(work, rated, purchase.line)?;
    (purchase.tier, purchase.profile) = (placed.grounds.tier.clone(), placed.grounds.profile.clone());
    let mut brought = Vec::new();
    outcome.earned = accrue(work, tariff, &mut purchase, &mut brought)?;
    if claim::of_sale(work, tariff, command, &mut purchase) && outcome.reason == Reason::None {
        outcome.reason = Reason::AwaitsLimit;
    }
    extend::from(work, command.occurred_at)?;
    purchase.outcome = outcome;
    work.put_purchase(purchase);
    rerate::on_grounds(work, &placed.changed)?;
    placed.announce(work, RatedKind::Sale)?;
    work.trade = Some(Trade::of_sale(command.key, sale, brought));
    Ok(outcome)
}

/// Spends what was paid with points, tender by tender, and notes what they paid for.
fn spend(
    work: &mut Work,
    tariff: &Tariff,
    command: &Command,
    sale: &Sale,
    purchase: &mut Purchase,
    outcome: &mut Outcome,
) -> Read<()> {
    let mut basket = Basket::new(tariff, &sale.lines);
    for tender in &sale.tenders {
        let payment = pay(work, tariff, command, tender, &basket)?;
        let allowed = allocate(tariff, &mut basket, purchase, tender, &payment);
        let reason = say_payment(work, command, tender, &payment, allowed);
        outcome.spent += payment.covered();
        outcome.uncovered += tender.points - payment.covered();
        if reason == Reason::OverLimit {
            outcome.reason = reason;
        }
        if payment.redemption != EventKey::NONE && !purchase.redemptions.contains(&payment.redemption) {
            purchase.redemptions.push(payment.redemption);
        }
    }
    if !outcome.uncovered.is_zero() {
        outcome.reason = Reason::NotCovered;
    }
    // What one redemption and wallet paid alone, the lines say by themselves.
    if let [part] = &purchase.parts[..]
        && work.redemption(part.redemption)?.is_some_and(|row| row.wallet == part.wallet)
        && purchase.redemptions.len() == 1
    {
        purchase.parts.clear();
    }
    Ok(())
}

/// The purchase in the rating order.
fn rated(tariff: &Tariff, purchase: &Purchase) -> Rated {
    Rated {
        at: purchase.occurred_at,
        kind: RatedKind::Sale,
        partner: purchase.partner.clone(),
        id: purchase.id.clone(),
        event: purchase.key,
        version: purchase.version,
        bucket: tier::bucket_of(tariff, purchase.occurred_at),
        amount: qualifying(tariff, purchase, Extent::Sold),
        counts: tariff.counts(),
        told: told(tariff, purchase).map(Arc::new),
        ..Rated::at(purchase.occurred_at)
    }
}

/// What the sale tells of the member.
fn told(tariff: &Tariff, purchase: &Purchase) -> Option<Known> {
    tariff.declared.told_by_sale(tariff, &purchase.partner, purchase.occurred_at, &purchase.attributes)
}

fn as_purchase(tariff: &Tariff, command: &Command, sale: &Sale) -> Purchase {
    Purchase {
        key: command.key,
        partner: command.source.partner.clone(),
        id: command.source.id.clone(),
        occurred_at: command.occurred_at,
        version: tariff.version,
        tier: Name::default(),
        content: command.content,
        outcome: Outcome::of(OutcomeKind::Applied, Reason::None),
        lines: sale.lines.iter().map(PurchaseLine::bought).collect(),
        grants: Vec::new(),
        redemptions: Vec::new(),
        line: EventKey::NONE,
        attributes: award::canonical(tariff, &tariff.declared.purchase, &sale.attributes),
        profile: None,
        parts: Vec::new(),
        claims: Vec::new(),
        watchers: Vec::new(),
    }
}

/// Rates the purchase and issues its lots; what it earned, its part of periods included, and what rules brought.
fn accrue(
    work: &mut Work,
    tariff: &Tariff,
    purchase: &mut Purchase,
    brought: &mut Vec<Brought>,
) -> Read<Points> {
    let mut earned = Points::ZERO;
    let context = context_of(purchase, Extent::Sold);
    for grant in rate(tariff, &context, &purchase.lines, Extent::Sold) {
        let terms = tariff.terms(grant.terms.as_str()).expect("terms of the tariff just rated by");
        // What several rules gave at once is one entry, of the first of them; the answer tells the parts of all.
        let origin = origin(tariff, terms, purchase, &grant, all_by(grant.rule.clone()));
        let lot = retarget(work, &origin, LotId::NONE, grant.points)?;
        earned += grant.points;
        brought.extend(grant.parts().into_iter().map(|(rule, points)| Brought {
            wallet: origin.terms.wallet.clone(),
            first: grant.rule.clone(),
            rule,
            points,
        }));
        let Grant { terms, funder, points, .. } = grant;
        purchase.grants.push(PurchaseGrant { terms, lot, at_sale: points, now: points, funder });
    }
    for terms in tariff.period_terms() {
        let basis = period_basis(tariff, terms, &context, &purchase.lines, Extent::Sold);
        if basis > Minor::ZERO {
            let change = count_in_period(work, tariff, terms, purchase, basis, basis)?;
            earned += Points::at_least_zero(change);
        }
    }
    Ok(earned)
}

pub(crate) fn origin<'a>(
    tariff: &'a Tariff,
    terms: &'a Terms,
    purchase: &Purchase,
    grant: &Grant,
    rules: Vec<(Name, i128)>,
) -> Origin<'a> {
    let by_partner = grant.funder.as_str().is_empty();
    Origin {
        tariff,
        terms,
        cause: purchase.key,
        partner: if by_partner { purchase.partner.clone() } else { grant.funder.clone() },
        occurred_at: purchase.occurred_at,
        rules,
    }
}

/// Counts a purchase's spend in its period (a return's is negative in `remaining`, 0 in `gross`) and brings
/// every partner's lot to its new share; the change of what the period earns (S16).
pub(crate) fn count_in_period(
    work: &mut Work,
    tariff: &Tariff,
    terms: &Terms,
    purchase: &Purchase,
    gross: Minor,
    remaining: Minor,
) -> Read<i64> {
    let mut period = take_period(work, tariff, terms, purchase.occurred_at);
    // The first purchase's version, and a late one may be the first (S24). A correction rates periods as the version
    // it replaces does, and stands at its place.
    period.version =
        [period.version, purchase.version].into_iter().min_by_key(|it| work.root(*it)).unwrap_or(0);
    let place = share_of(&mut period, &purchase.partner);
    period.shares[place].gross += gross;
    period.shares[place].remaining += remaining;
    // The whole period's version rates it, so that a return months later sees the same rules (S16).
    let tariff = work.tariff(period.version);
    let terms =
        tariff.terms(terms.name.as_str()).expect("terms of the version that opened the period").clone();
    let now = period_earns(&tariff, &terms, &period);
    let earned_before = earned_by(work, &period)?;
    let rule = tariff.rules.iter().find(|rule| rule.terms == terms.name).map(|rule| rule.name.clone());
    let cause = period_key(work, &period);
    for raising in [true, false] {
        for (share, target) in period.shares.iter_mut().zip(&now) {
            let earns = match share.lot.is_none() {
                true => Points::ZERO,
                false => work.lot(share.lot)?.expect("the lot of a period's share").net(),
            };
            if (*target > earns) == raising {
                let origin = Origin {
                    tariff: &tariff,
                    terms: &terms,
                    cause,
                    partner: share.partner.clone(),
                    occurred_at: period.from,
                    rules: all_by(rule.clone().unwrap_or_default()),
                };
                share.lot = retarget(work, &origin, share.lot, *target)?;
            }
        }
    }
    let change = now.iter().copied().sum::<Points>().get() - earned_before.get();
    put_period(work, period);
    Ok(change)
}

/// What each partner's share of a period earns now: together never more than it did as sold (S16).
pub(crate) fn period_earns(tariff: &Tariff, terms: &Terms, period: &Period) -> Vec<Points> {
    let at_sale = rate_period(tariff, terms, &amounts(period, |share| share.gross));
    let now = rate_period(tariff, terms, &amounts(period, |share| share.remaining));
    if now.iter().copied().sum::<Points>() > at_sale.iter().copied().sum() { at_sale } else { now }
}

fn amounts(period: &Period, amount: impl Fn(&PeriodShare) -> Minor) -> Vec<Minor> {
    period.shares.iter().map(amount).collect()
}

fn earned_by(work: &Work, period: &Period) -> Read<Points> {
    let mut earned = Points::ZERO;
    for share in period.shares.iter().filter(|share| !share.lot.is_none()) {
        earned += work.lot(share.lot)?.expect("the lot of a period's share").net();
    }
    Ok(earned)
}

/// The cause of a period's lots: the account, the terms and the period's beginning.
fn period_key(work: &Work, period: &Period) -> EventKey {
    // A card that is bound and unbound begins anew.
    let bindings = work.account.links.iter().flat_map(|links| &links.bindings);
    let bindings = bindings.filter(|binding| binding.from < binding.until).count();
    let account = match (work.line, i64::try_from(bindings)) {
        (EventKey::NONE, Ok(0) | Err(_)) => work.account_key(),
        (EventKey::NONE, Ok(bindings)) => work.account_key().derived("bindings", bindings),
        (line, _) => line,
    };
    account.derived(period.terms.as_str(), period.from.0)
}

fn take_period(work: &mut Work, tariff: &Tariff, terms: &Terms, at: Timestamp) -> Period {
    let Level::Period(unit) = terms.level else { unreachable!("only terms of a period are counted in one") };
    let from = calendar::start_of(tariff.zone, at, unit);
    let is_meant = |period: &Period| period.from == from && period.terms == terms.name;
    let line = work.line;
    let known = if line == EventKey::NONE {
        let periods = &mut work.account.periods;
        periods.iter().position(is_meant).map(|place| periods.remove(place))
    } else {
        let periods = &mut work.account.links_mut().periods;
        let place = periods.iter().position(|of| of.line == line && is_meant(&of.period));
        place.map(|place| periods.remove(place).period)
    };
    match known {
        Some(period) => period,
        None => Period {
            terms: terms.name.clone(),
            from,
            // One that was forgotten and is opened again, for what was released from quarantine, is kept as long
            // as a new one: what is released next, or returned, finds its shares.
            until: calendar::end_of(tariff.zone, at, unit).max(work.now),
            version: tariff.version,
            shares: Vec::new(),
        },
    }
}

/// Whether a return may still reach the period.
fn is_in_reach(work: &Work, period: &Period) -> bool {
    let tariff = work.tariff(period.version);
    let reach = tariff.return_window.at_most_millis().saturating_add(tariff.lateness.at_most_millis());
    period.until.plus_millis(reach) >= work.now
}

/// Puts the period back in order, and forgets those no return can reach any more.
fn put_period(work: &mut Work, period: Period) {
    if work.line != EventKey::NONE {
        let line = work.line;
        let mut periods = std::mem::take(&mut work.account.links_mut().periods);
        periods.retain(|old| is_in_reach(work, &old.period));
        periods.push(LinePeriod { line, period });
        periods.sort_by(|a, b| a.place().cmp(&b.place()));
        work.account.links_mut().periods = periods;
        return;
    }
    let mut periods = std::mem::take(&mut work.account.periods);
    periods.retain(|old| is_in_reach(work, old));
    let place = periods.partition_point(|old| (old.from, &old.terms) < (period.from, &period.terms));
    periods.insert(place, period);
    work.account.periods = periods;
}

fn share_of(period: &mut Period, partner: &Name) -> usize {
    period.shares.binary_search_by(|share| share.partner.cmp(partner)).unwrap_or_else(|place| {
        let (gross, remaining) = (Minor::ZERO, Minor::ZERO);
        let share = PeriodShare { partner: partner.clone(), gross, remaining, lot: LotId::NONE };
        period.shares.insert(place, share);
        place
    })
}

/// The spend of a purchase that counts for the tier.
pub(crate) fn qualifying(tariff: &Tariff, purchase: &Purchase, extent: Extent) -> Minor {
    let spend = tariff.tiers.as_ref().filter(|tiers| tiers.counts == Metric::Spend);
    let Some(tiers) = spend else { return Minor::ZERO };
    let counts_points = tiers.counts_points;
    purchase.lines.iter().map(|line| line.earning_in(extent, counts_points)).sum()
}
