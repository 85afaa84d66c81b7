//! Limits that members share (S34): a card anyone may activate once, a code for three, a budget.

use crate::scenario::{Ledger, go_on, play, tariffs};
use domain::activity::{Activity, Attribute};
use domain::award::{ActivityKind, Amount, AttributeSpec, AttributeType, Award, Often, Once};
use domain::shared::{SharedLimit, Usage};
use domain::tariff::Tariff;
use domain::{Command, EntityId, Name, Points, Timestamp};
use std::collections::VecDeque;

const ONCE: Often = Often { once: Some(Once::Ever), for_each: None };
const EACH_TIME: Often = Often { once: None, for_each: None };

/// A limit of so many uses; of so many for each value of this attribute.
pub fn uses(name: &str, uses: i64, per: Option<&str>) -> SharedLimit {
    let (name, per) = (Name::from(name), per.map(Name::from));
    SharedLimit { name, uses: Some(uses), points: None, per, until: Timestamp::NEVER }
}

/// A limit of so many points.
pub fn budget(name: &str, points: i64) -> SharedLimit {
    SharedLimit { uses: None, points: Points::new(points), ..uses(name, 1, None) }
}

fn within(activity: &str, amount: Amount, often: Often, within: SharedLimit) -> Award {
    let (name, activity, terms) = (Name::from(activity), Name::from(activity), Name::from("bonus"));
    Award {
        name,
        activity,
        terms,
        partners: Vec::new(),
        only: Vec::new(),
        amount,
        often,
        within: Some(within),
        falls_with: None,
    }
}

/// Activities `club-card` (2,000 once a member, each card once), `code` (50 each time, for three), `jars` (20 each, 100
/// together).
pub fn shared() -> Tariff {
    let mut tariff = tariffs::active();
    let takes = |name: &str, takes| AttributeSpec { name: Name::from(name), takes, optional: false };
    let kind = |name: &str, attributes| ActivityKind { name: Name::from(name), attributes };
    let fixed = |points| Amount::Fixed(Points::at_least_zero(points));
    let activities = &mut tariff.activities;
    activities.kinds.push(kind("club-card", vec![takes("card", AttributeType::Text)]));
    activities.kinds.push(kind("code", Vec::new()));
    activities.awards.retain(|award| award.activity.as_str() != "jars");
    let jars = Amount::PerUnit(Name::from("number"), 20_000_000);
    activities.awards.extend([
        within("club-card", fixed(2_000), ONCE, uses("club-cards", 1, Some("card"))),
        within("code", fixed(50), EACH_TIME, uses("codes", 3, None)),
        within("jars", jars, EACH_TIME, budget("jars", 100)),
    ]);
    tariff
}

/// The account of a limit: of a card of the club, where one is given.
pub fn limit(name: &str, card: Option<&str>) -> EntityId {
    EntityId::limit("test", name, card)
}

/// What is reserved and confirmed: how often, and how many points.
pub fn usage(ledger: &Ledger, of: &EntityId) -> [(i64, i64); 2] {
    let Usage { reserved, reserved_points, confirmed, confirmed_points } =
        *ledger.account(of).usage.as_deref().expect("a limit that was asked");
    [(reserved, reserved_points.get()), (confirmed, confirmed_points.get())]
}

/// Commands of a ledger that are delivered one by one.
pub struct Under {
    pub ledger: Ledger,
    now: Timestamp,
    pub on_their_way: VecDeque<Command>,
}

impl Under {
    pub fn new(tariff: Tariff) -> Self {
        Self { ledger: Ledger::new(vec![tariff]), now: Timestamp::MIN, on_their_way: VecDeque::new() }
    }

    /// An event is decided; what follows from it is on its way.
    pub fn event(&mut self, line: &str) {
        let (command, now) = self.ledger.read(line);
        self.now = now;
        let follow_ups = self.ledger.decide(&command, now);
        self.on_their_way.extend(follow_ups);
    }

    /// The next of what is on its way to `entity` arrives, so often.
    pub fn deliver(&mut self, entity: &EntityId, times: usize) {
        let place = self.on_their_way.iter().position(|command| command.entity == *entity);
        let command = self.on_their_way.remove(place.expect("a command on its way")).expect("its place");
        for _ in 0..times {
            let follow_ups = self.ledger.decide(&command, self.now);
            self.on_their_way.extend(follow_ups);
        }
    }

    /// All that is on its way arrives, but for what is on its way to `last`.
    pub fn deliver_before(&mut self, last: &EntityId) {
        while let Some(next) = self.on_their_way.iter().find(|command| command.entity != *last) {
            let next = next.entity.clone();
            self.deliver(&next, 1);
        }
    }

    /// All that is on its way arrives, each so often.
    pub fn deliver_all(&mut self, times: usize) {
        while let Some(next) = self.on_their_way.front().map(|command| command.entity.clone()) {
            self.deliver(&next, times);
        }
    }

    pub fn total(&self, member: &str) -> i64 {
        self.ledger.named(member).account.balance("bonus").map_or(0, |balance| balance.total().get())
    }
}

pub fn member(id: &str) -> EntityId {
    EntityId::member("test", id)
}

#[test]
fn s34_a_card_is_activated_once_by_anyone() {
    let mut ledger = play(
        shared(),
        "
        day 1   activity a1 club-card at X card=77         => outcome parked, reason awaits_limit, later applied, later_earned 2000, total 2000
        day 2   activity a2 club-card at X card=77 for n   => outcome parked, later applied, later_reason limit_reached, later_earned 0, n: total 0
        day 3   activity a3 club-card at X card=78 for n   => later_earned 2000, n: total 2000
        # The same event again: what came of it.
        day 4   activity a1 club-card at X card=77 dated day 1 => outcome duplicate, earned 2000, later none
        day 4   activity a2 club-card at X card=77 for n dated day 2 => outcome duplicate, reason limit_reached
        # Another card of a member who has the points once: no limit is asked.
        day 5   activity a4 club-card at X card=79         => outcome applied, earned 0, later none, total 2000
        day 6   activity a5 club-card at X card=79 for k   => later_earned 2000, k: total 2000
    ",
    );
    for card in ["77", "78", "79"] {
        assert_eq!(usage(&ledger, &limit("club-cards", Some(card))), [(0, 0), (1, 2_000)], "{card}");
    }
    go_on(&mut ledger, "day 400 pass => available 0, expired 2000");
}

#[test]
fn s34_of_two_who_ask_at_once_exactly_one_is_granted() {
    for first in ["m", "n"] {
        let mut under = Under::new(shared());
        under.event("day 1 activity a1 club-card at X card=77");
        under.event("day 1 activity a2 club-card at X card=77 for n");
        assert_eq!((under.total("m"), under.total("n")), (0, 0), "both wait");
        let card = limit("club-cards", Some("77"));
        if first == "n" {
            under.on_their_way.rotate_left(1);
        }
        under.deliver(&card, 2);
        under.deliver_all(2);
        let expected = if first == "m" { (2_000, 0) } else { (0, 2_000) };
        assert_eq!((under.total("m"), under.total("n")), expected, "{first} came first");
        assert_eq!(usage(&under.ledger, &card), [(0, 0), (1, 2_000)]);
    }
}

#[test]
fn s34_a_code_for_three_among_five() {
    let ledger = play(
        shared(),
        "
        day 1   activity c1 code at X                      => later_earned 50, later_reason none
        day 1   activity c2 code at X for n                => later_earned 50
        day 1   activity c2 code at X for n                => outcome duplicate
        day 1   activity c3 code at X for k                => later_earned 50
        day 1   activity c4 code at X for l                => later_earned 0, later_reason limit_reached
        day 1   activity c5 code at X                      => later_earned 0, later_reason limit_reached, total 50
    ",
    );
    assert_eq!(usage(&ledger, &limit("codes", None)), [(0, 0), (3, 150)]);
}

#[test]
fn s34_what_brings_nothing_asks_no_limit() {
    play(
        shared(),
        "
        day 1   activity j1 jars at X number=0             => outcome applied, reason none, earned 0
    ",
    );
}

#[test]
fn s34_a_budget_is_spent_to_the_last_point_and_never_beyond() {
    let ledger = play(
        shared(),
        "
        day 1   activity j1 jars at X number=3             => later_earned 60
        day 2   activity j2 jars at X number=3 for n       => later_earned 0, later_reason limit_reached
        day 3   activity j3 jars at X number=2 for n       => later_earned 40
        day 4   activity j4 jars at X number=1             => later_earned 0, later_reason limit_reached
    ",
    );
    assert_eq!(usage(&ledger, &limit("jars", None)), [(0, 0), (2, 100)]);
}

#[test]
fn s34_after_its_end_nothing_is_asked_and_nothing_granted() {
    let mut tariff = shared();
    let codes = tariff.activities.awards.iter_mut().find(|award| award.name.as_str() == "code");
    let limit = codes.and_then(|award| award.within.as_mut()).expect("the limit of codes");
    limit.until = Timestamp(1_768_003_200_000); // 10 January
    play(
        tariff,
        "
        day 11  activity c1 code at X dated day 9          => outcome parked, later_earned 50
        day 11  activity c2 code at X dated day 10         => outcome applied, earned 0, later none
    ",
    );
}

#[test]
fn s24_s34_an_earlier_activity_takes_the_place_and_gives_the_other_ones_share_back() {
    let ledger = play(
        shared(),
        "
        day 5   activity a1 club-card at X card=77         => later_earned 2000
        day 6   activity a2 club-card at X card=78 dated day 3 => later_earned 2000, total 2000
        day 7   activity a3 club-card at X card=77 for n   => later_earned 2000, n: total 2000
        # One that the limit refuses takes nothing from who was granted.
        day 8   activity a4 club-card at X card=78 for n dated day 2 => later_earned 0, later_reason limit_reached, n: total 2000
    ",
    );
    assert_eq!(usage(&ledger, &limit("club-cards", Some("78"))), [(0, 0), (1, 2_000)]);
}

#[test]
fn s34_who_is_erased_while_waiting_gives_the_share_back() {
    let mut under = Under::new(shared());
    let card = limit("club-cards", Some("77"));
    under.event("day 1 activity a1 club-card at X card=77");
    under.event("day 1 erase e1");
    under.deliver(&card, 2);
    assert_eq!(usage(&under.ledger, &card), [(1, 2_000), (0, 0)]);
    under.deliver_all(2);
    assert_eq!(usage(&under.ledger, &card), [(0, 0), (0, 0)]);
    assert_eq!(under.total("m"), 0);
    go_on(
        &mut under.ledger,
        "
        day 2   activity a1 club-card at X card=77 dated day 1 => outcome duplicate, reason account_erased
        day 2   activity a2 club-card at X card=77 for n   => later_earned 2000, n: total 2000
    ",
    );
}

#[test]
fn s34_who_is_merged_while_waiting_is_granted_as_whom_it_is_merged_into() {
    for answered_first in [true, false] {
        let mut under = Under::new(shared());
        let card = limit("club-cards", Some("77"));
        under.event("day 1 activity a1 club-card at X card=77 for n");
        if answered_first {
            under.deliver(&card, 1);
        }
        under.event("day 1 merge g of m for n");
        while under.on_their_way.iter().any(|command| command.entity == member("m")) {
            under.deliver(&member("m"), 1);
        }
        under.deliver_all(2);
        assert_eq!((under.total("m"), under.total("n")), (2_000, 0), "answered first: {answered_first}");
        assert_eq!(usage(&under.ledger, &card), [(0, 0), (1, 2_000)]);
        go_on(
            &mut under.ledger,
            "
            day 2   activity a1 club-card at X card=77 for n dated day 1 => outcome duplicate, earned 2000
            day 3   activity a2 club-card at X card=77 for k => later_reason limit_reached
        ",
        );
    }
}

#[test]
fn s34_of_two_merged_who_were_both_granted_once_the_later_gives_its_share_back() {
    let ledger = play(
        shared(),
        "
        day 1   activity a1 club-card at X card=77         => later_earned 2000
        day 2   activity a2 club-card at X card=78 for n   => later_earned 2000
        day 3   merge g of m for n                         => total 2000, n: total 0
        day 4   activity a3 club-card at X card=78 for k   => later_earned 2000, later_reason none
    ",
    );
    assert_eq!(usage(&ledger, &limit("club-cards", Some("77"))), [(0, 0), (1, 2_000)]);
}

#[test]
fn s34_what_a_card_asked_before_its_binding_is_granted_to_its_member() {
    let mut under = Under::new(shared());
    let card = limit("club-cards", Some("77"));
    under.event("day 1 activity a1 club-card at X card=77 via K");
    under.event("day 2 bind b card K to m at X");
    under.deliver_all(2);
    assert_eq!(under.total("m"), 2_000);
    assert_eq!(usage(&under.ledger, &card), [(0, 0), (1, 2_000)]);
}

#[test]
fn s23_s34_one_event_under_two_members_has_one_share() {
    let ledger = play(
        shared(),
        "
        day 1   activity c1 code at X                      => later_earned 50
        day 1   activity c1 code at X for n                => later_earned 0, later_reason limit_reached
        day 2   merge g of m for n                         => total 50
    ",
    );
    assert_eq!(usage(&ledger, &limit("codes", None)), [(0, 0), (1, 50)]);
}

#[test]
fn s23_s34_of_one_event_under_two_members_that_are_merged_the_one_that_was_granted_stands() {
    // The other was refused before the merge; or its question is still under way, or the answer.
    for refused in 0..3 {
        let mut under = Under::new(shared());
        let card = limit("club-cards", Some("77"));
        under.event("day 1 activity a1 club-card at X card=77 for n");
        under.deliver_all(1);
        under.event("day 2 activity a1 club-card at X card=77 dated day 1");
        let mut late = None;
        match refused {
            0 => under.deliver_all(1),
            1 => {}
            _ => {
                under.deliver(&card, 1);
                late = under.on_their_way.pop_back();
            }
        }
        under.event("day 3 merge g of m for n");
        under.deliver_before(&card);
        assert_eq!((under.total("m"), under.total("n")), (2_000, 0), "refused: {refused}");
        under.on_their_way.extend(late);
        under.deliver_all(2);
        assert_eq!((under.total("m"), under.total("n")), (2_000, 0), "refused: {refused}");
        assert_eq!(usage(&under.ledger, &card), [(0, 0), (1, 2_000)], "refused: {refused}");
        assert!(under.ledger.account(&member("m")).waiting.is_empty(), "S27: refused: {refused}");
        go_on(
            &mut under.ledger,
            "
            day 4   activity a1 club-card at X card=77 dated day 1 => outcome duplicate, reason limit_reached
            # Whoever comes earlier still takes its place, and its share goes back.
            day 5   activity a2 club-card at X card=78 dated day 1 09:00 => later_earned 2000, total 2000
            day 6   activity a3 club-card at X card=77 for k   => later_earned 2000
        ",
        );
    }
}

#[test]
fn s25_s34_one_that_came_too_late_asks_once_it_is_released() {
    let ledger = play(
        shared(),
        "
        day 1   activity c1 code at X                      => later_earned 50
        day 60  activity c2 code at X for n dated day 2    => outcome quarantined, later none
        day 60  activity c3 code at X for k                => later_earned 50
        day 61  release r1 of activities/c2 at X for n     => outcome applied, n: total 50, fates 1
        day 61  activity c2 code at X for n dated day 2    => outcome duplicate, earned 50
        day 62  activity c4 code at X for k                => later_reason limit_reached, k: total 50
    ",
    );
    assert_eq!(usage(&ledger, &limit("codes", None)), [(0, 0), (3, 150)]);
}

#[test]
fn s22_s27_a_return_that_is_released_and_waits_on_has_one_later_fate() {
    play(
        shared(),
        "
        day 60  return r1 of P at X 1 dated day 2          => outcome quarantined
        day 61  release q1 of returns/r1 at X              => outcome applied, fates 0
        day 62  sale P at X 1000 dated day 40              => outcome applied, fates 1, later applied, total 0
    ",
    );
}

#[test]
fn s34_a_question_that_was_refused_leaves_nothing_and_may_come_again() {
    let mut under = Under::new(shared());
    let card = limit("club-cards", Some("77"));
    under.event("day 1 activity a1 club-card at X card=77");
    under.deliver_all(1);
    under.event("day 2 activity a2 club-card at X card=77 for n");
    let question = under.on_their_way[0].clone();
    under.deliver_all(1);
    let rows = |under: &Under| under.ledger.entity_of(&card).seen.rows().len();
    assert_eq!(rows(&under), 1, "the one that was granted");
    // An earlier activity of whoever has it takes its place, so that there is room; then the question comes again.
    under.event("day 3 activity a3 club-card at X card=78 dated day 1 09:00");
    under.deliver_all(1);
    assert_eq!(usage(&under.ledger, &card), [(0, 0), (0, 0)]);
    under.on_their_way.push_back(question.clone());
    under.deliver(&card, 1);
    assert_eq!(usage(&under.ledger, &card), [(1, 2_000), (0, 0)], "granted to whom it was refused");
    under.deliver_all(2);
    assert_eq!(usage(&under.ledger, &card), [(0, 0), (0, 0)], "and given back");
    assert_eq!(under.total("n"), 0);
    go_on(
        &mut under.ledger,
        "
        day 4   activity a2 club-card at X card=77 for n dated day 2 => outcome duplicate, reason limit_reached
        day 5   activity a4 club-card at X card=77 for k   => later_earned 2000, k: total 2000
    ",
    );
    under.on_their_way.push_back(question);
    under.deliver_all(1);
    assert_eq!(usage(&under.ledger, &card), [(0, 0), (1, 2_000)]);
}

#[test]
fn s34_what_waited_behind_a_parked_account_asks_when_that_goes_on() {
    let mut ledger = play(shared(), "day 1 activity c1 code at X => later_earned 50");
    ledger.let_wait(1, "day 2 activity c2 code at X");
    go_on(
        &mut ledger,
        "
        day 3   resume g                                   => outcome applied, total 100, fates 1
        day 4   activity c2 code at X dated day 2          => outcome duplicate, earned 50
    ",
    );
    assert_eq!(usage(&ledger, &limit("codes", None)), [(0, 0), (2, 100)]);
}

#[test]
fn s34_partners_name_no_limit() {
    // Members and cards stand before their ids, whatever those are.
    for id in ["limit:codes", ":limit:codes", "codes"] {
        assert!(!EntityId::member("test", id).is_limit() && !EntityId::card("test", id).is_limit());
    }
    assert!(limit("codes", None).is_limit() && !limit("codes", None).is_card());
    let value = |text: &str| Attribute { name: "card".into(), value: text.into(), account: "".into() };
    let of = |text: &str| {
        let activity = Activity { kind: "club-card".into(), attributes: vec![value(text)] };
        uses("club-cards", 1, Some("card")).entity("test", &activity.attributes)
    };
    assert_ne!(of("77"), of("78"));
    assert!(!of("4276-1234").as_str().contains("4276"), "the value is not in the id: {}", of("4276-1234"));
}

#[test]
fn s34_who_is_erased_between_two_limits_answers_gives_both_shares_back() {
    for first in ["codes", "gifts"] {
        let mut tariff = shared();
        let gift =
            within("code", Amount::Fixed(Points::at_least_zero(30)), EACH_TIME, uses("gifts", 3, None));
        tariff.activities.awards.push(Award { name: Name::from("gift"), ..gift });
        let mut under = Under::new(tariff);
        let limits = ["codes", "gifts"].map(|name| limit(name, None));
        under.event("day 1 activity c1 code at X");
        under.deliver(&limit(first, None), 1);
        under.deliver(&member("m"), 1);
        assert_eq!(under.total("m"), 0, "{first} answered, the other not");
        under.event("day 1 erase e1");
        under.deliver_all(2);
        for limit in &limits {
            assert_eq!(usage(&under.ledger, limit), [(0, 0), (0, 0)], "{first} answered first");
        }
        go_on(
            &mut under.ledger,
            "
            day 2   activity c1 code at X dated day 1          => outcome duplicate, reason account_erased
            day 2   activity c2 code at X for n                => later_earned 80, n: total 80
        ",
        );
    }
}

#[test]
fn s23_s34_a_share_is_not_given_back_by_the_copy_that_was_refused() {
    let mut tariff = shared();
    let hundred = Amount::Fixed(Points::at_least_zero(100));
    let welcome = within("club-card", hundred, ONCE, uses("none", 1, None));
    tariff.activities.awards.push(Award { name: Name::from("welcome"), within: None, ..welcome });
    let mut under = Under::new(tariff);
    let card = limit("club-cards", Some("77"));
    under.event("day 1 activity a1 club-card at X card=77");
    under.deliver_all(1);
    under.event("day 2 activity a1 club-card at X card=77 for n dated day 1");
    under.deliver_all(1);
    assert_eq!((under.total("m"), under.total("n")), (2_100, 100));
    under.event("day 3 merge g of m for n");
    under.deliver_all(1);
    assert_eq!(under.total("m"), 2_100);
    assert_eq!(usage(&under.ledger, &card), [(0, 0), (1, 2_000)]);
}
