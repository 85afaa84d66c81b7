//! A parked account is let go on: a command of it had failed inside the ledger, and what came later waited behind it
//! (design §5).
//!
//! What waited is sent to the account again, and it stays parked until the last of that has come: whatever arrives in
//! between waits, too, and goes on in the next round. So nothing overtakes what waited, and accounts hear each other in
//! the order they spoke: a copy of a merged member's sale that came before the merge did would be a sale of its own.

use crate::command::{Action, Adjustment, Body, Command, Forwarded};
use crate::entity::{Entity, Missing};
use crate::id::{EntityId, EventKey};
use crate::moved::Moved;
use crate::outcome::{OutcomeKind, Reason};
use crate::row::{Parked, Row, RowKey, Seen};
use crate::time::Timestamp;
use crate::transit;
use crate::work::{Read, Work};

/// What the row of [`mark_of`] says while what waited is on its way.
const UNDER_WAY: i64 = 1;
const OVER: i64 = 0;

/// The key of the row that says whether what waited is on its way; its command is the one behind the last of that.
fn mark_of(account: &EntityId) -> EventKey {
    account.account_key().derived("resumed", 0)
}

/// Whether `command` lets a parked account go on: an operator's, or the one that comes behind what waited.
pub fn resumes(command: &Command) -> bool {
    matches!(&command.body, Body::Adjust(Adjustment { action: Action::Resume, .. }))
}

/// Whether `command` comes behind what waited: the account sent it to itself.
pub(crate) fn is_last(command: &Command) -> bool {
    resumes(command) && !command.has_outcome()
}

/// Whether this is remembered of a command that failed inside the ledger.
pub fn failed(seen: &Seen) -> bool {
    seen.outcome.kind == OutcomeKind::DeadLettered && seen.outcome.reason == Reason::Poison
}

/// Whether what waited in `entity` is on its way to it.
///
/// # Errors
/// [`Missing`]: load that row and ask again.
pub fn is_under_way(entity: &Entity) -> Result<bool, Missing> {
    let mark = entity.parked.get(mark_of(&entity.account.entity), RowKey::Parked)?;
    Ok(mark.is_some_and(|mark| mark.sequence == UNDER_WAY))
}

/// Whether `command` waits because `entity` is parked.
///
/// # Errors
/// [`Missing`]: load that row and ask again.
pub fn waits(entity: &Entity, command: &Command) -> Result<bool, Missing> {
    if !entity.account.parked || resumes(command) {
        return Ok(false);
    }
    if !is_under_way(entity)? {
        return Ok(true);
    }
    // One of those that were sent again, to the letter.
    let row = entity.parked.get(command.key, RowKey::Parked)?;
    Ok(!row.is_some_and(|row| !row.waits && again(&row.command) == *command))
}

/// The row that says that a command failed again, where `entity` was being let go on: what is left waits anew.
///
/// # Errors
/// [`Missing`]: load that row and ask again.
pub fn broken_off(entity: &Entity) -> Result<Option<Row>, Missing> {
    let mark = entity.parked.get(mark_of(&entity.account.entity), RowKey::Parked)?;
    let mark = mark.filter(|mark| mark.sequence == UNDER_WAY);
    Ok(mark.map(|mark| Row::Parked(Parked { sequence: OVER, ..mark.clone() })))
}

/// Begins to let the account go on. What waited is sent to it again, in the order it came: each was answered *parked*, so
/// what becomes of it is a later fate (S27). An event that failed does not wait: it is in `dead-letters`, to be appended
/// again once the cause is mended.
pub(crate) fn resume(work: &mut Work, command: &Command) -> Read<()> {
    let mark = mark_of(&work.account.entity);
    if !send_again(work)? {
        work.account.parked = false;
        if work.parked(mark)?.is_some() {
            work.parked_mut(mark)?.sequence = OVER;
        }
        return Ok(());
    }
    let to = work.account.entity.clone();
    let last = command.by_itself(command.key.derived("resumed", 0), to, command.body.clone());
    let until = Timestamp::NEVER;
    work.put_parked(Parked { key: mark, sequence: UNDER_WAY, until, waits: false, command: last.clone() });
    work.send(last);
    Ok(())
}

/// Whether the account is being let go on by now.
pub(crate) fn has_begun(work: &Work) -> Read<bool> {
    let mark = work.parked(mark_of(&work.account.entity))?;
    Ok(mark.is_some_and(|mark| mark.sequence == UNDER_WAY))
}

/// What waited has come: the account goes on, or what came meanwhile is let in.
pub(crate) fn go_on(work: &mut Work, command: &Command) -> Read<()> {
    let mark = work.parked(mark_of(&work.account.entity))?;
    let is_it = mark.is_some_and(|mark| mark.sequence == UNDER_WAY && mark.command.key == command.key);
    if is_it && work.account.parked { resume(work, command) } else { Ok(()) }
}

/// Sends what waits to the account again; whether anything did.
fn send_again(work: &mut Work) -> Read<bool> {
    let mut waiting: Vec<(i64, EventKey)> = Vec::new();
    for parked in work.whole()?.parked.rows().values() {
        // A quarantined event, or a return without its purchase, was answered by the account and waits on.
        let is_new = work.seen(parked.key)?.is_none_or(failed);
        if parked.waits && (is_new || was_sent_again(work, parked)) {
            waiting.push((parked.sequence, parked.key));
        }
    }
    waiting.sort_unstable();
    for (_, key) in &waiting {
        let parked = work.parked_mut(*key)?;
        parked.waits = false;
        let command = again(&parked.command);
        work.send(command);
    }
    Ok(!waiting.is_empty())
}

/// Whether it is a step of a transfer that had waited in the account, and came again behind the command that failed.
fn was_sent_again(work: &Work, parked: &Parked) -> bool {
    let waits_on = work.account.waiting.iter().any(|waiting| waiting.event == parked.key);
    transit::may_wait(&parked.command.body) && !waits_on
}

/// A command as it came, known to have been answered.
fn again(command: &Command) -> Command {
    let (asked, forwarded) = command.asked();
    if let Some(moved) = asked.body.moved() {
        let moved = Moved { later: moved.answers, ..Moved::clone(moved) };
        return asked.with(asked.key, asked.entity.clone(), asked.body.moving(moved));
    }
    if !asked.has_outcome() {
        return command.clone();
    }
    let line = forwarded.map_or(EventKey::NONE, |forwarded| forwarded.line);
    let hops = forwarded.map_or(0, |forwarded| forwarded.hops);
    let forwarded = Forwarded { command: asked.clone(), line, answered: true, hops };
    Command::sent_on(command.entity.clone(), forwarded)
}
