//! What is warned of and what, beside it, is not: each warning from both sides of where it begins.

mod filled;

use programme::check;

/// A programme with something of each kind, and a second version, so that nobody asks what fills its wallets.
const SHOP: &str = r#"
[programme]
name = "shop"
version = 2
from = "2026-03-01"
zone = "UTC"
currency = "EUR"
[wallets.points]
cap = 20
[wallets.free]
priority = 1
pays = { share = "0 %" }
[groups.tea]
[groups.coffee]
[partners]
bakery = { rate = "0 %" }
cinema = { rate = "1 %" }
[tiers]
levels = [{ name = "Silver", from = 0 }, { name = "Gold", from = 100 }]
[purchases]
attributes = { payment = ["card", "cash"], age = "whole number" }
[activities.joined]
[members]
joined_by = "joined"
[segments.friends]
joined_by = "joined"
[segments.others]
joined_by = "joined"
[calendars.march]
periods = [{ from = "2026-03-01", until = "2026-04-01" }]
[calendars.april]
periods = [{ from = "2026-04-01", until = "2026-05-01" }]
[calendars.may]
periods = [{ from = "2026-05-01", until = "2026-06-01" }]
[calendars.years]
periods = [{ from = "2026-03-01", until = "2036-03-01" }]
[rules.own]
rate = "the partner's"
wallet = "points"
"#;
/// It corrects the first version until April.
const CORRECTION: &str = r#"
[correction]
replaces = 1
until = "2026-04-01"
actor = "op-7"
reason = "a slip"
"#;

/// Every warning of a file, each behind the text it points at, but for what examples lack.
fn warned(text: &str) -> Vec<String> {
    let report = check("shop.toml", text);
    assert!(report.problems.is_empty(), "{}\n{text}", report.problems[0]);
    let told = report.warnings.iter().filter(|warning| !warning.message.starts_with("no example shows"));
    told.map(|warning| format!("{}: {}", &text[warning.span.clone()], warning.message)).collect()
}

/// The same of a rule `it` of the shop that gives `gives`.
fn of_rule(gives: &str) -> Vec<String> {
    warned(&format!("{SHOP}[rules.it]\nwallet = \"points\"\n{gives}\n"))
}

const GROUPS: &str =
    "except_groups: rule `it` can never apply: `except_groups` leaves out every group of `groups`";
const SEGMENTS: &str =
    "except_segments: rule `it` can never apply: `except_segments` leaves out every segment of `segments`";
const JOINED: &str =
    "member_within: rule `it` can never apply: `member_within` ends before `member_for` begins";
const PAYMENT: &str =
    "except: rule `it` can never apply: `except` leaves out every value of `payment` that `only` asks for";
const AGE: &str =
    "except: rule `it` can never apply: `except` leaves out every value of `age` that `only` asks for";

/// What is told, a condition that never holds, and one that rarely does.
const NEVER_AND_RARELY: &[(&str, &str, &str)] = &[
    (
        GROUPS,
        "groups = ['tea']\nexcept_groups = ['tea', 'coffee']",
        "groups = ['tea']\nexcept_groups = ['coffee']",
    ),
    (GROUPS, "groups = ['tea']\nexcept_groups = ['tea']", "except_groups = ['tea']"),
    (
        GROUPS,
        "groups = ['tea', 'coffee']\nexcept_groups = ['tea', 'coffee']",
        "groups = ['tea', 'coffee']\nexcept_groups = ['tea']",
    ),
    (
        SEGMENTS,
        "segments = ['friends']\nexcept_segments = ['friends']",
        "segments = ['friends']\nexcept_segments = ['others']",
    ),
    (
        SEGMENTS,
        "segments = ['friends']\nexcept_segments = ['others', 'friends']",
        "segments = ['friends', 'others']\nexcept_segments = ['others']",
    ),
    (
        JOINED,
        "member_within = '30 days'\nmember_for = '30 days'",
        "member_within = '30 days'\nmember_for = '29 days'",
    ),
    (
        JOINED,
        "member_within = '1 month'\nmember_for = '32 days'",
        "member_within = '1 month'\nmember_for = '31 days'",
    ),
    (
        PAYMENT,
        "only = { payment = ['card'] }\nexcept = { payment = ['card'] }",
        "only = { payment = ['card'] }\nexcept = { payment = ['cash'] }",
    ),
    (
        PAYMENT,
        "only = { payment = ['card'] }\nexcept = { payment = ['cash', 'card'] }",
        "only = { payment = ['card', 'cash'] }\nexcept = { payment = ['card'] }",
    ),
    (
        AGE,
        "only = { age = { from = 20, below = 30 } }\nexcept = { age = { from = 20, below = 30 } }",
        "only = { age = { from = 20, below = 30 } }\nexcept = { age = { from = 21, below = 30 } }",
    ),
    (
        AGE,
        "only = { age = { from = 20, below = 30 } }\nexcept = { age = { from = 19, below = 31 } }",
        "only = { age = { from = 20, below = 30 } }\nexcept = { age = { from = 20, below = 29 } }",
    ),
    (
        AGE,
        "only = { age = { from = 20, below = 30 } }\nexcept = { age = { from = 18 } }",
        "only = { age = { from = 20 } }\nexcept = { age = { from = 20, below = 30 } }",
    ),
    (
        AGE,
        "only = { age = ['20', '29'] }\nexcept = { age = { from = 20, below = 30 } }",
        "only = { age = ['20', '30'] }\nexcept = { age = { from = 20, below = 30 } }",
    ),
    (
        AGE,
        "only = { age = ['20'] }\nexcept = { age = { from = 20, below = 21 } }",
        "only = { age = ['19'] }\nexcept = { age = { from = 20, below = 30 } }",
    ),
    (
        AGE,
        "only = { age = ['20'] }\nexcept = { age = ['20'] }",
        "only = { age = { from = 20, below = 21 } }\nexcept = { age = ['20'] }",
    ),
];

#[test]
fn a_rule_that_never_applies_is_warned_of_and_one_that_rarely_does_is_not() {
    for (told, never, rarely) in NEVER_AND_RARELY.iter().copied() {
        assert_eq!(of_rule(&format!("bonus = 1\n{never}")), [told], "{never}");
        assert_eq!(of_rule(&format!("bonus = 1\n{rarely}")), [""; 0], "{rarely}");
    }
    let other = "only = { payment = ['card'] }\nexcept = { age = { from = 18 } }";
    assert_eq!(of_rule(&format!("bonus = 1\n{other}")), [""; 0], "another attribute");
}

const OVER: &str = "its dates are over before the version begins";
const LATER: &str = "the version ends before its dates begin";
const NEVER: &str = "no instant has all of its dates, days and hours";

/// What else the file says, the key that is pointed at, what is told, times that never come, and times that do once.
const NEVER_AND_ONCE: &[(&str, &str, &str, &str, &str)] = &[
    ("", "until", OVER, "until = '2026-03-01'", "until = '2026-03-01 00:01'"),
    ("", "until", OVER, "from = '2026-01-01'\nuntil = '2026-02-01'", "from = '2026-01-01'"),
    (CORRECTION, "from", LATER, "from = '2026-04-01'", "from = '2026-03-31 23:59'"),
    (CORRECTION, "during", LATER, "during = ['april']", "during = ['march', 'april']"),
    (
        "",
        "weekdays",
        NEVER,
        "from = '2026-03-02'\nuntil = '2026-03-08'\nweekdays = ['sunday']",
        "from = '2026-03-02'\nuntil = '2026-03-08 00:01'\nweekdays = ['sunday']",
    ),
    (
        "",
        "weekdays",
        NEVER,
        "until = '2026-03-07'\nweekdays = ['saturday']",
        "until = '2026-03-07'\nweekdays = ['saturday', 'friday']",
    ),
    (
        "",
        "hours",
        NEVER,
        "from = '2026-03-02 10:00'\nuntil = '2026-03-02 18:00'\nhours = '18:00 to 22:00'",
        "from = '2026-03-02 10:00'\nuntil = '2026-03-02 18:01'\nhours = '18:00 to 22:00'",
    ),
    (
        "",
        "hours",
        NEVER,
        "from = '2026-03-02 22:00'\nuntil = '2026-03-03 18:00'\nhours = '18:00 to 22:00'",
        "from = '2026-03-02 21:59'\nuntil = '2026-03-03 18:00'\nhours = '18:00 to 22:00'",
    ),
    (
        "",
        "weekdays",
        NEVER,
        "from = '2026-03-08 22:00'\nuntil = '2026-03-14'\nweekdays = ['sunday']\nhours = '18:00 to 22:00'",
        "from = '2026-03-08 21:59'\nuntil = '2026-03-14'\nweekdays = ['sunday']\nhours = '18:00 to 22:00'",
    ),
    (
        "",
        "not_during",
        NEVER,
        "until = '2026-04-01'\nnot_during = ['march']",
        "until = '2026-04-01 00:01'\nnot_during = ['march']",
    ),
    (
        "",
        "not_during",
        NEVER,
        "from = '2026-03-20'\nuntil = '2026-05-01'\nnot_during = ['april', 'march']",
        "from = '2026-03-20'\nuntil = '2026-05-02'\nnot_during = ['may', 'march']",
    ),
    (
        "",
        "not_during",
        NEVER,
        "during = ['march']\nnot_during = ['march']",
        "during = ['march', 'april']\nnot_during = ['march']",
    ),
    (
        "",
        "weekdays",
        NEVER,
        "until = '2026-04-02'\nnot_during = ['march']\nweekdays = ['thursday']",
        "until = '2026-04-02'\nnot_during = ['march']\nweekdays = ['wednesday']",
    ),
    (CORRECTION, "not_during", NEVER, "not_during = ['march']", "not_during = ['april']"),
    // Nobody looks further than 1,000 days.
    (
        "",
        "not_during",
        NEVER,
        "until = '2028-11-24'\nnot_during = ['years']",
        "until = '2028-11-26'\nnot_during = ['years']",
    ),
    ("", "not_during", NEVER, "until = '2026-03-02'\nnot_during = ['years']", "not_during = ['years']"),
];

#[test]
fn a_time_that_never_comes_is_warned_of_and_a_minute_of_it_is_not() {
    for (head, key, why, never, once) in NEVER_AND_ONCE.iter().copied() {
        let told = |times: &str| {
            warned(&format!("{SHOP}{head}[rules.it]\nwallet = \"points\"\nbonus = 1\n{times}\n"))
        };
        assert_eq!(told(never), [format!("{key}: rule `it` can never apply: {why}")], "{never}");
        assert_eq!(told(once), [""; 0], "{once}");
    }
    for (head, day, is_told) in [
        ("", "2026-02-28", true),
        ("", "2026-03-01", false),
        ("", "2036-03-01", false),
        (CORRECTION, "2026-03-31", false),
        (CORRECTION, "2026-04-01", true),
    ] {
        let grant =
            format!("[grants.it]\non = '{day}'\npoints = 5\nwallet = 'points'\nfunded_by = 'bakery'\n");
        let told = "on: grant `it` can never be given: the version is not in force on its day";
        let expected: &[&str] = if is_told { &[told] } else { &[] };
        assert_eq!(warned(&format!("{SHOP}{head}{grant}")), expected, "{day}");
    }
}

#[test]
fn a_rule_that_another_always_comes_before_is_warned_of() {
    const ALWAYS: bool = true;
    const NOT_ALWAYS: bool = false;
    for (first, second, before) in [
        ("", "", ALWAYS),
        ("", "groups = ['tea']", ALWAYS),
        ("groups = ['tea']", "", NOT_ALWAYS),
        ("groups = ['tea']", "groups = ['tea']", ALWAYS),
        ("groups = ['tea', 'coffee']", "groups = ['tea']", ALWAYS),
        ("groups = ['tea']", "groups = ['tea', 'coffee']", NOT_ALWAYS),
        ("except_groups = ['tea']", "", NOT_ALWAYS),
        ("except_groups = ['tea']", "except_groups = ['tea', 'coffee']", ALWAYS),
        ("except_groups = ['tea', 'coffee']", "except_groups = ['tea']", NOT_ALWAYS),
        ("except_groups = ['tea']", "groups = ['coffee']", ALWAYS),
        ("except_groups = ['tea']", "groups = ['coffee', 'tea']", NOT_ALWAYS),
        ("partners = ['bakery']", "", NOT_ALWAYS),
        ("partners = ['bakery']", "partners = ['bakery']", ALWAYS),
        ("partners = ['bakery']", "partners = ['cinema']", NOT_ALWAYS),
        ("tiers = ['Gold']", "", NOT_ALWAYS),
        ("tiers = ['Gold']", "tiers = ['Gold']", ALWAYS),
        ("tiers = ['Gold']", "tiers = ['Gold', 'Silver']", NOT_ALWAYS),
        ("basket_from = 50", "", NOT_ALWAYS),
        ("basket_from = 50", "basket_from = 49.99", NOT_ALWAYS),
        ("basket_from = 50", "basket_from = 50", ALWAYS),
        ("basket_from = 50", "basket_from = 50.01", ALWAYS),
        ("basket_below = 50", "", NOT_ALWAYS),
        ("basket_below = 50", "basket_below = 50.01", NOT_ALWAYS),
        ("basket_below = 50", "basket_below = 50", ALWAYS),
        ("basket_below = 50", "basket_below = 49.99", ALWAYS),
        ("", "basket_from = 10\nbasket_below = 50", ALWAYS),
        ("weekdays = ['monday']", "", NOT_ALWAYS),
        ("weekdays = ['monday']", "weekdays = ['monday']", ALWAYS),
        ("weekdays = ['monday']", "weekdays = ['tuesday']", NOT_ALWAYS),
        ("", "weekdays = ['monday']", ALWAYS),
        ("", "when = 'line.amount > 5'", ALWAYS),
        ("when = 'line.amount > 5'", "", NOT_ALWAYS),
    ] {
        let rules = format!(
            "[rules.first]\nbonus = 1\nwallet = 'points'\nexclusive = 'set'\npriority = 1\n{first}\n\
             [rules.second]\nbonus = 2\nwallet = 'points'\nexclusive = 'set'\n{second}\n"
        );
        let told = "second: rule `second` can never apply: `first` of the same set comes before it wherever it would";
        let expected: &[&str] = if before { &[told] } else { &[] };
        assert_eq!(warned(&format!("{SHOP}{rules}")), expected, "{first}, then {second}");
    }
}

#[test]
fn a_figure_that_means_nothing_is_warned_of_and_the_least_that_means_something_is_not() {
    const NOTHING: &str = "rule `it` changes nothing: what it gives is nothing";
    const CAPPED: &str = "rule `it` is never given whole: the `cap` of `points` is lower";
    for (key, why, idle, least) in [
        ("rate", NOTHING, "rate = '0 %'", "rate = '0.0001 %'"),
        (
            "rate",
            NOTHING,
            "rate = { Silver = '0 %', Gold = '0 %' }",
            "rate = { Silver = '0 %', Gold = '1 %' }",
        ),
        (
            "rate",
            NOTHING,
            "rate = \"the partner's\"\npartners = ['bakery']",
            "rate = \"the partner's\"\npartners = ['cinema']",
        ),
        ("rate", NOTHING, "rate = \"the partner's\"\npartners = ['bakery']", "rate = \"the partner's\""),
        ("bonus", NOTHING, "bonus = 0", "bonus = 1"),
        ("per_item", NOTHING, "per_item = 0", "per_item = 1"),
        ("at_least", NOTHING, "at_least = 0", "at_least = 1"),
        (
            "bands",
            NOTHING,
            "bands = [{ from = 0, rate = '0 %' }]",
            "bands = [{ from = 0, rate = '0 %' }, { from = 9, rate = '1 %' }]",
        ),
        ("multiplier", NOTHING, "multiplier = 1", "multiplier = 1.000001"),
        (
            "multiplier",
            NOTHING,
            "multiplier = { Silver = 1, Gold = 1 }",
            "multiplier = { Silver = 1, Gold = 0 }",
        ),
        ("bonus", CAPPED, "bonus = 21", "bonus = 20"),
        ("at_least", CAPPED, "at_least = 21", "at_least = 20"),
        ("at_least", CAPPED, "at_least = 21", "per_item = 21"),
    ] {
        assert_eq!(of_rule(idle), [format!("{key}: {why}")], "{idle}");
        assert_eq!(of_rule(least), [""; 0], "{least}");
    }
    for (key, idle, least) in [
        ("off", "off = '0 %'", "off = '0.0001 %'"),
        ("off", "off = { Silver = '0 %', Gold = '0 %' }", "off = { Silver = '0 %', Gold = '1 %' }"),
        ("off", "off = 0", "off = 0.01"),
        ("cheapest_off", "cheapest_off = '0 %'", "cheapest_off = '1 %'"),
        ("by_volume", "by_volume = [{ from = 0, off = '0 %' }]", "by_volume = [{ from = 0, off = '1 %' }]"),
    ] {
        let told = |offer: &str| warned(&format!("{SHOP}[offers.it]\n{offer}\n"));
        assert_eq!(told(idle), [format!("{key}: offer `it` takes nothing off")], "{idle}");
        assert_eq!(told(least), [""; 0], "{least}");
    }
}

#[test]
fn a_step_that_no_basket_reaches_is_warned_of_and_one_that_a_cent_reaches_is_not() {
    const BELOW: &str = "from: no basket reaches this step of `it`: `basket_below` is no more";
    const FROM: &str =
        "from: no basket reaches this step of `it`: the next one begins at `basket_from` or before";
    const SAME: &str = "from: this step gives the same share as the one before it";
    let rule =
        |steps: &str, others: &str| of_rule(&format!("bands = [{}]\n{others}", steps.replace("off", "rate")));
    let offer =
        |steps: &str, others: &str| warned(&format!("{SHOP}[offers.it]\nby_volume = [{steps}]\n{others}\n"));
    let two = "{ from = 10, off = '1 %' }, { from = 50, off = '2 %' }";
    let none: &[&str] = &[];
    for (steps, others, of_rule, of_offer) in [
        (two, "", none, none),
        (two, "basket_below = 50", &[BELOW][..], &[BELOW][..]),
        (two, "basket_below = 50.01", none, none),
        (two, "basket_from = 50", none, &[FROM]),
        (two, "basket_from = 49.99", none, none),
        // Of some of the basket nobody knows how much it is.
        (two, "basket_from = 50\ngroups = ['tea']", none, none),
        (two, "basket_from = 50\nexcept_groups = ['tea']", none, none),
        ("{ from = 10, off = '1 %' }, { from = 50, off = '1 %' }", "", &[SAME], &[SAME]),
        ("{ from = 1, off = '1 %' }, { from = 2, off = '2 %' }, { from = 3, off = '1 %' }", "", none, none),
    ] {
        assert_eq!(rule(steps, others), of_rule, "{steps}, {others}");
        assert_eq!(offer(steps, others), of_offer, "{steps}, {others}");
    }
    assert_eq!(offer(two, "basket_from = 50\nitems = ['cup']"), none);
}
