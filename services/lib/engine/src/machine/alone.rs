//! What the engine makes of one command with every row in memory and nothing around it: for who folds a log by himself.

use super::parked::{Then, behind, poisoned, released, remember};
use crate::core::{Core, Effects};
use crate::guard::caught;
use domain::Timestamp;
use domain::command::Command;
use domain::entity::{Entity, Missing};
use domain::resume;
use domain::tariff::Tariffs;

/// What `command`, at `offset` of its partition, does to `entity` at `now`, where it fails, or something failed before
/// it, too.
///
/// # Errors
/// A row that is not in memory.
pub fn decide(
    core: &dyn Core,
    entity: &Entity,
    command: &Command,
    (offset, now): (i64, Timestamp),
    tariffs: &Tariffs,
) -> Result<Effects, Missing> {
    if resume::waits(entity, command)? {
        return behind(entity, command, (offset, now), tariffs);
    }
    let replayed = released(entity, command.key);
    let seen = replayed.as_ref().unwrap_or(entity);
    let Ok(decided) = caught(|| core.decide(seen, command, now, tariffs)) else {
        let goes_on = core.goes_on(command, now, tariffs);
        let then = if goes_on { Then::GoesOn } else { Then::WaitsAndComesAgain };
        return poisoned(entity, command, (offset, now), then);
    };
    let mut effects = decided?;
    if replayed.is_some() {
        remember(command, &core.needs(command), &mut effects);
    }
    Ok(effects)
}
