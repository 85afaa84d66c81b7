//! Erasure: what is left of an account when its member is forgotten (S05, S18, S27).
//!
//! Everything personal leaves the rows: the tier and what it was found by, what activities told, what waits. The
//! points do not vanish: open holds end, debts are forgiven at the programme's cost, live points are written off,
//! each by an entry, so that lots, wallets and settlement still add up. The account stays, closed: an event that
//! names it is rejected. Its cards are unbound, and members that were merged into it are erased with it.

use crate::account::{Order, Waiting};
use crate::activity::Remembered;
use crate::adjust::{forgive, write_off};
use crate::command::{Action, Adjustment, Body, CardChange, Command};
use crate::decide::settle;
use crate::entry::EntryKind;
use crate::event::Event;
use crate::fall;
use crate::hold;
use crate::id::{EntityId, EventKey, LotId, Name};
use crate::links::Links;
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::returns::{settle_later, unpark};
use crate::route::pass_on;
use crate::share;
use crate::transit;
use crate::work::{Read, Work};
use std::sync::Arc;

/// Erases the account the command concerns.
pub(crate) fn erase(work: &mut Work, command: &Command) -> Read<()> {
    refuse_what_waits(work)?;
    clear(work, command)?;
    work.account.erased = true;
    // Said last, for consumers: what they keep of this account is to go now.
    let entry = work.entry(EntryKind::Erasure, Name::default(), LotId::NONE, work.now);
    work.say(Event::Entry(entry));
    Ok(())
}

/// Ends what is open, writes off what is live, forgets what is personal: at the erasure, and again where a card, or a
/// merge that was agreed before, brings something to a member who is forgotten.
pub(crate) fn clear(work: &mut Work, command: &Command) -> Read<()> {
    for hold in work.account.open_holds.clone() {
        hold::run_out(work, hold, work.now)?;
    }
    settle_points(work)?;
    unlink(work, command);
    let account = &mut work.account;
    account.standing = None;
    account.known = None;
    account.occasions.clear();
    account.order = Order::default();
    account.periods = Vec::new();
    account.activities = Remembered::NONE;
    Ok(())
}

/// Nothing is left of what cards and merged members brought. They are accounts of their own, and keep no more of it than
/// pseudonyms.
fn unlink(work: &mut Work, command: &Command) {
    let Some(links) = work.account.links.take() else { return };
    // Of a member who was merged, whom it was merged into tells the others.
    if work.account.entity.is_card() || links.bindings.is_empty() {
        tell_linked(work, command, &links);
    }
    let Links { bindings, granted, owed_out, .. } = (*links).clone();
    work.account.links = Some(Arc::new(Links { bindings, granted, owed_out, ..Links::default() }));
}

/// Cards of the member are nobody's from now on, and who was merged into it is forgotten, too.
fn tell_linked(work: &mut Work, command: &Command, links: &Links) {
    // Behind a binding of this very instant, too.
    let now = work.now.plus_millis(1);
    let (cards, members): (Vec<&EntityId>, Vec<&EntityId>) =
        links.cards.iter().partition(|linked| linked.is_card());
    for (number, card) in (0..).zip(cards) {
        let unbound =
            pass_on(command, card.clone(), command.key.derived("erased", number), CardChange::Unbound);
        work.send(Command { occurred_at: now, delivered_at: now, ..unbound });
    }
    let Some((actor, reason)) = decided_by(command) else { return };
    for (number, member) in (0..).zip(members) {
        let (actor, reason) = (actor.clone(), reason.clone());
        let erase = Body::Adjust(Adjustment { actor, reason, action: Action::Erase });
        let key = command.key.derived("erased member", number);
        work.send(command.by_itself(key, member.clone(), erase));
    }
}

/// Of an erasure, or of a merge that comes after it. Cards bring no members.
fn decided_by(command: &Command) -> Option<(&Name, &Name)> {
    match &command.body {
        Body::Adjust(adjustment) => Some((&adjustment.actor, &adjustment.reason)),
        Body::MergeIn(merged) => Some((&merged.actor, &merged.reason)),
        _ => None,
    }
}

/// Forgives what is owed, and writes off what is live: after it nothing of the account can change by itself.
fn settle_points(work: &mut Work) -> Read<()> {
    let unfinished = std::mem::replace(&mut work.unfinished, true);
    settle(work)?;
    work.unfinished = unfinished;
    for wallet in work.account.wallets.iter().map(|balance| balance.wallet.clone()).collect::<Vec<_>>() {
        let balance = work.account.balance(wallet.as_str()).expect("a wallet just listed");
        let (debt, live) = (balance.debt, balance.total());
        if !debt.is_zero() {
            forgive(work, &wallet, debt)?;
        }
        if !live.is_zero() {
            write_off(work, &wallet, live)?;
        }
    }
    Ok(())
}

/// What was parked or quarantined is rejected, and its content leaves the row.
fn refuse_what_waits(work: &mut Work) -> Read<()> {
    let steps = transit::waiting(work)?;
    // Steps of a transfer wait on: what is given is refused, and goes back, when it is looked at.
    let (stays, waiting) = std::mem::take(&mut work.account.waiting)
        .into_iter()
        .partition(|waiting: &Waiting| steps.contains(&waiting.event));
    work.account.waiting = stays;
    let listed = std::mem::take(&mut work.account.quarantined);
    // By the rows, not by the list alone: a build without the list quarantines and releases, and leaves it as it was.
    let rows = work.whole()?.parked.rows();
    let unlisted: Vec<EventKey> = rows.keys().copied().filter(|event| !listed.contains(event)).collect();
    let waiting: Vec<Waiting> = waiting;
    let mut events: Vec<EventKey> = waiting.into_iter().map(|waiting| waiting.event).collect();
    for event in listed.into_iter().chain(unlisted) {
        let is_quarantined =
            work.seen(event)?.is_some_and(|seen| seen.outcome.kind == OutcomeKind::Quarantined);
        if is_quarantined && work.parked(event)?.is_some_and(|parked| parked.waits) {
            events.push(event);
        }
    }
    for event in events {
        let command = unpark(work, event)?;
        work.parked_mut(event)?.command.body = Body::Tick;
        let asked = command.asked().0;
        if let Body::Fall(told) = &asked.body {
            fall::give_up(work, asked, told); // no purchase comes here any more
            continue;
        }
        // Of several limits, some may have agreed already.
        if let Some(tariff) = work.tariff_at(asked.occurred_at) {
            share::give_up(work, &tariff, asked)?;
        }
        settle_later(work, &command, Outcome::of(OutcomeKind::Rejected, Reason::AccountErased), work.now);
    }
    Ok(())
}
