//! Cards (design §3): collecting before anyone registers, binding, routing with a memory, moving in two steps.

use crate::scenario::{play, tariffs};
use domain::Points;
use domain::tariff::{CardGrant, Tariff, Window};

fn base(script: &str) {
    play(tariffs::base(), script);
}

fn tiered(script: &str) {
    play(tariffs::tiered(Window::Lifetime), script);
}

#[test]
fn a_card_that_nobody_has_collects_and_spends_by_itself() {
    base(
        "
        day 1   issue i card K at X           => outcome applied, entries 0
        day 1   sale P at X 2000 via K        => earned 100, K: pending 100
        day 20  hold R at Z 60 via K          => decision approved, K: available 40
        day 20  capture c of R at Z 60 via K  => outcome applied, K: spent 60
        day 21  return r of P at X via K      => clawed 100, K: debt 60
    ",
    );
}

#[test]
fn a_binding_moves_all_and_ids_origins_and_dates_stay() {
    base(
        "
        day 1   sale P at X 2000 via K        => K: pending 100
        day 16  hold R at Z 30 via K          => K: held 30, K: available 70
        day 17  bind b card K to m at Z       => outcome applied, held 30, available 70, cards 1, kinds moved_out+moved_out+moved_in+moved_in
        day 17  pass                          => K: held 0, K: available 0, K: moved 100, lot P available 70
        day 18  capture c of R at Z 30 via K  => outcome applied, spent 30
        day 18  cancel x of R at Z via K      => outcome rejected, reason hold_captured
        day 19  return r of P at X via K      => clawed 100, debt 30
        day 400 pass                          => debt 30, expired 0
    ",
    );
}

#[test]
fn a_sale_goes_to_whose_the_card_was_else_to_the_first_who_had_it_after() {
    base(
        "
        day 5   bind b1 card K to m at Z             => outcome applied
        day 10  unbind u1 card K at Z                => outcome applied, cards 0
        day 20  bind b2 card K to n at Z             => outcome applied, n: cards 1
        day 21  sale A at X 200 via K dated day 3    => earned 10, total 10
        day 21  sale B at X 400 via K dated day 7    => earned 20, total 30
        day 21  sale C at X 600 via K dated day 12   => earned 30, n: total 30, total 30
        day 21  sale D at X 800 via K dated day 20   => earned 40, n: total 70
        day 22  unbind u2 card K at Z                => outcome applied
        day 23  sale E at X 1000 via K               => earned 50, K: total 50
        day 24  bind b3 card K to m at Z             => total 80, K: total 0
    ",
    );
}

#[test]
fn a_repetition_and_a_return_go_the_way_the_first_one_went() {
    base(
        "
        day 1   sale P at X 2000 via K               => K: total 100
        day 2   bind b1 card K to m at Z             => total 100
        day 3   sale P at X 2000 via K dated day 1   => outcome duplicate, earned 100, total 100, K: total 0
        day 3   sale P at X 2100 via K dated day 1   => outcome conflict
        day 4   sale Q at X 1000 via K               => total 150
        day 5   unbind u1 card K at Z                => outcome applied
        day 6   bind b2 card K to n at Z             => n: total 0
        day 7   sale Q at X 1000 via K dated day 4   => outcome duplicate, n: total 0
        day 8   return r1 of Q at X via K            => clawed 50, total 100
        day 8   return r1 of Q at X via K            => outcome duplicate, total 100
        day 9   return r2 of P at X via K            => clawed 100, total 0
    ",
    );
}

#[test]
fn s22_a_return_that_comes_first_waits_at_the_card_and_follows_its_purchase() {
    base(
        "
        day 3   return r of P at X via K dated day 2 => outcome parked, reason purchase_not_seen
        day 4   bind b card K to m at Z              => outcome applied
        day 5   return r of P at X via K dated day 2 => outcome duplicate
        day 6   sale P at X 2000 via K dated day 1   => outcome applied, earned 100, later applied, total 0
        day 7   return r of P at X via K dated day 2 => outcome duplicate, clawed 100
    ",
    );
}

#[test]
fn s22_a_return_whose_purchase_never_came_is_rejected_by_the_card() {
    base(
        "
        day 3   return r of P at X via K             => outcome parked
        day 4   bind b card K to m at Z              => outcome applied
        day 40  issue i card K at X                  => outcome applied, later rejected
    ",
    );
}

#[test]
fn s24_what_a_card_sold_before_is_rated_as_the_card_was_then() {
    tiered(
        "
        day 1   sale M at X 10000                    => tier gold
        day 2   sale A at X 1000 via K               => earned 50
        day 3   bind b card K to m at Z              => total 550, lot A net 50
        day 4   sale B at X 1000 via K               => earned 100
        day 5   sale C at X 1000 via K dated day 2   => earned 50
    ",
    );
}

#[test]
fn s24_a_card_s_own_tier_counts_until_its_binding() {
    tiered(
        "
        day 1   sale A at X 10000 via K              => earned 500, K: tier gold
        day 2   sale B at X 1000 via K               => earned 100
        day 3   bind b card K to m at Z              => tier gold, lot B net 100
        day 4   return r of A at X via K             => clawed 500, tier silver, lot B net 100
        day 5   sale C at X 1000 via K dated day 2   => earned 100
    ",
    );
}

#[test]
fn s24_a_sale_of_since_the_binding_that_came_to_the_card_first_is_rated_as_the_members() {
    tiered(
        "
        day 1   sale M at X 10000                    => tier gold
        day 6   sale A at X 1000 via K dated day 5   => earned 50, K: total 50
        day 7   bind b card K to m at Z dated day 4  => total 600, lot A net 100
    ",
    );
}

#[test]
fn a_card_is_one_members_at_a_time() {
    base(
        "
        day 1   bind b1 card K to m at Z             => outcome applied, cards 1
        day 1   bind b1 card K to m at Z             => outcome duplicate
        day 2   bind b2 card K to m at Z             => outcome applied, cards 1
        day 3   bind b3 card K to n at Z             => outcome parked, reason card_bound
        day 5   unbind u1 card K at Z dated day 2 13:00 => outcome applied, later applied, cards 0, n: cards 1
        day 6   unbind u2 card K at Z dated day 1    => outcome parked, reason card_not_bound
        day 37  issue i card K at X                  => outcome applied, later rejected
    ",
    );
}

#[test]
fn the_end_of_a_binding_may_come_before_it() {
    base(
        "
        day 5   unbind u1 card K at Z                => outcome parked, reason card_not_bound
        day 6   sale A at X 1000 via K               => K: total 50
        day 7   bind b1 card K to m at Z dated day 4 => outcome applied, later applied, cards 0
        day 8   sale B at X 1000 via K               => K: total 100, total 0
    ",
    );
}

#[test]
fn a_blocked_card_collects_and_authorises_nothing() {
    base(
        "
        day 1   sale P at X 2000 via K               => K: total 100
        day 2   bind b card K to m at Z              => total 100
        day 20  stop s card K at Z                   => outcome applied
        day 21  hold R at Z 10 via K                 => decision refused, reason account_blocked
        day 21  hold R2 at Z 10                      => decision approved
        day 22  sale Q at X 1000 via K               => earned 50
    ",
    );
}

#[test]
fn a_card_brings_its_grant_once_whoever_binds_it() {
    let grant = CardGrant { terms: "bonus".into(), points: Points::at_least_zero(2000) };
    play(
        Tariff { card_grant: Some(grant), ..tariffs::base() },
        "
        day 1   bind b1 card K to m at Z             => outcome applied, total 2000
        day 2   bind b1 card K to m at Z dated day 1 => outcome duplicate, total 2000
        day 3   unbind u card K at Z                 => total 2000
        day 4   bind b2 card K to n at Z             => outcome applied, n: total 0
        day 5   bind b3 card L to m at Z             => total 4000, cards 1
    ",
    );
}

#[test]
fn another_card_takes_over() {
    base(
        "
        day 1   sale P at X 2000 via K               => K: total 100
        day 2   replace r card K by L at X           => outcome applied, L: total 100, K: total 0
        day 3   sale Q at X 1000 via K               => L: total 150
        day 4   bind b card L to m at X              => total 150
        day 5   return r1 of P at X via K            => clawed 100, total 50
        day 6   replace r2 card L by N at X          => outcome applied, cards 3
        day 7   sale S at X 1000 via L               => total 100
        day 8   sale T at X 1000 via N               => total 150
    ",
    );
}

#[test]
fn s15_a_till_that_was_offline_spends_what_the_card_had_then() {
    base(
        "
        day 1   sale P at X 2000 via K               => K: total 100
        day 20  bind b card K to m at Z              => available 100
        day 21  sale R at X 500 paying 60 via K dated day 19 => used 60, available 40
    ",
    );
}

#[test]
fn s18_what_moves_repays_what_is_owed_either_way() {
    base(
        "
        day 1   sale P at X 2000                     => pending 100
        day 20  hold R at Z 100                      => held 100
        day 20  capture c of R at Z 100              => spent 100
        day 21  return r of P at X                   => debt 100
        day 1   sale Q at X 1200 via K               => K: pending 60
        day 22  pass                                 => K: available 60
        day 22  bind b card K to m at Z              => debt 40, available 0, lot Q spent 60
    ",
    );
}

#[test]
fn s16_periods_before_and_after_a_binding_are_periods_of_their_own() {
    play(
        tariffs::monthly(),
        "
        day 1   sale A at X 1000 via K               => earned 100
        day 2   sale M at X 1600                     => earned 240
        day 3   bind b card K to m at Z dated day 2 13:00 => total 340
        day 4   sale B at X 500 via K dated day 1    => earned 125, total 465
        day 5   return r of A at X via K             => clawed 210, total 255
        day 6   sale C at X 400 via K                => earned 60, total 315
    ",
    );
}

#[test]
fn s25_a_sale_that_came_too_late_goes_to_the_member_and_waits_there() {
    base(
        "
        day 1   bind b card K to m at Z              => outcome applied
        day 50  sale P at X 2000 via K dated day 2   => outcome quarantined, total 0
        day 51  release q of P at X via K            => outcome applied, later applied, total 100
    ",
    );
}

#[test]
fn s25_news_of_a_card_that_waits_for_other_news_follows_its_release() {
    base(
        "
        day 1   sale O at X 200 via K dated day 1         => K: total 10
        day 40  bind b card K to m at Z dated day 1       => outcome quarantined, total 0
        day 40  unbind u card K at Z dated day 20         => outcome parked, reason card_not_bound
        day 41  sale P at X 400 via K                     => K: total 30
        day 42  release q of partner-cards/b at Z via K   => outcome applied, later applied, total 10, K: total 20
    ",
    );
}

#[test]
fn s25_what_waits_at_a_card_for_an_operator_goes_to_whom_it_is_bound_to_since() {
    base(
        "
        day 1   sale O at X 200 via K                => K: total 10
        day 50  sale P at X 2000 via K dated day 2   => outcome quarantined
        day 51  bind b card K to m at Z              => total 10
        day 52  release q of P at X via K            => outcome applied, later applied, total 110
        day 53  sale P at X 2000 via K dated day 2   => outcome duplicate, earned 100, total 110
    ",
    );
}

#[test]
fn a_merged_member_gives_all_it_has_and_forwards_everything() {
    base(
        "
        day 1   sale P at X 2000 for n               => n: total 100
        day 1   sale Q at X 1000                     => total 50
        day 2   bind b card K to m at Z              => cards 1
        day 3   merge g1 of m for n                  => outcome applied, total 150, cards 2, n: total 0
        day 4   sale S at X 400 for n                => earned 20, total 170, n: total 0
        day 5   return r of P at X for n             => clawed 100, total 70
        day 5   sale P at X 2000 for n dated day 1   => outcome duplicate, total 70
        day 6   merge g2 of n for m                  => outcome rejected, reason merge_direction
    ",
    );
}

#[test]
fn a_card_of_a_merged_member_leads_to_the_other() {
    base(
        "
        day 1   sale P at X 2000 via K               => K: total 100
        day 2   merge g of m for n                   => outcome applied
        day 3   bind b card K to n at Z              => outcome applied, total 100, n: total 0, cards 2
        day 4   sale Q at X 1000 via K               => total 150
        day 5   return r of P at X via K             => clawed 100, total 50
    ",
    );
}

#[test]
fn cards_do_not_replace_each_other_in_a_circle() {
    base(
        "
        day 1   sale P at X 2000 via K               => K: total 100
        day 2   replace r1 card K by L at X          => L: total 100
        day 3   replace r2 card L by K at X          => outcome parked, reason card_bound
        day 4   sale Q at X 1000 via K               => earned 50, L: total 150
        day 5   replace r3 card K by N at X          => outcome parked, reason card_bound
        day 6   sale A at X 200 via N                => N: total 10
    ",
    );
}

#[test]
fn an_erased_members_card_is_nobodys() {
    base(
        "
        day 1   sale P at X 2000 via K               => K: total 100
        day 2   bind b card K to m at Z              => total 100, cards 1
        day 3   erase e                              => outcome applied, total 0, cards 0
        day 4   sale Q at X 1000 via K               => earned 50, K: total 50
        day 5   return r of P at X via K             => outcome rejected, reason account_erased
        day 6   bind b2 card K to m at Z             => total 0, K: total 0, cards 0
        day 7   sale S at X 400 via K                => K: total 20
    ",
    );
}

/// Found by a hostile review, as are those below.
#[test]
fn s17_a_lot_that_is_wholly_revoked_moves_with_the_redemption_that_drew_on_it() {
    base(
        "
        day 1   sale P at X 2000 via K               => K: pending 100
        day 2   sale Q at Y 1600 via K               => K: total 180
        day 20  sale R at Z 500 paying 60 via K      => used 60
        day 21  return r1 of P at X via K            => clawed 100, K: lot P revoked 100
        day 22  bind b card K to m at Z              => outcome applied
        day 23  return r2 of R at Z via K            => given 60
    ",
    );
}

#[test]
fn s24_a_replaced_cards_spend_counts_once_and_from_the_binding_on() {
    tiered(
        "
        day 1   sale A at X 6000 via K               => earned 300
        day 2   replace r card K by L at X           => L: total 300
        day 3   bind b card L to m at X              => tier silver
        day 4   sale B at X 1000                     => earned 50
    ",
    );
}

#[test]
fn s14_s23_a_request_that_comes_again_after_the_card_was_blocked_is_a_duplicate() {
    base(
        "
        day 1   sale P at X 2000 via K               => K: total 100
        day 2   bind b1 card K to m at Z             => total 100
        day 20 10:00 hold R at Z 10 via K            => decision approved
        day 20 11:00 stop s card K at Z              => outcome applied
        day 20 12:00 hold R at Z 10 via K dated day 20 10:00 => outcome duplicate
        day 20 13:00 unbind u card K at Z            => outcome applied
        day 21  bind b2 card K to m at Z             => held 10
        day 30  pass                                 => held 0, available 100
    ",
    );
}

#[test]
fn an_erasure_of_a_card_is_the_cards_own() {
    base(
        "
        day 1   bind b card K to m at Z              => outcome applied
        day 2   sale P at X 2000                     => total 100
        day 3   erase e1 via K                       => outcome applied, total 100
    ",
    );
}

#[test]
fn s11_a_sale_paid_by_a_hold_goes_to_whose_points_those_are() {
    base(
        "
        day 1   sale P at X 2000 via K               => K: total 100
        day 2   bind b1 card K to m at Z             => total 100
        day 20 10:00 hold R at Z 60 via K            => decision approved
        day 20 11:00 unbind u card K at Z            => outcome applied
        day 20 12:00 sale S at Z 500 paying 60 by R via K => used 60, spent 60, held 0
        day 24  pass                                 => available 40, K: debt 0
    ",
    );
}

#[test]
fn a_replacement_brings_no_second_grant() {
    let grant = CardGrant { terms: "bonus".into(), points: Points::at_least_zero(2000) };
    play(
        Tariff { card_grant: Some(grant), ..tariffs::base() },
        "
        day 1   bind b card K to m at Z              => total 2000
        day 2   replace r card K by L at X           => outcome applied, total 2000
        day 3   sale P at X 400 via L                => total 2020
    ",
    );
}

#[test]
fn s24_news_of_a_card_in_any_order_end_alike() {
    let news = [
        "bind b1 card K to m at Z dated day 5",
        "unbind u1 card K at Z dated day 10",
        "bind b2 card K to n at Z dated day 20",
    ];
    for [a, b, c] in [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]] {
        let script = format!(
            "
            day 21  {}
            day 22  {}
            day 23  {}
            day 24  sale A at X 200 via K dated day 6    => earned 10, cards 0
            day 24  sale B at X 400 via K dated day 12   => earned 20, n: cards 1
            day 24  sale C at X 600 via K dated day 22   => earned 30, total 10, n: total 50
        ",
            news[a], news[b], news[c]
        );
        base(&script);
    }
}

#[test]
fn an_end_at_the_instant_of_the_next_binding_ends_the_one_before() {
    base(
        "
        day 12  bind b2 card K to n at Z dated day 10    => n: cards 1
        day 13  unbind u1 card K at Z dated day 10       => outcome parked
        day 14  bind b1 card K to m at Z dated day 5     => outcome applied, later applied, cards 0, n: cards 1
    ",
    );
}

#[test]
fn s24_a_hold_stays_when_a_late_binding_counts_the_period_anew() {
    play(
        tariffs::monthly(),
        "
        day 20  sale A at X 1600 via K                    => earned 240
        day 33  hold R at Z 240 via K                     => decision approved
        day 34  bind b card K to m at Z dated day 10      => held 240, available 0
        day 34  capture c of R at Z 240 via K             => outcome applied, spent 240
    ",
    );
}

#[test]
fn one_sale_sent_for_the_member_and_for_the_card_breaks_no_account() {
    base(
        "
        day 1   sale P at X 2000                     => total 100
        day 1   sale P at X 2000 via K               => K: total 100
        day 20  hold R at Z 100                      => decision approved
        day 20  capture c of R at Z 100              => spent 100
        day 21  bind b card K to m at Z              => available 100, spent 100
        day 22  return r of P at X                   => debt 100, available 0
    ",
    );
}
