//! Adjustments by operators, and what was quarantined (S18, S25).

use crate::scenario::{go_on, play, tariffs};
use domain::factor::Factor;
use domain::hash::StateHash;

use domain::tariff::Tariff;
use domain::{Entity, EntityId, Name};
use std::collections::BTreeMap;

fn base(script: &str) {
    play(tariffs::base(), script);
}

#[test]
fn a_manual_grant_is_a_lot_of_its_own_under_the_wallets_terms() {
    base(
        "
        day 1   grant g1 at X 100             => outcome applied, earned 100, pending 100, entries 2
        day 15  pass                          => available 100
        day 16  grant g1 at X 100 dated day 1 => outcome duplicate, total 100, entries 0
    ",
    );
}

#[test]
fn points_are_granted_at_the_cost_of_a_partner_of_the_programme_alone() {
    let named = Tariff { partners: BTreeMap::from([(Name::from("X"), Factor::ZERO)]), ..tariffs::base() };
    play(
        named,
        "
        day 1   grant g1 at X 100             => outcome applied, total 100
        day 1   grant g2 at Y 100             => outcome rejected, reason unknown_partner, total 100
    ",
    );
}

#[test]
fn points_are_written_off_in_burn_order_and_stay_accounted_for() {
    base(
        "
        day 1   sale P at X 2000              => pending 100
        day 20  sale Q at X 1600              => available 100, pending 80
        day 21  write_off w1 150              => outcome applied, available 0, pending 30, lot P written_off 100
        day 22  write_off w2 31               => outcome rejected, reason insufficient_points, total 30
        day 23  return r1 of P at X           => clawed 100, lot P written_off 0, lot P revoked 100
    ",
    );
}

#[test]
fn s18_a_debt_is_forgiven_only_explicitly_and_at_most_what_is_owed() {
    base(
        "
        day 1   sale P at X 2000              => pending 100
        day 20  sale R at X 500 paying 100    => available 0
        day 21  return r1 of P at X           => debt 100
        day 22  forgive f1 101                => outcome rejected, reason not_owed, debt 100
        day 22  forgive f2 60                 => outcome applied, debt 40, entries 2
        day 23  sale S at X 2000              => debt 40
        day 40  pass                          => debt 0, available 80
        day 41  return r2 of R at X           => given 100, clawed 20, debt 0
    ",
    );
}

#[test]
fn a_blocked_account_collects_but_authorises_nothing() {
    base(
        "
        day 1   sale P at X 2000              => pending 100
        day 20  pass                          => available 100
        day 20  block b1                      => outcome applied, entries 1
        day 20  hold R at X 50                => decision refused, reason account_blocked
        day 20  sale Q at X 1000              => earned 50
        day 21  unblock u1                    => outcome applied
        day 21  hold S at X 50                => decision approved
    ",
    );
}

#[test]
fn s25_a_quarantined_sale_is_released_as_of_its_own_time() {
    base(
        "
        day 40  sale P at X 2000 dated day 1  => outcome quarantined, reason too_late, total 0
        day 41  release q1 of P at X          => outcome applied, available 100, lot P net 100
        day 42  release q2 of P at X          => outcome rejected, reason nothing_quarantined
        day 43  return r1 of P at X           => clawed 100, total 0
    ",
    );
}

#[test]
fn s25_a_copy_with_an_earlier_delivery_does_not_pass_by_the_sale_that_waits() {
    base(
        "
        day 40  sale P at X 2000 dated day 1                    => outcome quarantined
        day 41  sale P at X 2000 dated day 1 delivered day 2    => outcome duplicate, reason too_late, total 0
        day 42  release q1 of P at X                            => outcome applied, total 100
        day 43  sale P at X 2000 dated day 1 delivered day 2    => outcome duplicate, total 100
    ",
    );
}

#[test]
fn s23_the_id_of_a_quarantined_sale_is_not_used_again() {
    base(
        "
        day 40  sale P at X 2000 dated day 1   => outcome quarantined
        day 41  sale P at X 2000 dated day 40  => outcome conflict, reason content_differs, total 0
        day 42  release q1 of P at X           => outcome applied, total 100
        day 43  sale P at X 2000 dated day 40  => outcome conflict, total 100
        day 44  return r1 of P at X            => clawed 100, total 0
    ",
    );
}

#[test]
fn s23_the_id_of_a_refused_sale_is_not_used_again() {
    base(
        "
        day 40  sale P at X 2000 dated day 1   => outcome quarantined
        day 41  refuse q1 of P at X            => outcome applied
        day 42  sale P at X 2000 dated day 41  => outcome conflict, reason content_differs, total 0
        day 43  sale P at X 2000 dated day 1   => outcome duplicate, reason refused_by_operator, total 0
        day 44  release q2 of P at X           => outcome rejected, reason nothing_quarantined
    ",
    );
}

#[test]
fn s25_a_refused_event_stays_refused() {
    base(
        "
        day 40  sale P at X 2000 dated day 1  => outcome quarantined
        day 41  refuse q1 of P at X           => outcome applied, total 0
        day 42  release q2 of P at X          => outcome rejected, reason nothing_quarantined
        day 43  sale P at X 2000 dated day 1  => outcome duplicate, reason refused_by_operator
    ",
    );
}

#[test]
fn s25_a_return_that_waits_for_a_quarantined_sale_follows_its_release() {
    base(
        "
        day 40  sale P at X 2000 1000 dated day 1 => outcome quarantined
        day 40  return r1 of P at X 1         => outcome parked
        day 41  release q1 of P at X          => total 50, lot P net 50
    ",
    );
}

#[test]
fn an_adjustment_beyond_the_programmes_limit_is_refused_whole() {
    play(
        tariffs::limited(),
        "
        day 1   grant g1 at X 101             => outcome rejected, reason adjustment_limit, total 0, entries 0
        day 1   grant g2 at X 100             => outcome applied, pending 100
        day 20  write_off w1 51               => outcome rejected, reason adjustment_limit, available 100
        day 20  write_off w2 50               => outcome applied, available 50
        day 21  sale P at X 1000              => pending 50
        day 36  sale R at X 500 paying 100    => outcome applied, available 0
        day 37  return r1 of P at X           => debt 50
        day 38  forgive f1 41                 => outcome rejected, reason adjustment_limit, debt 50
        day 38  forgive f2 40                 => outcome applied, debt 10
        day 38  block b1                      => outcome applied
    ",
    );
}

#[test]
fn a_block_is_part_of_the_state_hash() {
    let hash = |blocked| {
        let mut entity = Entity::new(EntityId::member("test", "m"), true);
        entity.account.blocked = blocked;
        let mut hash = StateHash::default();
        hash.add(&entity);
        hash
    };
    assert_ne!(hash(true), hash(false));
}

#[test]
fn a_parked_account_goes_on_with_what_waited_in_its_order() {
    let mut ledger = play(
        tariffs::base(),
        "
        day 1   sale P at X 2000             => total 100
        day 1   resume r0                    => outcome rejected, reason not_parked
    ",
    );
    ledger.let_wait(2, "day 3 return t of Q at X");
    ledger.let_wait(1, "day 2 sale Q at X 1000");
    ledger.let_wait(3, "day 4 sale S at X 400");
    go_on(
        &mut ledger,
        "
        day 5   resume r1                    => outcome applied, later applied, total 120, lot Q revoked 50
        day 6   sale Q at X 1000 dated day 2 => outcome duplicate, earned 50
        day 6   resume r2                    => outcome rejected, reason not_parked
    ",
    );
}
