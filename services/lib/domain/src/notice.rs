//! Notices: requests keyed by their cause, so that a replay asks for nothing twice (S30).

use crate::entry::{Entry, EntryKind};
use crate::event::{Event, Notice, NoticeKind};
use crate::id::{EventKey, Name};
use crate::lot::Lot;
use crate::points::Points;
use crate::time::Timestamp;
use crate::upcoming::Upcoming;
use crate::work::Work;
use std::collections::BTreeMap;

pub(crate) struct Notification {
    pub(crate) kind: NoticeKind,
    /// What it is about; the notice's id derives from it.
    pub(crate) cause: EventKey,
    pub(crate) wallet: Name,
    pub(crate) points: Points,
    /// The instant it announces.
    pub(crate) until: Timestamp,
}

/// Requests what the entries of the command, or of what time does, ask for, once a wallet and kind: what came in, what
/// was spent, what a return changed, what is owed.
pub(crate) fn notify_of_command(work: &mut Work) {
    notify_of(work, work.cause.event);
}

/// The same, keyed by `cause`: what one event causes at two times is told twice.
pub(crate) fn notify_of(work: &mut Work, cause: EventKey) {
    let mut sums: BTreeMap<(NoticeKind, Name), (Points, Timestamp)> = BTreeMap::new();
    for event in work.events() {
        if let Event::Entry(entry) = event
            && entry.cause == work.cause.event
            && let Some((kind, points)) = kind_of(entry)
        {
            let nothing = (Points::ZERO, Timestamp::NEVER);
            let (sum, until) = sums.entry((kind, entry.wallet.clone())).or_insert(nothing);
            *sum += points;
            if kind == NoticeKind::Accrued {
                *until = (*until).min(activation_of(work, entry));
            }
        }
    }
    let at = work.now;
    for ((kind, wallet), (mut points, until)) in sums {
        if kind == NoticeKind::InDebt {
            let debt = work.account.balance(wallet.as_str()).map_or(Points::ZERO, |balance| balance.debt);
            points = points.min(debt);
        }
        if points.is_zero() {
            continue;
        }
        notify_at(work, Notification { kind, cause, wallet, points, until }, at, Name::default());
    }
}

fn kind_of(entry: &Entry) -> Option<(NoticeKind, Points)> {
    match entry.kind {
        EntryKind::Accrual | EntryKind::Raise => Some((NoticeKind::Accrued, entry.points)),
        EntryKind::Spend => Some((NoticeKind::Spent, entry.points)),
        EntryKind::GiveBack => Some((NoticeKind::Returned, entry.points)),
        EntryKind::Clawback => Some((NoticeKind::Returned, entry.clawed_back)),
        EntryKind::DebtOpened => Some((NoticeKind::InDebt, Points::at_least_zero(entry.debt))),
        _ => None,
    }
}

/// When the points this entry granted become spendable; never, as an announcement, where they are by now.
fn activation_of(work: &Work, granted: &Entry) -> Timestamp {
    let lot = work.changed_lots().find(|lot| lot.id == granted.lot);
    let waits = |lot: &&Lot| !lot.buckets.pending.is_zero() && lot.activates_at > work.now;
    lot.filter(waits).map_or(Timestamp::NEVER, |lot| lot.activates_at)
}

/// Requests a notice, where the version in force at `at` declares its kind.
pub(crate) fn notify_at(work: &mut Work, notification: Notification, at: Timestamp, tier: Name) {
    let Notification { kind, cause, wallet, points, until } = notification;
    let Some(tariff) = work.tariff_at(at).or_else(|| work.tariff_now()) else { return };
    let Some(channels) = tariff.notices.channels.get(&kind) else { return };
    let balance = work.account.balance(wallet.as_str());
    let (total, available) =
        balance.map_or((Points::ZERO, Points::ZERO), |balance| (balance.total(), balance.buckets.available));
    let next = Upcoming::of(work.lots_in_range().filter(|lot| lot.wallet == wallet));
    let number = match kind {
        NoticeKind::Expiring => until.0,
        // A lot may activate and expire in parts, each by an entry of its own.
        NoticeKind::Activated | NoticeKind::Expired => work.account.sequence,
        _ => 0,
    };
    let label = match kind {
        // Its parts may be in several accounts, as a card's and its member's, each with a sequence of its own.
        NoticeKind::Activated | NoticeKind::Expired => {
            format!("{}/{wallet}/{}", kind.word(), work.account.entity)
        }
        _ => format!("{}/{wallet}", kind.word()),
    };
    work.say(Event::Notice(Notice {
        id: cause.derived(&label, number),
        entity: work.account.entity.clone(),
        kind,
        channels: channels.clone(),
        at,
        wallet,
        points,
        until,
        tier,
        total,
        available,
        next,
    }));
}
