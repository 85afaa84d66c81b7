//! A limit's own account: reserves first come, first served, and confirms or releases after (S24, S34).
//!
//! A reservation is one remembered event: *parked* while reserved, *applied* once confirmed, *rejected* once released.
//! Each step leads on from one of these only, so that it has its effect once, however often it is delivered.
//!
//! One that is refused leaves no row: what a popular code costs is bounded by what it lets through, not by how many ask.
//! A question that is delivered again is judged again, then. Mostly it is refused again, which whoever asked knows. Where
//! a release made room in between, it is granted, behind the refusal, as the answers of one account to another keep
//! their order. Whoever asked has acted on the refusal by then, asks no more under this reservation, and gives back what
//! it is granted for it ([`crate::share`], [`crate::claim`]): the room is taken for as long as that is on its way, no
//! limit is ever passed, and from then on the reservation is one that was released.

use crate::command::{Body, Command};
use crate::id::Digest;
use crate::outcome::{Outcome, OutcomeKind, Reason};
use crate::points::Points;
use crate::row::Seen;
use crate::shared::{Share, ShareStep, Usage};
use crate::work::{Read, Work};
use std::sync::Arc;

/// What an account tells the limit.
pub(crate) fn hear(work: &mut Work, command: &Command, share: &Share) -> Read<()> {
    match share.step {
        ShareStep::Reserve => reserve(work, command, share),
        step => close(work, share, step == ShareStep::Confirm),
    }
}

/// Keeps room for a grant, if there is any, and answers.
fn reserve(work: &mut Work, command: &Command, share: &Share) -> Read<()> {
    let content = Digest::of(share.from.as_str().as_bytes());
    let known = work.seen(share.reservation)?.map(|known| known.content);
    let fits = match known {
        Some(known) if known == content => return Ok(()), // it is answered already
        // An event is one account's (S23): under another one it gets no second share.
        Some(_) => false,
        None => {
            let fits = usage_mut(work).has_room(share);
            if fits {
                usage_mut(work).reserve(share.points);
                let kept = Outcome::of(OutcomeKind::Parked, Reason::None);
                let outcome = Outcome { earned: share.points, ..kept };
                work.put_seen(Seen { key: share.reservation, content, outcome });
            }
            fits
        }
    };
    let step = if fits { ShareStep::Reserved } else { ShareStep::Refused };
    let answer = Share { step, from: work.account.entity.clone(), ..share.clone() };
    let key = share.reservation.derived("answer", 0);
    work.send(command.with(key, share.from.clone(), Body::Share(answer)));
    Ok(())
}

/// Confirms a reservation, or gives it up, confirmed or not.
fn close(work: &mut Work, share: &Share, confirmed: bool) -> Read<()> {
    let Some(known) = work.seen(share.reservation)?.cloned() else { return Ok(()) };
    let points: Points = known.outcome.earned;
    let kind = match (known.outcome.kind, confirmed) {
        (OutcomeKind::Parked, true) => {
            usage_mut(work).confirm(points);
            OutcomeKind::Applied
        }
        (OutcomeKind::Parked, false) => {
            usage_mut(work).release_reserved(points);
            OutcomeKind::Rejected
        }
        (OutcomeKind::Applied, false) => {
            usage_mut(work).release_confirmed(points);
            OutcomeKind::Rejected
        }
        _ => return Ok(()), // it happened before
    };
    work.put_seen(Seen { outcome: Outcome { kind, ..known.outcome }, ..known });
    Ok(())
}

fn usage_mut<'w>(work: &'w mut Work<'_>) -> &'w mut Usage {
    Arc::make_mut(work.account.usage.get_or_insert_default())
}
