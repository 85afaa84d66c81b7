//! What of a card's goes with a binding, and what stays: what is dated behind an end of it that is known by then is
//! someone else's (design §3).
//!
//! What a redemption by the card drew on together goes together, and so do all of it where returns of since may be of
//! sales of before or of since, and what it has from cards that it replaced.

use crate::account::{Grounds, Order, Period, Rated, RatedKind, Standing};
use crate::act;
use crate::action::dates_in_order;
use crate::activity::Remembered;
use crate::convert::gift_at;
use crate::entity::Entity;
use crate::id::{EventKey, LotId};
use crate::links::{Binding, LinePeriod};
use crate::lot::{Bucket, Lot};
use crate::money::Minor;
use crate::order;
use crate::purchase::{Purchase, Quantity};
use crate::recount::recount;
use crate::redemption::{HoldState, Redemption};
use crate::terms::reminder;
use crate::tier;
use crate::time::Timestamp;
use crate::work::{Read, Work};
use std::collections::BTreeSet;
use std::sync::Arc;

/// How much of what the card holds goes.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Extent {
    /// All of it.
    All,
    /// What is dated before that; the rest stays.
    Before(Timestamp),
    /// None of it.
    Nothing,
}

/// What goes beside rows, and what of the rows stays.
pub(crate) struct Part {
    pub(crate) extent: Extent,
    pub(crate) periods: Vec<Period>,
    pub(crate) standing: Option<Standing>,
    pub(crate) order: Order,
    pub(crate) activities: Remembered,
    /// Sales that stay, and are rated at another tier now.
    pub(crate) changed: Vec<(EventKey, Grounds)>,
    /// Lots of periods that stay; when one of those begins says nothing.
    lots: BTreeSet<LotId>,
    /// Redemptions, returns and activities that stay, and what is noted of these.
    events: BTreeSet<EventKey>,
}

impl Part {
    pub(crate) fn takes_purchase(&self, purchase: &Purchase) -> bool {
        self.extent.takes(purchase.occurred_at)
    }

    pub(crate) fn takes_lot(&self, lot: &Lot) -> bool {
        let named = self.periods.iter().flat_map(|period| &period.shares).any(|share| share.lot == lot.id);
        named || self.extent.takes(lot.occurred_at) && !self.lots.contains(&lot.id)
    }

    pub(crate) fn takes_event(&self, event: EventKey) -> bool {
        self.extent != Extent::Nothing && !self.events.contains(&event)
    }
}

impl Extent {
    fn takes(self, at: Timestamp) -> bool {
        match self {
            Self::All => true,
            Self::Before(until) => at < until,
            Self::Nothing => false,
        }
    }

    /// How much `binding` takes of what the card holds.
    fn of(work: &Work, entity: &Entity, binding: &Binding) -> Read<Self> {
        let until = binding.until;
        let dated = dates(work, entity)?;
        let stays = dated.iter().any(|at| *at >= until);
        Ok(match dated.iter().any(|at| *at < until) {
            _ if !stays => Self::All,
            false => Self::Nothing,
            true if is_apart(work, entity, until)? => Self::Before(until),
            true => Self::All,
        })
    }
}

/// The dates of what the card holds.
fn dates(work: &Work, entity: &Entity) -> Read<Vec<Timestamp>> {
    let mut dates = Vec::new();
    for key in entity.purchases.rows().keys() {
        if work.route(*key)?.is_none() {
            dates.push(work.purchase(*key)?.expect("a purchase of the entity").occurred_at);
        }
    }
    let shares = work.account.periods.iter().flat_map(|period| &period.shares);
    let of_periods: BTreeSet<LotId> = shares.map(|share| share.lot).collect();
    for id in entity.lots.rows().keys().filter(|id| !of_periods.contains(id)) {
        let lot = work.lot(*id)?.expect("a lot of the entity");
        if lot.buckets.get(Bucket::Moved).is_zero() && lot.buckets.sum() != lot.buckets.revoked {
            dates.push(lot.occurred_at);
        }
    }
    let activities = &work.account.activities;
    dates.extend(activities.facts.iter().map(|fact| fact.at));
    dates.extend(activities.firsts.iter().map(|first| first.fact.at));
    dates.extend(activities.recent.iter().map(|occurrence| occurrence.at));
    Ok(dates)
}

/// Whether nothing joins what is dated before `until` and what is not.
fn is_apart(work: &Work, entity: &Entity, until: Timestamp) -> Read<bool> {
    let links = work.account.links.as_ref();
    if links.is_some_and(|links| !links.lines.is_empty() || !links.periods.is_empty()) {
        return Ok(false);
    }
    if whose_returns(work, entity, until)?.len() > 1 {
        let order = &work.account.order;
        if order.events.iter().any(|event| event.kind == RatedKind::Return && event.at >= until) {
            return Ok(false); // a return of since names no sale
        }
    }
    for redemption in held(work, entity)? {
        let paid = |purchase: &&Purchase| purchase.redemptions.contains(&redemption.key);
        let mut sides = BTreeSet::new();
        for draw in &redemption.draws {
            let lot = work.lot(draw.lot)?.expect("a lot that is drawn on");
            let shares = work.account.periods.iter().flat_map(|period| &period.shares);
            if shares.into_iter().any(|share| share.lot == lot.id) {
                return Ok(false);
            }
            sides.insert(lot.occurred_at < until);
        }
        let purchases = entity.purchases.rows().values().filter(paid);
        sides.extend(purchases.map(|purchase| purchase.occurred_at < until));
        sides.extend(gift_at(work, redemption.key)?.map(|at| at < until));
        if sides.len() > 1 {
            return Ok(false);
        }
    }
    Ok(true)
}

/// Whether sales of before `until`, or of since, were returned: `true` of before.
fn whose_returns(work: &Work, entity: &Entity, until: Timestamp) -> Read<BTreeSet<bool>> {
    let mut sides = BTreeSet::new();
    for key in entity.purchases.rows().keys() {
        let purchase = work.purchase(*key)?.expect("a purchase of the entity");
        if purchase.lines.iter().any(|line| line.returned > Quantity(0)) {
            sides.insert(purchase.occurred_at < until);
        }
    }
    Ok(sides)
}

/// The redemptions that the card still has.
fn held(work: &Work, entity: &Entity) -> Read<Vec<Redemption>> {
    let mut held = Vec::new();
    for key in entity.redemptions.rows().keys() {
        let redemption = work.redemption(*key)?.expect("a redemption of the entity");
        if redemption.state != HoldState::Moved && work.route(*key)?.is_none() {
            held.push(redemption.clone());
        }
    }
    Ok(held)
}

/// Takes out of the head row what goes with `binding`.
pub(crate) fn take(work: &mut Work, entity: &Entity, binding: &Binding) -> Read<Part> {
    let extent = Extent::of(work, entity, binding)?;
    let mut part = Part {
        extent,
        periods: Vec::new(),
        standing: None,
        order: Order::default(),
        activities: Remembered::NONE,
        changed: Vec::new(),
        lots: BTreeSet::new(),
        events: BTreeSet::new(),
    };
    match extent {
        Extent::Nothing => {}
        Extent::All => {
            part.periods = std::mem::take(&mut work.account.periods);
            part.standing = work.account.standing.take();
            work.account.known = None;
            part.order = std::mem::take(&mut work.account.order);
            part.activities = std::mem::take(&mut work.account.activities);
        }
        Extent::Before(until) => divide(work, entity, binding, until, &mut part)?,
    }
    Ok(part)
}

fn divide(
    work: &mut Work,
    entity: &Entity,
    binding: &Binding,
    until: Timestamp,
    part: &mut Part,
) -> Read<()> {
    for redemption in held(work, entity)? {
        if stays_of(work, entity, &redemption, until)? {
            part.events.insert(redemption.key);
        }
    }
    let activities = std::mem::take(&mut work.account.activities);
    let (before, since) = divide_activities(activities, until);
    let returned_before = whose_returns(work, entity, until)?.contains(&true);
    let events = divide_order(work, until, returned_before, part);
    (work.account.order, work.account.activities) = (part.order.clone(), before.clone());
    date_again(work, entity, until)?;
    for first in &since.firsts {
        part.events.extend(act::noted_of(work, first));
    }
    (work.account.activities, part.activities) = (since, before);
    part.events.extend(events.iter().map(|event| event.event));
    part.changed = order::begin_anew(work, events)?;
    divide_periods(work, entity, binding, until, part)
}

fn stays_of(work: &Work, entity: &Entity, redemption: &Redemption, until: Timestamp) -> Read<bool> {
    if let Some(draw) = redemption.draws.first() {
        return Ok(work.lot(draw.lot)?.expect("a lot that is drawn on").occurred_at >= until);
    }
    let mut purchases = entity.purchases.rows().values();
    let paid = purchases.find(|purchase| purchase.redemptions.contains(&redemption.key));
    Ok(paid.is_none_or(|purchase| purchase.occurred_at >= until))
}

fn divide_activities(mut before: Remembered, until: Timestamp) -> (Remembered, Remembered) {
    let mut since = before.clone();
    before.facts.retain(|fact| fact.at < until);
    before.firsts.retain(|first| first.fact.at < until);
    before.recent.retain(|occurrence| occurrence.at < until);
    since.facts.retain(|fact| fact.at >= until);
    since.firsts.retain(|first| first.fact.at >= until);
    since.recent.retain(|occurrence| occurrence.at >= until);
    (before, since)
}

/// Puts the order of before `until` into `part`, with its spend; the events that stay, returns with their sales.
fn divide_order(
    work: &mut Work,
    until: Timestamp,
    returned_before: bool,
    part: &mut Part,
) -> Vec<Arc<Rated>> {
    let mut order = std::mem::take(&mut work.account.order);
    let stays = |event: &Rated| event.at >= until && (event.kind == RatedKind::Sale || !returned_before);
    let (events, before) = order.events.drain(..).partition(|event| stays(event));
    order.events = before;
    work.account.known = None;
    let events: Vec<Arc<Rated>> = events;
    part.standing = work.account.standing.take().map(|mut standing| {
        for event in &events {
            tier::add_spend(&mut standing.spend, event.bucket, &event.counts, Minor(-event.amount.0));
        }
        standing.spend.retain(|bucket| bucket.amount != Minor::ZERO);
        standing
    });
    part.order = order;
    events
}

/// Gives lots that go the dates they have without what happened since. One that came to life by that stays alive; one
/// that lives on by grace (S19) does so.
fn date_again(work: &mut Work, entity: &Entity, until: Timestamp) -> Read<()> {
    let grace = work.tariffs_from(Timestamp::MIN).any(|tariff| tariff.spending.grace.is_some());
    for id in entity.lots.rows().keys() {
        let lot = work.lot(*id)?.expect("a lot of the entity").clone();
        let tariff = work.tariff(lot.version);
        let Some(terms) = tariff.terms(lot.terms.as_str()) else { continue };
        let stays = lot.occurred_at >= until || !lot.buckets.get(Bucket::Moved).is_zero();
        if stays || grace && !lot.drawn_by.is_empty() {
            continue;
        }
        let (activates_at, expires_at) = dates_in_order(work, None, &tariff, terms, lot.occurred_at);
        let is_alive = lot.activates_at <= work.now && work.now < activates_at;
        if !is_alive && (activates_at, expires_at) != (lot.activates_at, lot.expires_at) {
            let (reminded, remind_at) = reminder(&tariff, expires_at, 0, work.now);
            work.put_lot(Lot { activates_at, expires_at, reminded, remind_at, ..lot });
        }
    }
    Ok(())
}

/// Periods go; what was sold in them since counts anew in periods of the card's own.
fn divide_periods(
    work: &mut Work,
    entity: &Entity,
    binding: &Binding,
    until: Timestamp,
    part: &mut Part,
) -> Read<()> {
    let line = binding.event;
    let periods = std::mem::take(&mut work.account.periods);
    if periods.is_empty() {
        return Ok(());
    }
    let as_line = |period| LinePeriod { line, period };
    work.account.links_mut().periods = periods.into_iter().map(as_line).collect();
    for key in entity.purchases.rows().keys() {
        let purchase = work.purchase(*key)?.expect("a purchase of the entity").clone();
        if purchase.occurred_at >= until && work.route(*key)?.is_none() {
            recount(work, &purchase, line)?;
        }
    }
    let gone = std::mem::take(&mut work.account.links_mut().periods);
    part.periods = gone.into_iter().map(|of| of.period).collect();
    let shares = work.account.periods.iter().flat_map(|period| &period.shares);
    part.lots = shares.map(|share| share.lot).collect();
    Ok(())
}
