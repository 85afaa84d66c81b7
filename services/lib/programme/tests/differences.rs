//! Differences of two versions, as they are printed.

mod verdicts;

use programme::{difference, read};

const SHOP: &str = r#"
[programme]
name = "shop"
version = 1
from = "2026-01-01"
zone = "UTC"
currency = "EUR"

[wallets.points]
expires = "1 year after accrual"

[tiers]
levels = [{ name = "Silver", from = 0 }, { name = "Gold", from = 1_000 }]

[rules.purchase]
rate = { Silver = "2 %", Gold = "3 %" }

[rules.weekend]
bonus = 10
weekdays = ["saturday", "sunday"]
basket_from = 50

[notices]
accrued = ["sms"]
"#;

/// What is told of `SHOP` with each of `edits`, without the number of the version and what else to know.
fn told(edits: &[(&str, &str)]) -> String {
    let mut text = SHOP.replace("version = 1", "version = 2");
    for (from, to) in edits {
        assert!(text.contains(from), "{from}");
        text = text.replace(from, to);
    }
    let old = read("shop.toml", SHOP).expect("a programme");
    let new = read("shop.toml", &text).unwrap_or_else(|problems| panic!("{}", problems[0]));
    let mut told = difference(&old, &new).to_string();
    told.truncate(told.find("\nWhat else to know").unwrap_or(told.len()));
    let head = "shop version 1 → shop version 2\n\nThe programme\n  ~ version\n      is: 1 → 2\n";
    told.strip_prefix(head).unwrap_or_else(|| panic!("{told}")).trim_start_matches('\n').to_owned()
}

/// What it is, the edits, and what is told of them.
type Scenario = (&'static str, &'static [(&'static str, &'static str)], &'static str);

const SCENARIOS: &[Scenario] = &[
    ("nothing but its number", &[], ""),
    (
        "discounts forbidden",
        &[("currency = \"EUR\"", "currency = \"EUR\"\ndiscounts = \"forbidden\"")],
        "  ~ offers that take money off are
      is: allowed → forbidden
    for everybody: worse for members
",
    ),
    (
        "accounts that go on without an event that failed",
        &[("currency = \"EUR\"", "currency = \"EUR\"\nbehind_failed = \"go on\"")],
        "  ~ behind an event that fails, others
      is: wait for an operator → are decided as they come
    for everybody
",
    ),
    (
        "a calendar of its own",
        &[(
            "basket_from = 50",
            "basket_from = 50\nnot_during = [\"sales\"]\n[calendars.sales]\nperiods = [{ from = \"2026-07-01\", until = \"2026-07-15\" }]",
        )],
        "Rules
  ~ weekend
      when: where the basket costs 50 EUR or more, on Saturdays and Sundays → where the basket costs 50 EUR
        or more, but not during sales, on Saturdays and Sundays
    for those it applied to before, and those it applies to now

Calendars
  + sales is new
      is: from 2026-07-01 and before 2026-07-15
    for purchases made then
",
    ),
    (
        "an item of the catalogue",
        &[
            (
                "[notices]",
                "[wallets.mug]\npriority = 1\n[catalogue.mug]\nfrom = \"points\"\nsold_at = 75\ngives = \"mug\"\n[notices]",
            ),
            ("bonus = 10\n", "bonus = 10\nwallet = \"points\"\n"),
            ("rate = {", "wallet = \"points\"\nrate = {"),
        ],
        "Wallets
  + mug is new
      unit: points
      a point is worth: 1 EUR
      burn order, lower first: 1
      decimals: 0
      given to others: no
      paid out: never
    for whoever has mug points

Terms of points
  + mug is new
      wallet: mug
      can be spent: at once
      expire: never
      rated by: purchase
      rounded: down
    for whoever earns mug points from then on

Exchanges and gifts
  + mug is new
      takes: 75 points (sold at 75 EUR)
      gives: 1 mug point
      when: when it is ordered
    for whoever has points: better for members
",
    ),
    (
        "a rate at one level",
        &[(r#"Gold = "3 %""#, r#"Gold = "4 %""#)],
        "Rules
  ~ purchase
      gives: a share of what is paid as points: 2 % at Silver and 3 % at Gold → a share of what is paid as
        points: 2 % at Silver and 4 % at Gold
    for members at Gold: better for members
",
    ),
    (
        "rates in both directions",
        &[(r#"Silver = "2 %", Gold = "3 %""#, r#"Silver = "1 %", Gold = "4 %""#)],
        "Rules
  ~ purchase
      gives: a share of what is paid as points: 2 % at Silver and 3 % at Gold → a share of what is paid as
        points: 1 % at Silver and 4 % at Gold
    for members at Silver, members at Gold: better for some or in some ways, worse for or in others
",
    ),
    (
        "a shorter life",
        &[("1 year after", "6 months after")],
        "Terms of points
  ~ points
      expire: 1 year after they were earned → 6 months after they were earned
    for whoever earns points from then on: worse for members
",
    ),
    (
        "a threshold further up",
        &[("basket_from = 50", "basket_from = 80")],
        "Rules
  ~ weekend
      when: where the basket costs 50 EUR or more, on Saturdays and Sundays → where the basket costs 80 EUR
        or more, on Saturdays and Sundays
    for those it applied to before, and those it applies to now: worse for members
",
    ),
    (
        "a rule that is no more, and an offer that is new",
        &[
            ("[notices]", "[offers.five]\noff = \"5 %\"\ntiers = [\"Gold\"]\n[notices]"),
            ("[rules.weekend]\nbonus = 10\nweekdays = [\"saturday\", \"sunday\"]\nbasket_from = 50\n", ""),
        ],
        "Rules
  - weekend is no more
      gives: 10 points
      when: where the basket costs 50 EUR or more, on Saturdays and Sundays
      under the terms: points
      funded by: the partner
    for purchases where the basket costs 50 EUR or more, on Saturdays and Sundays: worse for members

Offers of the till
  + five is new
      takes off: 5 % off
      when: at level Gold
      beside others: not added to others
    for purchases at level Gold: better for members
",
    ),
    (
        "a level that is reached sooner",
        &[("from = 1_000", "from = 900")],
        "Levels
  ~ Gold
      reached from: 1,000 EUR → 900 EUR
    for members at Gold, or on the way to it: better for members
",
    ),
    (
        "another channel",
        &[(r#"accrued = ["sms"]"#, r#"accrued = ["email"]"#)],
        "Notices
  ~ accrued
      by: sms → email
    for everybody
",
    ),
    (
        "something is multiplied by less than one",
        &[("[notices]", "[rules.cash]\nmultiplier = 0.5\nhours = \"18:00 to 22:00\"\n[notices]")],
        "Rules
  + cash is new
      gives: points multiplied by 0.5
      when: from 18:00 and before 22:00 o'clock
      under the terms: points
      funded by: the partner
    for purchases from 18:00 and before 22:00 o'clock: worse for members
",
    ),
];

#[test]
fn s26_what_a_version_changes_is_told_with_whom_it_concerns() {
    for (name, edits, expected) in SCENARIOS {
        assert_eq!(told(edits), *expected, "{name}");
    }
}

#[test]
fn s26_what_stays_and_what_cannot_be_published_is_told() {
    let notes = |edits: &[(&str, &str)]| {
        let text = edits.iter().fold(SHOP.to_owned(), |text, (from, to)| text.replace(from, to));
        let (old, new) = (read("shop.toml", SHOP), read("shop.toml", &text));
        let notes = difference(&old.expect("a programme"), &new.expect("a programme")).notes;
        notes.join("\n")
    };
    let rate = (r#"Gold = "3 %""#, r#"Gold = "4 %""#);
    let same = notes(&[rate]);
    assert!(same.contains("It cannot be published: a version never changes"), "{same}");
    let next = notes(&[rate, ("version = 1", "version = 2"), ("2026-01-01", "2026-06-01")]);
    assert!(next.contains("until it begins, at 2026-06-01 00:00"), "{next}");
    assert!(next.contains("Points already granted keep their terms"), "{next}");
    let correction = "\n[correction]\nreplaces = 1\nactor = \"op-7\"\nreason = \"a slip\"\n[tiers]";
    let corrected = notes(&[rate, ("version = 1", "version = 2"), ("\n[tiers]", correction)]);
    assert!(corrected.contains("rates sales of its stretch again"), "{corrected}");
    let wider = notes(&[("version = 1", "version = 2"), ("\n[tiers]", correction), ("UTC", "Europe/Moscow")]);
    assert!(wider.contains("cannot be published as a correction: its zone differs"), "{wider}");
    let worth =
        notes(&[("version = 1", "version = 2"), ("[wallets.points]", "[wallets.points]\npoint_value = 2")]);
    assert!(worth.contains("worth changes for points already granted, too"), "{worth}");
    let other = notes(&[("\"shop\"", "\"stall\"")]);
    assert!(other.contains("two programmes"), "{other}");
    let counted = notes(&[("version = 1", "version = 2"), ("[tiers]", "[tiers]\ncounts = \"purchases\"")]);
    assert!(counted.contains("everybody begins at nothing"), "{counted}");
    let goes_on = "currency = \"EUR\"\nbehind_failed = \"go on\"";
    let left_out = notes(&[("version = 1", "version = 2"), ("currency = \"EUR\"", goes_on)]);
    assert!(left_out.contains("are decided without it, and stay so"), "{left_out}");
}

#[test]
fn s26_an_older_version_does_not_follow() {
    let old = read("shop.toml", &SHOP.replace("version = 1", "version = 3")).expect("a programme");
    let new = read("shop.toml", SHOP).expect("a programme");
    let told = difference(&old, &new).notes.join("\n");
    assert!(told.contains("its number, 1, is below 3") && !told.contains("It can be published"), "{told}");
}

#[test]
fn s26_what_is_promised_says_until_when_a_version_can_be_published() {
    let promising = SHOP.replace("currency", "prior_notice = \"1 month\"\ncurrency");
    let next = SHOP.replace("version = 1", "version = 2").replace("2026-01-01", "2026-03-31");
    let old = read("shop.toml", &promising).expect("a programme");
    let new = read("shop.toml", &next).expect("a programme");
    let told = difference(&old, &new);
    let said = told.notes.iter().find(|note| note.starts_with("It can be published")).expect("such a note");
    let expected = "It can be published until 2026-02-28 00:00: version 1 promises 1 month of prior notice, and this one \
                    begins at 2026-03-31 00:00. A [correction] needs none.";
    assert_eq!(said, expected);
    let lost = "- its rules change with is no more\n      is: 1 month of prior notice\n    for everybody: worse for members";
    assert!(told.to_string().contains(lost), "{told}");
}

/// What else there is to know of `SHOP` with each of `before`, as it becomes `SHOP` with each of `after`.
fn notes(before: &[(&str, &str)], after: &[(&str, &str)]) -> Vec<String> {
    let with = |edits: &[(&str, &str)]| {
        let text = edits.iter().fold(SHOP.to_owned(), |text, (from, to)| {
            assert!(text.contains(from), "{from}");
            text.replace(from, to)
        });
        read("shop.toml", &text).unwrap_or_else(|problems| panic!("{}", problems[0]))
    };
    difference(&with(before), &with(after)).notes
}

#[test]
fn s26_every_note_is_told_where_it_holds_and_nowhere_else() {
    const NEXT: (&str, &str) = ("version = 1", "version = 2");
    const THIRD: (&str, &str) = ("version = 1", "version = 3");
    const KEPT: &str = "Points already granted keep their terms: when they can be spent and when they expire. Purchases made \
                        before keep the rules they were rated by, returns of them too.";
    const UNTIL: &str = "It can be published until it begins, at 2026-01-01 00:00: a version does not begin in the past unless it \
                         corrects another.";
    const ANEW: &str = "Levels are counted by something else: everybody begins at nothing, as money and points are never added up.";
    const SAME: &str =
        "It cannot be published: a version never changes once it is. Give it a number above 1.";
    const AGAIN: &str = "As a correction it rates sales of its stretch again: accounts are raised or clawed back, dated then.";
    let rate = ("Gold = \"3 %\"", "Gold = \"4 %\"");
    let worth = ("[wallets.points]", "[wallets.points]\npoint_value = 2");
    let purchases = ("[tiers]", "[tiers]\ncounts = \"purchases\"");
    let window = ("[tiers]", "[tiers]\nwindow = \"last 365 days\"");
    let of_first =
        ("\n[tiers]", "\n[correction]\nreplaces = 1\nactor = \"op-7\"\nreason = \"a slip\"\n[tiers]");
    let of_second =
        ("\n[tiers]", "\n[correction]\nreplaces = 2\nactor = \"op-7\"\nreason = \"a slip\"\n[tiers]");
    let renamed = ("[wallets.points]", "[wallets.coins]");
    let none: &[(&str, &str)] = &[];
    for (before, after, expected) in [
        (none, none, &[][..]),
        (none, &[rate][..], &[SAME, UNTIL, KEPT][..]),
        (none, &[NEXT, rate], &[UNTIL, KEPT]),
        (&[NEXT][..], &[rate], &["It cannot be published after the other: its number, 1, is below 2.", KEPT]),
        (
            none,
            &[NEXT, worth],
            &[UNTIL, KEPT, "What a point of points is worth changes for points already granted, too."],
        ),
        (
            none,
            &[NEXT, renamed],
            &[UNTIL, KEPT, "Wallet points is no more: see what becomes of points in it."],
        ),
        (none, &[NEXT, purchases], &[UNTIL, KEPT, ANEW]),
        (none, &[NEXT, window], &[UNTIL, KEPT]),
        (none, &[NEXT, rate, of_first], &[AGAIN]),
        (none, &[THIRD, rate, of_second], &["It corrects version 2, not this one."]),
        (&[NEXT], &[THIRD, rate, of_second], &[AGAIN]),
    ] {
        assert_eq!(notes(before, after), expected, "{before:?} {after:?}");
    }
    let told = notes(none, &[NEXT, of_first, ("currency = \"EUR\"", "currency = \"USD\"")]);
    assert!(told[0].starts_with("It cannot be published as a correction: ") && told.len() == 1, "{told:?}");
}
