//! Warnings that time is about to take the tier (S30).
//!
//! What time does ahead is tried on a copy of the standing, with what counts now: nothing of it is kept but when to warn.

use crate::account::Kept;
use crate::event::NoticeKind;
use crate::id::Name;
use crate::notice::{Notification, notify_at};
use crate::order::in_force;
use crate::points::Points;
use crate::terms::first_ahead;
use crate::tier::{self, Occasion};
use crate::time::Timestamp;
use crate::work::Work;

/// Notes when a warning is due that time is about to take the tier: the first after `at`.
pub(crate) fn note(work: &mut Work, at: Timestamp) {
    let tariff = work.tariff_now();
    let Some(tariff) = tariff.filter(|tariff| !tariff.notices.before_tier_change.is_empty()) else { return };
    let loses_at = ending(work).map_or(Timestamp::NEVER, |(loses_at, _)| loses_at);
    let leads = &tariff.notices.before_tier_change;
    let (_, warn_at) = first_ahead(tariff.zone, leads, loses_at, 0, at);
    if let Some(standing) = &mut work.account.standing {
        standing.keep(Kept { warn_at, ..standing.kept() });
    }
}

/// When time alone takes the tier, and what is left then; `None` where it never does.
fn ending(work: &Work) -> Option<(Timestamp, Name)> {
    let mut standing = work.account.standing.clone()?;
    let before = standing.tier.clone();
    while standing.evaluate_at.is_finite() {
        let due = standing.evaluate_at;
        let tariff = in_force(work, due)?;
        if tariff.tier_place(standing.tier.as_str()) == 0 {
            return None; // nothing is below it
        }
        tier::evaluate(&tariff, &mut standing, work.account.known.as_deref(), Occasion::Time, due);
        if standing.tier != before {
            return Some((due, standing.tier));
        }
    }
    None
}

/// The warning that is due: says what time is about to take.
pub(crate) fn warn(work: &mut Work, at: Timestamp) {
    if let Some((until, tier)) = ending(work) {
        let cause = work.account_key().derived("tier ending", at.0);
        let (kind, wallet, points) = (NoticeKind::TierEnding, Name::default(), Points::ZERO);
        notify_at(work, Notification { kind, cause, wallet, points, until }, at, tier);
    }
    if let Some(standing) = &mut work.account.standing {
        standing.keep(Kept { warn_at: Timestamp::NEVER, ..standing.kept() });
    }
    note(work, at);
}
