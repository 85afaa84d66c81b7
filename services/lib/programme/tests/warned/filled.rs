//! What fills a wallet: warnings of wallets and terms that nothing fills, and of gifts that would pay.

use super::warned;

/// The first version of a shop with a wallet that is filled, and one, `it`, of which a table says more.
const FIRST: &str = r#"
[programme]
name = "shop"
version = 1
from = "2026-03-01"
zone = "UTC"
currency = "EUR"
[partners]
bakery = { rate = "1 %" }
[tiers]
levels = [{ name = "Silver", from = 0 }, { name = "Gold", from = 100 }]
[activities.joined.attributes]
born = "date"
[members]
joined_by = "joined"
birthday = "joined.born"
[wallets.points]
[rules.purchase]
rate = "the partner's"
terms = "points"
"#;

const NONE: &[&str] = &[];

#[test]
fn a_wallet_that_nothing_fills_is_warned_of() {
    const TOLD: &[&str] = &["it: nobody ever earns anything in wallet `it`"];
    for (filled_by, told) in [
        ("", TOLD),
        ("[rules.it]\nbonus = 1\nterms = 'it'", NONE),
        ("[rules.it]\nrate = '1 %'\nwallet = 'it'", NONE),
        ("[rules.it]\nper_item = 1\nwallet = 'it'\n[rules.twice]\nmultiplier = 2\nwallet = 'it'", NONE),
        ("[grants.it]\nactivity = 'joined'\npoints = 1\nwallet = 'it'", NONE),
        ("[grants.it]\non = 'birthday'\npoints = 1\nwallet = 'it'\nfunded_by = 'bakery'", NONE),
        ("[grants.it]\non = 'tier Gold'\npoints = 1\nwallet = 'it'\nfunded_by = 'bakery'", NONE),
        ("[cards]\ngrant = 1\nterms = 'it'", NONE),
        ("[conversions.it]\nfrom = 'points'\npoints = 10\ngives = 'it'", NONE),
        (
            "[catalogue.it]\nfrom = 'points'\nprice = 10\ngives = { one_of = ['it', 'other'] }\n[terms.other]\nwallet = 'it'",
            NONE,
        ),
        (
            "[terms.short]\nwallet = 'it'\nexpires = '1 day after accrual'\n[rules.it]\nbonus = 1\nterms = 'short'",
            NONE,
        ),
    ] {
        let wallet = "[wallets.it]\npriority = 1\npays = { share = '0 %' }\n";
        assert_eq!(warned(&format!("{FIRST}{wallet}{filled_by}\n")), told, "{filled_by}");
        // What a version before it granted is there still.
        let later = FIRST.replace("version = 1", "version = 2");
        assert_eq!(warned(&format!("{later}{wallet}{filled_by}\n")), NONE, "{filled_by}");
    }
    let head = FIRST.split("[rules").next().expect("a head");
    let without_rules = head.replace("rate = \"1 %\"", "");
    assert_eq!(warned(&without_rules), NONE, "where nothing is granted at all, wallets are there for later");
}

#[test]
fn what_needs_a_wallet_that_nothing_fills_is_warned_of() {
    const EMPTY: &str = "it: nobody ever earns anything in wallet `it`";
    for (needs, told) in [
        (
            "[conversions.tea]\nfrom = 'it'\npoints = 10\ngives = 'points'",
            "from: `tea` can never be had: nobody earns anything in wallet `it`",
        ),
        (
            "[catalogue.tea]\nfrom = 'it'\nprice = 10\ngives = 'points'",
            "from: `tea` can never be had: nobody earns anything in wallet `it`",
        ),
        (
            "[offers.tea]\nfree = 1\nuses = 'it'",
            "uses: offer `tea` can never apply: nobody earns anything in wallet `it`",
        ),
        (
            "[offers.tea]\noff = '5 %'\nholds = ['points', 'it']",
            "holds: offer `tea` can never apply: nobody earns anything in wallet `it`",
        ),
    ] {
        let text = format!("{FIRST}[wallets.it]\npriority = 1\npays = {{ share = '0 %' }}\n{needs}\n");
        assert_eq!(warned(&text), [EMPTY, told], "{needs}");
        let filled = format!("{text}[grants.it]\nactivity = 'joined'\npoints = 1\nwallet = 'it'\n");
        assert_eq!(warned(&filled), NONE, "{needs}");
        assert_eq!(warned(&text.replace("version = 1", "version = 2")), NONE, "{needs}");
    }
}

#[test]
fn terms_that_nothing_is_granted_under_are_warned_of() {
    let terms = "[terms.short]\nwallet = 'points'\nexpires = '1 day after accrual'\n";
    let told: &[&str] = &["short: nothing is ever granted under terms `short`"];
    for (granted, told) in [
        ("", told),
        ("[rules.least]\nat_least = 2\nterms = 'short'\n[rules.some]\nrate = '1 %'\nterms = 'short'", NONE),
        ("[grants.it]\nactivity = 'joined'\npoints = 1\nterms = 'short'", NONE),
        ("[cards]\ngrant = 1\nterms = 'short'", NONE),
    ] {
        for version in ["version = 1", "version = 2"] {
            let text = format!("{FIRST}{terms}{granted}\n").replace("version = 1", version);
            assert_eq!(warned(&text), told, "{version}, {granted}");
        }
    }
}

#[test]
fn a_wallet_of_gifts_that_may_pay_is_warned_of_and_one_of_points_is_not() {
    const TOLD: &[&str] =
        &["it: wallet `it` is filled with gifts, and each of them pays 1.00 EUR of a purchase"];
    let uses = "[offers.it]\nfree = 1\nuses = 'it'\n";
    let holds = "[offers.it]\noff = '5 %'\nholds = ['it']\n";
    let card = "[cards]\ngrant = 1\nterms = 'it'\n";
    let deed = "[grants.it]\nactivity = 'joined'\npoints = 1\nwallet = 'it'\n";
    let birthday = "[grants.it]\non = 'birthday'\npoints = 1\nwallet = 'it'\nfunded_by = 'bakery'\n";
    let one = "[catalogue.it]\nfrom = 'points'\nprice = 10\ngives = 'it'\n";
    let several = "[catalogue.it]\nfrom = 'points'\nprice = 10\ngives = { wallet = 'it', points = 2 }\n";
    let rule = |gives: &str| format!("[rules.fill]\nwallet = 'it'\n{gives}\n");
    let (bonus, item) = (rule("bonus = 1"), rule("per_item = 1"));
    for (filled, asked, told) in [
        (one, "", TOLD),
        (several, "", NONE),
        (several, uses, NONE),
        (deed, "", NONE),
        (deed, uses, TOLD),
        (deed, holds, NONE),
        (birthday, "", NONE),
        (birthday, uses, TOLD),
        (card, "", NONE),
        (card, uses, TOLD),
        (bonus.as_str(), "", NONE),
        (&bonus, uses, TOLD),
        (&bonus, holds, TOLD),
        (&item, "", NONE),
        (&item, uses, TOLD),
        (&rule("rate = '1 %'"), uses, NONE),
        (&rule("rate = \"the partner's\""), uses, NONE),
        (&rule("bands = [{ from = 0, rate = '1 %' }]"), uses, NONE),
        (&rule("per = { money = 10, points = 1 }"), uses, NONE),
        (&rule("per = { money = 10, points = 1 }"), holds, NONE),
    ] {
        let of =
            |wallet: &str| warned(&format!("{FIRST}[wallets.it]\npriority = 1\n{wallet}\n{filled}{asked}"));
        assert_eq!(of(""), told, "{filled}{asked}");
        // Who says what it may pay means it.
        assert_eq!(of("pays = { share = '0 %' }"), NONE, "{filled}{asked}");
        assert_eq!(of("pays = { share = '100 %' }"), NONE, "{filled}{asked}");
    }
    for (wallet, worth) in [("point_value = 10", "10.00"), ("scale = 2\npoint_value = 2.5", "2.50")] {
        let told = warned(&format!("{FIRST}[wallets.it]\npriority = 1\n{wallet}\n{one}"));
        let expected =
            format!("it: wallet `it` is filled with gifts, and each of them pays {worth} EUR of a purchase");
        assert_eq!(told, [expected], "{wallet}");
    }
    let alone = format!("{FIRST}[wallets.it]\npriority = 1\nscale = 2\n");
    let hundredth = several.replace("points = 2", "points = 1.01");
    assert_eq!(warned(&format!("{alone}{hundredth}")), NONE, "more than one whole gift at once");
}

#[test]
fn a_level_that_nobody_reaches_is_warned_of() {
    let head = FIRST.replace("levels = [", "counts = 'points'\nwallet = 'it'\nlevels = [");
    let told: &[&str] =
        &["name: nobody can reach this level: no purchase earns points in wallet `it`, which levels count"];
    let wallet = "[wallets.it]\npriority = 1\npays = { share = '0 %' }\n[grants.it]\nactivity = 'joined'\npoints = 1\nwallet = 'it'\n";
    let monthly =
        "[terms.month]\nwallet = 'it'\nrated_by = 'month'\n[rules.it]\nrate = '1 %'\nterms = 'month'\n";
    for (earned, told) in [
        ("", told),
        ("[rules.it]\nrate = '1 %'\nwallet = 'it'\n", NONE),
        ("[rules.it]\nbonus = 1\nwallet = 'it'\n", NONE),
        (monthly, told),
    ] {
        assert_eq!(warned(&format!("{head}{wallet}{earned}")), told, "{earned}");
    }
    let paid = "[activities.paid]\n[memberships.silver]\nprice = 1\nlasts = '1 year'\nbegins_by = 'paid'\n\
                [memberships.gold]\nprice = 10\nlasts = '1 year'\nbegins_by = 'paid'\n";
    for (levels, told) in [
        ("{ name = 'A', membership = 'silver' }, { name = 'B', membership = 'gold' }", NONE),
        (
            "{ name = 'A', membership = 'gold' }, { name = 'B', membership = 'gold' }",
            &["name: nobody can reach this level: its membership reaches `B` as well, which is higher"][..],
        ),
        (
            "{ name = 'A', membership = 'gold' }, { name = 'B', membership = 'silver' }, { name = 'C', membership = 'gold' }",
            &["name: nobody can reach this level: its membership reaches `C` as well, which is higher"],
        ),
    ] {
        let tiers = format!("counts = 'memberships'\nlevels = [{{ name = 'Guest' }}, {levels}]");
        let written = "levels = [{ name = \"Silver\", from = 0 }, { name = \"Gold\", from = 100 }]";
        assert!(FIRST.contains(written));
        assert_eq!(warned(&format!("{}{paid}", FIRST.replace(written, &tiers))), told, "{levels}");
    }
}
