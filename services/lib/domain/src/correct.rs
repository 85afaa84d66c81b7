//! Corrections reach an account (S26): sales that a faulty version rated are rated again by the one that replaces it,
//! in the state their dates give, as a late event would have them rated (S24). Redemptions stay decided.
//!
//! What is to be done is found in the account itself, in the versions its sales name, and not in what was done
//! before: so it is done once, by whatever touches the account first (a command, a tick, an answer as of now), and
//! a replay or a rebuild does the same. Bounded by what the rating order keeps.

use crate::account::{Account, Rated};
use crate::adjust::audit;
use crate::command::who_and_why;
use crate::decide::settle;
use crate::id::Name;
use crate::notice::notify_of_command;
use crate::order;
use crate::rerate;
use crate::tariff::{Tariff, Tariffs};
use crate::work::{Cause, Read, Work};
use std::sync::Arc;

/// Lets every correction that the account does not have yet happen, dated *now*.
pub(crate) fn apply(work: &mut Work) -> Read<()> {
    if work.account.erased {
        return Ok(());
    }
    for correction in work.corrections() {
        let event = work.account_key().derived("correction", correction.version.into());
        let cause = Cause { event, occurred_at: correction.from };
        let caused = std::mem::replace(&mut work.cause, cause);
        one(work, correction)?;
        work.cause = caused;
    }
    Ok(())
}

/// Whether `account`, as it is stored, surely or maybe has something to correct: to be woken for it.
pub fn awaits_correction(account: &Account, tariffs: &Tariffs) -> bool {
    let programme = account.entity.programme();
    let lines = account.links.iter().flat_map(|links| &links.lines);
    let events = || lines.clone().flat_map(|line| &line.order.events).chain(&account.order.events);
    tariffs.corrections(programme).any(|correction| {
        let rates = |event: &Arc<Rated>| correction.corrects(event.version, event.at);
        let replaced = correction.correction.as_ref().and_then(|it| tariffs.version(programme, it.replaces));
        let other_tiers = replaced.is_some_and(|replaced| {
            replaced.tiers != correction.tiers || replaced.activities.levels != correction.activities.levels
        });
        !account.erased && (events().any(rates) || other_tiers && account.standing.is_some())
    })
}

fn one(work: &mut Work, correction: &Tariff) -> Read<()> {
    let Some(corrected) = order::correct(work, correction)? else { return Ok(()) };
    let rule = std::mem::replace(&mut work.rule, reason(correction));
    audit(work, correction.version);
    for change in &corrected.sales {
        rerate::anew(work, change)?;
    }
    work.rule = rule;
    corrected.placed.announce_cause(work)?;
    settle(work)?;
    notify_of_command(work);
    Ok(())
}

/// Who and why, as entries say it.
fn reason(correction: &Tariff) -> Name {
    correction.correction.as_ref().map(|it| who_and_why(&it.actor, &it.reason)).unwrap_or_default()
}
