//! Activation on an action (S06): points that wait until the member does something.
//!
//! They are activated by the earliest activity of their kind while they live, from the business time they count
//! from on, whatever the order of arrival (S24).

use crate::account::RatedKind;
use crate::extend::{expiry_in_order, line_of, reaches};
use crate::id::{EventKey, LotId};
use crate::links::Line;
use crate::lot::Lot;
use crate::tariff::{Activation, Expiry, Tariff, Terms};
use crate::terms::{dates, dates_from, reminder};
use crate::time::Timestamp;
use crate::work::{Read, Work};

/// When a lot on `line` that is made now, and counts from `occurred_at`, is activated and expires: by its terms, by the
/// activity it waits for, and by what extended it since.
pub(crate) fn dates_in_order(
    work: &Work,
    line: Option<&Line>,
    tariff: &Tariff,
    terms: &Terms,
    occurred_at: Timestamp,
) -> (Timestamp, Timestamp) {
    let (activates_at, expires_at) = dates(tariff, terms, occurred_at);
    let expires_at = expiry_in_order(work, line, &terms.name, occurred_at, expires_at);
    let action = action_between(work, terms, line, occurred_at, expires_at);
    action.map_or((activates_at, expires_at), |at| dates_by(work, line, tariff, terms, at, expires_at))
}

/// The earliest activity that terms wait for, of a lot on `line` that lived in that time.
fn action_between(
    work: &Work,
    terms: &Terms,
    line: Option<&Line>,
    from: Timestamp,
    until: Timestamp,
) -> Option<Timestamp> {
    let Activation::OnActivity(kind) = &terms.activation else { return None };
    let own = work.account.activities.recent.iter().map(|it| (it.at, &it.kind, EventKey::NONE));
    let events = work.lines().iter().flat_map(|on| on.order.events.iter().map(|event| (event, on.binding)));
    let of_lines = events.filter(|(event, _)| event.kind == RatedKind::Activity);
    let all = own.chain(of_lines.map(|(it, on)| (it.at, &it.id, on)));
    let meant = all
        .filter(|(at, of, on)| **of == *kind && from <= *at && *at < until && reaches(work, *on, *at, line));
    meant.map(|(at, ..)| at).min()
}

/// The dates of a lot that an activity at `at` activates; `expires_at` where its end does not count from that.
fn dates_by(
    work: &Work,
    line: Option<&Line>,
    tariff: &Tariff,
    terms: &Terms,
    at: Timestamp,
    expires_at: Timestamp,
) -> (Timestamp, Timestamp) {
    if !counts_from_activation(terms) {
        return (at, expires_at);
    }
    let (_, end) = dates_from(tariff, terms, at, at);
    (at, expiry_in_order(work, line, &terms.name, at, end))
}

const fn counts_from_activation(terms: &Terms) -> bool {
    matches!(terms.expiry, Expiry::AfterActivation(_) | Expiry::EndOf(_))
}

/// From when on a lot's expiry is counted, and so may be moved: of what another member gave, the gift (S33).
pub(crate) fn counts_from(work: &Work, lot: &Lot) -> Timestamp {
    if let Some(given_at) = lot.given_at {
        return given_at;
    }
    let tariff = work.tariff(lot.version);
    let waited = tariff.terms(lot.terms.as_str()).is_some_and(|terms| {
        matches!(terms.activation, Activation::OnActivity(_)) && counts_from_activation(terms)
    });
    if waited { lot.activates_at } else { lot.occurred_at }
}

/// Activates the lots whose activity came, as of when it happened: once extensions were let move their ends.
pub(crate) fn activate(work: &mut Work) -> Read<()> {
    let of_lines = work.lines().iter().flat_map(|line| &line.order.events);
    let active = of_lines.into_iter().any(|event| event.kind == RatedKind::Activity);
    if work.account.activities.recent.is_empty() && !active {
        return Ok(());
    }
    let mut found: Vec<(LotId, Timestamp)> = Vec::new();
    // What was given was active by then: nothing the one who has it does dates that anew.
    for lot in work.lots_in_range().filter(|lot| lot.given_at.is_none()) {
        let tariff = work.tariff(lot.version);
        let Some(terms) = tariff.terms(lot.terms.as_str()) else { continue };
        let until = if counts_from_activation(terms) { Timestamp::NEVER } else { lot.expires_at };
        let action = action_between(work, terms, line_of(work, lot.id), lot.occurred_at, until);
        found.extend(action.filter(|at| *at < lot.activates_at).map(|at| (lot.id, at)));
    }
    found.sort_unstable();
    for (id, at) in found {
        let lot = work.lot(id)?.expect("a lot in the live range").clone();
        let tariff = work.tariff(lot.version);
        let terms = tariff.terms(lot.terms.as_str()).expect("terms just found");
        let line = line_of(work, id);
        let (activates_at, expires_at) = dates_by(work, line, &tariff, terms, at, lot.expires_at);
        let (reminded, remind_at) = reminder(&tariff, expires_at, 0, work.now);
        let lot = work.lot_mut(id)?;
        (lot.activates_at, lot.expires_at) = (activates_at, expires_at);
        (lot.reminded, lot.remind_at) = (reminded, remind_at);
    }
    Ok(())
}
