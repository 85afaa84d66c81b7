//! The fold over the rating order (S24): a standing, and what is known of the member, on their way through it, event
//! by event.

use crate::account::{Grounds, Order, Rated, RatedKind, SpendBucket, Standing};
use crate::id::EventKey;
use crate::lines;
use crate::links::Line;
use crate::money::Minor;
use crate::order::in_force;
use crate::profile::{Known, Membership};
use crate::qualify;
use crate::reach::{self, Reached, Step};
use crate::tariff::{Metric, Tariff};
use crate::tier::{self, Occasion};
use crate::time::Timestamp;
use crate::work::{Read, Work};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What of `spend` is not of the events of `order`, nor of `lines`.
pub(crate) fn spend_before(order: &Order, lines: &[Arc<Line>], spend: &[SpendBucket]) -> Vec<SpendBucket> {
    let mut before = spend.to_vec();
    for event in &order.events {
        tier::add_spend(&mut before, event.bucket, &event.counts, Minor(-event.amount.0));
    }
    for SpendBucket { from, amount, counts } in lines.iter().flat_map(|line| &line.spend) {
        tier::add_spend(&mut before, *from, counts, Minor(-amount.0));
    }
    before.retain(|bucket| bucket.amount != Minor::ZERO);
    before
}

/// The standing before the first event, of which `spend` is all: the base's, with the spend that is not theirs.
fn before_all(order: &Order, lines: &[Arc<Line>], spend: &[SpendBucket]) -> Option<Standing> {
    let base = Standing::clone(order.base.as_ref()?);
    Some(Standing { spend: spend_before(order, lines, spend), ..base })
}

/// Whether what an event tells may move the tier: somebody joins, or a membership that counts begins or ends.
fn moves_tier(tariff: &Tariff, event: &Rated) -> bool {
    let Some(told) = event.told.as_ref().filter(|_| tariff.tiers.is_some()) else { return false };
    told.joined_at.is_some() || tells_level(tariff, told)
}

/// Whether memberships count, and one of them begins or ends by that.
fn tells_level(tariff: &Tariff, known: &Known) -> bool {
    let counts = tariff.tiers.as_ref().is_some_and(|tiers| tiers.counts == Metric::Membership);
    counts && !known.segments.is_empty()
}

/// The evaluation that time alone makes due.
pub(crate) fn by_time(account: EventKey, due: Timestamp) -> Step {
    let event = account.derived("tier by time", due.0);
    Step { occasion: Occasion::Time, event, happened_at: due, was: None, stood: None, at: due }
}

/// A standing on its way through the order.
pub(crate) struct Fold {
    pub(crate) standing: Option<Standing>,
    /// What is known of the member.
    pub(crate) known: Option<Arc<Known>>,
    /// Where its clock stands: nothing is evaluated as of before.
    pub(crate) from: Timestamp,
    /// Sales of which, and of whose returns, it is not known yet how much they count.
    pub(crate) stale: BTreeSet<EventKey>,
    /// The event that comes, and what is paid back of a membership that it ends.
    pub(crate) event: EventKey,
    pub(crate) refund: Minor,
    /// Whether it notes what was reached: on an account's own line, that of a member.
    pub(crate) reaches: bool,
    /// A key of the account whose line it is, where that was merged.
    pub(crate) member: Option<EventKey>,
    /// What a merge brings that was reached before, with its lots.
    pub(crate) came: Vec<Reached>,
}

impl Fold {
    /// From nothing, with the clock at `from`.
    pub(crate) fn from(from: Timestamp) -> Self {
        let (stale, event, came) = (BTreeSet::new(), EventKey::NONE, Vec::new());
        let (refund, reaches, member) = (Minor::ZERO, false, None);
        Self { standing: None, known: None, from, stale, event, refund, reaches, member, came }
    }

    /// From the base of the account's order, as it is before anything is added to it.
    pub(crate) fn over(work: &Work) -> Self {
        let now = work.account.standing.as_ref();
        let spend = now.map_or(&[][..], |standing| &standing.spend);
        let reached = now.map_or(&[][..], |standing| &standing.reached);
        let order = &work.account.order;
        let mut standing = before_all(order, &lines::roots(work.lines()), spend);
        if let Some(standing) = &mut standing {
            standing.reached = reach::at_base(reached);
        }
        let (known, reaches) = (order.known.clone(), !work.account.entity.is_card());
        Self { standing, known, reaches, ..Self::from(order.base_at) }
    }

    /// From the base of a line's order, which `parts` join.
    pub(crate) fn of_line(line: &Line, parts: &[Arc<Line>]) -> Self {
        let Line { order, spend, .. } = line;
        let standing = before_all(order, parts, spend);
        let (known, member) = (order.known.clone(), lines::member(line));
        Self { standing, known, reaches: member.is_some(), member, ..Self::from(order.base_at) }
    }

    /// To *now*, over every event and line of the account; sales that are rated on other grounds than before.
    pub(crate) fn run(&mut self, work: &mut Work) -> Read<Vec<(EventKey, Grounds)>> {
        let mut order = std::mem::take(&mut work.account.order);
        let lines = lines::roots(work.lines());
        let changed = self.over_events(work, &mut order.events, &lines)?;
        order.aged_at = self.until(work, work.now).or(order.aged_at);
        work.account.order = order;
        let mut known = std::mem::take(&mut self.came);
        known.extend(work.account.standing.iter().flat_map(|standing| &standing.reached).cloned());
        let found = self.standing.as_mut().map_or(&mut [][..], |standing| &mut standing.reached);
        let gone = reach::compare(found, &known);
        work.gone.extend(gone);
        (work.account.standing, work.account.known) = (self.standing.take(), self.known.take());
        Ok(changed)
    }

    /// Over `events`, and `lines` where each joins.
    pub(crate) fn over_events(
        &mut self,
        work: &Work,
        events: &mut [Arc<Rated>],
        lines: &[Arc<Line>],
    ) -> Read<Vec<(EventKey, Grounds)>> {
        let (mut changed, mut lines) = (Vec::new(), lines.iter().peekable());
        for place in 0..events.len() {
            while let Some(line) = lines.next_if(|line| line.at <= events[place].at) {
                self.join(work, line)?;
            }
            let moved = self.step(work, events, place)?;
            if moved && events[place].kind == RatedKind::Sale {
                changed.push((events[place].event, events[place].grounds()));
            }
        }
        lines.try_for_each(|line| self.join(work, line))?;
        Ok(changed)
    }

    /// A line joins: its spend counts from here on, and may raise the tier. Of a merged member's, what was reached comes
    /// along, and nobody rises to a level where that member stood.
    pub(crate) fn join(&mut self, work: &Work, line: &Line) -> Read<()> {
        let at = line.at.max(self.from);
        self.until(work, at);
        let Some(tariff) = in_force(work, at) else { return Ok(()) };
        if let Some(joins) = &line.known {
            self.learn(at, |known| known.join(joins));
        }
        for SpendBucket { from, amount, counts } in &line.spend {
            tier::count(&mut self.standing, *from, counts, *amount, at);
        }
        let stood = Self::at_end_of(work, line)?;
        let brought = reach::brought(stood.as_ref(), line.binding);
        // Somebody who never bought: what was reached, or joined, comes along without any spend.
        if !brought.is_empty() || line.known.as_ref().is_some_and(|known| tells_level(&tariff, known)) {
            self.standing.get_or_insert_with(|| Standing::new(at));
        }
        if let Some(standing) = &mut self.standing {
            reach::take_in(&mut standing.reached, brought);
            let (occasion, event, happened_at) = (Occasion::Sale, line.binding, line.at);
            let stood = stood.map(|stood| tariff.tier_place(stood.tier.as_str()));
            self.evaluate(work, &tariff, &Step { occasion, event, happened_at, was: None, stood, at });
        }
        Ok(())
    }

    /// Where a merged member stood at the end of their line, and what they had reached; `None` for a card.
    fn at_end_of(work: &Work, line: &Line) -> Read<Option<Standing>> {
        if lines::member(line).is_none() {
            return Ok(None);
        }
        let parts = lines::parts(work.lines(), line);
        let mut fold = Self::of_line(line, &parts);
        fold.over_events(work, &mut line.order.events.clone(), &parts)?;
        fold.until(work, line.at);
        Ok(fold.standing)
    }

    /// Evaluates the tier there is.
    fn evaluate(&mut self, work: &Work, tariff: &Tariff, step: &Step) {
        let Some(standing) = &mut self.standing else { return };
        if self.reaches {
            reach::evaluate(work, tariff, standing, self.known.as_deref(), step);
        } else {
            tier::evaluate(tariff, standing, self.known.as_deref(), step.occasion, step.at);
        }
    }

    /// The event at `place`: what time does before it, what it is rated on, then what it counts. Whether it is rated on
    /// other grounds than before.
    pub(crate) fn step(&mut self, work: &Work, events: &mut [Arc<Rated>], place: usize) -> Read<bool> {
        if matches!(events[place].kind, RatedKind::Activity | RatedKind::Joined | RatedKind::Merged) {
            return Ok(false);
        }
        let at = events[place].at.max(self.from);
        self.until(work, at);
        let tariff = in_force(work, at);
        let grounds = self.grounds(work, &events[place], tariff.as_deref());
        let moved = events[place].grounds() != grounds;
        if moved {
            self.stale.insert(events[place].event);
            let event = Arc::make_mut(&mut events[place]);
            (event.tier, event.profile) = (grounds.tier, grounds.profile);
        }
        if self.stale.contains(&events[place].sale())
            && matches!(events[place].kind, RatedKind::Sale | RatedKind::Return)
            && let Some((counts, amount)) = qualify::anew(work, events, place)?
        {
            let event = Arc::make_mut(&mut events[place]);
            (event.counts, event.amount) = (counts, amount);
        }
        if let Some(tariff) = tariff {
            self.count(work, &tariff, &events[place], at);
        }
        Ok(moved)
    }

    /// What an event is rated on, once what it tells is known.
    pub(crate) fn grounds(&mut self, work: &Work, event: &Rated, tariff: Option<&Tariff>) -> Grounds {
        let mut grounds = Grounds::default();
        if let Some(told) = &event.told {
            let rated_by = work.tariff(event.version);
            if event.event == self.event {
                self.refund = self.refund(&rated_by, told);
            }
            let known = self.learn(event.at, |known| known.learn(&rated_by, told));
            let is_sale = event.kind == RatedKind::Sale;
            grounds.profile = is_sale.then(|| Arc::new(known.profile(event.at, told)));
        }
        if let (RatedKind::Sale, Some(tariff)) = (event.kind, tariff) {
            grounds.tier = tier::rated_at(self.standing.as_ref(), tariff);
        }
        grounds
    }

    /// What is paid back of memberships that end by what is told.
    pub(crate) fn refund(&self, tariff: &Tariff, told: &Known) -> Minor {
        let ends = told.segments.iter().filter(|membership| membership.until == membership.from);
        let known = self.known.iter().flat_map(|known| &known.segments);
        let unused = |end: &Membership| {
            let ended = known.clone().find(|membership| membership.segment == end.segment);
            ended.map_or(Minor::ZERO, |membership| membership.unused(tariff.zone, end.from))
        };
        ends.map(unused).sum()
    }

    /// Counts an event at `at`, and evaluates the tier.
    pub(crate) fn count(&mut self, work: &Work, tariff: &Tariff, event: &Rated, at: Timestamp) {
        let occasion = match event.kind {
            RatedKind::Return => Occasion::Return,
            RatedKind::Sale | RatedKind::News => Occasion::Sale,
            RatedKind::Activity | RatedKind::Joined | RatedKind::Merged => return,
        };
        let was = self.says(tariff, at);
        if event.kind == RatedKind::News {
            if !moves_tier(tariff, event) {
                return;
            }
            self.standing.get_or_insert_with(|| Standing::new(at));
        } else if tariff.tiers.is_some() || event.amount != Minor::ZERO {
            // What counts was decided by the sale's version: a return takes back no more than that (S21).
            tier::count(&mut self.standing, event.bucket, &event.counts, event.amount, at);
        }
        let (event, happened_at) = (event.event, event.at);
        self.evaluate(work, tariff, &Step { occasion, event, happened_at, was, stood: None, at });
    }

    /// The level that the metric says, where something was reached that a return may undo.
    fn says(&self, tariff: &Tariff, at: Timestamp) -> Option<usize> {
        let standing = self.standing.as_ref().filter(|standing| !standing.reached.is_empty())?;
        Some(tier::reached(tariff, tariff.tiers.as_ref()?, standing, self.known.as_deref(), at))
    }

    /// What is known at `at`, once it took in more.
    pub(crate) fn learn(&mut self, at: Timestamp, take_in: impl FnOnce(&mut Known)) -> &Known {
        let known = Arc::make_mut(self.known.get_or_insert_default());
        known.forget(at);
        take_in(known);
        known
    }

    /// Evaluations that time alone makes due until `at`; the last of them.
    pub(crate) fn until(&mut self, work: &Work, at: Timestamp) -> Option<Timestamp> {
        let mut last = None;
        while let Some(standing) = self.standing.as_ref().filter(|standing| standing.evaluate_at <= at) {
            let due = standing.evaluate_at;
            let Some(tariff) = in_force(work, due) else { break };
            let account = self.member.unwrap_or_else(|| work.account_key());
            self.evaluate(work, &tariff, &by_time(account, due));
            last = Some(due);
        }
        last
    }
}
