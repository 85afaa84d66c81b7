//! Lines that joined a line (S24): cards of a member who was merged, members merged in a row, cards that were replaced.
//! A late event of before the merge finds each where it joined.

use crate::scenario::{play, tariffs};
use domain::calendar::Span;
use domain::tariff::Window;

fn tiered(script: &str) {
    play(tariffs::tiered(Window::Lifetime), script);
}

#[test]
fn s24_a_late_sale_of_a_merged_member_finds_its_card_joined() {
    tiered(
        "
        day 1   sale A at X 12000 via K                 => K: total 600
        day 2   bind b card K to n at X                 => n: tier gold
        day 4   sale S at X 2000 for n                  => earned 200
        day 6   merge g of m for n                      => tier gold, total 800
        day 7   sale B at X 100 for n dated day 5       => earned 10, tier gold, total 810
        day 8   sale C at X 100                         => earned 10
    ",
    );
}

#[test]
fn s24_a_late_return_of_a_merged_members_sale_finds_its_card_joined() {
    tiered(
        "
        day 1   sale A at X 12000 via K                 => K: total 600
        day 2   bind b card K to n at X                 => n: tier gold
        day 3   sale T at X 100 for n                   => earned 10
        day 4   sale S at X 2000 for n                  => earned 200
        day 6   merge g of m for n                      => total 810
        day 7   return r of T at X for n dated day 5    => clawed 10, total 800, tier gold
        day 8   return q of A at X via K dated day 3    => total 100, tier silver
    ",
    );
}

#[test]
fn s24_a_late_sale_of_a_card_raises_what_its_merged_member_bought_since() {
    tiered(
        "
        day 1   sale A at X 2000 via K                  => K: total 100
        day 2   bind b card K to n at X                 => n: tier silver
        day 4   sale S at X 2000 for n                  => earned 100
        day 6   merge g of m for n                      => tier silver, total 200
        day 7   sale B at X 9000 via K dated day 1      => earned 450, tier gold, total 750, lot S net 200
        day 8   return r of B at X via K dated day 3    => tier silver, total 200, lot S net 100
    ",
    );
}

#[test]
fn s24_a_late_sale_finds_merges_in_a_row_where_they_were() {
    tiered(
        "
        day 1   sale A at X 12000 for n                 => n: total 600
        day 3   merge g1 of m for n                     => tier gold, total 600
        day 4   sale S at X 2000                        => earned 200
        day 6   merge g2 of a for m                     => a: tier gold, a: total 800
        day 7   sale B at X 100 for m dated day 5       => earned 10, a: total 810
        day 8   sale C at X 100 for n dated day 2       => earned 10, a: total 820
        day 9   sale D at X 100 for n dated day 4       => earned 10, a: total 830
        day 10  return r of A at X for n dated day 3 18:00 => a: tier silver, a: total 120
    ",
    );
}

#[test]
fn s24_a_late_sale_of_a_card_that_replaced_another_finds_that_joined() {
    tiered(
        "
        day 1   sale A at X 12000 via K1                => K1: total 600
        day 2   replace r card K1 by K2 at X            => K2: tier gold
        day 4   sale S at X 2000 via K2                 => earned 200
        day 6   bind b card K2 to m at X                => tier gold, total 800
        day 7   sale B at X 100 via K2 dated day 5      => earned 10, total 810
        day 8   sale C at X 100 via K1 dated day 3      => earned 10, total 820
        day 9   return q of A at X via K1 dated day 3   => tier silver, total 115
    ",
    );
}

#[test]
fn s06_what_a_merged_member_bought_still_extends_what_its_card_brought() {
    let tariff = tariffs::with_terms(|terms| terms.extended_by_purchase = Some(Span::Days(400)));
    // Granted before the merge, or late behind it: the purchase of day 4 moves the card's lot in both.
    for card in ["day 1   sale A at X 1000 via K", "day 7   sale A at X 1000 via K dated day 1"] {
        let (before, behind) = if card.starts_with("day 1") { (card, "") } else { ("", card) };
        let ledger = play(
            tariff.clone(),
            &format!(
                "
                {before}
                day 2   bind b card K to n at X
                day 4   sale S at X 1000 for n
                day 6   merge g of m for n
                {behind}
            "
            ),
        );
        assert_eq!(ledger.lot("A").expires_at, ledger.lot("S").expires_at, "{card}");
    }
}

#[test]
fn s24_what_joined_is_forgotten_with_the_line_it_joined() {
    let ledger = play(
        tariffs::tiered(Window::Lifetime),
        "
        day 1   sale A at X 12000 via K                 => K: total 600
        day 2   bind b card K to n at X                 => n: tier gold
        day 3   sale T at X 100 for n                   => earned 10
        day 40  sale S at X 2000 for n                  => earned 200
        day 50  merge g of m for n                      => total 810
        day 64  sale U at X 100                         => earned 10
        day 69  sale B at X 100 for n dated day 45      => earned 10, total 830
        day 70  return r of A at X via K dated day 45   => tier silver, total 225
        day 120 sale V at X 100                         => earned 5
        day 121 sale W at X 100                         => earned 5
    ",
    );
    let links = ledger.entity().account.links.as_ref();
    assert_eq!(links.map(|links| links.lines.len()), Some(0), "neither the member's line nor the card's");
}

#[test]
fn s25_a_sale_that_is_released_on_a_merged_members_card_counts() {
    tiered(
        "
        day 1   sale A at X 2000 via K                  => K: total 100
        day 2   bind b card K to n at X                 => n: tier silver
        day 3   sale T at X 100 for n
        day 50  merge g of m for n                      => tier silver
        day 66  sale U at X 100                         => tier silver
        day 67  sale V at X 9000 via K dated day 1      => outcome quarantined
        day 68  release q of V at X                     => tier gold
        day 69  sale W at X 100                         => earned 10
    ",
    );
}
