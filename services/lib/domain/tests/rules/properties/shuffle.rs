//! S24: whatever the order of arrival within the lateness bound, sales and returns end as in their own order.

use super::act::{ActivityAct, SaleAct, Take, activity, sale, take};
use super::mix::Mix;
use super::order::end;
use super::player::{Player, START};
use super::programme::{active, programme};
use super::{TestCaseError, hold, same};
use domain::Command;
use domain::calendar::Span;
use domain::tariff::Tariff;
use proptest::collection::vec;
use proptest::prelude::*;

pub const HOUR: i64 = 3_600_000;
/// Below the lateness bound of [`programme`], 25 days.
const LATEST: i64 = 24 * 24;

/// A sale, when it happens after the one before, what comes back of it and when, and how late each arrives.
#[derive(Clone, Debug)]
pub struct Visit {
    sale: SaleAct,
    hours: i64,
    back: Option<(Take, i64)>,
    late: (i64, i64),
}

pub fn visit() -> impl Strategy<Value = Visit> {
    let late = || prop_oneof![2 => Just(0), 3 => 0..LATEST];
    let back = prop_oneof![2 => Just(None), 1 => (take(), 0..400_i64).prop_map(Some)];
    (sale(), prop_oneof![Just(0_i64), 0..200_i64], back, (late(), late())).prop_map(
        |(sale, hours, back, late)| {
            // Which lots pay is decided once, in log order.
            let sale = SaleAct { pay: None, late: 0, ..sale };
            // What is over what was bought is refused by arrival.
            let back = back.map(|(take, after)| match take {
                Take::Excess => (Take::Whole, after),
                take => (take, after),
            });
            Visit { sale, hours, back, late }
        },
    )
}

fn story() -> impl Strategy<Value = (Tariff, Vec<Visit>)> {
    (programme(), vec(visit(), 1..12)).prop_map(|(mut tariff, visits)| {
        tariff.return_window = Span::Days(400);
        tariff.return_waits = Span::Days(60);
        (tariff, visits)
    })
}

/// The commands of the visits, each with its lateness in milliseconds, by their own time.
pub fn commands(tariff: &Tariff, visits: &[Visit]) -> Vec<(Command, i64)> {
    let mut clerk = Player::new(tariff.clone());
    let mut commands = Vec::new();
    for visit in visits {
        clerk.now = clerk.now.plus_millis(visit.hours * HOUR);
        let sold = clerk.sale(&visit.sale);
        if let Some((take, after)) = &visit.back {
            let mut ret = clerk.returned(&sold, take);
            ret.occurred_at = sold.occurred_at.plus_millis(after * HOUR);
            commands.push((ret, visit.late.1 * HOUR));
        }
        commands.push((sold, visit.late.0 * HOUR));
    }
    in_their_own_order(&mut commands);
    commands
}

pub fn in_their_own_order(commands: &mut [(Command, i64)]) {
    commands.sort_by_key(|(command, _)| {
        (command.occurred_at, command.source.feed.clone(), command.source.partner.clone(), command.key)
    });
}

/// An activity, and when it happens after the one before.
pub type Deed = (ActivityAct, i64);

pub fn deed() -> impl Strategy<Value = Deed> {
    let late = prop_oneof![2 => Just(0_u16), 3 => 0..u16::try_from(LATEST).expect("hours")];
    (activity(), prop_oneof![Just(0_i64), 0..200_i64], late)
        .prop_map(|(act, hours, late)| (ActivityAct { late, ..act }, hours))
}

/// The commands of the deeds, numbered apart: their feed is another.
pub fn deeds(tariff: &Tariff, deeds: &[Deed]) -> Vec<(Command, i64)> {
    let mut clerk = Player::new(tariff.clone());
    let mut commands = Vec::new();
    for (act, hours) in deeds {
        clerk.now = clerk.now.plus_millis(hours * HOUR);
        let command = clerk.activity(ActivityAct { late: 0, ..*act });
        commands.push((command, i64::from(act.late) * HOUR));
    }
    commands
}

/// Sales, returns and activities together, under terms that wait for activities or are extended by them.
pub fn busy() -> impl Strategy<Value = (Tariff, Vec<Visit>, Vec<Deed>)> {
    (active(), vec(visit(), 0..6), vec(deed(), 1..12)).prop_map(|(mut tariff, visits, deeds)| {
        tariff.return_window = Span::Days(400);
        tariff.return_waits = Span::Days(60);
        (tariff, visits, deeds)
    })
}

fn play(tariff: &Tariff, mut commands: Vec<(Command, i64)>) -> Result<Player, TestCaseError> {
    commands.sort_by_key(|(command, late)| command.occurred_at.plus_millis(*late));
    let mut player = Player::new(tariff.clone());
    for (mut command, late) in commands {
        command.delivered_at = command.occurred_at.plus_millis(late);
        player.now = command.delivered_at;
        player.send(command, &mut |_, _, _| Ok(()))?;
    }
    Ok(player)
}

#[test]
fn s24_any_order_of_arrival_ends_as_the_order_of_events() {
    let mix = Mix::default();
    hold(8000, story(), |(tariff, visits)| {
        let commands = commands(&tariff, &visits);
        let on_time = commands.iter().map(|(command, _)| (command.clone(), 0)).collect();
        let mut usual = play(&tariff, on_time)?;
        let mut turned = play(&tariff, commands)?;
        let raised = |player: &Player| {
            player.entity.lots.rows().values().any(|lot| lot.clawed_back > domain::Points::ZERO)
        };
        mix.count("compared");
        if tariff.tiers.is_some() {
            mix.count("with tiers");
        }
        if raised(&turned) && !raised(&usual) {
            mix.count("re-rated downwards");
        }
        let at = START.plus_millis(600 * 24 * HOUR);
        same("S24: the end, either way", &end(&mut usual, at), &end(&mut turned, at))
    });
    mix.assert_at_least(&[("compared", 8000), ("with tiers", 1500)]);
}

#[test]
fn s06_s24_activities_among_them_are_granted_activate_and_extend_in_their_own_order() {
    let mix = Mix::default();
    hold(8000, busy(), |(tariff, visits, acts)| {
        let mut commands = commands(&tariff, &visits);
        commands.extend(deeds(&tariff, &acts));
        in_their_own_order(&mut commands);
        let on_time = commands.iter().map(|(command, _)| (command.clone(), 0)).collect();
        let mut usual = play(&tariff, on_time)?;
        let mut turned = play(&tariff, commands)?;
        let lost = |player: &Player| {
            let lots = player.entity.lots.rows();
            lots.values().any(|lot| lot.net().is_zero() && !visits.iter().any(|visit| visit.back.is_some()))
        };
        mix.count("compared");
        if lost(&turned) && !lost(&usual) {
            mix.count("a place taken over");
        }
        let facts = |player: &Player| player.entity.account.activities.facts.clone();
        same("S24: what is known, either way", &facts(&usual), &facts(&turned))?;
        let at = START.plus_millis(600 * 24 * HOUR);
        same("S24: the end, either way", &end(&mut usual, at), &end(&mut turned, at))
    });
    mix.assert_at_least(&[("compared", 8000), ("a place taken over", 500)]);
}
