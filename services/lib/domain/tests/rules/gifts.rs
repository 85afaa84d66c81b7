//! Stamps, what they convert to, orders, and what a return does to them (S16, S18, S32).

use crate::scenario::{play, tariffs};
use domain::counted::PerAmount;
use domain::tariff::{Activation, Condition, Effect};
use domain::{Minor, Points};

fn stamps(script: &str) {
    play(tariffs::stamps(), script);
}

#[test]
fn s32_a_stamp_for_each_whole_piece_that_money_was_paid_for() {
    stamps(
        "
        day 1  sale P at X 100x3 50x2.7 0x4 => earned 5, available 5
        day 2  sale Q at X 0                => earned 0, entries 0, available 5
        day 3  return r1 of P at X 2x0.7    => clawed 0, available 5
        day 4  return r2 of P at X 1x1 2x1  => clawed 2, available 3
        day 5  return r3 of P at X 1x2 2x1  => clawed 3, available 0, debt 0
    ",
    );
}

#[test]
fn s32_so_many_points_for_each_full_amount() {
    let (money, points) = (Minor(50_000), Points::at_least_zero(3));
    let effect = Effect::PerAmount(PerAmount { money, points });
    let mut tariff = tariffs::with_rules(vec![tariffs::rule("per", Condition::default(), effect)]);
    tariff.terms[0].activation = Activation::AtOnce;
    play(
        tariff,
        "
        day 1  sale P at X 499.99           => earned 0
        day 1  sale Q at X 300 200          => earned 3
        day 1  sale R at X 1499.99 0.01     => earned 9, available 12
        day 2  return r1 of R at X 2        => clawed 3, available 9
    ",
    );
}

#[test]
fn s32_a_threshold_converts_at_once_and_keeps_the_remainder() {
    stamps(
        "
        day 1  sale P at X 100x9   => earned 9, available 9, in gift available 0
        day 2  sale Q at Y 100x3   => earned 3, available 2, spent 10, redeemed 10, in gift available 1
        day 3  sale R at X 100x25  => earned 25, available 7, in gift available 3, entries 6
        day 3  sale R at X 100x25  => outcome duplicate, available 7, in gift available 3
    ",
    );
}

#[test]
fn s32_a_return_before_the_hand_over_cancels_the_gift_and_gives_the_other_stamps_back() {
    stamps(
        "
        day 1  sale P at X 100x9     => available 9
        day 2  sale Q at X 100       => available 0, in gift available 1
        day 3  return r1 of P at X 1x1 => clawed 1, available 9, debt 0, redeemed 0, in gift available 0, in gift revoked 1
        day 4  sale R at X 100       => available 0, in gift available 1
        day 5  return r2 of P at X 1x8 => clawed 8, available 2, debt 0, in gift available 0
    ",
    );
}

#[test]
fn s32_a_return_after_the_hand_over_makes_the_stamp_a_debt_that_a_new_one_repays_first() {
    stamps(
        "
        day 1  sale P at X 100x10    => available 0, in gift available 1
        day 2  hold H at X 1:gift => decision approved, in gift held 1
        day 2  capture c of H at X 1 => decision approved, in gift spent 1
        day 3  return r1 of P at X 1x2 => clawed 2, available 0, debt 2, in gift spent 1, in gift debt 0
        day 4  sale Q at X 100x11    => debt 0, available 9, in gift available 0
        day 5  sale R at X 100       => available 0, in gift available 1
    ",
    );
}

#[test]
fn s32_a_stamp_that_is_there_is_charged_before_a_gift_is_cancelled() {
    stamps(
        "
        day 1  sale P at X 100x10    => in gift available 1
        day 2  sale Q at X 100x3     => available 3
        day 3  return r1 of P at X 1x3 => clawed 3, available 0, debt 0, in gift available 1
        day 4  return r2 of Q at X 1x1 => clawed 1, available 9, debt 0, in gift available 0
    ",
    );
}

#[test]
fn s32_a_hold_is_no_hand_over_and_finds_its_gift_gone() {
    stamps(
        "
        day 1  sale P at X 100x10    => in gift available 1
        day 2  hold H at X 1:gift => in gift held 1
        day 2  return r1 of P at X 1x1 => available 9, debt 0, in gift held 0, in gift revoked 1
        day 2  capture c of H at X 1 => decision refused, reason more_than_held
    ",
    );
}

#[test]
fn s32_of_two_gifts_one_handed_over_the_other_is_cancelled() {
    stamps(
        "
        day 1  sale P at X 100x10    => in gift available 1
        day 2  sale Q at X 100x10    => in gift available 2
        day 3  hold H at X 1:gift => in gift held 1
        day 3  capture c of H at X 1 => in gift spent 1
        day 4  return r1 of P at X 1x1 => available 9, debt 0, in gift available 0, in gift spent 1, in gift debt 0
        day 5  return r2 of P at X 1x9 => available 0, debt 0
        day 6  return r3 of Q at X 1x1 => debt 1, in gift spent 1
    ",
    );
}

#[test]
fn s32_one_conversion_of_two_gifts_is_cancelled_one_by_one() {
    stamps(
        "
        day 1  sale P at X 100x20      => in gift available 2, available 0
        day 2  return r1 of P at X 1x1 => available 9, in gift available 1, debt 0
        day 3  return r2 of P at X 1x9 => available 0, in gift available 1
        day 4  return r3 of P at X 1x1 => available 9, in gift available 0, debt 0
    ",
    );
}

#[test]
fn s32_an_expired_gift_was_not_handed_over() {
    stamps(
        "
        day 1   sale P at X 100x10      => in gift available 1
        day 60  pass                    => in gift available 0, in gift expired 1
        day 61  return r1 of P at X 1x1 => available 9, debt 0, in gift expired 0, in gift revoked 1
    ",
    );
}

#[test]
fn s32_a_gift_that_comes_back_is_cancelled_for_the_stamp_that_is_owed() {
    stamps(
        "
        day 1  sale P at X 100x10       => in gift available 1
        day 2  hold H at X 1:gift    => in gift held 1
        day 2  sale S at X 1 paying 1 by H => earned 0, in gift spent 1
        day 3  return r1 of P at X 1x1  => debt 1, available 0, in gift spent 1
        day 4  return r2 of S at X      => given 1, debt 0, available 9, in gift available 0, in gift revoked 1
    ",
    );
}

#[test]
fn s32_stamps_that_become_available_by_time_convert_then_whoever_comes_by() {
    let mut tariff = tariffs::stamps();
    tariff.terms[0].activation = Activation::After(domain::calendar::Span::Days(14));
    play(
        tariff.clone(),
        "
        day 1   sale P at X 100x10 => pending 10, in gift available 0
        day 15  pass               => available 0, in gift available 1
    ",
    );
    play(
        tariff,
        "
        day 1   sale P at X 100x10 => pending 10
        day 46 11:59  pass         => in gift available 1
        day 46  pass               => in gift expired 1
    ",
    );
}

#[test]
fn s32_an_order_takes_its_price_and_gives_what_was_chosen() {
    stamps(
        "
        day 1  sale P at X 100x9              => available 9
        day 2  order o1 treat at X as scrub   => decision approved, used 5, available 4, in scrub available 1
        day 2  order o1 treat at X as scrub   => outcome duplicate, available 4
        day 3  order o2 treat at X as mask    => decision refused, reason insufficient_points, available 4
        day 3  order o3 treat at X            => decision refused, reason unknown_item
        day 3  order o4 treat at X as gift    => decision refused, reason unknown_item
        day 3  order o5 ten at X              => decision refused, reason unknown_item
        day 3  order o6 sponge at X           => decision refused, reason unknown_item
        day 4  cancel x1 of o1 at X           => decision approved, available 9, redeemed 0, in scrub available 0
        day 4  cancel x2 of o1 at X           => decision refused, reason hold_cancelled
        day 5  order o7 mask at X             => decision approved, used 7, available 2, in mask available 1
        day 5  hold H at X 1:mask          => decision approved
        day 5  capture c of H at X 1          => decision approved, in mask spent 1
        day 6  cancel x3 of o7 at X           => decision refused, reason handed_over, available 2
        day 6  capture d of o7 at X 1         => decision refused, reason hold_captured
        day 6  sale Q at X 100 paying 2 by o7 => uncovered 0, in mask spent 1
        day 6  cancel x4 of o7 at X           => decision refused, reason handed_over
    ",
    );
}

#[test]
fn s32_a_return_cancels_an_order_that_was_not_handed_over() {
    stamps(
        "
        day 1  sale P at X 100x5            => available 5
        day 2  order o1 treat at X as mask  => available 0, in mask available 1
        day 3  return r1 of P at X 1x2      => clawed 2, available 3, debt 0, in mask available 0
        day 4  cancel x1 of o1 at X         => decision refused, reason hold_cancelled, available 3
    ",
    );
}

#[test]
fn s32_a_blocked_account_orders_nothing() {
    stamps(
        "
        day 1  sale P at X 100x9            => available 9
        day 2  block b1                     => outcome applied
        day 3  order o1 mask at X           => decision refused, reason account_blocked, available 9
    ",
    );
}

#[test]
fn s32_a_gift_for_a_purchase_falls_with_it_before_the_hand_over_and_is_owed_after() {
    let one = Points::at_least_zero(1);
    let mut tariff = tariffs::stamps();
    let gift = tariffs::rule("smart card", tariffs::from(40_000), Effect::Bonus(one));
    tariff.rules.push(domain::tariff::Rule { terms: domain::Name::from("gift"), ..gift });
    play(
        tariff,
        "
        day 1  sale P at X 50000 190  => in gift available 1
        day 2  return r1 of P at X 1  => in gift available 0, in gift debt 0
        day 3  sale Q at X 50000      => in gift available 1
        day 4  hold H at X 1:gift  => in gift held 1
        day 4  capture c of H at X 1  => in gift spent 1
        day 5  return r2 of Q at X    => in gift debt 1
        day 6  sale R at X 190        => in gift available 0, in gift debt 1
    ",
    );
}

#[test]
fn s32_a_card_takes_its_gift_to_its_member_who_can_be_charged_for_it() {
    stamps(
        "
        day 1  sale P card K at X 100x10    => K: in gift available 1
        day 2  bind b1 card K to m at X     => in gift available 1, available 0, K: in gift available 0
        day 3  return r1 of P at X 1x1      => available 9, debt 0, in gift available 0
    ",
    );
}

#[test]
fn s32_an_erased_member_converts_nothing() {
    stamps(
        "
        day 1  sale P at X 100x9     => available 9
        day 2  hold H at X 5         => held 5
        day 3  sale Q at X 100x5     => available 9
        day 3  erase e1              => available 0, held 0, in gift earned_all 0
    ",
    );
}
