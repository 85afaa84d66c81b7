//! S33: what a member who received points has of them: their end (S06, S24), a notice (S30); and what a giver's limit counts.

use crate::scenario::{Ledger, go_on, play, tariffs};
use crate::transfers::{begin, deliver, giving};
use domain::award::ActivityKind;
use domain::calendar::Span;
use domain::event::NoticeKind;
use domain::tariff::{Activation, Expiry};
use domain::{Event, Name};

#[test]
fn s33_a_merge_brings_what_was_given_in_the_period() {
    giving(
        "
        day 1   sale P at X 20000                 => total 1000
        day 1   sale Q at X 20000 for n           => n: total 1000
        day 2   transfer T1 at Z 400 to k for n   => outcome applied
        day 3   transfer T2 at Z 50 to k          => outcome applied
        day 4   merge g of m for n                => outcome applied, available 1550
        day 5   transfer T3 at Z 51 to k          => outcome rejected, reason transfer_limit
        day 5   transfer T4 at Z 50 to k for n    => outcome applied
        day 31  transfer T5 at Z 1 to k           => outcome rejected, reason transfer_limit
        day 32  transfer T6 at Z 500 to k         => outcome applied
    ",
    );
    // Of two periods the later one counts, whoever gave in it.
    for (first, second) in [("m", "n"), ("n", "m")] {
        giving(&format!(
            "
            day 1   sale P at X 20000 for {first}              => {first}: total 1000
            day 1   sale Q at X 20000 for {second}             => {second}: total 1000
            day 2   transfer T1 at Z 400 to k for {first}      => outcome applied
            day 32  transfer T2 at Z 300 to k for {second}     => outcome applied
            day 33  merge g of m for n                         => outcome applied, available 1300
            day 34  transfer T3 at Z 201 to k                  => outcome rejected, reason transfer_limit
            day 34  transfer T4 at Z 200 to k                  => outcome applied
        "
        ));
    }
}

#[test]
fn s33_what_comes_back_counts_no_less_in_a_later_period() {
    for (came_back, most) in [("day 32", 100), ("day 31", 500)] {
        let mut ledger = giving(
            "
            day 1   sale P at X 40000             => total 2000
            day 2   erase e1 for k                => outcome applied
        ",
        );
        let (sent, now) = begin(&mut ledger, "day 31 transfer T at Z 500 to k");
        let given = if came_back == "day 32" { 400 } else { 0 };
        if given > 0 {
            go_on(&mut ledger, "day 32 transfer U at Z 400 to n => outcome applied");
        }
        deliver(&mut ledger, sent, now);
        go_on(
            &mut ledger,
            &format!(
                "
                {came_back} pass                                   => available {}
                {came_back} transfer V at Z {} to n                => outcome rejected, reason transfer_limit
                {came_back} transfer W at Z {most} to n            => outcome applied
            ",
                2000 - given,
                most + 1
            ),
        );
    }
}

#[test]
fn s06_s24_a_gift_lives_on_by_what_its_receiver_does_from_the_transfer_on() {
    let extended = || {
        let mut tariff = tariffs::giving();
        tariff.terms[0].expiry = Expiry::AfterAccrual(Span::Days(60));
        tariff.terms[0].extended_by_purchase = Some(Span::Days(60));
        tariff
    };
    let of_p = "n: lot P expires 2026-03-02T12:00:00.000Z";
    let of_s = "n: lot P expires 2026-03-11T12:00:00.000Z";
    // A sale of before the transfer is of the giver's time, whenever it comes.
    play(
        extended(),
        &format!(
            "
            day 1    sale P at X 2000                        => total 100
            day 5    sale R at X 20 for n                    => n: available 1
            day 8    transfer T at Z 60 to n                 => {of_p}
            day 10   sale S at X 20 for n                    => {of_s}
            day 62   pass                                    => expired 40, n: expired 0
        "
        ),
    );
    play(
        extended(),
        &format!(
            "
            day 1    sale P at X 2000                        => total 100
            day 8    transfer T at Z 60 to n                 => {of_p}
            day 9    sale R at X 20 for n dated day 5        => {of_p}
            day 12   sale S at X 20 for n dated day 10       => {of_s}
        "
        ),
    );
    // One that is there before the gift is, too; and what the giver does since is the giver's own.
    let mut ledger = play(extended(), "day 1 sale P at X 2000 => total 100");
    let (sent, now) = begin(&mut ledger, "day 8 transfer T at Z 60 to n");
    go_on(&mut ledger, "day 10 sale S at X 20 for n => n: available 1");
    go_on(&mut ledger, "day 11 sale U at X 20 => lot P expires 2026-03-12T12:00:00.000Z");
    deliver(&mut ledger, sent, now);
    go_on(&mut ledger, &format!("day 11 pass => n: available 61, {of_s}"));
    // One that expired too early is reopened.
    play(
        extended(),
        &format!(
            "
            day 1    sale P at X 2000                        => total 100
            day 50   transfer T at Z 60 to n                 => {of_p}
            day 62   pass                                    => n: expired 60
            day 63   sale S at X 20 for n dated day 60       => n: available 61, n: expired 0
        "
        ),
    );
}

#[test]
fn s06_a_gift_is_active_whenever_its_receiver_did_what_activates_such_lots() {
    let mut tariff = tariffs::giving();
    let name = Name::from("visit");
    tariff.terms[0].activation = Activation::OnActivity(name.clone());
    tariff.terms[0].expiry = Expiry::AfterActivation(Span::Days(60));
    tariff.activities.kinds.push(ActivityKind { name, attributes: Vec::new() });
    play(
        tariff,
        "
        day 1    sale P at X 2000                          => pending 100
        day 10   activity A visit at X                     => available 100, lot P expires 2026-03-11T12:00:00.000Z
        day 12   transfer T at Z 60 to n                   => n: available 60
        day 13   activity B visit at X for n dated day 2   => n: lot P expires 2026-03-11T12:00:00.000Z
        day 13   pass                                      => n: lot P activates 2026-01-10T12:00:00.000Z
    ",
    );
}

#[test]
fn s30_who_receives_points_is_told_once_a_wallet() {
    let mut tariff = tariffs::giving();
    tariff.notices.channels.insert(NoticeKind::Received, vec![Name::from("sms")]);
    let mut ledger = play(
        tariff,
        "
        day 1    sale P at X 2000              => notices none
        day 2    sale Q at X 2000              => notices none
        day 3    transfer T at Z 150 to n      => outcome applied, notices received
        day 3    transfer T at Z 150 to n      => outcome duplicate, notices none
        day 4    erase e1 for k                => outcome applied
        day 4    transfer U at Z 10 to k       => outcome rejected, notices none
    ",
    );
    let told = |ledger: &Ledger| -> Vec<(String, i64, i64)> {
        let notice = |event: &Event| match event {
            Event::Notice(it) => Some((it.entity.local().to_owned(), it.points.get(), it.available.get())),
            _ => None,
        };
        ledger.all.iter().filter_map(notice).collect()
    };
    assert_eq!(told(&ledger), [("n".to_owned(), 150, 150)]);
    let (sent, now) = begin(&mut ledger, "day 5 transfer V at Z 5 to n");
    deliver(&mut ledger, sent, now);
    assert_eq!(told(&ledger).len(), 2, "what is delivered twice tells nothing twice");
}
