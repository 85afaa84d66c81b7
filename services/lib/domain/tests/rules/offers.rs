//! Scenarios of the till: what offers take off, of which line, rounded how, and why not (S02, S29).

use crate::scenario::tariffs::{self, factor};
use domain::because::Because;
use domain::command::SaleLine;
use domain::offer::{Discount, Offer, Offers};
use domain::price::{Priced, price};
use domain::purchase::Quantity;
use domain::rating::Extent;
use domain::tariff::{Band, ByTier, Condition, RatingContext, Rounding, Tariff};
use domain::{Minor, Name, Timestamp};
use std::collections::BTreeMap;

/// `item:group:price[:quantity]`, as a line that costs so much.
fn line(text: &str) -> SaleLine {
    let parts: Vec<&str> = text.split(':').collect();
    let price = tariffs::base().currency.to_minor(parts[2].parse().expect("a decimal")).expect("an amount");
    let quantity = parts.get(3).map_or(1_000, |text| factor(text).millionths() / 1_000);
    SaleLine {
        line: 1,
        sku: Name::from(parts[0]),
        group: Name::from(parts[1]),
        quantity: Quantity(quantity),
        amount: Minor(price.0 * quantity / 1_000),
        promotional: false,
    }
}

fn offer(name: &str, discount: Discount) -> Offer {
    Offer {
        name: Name::from(name),
        condition: Condition::default(),
        items: Vec::new(),
        discount,
        priority: 0,
        stacks: false,
        rounding: Rounding::HalfUp,
        step: Minor(1),
    }
}

fn share(text: &str) -> Discount {
    Discount::Share(ByTier::All(factor(text)))
}

fn stacking(offer: Offer, priority: i32) -> Offer {
    Offer { stacks: true, priority, ..offer }
}

fn three_for_two() -> Offer {
    offer("three", Discount::Cheapest { of: 3, pieces: 1, off: factor("1") })
}

fn pair() -> Offer {
    offer("pair", Discount::Cheapest { of: 2, pieces: 1, off: factor("0.5") })
}

fn free() -> Offer {
    offer("free", Discount::Gift { pieces: 1, wallet: Name::from("free-pair") })
}

fn tariff(all: Vec<Offer>) -> Tariff {
    Tariff { offers: Offers { all, delivery: vec![Name::from("delivery")] }, ..tariffs::base() }
}

/// The price of a basket to somebody of `tier` who has so many gifts.
fn priced_for(tier: &str, gifts: i64, all: Vec<Offer>, basket: &[&str]) -> Priced {
    let lines: Vec<SaleLine> = basket.iter().map(|text| line(text)).collect();
    let context = RatingContext {
        partner: Name::from("X"),
        occurred_at: Timestamp(0),
        tier: Name::from(tier),
        basket: Minor(i64::MAX),
        attributes: Vec::new(),
        profile: None,
        extent: Extent::Sold,
        holds: Vec::new(),
        agreed: Vec::new(),
    };
    let priced = price(&tariff(all), &context, &|_| gifts, &lines);
    for (line, sold) in priced.lines.iter().zip(&lines) {
        let taken: Minor = line.discounts.iter().map(|taken| taken.amount).sum();
        assert_eq!((line.list, line.list - taken), (sold.amount, line.till), "S02: parts add up");
        assert!(line.till >= Minor::ZERO, "S02: a line costs nothing at the least");
    }
    priced
}

/// What the lines of a basket cost at the till, in hundredths.
fn till(all: Vec<Offer>, basket: &[&str]) -> Vec<i64> {
    priced_for("", 0, all, basket).lines.iter().map(|line| line.till.0).collect()
}

/// Why the first offer did or did not apply.
fn why(priced: &Priced) -> String {
    priced.verdicts[0].because.words(&tariffs::base().currency)
}

#[test]
fn s02_a_share_of_each_line_rounded_to_the_minor_unit_half_up() {
    assert_eq!(till(vec![offer("five", share("0.05"))], &["a::0.10", "b::0.29", "c::100"]), [9, 28, 9_500]);
    let down = Offer { rounding: Rounding::Floor, ..offer("five", share("0.05")) };
    assert_eq!(till(vec![down], &["a::0.10", "b::0.29", "c::100"]), [10, 28, 9_500]);
    let whole = Offer { step: Minor(100), ..offer("five", share("0.05")) };
    assert_eq!(till(vec![whole], &["a::29.99", "b::30"]), [2_899, 2_800]);
}

#[test]
fn s02_money_off_each_line_never_more_than_it_costs() {
    assert_eq!(till(vec![offer("off", Discount::Money(Minor(5_000)))], &["a::30", "b::80"]), [0, 3_000]);
}

#[test]
fn s02_a_special_price_by_piece_item_and_group() {
    let special = Discount::Price(Minor(178_000));
    assert_eq!(till(vec![offer("pair", special.clone())], &["a::2000:2", "b::1500"]), [356_000, 150_000]);
    let cheap = priced_for("", 0, vec![offer("pair", special)], &["b::1780"]);
    assert_eq!(why(&cheap), "costs no more without it");
    let prices = BTreeMap::from([(Name::from("mac"), Minor(9_000)), (Name::from("phones"), Minor(5_000))]);
    let prices = vec![offer("pupils", Discount::Prices(prices))];
    assert_eq!(till(prices, &["mac:phones:100", "one:phones:60", "one:covers:60"]), [9_000, 5_000, 6_000]);
}

#[test]
fn s02_three_for_two_counts_pieces_over_lines_and_frees_the_cheapest_of_each_three() {
    for (basket, expected) in [
        (vec!["a::99:3"], vec![19_800]),
        (vec!["a::99:2"], vec![19_800]),
        (vec!["a::99", "b::99", "c::99"], vec![9_900, 9_900, 0]),
        (vec!["a::10", "b::99", "c::99"], vec![0, 9_900, 9_900]),
        (vec!["a::99:5"], vec![39_600]),
        (vec!["a::99:7"], vec![49_500]),
        (vec!["a::100:3", "b::50:3"], vec![20_000, 10_000]),
        (vec!["a::100:2.5", "b::50"], vec![25_000, 0]),
        (vec!["a::100:2.5"], vec![25_000]),
    ] {
        assert_eq!(till(vec![three_for_two()], &basket), expected, "{basket:?}");
    }
    let two = priced_for("", 0, vec![three_for_two()], &["a::99:2"]);
    assert_eq!(why(&two), "2 whole pieces, expected 3");
}

#[test]
fn s02_the_cheaper_of_a_pair_at_half_the_price() {
    for (basket, expected) in [
        (vec!["a::100", "b::100"], vec![10_000, 5_000]),
        (vec!["a::60", "b::100"], vec![3_000, 10_000]),
        (vec!["a::0.33:2"], vec![49]),
        (vec!["a::100", "b::90", "c::20", "d::10"], vec![10_000, 4_500, 2_000, 500]),
        (vec!["a::100", "b::90", "c::20"], vec![10_000, 4_500, 2_000]),
    ] {
        assert_eq!(till(vec![pair()], &basket), expected, "{basket:?}");
    }
}

#[test]
fn s32_a_piece_for_nothing_against_a_gift_the_dearest_first() {
    let priced = |gifts, basket: &[&str]| {
        let priced = priced_for("", gifts, vec![free()], basket);
        let lines: Vec<i64> = priced.lines.iter().map(|line| line.till.0).collect();
        (lines, priced.uses.iter().map(|used| used.units).sum::<i64>())
    };
    assert_eq!(priced(1, &["a::1780"]), (vec![0], 1));
    assert_eq!(priced(1, &["a::100", "b::1780:2"]), (vec![10_000, 178_000], 1));
    assert_eq!(priced(5, &["a::100", "b::1780:2"]), (vec![0, 0], 3));
    assert_eq!(priced(0, &["a::100"]), (vec![10_000], 0));
    assert_eq!(why(&priced_for("", 0, vec![free()], &["a::100"])), "nothing available in free-pair");
}

/// What is free earns nothing, so that it cannot stay on a line that is paid for.
#[test]
fn s32_free_pieces_are_a_line_of_their_own_at_the_till() {
    let rung_up = |offer: Offer, basket: &[&str]| -> Vec<(i32, i64, i64)> {
        let lines: Vec<SaleLine> = basket.iter().map(|text| line(text)).collect();
        let lines = priced_for("", 1, vec![offer], basket).at_the_till(&lines);
        lines.iter().map(|line| (line.line, line.quantity.0, line.amount.0)).collect()
    };
    assert_eq!(rung_up(free(), &["a::100:2"]), [(1, 1_000, 10_000), (0, 1_000, 0)]);
    assert_eq!(rung_up(free(), &["a::100"]), [(1, 1_000, 0)]);
    assert_eq!(rung_up(three_for_two(), &["a::100:7"]), [(1, 5_000, 50_000), (0, 2_000, 0)]);
    assert_eq!(rung_up(pair(), &["a::100:2"]), [(1, 2_000, 15_000)]);
}

#[test]
fn s32_no_gift_is_taken_where_another_offer_takes_off_as_much() {
    let best = || vec![free(), offer("all", share("1"))];
    for basket in ["a::100:2", "a::100"] {
        let spared = priced_for("", 1, best(), &[basket]);
        assert_eq!((why(&spared), spared.uses.len()), ("all takes off as much or more".to_owned(), 0));
    }
}

#[test]
fn s02_delivery_for_nothing_from_a_basket_of_goods() {
    let from = Condition { basket_from: Some(Minor(300_000)), ..Condition::default() };
    let offers = || vec![Offer { condition: from.clone(), ..offer("delivery", Discount::Delivery) }];
    assert_eq!(till(offers(), &["a::3000", "van:delivery:300"]), [300_000, 0]);
    let little = priced_for("", 0, offers(), &["a::2999.99", "van:delivery:300"]);
    assert_eq!(why(&little), "basket 2,999.99 is below 3,000.00");
    assert_eq!(why(&priced_for("", 0, offers(), &["a::3000"])), "nothing is delivered");
    assert_eq!(till(vec![offer("five", share("0.05"))], &["a::100", "van:delivery:300"]), [9_500, 30_000]);
}

#[test]
fn s02_volume_is_rounded_once_and_spread_by_largest_remainder() {
    let band = |from: i64, rate| Band { from: Minor(from), rate: factor(rate) };
    let bands = vec![band(0, "0"), band(1_000, "0.05"), band(10_000, "0.10")];
    let offers = || vec![offer("volume", Discount::Bands(bands.clone()))];
    // 5 % of 10.10 are 0.51: a third each, and the lines before the last have the remainders.
    assert_eq!(till(offers(), &["a::3.37", "b::3.37", "c::3.36"]), [320, 320, 319]);
    assert_eq!(till(offers(), &["a::50", "b::50"]), [4_500, 4_500]);
    let little = priced_for("", 0, offers(), &["a::9.99"]);
    assert_eq!(why(&little), "what it gives here is nothing");
}

#[test]
fn s02_the_best_for_the_member_line_by_line_unless_they_stack() {
    let (five, off) = (|| offer("five", share("0.05")), || offer("off", Discount::Money(Minor(1_000))));
    assert_eq!(till(vec![five(), off()], &["a::100", "b::1000"]), [9_000, 95_000]);
    assert_eq!(till(vec![five(), stacking(off(), 1)], &["a::100"]), [8_500]);
    // Of what is left, in the order of their priority.
    assert_eq!(till(vec![stacking(five(), 1), stacking(off(), 2)], &["a::100"]), [8_500]);
    assert_eq!(till(vec![stacking(five(), 2), stacking(off(), 1)], &["a::100"]), [8_550]);
    let equal =
        priced_for("", 0, vec![five(), Offer { priority: -1, ..offer("ten", share("0.05")) }], &["a::100"]);
    assert_eq!(why(&equal), "ten takes off as much or more");
}

#[test]
fn s29_why_an_offer_does_not_apply() {
    let of = |condition: Condition| vec![Offer { condition, ..offer("five", share("0.05")) }];
    let names = |names: &[&str]| names.iter().map(|name| Name::from(*name)).collect::<Vec<_>>();
    let any = Condition::default;
    for (condition, expected) in [
        (any(), "applies"),
        (Condition { partners: names(&["Y"]), ..any() }, "partner X is not Y"),
        (Condition { tiers: names(&["Gold"]), ..any() }, "tier Silver is not Gold"),
        (Condition { basket_from: Some(Minor(10_001)), ..any() }, "basket 100.00 is below 100.01"),
        (Condition { basket_from: Some(Minor(10_000)), ..any() }, "applies"),
        (Condition { basket_below: Some(Minor(10_000)), ..any() }, "basket 100.00 is not below 100.00"),
        (Condition { groups: names(&["tea", "milk"]), ..any() }, "no line is of group tea or milk"),
        (Condition { groups_except: names(&["coffee"]), ..any() }, "every line is of group coffee"),
    ] {
        assert_eq!(why(&priced_for("Silver", 0, of(condition), &["a:coffee:100"])), expected);
    }
    let items = Offer { items: names(&["b"]), ..offer("five", share("0.05")) };
    assert_eq!(why(&priced_for("", 0, vec![items], &["a::100"])), "no line is of item b");
}

#[test]
fn s29_a_share_by_tier_is_nothing_to_a_visitor() {
    let by_tier = Discount::Share(ByTier::Each(vec![factor("0.03"), factor("0.05")]));
    let tariff = Tariff {
        tiers: tariffs::tiered(domain::tariff::Window::Lifetime).tiers,
        ..tariff(vec![offer("club", by_tier)])
    };
    let to = |tier: &str| {
        let context = RatingContext {
            partner: Name::from("X"),
            occurred_at: Timestamp(0),
            tier: Name::from(tier),
            basket: Minor::ZERO,
            attributes: Vec::new(),
            profile: None,
            extent: Extent::Sold,
            holds: Vec::new(),
            agreed: Vec::new(),
        };
        let priced = price(&tariff, &context, &|_| 0, &[line("a::100")]);
        (priced.till().0, priced.verdicts[0].because.clone())
    };
    assert_eq!(to("silver"), (9_700, Because::Applies));
    assert_eq!(to("gold"), (9_500, Because::Applies));
    let expected = vec![Name::from("silver"), Name::from("gold")];
    assert_eq!(to(""), (10_000, Because::Tier { found: Name::default(), expected }));
}
