//! S24 with S33: whatever a receiver does, and whenever it comes, also before the gift itself does, a gift ends when the
//! order of events says.

use super::mix::Mix;
use super::{Verdict, hold, same};
use crate::scenario::{Ledger, go_on, play, tariffs};
use crate::transfers::{begin, deliver};
use domain::calendar::Span;
use domain::tariff::Expiry;
use domain::{Command, Timestamp};
use proptest::collection::vec;
use proptest::prelude::*;

/// Days; lateness stays below its bound.
#[derive(Clone, Debug)]
struct Story {
    given: i64,
    /// How much sooner the transfer is dated: maybe before what earned the points.
    dated: i64,
    arrives: i64,
    /// Sales of the receiver: when, and how late.
    sales: Vec<(i64, i64)>,
}

fn story() -> impl Strategy<Value = Story> {
    let sale = (2..120_i64, prop_oneof![1 => Just(0_i64), 3 => 0..25_i64]);
    (6..50_i64, 0..20_i64, 0..20_i64, vec(sale, 1..6)).prop_map(|(given, dated, arrives, sales)| Story {
        given,
        dated: (given - dated).max(1),
        arrives,
        sales,
    })
}

/// The gift's end, and its points, those that expired among them, long after.
fn end(story: &Story, turned: bool) -> (Timestamp, i64) {
    let late = |days: i64| if turned { days } else { 0 };
    let mut tariff = tariffs::giving();
    tariff.terms[0].expiry = Expiry::AfterAccrual(Span::Days(60));
    tariff.terms[0].extended_by_purchase = Some(Span::Days(40));
    let mut ledger = play(tariff, "day 5 sale P at X 2000 => total 100");
    let sales = story.sales.iter().enumerate();
    let mut sales: Vec<(i64, String)> = sales
        .map(|(number, (day, by))| {
            let arrives = day + late(*by);
            (arrives, format!("day {arrives} sale S{number} at X 20 for n dated day {day}"))
        })
        .collect();
    sales.sort();
    let (given, taken) = (story.given, story.given + late(story.arrives));
    let mut sent: Vec<Command> = Vec::new();
    for day in 1..150 {
        for (_, line) in sales.iter().filter(|(arrives, _)| *arrives == day) {
            go_on(&mut ledger, line);
        }
        if day == given {
            sent =
                begin(&mut ledger, &format!("day {day} transfer T at Z 60 to n dated day {}", story.dated)).0;
        }
        if day == taken {
            let now = ledger.read(&format!("day {day} sale Z at X 1")).1;
            deliver(&mut ledger, std::mem::take(&mut sent), now);
        }
    }
    go_on(&mut ledger, "day 300 pass");
    found(&ledger)
}

fn found(ledger: &Ledger) -> (Timestamp, i64) {
    let lots = ledger.named("n").lots.rows();
    let gift = lots.values().find(|lot| lot.given_at.is_some()).expect("the gift");
    (gift.expires_at, (gift.buckets.available + gift.buckets.expired).get())
}

#[test]
fn s24_s33_a_gift_ends_as_the_order_of_events_says_whenever_they_come() {
    let mix = Mix::default();
    hold(1_500, story(), |story: Story| -> Verdict {
        let (usual, turned) = (end(&story, false), end(&story, true));
        let first = story.sales.iter().filter(|(day, _)| *day >= story.dated).map(|(day, _)| *day).min();
        if first.is_some_and(|day| day < story.given + story.arrives) {
            mix.count("sold before the gift is there");
        }
        if story.sales.iter().any(|(day, late)| *day < story.given && day + late > story.given) {
            mix.count("of before the gift, and later there");
        }
        same("S24: the end of the gift, either way", &usual, &turned)
    });
    mix.assert_at_least(&[
        ("sold before the gift is there", 200),
        ("of before the gift, and later there", 200),
    ]);
}
