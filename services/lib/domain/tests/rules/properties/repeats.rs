//! S23: duplicates and conflicts have no effect. And a decision is a pure function.

use super::act::story;
use super::player::Player;
use super::programme::versions;
use super::{Verdict, fail, hold, same};
use domain::command::{Body, Command};
use domain::outcome::{Outcome, OutcomeKind};
use domain::{Decision, Digest, Event};

fn outcome_of(decision: &Decision) -> Option<Outcome> {
    decision.events.iter().rev().find_map(|event| match event {
        Event::Outcome(record) if !record.later => Some(record.outcome),
        _ => None,
    })
}

/// Decides `command` again right after itself: only time may have an effect.
fn check_again(
    player: &Player,
    command: &Command,
    alone: &Decision,
    kind: OutcomeKind,
) -> Result<Outcome, super::TestCaseError> {
    let again = domain::decide(&player.entity, command, player.now, &player.tariffs).expect("rows in memory");
    let Some(outcome) = outcome_of(&again) else { return fail("S23: no outcome") };
    same("S23: the answer to a repetition", &kind, &outcome.kind)?;
    same("S23: rows a repetition changes", &alone.rows, &again.rows)?;
    same("S23: events beside its outcome", &(alone.events.len() + 1), &again.events.len())?;
    same("S23: events of time alone", &alone.events[..], &again.events[..alone.events.len()])?;
    Ok(outcome)
}

#[test]
fn s23_repetitions_have_no_effect_and_repeat_the_answer() {
    hold(400, (versions(), story(30)), |(versions, acts)| {
        let mut player = Player::under(&versions);
        player.play(&acts, |_, _, _| Ok(()))?;
        let now = player.now;
        for days in [0, 1, 40] {
            player.now = now.plus_millis(days * 86_400_000);
            for place in 0..player.sent.len() {
                check_repetition(&player, place)?;
            }
        }
        Ok(())
    });
}

fn check_repetition(player: &Player, place: usize) -> Verdict {
    let (command, _) = &player.sent[place];
    if matches!(command.body, Body::Tick) {
        return Ok(());
    }
    // The first command of this id stands, whatever came after it.
    let first = player.sent.iter().map(|(first, _)| first).find(|first| first.key == command.key);
    let first = first.expect("the command itself, if no other");
    let alone = domain::advance(&player.entity, player.now, &player.tariffs).expect("rows in memory");
    let mut after = player.entity.clone();
    alone.rows.iter().cloned().for_each(|row| after.put(row));
    let mut again = Command { delivered_at: player.now, ..first.clone() };
    let told = check_again(player, &again, &alone, OutcomeKind::Duplicate)?;
    let seen = after.seen.rows().get(&command.key).map(|seen| seen.outcome);
    let bought = after.purchases.rows().get(&command.key).map(|purchase| purchase.outcome);
    let Some(kept) = bought.or(seen) else { return fail("S23: nothing remembered") };
    same("S23: the answer repeated", &Outcome { kind: told.kind, ..kept }, &told)?;
    again.content = Digest::of(b"other");
    check_again(player, &again, &alone, OutcomeKind::Conflict).map(|_| ())
}

#[test]
fn a_decision_is_a_function_of_what_it_is_given() {
    hold(400, (versions(), story(30)), |(versions, acts)| {
        Player::under(&versions).play(&acts, |player, command, decision| {
            let entity = player.entity.clone();
            let again = domain::decide(&entity, command, player.now, &player.tariffs.clone());
            same("the same decision", &Ok(decision.clone()), &again)
        })
    });
}
