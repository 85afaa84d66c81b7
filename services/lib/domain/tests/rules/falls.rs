//! Grants that fall with the purchase that caused them (S32): the inviter's bonus, in every order of arrival.

use crate::scenario::{Ledger, go_on, play, tariffs};
use crate::shared::Under;
use crate::transfers::{begin, deliver};
use domain::award::{ActivityKind, Amount, AttributeSpec, AttributeType, Award, Often, Once};
use domain::entry::EntryKind;
use domain::fall::FallsWith;
use domain::tariff::{Activation, Tariff};
use domain::{Event, EventKey, Name, Points};

/// `m` gets 300 for a friend's first purchase, once for each friend, as long as something of it is kept; purchases
/// themselves earn nothing.
pub fn inviting() -> Tariff {
    let mut tariff = tariffs::active();
    tariff.rules.clear();
    tariff.terms[0].activation = Activation::AtOnce;
    let attribute = |name: &str, takes| AttributeSpec { name: Name::from(name), takes, optional: false };
    let kind = |name: &str, attributes| ActivityKind { name: Name::from(name), attributes };
    let friend = || attribute("friend", AttributeType::Account);
    let sale = || attribute("receipt", AttributeType::Text);
    let shop = attribute("shop", AttributeType::Text);
    tariff.activities.kinds =
        vec![kind("bought", vec![friend(), sale()]), kind("bought-there", vec![friend(), sale(), shop])];
    let award = |activity: &str, partner: Option<&str>| Award {
        name: Name::from(format!("for {activity}")),
        activity: Name::from(activity),
        terms: Name::from("bonus"),
        partners: Vec::new(),
        only: Vec::new(),
        amount: Amount::Fixed(Points::at_least_zero(300)),
        often: Often { once: Some(Once::Ever), for_each: Some(Name::from("friend")) },
        within: None,
        falls_with: Some(FallsWith {
            account: Name::from("friend"),
            purchase: Name::from("receipt"),
            partner: partner.map(Name::from),
        }),
    };
    tariff.activities.awards = vec![award("bought", None), award("bought-there", Some("shop"))];
    tariff
}

fn invited(script: &str) -> Ledger {
    play(inviting(), script)
}

#[test]
fn s32_an_inviters_bonus_falls_with_the_friends_purchase() {
    let ledger = invited(
        "
        day 1   sale P at X 1000 500 for n                      => n: total 0
        day 2   activity a bought at X friend=@test:member:n receipt=P      => earned 300, total 300
        day 3   return r1 of P at X 1 for n                     => total 300
        day 4   return r2 of P at X 2 for n                     => total 0, clawed_all 300, revoked 300
        day 5   return r2 of P at X 2 for n dated day 4         => outcome duplicate, total 0
        day 5   activity a bought at X friend=@test:member:n receipt=P dated day 2 => outcome duplicate, total 0, earned_all 300
    ",
    );
    let taken = ledger.all.iter().find_map(|event| match event {
        Event::Entry(entry) if entry.kind == EntryKind::Clawback => Some(entry),
        _ => None,
    });
    let taken = taken.expect("what was taken back");
    let purchase = EventKey::of("X", "purchases", "P");
    assert_eq!((taken.cause, taken.rule.as_str()), (purchase, "for bought"), "S29: why");
}

#[test]
fn s18_s32_what_is_spent_of_it_is_owed() {
    invited(
        "
        day 1   sale P at X 1000 for n
        day 2   activity a bought at X friend=@test:member:n receipt=P      => total 300
        day 2   hold R at Z 200
        day 2   capture c of R at Z 200                         => available 100
        day 3   return r of P at X for n                        => available 0, debt 200
    ",
    );
}

#[test]
fn s22_s32_whatever_comes_first_it_ends_the_same() {
    let sale = "sale P at X 1000 for n dated day 1";
    let bonus = "activity a bought at X friend=@test:member:n receipt=P dated day 2";
    let back = "return r of P at X for n dated day 3";
    for order in [
        [sale, bonus, back],
        [sale, back, bonus],
        [bonus, sale, back],
        [bonus, back, sale],
        [back, sale, bonus],
        [back, bonus, sale],
    ] {
        let days: Vec<String> = (10..).zip(order).map(|(day, act)| format!("day {day} {act}")).collect();
        // Each comes twice.
        let twice: Vec<String> =
            days.iter().flat_map(|act| [act.clone(), format!("{act} => outcome duplicate")]).collect();
        let end = "day 90 pass => total 0, debt 0, clawed_all 300";
        invited(&[&days.join("\n"), end].join("\n"));
        invited(&[&twice.join("\n"), end].join("\n"));
    }
}

#[test]
fn s22_s32_a_purchase_that_never_comes_caused_nothing() {
    invited(
        "
        day 1   activity a bought at X friend=@test:member:n receipt=P      => total 300
        day 20  pass                                            => total 300
        day 29  sale P at X 1000 for n dated day 1
        day 60  pass                                            => total 300
    ",
    );
    invited(
        "
        day 1   activity a bought at X friend=@test:member:n receipt=P      => total 300
        day 32  sale Q at X 1000 for n                          => total 0, clawed_all 300
    ",
    );
    // Nor one whose buyer is forgotten before it comes.
    invited(
        "
        day 1   activity a bought at X friend=@test:member:n receipt=P      => total 300
        day 2   erase e for n                                   => total 0
        day 3   sale P at X 1000 for n                          => outcome rejected, total 0
    ",
    );
    invited(
        "
        day 1   erase e for n
        day 2   activity a bought at X friend=@test:member:n receipt=P      => total 0, earned_all 300
    ",
    );
}

#[test]
fn s32_it_falls_with_its_own_purchase_alone_and_keeps_its_place() {
    invited(
        "
        day 1   sale P at X 1000 for n
        day 1   sale P at Y 1000 for n
        day 1   sale Q at X 1000 for n
        day 2   activity a bought at X friend=@test:member:n receipt=P      => total 300
        day 2   activity b bought-there at X friend=@test:member:n receipt=P shop=Y      => total 600
        day 3   return r of Q at X for n                        => total 600
        day 4   return r of P at Y for n                        => total 300
        day 5   return s of P at X for n                        => total 0
        day 6   activity d bought at X friend=@test:member:n receipt=Q      => total 0, earned 0
        day 7   activity e bought at X friend=@test:member:o receipt=O      => total 300
        day 7   sale O at X 10 for o
        day 99  pass                                            => total 300
    ",
    );
}

#[test]
fn s24_s32_an_earlier_invitation_that_comes_late_takes_the_place_with_its_own_purchase() {
    invited(
        "
        day 1   sale P at X 1000 for n
        day 1   sale Q at X 1000 for n
        day 5   activity b bought at X friend=@test:member:n receipt=Q                   => total 300
        day 6   activity a bought at X friend=@test:member:n receipt=P dated day 3       => total 300, earned 300, clawed 300
        day 7   return r of Q at X for n                                     => total 300
        day 8   return s of P at X for n                                     => total 0
    ",
    );
}

#[test]
fn s32_merges_and_cards_carry_it_along() {
    // Both sides merged into others, before and after.
    invited(
        "
        day 1   sale P at X 1000 for n
        day 2   activity a bought at X friend=@test:member:n receipt=P for z    => z: total 300
        day 3   merge g of m for z                                  => total 300
        day 4   merge h of k for n
        day 5   return r of P at X for n                            => total 0
    ",
    );
    invited(
        "
        day 1   merge g of k for n
        day 2   activity a bought at X friend=@test:member:n receipt=P          => total 300
        day 3   sale P at X 1000 for n
        day 4   return r of P at X for n                            => total 0
    ",
    );
    // The friend bought by a card that was nobody's yet; the inviter, too, has a card.
    invited(
        "
        day 1   sale P at X 1000 via K
        day 2   activity a bought at X friend=@test:member:n receipt=P via L    => L: total 300
        day 3   bind b card K to n at X
        day 3   bind d card L to m at X                             => total 300
        day 4   return r of P at X via K                            => total 0
    ",
    );
    // The question waits at the member's, and the sale comes with the card.
    invited(
        "
        day 1   activity a bought at X friend=@test:member:n receipt=P          => total 300
        day 2   sale P at X 1000 via K
        day 3   bind b card K to n at X                             => total 300
        day 50  return r of P at X via K                            => total 0
    ",
    );
    // The friend was merged by then: what waits for the sale goes on behind it.
    invited(
        "
        day 1   activity a bought at X friend=@test:member:n receipt=P      => total 300
        day 2   merge g of k for n
        day 3   sale P at X 1000 via K
        day 4   bind b card K to n at X
        day 50  pass                                                => total 300
        day 51  return r of P at X via K                            => total 0
    ",
    );
}

#[test]
fn s32_a_grant_that_stays_at_a_card_falls_there() {
    // The binding is told of after its end: what is dated behind that stays.
    invited(
        "
        day 2   sale A at X 1000 via K
        day 2   sale P at X 1000 for n
        day 6   activity a bought at X friend=@test:member:n receipt=P via K    => K: total 300
        day 7   unbind u card K at Z dated day 5                    => outcome parked
        day 8   bind b card K to m at Z dated day 1                 => outcome applied, K: total 300, total 0
        day 9   return r of P at X for n                            => K: total 0
        day 9   activity a bought at X friend=@test:member:n receipt=P via K dated day 6 => outcome duplicate
    ",
    );
}

#[test]
fn s23_s32_one_sale_under_two_friends_that_are_one_tells_whoever_asked_either() {
    let both = "
        day 1   sale P at X 1000 for n
        day 1   sale P at X 1000 for k
        day 2   activity a bought at X friend=@test:member:n receipt=P      => total 300
        day 2   activity b bought at X friend=@test:member:k receipt=P      => total 600
    ";
    let in_one = "
        day 3   merge g of k for n                                  => total 600
        day 4   return r of P at X for n                            => total 0
    ";
    invited(&[both, in_one].concat());
    // What stays was returned already.
    let before = "
        day 3   return r of P at X for k                            => total 300
        day 4   merge g of k for n                                  => total 0
    ";
    invited(&[both, before].concat());
}

#[test]
fn s22_a_return_that_waits_at_a_merged_member_follows_the_sale_that_a_card_brings() {
    invited(
        "
        day 1   return r of P at X for n                            => outcome parked
        day 2   merge g of k for n
        day 3   sale P at X 1000 via K
        day 4   bind b card K to n at X                             => later applied
    ",
    );
}

#[test]
fn s22_s32_a_question_that_waits_at_a_merged_member_waits_on_at_whom_it_was_merged_into() {
    for (before, after) in [("", "day 3 sale P at X 1000 for k"), ("day 1 sale P at X 1000 for k", "")] {
        invited(&format!(
            "
            {before}
            day 1   activity a bought at X friend=@test:member:n receipt=P      => total 300
            day 2   merge g of k for n                                          => total 300
            {after}
            day 99  pass                                                        => total 300
            day 100 return r of P at X for k                                    => total 0
        "
        ));
    }
    // Nobody buys there either; and one who is merged once more.
    invited(
        "
        day 1   activity a bought at X friend=@test:member:o receipt=P          => total 300
        day 2   merge g of n for o
        day 3   merge h of k for n
        day 99  pass                                                            => total 0
    ",
    );
    invited(
        "
        day 1   activity a bought at X friend=@test:member:o receipt=P          => total 300
        day 2   merge g of n for o
        day 3   merge h of k for n
        day 4   sale P at X 1000 for o
        day 99  pass                                                            => total 300
    ",
    );
}

#[test]
fn s22_a_return_that_waits_at_a_merged_member_waits_on_at_whom_it_was_merged_into() {
    for (before, after) in
        [("", "day 3 sale P at X 1000 for k => later applied"), ("day 1 sale P at X 1000 for k", "")]
    {
        let ledger = invited(&format!(
            "
            {before}
            day 1   return r of P at X for n                            => outcome parked
            day 2   merge g of k for n                                  => outcome applied
            {after}
            day 4   return r of P at X for n dated day 1                => outcome duplicate, reason none
        "
        ));
        let undone = ledger.named("k").purchases.rows().values().all(|purchase| purchase.is_undone());
        assert!(undone, "S22: the return came to its sale");
    }
}

#[test]
fn s22_s26_s32_a_question_waits_where_the_programme_is_not_published_yet() {
    let asked = "day 2 activity a bought at X friend=@test:member:n receipt=P";
    for (sale, left) in [("day 5 sale P at X 1000 for n dated day 1", 300), ("", 0)] {
        let mut ledger = play(inviting(), "");
        let (question, now) = begin(&mut ledger, asked);
        let published = std::mem::take(&mut ledger.tariffs);
        let told: Vec<_> = question.iter().flat_map(|command| ledger.decide(command, now)).collect();
        // Partitions hear of a version one after the other.
        go_on(&mut ledger, "day 3 pass");
        ledger.tariffs = published;
        deliver(&mut ledger, told, now);
        go_on(&mut ledger, "day 4 pass => total 300");
        go_on(&mut ledger, &format!("{sale}\nday 33 pass => total 300\nday 90 pass => total {left}"));
        assert!(ledger.named("n").account.waiting.is_empty());
        go_on(&mut ledger, "day 91 return r of P at X for n => total 0");
    }
}

/// Everything arrives; where it goes in a circle, this ends it.
fn deliver_in_so_many_steps(under: &mut Under) {
    for _ in 0..100 {
        let Some(next) = under.on_their_way.front().map(|command| command.entity.clone()) else { return };
        under.deliver(&next, 1);
    }
    panic!("S16: it goes on for ever: {:?}", under.on_their_way);
}

#[test]
fn s16_s32_two_cards_that_replaced_each_other_at_once_end_where_they_are_and_so_does_what_is_asked() {
    for (asked, back) in [("K", "K"), ("K", "L"), ("L", "K"), ("L", "L")] {
        for meanwhile in [true, false] {
            let mut tariff = inviting();
            tariff.rules = tariffs::base().rules;
            let mut under = Under::new(tariff);
            under.event("day 1 sale P at X 1000 via K");
            under.event("day 2 replace r1 card K by L at X");
            under.event("day 2 replace r2 card L by K at X");
            if !meanwhile {
                deliver_in_so_many_steps(&mut under);
                assert_eq!((under.total("K"), under.total("L")), (50, 0), "what is sent on so often stays");
            }
            under.event(&format!("day 3 activity a bought at X friend=@test:card:{asked} receipt=P"));
            deliver_in_so_many_steps(&mut under);
            assert_eq!((under.total("K"), under.total("m")), (50, 300), "asked {asked}");
            under.event(&format!("day 4 return r of P at X via {back}"));
            deliver_in_so_many_steps(&mut under);
            assert_eq!((under.total("K"), under.total("m")), (0, 0), "asked {asked}, brought back to {back}");
            go_on(&mut under.ledger, "day 90 pass => total 0, K: total 0, L: total 0");
        }
    }
}

#[test]
fn s18_what_comes_back_to_a_card_is_what_left_with_what_is_owed_of_it() {
    let mut tariff = inviting();
    tariff.rules = tariffs::base().rules;
    let mut under = Under::new(tariff);
    for step in [
        "day 1 sale P at X 1000 via K",
        "day 1 hold R at Z 40 via K",
        "day 1 capture c of R at Z 40 via K",
        "day 1 return r1 of P at X 1x0.4 via K",
    ] {
        under.event(step);
        deliver_in_so_many_steps(&mut under);
    }
    go_on(&mut under.ledger, "day 1 pass => K: available 0, K: debt 10, K: spent 40, K: redeemed 40");
    under.event("day 2 replace r1 card K by L at X");
    under.event("day 2 replace r2 card L by K at X");
    deliver_in_so_many_steps(&mut under);
    go_on(
        &mut under.ledger,
        "
        day 3   pass                               => K: available 0, K: debt 10, K: spent 40, K: redeemed 40, K: moved 0, K: moved_in 0
        day 3   pass                               => L: debt 0, L: spent 0, L: redeemed 0
    ",
    );
    under.event("day 4 return r2 of P at X 1x0.6 via L");
    deliver_in_so_many_steps(&mut under);
    go_on(&mut under.ledger, "day 5 pass => K: debt 40, K: spent 40, K: earned_all 50, K: clawed_all 50");
}

#[test]
fn s22_s32_a_sale_behind_a_circle_of_cards_is_there_for_who_asks() {
    let mut tariff = inviting();
    tariff.rules = tariffs::base().rules;
    let mut under = Under::new(tariff);
    under.event("day 2 replace r1 card K by L at X");
    under.event("day 2 replace r2 card L by K at X");
    deliver_in_so_many_steps(&mut under);
    under.event("day 3 sale Q at X 1000 via K");
    deliver_in_so_many_steps(&mut under);
    assert_eq!(under.total("K"), 50);
    under.event("day 4 activity a bought at X friend=@test:card:K receipt=Q");
    deliver_in_so_many_steps(&mut under);
    go_on(&mut under.ledger, "day 90 pass => total 300");
    under.event("day 91 return r of Q at X via L");
    deliver_in_so_many_steps(&mut under);
    assert_eq!((under.total("K"), under.total("m")), (0, 0));
}
