//! What time alone brings where accounts tell each other of it: at the end of a run as with ticks on the way (S09).

use crate::falls::inviting;
use crate::scenario::{Ledger, go_on, play, tariffs};
use crate::shared::member;
use domain::ahead::{may_be_told, may_tell};
use domain::calendar::Span;
use domain::tariff::{Activation, Tariff};
use domain::{Ahead, Entity, EntityId, Row, Timestamp};

fn tells(entity: &Entity) -> bool {
    let parked = entity.parked.rows().values().cloned().map(Row::Parked);
    let redemptions = entity.redemptions.rows().values().cloned().map(Row::Redemption);
    parked.chain(redemptions).any(|row| may_tell(&row))
}

/// The accounts of the ledger as of an instant, without ticks on the way.
fn ahead(ledger: &Ledger, ids: &[EntityId], at: Timestamp) -> Vec<Entity> {
    assert!(may_be_told(&ledger.tariffs), "programmes where nobody tells are passed over");
    let mut ahead = Ahead::until(at);
    ids.iter().map(|id| ledger.entity_of(id)).filter(|entity| tells(entity)).cloned().for_each(|entity| {
        ahead.put(entity);
    });
    while let Some(id) = ahead.go_on(&ledger.tariffs).expect("every row is in memory") {
        ahead.put(ledger.entity_of(&id).clone());
    }
    let as_of = |id: &EntityId| {
        let mut entity = ahead.take(id).unwrap_or_else(|| ledger.entity_of(id).clone());
        let decision = domain::advance(&entity, at, &ledger.tariffs).expect("every row is in memory");
        assert!(decision.follow_ups.is_empty(), "nothing is left to tell: {:?}", decision.follow_ups);
        decision.rows.into_iter().for_each(|row| entity.put(row));
        entity
    };
    ids.iter().map(as_of).collect()
}

/// Plays the script, and then days until `end`: by ticks, and at once.
fn both_ways(tariff: &Tariff, script: &str, members: &[&str], end: u32, expected: &str) {
    let ids: Vec<EntityId> = members.iter().map(|id| member(id)).collect();
    let mut ticked = play(tariff.clone(), script);
    let still = play(tariff.clone(), script);
    let last = script.lines().rev().find_map(|line| line.trim().strip_prefix("day "));
    let last: u32 = last.and_then(|line| line.split(' ').next()?.parse().ok()).expect("the last day");
    for day in last..=end {
        go_on(&mut ticked, &format!("day {day} pass"));
    }
    let at = ticked.account(&ids[0]).now;
    go_on(&mut ticked, &format!("day {end} pass => {expected}"));
    for (entity, id) in ahead(&still, &ids, at).iter().zip(&ids) {
        let looked = ticked.entity_of(id);
        assert_eq!(entity.account.wallets, looked.account.wallets, "{id}");
        assert!(entity.lots.rows().values().eq(looked.lots.rows().values()), "{id}");
        assert!(entity.debts.rows().values().eq(looked.debts.rows().values()), "{id}");
    }
}

/// Members give each other points, which can be spent 14 days after they were earned.
fn giving_later() -> Tariff {
    let mut tariff = tariffs::giving();
    tariff.terms[0].activation = Activation::After(Span::Days(14));
    tariff
}

const OWED: &str = "
    day 1   sale P at X 2000                       => pending 100
    day 15  transfer T at Z 100 to z               => available 0, z: available 100
    day 17  sale Q at Y 2000                       => pending 100
    day 18  return R of P at X                     => debt 100, z: lot P available 100
";

#[test]
fn s17_s35_a_gift_that_comes_to_be_paid_for_takes_over_the_other_origin_without_a_tick() {
    let expected = "debt 0, pending 0, available 0, z: lot P available 0, z: lot Q available 100";
    both_ways(&giving_later(), OWED, &["m", "z"], 40, expected);
}

#[test]
fn s17_s35_what_was_given_on_is_followed_without_a_tick() {
    let on =
        [OWED, "day 19 transfer U at Z 60 to k for z => z: available 40, k: lot P available 60\n"].concat();
    let expected =
        "debt 0, z: lot P available 0, z: lot Q available 40, k: lot P available 0, k: lot Q available 60";
    both_ways(&giving_later(), &on, &["m", "z", "k"], 40, expected);
}

#[test]
fn s22_s32_s35_a_question_ends_without_a_tick() {
    let asked = "day 1 activity a bought at X friend=@test:member:n receipt=P => total 300, n: total 0";
    both_ways(&inviting(), asked, &["m", "n"], 60, "total 0");
}
