//! Behind a command that failed inside the ledger an account waits, or goes on, as its programme declares; where it is no
//! event of somebody outside, it waits whatever is declared.

use crate::scenario::tariffs;
use domain::command::{Action, Adjustment, Body, Cancel, Command, Forwarded, Source, Unlink};
use domain::correction::Correction;
use domain::failed::{Behind, goes_on};
use domain::shared::{Share, ShareStep};
use domain::tariff::{Tariff, Tariffs};
use domain::transfer::GivenAnswer;
use domain::{Digest, EntityId, EventKey, Name, Points, Timestamp};
use std::sync::Arc;

/// The instant number `at` after all began.
fn hour(at: i64) -> Timestamp {
    Timestamp(1_767_225_600_000 + at * 3_600_000)
}

fn version(version: i32, from: i64, behind_failed: Behind) -> Tariff {
    Tariff { version, from: hour(from), behind_failed, ..tariffs::base() }
}

fn known(versions: impl IntoIterator<Item = Tariff>) -> Tariffs {
    let mut tariffs = Tariffs::default();
    versions.into_iter().for_each(|version| tariffs.add(Arc::new(version)));
    tariffs
}

fn command(id: &str, entity: EntityId, body: Body) -> Command {
    let (partner, feed) = (Name::from("shop"), Name::from("redemptions"));
    Command {
        key: EventKey::of("shop", "redemptions", id),
        entity,
        source: Source { partner, feed, id: Name::from(id), partition: 0, offset: 0 },
        occurred_at: hour(0),
        delivered_at: hour(0),
        content: Digest::default(),
        trace: Name::default(),
        body,
    }
}

fn member() -> EntityId {
    EntityId::member("test", "m")
}

fn event() -> Command {
    command("1", member(), Body::Cancel(Cancel { redemption: EventKey::NONE }))
}

fn forwarded(command: Command) -> Command {
    let (entity, key, id) = (member(), command.key, command.source.id.clone());
    let body = Forwarded { command, line: EventKey::NONE, answered: false, hops: 1 };
    Command { key, ..self::command(id.as_str(), entity, Body::Forwarded(Box::new(body))) }
}

#[test]
fn an_account_goes_on_without_an_event_and_never_without_what_the_ledger_sent() {
    let tariffs = known([version(1, 0, Behind::GoesOn)]);
    let (transfer, card) = (EventKey::of("shop", "redemptions", "t"), EntityId::card("test", "c"));
    let (actor, reason) = (Name::from("op-7"), Name::from("mended"));
    let resume = Adjustment { actor, reason, action: Action::Resume };
    let share = Share {
        step: ShareStep::Reserve,
        reservation: transfer,
        event: transfer,
        from: member(),
        points: Points::ZERO,
        uses_at_most: 1,
        points_at_most: Points::ZERO,
        hops: 0,
    };
    let answer = GivenAnswer { transfer, later: false, refused: true };
    for (what, command, expected) in [
        ("a partner's event", event(), true),
        ("a desk's", command("2", member(), Body::Adjust(resume)), true),
        ("one that a card sent on", forwarded(event()), true),
        ("one of a card", Command { entity: card.clone(), ..event() }, true),
        ("a tick", command("", member(), Body::Tick), false),
        ("a card that left", command("3", member(), Body::Unlink(Unlink { card })), false),
        ("points that come back", command("4", member(), Body::GivenAnswer(answer)), false),
        (
            "a question to a limit",
            command("5", EntityId::limit("test", "l", None), Body::Share(share)),
            false,
        ),
        ("what an account adds to an event", command("", member(), event().body), false),
        ("of a programme nobody knows", Command { entity: EntityId::member("none", "m"), ..event() }, false),
    ] {
        assert_eq!(goes_on(&command, hour(1), &tariffs), expected, "{what}");
    }
}

#[test]
fn s26_the_version_in_force_when_it_fails_declares_it() {
    let (actor, reason) = (Name::from("op-7"), Name::from("a slip"));
    let correction = Some(Correction { replaces: 2, until: hour(30), actor, reason });
    let tariffs = known([
        version(1, 0, Behind::Waits),
        version(2, 10, Behind::GoesOn),
        Tariff { correction, ..version(3, 20, Behind::Waits) },
    ]);
    // The event itself is of before all of them.
    for (at, expected) in
        [(-5, false), (0, false), (9, false), (10, true), (20, false), (29, false), (30, true)]
    {
        assert_eq!(goes_on(&event(), hour(at), &tariffs), expected, "hour {at}");
    }
    let first = known([version(1, 0, Behind::GoesOn)]);
    assert!(goes_on(&event(), hour(-5), &first), "before the first version, that one");
    assert!(!goes_on(&event(), hour(0), &Tariffs::default()));
    assert_eq!(Behind::default(), Behind::Waits);
}
