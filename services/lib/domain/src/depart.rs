//! A binding's first step: what the card holds leaves it, whole, and is in transit (design §3).

use crate::command::{Adjustment, Body, Command};
use crate::debt::Debt;
use crate::entity::Entity;
use crate::entry::EntryKind;
use crate::id::{EventKey, LotId, Name};
use crate::links::{Binding, OwedOut};
use crate::lot::{Bucket, Lot};
use crate::moved::{MergeIn, Moved};
use crate::outcome::OutcomeKind;
use crate::part::{self, Extent, Part};
use crate::points::Points;
use crate::purchase::Purchase;
use crate::redeemed::redeemed;
use crate::redemption::{HoldState, Redemption};
use crate::repay::say_debt;
use crate::rerate;
use crate::row::{Route, Seen};
use crate::work::{Movement, Read, Work};
use std::collections::{BTreeMap, BTreeSet};

/// Moves what the card holds of until the binding's end to whom it is bound to (all of a member's to whom it is merged
/// into), and remembers the way of each event. Ids, origins and dates stay.
pub(crate) fn move_out(work: &mut Work, command: &Command, binding: &Binding, answers: bool) -> Read<()> {
    let entity = work.whole()?;
    let mut part = part::take(work, entity, binding)?;
    let mut moved = Moved {
        from: work.account.entity.clone(),
        answers,
        later: answers && work.answered,
        hops: 1,
        binding: binding.event,
        at: binding.from,
        partner: command.source.partner.clone(),
        id: command.source.id.clone(),
        lots: Vec::new(),
        purchases: Vec::new(),
        redemptions: Vec::new(),
        debts: Vec::new(),
        seen: Vec::new(),
        activities: std::mem::take(&mut part.activities),
        granted: work.account.links_mut().granted,
        cards: work.account.links_mut().cards.clone(),
        lines: Vec::new(),
        line_periods: Vec::new(),
        periods: part.periods.clone(),
        standing: part.standing.take(),
        order: std::mem::take(&mut part.order),
        occasions: work.account.occasions.clone(),
        given: std::mem::take(&mut work.account.links_mut().given),
    };
    if part.extent == Extent::All {
        let links = work.account.links_mut();
        (moved.lines, moved.line_periods) =
            (std::mem::take(&mut links.lines), std::mem::take(&mut links.periods));
    }
    moved.redemptions = redemptions(work, entity, &part)?;
    moved.purchases = purchases(work, entity, binding, &part)?;
    moved.lots = lots(work, entity, &moved, &part)?;
    moved.debts = debts(work, entity, &mut moved.lots, &part)?;
    moved.seen = seen(work, entity, binding, &part)?;
    work.answered_there |= moved.answers;
    let key = command.key.derived("move", 0);
    work.send(command.with(key, binding.to.clone(), body(command, moved)));
    // What stays is rated without what went.
    rerate::on_grounds(work, &part.changed)
}

/// A merge says who and why where it arrives, too.
fn body(command: &Command, moved: Moved) -> Body {
    match &command.body {
        Body::Adjust(Adjustment { actor, reason, .. }) => {
            let (actor, reason) = (actor.clone(), reason.clone());
            Body::MergeIn(Box::new(MergeIn { actor, reason, moved }))
        }
        _ => Body::MoveIn(Box::new(moved)),
    }
}

fn note_way(work: &mut Work, key: EventKey, binding: &Binding, line: EventKey) {
    work.put_route(Route { key, to: binding.to.clone(), line });
}

fn purchases(work: &mut Work, entity: &Entity, binding: &Binding, part: &Part) -> Read<Vec<Purchase>> {
    let mut moved = Vec::new();
    for key in entity.purchases.rows().keys() {
        if work.route(*key)?.is_some() {
            continue;
        }
        let mut purchase = work.purchase(*key)?.expect("a purchase of the entity").clone();
        if !part.takes_purchase(&purchase) {
            continue;
        }
        if purchase.occurred_at < binding.from && purchase.line == EventKey::NONE {
            purchase.line = binding.event;
        }
        note_way(work, *key, binding, purchase.line);
        let (lines, grants, redemptions, parts, claims, watchers) = Default::default();
        let left = purchase.clone();
        work.put_purchase(Purchase { lines, grants, redemptions, parts, claims, watchers, ..left });
        moved.push(purchase);
    }
    Ok(moved)
}

fn redemptions(work: &mut Work, entity: &Entity, part: &Part) -> Read<Vec<Redemption>> {
    let mut moved = Vec::new();
    let mut gone: BTreeMap<Name, Points> = BTreeMap::new();
    for key in entity.redemptions.rows().keys() {
        let redemption = work.redemption(*key)?.expect("a redemption of the entity").clone();
        if redemption.state == HoldState::Moved || work.route(*key)?.is_some() || !part.takes_event(*key) {
            continue;
        }
        work.account.open_holds.retain(|hold| hold != key);
        for (wallet, points) in redeemed(work, &redemption)? {
            *gone.entry(wallet).or_default() += points;
        }
        moved.push(redemption.clone());
        let (captured, given_back) = (Points::ZERO, Points::ZERO);
        let (state, draws) = (HoldState::Moved, Vec::new());
        work.put_redemption(Redemption { state, draws, captured, given_back, ..redemption });
    }
    for (wallet, points) in gone {
        work.balance_mut(&wallet).redeemed -= points;
    }
    moved.sort_by_key(|redemption| (redemption.sequence, redemption.key));
    Ok(moved)
}

/// Whether something that moves may still raise or lower the lot.
fn is_named(moved: &Moved, lot: LotId) -> bool {
    let granted = moved.purchases.iter().flat_map(|purchase| &purchase.grants).map(|grant| grant.lot);
    let lines = moved.line_periods.iter().map(|of| &of.period);
    let shares = moved.periods.iter().chain(lines).flat_map(|period| &period.shares).map(|share| share.lot);
    let draws = moved.redemptions.iter().flat_map(|redemption| &redemption.draws).map(|draw| draw.lot);
    let firsts = moved.activities.firsts.iter().flat_map(|first| &first.grants).map(|grant| grant.lot);
    let reached = moved.standing.iter().flat_map(|standing| &standing.reached).map(|reached| reached.lot);
    granted.chain(shares).chain(draws).chain(firsts).chain(reached).any(|named| named == lot)
}

fn lots(work: &mut Work, entity: &Entity, with: &Moved, part: &Part) -> Read<Vec<Lot>> {
    // Those this decision made among them: the card's grant.
    let changed = work.changed_lots().map(|lot| lot.id);
    let ids: BTreeSet<LotId> = entity.lots.rows().keys().copied().chain(changed).collect();
    let mut moved = Vec::new();
    for id in ids {
        let mut lot = work.lot(id)?.expect("a lot of the entity").clone();
        // What is neither revoked nor gone is all there is of it here: of a gift a part may have left before (S33).
        let left_before = lot.buckets.sum() == lot.buckets.revoked + lot.buckets.moved;
        if left_before && !is_named(with, id) || !part.takes_lot(&lot) {
            continue;
        }
        for bucket in Bucket::ALL {
            let points = lot.buckets.get(bucket);
            if bucket != Bucket::Revoked && !points.is_zero() {
                let (from, at, redemption) = (Some(bucket), work.now, EventKey::NONE);
                let (kind, to) = (EntryKind::MovedOut, Bucket::Moved);
                work.shift(id, Movement { kind, from, to, points, at, redemption })?;
            }
        }
        lot.buckets.revoked = Points::ZERO;
        lot.issued = lot.buckets.sum();
        lot.clawed_back = Points::ZERO; // what is still owed of it is added with its debts
        moved.push(lot);
    }
    Ok(moved)
}

fn debts(work: &mut Work, entity: &Entity, lots: &mut [Lot], part: &Part) -> Read<Vec<Debt>> {
    let mut moved = Vec::new();
    for id in entity.debts.rows().keys() {
        let debt = work.debt(*id)?.expect("a debt of the entity").clone();
        let owed = debt.open + debt.forgiven;
        if owed.is_zero() || !part.takes_event(id.redemption) {
            continue;
        }
        work.account.open_debts.retain(|open| open != id);
        let (at, none) = (work.now, Points::ZERO);
        if !debt.forgiven.is_zero() {
            // It leaves whole: forgiven here no more, and there as it was here.
            say_debt(work, EntryKind::Forgiveness, *id, debt.forgiven.get(), none, at)?;
        }
        say_debt(work, EntryKind::MovedOut, *id, -owed.get(), none, at)?;
        let balance = work.balance_mut(&debt.wallet);
        balance.debt -= debt.open;
        balance.forgiven -= debt.forgiven;
        if !id.lot.is_none() {
            owe_out(work, &debt, owed);
            let lot = lots.iter_mut().find(|lot| lot.id == id.lot).expect("a debt's lot moves with it");
            lot.clawed_back += owed;
        }
        let nothing = Points::ZERO;
        work.put_debt(Debt { open: nothing, forgiven: nothing, ..debt.clone() });
        moved.push(debt);
    }
    Ok(moved)
}

fn owe_out(work: &mut Work, debt: &Debt, points: Points) {
    let owed = &mut work.account.links_mut().owed_out;
    match owed.binary_search_by(|owed| owed.wallet.cmp(&debt.wallet)) {
        Ok(place) => owed[place].points += points,
        Err(place) => owed.insert(place, OwedOut { wallet: debt.wallet.clone(), points }),
    }
}

/// Remembered events whose answer stands: what still waits here stays here.
fn seen(work: &mut Work, entity: &Entity, binding: &Binding, part: &Part) -> Read<Vec<Seen>> {
    let mut moved = Vec::new();
    for (key, seen) in entity.seen.rows() {
        let waits = matches!(seen.outcome.kind, OutcomeKind::Parked | OutcomeKind::Quarantined);
        if waits || work.route(*key)?.is_some() || !part.takes_event(*key) {
            continue;
        }
        note_way(work, *key, binding, EventKey::NONE);
        moved.push(seen.clone());
    }
    Ok(moved)
}
