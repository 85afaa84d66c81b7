//! A binding's first step: what the card holds leaves it, whole, and is in transit (design §3).

use crate::command::{Body, Command};
use crate::debt::Debt;
use crate::entity::Entity;
use crate::entry::{Entry, EntryKind};
use crate::event::Event;
use crate::id::{EventKey, LotId, Name};
use crate::links::{Binding, OwedOut};
use crate::lot::{Bucket, Lot};
use crate::moved::Moved;
use crate::outcome::OutcomeKind;
use crate::points::Points;
use crate::purchase::Purchase;
use crate::redemption::{HoldState, Redemption};
use crate::repay::funder;
use crate::row::{Route, Seen};
use crate::work::{Movement, Read, Work};
use std::collections::{BTreeMap, BTreeSet};

/// Moves everything to whom the card is bound to (or the member merged into), and remembers the way of each event.
/// Ids, origins and dates stay.
pub(crate) fn move_out(work: &mut Work, command: &Command, binding: &Binding) -> Read<()> {
    let entity = work.whole()?;
    let mut moved = Moved {
        from: work.account.entity.clone(),
        answers: command.has_outcome() && !work.is_later,
        later: false,
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
        activities: std::mem::take(&mut work.account.activities),
        granted: work.account.links_mut().granted,
        cards: work.account.links_mut().cards.clone(),
        lines: std::mem::take(&mut work.account.links_mut().lines),
        line_periods: std::mem::take(&mut work.account.links_mut().periods),
        periods: std::mem::take(&mut work.account.periods),
        standing: work.account.standing.take(),
        order: std::mem::take(&mut work.account.order),
    };
    moved.redemptions = redemptions(work, entity)?;
    moved.purchases = purchases(work, entity, binding)?;
    moved.lots = lots(work, entity, &moved)?;
    moved.debts = debts(work, entity, &mut moved.lots)?;
    moved.seen = seen(work, entity, binding)?;
    work.answered_there |= moved.answers;
    let account = &mut work.account;
    account.open_holds.clear();
    account.open_debts.clear();
    let key = binding.event.derived("move", 0);
    let body = Body::MoveIn(Box::new(moved));
    work.send(Command { key, entity: binding.to.clone(), body, ..command.clone() });
    Ok(())
}

fn note_way(work: &mut Work, key: EventKey, binding: &Binding, line: EventKey) {
    work.put_route(Route { key, to: binding.to.clone(), line });
}

fn purchases(work: &mut Work, entity: &Entity, binding: &Binding) -> Read<Vec<Purchase>> {
    let mut moved = Vec::new();
    for key in entity.purchases.rows().keys() {
        if work.route(*key)?.is_some() {
            continue;
        }
        let mut purchase = work.purchase(*key)?.expect("a purchase of the entity").clone();
        if purchase.occurred_at < binding.from && purchase.line == EventKey::NONE {
            purchase.line = binding.event;
        }
        note_way(work, *key, binding, purchase.line);
        let (lines, grants, redemptions) = Default::default();
        work.put_purchase(Purchase { lines, grants, redemptions, ..purchase.clone() });
        moved.push(purchase);
    }
    Ok(moved)
}

fn redemptions(work: &mut Work, entity: &Entity) -> Read<Vec<Redemption>> {
    let mut moved = Vec::new();
    let mut gone: BTreeMap<Name, Points> = BTreeMap::new();
    for key in entity.redemptions.rows().keys() {
        let redemption = work.redemption(*key)?.expect("a redemption of the entity").clone();
        if redemption.state == HoldState::Moved || work.route(*key)?.is_some() {
            continue;
        }
        *gone.entry(redemption.wallet.clone()).or_default() += redemption.captured - redemption.given_back;
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
    granted.chain(shares).chain(draws).chain(firsts).any(|named| named == lot)
}

fn lots(work: &mut Work, entity: &Entity, with: &Moved) -> Read<Vec<Lot>> {
    // Those this decision made among them: the card's grant.
    let changed = work.changed_lots().map(|lot| lot.id);
    let ids: BTreeSet<LotId> = entity.lots.rows().keys().copied().chain(changed).collect();
    let mut moved = Vec::new();
    for id in ids {
        let mut lot = work.lot(id)?.expect("a lot of the entity").clone();
        let left_before = !lot.buckets.moved.is_zero() || lot.buckets.sum() == lot.buckets.revoked;
        if left_before && !is_named(with, id) {
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

fn debts(work: &mut Work, entity: &Entity, lots: &mut [Lot]) -> Read<Vec<Debt>> {
    let mut moved = Vec::new();
    for id in entity.debts.rows().keys() {
        let debt = work.debt(*id)?.expect("a debt of the entity").clone();
        let owed = debt.open + debt.forgiven;
        if owed.is_zero() {
            continue;
        }
        if !debt.open.is_zero() {
            say_debt_left(work, &debt)?;
        }
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

fn say_debt_left(work: &mut Work, debt: &Debt) -> Read<()> {
    let (partner, version) = funder(work, debt)?;
    let entry = work.entry(EntryKind::MovedOut, debt.wallet.clone(), debt.id.lot, work.now);
    let (redemption, redeemer) = (debt.id.redemption, debt.partner.clone());
    work.say(Event::Entry(Entry { debt: -debt.open.get(), redemption, version, partner, redeemer, ..entry }));
    Ok(())
}

/// Remembered events whose answer stands: what still waits here stays here.
fn seen(work: &mut Work, entity: &Entity, binding: &Binding) -> Read<Vec<Seen>> {
    let mut moved = Vec::new();
    for (key, seen) in entity.seen.rows() {
        let waits = matches!(seen.outcome.kind, OutcomeKind::Parked | OutcomeKind::Quarantined);
        if waits || work.route(*key)?.is_some() {
            continue;
        }
        note_way(work, *key, binding, EventKey::NONE);
        moved.push(seen.clone());
    }
    Ok(moved)
}
