//! A parked account is let go on: a command of it had failed inside the ledger, and what came later waited behind it
//! (design §5).
//!
//! What waited is sent to the account again, in rounds, and it stays parked until nothing waits any more: whatever arrives
//! in between waits, too, and goes on in a later round. So nothing overtakes what waited, and accounts hear each other in
//! the order they spoke: a copy of a merged member's sale that came before the merge did would be a sale of its own.
//!
//! What waits keeps its place among what waits until it is decided, however often it is sent again, and only the first of it
//! is let in: where one of a round fails, nothing behind it is, and once its cause is mended it is the first again.
//!
//! A round takes as long as the log takes from its end to its reader, and the account goes on as soon as nothing came in
//! one: where more comes to it, it stays parked until there is a lull.

use crate::account::Account;
use crate::command::{Action, Adjustment, Body, Command, Forwarded};
use crate::entity::{Entity, Missing};
use crate::id::{EntityId, EventKey};
use crate::moved::Moved;
use crate::outcome::{OutcomeKind, Reason};
use crate::row::{Parked, Row, RowKey, Seen};
use crate::time::Timestamp;
use crate::transit;
use crate::work::{Read, Work};

/// Of what waits so many are sent again in a round: whatever their size, one transaction takes them.
const ROUND: usize = 64;

/// How far an account is that is let go on.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
enum Round {
    /// Nobody lets it go on.
    Over,
    /// What waits up to this place is on its way.
    UnderWay(i64),
    /// One of those failed: what is still on its way is not let in.
    Broken,
    /// The same, and an operator has said since that it may go on: then the next round begins.
    BrokenAndMended,
}

impl Round {
    /// As the row of [`mark_of`] has it, in the place of a place.
    const fn of(sequence: i64) -> Self {
        match sequence {
            -1 => Self::Over,
            -2 => Self::Broken,
            -3 => Self::BrokenAndMended,
            place => Self::UnderWay(place),
        }
    }

    const fn sequence(self) -> i64 {
        match self {
            Self::Over => -1,
            Self::Broken => -2,
            Self::BrokenAndMended => -3,
            Self::UnderWay(place) => place,
        }
    }
}

/// The key of the row that says how far the account is; its command is the one behind the last of the round.
fn mark_of(account: &EntityId) -> EventKey {
    account.account_key().derived("resumed", 0)
}

fn round_of(entity: &Entity) -> Result<Round, Missing> {
    let mark = entity.parked.get(mark_of(&entity.account.entity), RowKey::Parked)?;
    Ok(mark.map_or(Round::Over, |mark| Round::of(mark.sequence)))
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

/// Whether an operator has said that `entity` may go on: what waited is on its way to it, or soon will be.
///
/// # Errors
/// [`Missing`]: load that row and ask again.
pub fn is_going_on(entity: &Entity) -> Result<bool, Missing> {
    Ok(matches!(round_of(entity)?, Round::UnderWay(_) | Round::BrokenAndMended))
}

/// Whether `command` waits because `entity` is parked.
///
/// # Errors
/// [`Missing`]: load that row and ask again.
pub fn waits(entity: &Entity, command: &Command) -> Result<bool, Missing> {
    if !entity.account.parked || resumes(command) {
        return Ok(false);
    }
    let Round::UnderWay(place) = round_of(entity)? else { return Ok(true) };
    let row = entity.parked.get(command.key, RowKey::Parked)?;
    let Some(row) = row.filter(|row| row.sequence <= place && is_again(row, command)) else {
        return Ok(true);
    };
    if !entity.is_whole() {
        return Err(Missing::Whole);
    }
    // A successor may send a part of an earlier round once more: only the first of what waits is let in.
    Ok(first_of(entity) != Some((row.sequence, row.key)))
}

/// The first of what waits in an entity that is in memory, whole.
fn first_of(entity: &Entity) -> Option<(i64, EventKey)> {
    let seen = |row: &Parked| entity.seen.rows().get(&row.key);
    let rows = entity.parked.rows().values().filter(|row| is_behind(&entity.account, seen(row), row));
    rows.map(|row| (row.sequence, row.key)).min()
}

/// Whether `command` is what waits in `row`, sent again, to the letter.
pub fn is_again(row: &Parked, command: &Command) -> bool {
    row.waits && again(&row.command) == *command
}

/// The row that says that a round is broken off, where `command` failed and its account waits for it: what is behind it is
/// not let in.
///
/// # Errors
/// [`Missing`]: load that row and ask again.
pub fn broken_off(entity: &Entity, command: &Command) -> Result<Option<Row>, Missing> {
    if !entity.account.parked || resumes(command) || !matches!(round_of(entity)?, Round::UnderWay(_)) {
        return Ok(None);
    }
    let mark = entity.parked.get(mark_of(&entity.account.entity), RowKey::Parked)?;
    Ok(mark.map(|mark| Row::Parked(Parked { sequence: Round::Broken.sequence(), ..mark.clone() })))
}

/// The row that says that an event waits no more, where it was let in and failed: it has its letter.
///
/// # Errors
/// [`Missing`]: load that row and ask again.
pub fn left_to_its_letter(entity: &Entity, command: &Command) -> Result<Option<Row>, Missing> {
    if !entity.account.parked || resumes(command) || !command.asked().0.has_outcome() {
        return Ok(None);
    }
    let row = entity.parked.get(command.key, RowKey::Parked)?.filter(|row| row.waits);
    Ok(row.map(|row| Row::Parked(Parked { waits: false, ..row.clone() })))
}

/// Whether a command of the ledger itself that failed is to come again when the account goes on, and no row says so yet.
///
/// # Errors
/// [`Missing`]: load that row and ask again.
pub fn comes_again(entity: &Entity, command: &Command) -> Result<bool, Missing> {
    if command.asked().0.has_outcome() || resumes(command) || matches!(command.body, Body::Tick) {
        return Ok(false);
    }
    // What had its answer is not decided again; a step of a transfer that had waited in the account has none.
    let seen = entity.seen.get(command.key, RowKey::Seen)?;
    if !seen.is_none_or(|seen| failed(seen) || seen.outcome.kind == OutcomeKind::Parked) {
        return Ok(false);
    }
    let row = entity.parked.get(command.key, RowKey::Parked)?;
    Ok(row.is_none_or(|row| !row.waits))
}

/// Lets the account go on. What waited is sent to it again, in the order it came: each was answered *parked*, so what
/// becomes of it is a later fate (S27). An event that failed does not wait: it is in `dead-letters`, to be appended again
/// once the cause is mended.
///
/// Where a round is under way the next one begins behind it: should the end of that one never have come, behind this.
pub(crate) fn resume(work: &mut Work, command: &Command) -> Read<()> {
    let mark = work.parked(mark_of(&work.account.entity))?;
    match mark.map_or(Round::Over, |mark| Round::of(mark.sequence)) {
        Round::Over => next_round(work, command),
        Round::UnderWay(place) => {
            end_by(work, command, Round::UnderWay(place));
            Ok(())
        }
        Round::Broken | Round::BrokenAndMended => {
            end_by(work, command, Round::BrokenAndMended);
            Ok(())
        }
    }
}

/// The end of a round has come: the next one begins, or the account goes on.
pub(crate) fn go_on(work: &mut Work, command: &Command) -> Read<()> {
    let key = mark_of(&work.account.entity);
    let mark = work.parked(key)?.filter(|mark| mark.command.key == command.key);
    match mark.map_or(Round::Over, |mark| Round::of(mark.sequence)) {
        Round::UnderWay(_) | Round::BrokenAndMended if work.account.parked => next_round(work, command),
        Round::Broken => {
            work.parked_mut(key)?.sequence = Round::Over.sequence();
            Ok(())
        }
        _ => Ok(()),
    }
}

/// What waited and has come again waits no more: it is decided now.
pub(crate) fn let_in(work: &mut Work, command: &Command) -> Read<()> {
    if !work.account.parked || resumes(command) || matches!(command.body, Body::Tick) {
        return Ok(());
    }
    let Some(row) = work.parked(command.key)?.cloned() else { return Ok(()) };
    if is_behind(&work.account, work.seen(command.key)?, &row) {
        work.parked_mut(command.key)?.waits = false;
    }
    Ok(())
}

/// Sends the first of what waits to the account again; where nothing does, it is parked no more.
fn next_round(work: &mut Work, command: &Command) -> Read<()> {
    let waiting = waiting(work)?;
    let Some((place, _)) = waiting.last().copied() else {
        work.account.parked = false;
        let mark = mark_of(&work.account.entity);
        if work.parked(mark)?.is_some() {
            work.parked_mut(mark)?.sequence = Round::Over.sequence();
        }
        return Ok(());
    };
    for (_, key) in waiting {
        let command = again(&work.parked(key)?.expect("a row just found").command);
        work.send(command);
    }
    end_by(work, command, Round::UnderWay(place));
    Ok(())
}

/// Sends what comes behind all that is on its way, and remembers it.
fn end_by(work: &mut Work, command: &Command, round: Round) {
    let to = work.account.entity.clone();
    let key = mark_of(&to);
    let last = command.by_itself(command.key.derived("resumed", 0), to, command.body.clone());
    let (sequence, until) = (round.sequence(), Timestamp::NEVER);
    work.put_parked(Parked { key, sequence, until, waits: false, command: last.clone() });
    work.send(last);
}

/// What waits behind a command that failed, by its place: the first of it.
fn waiting(work: &mut Work) -> Read<Vec<(i64, EventKey)>> {
    let mut waiting: Vec<(i64, EventKey)> = Vec::new();
    for row in work.whole()?.parked.rows().values() {
        if is_behind(&work.account, work.seen(row.key)?, row) {
            waiting.push((row.sequence, row.key));
        }
    }
    waiting.sort_unstable();
    waiting.truncate(ROUND);
    Ok(waiting)
}

/// Whether `row` waits behind a command that failed; `seen` is what is remembered of it. A quarantined event, or a return
/// without its purchase, was answered by the account and waits for something else, and so does a step of a transfer that
/// waits in the account; once that has come again, behind the command that failed, it waits like others.
fn is_behind(account: &Account, seen: Option<&Seen>, row: &Parked) -> bool {
    let waits_on = account.waiting.iter().any(|waiting| waiting.event == row.key);
    let is_step = transit::may_wait(&row.command.body) && !waits_on;
    row.waits && (seen.is_none_or(failed) || is_step)
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
