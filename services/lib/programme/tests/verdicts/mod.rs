//! Whom a change concerns, and whether it is for the better: each figure of the language, there and back.

use programme::explain::Verdict::{self, Better, Mixed, Open, Worse};
use programme::{difference, read};

/// A shop with a place for what differs in each of its tables, under `#PLACE`.
const SHOP: &str = r#"
[programme]
name = "shop"
version = 1
from = "2026-01-01"
zone = "UTC"
currency = "EUR"
return_waits = "1 year"
#programme
[wallets.points]
unit = "points"
#wallet
[wallets.gift]
unit = "gifts"
priority = 1
pays = { share = "0 %" }
[groups.tea]
#group
[groups.cup]
[partners.bakery]
#partner
[partners.cinema]
rate = "0.5 %"
[tiers]
#tiers
levels = [
    { name = "Silver", from = 0 },
#level
]
[spending]
#spending
[activities.joined.attributes]
place = ["first", "second"]
code = "text"
pieces = "whole number"
[activities.paid]
[members]
joined_by = "joined"
[rules.purchase]
rate = "2 %"
wallet = "points"
[rules.own]
rate = "the partner's"
wallet = "points"
#root
"#;

/// Whom changes concern.
const ALL: &str = "purchases";
const BOTH: &str = "members at Silver, members at Gold";
const NOW: &str = "those it applied to before, and those it applies to now";
const EARNS: &str = "whoever earns points from then on";
const HAS: &str = "whoever has points";
const PAYS: &str = "whoever pays with points";
const LEVEL: &str = "members at a level";
const JOINS: &str = "who is known by joined";
const PRIME: &str = "members of prime";

/// The only thing that differs between two texts under `#place`: whom it concerns, and the verdict.
fn verdict(place: &str, old: &str, new: &str) -> (String, Verdict) {
    let place = format!("#{place}\n");
    assert!(SHOP.contains(&place), "{place}");
    let levels = if place == "#level\n" { "" } else { "{ name = \"Gold\", from = 1_000 }," };
    let shop = SHOP.replace("#level\n", &format!("{levels}\n#level\n"));
    let of = |text: &str, version: &str| {
        let text = shop.replace("version = 1", version).replace(&place, &format!("{text}\n"));
        read("shop.toml", &text).unwrap_or_else(|problems| panic!("{}\n{text}", problems[0]))
    };
    let told = difference(&of(old, "version = 1"), &of(new, "version = 2"));
    let changes = told.sections.iter().flat_map(|section| &section.changes);
    let changes: Vec<_> = changes.filter(|change| change.name != "version").collect();
    assert_eq!(changes.len(), 1, "{old} → {new}: {told}");
    (changes[0].concerns.clone(), changes[0].verdict)
}

/// Of `old` that becomes `new`, whom it concerns and the verdict; the other way round it is the opposite.
fn assert_told(place: &str, old: &str, new: &str, whom: &str, expected: Verdict) {
    let back = match expected {
        Better => Worse,
        Worse => Better,
        same => same,
    };
    assert_eq!(verdict(place, old, new), (whom.to_owned(), expected), "{old} → {new}");
    assert_eq!(verdict(place, new, old).1, back, "{new} → {old}");
}

const TERMS: &[(&str, &str, Verdict)] = &[
    ("", "activates = '1 day after purchase'", Worse),
    ("activates = '7 days after purchase'", "activates = '14 days after purchase'", Worse),
    ("activates = '7 days after purchase'", "activates = 'on the first day of the next month'", Open),
    ("", "expires = '100 years after accrual'", Worse),
    ("expires = '1 year after accrual'", "expires = '13 months after accrual'", Better),
    ("expires = '12 months after accrual'", "expires = '1 year after accrual'", Open),
    ("expires = '1 year after accrual'", "expires = '2 years after activation'", Open),
    ("expires = '6 months after activation'", "expires = '1 year after activation'", Better),
    ("expires = 'at the end of the month'", "expires = 'at the end of the year'", Open),
    (
        "expires = '1 year after accrual'",
        "expires = '1 year after accrual'\nextended_by_purchase = '1 day'",
        Better,
    ),
    (
        "expires = '1 year after accrual'\nextended_by_activity = '2 years'",
        "expires = '1 year after accrual'\nextended_by_activity = '1 year'",
        Worse,
    ),
    ("", "rounding = 'ceil'", Open),
    ("minimum = 5", "minimum = 6", Better),
    ("", "cap = 1_000_000", Worse),
    ("cap = 100", "cap = 101", Better),
    ("", "cap_rate = '100 %'", Worse),
    ("cap_rate = '10 %'", "cap_rate = '11 %'", Better),
    ("cap = 100\nminimum = 6", "cap = 101\nminimum = 5", Mixed),
    ("cap = 100", "cap = 101\nrounding = 'ceil'", Open),
];

#[test]
fn s26_terms_and_wallets_that_become_better_or_worse() {
    for (old, new, expected) in TERMS.iter().copied() {
        assert_told("wallet", old, new, EARNS, expected);
    }
    for (old, new, expected) in [
        ("", "point_value = 2", Better),
        ("", "priority = 7", Open),
        ("", "transfers = true", Better),
        ("", "transfers = { at_most = 100, per = 'month' }", Open),
        (
            "transfers = { at_most = 100, per = 'month' }",
            "transfers = { at_most = 101, per = 'month' }",
            Better,
        ),
        ("transfers = { at_most = 100, per = 'month' }", "transfers = { at_most = 101, per = 'year' }", Open),
    ] {
        assert_told("wallet", old, new, HAS, expected);
    }
    for (old, new, whom, expected) in [
        ("", "share = '99 %'", PAYS, Worse),
        ("", "of_line = '99 %'", PAYS, Worse),
        ("of_groups = { tea = '50 %' }", "of_groups = { tea = '51 %' }", "purchases of tea", Better),
        ("", "except_groups = ['tea']", PAYS, Worse),
        ("except_groups = ['tea', 'cup']", "except_groups = ['tea']", PAYS, Better),
        ("", "promotional = false", PAYS, Worse),
        ("at_least = 10", "at_least = 11", PAYS, Worse),
        ("at_least = 0", "at_least = 1", PAYS, Worse),
        ("", "at_most = 1_000_000", PAYS, Worse),
        ("at_most = 10", "at_most = 11", PAYS, Better),
        ("", "step = 5", PAYS, Open),
    ] {
        let pays = |text: &str| match text {
            "" => String::new(),
            text => format!("[wallets.points.pays]\n{text}"),
        };
        assert_told("wallet", &pays(old), &pays(new), whom, expected);
    }
    assert_told("group", "", "coefficient = 1.5", "purchases of tea", Better);
    assert_told("partner", "rate = '1 %'", "rate = '1.5 %'", "purchases at bakery", Better);
}

const RULES: &[(&str, &str, &str, Verdict)] = &[
    ("rate = '2 %'", "rate = '3 %'", BOTH, Better),
    (
        "rate = { Silver = '2 %', Gold = '3 %' }",
        "rate = { Silver = '2 %', Gold = '4 %' }",
        "members at Gold",
        Better,
    ),
    ("rate = { Silver = '2 %', Gold = '3 %' }", "rate = { Silver = '3 %', Gold = '2 %' }", BOTH, Mixed),
    ("rate = '2 %'", "rate = \"the partner's\"", BOTH, Open),
    ("bonus = 10", "bonus = 11", ALL, Better),
    ("per_item = 1", "per_item = 2", ALL, Better),
    (
        "bonus = 5\n[rules.least]\nwallet = 'points'\nat_least = 10",
        "bonus = 5\n[rules.least]\nwallet = 'points'\nat_least = 11",
        ALL,
        Better,
    ),
    ("per = { money = 100, points = 1 }", "per = { money = 100, points = 2 }", ALL, Better),
    ("per = { money = 100, points = 1 }", "per = { money = 99, points = 1 }", ALL, Better),
    ("per = { money = 100, points = 1 }", "per = { money = 200, points = 3 }", ALL, Mixed),
    ("bands = [{ from = 10, rate = '1 %' }]", "bands = [{ from = 10, rate = '2 %' }]", ALL, Better),
    ("bands = [{ from = 10, rate = '1 %' }]", "bands = [{ from = 11, rate = '1 %' }]", ALL, Worse),
    ("bands = [{ from = 10, rate = '1 %' }]", "bands = [{ from = 11, rate = '2 %' }]", ALL, Mixed),
    (
        "bands = [{ from = 0, rate = '1 %' }]",
        "bands = [{ from = 0, rate = '1 %' }, { from = 9, rate = '2 %' }]",
        ALL,
        Open,
    ),
    ("multiplier = 2", "multiplier = 3", BOTH, Better),
    (
        "multiplier = { Silver = 1, Gold = 0.5 }",
        "multiplier = { Silver = 1, Gold = 0.4 }",
        "members at Gold",
        Worse,
    ),
];

#[test]
fn s26_rules_that_become_better_or_worse() {
    for (old, new, whom, expected) in RULES.iter().copied() {
        let rule = |text: &str| format!("[rules.it]\nwallet = 'points'\n{text}");
        assert_told("root", &rule(old), &rule(new), whom, expected);
    }
    // What it is to apply to more purchases depends on whether it is good to have.
    for (gives, wider) in [
        ("bonus = 10", Better),
        ("rate = '1 %'", Better),
        ("multiplier = 2", Better),
        ("multiplier = { Silver = 1, Gold = 2 }", Better),
        ("multiplier = 0.5", Worse),
        ("multiplier = { Silver = 0.5, Gold = 1 }", Worse),
        ("multiplier = 1", Open),
        ("multiplier = { Silver = 0.5, Gold = 2 }", Mixed),
    ] {
        let unsure = |verdict| if verdict == Mixed { Open } else { verdict };
        let rule = |text: &str| format!("[rules.it]\nwallet = 'points'\n{gives}\n{text}");
        assert_told("root", "", &rule(""), ALL, wider);
        for (old, new, expected) in [
            ("basket_from = 80", "basket_from = 79.99", unsure(wider)),
            ("", "basket_from = 0.01", opposite(unsure(wider))),
            ("basket_below = 80", "basket_below = 80.01", unsure(wider)),
            ("basket_below = 80", "", unsure(wider)),
            ("groups = ['tea']\nbasket_from = 80", "groups = ['tea', 'cup']\nbasket_from = 79", Open),
            ("weekdays = ['monday']", "", Open),
        ] {
            assert_told("root", &rule(old), &rule(new), NOW, expected);
        }
        let both = if unsure(wider) == Open { Open } else { Mixed };
        assert_told(
            "root",
            &rule("basket_from = 10\nbasket_below = 80"),
            &rule("basket_from = 9\nbasket_below = 79"),
            NOW,
            both,
        );
    }
    // Where one rule keeps another away, it is not known what it is to have it.
    let set = |first: &str, second: &str| {
        format!(
            "[rules.one]\nwallet = 'points'\nbonus = 2\nexclusive = 'set'\nbasket_from = {first}\n\
                 [rules.two]\nwallet = 'points'\nbonus = 1\nexclusive = 'set'\nbasket_from = {second}\n"
        )
    };
    assert_told("root", &set("80", "10"), &set("70", "10"), NOW, Open);
    assert_told("root", &set("80", "10"), &set("80", "9"), NOW, Better);
}

fn opposite(verdict: Verdict) -> Verdict {
    match verdict {
        Better => Worse,
        Worse => Better,
        same => same,
    }
}

#[test]
fn s26_offers_that_become_better_or_worse() {
    for (old, new, whom, expected) in [
        ("off = '5 %'", "off = '6 %'", BOTH, Better),
        (
            "off = { Silver = '5 %', Gold = '6 %' }",
            "off = { Silver = '5 %', Gold = '7 %' }",
            "members at Gold",
            Better,
        ),
        ("off = 5", "off = 6", ALL, Better),
        ("price = 10", "price = 9", ALL, Better),
        ("prices = { tea = 10, cup = 5 }", "prices = { tea = 9, cup = 5 }", "who buys tea", Better),
        ("for_items = { buy = 3, pay = 2 }", "for_items = { buy = 2, pay = 1 }", ALL, Open),
        ("cheapest_off = '50 %'", "cheapest_off = '51 %'", ALL, Better),
        ("cheapest_off = '50 %'\nof = 3", "cheapest_off = '51 %'\nof = 4", ALL, Open),
        ("free = 1\nuses = 'gift'", "free = 2\nuses = 'gift'", ALL, Better),
        ("by_volume = [{ from = 10, off = '1 %' }]", "by_volume = [{ from = 11, off = '1 %' }]", ALL, Worse),
        ("off = 5\nbasket_from = 80", "off = 5\nbasket_from = 79", NOW, Better),
        ("off = 5\nbasket_below = 80", "off = 5\nbasket_below = 79", NOW, Worse),
        ("off = 5\nitems = ['mug']", "off = 5\nitems = ['mug', 'jug']", NOW, Open),
        ("off = 5", "off = 5\nstacks = true", ALL, Open),
        ("off = 5", "off = 5\nrounding = 'floor'", ALL, Open),
        ("off = 5", "off = 5\nrounded_to = 0.05", ALL, Open),
    ] {
        let offer = |text: &str| format!("[offers.it]\n{text}");
        assert_told("root", &offer(old), &offer(new), whom, expected);
    }
    assert_told("root", "", "[offers.it]\noff = 5", ALL, Better);
    assert_told("root", "", "[offers.it]\noff = 5\nitems = ['mug']", "purchases of mug", Better);
}

const LEVELS: &[(&str, &str, &str, &str, Verdict)] = &[
    ("programme", "return_window = '1 month'", "return_window = '2 months'", "everybody", Better),
    ("programme", "prior_notice = '1 month'", "prior_notice = '2 months'", "everybody", Better),
    ("programme", "", "prior_notice = '1 month'", "everybody", Better),
    ("programme", "", "discounts = 'forbidden'", "everybody", Worse),
    ("programme", "", "behind_failed = 'go on'", "everybody", Open),
    ("programme", "behind_failed = 'wait'", "behind_failed = 'go on'", "everybody", Open),
    ("programme", "lateness = '10 days'", "lateness = '11 days'", "everybody", Open),
    ("spending", "", "points_earn = true", "everybody", Better),
    ("spending", "", "grace = '1 day'", "everybody", Better),
    ("spending", "grace = '1 day'", "grace = '2 days'", "everybody", Better),
    ("spending", "", "hold = '1 hour'", "everybody", Open),
    (
        "level",
        "{ name = 'Gold', from = 1_000 }",
        "{ name = 'Gold', from = 999 }",
        "members at Gold, or on the way to it",
        Better,
    ),
    ("tiers", "window = 'last 365 days'", "window = 'last 365 days'\ngrace = '1 day'", LEVEL, Better),
    (
        "tiers",
        "window = 'last 365 days'\nminimum_stay = '1 month'",
        "window = 'last 365 days'\nminimum_stay = '2 months'",
        LEVEL,
        Better,
    ),
    ("tiers", "window = 'last 365 days'", "window = 'last 365 days'\ndowngrade = 'one level'", LEVEL, Better),
    ("tiers", "window = 'last 365 days'", "window = 'last 366 days'", LEVEL, Open),
    ("tiers", "", "protected_from_returns = true", LEVEL, Better),
    ("tiers", "", "counts_points = true", LEVEL, Better),
];

const GRANTS: &[(&str, &str, &str, Verdict)] = &[
    ("activity = 'joined'\npoints = 10", "activity = 'joined'\npoints = 11", JOINS, Better),
    (
        "activity = 'joined'\nper = 'pieces'\npoints = 10",
        "activity = 'joined'\nper = 'pieces'\npoints = 11",
        JOINS,
        Better,
    ),
    (
        "activity = 'joined'\nby = 'place'\npoints = { first = 9, second = 5 }",
        "activity = 'joined'\nby = 'place'\npoints = { first = 10, second = 5 }",
        "who has place first",
        Better,
    ),
    (
        "activity = 'joined'\npoints = 1\nonce = 'ever'",
        "activity = 'joined'\npoints = 1\nonce = 'a year'",
        JOINS,
        Better,
    ),
    (
        "activity = 'joined'\npoints = 1\nonce = 'a year'",
        "activity = 'joined'\npoints = 1\nonce = 'a month'",
        JOINS,
        Better,
    ),
    ("activity = 'joined'\npoints = 1\nonce = 'a month'", "activity = 'joined'\npoints = 1", JOINS, Better),
    (
        "activity = 'joined'\npoints = 1\nonce = 'ever'",
        "activity = 'joined'\npoints = 1\nonce = 'ever'\nonce_for_each = 'code'",
        JOINS,
        Open,
    ),
    (
        "on = 'every 01-01'\nfunded_by = 'bakery'\npoints = 1",
        "on = 'every 01-01'\nfunded_by = 'bakery'\npoints = 2",
        "members",
        Better,
    ),
    (
        "on = 'tier Gold'\nfunded_by = 'bakery'\npoints = 1",
        "on = 'tier Gold'\nfunded_by = 'bakery'\npoints = 2",
        "who reaches Gold",
        Better,
    ),
    (
        "on = 'tier Gold'\nfunded_by = 'bakery'\npoints = 1",
        "on = 'tier Gold'\nfunded_by = 'bakery'\npoints = 1\nif_lost = 'keep'",
        "who reaches Gold",
        Better,
    ),
];

#[test]
fn s26_levels_and_the_whole_that_become_better_or_worse() {
    for (place, old, new, whom, expected) in LEVELS.iter().copied() {
        assert_told(place, old, new, whom, expected);
    }
}

#[test]
fn s26_grants_that_become_better_or_worse() {
    for (old, new, whom, expected) in GRANTS.iter().copied() {
        let grant = |text: &str| format!("[grants.it]\nwallet = 'points'\n{text}");
        assert_told("root", &grant(old), &grant(new), whom, expected);
        assert_eq!(verdict("root", "", &grant(new)).1, Better, "{new}");
    }
    let card = |points: &str| format!("[cards]\ngrant = {points}\nterms = 'points'");
    assert_told("root", &card("1"), &card("2"), "who binds a card", Better);
    let shared = |limit: &str| {
        format!(
            "[limits.codes]\n{limit}\n[grants.it]\nactivity = 'joined'\nwallet = 'points'\npoints = 1\nwithin = 'codes'"
        )
    };
    assert_told("root", &shared("uses = 10"), &shared("uses = 11"), JOINS, Better);
    assert_told("root", &shared("points = 10"), &shared("points = 11"), JOINS, Better);
    assert_told("root", &shared("uses = 10"), &shared("uses = 10\npoints = 100"), JOINS, Worse);
    assert_told("root", &shared("uses = 10\npoints = 100"), &shared("uses = 11\npoints = 99"), JOINS, Mixed);
}

#[test]
fn s26_exchanges_and_memberships_that_become_better_or_worse() {
    for (old, new, whom, expected) in [
        ("points = 10\ngives = 'gift'", "points = 9\ngives = 'gift'", HAS, Better),
        (
            "points = 10\ngives = { wallet = 'gift', points = 2 }",
            "points = 10\ngives = { wallet = 'gift', points = 3 }",
            HAS,
            Better,
        ),
        (
            "points = 10\ngives = { wallet = 'gift', points = 2 }",
            "points = 9\ngives = { wallet = 'gift', points = 1 }",
            HAS,
            Mixed,
        ),
        ("points = 10\ngives = 'gift'", "points = 10\nwhen = 'on request'\ngives = 'gift'", HAS, Open),
        (
            "points = 10\nwhen = 'on request'\ngives = { one_of = ['gift', 'other'], points = 2 }",
            "points = 10\nwhen = 'on request'\ngives = { one_of = ['gift', 'other'], points = 3 }",
            "who chooses gift, who chooses other",
            Better,
        ),
    ] {
        let conversion =
            |text: &str| format!("[terms.other]\nwallet = 'gift'\n[conversions.it]\nfrom = 'points'\n{text}");
        assert_told("root", &conversion(old), &conversion(new), whom, expected);
        let without = "[terms.other]\nwallet = 'gift'";
        assert_eq!(verdict("root", without, &conversion(new)).1, Better, "{new}");
    }
    let prime = |text: &str| format!("[memberships.prime]\nbegins_by = 'paid'\n{text}");
    assert_told(
        "root",
        &prime("price = 10\nlasts = '1 year'"),
        &prime("price = 9\nlasts = '1 year'"),
        PRIME,
        Better,
    );
    assert_told(
        "root",
        &prime("price = 10\nlasts = '1 year'"),
        &prime("price = 10\nlasts = '2 years'"),
        PRIME,
        Better,
    );
    assert_told(
        "root",
        &prime("price = 10\nlasts = '1 year'"),
        &prime("price = 11\nlasts = '2 years'"),
        PRIME,
        Mixed,
    );
    let friends = |text: &str| format!("[segments.friends]\njoined_by = 'joined'\n{text}");
    assert_told(
        "root",
        &friends("lasts = '1 year'"),
        &friends("lasts = '2 years'"),
        "members of friends",
        Open,
    );
}
