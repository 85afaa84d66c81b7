//! A parked account is let go on: a command of it had failed inside the ledger, and what came later waited behind it
//! (design §5).

use crate::command::{Command, Forwarded};
use crate::id::EventKey;
use crate::moved::Moved;
use crate::row::Parked;
use crate::transit;
use crate::work::{Read, Work};

/// Ends the parking. What waited is sent to the account again, in the order it came: each was answered *parked*, so
/// what becomes of it is a later fate (S27). The command that failed does not wait: it is in `dead-letters`, to be
/// appended again once the cause is mended.
pub(crate) fn resume(work: &mut Work) -> Read<()> {
    work.account.parked = false;
    let mut waiting: Vec<(i64, EventKey)> = Vec::new();
    for parked in work.whole()?.parked.rows().values() {
        // A quarantined event, or a return without its purchase, was answered by the account and waits on.
        if parked.waits && (work.seen(parked.key)?.is_none() || was_sent_again(work, parked)) {
            waiting.push((parked.sequence, parked.key));
        }
    }
    waiting.sort_unstable();
    for (_, key) in waiting {
        let parked = work.parked_mut(key)?;
        parked.waits = false;
        let command = again(&parked.command);
        work.send(command);
    }
    Ok(())
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
