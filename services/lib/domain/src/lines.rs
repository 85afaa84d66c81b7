//! Lines among themselves: one that joined another, before that joined the account, is a part of it (S24). A card that
//! was bound to a member who was merged since is a part of the member's line, and counts by way of that.

use crate::account::{Grounds, Rated, RatedKind, SpendBucket};
use crate::fold::{self, Fold};
use crate::id::EventKey;
use crate::links::Line;
use crate::money::Minor;
use crate::moved::Moved;
use crate::tier;
use crate::time::Timestamp;
use crate::work::{Read, Work};
use std::collections::BTreeSet;
use std::sync::Arc;

/// That `part` joined a line, as an event of that.
pub(crate) fn joined(part: &Line) -> Arc<Rated> {
    Arc::new(Rated {
        kind: RatedKind::Joined,
        partner: part.partner.clone(),
        id: part.id.clone(),
        event: part.binding,
        ..Rated::at(part.at)
    })
}

/// The end of the line of a member who was merged, as its last event.
pub(crate) fn merged(moved: &Moved) -> Arc<Rated> {
    Arc::new(Rated {
        kind: RatedKind::Merged,
        partner: moved.partner.clone(),
        id: moved.id.clone(),
        event: moved.from.account_key(),
        ..Rated::at(moved.at)
    })
}

/// The key of the account whose line this is, where that is a member's who was merged; `None` for a card's.
pub(crate) fn member(line: &Line) -> Option<EventKey> {
    line.order.events.last().filter(|event| event.kind == RatedKind::Merged).map(|event| event.event)
}

/// Whether `part` joined `line`: looked for at its instant alone.
fn has(line: &Line, part: &Line) -> bool {
    let events = &line.order.events;
    let then = &events[events.partition_point(|event| event.at < part.at)..];
    let mut then = then.iter().take_while(|event| event.at == part.at);
    then.any(|event| event.kind == RatedKind::Joined && event.event == part.binding)
}

/// The line of this binding.
pub(crate) fn line(lines: &[Arc<Line>], binding: EventKey) -> Option<&Line> {
    lines.iter().find(|line| line.binding == binding).map(Arc::as_ref)
}

/// The line that the one of this binding is a part of; `None` where it joins the account itself.
pub(crate) fn whole(lines: &[Arc<Line>], part: EventKey) -> Option<&Line> {
    // Most accounts have one line or none.
    let part = line(lines, part).filter(|_| lines.len() > 1)?;
    lines.iter().find(|line| has(line, part)).map(Arc::as_ref)
}

/// Those that join the account itself, by [`Line::place`].
pub(crate) fn roots(lines: &[Arc<Line>]) -> Vec<Arc<Line>> {
    lines.iter().filter(|line| whole(lines, line.binding).is_none()).cloned().collect()
}

/// The parts of `line`, by [`Line::place`], but for those that its base took in.
pub(crate) fn parts(lines: &[Arc<Line>], line: &Line) -> Vec<Arc<Line>> {
    let is_apart = |part: &&Arc<Line>| part.at >= line.order.base_at && has(line, part);
    lines.iter().filter(is_apart).cloned().collect()
}

/// The line that an event of `at` is on which came by the one of `binding`: of this, or of what it is a part of, where
/// the base of that took it in.
pub(crate) fn on(lines: &[Arc<Line>], binding: EventKey, at: Timestamp) -> Option<EventKey> {
    let mut next = line(lines, binding);
    while let Some(line) = next {
        let whole = whole(lines, line.binding);
        let is_apart = whole.is_none_or(|whole| line.at >= whole.order.base_at);
        if at < line.at && is_apart {
            return Some(line.binding);
        }
        next = whole;
    }
    None
}

/// `binding`, and the lines that it is a part of, each behind its parts.
pub(crate) fn upwards(lines: &[Arc<Line>], binding: EventKey) -> Vec<EventKey> {
    let mut way = vec![binding];
    while let Some(whole) = way.last().and_then(|last| whole(lines, *last)) {
        way.push(whole.binding);
    }
    way
}

/// All lines, each behind its parts.
pub(crate) fn parts_first(lines: &[Arc<Line>]) -> Vec<EventKey> {
    let mut all: Vec<EventKey> = lines.iter().map(|line| line.binding).collect();
    all.sort_by_cached_key(|binding| std::cmp::Reverse(upwards(lines, *binding).len()));
    all
}

/// Whether the line of `binding` is one of `wholes`, or a part of one.
pub(crate) fn is_of(lines: &[Arc<Line>], binding: EventKey, wholes: &BTreeSet<EventKey>) -> bool {
    upwards(lines, binding).iter().any(|line| wholes.contains(line))
}

/// A line that is folded again.
pub(crate) struct Again {
    /// The line; its events are what changes.
    pub(crate) line: Line,
    pub(crate) fold: Fold,
    /// What of its spend is neither its events' nor its parts'.
    spend: Vec<SpendBucket>,
}

impl Again {
    /// As it is before anything changes in it, or in its parts.
    pub(crate) fn of(work: &Work, binding: EventKey) -> Self {
        let line = line(work.lines(), binding).expect("a line of the account").clone();
        let parts = parts(work.lines(), &line);
        let spend = fold::spend_before(&line.order, &parts, &line.spend);
        Self { fold: Fold::of_line(&line, &parts), line, spend }
    }

    /// Over its events, and over its parts as they are now; sales that are rated on other grounds than before.
    pub(crate) fn run(&mut self, work: &mut Work) -> Read<Vec<(EventKey, Grounds)>> {
        let parts = parts(work.lines(), &self.line);
        let changed = self.fold.over_events(work, &mut self.line.order.events, &parts)?;
        for event in &self.line.order.events {
            tier::add_spend(&mut self.spend, event.bucket, &event.counts, event.amount);
        }
        for bucket in parts.iter().flat_map(|part| &part.spend) {
            tier::add_spend(&mut self.spend, bucket.from, &bucket.counts, bucket.amount);
        }
        self.spend.retain(|bucket| bucket.amount != Minor::ZERO);
        (self.line.spend, self.line.known) = (self.spend.clone(), self.fold.known.clone());
        put(work, self.line.clone());
        Ok(changed)
    }
}

/// Puts a new image of a line.
pub(crate) fn put(work: &mut Work, line: Line) {
    let mut lines = work.account.links_mut().lines.iter_mut();
    let place = lines.find(|other| other.binding == line.binding).expect("a line of the account");
    *place = Arc::new(line);
}
