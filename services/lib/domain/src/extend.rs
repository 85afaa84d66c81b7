//! Expiry that activity moves further out (S06).

use crate::account::RatedKind;
use crate::burn::in_burn_order;
use crate::calendar;
use crate::entry::EntryKind;
use crate::id::{EventKey, LotId, Name};
use crate::links::Line;
use crate::lot::{Bucket, Lot};
use crate::repay::repay;
use crate::tariff::{Tariff, Terms};
use crate::terms::{reminder, rounded};
use crate::time::Timestamp;
use crate::work::{Movement, Read, Work};
use std::sync::Arc;

/// The expiry of a lot that is made now but counts from `occurred_at`: moved by every sale in the rating order
/// that found it alive, had it been there (S24). A period's lot, or one that a late event raises from nothing.
pub(crate) fn expiry_in_order(
    work: &Work,
    terms: &Name,
    occurred_at: Timestamp,
    expires_at: Timestamp,
) -> Timestamp {
    let line = lines(work).iter().find(|line| line.binding == work.line);
    // Sales of a line extend its lots, and from the binding on the account's own do.
    let (of_line, since) = match line {
        Some(line) => (line.order.events.as_slice(), occurred_at.max(line.at)),
        None => (&[][..], occurred_at),
    };
    let of_line = of_line.iter().filter(|event| event.at >= occurred_at);
    let own = work.account.order.events.iter().filter(|event| event.at >= since);
    let mut end = expires_at;
    for sale in of_line.chain(own).filter(|event| event.kind == RatedKind::Sale) {
        let tariff = work.tariff(sale.version);
        let Some(terms) = tariff.terms(terms.as_str()) else { continue };
        if let Some(moved) = moved_by(&tariff, terms, sale.at).filter(|_| sale.at < end) {
            end = end.max(moved);
        }
    }
    end
}

fn lines<'w>(work: &'w Work<'_>) -> &'w [Arc<Line>] {
    work.account.links.as_ref().map_or(&[], |links| &links.lines)
}

/// Whether a sale at `at` on the line `of` moves the expiry of `lot`: of the same line, or of one that joined.
fn reaches(work: &Work, of: EventKey, at: Timestamp, lot: LotId) -> bool {
    match lines(work).iter().find(|line| line.lots.contains(&lot)) {
        Some(line) => line.binding == of || of == EventKey::NONE && at >= line.at,
        None => !lines(work).iter().any(|line| line.binding == of),
    }
}

/// Where a purchase at `at` moves the end of a lot under `terms`; `None` where it moves none.
fn moved_by(tariff: &Tariff, terms: &Terms, at: Timestamp) -> Option<Timestamp> {
    let moved = calendar::add(tariff.zone, at, terms.extended_by_purchase?);
    Some(rounded(tariff, terms.expiry_rounded_to, moved))
}

/// A purchase at `occurred_at`, on the line `of`, moves the expiry of the lots that lived then, where their terms
/// say so. A lot
/// that had expired too early, because the purchase came late, is reopened.
pub(crate) fn by_purchase(
    work: &mut Work,
    tariff: &Tariff,
    occurred_at: Timestamp,
    of: EventKey,
) -> Read<()> {
    for terms in &tariff.terms {
        let Some(expires_at) = moved_by(tariff, terms, occurred_at) else { continue };
        let lived = |lot: &Lot| {
            lot.terms == terms.name
                && lot.occurred_at <= occurred_at
                && lot.expires_at > occurred_at
                && lot.expires_at < expires_at
                && reaches(work, of, occurred_at, lot.id)
        };
        let lots = in_burn_order(work, terms.wallet.as_str(), lived);
        for id in lots {
            let (reminded, remind_at) = reminder(tariff, expires_at, 0, work.now);
            let at = work.now;
            let lot = work.lot_mut(id)?;
            // What expired although the lot lives on by grace (S19) had expired in time.
            let too_early = lot.expires_at <= at && at < expires_at;
            lot.expires_at = expires_at;
            lot.reminded = reminded;
            lot.remind_at = remind_at;
            let (points, wallet) = (lot.buckets.expired, lot.wallet.clone());
            if !points.is_zero() && too_early {
                let (from, to, redemption) = (Some(Bucket::Expired), Bucket::Available, EventKey::NONE);
                work.shift(id, Movement { kind: EntryKind::Reopening, from, to, points, at, redemption })?;
                repay(work, &wallet, at)?;
            }
        }
    }
    Ok(())
}
