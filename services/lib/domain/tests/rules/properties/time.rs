//! S09: however often anybody looks, time does the same.

use super::act::{Act, gift_story, story};
use super::player::Player;
use super::programme::{exchanging, versions};
use super::{Verdict, fail, hold, same};
use domain::entry::Entry;
use domain::tariff::Tariff;
use domain::{Command, Entity, Event, Timestamp};
use proptest::collection::vec;

const DAY: i64 = 86_400_000;

/// Events as they are told, but for when an entry was written down.
fn told(events: &[Event]) -> Vec<Event> {
    let unwritten = |event: &Event| match event {
        Event::Entry(entry) => Event::Entry(Entry { recorded_at: Timestamp::MIN, ..entry.clone() }),
        other => other.clone(),
    };
    events.iter().map(unwritten).collect()
}

/// Sends what was sent, looking in between at each instant of `looks` (in thousandths of the way to the next).
fn replay(player: &mut Player, sent: &[(Command, Timestamp)], looks: &[u16], end: Timestamp) -> Vec<Event> {
    let mut events = Vec::new();
    let mut looks = looks.iter().cycle();
    let steps = sent.iter().map(|(command, now)| (Some(command), *now)).chain([(None, end)]);
    for (command, now) in steps {
        let from = player.now;
        let mut instants: Vec<i64> = (0..3)
            .filter_map(|_| looks.next())
            .map(|look| (now.0 - from.0) / 1000 * i64::from(*look))
            .collect();
        instants.sort_unstable();
        for instant in instants.into_iter().filter(|instant| *instant > 0) {
            events.extend(player.pass(from.plus_millis(instant)).events);
        }
        player.now = now;
        let decision = match command {
            Some(command) => domain::decide(&player.entity, command, now, &player.tariffs),
            None => domain::advance(&player.entity, now, &player.tariffs),
        };
        let decision = decision.expect("rows in memory");
        events.extend(decision.events);
        decision.rows.into_iter().for_each(|row| player.entity.put(row));
    }
    events
}

/// All rows, but for the marks of when somebody looked.
fn rows(entity: &Entity) -> String {
    let mut account = entity.account.clone();
    account.live_from = 0;
    account.next_due = Timestamp::NEVER;
    let (lots, debts) = (entity.lots.rows(), entity.debts.rows());
    let (purchases, redemptions) = (entity.purchases.rows(), entity.redemptions.rows());
    format!("{account:?}\n{lots:?}\n{debts:?}\n{purchases:?}\n{redemptions:?}\n{:?}", entity.seen.rows())
}

#[test]
fn s09_looking_more_often_changes_nothing() {
    hold(1500, (versions(), story(30), vec(0..1000_u16, 1..20)), |(versions, acts, looks)| {
        looking_changes_nothing(&versions, &acts, &looks)
    });
}

fn looking_changes_nothing(versions: &[Tariff], acts: &[Act], looks: &[u16]) -> Verdict {
    let mut once = Player::under(versions);
    once.play(acts, |_, _, _| Ok(()))?;
    let sent = once.sent;
    let end = once.now.plus_millis(500 * DAY);
    let (mut rarely, mut often) = (Player::under(versions), Player::under(versions));
    let first = told(&replay(&mut rarely, &sent, &[0], end));
    let second = told(&replay(&mut often, &sent, looks, end));
    for (one, other) in first.iter().zip(&second) {
        same("S09: what is told, looking more often", one, other)?;
    }
    same("S09: how much is told", &first.len(), &second.len())?;
    same("S09: rows", &rows(&rarely.entity), &rows(&often.entity))
}

#[test]
fn s09_conversions_come_when_they_are_due_whoever_looks() {
    hold(1500, (exchanging(), gift_story(30), vec(0..1000_u16, 1..20)), |(versions, acts, looks)| {
        looking_changes_nothing(&versions, &acts, &looks)
    });
}

#[test]
fn s09_what_is_due_happens_in_the_order_it_is_due() {
    hold(1000, (versions(), story(40)), |(versions, acts)| {
        let mut player = Player::under(&versions);
        let mut last = Timestamp::MIN;
        let mut in_order = |events: &[Event]| -> Verdict {
            for event in events {
                let at = match event {
                    Event::Entry(entry) => entry.at,
                    Event::Decision(decision) => decision.at,
                    Event::Tier(change) => change.at,
                    Event::Notice(notice) => notice.at,
                    Event::Outcome(record) => record.at,
                };
                if at < last {
                    return fail(format!("S09: after {last} comes {event:?}"));
                }
                last = at;
            }
            Ok(())
        };
        player.play(&acts, |_, _, decision| in_order(&decision.events))?;
        let end = player.now.plus_millis(500 * DAY);
        in_order(&player.pass(end).events)
    });
}
