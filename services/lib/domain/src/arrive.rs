//! A binding's second step: what the card held arrives at its member (design §3).
//!
//! What was sold before the binding is a line of its own in the rating order; what was sold since, and came to the
//! card before news of the binding did, is rated anew as the member's own (S24). Points that the member owes, or
//! the card owed, are repaid at once (S18).

use crate::account::{Period, Rated, Standing};
use crate::act;
use crate::adjust::audit;
use crate::claim;
use crate::command::{Body, Command, Unlink};
use crate::debt::Debt;
use crate::decide::settle;
use crate::entry::{Entry, EntryKind};
use crate::erase;
use crate::event::{Event, OutcomeRecord};
use crate::extend;
use crate::fall::{self, Watcher};
use crate::give;
use crate::id::{EventKey, LotId, Name};
use crate::lines;
use crate::links::{Line, LinePeriod};
use crate::lot::{Bucket, Lot};
use crate::money::Minor;
use crate::moved::Moved;
use crate::occasion;
use crate::order;
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::points::Points;
use crate::purchase::Purchase;
use crate::reach;
use crate::recount::recount;
use crate::redeemed::redeemed;
use crate::redemption::{HoldState, Redemption};
use crate::repay::{list_as_open, repay, say_debt};
use crate::rerate;
use crate::returns;
use crate::route::HOPS;
use crate::tier;
use crate::upcoming::Upcoming;
use crate::work::{Read, Work};
use std::sync::Arc;

/// Takes in what a card held: once, however often it is sent.
pub(crate) fn receive(work: &mut Work, command: &Command, moved: &Moved) -> Read<()> {
    if work.is_repeated(command)? {
        return Ok(());
    }
    if !work.rule.as_str().is_empty() {
        audit(work, 0);
    }
    let granted = moved.granted && work.account.entity.is_card();
    let links = work.account.links_mut();
    links.granted |= granted;
    let cards = &mut links.cards;
    for card in std::iter::once(&moved.from).chain(&moved.cards) {
        if !cards.contains(card) {
            cards.push(card.clone());
        }
    }
    moved.lots.iter().try_for_each(|lot| take_lot(work, moved, lot))?;
    take_redemptions(work, moved)?;
    moved.debts.iter().try_for_each(|debt| take_debt(work, debt))?;
    take_remembered(work, command, moved)?;
    take_periods(work, moved)?;
    act::take_over(work, command, moved)?;
    occasion::take_over(work, &moved.occasions);
    give::take_over(work, &moved.given);
    rate_again(work, moved)?;
    let wallets: Vec<Name> = work.account.wallets.iter().map(|balance| balance.wallet.clone()).collect();
    for wallet in wallets {
        let at = work.now;
        repay(work, &wallet, at)?;
    }
    settle(work)?;
    // Returns that named whom it moves to were here before it (S22).
    moved.purchases.iter().try_for_each(|purchase| returns::apply_waiting(work, purchase.key))?;
    if work.account.erased {
        erase::clear(work, command)?;
    }
    if moved.answers {
        say_bound(work, command, moved);
    }
    Ok(())
}

/// The answer to the binding, now that all of it is done (S27).
fn say_bound(work: &mut Work, command: &Command, moved: &Moved) {
    let outcome = Outcome::of(OutcomeKind::Applied, Reason::None);
    let (now, next) = (work.now, Upcoming::of(work.lots_in_range()));
    let record = OutcomeRecord::of(command, &work.account, next, outcome, moved.later, now);
    let (event, occurred_at, linked) = (moved.binding, moved.at, Some(moved.from.clone()));
    work.say(Event::Outcome(OutcomeRecord { event, occurred_at, linked, ..record }));
}

/// The card is the member's no more; nor of whom the member was merged into.
pub(crate) fn unlink(work: &mut Work, command: &Command, unlink: &Unlink) -> Read<()> {
    if !work.is_repeated(command)? {
        let links = work.account.links_mut();
        links.cards.retain(|card| *card != unlink.card);
        if let Some(merged) = links.bindings.last() {
            let to = merged.to.clone();
            work.send(command.with(command.key, to, Body::Unlink(unlink.clone())));
        }
    }
    Ok(())
}

fn take_lot(work: &mut Work, moved: &Moved, lot: &Lot) -> Read<()> {
    let (issued, clawed_back) = (lot.issued, lot.clawed_back);
    match work.lot(lot.id)? {
        None => work.put_lot(lot.clone()),
        // A partner sent one sale under the card and under the member: their points are one lot now.
        Some(here) => work.put_lot(together(here.clone(), lot)),
    }
    if lot.is_live() {
        work.account.live_from = work.account.live_from.min(lot.id.issued_month);
    }
    let balance = work.balance_mut(&lot.wallet);
    // What is owed of it came along as a debt, and is no points (S05).
    balance.moved_in += issued - clawed_back;
    if moved.hops >= HOPS {
        never_left(work, lot)?;
    }
    for bucket in Bucket::ALL {
        let points = lot.buckets.get(bucket);
        if points.is_zero() {
            continue;
        }
        *work.balance_mut(&lot.wallet).buckets.get_mut(bucket) += points;
        let entry = work.entry(EntryKind::MovedIn, lot.wallet.clone(), lot.id, work.now);
        let (to, version, partner) = (Some(bucket), lot.version, lot.partner.clone());
        work.say(Event::Entry(Entry { to, points, version, partner, ..entry }));
    }
    Ok(())
}

/// A lot that left from here, and came back to stay (see [`is_back`]): it counts as neither.
fn never_left(work: &mut Work, lot: &Lot) -> Read<()> {
    let (issued, clawed_back) = (lot.issued, lot.clawed_back);
    let moved_here = lot.buckets.get(Bucket::Moved);
    if work.lot(lot.id)?.is_none_or(|here| here.buckets.moved < issued + moved_here) {
        return Ok(());
    }
    let here = work.lot_mut(lot.id)?;
    here.issued -= issued;
    here.clawed_back -= clawed_back;
    here.buckets.moved -= issued;
    let balance = work.balance_mut(&lot.wallet);
    balance.buckets.moved -= issued;
    balance.moved_in -= issued - clawed_back;
    let owed_out = &mut work.account.links_mut().owed_out;
    if let Some(owed) = owed_out.iter_mut().find(|owed| owed.wallet == lot.wallet) {
        owed.points -= clawed_back;
    }
    owed_out.retain(|owed| !owed.points.is_zero());
    Ok(())
}

/// Two parts of one lot.
fn together(mut here: Lot, came: &Lot) -> Lot {
    here.issued += came.issued;
    here.clawed_back += came.clawed_back;
    for bucket in Bucket::ALL {
        *here.buckets.get_mut(bucket) += came.buckets.get(bucket);
    }
    for key in &came.drawn_by {
        if !here.drawn_by.contains(key) {
            here.drawn_by.push(*key);
        }
    }
    here
}

/// Redemptions keep their order among themselves, and are earlier than what is decided from now on.
fn take_redemptions(work: &mut Work, moved: &Moved) -> Read<()> {
    for (later, redemption) in moved.redemptions.iter().rev().enumerate() {
        let sequence = work.account.sequence - i64::try_from(later).unwrap_or(i64::MAX);
        for (wallet, points) in redeemed(work, redemption)? {
            work.balance_mut(&wallet).redeemed += points;
        }
        if redemption.state == HoldState::Open {
            if !work.account.open_holds.contains(&redemption.key) {
                work.account.open_holds.push(redemption.key);
            }
            work.account.next_due = work.account.next_due.min(redemption.expires_at);
        }
        let came = Redemption { sequence, ..redemption.clone() };
        match work.redemption(redemption.key)? {
            Some(here) if !is_back(work, moved, redemption.key)? => {
                work.put_redemption(one_redemption(here.clone(), &came));
            }
            _ => work.put_redemption(came),
        }
    }
    Ok(())
}

/// One redemption that a partner asked for under the card and under the member: it draws on the lots of both.
fn one_redemption(mut here: Redemption, came: &Redemption) -> Redemption {
    for draw in &came.draws {
        let place = here.draw_mut(draw.lot);
        place.held += draw.held;
        place.spent += draw.spent;
    }
    here.captured += came.captured;
    here.given_back += came.given_back;
    if came.state == HoldState::Open {
        (here.state, here.expires_at) = (HoldState::Open, came.expires_at);
    }
    here
}

fn take_debt(work: &mut Work, debt: &Debt) -> Read<()> {
    let sequence = work.redemption(debt.id.redemption)?.expect("a debt's redemption moves with it").sequence;
    let (mut open, mut forgiven) = (debt.open, debt.forgiven);
    if let Some(here) = work.debt(debt.id)? {
        (open, forgiven) = (open + here.open, forgiven + here.forgiven);
    }
    work.put_debt(Debt { sequence, open, forgiven, ..debt.clone() });
    let balance = work.balance_mut(&debt.wallet);
    balance.debt += debt.open;
    balance.forgiven += debt.forgiven;
    if !debt.open.is_zero() {
        list_as_open(work, debt.id, sequence)?;
    }
    let (at, none) = (work.now, Points::ZERO);
    say_debt(work, EntryKind::MovedIn, debt.id, (debt.open + debt.forgiven).get(), none, at)?;
    if !debt.forgiven.is_zero() {
        // It comes whole, and is forgiven here as it was there.
        say_debt(work, EntryKind::Forgiveness, debt.id, -debt.forgiven.get(), none, at)?;
    }
    Ok(())
}

/// Purchases and ids: one that is here already stays as it is, but for what limits granted the other, and whom that tells.
fn take_remembered(work: &mut Work, command: &Command, moved: &Moved) -> Read<()> {
    for purchase in &moved.purchases {
        let is_back = is_back(work, moved, purchase.key)?;
        match work.purchase(purchase.key)?.cloned() {
            Some(here) if !is_back => unite(work, command, here, purchase)?,
            _ => work.put_purchase(purchase.clone()),
        }
        stay(work, is_back, purchase.key)?;
    }
    for seen in &moved.seen {
        let is_back = is_back(work, moved, seen.key)?;
        if is_back || work.seen(seen.key)?.is_none() {
            work.put_seen(seen.clone());
        }
        stay(work, is_back, seen.key)?;
    }
    Ok(())
}

/// Whether an event went from here, and was sent on until it came back to stay: two cards replaced each other at once.
fn is_back(work: &Work, moved: &Moved, event: EventKey) -> Read<bool> {
    Ok(moved.hops >= HOPS && work.route(event)?.is_some())
}

/// What came back is answered here from now on.
fn stay(work: &mut Work, is_back: bool, event: EventKey) -> Read<()> {
    if is_back {
        work.route_mut(event)?.to = work.account.entity.clone();
    }
    Ok(())
}

/// A partner sent one sale under both accounts.
fn unite(work: &mut Work, command: &Command, mut here: Purchase, came: &Purchase) -> Read<()> {
    // One that left from here is only remembered.
    if work.route(here.key)?.is_some() || came.claims.is_empty() && came.watchers.is_empty() {
        return Ok(());
    }
    claim::unite(work, command, &mut here, came);
    let others: Vec<Watcher> =
        came.watchers.iter().filter(|watcher| !here.watchers.contains(watcher)).cloned().collect();
    let (key, is_news) = (here.key, !others.is_empty());
    here.watchers.extend(others);
    work.put_purchase(here);
    if is_news { fall::undone(work, command, key) } else { Ok(()) }
}

/// Periods of the card become periods of its line, less what was sold since the binding: that counts in the
/// member's own.
fn take_periods(work: &mut Work, moved: &Moved) -> Read<()> {
    let of_line = |period: &Period| LinePeriod { line: moved.binding, period: period.clone() };
    let periods = &mut work.account.links_mut().periods;
    periods.extend(moved.line_periods.iter().cloned());
    periods.extend(moved.periods.iter().map(of_line));
    periods.sort_by(|a, b| a.place().cmp(&b.place()));
    if moved.periods.is_empty() {
        return Ok(());
    }
    for purchase in moved.purchases.iter().filter(|purchase| purchase.line == EventKey::NONE) {
        recount(work, purchase, moved.binding)?;
    }
    Ok(())
}

/// The member's order with the card's in it, and what follows from that: expiries moved, sales rated anew, tier.
fn rate_again(work: &mut Work, moved: &Moved) -> Read<()> {
    let (line, since) = split(work, moved);
    let reached = reach::bring(moved.standing.as_ref(), moved.binding);
    let joined = order::join(work, line, since, &moved.lines, reached)?;
    extend::from(work, moved.at)?;
    rerate::on_grounds(work, &joined.changed)?;
    joined.announce_joined(work, moved.binding)
}

/// The card's events before the binding as a line, and those since. Lines that joined it before are parts of it.
fn split(work: &Work, moved: &Moved) -> (Line, Vec<Arc<Rated>>) {
    let mut order = moved.order.clone();
    let acted = moved.activities.recent.iter().filter(|occurrence| occurrence.at < moved.at);
    order.events.extend(acted.map(order::on_line));
    order.events.sort_by(|a, b| a.place().cmp(&b.place()));
    let since = order.events.split_off(order.events.partition_point(|event| event.at < moved.at));
    let mut spend = moved.standing.as_ref().map(|standing| standing.spend.clone()).unwrap_or_default();
    for event in &since {
        tier::add_spend(&mut spend, event.bucket, &event.counts, Minor(-event.amount.0));
    }
    let (parts, beside): (Vec<_>, Vec<_>) =
        lines::roots(&moved.lines).into_iter().partition(|line| line.at <= moved.at);
    for bucket in beside.iter().flat_map(|line| &line.spend) {
        tier::add_spend(&mut spend, bucket.from, &bucket.counts, Minor(-bucket.amount.0));
    }
    spend.retain(|bucket| bucket.amount != Minor::ZERO);
    let on_parts = |lot: &LotId| moved.lines.iter().any(|part| part.lots.contains(lot));
    let lots = moved.lots.iter().filter(|lot| lot.occurred_at < moved.at).map(|lot| lot.id);
    let lots: Vec<LotId> = lots.filter(|lot| !on_parts(lot)).collect();
    let (partner, id) = (moved.partner.clone(), moved.id.clone());
    let known = order::known_by(work, &order, &parts);
    order.events.extend(parts.iter().map(|part| lines::joined(part)));
    order.events.sort_by(|a, b| a.place().cmp(&b.place()));
    if !moved.from.is_card() {
        order.events.push(lines::merged(moved));
    }
    let reached = moved.standing.iter().flat_map(|standing| reach::at_base(&standing.reached)).collect();
    order.base = order.base.map(|base| order::base_of_line(Standing { reached, ..Standing::clone(&base) }));
    (Line { binding: moved.binding, at: moved.at, partner, id, order, spend, lots, known }, since)
}
