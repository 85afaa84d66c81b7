//! Expiry that purchases and activities move further out (S06).

use crate::account::RatedKind;
use crate::action::{activate, counts_from};
use crate::burn::in_burn_order;
use crate::calendar;
use crate::entry::EntryKind;
use crate::id::{EventKey, LotId, Name};
use crate::lot::{Bucket, Lot};
use crate::repay::repay;
use crate::tariff::{Tariff, Terms};
use crate::terms::{reminder, rounded};
use crate::time::Timestamp;
use crate::work::{Movement, Read, Work};

/// What moves an expiry.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Mover {
    Purchase,
    Activity,
}

/// Every sale and activity at or after `from`, by time, and the version that was in force for it. At one instant
/// their order makes no difference: each is measured from the same end.
fn movers(work: &Work, from: Timestamp) -> Vec<(Timestamp, i32, Mover)> {
    let events = &work.account.order.events;
    let events = &events[events.partition_point(|event| event.at < from)..];
    let sales = events.iter().filter(|event| event.kind == RatedKind::Sale);
    let sales = sales.map(|sale| (sale.at, sale.version, Mover::Purchase));
    let recent = work.account.activities.recent.iter().filter(|it| it.at >= from);
    let mut movers: Vec<_> = sales.chain(recent.map(|it| (it.at, it.version, Mover::Activity))).collect();
    movers.sort_unstable();
    movers
}

/// The expiry of a lot that is made now but counts from `occurred_at`: moved by every event in the rating order
/// that found it alive, had it been there (S24). A period's lot, or one that a late event raises from nothing.
pub(crate) fn expiry_in_order(
    work: &Work,
    terms: &Name,
    occurred_at: Timestamp,
    expires_at: Timestamp,
) -> Timestamp {
    let mut end = expires_at;
    for (at, version, mover) in movers(work, occurred_at) {
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
    for (at, version, mover) in movers(work, occurred_at) {
        let tariff = work.tariff(version);
        for terms in &tariff.terms {
            let Some(expires_at) = moved_by(&tariff, terms, mover, at) else { continue };
            let lived = |lot: &Lot| {
                lot.terms == terms.name
                    && lot.occurred_at <= at
                    && lot.expires_at > at
                    && lot.expires_at < expires_at
                    && counts_from(work, lot) <= at
            };
            for id in in_burn_order(work, terms.wallet.as_str(), lived) {
                extend(work, &tariff, id, expires_at)?;
            }
        }
    }
    activate(work)
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
