//! When granted points become spendable and when they end (S06), computed once, when a lot is made.

use crate::calendar::{self, Span, Unit};
use crate::tariff::{Activation, Expiry, Tariff, Terms};
use crate::time::Timestamp;
use chrono_tz::Tz;

/// The two instants of a lot that counts from `occurred_at`: activation and expiry.
pub fn dates(tariff: &Tariff, terms: &Terms, occurred_at: Timestamp) -> (Timestamp, Timestamp) {
    let zone = tariff.zone;
    let activates_at = match terms.activation {
        Activation::AtOnce => occurred_at,
        Activation::After(span) => calendar::add(zone, occurred_at, span),
        Activation::NextStart(unit) => calendar::end_of(zone, occurred_at, unit),
        Activation::OnActivity(_) => Timestamp::NEVER,
    };
    dates_from(tariff, terms, occurred_at, activates_at)
}

/// The same for one that is activated at `activates_at`, whatever its terms say; [`Timestamp::NEVER`] for one that
/// still waits, and then counts no expiry from it.
pub(crate) fn dates_from(
    tariff: &Tariff,
    terms: &Terms,
    occurred_at: Timestamp,
    activates_at: Timestamp,
) -> (Timestamp, Timestamp) {
    let zone = tariff.zone;
    let expires_at = match terms.expiry {
        Expiry::Never => Timestamp::NEVER,
        Expiry::AfterAccrual(span) => calendar::add(zone, occurred_at, span),
        Expiry::AfterActivation(span) => calendar::add(zone, activates_at, span),
        Expiry::EndOf(_) if !activates_at.is_finite() => Timestamp::NEVER,
        Expiry::EndOf(unit) => calendar::end_of(zone, activates_at, unit),
    };
    (activates_at, rounded(tariff, terms.expiry_rounded_to, expires_at))
}

/// `expires_at` at the end of the unit that holds it, where the terms ask for that. An instant that is such
/// an end already stays.
pub fn rounded(tariff: &Tariff, unit: Option<Unit>, expires_at: Timestamp) -> Timestamp {
    match unit {
        Some(unit) if expires_at.is_finite() => {
            calendar::end_of(tariff.zone, expires_at.plus_millis(-1), unit)
        }
        _ => expires_at,
    }
}

/// The first reminder before `expires_at` that is still ahead of `now`: how many are past, and when it is due.
pub fn reminder(tariff: &Tariff, expires_at: Timestamp, sent: i32, now: Timestamp) -> (i32, Timestamp) {
    first_ahead(tariff.zone, &tariff.notices.before_expiry, expires_at, sent, now)
}

/// The first of `leads` (longest first) before `until` that is still ahead of `now`: how many are past, and when it is
/// due.
pub(crate) fn first_ahead(
    zone: Tz,
    leads: &[Span],
    until: Timestamp,
    sent: i32,
    now: Timestamp,
) -> (i32, Timestamp) {
    let mut number = sent;
    if until.is_finite() {
        for lead in leads.iter().skip(usize::try_from(sent).unwrap_or(0)) {
            let due = calendar::back(zone, until, *lead);
            if due > now {
                return (number, due);
            }
            number += 1;
        }
    }
    (number, Timestamp::NEVER)
}
