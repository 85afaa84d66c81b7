//! The receiver's side of a transfer (S33): what was given arrives, with its origin, terms and dates; and takes over
//! another origin where the giver's sale was undone and others of the giver's points stand for it (S17).
//!
//! A relabelling changes nobody's balance: each point stays in the bucket it is in, of the redemption that drew on it.
//! What was given on is followed. Gifts that go in a circle are followed for some rounds, and then let be: what comes
//! back to its giver is there to repay. A relabelling that comes before what it is about waits ([`crate::transit`]).

use crate::clawback::drawn;
use crate::command::{Body, Command, Source};
use crate::decide::settle;
use crate::entry::{Entry, EntryKind};
use crate::event::{Event, NoticeKind};
use crate::extend;
use crate::id::{Digest, EventKey, LotId, Name};
use crate::lot::{Bucket, Buckets, Lot};
use crate::merge::pass_to_whom_merged;
use crate::notice::{Notification, notify_at};
use crate::outcome::{OutcomeKind, Reason};
use crate::points::Points;
use crate::repay::{charge, repay};
use crate::time::Timestamp;
use crate::transfer::{Given, GivenAnswer, Relabel, id_of_gift};
use crate::transit::{self, Gift};
use crate::work::{Movement, Read, Work};
use std::collections::BTreeMap;

/// How many gifts a relabelling follows at the most.
const HOPS: i32 = 8;

/// Takes in what was given, and tells the giver: once. An account that was erased takes nothing.
pub(crate) fn receive(work: &mut Work, command: &Command, given: &Given) -> Read<()> {
    if pass_to_whom_merged(work, command) || !transit::is_new(work, command)? {
        return Ok(());
    }
    let refused = work.account.erased;
    let gifts = if refused { &[] } else { given.lots.as_slice() };
    if transit::waits_for_version(work, command, given.transfer, gifts) {
        return Ok(());
    }
    match refused {
        true => transit::note(work, command, OutcomeKind::Rejected, Reason::AccountErased),
        false => transit::note(work, command, OutcomeKind::Applied, Reason::None),
    }
    for gift in gifts {
        put_empty(work, gift)?;
        extend::given(work, gift.id)?;
        come_in(work, given.transfer, gift.id, Bucket::Available, gift.buckets.available)?;
        let at = work.now;
        repay(work, &gift.wallet, at)?;
    }
    settle(work)?;
    notify(work, given.transfer, gifts);
    let answer = GivenAnswer { transfer: given.transfer, later: given.later, refused };
    let key = given.transfer.derived("given answer", 0);
    work.send(command.with(key, given.from.clone(), Body::GivenAnswer(answer)));
    transit::send_again(work, given.transfer)
}

/// Asks to tell the receiver, once a wallet (S30).
fn notify(work: &mut Work, transfer: EventKey, gifts: &[Lot]) {
    let mut sums: BTreeMap<&Name, Points> = BTreeMap::new();
    for gift in gifts {
        *sums.entry(&gift.wallet).or_default() += gift.buckets.available;
    }
    for (wallet, points) in sums {
        let (kind, cause, wallet, until) = (NoticeKind::Received, transfer, wallet.clone(), Timestamp::NEVER);
        let at = work.now;
        notify_at(work, Notification { kind, cause, wallet, points, until }, at, Name::default());
    }
}

/// Puts a lot's row with nothing in it, where there is none.
fn put_empty(work: &mut Work, lot: &Lot) -> Read<()> {
    if work.lot(lot.id)?.is_none() {
        let (issued, clawed_back) = (Points::ZERO, Points::ZERO);
        work.put_lot(Lot {
            issued,
            clawed_back,
            buckets: Buckets::default(),
            drawn_by: Vec::new(),
            ..lot.clone()
        });
    }
    work.account.live_from = work.account.live_from.min(lot.id.issued_month);
    Ok(())
}

/// Points of a lot come in, into `bucket`.
fn come_in(work: &mut Work, transfer: EventKey, id: LotId, bucket: Bucket, points: Points) -> Read<()> {
    let lot = work.lot_mut(id)?;
    lot.issued += points;
    *lot.buckets.get_mut(bucket) += points;
    let (wallet, partner, version) = (lot.wallet.clone(), lot.partner.clone(), lot.version);
    let balance = work.balance_mut(&wallet);
    balance.moved_in += points;
    *balance.buckets.get_mut(bucket) += points;
    let entry = work.entry(EntryKind::MovedIn, wallet, id, work.now);
    let (to, redemption, redeemer) = (Some(bucket), transfer, partner.clone());
    work.say(Event::Entry(Entry { to, points, redemption, version, partner, redeemer, ..entry }));
    Ok(())
}

/// Tells whom `transfer` gave points of `lot` that they are points of `payer` from now on. Nothing for any other
/// redemption.
pub(crate) fn tell_receiver(
    work: &mut Work,
    transfer: EventKey,
    lot: LotId,
    payer: LotId,
    points: Points,
) -> Read<()> {
    let row = work.redemption(transfer)?.expect("a redemption that is charged");
    let Some(to) = row.to.clone() else { return Ok(()) };
    let (gift, hops) = (id_of_gift(transfer, lot), work.relabelled + 1);
    // The gift itself pays: its receiver is the same account since a merge, and it is gone.
    if payer == gift || hops > HOPS {
        return Ok(());
    }
    let source = Source {
        partner: row.partner.clone(),
        feed: Name::from("redemptions"),
        id: Name::default(),
        partition: 0,
        offset: 0,
    };
    let origin = work.lot(payer)?.expect("a lot that pays").clone();
    let (issued, clawed_back, buckets, drawn_by) =
        (Points::ZERO, Points::ZERO, Buckets::default(), Vec::new());
    let origin = Lot { id: id_of_gift(transfer, payer), issued, clawed_back, buckets, drawn_by, ..origin };
    // Its own account and number in it: no two relabellings have one key.
    let key = transfer.derived(work.account.entity.as_str(), work.account.sequence);
    work.send(Command {
        key,
        entity: to,
        source,
        occurred_at: work.cause.occurred_at,
        delivered_at: work.now,
        content: Digest::default(),
        trace: Name::default(),
        body: Body::Relabel(Box::new(Relabel { transfer, lot: gift, points, origin, hops })),
    });
    Ok(())
}

/// Lets points of a gift take over another lot's origin: what is the member's own first, then what redemptions drew,
/// the latest first, then what was given on.
pub(crate) fn relabel(work: &mut Work, command: &Command, relabel: &Relabel) -> Read<()> {
    // One that waited is as much as it left, here or where it is passed on to: it may come as it was first, sent again,
    // before its rest does.
    let waited = work.parked(command.key)?.map(|parked| parked.command.asked().0.body.clone());
    let relabel = match &waited {
        Some(Body::Relabel(rest)) => rest,
        _ => relabel,
    };
    let rest = Body::Relabel(Box::new(Relabel::clone(relabel)));
    let command = &command.with(command.key, command.entity.clone(), rest);
    if pass_to_whom_merged(work, command) || !transit::is_new(work, command)? {
        return Ok(());
    }
    if transit::waits_for_version(work, command, relabel.transfer, std::slice::from_ref(&relabel.origin)) {
        return Ok(());
    }
    match transit::gift(work, relabel.transfer)? {
        Gift::UnderWay => transit::wait_for_gift(work, command, relabel.transfer),
        // What was refused here went back, as what it was by then.
        Gift::Refused => transit::note(work, command, OutcomeKind::Rejected, Reason::None),
        Gift::Here => {
            let left = take_over(work, relabel)?;
            settle(work)?;
            if left.is_zero() {
                transit::note(work, command, OutcomeKind::Applied, Reason::None);
            } else {
                let rest = Body::Relabel(Box::new(Relabel { points: left, ..relabel.clone() }));
                let rest = command.with(command.key, command.entity.clone(), rest);
                transit::wait_for_origin(work, &rest, relabel.transfer);
            }
            // Others may be about the lot that took in points by this one.
            if left < relabel.points {
                transit::send_again(work, relabel.transfer)?;
            }
        }
    }
    Ok(())
}

/// Lets what is there of the gift's lot take over the other origin; how many points are not there.
fn take_over(work: &mut Work, relabel: &Relabel) -> Read<Points> {
    work.relabelled = relabel.hops;
    let Some(lot) = work.lot(relabel.lot)?.cloned() else { return Ok(relabel.points) };
    put_empty(work, &dated_as(&relabel.origin, &lot))?;
    live_as_long(work, relabel.origin.id, &lot)?;
    let mut left = relabel.points;
    for bucket in [Bucket::Pending, Bucket::Available, Bucket::Expired, Bucket::WrittenOff] {
        let points = lot.buckets.get(bucket).min(left);
        if !points.is_zero() {
            come_in(work, relabel.transfer, relabel.origin.id, bucket, points)?;
            leave(work, relabel, bucket, points)?;
            left -= points;
        }
    }
    for bucket in [Bucket::Held, Bucket::Spent, Bucket::Moved] {
        for (redemption, there) in drawn(work, relabel.lot, bucket)? {
            let points = there.min(left);
            if !points.is_zero() {
                redraw(work, relabel, redemption, bucket, points)?;
                left -= points;
            }
        }
    }
    Ok(left)
}

/// The origin's lot with the dates the gift has: nobody loses points sooner because another's sale was undone.
fn dated_as(origin: &Lot, gift: &Lot) -> Lot {
    Lot {
        activates_at: gift.activates_at,
        expires_at: gift.expires_at,
        reminded: gift.reminded,
        remind_at: gift.remind_at,
        given_at: gift.given_at,
        ..origin.clone()
    }
}

/// Lets a lot that is there already live as long as the gift whose points it takes in.
fn live_as_long(work: &mut Work, id: LotId, gift: &Lot) -> Read<()> {
    if work.lot(id)?.is_some_and(|there| there.expires_at < gift.expires_at) {
        let there = work.lot_mut(id)?;
        there.expires_at = gift.expires_at;
        (there.reminded, there.remind_at) = (gift.reminded, gift.remind_at);
    }
    Ok(())
}

fn leave(work: &mut Work, relabel: &Relabel, from: Bucket, points: Points) -> Read<()> {
    let (kind, at, redemption) = (EntryKind::MovedOut, work.now, relabel.transfer);
    let movement = Movement { kind, from: Some(from), to: Bucket::Moved, points, at, redemption };
    work.shift(relabel.lot, movement)
}

/// What `redemption` drew on the gift it draws on the other lot.
fn redraw(
    work: &mut Work,
    relabel: &Relabel,
    redemption: EventKey,
    bucket: Bucket,
    points: Points,
) -> Read<()> {
    let (at, kind, origin) = (work.now, EntryKind::Repoint, relabel.origin.id);
    come_in(work, relabel.transfer, origin, Bucket::Available, points)?;
    charge(work, redemption, origin, points, Bucket::Available, bucket, kind, at)?;
    let draw = work.redemption_mut(redemption)?.draw_mut(relabel.lot);
    match bucket {
        Bucket::Held => draw.held -= points,
        _ => draw.spent -= points,
    }
    let movement = Movement { kind, from: Some(bucket), to: Bucket::Available, points, at, redemption };
    work.shift(relabel.lot, movement)?;
    leave(work, relabel, Bucket::Available, points)?;
    match bucket {
        Bucket::Moved => tell_receiver(work, redemption, relabel.lot, origin, points),
        _ => Ok(()),
    }
}
