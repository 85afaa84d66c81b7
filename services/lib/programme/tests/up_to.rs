//! What a visitor is told a basket may bring is the most it brings anybody (S29): whatever their level, their segments,
//! since when they are a member, and on their birthday.

use domain::command::SaleLine;
use domain::purchase::Quantity;
use domain::quote::{Ask, quote_visitor};
use domain::tariff::Tariffs;
use domain::{Minor, Name, Points, Timestamp};
use std::sync::Arc;

/// A shop with `more` rules beside 5 % for everybody.
fn shop(more: &str) -> String {
    format!(
        r#"
[programme]
name = "shop"
version = 1
from = "2020-01-01"
zone = "Europe/Moscow"
currency = "RUB"
[wallets.points]
[activities.joined]
[activities.told.attributes]
born = "date"
as = ["student", "teacher", "pensioner", "staff", "neighbour"]
[members]
joined_by = "joined"
birthday = "told.born"
[segments]
student = {{ joined_by = "told", only = {{ as = ["student"] }} }}
teacher = {{ joined_by = "told", only = {{ as = ["teacher"] }} }}
pensioner = {{ joined_by = "told", only = {{ as = ["pensioner"] }} }}
staff = {{ joined_by = "told", only = {{ as = ["staff"] }} }}
neighbour = {{ joined_by = "told", only = {{ as = ["neighbour"] }} }}
[tiers]
levels = [{{ name = "Silver", from = 0 }}, {{ name = "Gold", from = 1_000 }}]
[rules.all]
rate = "5 %"
{more}"#
    )
}

/// The most that 1,000 rubles bring under these rules.
fn up_to(more: &str) -> Points {
    let text = shop(more);
    let tariff = programme::compile("shop.toml", &text).unwrap_or_else(|found| panic!("{}", found[0]));
    let mut tariffs = Tariffs::default();
    tariffs.add(Arc::clone(&tariff));
    let (item, one) = (Name::from("tea"), Quantity(1_000));
    let line = SaleLine::priced(1, item, Name::default(), one, Minor(100_000)).expect("a line");
    let ask = Ask {
        partner: Name::from("shop"),
        at: Timestamp(1_800_000_000_000),
        lines: vec![line],
        pay: None,
        attributes: Vec::new(),
    };
    quote_visitor(&tariffs, "shop", &ask).expect("a quote").earned()
}

#[test]
fn s29_up_to_is_the_most_that_any_member_is_told() {
    let cases = [
        ("nothing but 5 %", "", 50),
        ("a level", "[rules.gold]\nbonus = 7\ntiers = [\"Gold\"]", 57),
        ("being a member", "[rules.members]\nbonus = 7\nmembers = true", 57),
        ("the first months", "[rules.new]\nbonus = 7\nmember_within = \"3 months\"", 57),
        ("a year together", "[rules.old]\nbonus = 7\nmember_for = \"1 year\"", 57),
        (
            "one is not the other",
            "[rules.new]\nbonus = 7\nmember_within = \"3 months\"\n[rules.old]\nbonus = 9\nmember_for = \"1 year\"",
            59,
        ),
        (
            "but may be both",
            "[rules.new]\nbonus = 7\nmember_within = \"3 months\"\n[rules.old]\nbonus = 9\nmember_for = \"1 month\"",
            66,
        ),
        ("a segment", "[rules.students]\nbonus = 7\nsegments = [\"student\"]", 57),
        (
            "two segments, and not a third",
            "[rules.students]\nbonus = 7\nsegments = [\"student\"]\n\
             [rules.teachers]\nbonus = 9\nsegments = [\"teacher\"]\n\
             [rules.others]\nbonus = 11\nexcept_segments = [\"staff\"]",
            77,
        ),
        (
            "either of two",
            "[rules.students]\nbonus = 7\nsegments = [\"student\"]\nexcept_segments = [\"teacher\"]\n\
             [rules.teachers]\nbonus = 9\nsegments = [\"teacher\"]",
            59,
        ),
        (
            "a segment that halves, and one of five that are told apart",
            "[rules.half]\nmultiplier = 0.5\nsegments = [\"staff\"]\n\
             [rules.many]\nbonus = 7\nsegments = [\"student\", \"teacher\", \"pensioner\", \"neighbour\"]",
            57,
        ),
        ("the birthday", "[rules.birthday]\nbonus = 7\nbirthday = \"on the day\"", 57),
        ("a condition of its own", "[rules.own]\nbonus = 7\nwhen = '\"staff\" in member.segments'", 57),
        ("a condition of its own, of days", "[rules.own]\nbonus = 7\nwhen = 'member.days >= 1000'", 57),
        (
            "all of it together",
            "[rules.gold]\nbonus = 1\ntiers = [\"Gold\"]\n[rules.old]\nbonus = 2\nmember_for = \"1 year\"\n\
             [rules.students]\nbonus = 4\nsegments = [\"student\"]\n[rules.birthday]\nbonus = 8\nbirthday = \"3 days around\"",
            65,
        ),
    ];
    for (case, more, expected) in cases {
        assert_eq!(up_to(more).get(), expected, "{case}");
    }
}
