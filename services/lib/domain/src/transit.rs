//! Steps of a transfer that come to the receiver too early (S33): a relabelling that overtakes its gift, or the one it
//! follows; and whatever names a programme version that this partition has not got, while a publication stands half-way
//! (S26).
//!
//! They wait in the account, and are sent to it again once they may be taken in: no point is lost, no partner funds
//! another's points, and nothing looks for a version that is not there. Only a merge in between lets a relabelling
//! overtake: what one account sends to another arrives in order.

use crate::calendar;
use crate::command::{Body, Command};
use crate::id::EventKey;
use crate::lot::Lot;
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::returns::{end_wait, wait};
use crate::row::Seen;
use crate::time::Timestamp;
use crate::work::{Read, Work};

/// How long what names an unknown version waits before it is looked at again, in milliseconds. Nothing tells an account
/// that a version was published.
pub(crate) const LOOK_AGAIN: i64 = 60_000;

/// What became of a gift, as far as the receiver's account knows.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Gift {
    /// It did not come yet.
    UnderWay,
    /// It came.
    Here,
    /// It came, and went back.
    Refused,
}

/// Whether a command is one that may wait here.
pub(crate) const fn may_wait(body: &Body) -> bool {
    matches!(body, Body::Given(_) | Body::Relabel(_))
}

/// The key of the command that brings what `transfer` gives.
pub(crate) fn key_of_gift(transfer: EventKey) -> EventKey {
    transfer.derived("given", 0)
}

/// Whether the command is to be looked at: it came for the first time, or had waited and was sent again.
pub(crate) fn is_new(work: &Work, command: &Command) -> Read<bool> {
    let Some(seen) = work.seen(command.key)? else { return Ok(true) };
    if seen.outcome.kind != OutcomeKind::Parked {
        return Ok(false);
    }
    Ok(work.parked(command.key)?.is_some_and(|parked| !parked.waits))
}

/// Remembers what became of the command.
pub(crate) fn note(work: &mut Work, command: &Command, kind: OutcomeKind, reason: Reason) {
    let outcome = Outcome::of(kind, reason);
    work.put_seen(Seen { key: command.key, content: command.content, outcome });
}

/// What became of the gift of `transfer`.
pub(crate) fn gift(work: &Work, transfer: EventKey) -> Read<Gift> {
    let seen = work.seen(key_of_gift(transfer))?.map(|seen| seen.outcome.kind);
    Ok(match seen {
        Some(OutcomeKind::Applied) => Gift::Here,
        Some(OutcomeKind::Rejected) => Gift::Refused,
        _ => Gift::UnderWay,
    })
}

/// Lets a command wait, where it brings a lot of a version that is not known here. Whether it does.
pub(crate) fn waits_for_version(
    work: &mut Work,
    command: &Command,
    transfer: EventKey,
    lots: &[Lot],
) -> bool {
    let waits = lots.iter().any(|lot| !work.knows(lot.version));
    if waits {
        let until = work.now.plus_millis(LOOK_AGAIN);
        let_wait(work, command, transfer, until);
    }
    waits
}

/// Lets a relabelling wait for its gift, which surely comes.
pub(crate) fn wait_for_gift(work: &mut Work, command: &Command, transfer: EventKey) {
    let_wait(work, command, transfer, Timestamp::NEVER);
}

/// Lets a relabelling wait for the one it follows, as long as a return waits for its purchase (S22). One that waited so
/// long follows none that comes: gifts that go in a circle are followed for some rounds only.
pub(crate) fn wait_for_origin(work: &mut Work, command: &Command, transfer: EventKey) {
    let tariff = work.tariff_now();
    let until = tariff.map(|tariff| calendar::add(tariff.zone, command.delivered_at, tariff.return_waits));
    match until.filter(|until| *until > work.now) {
        Some(until) => let_wait(work, command, transfer, until),
        None => note(work, command, OutcomeKind::Rejected, Reason::None),
    }
}

fn let_wait(work: &mut Work, command: &Command, transfer: EventKey, until: Timestamp) {
    note(work, command, OutcomeKind::Parked, Reason::TransferUnderWay);
    wait(work, command, transfer, until);
}

/// Sends what waits for something of `transfer` to this account again.
pub(crate) fn send_again(work: &mut Work, transfer: EventKey) -> Read<()> {
    let waits = work.account.waiting.iter().filter(|waiting| waiting.purchase == transfer);
    let waiting: Vec<EventKey> = waits.map(|waiting| waiting.event).collect();
    waiting.into_iter().try_for_each(|event| send_one(work, event))
}

/// Sends all that waits to this account again: it was merged, and passes it on.
pub(crate) fn send_all(work: &mut Work) -> Read<()> {
    for event in waiting(work)? {
        send_one(work, event)?;
    }
    Ok(())
}

/// What waits here, in the order it came.
pub(crate) fn waiting(work: &Work) -> Read<Vec<EventKey>> {
    let mut found = Vec::new();
    for waiting in &work.account.waiting {
        if work.parked(waiting.event)?.is_some_and(|parked| may_wait(&parked.command.body)) {
            found.push(waiting.event);
        }
    }
    Ok(found)
}

fn send_one(work: &mut Work, event: EventKey) -> Read<()> {
    let command = end_wait(work, event)?;
    work.send(command);
    Ok(())
}
