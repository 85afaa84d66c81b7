//! The rating order (S24): purchases and returns are rated by (occurred_at, partner, id), whatever their
//! arrival, so the tier a sale is rated at is a fold over the events before it, not over those that came before.
//!
//! An account keeps its events for twice the lateness bound, and the standing before the first of them. One
//! that comes last in the order is one step of the fold; a late one repeats the fold from there, and says which
//! later sales stood at another tier than they were rated at. Time alone takes its steps at their due instants,
//! inside the fold as outside.

use crate::account::{Order, Rated, RatedKind, Standing};
use crate::id::{EventKey, Name};
use crate::money::Minor;
use crate::tariff::Tariff;
use crate::tier::{self, Occasion};
use crate::time::Timestamp;
use crate::work::Work;
use std::sync::Arc;

/// What a new event's place in the order means.
#[derive(Default)]
pub(crate) struct Placed {
    /// The tier it is rated at.
    pub(crate) tier: Name,
    /// Sales after it that are rated at another tier now, in the rating order.
    pub(crate) changed: Vec<(EventKey, Name)>,
    /// Whether it came after one that follows it in the order, or after time took a step behind it.
    late: bool,
    /// The tier before it came.
    before: Name,
}

impl Placed {
    /// Says the change of tier it caused, where it did: after the points it moved.
    pub(crate) fn announce(&self, work: &mut Work, kind: RatedKind) {
        let (cause, at) = (work.cause.event, work.now);
        tier::say_change(work, &self.before, cause, self.late || kind == RatedKind::Return, at);
    }
}

/// Whether anything in `tariff` depends on the order.
fn matters(tariff: &Tariff) -> bool {
    tariff.tiers.is_some() || tariff.terms.iter().any(|terms| terms.extended_by_purchase.is_some())
}

/// Puts `event` at its place and brings the standing to what the order says now.
pub(crate) fn place(work: &mut Work, tariff: &Tariff, mut event: Rated) -> Placed {
    if !matters(tariff) {
        let tier = tier::rated_at(work.account.standing.as_ref(), tariff);
        return Placed { tier, before: standing_tier(work), ..Placed::default() };
    }
    adopt(work);
    forget(work);
    let before = standing_tier(work);
    let order = &work.account.order;
    let position = order.events.partition_point(|other| other.place() <= event.place());
    let late = position < order.events.len() || order.aged_at.is_some_and(|aged| event.at < aged);
    let mut placed = if late {
        repeat(work, position, event)
    } else {
        let mut fold = Fold { standing: work.account.standing.take(), from: order.base_at };
        event.tier = fold.step(work, &event);
        work.account.standing = fold.standing;
        let tier = event.tier.clone();
        work.account.order.events.push(Arc::new(event));
        Placed { tier, ..Placed::default() }
    };
    let due = work.account.standing.as_ref().map_or(Timestamp::NEVER, |standing| standing.evaluate_at);
    work.account.next_due = work.account.next_due.min(due);
    placed.before = before;
    placed
}

fn standing_tier(work: &Work) -> Name {
    work.account.standing.as_ref().map(|standing| standing.tier.clone()).unwrap_or_default()
}

/// The evaluation that time makes due.
pub(crate) fn age(work: &mut Work, due_at: Timestamp, at: Timestamp) {
    let Some(mut standing) = work.account.standing.take() else { return };
    let before = standing.tier.clone();
    if let Some(tariff) = in_force(work, due_at) {
        tier::evaluate(&tariff, &mut standing, Occasion::Time, due_at);
    }
    work.account.order.aged_at = Some(due_at);
    work.account.standing = Some(standing);
    let cause = work.account_key().derived("tier by time", due_at.0);
    tier::say_change(work, &before, cause, false, at);
}

fn in_force(work: &Work, at: Timestamp) -> Option<Arc<Tariff>> {
    work.tariff_at(at).or_else(|| work.tariff_now())
}

/// An account whose standing is older than its order: all of it is the base.
fn adopt(work: &mut Work) {
    let account = &mut work.account;
    if account.order.base.is_none() && account.order.events.is_empty() {
        account.order.base =
            account.standing.clone().map(|standing| Standing { spend: Vec::new(), ..standing });
        account.order.base_at = if account.standing.is_some() { work.now } else { account.order.base_at };
    }
}

/// The fold again, from the base over every event, the new one among them.
fn repeat(work: &mut Work, position: usize, event: Rated) -> Placed {
    let mut order = std::mem::take(&mut work.account.order);
    let mut fold = Fold::over(&order, work.account.standing.as_ref());
    order.events.insert(position, Arc::new(event));
    let (mut tier, mut changed) = (Name::default(), Vec::new());
    for (place, event) in order.events.iter_mut().enumerate() {
        let rated_at = fold.step(work, event);
        if place == position {
            tier = rated_at.clone();
        } else if event.kind == RatedKind::Sale && event.tier != rated_at {
            changed.push((event.event, rated_at.clone()));
        }
        if event.tier != rated_at {
            Arc::make_mut(event).tier = rated_at;
        }
    }
    order.aged_at = fold.until(work, work.now).or(order.aged_at);
    work.account.order = order;
    work.account.standing = fold.standing;
    Placed { tier, changed, late: true, before: Name::default() }
}

/// The standing before the first event: the base's, with the spend that is not theirs.
fn before_all(order: &Order, now: Option<&Standing>) -> Option<Standing> {
    let mut base = order.base.clone()?;
    base.spend = now.map(|standing| standing.spend.clone()).unwrap_or_default();
    for event in &order.events {
        tier::add_spend(&mut base.spend, event.bucket, Minor(-event.amount.0));
    }
    base.spend.retain(|bucket| bucket.amount != Minor::ZERO);
    Some(base)
}

/// Takes into the base what no late event comes before any more. Twice the lateness bound: an event that moves
/// others (a binding) may itself be late.
fn forget(work: &mut Work) {
    let until = work.now.plus_millis(-2 * work.longest_lateness());
    let order = &work.account.order;
    let count = order.events.iter().take_while(|event| event.at < until).count();
    let ages = order.base.as_ref().is_some_and(|base| base.evaluate_at < until);
    if count == 0 && !ages {
        return;
    }
    let mut order = std::mem::take(&mut work.account.order);
    let mut fold = Fold::over(&order, work.account.standing.as_ref());
    for event in order.events.drain(..count) {
        fold.step(work, &event);
    }
    fold.until(work, until);
    order.base = fold.standing.map(|standing| Standing { spend: Vec::new(), ..standing });
    order.base_at = order.base_at.max(until);
    work.account.order = order;
    // A version still to come, or that began since, may look further back than the one in force then.
    let first = work.tariffs_from(until).map(|tariff| tier::window_from(tariff, until)).min();
    if let (Some(first), Some(standing)) = (first, &mut work.account.standing) {
        standing.spend.retain(|bucket| bucket.from >= first);
    }
}

/// A standing on its way through the order.
struct Fold {
    standing: Option<Standing>,
    /// Where its clock stands: nothing is evaluated as of before.
    from: Timestamp,
}

impl Fold {
    /// From the base of `order`; `now` is the standing with all its events.
    fn over(order: &Order, now: Option<&Standing>) -> Self {
        Self { standing: before_all(order, now), from: order.base_at }
    }

    /// One event: what time does before it, the tier it is rated at, then its spend.
    fn step(&mut self, work: &Work, event: &Rated) -> Name {
        let at = event.at.max(self.from);
        self.until(work, at);
        let Some(tariff) = in_force(work, at) else { return Name::default() };
        let (rated_at, occasion) = match event.kind {
            RatedKind::Sale => (tier::rated_at(self.standing.as_ref(), &tariff), Occasion::Sale),
            RatedKind::Return => (Name::default(), Occasion::Return),
        };
        // What counts was decided by the sale's version: a return takes back no more than that (S21).
        if tariff.tiers.is_some() || event.amount != Minor::ZERO {
            tier::count(&mut self.standing, event.bucket, event.amount, at);
        }
        if let Some(standing) = &mut self.standing {
            tier::evaluate(&tariff, standing, occasion, at);
        }
        rated_at
    }

    /// Evaluations that time alone makes due until `at`; the last of them.
    fn until(&mut self, work: &Work, at: Timestamp) -> Option<Timestamp> {
        let mut last = None;
        while let Some(standing) = self.standing.as_mut().filter(|standing| standing.evaluate_at <= at) {
            let due = standing.evaluate_at;
            let Some(tariff) = in_force(work, due) else { break };
            tier::evaluate(&tariff, standing, Occasion::Time, due);
            last = Some(due);
        }
        last
    }
}
