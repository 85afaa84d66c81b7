//! Grants for reaching a level (S21, S24, S28): once for each reaching, dated as of the event that reached it.
//!
//! What was reached is a fold over the rating order, as the tier is: the fold says which reachings there are, and
//! [`settle`] brings their lots to it. So a late event, or a corrected version, gives and takes them as if all had come
//! in order. A card reaches nothing by itself: what it sold counts for its member, from the binding on.

use crate::account::Standing;
use crate::grant::{Origin, all_by, issue, retarget};
use crate::id::{EventKey, LotId, Name};
use crate::points::Points;
use crate::profile::Known;
use crate::tariff::Tariff;
use crate::tier::{self, Occasion};
use crate::time::Timestamp;
use crate::work::{Read, Work};
use serde::{Deserialize, Serialize};

/// What becomes of a grant when returns take what its level was reached by.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum IfLost {
    /// It stays; who reaches the level again by buying is not granted it again.
    Keep,
    /// It is taken back, what is spent of it as a debt (S17, S18); who reaches the level again is granted it again.
    TakeBack,
}

/// What reaching a level brings.
#[derive(Clone, PartialEq, Eq, Debug)]
pub struct LevelGrant {
    /// Its name, unique among the grants; entries carry it (S29).
    pub name: Name,
    /// The level: who rises to it, or past it, is granted it.
    pub level: Name,
    /// The terms it grants under.
    pub terms: Name,
    /// Points, above 0.
    pub points: Points,
    /// Who funds it.
    pub funder: Name,
    /// What becomes of it when returns take the level.
    pub if_lost: IfLost,
}

/// What is to be said of a reaching.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reaching {
    /// It is granted, and the level is the one that was reached then: nobody is granted it twice.
    Held,
    /// It is granted for good: time took the level since. The next reaching is another one.
    Ended,
    /// Returns took what it was reached by, and it with that.
    Undone,
    /// It was granted, and in the right order nothing was reached there: until that is taken back.
    Gone,
}

/// A level that was reached, for one grant.
#[derive(Clone, PartialEq, Eq, Debug, Serialize, Deserialize)]
pub struct Reached {
    /// The grant.
    pub grant: Name,
    /// What reached it: a sale, what was told of the member, a binding or a merge; of time a key of its own.
    pub event: EventKey,
    /// When that was: terms count from it.
    pub at: Timestamp,
    /// The programme version that granted it.
    pub version: i32,
    /// Its lot; [`LotId::NONE`] until there is one.
    pub lot: LotId,
    /// What that earns now.
    pub points: Points,
    /// What is to be said of it.
    pub state: Reaching,
    /// The same before the first event that is still in the order; nothing where it came later.
    pub before: Option<Reaching>,
    /// The line it joins with, the first of those that its merge brought, while that is still in the order; else
    /// [`EventKey::NONE`].
    pub line: EventKey,
}

impl Reached {
    fn is(&self, other: &Self) -> bool {
        self.grant == other.grant && self.event == other.event && self.version == other.version
    }

    const fn stands(&self) -> bool {
        matches!(self.state, Reaching::Held | Reaching::Ended)
    }
}

/// An evaluation of the tier, as far as grants depend on it.
pub(crate) struct Step {
    pub(crate) occasion: Occasion,
    /// What caused it, and when that was.
    pub(crate) event: EventKey,
    pub(crate) happened_at: Timestamp,
    /// The level that the metric said before.
    pub(crate) was: Option<usize>,
    /// The level where a merged member stood, who joins by it.
    pub(crate) stood: Option<usize>,
    /// As of when the tier is looked at.
    pub(crate) at: Timestamp,
}

/// Evaluates the tier, and notes what was reached.
pub(crate) fn evaluate(
    work: &Work,
    tariff: &Tariff,
    standing: &mut Standing,
    known: Option<&Known>,
    step: &Step,
) {
    let before = standing.tier.clone();
    tier::evaluate(tariff, standing, known, step.occasion, step.at);
    let Some(tiers) = &tariff.tiers else { return };
    if tariff.activities.levels.is_empty() && standing.reached.is_empty() {
        return;
    }
    let from = (!before.as_str().is_empty()).then(|| tariff.tier_place(before.as_str())).max(step.stood);
    let to = tariff.tier_place(standing.tier.as_str());
    let says = tier::reached(tariff, tiers, standing, known, step.at);
    let place = |level: &Name| tiers.levels.iter().position(|other| other.name == *level);
    for reached in &mut standing.reached {
        let version = work.tariff(reached.version);
        let Some(grant) = version.activities.level_grant(&reached.grant) else { continue };
        let Some(level) = place(&grant.level).filter(|_| reached.state == Reaching::Held) else { continue };
        let is_lost = step.was.is_some_and(|was| was >= level) && says < level;
        match step.occasion {
            Occasion::Time if to < level => reached.state = Reaching::Ended,
            Occasion::Return if is_lost && grant.if_lost == IfLost::TakeBack => {
                reached.state = Reaching::Undone;
            }
            _ => {}
        }
    }
    for grant in &tariff.activities.levels {
        let Some(level) = place(&grant.level).filter(|level| to >= *level) else { continue };
        let mut of_grant = standing.reached.iter().filter(|reached| reached.grant == grant.name);
        let again = says >= level && of_grant.clone().any(|reached| reached.state == Reaching::Undone);
        let rises = from.is_none_or(|from| from < level);
        if (rises || again) && of_grant.all(|reached| reached.state != Reaching::Held) {
            note(standing, grant, tariff.version, step);
        }
    }
}

/// Notes that the level of `grant` was reached.
fn note(standing: &mut Standing, grant: &LevelGrant, version: i32, step: &Step) {
    for other in standing.reached.iter_mut().filter(|other| other.grant == grant.name) {
        if other.state == Reaching::Undone {
            other.state = Reaching::Gone;
        }
    }
    let new = Reached {
        grant: grant.name.clone(),
        event: step.event,
        at: step.happened_at,
        version,
        lot: LotId::NONE,
        points: Points::ZERO,
        state: Reaching::Held,
        before: None,
        line: EventKey::NONE,
    };
    match standing.reached.iter_mut().find(|other| other.is(&new)) {
        Some(known) => known.state = Reaching::Held,
        None => standing.reached.push(new),
    }
}

/// What was reached before the first event of the order.
pub(crate) fn at_base(reached: &[Reached]) -> Vec<Reached> {
    let before = |reached: &Reached| Some(Reached { state: reached.before?, ..reached.clone() });
    reached.iter().filter_map(before).collect()
}

/// What a merge brings, on `line`, with its lots.
pub(crate) fn bring(standing: Option<&Standing>, line: EventKey) -> Vec<Reached> {
    let reached = standing.map_or(&[][..], |standing| &standing.reached);
    reached.iter().map(|reached| Reached { before: None, line, ..reached.clone() }).collect()
}

/// The same as a fold over the line found it: what lots that has is known where it joins.
pub(crate) fn brought(standing: Option<&Standing>, line: EventKey) -> Vec<Reached> {
    let mut brought = bring(standing, line);
    brought.retain(|reached| reached.state != Reaching::Gone);
    brought.iter_mut().for_each(|reached| (reached.lot, reached.points) = (LotId::NONE, Points::ZERO));
    brought
}

/// Takes in what is brought. What one event reached for both was reached once.
pub(crate) fn take_in(reached: &mut Vec<Reached>, mut brought: Vec<Reached>) {
    brought.retain(|came| !reached.iter().any(|here| here.is(came)));
    reached.append(&mut brought);
}

/// What of that is new here. What one event reached for both, a sale that a partner sent under each, is granted once:
/// what came of it too is taken back.
pub(crate) fn only_new(work: &mut Work, mut came: Vec<Reached>) -> Vec<Reached> {
    let (standing, gone) = (&mut work.account.standing, &mut work.gone);
    let Some(standing) = standing else { return came };
    came.retain(|came| {
        let Some(here) = standing.reached.iter_mut().find(|here| here.is(came)) else { return true };
        if here.lot == came.lot {
            here.points += came.points;
        } else {
            gone.push(Reached { state: Reaching::Gone, ..came.clone() });
        }
        false
    });
    came
}

/// Gives what a fold over the whole order found the lots it has; what was granted, and was not found.
pub(crate) fn compare(found: &mut [Reached], known: &[Reached]) -> Vec<Reached> {
    let mut gone = Vec::new();
    for known in known {
        match found.iter_mut().find(|found| found.is(known)) {
            Some(found) => *found = Reached { state: found.state, ..known.clone() },
            None => gone.push(Reached { state: Reaching::Gone, ..known.clone() }),
        }
    }
    gone
}

/// Takes into the base what `base` says of it, and forgets what is over there.
pub(crate) fn forget(reached: &mut Vec<Reached>, base: &[Reached]) {
    reached.retain_mut(|reached| match base.iter().find(|other| other.is(reached)) {
        Some(base) => {
            (reached.before, reached.line) = (Some(base.state), EventKey::NONE);
            matches!(base.state, Reaching::Held | Reaching::Undone)
        }
        None => true,
    });
}

/// What is granted now for what was reached.
fn target(tariff: &Tariff, reached: &Reached) -> Points {
    let grant = tariff.activities.level_grant(&reached.grant).expect("a grant of its own version");
    if reached.stands() { grant.points } else { Points::ZERO }
}

/// Whether all lots are at what is granted now.
pub(crate) fn is_settled(work: &Work) -> bool {
    let standing = work.account.standing.iter().flat_map(|standing| &standing.reached);
    standing.chain(&work.gone).all(|reached| target(&work.tariff(reached.version), reached) == reached.points)
}

/// Brings the lots of what was reached to what is granted now: raised before lowered (S09).
pub(crate) fn settle(work: &mut Work) -> Read<()> {
    let mut all = std::mem::take(&mut work.gone);
    if let Some(standing) = &mut work.account.standing {
        all.append(&mut standing.reached);
    }
    let line = std::mem::replace(&mut work.line, EventKey::NONE);
    for raising in [true, false] {
        for reached in &mut all {
            let tariff = work.tariff(reached.version);
            let points = target(&tariff, reached);
            if points != reached.points && (points > reached.points) == raising {
                reached.lot = retarget_reached(work, &tariff, reached, points)?;
                reached.points = points;
            }
        }
    }
    work.line = line;
    // What the base still has is found by every fold.
    all.retain(|reached| reached.state != Reaching::Gone || reached.before.is_some());
    if let Some(standing) = &mut work.account.standing {
        standing.reached = all;
    }
    Ok(())
}

/// Its lot names what reached the level as its cause, and is not one that this earned itself.
fn retarget_reached(work: &mut Work, tariff: &Tariff, reached: &Reached, points: Points) -> Read<LotId> {
    let grant = tariff.activities.level_grant(&reached.grant).expect("a grant of its own version");
    let terms = tariff.terms(grant.terms.as_str()).expect("terms of the tariff's own grant");
    let origin = Origin {
        tariff,
        terms,
        cause: reached.event,
        partner: grant.funder.clone(),
        occurred_at: reached.at,
        rules: all_by(grant.name.clone()),
    };
    if !reached.lot.is_none() {
        return retarget(work, &origin, reached.lot, points);
    }
    let named_by = reached.event.derived(grant.name.as_str(), reached.version.into());
    let id = LotId::of(work.month(), named_by, terms.name.as_str(), grant.funder.as_str());
    // What was taken back this month, and was reached after all.
    if work.lot(id)?.is_some() {
        return retarget(work, &origin, id, points);
    }
    issue(work, &origin, id, points)?;
    Ok(id)
}
