//! Tiers by qualifying spend: counted where its purchase counts, evaluated after each command and when time
//! takes spend out of the window (S21, S28).

use crate::account::{SpendBucket, Standing};
use crate::calendar::{self, Span, Unit};
use crate::event::{Event, NoticeKind, TierChange};
use crate::id::Name;
use crate::money::Minor;
use crate::notice::{Notification, notify_at};
use crate::points::Points;
use crate::tariff::{Downgrade, Tariff, Tiers, Window};
use crate::time::Timestamp;
use crate::work::Work;

/// Why the tier is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    Sale,
    Return,
    Time,
}

/// The tier a sale is rated at: empty where the programme has none, the first level before any purchase.
pub(crate) fn current(work: &Work, tariff: &Tariff) -> Name {
    match (&work.account.standing, &tariff.tiers) {
        (Some(standing), Some(_)) => standing.tier.clone(),
        (None, Some(tiers)) => tiers.levels.first().map(|level| level.name.clone()).unwrap_or_default(),
        (_, None) => Name::default(),
    }
}

/// Adds spend (or takes it back, negative) where `occurred_at` counts.
pub(crate) fn count(work: &mut Work, tariff: &Tariff, occurred_at: Timestamp, amount: Minor) {
    let Some(tiers) = &tariff.tiers else { return };
    let from = match tiers.window {
        Window::Lifetime => Timestamp::MIN,
        Window::Rolling(_) => calendar::start_of(tariff.zone, occurred_at, Unit::Day),
        Window::Calendar(unit) => calendar::start_of(tariff.zone, occurred_at, unit),
    };
    let now = work.now;
    let standing = work.account.standing.get_or_insert_with(|| Standing {
        tier: Name::default(),
        since: now,
        until: Timestamp::NEVER,
        evaluate_at: Timestamp::NEVER,
        spend: Vec::new(),
    });
    match standing.spend.binary_search_by_key(&from, |bucket| bucket.from) {
        Ok(place) => standing.spend[place].amount += amount,
        Err(place) => standing.spend.insert(place, SpendBucket { from, amount }),
    }
}

/// Evaluates the tier as of *now*, by the version in force now, whichever rated the sale (S26, S28).
pub(crate) fn evaluate_now(work: &mut Work, occasion: Occasion) {
    if let Some(tariff) = work.tariff_now() {
        let now = work.now;
        evaluate(work, &tariff, occasion, now);
    }
}

/// Evaluates the tier as of `at` (S28): upwards at once. Downwards by a return at once for lifetime and rolling
/// windows unless the programme protects from that (S21); else by time alone, at the period's end or the day's.
/// A lifetime has no such end: there the next sale is the next evaluation.
fn evaluate(work: &mut Work, tariff: &Tariff, occasion: Occasion, at: Timestamp) {
    let Some(mut standing) = work.account.standing.take() else { return };
    let Some(tiers) = &tariff.tiers else {
        standing.evaluate_at = Timestamp::NEVER;
        work.account.standing = Some(standing);
        return;
    };
    forget_old(tariff, tiers, &mut standing, at);
    let reached = tiers.levels.iter().rposition(|level| level.from <= metric(tiers, &standing)).unwrap_or(0);
    let joined = standing.tier.as_str().is_empty();
    let place = tariff.tier_place(standing.tier.as_str());
    let next = match occasion {
        _ if joined || reached > place => reached,
        Occasion::Return if tiers.protected_from_returns => place,
        Occasion::Return if matches!(tiers.window, Window::Calendar(_)) => place,
        Occasion::Sale if tiers.window != Window::Lifetime => place,
        _ if reached < place => lower(tiers.downgrade, reached, place),
        _ => place,
    };
    (standing.evaluate_at, standing.until) = horizon(tariff, tiers, &standing, at);
    if reached < next && matches!(tiers.window, Window::Rolling(_)) {
        let tomorrow = calendar::end_of(tariff.zone, at, Unit::Day);
        (standing.evaluate_at, standing.until) = (tomorrow, tomorrow);
    }
    let to = tiers.levels.get(next).map(|level| level.name.clone()).unwrap_or_default();
    let from = std::mem::replace(&mut standing.tier, to.clone());
    if from != to {
        standing.since = at;
    }
    let until = standing.until;
    work.account.next_due = work.account.next_due.min(standing.evaluate_at);
    work.account.standing = Some(standing);
    if from != to {
        say(work, from, to, occasion, until, at);
    }
}

/// The evaluation that time makes due.
pub(crate) fn evaluate_by_time(work: &mut Work, due_at: Timestamp, at: Timestamp) {
    if let Some(tariff) = work.tariff_at(due_at).or_else(|| work.tariff_now()) {
        evaluate(work, &tariff, Occasion::Time, at);
    }
}

const fn lower(downgrade: Downgrade, reached: usize, place: usize) -> usize {
    match downgrade {
        Downgrade::ToMetric => reached,
        Downgrade::OneLevel => place - 1,
    }
}

/// Drops spend that left the window.
fn forget_old(tariff: &Tariff, tiers: &Tiers, standing: &mut Standing, at: Timestamp) {
    let first = match tiers.window {
        Window::Lifetime => return,
        Window::Rolling(days) => {
            let today = calendar::start_of(tariff.zone, at, Unit::Day);
            calendar::back(tariff.zone, today, Span::Days(days.saturating_sub(1)))
        }
        Window::Calendar(unit) => {
            let this = calendar::start_of(tariff.zone, at, unit);
            calendar::start_of(tariff.zone, this.plus_millis(-1), unit)
        }
    };
    standing.spend.retain(|bucket| bucket.from >= first);
}

fn metric(tiers: &Tiers, standing: &Standing) -> Minor {
    match tiers.window {
        Window::Lifetime | Window::Rolling(_) => standing.spend.iter().map(|bucket| bucket.amount).sum(),
        Window::Calendar(_) => standing.spend.iter().map(|bucket| bucket.amount).max().unwrap_or_default(),
    }
}

/// When time alone makes the tier be looked at next, and until when it is certain.
fn horizon(tariff: &Tariff, tiers: &Tiers, standing: &Standing, at: Timestamp) -> (Timestamp, Timestamp) {
    match tiers.window {
        Window::Lifetime => (Timestamp::NEVER, Timestamp::NEVER),
        Window::Rolling(days) => {
            let oldest = standing.spend.iter().find(|bucket| bucket.amount > Minor::ZERO);
            let leaves = oldest
                .map_or(Timestamp::NEVER, |bucket| calendar::add(tariff.zone, bucket.from, Span::Days(days)));
            (leaves, leaves)
        }
        Window::Calendar(unit) => {
            let end = calendar::end_of(tariff.zone, at, unit);
            (end, end)
        }
    }
}

fn say(work: &mut Work, from: Name, to: Name, occasion: Occasion, until: Timestamp, at: Timestamp) {
    let cause = match occasion {
        Occasion::Time => work.account_key().derived("tier by time", at.0),
        Occasion::Sale | Occasion::Return => work.cause.event,
    };
    let joined = from.as_str().is_empty();
    let correction = occasion == Occasion::Return;
    work.say(Event::Tier(TierChange {
        entity: work.account.entity.clone(),
        from,
        to: to.clone(),
        cause,
        at,
        until,
        correction,
    }));
    if !joined {
        let kind = NoticeKind::TierChanged;
        let wallet = Name::default();
        notify_at(work, Notification { kind, cause, wallet, points: Points::ZERO, until }, at, to);
    }
}
