//! Erasure: the member is forgotten, the sums stay (S05, S18, S27).

use crate::scenario::{Ledger, go_on, play, tariffs};
use domain::EventKey;
use domain::command::Body;

#[test]
fn an_erased_account_owns_and_owes_nothing_and_takes_nothing_any_more() {
    play(
        tariffs::active(),
        "
        day 1   sale P at X 2000                          => pending 100
        day 1   activity b1 birthday at X on=2001-05-17   => fact birthday b1/2001-05-17
        day 16  hold R at X 30                            => held 30, available 70
        day 17  sale Q at X 1000                          => pending 50
        day 18  erase e1                                  => outcome applied, total 0, held 0, fact birthday none
        day 18  pass                                      => lot P written_off 100, lot Q written_off 50, debt 0
        day 19  sale S at X 1000                          => outcome rejected, reason account_erased, entries 0
        day 19  sale S at X 1000                          => outcome duplicate, reason account_erased
        day 19  hold T at X 1                             => decision refused, reason account_erased
        day 19  capture c1 of R at X 30                   => decision refused, reason account_erased
        day 19  return r1 of P at X                       => outcome rejected, reason account_erased
        day 19  activity b2 birthday at X on=2001-05-17   => outcome rejected, reason account_erased
        day 19  erase e2                                  => outcome rejected, reason account_erased
        day 18  sale P at X 2000 dated day 1              => outcome duplicate
        day 400 pass                                      => total 0, expired 0, entries 0
    ",
    );
}

#[test]
fn s18_what_is_owed_is_forgiven_and_says_so() {
    play(
        tariffs::base(),
        "
        day 1   sale P at X 2000                          => pending 100
        day 20  sale R at X 500 paying 100                => available 0, pending 20
        day 21  return r1 of P at X                       => debt 100
        day 22  erase e1                                  => debt 0, total 0, kinds adjustment+forgiveness+write_off+erasure
    ",
    );
}

#[test]
fn s27_what_waits_is_rejected_and_its_content_leaves_the_rows() {
    let script = "
        day 40  sale P at X 2000 dated day 1              => outcome quarantined
        day 40  return r1 of Q at X                       => outcome parked
        day 41  erase e1                                  => outcome applied, later rejected
        day 42  release q1 of P at X                      => outcome rejected, reason account_erased
        day 43  sale P at X 2000 dated day 1              => outcome duplicate, reason account_erased
        day 44  sale Q at X 2000                          => outcome rejected, reason account_erased
    ";
    let ledger: Ledger = play(tariffs::base(), script);
    let parked: Vec<_> = ledger.entity().parked.rows().values().collect();
    assert_eq!(parked.len(), 2);
    assert!(parked.iter().all(|parked| !parked.waits && parked.command.body == Body::Tick), "{parked:?}");
    assert!(ledger.entity().account.quarantined.is_empty() && ledger.entity().account.waiting.is_empty());
}

#[test]
fn s27_what_a_build_without_the_list_quarantined_or_released_is_rejected_once_or_not_at_all() {
    let quarantined = "
        day 40  sale P at X 2000 dated day 1              => outcome quarantined
        day 40  sale Q at X 2000 dated day 1              => outcome quarantined
        day 41  release q1 of P at X                      => later applied
    ";
    for listed in [&["P"][..], &["P", "Q"], &[]] {
        let mut ledger: Ledger = play(tariffs::base(), quarantined);
        let key = |id: &&str| EventKey::of("X", "purchases", id);
        ledger.change_head(|head| head.quarantined = listed.iter().map(key).collect());
        go_on(
            &mut ledger,
            "
            day 42  erase e1                                  => outcome applied, later rejected
            day 43  sale P at X 2000 dated day 1              => outcome duplicate, reason none
            day 43  sale Q at X 2000 dated day 1              => outcome duplicate, reason account_erased
        ",
        );
    }
}

#[test]
fn s25_what_was_released_is_on_the_list_of_the_quarantined_no_longer() {
    let ledger: Ledger = play(
        tariffs::base(),
        "
        day 40  sale P at X 2000 dated day 1              => outcome quarantined
        day 40  sale Q at X 2000 dated day 1              => outcome quarantined
        day 41  release q1 of P at X                      => later applied
    ",
    );
    assert_eq!(ledger.entity().account.quarantined, [EventKey::of("X", "purchases", "Q")]);
}

#[test]
fn the_tier_is_forgotten_and_does_not_come_back_by_time() {
    play(
        tariffs::tiered(domain::tariff::Window::Rolling(30)),
        "
        day 1   sale P at X 20000                         => tier gold
        day 2   erase e1                                  => tier none
        day 90  pass                                      => tier none, entries 0
    ",
    );
}
