//! The rating order (S24): purchases and returns are rated by (occurred_at, partner, id), whatever their
//! arrival, so the tier a sale is rated at is a fold over the events before it, not over those that came before.
//!
//! An account keeps its events for twice the lateness bound, and the standing before the first of them. One
//! that comes last in the order is one step of the fold; a late one repeats the fold from there, and says which
//! later sales stood at another tier than they were rated at. Time alone takes its steps at their due instants,
//! inside the fold as outside.
//!
//! What a card sold before its binding is a line of its own ([`Line`]): folded by itself, and at the binding its
//! spend joins the account's. So it is rated alike whether it came to the card before, or here afterwards. Lines that had
//! joined a card, or a member who is merged, are parts of its line ([`crate::lines`]).

use crate::account::{Grounds, Order, Rated, RatedKind, Standing};
use crate::activity::{Fact, Occurrence};
use crate::fold::{Fold, by_time};
use crate::id::{EventKey, Name};
use crate::lines::{self, Again};
use crate::links::Line;
use crate::money::Minor;
use crate::notice::notify_of_command;
use crate::profile::Known;
use crate::reach::{self, Reached, Reaching};
use crate::rerate::Anew;
use crate::tariff::Tariff;
use crate::tier::{self, Occasion};
use crate::time::Timestamp;
use crate::warning;
use crate::work::{Cause, Read, Work};
use std::collections::BTreeSet;
use std::sync::Arc;

/// What a new event's place in the order means.
#[derive(Default)]
pub(crate) struct Placed {
    /// What it is rated on.
    pub(crate) grounds: Grounds,
    /// What is paid back of a membership that it ends.
    pub(crate) refund: Minor,
    /// Sales after it that are rated on other grounds now, in the rating order.
    pub(crate) changed: Vec<(EventKey, Grounds)>,
    /// Whether it came after one that follows it in the order, or after time took a step behind it.
    late: bool,
    /// The tier before it came.
    before: Name,
}

impl Placed {
    /// Says the change of tier it caused, where it did: after the points it moved. What that brings, or takes, follows.
    pub(crate) fn announce(&self, work: &mut Work, kind: RatedKind) -> Read<()> {
        let (cause, at) = (work.cause.event, work.now);
        tier::say_change(work, &self.before, cause, self.late || kind == RatedKind::Return, at);
        reach::settle(work)
    }

    /// The same of a binding.
    pub(crate) fn announce_joined(&self, work: &mut Work, binding: EventKey) -> Read<()> {
        let at = work.now;
        tier::say_change(work, &self.before, binding, self.late, at);
        reach::settle(work)
    }

    /// The same of whatever is the cause now.
    pub(crate) fn announce_cause(&self, work: &mut Work) -> Read<()> {
        self.announce_joined(work, work.cause.event)
    }
}

/// Puts `event` at its place, on the account's own line or on that of a binding, and brings the standing to what
/// the order says now.
pub(crate) fn place(work: &mut Work, event: Rated, line: EventKey) -> Read<Placed> {
    adopt(work);
    forget(work)?;
    if event.told.is_some() {
        recall(work, event.at);
    }
    let before = standing_tier(work);
    let order = &work.account.order;
    let position = order.events.partition_point(|other| other.place() <= event.place());
    let late = position < order.events.len() || order.aged_at.is_some_and(|aged| event.at < aged);
    let late = late || work.lines().iter().any(|joined| event.at < joined.at);
    let on_line = lines::on(work.lines(), line, event.at);
    let mut placed = if let Some(line) = on_line {
        repeat_line(work, line, event)?
    } else if late {
        repeat(work, position, event)?
    } else {
        append(work, event)?
    };
    note_due(work);
    placed.before = before;
    Ok(placed)
}

/// Puts `event` behind all others: one step of the fold.
fn append(work: &mut Work, event: Rated) -> Read<Placed> {
    let (standing, known) = (work.account.standing.take(), work.account.known.take());
    let (stale, key) = ([event.sale()].into(), event.event);
    let reaches = !work.account.entity.is_card();
    let mut fold =
        Fold { standing, known, stale, event: key, reaches, ..Fold::from(work.account.order.base_at) };
    let mut events = std::mem::take(&mut work.account.order.events);
    let place = events.len();
    events.push(Arc::new(event));
    fold.step(work, &mut events, place)?;
    let grounds = events[place].grounds();
    work.account.order.events = events;
    (work.account.standing, work.account.known) = (fold.standing, fold.known);
    Ok(Placed { grounds, refund: fold.refund, ..Placed::default() })
}

/// Puts a line into the order, with what was reached on it, and events of since its binding; `earlier` lines are of cards
/// that came before.
pub(crate) fn join(
    work: &mut Work,
    line: Line,
    since: Vec<Arc<Rated>>,
    earlier: &[Arc<Line>],
    reached: Vec<Reached>,
) -> Read<Placed> {
    adopt(work);
    forget(work)?;
    let (before, at) = (standing_tier(work), line.at);
    let mut fold = Fold::over(work);
    fold.came = reach::only_new(work, reached);
    let order = &mut work.account.order;
    let late = order.events.iter().any(|event| event.at >= at) || order.aged_at.is_some_and(|aged| at < aged);
    order.events.extend(since);
    order.events.sort_by(|a, b| a.place().cmp(&b.place()));
    let lines = &mut work.account.links_mut().lines;
    lines.extend(earlier.iter().cloned());
    lines.push(Arc::new(line));
    lines.sort_by(|a, b| a.place().cmp(&b.place()));
    let changed = fold.run(work)?;
    note_due(work);
    Ok(Placed { changed, late, before, ..Placed::default() })
}

/// Notes an activity of before a card's binding on its line.
pub(crate) fn note_on_line(work: &mut Work, line: EventKey, occurrence: &Occurrence) {
    let lines = &mut work.account.links_mut().lines;
    let Some(line) = lines.iter_mut().find(|other| other.binding == line) else { return };
    let event = on_line(occurrence);
    let events = &mut Arc::make_mut(line).order.events;
    let place = events.partition_point(|other| other.place() <= event.place());
    events.insert(place, event);
}

/// An activity as an event of a line.
pub(crate) fn on_line(occurrence: &Occurrence) -> Arc<Rated> {
    Arc::new(Rated {
        kind: RatedKind::Activity,
        id: occurrence.kind.clone(),
        version: occurrence.version,
        ..Rated::at(occurrence.at)
    })
}

/// Begins anew with `events` alone, as an account without a past.
pub(crate) fn begin_anew(work: &mut Work, events: Vec<Arc<Rated>>) -> Read<Vec<(EventKey, Grounds)>> {
    work.account.order = Order { events, ..Order::default() };
    work.account.standing = None;
    let changed = Fold::from(Timestamp::MIN).run(work)?;
    note_due(work);
    Ok(changed)
}

/// What a corrected version changed.
pub(crate) struct Corrected {
    /// Sales that it rates, and those that are rated at another tier for it, in the rating order.
    pub(crate) sales: Vec<Anew>,
    /// What it means for the tier.
    pub(crate) placed: Placed,
}

/// Lets `correction` rate the sales of its stretch that the version it replaces rated, and brings the standing to
/// what the order says then. `None` where nothing changed.
pub(crate) fn correct(work: &mut Work, correction: &Tariff) -> Read<Option<Corrected>> {
    let is_meant =
        |event: &Rated| event.kind == RatedKind::Sale && correction.corrects(event.version, event.at);
    let rates = work.rated().any(is_meant);
    if !rates && !moves_tiers(work, correction) {
        return Ok(None);
    }
    adopt(work);
    let before = standing_tier(work);
    let mut fold = Fold::over(work);
    let mut changed = correct_lines(work, correction.version, is_meant)?;
    changed.extend(take_version(&mut work.account.order.events, correction.version, is_meant));
    fold.stale.extend(&changed);
    changed.extend(fold.run(work)?.into_iter().map(|(sale, _)| sale));
    note_due(work);
    let sale = |event: &Rated| Anew { sale: event.event, grounds: event.grounds(), version: event.version };
    let sales: Vec<Anew> = work.rated().filter(|event| changed.contains(&event.event)).map(sale).collect();
    let placed = Placed { before, late: true, ..Placed::default() };
    let same = sales.is_empty() && placed.before == standing_tier(work) && reach::is_settled(work);
    Ok((!same).then_some(Corrected { sales, placed }))
}

/// Whether `correction` has other tiers, or grants for reaching them, than the version it replaces, in a stretch that the
/// order still holds: then returns, and time, may have led to another tier without any sale of its own.
fn moves_tiers(work: &Work, correction: &Tariff) -> bool {
    let Some(corrects) = &correction.correction else { return false };
    let replaced = work.tariff(corrects.replaces);
    let differs =
        replaced.tiers != correction.tiers || replaced.activities.levels != correction.activities.levels;
    corrects.until > work.account.order.base_at && differs
}

/// The same in lines: each is folded again.
fn correct_lines(
    work: &mut Work,
    version: i32,
    is_meant: impl Fn(&Rated) -> bool,
) -> Read<BTreeSet<EventKey>> {
    let mut changed = BTreeSet::new();
    let every = lines::parts_first(work.lines());
    let every: Vec<Again> = every.into_iter().map(|line| Again::of(work, line)).collect();
    for mut line in every {
        changed.extend(take_version(&mut line.line.order.events, version, &is_meant));
        line.fold.stale.extend(&changed);
        changed.extend(line.run(work)?.into_iter().map(|(sale, _)| sale));
    }
    Ok(changed)
}

/// Notes the version that rates those that are meant; their keys.
fn take_version(events: &mut [Arc<Rated>], version: i32, is_meant: impl Fn(&Rated) -> bool) -> Vec<EventKey> {
    let meant = events.iter_mut().filter(|event| is_meant(event));
    let take = |event: &mut Arc<Rated>| {
        Arc::make_mut(event).version = version;
        event.event
    };
    meant.map(take).collect()
}

fn note_due(work: &mut Work) {
    warning::note(work, work.now);
    let Some(standing) = &work.account.standing else { return };
    work.account.next_due = work.account.next_due.min(standing.evaluate_at).min(standing.kept().warn_at);
}

fn standing_tier(work: &Work) -> Name {
    work.account.standing.as_ref().map(|standing| standing.tier.clone()).unwrap_or_default()
}

/// The evaluation that time makes due.
pub(crate) fn age(work: &mut Work, due_at: Timestamp, at: Timestamp) -> Read<()> {
    let Some(mut standing) = work.account.standing.take() else { return Ok(()) };
    let before = standing.tier.clone();
    let step = by_time(work.account_key(), due_at);
    let known = work.account.known.as_deref();
    match in_force(work, due_at) {
        None => {}
        Some(tariff) if work.account.entity.is_card() => {
            tier::evaluate(&tariff, &mut standing, known, Occasion::Time, due_at);
        }
        Some(tariff) => reach::evaluate(work, &tariff, &mut standing, known, &step),
    }
    work.account.order.aged_at = Some(due_at);
    work.account.standing = Some(standing);
    warning::note(work, at);
    tier::say_change(work, &before, step.event, false, at);
    work.cause = Cause { event: step.event, occurred_at: due_at };
    let now = std::mem::replace(&mut work.now, at);
    reach::settle(work)?;
    notify_of_command(work);
    work.now = now;
    Ok(())
}

pub(crate) fn in_force(work: &Work, at: Timestamp) -> Option<Arc<Tariff>> {
    work.tariff_at(at).or_else(|| work.tariff_now())
}

/// A standing as a base keeps it: spend, and what was reached, are told by that of now.
fn without_spend(standing: Standing) -> Arc<Standing> {
    Arc::new(Standing { spend: Vec::new(), reached: Vec::new(), ..standing })
}

/// The same of a line: no standing of now tells what was reached before it. What is over there is remembered, too, as
/// long as the line is: the account has it until then.
pub(crate) fn base_of_line(mut standing: Standing) -> Arc<Standing> {
    standing.reached.retain(|reached| reached.state != Reaching::Gone);
    Arc::new(Standing { spend: Vec::new(), ..standing })
}

/// An account whose standing is older than its order: all of it is the base.
fn adopt(work: &mut Work) {
    let joined = !work.lines().is_empty();
    let account = &mut work.account;
    if account.order.base.is_none() && account.order.events.is_empty() && !joined {
        account.order.base = account.standing.clone().map(without_spend);
        account.order.base_at = if account.standing.is_some() { work.now } else { account.order.base_at };
    }
}

/// The first event that tells anything of the member: what was told before any rule asked is known, too.
fn recall(work: &mut Work, until: Timestamp) {
    if work.account.known.is_some() {
        return;
    }
    let Some(tariff) = in_force(work, until) else { return };
    let mut facts: Vec<&Fact> = work.account.activities.facts.iter().filter(|fact| fact.at < until).collect();
    facts.sort_by(|a, b| a.place().cmp(&b.place()));
    let mut known = Known::default();
    for told in facts.into_iter().filter_map(|fact| tariff.declared.told_by(&tariff, fact)) {
        known.learn(&tariff, &told);
    }
    if !known.is_empty() {
        work.account.order.known = Some(Arc::new(known.clone()));
        work.account.known = Some(Arc::new(known));
    }
}

/// The fold again, from the base over every event, the new one among them.
fn repeat(work: &mut Work, position: usize, event: Rated) -> Read<Placed> {
    let key = event.event;
    let mut fold = Fold { stale: [event.sale()].into(), event: key, ..Fold::over(work) };
    work.account.order.events.insert(position, Arc::new(event));
    let mut changed = fold.run(work)?;
    changed.retain(|(sale, _)| *sale != key);
    let grounds = work.account.order.events[position].grounds();
    Ok(Placed { grounds, refund: fold.refund, changed, late: true, before: Name::default() })
}

/// The fold of a line again, the new event in it, then those of the lines that it is a part of, and that of the account.
fn repeat_line(work: &mut Work, line: EventKey, event: Rated) -> Read<Placed> {
    let (key, mut stale) = (event.event, BTreeSet::from([event.sale()]));
    let mut fold = Fold::over(work);
    let on = lines::upwards(work.lines(), line);
    let mut on: Vec<Again> = on.into_iter().map(|line| Again::of(work, line)).collect();
    let events = &mut on[0].line.order.events;
    let position = events.partition_point(|other| other.place() <= event.place());
    events.insert(position, Arc::new(event));
    let mut changed = Vec::new();
    for line in &mut on {
        line.fold.event = key;
        line.fold.stale.append(&mut stale);
        changed.extend(line.run(work)?);
        stale = std::mem::take(&mut line.fold.stale);
    }
    let grounds = on[0].line.order.events[position].grounds();
    fold.stale = stale;
    changed.extend(fold.run(work)?);
    changed.retain(|(sale, _)| *sale != key);
    let refund = on[0].fold.refund;
    Ok(Placed { grounds, refund, changed, late: true, before: Name::default() })
}

/// What is known once every event of `order` is, and each of `lines` joined.
pub(crate) fn known_by(work: &Work, order: &Order, lines: &[Arc<Line>]) -> Option<Arc<Known>> {
    let mut fold = Fold { known: order.known.clone(), ..Fold::from(order.base_at) };
    let mut lines = lines.iter().peekable();
    let join = |fold: &mut Fold, line: &Line| {
        if let Some(joins) = &line.known {
            fold.learn(line.at, |known| known.join(joins));
        }
    };
    for event in &order.events {
        while let Some(line) = lines.next_if(|line| line.at <= event.at) {
            join(&mut fold, line);
        }
        if let Some(told) = &event.told {
            fold.learn(event.at, |known| known.learn(&work.tariff(event.version), told));
        }
    }
    lines.for_each(|line| join(&mut fold, line));
    fold.known
}

/// Takes into the base what no late event comes before any more.
fn forget(work: &mut Work) -> Read<()> {
    let until = work.remembered_from();
    forget_in_lines(work, until)?;
    // With lines goes what says which activities reach their lots.
    work.account.activities.recent.retain(|occurrence| occurrence.at >= until);
    let order = &work.account.order;
    let count = order.events.iter().take_while(|event| event.at < until).count();
    let is_over = |line: &&Arc<Line>| line.at < until && lines::whole(work.lines(), line.binding).is_none();
    let joined: Vec<Arc<Line>> = work.lines().iter().filter(is_over).cloned().collect();
    let ages = order.base.as_ref().is_some_and(|base| base.evaluate_at < until);
    if count == 0 && joined.is_empty() && !ages {
        return Ok(());
    }
    let mut fold = Fold::over(work);
    let mut order = std::mem::take(&mut work.account.order);
    let mut gone: Vec<Arc<Rated>> = order.events.drain(..count).collect();
    fold.over_events(work, &mut gone, &joined)?;
    fold.until(work, until);
    drop_lines(work, &joined);
    order.known = fold.known;
    if let (Some(now), Some(base)) = (&mut work.account.standing, &fold.standing) {
        reach::forget(&mut now.reached, &base.reached);
    }
    order.base = fold.standing.map(without_spend);
    order.base_at = order.base_at.max(until);
    work.account.order = order;
    // A version still to come, or that began since, may look further back than the one in force then.
    let first = work.tariffs_from(until).map(|tariff| tier::window_from(tariff, until)).min();
    if let (Some(first), Some(standing)) = (first, &mut work.account.standing) {
        standing.spend.retain(|bucket| bucket.from >= first);
    }
    Ok(())
}

/// Drops lines that the base took in, with their parts: what a member had reached is found by way of these.
fn drop_lines(work: &mut Work, joined: &[Arc<Line>]) {
    if joined.is_empty() {
        return;
    }
    let wholes = joined.iter().map(|line| line.binding).collect();
    let links = work.account.links_mut();
    let all = std::mem::take(&mut links.lines);
    let stays = |line: &&Arc<Line>| !lines::is_of(&all, line.binding, &wholes);
    links.lines = all.iter().filter(stays).cloned().collect();
}

/// Takes into the bases of lines what no late event of theirs comes before. That others joined them is said until they go.
fn forget_in_lines(work: &mut Work, until: Timestamp) -> Read<()> {
    let stays = |event: &Rated| matches!(event.kind, RatedKind::Joined | RatedKind::Merged);
    let is_gone = |event: &Arc<Rated>| event.at < until && !stays(event);
    let is_due = |line: &Line| line.order.events.iter().take_while(|event| event.at < until).any(is_gone);
    if !work.lines().iter().any(|line| is_due(line)) {
        return Ok(()); // at most events
    }
    for binding in lines::parts_first(work.lines()) {
        let line = lines::line(work.lines(), binding).expect("a line just found");
        if !is_due(line) {
            continue;
        }
        let (mut line, parts) = (line.clone(), lines::parts(work.lines(), line));
        let mut fold = Fold::of_line(&line, &parts);
        let (mut gone, kept) = line.order.events.into_iter().partition(is_gone);
        line.order.events = kept;
        let joined = parts.partition_point(|part| part.at < until);
        fold.over_events(work, &mut gone, &parts[..joined])?;
        fold.until(work, until.min(line.at));
        line.order.known = fold.known;
        line.order.base = fold.standing.map(base_of_line);
        line.order.base_at = line.order.base_at.max(until);
        lines::put(work, line);
    }
    Ok(())
}
