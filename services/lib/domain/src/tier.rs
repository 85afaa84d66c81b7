//! Tiers (S21, S28): pure steps of a standing. Who takes them, and in which order, is
//! [`crate::order`].

use crate::account::{Kept, SpendBucket, Standing};
use crate::calendar::{self, Span, Unit};
use crate::event::{Event, NoticeKind, TierChange};
use crate::id::{EventKey, Name};
use crate::money::Minor;
use crate::notice::{Notification, notify_at};
use crate::points::Points;
use crate::profile::{Known, Membership};
use crate::tariff::{Downgrade, Metric, Tariff, TierLevel, Tiers, Window};
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

/// Counts an amount in its bucket (or takes it back, negative); the first of all begins the standing.
pub(crate) fn count(
    standing: &mut Option<Standing>,
    bucket: Timestamp,
    counts: &Name,
    amount: Minor,
    at: Timestamp,
) {
    let standing = standing.get_or_insert_with(|| Standing::new(at));
    add_spend(&mut standing.spend, bucket, counts, amount);
}

pub(crate) fn add_spend(spend: &mut Vec<SpendBucket>, from: Timestamp, counts: &Name, amount: Minor) {
    match spend.binary_search_by(|bucket| (bucket.from, &bucket.counts).cmp(&(from, counts))) {
        Ok(place) => spend[place].amount += amount,
        Err(place) => spend.insert(place, SpendBucket { from, amount, counts: counts.clone() }),
    }
}

/// Evaluates the tier as of `at` (S28): upwards at once. Downwards by a return at once for lifetime and rolling
/// windows unless the programme protects from that (S21); else by time alone, at the period's end or the day's.
/// A lifetime has no such end: there the next sale is the next evaluation.
///
/// What time takes is kept for the grace, and for the minimum stay. A return that takes what a level was reached by
/// ends its stay: it was not reached.
pub(crate) fn evaluate(
    tariff: &Tariff,
    standing: &mut Standing,
    known: Option<&Known>,
    occasion: Occasion,
    at: Timestamp,
) {
    let Some(tiers) = &tariff.tiers else {
        standing.evaluate_at = Timestamp::NEVER;
        standing.keep(Kept::NOTHING);
        return;
    };
    let reached = reached(tariff, tiers, standing, known, at);
    let joined = standing.tier.as_str().is_empty();
    let place = tariff.tier_place(standing.tier.as_str());
    let mut kept = standing.kept();
    if reached >= place {
        kept.lapses_at = Timestamp::NEVER;
    }
    let lapses = kept.lapses_at.is_finite();
    let next = match occasion {
        _ if joined || reached >= place => reached,
        Occasion::Time => lapse(tariff, tiers, &mut kept, (reached, place), at),
        _ if lapses => place,
        Occasion::Return if tiers.protected_from_returns => place,
        Occasion::Return if matches!(tiers.window, Window::Calendar(_)) => place,
        Occasion::Sale if tiers.window != Window::Lifetime => place,
        _ => lower(tiers.downgrade, reached, place),
    };
    if occasion == Occasion::Return && reached < place && !lapses {
        kept.until = Timestamp::MIN;
    }
    let mut horizon = horizon(tariff, tiers, standing, known, at);
    if reached < next && matches!(tiers.window, Window::Rolling(_)) {
        horizon = calendar::end_of(tariff.zone, at, Unit::Day);
    }
    if kept.lapses_at.is_finite() {
        horizon = kept.lapses_at;
    }
    (standing.evaluate_at, standing.until) = (horizon, horizon);
    let to = tiers.levels.get(next).map(|level| level.name.clone()).unwrap_or_default();
    if standing.tier != to {
        let stay = tiers.stay.filter(|_| next > place);
        kept.until = stay.map_or(Timestamp::MIN, |stay| calendar::add(tariff.zone, at, stay));
        standing.tier = to;
        standing.since = at;
    }
    standing.keep(kept);
}

/// Time takes the level at `place`: at once, or once grace and stay are over.
fn lapse(
    tariff: &Tariff,
    tiers: &Tiers,
    kept: &mut Kept,
    (reached, place): (usize, usize),
    at: Timestamp,
) -> usize {
    if !kept.lapses_at.is_finite() {
        let graced = tiers.grace.map_or(at, |grace| calendar::add(tariff.zone, at, grace));
        kept.lapses_at = graced.max(kept.until);
    }
    if at < kept.lapses_at {
        return place;
    }
    kept.lapses_at = Timestamp::NEVER;
    lower(tiers.downgrade, reached, place)
}

/// The level that the metric says.
pub(crate) fn reached(
    tariff: &Tariff,
    tiers: &Tiers,
    standing: &Standing,
    known: Option<&Known>,
    at: Timestamp,
) -> usize {
    let reached = match tiers.counts {
        Metric::Membership => {
            let runs = |level: &TierLevel| running(known, at).any(|it| it.segment == level.membership);
            tiers.levels.iter().rposition(runs)
        }
        Metric::Spend | Metric::Points(_) | Metric::Purchases => {
            let metric = metric(tiers, in_window(tariff, tiers, standing, at));
            tiers.levels.iter().rposition(|level| level.from <= metric)
        }
    };
    reached.unwrap_or(0)
}

/// The memberships that run at `at`.
fn running(known: Option<&Known>, at: Timestamp) -> impl Iterator<Item = &Membership> {
    known.into_iter().flat_map(|known| &known.segments).filter(move |membership| membership.runs(at))
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

/// What an evaluation at `at` looks at. What lies after it belongs to later events of the order.
fn in_window<'s>(
    tariff: &Tariff,
    tiers: &Tiers,
    standing: &'s Standing,
    at: Timestamp,
) -> impl Iterator<Item = &'s SpendBucket> + use<'s> {
    let (first, counts) = (window_from(tariff, at), tiers.counts.label());
    let place = standing.spend.partition_point(|bucket| bucket.from < first);
    standing.spend[place..].iter().filter(move |bucket| bucket.counts == counts)
}

/// Where a member stands among the levels, and how far the next one is.
#[derive(Clone, PartialEq, Eq, Debug, Serialize)]
pub struct Progress {
    /// The tier; of who never bought, the first.
    pub tier: Name,
    /// What is counted, as [`Metric::label`] names it; empty for spend.
    pub counts: Name,
    /// What the next evaluation looks at: minor units of money, or so many of what is counted.
    pub spend: Minor,
    /// The level above it; `None` at the top, and where levels are reached by memberships.
    pub next: Option<Name>,
    /// What is missing for it, likewise; 0 at the top.
    pub missing: Minor,
}

/// How far the next level is at `at`; `None` without tiers.
pub(crate) fn progress(tariff: &Tariff, standing: Option<&Standing>, at: Timestamp) -> Option<Progress> {
    let tiers = tariff.tiers.as_ref()?;
    let tier = rated_at(standing, tariff);
    let window = |standing| metric(tiers, in_window(tariff, tiers, standing, at));
    let spend = standing.map_or(Minor::ZERO, window);
    let by_membership = tiers.counts == Metric::Membership;
    let next = tiers.levels.get(tariff.tier_place(tier.as_str()) + 1).filter(|_| !by_membership);
    let missing = next.map_or(Minor::ZERO, |next| (next.from - spend).max(Minor::ZERO));
    let next = next.map(|next| next.name.clone());
    Some(Progress { tier, counts: tiers.counts.label(), spend, next, missing })
}

fn metric<'s>(tiers: &Tiers, window: impl Iterator<Item = &'s SpendBucket>) -> Minor {
    let amounts = window.map(|bucket| bucket.amount);
    match tiers.window {
        Window::Lifetime | Window::Rolling(_) => amounts.sum(),
        Window::Calendar(_) => amounts.max().unwrap_or_default(),
    }
}

/// When time alone makes the tier be looked at next; until then it is certain.
fn horizon(
    tariff: &Tariff,
    tiers: &Tiers,
    standing: &Standing,
    known: Option<&Known>,
    at: Timestamp,
) -> Timestamp {
    if tiers.counts == Metric::Membership {
        let of_levels = running(known, at)
            .filter(|membership| tiers.levels.iter().any(|level| level.membership == membership.segment));
        return of_levels.map(|membership| membership.until).min().unwrap_or(Timestamp::NEVER);
    }
    match tiers.window {
        Window::Lifetime => Timestamp::NEVER,
        Window::Rolling(days) => {
            let oldest = in_window(tariff, tiers, standing, at).find(|bucket| bucket.amount > Minor::ZERO);
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
    let perks =
        work.tariff_at(at).or_else(|| work.tariff_now()).map(|tariff| tariff.perks(to.as_str()).to_vec());
    work.say(Event::Tier(TierChange {
        entity: work.account.entity.clone(),
        from: from.clone(),
        to: to.clone(),
        cause,
        at,
        until,
        correction,
        perks: perks.unwrap_or_default(),
    }));
    if !from.as_str().is_empty() {
        let (kind, wallet) = (NoticeKind::TierChanged, Name::default());
        notify_at(work, Notification { kind, cause, wallet, points: Points::ZERO, until }, at, to);
    }
}
