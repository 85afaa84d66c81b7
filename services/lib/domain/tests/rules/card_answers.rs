//! What a card has answered stays answered, and what was there before its points came meets them (S22, S23).

use crate::scenario::{play, tariffs};

#[test]
fn s23_what_a_card_answered_is_answered_there_though_what_it_is_about_went_on_since() {
    play(
        tariffs::base(),
        "
        day 1   return r of P at X via K             => outcome parked
        day 2   bind b card K to m at Z              => outcome applied
        day 40  issue i card K at X                  => outcome applied, later rejected
        day 41  sale P at X 2000 via K dated day 20  => outcome applied, earned 100
        day 42  return r of P at X via K dated day 1 => outcome duplicate, total 100
        day 43  capture c of R at Z 30 via K         => outcome rejected
        day 44  hold R at Z 30 via K                 => decision approved
        day 44  capture c of R at Z 30 via K dated day 43 => outcome duplicate, held 30
    ",
    );
}

#[test]
fn s22_a_members_own_return_waits_for_a_purchase_that_a_card_brings() {
    play(
        tariffs::base(),
        "
        day 1   sale P at X 2000 via K               => K: total 100
        day 2   return r of P at X                   => outcome parked
        day 3   bind b card K to m at Z              => outcome applied
        day 3   pass                                 => total 0
        day 4   return r of P at X dated day 2       => outcome duplicate, clawed 100
    ",
    );
}
