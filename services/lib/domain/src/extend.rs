//! Expiry that purchases and activities move further out (S06).

use crate::account::{Rated, RatedKind};
use crate::action::{activate, counts_from};
use crate::burn::in_burn_order;
use crate::calendar;
use crate::entry::EntryKind;
use crate::id::{EventKey, LotId, Name};
use crate::lines;
use crate::links::Line;
use crate::lot::{Bucket, Lot};
use crate::repay::repay;
use crate::tariff::{Tariff, Terms};
use crate::terms::{reminder, rounded};
use crate::time::Timestamp;
use crate::work::{Movement, Read, Work};
use std::sync::Arc;

/// What moves an expiry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mover {
    Purchase,
    Activity,
}

/// Every sale and activity at or after `from`, by time, the version that was in force for it, and the line it is on
/// ([`EventKey::NONE`]: the account's own). At one instant their order makes no difference: each is measured from the
/// same end.
fn movers(work: &Work, from: Timestamp) -> Vec<(Timestamp, i32, Mover, EventKey)> {
    let of_line = |events: &[Arc<Rated>], line: EventKey| {
        let behind = &events[events.partition_point(|event| event.at < from)..];
        let moving = behind.iter().filter_map(|event| match event.kind {
            RatedKind::Sale => Some((event.at, event.version, Mover::Purchase, line)),
            RatedKind::Activity => Some((event.at, event.version, Mover::Activity, line)),
            RatedKind::Return | RatedKind::News | RatedKind::Joined | RatedKind::Merged => None,
        });
        moving.collect::<Vec<_>>()
    };
    let mut movers = of_line(&work.account.order.events, EventKey::NONE);
    for line in work.lines() {
        movers.extend(of_line(&line.order.events, line.binding));
    }
    let recent = work.account.activities.recent.iter().filter(|it| it.at >= from);
    movers.extend(recent.map(|it| (it.at, it.version, Mover::Activity, EventKey::NONE)));
    movers.sort_unstable();
    movers
}

/// Whether what happened at `at` on the line `of` moves expiries of a lot that is on `line`: of the same line, or
/// of one that it had joined by then.
pub(crate) fn reaches(work: &Work, of: EventKey, at: Timestamp, line: Option<&Line>) -> bool {
    let mut next = line;
    while let Some(line) = next {
        if line.binding == of || at < line.at {
            return line.binding == of;
        }
        next = lines::whole(work.lines(), line.binding);
    }
    of == EventKey::NONE
}

/// The line a lot is on; `None` for the account's own.
pub(crate) fn line_of<'w>(work: &'w Work<'_>, lot: LotId) -> Option<&'w Line> {
    work.lines().iter().find(|line| line.lots.contains(&lot)).map(Arc::as_ref)
}

/// The line that is rated on; `None` for the account's own.
pub(crate) fn rated_on<'w>(work: &'w Work<'_>) -> Option<&'w Line> {
    work.lines().iter().find(|line| line.binding == work.line).map(Arc::as_ref)
}

/// The expiry of a lot on `line` that is made now but counts from `occurred_at`: moved by every event in the rating order
/// that found it alive, had it been there (S24). A period's lot, or one that a late event raises from nothing.
pub(crate) fn expiry_in_order(
    work: &Work,
    line: Option<&Line>,
    terms: &Name,
    occurred_at: Timestamp,
    expires_at: Timestamp,
) -> Timestamp {
    let mut end = expires_at;
    let reaching = |of: EventKey, at: Timestamp| reaches(work, of, at, line);
    for (at, version, mover, _) in
        movers(work, occurred_at).into_iter().filter(|(at, .., of)| reaching(*of, *at))
    {
        let tariff = work.tariff(version);
        let Some(terms) = tariff.terms(terms.as_str()) else { continue };
        if let Some(moved) = moved_by(&tariff, terms, mover, at).filter(|_| at < end) {
            end = end.max(moved);
        }
    }
    end
}

/// Where an event at `at` moves the end of a lot under `terms`; `None` where it moves none.
fn moved_by(tariff: &Tariff, terms: &Terms, mover: Mover, at: Timestamp) -> Option<Timestamp> {
    let span = match mover {
        Mover::Purchase => terms.extended_by_purchase,
        Mover::Activity => terms.extended_by_activity,
    };
    Some(rounded(tariff, terms.expiry_rounded_to, calendar::add(tariff.zone, at, span?)))
}

/// Lets every sale and activity from `occurred_at` on move the expiry of the lots that lived then, where their terms
/// say so: the one that came now, and, where it came late, those behind it. Then what waited for an activity is
/// activated.
pub(crate) fn from(work: &mut Work, occurred_at: Timestamp) -> Read<()> {
    for (at, version, mover, of) in movers(work, occurred_at) {
        let tariff = work.tariff(version);
        for terms in &tariff.terms {
            let Some(expires_at) = moved_by(&tariff, terms, mover, at) else { continue };
            let lived = |lot: &Lot| {
                lot.terms == terms.name
                    && lot.occurred_at <= at
                    && lot.expires_at > at
                    && lot.expires_at < expires_at
                    && counts_from(work, lot) <= at
                    && reaches(work, of, at, line_of(work, lot.id))
            };
            for id in in_burn_order(work, terms.wallet.as_str(), lived) {
                extend(work, &tariff, id, expires_at)?;
            }
        }
    }
    activate(work)
}

/// Lets what the receiver did since a gift was given, and before it came here, move its end: from the transfer on the lot
/// is the receiver's, and what became of it before was decided with the transfer (S24, S33).
pub(crate) fn given(work: &mut Work, id: LotId) -> Read<()> {
    let lot = work.lot(id)?.expect("a lot that comes in");
    let Some(given_at) = lot.given_at else { return Ok(()) };
    let (terms, until, version) = (lot.terms.clone(), lot.expires_at, lot.version);
    // A transfer may be dated before what earned the points.
    let since = given_at.max(lot.occurred_at);
    let expires_at = expiry_in_order(work, None, &terms, since, until);
    if expires_at > until {
        let tariff = work.tariff(version);
        extend(work, &tariff, id, expires_at)?;
    }
    Ok(())
}

/// Moves the expiry of one lot. One that had expired too early, because the event came late, is reopened.
fn extend(work: &mut Work, tariff: &Tariff, id: LotId, expires_at: Timestamp) -> Read<()> {
    let (reminded, remind_at) = reminder(tariff, expires_at, 0, work.now);
    let at = work.now;
    let lot = work.lot_mut(id)?;
    // What expired although the lot lives on by grace (S19) had expired in time.
    let too_early = lot.expires_at <= at && at < expires_at;
    lot.expires_at = expires_at;
    lot.reminded = reminded;
    lot.remind_at = remind_at;
    let (points, wallet) = (lot.buckets.expired, lot.wallet.clone());
    if points.is_zero() || !too_early {
        return Ok(());
    }
    let waits = lot.activates_at > at;
    let to = if waits { Bucket::Pending } else { Bucket::Available };
    let (from, redemption) = (Some(Bucket::Expired), EventKey::NONE);
    work.shift(id, Movement { kind: EntryKind::Reopening, from, to, points, at, redemption })?;
    if waits { Ok(()) } else { repay(work, &wallet, at) }
}
