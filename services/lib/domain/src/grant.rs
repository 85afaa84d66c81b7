//! Grants: lots issued for a cause, raised and lowered when their cause is rated anew (S02, S16, S24).

use crate::action::dates_in_order;
use crate::apportion::apportion;
use crate::calendar::month_number;
use crate::clawback::claw_back;
use crate::entry::EntryKind;
use crate::extend::rated_on;
use crate::id::{EventKey, LotId, Name};
use crate::lot::{Bucket, Buckets, Lot};
use crate::points::Points;
use crate::tariff::{Tariff, Terms};
use crate::terms::reminder;
use crate::time::Timestamp;
use crate::work::{Movement, Read, Work};
use std::sync::Arc;

/// What a lot is granted for.
pub(crate) struct Origin<'a> {
    pub(crate) tariff: &'a Tariff,
    pub(crate) terms: &'a Terms,
    /// The purchase, or the period.
    pub(crate) cause: EventKey,
    /// The partner that funds it.
    pub(crate) partner: Name,
    /// The business time its terms count from.
    pub(crate) occurred_at: Timestamp,
    /// The rules that grant, one at the least, and their parts of what is issued now: an entry each (S29).
    pub(crate) rules: Vec<(Name, i128)>,
}

/// One rule that grants all.
pub(crate) fn all_by(rule: Name) -> Vec<(Name, i128)> {
    vec![(rule, 1)]
}

/// Brings what a cause earns to `target`: issues, raises or claws back. The lot, made where there was none
/// and something is earned.
pub(crate) fn retarget(work: &mut Work, origin: &Origin, lot: LotId, target: Points) -> Read<LotId> {
    if lot.is_none() {
        if target.is_zero() {
            return Ok(lot);
        }
        let id = id_of(work, origin);
        issue(work, origin, id, target)?;
        return Ok(id);
    }
    let now_earns = work.lot(lot)?.expect("a lot that a grant names").net();
    if target > now_earns {
        add(work, origin, lot, (EntryKind::Raise, target - now_earns))?;
    } else if target < now_earns {
        claw_back(work, lot, now_earns - target)?;
    }
    Ok(lot)
}

/// The id of a lot of `origin` that is issued now.
fn id_of(work: &Work, origin: &Origin) -> LotId {
    let Origin { tariff, terms, cause, .. } = *origin;
    // What a correction gives up under other terms, and what it grants instead, are two lots (S26).
    let named_by =
        if tariff.correction.is_some() { cause.derived("version", tariff.version.into()) } else { cause };
    LotId::of(month_number(work.now), named_by, terms.name.as_str(), origin.partner.as_str())
}

/// Issues `points` as the new lot `id`.
pub(crate) fn issue(work: &mut Work, origin: &Origin, id: LotId, points: Points) -> Read<()> {
    let Origin { tariff, terms, cause, .. } = *origin;
    let (activates_at, expires_at) = dates_in_order(work, rated_on(work), tariff, terms, origin.occurred_at);
    let (reminded, remind_at) = reminder(tariff, expires_at, 0, work.now);
    assert!(!work.is_loaded_lot(id), "S05: {id:?} is issued twice: {cause:?} was rated before");
    note_line(work, id);
    work.put_lot(Lot {
        id,
        wallet: terms.wallet.clone(),
        terms: terms.name.clone(),
        partner: origin.partner.clone(),
        cause,
        version: tariff.version,
        occurred_at: origin.occurred_at,
        accrued_at: work.now,
        activates_at,
        expires_at,
        issued: Points::ZERO,
        clawed_back: Points::ZERO,
        buckets: Buckets::default(),
        drawn_by: Vec::new(),
        reminded,
        remind_at,
        given_at: None,
    });
    add(work, origin, id, (EntryKind::Accrual, points))
}

/// A lot of a card's sale of before its binding is one of its line's.
fn note_line(work: &mut Work, lot: LotId) {
    let line = work.line;
    if line == EventKey::NONE {
        return;
    }
    let lines = &mut work.account.links_mut().lines;
    if let Some(line) = lines.iter_mut().find(|other| other.binding == line) {
        Arc::make_mut(line).lots.push(lot);
    }
}

/// Adds points to a lot as pending, each rule its part; what its dates say follows when the command's maturity is
/// settled (S24).
fn add(work: &mut Work, origin: &Origin, lot: LotId, (kind, points): (EntryKind, Points)) -> Read<()> {
    let (at, redemption) = (work.now, EventKey::NONE);
    let before = work.rule.clone();
    let weights: Vec<i128> = origin.rules.iter().map(|(_, weight)| *weight).collect();
    for ((rule, _), points) in origin.rules.iter().zip(apportion(points, &weights)) {
        if !points.is_zero() {
            work.rule = rule.clone();
            work.shift(lot, Movement { kind, from: None, to: Bucket::Pending, points, at, redemption })?;
        }
    }
    work.rule = before;
    work.account.live_from = work.account.live_from.min(lot.issued_month);
    Ok(())
}
