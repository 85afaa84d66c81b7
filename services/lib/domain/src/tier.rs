//! Tiers by qualifying spend (S21, S28): pure steps of a standing. Who takes them, and in which order, is
//! [`crate::order`].

use crate::account::{SpendBucket, Standing};
use crate::calendar::{self, Span, Unit};
use crate::event::{Event, NoticeKind, TierChange};
use crate::id::{EventKey, Name};
use crate::money::Minor;
use crate::notice::{Notification, notify_at};
use crate::points::Points;
use crate::tariff::{Downgrade, Tariff, Tiers, Window};
use crate::time::Timestamp;
use crate::work::Work;
use serde::Serialize;

/// Why the tier is looked at.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Occasion {
    Sale,
    Return,
    Time,
}

/// The tier a sale is rated at: empty where the programme has none, the first level before any purchase.
pub(crate) fn rated_at(standing: Option<&Standing>, tariff: &Tariff) -> Name {
    match (standing, &tariff.tiers) {
        (Some(standing), Some(_)) => standing.tier.clone(),
        (None, Some(tiers)) => tiers.levels.first().map(|level| level.name.clone()).unwrap_or_default(),
        (_, None) => Name::default(),
    }
}

/// Where the stretch of time begins in which spend of `occurred_at` counts.
pub(crate) fn bucket_of(tariff: &Tariff, occurred_at: Timestamp) -> Timestamp {
    match tariff.tiers.as_ref().map(|tiers| tiers.window) {
        None | Some(Window::Lifetime) => Timestamp::MIN,
        Some(Window::Rolling(_)) => calendar::start_of(tariff.zone, occurred_at, Unit::Day),
        Some(Window::Calendar(unit)) => calendar::start_of(tariff.zone, occurred_at, unit),
    }
}

/// Adds spend to its bucket (or takes it back, negative); the first spend of all begins the standing.
pub(crate) fn count(standing: &mut Option<Standing>, bucket: Timestamp, amount: Minor, at: Timestamp) {
    let standing = standing.get_or_insert_with(|| Standing {
        tier: Name::default(),
        since: at,
        until: Timestamp::NEVER,
        evaluate_at: Timestamp::NEVER,
        spend: Vec::new(),
    });
    add_spend(&mut standing.spend, bucket, amount);
}

pub(crate) fn add_spend(spend: &mut Vec<SpendBucket>, from: Timestamp, amount: Minor) {
    match spend.binary_search_by_key(&from, |bucket| bucket.from) {
        Ok(place) => spend[place].amount += amount,
        Err(place) => spend.insert(place, SpendBucket { from, amount }),
    }
}

/// Evaluates the tier as of `at` (S28): upwards at once. Downwards by a return at once for lifetime and rolling
/// windows unless the programme protects from that (S21); else by time alone, at the period's end or the day's.
/// A lifetime has no such end: there the next sale is the next evaluation.
pub(crate) fn evaluate(tariff: &Tariff, standing: &mut Standing, occasion: Occasion, at: Timestamp) {
    let Some(tiers) = &tariff.tiers else {
        standing.evaluate_at = Timestamp::NEVER;
        return;
    };
    let window = in_window(tariff, standing, at);
    let reached = tiers.levels.iter().rposition(|level| level.from <= metric(tiers, window)).unwrap_or(0);
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
    let mut horizon = horizon(tariff, tiers, window, at);
    if reached < next && matches!(tiers.window, Window::Rolling(_)) {
        horizon = calendar::end_of(tariff.zone, at, Unit::Day);
    }
    (standing.evaluate_at, standing.until) = (horizon, horizon);
    let to = tiers.levels.get(next).map(|level| level.name.clone()).unwrap_or_default();
    if standing.tier != to {
        standing.tier = to;
        standing.since = at;
    }
}

const fn lower(downgrade: Downgrade, reached: usize, place: usize) -> usize {
    match downgrade {
        Downgrade::ToMetric => reached,
        Downgrade::OneLevel => place - 1,
    }
}

/// Where the window begins that an evaluation at `at` looks at; the beginning of time without tiers, whose spend
/// a later version may look at.
pub(crate) fn window_from(tariff: &Tariff, at: Timestamp) -> Timestamp {
    match tariff.tiers.as_ref().map(|tiers| tiers.window) {
        None | Some(Window::Lifetime) => Timestamp::MIN,
        Some(Window::Rolling(days)) => {
            let today = calendar::start_of(tariff.zone, at, Unit::Day);
            calendar::back(tariff.zone, today, Span::Days(days.saturating_sub(1)))
        }
        Some(Window::Calendar(unit)) => {
            let this = calendar::start_of(tariff.zone, at, unit);
            calendar::start_of(tariff.zone, this.plus_millis(-1), unit)
        }
    }
}

/// The spend an evaluation at `at` looks at. What lies after it belongs to later events of the order.
fn in_window<'s>(tariff: &Tariff, standing: &'s Standing, at: Timestamp) -> &'s [SpendBucket] {
    let first = window_from(tariff, at);
    &standing.spend[standing.spend.partition_point(|bucket| bucket.from < first)..]
}

/// Where a member stands among the levels, and how far the next one is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Progress {
    /// The tier; of who never bought, the first.
    pub tier: Name,
    /// Qualifying spend the next evaluation looks at.
    pub spend: Minor,
    /// The level above it; `None` at the top.
    pub next: Option<Name>,
    /// Spend that is missing for it; 0 at the top.
    pub missing: Minor,
}

/// How far the next level is at `at`; `None` without tiers.
pub(crate) fn progress(tariff: &Tariff, standing: Option<&Standing>, at: Timestamp) -> Option<Progress> {
    let tiers = tariff.tiers.as_ref()?;
    let tier = rated_at(standing, tariff);
    let spend = standing.map_or(Minor::ZERO, |standing| metric(tiers, in_window(tariff, standing, at)));
    let next = tiers.levels.get(tariff.tier_place(tier.as_str()) + 1);
    let missing = next.map_or(Minor::ZERO, |next| (next.from - spend).max(Minor::ZERO));
    Some(Progress { tier, spend, next: next.map(|next| next.name.clone()), missing })
}

fn metric(tiers: &Tiers, window: &[SpendBucket]) -> Minor {
    match tiers.window {
        Window::Lifetime | Window::Rolling(_) => window.iter().map(|bucket| bucket.amount).sum(),
        Window::Calendar(_) => window.iter().map(|bucket| bucket.amount).max().unwrap_or_default(),
    }
}

/// When time alone makes the tier be looked at next; until then it is certain.
fn horizon(tariff: &Tariff, tiers: &Tiers, window: &[SpendBucket], at: Timestamp) -> Timestamp {
    match tiers.window {
        Window::Lifetime => Timestamp::NEVER,
        Window::Rolling(days) => {
            let oldest = window.iter().find(|bucket| bucket.amount > Minor::ZERO);
            oldest
                .map_or(Timestamp::NEVER, |bucket| calendar::add(tariff.zone, bucket.from, Span::Days(days)))
        }
        Window::Calendar(unit) => calendar::end_of(tariff.zone, at, unit),
    }
}

/// Says that the tier is another than `from`, where it is.
pub(crate) fn say_change(work: &mut Work, from: &Name, cause: EventKey, correction: bool, at: Timestamp) {
    let Some(Standing { tier: to, until, .. }) = &work.account.standing else { return };
    if from == to {
        return;
    }
    let (to, until) = (to.clone(), *until);
    work.say(Event::Tier(TierChange {
        entity: work.account.entity.clone(),
        from: from.clone(),
        to: to.clone(),
        cause,
        at,
        until,
        correction,
    }));
    if !from.as_str().is_empty() {
        let (kind, wallet) = (NoticeKind::TierChanged, Name::default());
        notify_at(work, Notification { kind, cause, wallet, points: Points::ZERO, until }, at, to);
    }
}
