//! What a new version leaves as it is, and what keeps it from being published (S06, S26).

use crate::explain::span;
use crate::phrase::in_words;
use domain::Name;
use domain::failed::Behind;
use domain::tariff::{Metric, Tariff, Tariffs, Window};
use std::sync::Arc;

/// What to know beside the changes.
pub(super) fn notes(old: &Tariff, new: &Tariff) -> Vec<String> {
    if old.programme != new.programme {
        return vec![
            "These are two programmes, not two versions of one: nobody is moved from one to the other."
                .to_owned(),
        ];
    }
    let mut notes = refused(old, new);
    notes.extend(kept(old, new));
    notes
}

/// What publishing `new` beside `old` would refuse.
fn refused(old: &Tariff, new: &Tariff) -> Vec<String> {
    let mut notes = Vec::new();
    if new.version == old.version {
        notes.push(format!(
            "It cannot be published: a version never changes once it is. Give it a number above {}.",
            old.version
        ));
    }
    if new.version < old.version {
        let (new, old) = (new.version, old.version);
        notes.push(format!("It cannot be published after the other: its number, {new}, is below {old}."));
    }
    let mut known = Tariffs::default();
    known.add(Arc::new(Tariff { correction: None, ..old.clone() }));
    match (&new.correction, known.check_correction(new)) {
        (Some(correction), _) if correction.replaces != old.version => {
            notes.push(format!("It corrects version {}, not this one.", correction.replaces));
        }
        (Some(_), Err(refused)) => notes.push(format!("It cannot be published as a correction: {refused}.")),
        (Some(_), Ok(())) => notes.push(
            "As a correction it rates sales of its stretch again: accounts are raised or clawed back, dated then."
                .to_owned(),
        ),
        (None, _) if new.version < old.version => {}
        (None, _) => notes.push(until_when(old, new)),
    }
    notes
}

/// Until when it can be published.
fn until_when(old: &Tariff, new: &Tariff) -> String {
    let begins = in_words(new.zone, new.from);
    match old.announced_by(new.from).zip(old.prior_notice) {
        Some((by, notice)) => format!(
            "It can be published until {}: version {} promises {} of prior notice, and this one begins at {begins}. A \
             [correction] needs none.",
            in_words(new.zone, by),
            old.version,
            span(notice)
        ),
        None => format!(
            "It can be published until it begins, at {begins}: a version does not begin in the past unless it corrects \
             another."
        ),
    }
}

/// What stays as it is for what happened before.
fn kept(old: &Tariff, new: &Tariff) -> Vec<String> {
    let mut notes = Vec::new();
    if new.correction.is_none() {
        notes.push(
            "Points already granted keep their terms: when they can be spent and when they expire. Purchases made \
             before keep the rules they were rated by, returns of them too."
                .to_owned(),
        );
    }
    let worth = |tariff: &Tariff, name: &Name| tariff.wallet(name.as_str()).map(|wallet| wallet.point_value);
    for wallet in &old.wallets {
        match worth(new, &wallet.name) {
            None => {
                notes.push(format!("Wallet {} is no more: see what becomes of points in it.", wallet.name))
            }
            Some(value) if value != wallet.point_value => notes.push(format!(
                "What a point of {} is worth changes for points already granted, too.",
                wallet.name
            )),
            Some(_) => {}
        }
    }
    notes.extend(counted_anew(old, new));
    notes.extend(left_out(old, new));
    notes
}

/// What it means to go on without an event that failed.
fn left_out(old: &Tariff, new: &Tariff) -> Option<String> {
    let begins = new.behind_failed == Behind::GoesOn && old.behind_failed == Behind::Waits;
    begins.then(|| {
        "Redemptions behind an event that failed are decided without it, and stay so when it is replayed. Accounts \
         that wait by then wait on until an operator lets them go on."
            .to_owned()
    })
}

/// Levels that are counted by something else begin at nothing.
fn counted_anew(old: &Tariff, new: &Tariff) -> Option<String> {
    let counted = |tariff: &Tariff| -> Option<(Metric, Window)> {
        tariff.tiers.as_ref().map(|tiers| (tiers.counts.clone(), tiers.window))
    };
    let (before, after) = (counted(old)?, counted(new)?);
    (before.0 != after.0).then(|| {
        "Levels are counted by something else: everybody begins at nothing, as money and points are never added up."
            .to_owned()
    })
}
