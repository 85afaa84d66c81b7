//! What goes with a binding and what stays, where a card has more than one, and news of it come late (design §3, S24).

use crate::scenario::{play, tariffs};
use domain::calendar::Span;
use domain::limits::Limits;
use domain::tariff::{Activation, Expiry, Tariff, Window};

fn base(script: &str) {
    play(tariffs::base(), script);
}

fn tiered(script: &str) {
    play(tariffs::tiered(Window::Lifetime), script);
}

#[test]
fn s24_what_was_sold_after_a_known_end_stays_with_the_card() {
    base(
        "
        day 5   unbind u1 card K at Z                => outcome parked, reason card_not_bound
        day 6   sale A at X 1000 via K dated day 3   => K: total 50
        day 6   sale B at X 2000 via K               => K: total 150
        day 7   bind b1 card K to m at Z dated day 4 => outcome applied, later applied, total 50, K: total 100, cards 0
        day 8   bind b2 card K to n at Z             => n: total 100, K: total 0, total 50
        day 9   return r of B at X via K             => clawed 100, n: total 0, total 50
    ",
    );
}

#[test]
fn s24_what_was_paid_with_points_of_before_goes_with_them_and_the_rest_stays() {
    play(
        tariffs::paying(Limits::default()),
        "
        day 2   sale A at X 1000 via K dated day 2               => K: total 50
        day 4   sale C at X 100 paying 20 via K dated day 3      => K: total 34
        day 5   unbind u1 card K at Z                            => outcome parked
        day 6   sale B at X 400 via K                            => K: total 54
        day 7   bind b1 card K to m at Z dated day 4             => total 34, K: total 20
    ",
    );
}

#[test]
fn s24_what_stays_with_the_card_is_rated_without_what_went() {
    tiered(
        "
        day 5   unbind u1 card K at Z                 => outcome parked
        day 6   sale A at X 10000 via K dated day 3   => K: tier gold
        day 6   sale B at X 1000 via K                => earned 100
        day 7   bind b1 card K to m at Z dated day 4  => tier gold, total 500, K: tier silver, K: lot B net 50
    ",
    );
    play(
        tariffs::monthly(),
        "
        day 5   unbind u1 card K at Z                 => outcome parked
        day 6   sale A at X 1600 via K dated day 3    => earned 240
        day 6   sale B at X 400 via K                 => earned 60
        day 7   bind b1 card K to m at Z dated day 4  => total 240, K: total 12
        day 8   return r of B at X via K              => clawed 12, total 240, K: total 0
    ",
    );
    play(
        tariffs::with_terms(|terms| terms.extended_by_purchase = Some(Span::Years(2))),
        "
        day 5   unbind u1 card K at Z                 => outcome parked
        day 6   sale A at X 1000 via K dated day 3    => K: lot A expires 2028-01-03T12:00:00.000Z
        day 6   sale B at X 1000 via K                => K: lot A expires 2028-01-06T12:00:00.000Z
        day 7   bind b1 card K to m at Z dated day 4  => lot A expires 2028-01-03T12:00:00.000Z
    ",
    );
}

#[test]
fn what_one_redemption_drew_on_goes_together() {
    base(
        "
        day 1   sale A at X 1000 via K                => K: pending 50
        day 6   sale B at X 1000 via K                => K: pending 100
        day 21  hold R at Z 80 via K                  => decision approved
        day 21  unbind u1 card K at Z dated day 5     => outcome parked
        day 21  bind b1 card K to m at Z dated day 4  => held 80, available 20, K: available 0
        day 22  capture c of R at Z 80 via K          => outcome applied, spent 80
    ",
    );
}

#[test]
fn what_a_redemption_drew_on_of_one_side_stays_on_that_side() {
    base(
        "
        day 1   sale A at X 1000 via K                => K: pending 50
        day 6   sale B at X 1000 via K                => K: pending 100
        day 15 13:00 hold R at Z 30 via K             => decision approved
        day 15 14:00 unbind u1 card K at Z dated day 5 => outcome parked
        day 15 14:00 bind b1 card K to m at Z dated day 4 => held 30, available 20, K: pending 50
        day 16  capture c of R at Z 30 via K          => outcome applied, spent 30
    ",
    );
}

#[test]
fn s24_an_older_binding_to_the_same_member_is_let_in_and_may_end() {
    base(
        "
        day 20  bind b3 card K to m at Z              => outcome applied, cards 1
        day 21  bind b1 card K to m at Z dated day 5  => outcome applied, cards 1
        day 22  sale A at X 1000 via K dated day 6    => earned 50, total 50
        day 22  bind b2 card K to n at Z dated day 11 => outcome parked, reason card_bound
        day 22  unbind u1 card K at Z dated day 10    => outcome applied, later none, cards 1
        day 22  unbind u2 card K at Z dated day 15    => outcome parked, later applied, n: cards 0, cards 1
        day 23  sale B at X 1000 via K dated day 12   => n: total 50, total 50
        day 23  sale C at X 1000 via K dated day 16   => total 100
        day 23  sale D at X 1000 via K                => total 150
    ",
    );
}

#[test]
fn s24_a_binding_that_was_told_again_goes_on_behind_an_end_that_comes_late() {
    base(
        "
        day 1   bind b1 card K to m at Z              => outcome applied, cards 1
        day 9   bind b2 card K to m at Z              => outcome applied, cards 1
        day 10  unbind u1 card K at Z dated day 5     => outcome applied, cards 1
        day 10  sale A at X 1000 via K                => earned 50, total 50, K: total 0
        day 11  unbind u2 card K at Z                 => outcome applied, cards 0
    ",
    );
}

#[test]
fn s24_an_earlier_end_that_comes_late_leaves_the_later_one_to_the_next_binding() {
    base(
        "
        day 1   bind b1 card K to n at Z              => n: cards 1
        day 10  unbind u2 card K at Z                 => outcome applied, n: cards 0
        day 11  unbind u1 card K at Z dated day 4     => outcome applied
        day 12  bind b2 card K to m at Z dated day 6  => outcome applied, cards 0
        day 12  sale A at X 1000 via K dated day 8    => total 50, n: total 0
        day 12  sale B at X 1000 via K                => K: total 50, total 50
    ",
    );
}

#[test]
fn s24_an_activity_by_a_card_of_before_its_binding_extends_nothing_of_the_members_own() {
    let short = tariffs::with_terms(|terms| {
        terms.expiry = Expiry::AfterAccrual(Span::Days(20));
        terms.extended_by_activity = Some(Span::Days(30));
    });
    play(
        Tariff { activities: tariffs::activities(), ..short },
        "
        day 1   sale P at X 1000                        => lot P expires 2026-01-21T12:00:00.000Z
        day 2   sale R at X 1000 via K                  => K: lot R expires 2026-01-22T12:00:00.000Z
        day 5   activity a1 jars at X number=1 via K    => K: lot R expires 2026-02-04T12:00:00.000Z
        day 10  bind b card K to m at Z                 => lot P expires 2026-01-21T12:00:00.000Z
        day 11  sale Q at X 1000 dated day 2            => lot Q expires 2026-01-22T12:00:00.000Z
        day 11  sale S at X 1000 via K dated day 2      => lot S expires 2026-02-04T12:00:00.000Z
        day 12  activity a2 jars at X number=1 via K dated day 8 => lot S expires 2026-02-07T12:00:00.000Z, lot Q expires 2026-01-22T12:00:00.000Z
        day 13  activity a3 jars at X number=1          => lot S expires 2026-02-12T12:00:00.000Z, lot Q expires 2026-02-12T12:00:00.000Z
    ",
    );
}

#[test]
fn s05_s18_a_forgiven_debt_moves_with_entries_of_its_own() {
    base(
        "
        day 1   sale P at X 2000 via K                => K: pending 100
        day 20  hold R at Z 100 via K                 => decision approved
        day 20  capture c of R at Z 100 via K         => K: spent 100
        day 21  return r of P at X via K              => K: debt 100
        day 22  forgive f1 via K 100                  => K: debt 0
        day 23  bind b card K to m at Z               => debt 0, kinds moved_out+forgiveness+moved_out+moved_in+moved_in+forgiveness
    ",
    );
}

#[test]
fn a_card_that_leaves_a_merged_member_leaves_the_other_too() {
    base(
        "
        day 1   bind b card K to n at Z               => n: cards 1
        day 2   merge g of m for n                    => cards 2
        day 3   unbind u card K at Z                  => outcome applied, cards 1, n: cards 0
    ",
    );
}

#[test]
fn s24_a_gap_before_a_binding_that_was_told_again_is_rated_as_the_cards() {
    tiered(
        "
        day 1   sale M at X 10000                     => tier gold
        day 2   bind b1 card K to m at Z              => outcome applied
        day 9   bind b2 card K to m at Z              => outcome applied
        day 10  unbind u1 card K at Z dated day 5     => outcome applied
        day 10  sale A at X 1000 via K dated day 7    => earned 50
        day 10  sale B at X 1000 via K                => earned 100
    ",
    );
}

#[test]
fn s06_s24_an_activity_of_before_a_binding_does_not_reach_the_cards_lots_later_either() {
    let waits = tariffs::with_terms(|terms| terms.activation = Activation::OnActivity("jars".into()));
    play(
        Tariff { activities: tariffs::activities(), ..waits },
        "
        day 1   sale P at X 1000 via K                  => K: lot P activates never
        day 1 13:00 activity a1 jars at X number=1      => outcome applied
        day 2   bind b card K to m at Z                 => lot P activates never
        day 70  sale Q at X 1000                        => lot P activates never
        day 71  activity a2 jars at X number=1          => lot P activates 2026-03-12T12:00:00.000Z
    ",
    );
}
