//! A merge: two members are the same person, and the one of the larger id gives all it has to the other (design §3).
//!
//! Whichever of the two is named, the one of the smaller id is asked first: one that is closed takes nothing, so
//! nothing leaves for it (S05). It sends the command on, with its id, to the one of the larger, which decides it. So a
//! merge goes one way, two that are asked at once never make a circle, and each is answered once (S27). Nothing is
//! taken back where the smaller one is erased while its answer is under way: it was the same person by then.

use crate::card;
use crate::command::{Action, Adjustment, Body, Command};
use crate::id::EntityId;
use crate::outcome::Reason;
use crate::route::{self, HOPS};
use crate::transit;
use crate::work::{Read, Work};

/// The other member, where `command` is a merge.
pub(crate) fn other(command: &Command) -> Option<&EntityId> {
    match &command.body {
        Body::Adjust(Adjustment { action: Action::Merge { into }, .. }) => Some(into),
        _ => None,
    }
}

/// The member that gives what it has, and the one that takes it.
fn pair<'c>(command: &'c Command, other: &'c EntityId) -> (&'c EntityId, &'c EntityId) {
    let named = &command.entity;
    if named < other { (other, named) } else { (named, other) }
}

/// Whom this account was merged into.
fn merged_into<'w>(work: &'w Work<'_>) -> Option<&'w EntityId> {
    let links = work.account.links.as_ref()?;
    links.bindings.last().map(|merged| &merged.to)
}

/// Sends a command of the ledger itself to whom this member was merged into; whether it was.
pub(crate) fn pass_to_whom_merged(work: &mut Work, command: &Command) -> bool {
    let further = merged_into(work).cloned();
    if let Some(further) = &further {
        work.send(command.with(command.key, further.clone(), command.body.clone()));
    }
    further.is_some()
}

/// Where a merge goes from here; `None` where this account answers it.
pub(crate) fn next(work: &Work, command: &Command, other: &EntityId) -> Read<Option<EntityId>> {
    let (gives, takes) = pair(command, other);
    let is_giver = work.account.entity == *gives;
    let agreed = is_giver && work.hops > 0;
    if agreed || work.hops >= HOPS || work.seen(command.key)?.is_some() {
        return Ok(None);
    }
    if let Some(route) = work.route(command.key)? {
        return Ok(Some(route.to.clone()));
    }
    if work.account.erased || gives == takes || gives.is_card() || takes.is_card() {
        return Ok(None);
    }
    Ok(match merged_into(work) {
        Some(_) if is_giver => None,
        Some(further) => Some(further.clone()),
        None if is_giver => Some(takes.clone()),
        None => Some(gives.clone()),
    })
}

/// Why a merge that is answered here is refused; nothing has changed yet.
pub(crate) fn refusal(work: &Work, command: &Command, other: &EntityId) -> Reason {
    let (gives, takes) = pair(command, other);
    let possible = gives != takes && !gives.is_card() && !takes.is_card();
    if possible && work.account.entity == *gives && merged_into(work).is_none() {
        return Reason::None;
    }
    Reason::MergeDirection
}

/// Gives all this account has to the other. What it may not do, that may not do from now on.
pub(crate) fn apply(work: &mut Work, command: &Command, by: &Adjustment, other: &EntityId) -> Read<()> {
    let takes = pair(command, other).1.clone();
    if work.account.blocked {
        let block = Adjustment { action: Action::Block, ..by.clone() };
        work.send(command.by_itself(command.key.derived("block", 0), takes.clone(), Body::Adjust(block)));
    }
    card::bind(work, command, takes)?;
    transit::send_all(work)?;
    route::send_all_waiting(work)
}
