//! Maturity: what time alone does (S06, S09, S13, S22, S28).
//!
//! Everything due until *now* happens before a command is looked at, by due instant; at one instant: expiry,
//! end of hold, activation. Each is stamped with its due instant, and names its own cause, so that it reads
//! the same whichever command, or tick, came by.

use crate::burn::{BurnKey, burn_key};
use crate::convert;
use crate::entry::EntryKind;
use crate::event::NoticeKind;
use crate::hold;
use crate::id::{EventKey, LotId, Name};
use crate::lot::{Bucket, Lot};
use crate::notice::{Notification, notify_at};
use crate::occasion;
use crate::order;
use crate::points::Points;
use crate::repay::repay;
use crate::returns;
use crate::terms::reminder;
use crate::time::Timestamp;
use crate::warning;
use crate::work::{Cause, Movement, Read, Work};

/// What is due, in the order things happen at one instant (S09).
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
enum Due {
    Expiry(BurnKey, LotId),
    HoldEnd(EventKey),
    Activation(BurnKey, LotId),
    Reminder(BurnKey, LotId),
    WaitEnd(EventKey),
    Tier,
    Occasion(usize),
    TierWarning,
}

/// Lets everything due until *now* happen, one after the other: what one sets free may be due before the next.
/// Then notes what is due next.
pub(crate) fn mature(work: &mut Work) -> Read<()> {
    while work.account.next_due <= work.now {
        let first = first_due(work)?;
        let due_at = first.map_or(Timestamp::NEVER, |(due_at, _)| due_at);
        match first {
            Some((_, due)) if due_at <= work.now => {
                // What fell due before the last thing that happened became possible only then: a late or raised
                // lot, points a hold had kept.
                let at = due_at.max(work.account.now);
                work.account.now = at;
                fire(work, due, due_at, at)?;
            }
            _ => look_ahead(work, due_at),
        }
    }
    work.account.now = work.account.now.max(work.now);
    Ok(())
}

fn first_due(work: &Work) -> Read<Option<(Timestamp, Due)>> {
    let mut first: Option<(Timestamp, Due)> = None;
    each_due(work, |at, due| {
        if first.is_none_or(|first| (at, due) < first) {
            first = Some((at, due));
        }
    })?;
    Ok(first)
}

/// Notes the next due instant, and how far back the live range has to reach.
fn look_ahead(work: &mut Work, next: Timestamp) {
    work.account.next_due = next;
    work.account.live_from = oldest_in_range(work, work.lots_in_range());
}

/// The month of the oldest of `lots` that is live, or that an event within the lateness bound may still find
/// alive at its own date (S06, S15).
pub(crate) fn oldest_in_range<'w>(work: &Work, lots: impl Iterator<Item = &'w Lot>) -> i32 {
    let lateness = work.longest_lateness();
    let in_range = |lot: &&Lot| {
        lot.is_live() || lot.expires_at.plus_millis(lateness) >= work.now && lot.expires_at.is_finite()
    };
    lots.filter(in_range).map(|lot| lot.id.issued_month).min().unwrap_or(i32::MAX)
}

/// Everything that will happen by itself, due or not.
fn each_due(work: &Work, mut found: impl FnMut(Timestamp, Due)) -> Read<()> {
    for lot in work.lots_in_range() {
        lot_dues(lot, &mut found);
    }
    for key in &work.account.open_holds {
        let hold = work.redemption(*key)?.expect("a hold listed as open");
        found(hold.expires_at, Due::HoldEnd(*key));
    }
    for waiting in &work.account.waiting {
        found(waiting.until, Due::WaitEnd(waiting.event));
    }
    if let Some(standing) = &work.account.standing {
        found(standing.evaluate_at, Due::Tier);
        found(standing.kept().warn_at, Due::TierWarning);
    }
    occasion::each_due(work, |at, place| found(at, Due::Occasion(place)));
    Ok(())
}

fn lot_dues(lot: &Lot, found: &mut impl FnMut(Timestamp, Due)) {
    let key = burn_key(lot);
    let pending = !lot.buckets.pending.is_zero();
    if pending {
        found(lot.activates_at, Due::Activation(key, lot.id));
    }
    if pending || !lot.buckets.available.is_zero() {
        found(lot.expires_at, Due::Expiry(key, lot.id));
        found(lot.remind_at, Due::Reminder(key, lot.id));
    }
}

/// The earliest instant at which something happens to `lot` by itself.
pub(crate) fn next_due_of(lot: &Lot) -> Timestamp {
    let mut next = Timestamp::NEVER;
    lot_dues(lot, &mut |at, _| next = next.min(at));
    next
}

fn fire(work: &mut Work, due: Due, due_at: Timestamp, at: Timestamp) -> Read<()> {
    let caused = work.cause.clone();
    match due {
        Due::Expiry(_, lot) => {
            name_lot_as_cause(work, lot)?;
            expire(work, lot, at)?;
        }
        Due::Activation(_, lot) => {
            name_lot_as_cause(work, lot)?;
            activate(work, lot, at)?;
            exchange(work, at, caused.event)?;
        }
        Due::Reminder(_, lot) => remind(work, lot, at)?,
        Due::HoldEnd(hold) => {
            work.cause = Cause { event: hold, occurred_at: due_at };
            hold::run_out(work, hold, at)?;
            exchange(work, at, caused.event)?;
        }
        Due::WaitEnd(event) => returns::give_up(work, event, at)?,
        Due::Tier => order::age(work, due_at, at)?,
        Due::Occasion(place) => occasion::happen(work, place, due_at, at)?,
        Due::TierWarning => warning::warn(work, at),
    }
    work.cause = caused;
    Ok(())
}

/// What points that are there since `at` convert to (S32).
fn exchange(work: &mut Work, at: Timestamp, command: EventKey) -> Read<()> {
    // A repeated command has the cause of what it once earned, and does not tell what that came to since.
    let told = if work.has_begun() { command } else { EventKey::NONE };
    let now = std::mem::replace(&mut work.now, at);
    convert::follow(work, told)?;
    work.now = now;
    Ok(())
}

fn name_lot_as_cause(work: &mut Work, lot: LotId) -> Read<()> {
    let row = work.lot(lot)?.expect("a lot in the live range");
    work.cause = Cause { event: row.cause, occurred_at: row.occurred_at };
    Ok(())
}

fn activate(work: &mut Work, id: LotId, at: Timestamp) -> Read<()> {
    let lot = work.lot(id)?.expect("a lot in the live range");
    let (points, wallet, expires_at) = (lot.buckets.pending, lot.wallet.clone(), lot.expires_at);
    let by_time = lot.activates_at > lot.accrued_at;
    if points.is_zero() {
        return Ok(());
    }
    let (from, to, redemption) = (Some(Bucket::Pending), Bucket::Available, EventKey::NONE);
    work.shift(id, Movement { kind: EntryKind::Activation, from, to, points, at, redemption })?;
    repay(work, &wallet, at)?;
    if by_time {
        say(work, NoticeKind::Activated, id.key, wallet, points, expires_at, at);
    }
    Ok(())
}

/// Expires what is available in `lot` if its time is over.
pub(crate) fn expire_if_due(work: &mut Work, lot: LotId, at: Timestamp) -> Read<()> {
    let over = work.lot(lot)?.expect("a lot whose points became available").expires_at <= at;
    if over { expire(work, lot, at) } else { Ok(()) }
}

fn expire(work: &mut Work, id: LotId, at: Timestamp) -> Read<()> {
    let lot = work.lot(id)?.expect("a lot in the live range");
    let (wallet, pending, available) = (lot.wallet.clone(), lot.buckets.pending, lot.buckets.available);
    if !pending.is_zero() && lot.activates_at > at {
        // It waited for an activity that never came (S06).
        let (from, to, redemption) = (Some(Bucket::Pending), Bucket::Expired, EventKey::NONE);
        work.shift(id, Movement { kind: EntryKind::Expiry, from, to, points: pending, at, redemption })?;
        say(work, NoticeKind::Expired, id.key, wallet, pending, Timestamp::NEVER, at);
        return if available.is_zero() { Ok(()) } else { expire(work, id, at) };
    }
    if !pending.is_zero() {
        // A lot granted, or raised, after its own end became available on the way: its debts come first.
        activate(work, id, at)?;
        return expire(work, id, at);
    }
    if available.is_zero() {
        return Ok(());
    }
    let (from, to, redemption) = (Some(Bucket::Available), Bucket::Expired, EventKey::NONE);
    let points = available;
    work.shift(id, Movement { kind: EntryKind::Expiry, from, to, points, at, redemption })?;
    say(work, NoticeKind::Expired, id.key, wallet, points, Timestamp::NEVER, at);
    Ok(())
}

fn remind(work: &mut Work, id: LotId, at: Timestamp) -> Read<()> {
    let lot = work.lot(id)?.expect("a lot in the live range");
    let (wallet, points, expires_at) =
        (lot.wallet.clone(), lot.buckets.pending + lot.buckets.available, lot.expires_at);
    let (sent, version) = (lot.reminded + 1, lot.version);
    let (reminded, remind_at) = reminder(&work.tariff(version), expires_at, sent, at);
    let row = work.lot_mut(id)?;
    row.reminded = reminded;
    row.remind_at = remind_at;
    let cause = id.key.derived("reminder", sent.into());
    say(work, NoticeKind::Expiring, cause, wallet, points, expires_at, at);
    Ok(())
}

fn say(
    work: &mut Work,
    kind: NoticeKind,
    cause: EventKey,
    wallet: Name,
    points: Points,
    until: Timestamp,
    at: Timestamp,
) {
    notify_at(work, Notification { kind, cause, wallet, points, until }, at, Name::default());
}
