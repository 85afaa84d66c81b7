//! Poison and parking: a command that fails inside the core stops its entity at the most, never the stream.
//!
//! The failed command goes to `dead-letters`. Either its entity is marked, and what comes later waits in rows of
//! table `parked`, in log order, until an operator releases it ([`domain::resume`]); or, where its programme declares that and it is
//! an event ([`domain::failed`]), the entity goes on without it. All of it in the batch's own transaction.
//!
//! The failed command is remembered in table `seen`, with the answer *dead-lettered, poison*, so that behind it
//! its redelivery is a duplicate (or a conflict) and does not wait behind itself. That answer holds while the
//! entity is parked. **Replay**: once the cause is mended, and the entity released where it was parked, append
//! the dead letter's value under its key to `member-commands` again. To an entity that is not parked what failed
//! counts as never seen, so it is decided like any command, once, and its new answer is remembered in place of
//! the old; so is a redelivery by its feed. One that fails again is dead-lettered again: each attempt has its
//! letter, so that none is lost whose letter was replayed too early. A command that had its answer before and
//! failed when it was repeated keeps that answer: it is never decided again.

use crate::core::Effects;
use domain::command::{Body, Command};
use domain::entity::{Entity, Missing};
use domain::event::OutcomeRecord;
use domain::outcome::{Outcome, OutcomeKind, Reason};
use domain::resume;
use domain::row::{Parked, Seen};
use domain::tariff::Tariffs;
use domain::upcoming::Upcoming;
use domain::{Account, Event, EventKey, Row, RowKey, Timestamp};

/// What becomes of a command that failed: its entity is parked, unless it goes on or was parked before, the command
/// remembered, nothing else changes.
pub(crate) fn poisoned(
    entity: &Entity,
    command: &Command,
    (offset, now): (i64, Timestamp),
    then: Then,
) -> Result<Effects, Missing> {
    let outcome = Outcome::of(OutcomeKind::DeadLettered, Reason::Poison);
    let ticks = matches!(command.body, Body::Tick);
    let mut rows = Vec::new();
    if then != Then::GoesOn {
        rows.push(Row::Account(Account { parked: true, ..entity.account.clone() }));
        rows.extend(resume::broken_off(entity, command)?);
    }
    rows.extend(resume::left_to_its_letter(entity, command)?);
    if !ticks && entity.seen.get(command.key, RowKey::Seen)?.is_none_or(resume::failed) {
        rows.push(Row::Seen(Seen { key: command.key, content: command.content, outcome }));
    }
    if then == Then::WaitsAndComesAgain && resume::comes_again(entity, command)? {
        rows.push(waiting(command, offset));
    }
    let events = answer(entity, command, now, outcome).into_iter().collect();
    Ok(Effects { rows, events, follow_ups: Vec::new() })
}

/// What becomes of an account one of whose commands failed.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(crate) enum Then {
    /// It goes on without that.
    GoesOn,
    /// It waits. What the ledger itself sent is the first to come again when it goes on: what comes behind relies on it.
    WaitsAndComesAgain,
    /// It waits, and what the ledger itself sent comes by its letter alone: no row takes it.
    Waits,
}

fn waiting(command: &Command, offset: i64) -> Row {
    let (key, until) = (command.key, Timestamp::NEVER);
    Row::Parked(Parked { key, sequence: offset, until, waits: true, command: command.clone() })
}

/// What becomes of a command behind a failed one: it waits. A tick does not; the release brings time along.
/// The failed one itself is answered as before, and so is what was answered before that one failed (S23).
pub(crate) fn behind(
    entity: &Entity,
    command: &Command,
    (offset, now): (i64, Timestamp),
    tariffs: &Tariffs,
) -> Result<Effects, Missing> {
    if matches!(command.body, Body::Tick) {
        return Ok(Effects::default());
    }
    let first = entity.seen.get(command.key, RowKey::Seen)?;
    // Once an operator said that the account may go on, the failed one waits for its turn: its replay may be sent at once.
    if let Some(first) = first.filter(|seen| resume::failed(seen))
        && !resume::is_going_on(entity)?
    {
        let outcome = first.outcome.again(first.content == command.content);
        let events = answer(entity, command, now, outcome).into_iter().collect();
        return Ok(Effects { events, ..Effects::default() });
    }
    if first.is_some() && command.body.moved().is_some() {
        // It has arrived, and its binding was answered.
        return Ok(Effects::default());
    }
    if let Some(outcome) = repeated(entity, command, tariffs)? {
        let events = answer(entity, command, now, outcome).into_iter().collect();
        return Ok(Effects { events, ..Effects::default() });
    }
    let before = entity.parked.get(command.key, RowKey::Parked)?;
    if before.is_some_and(|row| resume::is_again(row, command)) {
        // Sent again behind one that failed meanwhile: it waits on, in its place.
        return Ok(Effects::default());
    }
    let mut rows = Vec::new();
    // One that had waited in the account before waits anew.
    if before.is_none_or(|parked| !parked.waits) {
        let rest = before.map(|parked| &parked.command).filter(|rest| is_rest(rest, command));
        rows.push(Row::Parked(Parked {
            key: command.key,
            sequence: offset,
            until: Timestamp::NEVER,
            waits: true,
            command: rest.unwrap_or(command).clone(),
        }));
    }
    let outcome = Outcome::of(OutcomeKind::Parked, Reason::EntityParked);
    let events = answer(entity, command, now, outcome).into_iter().collect();
    Ok(Effects { rows, events, follow_ups: Vec::new() })
}

/// The answer to an event that was answered before. What was let go on comes again, too, answered as one that waited: it
/// waits anew.
fn repeated(entity: &Entity, command: &Command, tariffs: &Tariffs) -> Result<Option<Outcome>, Missing> {
    let (asked, forwarded) = command.asked();
    if !asked.has_outcome() || forwarded.is_some_and(|forwarded| forwarded.answered) {
        return Ok(None);
    }
    domain::decide::repeated(entity, asked, tariffs)
}

/// Whether the row has what a relabelling left when it came first: it may come whole again before that is read.
fn is_rest(row: &Command, command: &Command) -> bool {
    let is_relabelling = |command: &Command| matches!(command.asked().0.body, Body::Relabel(_));
    is_relabelling(row) && is_relabelling(command)
}

/// An `entity` that is not parked as it is to the replay of the command `key` that failed: without the memory of that.
/// `None` where it did not fail.
pub(crate) fn released(entity: &Entity, key: EventKey) -> Option<Entity> {
    entity.seen.rows().get(&key).filter(|seen| resume::failed(seen))?;
    let mut entity = entity.clone();
    entity.seen.forget(key);
    Some(entity)
}

/// Remembers the answer to a replay, where the core does not by a row of the same kind. Not of a command whose core does
/// not surely read that row (`needs`): whether it is in memory would decide what is written. A sale is remembered by its
/// purchase, and the word that it failed once stays beside that, and counts for nothing.
pub(crate) fn remember(command: &Command, needs: &[RowKey], effects: &mut Effects) {
    if !needs.contains(&RowKey::Seen(command.key)) {
        return;
    }
    let remembered = |row: &Row| row.key() == RowKey::Seen(command.key);
    let answer = effects.events.iter().find_map(|event| match event {
        Event::Outcome(record) if record.event == command.key && !record.later => Some(record.outcome),
        _ => None,
    });
    if let Some(outcome) = answer.filter(|outcome| outcome.kind != OutcomeKind::DeadLettered)
        && !effects.rows.iter().any(remembered)
    {
        let seen = Seen { key: command.key, content: command.content, outcome };
        effects.rows.push(Row::Seen(seen));
    }
}

/// The answer to the partner; none to the ledger's own commands.
fn answer(entity: &Entity, command: &Command, now: Timestamp, outcome: Outcome) -> Option<Event> {
    let (asked, forwarded) = command.asked();
    let later = forwarded.is_some_and(|forwarded| forwarded.answered);
    let next = Upcoming::of(entity.lots.rows().values());
    let record = || OutcomeRecord::of(asked, &entity.account, next, outcome, later, now);
    if let Some(moved) = asked.body.moved() {
        // The binding is answered where what it moves arrives.
        let of_binding = || OutcomeRecord {
            event: moved.binding,
            later: moved.later,
            occurred_at: moved.at,
            linked: Some(moved.from.clone()),
            ..record()
        };
        return moved.answers.then(|| Event::Outcome(of_binding()));
    }
    asked.has_outcome().then(|| Event::Outcome(record()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::command::{Cancel, Source};
    use domain::lot::{Buckets, Lot};
    use domain::transfer::{Given, Relabel};
    use domain::{Digest, EntityId, LotId, Name, Points};

    fn transfer() -> EventKey {
        EventKey::of("p", "redemptions", "1")
    }

    fn command(body: Body) -> Command {
        let (partner, feed, name) = (Name::from("p"), Name::from("redemptions"), Name::default());
        Command {
            key: transfer().derived("given", 0),
            entity: EntityId::member("p", "m"),
            source: Source { partner, feed, id: name.clone(), partition: 0, offset: 0 },
            occurred_at: Timestamp(1),
            delivered_at: Timestamp(2),
            content: Digest::default(),
            trace: name,
            body,
        }
    }

    fn relabel(points: i64) -> Command {
        let (lot, at) = (LotId::of(24_300, transfer(), "bonus", "p"), Timestamp(1));
        let name = Name::from("bonus");
        let origin = Lot {
            id: lot,
            wallet: name.clone(),
            terms: name.clone(),
            partner: name,
            cause: transfer(),
            version: 1,
            occurred_at: at,
            accrued_at: at,
            activates_at: at,
            expires_at: at,
            issued: Points::ZERO,
            clawed_back: Points::ZERO,
            buckets: Buckets::default(),
            drawn_by: Vec::new(),
            reminded: 0,
            remind_at: at,
            given_at: None,
        };
        let points = Points::at_least_zero(points);
        command(Body::Relabel(Box::new(Relabel { transfer: transfer(), lot, points, origin, hops: 1 })))
    }

    /// What waits anew of `again`, where `first` waited in the account before, or still does.
    fn waits_anew(first: &Command, waits: bool, again: &Command) -> Vec<Command> {
        let mut entity = Entity::new(first.entity.clone(), true);
        let (key, until, command) = (first.key, Timestamp(3), first.clone());
        entity.put(Row::Parked(Parked { key, sequence: 1, until, waits, command }));
        let effects =
            behind(&entity, again, (7, Timestamp(4)), &Tariffs::default()).expect("every row is in memory");
        let anew = effects.rows.into_iter().filter_map(|row| match row {
            Row::Parked(row) if row.waits => Some(row.command),
            _ => None,
        });
        anew.collect()
    }

    /// An account that is let go on, in which this waited: it is on its way.
    fn going_on(waits: &Command) -> Entity {
        let mut entity = Entity::new(waits.entity.clone(), true);
        entity.account.parked = true;
        entity.put(waiting(waits, 1));
        let key = EventKey::of("", "account", waits.entity.as_str()).derived("resumed", 0);
        let command = waits.clone();
        entity.put(Row::Parked(Parked { key, sequence: 1, until: Timestamp::NEVER, waits: false, command }));
        assert_eq!(resume::is_going_on(&entity), Ok(true));
        entity
    }

    #[test]
    fn a_round_is_broken_off_only_where_the_account_waits_for_what_failed() {
        let mut waits = command(Body::Cancel(Cancel { redemption: transfer() }));
        waits.source.id = "1".into();
        let entity = going_on(&waits);
        for (then, places) in [(Then::GoesOn, vec![1]), (Then::WaitsAndComesAgain, vec![-2, 1])] {
            let effects = poisoned(&entity, &waits, (9, Timestamp(4)), then).expect("every row is in memory");
            let rows = effects.rows.iter().filter_map(|row| match row {
                Row::Parked(row) => Some((row.sequence, row.waits)),
                _ => None,
            });
            let expected: Vec<(i64, bool)> = places.into_iter().map(|place| (place, false)).collect();
            assert_eq!(rows.collect::<Vec<_>>(), expected, "{then:?}");
        }
    }

    #[test]
    fn what_had_waited_in_the_account_and_comes_again_waits_anew_behind_what_failed() {
        let from = EntityId::member("p", "n");
        let given = Given { transfer: transfer(), from, later: false, lots: Vec::new() };
        let command = command(Body::Given(Box::new(given)));
        for waits in [true, false] {
            let anew = waits_anew(&command, waits, &command).len();
            assert_eq!(anew, usize::from(!waits), "waited on: {waits}");
        }
    }

    #[test]
    fn a_relabelling_that_comes_whole_again_behind_what_failed_waits_as_what_it_left() {
        let (whole, rest) = (relabel(10), relabel(4));
        let waits = waits_anew(&rest, false, &whole);
        assert_eq!(waits, std::slice::from_ref(&rest), "S17: no more than its rest");
        assert_eq!(waits_anew(&rest, true, &whole), [], "it waits already");
    }
}
