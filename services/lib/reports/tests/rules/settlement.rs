//! Scenarios of settlement (S35): who owes whom for which points, and what undoes it.

use crate::scenario::{Ledger, play, play_versions, tariffs};
use crate::{bounds, entries, matrix, payments, settled};
use domain::Timestamp;
use domain::calendar::Span;
use domain::tariff::{Activation, Expiry, Tariff};
use reports::settlement::{Report, SettlementError};
use reports::{Prices, Settlement};

fn of(ledger: &Ledger, period: &str) -> Report {
    let prices = Prices::of("test", &ledger.tariffs).unwrap();
    let report = settled(&prices, &entries(&ledger.all), bounds(period, &prices));
    assert!(report.proven, "{report:?}");
    report
}

fn base(script: &str) -> Report {
    of(&play(tariffs::base(), script), "2026")
}

#[test]
fn s35_points_of_one_partner_spent_at_another_are_owed_at_their_issue_price() {
    let report = base(
        "
        day 1   sale P at X 2000
        day 1   sale Q at Y 1600
        day 20  hold R at Z 150
        day 20  capture c of R at Z 150
    ",
    );
    assert_eq!(matrix(&report), "X>Z 100 100.00, Y>Z 50 50.00");
    assert_eq!(payments(&report), "X>Z 100.00, Y>Z 50.00");
}

#[test]
fn s35_a_hold_settles_nothing_until_it_is_captured() {
    let report = base("day 1  sale P at X 2000\n day 20  hold R at Z 60");
    assert_eq!(matrix(&report), "");
    assert_eq!(report.books[0].book.outstanding, 100);
}

#[test]
fn s35_a_partner_whose_sales_were_all_returned_owes_and_is_owed_nothing() {
    let spent = "
        day 1   sale P at X 2000
        day 2   sale Q at Y 1600
        day 20  hold R at Z 150
        day 20  capture c of R at Z 150";
    let report = base(&format!("{spent}\n day 21  return r of P at X   => debt 70"));
    assert_eq!(matrix(&report), "(programme)>Z 70 70.00, Y>Z 80 80.00");
    let x = report.books.iter().find(|book| book.issuer.as_str() == "X").unwrap();
    assert_eq!((x.book.issued, x.book.clawed_back, x.book.redeemed, x.book.outstanding), (100, 100, 0, 0));
    assert!(report.positions.iter().all(|position| position.partner.as_str() != "X"), "{report:?}");
}

#[test]
fn s35_a_redeemer_whose_sale_was_returned_is_owed_nothing() {
    let report = base(
        "
        day 1   sale P at X 2000
        day 20  sale Q at Z 500 paying 100
        day 21  return r of Q at Z      => given 100
    ",
    );
    assert_eq!(matrix(&report), "");
    assert!(report.payments.is_empty());
}

#[test]
fn s35_what_members_owe_is_advanced_by_the_programme_until_it_is_repaid() {
    let owed = "
        day 1   sale P at X 2000
        day 20  hold R at Z 100
        day 20  capture c of R at Z 100
        day 21  return r of P at X      => debt 100";
    assert_eq!(matrix(&base(owed)), "(programme)>Z 100 100.00");
    let repaid = format!("{owed}\n day 22  sale S at Y 3000\n day 40  pass   => debt 0, available 50");
    assert_eq!(matrix(&base(&repaid)), "Y>Z 100 100.00");
}

#[test]
fn s35_points_an_offline_till_took_beyond_the_balance_are_the_programmes_until_repaid() {
    let taken = "
        day 1   sale P at X 2000
        day 20  sale Q at Z 500 paying 130   => debt 30";
    assert_eq!(matrix(&base(taken)), "(programme)>Z 30 30.00, X>Z 100 100.00");
    // Z's own sale of day 20 earned 18: they repay first.
    let repaid = format!("{taken}\n day 21  sale S at Y 3000\n day 40  pass   => debt 0");
    assert_eq!(matrix(&base(&repaid)), "X>Z 100 100.00, Y>Z 12 12.00, Z>Z 18 18.00");
}

#[test]
fn s35_a_debt_lifted_by_a_give_back_is_owed_to_nobody() {
    let report = base(
        "
        day 1   sale P at X 2000
        day 20  sale Q at Z 500 paying 100
        day 21  return p of P at X      => debt 100
        day 22  return q of Q at Z      => debt 0
    ",
    );
    assert_eq!(matrix(&report), "");
}

#[test]
fn s35_both_directions_of_a_pair_are_netted() {
    let report = base(
        "
        day 1   sale P at X 2000
        day 20  sale Q at Y 1000 paying 100
        day 40  sale R at X 1000 paying 20
    ",
    );
    assert_eq!(matrix(&report), "X>Y 100 100.00, Y>X 20 20.00");
    assert_eq!(payments(&report), "X>Y 80.00");
    let nets: Vec<String> = report.positions.iter().map(|at| format!("{} {}", at.partner, at.net)).collect();
    assert_eq!(nets, ["X -80.00", "Y 80.00"]);
}

#[test]
fn s35_a_return_settles_in_the_period_it_was_recorded_in() {
    let ledger = play(
        tariffs::base(),
        "
        day 1   sale P at X 2000
        day 20  sale Q at Z 500 paying 100
        day 40  return q of Q at Z
    ",
    );
    assert_eq!(matrix(&of(&ledger, "2026-01")), "X>Z 100 100.00");
    assert_eq!(matrix(&of(&ledger, "2026-02")), "X>Z -100 -100.00");
    assert_eq!(payments(&of(&ledger, "2026-02")), "Z>X 100.00");
    assert_eq!(matrix(&of(&ledger, "2026-Q1")), "");
    let book = |period| of(&ledger, period).books.iter().find(|it| it.issuer.as_str() == "X").unwrap().book;
    assert_eq!((book("2026-02").opening, book("2026-02").outstanding), (0, 100));
}

#[test]
fn s35_expired_points_are_in_the_books_and_owed_to_nobody() {
    let life = |terms: &mut domain::tariff::Terms| {
        terms.activation = Activation::AtOnce;
        terms.expiry = Expiry::AfterAccrual(Span::Days(10));
    };
    let ledger = play(tariffs::with_terms(life), "day 1  sale P at X 2000\n day 20  pass  => expired 100");
    let report = of(&ledger, "2026");
    assert_eq!((matrix(&report).as_str(), report.books[0].book.expired), ("", 100));
}

#[test]
fn s35_the_price_is_that_of_the_version_that_issued_the_lot() {
    let mut second = Tariff { version: 2, from: Timestamp(1_769_904_000_000), ..tariffs::base() }; // 1 February
    second.wallets[0].point_value = tariffs::factor("0.25");
    let ledger = play_versions(
        vec![tariffs::base(), second],
        "
        day 1   sale P at X 2000
        day 33  sale Q at Y 2000
        day 60  hold R at Z 133
        day 60  capture c of R at Z 133
    ",
    );
    assert_eq!(matrix(&of(&ledger, "2026")), "X>Z 100 100.00, Y>Z 33 8.25");
}

#[test]
fn s35_a_corner_is_explained_by_the_entries_that_add_up_to_it() {
    let ledger = play(
        tariffs::base(),
        "
        day 1   sale P at X 2000
        day 20  sale Q at Z 500 paying 100
        day 40  return q of Q at Z
        day 41  hold R at Z 30
        day 41  capture c of R at Z 30
    ",
    );
    let prices = Prices::of("test", &ledger.tariffs).unwrap();
    let (from, until) = bounds("2026", &prices);
    let mut settlement = Settlement::new(prices, from, until).explaining("X", "Z");
    entries(&ledger.all).iter().for_each(|entry| settlement.post(entry).unwrap());
    let report = settlement.finish().unwrap();
    let points: Vec<i64> = report.explained.iter().map(|traced| traced.points).collect();
    assert_eq!((points, report.cells[0].points), (vec![100, -100, 30], 30));
}

#[test]
fn s35_an_entry_that_is_missing_or_comes_twice_is_refused() {
    let ledger = play(tariffs::base(), "day 1  sale P at X 2000\n day 20  hold R at Z 60");
    let prices = Prices::of("test", &ledger.tariffs).unwrap();
    let (from, until) = bounds("2026", &prices);
    let all = entries(&ledger.all);
    for wrong in [vec![&all[0], &all[0]], vec![&all[0], &all[2]], vec![&all[1]]] {
        let mut settlement = Settlement::new(prices.clone(), from, until);
        let result = wrong.into_iter().try_for_each(|entry| settlement.post(entry));
        assert!(matches!(result, Err(SettlementError::Sequence(_))), "{result:?}");
    }
}

#[test]
fn s35_points_that_were_given_away_are_paid_for_by_who_issued_them() {
    let report = of(
        &play(
            tariffs::giving(),
            "
        day 1   sale P at X 2000
        day 2   transfer T at Z 60 to n
        day 3   sale S at Y 500 paying 40 for n
    ",
        ),
        "2026",
    );
    assert_eq!(matrix(&report), "X>Y 40 40.00");
    let x = report.books.iter().find(|book| book.issuer.as_str() == "X").unwrap();
    assert_eq!((x.book.issued, x.book.set_aside, x.book.redeemed, x.book.outstanding), (100, 0, 40, 60));
}

#[test]
fn s17_s35_a_gift_whose_sale_was_undone_is_paid_for_by_what_repaid_it() {
    let owed = "
        day 1   sale P at X 2000
        day 2   transfer T at Z 60 to n
        day 3   sale S at W 500 paying 40 for n
        day 4   return r of P at X              => debt 60, revoked 40";
    let report = of(&play(tariffs::giving(), owed), "2026");
    // X pays W, and the programme pays X what the giver owes.
    assert_eq!(matrix(&report), "(programme)>X 60 60.00, X>W 40 40.00, X>X -60 -60.00");
    assert_eq!(payments(&report), "(programme)>X 60.00, X>W 40.00");
    let repaid = format!("{owed}\n day 5  sale Q at Y 2000   => debt 0, available 40, n: available 43");
    let report = of(&play(tariffs::giving(), &repaid), "2026");
    assert_eq!(matrix(&report), "Y>W 40 40.00", "X, whose sale was undone, pays for nothing");
    let of_partner = |name: &str| report.books.iter().find(|book| book.issuer.as_str() == name).unwrap().book;
    let (x, y) = (of_partner("X"), of_partner("Y"));
    assert_eq!((x.clawed_back, x.redeemed, x.set_aside, x.outstanding), (100, 0, 0, 0));
    assert_eq!((y.issued, y.redeemed, y.set_aside, y.outstanding), (100, 40, 0, 60));
}

#[test]
fn s35_a_gift_that_came_back_settles_nothing() {
    let report = of(
        &play(
            tariffs::giving(),
            "
        day 1   sale P at X 2000
        day 2   erase e1 for n
        day 3   transfer T at Z 60 to n         => outcome rejected, available 100
    ",
        ),
        "2026",
    );
    assert_eq!(matrix(&report), "");
    assert_eq!((report.books[0].book.set_aside, report.books[0].book.outstanding), (0, 100));
}
